/** Do holders fetch together: in waves before their tokens end, as after a restart, or at the end of lives that run in step? */

import type { HolderVerdict } from '../analysis/assess-key.js';
import type { HolderFetches, KeyFetches } from '../analysis/fetch-table.js';
import type { DemandTimeline, MergedTimes } from '../analysis/perfect-cache.js';
import { BRIEF, BRIEF_TOO, scratchDoubles, scratchIds } from '../analysis/scratch.js';
import { lowerBound } from '../analysis/search.js';
import { sortEvents } from '../analysis/sort.js';
import { irwinHall, type Spread, spreadOf } from './statistics.js';

/** Fetches that came too early from many holders at once, those of them that are redundant, and from how many holders at most. */
export interface Wave {
  readonly fetches: number;
  readonly redundant: number;
  readonly holders: number;
  readonly waves: number;
  /** Holders of a wave per fetch of it: 1 where each fetched once. */
  readonly once: number;
  /** Share of the log that lies within a wave: what is everywhere is none. */
  readonly share: number;
}

export interface Together {
  readonly share: number;
  readonly cycles: number;
  readonly chance: number;
}

/**
 * Times at which many holders fetched within a short while though their tokens were good, each about once: all of them that do not overlap,
 * added up. `holders`: of the widest. How long a wave takes depends on how soon requests come, so several widths are tried; the one that
 * gathers most of the redundant fetches in least of the time is taken.
 */
export function waveOf(
  holders: readonly HolderVerdict[],
  usable: number | undefined,
  spanMs: number,
  merged?: () => Pick<MergedTimes, 'order' | 'startMs'>,
): Wave {
  const none = { fetches: 0, redundant: 0, holders: 0, waves: 0, once: 0, share: 0 };
  if (holders.length < 3) return none;
  const early = earlyOnes(holders, usable, merged?.());
  const all = holders.reduce((sum, { redundant }) => sum + redundant, 0);
  const worth = ({ redundant, once, share }: Wave): number => (redundant / Math.max(1, all)) * once * Math.max(0, 1 - 3 * share);
  let best: Wave = none;
  const shortMs = Math.min(120_000, (usable ?? 300_000) / 4);
  for (const withinMs of usable === undefined ? [shortMs] : [shortMs / 4, shortMs, usable / 32, usable / 8]) {
    const found = wavesWithin(early, holders.length, withinMs, spanMs);
    if (worth(found) > worth(best)) best = found;
  }
  return best;
}

/** Fetches that came too early, sorted, in arrays that are used again. */
interface Early {
  readonly startMs: Float64Array;
  /** Twice the holder, and 1 more where it is redundant. */
  readonly whose: Uint32Array;
}

/** `merged`: the fetches of all holders as one, where they are known. */
function earlyOnes(
  holders: readonly HolderVerdict[],
  usable: number | undefined,
  merged: Pick<MergedTimes, 'order' | 'startMs'> | undefined,
): Early {
  let room = 0;
  for (const { fetches } of holders) room += fetches.count;
  const marks = scratchIds(BRIEF_TOO, room);
  let row = 0;
  for (let holder = 0; holder < holders.length; holder += 1) {
    markEarly(holders[holder]!, holder, usable, marks.subarray(row));
    row += holders[holder]!.fetches.count;
  }
  const isKnown = merged?.order.length === room;
  // What has to be sorted is not where sorting works.
  const startMs = scratchDoubles(isKnown ? BRIEF : 'waves.startMs', room);
  const whose = scratchIds('waves.whose', room);
  const count = isKnown ? takeInOrder(marks, merged, startMs, whose) : takeAsTheyCome(marks, holders, startMs, whose);
  const early = { startMs: startMs.subarray(0, count), whose: whose.subarray(0, count) };
  if (!isKnown) sortEvents(early.startMs, early.whose);
  return early;
}

