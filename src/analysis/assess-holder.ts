/** The verdict on one holder: of the stretch that the gateway's log covers from demand, of what comes before and after by cover. */
import type { HolderVerdict, KeyContext } from './assess-key.js';
import type { FetchBefore } from './before.js';
import { type Counted, sum } from './counted.js';
import type { Window } from './demand.js';
import type { HolderFetches } from './fetch-table.js';
import {
  type Assessment,
  assess,
  assessUnknownLifetime,
  type DemandTimeline,
  type FetchSeries,
  type LifetimeRow,
  typicalDurationMs,
} from './perfect-cache.js';
import type { LowHigh } from './result.js';

/** Fetches with the lives of their tokens. */
export type Timed = FetchSeries & { readonly before: FetchBefore | undefined };
/** Fetches whose lives are known, or not. */
export type Times = HolderFetches | Timed;
/** A verdict with what it says of single fetches. */
export type Flagged = Counted & Pick<HolderVerdict, 'redundantFlags' | 'typicalMs'>;

// Objects are written out, not spread: that makes tables of names, and there may be a hundred thousand keys.

/** What visitors see of a holder. */
export const verdictOf = (
  one: Flagged,
  fetches: HolderFetches,
  lifetimeMs: HolderVerdict['lifetimeMs'],
  demand: DemandTimeline | undefined,
): HolderVerdict => ({
  ok: one.ok,
  necessary: one.necessary,
  ahead: one.ahead,
  redundant: one.redundant,
  unknown: one.unknown,
  byFetches: one.byFetches,
  byDemand: one.byDemand,
  redundantHigh: one.redundantHigh,
  atLeast: one.atLeast,
  redundantEdge: one.redundantEdge,
  timely: one.timely,
  startWithToken: one.startWithToken,
  byLifetime: one.byLifetime,
  inside: one.inside,
  redundantFlags: one.redundantFlags,
  typicalMs: one.typicalMs,
  holder: fetches.holder,
  fetches,
  lifetimeMs,
  demand,
});

/** What is kept of it. */
export const withoutFlags = (one: Flagged): Counted => ({
  ok: one.ok,
  necessary: one.necessary,
  ahead: one.ahead,
  redundant: one.redundant,
  unknown: one.unknown,
  byFetches: one.byFetches,
  byDemand: one.byDemand,
  redundantHigh: one.redundantHigh,
  atLeast: one.atLeast,
  redundantEdge: one.redundantEdge,
  timely: one.timely,
  startWithToken: one.startWithToken,
  byLifetime: one.byLifetime,
  inside: one.inside,
});

/** Of one stretch that is the whole series. */
const flagged = (
  one: Assessment & { byLifetime?: readonly LifetimeRow[] },
  startWithToken: number,
  typicalMs: number,
): Flagged => ({
  ok: one.ok,
  necessary: one.necessary,
  ahead: one.ahead,
  redundant: one.redundant,
  unknown: one.unknown,
  byFetches: one.byFetches,
  byDemand: one.byDemand,
  redundantHigh: one.redundantHigh,
  atLeast: one.atLeast,
  redundantEdge: edgeOf(one),
  timely: one.timely,
  startWithToken,
  byLifetime: one.byLifetime,
  inside: { ok: one.ok, necessary: one.necessary },
  redundantFlags: one.redundantFlags,
  typicalMs,
});

