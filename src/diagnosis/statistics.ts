/** The statistics that tell one shape of fetches from another. Inputs are sorted starts in ms; nothing is changed. */
import { scratchCopy, scratchDoubles } from '../analysis/scratch.js';

export interface Spread {
  readonly count: number;
  readonly p5: number;
  readonly p50: number;
  readonly p95: number;
}

/** Nearest rank. undefined without numbers. */
export function spreadOf(values: Float64Array): Spread | undefined {
  const count = values.length;
  if (count === 0) return undefined;
  const some = scratchCopy('spread', values);
  const p50 = nthOf(some, 0, count, rankOf(0.5, count));
  // What is lower than the middle one stands before it by now, what is higher behind it.
  const p5 = nthOf(some, 0, rankOf(0.5, count) + 1, rankOf(0.05, count));
  const p95 = nthOf(some, rankOf(0.5, count), count, rankOf(0.95, count));
  return { count, p5, p50, p95 };
}

/** The same of numbers in order. */
export function spreadOfSorted(sorted: Float64Array): Spread | undefined {
  const count = sorted.length;
  if (count === 0) return undefined;
  const at = (share: number): number => sorted[rankOf(share, count)]!;
  return { count, p5: at(0.05), p50: at(0.5), p95: at(0.95) };
}

const rankOf = (share: number, count: number): number => Math.max(0, Math.ceil(share * count) - 1);

/**
 * The n-th smallest of `values[from..to)`, counted from the start of the array, which is put in order no further than that takes: lower
 * ones before it, higher ones behind. Hoare's selection; the pivot is the middle of three.
 */
export function nthOf(values: Float64Array, from: number, to: number, n: number): number {
  let low = from;
  let high = to - 1;
  while (low < high) {
    const pivot = middleOf(values[low]!, values[(low + high) >>> 1]!, values[high]!);
    let left = low;
    let right = high;
    while (left <= right) {
      while (values[left]! < pivot) left += 1;
      while (values[right]! > pivot) right -= 1;
      if (left > right) break;
      const one = values[left]!;
      values[left] = values[right]!;
      values[right] = one;
      left += 1;
      right -= 1;
    }
    if (n <= right) high = right;
    else if (n >= left) low = left;
    else break;
  }
  return values[n]!;
}

const middleOf = (a: number, b: number, c: number): number => Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));

export function gapsOf(startMs: ArrayLike<number>, count: number, lag = 1): Float64Array {
  return gapsInto(new Float64Array(Math.max(0, count - lag)), startMs, lag);
}

function gapsInto(gaps: Float64Array, startMs: ArrayLike<number>, lag: number): Float64Array {
  for (let at = 0; at < gaps.length; at += 1) gaps[at] = startMs[at + lag]! - startMs[at]!;
  return gaps;
}

function near(values: Float64Array, middle: number, tolerance: number): number {
  let found = 0;
  for (let at = 0; at < values.length; at += 1) if (Math.abs(values[at]! - middle) <= tolerance) found += 1;
  return found;
}

export interface Interleaved {
  /** How many trains of fetches run beside each other. */
  readonly trains: number;
  readonly periodMs: number;
  /** Share of fetches that are followed by one a period later. */
  readonly fits: number;
}

const MOST_TRAINS = 64;
/** More fetches of one holder do not make the period any clearer. */
const ENOUGH = 2000;
/** The k-th next fetch is a period later, give or take this part of it. */
const PERIOD_TOLERANCE = 0.1;

const STEADIER = 0.5;
const WHOLE_GAPS = 0.08;

/**
 * Several caches behind one address: the k-th next fetch always comes one period later, though the next one does not. The smallest k
 * wins. `isPeriod` says which periods can be the life of a cached token; elsewhere the order of the gaps has to repeat too, for the
 * k-th next request of any steady traffic comes after a steady time.
 */
