/** Lines of Docker's json-file log, `{"log":"...\n","stream":"stdout","time":"..."}`, without an object for each. */
import type { Peeled, Piece } from './wrappers.js';

const encoder = new TextEncoder();
const HEAD = encoder.encode('{"log":"');
const STDOUT = encoder.encode('","stream":"stdout","time":"');
const STDERR = encoder.encode('","stream":"stderr","time":"');
const QUOTE = 34;
const BACKSLASH = 92;
const CLOSE = 125;

const startsWith = (text: Uint8Array, bytes: Uint8Array, at: number): boolean => {
  for (let k = 0; k < text.length; k += 1) if (bytes[at + k] !== text[k]) return false;
  return true;
};

const hex = (byte: number | undefined): number => {
  if (byte === undefined) return -1;
  if (byte >= 48 && byte <= 57) return byte - 48;
  const letter = byte | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
};

/** The character of `\u00..` whose two last digits stand at `at`; -1 for one that is not printable ASCII. */
function escapedAscii(bytes: Uint8Array, at: number): number {
  if (bytes[at - 2] !== 48 || bytes[at - 1] !== 48) return -1;
  const [high, low] = [hex(bytes[at]), hex(bytes[at + 1])];
  const code = high * 16 + low;
  return high < 0 || low < 0 || code < 32 || code > 126 ? -1 : code;
}

/** Letters, digits and `: . + -` up to the end of the line: nothing that JSON would read in another way. */
function isStamp(bytes: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at += 1) {
    const byte = bytes[at]!;
    const isWord = (byte >= 48 && byte <= 58) || ((byte | 32) >= 97 && (byte | 32) <= 122);
    if (!isWord && byte !== 43 && byte !== 45 && byte !== 46) return false;
  }
  return true;
}

/** The inner line, or undefined for a line that is not written in just this way: it must be read as JSON. */
export function peelDocker({ bytes, from, to }: Piece): Peeled | undefined {
  if (to - from < HEAD.length + STDOUT.length + 2 || !startsWith(HEAD, bytes, from)) return undefined;
  if (bytes[to - 1] !== CLOSE || bytes[to - 2] !== QUOTE) return undefined;
  const text = Buffer.allocUnsafe(to - from);
  let length = 0;
  let isEnded = false;
  let at = from + HEAD.length;
  for (; at < to; at += 1) {
    let byte = bytes[at]!;
    if (byte === QUOTE) break;
    if (byte < 32 || byte > 126 || isEnded) return undefined;
    if (byte === BACKSLASH) {
      at += 1;
      const next = bytes[at]!;
      if (next === QUOTE || next === BACKSLASH || next === 47) byte = next;
      else if (next === 116) byte = 9;
      else if (next === 110) {
        isEnded = true;
        continue;
      } else if (next === 117) {
        byte = escapedAscii(bytes, at + 3);
        if (byte < 0) return undefined;
        at += 4;
      } else return undefined;
    }
    text[length] = byte;
    length += 1;
  }
  const isOut = startsWith(STDOUT, bytes, at);
  if (at + STDOUT.length > to - 2 || !(isOut || startsWith(STDERR, bytes, at))) return undefined;
  if (!isStamp(bytes, at + STDOUT.length, to - 2)) return undefined;
  return { bytes: text, from: 0, to: length, isPart: !isEnded, stream: isOut ? 'stdout' : 'stderr' };
}
