/**
 * What would a perfect cache with the same lifetimes have fetched? The verdict on the ok fetches of one key by one holder. Times are
 * integer ms. Everything is linear in fetches plus demand, on typed arrays, without an object per fetch.
 */
import { medianOf } from './quantiles.js';
import type { LowHigh, Verdicts } from './result.js';
import { BRIEF, scratchBytes, scratchDoubles, scratchIds, scratchInts } from './scratch.js';
import { isSorted, putInOrder, sortInto } from './sort.js';

/** The ok fetches of one key by one holder, sorted by (start, arrival). */
export interface FetchTimes {
  readonly count: number;
  readonly startMs: Float64Array;
  /** -1: unknown. */
  readonly durationMs: Int32Array;
}

/** Those of several holders as one. */
export interface MergedTimes extends FetchTimes {
  /** Where each one stood, if the holders are put one behind the other. */
  readonly order: Uint32Array;
}

export interface FetchSeries extends FetchTimes {
  /** Remaining life at hand-out, above 0: one for all, or one per fetch. */
  readonly lifetimeMs: Float64Array | number;
}

/** Starts of the requests that needed the token: each of them, or cells that only keep their first and last one. Sorted. */
export type DemandTimeline =
  | {
      readonly kind: 'exact';
      readonly count: number;
      readonly startMs: Float64Array;
      /** Those of them that surely needed this token, where it is not known of the others. */
      readonly sureMs?: Float64Array;
    }
  | { readonly kind: 'cells'; readonly cellCount: number; readonly firstMs: Float64Array; readonly lastMs: Float64Array };

/** How long before its end a cache stops using a token. */
export type Margin =
  | { readonly kind: 'default' }
  | { readonly kind: 'ms'; readonly ms: number }
  | { readonly kind: 'share'; readonly share: number };

export interface AssessOptions {
  readonly margin: Margin;
  /** The last moment that the log covers. */
  readonly windowEndMs: number;
  /** Resolution `q` of the stamps: the true time lies within `q` of the logged one. */
  readonly resolutionMs?: number;
  /** When an upstream answered 401 to this holder, sorted. */
  readonly upstream401Ms?: Float64Array;
  /**
   * The first fetch of the series was made before the window: its token is what the holder starts with. It is counted nowhere, and
   * has no flag.
   */
  readonly startsWithToken?: boolean;
}

/** `necessary + ahead + redundant + unknown = ok`. */
export interface Assessment extends Verdicts {
  readonly ok: number;
  /** N(F). */
  readonly byFetches: LowHigh;
  /** N(D); undefined where demand is not known, or no life at all. */
  readonly byDemand: LowHigh | undefined;
  /** Tokens that it takes to have one at each start of a fetch: never more than N(D), since each of them was asked for. */
  readonly atLeast: number;
  /** A. */
  readonly timely: number;
  readonly redundantLow: number;
  readonly redundantHigh: number;
  /** `d`: the typical duration of a fetch. */
  readonly typicalMs: number;
  /** 1 for each fetch that is redundant; as many as `redundant`. */
  readonly redundantFlags: Uint8Array;
}

export interface LifetimeRow {
  readonly lifetimeSeconds: number;
  readonly necessary: number;
  readonly redundant: number;
}

/** One value for every fetch, or one each. */
type PerFetch = Float64Array | number;

interface Lives {
  readonly lifetimeMs: PerFetch;
  readonly usableMs: PerFetch;
  /** Infinity where none is known. */
  readonly shortestMs: number;
}

/** The usable lives that a walk over demand meets: from the start of a fetch on, the life that it got. */
export interface UsableLives {
  readonly count: number;
  readonly startMs: Float64Array;
  readonly usableMs: Float64Array;
}

const BILLION = 1e9;
const NEVER = -Infinity;
const NO_TIMES = new Float64Array(0);
/** From this many resolutions on, a life is long enough for the resolution not to matter. */
const RESOLUTIONS_IN_A_LIFE = 20;
const REVOKED_WITHIN_MS = 2_000;
const REVOKED_AT_MOST_EVERY_MS = 60_000;
const LIFETIMES_TO_TRY_S = [300, 3_600, 86_400] as const;
/** Beyond this many lives in doubt at once, the shortest and longest of all stand in for them. */
const LIVES_TO_SCAN = 64;

/** `U = L - m`, in whole ms, at least 1; by default `m = min(60 s, 10 % of L)`. */
export function usableMs(lifetimeMs: number, margin: Margin): number {
  return Math.max(1, Math.floor(lifetimeMs - marginMs(lifetimeMs, margin)));
}

