/** How often two series of starts are how far apart: the counts from which the distance of two clocks is read. */
import { lowerBound } from './search.js';

export interface Lags {
  /** Pairs by lag: bin k holds those from k bins on above -reach. */
  readonly counts: Float64Array;
  readonly total: number;
  /** Fetches whose pairs were counted. */
  readonly used: number;
}

/** Work for a pair, for a bin of a fetch, and for each ms of the requests' time, in about ns: the cheaper way is taken. */
const PAIR_COST = 3;
const BIN_COST = 1.5;
const MS_COST = 1.5;

/** Whole ms; both series sorted. */
export interface LagWindow {
  readonly aroundMs: number;
  readonly reachMs: number;
  readonly binMs: number;
}

/** The lags (fetch less request) within `around +- reach` of every `stride`-th fetch. `pairs`: how many there are of all fetches. */
export function countLags(fetches: Float64Array, requests: Float64Array, window: LagWindow, pairs: number, stride: number): Lags {
  const { reachMs, binMs } = window;
  const bins = Math.floor((2 * reachMs) / binMs);
  const counts = new Float64Array(bins);
  const used = Math.ceil(fetches.length / stride);
  const width = bins * binMs;
  const spanMs = Math.min(requests.at(-1)! - requests[0]!, fetches.at(-1)! - fetches[0]!) + width;
  const byTable = Math.min(spanMs, used * width) * MS_COST + used * bins * BIN_COST;
  if (byTable < (pairs / stride) * PAIR_COST) countByTable(fetches, requests, window, stride, counts);
  else countByPairs(fetches, requests, window, stride, counts);
  let total = 0;
  for (const count of counts) total += count;
  return { counts, total, used };
}

function countByPairs(
  fetches: Float64Array,
  requests: Float64Array,
  { aroundMs, reachMs, binMs }: LagWindow,
  stride: number,
  counts: Float64Array,
): void {
  const bins = counts.length;
  const perMs = 1 / binMs;
  for (let index = 0; index < fetches.length; index += stride) {
    const top = fetches[index]! - aroundMs + reachMs;
    for (let row = lowerBound(requests, top - 2 * reachMs); row < requests.length; row += 1) {
      const below = top - requests[row]!;
      if (below < 0) break;
      // Half a ms keeps whole numbers off the borders of bins, where a product may fall to either side.
      const bin = ((below + 0.5) * perMs) | 0;
      if (bin < bins) counts[bin]! += 1;
    }
  }
}

/**
 * Where several requests fall into a bin: how many came up to each ms stands in a ring that moves along with the fetches, and a bin is the
 * difference of two of its places.
 */
function countByTable(
  fetches: Float64Array,
  requests: Float64Array,
  { aroundMs, reachMs, binMs }: LagWindow,
  stride: number,
  counts: Float64Array,
): void {
  const bins = counts.length;
  const width = bins * binMs;
  let size = 1024;
  while (size <= width) size *= 2;
  const ring = new Uint32Array(size);
  const mask = size - 1;
  const base = requests[0]!;
  // Times count from the first request: they fit into 31 bits, or nothing is near.
  let filledTo = 0;
  let row = 0;
  let isFilled = false;
  for (let index = 0; index < fetches.length; index += stride) {
    const top = fetches[index]! - aroundMs + reachMs - base;
    const low = top - width;
    if (top < 0 || low > requests.at(-1)! - base) continue;
    if (!isFilled || low > filledTo) {
      row = lowerBound(requests, low + base);
      filledTo = low - 1;
      isFilled = true;
    }
    for (let ms = filledTo + 1; ms <= top; ms += 1) {
      while (row < requests.length && requests[row]! - base <= ms) row += 1;
      ring[ms & mask] = row;
    }
    filledTo = Math.max(filledTo, top);
    let above = ring[top & mask]!;
    for (let bin = 0, ms = top - binMs; bin < bins; bin += 1, ms -= binMs) {
      const below = ring[ms & mask]!;
      counts[bin]! += above - below;
      above = below;
    }
  }
}
