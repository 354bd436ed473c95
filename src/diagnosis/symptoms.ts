/** What one key's fetches look like: computed while they are in memory, a few numbers each. */
import type { HolderVerdict, KeyTraffic, KeyVerdict } from '../analysis/assess-key.js';
import type { FetchEvent } from '../analysis/fetch-log.js';
import { isServedFromCache } from '../analysis/fetch-log.js';
import type { HolderFetches, KeyFetches, KeyPlan } from '../analysis/fetch-table.js';
import type { AnalysisOptions } from '../analysis/options.js';
import { type DemandTimeline, usableMs } from '../analysis/perfect-cache.js';
import { bestPartition, type GivenFetches, type Partition, partitionsByNumbers, partitionsOf } from './partitions.js';
import {
  type Beside,
  besideOf,
  burstsOf,
  gapsOf,
  groupSize,
  type Interleaved,
  interleaved,
  irwinHall,
  type Spread,
  spreadOf,
} from './statistics.js';

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
  readonly failures: { readonly inRuns: number; readonly longest: number; readonly gapMs: number; readonly isHammering: boolean };
  /** Redundant fetches that come within 2 s of an upstream 401, or are the first after the one or two 401s that their token met. */
  readonly after401: number;
  /** Fetches that came too early from many holders at once, those of them that are redundant, and from how many holders at most. */
  readonly wave: {
    readonly fetches: number;
    readonly redundant: number;
    readonly holders: number;
    readonly waves: number;
    /** Holders of a wave per fetch of it: 1 where each fetched once. */
    readonly once: number;
    /** Share of the log that lies within a wave: what is everywhere is none. */
    readonly share: number;
  };
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
      burstsOf(holder.startMs, holder.durationMs, holder.count, typicalMs, Math.max(q > 1 ? 0 : 20, typicalMs * 0.5)).sizes,
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
  const failures = key.failed === 0 ? { inRuns: 0, longest: 0, gapMs: 0, isHammering: false } : runsOf(key, plan);
  const partitions = counted.redundant === 0 ? [] : partitionsSeen(key, plan, sight, { usable, lifetimeMs, typicalMs, trains });
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
    perRequest: demand === null || demand === 0 ? undefined : key.ok / demand,
    hasDurations: key.durations.count > 0,
    isShared: q > typicalMs || beside.within + beside.next < LEAST_BESIDE ? undefined : beside.within <= 0.2 * beside.next,
    instances: sight.traffic?.instances.length ?? 0,
    bursts: { heads: headCount, inFlight, largest },
    groups: { ...groupSize(allSizes), count: allSizes.length },
    gap,
    trains,
    ttl: ttlOf(headGaps, typicalMs),
    perLife: perLifeOf(key, usable, q),
    nearLife: usable === undefined ? 0 : shareWithin(headGaps, 0.8 * usable - q, 1.5 * (lifetimeMs ?? usable) + q),
    byLife: byLifeOf(sight.holders),
    countdown: { pairs: countdown.pairs, fits: countdown.fits, kept: keptOf(countdown) },
    failures,
    after401: near401(sight),
    wave: waveOf(sight.holders, usable, spanMs),
    together: togetherness(key, gap, q, sight.traffic?.demand),
    onTheMinute: minuteHand(key),
    staleHits: lifetimeMs === undefined ? 0 : staleHits(plan, lifetimeMs, q),
    partitions,
    partition: bestPartition(partitions),
  };
}

/** Stamps as coarse as that do not tell which of several requests has fetched. */
const COARSE_MS = 500;

