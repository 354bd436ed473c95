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

  /** A safe integer of either sign. */
  putSigned(value: number): void {
    if (this.at + ROOM > this.current.length) this.next();
    this.at = putSigned(this.current, this.at, value);
  }

  /** Integers that somebody else has written in the same way. */
  append(integers: Uint8Array): void {
    for (let from = 0; from < integers.length; ) {
      let to = Math.min(integers.length, from + this.current.length - this.at);
      // A chunk ends where an integer does.
      if (to < integers.length) while (to > from && integers[to - 1]! >= 128) to -= 1;
      this.current.set(integers.subarray(from, to), this.at);
      this.at += to - from;
      from = to;
      if (from < integers.length) this.next();
    }
  }

  private next(): void {
    if (this.chunks.length > 0) this.used[this.chunks.length - 1] = this.at;
    this.bytes += this.at;
    const size = Math.min(LARGEST_CHUNK, Math.max(FIRST_CHUNK, Math.ceil(this.bytes * GROWTH)));
    this.current = newChunk(size);
    this.chunks.push(this.current);
    this.used.push(0);
    this.at = 0;
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

const EMPTY = new Uint8Array(0);
