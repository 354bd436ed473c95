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

const HAS_LIFETIME = 8;

/** Statuses that token endpoints mostly give: with their flags they take one byte, others two. */
const COMMON_STATUSES = [200, 401, 429, 503, 400, 500, 201, 403];

/** Status, cache word and flag as one number. */
function codeOf(status: number, flags: number): number {
  if (status === 200) return flags;
  const common = COMMON_STATUSES.indexOf(status);
  return (common < 0 ? status + COMMON_STATUSES.length : common) * 16 + flags;
}

const statusOf = (code: number): number => {
  const index = code >> 4;
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
const BYTES = 7;

/** More lines than a file has. */
const LINES = 2 ** 38;

const SLAB = 1 << 20;
const FIRST_CHUNK = 64;
const LARGEST_CHUNK = 65_536;
/** A new chunk is this part of what there is, so that not much of it stays empty. */
const GROWTH = 0.5;
/** More than one event can take: six varints of at most eight bytes. */
const ROOM = 48;

export class FetchStore {
  private state = new Float64Array(STATE * 64);
  private readonly slabs: Uint8Array[] = [];
  private slabUsed = SLAB;
  /** Per caller: begin and end of each chunk, the end of the last one open. */
  private readonly chunks: (number[] | undefined)[] = [];
  /** Per caller: file, number of events and of ok ones before it, for each file in the order of the input. */
  private readonly files: (number[] | undefined)[] = [];

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
    let at = state[AT + base]!;
    if (at + ROOM > state[CHUNK_END + base]!) at = this.beginChunk(caller);
    const slab = this.slabs[(at / SLAB) | 0]!;
    let to = at % SLAB;
    const from = to;
    to = put(slab, to, codeOf(status, cache | (lifetimeMs > 0 ? HAS_LIFETIME : 0)));
    to = putSigned(slab, to, startMs - state[LAST_START + base]!);
    to = put(slab, to, durationMs + 1);
    to = putSigned(slab, to, offset - state[LAST_OFFSET + base]!);
    to = putSigned(slab, to, line - lastLine);
    if (lifetimeMs > 0) to = put(slab, to, lifetimeMs);
    state[AT + base] = at + to - from;
    state[LAST_START + base] = startMs;
    state[LAST_OFFSET + base] = offset;
    state[FILE_LINE + base] = lineBase + line;
    state[COUNT + base]! += 1;
    if (status >= 200 && status <= 299 && !isServedFromCache(cache)) state[OK + base]! += 1;
  }

  private grow(base: number): void {
    const longer = new Float64Array(Math.max(base + STATE, this.state.length * 2));
    longer.set(this.state);
    this.state = longer;
  }

  private beginFile(caller: number, file: number): void {
    const base = caller * STATE;
    const { state } = this;
    let files = this.files[caller];
    if (files === undefined) {
      files = [];
      this.files[caller] = files;
    }
    files.push(file, state[COUNT + base]!, state[OK + base]!);
    state[FILE_LINE + base] = file * LINES;
    state[LAST_START + base] = 0;
    state[LAST_OFFSET + base] = 0;
  }

  private beginChunk(caller: number): number {
    const base = caller * STATE;
    const { state } = this;
    let chunks = this.chunks[caller];
    if (chunks === undefined) {
      chunks = [];
      this.chunks[caller] = chunks;
    } else {
      const last = chunks.length - 1;
      chunks[last] = state[AT + base]!;
      state[BYTES + base]! += chunks[last]! - chunks[last - 1]!;
    }
    const size = Math.min(LARGEST_CHUNK, Math.max(FIRST_CHUNK, Math.ceil(state[BYTES + base]! * GROWTH)));
    if (this.slabUsed + size > SLAB) {
      this.slabs.push(new Uint8Array(SLAB));
      this.slabUsed = 0;
    }
    const at = (this.slabs.length - 1) * SLAB + this.slabUsed;
    this.slabUsed += size;
    chunks.push(at, at + size);
    state[AT + base] = at;
    state[CHUNK_END + base] = at + size;
    return at;
  }

  /** The logs of all callers that have one, with their ids. */
  logs(): { readonly caller: number; readonly log: FetchLog }[] {
    return this.files.flatMap((files, caller) => (files === undefined ? [] : [{ caller, log: new StoredLog(this, caller) }]));
  }

  countOf(caller: number): number {
    return this.state[caller * STATE + COUNT]!;
  }

  /** Ok fetches that no cache has answered, from the files that count. */
  okFrom(caller: number, counts: (file: number) => boolean): number {
    const files = this.files[caller]!;
    let sum = 0;
    for (let index = 0; index < files.length; index += 3) {
      const next = index + 3 < files.length ? files[index + 5]! : this.state[caller * STATE + OK]!;
      if (counts(files[index]!)) sum += next - files[index + 2]!;
    }
    return sum;
  }

  /** The files that hold events of this caller, each with their number. */
  byFile(caller: number): [file: number, count: number][] {
    const files = this.files[caller]!;
    const counts: [number, number][] = [];
    for (let index = 0; index < files.length; index += 3) {
      const next = index + 3 < files.length ? files[index + 4]! : this.countOf(caller);
      counts.push([files[index]!, next - files[index + 1]!]);
    }
    return counts;
  }

  /** Reads the events of a caller one by one. Nothing may be added meanwhile. */
  cursor(caller: number): FetchCursor {
    return new FetchCursor(
      this.slabs,
      this.chunks[caller]!,
      this.state[caller * STATE + AT]!,
      this.files[caller]!,
      this.countOf(caller),
    );
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
  private nextFile = 0;
  private chunk = 0;

  constructor(
    private readonly slabs: readonly Uint8Array[],
    private readonly chunks: readonly number[],
    private readonly lastEnd: number,
    private readonly files: readonly number[],
    private readonly count: number,
  ) {}

  /** False at the end. */
  next(): boolean {
    const { event, reader, files } = this;
    if (this.index === this.count) return false;
    while (reader.done()) this.openChunk();
    if (this.nextFile < files.length && files[this.nextFile + 1] === this.index) {
      event.file = files[this.nextFile]!;
      event.startMs = 0;
      event.offset = 0;
      event.line = 0;
      this.nextFile += 3;
    }
    this.index += 1;
    const code = reader.get();
    event.status = statusOf(code);
    event.cache = code & 7;
    event.startMs += reader.getSigned();
    event.durationMs = reader.get() - 1;
    event.offset += reader.getSigned();
    event.line += reader.getSigned();
    event.lifetimeMs = (code & HAS_LIFETIME) === 0 ? -1 : reader.get();
    return true;
  }

  private openChunk(): void {
    const { chunks, chunk } = this;
    const begin = chunks[chunk]!;
    const end = chunk + 2 < chunks.length ? chunks[chunk + 1]! : this.lastEnd;
    this.reader.open(this.slabs[Math.floor(begin / SLAB)]!, begin % SLAB, (begin % SLAB) + end - begin);
    this.chunk += 2;
  }
}

/** The events of one caller, whoever has kept them. */
export interface FetchLog {
  readonly count: number;
  /** Ok fetches that no cache has answered, from the files that count. */
  okFrom(counts: (file: number) => boolean): number;
  /** The files that hold events, each with their number. */
  byFile(): [file: number, count: number][];
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
