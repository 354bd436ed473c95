/**
 * Keeps the events at authentication endpoints, by caller, in the order of the input: about ten bytes each. In the log of an issuer every
 * line is one and the callers take turns, so what an event touches must be little and close together: one cache line of state per
 * caller, and the end of its last chunk.
 */

import type { RequestBatch } from '../events/request-batch.js';
import { fits, isRare, LIFETIME, RESET, RESET_BYTES, SAME_LIFETIME, sizeOf, statusBits, zigzag } from './fetch-code.js';
import { FetchCursor } from './fetch-cursor.js';
import { type BlockVisitor, eachEvent, type FetchEvent, type FetchLog, isServedFromCache } from './fetch-log.js';
import { BEFORE, BEGIN, FILE, FILLED, LARGEST_CHUNK, type Overflow, SLAB, SPARE } from './fetch-tables.js';
import { Lists, longerInts } from './lists.js';
import type { FetchColumns } from './part.js';

/** State of one caller: 64 bytes, four doubles and eight integers. */
const STATE_BYTES = 64;
const DOUBLES_SHIFT = 3;
const LAST_START = 0;
const LAST_OFFSET = 1;
const LAST_LINE = 2;
/** The last that a record said; 0 before. */
const LAST_LIFE = 3;
const INTS_SHIFT = 4;
/** Where the next byte goes, and where the chunk ends: in which slab, and there. */
const SLAB_OF = 8;
const AT = 9;
const CHUNK_END = 10;
/** The file of the last event; 1 more, so that none is 0. */
const FILE_OF = 11;
const OK = 12;
const COUNT = 13;
/** What is among the events: bits. */
const KINDS = 14;
const FAILURES = 1;
const CACHE_WORDS = 2;

const FIRST_CHUNK = 48;
/** A new chunk is this part of what there is, so that not much of it stays empty. */
const GROWTH = 0.25;
/** Fewer are not worth a trip to the overflow. */
const SLABS_KEPT = 2;
const LEAST_CHUNK = 192;
/** What follows an event whose status is rare or whose lifetime is another one. */
const STATUS_BYTES = 2;
const LIFE_BYTES = 8;

/** The third column of the files. */
const OK_BEFORE = 2;

const FIRST_CALLERS = 64;

/** What is kept of a batch as it is. */
type EventRows = Pick<RequestBatch, 'caller' | 'offset' | 'status' | 'cache' | 'lifetimeMs' | 'line'>;

export class FetchStore {
  /** Two views of the same bytes. */
  private doubles = new Float64Array((FIRST_CALLERS * STATE_BYTES) / 8);
  private ints = new Int32Array(this.doubles.buffer);
  /** undefined: in the overflow. */
  private readonly slabs: (DataView<ArrayBuffer> | undefined)[] = [];
  private readonly spare: DataView<ArrayBuffer>[] = [];
  private slabsInMemory = 0;
  private slabUsed = SLAB;
  private readonly chunks = new Lists([new Float64Array(64), new Uint16Array(64)]);
  /** In the order of the input. */
  private readonly files = new Lists([new Float64Array(64), new Float64Array(64), new Float64Array(64)]);
  /** Per caller, in chunks that are closed: looked at only where another begins. A chunk does not grow on from 2 GiB. */
  private bytes: Int32Array = new Int32Array(64);
  private callerCount = 0;
  private overflow: Overflow | undefined;

  /** From now on events go there whenever memory is full, and come back from there. */
  limit(to: Overflow): void {
    this.overflow = to;
  }

  /** Nothing stays in memory: there are no more to come. */
  spillAll(): void {
    if (this.overflow !== undefined && this.slabsInMemory > 0) this.spill(this.overflow);
    this.spare.length = 0;
  }