function marginMs(lifetimeMs: number, margin: Margin): number {
  switch (margin.kind) {
    case 'default':
      return Math.min(60_000, lifetimeMs / 10);
    case 'ms':
      return margin.ms;
    case 'share':
      // A share such as 0.07 is not exact in binary: 0.07 * 100 must not cost another ms.
      return lifetimeMs * margin.share - 1e-6;
  }
}

/** N(F): how many tokens it takes to have had one for as long as the holder did. `low` and `high` differ when lives are short for `q`. */
export function coverOverFetches(
  series: FetchSeries,
  margin: Margin,
  windowEndMs: number,
  resolutionMs = 0,
): LowHigh & { readonly n: number } {
  const lives = livesOf(series, margin);
  return cover(series, lives.usableMs, windowEndMs, blurOf(lives, resolutionMs));
}

/**
 * N(D): at the first request without a usable token one fetch starts, and the token is usable until `start + d + U`.
 *
 * The k-th fetch lies between `early` and `late`. Exact demand and no blur: they are one, and so are low and high. The blur of the
 * stamps moves both ends of a life by less than `q` altogether, so lives of U - q and U + q enclose the truth. In a cell a fetch
 * lies somewhere from the moment the token ended to the last start of the cell. With several lives the walk is not monotone (a
 * fetch a moment later may get a shorter life, and end sooner), so every life that may have been met counts.
 */
export function walkDemand(demand: DemandTimeline, usable: UsableLives | number, fetchDurationMs: number, blurMs = 0): LowHigh {
  const { count, firstMs, lastMs } = spansOf(demand);
  if (count === 0) return { low: 0, high: 0 };

  const livesMet = typeof usable === 'number' ? () => ({ low: usable, high: usable }) : livesWithin(usable);
  let low = 1;
  let high = 1;
  let early = firstMs[0]!;
  let late = early;
  let earlySpan = 0;
  let lateSpan = 0;
  for (;;) {
    const life = livesMet(early - blurMs, late + blurMs);
    const latest = late + fetchDurationMs + life.high + blurMs;
    const least = fetchDurationMs + life.low - blurMs;
    const soonest = early + Math.max(least, early < lastMs[earlySpan]! ? 1 : 0);
    // A life no longer than the blur may have ended before the next request of the same stamp.
    if (soonest === early) earlySpan++;

    while (earlySpan < count && lastMs[earlySpan]! < soonest) earlySpan++;
    if (earlySpan === count) return { low, high };
    early = Math.max(soonest, firstMs[earlySpan]!);
    high++;

    while (lateSpan < count && lastMs[lateSpan]! < latest) lateSpan++;
    if (lateSpan === count) {
      // The latest walk has ended; one that still goes on may be anywhere up to the last request.
      late = lastMs[count - 1]!;
      continue;
    }
    late = latest <= firstMs[lateSpan]! ? firstMs[lateSpan]! : lastMs[lateSpan]!;
    low++;
  }
}

/**
 * A: a fetch is timely if it is the first, if the last ok fetch had lived `L/2 - max(5 % of L, q)`, or if it follows an upstream 401
 * by at most 2 s (a revoked token; once per 60 s).
 */
export function timelyFlags(
  series: FetchSeries,
  resolutionMs: number,
  upstream401Ms: Float64Array,
): { readonly count: number; readonly flags: Uint8Array } {
  return timely(series, series.lifetimeMs, upstream401Ms, resolutionMs, 0);
}

/** The verdict on the fetches of one key by one holder. Throws a RangeError on unsorted times and on lifetimes that are not above 0. */
export function assess(series: FetchSeries, demand: DemandTimeline | undefined, options: AssessOptions): Assessment {
  return assessLife(series, demand, options, paceOf(series), true);
}

/** How long the fetches of a series take, whatever their lives. */
interface Pace {
  readonly typicalMs: number;
  readonly slowestMs: number;
}

const paceOf = (times: FetchTimes): Pace => ({ typicalMs: typicalDurationMs(times), slowestMs: slowestOf(times) });

