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
  const open = new OpenRows(requests, slackMs);
  const free = new OpenRows(requests, slackMs);
  let next = 0;
  for (let fetch = 0; fetch < fetches.count; fetch += 1) {
    const start = fetches.startMs[fetch]!;
    const end = fetches.endMs[fetch]!;
    for (; next < requests.count && requests.startMs[next]! <= start + slackMs; next += 1) {
      if (requests.endMs[next]! + slackMs < start) continue;
      open.push(next);
      free.push(next);
    }
    const oldest = open.oldest(start);
    free.oldest(start);
    const fits = (row: number): boolean => requests.endMs[row]! + slackMs >= end && allowed(fetch, row);
    const near = free.nearest(start, oldest, fits, coarse ? 0 : toleranceMs);
    const { row, hasSecond } = near;
    if (row >= 0) {
      requestOf[fetch] = row;
      free.remove(row);
      ambiguous[fetch] = (coarse ? open.nearest(start, oldest, fits, Infinity).hasSecond : hasSecond) ? 1 : 0;
      continue;
    }
    const taken = open.nearest(start, oldest, fits, Infinity);
    requestOf[fetch] = taken.row;
    ambiguous[fetch] = taken.hasSecond ? 1 : 0;
  }
  return { requestOf, ambiguous };
}

/** Rows of which few have ended are gone through for those that have, when they have become twice as many. */
const FEW_ROWS = 64;

/** Requests in flight, by start. */
class OpenRows {
  private rows = new Int32Array(FEW_ROWS);
  private count = 0;
  private countThen = 0;
  private readonly found = { row: -1, hasSecond: false };

  constructor(
    private readonly requests: Intervals,
    private readonly slackMs: number,
  ) {}

  push(row: number): void {
    if (this.count === this.rows.length) {
      const more = new Int32Array(this.count * 2);
      more.set(this.rows);
      this.rows = more;
    }
    this.rows[this.count] = row;
    this.count += 1;
  }

  remove(row: number): void {
    const at = this.placeOf(row);
    this.rows.copyWithin(at, at + 1, this.count);
    this.count -= 1;
  }

  /** Lets go of what had ended at `start`, where that may be many. The first row that is looked at. */
  oldest(start: number): number {
    if (this.count > Math.max(FEW_ROWS, Math.min(REACH, 2 * this.countThen))) this.keepFrom(start);
    return this.count > REACH ? this.rows[this.count - REACH]! : 0;
  }

  private keepFrom(start: number): void {
    const { rows, slackMs } = this;
    const { endMs } = this.requests;
    let kept = 0;
    for (let at = 0; at < this.count; at += 1) {
      const row = rows[at]!;
      if (endMs[row]! + slackMs < start) continue;
      rows[kept] = row;
      kept += 1;
    }
    this.count = kept;
    this.countThen = kept;
  }

  /**
   * The row whose start is nearest to this one, of those that fit; -1 without one. Of two that are as near the later one. `hasSecond`:
   * there is another, whose distance is no more than so much greater.
   */
  nearest(
    start: number,
    oldest: number,
    fits: (row: number) => boolean,
    toleranceMs: number,
  ): { readonly row: number; readonly hasSecond: boolean } {
    const { rows, count, found } = this;
    const { startMs } = this.requests;
    const first = oldest === 0 ? 0 : this.placeOf(oldest);
    found.row = -1;
    found.hasSecond = false;
    let nearestMs = Infinity;
    let left = this.behind(start) - 1;
    // To the right the rows of one start are gone through from the last of them on.
    let runFrom = left + 1;
    let runTo = runFrom < count ? this.behind(startMs[rows[runFrom]!]!) : runFrom;
    let right = runTo - 1;
    for (;;) {
      const before = left >= first ? start - startMs[rows[left]!]! : Infinity;
      const after = right >= runFrom && runFrom < count ? startMs[rows[right]!]! - start : Infinity;
      const ms = Math.min(before, after);
      if (ms === Infinity || ms - nearestMs > toleranceMs) return found;
      let row: number;
      if (after <= before) {
        row = right >= first ? rows[right]! : -1;
        right -= 1;
        if (right < runFrom) {
          runFrom = runTo;
          if (runFrom < count) runTo = this.behind(startMs[rows[runFrom]!]!);
          right = runTo - 1;
        }
      } else {
        row = rows[left]!;
        left -= 1;
      }
      if (row < 0 || !fits(row)) continue;
      if (found.row >= 0) {
        found.hasSecond = true;
        return found;
      }
      found.row = row;
      nearestMs = ms;
    }
  }

  /** Place of the first row that is not before this one. */
  private placeOf(row: number): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.rows[middle]! < row) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Place of the first row that starts later. */
  private behind(start: number): number {
    const { startMs } = this.requests;
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (startMs[this.rows[middle]!]! <= start) low = middle + 1;
      else high = middle;
    }
    return low;
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
