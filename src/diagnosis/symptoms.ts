/** What one key's fetches look like: computed while they are in memory, a few numbers each. */
import type { HolderVerdict, KeyTraffic, KeyVerdict } from '../analysis/assess-key.js';
import type { FetchEvent } from '../analysis/fetch-log.js';
import { isServedFromCache } from '../analysis/fetch-log.js';
import type { HolderFetches, KeyFetches, KeyPlan } from '../analysis/fetch-table.js';
import type { AnalysisOptions } from '../analysis/options.js';
import { usableMs } from '../analysis/perfect-cache.js';
import { burstsOf, gapsOf, groupSize, type Interleaved, interleaved, type Spread, spreadOf } from './statistics.js';

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
  readonly bursts: { readonly heads: number; readonly inFlight: number; readonly largest: number };
  /** Fetches that follow each other within one request, as groups of one size. */
  readonly groups: { readonly size: number; readonly share: number; readonly count: number };
  /** Between the first fetches of bursts, of one holder. */
  readonly gap: Spread | undefined;
  readonly trains: Interleaved | undefined;
  /** Pairs of answers whose lifetimes count down with the clock, of all pairs. */
  readonly countdown: { readonly pairs: number; readonly fits: number };
  readonly failures: { readonly inRuns: number; readonly longest: number; readonly gapMs: number; readonly isHammering: boolean };
  /** Share of redundant fetches that come within 2 s of an upstream 401, and how many. */
  readonly after401: number;
  /** Redundant fetches that came from many holders at once, and from how many. */
  readonly wave: { readonly fetches: number; readonly holders: number };
  /** How many of the other holders fetch at the same time, on average, at each expiry. */
  readonly together: { readonly share: number; readonly cycles: number };
  /** Fetches at the same second of a minute: 0 to 1. */
  readonly onTheMinute: number;
  /** Hits of a cache on token answers older than they live. */
  readonly staleHits: number;
}

export interface KeySight {
  readonly traffic: KeyTraffic | undefined;
  readonly holders: readonly HolderVerdict[];
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
  const countdown = { pairs: 0, fits: 0 };
  for (const holder of key.holders) {
    // Fleets have many that came once: no arrays for them.
    if (holder.count === 1) {
      headCount += 1;
      largest = Math.max(largest, 1);
      continue;
    }
    const bursts = burstsOf(holder.startMs, holder.durationMs, holder.count, typicalMs, 0);
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
    }
    countDown(holder, countdown, q);
  }
  const gap = spreadOf(joined(heads));
  const allSizes = joinedInts(sizes);
  const spanMs = sight.traffic === undefined ? 0 : sight.traffic.window.toMs - sight.traffic.window.fromMs;
  // Who came less than a life before the end of the log may come back yet.
  const seenOutMs = (sight.traffic?.window.toMs ?? 0) - (usable ?? UNKNOWN_LIFE_MS);
  const once = key.holders
    .filter(({ count, startMs }) => count === 1 && startMs[0]! < seenOutMs)
    .map(({ startMs }) => startMs[0]!);
  const demand = verdict.demand;
  const failures = key.failed === 0 ? { inRuns: 0, longest: 0, gapMs: 0, isHammering: false } : runsOf(key, plan);
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
    bursts: { heads: headCount, inFlight, largest },
    groups: { ...groupSize(allSizes), count: allSizes.length },
    gap,
    trains,
    countdown,
    failures,
    after401: near401(sight),
    wave: waveOf(sight.holders, usable),
    together: togetherness(key, gap, q),
    onTheMinute: minuteHand(key),
    staleHits: lifetimeMs === undefined ? 0 : staleHits(plan, lifetimeMs, q),
  };
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

