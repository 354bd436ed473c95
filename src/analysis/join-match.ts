/**
 * Which request asked for which fetch, by time: the fetch lies within the request, and begins soon after it. Each request is taken once,
 * in the order of the fetches; a fetch that finds only taken ones is a further one of the nearest (a retry, a second token). Requests
 * that wait for the fetch of another stay without one.
 */
export interface Intervals {
  readonly count: number;
  /** Sorted. */
  readonly startMs: Float64Array;
  readonly endMs: Float64Array;
}

export interface MatchOptions {
  /** What the stamps leave open at each end of an interval. */
  readonly slackMs: number;
  /** Starts that differ by no more than this cannot be told apart. */
  readonly toleranceMs: number;
  /** Stamps too coarse to tell the order of what they hold: only a fetch with a single request around it is matched. */
  readonly coarse: boolean;
  /** Whether this fetch may belong to this request: same node, where nodes are known. */
  readonly allowed: (fetch: number, request: number) => boolean;
}

export interface Matches {
  /** Per fetch the row of its request, -1: none holds it. */
  readonly requestOf: Int32Array;
  /** 1: another request fits as well. */
  readonly ambiguous: Uint8Array;
}

/** More requests in flight at once are not looked through: the newest will do. */
const REACH = 4096;

export function matchByTime(fetches: Intervals, requests: Intervals, options: MatchOptions): Matches {
  const { slackMs, toleranceMs, coarse, allowed } = options;
  const requestOf = new Int32Array(fetches.count).fill(-1);
  const ambiguous = new Uint8Array(fetches.count);
  const taken = new Uint8Array(requests.count);
  const open = new OpenRows();
  let next = 0;
  for (let fetch = 0; fetch < fetches.count; fetch += 1) {
    const start = fetches.startMs[fetch]!;
    const end = fetches.endMs[fetch]!;
    open.keepFrom(requests.endMs, slackMs, start);
    while (next < requests.count && requests.startMs[next]! <= start + slackMs) {
      if (requests.endMs[next]! + slackMs >= start) open.push(next);
      next += 1;
    }

    let holding = 0;
    let best = -1;
    let bestGap = Infinity;
    let secondGap = Infinity;
    let nearest = -1;
    let nearestGap = Infinity;
    for (let at = open.count - 1; at >= Math.max(0, open.count - REACH); at -= 1) {
      const row = open.rows[at]!;
      if (requests.endMs[row]! + slackMs < end || !allowed(fetch, row)) continue;
      holding += 1;
      const gap = Math.abs(start - requests.startMs[row]!);
      if (gap < nearestGap) {
        nearestGap = gap;
        nearest = row;
      }
      if (taken[row] === 1) continue;
      if (gap < bestGap) {
        secondGap = bestGap;
        bestGap = gap;
        best = row;
      } else if (gap < secondGap) secondGap = gap;
    }
    if (holding === 0) continue;
    if (best >= 0) {
      requestOf[fetch] = best;
      taken[best] = 1;
      ambiguous[fetch] = (coarse ? holding > 1 : secondGap - bestGap <= toleranceMs) ? 1 : 0;
    } else {
      requestOf[fetch] = nearest;
      ambiguous[fetch] = holding > 1 ? 1 : 0;
    }
  }
  return { requestOf, ambiguous };
}

/** Rows of the requests in flight, in their order. */
class OpenRows {
  rows = new Int32Array(REACH);
  count = 0;

  push(row: number): void {
    if (this.count === this.rows.length) {
      const more = new Int32Array(this.count * 2);
      more.set(this.rows);
      this.rows = more;
    }
    this.rows[this.count] = row;
    this.count += 1;
  }

  /** Without those that have ended. */
  keepFrom(endMs: Float64Array, slackMs: number, start: number): void {
    let kept = 0;
    for (let at = 0; at < this.count; at += 1) {
      const row = this.rows[at]!;
      if (endMs[row]! + slackMs < start) continue;
      this.rows[kept] = row;
      kept += 1;
    }
    this.count = kept;
  }
}

const BLOCK = 256;

/** Tells whether a request holds a fetch, of any fetches in any order: what `matchByTime` finds where each fetch may be of any request. */
export class HoldingRequests {
  /** The last end in each block of rows, and up to the end of it. */
  private readonly lastEnd: Float64Array;
  private readonly lastEndSoFar: Float64Array;

  constructor(
    private readonly requests: Intervals,
    private readonly slackMs: number,
  ) {
    const { count, endMs } = requests;
    const blocks = Math.ceil(count / BLOCK);
    this.lastEnd = new Float64Array(blocks);
    this.lastEndSoFar = new Float64Array(blocks);
    let soFar = -Infinity;
    for (let block = 0; block < blocks; block += 1) {
      let last = -Infinity;
      const to = Math.min(count, (block + 1) * BLOCK);
      for (let row = block * BLOCK; row < to; row += 1) if (endMs[row]! > last) last = endMs[row]!;
      if (last > soFar) soFar = last;
      this.lastEnd[block] = last;
      this.lastEndSoFar[block] = soFar;
    }
  }

  hold(start: number, end: number): boolean {
    const { requests, slackMs } = this;
    const { startMs, endMs, count } = requests;
    let seen = 0;
    for (let row = behind(startMs, start + slackMs, count) - 1; row >= 0; row -= 1) {
      const block = Math.floor(row / BLOCK);
      if (this.lastEnd[block]! + slackMs < start) {
        if (this.lastEndSoFar[block]! + slackMs < start) return false;
        row = block * BLOCK;
        continue;
      }
      const rowEnd = endMs[row]! + slackMs;
      if (rowEnd < start) continue;
      if (rowEnd >= end) return true;
      seen += 1;
      if (seen === REACH) return false;
    }
    return false;
  }
}

/** The first of the sorted values that is greater. */
function behind(sorted: Float64Array, value: number, count: number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}
