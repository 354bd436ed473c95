/** The verdict on one key: per holder and shared, from demand where it is known, else by cover. */
import { assessSplit, type Flagged, type Timed, type Times, verdictOf, withoutFlags } from './assess-holder.js';
import { type Counted, hiddenN, sum } from './counted.js';
import { type DemandBook, type Links, largestGapMs, type Window } from './demand.js';
import type { HolderFetches, KeyFetches, KeyPlan, KeySummary } from './fetch-table.js';
import type { RunJoin } from './join.js';
import { type Lifetime, lifetimeRange, lifetimesOf, longestServedMs } from './lifetime.js';
import type { AnalysisOptions } from './options.js';
import { type DemandTimeline, type MergedTimes, mergeSeries, mergeTimes, redundantWithHidden } from './perfect-cache.js';
import { type Durations, mergeDurations, quantilesOf } from './quantiles.js';
import type { KeyResult, SiblingResult } from './result.js';
import type { SiblingPlan } from './siblings.js';
import type { Steps } from './timeline.js';

/** One holder while its fetches are in memory: a visitor may look at each of them. */
export interface HolderVerdict extends Counted {
  readonly holder: string;
  readonly fetches: HolderFetches;
  /** One flag per fetch. */
  readonly redundantFlags: Uint8Array;
  /** Typical duration of its fetches. */
  readonly typicalMs: number;
  /** One for all, or one per fetch; undefined: not known. */
  readonly lifetimeMs: Float64Array | number | undefined;
  /** Requests that needed this token from this holder, clipped to what the issuer's side covers; undefined: not known. */
  readonly demand: DemandTimeline | undefined;
}

/**
 * Looks at each key while its fetches are in memory: first at every holder as the headline sees it, then at the key with its verdict.
 * Arrays are scratch: what is kept must be copied.
 */
export interface KeyVisitor {
  /** Before all else: the steps that times are counted in. */
  readonly visitSteps?: (steps: Steps) => void;
  /** Before all keys, where the run has two sides: which request each fetch was given to. */
  readonly visitJoin?: (run: RunJoin, keys: readonly KeyPlan[]) => void;
  /** Before the holders: the traffic of the key, by node whatever the headline is. */
  readonly visitTraffic?: (traffic: KeyTraffic) => void;
  readonly visitHolder?: (holder: HolderVerdict, key: KeyFetches) => void;
  /** After all keys: each endpoint beside tokens with those who asked it. */
  readonly visitSibling?: (row: SiblingResult, plan: SiblingPlan) => void;
  /** A key of which the run has no fetch, only answers of a cache. */
  readonly visitServed?: (key: KeyFetches, lifetime: Lifetime, plan: KeyPlan) => void;
  readonly visitKey?: (key: KeyFetches, verdict: KeyVerdict, plan: KeyPlan) => void;
}

/** Fetches and requests of one key whose fetches get a verdict, for those who play them through again. Arrays are scratch. */
export interface KeyTraffic {
  readonly key: KeyFetches;
  readonly lifetime: Lifetime;
  readonly holders: readonly {
    readonly fetches: HolderFetches;
    /** One for all, or one per fetch; undefined: not known. */
    readonly lifetimeMs: Float64Array | number | undefined;
    /** The gateway instance that this holder is. */
    readonly instance: string | undefined;
  }[];
  /** The fetches of all holders as one; with lives where they are known. Made once, however many ask for it. */
  readonly merged: () => Together;
  /** All requests that needed this token, clipped to what the issuer's side covers; undefined: not known. */
  readonly demand: DemandTimeline | undefined;
  /** How many, also where single starts are not known any more. */
  readonly demandCount: number;
  /** Gateway instances with demand for this key, and that demand. */
  readonly instances: readonly string[];
  readonly demandOf: (instance: string) => DemandTimeline | undefined;
  /** Fetches outside of it are not covered by the gateway's log; undefined without demand. */
  readonly covered: Window | undefined;
  /** What the log of the run covers. */
  readonly window: Window;
  /** Ends of requests that the upstream answered with 401; undefined: not known. */
  readonly upstream401Ms?: Float64Array | undefined;
  /** The same of one instance. */
  readonly upstream401Of?: (instance: string) => Float64Array;
}

/** What is kept of a key once its fetches are gone. */
export interface KeyVerdict {
  readonly key: KeySummary;
  readonly lifetime: Lifetime;
  readonly lifetimeSeconds: KeyResult['lifetimeSeconds'];
  /** The longest stretch a holder served demand without a fetch; undefined where demand is not known. */
  readonly servedMs: number | undefined;
  readonly holders: number;
  readonly node: Counted;
  readonly shared: Counted;
  /** Requests that needed this token, where it is known. */
  readonly demand: number | null;
  /** Redundant fetches if up to `--max-hidden` holders or keys hide behind each that is seen. */
  readonly redundantLow: number;
  readonly hides: boolean;
  /** Sum of the durations of the redundant fetches. */
  readonly redundantWaitMs: number;
}