/** Where the fetches go on before or after the gateway's log, those are judged by cover: their demand is not known. */
export function assessSplit(
  times: Times,
  demand: DemandTimeline | undefined,
  covered: Window | undefined,
  upstream401Ms: Float64Array | undefined,
  resolutionMs: number,
  context: KeyContext,
): Flagged {
  let from = 0;
  let to = times.count;
  if (covered !== undefined) {
    while (from < to && times.startMs[from]! < covered.fromMs) from += 1;
    while (to > from && times.startMs[to - 1]! > covered.toMs) to -= 1;
  }
  const options = {
    margin: context.options.margin,
    resolutionMs,
    windowEndMs: context.windowEndMs,
    ...(upstream401Ms === undefined ? {} : { upstream401Ms }),
  };
  const { before } = times;
  const judge = (
    slice: Times,
    of: DemandTimeline | undefined,
    windowEndMs: number,
    isFirst: boolean,
  ): Assessment & { byLifetime?: readonly LifetimeRow[] } => {
    const startsWithToken = isFirst && before !== undefined;
    const all = startsWithToken ? withBefore(slice, before) : slice;
    return 'lifetimeMs' in all
      ? assess(all, of, { ...options, windowEndMs, startsWithToken })
      : assessUnknownLifetime(all, of, { ...options, windowEndMs, startsWithToken });
  };

  const inside = judge(part(times, from, to), demand, context.windowEndMs, from === 0 && to > 0);
  if (from === 0 && to === times.count) {
    const typicalMs = before === undefined ? inside.typicalMs : typicalDurationMs(times);
    return flagged(inside, before === undefined ? 0 : 1, typicalMs);
  }
  const verdicts = [inside];
  if (from > 0) verdicts.unshift(judge(part(times, 0, from), undefined, covered!.fromMs, true));
  if (to < times.count) verdicts.push(judge(part(times, to, times.count), undefined, context.windowEndMs, to === 0));
  const redundantFlags = new Uint8Array(times.count);
  let at = 0;
  for (const verdict of verdicts) {
    redundantFlags.set(verdict.redundantFlags, at);
    at += verdict.ok;
  }
  const whole = sum(
    verdicts.map((one) => ({
      ...one,
      byLifetime: one.byLifetime,
      inside: { ok: one.ok, necessary: one.necessary },
      startWithToken: 0,
      redundantEdge: { low: 0, high: 0 },
    })),
  );
  return {
    ...whole,
    redundantEdge: edgeOf(whole),
    startWithToken: before === undefined ? 0 : 1,
    redundantFlags,
    typicalMs: typicalDurationMs(times),
    inside: { ok: inside.ok, necessary: inside.necessary },
    ...(inside.byDemand === undefined ? { byDemand: undefined } : {}),
  };
}

/** A window begins and ends inside lives: one necessary fetch more or less is nothing that a log decides. */
function edgeOf({
  ok,
  necessary,
  timely,
  byFetches,
  byDemand,
  redundant,
  redundantHigh,
}: Omit<Counted, 'redundantEdge' | 'startWithToken' | 'inside' | 'byLifetime'>): LowHigh {
  const n = (byDemand ?? byFetches).low;
  return {
    low: Math.min(redundant, Math.max(0, ok - Math.max(necessary + 1, timely))),
    high: Math.max(redundantHigh, Math.min(ok, ok - Math.max(n - 1, timely))),
  };
}

function part(times: Times, from: number, to: number): Times {
  if (from === 0 && to === times.count) return times;
  const slice = {
    ...times,
    count: to - from,
    startMs: times.startMs.subarray(from, to),
    durationMs: times.durationMs.subarray(from, to),
  };
  if (!('lifetimeMs' in times)) return slice as Times;
  return {
    ...slice,
    lifetimeMs: typeof times.lifetimeMs === 'number' ? times.lifetimeMs : times.lifetimeMs.subarray(from, to),
  } as Times;
}

/** The fetches behind the one that was made before the window. */
function withBefore(times: Times, before: FetchBefore): Times {
  const count = times.count + 1;
  const startMs = new Float64Array(count);
  const durationMs = new Int32Array(count);
  startMs[0] = before.startMs;
  durationMs[0] = before.durationMs;
  startMs.set(times.startMs.subarray(0, times.count), 1);
  durationMs.set(times.durationMs.subarray(0, times.count), 1);
  const longer = { ...times, count, startMs, durationMs };
  if (!('lifetimeMs' in times) || typeof times.lifetimeMs === 'number') return longer as Times;
  const lifetimeMs = new Float64Array(count);
  lifetimeMs[0] = before.lifetimeMs > 0 ? before.lifetimeMs : times.lifetimeMs[0]!;
  lifetimeMs.set(times.lifetimeMs.subarray(0, times.count), 1);
  return { ...longer, lifetimeMs } as Times;
}
