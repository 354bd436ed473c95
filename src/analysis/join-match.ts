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
  let open: number[] = [];
  let next = 0;
  for (let fetch = 0; fetch < fetches.count; fetch += 1) {
    const start = fetches.startMs[fetch]!;
    const end = fetches.endMs[fetch]!;
    const closed = open.length;
    while (next < requests.count && requests.startMs[next]! <= start + slackMs) {
      if (requests.endMs[next]! + slackMs >= start) open.push(next);
      next += 1;
    }
    if (closed > 0 || open.length > REACH) open = open.filter((row) => requests.endMs[row]! + slackMs >= start);

    let holding = 0;
    let best = -1;
    let bestGap = Infinity;
    let secondGap = Infinity;
    let nearest = -1;
    let nearestGap = Infinity;
    for (let at = open.length - 1; at >= Math.max(0, open.length - REACH); at -= 1) {
      const row = open[at]!;
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
