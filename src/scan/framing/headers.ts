/**
 * Headers that a pattern has matched before. Nearly all lines of a log have one of a few, but for the digits of its time, and to compare
 * some bytes takes a tenth of what an expression and its groups take.
 */

const MOST = 8;
const LONGEST = 256;
const ZERO = 48;
const SPACE = 32;
/** Where a byte order mark begins: it would be part of the header. */
const MARK = 0xef;

export interface KnownHeader {
  readonly bytes: Uint8Array;
  /** Who wrote the line. */
  readonly writer: string | undefined;
  /** Where its time stands: one digit there is as good as another. */
  readonly timeFrom: number;
  readonly timeTo: number;
}

/** For patterns whose headers end with a space and which look at nothing behind it. */
export class KnownHeaders {
  private readonly known: KnownHeader[] = [];

  /** The header that stands at the beginning of [from, to), or undefined where none is known. */
  find(bytes: Uint8Array, from: number, to: number): KnownHeader | undefined {
    const { known } = this;
    for (let at = 0; at < known.length; at += 1) {
      const header = known[at]!;
      if (header.bytes.length >= to - from || !stands(header, bytes, from)) continue;
      if (at > 0) {
        known[at] = known[at - 1]!;
        known[at - 1] = header;
      }
      return header;
    }
    return undefined;
  }

  /** `head`: what was matched, a character for each byte. */
  remember(head: string, writer: string | undefined, [timeFrom, timeTo]: readonly [number, number]): void {
    if (head.length > LONGEST || head.charCodeAt(head.length - 1) !== SPACE) return;
    if (this.known.length === MOST) this.known.pop();
    this.known.unshift({ bytes: Uint8Array.from(Buffer.from(head, 'latin1')), writer, timeFrom, timeTo });
  }
}

const isDigit = (byte: number): boolean => byte >= ZERO && byte <= ZERO + 9;

function stands({ bytes: header, timeFrom, timeTo }: KnownHeader, bytes: Uint8Array, from: number): boolean {
  for (let k = 0; k < header.length; k += 1) {
    if (header[k] === bytes[from + k]) continue;
    if (k < timeFrom || k >= timeTo || !isDigit(header[k]!) || !isDigit(bytes[from + k]!)) return false;
  }
  return bytes[from + header.length] !== MARK;
}
