/** Figures over time: the timeline of a run, and the lives of its tokens. Fed one holder at a time, while its fetches are in memory. */
import type { HolderVerdict } from './assess-key.js';
import type { Window } from './demand.js';
import type { FileTally } from './part.js';
import { usableMs } from './perfect-cache.js';
import type { Analysis } from './result.js';
import { lowerBound } from './search.js';

const BUCKETS = 120;
const MAX_LIVES = 500;
/** Keys whose lives are kept: those with the most redundant fetches. */
const KEYS_WITH_LIVES = 12;
const HOLDERS_WITH_LIVES = 8;

const verdictWords = ['unknown', 'necessary', 'ahead', 'redundant'] as const;
const UNDECIDED = 0;
const NECESSARY = 1;
const AHEAD = 2;
const REDUNDANT = 3;

const lifeAt = ({ lifetimeMs }: HolderVerdict, index: number): number | undefined =>
  typeof lifetimeMs === 'object' ? lifetimeMs[index] : lifetimeMs;

/**
 * A verdict for each single fetch, so that they add up to the counts: the redundant ones are flagged; of the others those that a
 * perfect cache would have made are necessary, the earliest first, then come the ones ahead, and what is left is unknown. Indexes
 * into `verdictWords`.
 */
function verdictsOf(holder: HolderVerdict): Uint8Array {
  const { fetches, redundantFlags, necessary, ahead, typicalMs } = holder;
  const out = new Uint8Array(fetches.count);
  let left = necessary;
  let until = -Infinity;
  for (let index = 0; index < fetches.count; index += 1) {
    if (redundantFlags[index] === 1) out[index] = REDUNDANT;
    else if (left > 0 && fetches.startMs[index]! >= until) {
      out[index] = NECESSARY;
      left -= 1;
      until = fetches.startMs[index]! + typicalMs + usableMs(lifeAt(holder, index) ?? 300_000, { kind: 'default' });
    }
  }
  let leftAhead = ahead;
  for (let index = 0; index < fetches.count && (left > 0 || leftAhead > 0); index += 1) {
    if (out[index] !== UNDECIDED) continue;
    if (left > 0) {
      out[index] = NECESSARY;
      left -= 1;
    } else {
      out[index] = AHEAD;
      leftAhead -= 1;
    }
  }
  return out;
}

type Life = Analysis['lives'][number];

/** The first fetches of one holder as they come; most of them are forgotten again, so words are made of the others only. */
interface HolderLives {
  readonly client: string;
  readonly holder: string;
  readonly startMs: readonly number[];
  readonly lifetimeMs: readonly (number | undefined)[];
  readonly verdicts: readonly number[];
}

/** Those that start before the limit, and the first ones at it; how many of these are still wanted is counted down. */
function livesOf(
  { client, holder, startMs, lifetimeMs, verdicts }: HolderLives,
  limitMs: number,
  wanted: { atLimit: number },
): Life[] {
  const lives: Life[] = [];
  for (let index = 0; index < startMs.length; index += 1) {
    const from = startMs[index]!;
    if (from > limitMs || (from === limitMs && wanted.atLimit === 0)) continue;
    if (from === limitMs) wanted.atLimit -= 1;
    const ms = lifetimeMs[index];
    lives.push({
      key: client,
      holder,
      from: new Date(from).toISOString(),
      lifetimeSeconds: ms === undefined ? null : ms / 1000,
      verdict: verdictWords[verdicts[index]!]!,
    });
  }
  return lives;
}

/** The steps of a timeline: `count` of `widthMs` each, the first one the `first` since the epoch. */
export interface Steps {
  readonly first: number;
  readonly widthMs: number;
  readonly count: number;
}

/** The step that a time lies in; the first or the last for what lies outside. */
export const stepAt = ({ first, widthMs, count }: Steps, ms: number): number =>
  Math.min(count - 1, Math.max(0, Math.floor(ms / widthMs) - first));

/** Up to when times that are not before the step lie in it. */
export const endOfStep = ({ first, widthMs, count }: Steps, step: number): number =>
  step === count - 1 ? Infinity : (first + step + 1) * widthMs;

