/**
 * How far the clocks of two logs are apart. A gateway that needs a token asks for it right after a request has come in, so the
 * differences "start of a fetch less start of a request", taken over all pairs, pile up at one value while those of unrelated pairs
 * spread evenly: a cross-correlation of the two series of starts. Near clocks are tried first, then ever wider windows.
 */

import { poissonTail } from './join-chance.js';
import { countLags } from './join-lags.js';
import { lowerBound } from './search.js';

export interface Skew {
  /** Clock of the fetches minus that of the requests, ms. */
  readonly ms: number;
}

interface Level {
  readonly reachMs: number;
  readonly binMs: number;
}

/** Clocks that keep time; a clock that was set by hand; one that has run off. */
const LEVELS: readonly Level[] = [
  { reachMs: 2_000, binMs: 10 },
  { reachMs: 130_000, binMs: 20 },
  { reachMs: 900_000, binMs: 50 },
];
/** Wrong zones are whole half hours, the farthest 14 h. */
const HALF_HOUR_MS = 1_800_000;
const MOST_HALF_HOURS = 28;
/** Pairs that are looked at per level. */
const PAIRS = 20_000_000;
const FEWEST_FETCHES = 5;
/** A peak by chance this probable, over all places that were tried, is none. */
const CHANCE = 0.001;
/** Bins beside a peak that may belong to it, and bins from which its background is taken. */
const PEAK_BINS = 3;
const BACKGROUND_BINS = 40;
/** The next best peak must be this much lower, or it may be the one: traffic with a period has many. */
const NEXT_BEST = 0.7;
const DEVIATIONS = 5;
/** Each half of the fetches must show a far peak by itself: with this chance at most, and for this share of them. */
const HALF_CHANCE = 0.01;
const HALF_SHARE = 0.4;

/** Both series sorted, ms; `resolutionMs`: of the coarser log. Undefined: the logs do not say. */
export function estimateSkew(fetchStartMs: Float64Array, requestStartMs: Float64Array, resolutionMs: number): Skew | undefined {
  if (fetchStartMs.length < FEWEST_FETCHES || requestStartMs.length < FEWEST_FETCHES) return undefined;
  for (const { reachMs, binMs } of LEVELS) {
    const bin = Math.max(binMs, resolutionMs);
    if (reachMs < bin * BACKGROUND_BINS) continue;
    const found = peak(fetchStartMs, requestStartMs, 0, reachMs, bin, 1);
    if (found?.isPeak !== true) continue;
    if (reachMs > LEVELS[0]!.reachMs && !holdsInHalves(fetchStartMs, requestStartMs, found.lagMs, bin)) continue;
    return { ms: middle(fetchStartMs, requestStartMs, found.lagMs, bin) };
  }
  let best: { lagMs: number; excess: number } | undefined;
  const bin = Math.max(LEVELS[0]!.binMs, resolutionMs);
  // Traffic with bursts or a period has peaks everywhere: one that is far off has to be higher than what there is at clocks that agree.
  const near = peak(fetchStartMs, requestStartMs, 0, bin * 200, bin, 1)?.excess ?? 0;
  for (let step = -MOST_HALF_HOURS; step <= MOST_HALF_HOURS; step += 1) {
    if (step === 0) continue;
    const found = peak(fetchStartMs, requestStartMs, step * HALF_HOUR_MS, bin * 200, bin, 2 * MOST_HALF_HOURS);
    if (found?.isPeak === true && found.excess * NEXT_BEST > near && found.excess > (best?.excess ?? 0)) best = found;
  }
  if (best === undefined) return undefined;
  // A wrong zone moves a whole log: set right, the two must have at least as much time in common as they have as they are.
  const common = commonMs(fetchStartMs, requestStartMs, 0);
  const isNearer = commonMs(fetchStartMs, requestStartMs, best.lagMs) >= common;
  if (!isNearer || !holdsInHalves(fetchStartMs, requestStartMs, best.lagMs, bin)) return undefined;
  return { ms: middle(fetchStartMs, requestStartMs, best.lagMs, bin) };
}

/** How long both series run, the fetches set back by a lag. */
function commonMs(fetches: Float64Array, requests: Float64Array, lagMs: number): number {
  const from = Math.max(fetches[0]! - lagMs, requests[0]!);
  const to = Math.min(fetches.at(-1)! - lagMs, requests.at(-1)!);
  return Math.max(0, to - from);
}

/**
 * Does the peak stand in the earlier fetches and in the later ones, each by itself, and does it explain a good part of each? A burst that
 * meets another burst is a peak of a few fetches; two clocks are apart all the time. Fetches from outside the requests say nothing.
 * The background is that of the bins around, as for the whole.
 */