/** `flagged`: false where it does not matter which fetches are redundant. */
function assessLife(
  series: FetchSeries,
  demand: DemandTimeline | undefined,
  options: AssessOptions,
  { typicalMs: fetchDurationMs, slowestMs }: Pace,
  flagged: boolean,
): Assessment {
  const { margin, windowEndMs, resolutionMs = 0, upstream401Ms = NO_TIMES, startsWithToken = false } = options;
  const before = startsWithToken ? 1 : 0;
  const lives = livesOf(series, margin);
  requireSorted(upstream401Ms, upstream401Ms.length, 'upstream 401s');
  const blurMs = blurOf(lives, resolutionMs);

  const usable = usableLives(series, lives);
  const startMs = startsWithToken ? series.startMs[0]! + fetchDurationMs + of(lives.usableMs, 0) : NEVER;
  const byDemand =
    demand === undefined || usable === undefined ? undefined : walkFrom(demand, usable, fetchDurationMs, blurMs, startMs);
  const judged =
    blurMs === 0 && upstream401Ms.length === 0 && typeof lives.usableMs === 'number' && typeof lives.lifetimeMs === 'number'
      ? judgePlain(series, lives.lifetimeMs, lives.usableMs, slowestMs, windowEndMs, resolutionMs)
      : judgeAny(series, lives, slowestMs, { blurMs, windowEndMs, resolutionMs, upstream401Ms });

  const byFetches = without(judged.byFetches, before);
  const n = byDemand ?? byFetches;
  const ok = series.count - before;
  const timelyCount = judged.timelyAtLeast - before;
  const redundant = Math.max(0, ok - Math.max(n.high, judged.timelyAtMost - before));
  const redundantHigh = Math.max(0, ok - Math.max(n.low, timelyCount));
  const necessary = Math.min(n.low, ok);
  return {
    ok,
    byFetches,
    byDemand,
    atLeast: Math.max(0, judged.atLeast - before),
    timely: judged.timely - before,
    necessary,
    ahead: Math.max(0, timelyCount - necessary),
    redundant,
    unknown: redundantHigh - redundant,
    redundantLow: redundant,
    redundantHigh,
    typicalMs: fetchDurationMs,
    redundantFlags: flagged
      ? chooseRedundant(series, lives.usableMs, fetchDurationMs, judged.isTimely, redundant).subarray(before)
      : NO_FLAGS,
  };
}

/** What is counted of a series, whatever the demand. */
interface Judged {
  readonly byFetches: LowHigh;
  readonly atLeast: number;
  readonly timely: number;
  readonly timelyAtLeast: number;
  readonly timelyAtMost: number;
  /** Of those that may be timely. */
  readonly isTimely: Uint8Array;
}

/** Most series have one life for all, no blur and no 401s: then one walk counts all there is. */
function judgePlain(
  { count, startMs }: FetchTimes,
  lifetimeMs: number,
  usable: number,
  slowestMs: number,
  windowEndMs: number,
  resolutionMs: number,
): Judged {
  const isTimely = scratchBytes('judge.timely', count);
  if (count === 0) return { byFetches: NONE, atLeast: 0, timely: 0, timelyAtLeast: 0, timelyAtMost: 0, isTimely };
  const leastGap20 = leastTimely20(lifetimeMs, resolutionMs);
  const reachMs = slowestMs + usable;
  let before = startMs[0]!;
  let untilMs = before + reachMs;
  let tokens = 1;
  let timelyCount = 1;
  let stretchMs = 0;
  let longestMs = 0;
  isTimely[0] = 1;
  for (let i = 1; i < count; i++) {
    const start = startMs[i]!;
    const gap = start - before;
    before = start;
    if (gap > longestMs) longestMs = gap;
    stretchMs += gap < usable ? gap : usable;
    const inTime = 20 * gap >= leastGap20 ? 1 : 0;
    isTimely[i] = inTime;
    timelyCount += inTime;
    if (start >= untilMs) {
      tokens++;
      untilMs = start + reachMs;
    }
  }
  stretchMs += tailOf(windowEndMs - before, longestMs, usable);
  const n = Math.min(1 + Math.floor(stretchMs / usable), count);
  const of = timelyCount;
  return { byFetches: { low: n, high: n }, atLeast: tokens, timely: of, timelyAtLeast: of, timelyAtMost: of, isTimely };
}