export interface KeyContext {
  readonly options: AnalysisOptions;
  readonly book: DemandBook;
  readonly links: Links;
  readonly windowStartMs: number;
  readonly windowEndMs: number;
  /** What the issuer's side covers, with as much more at both ends as its longest silence. */
  readonly issuerWindow: Window;
  readonly demandCount: number;
  /** Durations of the fetches that are judged, of all keys. */
  readonly durations: Durations;
  /** Called once for each holder, before its fetches are dropped. */
  readonly visit: (holder: HolderVerdict, key: KeyFetches) => void;
  /** Called once for the key, before its holders; undefined: nobody wants it. */
  readonly visitTraffic?: ((traffic: KeyTraffic) => void) | undefined;
}

/** All holders as one; with lives where they are known. */
type Together = MergedTimes & { readonly lifetimeMs?: Float64Array | number };

export function assessKey(plan: KeyPlan, key: KeyFetches, lifetime: Lifetime, context: KeyContext): KeyVerdict {
  const { book, links, issuerWindow, options } = context;
  const instances = links.instancesOf(plan);
  const all = instances === undefined ? undefined : present(book.timeline(instances, issuerWindow));
  // The walk over demand is as unsure as the coarser of the two logs.
  const resolutionMs = all === undefined ? key.resolutionMs : Math.max(key.resolutionMs, book.resolutionMs);
  const covered = all === undefined ? undefined : coverage(all);
  // Most issuers give every token the same life: then it is one number.
  const onlyMs = lifetime.ms ?? (lifetime.from === 'expires_in' ? onlyRecorded(key) : undefined);
  const fallbackMs = onlyMs ?? (lifetime.from === 'expires_in' ? medianRecorded(key) : undefined);
  const series: readonly Times[] = key.holders.map((holder) =>
    fallbackMs === undefined ? holder : { ...holder, lifetimeMs: onlyMs ?? lifetimesOf(holder, fallbackMs) },
  );

  // What is put together from several is so once, however many ask for it.
  let joined: Together | undefined;
  const together = (): Together => {
    joined ??= series.every((one): one is Timed => 'lifetimeMs' in one) ? mergeSeries(series) : mergeTimes(series);
    return joined;
  };
  const known = new Map<string, DemandTimeline | undefined>();
  const demandOf = (instance: string): DemandTimeline | undefined => {
    if (instances?.length === 1) return all;
    if (!known.has(instance)) known.set(instance, present(book.timeline([instance], issuerWindow)));
    return known.get(instance);
  };
  context.visitTraffic?.({
    key,
    lifetime,
    holders: key.holders.map((fetches, index) => {
      const one = series[index]!;
      const lifetimeMs = 'lifetimeMs' in one ? one.lifetimeMs : undefined;
      return { fetches, lifetimeMs, instance: links.instanceOf(plan, fetches.holder) };
    }),
    merged: together,
    demand: all,
    demandCount: all === undefined ? 0 : all.kind === 'exact' ? all.count : context.demandCount,
    instances: instances ?? [],
    demandOf,
    covered,
    window: { fromMs: context.windowStartMs, toMs: context.windowEndMs },
    upstream401Ms: instances === undefined ? undefined : book.upstream401(instances),
    upstream401Of: (instance) => book.upstream401([instance]),
  });

  const linked = key.holders.length > 0 && key.holders.every(({ holder }) => links.instanceOf(plan, holder) !== undefined);
  // One holder that is the whole gateway, or one without known demand, is its own fleet; tokens bound to a key cannot be shared.
  const alone = key.holders.length <= 1 && (all === undefined || (linked && instances?.length === 1));
  const sharedIsNode = key.bound || alone;
  // Single fetches are shown and their waits added up as the headline sees them.
  const byHolder = options.holder === 'node' || sharedIsNode;

  let servedMs: number | undefined;
  let redundantWaitMs = 0;
  const look = (verdict: Flagged, fetches: HolderFetches, times: Times, demand: DemandTimeline | undefined): void => {
    redundantWaitMs += waited(fetches.durationMs, verdict.redundantFlags);
    const lifetimeMs = 'lifetimeMs' in times ? times.lifetimeMs : undefined;
    context.visit(verdictOf(verdict, fetches, lifetimeMs, demand), key);
  };
  const holders = series.map((one, index): Counted => {
    const holder = key.holders[index]!;
    const instance = links.instanceOf(plan, holder.holder);
    const demand = instance === undefined ? undefined : demandOf(instance);
    const failed = instance === undefined ? undefined : book.upstream401([instance]);
    const verdict = assessSplit(one, demand, covered, failed, resolutionMs, context);
    if (demand?.kind === 'exact' && demand.sureMs === undefined)
      servedMs = Math.max(servedMs ?? 0, longestServedMs(holder, demand.startMs));
    if (byHolder) look(verdict, holder, one, demand);
    return withoutFlags(verdict);
  });
  const node = holders.length === 1 ? holders[0]! : sum(holders);
  let shared = node;
  if (!sharedIsNode) {
    const merged = { ...together(), before: key.before } as Times;
    const failed = instances === undefined ? undefined : book.upstream401(instances);
    const verdict = assessSplit(merged, all, covered, failed, resolutionMs, context);
    if (!byHolder)
      look(verdict, { ...merged, holder: 'all holders', recordedLifetimeMs: undefined, before: key.before }, merged, all);
    shared = withoutFlags(verdict);
  }
  const headline = options.holder === 'shared' ? shared : node;
  const hides = !(key.holderFrom === 'node' || linked) || key.key.clientFrom === 'address' || key.key.scope === undefined;
  const { holders: _, before: _before, failures: _failures, durations, ...rest } = key;
  const summary: KeySummary = { ...rest, fetchMs: quantilesOf(durations) };
  mergeDurations(context.durations, durations);
  return {
    key: summary,
    lifetime,
    lifetimeSeconds:
      fallbackMs === undefined ? null : lifetimeRange(series.flatMap((one) => ('lifetimeMs' in one ? [one.lifetimeMs] : []))),
    servedMs,
    holders: holders.length,
    node,
    shared,
    demand: all === undefined ? null : all.kind === 'exact' ? all.count : context.demandCount,
    redundantLow: hides ? withHidden(headline, holders, options) : headline.redundant,
    hides,
    redundantWaitMs,
  };
}