  /**
   * Events of one file, as many as `count` says; `row` tells where in the batch each stands. One loop, in which no number has to become an
   * object. Durations are `LONGEST_MS` at most.
   */
  addRows(file: number, batch: EventRows, events: Pick<FetchColumns, 'row' | 'startMs' | 'durationMs'>, count: number): void {
    const { slabs } = this;
    let { doubles, ints } = this;
    for (let index = 0; index < count; index += 1) {
      const row = events.row[index]!;
      const caller = batch.caller[row]!;
      const startMs = events.startMs[index]!;
      const durationMs = events.durationMs[index]!;
      const offset = batch.offset[row]!;
      const status = batch.status[row]!;
      const cache = batch.cache[row]!;
      const lifetimeMs = batch.lifetimeMs[row]!;
      const line = batch.line[row]!;
      const base = caller << DOUBLES_SHIFT;
      const intBase = caller << INTS_SHIFT;
      if (base >= doubles.length) {
        this.grow(base);
        doubles = this.doubles;
        ints = this.ints;
      }
      if (ints[intBase + FILE_OF] !== file + 1) this.beginFile(caller, file, startMs, offset, line);
      let started = startMs - doubles[base + LAST_START]!;
      let placed = offset - doubles[base + LAST_OFFSET]!;
      let lines = line - doubles[base + LAST_LINE]!;
      if (!(fits(started) && fits(placed) && fits(lines))) {
        this.reset(caller, startMs, offset, line);
        started = 0;
        placed = 0;
        lines = 0;
      }
      const startBits = zigzag(started);
      const startSize = sizeOf(startBits);
      const lastedBits = durationMs + 1;
      const lastedSize = sizeOf(lastedBits);
      const placeBits = zigzag(placed);
      const placeSize = sizeOf(placeBits);
      const lineBits = zigzag(lines);
      const lineSize = sizeOf(lineBits);
      let code = statusBits(status) | cache;
      let bytes = 6 + startSize + lastedSize + placeSize + lineSize;
      if (isRare(code)) bytes += STATUS_BYTES;
      if (lifetimeMs > 0) {
        if (lifetimeMs === doubles[base + LAST_LIFE]) code |= SAME_LIFETIME;
        else {
          if (!Number.isSafeInteger(lifetimeMs)) throw new RangeError(`${lifetimeMs} cannot be kept`);
          code |= LIFETIME;
          bytes += LIFE_BYTES;
          doubles[base + LAST_LIFE] = lifetimeMs;
        }
      }
      if (ints[intBase + AT]! + bytes + SPARE > ints[intBase + CHUNK_END]!) this.beginChunk(caller);
      const slab = slabs[ints[intBase + SLAB_OF]!]!;
      let at = ints[intBase + AT]!;
      slab.setUint16(at, code | ((startSize | (lastedSize << 2) | (placeSize << 4) | (lineSize << 6)) << 8), true);
      at += 2;
      slab.setInt32(at, startBits, true);
      at += 1 + startSize;
      slab.setInt32(at, lastedBits, true);
      at += 1 + lastedSize;
      slab.setInt32(at, placeBits, true);
      at += 1 + placeSize;
      slab.setInt32(at, lineBits, true);
      at += 1 + lineSize;
      if (isRare(code)) {
        slab.setUint16(at, status, true);
        at += STATUS_BYTES;
      }
      if ((code & LIFETIME) !== 0) {
        slab.setFloat64(at, lifetimeMs, true);
        at += LIFE_BYTES;
      }
      ints[intBase + AT] = at;
      doubles[base + LAST_START] = startMs;
      doubles[base + LAST_OFFSET] = offset;
      doubles[base + LAST_LINE] = line;
      ints[intBase + COUNT]! += 1;
      if (cache !== 0) {
        ints[intBase + KINDS]! |= CACHE_WORDS;
        if (isServedFromCache(cache)) continue;
      }
      if (status >= 200 && status <= 299) ints[intBase + OK]! += 1;
      else if (status !== 0) ints[intBase + KINDS]! |= FAILURES;
    }
  }

  private grow(base: number): void {
    const callers = Math.max((base >> DOUBLES_SHIFT) + 1, Math.ceil((this.doubles.length >> DOUBLES_SHIFT) * 1.5));
    const longer = new Float64Array((callers * STATE_BYTES) / 8);
    longer.set(this.doubles);
    this.doubles = longer;
    this.ints = new Int32Array(longer.buffer);
  }

  private beginFile(caller: number, file: number, startMs: number, offset: number, line: number): void {
    const intBase = caller << INTS_SHIFT;
    const { ints, files } = this;
    const row = files.push(caller);
    files.set(FILE, row, file);
    files.set(BEFORE, row, ints[intBase + COUNT]!);
    files.set(OK_BEFORE, row, ints[intBase + OK]!);
    if (caller >= this.callerCount) this.callerCount = caller + 1;
    ints[intBase + FILE_OF] = file + 1;
    this.reset(caller, startMs, offset, line);
  }