function partitionsSeen(
  key: KeyFetches,
  plan: KeyPlan,
  { given, traffic }: KeySight,
  of: {
    readonly usable: number | undefined;
    readonly lifetimeMs: number | undefined;
    readonly typicalMs: number;
    readonly trains: Interleaved | undefined;
  },
): readonly Partition[] {
  if (given === undefined || traffic === undefined || of.usable === undefined) return [];
  const { run } = given;
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

/** A retry sooner than this is faster than any back-off that deserves the name. */
const FAST_RETRY_MS = 2000;
const LONG_RUN = 3;

function runsOf(key: KeyFetches, plan: KeyPlan): Symptoms['failures'] {
  let inRuns = 0;
  let longest = 0;
  const gaps: number[] = [];
  // Each caller for itself: ten that back off are no loop.
  for (const { logs } of plan.callers) {
    const times: { readonly at: number; readonly failed: boolean }[] = [];
    let failures = 0;
    for (const log of logs) {
      log.forEach(({ startMs, status, cache }) => {
        if (status === 0 || isServedFromCache(cache)) return;
        const failed = status < 200 || status > 299;
        if (failed) failures += 1;
        // Of a long healthy log only failures matter, and what stands right before them.
        if (failed || times.length < 1_000_000) times.push({ at: startMs, failed });
      });
    }
    if (failures === 0) continue;
    times.sort((a, b) => a.at - b.at || Number(b.failed) - Number(a.failed));
    let run = 0;
    let last = Number.NEGATIVE_INFINITY;
    const close = (): void => {
      if (run >= LONG_RUN) inRuns += run;
      longest = Math.max(longest, run);
      run = 0;
    };
    for (const { at, failed } of times) {
      if (!failed || at - last > FAST_RETRY_MS + key.resolutionMs) close();
      if (!failed) continue;
      if (run > 0) gaps.push(at - last);
      run += 1;
      last = at;
    }
    close();
  }
  const gapMs = spreadOf(Float64Array.from(gaps))?.p50 ?? 0;
  return { inRuns, longest, gapMs, isHammering: longest >= 2 * LONG_RUN || inRuns >= 4 * LONG_RUN };
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

/** At least, at most. */
export interface Between {
  readonly lowMs: number;
  readonly highMs: number;
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

/**
 * Times at which many holders fetched within a short while though their tokens were good, each about once: all of them that do not overlap,
 * added up. `holders`: of the widest. How long a wave takes depends on how soon requests come, so several widths are tried; the one that
 * gathers most of the redundant fetches in least of the time is taken.
 */
function waveOf(holders: readonly HolderVerdict[], usable: number | undefined, spanMs: number): Symptoms['wave'] {
  const none = { fetches: 0, redundant: 0, holders: 0, waves: 0, once: 0, share: 0 };
  if (holders.length < 3) return none;
  const early: Early[] = [];
  holders.forEach(({ fetches, redundantFlags, lifetimeMs }, holder) => {
    for (let at = 0; at < fetches.count; at += 1) {
      const life =
        lifetimeMs === undefined ? usable : typeof lifetimeMs === 'number' ? lifetimeMs : lifetimeMs[Math.max(0, at - 1)];
      const isEarly = at > 0 && life !== undefined && fetches.startMs[at]! - fetches.startMs[at - 1]! < EARLY * life;
      if (isEarly || redundantFlags[at] === 1)
        early.push({ at: fetches.startMs[at]!, holder, isRedundant: redundantFlags[at] === 1 });
    }
  });
  early.sort((a, b) => a.at - b.at || a.holder - b.holder);
  const all = holders.reduce((sum, { redundant }) => sum + redundant, 0);
  const worth = ({ redundant, once, share }: Symptoms['wave']): number =>
    (redundant / Math.max(1, all)) * once * Math.max(0, 1 - 3 * share);
  let best: Symptoms['wave'] = none;
  const shortMs = Math.min(120_000, (usable ?? 300_000) / 4);
  for (const withinMs of usable === undefined ? [shortMs] : [shortMs / 4, shortMs, usable / 32, usable / 8]) {
    const found = wavesWithin(early, withinMs, Math.max(3, 0.4 * holders.length), spanMs);
    if (worth(found) > worth(best)) best = found;
  }
  return best;
}

interface Early {
  readonly at: number;
  readonly holder: number;
  readonly isRedundant: boolean;
}

/** Part of its life within which a token is good whatever the margin. */
const EARLY = 0.75;

function wavesWithin(early: readonly Early[], withinMs: number, enough: number, spanMs: number): Symptoms['wave'] {
  const out = { fetches: 0, redundant: 0, holders: 0, waves: 0, once: 0, share: 0 };
  let distinct = 0;
  for (let from = 0; from < early.length; ) {
    const inside = new Set<number>();
    let to = from;
    let redundant = 0;
    while (to < early.length && early[to]!.at - early[from]!.at <= withinMs) {
      inside.add(early[to]!.holder);
      if (early[to]!.isRedundant) redundant += 1;
      to += 1;
    }
    if (inside.size < enough) {
      from += 1;
      continue;
    }
    out.waves += 1;
    out.fetches += to - from;
    out.redundant += redundant;
    distinct += inside.size;
    out.holders = Math.max(out.holders, inside.size);
    from = to;
  }
  const share = Math.min(1, (out.waves * withinMs) / Math.max(1, spanMs));
  return { ...out, once: out.fetches === 0 ? 0 : distinct / out.fetches, share };
}

/**
 * How near the other holders fetch when one does, as a part of half the gap: 0.5 on average for holders that have nothing to do with each
 * other, near 0 for those that expire together. Phases may stay what they are for the whole log, so each other holder is one piece of
 * evidence, however many cycles there are; `chance` is that of so small a sum of uniform numbers.
 */
function togetherness(
  key: KeyFetches,
  gap: Spread | undefined,
  q: number,
  demand: DemandTimeline | undefined,
): Symptoms['together'] {
  const many = key.holders.filter(({ count }) => count >= 4).slice(0, 50);
  const none = { share: 0, cycles: 0, chance: 1 };
  if (many.length < 4 || gap === undefined || gap.p50 < 10 * q) return none;
  const [first] = many;
  let sum = 0;
  let n = 0;
  for (const other of many.slice(1)) {
    const apart: number[] = [];
    for (let at = 1; at < first!.count; at += 1) {
      // Before it came and after it left it says nothing.
      if (first!.startMs[at]! < other.startMs[0]! || first!.startMs[at]! > other.startMs[other.count - 1]!) continue;
      apart.push(Math.min(1, nearest(other, first!.startMs[at]!) / (gap.p50 / 2)));
    }
    if (apart.length < 3) continue;
    // Of quiet hours, when requests are long in coming, the middle one is not much moved.
    sum += spreadOf(Float64Array.from(apart))!.p50;
    n += 1;
  }
  if (n < 3 || followsBursts(first!, gap.p50, demand)) return none;
  const mean = sum / n;
  return { share: Math.max(0, 1 - 2 * mean), cycles: first!.count - 1, chance: irwinHall(n * mean, n) };
}

/** A silence this long, as a part of the gap between fetches, that ends this short before one: it was the request that was awaited. */
const SILENCE = 0.2;
const ENDS_BEFORE = 0.05;

/** Requests that come in bursts make holders fetch together, whatever the phases of their tokens: so do most of these fetches. */
function followsBursts({ startMs, count }: HolderFetches, gapMs: number, demand: DemandTimeline | undefined): boolean {
  if (demand?.kind !== 'exact' || demand.count < 10) return false;
  const usual = (demand.startMs[demand.count - 1]! - demand.startMs[0]!) / demand.count;
  const silentMs = Math.max(SILENCE * gapMs, 5 * usual);
  let after = 0;
  let row = 1;
  for (let at = 0; at < count; at += 1) {
    while (row < demand.count && demand.startMs[row]! < startMs[at]! - ENDS_BEFORE * gapMs) row += 1;
    for (let next = row; next < demand.count && demand.startMs[next]! <= startMs[at]!; next += 1) {
      if (demand.startMs[next]! - demand.startMs[next - 1]! < silentMs) continue;
      after += 1;
      break;
    }
  }
  return after > count / 2;
}

function nearest({ startMs, count }: HolderFetches, at: number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (startMs[middle]! < at) low = middle + 1;
    else high = middle;
  }
  return Math.min(low < count ? startMs[low]! - at : Infinity, low > 0 ? at - startMs[low - 1]! : Infinity);
}

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

/** How old the answers of caches were when they were handed out, ms: of all callers of a loopback, for they share its answers. */
export function agesOfAnswers(plan: KeyPlan): Float64Array {
  const byFile = new Map<number, { readonly at: number; readonly isHit: boolean; readonly endMs: number }[]>();
  for (const { logs } of plan.callers) {
    for (const log of logs) {
      log.forEach(({ cache, file, startMs, durationMs }: FetchEvent) => {
        if (cache === 0) return;
        const list = byFile.get(file) ?? [];
        if (list.length === 0) byFile.set(file, list);
        if (list.length < MOST_CACHE_WORDS)
          list.push({ at: startMs, isHit: isServedFromCache(cache), endMs: startMs + Math.max(0, durationMs) });
      });
    }
  }
  const ages: number[] = [];
  for (const list of byFile.values()) {
    list.sort((a, b) => a.at - b.at || Number(a.isHit) - Number(b.isHit));
    let fetched: number | undefined;
    for (const { at, isHit, endMs } of list) {
      if (!isHit) fetched = endMs;
      else if (fetched !== undefined) ages.push(at - fetched);
    }
  }
  return Float64Array.from(ages);
}

function staleHits(plan: KeyPlan, lifetimeMs: number, q: number): number {
  let stale = 0;
  for (const age of agesOfAnswers(plan)) if (age > lifetimeMs + 2 * q) stale += 1;
  return stale;
}

/** More answers of one loopback do not make it any clearer. */
const MOST_CACHE_WORDS = 200_000;
