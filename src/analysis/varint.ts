/** Small integers in few bytes: seven bits to a byte, the lowest first. */

/** Writes a safe integer from 0, at most eight bytes; where the next one goes. */
export function put(bytes: Uint8Array, at: number, value: number): number {
  if (value < 128) {
    bytes[at] = value;
    return at + 1;
  }
  if (value < 16_384) {
    bytes[at] = (value & 127) | 128;
    bytes[at + 1] = value >>> 7;
    return at + 2;
  }
  // Infinity would never come to an end.
  if (value >= 0x4000_0000 && !Number.isSafeInteger(value)) throw new RangeError(`${value} cannot be kept`);
  while (value >= 0x4000_0000) {
    bytes[at++] = (value % 128) | 128;
    value = Math.floor(value / 128);
  }
  while (value >= 128) {
    bytes[at++] = (value & 127) | 128;
    value >>>= 7;
  }
  bytes[at++] = value;
  return at;
}

/** A safe integer of either sign: zigzag, so that small ones stay small. */
export const putSigned = (bytes: Uint8Array, at: number, value: number): number =>
  put(bytes, at, value < 0 ? -2 * value - 1 : 2 * value);

/** Below it the arithmetic of integers does. */
const SHORT = 0x4000_0000;

/** Reads the integers of one chunk behind each other. */
export class VarintReader {
  private bytes: Uint8Array = new Uint8Array(0);
  private at = 0;
  private end = 0;

  open(bytes: Uint8Array, from: number, to: number): void {
    this.bytes = bytes;
    this.at = from;
    this.end = to;
  }

  done(): boolean {
    return this.at >= this.end;
  }

  get(): number {
    const { bytes } = this;
    let byte = bytes[this.at++]!;
    if (byte < 128) return byte;
    let value = byte & 127;
    byte = bytes[this.at++]!;
    if (byte < 128) return value | (byte << 7);
    value |= (byte & 127) << 7;
    let scale = 16_384;
    do {
      byte = bytes[this.at++]!;
      value += (byte & 127) * scale;
      scale *= 128;
    } while (byte >= 128);
    return value;
  }

  getSigned(): number {
    const value = this.get();
    if (value < SHORT) return (value >>> 1) ^ -(value & 1);
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }
}
