/**
 * Append-only streams of small integers: varints in chunks that grow up to 64 KiB. What is kept per event costs as many bytes as it
 * holds information, and nothing is copied when a stream grows.
 */
const FIRST_CHUNK = 64;
const LARGEST_CHUNK = 65_536;
/** A new chunk is this part of what there is, so that not much of it stays empty. */
const GROWTH = 0.5;
/** Chunks are cut out of slabs: a hundred thousand buffers of their own would cost more than what is in them. */
const SLAB = 1 << 20;

let slab = new Uint8Array(0);
let slabUsed = 0;

function newChunk(size: number): Uint8Array {
  if (slabUsed + size > slab.length) {
    slab = new Uint8Array(SLAB);
    slabUsed = 0;
  }
  slabUsed += size;
  return slab.subarray(slabUsed - size, slabUsed);
}
/** More than one event can take: seven varints of at most eight bytes. */
const ROOM = 56;

export class ByteLog {
  private readonly chunks: Uint8Array[] = [];
  private readonly used: number[] = [];
  private current: Uint8Array = EMPTY;
  private at = 0;
  private bytes = 0;
  events = 0;

  /** Call before the varints of one event: they all go into one chunk. */
  open(): void {
    if (this.at + ROOM > this.current.length) {
      if (this.chunks.length > 0) this.used[this.chunks.length - 1] = this.at;
      this.bytes += this.at;
      const size = Math.min(LARGEST_CHUNK, Math.max(FIRST_CHUNK, Math.ceil(this.bytes * GROWTH)));
      this.current = newChunk(size);
      this.chunks.push(this.current);
      this.used.push(0);
      this.at = 0;
    }
    this.events += 1;
  }

  /** A safe integer from 0. */
  put(value: number): void {
    if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${value} cannot be kept`);
    const { current } = this;
    let at = this.at;
    while (value >= 0x4000_0000) {
      current[at++] = (value % 128) | 128;
      value = Math.floor(value / 128);
    }
    while (value >= 128) {
      current[at++] = (value & 127) | 128;
      value >>>= 7;
    }
    current[at++] = value;
    this.at = at;
  }

  /** A safe integer of either sign: zigzag, so that small ones stay small. */
  putSigned(value: number): void {
    this.put(value < 0 ? -2 * value - 1 : 2 * value);
  }

  reader(): ByteLogReader {
    if (this.chunks.length > 0) this.used[this.chunks.length - 1] = this.at;
    return new ByteLogReader(this.chunks, this.used);
  }
}

export class ByteLogReader {
  private chunk = 0;
  private at = 0;

  constructor(
    private readonly chunks: readonly Uint8Array[],
    private readonly used: readonly number[],
  ) {}

  /** True when another event follows. */
  next(): boolean {
    while (this.chunk < this.chunks.length && this.at >= this.used[this.chunk]!) {
      this.chunk += 1;
      this.at = 0;
    }
    return this.chunk < this.chunks.length;
  }

  get(): number {
    const bytes = this.chunks[this.chunk]!;
    let byte = bytes[this.at++]!;
    if (byte < 128) return byte;
    let value = byte & 127;
    let scale = 128;
    do {
      byte = bytes[this.at++]!;
      value += (byte & 127) * scale;
      scale *= 128;
    } while (byte >= 128);
    return value;
  }

  getSigned(): number {
    const value = this.get();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }
}

const EMPTY = new Uint8Array(0);