function judgeAny(
  series: FetchTimes,
  { lifetimeMs, usableMs: usable }: Lives,
  slowestMs: number,
  given: {
    readonly blurMs: number;
    readonly windowEndMs: number;
    readonly resolutionMs: number;
    readonly upstream401Ms: Float64Array;
  },
): Judged {
  const { blurMs, windowEndMs, resolutionMs, upstream401Ms } = given;
  const asLogged = timely(series, lifetimeMs, upstream401Ms, resolutionMs, 0);
  const atLeast = blurMs === 0 ? asLogged : timely(series, lifetimeMs, upstream401Ms, 0, -blurMs);
  const atMost = blurMs === 0 ? asLogged : timely(series, lifetimeMs, upstream401Ms, 0, blurMs);
  return {
    byFetches: cover(series, usable, windowEndMs, blurMs),
    atLeast: walkFetches(series, usable, slowestMs, blurMs),
    timely: asLogged.count,
    timelyAtLeast: atLeast.count,
    timelyAtMost: atMost.count,
    isTimely: atMost.flags,
  };
}

const NONE: LowHigh = { low: 0, high: 0 };
const NO_FLAGS = new Uint8Array(0);

/** What is known of the durations counts; 0 where none is. */
function slowestOf({ count, durationMs }: FetchTimes): number {
  let slowestMs = 0;
  for (let i = 0; i < count; i++) if (durationMs[i]! > slowestMs) slowestMs = durationMs[i]!;
  return slowestMs;
}

/** Tokens that it takes to have one at each start of a fetch, if each is used until its end and fetching takes as long as it ever did. */
function walkFetches({ count, startMs }: FetchTimes, usable: PerFetch, slowestMs: number, blurMs: number): number {
  let tokens = 0;
  let untilMs = NEVER;
  for (let i = 0; i < count; i++) {
    if (startMs[i]! < untilMs) continue;
    tokens++;
    untilMs = startMs[i]! + slowestMs + of(usable, i) + blurMs;
  }
  return tokens;
}

/** What is left of a count without the fetch that was made before the window: it is always the first of those that are needed. */
const without = ({ low, high }: LowHigh, before: number): LowHigh => ({ low: low - before, high: high - before });

/** N(D) of a holder that has a token until `untilMs`: what is asked for sooner needs no fetch. */
function walkFrom(
  demand: DemandTimeline,
  usable: UsableLives | number,
  fetchDurationMs: number,
  blurMs: number,
  untilMs: number,
): LowHigh {
  if (demand.kind === 'exact' && demand.sureMs !== undefined) {
    // More demand never takes fewer fetches: the truth lies between the two.
    const { count, startMs, sureMs } = demand;
    const sure: DemandTimeline = { kind: 'exact', count: sureMs.length, startMs: sureMs };
    const most = walkFrom({ kind: 'exact', count, startMs }, usable, fetchDurationMs, blurMs, untilMs);
    const least = walkFrom(sure, usable, fetchDurationMs, blurMs, untilMs);
    return { low: Math.min(least.low, most.low), high: most.high };
  }
  if (untilMs === NEVER) return walkDemand(demand, usable, fetchDurationMs, blurMs);
  const latest = walkDemand(demandFrom(demand, untilMs + blurMs), usable, fetchDurationMs, blurMs);
  if (blurMs === 0) return latest;
  const soonest = walkDemand(demandFrom(demand, untilMs - blurMs), usable, fetchDurationMs, blurMs);
  return { low: Math.min(latest.low, soonest.low), high: Math.max(latest.high, soonest.high) };
}

/** The part of a timeline from a moment on. */
function demandFrom(demand: DemandTimeline, fromMs: number): DemandTimeline {
  let from = 0;
  if (demand.kind === 'exact') {
    while (from < demand.count && demand.startMs[from]! < fromMs) from += 1;
    return { kind: 'exact', count: demand.count - from, startMs: demand.startMs.subarray(from, demand.count) };
  }
  const { cellCount, firstMs, lastMs } = demand;
  while (from < cellCount && lastMs[from]! < fromMs) from += 1;
  const first = firstMs.slice(from, cellCount);
  if (first.length > 0 && first[0]! < fromMs) first[0] = fromMs;
  return { kind: 'cells', cellCount: cellCount - from, firstMs: first, lastMs: lastMs.subarray(from, cellCount) };
}

/**
 * Without a lifetime: redundant are the fetches that would be so if tokens lived 300 s, unknown those that would be so only if they
 * lived up to a day. Redundant never falls as L grows: every share `min(g/U, 1)`, every walk and every age rule only shrinks, and a
 * fetch that stops being timely by age frees at most one grant of a 401. So nothing has to be clamped.
 */
