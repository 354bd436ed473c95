/** The events of one caller at authentication endpoints, in the order of the input, about eight bytes each. */
import { cacheWords } from '../events/request-batch.js';
import { ByteLog } from './byte-log.js';

export interface FetchEvent {
  /** Index of the file in the run. */
  file: number;
  startMs: number;
  /** -1: unknown. */
  durationMs: number;
  /** Of the line in its decompressed file. */
  offset: number;
  /** 0: none in the log. */
  status: number;
  /** Index into `cacheWords`. */
  cache: number;
  /** Remaining life that the record itself says; -1: none. */
  lifetimeMs: number;
}

const HAS_LIFETIME = 8;

const HIT = cacheWords.indexOf('hit');
const STALE = cacheWords.indexOf('stale');
const UPDATING = cacheWords.indexOf('updating');

/** Served by a cache without asking the back end for this answer. */
export const isServedFromCache = (cache: number): boolean => cache === HIT || cache === STALE || cache === UPDATING;

/** Statuses that token endpoints mostly give: with their flags they take one byte, others two. */
const COMMON_STATUSES = [200, 401, 429, 503, 400, 500, 201, 403];

/** Status, cache word and flag as one number. */
function codeOf(status: number, flags: number): number {
  const common = COMMON_STATUSES.indexOf(status);
  return (common < 0 ? status + COMMON_STATUSES.length : common) * 16 + flags;
}

const statusOf = (code: number): number => {
  const index = code >> 4;
  return index < COMMON_STATUSES.length ? COMMON_STATUSES[index]! : index - COMMON_STATUSES.length;
};

export class FetchLog {
  private readonly log = new ByteLog();
  /** Files in the order of the input, with the number of events before each. */
  private readonly files: { readonly file: number; readonly from: number; ok: number }[] = [];
  private lastStart = 0;
  private lastOffset = 0;

  get count(): number {
    return this.log.events;
  }

  add(
    file: number,
    startMs: number,
    durationMs: number,
    offset: number,
    status: number,
    cache: number,
    lifetimeMs: number,
  ): void {
    const { log } = this;
    let run = this.files.at(-1);
    if (run?.file !== file) {
      run = { file, from: log.events, ok: 0 };
      this.files.push(run);
      this.lastStart = 0;
      this.lastOffset = 0;
    }
    if (status >= 200 && status <= 299 && !isServedFromCache(cache)) run!.ok += 1;
    log.open();
    log.put(codeOf(status, cache | (lifetimeMs > 0 ? HAS_LIFETIME : 0)));
    log.putSigned(startMs - this.lastStart);
    log.put(durationMs + 1);
    log.putSigned(offset - this.lastOffset);
    if (lifetimeMs > 0) log.put(lifetimeMs);
    this.lastStart = startMs;
    this.lastOffset = offset;
  }

  /** Ok fetches that no cache has answered, from the files that count. */
  okFrom(counts: (file: number) => boolean): number {
    return this.files.reduce((sum, { file, ok }) => (counts(file) ? sum + ok : sum), 0);
  }

  /** Gives the memory back, for a log that has been read for the last time. */
  release(): void {
    this.log.release();
    this.files.length = 0;
  }

  /** Calls back with one object that is filled again for each event. */
  forEach(visit: (event: FetchEvent) => void): void {
    const reader = this.log.reader();
    const event: FetchEvent = { file: -1, startMs: 0, durationMs: -1, offset: 0, status: 0, cache: 0, lifetimeMs: -1 };
    let nextFile = 0;
    for (let index = 0; reader.next(); index += 1) {
      if (nextFile < this.files.length && this.files[nextFile]!.from === index) {
        event.file = this.files[nextFile]!.file;
        event.startMs = 0;
        event.offset = 0;
        nextFile += 1;
      }
      const code = reader.get();
      event.status = statusOf(code);
      event.cache = code & 7;
      event.startMs += reader.getSigned();
      event.durationMs = reader.get() - 1;
      event.offset += reader.getSigned();
      event.lifetimeMs = (code & HAS_LIFETIME) === 0 ? -1 : reader.get();
      visit(event);
    }
  }
}
