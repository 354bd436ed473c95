/** The clocks of a run: one per rotated log. All times of a join are put on one of them, that of the issuer with the most fetches. */
import { estimateSkew } from './join-skew.js';

export interface ClockSeries {
  /** Clock of each row. */
  readonly clock: (row: number) => number;
  readonly count: number;
  readonly startMs: Float64Array;
  readonly counts: (row: number) => boolean;
  /** Rows that count, by clock. */
  readonly sizes: readonly number[];
}

export interface Clocks {
  /** Per clock: what must be added to its times. */
  readonly shiftMs: ReadonlyMap<number, number>;
  /** Clocks of gateways whose distance was measured. */
  readonly measured: ReadonlySet<number>;
  /** The farthest measured distance of a gateway from the issuer, ms; undefined: none was measured. */
  readonly farthestMs: number | undefined;
}

/** More pairs of clocks are not measured one by one. */
const MOST_PAIRS = 64;
/** So many pairs of equal ids are enough to tell the distance of two clocks. */
const FEWEST_PAIRS = 3;

/** Differences (fetch less request) of pairs that are known by their ids, by clock of the fetch and of the request. */
export type KnownPairs = ReadonlyMap<number, ReadonlyMap<number, readonly number[]>>;

export function median(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.ceil(sorted.length / 2) - 1]!;
}

/** `resolutionMs`: of the coarser log. */
export function measureClocks(fetches: ClockSeries, requests: ClockSeries, known: KnownPairs, resolutionMs: number): Clocks {
  const fetchClocks = bySize(fetches);
  const requestClocks = bySize(requests);
  const shiftMs = new Map<number, number>();
  const measured = new Set<number>();
  let farthestMs: number | undefined;
  const pairs = fetchClocks.length * requestClocks.length;
  const fetchStarts = fetchClocks.map((clock) => startsOf(fetches, clock));
  const distance = (fetchClock: number, starts: Float64Array, requestClock: number, requestStarts: Float64Array) => {
    // One log has one clock.
    if (fetchClock === requestClock) return 0;
    const byId = known.get(fetchClock)?.get(requestClock);
    if (byId !== undefined && byId.length >= FEWEST_PAIRS) return median(byId);
    return pairs > MOST_PAIRS ? undefined : estimateSkew(starts, requestStarts, resolutionMs)?.ms;
  };
  const [reference] = fetchClocks;
  if (fetchClocks.length === 1 && requestClocks.length === 1 && requestClocks[0] === reference) {
    return { shiftMs: new Map([[reference!, 0]]), measured: new Set([reference!]), farthestMs: 0 };
  }
  const requestStarts = new Map(requestClocks.map((clock) => [clock, startsOf(requests, clock)]));
  const set = (clock: number, ms: number): void => {
    shiftMs.set(clock, ms);
    measured.add(clock);
    if (farthestMs === undefined || Math.abs(ms) > Math.abs(farthestMs)) farthestMs = ms;
  };
  const alone: number[] = [];
  for (const clock of requestClocks) {
    const ms = distance(reference!, fetchStarts[0]!, clock, requestStarts.get(clock)!);
    if (ms !== undefined) set(clock, ms);
    else if (clock !== reference) alone.push(clock);
  }
  // One of many gateways has few of the issuer's fetches. Their clocks most often agree with each other, and together they say more.
  if (alone.length > 1) {
    const together = new Float64Array(alone.reduce((sum, clock) => sum + requestStarts.get(clock)!.length, 0));
    let at = 0;
    for (const clock of alone) {
      together.set(requestStarts.get(clock)!, at);
      at += requestStarts.get(clock)!.length;
    }
    const ms = estimateSkew(fetchStarts[0]!, together.sort(), resolutionMs)?.ms;
    if (ms !== undefined) for (const clock of alone) set(clock, ms);
  }
  fetchClocks.forEach((clock, index) => {
    if (clock === reference || shiftMs.has(clock)) return;
    for (const requestClock of requestClocks) {
      const ms = distance(clock, fetchStarts[index]!, requestClock, requestStarts.get(requestClock)!);
      if (ms === undefined) continue;
      if (!measured.has(requestClock)) {
        // Known to this issuer only: then it is the one by which the gateway is set.
        set(requestClock, ms);
      } else shiftMs.set(clock, shiftMs.get(requestClock)! - ms);
      return;
    }
  });
  return { shiftMs, measured, farthestMs };
}

/** The clocks of any rows, that of the most first. */
function bySize({ sizes }: ClockSeries): number[] {
  return [...sizes.entries()]
    .filter(([, size]) => size > 0)
    .sort(([a, one], [b, other]) => other - one || a - b)
    .map(([clock]) => clock);
}

function startsOf({ count, clock, counts, startMs, sizes }: ClockSeries, wanted: number): Float64Array {
  const starts = new Float64Array(sizes[wanted]!);
  let at = 0;
  for (let row = 0; row < count; row += 1) {
    if (!counts(row) || clock(row) !== wanted) continue;
    starts[at] = startMs[row]!;
    at += 1;
  }
  return starts;
}
