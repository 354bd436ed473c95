/** The order of findings, and the many small ones put together: the totals still add up, and nobody reads a thousand rows. */
import { round } from '../analysis/numbers.js';
import type { Finding } from '../analysis/result.js';

/** These stand for themselves; of the others there is one row for each cause and owner. */
const MOST_SINGLE = 100;
const MOST_LINES = 5;

/** Of all findings of one cause and owner, also those that were dropped on the way. */
export interface Tally {
  count: number;
  redundant: number;
  waitMs: number;
}

export const tallyName = (code: string, owner: string | null): string => `${code} ${owner ?? ''}`;

/** What a finding weighs: money where fetches have a price, else time, else how many. */
export interface Weight {
  readonly redundant: number;
  readonly waitMs: number | null;
  /** Failed fetches, and answers that were too old: no redundant ones, but each as bad. */
  readonly other: number;
  /** Time that they took. */
  readonly otherMs: number;
  /** Redundant fetches of it that are billed; null: nothing has a price. */
  readonly priced: number | null;
}

/** By cost where there is a price; what has none, or as much, by time, if that is known of all that have redundant fetches. */
export function byWeight(weights: readonly Weight[]): (a: Weight, b: Weight) => number {
  const byTime = weights.every(({ redundant, waitMs }) => redundant === 0 || waitMs !== null);
  const time = ({ waitMs, otherMs }: Weight): number => (waitMs ?? 0) + otherMs;
  return (a, b) =>
    (b.priced ?? 0) - (a.priced ?? 0) ||
    (byTime ? time(b) - time(a) : 0) ||
    b.redundant + b.other - a.redundant - a.other ||
    time(b) - time(a);
}

/** `ranked` in order, with the tally of all (`tallies`): what is not among the first is added up. `total`: redundant fetches of the run. */
export function mergeSmall(ranked: readonly Finding[], tallies: ReadonlyMap<string, Tally>, total: number): Finding[] {
  const single = ranked.slice(0, MOST_SINGLE);
  const rest = new Map<string, Finding[]>();
  for (const one of ranked.slice(MOST_SINGLE)) {
    const name = tallyName(one.code, one.owner);
    const list = rest.get(name);
    if (list === undefined) rest.set(name, [one]);
    else list.push(one);
  }
  const merged = [...rest].map(([name, list]): Finding => {
    const [first] = list;
    const tally = tallies.get(name);
    const shown = single.filter(({ code, owner }) => tallyName(code, owner) === name);
    const left = (pick: (one: { redundant: number; waitMs: number | null }) => number, all: number): number =>
      all - shown.reduce((sum, one) => sum + pick(one), 0);
    const count = tally === undefined ? list.length : tally.count - shown.length;
    if (count === 1) return first!;
    const redundant = left((one) => one.redundant, tally?.redundant ?? 0);
    const waitMs = list.every((one) => one.waitMs === null) ? null : left((one) => one.waitMs ?? 0, tally?.waitMs ?? 0);
    return {
      ...first!,
      id: `${first!.id}-and-others`,
      key: null,
      redundant,
      share: redundant === 0 ? null : round(redundant / total, 6),
      confidence: round(list.reduce((sum, one) => sum + one.confidence, 0) / list.length, 2),
      waitMs,
      why: `${count} other clients alike: each has too little to stand for itself, together they made ${redundant} redundant fetches.`,
      whyNot: [],
      onset: null,
      histogram: null,
      timeline: null,
      figures: [{ label: 'clients', value: String(count) }],
      evidence: list.flatMap(({ evidence }) => evidence.slice(0, 1)).slice(0, MOST_LINES),
    };
  });
  return [...single, ...merged.sort((a, b) => b.redundant - a.redundant || (a.id < b.id ? -1 : 1))];
}
