/** What one key's fetches look like: computed while they are in memory, a few numbers each. */
import type { HolderVerdict, KeyTraffic, KeyVerdict } from '../analysis/assess-key.js';
import type { HolderFetches, KeyFetches, KeyPlan } from '../analysis/fetch-table.js';
import type { AnalysisOptions } from '../analysis/options.js';
import { usableMs } from '../analysis/perfect-cache.js';
import { sortNumbers } from '../analysis/sort.js';
import { agesOfAnswers, staleAnswers } from './answers.js';
import { type FailureRuns, failureRuns, NO_FAILURES } from './failure-runs.js';
import { type ByLife, byLifeOf, type Countdown, countDown, keptOf, type PerLife, perLifeOf } from './lives.js';
import { minuteHand } from './minute-hand.js';
import {
  type Between,
  bestPartition,
  type GivenFetches,
  type Partition,
  partitionsByNumbers,
  partitionsOf,
} from './partitions.js';
import { Shapes } from './shapes.js';
import { type Interleaved, interleaved, type Spread, spreadOfSorted } from './statistics.js';
import { togetherness, type Wave, waveOf } from './together.js';
import { near401 } from './upstream-401.js';

export interface Symptoms {
  readonly ok: number;
  readonly failed: number;
  /** As the headline counts. */
  readonly redundant: number;
  /** Of it, what only a cache of the whole fleet would have saved. */
  readonly acrossHolders: number;
  readonly needed: number;
  /** How far the stamps may be off. */
  readonly resolutionMs: number;
  readonly spanMs: number;
  /** Median; undefined: not known. */
  readonly lifetimeMs: number | undefined;
  readonly usableMs: number | undefined;
  readonly lifetimeFrom: 'option' | 'expires_in' | 'provider' | 'unknown';
  readonly holders: number;
  /** Holders that fetched once and were not seen again, though the log goes on for more than a life. */
  readonly onceHolders: number;
  /** Those come throughout the window, not at its start or at once. */
  readonly onceSpread: boolean;
  readonly demand: number | null;
  /** Fetches per request; undefined where demand is not known. */
  readonly perRequest: number | undefined;
  readonly hasDurations: boolean;
  /** Whether fetches wait for one that is under way; undefined: too few came that close. */
  readonly isShared: boolean | undefined;
  /** Gateway instances that needed this token; 0: not known. */
  readonly instances: number;
  readonly bursts: { readonly heads: number; readonly inFlight: number; readonly largest: number };
  /** Fetches that follow each other within one request, as groups of one size. */
  readonly groups: { readonly size: number; readonly share: number; readonly count: number };
  /** Between the first fetches of bursts, of one holder. */
  readonly gap: Spread | undefined;
  readonly trains: Interleaved | undefined;
  /** Between these a cache keeps its tokens, from the start of a fetch; undefined: nothing shows it. */
  readonly ttl: Between | undefined;
  /** Fetches per usable life and holder, and their variance over their mean: 1 for what follows traffic, less for caches. */
  readonly perLife: PerLife | undefined;
  /** Share of the gaps that are about the usable life: somebody keeps tokens until they end. */
  readonly nearLife: number;
  /** Redundant fetches of those after a short-lived token, and after a long-lived one; undefined: lives do not come in two kinds. */
  readonly byLife: ByLife | undefined;
  /** Pairs of answers whose lifetimes count down with the clock, of all pairs; `kept`: share of the fresh tokens that were used for long. */
  readonly countdown: { readonly pairs: number; readonly fits: number; readonly kept: number };
  readonly failures: FailureRuns;
  /** Redundant fetches that come within 2 s of an upstream 401, or are the first after the one or two 401s that their token met. */
  readonly after401: number;
  readonly wave: Wave;
  /** How near the others fetch when a holder does: 0 as by chance, 1 at the same moment; and how probable that is by chance. */
  readonly together: { readonly share: number; readonly cycles: number; readonly chance: number };
  /** Fetches at the same second of a minute: 0 to 1. 0 where most gaps are shorter than a minute. */
  readonly onTheMinute: number;
  /** Hits of a cache on token answers older than they live. */
  readonly staleHits: number;
  /** Whether routes or users say which requests fetch; [] where fetches could not be given to requests. */
  readonly partitions: readonly Partition[];
  /** The one that does. */
  readonly partition: Partition | undefined;
}

export interface KeySight {
  readonly traffic: KeyTraffic | undefined;
  readonly holders: readonly HolderVerdict[];
  readonly given?: GivenFetches | undefined;
}

