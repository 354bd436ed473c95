/**
 * Whether times have a second, slower mode, and what it is. The null hypothesis is a density that rises to one mode and falls: log-normal,
 * gamma, Weibull and Pareto overheads are so on the scale `log(ms + c)` that is used. Under it no valley can lie between two places
 * that are denser, so a valley is held against a window on either side of it, each by the exact conditional test of two Poisson rates
 * (Przyborowski and Wilenski 1940: given the sum, one count is binomial with the shares of the widths), with Chernoff's bound as the
 * tail and Bonferroni's correction for every pair of windows looked at. That is a test for a bump in the sense of Good and Gaskins
 * (1980) and Minnotte (1997); it holds for any unimodal shape, where a mixture of two named components would find a second one in
 * any tail that is heavier than it expects.
 */
import { firstUnitOf, UNITS_A_MS } from './overhead.js';

/** Values between edges, counted. */
export interface Cells {
  /** In ms, one more than counts. */
  readonly edgeMs: readonly number[];
  readonly counts: readonly number[];
  readonly total: number;
}

export interface SlowMode {
  readonly share: Estimate;
  readonly shiftMs: Estimate;
  /** Values from here on are slow. */
  readonly fromMs: number;
  readonly slow: number;
}

export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** That something is found where nothing is. */
export const ALPHA = 0.01;
/** Widths of windows, in octaves. */
const WIDTHS = [0.125, 0.25, 0.5, 1, 2];
/** The valley is at most this part as dense as the lower of its two sides: what is less deep is no mode of its own, however sure. */
const SHALLOWEST = 0.7;
const LEAST_IN_A_MODE = 10;
const Z = 1.959964;

/** The histogram of an OverheadLog as cells that hold whole steps of the log's resolution. Bins between two steps hold nothing and are no cells. */
export function cellsOf(counts: Uint32Array, quantumUnits: number): Cells {
  const edges: number[] = [];
  const kept: number[] = [];
  let total = 0;
  for (let bin = 0; bin < counts.length; bin += 1) {
    const from = Math.ceil(firstUnitOf(bin) / quantumUnits);
    const to = Math.ceil(firstUnitOf(bin + 1) / quantumUnits);
    if (to === from) continue;
    if (edges.length === 0) edges.push((from * quantumUnits) / UNITS_A_MS);
    edges.push((to * quantumUnits) / UNITS_A_MS);
    kept.push(counts[bin]!);
    total += counts[bin]!;
  }
  return { edgeMs: edges, counts: kept, total };
}

interface Window {
  readonly from: number;
  readonly to: number;
  readonly width: number;
  readonly count: number;
}

/** Undefined where the values are as one mode could have made them. `quantumMs`: resolution of the values; `alpha`: chance of a false alarm. */
export function findSlowMode(cells: Cells, quantumMs: number, alpha = ALPHA): SlowMode | undefined {
  const { edgeMs, total } = cells;
  if (total < 2 * LEAST_IN_A_MODE) return undefined;
  const scale = edgeMs.map((ms) => Math.log2(ms + Math.max(quantumMs, 0.25)));
  const below = [0];
  for (const count of cells.counts) below.push(below.at(-1)! + count);
  const windows = windowsOf(scale, below);
  const needed = Math.log(apart(scale, below) ** 2 / alpha);
  let best: { score: number; valley: Window } | undefined;
  for (const valley of windows) {
    if (!isLow(valley, scale, below)) continue;
    let left = 0;
    let right = 0;
    for (const side of windows) {
      if (side.to <= valley.from) {
        const score = denser(side, valley);
        if (score > left) left = score;
      } else if (side.from >= valley.to) {
        const score = denser(side, valley);
        if (score > right) right = score;
      }
    }
    const score = Math.min(left, right);
    if (score < needed || (best !== undefined && score <= best.score)) continue;
    best = { score, valley };
  }
  return best && describe(cells, scale, below, best.valley, quantumMs);
}