/** One more than what stands in `whose`; 0 for a fetch in time. */
function markEarly(
  { fetches, lifetimeMs, redundantFlags }: HolderVerdict,
  holder: number,
  usable: number | undefined,
  marks: Uint32Array,
): void {
  const { startMs, count } = fetches;
  const all = typeof lifetimeMs === 'object' ? undefined : (lifetimeMs ?? usable ?? 0);
  let before = Number.NEGATIVE_INFINITY;
  for (let at = 0; at < count; at += 1) {
    const start = startMs[at]!;
    const life = all ?? (lifetimeMs as Float64Array)[Math.max(0, at - 1)]!;
    const isRedundant = redundantFlags[at]!;
    marks[at] = isRedundant === 1 || start - before < EARLY * life ? 2 * holder + isRedundant + 1 : 0;
    before = start;
  }
}

function takeInOrder(
  marks: Uint32Array,
  { order, startMs: allMs }: Pick<MergedTimes, 'order' | 'startMs'>,
  startMs: Float64Array,
  whose: Uint32Array,
): number {
  let count = 0;
  for (let row = 0; row < order.length; row += 1) {
    const mark = marks[order[row]!]!;
    if (mark === 0) continue;
    startMs[count] = allMs[row]!;
    whose[count] = mark - 1;
    count += 1;
  }
  return count;
}

function takeAsTheyCome(
  marks: Uint32Array,
  holders: readonly HolderVerdict[],
  startMs: Float64Array,
  whose: Uint32Array,
): number {
  let count = 0;
  let row = 0;
  for (const { fetches } of holders) {
    for (let at = 0; at < fetches.count; at += 1, row += 1) {
      const mark = marks[row]!;
      if (mark === 0) continue;
      startMs[count] = fetches.startMs[at]!;
      whose[count] = mark - 1;
      count += 1;
    }
  }
  return count;
}

/** Part of its life within which a token is good whatever the margin. */
const EARLY = 0.75;

/** A wave needs this part of the holders, three at least. */
const MANY = 0.4;

/** One pass with two ends: what is in between is at most `withinMs` long, and how many holders it has is counted as they come and go. */
function wavesWithin({ startMs, whose }: Early, holders: number, withinMs: number, spanMs: number): Wave {
  const out = { fetches: 0, redundant: 0, holders: 0, waves: 0, once: 0, share: 0 };
  const inside = new Uint32Array(holders);
  const enough = Math.max(3, MANY * holders);
  let [distinct, wasted, sum, to] = [0, 0, 0, 0];
  const drop = (at: number): void => {
    const one = whose[at]!;
    inside[one >>> 1]! -= 1;
    if (inside[one >>> 1] === 0) distinct -= 1;
    wasted -= one & 1;
  };
  for (let from = 0; from < startMs.length; ) {
    for (; to < startMs.length && startMs[to]! - startMs[from]! <= withinMs; to += 1) {
      const one = whose[to]!;
      if (inside[one >>> 1] === 0) distinct += 1;
      inside[one >>> 1]! += 1;
      wasted += one & 1;
    }
    if (distinct >= enough) {
      out.waves += 1;
      out.fetches += to - from;
      out.redundant += wasted;
      out.holders = Math.max(out.holders, distinct);
      sum += distinct;
      for (; from < to; from += 1) drop(from);
      continue;
    }
    drop(from);
    from += 1;
  }
  const share = Math.min(1, (out.waves * withinMs) / Math.max(1, spanMs));
  return { ...out, once: out.fetches === 0 ? 0 : sum / out.fetches, share };
}

/**
 * How near the other holders fetch when one does, as a part of half the gap: 0.5 on average for holders that have nothing to do with each
 * other, near 0 for those that expire together. Phases may stay what they are for the whole log, so each other holder is one piece of
 * evidence, however many cycles there are; `chance` is that of so small a sum of uniform numbers.
 */
export function togetherness(key: KeyFetches, gap: Spread | undefined, q: number, demand: DemandTimeline | undefined): Together {
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
  const low = lowerBound(startMs, at, 0, count);
  return Math.min(low < count ? startMs[low]! - at : Infinity, low > 0 ? at - startMs[low - 1]! : Infinity);
}