export function assessUnknownLifetime(
  times: FetchTimes,
  demand: DemandTimeline | undefined,
  options: AssessOptions,
): Assessment & { readonly byLifetime: readonly LifetimeRow[] } {
  const pace = paceOf(times);
  // The flags are those of the shortest life.
  const tried = LIFETIMES_TO_TRY_S.map((seconds, index) =>
    assessLife({ ...times, lifetimeMs: seconds * 1000 }, demand, options, pace, index === 0),
  );
  const shortest = tried[0]!;
  const longest = tried.at(-1)!;
  return {
    ...shortest,
    byFetches: { low: longest.byFetches.low, high: shortest.byFetches.high },
    byDemand: shortest.byDemand && longest.byDemand && { low: longest.byDemand.low, high: shortest.byDemand.high },
    atLeast: longest.atLeast,
    necessary: longest.necessary,
    ahead: longest.ahead,
    unknown: longest.redundantHigh - shortest.redundant,
    redundantHigh: longest.redundantHigh,
    byLifetime: tried.map(({ necessary, redundant }, i) => ({
      lifetimeSeconds: LIFETIMES_TO_TRY_S[i]!,
      necessary,
      redundant,
    })),
  };
}

/** The floor of what is redundant if up to `maxHidden` holders hide behind the one that is seen. */
export function redundantWithHidden(ok: number, n: number, timely: number, maxHidden: number): number {
  return Math.max(0, ok - Math.max(Math.min(ok, n * maxHidden), timely));
}

/** How many holders would have to hide behind the one that is seen for its fetches to be normal. Always finite. */
export function hiddenHoldersNeeded(ok: number, n: number): number {
  return ok / Math.max(1, n);
}

/**
 * The holders as one, for the shared verdict. Fetches with equal starts stay in the order of the list. Arrays are scratch: they are there
 * until the holders of another key are put together.
 */
export function mergeSeries(list: readonly FetchSeries[]): FetchSeries & MergedTimes {
  const first = list[0]?.lifetimeMs;
  if (typeof first === 'number' && list.every(({ lifetimeMs }) => lifetimeMs === first)) {
    return { ...mergeTimes(list), lifetimeMs: first };
  }
  const count = list.reduce((sum, series) => sum + series.count, 0);
  const lifetimeMs = scratchDoubles('merged.lifetimeMs', count);
  let at = 0;
  for (const series of list) {
    if (typeof series.lifetimeMs === 'number') lifetimeMs.fill(series.lifetimeMs, at, at + series.count);
    else lifetimeMs.set(series.lifetimeMs.subarray(0, series.count), at);
    at += series.count;
  }
  return { ...mergeTimes(list, lifetimeMs), lifetimeMs };
}

/** As `mergeSeries`, where the lifetime is not known. */
export function mergeTimes(list: readonly FetchTimes[], ...carried: readonly Float64Array[]): MergedTimes {
  const count = list.reduce((sum, times) => sum + times.count, 0);
  const startMs = scratchDoubles('merged.startMs', count);
  const durationMs = scratchInts('merged.durationMs', count);
  let at = 0;
  for (const times of list) {
    startMs.set(times.startMs.subarray(0, times.count), at);
    durationMs.set(times.durationMs.subarray(0, times.count), at);
    at += times.count;
  }
  const order = sortInto(startMs, scratchIds('merged.order', count));
  for (const column of [durationMs, ...carried]) putInOrder(column, order);
  return { count, startMs, durationMs, order };
}

/** `d`: nearest-rank p50 of the known durations; 0 when none is known. */
export const typicalDurationMs = ({ count, durationMs }: FetchTimes): number => medianOf(durationMs, count);

// --- lives ---------------------------------------------------------------------------------------------------------------------

function livesOf(series: FetchSeries, margin: Margin): Lives {
  const { count, startMs, lifetimeMs } = series;
  requireSorted(startMs, count, 'fetches');
  if (count === 0 && typeof lifetimeMs !== 'number') return { lifetimeMs, usableMs: NO_TIMES, shortestMs: Infinity };

  const first = of(lifetimeMs, 0);
  let shortestMs = first;
  let several = false;
  for (let i = 0; i < (typeof lifetimeMs === 'number' ? 1 : count); i++) {
    const life = of(lifetimeMs, i);
    if (!(life > 0)) throw new RangeError(`a lifetime of ${life} ms is not above 0`);
    if (life !== first) several = true;
    if (life < shortestMs) shortestMs = life;
  }
  // Most issuers give every token the same life, however it was recorded: then all arithmetic is on integers.
  if (!several) return { lifetimeMs: first, usableMs: usableMs(first, margin), shortestMs };

  const usable = new Float64Array(count);
  for (let i = 0; i < count; i++) usable[i] = usableMs(of(lifetimeMs, i), margin);
  return { lifetimeMs, usableMs: usable, shortestMs };
}

