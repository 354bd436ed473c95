/**
 * Append-only streams of small integers: varints in chunks that grow up to 64 KiB. An integer costs as many bytes as it needs, and
 * nothing is copied when a stream grows.
 */
import { putSigned, VarintReader } from './varint.js';

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

/** More than one integer can take. */
const ROOM = 8;

export class ByteLog {
  private readonly chunks: Uint8Array[] = [];
  private readonly used: number[] = [];
  private current: Uint8Array = EMPTY;
  private at = 0;
  private bytes = 0;

  /** The next integers, of so many bytes at most, will stand in one chunk. */
  makeRoom(bytes = ROOM): void {
    if (this.at + bytes > this.current.length) {
      if (this.chunks.length > 0) this.used[this.chunks.length - 1] = this.at;
      this.bytes += this.at;
      const size = Math.min(LARGEST_CHUNK, Math.max(FIRST_CHUNK, bytes, Math.ceil(this.bytes * GROWTH)));
      this.current = newChunk(size);
      this.chunks.push(this.current);
      this.used.push(0);
      this.at = 0;
    }
  }

  /** A safe integer of either sign. */
  putSigned(value: number): void {
    this.makeRoom();
    this.at = putSigned(this.current, this.at, value);
  }

  /** Reads the integers one by one. Nothing may be written meanwhile. */
  cursor(): ByteLogCursor {
    if (this.chunks.length > 0) this.used[this.chunks.length - 1] = this.at;
    return new ByteLogCursor(this.chunks, this.used);
  }

  /** Calls back with the integers in the order of their writing. */
  forEach(visit: (value: number) => void): void {
    if (this.chunks.length > 0) this.used[this.chunks.length - 1] = this.at;
    const reader = new VarintReader();
    this.chunks.forEach((chunk, index) => {
      reader.open(chunk, 0, this.used[index]!);
      while (!reader.done()) visit(reader.getSigned());
    });
  }
}

export class ByteLogCursor {
  private readonly reader = new VarintReader();
  private next = 0;

  constructor(
    private readonly chunks: readonly Uint8Array[],
    private readonly used: readonly number[],
  ) {}

  done(): boolean {
    while (this.reader.done()) {
      if (this.next === this.chunks.length) return true;
      this.reader.open(this.chunks[this.next]!, 0, this.used[this.next]!);
      this.next += 1;
    }
    return false;
  }

  /** Only while it is not done, and while the integers stand in one chunk. */
  get(): number {
    return this.reader.getSigned();
  }
}

const EMPTY = new Uint8Array(0);
