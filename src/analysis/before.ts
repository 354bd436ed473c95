/**
 * What holders had when the window of `--since` began: the last ok fetch of each caller before it. It is state, not an event: nothing
 * counts it, but the first fetch of the window is judged by it, as any other by the one before.
 */
import { NO_ID, type RequestBatch } from '../events/request-batch.js';
import { isServedFromCache } from './fetch-log.js';

export interface FetchBefore {
  readonly file: number;
  readonly startMs: number;
  /** -1: unknown. */
  readonly durationMs: number;
  readonly offset: number;
  readonly cache: number;
  /** Remaining life that the record itself says; -1: none. */
  readonly lifetimeMs: number;
}

/** The later one; of two with one start the one that comes later in the order of the input. */
export const later = (a: FetchBefore | undefined, b: FetchBefore): FetchBefore => {
  if (a === undefined) return b;
  const order = b.startMs - a.startMs || b.file - a.file || b.offset - a.offset;
  return order > 0 ? b : a;
};

export class BeforeStore {
  /** Per caller, one for each file: which files count is known at the end. */
  private readonly byCaller = new Map<number, Map<number, FetchBefore>>();

  add(batch: RequestBatch, row: number, file: number): void {
    const caller = batch.caller[row]!;
    const status = batch.status[row]!;
    const cache = batch.cache[row]!;
    if (caller === NO_ID || status < 200 || status > 299 || isServedFromCache(cache)) return;
    const us = batch.durationUs[row]!;
    const fetch: FetchBefore = {
      file,
      startMs: Math.floor(batch.startUs[row]! / 1000),
      durationMs: us < 0 ? -1 : Math.round(us / 1000),
      offset: batch.offset[row]!,
      cache,
      lifetimeMs: batch.lifetimeMs[row]!,
    };
    let byFile = this.byCaller.get(caller);
    if (byFile === undefined) {
      byFile = new Map();
      this.byCaller.set(caller, byFile);
    }
    byFile.set(file, later(byFile.get(file), fetch));
  }

  get callers(): Iterable<number> {
    return this.byCaller.keys();
  }

  of(caller: number): readonly FetchBefore[] {
    return [...(this.byCaller.get(caller)?.values() ?? [])];
  }
}
