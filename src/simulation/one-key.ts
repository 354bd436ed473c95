/** One key under one policy: exactly where all of its requests are known, else between two bounds. */
import type { KeyTraffic } from '../analysis/assess-key.js';
import type { Window } from '../analysis/demand.js';
import { type DemandTimeline, type FetchSeries, type Margin, typicalDurationMs, usableMs } from '../analysis/perfect-cache.js';
import { addDuration } from '../analysis/quantiles.js';
import type { LowHigh } from '../analysis/result.js';
import { fewest, most, type Spans, servedSpans } from './bounds.js';
import { type Before, durationAt, type Logged, play, seedOf, type Tally, type Terms } from './play.js';
import { type Policy, WORKERS_IF_NOT_SAID } from './policy.js';

/** What a run says for all policies. */
export interface Setting {
  readonly margin: Margin;
  readonly seed: number;
}

/** A cache, and the fetches that what happens in it is taken from. */
interface Place {
  readonly name: string;
  readonly logged: Logged;
  readonly before: Before | undefined;
  readonly demand: DemandTimeline | undefined;
  /** What bounds rest on: the same for all policies, and made for the first that asks. */
  facts?: Facts;
}

interface Facts {
  readonly momentsMs: Float64Array;
  readonly spans: Spans;
  readonly lives: { readonly shortest: number; readonly longest: number };
  readonly longestFetchMs: number;
}

/** A key made ready for policies, once for all of them. */
export interface Scene {
  readonly name: string;
  readonly shared: Place;
  readonly nodes: readonly Place[];
  /** Its tokens are bound to who fetched them, and cannot be shared. */
  readonly bound: boolean;
  /** Requests; undefined: not known. */
  readonly requests: LowHigh | undefined;
  readonly exact: boolean;
  /** What the log covers: an outage without a date lies in its middle. */
  readonly window: Window;
  /** Fetches that the gateway's log does not cover: nobody knows what for, so that they are kept as they are. */
  readonly outsideMs: Float64Array;
}

export interface Outcome {
  readonly low: number;
  /** Infinity: nothing is known. */
  readonly high: number;
}

/** Lives to try where none is known, as the verdict does. */
export const LIVES_IF_UNKNOWN_MS = [300_000, 86_400_000] as const;

/** `lifetimeMs`: for keys whose tokens live nobody knows how long; `other`: the scene of another such life. Requires a logged ok fetch. */
export function sceneOf(traffic: KeyTraffic, lifetimeMs: number, other?: Scene): Scene {
  const { key, demand, covered } = traffic;
  const series = traffic.holders
    .filter(({ fetches }) => fetches.count > 0)
    .map((one) => ({ ...one, series: { ...one.fetches, lifetimeMs: one.lifetimeMs ?? lifetimeMs } satisfies FetchSeries }));
  const all = traffic.merged();
  const one = series.length === 1 ? series[0]!.series : { ...all, lifetimeMs: all.lifetimeMs ?? lifetimeMs };
  const merged = loggedOf(one, other?.shared.logged.typicalMs);
  const before = (of: KeyTraffic['key']['before']): Before | undefined =>
    of && { startMs: of.startMs, lifetimeMs: of.lifetimeMs };
  const shared = { name: 'shared', logged: merged, before: before(key.before), demand };
  const byInstance = new Map(series.flatMap((one) => (one.instance === undefined ? [] : [[one.instance, one] as const])));
  const nodes =
    demand === undefined
      ? series.map((one): Place => {
          const { holder, before: token } = one.fetches;
          // Bounds need no duration of this holder's own.
          const logged = { ...one.series, typicalMs: merged.typicalMs };
          return { name: holder, logged, before: before(token), demand: undefined };
        })
      : traffic.instances.flatMap((instance): Place[] => {
          const own = traffic.demandOf(instance);
          if (own === undefined) return [];
          const holder = byInstance.get(instance);
          return [
            {
              name: instance,
              logged: holder === undefined ? merged : series.length === 1 ? merged : loggedOf(holder.series),
              before: before(holder?.fetches.before),
              demand: own,
            },
          ];
        });
  const outside = covered === undefined ? [] : starts(merged).filter((ms) => ms < covered.fromMs || ms > covered.toMs);
  return {
    name: key.key.text,
    shared,
    nodes,
    bound: key.bound,
    requests: demand && {
      low: (demand.kind === 'exact' ? sureOf(demand)?.length : undefined) ?? traffic.demandCount,
      high: traffic.demandCount,
    },
    exact: [demand, ...nodes.map((node) => node.demand)].every((one) => one?.kind === 'exact' && sureOf(one) === undefined),
    window: traffic.window,
    outsideMs: Float64Array.from(outside),
  };
}

