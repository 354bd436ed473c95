/**
 * The events at authentication endpoints, by caller, in the order of the input: about ten bytes each. In the log of an issuer every
 * line is one and the callers take turns, so what an event touches must be little and close together: one cache line of state per
 * caller, and the end of its last chunk.
 */
import { cacheWords } from '../events/request-batch.js';
import { put, putSigned, VarintReader } from './varint.js';

export interface FetchEvent {
  /** Index of the file in the run. */
  file: number;
  startMs: number;
  /** -1: unknown. */
  durationMs: number;
  /** Of the line in its decompressed file. */
  offset: number;
  /** Number of the line in its file, from 0. */
  line: number;
  /** 0: none in the log. */
  status: number;
  /** Index into `cacheWords`. */
  cache: number;
  /** Remaining life that the record itself says; -1: none. */
  lifetimeMs: number;
}

const HIT = cacheWords.indexOf('hit');
const STALE = cacheWords.indexOf('stale');
const UPDATING = cacheWords.indexOf('updating');

/** Served by a cache without asking the back end for this answer. */
export const isServedFromCache = (cache: number): boolean => cache === HIT || cache === STALE || cache === UPDATING;

const ASKED = new Set((['miss', 'expired', 'revalidated', 'bypass'] as const).map((word) => cacheWords.indexOf(word)));

/** The cache word means that the back end was asked for this answer. */
export const asksBackEnd = (cache: number): boolean => ASKED.has(cache);

/** What the two bits behind the cache word say of the lifetime: none, one that follows, or that of the event before. */
const LIFETIME = 8;
const SAME_LIFETIME = 16;
const FLAGS = 32;

/** Statuses that token endpoints mostly give: with their flags the first of them take one byte, others two. */
const COMMON_STATUSES = [200, 401, 429, 503, 400, 500, 201, 403];

/** Status, cache word and flags as one number. */
function codeOf(status: number, flags: number): number {
  if (status === 200) return flags;
  const common = COMMON_STATUSES.indexOf(status);
  return (common < 0 ? status + COMMON_STATUSES.length : common) * FLAGS + flags;
}

const statusOf = (code: number): number => {
  const index = code >> 5;
  return index < COMMON_STATUSES.length ? COMMON_STATUSES[index]! : index - COMMON_STATUSES.length;
};

/** State of one caller: eight doubles, 64 bytes. */
const STATE = 8;
const LAST_START = 0;
const LAST_OFFSET = 1;
/** Where the next byte goes, and where the chunk ends: slab * SLAB + byte. */
const AT = 2;
const CHUNK_END = 3;
/** File and last line as one number, file * LINES + line: an eighth double would not fit into the cache line. */
const FILE_LINE = 4;
const OK = 5;
const COUNT = 6;
/** The last that a record said; 0 before. */
const LAST_LIFE = 7;

/** More lines than a file has. */
const LINES = 2 ** 38;

const SLAB = 1 << 20;
const FIRST_CHUNK = 48;
/** What 16 bits can say. */
const LARGEST_CHUNK = 65_535;
/** A new chunk is this part of what there is, so that not much of it stays empty. */
const GROWTH = 0.25;
/** More than one event can take: six varints of at most eight bytes. */
const ROOM = 48;

/** Where bytes go that memory has no room for. */
export interface Overflow {
  /** Puts them behind those that are there. */
  readonly append: (bytes: Uint8Array) => void;
  /** Fills `into` from there on; `position` counts all bytes that were appended. */
  readonly read: (into: Uint8Array, position: number) => void;
}

/** Lists of all callers in one table each: an array per caller would be larger than what it holds. Links are 1 more than the row, 0 ends. */
export class Lists {
  private first = new Int32Array(64);
  private last = new Int32Array(64);
  private next = new Int32Array(64);
  used = 0;

  constructor(private columns: (Float64Array | Uint16Array)[]) {}

  /** Row that is put behind those of this list. */
  push(list: number): number {
    if (list >= this.first.length) {
      this.first = longerInts(this.first, list + 1);
      this.last = longerInts(this.last, list + 1);
    }
    const row = this.used;
    this.used += 1;
    if (row === this.next.length) {
      this.next = longerInts(this.next, row + 1);
      const { length } = this.next;
      this.columns = this.columns.map((column) => {
        const longer = column instanceof Uint16Array ? new Uint16Array(length) : new Float64Array(length);
        longer.set(column);
        return longer;
      });
    }
    if (this.first[list] === 0) this.first[list] = row + 1;
    else this.next[this.last[list]! - 1] = row + 1;
    this.last[list] = row + 1;
    return row;
  }