function holdsInHalves(fetches: Float64Array, requests: Float64Array, lagMs: number, binMs: number): boolean {
  const from = lowerBound(fetches, requests[0]! + lagMs - binMs);
  const to = lowerBound(fetches, requests.at(-1)! + lagMs + binMs);
  if (to - from < FEWEST_FETCHES) return false;
  const half = (from + to) >>> 1;
  return [fetches.subarray(from, half), fetches.subarray(half, to)].every((part) => {
    const within = (bins: number): number => countPairs(part, requests, lagMs, bins * binMs);
    const peak = within(1);
    const background = (within(BACKGROUND_BINS) - within(PEAK_BINS)) / (BACKGROUND_BINS - PEAK_BINS);
    if (poissonTail(peak, Math.max(background, 0.01)) >= HALF_CHANCE) return false;
    let met = 0;
    for (const start of part) {
      const row = lowerBound(requests, start - lagMs - binMs);
      if (row < requests.length && requests[row]! <= start - lagMs + binMs) met += 1;
    }
    return met >= part.length * HALF_SHARE;
  });
}

/** The lag within `around +- reach` at which more pairs meet than chance would have it. */
function peak(
  fetches: Float64Array,
  requests: Float64Array,
  aroundMs: number,
  reachMs: number,
  binMs: number,
  tries: number,
): { lagMs: number; excess: number; isPeak: boolean } | undefined {
  const pairs = countPairs(fetches, requests, aroundMs, reachMs);
  if (pairs === 0) return undefined;
  const stride = Math.max(1, Math.ceil(pairs / PAIRS));
  const { counts, total, used } = countLags(fetches, requests, { aroundMs, reachMs, binMs }, pairs, stride);
  const bins = counts.length;
  if (total === 0) return undefined;
  // A peak may lie across two bins.
  const two = (bin: number): number => counts[bin]! + (counts[bin + 1] ?? 0);
  const excess = new Float64Array(bins);
  const even = (total / bins) * 2;
  let squares = 0;
  const prefix = new Float64Array(bins + 1);
  for (let bin = 0; bin < bins; bin += 1) prefix[bin + 1] = prefix[bin]! + counts[bin]!;
  const background = (bin: number): number => {
    const from = Math.max(0, bin - BACKGROUND_BINS);
    const to = Math.min(bins, bin + 2 + BACKGROUND_BINS);
    const innerFrom = Math.max(0, bin - PEAK_BINS);
    const innerTo = Math.min(bins, bin + 2 + PEAK_BINS);
    const around = prefix[to]! - prefix[from]! - (prefix[innerTo]! - prefix[innerFrom]!);
    return (around / Math.max(1, to - from - (innerTo - innerFrom))) * 2;
  };
  let best = 0;
  for (let bin = 0; bin < bins; bin += 1) {
    excess[bin] = two(bin) - background(bin);
    squares += excess[bin]! ** 2;
    if (excess[bin]! > excess[best]!) best = bin;
  }
  let next = 0;
  let nearSquares = 0;
  for (let bin = 0; bin < bins; bin += 1) {
    if (Math.abs(bin - best) <= PEAK_BINS) nearSquares += excess[bin]! ** 2;
    else if (excess[bin]! > next) next = excess[bin]!;
  }
  const deviation = Math.sqrt(Math.max(0, squares - nearSquares) / bins);
  const mean = Math.max(background(best), even / 2, 0.01);
  const isPeak =
    used >= FEWEST_FETCHES &&
    excess[best]! >= Math.max(4, DEVIATIONS * deviation) &&
    next <= excess[best]! * NEXT_BEST &&
    poissonTail(two(best), mean) * bins * tries < CHANCE;
  return { lagMs: aroundMs + (best + 1) * binMs - reachMs, excess: excess[best]!, isPeak };
}

/** Pairs that are at most `reach` apart. */
function countPairs(fetches: Float64Array, requests: Float64Array, aroundMs: number, reachMs: number): number {
  // Logs of other times have none.
  if (fetches.at(-1)! - aroundMs + reachMs < requests[0]! || fetches[0]! - aroundMs - reachMs > requests.at(-1)!) return 0;
  let from = 0;
  let to = 0;
  let pairs = 0;
  for (const start of fetches) {
    const at = start - aroundMs;
    while (from < requests.length && requests[from]! < at - reachMs) from += 1;
    while (to < requests.length && requests[to]! <= at + reachMs) to += 1;
    pairs += to - from;
  }
  return pairs;
}

/** The median difference of the pairs in the peak: finer than a bin. */
function middle(fetches: Float64Array, requests: Float64Array, lagMs: number, binMs: number): number {
  const near: number[] = [];
  for (const start of fetches) {
    const at = start - lagMs;
    const row = lowerBound(requests, at);
    const after = row < requests.length ? requests[row]! - at : Infinity;
    const before = row > 0 ? at - requests[row - 1]! : Infinity;
    const gap = Math.min(after, before);
    if (gap <= binMs) near.push(gap === before ? lagMs + before : lagMs - after);
  }
  near.sort((a, b) => a - b);
  return near.length === 0 ? lagMs : near[Math.ceil(near.length / 2) - 1]!;
}