function windowsOf(scale: readonly number[], below: readonly number[]): Window[] {
  const windows: Window[] = [];
  const total = below.at(-1)!;
  const first = below.findIndex((count) => count > 0) - 1;
  const last = below.indexOf(total);
  const seen = new Set<number>();
  for (let from = first; from < last; from += 1) {
    let to = from;
    for (const width of WIDTHS) {
      while (to < last && scale[to]! - scale[from]! < width) to += 1;
      if (to === from || seen.has(from * 4096 + to)) continue;
      seen.add(from * 4096 + to);
      windows.push({ from, to, width: scale[to]! - scale[from]!, count: below[to]! - below[from]! });
    }
  }
  return windows;
}

/** How many windows there are that share nothing: each pair may be a valley and a side of it. Those that overlap say nearly the same. */
function apart(scale: readonly number[], below: readonly number[]): number {
  const first = below.findIndex((count) => count > 0) - 1;
  const last = below.indexOf(below.at(-1)!);
  return WIDTHS.reduce((sum, width) => sum + Math.max(1, (scale[last]! - scale[first]!) / width), 0);
}

/** Less dense than as wide a stretch on either side: any other window is no place to cut. */
function isLow({ from, to, width, count }: Window, scale: readonly number[], below: readonly number[]): boolean {
  if (count * 2 > below.at(-1)!) return false;
  let left = from;
  while (left > 0 && scale[from]! - scale[left]! < width) left -= 1;
  let right = to;
  while (right < scale.length - 1 && scale[right]! - scale[to]! < width) right += 1;
  const density = count / width;
  return (
    left < from &&
    right > to &&
    below[left]! < below[from]! &&
    (below[from]! - below[left]!) / (scale[from]! - scale[left]!) >= density &&
    below.at(-1)! - below[to]! > 0
  );
}

/** -ln of Chernoff's bound on the chance of this many in `side`, or more, if it is no denser than the valley; 0 where it is not denser enough. */
function denser(side: Window, valley: Window): number {
  if (side.count < LEAST_IN_A_MODE || valley.count / valley.width > SHALLOWEST * (side.count / side.width)) return 0;
  const both = side.count + valley.count;
  const expected = side.width / (side.width + valley.width);
  const found = side.count / both;
  const rest = found >= 1 ? 0 : (1 - found) * Math.log((1 - found) / (1 - expected));
  return both * (found * Math.log(found / expected) + rest);
}

/** The modes on both sides of the valley. */
function describe(
  cells: Cells,
  scale: readonly number[],
  below: readonly number[],
  valley: Window,
  quantumMs: number,
): SlowMode | undefined {
  const { edgeMs, total } = cells;
  const cut = lowestIn(valley, scale, below);
  const slow = total - below[cut]!;
  if (slow < LEAST_IN_A_MODE || below[cut]! < LEAST_IN_A_MODE) return undefined;
  const reach = Math.min(0.5, valley.width);
  const ends = [valley.from, cut, valley.to].filter((at) => below[at]! > 0 && below[at]! < total);
  const shifts = ends.map((at) => shiftAt(cells, below, at));
  const half = quantumMs / 2;
  return {
    share: {
      value: slow / total,
      low: wilson(Math.max(0, slow - beyond(cut, -1, reach, scale, below)), total).low,
      high: wilson(Math.min(total, slow + beyond(cut, 1, reach, scale, below)), total).high,
    },
    shiftMs: {
      value: shiftAt(cells, below, cut).value,
      low: Math.max(0, Math.min(...shifts.map(({ low }) => low)) - half),
      high: Math.max(...shifts.map(({ high }) => high)) + half,
    },
    fromMs: edgeMs[cut]!,
    slow,
  };
}

/**
 * How much of the mode on one side may lie on the other side of the cut: its counts over the last two stretches before the cut, each as
 * wide as the valley, fall by a factor, and are taken to go on so, by a half at least. The tails of most shapes fall faster.
 * `reach`: in octaves.
 */
