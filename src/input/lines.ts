import type { ByteReader } from './readers.js';

/**
 * Whole lines, `bytes[start, end)`. Only the last line of an input may lack its newline; a CR before it is left in place.
 * The array is filled again for the next block.
 */
export interface LineBlock {
  /** Starts at 0 of its ArrayBuffer, and 8 bytes behind `end` can be read, so that words may be read ahead. */
  readonly bytes: Buffer;
  readonly start: number;
  readonly end: number;
  /** Where `bytes[start]` is in the decompressed input. */
  readonly offset: number;
  /**
   * 0, or the length of a line that is longer than allowed. Such a block has no bytes (`start === end`) and stands for that one
   * line, in its place between the others.
   */
  readonly overlongBytes: number;
}

export const PADDING = 8;
const NEWLINE = 10;

export interface LineSizes {
  /** How much is read at once. */
  readonly readBytes: number;
  /** The longest line, without its newline, that is handed on. */
  readonly maxLineBytes: number;
}

export const bufferBytes = ({ readBytes, maxLineBytes }: LineSizes): number => (maxLineBytes + readBytes + PADDING + 7) & ~7;

/** A buffer of this process's most used size waits here, so that thousands of small files do not each get their own. */
let spare: Buffer | undefined;

const takeBuffer = (size: number): Buffer => {
  const buffer = spare?.length === size ? spare : Buffer.from(new ArrayBuffer(size));
  if (buffer === spare) spare = undefined;
  return buffer;
};

/**
 * Cuts what a reader gives into blocks of whole lines. An error of the reader is thrown after all whole lines before it; the line it
 * breaks is dropped. `skipBytes`: a byte order mark at the start.
 */
export async function* splitLines(
  reader: ByteReader,
  sizes: LineSizes,
  skipBytes = 0,
): AsyncGenerator<LineBlock, void, undefined> {
  const { maxLineBytes } = sizes;
  // With reads no longer than a line may be, only the first line of a block can be too long.
  const readBytes = Math.min(sizes.readBytes, maxLineBytes + 1);
  const bytes = takeBuffer(bufferBytes(sizes));
  /** Bytes of an unfinished line, at the front of the buffer. */
  let carried = 0;
  /** Where that line begins in the input. */
  let offset = skipBytes;
  /** Bytes of an overlong line that were dropped; -1 outside of one. */
  let dropped = -1;

  const block = (start: number, end: number): LineBlock => ({ bytes, start, end, offset, overlongBytes: 0 });
  const overlong = (length: number): LineBlock => ({ bytes, start: 0, end: 0, offset, overlongBytes: length });

  try {
    for (;;) {
      const answer = reader.read(bytes, carried, readBytes);
      const count = typeof answer === 'number' ? answer : await answer;
      if (count === 0) break;
      const filled = carried + count;
      let start = 0;

      const first = bytes.subarray(carried, filled).indexOf(NEWLINE);
      if (first < 0) {
        if (dropped >= 0) dropped += filled;
        else if (filled > maxLineBytes) dropped = filled;
        carried = dropped >= 0 ? 0 : filled;
        continue;
      }
      const length = Math.max(dropped, 0) + carried + first;
      if (length > maxLineBytes) {
        yield overlong(length);
        start = carried + first + 1;
        offset += length + 1;
        dropped = -1;
      }
      const end = bytes.lastIndexOf(NEWLINE, filled - 1) + 1;
      if (end > start) {
        yield block(start, end);
        offset += end - start;
      }
      carried = filled - end;
      bytes.copyWithin(0, end, filled);
    }
    if (dropped >= 0) yield overlong(dropped);
    else if (carried > 0) yield block(0, carried);
  } finally {
    spare = bytes;
  }
}