/** The same token handed out again has lost as much life as time has passed. */
function countDown(
  { startMs, count, recordedLifetimeMs }: HolderFetches,
  into: { pairs: number; fits: number },
  q: number,
): void {
  if (recordedLifetimeMs === undefined) return;
  for (let at = 1; at < count; at += 1) {
    const before = recordedLifetimeMs[at - 1]!;
    const life = recordedLifetimeMs[at]!;
    if (before <= 0 || life <= 0) continue;
    const gap = startMs[at]! - startMs[at - 1]!;
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
  const times: { readonly at: number; readonly failed: boolean }[] = [];
  for (const { logs } of plan.callers) {
    for (const log of logs) {
      log.forEach(({ startMs, status, cache }) => {
        if (status === 0 || isServedFromCache(cache)) return;
        const failed = status < 200 || status > 299;
        // Of a long healthy log only failures matter, and what stands right before them.
        if (failed || times.length < 1_000_000) times.push({ at: startMs, failed });
      });
    }
  }
  times.sort((a, b) => a.at - b.at || Number(b.failed) - Number(a.failed));
  let inRuns = 0;
  let longest = 0;
  let run = 0;
  let last = Number.NEGATIVE_INFINITY;
  const gaps: number[] = [];
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
  const gapMs = spreadOf(Float64Array.from(gaps))?.p50 ?? 0;
  return { inRuns, longest, gapMs, isHammering: longest >= 2 * LONG_RUN || inRuns >= 4 * LONG_RUN };
}

function near401({ traffic, holders }: KeySight): number {
  const failed = traffic?.upstream401Ms;
  if (failed === undefined || failed.length === 0) return 0;
  let near = 0;
  for (const { fetches, redundantFlags } of holders) {
    let at = 0;
    for (let index = 0; index < fetches.count; index += 1) {
      const start = fetches.startMs[index]!;
      while (at < failed.length && failed[at]! <= start) at += 1;
      if (redundantFlags[index] === 1 && at > 0 && start - failed[at - 1]! <= 2000) near += 1;
    }
  }
  return near;
}

/** Most holders that fetched too early within one short time, each about once. */
function waveOf(holders: readonly HolderVerdict[], usable: number | undefined): Symptoms['wave'] {
  if (holders.length < 3) return { fetches: 0, holders: 0 };
  const withinMs = Math.min(120_000, (usable ?? 300_000) / 4);
  const early: { readonly at: number; readonly holder: number }[] = [];
  holders.forEach(({ fetches, redundantFlags }, holder) => {
    for (let at = 0; at < fetches.count; at += 1) if (redundantFlags[at] === 1) early.push({ at: fetches.startMs[at]!, holder });
  });
  early.sort((a, b) => a.at - b.at);
  let best = { fetches: 0, holders: 0 };
  const inside = new Map<number, number>();
  let from = 0;
  early.forEach(({ at, holder }, to) => {
    inside.set(holder, (inside.get(holder) ?? 0) + 1);
    while (at - early[from]!.at > withinMs) {
      const old = early[from]!.holder;
      const left = inside.get(old)! - 1;
      if (left === 0) inside.delete(old);
      else inside.set(old, left);
      from += 1;
    }
    if (inside.size > best.holders) best = { fetches: to - from + 1, holders: inside.size };
  });
  return best;
}

/** For each fetch but the first of a holder: the share of other holders that fetch at the same time. */
function togetherness(key: KeyFetches, gap: Spread | undefined, q: number): Symptoms['together'] {
  const many = key.holders.filter(({ count }) => count >= 3).slice(0, 50);
  if (many.length < 4 || gap === undefined) return { share: 0, cycles: 0 };
  const tolerance = Math.max(1000, 0.02 * gap.p50) + q;
  // By chance two holders would meet this often; above a tenth it would show nothing.
  if ((2 * tolerance) / gap.p50 > 0.1) return { share: 0, cycles: 0 };
  const [first] = many;
  let met = 0;
  let asked = 0;
  for (let at = 1; at < first!.count; at += 1) {
    for (const other of many.slice(1)) {
      asked += 1;
      if (nearest(other, first!.startMs[at]!) <= tolerance) met += 1;
    }
  }
  return { share: met / asked, cycles: first!.count - 1 };
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

/** Answers from a cache that had been fetched longer ago than they live. */
function staleHits(plan: KeyPlan, lifetimeMs: number, q: number): number {
  let stale = 0;
  for (const { logs } of plan.callers) {
    for (const log of logs) {
      let fetched: number | undefined;
      let file = -1;
      log.forEach((event: FetchEvent) => {
        if (event.cache === 0) return;
        if (event.file !== file) {
          file = event.file;
          fetched = undefined;
        }
        if (!isServedFromCache(event.cache)) fetched = event.startMs + Math.max(0, event.durationMs);
        else if (fetched !== undefined && event.startMs - fetched > lifetimeMs + 2 * q) stale += 1;
      });
    }
  }
  return stale;
}
