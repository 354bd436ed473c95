/** Reads the events of one caller of a store, many at a time. */
import { CACHE, isRare, keep, LIFETIME, RESET, RESET_BYTES, SAME_LIFETIME, statusOf, unzigzag } from './fetch-code.js';
import type { FetchBlock } from './fetch-log.js';
import { BEFORE, BEGIN, FILE, FILLED, type Overflow, SLAB, SPARE } from './fetch-tables.js';
import type { Lists } from './lists.js';

/** So many stay in the first cache of the processor while they are looked at. */
const ROWS = 512;

const newBlock = (rows: number): FetchBlock => ({
  file: -1,
  startMs: new Float64Array(rows),
  durationMs: new Int32Array(rows),
  status: new Uint16Array(rows),
  cache: new Uint8Array(rows),
  lifetimeMs: new Float64Array(rows),
  offset: new Float64Array(rows),
  line: new Float64Array(rows),
  linesBefore: undefined,
});

/** Blocks that nobody reads into. */
const free: FetchBlock[] = [];

export interface CursorTables {
  readonly slabs: readonly (DataView | undefined)[];
  readonly chunks: Lists;
  readonly files: Lists;
  readonly overflow: Overflow | undefined;
}

const NO_BYTES = new DataView(new ArrayBuffer(0));

export class FetchCursor {
  readonly block: FetchBlock;
  /** How many there are in the block. */
  rows = 0;
  private index = 0;
  private fileEnd = 0;
  private nextFile: number;
  private chunk: number;
  private bytes: DataView = NO_BYTES;
  private at = 0;
  private end = 0;
  private startMs = 0;
  private offset = 0;
  private line = 0;
  private life = 0;
  /** What came back from the overflow. */
  private back: Uint8Array | undefined;

  constructor(
    private readonly of: CursorTables,
    private readonly caller: { readonly caller: number; readonly lastBytes: number; readonly count: number },
    private readonly most = ROWS,
  ) {
    this.block = (most === ROWS ? free.pop() : undefined) ?? newBlock(most);
    this.nextFile = of.files.firstOf(caller.caller);
    this.chunk = of.chunks.firstOf(caller.caller);
    this.block.linesBefore = undefined;
  }

  /** Gives the block back. */
  close(): void {
    if (this.most === ROWS) free.push(this.block);
  }

  /** Fills the block with the events that follow, those of one file; false at the end. */
  next(): boolean {
    this.rows = 0;
    if (this.index === this.caller.count) return false;
    if (this.index === this.fileEnd) this.openFile();
    const rows = Math.min(this.most, this.fileEnd - this.index);
    this.index += rows;
    while (this.rows < rows) {
      if (this.at === this.end) this.openChunk();
      this.decode(rows);
    }
    return true;
  }

  /** As many events as are left in the chunk, and no more than that in the block. */
  private decode(rows: number): void {
    const { bytes, end, block } = this;
    const { startMs, durationMs, status, cache, lifetimeMs, offset, line } = block;
    let { at, rows: row, startMs: start, offset: place, line: lines, life } = this;
    while (at < end && row < rows) {
      const codes = bytes.getUint16(at, true);
      const code = codes & 255;
      if (code === RESET) {
        start = bytes.getFloat64(at + 1, true);
        place = bytes.getFloat64(at + 9, true);
        lines = bytes.getFloat64(at + 17, true);
        at += RESET_BYTES;
        continue;
      }
      at += 2;
      let size = (codes >> 8) & 3;
      start += unzigzag(keep(bytes.getInt32(at, true), size));
      at += 1 + size;
      size = (codes >> 10) & 3;
      const lasted = keep(bytes.getInt32(at, true), size);
      at += 1 + size;
      size = (codes >> 12) & 3;
      place += unzigzag(keep(bytes.getInt32(at, true), size));
      at += 1 + size;
      size = codes >> 14;
      lines += unzigzag(keep(bytes.getInt32(at, true), size));
      at += 1 + size;
      startMs[row] = start;
      durationMs[row] = lasted - 1;
      offset[row] = place;
      line[row] = lines;
      cache[row] = code & CACHE;
      if (isRare(code)) {
        status[row] = bytes.getUint16(at, true);
        at += 2;
      } else status[row] = statusOf(code);
      if ((code & LIFETIME) !== 0) {
        life = bytes.getFloat64(at, true);
        at += 8;
        lifetimeMs[row] = life;
      } else lifetimeMs[row] = (code & SAME_LIFETIME) !== 0 ? life : -1;
      row += 1;
    }
    this.at = at;
    this.rows = row;
    this.startMs = start;
    this.offset = place;
    this.line = lines;
    this.life = life;
  }

  private openFile(): void {
    const { files } = this.of;
    this.block.file = files.get(FILE, this.nextFile);
    this.nextFile = files.after(this.nextFile);
    this.fileEnd = this.nextFile < 0 ? this.caller.count : files.get(BEFORE, this.nextFile);
  }

  private openChunk(): void {
    const { chunks, slabs, overflow } = this.of;
    const after = chunks.after(this.chunk);
    const begin = chunks.get(BEGIN, this.chunk);
    const bytes = after < 0 ? this.caller.lastBytes : chunks.get(FILLED, this.chunk);
    const slab = slabs[Math.floor(begin / SLAB)];
    if (slab !== undefined) {
      this.bytes = slab;
      this.at = begin % SLAB;
    } else {
      if (this.back === undefined || this.back.length < bytes + SPARE) this.back = new Uint8Array(bytes + SPARE);
      overflow!.read(this.back.subarray(0, bytes), begin);
      this.bytes = new DataView(this.back.buffer);
      this.at = 0;
    }
    this.end = this.at + bytes;
    this.chunk = after;
  }
}