/** undefined: no fetch and no lifetime for all, so that nothing can be walked. */
function usableLives({ count, startMs }: FetchTimes, { usableMs }: Lives): UsableLives | number | undefined {
  if (typeof usableMs === 'number') return usableMs;
  return count === 0 ? undefined : { count, startMs, usableMs };
}

/** The resolution where it matters, else 0. */
function blurOf({ shortestMs }: Lives, resolutionMs: number): number {
  return shortestMs < RESOLUTIONS_IN_A_LIFE * resolutionMs ? resolutionMs : 0;
}

function of(values: PerFetch, i: number): number {
  return typeof values === 'number' ? values : values[i]!;
}

function requireSorted(timesMs: Float64Array, count: number, what: string): void {
  if (!isSorted(timesMs, count)) throw new RangeError(`${what} must be sorted by start`);
}

// --- cover ---------------------------------------------------------------------------------------------------------------------

function cover(series: FetchTimes, usable: PerFetch, windowEndMs: number, blurMs: number): LowHigh & { readonly n: number } {
  const n = coverCount(series, usable, windowEndMs);
  if (blurMs === 0 || series.count < 2) return { n, low: n, high: n };
  const low = leastCover(series, usable, windowEndMs, blurMs);
  const high = mostCover(series, usable, windowEndMs, blurMs);
  return { n, low: Math.min(n, low), high: Math.min(Math.max(n, high), series.count) };
}

/**
 * `1 + floor(sum of min(g/U, 1) + tail/U)`. As long as U stays the same the sum is one of integers; where it changes, what is left of
 * the stretch is taken over in steps of 1e-9, rounded up, so that rounding alone never makes a fetch redundant.
 */
function coverCount({ count, startMs }: FetchTimes, usable: PerFetch, windowEndMs: number): number {
  if (count === 0) return 0;
  let tokens = 1;
  let billionths = 0;
  let stretchMs = 0;
  let longestMs = 0;
  let life = of(usable, 0);
  for (let i = 1; i < count; i++) {
    const gap = startMs[i]! - startMs[i - 1]!;
    if (gap > longestMs) longestMs = gap;
    stretchMs += Math.min(gap, life);
    const next = of(usable, i);
    if (next === life) continue;
    tokens += Math.floor(stretchMs / life);
    billionths += Math.ceil(((stretchMs % life) / life) * BILLION);
    if (billionths >= BILLION) {
      billionths -= BILLION;
      tokens++;
    }
    stretchMs = 0;
    life = next;
  }
  stretchMs += tailOf(windowEndMs - startMs[count - 1]!, longestMs, life);
  tokens += Math.floor(stretchMs / life);
  if (billionths > 0 && billionths + Math.ceil(((stretchMs % life) / life) * BILLION) >= BILLION) tokens++;
  return Math.min(tokens, count);
}

/** From the last fetch on, as far as there may have been a token: as long as the longest gap, and less than one life. */
const tailOf = (restMs: number, longestMs: number, life: number): number => Math.max(0, Math.min(restMs, longestMs, life - 1));

/*
 * The extremes of N(F), when each true start is the stamp plus an unknown 0..q. The tail is one more gap, from the last fetch to the end
 * of the window, with a ceiling of its own: the longest gap, which the stamps leave open by q too. Gaps that are saturated whatever
 * the shifts part the fetches into runs that do not affect each other.
 *
 * Every `min(g/U, 1)` is concave in the shifts, so the sum of a run is least where each shift is 0 or q: two sums are enough, one for
 * a start on its stamp and one for a start q later. Equal stamps keep their order. Stamps less than q apart may come out with a gap
 * below 0, as if they changed places; that only lowers the bound, and a run never counts less than nothing.
 */
