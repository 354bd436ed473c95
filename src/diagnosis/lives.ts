/** What the lives of tokens tell: those that count down, those of two kinds, and how many fetches come in each. */
import type { HolderVerdict } from '../analysis/assess-key.js';
import type { HolderFetches, KeyFetches } from '../analysis/fetch-table.js';
import { scratchDoubles } from '../analysis/scratch.js';

/** `shortMs`, `longMs`: medians of the recorded lives of the two kinds. */
export interface ByLife {
  readonly shortMs: number;
  readonly longMs: number;
  readonly shortCount: number;
  readonly longCount: number;
  readonly shortRedundant: number;
  readonly longRedundant: number;
}

export interface Countdown {
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
export const keptOf = ({ lives, over, fresh, kept }: Countdown): number =>
  Math.max(fresh === 0 ? 0 : kept / fresh, lives === 0 ? 0 : Math.min(1, Math.max(0, (over / lives - 0.4) / 0.2)));

/** The same token handed out again has lost as much life as time has passed. */
export function countDown({ startMs, count, recordedLifetimeMs }: HolderFetches, into: Countdown, q: number): void {
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

/** Fetches per usable life and holder, and their variance over their mean. */
export interface PerLife {
  readonly windows: number;
  readonly degrees: number;
  readonly mean: number;
  readonly dispersion: number;
}

/**
 * Index of dispersion of the counts in windows of one usable life: each cache fetches once at most in any of them. Holders are taken
 * together, each by its own mean.
 */
export function perLifeOf(key: KeyFetches, usable: number | undefined, q: number): PerLife | undefined {
  if (usable === undefined || usable < 4 * q) return undefined;
  let [windows, degrees, squares, fetches] = [0, 0, 0, 0];
  for (const { startMs, count } of key.holders) {
    if (count < 4) continue;
    const fromMs = startMs[0]!;
    const own = Math.min(MOST_WINDOWS, Math.floor((startMs[count - 1]! - fromMs) / usable));
    if (own < 3) continue;
    const counts = scratchDoubles('lives.windows', own).fill(0);
    let sum = 0;
    for (let at = 0; at < count; at += 1) {
      const window = Math.floor((startMs[at]! - fromMs) / usable);
      if (window >= own) break;
      counts[window]! += 1;
      sum += 1;
    }
    for (let window = 0; window < own; window += 1) squares += (counts[window]! - sum / own) ** 2 / (sum / own);
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
export function byLifeOf(holders: readonly HolderVerdict[]): ByLife | undefined {
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
