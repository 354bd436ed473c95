/** What findings show of the fetches of a key: made when the first of them asks, and once for all of them. */
import type { HolderVerdict } from '../analysis/assess-key.js';
import type { KeyFetches } from '../analysis/fetch-table.js';
import type { Finding } from '../analysis/result.js';
import { BRIEF, scratchDoubles } from '../analysis/scratch.js';
import { lowerBound } from '../analysis/search.js';
import { sortNumbers } from '../analysis/sort.js';
import { endOfStep, type Steps, stepAt } from '../analysis/timeline.js';

/** Redundant fetches: those that began while another of the holder was in flight, the others, or all. */
export type Which = 'alone' | 'in flight' | 'all';

/** Bins that a reader knows: each border about three times the one before. */
const BORDERS_MS = [0, 100, 300, 1000, 3000, 10_000, 30_000, 100_000, 300_000, 1_000_000, 3_600_000, 10_000_000];

/** By leading zero bits: the bin of the largest number that has as many. */
const MOST_BIN = Array.from({ length: 33 }, (_, zeros) => BORDERS_MS.findLastIndex((border) => border < 2 ** (32 - zeros)));

export class Sight {
  private readonly starts = new Map<Which, Float64Array>();
  private bins: number[] | undefined;
  private ofAll: number[] | undefined;

  constructor(
    private readonly holders: readonly HolderVerdict[],
    private readonly typicalMs: number,
    private readonly steps: Steps | undefined,
    /** Which fetch comes when, if those of the holders are put one behind the other; undefined: not known. */
    private readonly order: Uint32Array | undefined,
  ) {}

  /** Their starts, sorted; there until the next key is looked at. */
  redundant(which: Which): Float64Array {
    const known = this.starts.get(which);
    if (known !== undefined) return known;
    const { order, holders } = this;
    let room = 0;
    for (const { fetches } of holders) room += fetches.count;
    const all = scratchDoubles(BRIEF, room);
    let count = 0;
    let row = 0;
    for (const holder of holders) {
      count += takeRedundant(holder, which, this.typicalMs, all.subarray(row, row + holder.fetches.count));
      row += holder.fetches.count;
    }
    const starts = scratchDoubles(`sight.${which}`, count);
    if (order?.length === room) takeInOrder(all, order, starts);
    else {
      takeAsTheyCome(all, starts);
      sortNumbers(starts);
    }
    this.starts.set(which, starts);
    return starts;
  }

  /** Gaps of each holder by length. */
  histogram(key: KeyFetches): NonNullable<Finding['histogram']> {
    if (this.bins === undefined) {
      this.bins = BORDERS_MS.map(() => 0);
      for (const { startMs, count } of key.holders) addGaps(this.bins, startMs, count);
    }
    return { fromMs: BORDERS_MS, counts: this.bins };
  }

  /** Where fetches lie in the steps of the run's timeline; `fetches`: undefined for all of the key. */
  timeline(fetches: Float64Array | undefined, redundant: Float64Array | undefined): Finding['timeline'] {
    const { steps } = this;
    if (steps === undefined) return null;
    let all: number[];
    if (fetches === undefined) {
      this.ofAll ??= this.countAll(steps);
      all = this.ofAll;
    } else {
      all = emptySteps(steps);
      countSteps(steps, fetches, all);
    }
    const first = all.findIndex((count) => count > 0);
    if (first < 0) return null;
    const end = all.findLastIndex((count) => count > 0) + 1;
    const early = emptySteps(steps);
    if (redundant !== undefined) countSteps(steps, redundant, early);
    return { first, fetches: all.slice(first, end), redundant: early.slice(first, end) };
  }

  private countAll(steps: Steps): number[] {
    const all = emptySteps(steps);
    for (const { fetches } of this.holders) countSteps(steps, fetches.startMs.subarray(0, fetches.count), all);
    return all;
  }
}

/** Whether a number is among others that are sorted. */
export function holdsNumber(sorted: Float64Array, value: number): boolean {
  return sorted[lowerBound(sorted, value)] === value;
}

const emptySteps = ({ count }: Steps): number[] => new Array<number>(count).fill(0);

/** Of starts in order: the next step is looked for where one ends, not for each start. */
function countSteps(steps: Steps, startMs: Float64Array, into: number[]): void {
  let step = 0;
  let untilMs = Number.NEGATIVE_INFINITY;
  let many = 0;
  for (let at = 0; at < startMs.length; at += 1) {
    const start = startMs[at]!;
    if (start >= untilMs) {
      if (many > 0) into[step]! += many;
      many = 0;
      step = stepAt(steps, start);
      untilMs = endOfStep(steps, step);
    }
    many += 1;
  }
  if (many > 0) into[step]! += many;
}

/** Starts of those that are wanted, each in its place; NaN for the others. Returns how many they are. */
function takeRedundant({ fetches, redundantFlags }: HolderVerdict, which: Which, typicalMs: number, into: Float64Array): number {
  const { startMs, durationMs, count } = fetches;
  let taken = 0;
  let endMs = Number.NEGATIVE_INFINITY;
  for (let at = 0; at < count; at += 1) {
    const start = startMs[at]!;
    const isHead = start >= endMs;
    if (isHead) endMs = start + (durationMs[at]! < 0 ? typicalMs : durationMs[at]!);
    const isWanted = redundantFlags[at] === 1 && (which === 'all' || isHead === (which === 'alone'));
    into[at] = isWanted ? start : Number.NaN;
    if (isWanted) taken += 1;
  }
  return taken;
}

function takeInOrder(all: Float64Array, order: Uint32Array, into: Float64Array): void {
  let count = 0;
  for (let row = 0; row < order.length; row += 1) {
    const start = all[order[row]!]!;
    if (Number.isNaN(start)) continue;
    into[count] = start;
    count += 1;
  }
}

function takeAsTheyCome(all: Float64Array, into: Float64Array): void {
  let count = 0;
  for (let row = 0; row < all.length; row += 1) {
    if (Number.isNaN(all[row]!)) continue;
    into[count] = all[row]!;
    count += 1;
  }
}

function addGaps(bins: number[], startMs: Float64Array, count: number): void {
  for (let at = 1; at < count; at += 1) {
    const gap = startMs[at]! - startMs[at - 1]!;
    // The bits of a number leave two or three bins.
    let bin = gap < 2 ** 31 ? MOST_BIN[Math.clz32(gap)]! : BORDERS_MS.length - 1;
    while (bin > 0 && gap < BORDERS_MS[bin]!) bin -= 1;
    bins[bin]! += 1;
  }
}
