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