/** Logs that do not overlap say nothing of each other: no demand in the common window is demand unknown, not none. */
const present = (demand: DemandTimeline): DemandTimeline | undefined =>
  (demand.kind === 'exact' ? demand.count : demand.cellCount) === 0 ? undefined : demand;

function waited(durationMs: Int32Array, flags: Uint8Array): number {
  let total = 0;
  for (let index = 0; index < durationMs.length; index += 1) {
    if (flags[index] === 1 && durationMs[index]! > 0) total += durationMs[index]!;
  }
  return total;
}

function withHidden(headline: Counted, holders: readonly Counted[], options: AnalysisOptions): number {
  const floor = (one: Counted): number =>
    Math.min(one.redundant, redundantWithHidden(one.ok, hiddenN(one), one.timely, options.maxHidden));
  return options.holder === 'shared' ? floor(headline) : holders.reduce((total, one) => total + floor(one), 0);
}

/** A key whose fetches get no verdict: nobody knows whose tokens they are. */
export function leaveUndecided(key: KeyFetches, lifetime: Lifetime): KeyVerdict {
  const { holders, before: _, failures: _failures, durations, ...rest } = key;
  const none = sum([]);
  return {
    key: { ...rest, fetchMs: quantilesOf(durations) },
    lifetime,
    lifetimeSeconds: null,
    servedMs: undefined,
    holders: holders.length,
    node: none,
    shared: none,
    demand: null,
    redundantLow: 0,
    hides: false,
    redundantWaitMs: 0,
  };
}
/** The demand's own span, with as much more at both ends as its longest silence. */
function coverage(demand: DemandTimeline): Window | undefined {
  const first = demand.kind === 'exact' ? demand.startMs[0] : demand.firstMs[0];
  const last = demand.kind === 'exact' ? demand.startMs[demand.count - 1] : demand.lastMs[demand.cellCount - 1];
  if (first === undefined || last === undefined) return undefined;
  const slack = largestGapMs(demand);
  return { fromMs: first - slack, toMs: last + slack };
}

/** The one life that all records say that say one; undefined where there are several, or one of before that may differ. */
function onlyRecorded({ holders, before }: KeyFetches): number | undefined {
  if (before !== undefined) return undefined;
  let only = 0;
  for (const { recordedLifetimeMs } of holders) {
    if (recordedLifetimeMs === undefined) continue;
    for (let at = 0; at < recordedLifetimeMs.length; at += 1) {
      const ms = recordedLifetimeMs[at]!;
      if (ms <= 0 || ms === only) continue;
      if (only !== 0) return undefined;
      only = ms;
    }
  }
  return only === 0 ? undefined : only;
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