  /** What follows counts from here. */
  private reset(caller: number, startMs: number, offset: number, line: number): void {
    const { doubles, ints } = this;
    const base = caller << DOUBLES_SHIFT;
    const intBase = caller << INTS_SHIFT;
    if (ints[intBase + AT]! + RESET_BYTES + SPARE > ints[intBase + CHUNK_END]!) this.beginChunk(caller);
    const slab = this.slabs[ints[intBase + SLAB_OF]!]!;
    const at = ints[intBase + AT]!;
    slab.setUint8(at, RESET);
    slab.setFloat64(at + 1, startMs, true);
    slab.setFloat64(at + 9, offset, true);
    slab.setFloat64(at + 17, line, true);
    ints[intBase + AT] = at + RESET_BYTES;
    doubles[base + LAST_START] = startMs;
    doubles[base + LAST_OFFSET] = offset;
    doubles[base + LAST_LINE] = line;
  }

  private beginChunk(caller: number): void {
    const { ints, chunks } = this;
    const intBase = caller << INTS_SHIFT;
    const last = chunks.lastOf(caller);
    if (last >= 0) this.close(caller, last);
    const size = Math.min(this.largestChunk, Math.max(FIRST_CHUNK, Math.ceil((this.bytes[caller] ?? 0) * GROWTH)));
    if (this.slabUsed + size > SLAB) this.beginSlab();
    const slab = this.slabs.length - 1;
    const row = chunks.push(caller);
    chunks.set(BEGIN, row, slab * SLAB + this.slabUsed);
    ints[intBase + SLAB_OF] = slab;
    ints[intBase + AT] = this.slabUsed;
    this.slabUsed += size;
    ints[intBase + CHUNK_END] = this.slabUsed;
  }

  /** The chunk ends where it has been filled to. */
  private close(caller: number, row: number): void {
    const { ints, chunks } = this;
    const intBase = caller << INTS_SHIFT;
    // Closed before, to make room in memory.
    if (ints[intBase + CHUNK_END] === 0) return;
    const filled = this.filledOf(caller, row);
    chunks.set(FILLED, row, filled);
    if (caller >= this.bytes.length) this.bytes = longerInts(this.bytes, caller + 1);
    this.bytes[caller]! += filled;
    ints[intBase + CHUNK_END] = 0;
  }

  /** How many bytes of a chunk hold something. */
  private filledOf(caller: number, row: number): number {
    const { ints, chunks } = this;
    const intBase = caller << INTS_SHIFT;
    if (chunks.after(row) >= 0 || ints[intBase + CHUNK_END] === 0) return chunks.get(FILLED, row);
    return ints[intBase + AT]! - (chunks.get(BEGIN, row) % SLAB);
  }

  /** What has to leave memory soon is not to be half empty. */
  private get largestChunk(): number {
    if (this.overflow === undefined) return LARGEST_CHUNK;
    return Math.min(LARGEST_CHUNK, Math.max(LEAST_CHUNK, Math.floor((SLABS_KEPT * SLAB) / (2 * this.callerCount))));
  }

  private get slabsKept(): number {
    return Math.max(SLABS_KEPT, Math.ceil((this.callerCount * LEAST_CHUNK) / SLAB));
  }

  private beginSlab(): void {
    if (this.overflow !== undefined && this.slabsInMemory >= this.slabsKept && this.overflow.isFull(this.callerCount))
      this.spill(this.overflow);
    this.slabs.push(this.spare.pop() ?? new DataView(new ArrayBuffer(SLAB)));
    this.slabsInMemory += 1;
    this.slabUsed = 0;
  }

  /** Slabs stand in the overflow one behind the other, so that a place in one of them is a place there. */
  private spill(overflow: Overflow): void {
    for (let caller = 0; caller < this.callerCount; caller += 1) {
      const last = this.chunks.lastOf(caller);
      if (last >= 0) this.close(caller, last);
    }
    for (let at = this.slabs.length - this.slabsInMemory; at < this.slabs.length; at += 1) {
      const slab = this.slabs[at]!;
      overflow.append(new Uint8Array(slab.buffer));
      this.spare.push(slab);
      this.slabs[at] = undefined;
    }
    this.slabsInMemory = 0;
  }

