/** What one key's fetches look like: computed while they are in memory, a few numbers each. */
import type { HolderVerdict, KeyTraffic, KeyVerdict } from '../analysis/assess-key.js';
import type { HolderFetches, KeyFetches, KeyPlan } from '../analysis/fetch-table.js';
import type { AnalysisOptions } from '../analysis/options.js';
import { usableMs } from '../analysis/perfect-cache.js';
import { agesOfAnswers, staleAnswers } from './answers.js';
import { type FailureRuns, failureRuns, NO_FAILURES } from './failure-runs.js';
import {
  type Between,
  bestPartition,
  type GivenFetches,
  type Partition,
  partitionsByNumbers,
  partitionsOf,
} from './partitions.js';
import {
  type Beside,
  besideOf,
  burstsOf,
  chainSizes,
  gapsOf,
  groupSize,
  type Interleaved,
  interleaved,
  type Spread,
  spreadOf,
} from './statistics.js';
import { togetherness, type Wave, waveOf } from './together.js';

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
  readonly perLife:
    | { readonly windows: number; readonly degrees: number; readonly mean: number; readonly dispersion: number }
    | undefined;
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
  /** Fetches at the same second of a minute: 0 to 1. */
  readonly onTheMinute: number;
  /** Hits of a cache on token answers older than they live. */
  readonly staleHits: number;
  /** Whether routes or users say which requests fetch; [] where fetches could not be given to requests. */
  readonly partitions: readonly Partition[];
  /** The one that does. */
  readonly partition: Partition | undefined;
}

