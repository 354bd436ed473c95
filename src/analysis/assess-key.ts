/** The verdict on one key: per holder and shared, from demand where it is known, else by cover. */
import { type DemandBook, type Links, largestGapMs, type Window } from './demand.js';
import type { HolderFetches, KeyFetches } from './fetch-table.js';
import { type Lifetime, lifetimesOf, longestServedMs } from './lifetime.js';
import type { AnalysisOptions } from './options.js';
import {
  type Assessment,
  assess,
  assessUnknownLifetime,
  type DemandTimeline,
  type FetchSeries,
  type LifetimeRow,
  mergeSeries,
  mergeTimes,
  redundantWithHidden,
} from './perfect-cache.js';
import type { LowHigh } from './result.js';

export interface HolderVerdict extends Counted {
  readonly holder: string;
  readonly fetches: HolderFetches;
  /** One flag per fetch. */
  readonly redundantFlags: Uint8Array;
  readonly servedMs: number | undefined;
}

export interface Counted {
  readonly ok: number;
  readonly necessary: number;
  readonly ahead: number;
  readonly redundant: number;
  readonly unknown: number;
  readonly byFetches: LowHigh;
  readonly byDemand: LowHigh | undefined;
  readonly redundantHigh: number;
  readonly timely: number;
  readonly byLifetime: readonly LifetimeRow[] | undefined;
  /** Of the window that the gateway's log covers too. */
  readonly inside: { readonly ok: number; readonly necessary: number };
}

export interface KeyVerdict {
  readonly key: KeyFetches;
  readonly lifetime: Lifetime;
  readonly holders: readonly HolderVerdict[];
  readonly node: Counted;
  readonly shared: Counted;
  /** Requests that needed this token, where it is known. */
  readonly demand: number | null;
  readonly lives: readonly (Float64Array | number)[];
  /** Redundant fetches if up to `--max-hidden` holders or keys hide behind each that is seen. */
  readonly redundantLow: number;
  readonly hides: boolean;
}

export interface KeyContext {
  readonly options: AnalysisOptions;
  readonly book: DemandBook;
  readonly links: Links;
  readonly windowEndMs: number;
  /** What the issuer's side covers, with as much more at both ends as its longest silence. */
  readonly issuerWindow: Window;
  readonly demandCount: number;
}

type Times = HolderFetches | (FetchSeries & { readonly count: number });

export function assessKey(key: KeyFetches, lifetime: Lifetime, context: KeyContext): KeyVerdict {
  const { book, links, issuerWindow, options } = context;
  const instances = links.instancesOf(key);
  const all = instances === undefined ? undefined : book.timeline(instances, issuerWindow);
  const covered = all === undefined ? undefined : coverage(all);
  const recorded = lifetime.from === 'expires_in' ? medianRecorded(key) : undefined;
  const fallbackMs = lifetime.ms ?? recorded;

  const series = key.holders.map((holder) =>
    fallbackMs === undefined ? holder : { ...holder, lifetimeMs: lifetime.ms ?? lifetimesOf(holder, fallbackMs) },
  );
  const holders = series.map((one, index): HolderVerdict => {
    const holder = key.holders[index]!;
    const instance = links.instanceOf(key, holder.holder);
    const alone = instances?.length === 1 && instance !== undefined;
    const demand = instance === undefined ? undefined : alone ? all : book.timeline([instance], issuerWindow);
    const failed = instance === undefined ? undefined : book.upstream401([instance]);
    const verdict = assessSplit(one, demand, covered, failed, key.resolutionMs, context);
    const servedMs = demand?.kind === 'exact' ? longestServedMs(holder, demand.startMs) : undefined;
    return { ...verdict, holder: holder.holder, fetches: holder, servedMs };
  });
  const node = sum(holders);
  // Tokens bound to a key of the holder cannot be shared: there, shared is node.
  const shared =
    key.bound || holders.length === 0
      ? node
      : holders.length === 1 && all === undefined
        ? holders[0]!
        : assessShared(series, all, covered, key, context);
  const headline = options.holder === 'shared' ? shared : node;
  const linked = holders.length > 0 && holders.every(({ holder }) => links.instanceOf(key, holder) !== undefined);
  const hides = !(key.holderFrom === 'node' || linked) || key.key.clientFrom === 'address' || key.key.scope === undefined;
  return {
    key,
    lifetime,
    holders,
    node,
    shared,
    demand: all === undefined ? null : all.kind === 'exact' ? all.count : context.demandCount,
    lives: series.map((one) => ('lifetimeMs' in one ? one.lifetimeMs : -1)).filter((life) => life !== -1),
    redundantLow: hides ? withHidden(headline, holders, options) : headline.redundant,
    hides,
  };
}

