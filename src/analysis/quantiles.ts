import type { Quantiles } from './result.js';

/** At and above this a value goes to the sparse part: fetches that take over a minute are few. */
const DENSE_LIMIT = 65_536;

/** An exact histogram of integer ms. Plain data, so that it can cross threads; the dense part grows with the longest value. */
export interface Durations {
  /** counts[ms], for values below 65,536 ms. */
  dense: Uint32Array;
  readonly sparse: Map<number, number>;
  count: number;
  sumMs: number;
  maxMs: number;
}

export function emptyDurations(): Durations {
  return { dense: new Uint32Array(64), sparse: new Map(), count: 0, sumMs: 0, maxMs: 0 };
}

/** Empties them for other values: what was counted is gone, the room stays. */
export function clearDurations(durations: Durations): void {
  durations.dense.fill(0, 0, Math.min(durations.dense.length, durations.maxMs + 1));
  durations.sparse.clear();
  durations.count = 0;
  durations.sumMs = 0;
  durations.maxMs = 0;
}

/** Negative durations are unknown ones and leave no trace. */
export function addDuration(durations: Durations, ms: number, times = 1): void {
  if (ms < 0 || times === 0) return;
  if (ms < DENSE_LIMIT) {
    if (ms >= durations.dense.length) growDense(durations, ms);
    durations.dense[ms]! += times;
  } else {
    durations.sparse.set(ms, (durations.sparse.get(ms) ?? 0) + times);
  }
  durations.count += times;
  durations.sumMs += ms * times;
  if (ms > durations.maxMs) durations.maxMs = ms;
}

export function mergeDurations(into: Durations, from: Durations): void {
  for (let ms = 0; ms < from.dense.length && ms <= from.maxMs; ms++) addDuration(into, ms, from.dense[ms]!);
  for (const [ms, times] of from.sparse) addDuration(into, ms, times);
}

/** Nearest rank: the smallest value that ceil(p * n) of the values do not exceed. 0 without a value. */
export function quantile(durations: Durations, p: number): number {
  // Per mille, since 0.07 * 100 is a little more than 7.
  let rank = Math.max(1, Math.ceil((Math.round(p * 1000) * durations.count) / 1000));
  if (rank >= durations.count) return durations.maxMs;
  for (let ms = 0; ms < durations.dense.length; ms++) {
    rank -= durations.dense[ms]!;
    if (rank <= 0) return ms;
  }
  for (const ms of Float64Array.from(durations.sparse.keys()).sort()) {
    rank -= durations.sparse.get(ms)!;
    if (rank <= 0) return ms;
  }
  return durations.maxMs;
}

/** Counters of `medianOf`, all 0 between two calls. */
let medianCounts = new Uint32Array(1024);
/** More counters than this for each value would take longer than to sort. */
const COUNTERS_PER_VALUE = 16;

/** Nearest-rank p50 of the first `count` values that are not negative; 0 without one. */
export function medianOf(values: Int32Array, count: number): number {
  let largest = -1;
  let known = 0;
  for (let at = 0; at < count; at++) {
    const value = values[at]!;
    if (value < 0) continue;
    known++;
    if (value > largest) largest = value;
  }
  if (known === 0) return 0;
  let rank = Math.ceil(known / 2);
  if (largest >= Math.min(DENSE_LIMIT, Math.max(64, COUNTERS_PER_VALUE * known))) {
    const sorted = values.slice(0, count).sort();
    return sorted[count - known + rank - 1]!;
  }
  if (largest >= medianCounts.length) medianCounts = new Uint32Array(DENSE_LIMIT);
  const counts = medianCounts;
  for (let at = 0; at < count; at++) {
    const value = values[at]!;
    if (value >= 0) counts[value]! += 1;
  }
  let median = 0;
  while (rank > counts[median]!) {
    rank -= counts[median]!;
    median++;
  }
  counts.fill(0, 0, largest + 1);
  return median;
}

/** null without a value. The mean is the exact sum over the count, to the microsecond. */
export function quantilesOf(durations: Durations): Quantiles | null {
  if (durations.count === 0) return null;
  return {
    p50: quantile(durations, 0.5),
    p95: quantile(durations, 0.95),
    p99: quantile(durations, 0.99),
    max: durations.maxMs,
    mean: Math.round((durations.sumMs / durations.count) * 1000) / 1000,
  };
}

function growDense(durations: Durations, ms: number): void {
  let length = durations.dense.length;
  while (length <= ms) length *= 2;
  const wider = new Uint32Array(length);
  wider.set(durations.dense);
  durations.dense = wider;
}