  get(column: number, row: number): number {
    return this.columns[column]![row]!;
  }

  set(column: number, row: number, value: number): void {
    this.columns[column]![row] = value;
  }

  /** -1 for a list without a row, and behind the last one. */
  firstOf(list: number): number {
    return (this.first[list] ?? 0) - 1;
  }
  lastOf(list: number): number {
    return (this.last[list] ?? 0) - 1;
  }
  after(row: number): number {
    return this.next[row]! - 1;
  }
}

function longerInts(old: Int32Array, length: number): Int32Array<ArrayBuffer> {
  const longer = new Int32Array(Math.max(length, Math.ceil(old.length * 1.25)));
  longer.set(old);
  return longer;
}

/** Columns of the chunks: where they begin (slab * SLAB + byte), and how many bytes of them are filled, once they are closed. */
const BEGIN = 0;
const FILLED = 1;

/** Columns of the files: their number, and how many events, and ok ones, the caller had before. */
const FILE = 0;
const BEFORE = 1;
const OK_BEFORE = 2;

export class FetchStore {
  private state = new Float64Array(STATE * 64);
  /** undefined: in the overflow. */
  private readonly slabs: (Uint8Array | undefined)[] = [];
  private readonly spare: Uint8Array[] = [];
  private slabsInMemory = 0;
  private slabUsed = SLAB;
  private readonly chunks = new Lists([new Float64Array(64), new Uint16Array(64)]);
  /** In the order of the input. */
  private readonly files = new Lists([new Float64Array(64), new Float64Array(64), new Float64Array(64)]);
  /** Per caller, in chunks that are closed: looked at only where another begins. A chunk does not grow on from 2 GiB. */
  private bytes: Int32Array = new Int32Array(64);
  private callerCount = 0;
  private readonly tight = new Uint8Array(ROOM);
  private overflow: { readonly to: Overflow; readonly slabs: number } | undefined;

  /** From now on no more than about so many bytes of events stay in memory: the others go where they are told to, and come back from there. */
  limit(bytes: number, to: Overflow): void {
    this.overflow = { to, slabs: Math.max(1, Math.floor(bytes / SLAB)) };
  }

  add(
    caller: number,
    file: number,
    startMs: number,
    durationMs: number,
    offset: number,
    status: number,
    cache: number,
    lifetimeMs: number,
    line = 0,
  ): void {
    const base = caller * STATE;
    if (base >= this.state.length) this.grow(base);
    const { state } = this;
    const lineBase = file * LINES;
    const sinceBegin = state[FILE_LINE + base]! - lineBase;
    let lastLine = sinceBegin;
    if (state[COUNT + base] === 0 || sinceBegin < 0 || sinceBegin >= LINES) {
      this.beginFile(caller, file);
      lastLine = 0;
    }
    const at = state[AT + base]!;
    // Few bytes are left in the chunk: how many it takes is seen apart.
    const isTight = at + ROOM > state[CHUNK_END + base]!;
    const slab = isTight ? this.tight : this.slabs[(at / SLAB) | 0]!;
    const from = isTight ? 0 : at % SLAB;
    let to = from;
    const life = lifetimeMs <= 0 ? 0 : lifetimeMs === state[LAST_LIFE + base] ? SAME_LIFETIME : LIFETIME;
    to = put(slab, to, codeOf(status, cache | life));
    to = putSigned(slab, to, startMs - state[LAST_START + base]!);
    to = put(slab, to, durationMs + 1);
    to = putSigned(slab, to, offset - state[LAST_OFFSET + base]!);
    to = putSigned(slab, to, line - lastLine);
    if (life === LIFETIME) {
      to = put(slab, to, lifetimeMs);
      state[LAST_LIFE + base] = lifetimeMs;
    }
    if (isTight) this.copyTight(caller, to);
    else state[AT + base] = at + to - from;
    state[LAST_START + base] = startMs;
    state[LAST_OFFSET + base] = offset;
    state[FILE_LINE + base] = lineBase + line;
    state[COUNT + base]! += 1;
    if (status >= 200 && status <= 299 && !isServedFromCache(cache)) state[OK + base]! += 1;
  }