export function interleaved(
  startMs: ArrayLike<number>,
  all: number,
  isPeriod: (ms: number) => boolean,
  resolutionMs: number,
): Interleaved | undefined {
  const count = Math.min(all, ENOUGH);
  const gaps = gapsOf(startMs, count);
  // One train alone is regular at every lag; those of several caches come as near to each other as chance will have it.
  const single = spreadOf(gaps);
  if (single === undefined || (single.p5 >= 0.7 * single.p50 && single.p95 <= 1.5 * single.p50)) return undefined;
  // One that waits for requests has a floor and a tail. Caches beside each other are seldom that far apart; their order would repeat.
  const hasFloor = single.p5 >= 0.7 * single.p50;
  for (let k = 2; k <= Math.min(MOST_TRAINS, Math.floor((count - 1) / 2)); k += 1) {
    const lagged = gapsInto(scratchDoubles('lagged', count - k), startMs, k);
    const period = nthOf(lagged, 0, lagged.length, rankOf(0.5, lagged.length));
    if (period <= 4 * resolutionMs) continue;
    const fits = near(lagged, period, PERIOD_TOLERANCE * period + resolutionMs) / lagged.length;
    if (fits < 0.85 || lagged.length < k) continue;
    const spread = spreadOf(lagged)!;
    // The sum of k gaps that have nothing to do with each other is steadier than one of them, by the root of k: that alone shows nothing.
    if (spread.p95 - spread.p5 > STEADIER * Math.sqrt(k) * (single.p95 - single.p5) + 2 * resolutionMs) continue;
    // One cache that is emptied now and then has gaps as long as the period; of k caches each has one of the k gaps at most.
    let whole = 0;
    for (const one of gaps) if (one >= 0.9 * period) whole += 1;
    if (whole > (1 / k + WHOLE_GAPS) * gaps.length) continue;
    if ((isPeriod(period) && !hasFloor) || repeats(gaps, k)) return { trains: k, periodMs: period, fits };
  }
  return undefined;
}

/** Autocorrelation of the gaps at lag k. */
function repeats(gaps: Float64Array, k: number): boolean {
  if (gaps.length < 3 * k) return false;
  let mean = 0;
  for (const gap of gaps) mean += gap / gaps.length;
  let both = 0;
  let own = 0;
  for (let at = 0; at < gaps.length; at += 1) {
    own += (gaps[at]! - mean) ** 2;
    if (at + k < gaps.length) both += (gaps[at]! - mean) * (gaps[at + k]! - mean);
  }
  return own > 0 && (both / own) * (gaps.length / (gaps.length - k)) > 0.8;
}

/**
 * Where the rate of events changes most, by the likelihood ratio of two Poisson rates against one; null where that can be chance, or
 * where the rate before was not much lower. `times` sorted; `fromMs` is when it could have begun.
 */
export function onsetOf(times: Float64Array, fromMs: number, toMs: number): number | null {
  const n = times.length;
  const span = toMs - fromMs;
  if (n < 5 || span <= 0) return null;
  let best = 0;
  let when: number | null = null;
  for (let before = 0; before < n - 3; before += 1) {
    const first = times[before]! - fromMs;
    const rest = toMs - times[before]!;
    // A handful at either end is a clump, not a change.
    if (first < span * 0.1 || rest < span * 0.1) continue;
    const rateBefore = before / first;
    const rateAfter = (n - before) / rest;
    if (rateBefore > 0.2 * rateAfter) continue;
    const ratio = term(before, rateBefore) + term(n - before, rateAfter) - term(n, n / span);
    if (ratio > Math.max(best, LEAST_RATIO)) {
      best = ratio;
      when = times[before]!;
    }
  }
  return when;
}

/** Log-likelihood ratio that chance does not reach: the best of many splits is looked at, and fetches come in clumps. */
const LEAST_RATIO = 10;

const term = (count: number, rate: number): number => (count === 0 ? 0 : count * Math.log(rate));

/**
 * P that n uniform numbers on 0..1 sum up to at most x: the Irwin-Hall distribution, sum over k <= x of (-1)^k C(n, k) (x - k)^n / n!. Its
 * terms cancel where n is large; there the normal one is near enough (Hall 1927).
 */
export function irwinHall(x: number, n: number): number {
  if (x <= 0) return 0;
  if (x >= n) return 1;
  if (n > 15) {
    const z = (x - n / 2) / Math.sqrt(n / 12);
    return normal(z);
  }
  let sum = 0;
  let ways = 1;
  let factorial = 1;
  for (let at = 2; at <= n; at += 1) factorial *= at;
  for (let k = 0; k <= x; k += 1) {
    sum += ((k % 2 === 0 ? 1 : -1) * ways * (x - k) ** n) / factorial;
    ways = (ways * (n - k)) / (k + 1);
  }
  return Math.min(1, Math.max(0, sum));
}

/** The normal distribution to 1e-7 (Abramowitz and Stegun 26.2.17). */
function normal(z: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(z));
  const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
  const tail = density * t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return z > 0 ? 1 - tail : tail;
}
