/** Failed fetches that follow each other faster than any back-off would let them. */
import { isServedFromCache } from '../analysis/fetch-log.js';
import type { CallerFailures, CallerLogs, KeyFetches, KeyPlan } from '../analysis/fetch-table.js';
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

/** `known`: what is left of the callers once their records are read; undefined: they are read again. */
export function failureRuns({ callers }: KeyPlan, resolutionMs: number, known?: KeyFetches['failures']): FailureRuns {
  const runs = new Runs(FAST_RETRY_MS + resolutionMs);
  // Each caller for itself: ten that back off are no loop.
  if (known === undefined)
    for (const caller of callers) {
      if (caller.logs.some(({ hasFailures }) => hasFailures)) runs.addAnswers(answersOf(caller));
    }
  else for (const one of known) runs.addSorted(one);
  return runs.value;
}

class Runs {
  private inRuns = 0;
  private longest = 0;
  private run = 0;
  private last = Number.NEGATIVE_INFINITY;
  private readonly gaps: number[] = [];

  constructor(private readonly soonMs: number) {}

  addSorted({ failedMs, okMs }: CallerFailures): void {
    let ok = 0;
    for (let row = 0; row < failedMs.length; row += 1) {
      const at = failedMs[row]!;
      // Of answers to requests of the same moment the failed ones go first.
      const before = ok;
      while (ok < okMs.length && okMs[ok]! < at) ok += 1;
      if (ok > before) this.close();
      this.fail(at);
    }
    this.end();
  }

  addAnswers({ startMs, failed }: ReturnType<typeof answersOf>): void {
    for (let row = 0; row < startMs.length; ) {
      const at = startMs[row]!;
      let failures = 0;
      let others = 0;
      for (; row < startMs.length && startMs[row] === at; row += 1) {
        if (failed[row] === 1) failures += 1;
        else others += 1;
      }
      for (let one = 0; one < failures; one += 1) this.fail(at);
      if (others > 0) this.close();
    }
    this.end();
  }

  get value(): FailureRuns {
    const { inRuns, longest, gaps } = this;
    const gapMs = spreadOf(Float64Array.from(gaps))?.p50 ?? 0;
    return { inRuns, longest, gapMs, isHammering: longest >= 2 * LONG_RUN || inRuns >= 4 * LONG_RUN };
  }

  private fail(at: number): void {
    if (at - this.last > this.soonMs) this.close();
    if (this.run > 0) this.gaps.push(at - this.last);
    this.run += 1;
    this.last = at;
  }

  private close(): void {
    if (this.run >= LONG_RUN) this.inRuns += this.run;
    this.longest = Math.max(this.longest, this.run);
    this.run = 0;
  }

  private end(): void {
    this.close();
    this.last = Number.NEGATIVE_INFINITY;
  }
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