/** `shortMs`, `longMs`: medians of the recorded lives of the two kinds. */
export interface ByLife {
  readonly shortMs: number;
  readonly longMs: number;
  readonly shortCount: number;
  readonly longCount: number;
  readonly shortRedundant: number;
  readonly longRedundant: number;
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
  const isLife = (ms: number): boolean => lifetimeMs !== undefined && ms >= 0.45 * lifetimeMs && ms <= 1.25 * lifetimeMs + 2 * q;
  const heads: Float64Array[] = [];
  const sizes: Uint32Array[] = [];
  let inFlight = 0;
  let headCount = 0;
  let largest = 0;
  let trains: Interleaved | undefined;
  let busiest = 0;
  const countdown = { pairs: 0, fits: 0, lives: 0, over: 0, fresh: 0, kept: 0 };
  const beside = { within: 0, next: 0 };
  for (const holder of key.holders) {
    // Fleets have many that came once: no arrays for them.
    if (holder.count === 1) {
      headCount += 1;
      largest = Math.max(largest, 1);
      continue;
    }
    const bursts = burstsOf(holder.startMs, holder.durationMs, holder.count, typicalMs, 0);
    addBeside(beside, besideOf(holder.startMs, holder.durationMs, holder.count, typicalMs));
    headCount += bursts.heads;
    inFlight += bursts.inFlight;
    largest = Math.max(largest, bursts.largest);
    heads.push(gapsOf(bursts.headMs, bursts.heads));
    sizes.push(
      chainSizes(holder.startMs, holder.durationMs, holder.count, typicalMs, Math.max(q > 1 ? 0 : 20, typicalMs * 0.25)),
    );
    if (holder.count > busiest) {
      busiest = holder.count;
      trains = interleaved(holder.startMs, holder.count, isLife, q);
      // Beyond the life of a token the period is that of the requests.
      if (trains !== undefined && lifetimeMs !== undefined && trains.periodMs > 1.25 * lifetimeMs + 2 * q) trains = undefined;
    }
    countDown(holder, countdown, q);
  }
  const headGaps = joined(heads);
  const gap = spreadOf(headGaps);
  const allSizes = joinedInts(sizes);
  const spanMs = sight.traffic === undefined ? 0 : sight.traffic.window.toMs - sight.traffic.window.fromMs;
  // Who came less than a life before the end of the log may come back yet.
  const seenOutMs = (sight.traffic?.window.toMs ?? 0) - (usable ?? UNKNOWN_LIFE_MS);
  const once = key.holders
    .filter(({ count, startMs }) => count === 1 && startMs[0]! < seenOutMs)
    .map(({ startMs }) => startMs[0]!);
  const demand = verdict.demand;
  const failures = key.failed === 0 ? NO_FAILURES : failureRuns(plan, key.resolutionMs);
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
    isShared: q > typicalMs || beside.within + beside.next < LEAST_BESIDE ? undefined : beside.within <= 0.2 * beside.next,
    instances: sight.traffic?.instances.length ?? 0,
    bursts: { heads: headCount, inFlight, largest },
    groups: { ...groupSize(allSizes), count: allSizes.length },
    gap,
    trains,
    ttl: keptFor(partitions, typicalMs) ?? ttlOf(headGaps, typicalMs),
    perLife: perLifeOf(key, usable, q),
    nearLife: usable === undefined ? 0 : shareWithin(headGaps, 0.8 * usable - q, 1.5 * (lifetimeMs ?? usable) + q),
    byLife: byLifeOf(sight.holders),
    countdown: { pairs: countdown.pairs, fits: countdown.fits, kept: keptOf(countdown) },
    failures,
    after401: near401(sight),
    wave: waveOf(sight.holders, usable, spanMs),
    together: togetherness(key, gap, q, sight.traffic?.demand),
    onTheMinute: minuteHand(key),
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

function joined(list: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(list.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const one of list) {
    all.set(one, at);
    at += one.length;
  }
  return all;
}

function joinedInts(list: readonly Uint32Array[]): Uint32Array {
  const all = new Uint32Array(list.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const one of list) {
    all.set(one, at);
    at += one.length;
  }
  return all;
}

interface Countdown {
  pairs: number;
  fits: number;
  lives: number;
  /** Lives in the last quarter. */
  over: number;
  /** Lives in the first half, and those of them after which nobody fetched for half of them. */
  fresh: number;
  kept: number;
}

/**
 * Are tokens that are fresh kept, and only those that are almost over not? Where several share an address the others fetch in between;
 * but of fetches that come whenever they like a quarter meets the last quarter of a life, not most of them.
 */
const keptOf = ({ lives, over, fresh, kept }: Countdown): number =>
  Math.max(fresh === 0 ? 0 : kept / fresh, lives === 0 ? 0 : Math.min(1, Math.max(0, (over / lives - 0.4) / 0.2)));

/** The same token handed out again has lost as much life as time has passed. */
function countDown({ startMs, count, recordedLifetimeMs }: HolderFetches, into: Countdown, q: number): void {
  if (recordedLifetimeMs === undefined) return;
  let longestMs = 0;
  for (let at = 0; at < count; at += 1) longestMs = Math.max(longestMs, recordedLifetimeMs[at]!);
  for (let at = 0; at < count; at += 1) {
    if (recordedLifetimeMs[at]! <= 0) continue;
    into.lives += 1;
    if (recordedLifetimeMs[at]! < longestMs / 4) into.over += 1;
  }
  for (let at = 1; at < count; at += 1) {
    const before = recordedLifetimeMs[at - 1]!;
    const life = recordedLifetimeMs[at]!;
    if (before <= 0 || life <= 0) continue;
    const gap = startMs[at]! - startMs[at - 1]!;
    if (before >= longestMs / 2) {
      into.fresh += 1;
      if (gap >= before / 2) into.kept += 1;
    }
    // Lives are in whole seconds; a pair too close together shows nothing.
    if (gap < 2000 + q) continue;
    into.pairs += 1;
    if (Math.abs(life - (before - gap)) <= 1500 + q + 0.01 * gap) into.fits += 1;
  }
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
function ttlOf(gaps: Float64Array, fetchMs: number): Between | undefined {
  if (gaps.length < 8) return undefined;
  const sorted = gaps.slice().sort();
  // One in a hundred may be a retry or a restart.
  const skipped = Math.floor(sorted.length / 100);
  const highMs = sorted[skipped]!;
  let waited = 0;
  for (const gap of sorted) waited += Math.max(0, gap - highMs) / sorted.length;
  return { lowMs: highMs - (3 * waited) / (sorted.length - skipped) - fetchMs, highMs };
}

/** The same from the requests that were served: they say what gaps of even traffic do not. Some count from the end of a fetch. */
function keptFor(partitions: readonly Partition[], fetchMs: number): Between | undefined {
  const ttl = partitions.find(({ by }) => by === 'instance')?.ttl;
  return ttl === undefined ? undefined : { ...ttl, lowMs: ttl.lowMs - fetchMs };
}

function addBeside(to: { within: number; next: number }, one: Beside): void {
  to.within += one.within;
  to.next += one.next;
}

/** Fewer fetches that come close to each other do not tell whether they wait. */
const LEAST_BESIDE = 6;

function shareWithin(values: Float64Array, low: number, high: number): number {
  if (values.length === 0) return 0;
  let inside = 0;
  for (const value of values) if (value >= low && value <= high) inside += 1;
  return inside / values.length;
}

/**
 * Index of dispersion of the counts in windows of one usable life: each cache fetches once at most in any of them. Holders are taken
 * together, each by its own mean.
 */
function perLifeOf(key: KeyFetches, usable: number | undefined, q: number): Symptoms['perLife'] {
  if (usable === undefined || usable < 4 * q) return undefined;
  let [windows, degrees, squares, fetches] = [0, 0, 0, 0];
  for (const { startMs, count } of key.holders) {
    if (count < 4) continue;
    const fromMs = startMs[0]!;
    const own = Math.min(MOST_WINDOWS, Math.floor((startMs[count - 1]! - fromMs) / usable));
    if (own < 3) continue;
    const counts = new Float64Array(own);
    for (let at = 0; at < count; at += 1) {
      const window = Math.floor((startMs[at]! - fromMs) / usable);
      if (window < own) counts[window]! += 1;
    }
    const sum = counts.reduce((total, one) => total + one, 0);
    for (const one of counts) squares += (one - sum / own) ** 2 / (sum / own);
    windows += own;
    degrees += own - 1;
    fetches += sum;
  }
  if (windows < 6 || fetches < 12) return undefined;
  return { windows, degrees, mean: fetches / windows, dispersion: squares / degrees };
}

const MOST_WINDOWS = 100_000;

/** Lives that differ less than this are of one kind: issuers vary them. */
const OTHER_LIFE = 1.8;

/**
 * Recorded lives split in two at their widest step, and how often the fetch after a token of each kind was redundant. A cache that works
 * with long lives and not with short ones takes off more than the short ones last.
 */
function byLifeOf(holders: readonly HolderVerdict[]): ByLife | undefined {
  const lives: number[] = [];
  for (const { fetches, lifetimeMs } of holders) {
    if (typeof lifetimeMs !== 'object') continue;
    for (let at = 0; at < fetches.count && lives.length < 100_000; at += 1) lives.push(lifetimeMs[at]!);
  }
  if (lives.length < 10) return undefined;
  const sorted = Float64Array.from(lives).sort();
  let split = 0;
  let widest = OTHER_LIFE;
  for (let at = 1; at < sorted.length; at += 1) {
    const step = sorted[at]! / Math.max(1, sorted[at - 1]!);
    if (step <= widest) continue;
    widest = step;
    split = at;
  }
  if (split < 5 || sorted.length - split < 5) return undefined;
  // Two kinds are two heaps, not the ends of a range.
  if (sorted[split - 1]! > OTHER_LIFE * sorted[0]! || sorted[sorted.length - 1]! > OTHER_LIFE * sorted[split]!) return undefined;
  const border = sorted[split]!;
  const out = { shortCount: 0, longCount: 0, shortRedundant: 0, longRedundant: 0 };
  for (const { fetches, lifetimeMs, redundantFlags } of holders) {
    if (typeof lifetimeMs !== 'object') continue;
    for (let at = 1; at < fetches.count; at += 1) {
      const kind = lifetimeMs[at - 1]! < border ? 'short' : 'long';
      out[`${kind}Count`] += 1;
      if (redundantFlags[at] === 1) out[`${kind}Redundant`] += 1;
    }
  }
  return { shortMs: sorted[split >> 1]!, longMs: sorted[(split + sorted.length) >> 1]!, ...out };
}

function near401({ traffic, holders }: KeySight): number {
  const ofAll = traffic?.upstream401Ms;
  if (traffic === undefined || ofAll === undefined || ofAll.length === 0) return 0;
  const instanceOf = new Map(traffic.holders.map(({ fetches, instance }) => [fetches.holder, instance]));
  let near = 0;
  let first = 0;
  for (const { holder, fetches, redundantFlags } of holders) {
    const instance = instanceOf.get(holder) ?? (traffic.instances.length === 1 ? traffic.instances[0] : undefined);
    const own = instance === undefined ? undefined : traffic.upstream401Of?.(instance);
    const failed = own ?? ofAll;
    let at = 0;
    for (let index = 0; index < fetches.count; index += 1) {
      const start = fetches.startMs[index]!;
      const before = at;
      while (at < failed.length && failed[at]! <= start) at += 1;
      if (redundantFlags[index] !== 1) continue;
      if (at > 0 && start - failed[at - 1]! <= 2000) near += 1;
      // Of 401s that have nothing to do with fetches as many come between two of them as chance will have it: seldom just one or two.
      if (own !== undefined && at - before >= 1 && at - before <= 2) first += 1;
    }
  }
  const redundant = holders.reduce((sum, one) => sum + one.redundant, 0);
  return Math.max(near, first >= EACH_AFTER * redundant ? first : 0);
}

/** Of a random number of 401s in each gap at most six in ten gaps have one or two. */
const EACH_AFTER = 0.75;

/** Resultant length of the starts on the minute's circle, if they point at its first seconds: what a scheduler starts. */
function minuteHand(key: KeyFetches): number {
  let x = 0;
  let y = 0;
  let count = 0;
  for (const { startMs, count: own } of key.holders) {
    for (let at = 0; at < own; at += 1) {
      const angle = ((startMs[at]! % 60_000) / 60_000) * 2 * Math.PI;
      x += Math.cos(angle);
      y += Math.sin(angle);
      count += 1;
    }
  }
  if (count < 5) return 0;
  const seconds = (Math.atan2(y, x) / (2 * Math.PI)) * 60;
  return seconds > -2 && seconds < 6 ? Math.hypot(x, y) / count : 0;
}