/** Where the duration of a fetch is not in the log. */
const TYPICAL_FETCH_MS = 100;

const UNKNOWN_LIFE_MS = 3_600_000;

export function symptomsOf(
  key: KeyFetches,
  verdict: KeyVerdict,
  plan: KeyPlan,
  sight: KeySight,
  options: AnalysisOptions,
): Symptoms {
  const lifetimeMs = verdict.lifetimeSeconds === null ? undefined : verdict.lifetimeSeconds.median * 1000;
  const usable = lifetimeMs === undefined ? undefined : usableMs(lifetimeMs, options.margin);
  const typicalMs = verdict.key.fetchMs?.p50 ?? TYPICAL_FETCH_MS;
  const counted = options.holder === 'shared' ? verdict.shared : verdict.node;
  const q = key.resolutionMs;
  const shapes = new Shapes(key.ok, typicalMs, Math.max(q > 1 ? 0 : 20, typicalMs * 0.25));
  const countdown: Countdown = { pairs: 0, fits: 0, lives: 0, over: 0, fresh: 0, kept: 0 };
  let busiest: HolderFetches | undefined;
  for (const holder of key.holders) {
    // Who came once has no shape.
    if (holder.count === 1) {
      shapes.heads += 1;
      shapes.largest = Math.max(shapes.largest, 1);
      continue;
    }
    shapes.add(holder);
    if (holder.count > (busiest?.count ?? 0)) busiest = holder;
    countDown(holder, countdown, q);
  }
  const trains = busiest === undefined ? undefined : trainsOf(busiest, lifetimeMs, q);
  // Gone with the first that needs their room: all that is asked of them is asked here.
  const headGaps = shapes.headGaps;
  sortNumbers(headGaps);
  const gap = spreadOfSorted(headGaps);
  const ttl = ttlOf(headGaps, typicalMs);
  const nearLife = usable === undefined ? 0 : shareWithin(headGaps, 0.8 * usable - q, 1.5 * (lifetimeMs ?? usable) + q);
  const spanMs = sight.traffic === undefined ? 0 : sight.traffic.window.toMs - sight.traffic.window.fromMs;
  // Who came less than a life before the end of the log may come back yet.
  const seenOutMs = (sight.traffic?.window.toMs ?? 0) - (usable ?? UNKNOWN_LIFE_MS);
  const once = key.holders
    .filter(({ count, startMs }) => count === 1 && startMs[0]! < seenOutMs)
    .map(({ startMs }) => startMs[0]!);
  const demand = verdict.demand;
  const failures = key.failed === 0 ? NO_FAILURES : failureRuns(plan, key.resolutionMs, key.failures);
  const perRequest = demand === null || demand === 0 ? undefined : key.ok / demand;
  const partitions =
    counted.redundant === 0 ? [] : partitionsSeen(key, plan, sight, { perRequest, usable, lifetimeMs, typicalMs, trains });
  return {
    ok: key.ok,
    failed: key.failed,
    redundant: counted.redundant,
    acrossHolders: Math.max(0, counted.redundant - verdict.node.redundant),
    needed: counted.necessary + counted.ahead,
    resolutionMs: q,
    spanMs,
    lifetimeMs,
    usableMs: usable,
    lifetimeFrom: verdict.lifetime.from,
    holders: key.holders.length,
    onceHolders: once.length,
    onceSpread: throughout(once, sight.traffic && { fromMs: sight.traffic.window.fromMs, toMs: seenOutMs }),
    demand,
    perRequest,
    hasDurations: key.durations.count > 0,
    isShared: q > typicalMs || shapes.within + shapes.next < LEAST_BESIDE ? undefined : shapes.within <= 0.2 * shapes.next,
    instances: sight.traffic?.instances.length ?? 0,
    bursts: { heads: shapes.heads, inFlight: shapes.inFlight, largest: shapes.largest },
    groups: { ...shapes.chains.common, count: shapes.chains.count },
    gap,
    trains,
    ttl: keptFor(partitions, typicalMs) ?? ttl,
    perLife: perLifeOf(key, usable, q),
    nearLife,
    byLife: byLifeOf(sight.holders),
    countdown: { pairs: countdown.pairs, fits: countdown.fits, kept: keptOf(countdown) },
    failures,
    after401: near401(sight),
    wave: waveOf(sight.holders, usable, spanMs, sight.traffic?.merged),
    together: togetherness(key, gap, q, sight.traffic?.demand),
    // Who fetches more often than once a minute does not go by its hand.
    onTheMinute: gap === undefined || gap.p50 < LEAST_MINUTE_MS ? 0 : minuteHand(key),
    staleHits: lifetimeMs === undefined ? 0 : staleAnswers(agesOfAnswers(plan), lifetimeMs, q),
    partitions,
    partition: bestPartition(partitions),
  };
}