function leastCover(series: FetchTimes, usable: PerFetch, windowEndMs: number, q: number): number {
  const { count } = series;
  const unit = unitOf(usable);
  const tailCapMs = Math.max(0, Math.min(longestGapMs(series) - q, of(usable, count - 1) - 1));
  let tokens = 1;
  let rest = 0;
  let onStamp = 0;
  let later = 0;
  for (let i = 1; i <= count; i++) {
    const life = of(usable, i - 1);
    const cap = i < count ? life : tailCapMs;
    const gap = gapBefore(series, i, windowEndMs);
    const isSaturated = gap >= cap + q;
    if (!isSaturated) {
      const same = Math.floor(inUnits(Math.min(gap, cap), life, unit));
      const grown = Math.floor(inUnits(Math.min(gap + q, cap), life, unit));
      const shrunk = gap === 0 ? Infinity : Math.floor(inUnits(Math.min(gap - q, cap), life, unit));
      const least = Math.min(onStamp + same, later + shrunk);
      later = Math.min(onStamp + grown, later + same);
      onStamp = least;
    }
    if (isSaturated || i === count) {
      rest += Math.max(0, Math.min(onStamp, later)) + (isSaturated ? Math.floor(inUnits(cap, life, unit)) : 0);
      tokens += Math.floor(rest / unit);
      rest %= unit;
      onStamp = 0;
      later = 0;
    }
  }
  return tokens;
}

/*
 * An unsaturated gap counts `g/U` at most, which is linear in the shifts, and a saturated one at most 1. So a maximal run of unsaturated
 * gaps grows by q in total: its two ends move, what is between cancels out (with several U not quite, hence two sums again). No gap
 * counts more than one token, whether q makes it saturated or not.
 */
function mostCover(series: FetchTimes, usable: PerFetch, windowEndMs: number, q: number): number {
  const { count } = series;
  const unit = unitOf(usable);
  const tailCapMs = Math.min(longestGapMs(series) + q, of(usable, count - 1) - 1);
  let tokens = 1;
  let rest = 0;
  let onStamp = 0;
  let later = 0;
  /** As much as the gaps of this run can count. */
  let room = 0;
  for (let i = 1; i <= count; i++) {
    const life = of(usable, i - 1);
    const cap = i < count ? life : tailCapMs;
    const gap = gapBefore(series, i, windowEndMs);
    const isSaturated = gap >= cap;
    const full = Math.ceil(inUnits(cap, life, unit));
    if (!isSaturated) {
      const same = Math.ceil(inUnits(gap, life, unit));
      const grown = Math.ceil(inUnits(gap + q, life, unit));
      const shrunk = Math.ceil(inUnits(gap - q, life, unit));
      const most = Math.max(onStamp + same, later + shrunk);
      later = Math.max(onStamp + grown, later + same);
      onStamp = most;
      room += full;
    }
    if (isSaturated || i === count) {
      rest += Math.min(Math.max(onStamp, later), room) + (isSaturated ? full : 0);
      tokens += Math.floor(rest / unit);
      rest %= unit;
      onStamp = 0;
      later = 0;
      room = 0;
    }
  }
  return tokens;
}

/** What makes one token in a sum: U itself, in ms, or a billion steps where there are several U. */
function unitOf(usable: PerFetch): number {
  return typeof usable === 'number' ? usable : BILLION;
}

function inUnits(ms: number, life: number, unit: number): number {
  return life === unit ? ms : (ms / life) * unit;
}

function gapBefore({ count, startMs }: FetchTimes, i: number, windowEndMs: number): number {
  return i < count ? startMs[i]! - startMs[i - 1]! : Math.max(0, windowEndMs - startMs[count - 1]!);
}

function longestGapMs({ count, startMs }: FetchTimes): number {
  let longest = 0;
  for (let i = 1; i < count; i++) longest = Math.max(longest, startMs[i]! - startMs[i - 1]!);
  return longest;
}

// --- walk ----------------------------------------------------------------------------------------------------------------------

interface Spans {
  readonly count: number;
  readonly firstMs: Float64Array;
  readonly lastMs: Float64Array;
}

/** An exact start is a span of one request. */
function spansOf(demand: DemandTimeline): Spans {
  if (demand.kind === 'exact') {
    requireSorted(demand.startMs, demand.count, 'requests');
    return { count: demand.count, firstMs: demand.startMs, lastMs: demand.startMs };
  }
  const { cellCount, firstMs, lastMs } = demand;
  for (let i = 0; i < cellCount; i++) {
    const inOrder = firstMs[i]! <= lastMs[i]! && (i === 0 || lastMs[i - 1]! <= firstMs[i]!);
    if (!inOrder) throw new RangeError('cells must be sorted and must not overlap');
  }
  return { count: cellCount, firstMs, lastMs };
}

/**
 * The shortest and longest life that a fetch between two moments may get: that of the latest ok fetch at or before it, else of the
 * first. Both moments may only move forward from call to call.
 */
