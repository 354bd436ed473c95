/** How a store of events is laid out, for those who write and who read it. */

export const SLAB = 1 << 20;
/** A number is read and written as four bytes, wherever it ends. */
export const SPARE = 3;
/** What 16 bits can say. */
export const LARGEST_CHUNK = 65_535;

/** Where bytes go that memory has no room for. */
export interface Overflow {
  /** No more memory is to be taken, when there are so many callers. */
  readonly isFull: (callers: number) => boolean;
  /** Puts them behind those that are there. */
  readonly append: (bytes: Uint8Array) => void;
  /** Fills `into` from there on; `position` counts all bytes that were appended. */
  readonly read: (into: Uint8Array, position: number) => void;
}

/** Columns of the chunks: where they begin (slab * SLAB + byte), and how many bytes of them are filled, once they are closed. */
export const BEGIN = 0;
export const FILLED = 1;

/** Columns of the files: their number, and how many events, and ok ones, the caller had before. */
export const FILE = 0;
export const BEFORE = 1;