function beyond(cut: number, side: -1 | 1, reach: number, scale: readonly number[], below: readonly number[]): number {
  const edgeAt = (octaves: number): number => {
    let at = cut;
    while (at + side >= 0 && at + side < scale.length && Math.abs(scale[at]! - scale[cut]!) < octaves) at += side;
    return at;
  };
  const near = edgeAt(reach);
  const far = edgeAt(2 * reach);
  const last = Math.abs(below[near]! - below[cut]!);
  const before = Math.abs(below[far]! - below[near]!);
  const ratio = before === 0 ? 0 : Math.min(0.5, last / before);
  return (last * ratio) / (1 - ratio);
}

/** The edge inside the valley with the least around it; of equals the one in the middle. */
function lowestIn(valley: Window, scale: readonly number[], below: readonly number[]): number {
  const reach = Math.min(0.25, valley.width / 4);
  const middle = (scale[valley.from]! + scale[valley.to]!) / 2;
  let best = valley.from;
  let least = Infinity;
  for (let at = valley.from; at <= valley.to; at += 1) {
    let left = at;
    while (left > valley.from && scale[at]! - scale[left]! < reach) left -= 1;
    let right = at;
    while (right < valley.to && scale[right]! - scale[at]! < reach) right += 1;
    const density = (below[right]! - below[left]!) / Math.max(1e-9, scale[right]! - scale[left]!);
    const isCloser = Math.abs(scale[at]! - middle) < Math.abs(scale[best]! - middle);
    if (density > least || (density === least && !isCloser)) continue;
    least = density;
    best = at;
  }
  return best;
}

/** Wilson's score interval of a share (1927), 95 %. */
export function wilson(count: number, of: number): Estimate {
  const share = count / of;
  const spread = Z * Math.sqrt((share * (1 - share)) / of + Z ** 2 / (4 * of ** 2));
  const middle = share + Z ** 2 / (2 * of);
  const scale = 1 + Z ** 2 / of;
  return { value: share, low: Math.max(0, (middle - spread) / scale), high: Math.min(1, (middle + spread) / scale) };
}

/**
 * The median of what is slow minus that of the rest. The interval of each median is between order statistics (binomial), that of the
 * difference by squaring and adding (MOVER: Zou and Donner 2008).
 */
function shiftAt({ edgeMs, counts }: Cells, below: readonly number[], cut: number): Estimate {
  const total = below.at(-1)!;
  const fast = medianOf(edgeMs, counts, below, 0, below[cut]!);
  const slow = medianOf(edgeMs, counts, below, below[cut]!, total);
  const value = slow.value - fast.value;
  return {
    value,
    low: value - Math.hypot(slow.value - slow.low, fast.high - fast.value),
    high: value + Math.hypot(slow.high - slow.value, fast.value - fast.low),
  };
}

/** Of the values with ranks in `[from, to)`. */
function medianOf(
  edgeMs: readonly number[],
  counts: readonly number[],
  below: readonly number[],
  from: number,
  to: number,
): Estimate {
  const count = to - from;
  const reach = (Z * Math.sqrt(count)) / 2;
  const at = (rank: number): number => valueAt(edgeMs, counts, below, Math.min(to, Math.max(from, rank)));
  const middle = from + count / 2;
  return { value: at(middle), low: at(middle - reach - 0.5), high: at(middle + reach + 0.5) };
}

/** Values of a cell are taken to lie evenly in it. */
function valueAt(edgeMs: readonly number[], counts: readonly number[], below: readonly number[], rank: number): number {
  let cell = 0;
  while (cell < counts.length - 1 && below[cell + 1]! < rank) cell += 1;
  while (cell < counts.length - 1 && counts[cell] === 0) cell += 1;
  const within = counts[cell] === 0 ? 0 : (rank - below[cell]!) / counts[cell]!;
  return edgeMs[cell]! + (edgeMs[cell + 1]! - edgeMs[cell]!) * Math.min(1, Math.max(0, within));
}

/** The value that this share of all lies below. */
export function quantileOf({ edgeMs, counts, total }: Cells, share: number): number {
  const below = [0];
  for (const count of counts) below.push(below.at(-1)! + count);
  return valueAt(edgeMs, counts, below, share * total);
}
