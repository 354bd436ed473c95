/** Answers of a cache that hands out whole token responses: how old they were. */
import { type FetchEvent, isServedFromCache } from '../analysis/fetch-log.js';
import type { KeyPlan } from '../analysis/fetch-table.js';

export interface Answers {
  readonly ages: Float64Array;
  /** The last age of each token, ms; 0: nobody asked again. */
  readonly oldest: Float64Array;
}

/** How old the answers of caches were when they were handed out, ms: of all callers of a loopback, for they share its answers. */
export function agesOfAnswers(plan: KeyPlan): Answers {
  const byFile = new Map<number, { readonly at: number; readonly isHit: boolean; readonly endMs: number }[]>();
  for (const { logs } of plan.callers) {
    for (const log of logs) {
      if (!log.hasCacheWords) continue;
      log.forEach(({ cache, file, startMs, durationMs }: FetchEvent) => {
        if (cache === 0) return;
        const list = byFile.get(file) ?? [];
        if (list.length === 0) byFile.set(file, list);
        if (list.length < MOST_CACHE_WORDS)
          list.push({ at: startMs, isHit: isServedFromCache(cache), endMs: startMs + Math.max(0, durationMs) });
      });
    }
  }
  const ages: number[] = [];
  const oldest: number[] = [];
  for (const list of byFile.values()) {
    list.sort((a, b) => a.at - b.at || Number(a.isHit) - Number(b.isHit));
    let fetched: number | undefined;
    for (const { at, isHit, endMs } of list) {
      if (!isHit) {
        fetched = endMs;
        oldest.push(0);
      } else if (fetched !== undefined) {
        ages.push(at - fetched);
        oldest[oldest.length - 1] = at - fetched;
      }
    }
  }
  return { ages: Float64Array.from(ages), oldest: Float64Array.from(oldest) };
}

/**
 * Answers that were older than tokens live. A line that is lost makes a life look twice as long, now and then; a cache that outlives its
 * tokens does so nearly each time that anybody still asks for them: 0 where few of the tokens did.
 */
export function staleAnswers({ ages, oldest }: Answers, lifetimeMs: number, q: number): number {
  const isStale = (age: number): boolean => age > lifetimeMs + 2 * q;
  const outlived = oldest.filter(isStale).length;
  return outlived < OUTLIVED * oldest.length ? 0 : ages.filter(isStale).length;
}

const OUTLIVED = 0.3;

/** More answers of one loopback do not make it any clearer. */
const MOST_CACHE_WORDS = 200_000;