/** Requests that surely needed the token, where it is not known of the others. */
const sureOf = ({ sureMs }: { readonly count: number; readonly sureMs?: Float64Array }): Float64Array | undefined => sureMs;

const starts = ({ startMs, count }: Logged): Float64Array => startMs.subarray(0, count);

function loggedOf(series: FetchSeries, typicalMs = typicalDurationMs(series)): Logged {
  const { count, startMs, durationMs, lifetimeMs } = series;
  return { count, startMs, durationMs, lifetimeMs, typicalMs };
}

/** The policy as a cache sees it. */
export function termsOf(policy: Policy, { margin }: Setting, window: Window): Terms {
  const used = policy.margin ?? margin;
  const { ttlMs, outage } = policy;
  const middle = Math.floor((window.fromMs + window.toMs) / 2);
  return {
    stores: policy.cache !== 'none',
    singleFlight: policy.singleFlight,
    usableMs: ttlMs === undefined ? (lifetimeMs) => usableMs(lifetimeMs, used) : () => ttlMs,
    keptMs: ttlMs === undefined ? (lifetimeMs) => lifetimeMs : () => ttlMs,
    refreshAhead: policy.refreshAhead,
    jitter: policy.jitter,
    lifetimeMs: policy.lifetimeMs,
    failureCacheMs: policy.failureCacheMs ?? 0,
    outage:
      outage === undefined
        ? undefined
        : outage.kind === 'span'
          ? outage
          : { fromMs: middle - Math.floor(outage.ms / 2), toMs: middle - Math.floor(outage.ms / 2) + outage.ms },
  };
}

export const workersOf = ({ cache, workers }: Policy): number => (cache === 'worker' ? (workers ?? WORKERS_IF_NOT_SAID) : 1);

/** Plays the key through; waits and the like go to the tally where the requests are known. Fetches that are kept are not counted. */
export function playKey(scene: Scene, policy: Policy, setting: Setting, tally: Tally): Outcome {
  const terms = termsOf(policy, setting, scene.window);
  const places = placesOf(scene, policy);
  if (!scene.exact) return boundKey(scene, places, policy, terms, tally);
  const before = tally.fetches;
  for (const { name, logged, before: token, demand } of places) {
    if (demand?.kind !== 'exact') continue;
    const startMs = demand.startMs.subarray(0, demand.count);
    const workers = workersOf(policy);
    for (let worker = 0; worker < workers; worker += 1) {
      const own = workers === 1 ? startMs : startMs.filter((_, index) => index % workers === worker);
      const seed = seedOf(setting.seed, JSON.stringify([scene.name, name, worker]));
      // The token of before is in one of the workers: nobody knows in which, so it is in the first.
      play(own, logged, terms, seed, tally, worker === 0 ? token : undefined);
    }
  }
  const fetches = tally.fetches - before;
  return { low: fetches, high: fetches };
}

/** Without a cache it does not matter where nothing is kept, but for who shares a fetch. */
const placesOf = ({ shared, nodes, bound }: Scene, { cache }: Policy): readonly Place[] =>
  cache === 'shared' && !bound ? [shared] : nodes;