function withHidden(headline: Counted, holders: readonly HolderVerdict[], options: AnalysisOptions): number {
  const floor = (one: Counted): number =>
    Math.min(one.redundant, redundantWithHidden(one.ok, (one.byDemand ?? one.byFetches).high, one.timely, options.maxHidden));
  return options.holder === 'shared' ? floor(headline) : holders.reduce((total, one) => total + floor(one), 0);
}

function assessShared(
  series: readonly Times[],
  all: DemandTimeline | undefined,
  covered: Window | undefined,
  key: KeyFetches,
  context: KeyContext,
): Counted {
  const merged = series.every((one): one is FetchSeries => 'lifetimeMs' in one) ? mergeSeries(series) : mergeTimes(series);
  const instances = context.links.instancesOf(key);
  const failed = instances === undefined ? undefined : context.book.upstream401(instances);
  return assessSplit(merged as Times, all, covered, failed, key.resolutionMs, context);
}

/** Where the fetches go on before or after the gateway's log, those are judged by cover: their demand is not known. */
function assessSplit(
  times: Times,
  demand: DemandTimeline | undefined,
  covered: Window | undefined,
  upstream401Ms: Float64Array | undefined,
  resolutionMs: number,
  context: KeyContext,
): Counted & { redundantFlags: Uint8Array } {
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
  const judge = (
    slice: Times,
    of: DemandTimeline | undefined,
    windowEndMs: number,
  ): Assessment & { byLifetime?: readonly LifetimeRow[] } =>
    'lifetimeMs' in slice
      ? assess(slice, of, { ...options, windowEndMs })
      : assessUnknownLifetime(slice, of, { ...options, windowEndMs });

  const inside = judge(part(times, from, to), demand, context.windowEndMs);
  const verdicts = [inside];
  if (from > 0) verdicts.unshift(judge(part(times, 0, from), undefined, covered!.fromMs));
  if (to < times.count) verdicts.push(judge(part(times, to, times.count), undefined, context.windowEndMs));
  const redundantFlags = new Uint8Array(times.count);
  let at = 0;
  for (const verdict of verdicts) {
    redundantFlags.set(verdict.redundantFlags, at);
    at += verdict.ok;
  }
  return {
    ...sum(verdicts.map((one) => ({ ...one, byLifetime: one.byLifetime, inside: { ok: one.ok, necessary: one.necessary } }))),
    redundantFlags,
    inside: { ok: inside.ok, necessary: inside.necessary },
    ...(inside.byDemand === undefined ? { byDemand: undefined } : {}),
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

/** The demand's own span, with as much more at both ends as its longest silence. */
function coverage(demand: DemandTimeline): Window | undefined {
  const first = demand.kind === 'exact' ? demand.startMs[0] : demand.firstMs[0];
  const last = demand.kind === 'exact' ? demand.startMs[demand.count - 1] : demand.lastMs[demand.cellCount - 1];
  if (first === undefined || last === undefined) return undefined;
  const slack = largestGapMs(demand);
  return { fromMs: first - slack, toMs: last + slack };
}

function medianRecorded(key: KeyFetches): number | undefined {
  const all = key.holders.flatMap(({ recordedLifetimeMs }) =>
    recordedLifetimeMs === undefined ? [] : [recordedLifetimeMs.filter((ms) => ms > 0)],
  );
  const joined = new Float64Array(all.reduce((total, one) => total + one.length, 0));
  let at = 0;
  for (const one of all) {
    joined.set(one, at);
    at += one.length;
  }
  joined.sort();
  return joined[Math.ceil(joined.length / 2) - 1];
}

export function sum(verdicts: readonly Counted[]): Counted {
  const add = (pick: (one: Counted) => number): number => verdicts.reduce((total, one) => total + pick(one), 0);
  const withDemand = verdicts.length > 0 && verdicts.every(({ byDemand }) => byDemand !== undefined);
  const rows = verdicts.find(({ byLifetime }) => byLifetime !== undefined)?.byLifetime;
  return {
    ok: add(({ ok }) => ok),
    necessary: add(({ necessary }) => necessary),
    ahead: add(({ ahead }) => ahead),
    redundant: add(({ redundant }) => redundant),
    unknown: add(({ unknown }) => unknown),
    byFetches: { low: add(({ byFetches }) => byFetches.low), high: add(({ byFetches }) => byFetches.high) },
    byDemand: withDemand ? { low: add(({ byDemand }) => byDemand!.low), high: add(({ byDemand }) => byDemand!.high) } : undefined,
    redundantHigh: add(({ redundantHigh }) => redundantHigh),
    timely: add(({ timely }) => timely),
    byLifetime: rows?.map(({ lifetimeSeconds }, index) => ({
      lifetimeSeconds,
      necessary: add(({ byLifetime, necessary }) => byLifetime?.[index]?.necessary ?? necessary),
      redundant: add(({ byLifetime, redundant }) => byLifetime?.[index]?.redundant ?? redundant),
    })),
    inside: { ok: add(({ inside }) => inside.ok), necessary: add(({ inside }) => inside.necessary) },
  };
}
