/** The lines of a plain file that start in a range of its bytes, so that several can read one file: each line is of one range. */
import { closeSync, openSync, readSync } from 'node:fs';
import { TokenTaxError } from '../errors.js';
import { printable, unreadable } from './failures.js';
import { type LineBlock, splitLines } from './lines.js';
import type { ByteReader, OnRead } from './readers.js';

export interface FileRange {
  /** As it is printed, and where it is. */
  readonly name: string;
  readonly path: string;
  /** Bytes [from, to) of the file. */
  readonly from: number;
  readonly to: number;
  /** Of the file when the run began. What is written behind it does not count, but for the rest of its last line. */
  readonly sizeBytes: number;
}

export interface RangeOptions {
  /** How much is read at once; 1 MiB. */
  readonly readBytes?: number;
  /** The longest line, without its newline, that is handed on; 1 MiB. */
  readonly maxLineBytes?: number;
  readonly onRead?: OnRead;
}

const MIB = 1 << 20;
const NEWLINE = 10;
/** How far a line that began in the range is followed at once. */
const TAIL_BYTES = 64 * 1024;
/** How far a last line that is being written right now is followed beyond the size of the file. */
const LATE_BYTES = MIB;

/** Reads from where the first line of the range starts to where its last line ends. */
class RangeReader implements ByteReader {
  private position = 0;
  private done = false;
  private lastByte = NEWLINE;
  private firstLine = 0;

  constructor(
    private readonly range: FileRange,
    private readonly fd: number,
    private readonly onRead: OnRead,
  ) {
    this.position = range.from === 0 ? markBytes(this.take(0, 3)) : this.startOfLine();
    this.firstLine = this.position;
    this.done = this.position >= range.to;
  }

  /** Where the first line starts. */
  get offset(): number {
    return this.firstLine;
  }

  read(target: Uint8Array, at: number, max: number): number {
    if (this.done || max === 0) return 0;
    const { to, sizeBytes } = this.range;
    const inside = to - this.position;
    if (inside <= 0) return this.rest(target, at, max);
    const bytes = this.fill(target, at, Math.min(max, inside));
    if (bytes === 0) {
      const found = `${this.position} of ${sizeBytes} bytes were there`;
      throw new TokenTaxError('TRUNCATED_INPUT', `${printable(this.range.name)} became shorter while it was read`, {
        why: `${found}; it was probably rotated or overwritten`,
        help: 'Run again, or name a copy of the file.',
      });
    }
    this.onRead(bytes);
    return bytes;
  }

  close(): void {
    closeSync(this.fd);
  }

  /** The end of a line that began before the end of the range. */
  private rest(target: Uint8Array, at: number, max: number): number {
    const { sizeBytes } = this.range;
    const most = this.position < sizeBytes ? sizeBytes - this.position : sizeBytes + LATE_BYTES - this.position;
    if (this.lastByte === NEWLINE || most <= 0) {
      this.done = true;
      return 0;
    }
    const bytes = this.fill(target, at, Math.min(max, TAIL_BYTES, most));
    const newline = target.subarray(at, at + bytes).indexOf(NEWLINE);
    if (bytes === 0 || newline >= 0) this.done = true;
    return newline < 0 ? bytes : newline + 1;
  }

  private startOfLine(): number {
    let position = this.range.from - 1;
    while (position < this.range.to) {
      const piece = this.take(position, Math.min(TAIL_BYTES, this.range.to - position));
      if (piece.length === 0) break;
      const newline = piece.indexOf(NEWLINE);
      if (newline >= 0) return position + newline + 1;
      position += piece.length;
    }
    return this.range.to;
  }

  private take(position: number, length: number): Uint8Array {
    const piece = new Uint8Array(length);
    const keep = this.position;
    this.position = position;
    const bytes = this.fill(piece, 0, length);
    this.position = keep;
    return piece.subarray(0, bytes);
  }

  private fill(target: Uint8Array, at: number, max: number): number {
    let bytes: number;
    try {
      bytes = readSync(this.fd, target, at, max, this.position);
    } catch (cause) {
      throw unreadable(this.range.name, cause);
    }
    this.position += bytes;
    if (bytes > 0) this.lastByte = target[at + bytes - 1]!;
    return bytes;
  }
}

/** How many bytes the mark takes that says "UTF-8". */
const markBytes = ([a, b, c]: Uint8Array): number => (a === 0xef && b === 0xbb && c === 0xbf ? 3 : 0);

/** All lines that start in the range, in blocks as those of a whole file. */
export async function* rangeBlocks(
  range: FileRange,
  { readBytes = MIB, maxLineBytes = MIB, onRead = () => {} }: RangeOptions = {},
): AsyncGenerator<LineBlock, void, undefined> {
  let fd: number;
  try {
    fd = openSync(range.path, 'r');
  } catch (cause) {
    throw unreadable(range.name, cause);
  }
  let reader: RangeReader | undefined;
  try {
    reader = new RangeReader(range, fd, onRead);
    yield* splitLines(reader, { readBytes, maxLineBytes }, reader.offset);
  } finally {
    closeSync(fd);
  }
}