export class RunTimeline {
  readonly steps: Steps;
  private readonly requests: Float64Array;
  private readonly fetches: Float64Array;
  private readonly necessary: Float64Array;
  private readonly lives: { readonly order: string; redundant: number; readonly lists: HolderLives[] }[] = [];

  /** Buckets of a power of two seconds, aligned to the epoch, so that the cells of the files add up exactly. */
  constructor(tallies: readonly FileTally[], window: Window) {
    let widthMs = 1000;
    const tooNarrow = (): boolean =>
      (window.toMs - window.fromMs) / widthMs > BUCKETS ||
      tallies.some(({ requestsOverTime }) => requestsOverTime.widthMs > widthMs);
    while (tooNarrow()) widthMs *= 2;
    const first = Math.floor(window.fromMs / widthMs);
    const count = Math.floor(window.toMs / widthMs) - first + 1;
    this.steps = { first, widthMs, count };
    this.requests = new Float64Array(count);
    this.fetches = new Float64Array(count);
    this.necessary = new Float64Array(count);
    for (const { requestsOverTime } of tallies) {
      requestsOverTime.forEach((fromMs, by) => {
        this.requests[stepAt(this.steps, fromMs)]! += by;
      });
    }
  }

  /** `order`: text that sorts keys with equal counts. */
  add(holder: HolderVerdict, client: string, order: string): void {
    const verdicts = verdictsOf(holder);
    this.countSteps(holder.fetches.startMs, verdicts);
    this.keepLives(holder, verdicts, client, order);
  }

  private countSteps(startMs: Float64Array, verdicts: Uint8Array): void {
    const { steps, fetches, necessary } = this;
    let step = 0;
    let untilMs = -Infinity;
    for (let index = 0; index < verdicts.length; index += 1) {
      const start = startMs[index]!;
      if (start >= untilMs) {
        step = stepAt(steps, start);
        untilMs = endOfStep(steps, step);
      }
      fetches[step]! += 1;
      if (verdicts[index] === NECESSARY) necessary[step]! += 1;
    }
  }

  private keepLives(holder: HolderVerdict, verdicts: Uint8Array, client: string, order: string): void {
    let entry = this.lives.find((one) => one.order === order);
    if (entry === undefined) {
      // Of a hundred thousand keys most would be out as soon as they are in.
      const { redundant } = holder;
      if (this.lives.length >= KEYS_WITH_LIVES && this.lives.every((one) => byRedundant(one, { redundant, order }) < 0)) return;
      entry = { order, redundant: 0, lists: [] };
      this.lives.push(entry);
    }
    entry.redundant += holder.redundant;
    if (entry.lists.length < HOLDERS_WITH_LIVES) {
      const most = Math.min(MAX_LIVES, verdicts.length);
      entry.lists.push({
        client,
        holder: holder.holder,
        startMs: Array.from(holder.fetches.startMs.subarray(0, most)),
        lifetimeMs: Array.from({ length: most }, (_, index) => lifeAt(holder, index)),
        verdicts: Array.from(verdicts.subarray(0, most)),
      });
    }
    // Holders of one key come behind each other, so a key that is out stays out.
    if (this.lives.length > KEYS_WITH_LIVES) this.lives.sort(byRedundant).pop();
  }

  timeline(): Analysis['timeline'] {
    const { first, widthMs } = this.steps;
    return Array.from(this.requests, (requests, bucket) => ({
      from: new Date((first + bucket) * widthMs).toISOString(),
      requests,
      fetches: this.fetches[bucket]!,
      necessary: this.necessary[bucket]!,
    }));
  }

  /** The earliest of all that were kept, so that holders can be compared over the same stretch of time; key by key, most redundant first. */
  firstLives(): Analysis['lives'] {
    const lists = this.lives.sort(byRedundant).flatMap((one) => one.lists);
    const starts = Float64Array.from(lists.flatMap(({ startMs }) => startMs)).sort();
    const limitMs = starts[MAX_LIVES - 1] ?? Infinity;
    const atLimit = MAX_LIVES - lowerBound(starts, limitMs);
    const wanted = { atLimit };
    return lists.flatMap((list) => livesOf(list, limitMs, wanted));
  }
}

const byRedundant = (a: { redundant: number; order: string }, b: { redundant: number; order: string }): number =>
  b.redundant - a.redundant || (a.order < b.order ? -1 : 1);