function boundKey(scene: Scene, places: readonly Place[], policy: Policy, terms: Terms, tally: Tally): Outcome {
  const requests = scene.requests?.high ?? Number.POSITIVE_INFINITY;
  if (terms.stores)
    for (const place of places) tally.longestUseMs = Math.max(tally.longestUseMs, longestUseMs(place, scene, terms));
  // What fails and when cannot be told from requests that nobody saw.
  if (terms.outage !== undefined) return { low: 0, high: Number.POSITIVE_INFINITY };
  if (!terms.stores) {
    const signs = places.reduce((sum, { logged }) => sum + logged.count, 0);
    if (terms.singleFlight) return { low: places.length === 0 ? 0 : 1, high: requests };
    return scene.requests === undefined ? { low: signs, high: requests } : scene.requests;
  }
  let low = 0;
  let high = 0;
  for (const place of places) {
    const { typicalMs } = place.logged;
    const { momentsMs, spans, lives, longestFetchMs } = factsOf(place, scene);
    const reachMs = Math.max(typicalMs + terms.usableMs(terms.lifetimeMs ?? lives.longest), longestFetchMs);
    low += fewest(momentsMs, reachMs, place.before === undefined ? -Infinity : place.before.startMs + reachMs);
    if (terms.singleFlight)
      high += most(spans, typicalMs + leastUse(terms.lifetimeMs ?? lives.shortest, terms)) * workersOf(policy);
  }
  return { low, high: Math.min(requests, terms.singleFlight ? high : Number.POSITIVE_INFINITY) };
}

const longestUseMs = (place: Place, scene: Scene, terms: Terms): number =>
  terms.usableMs(terms.lifetimeMs ?? factsOf(place, scene).lives.longest);

function factsOf(place: Place, { window }: Scene): Facts {
  const { logged } = place;
  place.facts ??= {
    momentsMs: momentsOf(place),
    spans: spansOf(place, window.toMs),
    lives: livesOf(logged),
    longestFetchMs: longestOf(logged),
  };
  return place.facts;
}

function longestOf({ durationMs, count, typicalMs }: Logged): number {
  let longest = typicalMs;
  for (let at = 0; at < count; at += 1) if (durationMs[at]! > longest) longest = durationMs[at]!;
  return longest;
}

/** How soon after it was handed out a token may be renewed. */
function leastUse(lifetimeMs: number, terms: Terms): number {
  const { refreshAhead, jitter = 0 } = terms;
  const earlier = Math.floor(jitter * terms.keptMs(lifetimeMs));
  const usable = terms.usableMs(lifetimeMs);
  if (refreshAhead === undefined) return Math.max(1, usable - earlier);
  return Math.min(usable, Math.max(0, Math.floor(refreshAhead * terms.keptMs(lifetimeMs)) - earlier));
}

function livesOf({ count, lifetimeMs }: Logged): Facts['lives'] {
  if (typeof lifetimeMs === 'number') return { shortest: lifetimeMs, longest: lifetimeMs };
  let shortest = Infinity;
  let longest = 0;
  for (let at = 0; at < count; at += 1) {
    shortest = Math.min(shortest, lifetimeMs[at]!);
    longest = Math.max(longest, lifetimeMs[at]!);
  }
  return { shortest, longest };
}

export const shortestLifeOf = ({ shared: { logged } }: Scene): number => livesOf(logged).shortest;

/** Moments at which there was a request for certain. A fetch is taken for the sign of one. */
function momentsOf({ demand, logged }: Place): Float64Array {
  if (demand === undefined) return starts(logged);
  if (demand.kind === 'exact') return sureOf(demand) ?? demand.startMs.subarray(0, demand.count);
  const both = new Float64Array(demand.cellCount * 2);
  for (let cell = 0; cell < demand.cellCount; cell += 1) {
    both[cell * 2] = demand.firstMs[cell]!;
    both[cell * 2 + 1] = demand.lastMs[cell]!;
  }
  return both;
}

function spansOf({ demand, logged }: Place, windowEndMs: number): Spans {
  if (demand === undefined) return servedSpans(logged, logged.lifetimeMs, windowEndMs);
  if (demand.kind === 'exact') {
    const startMs = demand.startMs.subarray(0, demand.count);
    return { fromMs: startMs, toMs: startMs };
  }
  return { fromMs: demand.firstMs.subarray(0, demand.cellCount), toMs: demand.lastMs.subarray(0, demand.cellCount) };
}

/** What was logged, as if it were a policy: each fetch that the gateway's log covers let one request wait. */
export function tallyLogged({ shared: { logged }, outsideMs, requests, exact }: Scene, tally: Tally): void {
  if (!exact || requests === undefined) return;
  const outside = new Set(outsideMs);
  tally.requests += requests.high;
  tally.fetches += logged.count - outsideMs.length;
  for (let at = 0; at < logged.count; at += 1)
    if (!outside.has(logged.startMs[at]!)) addDuration(tally.waits, durationAt(logged, at));
}