  private copyTight(caller: number, bytes: number): void {
    const { state, tight } = this;
    const base = caller * STATE;
    let at = state[AT + base]!;
    if (at + bytes > state[CHUNK_END + base]!) at = this.beginChunk(caller);
    const slab = this.slabs[(at / SLAB) | 0]!;
    const to = at % SLAB;
    for (let byte = 0; byte < bytes; byte += 1) slab[to + byte] = tight[byte]!;
    state[AT + base] = at + bytes;
  }

  private grow(base: number): void {
    const longer = new Float64Array(Math.max(base + STATE, Math.ceil((this.state.length / STATE) * 1.5) * STATE));
    longer.set(this.state);
    this.state = longer;
  }

  private beginFile(caller: number, file: number): void {
    const base = caller * STATE;
    const { state, files } = this;
    const row = files.push(caller);
    files.set(FILE, row, file);
    files.set(BEFORE, row, state[COUNT + base]!);
    files.set(OK_BEFORE, row, state[OK + base]!);
    this.callerCount = Math.max(this.callerCount, caller + 1);
    state[FILE_LINE + base] = file * LINES;
    state[LAST_START + base] = 0;
    state[LAST_OFFSET + base] = 0;
  }

  private beginChunk(caller: number): number {
    const base = caller * STATE;
    const { state, chunks } = this;
    const last = chunks.lastOf(caller);
    if (last >= 0) this.close(caller, last);
    const size = Math.min(LARGEST_CHUNK, Math.max(FIRST_CHUNK, Math.ceil((this.bytes[caller] ?? 0) * GROWTH)));
    if (this.slabUsed + size > SLAB) this.beginSlab();
    const at = (this.slabs.length - 1) * SLAB + this.slabUsed;
    this.slabUsed += size;
    const row = chunks.push(caller);
    chunks.set(BEGIN, row, at);
    state[AT + base] = at;
    state[CHUNK_END + base] = at + size;
    return at;
  }

  /** The chunk ends where it has been filled to. */
  private close(caller: number, row: number): void {
    const { state, chunks } = this;
    const base = caller * STATE;
    // Closed before, to make room in memory.
    if (state[CHUNK_END + base] === 0) return;
    chunks.set(FILLED, row, state[AT + base]! - chunks.get(BEGIN, row));
    if (caller >= this.bytes.length) this.bytes = longerInts(this.bytes, caller + 1);
    this.bytes[caller]! += state[AT + base]! - chunks.get(BEGIN, row);
  }

  private beginSlab(): void {
    if (this.overflow !== undefined && this.slabsInMemory >= this.overflow.slabs) this.spill(this.overflow.to);
    this.slabs.push(this.spare.pop() ?? new Uint8Array(SLAB));
    this.slabsInMemory += 1;
    this.slabUsed = 0;
  }

  /** Slabs stand in the overflow one behind the other, so that a place in one of them is a place there. */
  private spill({ append }: Overflow): void {
    for (let caller = 0; caller < this.callerCount; caller += 1) {
      const last = this.chunks.lastOf(caller);
      if (last < 0) continue;
      this.close(caller, last);
      this.state[caller * STATE + CHUNK_END] = 0;
    }
    for (let at = this.slabs.length - this.slabsInMemory; at < this.slabs.length; at += 1) {
      append(this.slabs[at]!);
      this.spare.push(this.slabs[at]!);
      this.slabs[at] = undefined;
    }
    this.slabsInMemory = 0;
  }

  /** The logs of all callers that have one, with their ids. */
  logs(): { readonly caller: number; readonly log: FetchLog }[] {
    const logs: { readonly caller: number; readonly log: FetchLog }[] = [];
    for (let caller = 0; caller < this.callerCount; caller += 1)
      if (this.files.firstOf(caller) >= 0) logs.push({ caller, log: new StoredLog(this, caller) });
    return logs;
  }

  countOf(caller: number): number {
    return this.state[caller * STATE + COUNT]!;
  }