function livesWithin({ count, startMs, usableMs }: UsableLives): (fromMs: number, toMs: number) => LowHigh {
  const all = range(usableMs, 0, count - 1);
  let from = 0;
  let to = 0;
  return (fromMs, toMs) => {
    while (from + 1 < count && startMs[from + 1]! <= fromMs) from++;
    if (to < from) to = from;
    while (to + 1 < count && startMs[to + 1]! <= toMs) to++;
    return to - from < LIVES_TO_SCAN ? range(usableMs, from, to) : all;
  };
}

function range(values: Float64Array, from: number, to: number): LowHigh {
  let low = values[from]!;
  let high = low;
  for (let i = from + 1; i <= to; i++) {
    const value = values[i]!;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return { low, high };
}

// --- timely --------------------------------------------------------------------------------------------------------------------

/** Twenty times the shortest timely gap, `L/2 - max(L/20, q)`: so that integers stay integers. */
const leastTimely20 = (life: number, toleranceMs: number): number => 10 * life - Math.max(life, 20 * toleranceMs);

/** `slackMs` grants (or, below 0, denies) every comparison the benefit of that many ms. */
function timely(
  { count, startMs }: FetchTimes,
  lifetimeMs: PerFetch,
  upstream401Ms: Float64Array,
  toleranceMs: number,
  slackMs: number,
): { readonly count: number; readonly flags: Uint8Array } {
  const flags = new Uint8Array(count);
  let timelyCount = 0;
  let seen401 = 0;
  let grantedMs = NEVER;
  for (let i = 0; i < count; i++) {
    const start = startMs[i]!;
    let isTimely = i === 0;
    if (!isTimely) {
      const life = of(lifetimeMs, i - 1);
      isTimely = 20 * (start - startMs[i - 1]! + slackMs) >= leastTimely20(life, toleranceMs);
    }
    if (!isTimely) {
      while (seen401 < upstream401Ms.length && upstream401Ms[seen401]! <= start + slackMs) seen401++;
      const revoked = seen401 > 0 && upstream401Ms[seen401 - 1]! >= start - REVOKED_WITHIN_MS - slackMs;
      if (revoked && start - grantedMs >= REVOKED_AT_MOST_EVERY_MS - slackMs) {
        isTimely = true;
        grantedMs = start;
      }
    }
    if (isTimely) {
      flags[i] = 1;
      timelyCount++;
    }
  }
  return { count: timelyCount, flags };
}

// --- which fetches -------------------------------------------------------------------------------------------------------------

/**
 * Picks as many fetches as are redundant. Only untimely ones can be: there are at least that many. The anchors (the first fetch, then
 * each first one after the life of the last anchor) are spared as long as there are others; of these the latest of every life go
 * first, then the latest but one, and so on, in the last life before the first.
 */
function chooseRedundant(
  { count, startMs }: FetchTimes,
  usable: PerFetch,
  fetchDurationMs: number,
  timelyFlags: Uint8Array,
  redundant: number,
): Uint8Array {
  const flags = new Uint8Array(count);
  if (redundant === 0) return flags;

  const anchors = scratchBytes('choose.anchors', count).fill(0);
  markAnchors(startMs, count, usable, fetchDurationMs, anchors);

  /** How many lives have a fetch to give in round r. */
  const perRound = scratchIds(BRIEF, count).fill(0);
  for (let i = count - 1, round = 0; i >= 0; i--) {
    if (anchors[i]) round = 0;
    else if (!timelyFlags[i]) perRound[round++]!++;
  }
  let left = redundant;
  let lastRound = 0;
  while (lastRound < count && left >= perRound[lastRound]!) left -= perRound[lastRound++]!;
  for (let i = count - 1, round = 0; i >= 0; i--) {
    if (anchors[i]) {
      round = 0;
    } else if (!timelyFlags[i]) {
      if (round < lastRound || (round === lastRound && left-- > 0)) flags[i] = 1;
      round++;
    }
  }
  if (lastRound === count) {
    for (let i = count - 1; i >= 0 && left > 0; i--) {
      if (!anchors[i] || timelyFlags[i]) continue;
      flags[i] = 1;
      left--;
    }
  }
  return flags;
}

function markAnchors(startMs: Float64Array, count: number, usable: PerFetch, fetchDurationMs: number, anchors: Uint8Array): void {
  let usableUntil = NEVER;
  for (let i = 0; i < count; i++) {
    if (startMs[i]! < usableUntil) continue;
    anchors[i] = 1;
    usableUntil = startMs[i]! + fetchDurationMs + of(usable, i);
  }
}