  /** How many callers there are, and fetches of them all. */
  totals(): { readonly callers: number; readonly fetches: number } {
    let fetches = 0;
    for (let caller = 0; caller < this.callerCount; caller += 1) fetches += this.countOf(caller);
    return { callers: this.callerCount, fetches };
  }

  /** The logs of all callers that have one, with their ids. */
  logs(): { readonly caller: number; readonly log: FetchLog }[] {
    const logs: { readonly caller: number; readonly log: FetchLog }[] = [];
    for (let caller = 0; caller < this.callerCount; caller += 1)
      if (this.files.firstOf(caller) >= 0) logs.push({ caller, log: new StoredLog(this, caller) });
    return logs;
  }

  countOf(caller: number): number {
    return this.ints[(caller << INTS_SHIFT) + COUNT]!;
  }

  hasFailures(caller: number): boolean {
    return (this.ints[(caller << INTS_SHIFT) + KINDS]! & FAILURES) !== 0;
  }

  hasCacheWords(caller: number): boolean {
    return (this.ints[(caller << INTS_SHIFT) + KINDS]! & CACHE_WORDS) !== 0;
  }

  /** Ok fetches that no cache has answered, from the files that count. */
  okFrom(caller: number, counts: (file: number) => boolean): number {
    const { files } = this;
    let sum = 0;
    for (let row = files.firstOf(caller); row >= 0; ) {
      const after = files.after(row);
      const next = after >= 0 ? files.get(OK_BEFORE, after) : this.ints[(caller << INTS_SHIFT) + OK]!;
      if (counts(files.get(FILE, row))) sum += next - files.get(OK_BEFORE, row);
      row = after;
    }
    return sum;
  }

  /** The files that hold events of this caller, each with their number. */
  byFile(caller: number): [file: number, count: number][] {
    const { files } = this;
    const counts: [number, number][] = [];
    for (let row = files.firstOf(caller); row >= 0; ) {
      const after = files.after(row);
      const next = after >= 0 ? files.get(BEFORE, after) : this.countOf(caller);
      counts.push([files.get(FILE, row), next - files.get(BEFORE, row)]);
      row = after;
    }
    return counts;
  }

  /** Whether there are events of this caller in more than one file. */
  isInSeveralFiles(caller: number): boolean {
    const first = this.files.firstOf(caller);
    return first >= 0 && this.files.after(first) >= 0;
  }

  /** Reads the events of a caller into blocks of so many. Nothing may be added meanwhile. */
  cursor(caller: number, rows?: number): FetchCursor {
    const { slabs, chunks, files, overflow } = this;
    const last = chunks.lastOf(caller);
    return new FetchCursor(
      { slabs, chunks, files, overflow },
      { caller, lastBytes: last < 0 ? 0 : this.filledOf(caller, last), count: this.countOf(caller) },
      rows,
    );
  }

  blocks(caller: number, visit: BlockVisitor): void {
    const cursor = this.cursor(caller);
    try {
      while (cursor.next()) if (visit(cursor.block, 0, cursor.rows) === false) return;
    } finally {
      cursor.close();
    }
  }
}

/** The events of one caller. */
class StoredLog implements FetchLog {
  constructor(
    private readonly store: FetchStore,
    private readonly caller: number,
  ) {}

  get count(): number {
    return this.store.countOf(this.caller);
  }

  get hasFailures(): boolean {
    return this.store.hasFailures(this.caller);
  }

  get hasCacheWords(): boolean {
    return this.store.hasCacheWords(this.caller);
  }

  get isInSeveralFiles(): boolean {
    return this.store.isInSeveralFiles(this.caller);
  }

  okFrom(counts: (file: number) => boolean): number {
    return this.store.okFrom(this.caller, counts);
  }

  byFile(): [file: number, count: number][] {
    return this.store.byFile(this.caller);
  }

  blocks(visit: BlockVisitor): void {
    this.store.blocks(this.caller, visit);
  }

  forEach(visit: (event: FetchEvent) => void): void {
    eachEvent(this, visit);
  }
}