  /** Ok fetches that no cache has answered, from the files that count. */
  okFrom(caller: number, counts: (file: number) => boolean): number {
    const { files } = this;
    let sum = 0;
    for (let row = files.firstOf(caller); row >= 0; ) {
      const after = files.after(row);
      const next = after >= 0 ? files.get(OK_BEFORE, after) : this.state[caller * STATE + OK]!;
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

  /** Reads the events of a caller one by one. Nothing may be added meanwhile. */
  cursor(caller: number): FetchCursor {
    const { slabs, chunks, files, overflow } = this;
    return new FetchCursor(
      { slabs, chunks, files, overflow: overflow?.to },
      { caller, lastEnd: this.state[caller * STATE + AT]!, count: this.countOf(caller) },
    );
  }

  /** In how many files there are events of this caller, as far as that is more than one. */
  isInSeveralFiles(caller: number): boolean {
    const first = this.files.firstOf(caller);
    return first >= 0 && this.files.after(first) >= 0;
  }

  /** Calls back with one object that is filled again for each event. */
  forEach(caller: number, visit: (event: FetchEvent) => void): void {
    const cursor = this.cursor(caller);
    while (cursor.next()) visit(cursor.event);
  }
}

/** Reads events into one object that is filled again. */
export class FetchCursor {
  readonly event: FetchEvent = { file: -1, startMs: 0, durationMs: -1, offset: 0, line: 0, status: 0, cache: 0, lifetimeMs: -1 };
  private readonly reader = new VarintReader();
  private index = 0;
  private life = 0;
  private nextFile: number;
  private fileFrom: number;
  private chunk: number;
  private readonly count: number;
  /** What came back from the overflow. */
  private back = NO_BYTES;

  constructor(
    private readonly of: {
      readonly slabs: readonly (Uint8Array | undefined)[];
      readonly chunks: Lists;
      readonly files: Lists;
      readonly overflow: Overflow | undefined;
    },
    private readonly caller: { readonly caller: number; readonly lastEnd: number; readonly count: number },
  ) {
    this.count = caller.count;
    this.nextFile = of.files.firstOf(caller.caller);
    this.fileFrom = this.nextFile < 0 ? -1 : of.files.get(BEFORE, this.nextFile);
    this.chunk = of.chunks.firstOf(caller.caller);
  }

  /** False at the end. */
  next(): boolean {
    const { event, reader } = this;
    if (this.index === this.count) return false;
    while (reader.done()) this.openChunk();
    if (this.fileFrom === this.index) this.openFile();
    this.index += 1;
    const code = reader.get();
    event.status = statusOf(code);
    event.cache = code & 7;
    event.startMs += reader.getSigned();
    event.durationMs = reader.get() - 1;
    event.offset += reader.getSigned();
    event.line += reader.getSigned();
    if ((code & LIFETIME) !== 0) this.life = reader.get();
    event.lifetimeMs = (code & (LIFETIME | SAME_LIFETIME)) === 0 ? -1 : this.life;
    return true;
  }

  private openFile(): void {
    const { files } = this.of;
    this.event.file = files.get(FILE, this.nextFile);
    this.event.startMs = 0;
    this.event.offset = 0;
    this.event.line = 0;
    this.nextFile = files.after(this.nextFile);
    this.fileFrom = this.nextFile < 0 ? -1 : files.get(BEFORE, this.nextFile);
  }

  private openChunk(): void {
    const { chunks, slabs, overflow } = this.of;
    const after = chunks.after(this.chunk);
    const begin = chunks.get(BEGIN, this.chunk);
    const bytes = after < 0 ? this.caller.lastEnd - begin : chunks.get(FILLED, this.chunk);
    const slab = slabs[Math.floor(begin / SLAB)];
    if (slab !== undefined) this.reader.open(slab, begin % SLAB, (begin % SLAB) + bytes);
    else {
      if (this.back.length < bytes) this.back = new Uint8Array(bytes);
      overflow!.read(this.back.subarray(0, bytes), begin);
      this.reader.open(this.back, 0, bytes);
    }
    this.chunk = after;
  }
}

const NO_BYTES = new Uint8Array(0);

/** The events of one caller, whoever has kept them. */
export interface FetchLog {
  readonly count: number;
  /** Ok fetches that no cache has answered, from the files that count. */
  okFrom(counts: (file: number) => boolean): number;
  /** The files that hold events, each with their number. */
  byFile(): [file: number, count: number][];
  readonly isInSeveralFiles: boolean;
  /** In the order of files and lines, with one object that is filled again for each event. */
  forEach(visit: (event: FetchEvent) => void): void;
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

  get isInSeveralFiles(): boolean {
    return this.store.isInSeveralFiles(this.caller);
  }

  okFrom(counts: (file: number) => boolean): number {
    return this.store.okFrom(this.caller, counts);
  }

  byFile(): [file: number, count: number][] {
    return this.store.byFile(this.caller);
  }

  forEach(visit: (event: FetchEvent) => void): void {
    this.store.forEach(this.caller, visit);
  }
}