/** Stamps as coarse as that do not tell which of several requests has fetched. */
const COARSE_MS = 500;
/** Fetches per request, less what a join may get wrong. */
const EACH_FETCHES = 0.97;

function partitionsSeen(
  key: KeyFetches,
  plan: KeyPlan,
  { given, traffic }: KeySight,
  of: {
    readonly perRequest: number | undefined;
    readonly usable: number | undefined;
    readonly lifetimeMs: number | undefined;
    readonly typicalMs: number;
    readonly trains: Interleaved | undefined;
  },
): readonly Partition[] {
  if (given === undefined || traffic === undefined || of.usable === undefined) return [];
  const { run } = given;
  // Where each request fetches nobody is served by a cache, of whatever part.
  if (of.perRequest !== undefined && of.perRequest >= EACH_FETCHES) return [];
  const isExact = run.by === 'id' || run.by === 'trace';
  if (isExact || key.resolutionMs < COARSE_MS)
    return partitionsOf(run, given.rowsOf(plan), of.usable, of.typicalMs, traffic.window);
  if (!given.isOnly(plan)) return [];
  const lives = [of.usable, of.lifetimeMs ?? of.usable, ...(of.trains === undefined ? [] : [of.trains.periodMs])];
  return partitionsByNumbers(run, traffic.merged().startMs.subarray(0, key.ok), lives, traffic.window);
}

/** Callers go on appearing: the middle half of them takes at least a quarter of the window. */
function throughout(starts: readonly number[], window: { readonly fromMs: number; readonly toMs: number } | undefined): boolean {
  if (window === undefined || starts.length < 4) return false;
  const sorted = [...starts].sort((a, b) => a - b);
  const quarter = Math.floor(sorted.length / 4);
  return sorted[sorted.length - 1 - quarter]! - sorted[quarter]! >= 0.25 * (window.toMs - window.fromMs);
}

/**
 * A cache that keeps tokens for a fixed time asks at the first request after it: gaps have a floor, and what is above it is how long
 * requests are in coming. Of n waits with that mean the shortest is about an n-th of it. Some count from the start of a fetch, some from
 * its end.
 */
function ttlOf(sorted: Float64Array, fetchMs: number): Between | undefined {
  if (sorted.length < 8) return undefined;
  // One in a hundred may be a retry or a restart.
  const skipped = Math.floor(sorted.length / 100);
  const highMs = sorted[skipped]!;
  let waited = 0;
  for (let at = skipped; at < sorted.length; at += 1) waited += (sorted[at]! - highMs) / sorted.length;
  return { lowMs: highMs - (3 * waited) / (sorted.length - skipped) - fetchMs, highMs };
}

/** The same from the requests that were served: they say what gaps of even traffic do not. Some count from the end of a fetch. */
function keptFor(partitions: readonly Partition[], fetchMs: number): Between | undefined {
  const ttl = partitions.find(({ by }) => by === 'instance')?.ttl;
  return ttl === undefined ? undefined : { ...ttl, lowMs: ttl.lowMs - fetchMs };
}

/** Fewer fetches that come close to each other do not tell whether they wait. */
const LEAST_BESIDE = 6;

function shareWithin(values: Float64Array, low: number, high: number): number {
  if (values.length === 0) return 0;
  let inside = 0;
  for (let at = 0; at < values.length; at += 1) if (values[at]! >= low && values[at]! <= high) inside += 1;
  return inside / values.length;
}

/** Those of the holder that fetches most. */
function trainsOf(holder: HolderFetches, lifetimeMs: number | undefined, q: number): Interleaved | undefined {
  const isLife = (ms: number): boolean => lifetimeMs !== undefined && ms >= 0.45 * lifetimeMs && ms <= 1.25 * lifetimeMs + 2 * q;
  const trains = interleaved(holder.startMs, holder.count, isLife, q);
  // Beyond the life of a token the period is that of the requests.
  return trains !== undefined && lifetimeMs !== undefined && trains.periodMs > 1.25 * lifetimeMs + 2 * q ? undefined : trains;
}

/** Gaps of about a minute, from which on rules ask for its hand. */
const LEAST_MINUTE_MS = 55_000;
