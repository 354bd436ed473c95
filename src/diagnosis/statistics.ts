/** The statistics that tell one shape of fetches from another. Inputs are sorted starts in ms; nothing is changed. */

export interface Spread {
  readonly count: number;
  readonly p5: number;
  readonly p50: number;
  readonly p95: number;
}

/** Nearest rank. undefined without numbers. */
export function spreadOf(values: Float64Array): Spread | undefined {
  if (values.length === 0) return undefined;
  const sorted = values.slice().sort();
  const at = (share: number): number => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!;
  return { count: sorted.length, p5: at(0.05), p50: at(0.5), p95: at(0.95) };
}

export function gapsOf(startMs: ArrayLike<number>, count: number, lag = 1): Float64Array {
  const gaps = new Float64Array(Math.max(0, count - lag));
  for (let at = 0; at < gaps.length; at += 1) gaps[at] = startMs[at + lag]! - startMs[at]!;
  return gaps;
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
    const lagged = gapsOf(startMs, count, k);
    const spread = spreadOf(lagged)!;
    const period = spread.p50;
    if (period <= 4 * resolutionMs) continue;
    const tolerance = PERIOD_TOLERANCE * period + resolutionMs;
    let fit = 0;
    for (const one of lagged) if (Math.abs(one - period) <= tolerance) fit += 1;
    const fits = fit / lagged.length;
    if (fits < 0.85 || lagged.length < k) continue;
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

/** Starts while the fetch before was in flight, and in as much time right after that. */
export interface Beside {
  readonly within: number;
  readonly next: number;
}

/**
 * Do fetches wait for each other? Of starts that know nothing of each other at least as many fall into the time of the fetch before as
 * into the same time after it; where fetches are shared none does.
 */
export function besideOf(startMs: ArrayLike<number>, durationMs: ArrayLike<number>, count: number, typicalMs: number): Beside {
  let [within, next] = [0, 0];
  for (let at = 1; at < count; at += 1) {
    const took = durationMs[at - 1]! < 0 ? typicalMs : durationMs[at - 1]!;
    const gap = startMs[at]! - startMs[at - 1]!;
    if (gap < took) within += 1;
    // What follows at once was asked for by the same request.
    else if (gap >= 1.2 * took && gap < 2.2 * took) next += 1;
  }
  return { within, next };
}

export interface Bursts {
  /** Fetches that began while no other of the holder was in flight. */
  readonly heads: number;
  /** Fetches that began while the first of their burst was in flight. */
  readonly inFlight: number;
  readonly largest: number;
  readonly headMs: Float64Array;
  readonly sizes: Uint32Array;
}

/** A burst is what begins before the first fetch of it has been answered: a cache could not have had its token yet. */
export function burstsOf(
  startMs: ArrayLike<number>,
  durationMs: ArrayLike<number>,
  count: number,
  typicalMs: number,
  slackMs: number,
): Bursts {
  const headMs = new Float64Array(count);
  const sizes = new Uint32Array(count);
  let heads = 0;
  let end = Number.NEGATIVE_INFINITY;
  for (let at = 0; at < count; at += 1) {
    if (startMs[at]! >= end) {
      headMs[heads] = startMs[at]!;
      const took = durationMs[at]! < 0 ? typicalMs : durationMs[at]!;
      end = startMs[at]! + took + slackMs;
      heads += 1;
    }
    sizes[heads - 1]! += 1;
  }
  const used = sizes.subarray(0, heads);
  return {
    heads,
    inFlight: count - heads,
    largest: Math.max(0, ...used.slice(0, 10_000)),
    headMs: headMs.subarray(0, heads),
    sizes: used,
  };
}

/** Sizes of groups in which each begins no later than `slackMs` after the one before has ended: what one request fetches one by one. */
export function chainSizes(
  startMs: ArrayLike<number>,
  durationMs: ArrayLike<number>,
  count: number,
  typicalMs: number,
  slackMs: number,
): Uint32Array {
  const sizes = new Uint32Array(count);
  let groups = 0;
  let endMs = Number.NEGATIVE_INFINITY;
  for (let at = 0; at < count; at += 1) {
    if (startMs[at]! > endMs + slackMs) groups += 1;
    sizes[groups - 1]! += 1;
    endMs = Math.max(endMs, startMs[at]! + (durationMs[at]! < 0 ? typicalMs : durationMs[at]!));
  }
  return sizes.subarray(0, groups);
}

/** Share of the groups that have exactly the most common size above 1, and that size. */
export function groupSize(sizes: Uint32Array): { readonly size: number; readonly share: number } {
  const tally = new Map<number, number>();
  for (const size of sizes) tally.set(size, (tally.get(size) ?? 0) + 1);
  let best = { size: 1, share: 0 };
  for (const [size, count] of tally)
    if (size > 1 && count / sizes.length > best.share) best = { size, share: count / sizes.length };
  return best;
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
