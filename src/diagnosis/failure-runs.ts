/** Failed fetches that follow each other faster than any back-off would let them. */
import { isServedFromCache } from '../analysis/fetch-log.js';
import type { CallerLogs, KeyPlan } from '../analysis/fetch-table.js';
import { scratchBytes, scratchDoubles } from '../analysis/scratch.js';
import { sortEvents } from '../analysis/sort.js';
import { spreadOf } from './statistics.js';

export interface FailureRuns {
  /** Failures in runs of three and more. */
  readonly inRuns: number;
  readonly longest: number;
  /** The median from one failure of a run to the next. */
  readonly gapMs: number;
  readonly isHammering: boolean;
}

export const NO_FAILURES: FailureRuns = { inRuns: 0, longest: 0, gapMs: 0, isHammering: false };

/** A retry sooner than this is faster than any back-off that deserves the name. */
const FAST_RETRY_MS = 2000;
const LONG_RUN = 3;
/** Of a long healthy log only failures matter, and what stands right before them. */
const MOST_OK = 1_000_000;

export function failureRuns({ callers }: KeyPlan, resolutionMs: number): FailureRuns {
  let inRuns = 0;
  let longest = 0;
  const gaps: number[] = [];
  // Each caller for itself: ten that back off are no loop.
  for (const caller of callers) {
    if (!caller.logs.some(({ hasFailures }) => hasFailures)) continue;
    const { startMs, failed } = answersOf(caller);
    let run = 0;
    let last = Number.NEGATIVE_INFINITY;
    const close = (): void => {
      if (run >= LONG_RUN) inRuns += run;
      longest = Math.max(longest, run);
      run = 0;
    };
    for (let row = 0; row < startMs.length; ) {
      const at = startMs[row]!;
      let failures = 0;
      let others = 0;
      for (; row < startMs.length && startMs[row] === at; row += 1) {
        if (failed[row] === 1) failures += 1;
        else others += 1;
      }
      // Of answers to requests of the same moment the failed ones go first.
      if (failures > 0 && at - last > FAST_RETRY_MS + resolutionMs) close();
      for (let one = 0; one < failures; one += 1) {
        if (run > 0) gaps.push(at - last);
        run += 1;
        last = at;
      }
      if (others > 0 && run > 0) close();
    }
    close();
  }
  const gapMs = spreadOf(Float64Array.from(gaps))?.p50 ?? 0;
  return { inRuns, longest, gapMs, isHammering: longest >= 2 * LONG_RUN || inRuns >= 4 * LONG_RUN };
}

/** Starts of the requests that the issuer has answered, in their order, and which of them failed. Both are scratch. */
function answersOf({ logs }: CallerLogs): { readonly startMs: Float64Array; readonly failed: Uint8Array } {
  let room = 0;
  for (const { count } of logs) room += count;
  const startMs = scratchDoubles('runs.startMs', room);
  const failed = scratchBytes('runs.failed', room);
  let count = 0;
  for (const log of logs) {
    log.blocks((block, from, to) => {
      const { status, cache } = block;
      for (let row = from; row < to; row += 1) {
        const code = status[row]!;
        if (code === 0 || (cache[row] !== 0 && isServedFromCache(cache[row]!))) continue;
        const isFailure = code < 200 || code > 299;
        if (!isFailure && count >= MOST_OK) continue;
        startMs[count] = block.startMs[row]!;
        failed[count] = isFailure ? 1 : 0;
        count += 1;
      }
    });
  }
  const all = { startMs: startMs.subarray(0, count), failed: failed.subarray(0, count) };
  sortEvents(all.startMs, all.failed);
  return all;
}
