/**
 * Is there something about a request that says whether it fetches? A cache that is kept apart for each route, or for each end user, is asked
 * for a token by the first request of that route (or user) after a life, and by no other. So requests are walked in order, and for each it
 * is known whether its part of the cache would have had a token; what then matters is the 2 x 2 table of that against "it did fetch".
 */
import type { KeyPlan } from '../analysis/fetch-table.js';
import type { RunJoin } from '../analysis/join.js';
import { routeGroups } from './route-groups.js';

export type PartitionBy = 'instance' | 'route' | 'user';

/** At least, at most. */
export interface Between {
  readonly lowMs: number;
  readonly highMs: number;
}

export interface Partition {
  readonly by: PartitionBy;
  /** Of the fetches, the share that came where the part had no token: precision. */
  readonly explained: number;
  /** Of the requests whose part had no token, the share that fetched: recall. */
  readonly complete: number;
  /** Harmonic mean of both, times the share of requests with a live token that did not fetch. */
  readonly fit: number;
  /** Fetches and refusals to fetch that were judged. */
  readonly pieces: number;
  /** Routes or users that were seen to fetch. */
  readonly parts: number;
  /** Users are told by name, not by address. */
  readonly named: boolean;
  /** Between these each instance keeps its tokens; undefined: it does not keep them for a fixed time. */
  readonly ttl?: Between | undefined;
  /** False where only numbers over time were compared, since single requests cannot be told apart. */
  readonly single: boolean;
}

/** A part surely has a token up to this share of the usable life, and surely none beyond the other one: what lies between shows nothing. */
const SURELY_ALIVE = 0.8;
const SURELY_OVER = 1.2;
/** Fewer judged fetches show nothing. */
const ENOUGH = 6;

/**
 * One table per kind of partition that the log can show, for the fetches of one key. `fetchRows`: the requests that its ok fetches
 * were given to, sure or not: what is wrong of them blurs all tables alike. `fetchMs`: how long one takes; meanwhile others may fetch too.
 */
export function partitionsOf(
  { requests }: RunJoin,
  fetchRows: readonly number[],
  usableMs: number,
  fetchMs: number,
  window: { readonly fromMs: number; readonly toMs: number },
): Partition[] {
  if (fetchRows.length < ENOUGH) return [];
  const fetches = new Uint8Array(requests.count);
  const byInstance = new Uint32Array(requests.instances.length);
  const asksFor = new Uint8Array(requests.routes.length);
  for (const row of fetchRows) {
    fetches[row] = 1;
    asksFor[requests.route[row]!] = 1;
    byInstance[requests.instance[row]!]! += 1;
  }
  // One that is far behind the others got its few by mistake.
  const few = Math.max(...byInstance) / 10;
  const isAsked = (row: number): boolean =>
    requests.dropped[row] === 0 && asksFor[requests.route[row]!] === 1 && byInstance[requests.instance[row]!]! > few;
  const found: Partition[] = [];
  const { user } = requests;
  const routes = requests.routes.length;
  const groups = routeGroups(requests, { isAsked, fetches, usableMs, fetchMs });
  const kinds: readonly (readonly [PartitionBy, (row: number) => number])[] = [
    ['instance', (row) => requests.instance[row]!],
    ['route', (row) => requests.instance[row]! * routes + requests.route[row]!],
    ...(groups === undefined
      ? []
      : [['route', (row: number) => requests.instance[row]! * routes + groups.of[requests.route[row]!]!] as const]),
    ...(user === undefined ? [] : [['user', (row: number) => requests.instance[row]! * 2 ** 33 + user[row]!] as const]),
  ];
  for (const [by, partOf] of kinds) {
    const lastMs = new Map<number, number>();
    const fetched = new Set<number>();
    let [explained, alive, refused, served] = [0, 0, 0, 0];
    let named = false;
    const kept = new KeptTimes();
    for (let row = 0; row < requests.count; row += 1) {
      if (!isAsked(row)) continue;
      if (by === 'user') {
        // Beyond the first rows of a log users are not read.
        if (user![row] === 0) continue;
        named ||= user![row]! % 2 === 1;
      }
      const at = requests.startMs[row]!;
      const part = partOf(row);
      const does = fetches[row] === 1;
      const last = lastMs.get(part);
      if (by === 'instance' && last !== undefined && at - last > fetchMs) kept.add(part, at - last, does);
      if (does) fetched.add(part);
      // What was cached before the log begins is not known.
      const age = last === undefined ? (at - window.fromMs > SURELY_OVER * usableMs ? Infinity : Number.NaN) : at - last;
      if (does) {
        if (age <= fetchMs) continue;
        if (age > SURELY_ALIVE * usableMs) explained += 1;
        else if (age <= SURELY_ALIVE * usableMs) alive += 1;
        lastMs.set(part, at);
      } else if (age > SURELY_OVER * usableMs) {
        refused += 1;
        lastMs.set(part, at);
      } else if (age > fetchMs && age <= SURELY_ALIVE * usableMs) served += 1;
    }
    // One cache for each instance is what others have to be better than, also where few fetches were not made in flight of another.
    const isPlain = by === 'instance';
    if (explained + alive < (isPlain ? 0 : ENOUGH)) continue;
    const precision = explained + alive === 0 ? 1 : explained / (explained + alive);
    const recall = explained + refused === 0 ? 1 : explained / (explained + refused);
    // A cache is known by those whom it serves: where nobody comes back within a life, each first request fetches without one too.
    const serves = isPlain ? 1 : served < ENOUGH ? 0 : served / (served + alive);
    const fit = precision + recall === 0 ? 0 : (serves * (2 * precision * recall)) / (precision + recall);
    found.push({
      by,
      explained: precision,
      complete: recall,
      fit,
      pieces: explained + alive + refused,
      parts: fetched.size,
      named,
      ...(isPlain ? { ttl: kept.between } : {}),
      single: true,
    });
  }
  return found;
}

/**
 * How long tokens are kept, if for a fixed time: longer than they were when they were last used, and not longer than they were when the
 * next one was fetched. Requests that were given the wrong fetch are few: the outermost twentieth of either side is left out.
 */
class KeptTimes {
  private readonly used = new Map<number, number>();
  private readonly low: number[] = [];
  private readonly high: number[] = [];

  add(part: number, age: number, fetches: boolean): void {
    if (!fetches) {
      this.used.set(part, age);
      return;
    }
    this.low.push(this.used.get(part) ?? 0);
    this.high.push(age);
    this.used.delete(part);
  }

  get between(): Between | undefined {
    const { low, high } = this;
    if (high.length < 8) return undefined;
    const at = (values: readonly number[], share: number): number =>
      Float64Array.from(values).sort()[Math.min(values.length - 1, Math.floor(share * values.length))]!;
    const out = { lowMs: at(low, 0.95), highMs: at(high, 0.05) };
    // The part that is left out overlaps a little where requests are dense.
    return out.lowMs > 1.03 * out.highMs
      ? undefined
      : { lowMs: Math.min(out.lowMs, out.highMs), highMs: Math.max(out.lowMs, out.highMs) };
  }
}

const LIVES_SEEN = 2;
/** Parts of a life that fetches are counted in. */
const BINS_A_LIFE = 30;
/** What numbers alone can say: as many workers as there are routes look the same. */
const MOST_FROM_NUMBERS = 0.7;

/**
 * The same where stamps are too coarse to tell which request fetched: each partition is played through, and its fetches are counted over time
 * beside those of the log. Two independent counts differ by sum (p - a)^2 / sum (p + a), about 1 (the variance of a difference of Poisson
 * counts is the sum of their means); far below that one must know the other. Only for the one key of a run: no request tells which it needs.
 */
export function partitionsByNumbers(
  { requests }: RunJoin,
  startMs: Float64Array,
  lives: readonly number[],
  window: { readonly fromMs: number; readonly toMs: number },
): Partition[] {
  const found: Partition[] = [];
  const routes = requests.routes.length;
  const { user } = requests;
  const kinds: readonly (readonly [PartitionBy, (row: number) => number])[] = [
    ['instance', (row) => requests.instance[row]!],
    ['route', (row) => requests.instance[row]! * routes + requests.route[row]!],
    ...(user === undefined ? [] : [['user', (row: number) => requests.instance[row]! * 2 ** 33 + user[row]!] as const]),
  ];
  if (startMs.length < ENOUGH) return found;
  for (const [by, partOf] of kinds) {
    let best: Partition | undefined;
    for (const usableMs of new Set(lives)) {
      // Within one life every cache fills up, and numbers are as many as there are parts.
      if (window.toMs - window.fromMs < LIVES_SEEN * usableMs) continue;
      const binMs = Math.max(5000, usableMs / BINS_A_LIFE);
      const bins = Math.min(100_000, Math.max(1, Math.ceil((window.toMs - window.fromMs) / binMs)));
      const binOf = (ms: number): number => Math.min(bins - 1, Math.max(0, Math.floor((ms - window.fromMs) / binMs)));
      const predicted = new Uint32Array(bins);
      const actual = new Uint32Array(bins);
      const untilMs = new Map<number, number>();
      let toMs = window.fromMs;
      let named = false;
      for (let row = 0; row < requests.count; row += 1) {
        if (requests.dropped[row] === 1 || (by === 'user' && user![row] === 0)) continue;
        const at = requests.startMs[row]!;
        toMs = at;
        const part = partOf(row);
        named ||= by === 'user' && user![row]! % 2 === 1;
        if (at < (untilMs.get(part) ?? -Infinity)) continue;
        untilMs.set(part, at + usableMs);
        predicted[binOf(at)]! += 1;
      }
      for (const at of startMs) if (at <= toMs + 1000) actual[binOf(at)]! += 1;
      let [squares, sum, hits, all, made] = [0, 0, 0, 0, 0];
      for (let bin = 0; bin < bins; bin += 1) {
        const [p, a] = [predicted[bin]!, actual[bin]!];
        squares += (p - a) ** 2;
        sum += p + a;
        hits += Math.min(p, a);
        all += p;
        made += a;
      }
      const fit = made < ENOUGH || all === 0 ? 0 : MOST_FROM_NUMBERS * Math.max(0, 1 - squares / sum);
      if (best !== undefined && fit <= best.fit) continue;
      best = {
        by,
        explained: made === 0 ? 0 : hits / made,
        complete: all === 0 ? 0 : hits / all,
        fit,
        pieces: made,
        parts: untilMs.size,
        named,
        single: false,
      };
    }
    if (best !== undefined) found.push(best);
  }
  return found;
}

/** Below, what a partition predicts and what happened differ too much. */
const GOOD_FIT = 0.7;
const GOOD_NUMBERS = 0.45;

/** The partition that predicts the fetches, if one does so clearly better than caches of whole instances. */
export function bestPartition(all: readonly Partition[]): Partition | undefined {
  const plain = all.find(({ by }) => by === 'instance')?.fit ?? 0;
  return all
    .filter(({ by, fit, single }) => by !== 'instance' && fit >= (single ? GOOD_FIT : GOOD_NUMBERS) && fit >= plain + 0.2)
    .sort((a, b) => b.fit - a.fit)[0];
}

/** Which request each fetch was given to, by key of the plan. */
export class GivenFetches {
  private readonly indexOf = new Map<KeyPlan, number>();
  private readonly begins: Uint32Array;
  private readonly rows: Int32Array;

  constructor(
    readonly run: RunJoin,
    keys: readonly KeyPlan[],
  ) {
    const { fetches, requestOf } = run;
    keys.forEach((key, index) => {
      this.indexOf.set(key, index);
    });
    this.begins = new Uint32Array(keys.length + 2);
    for (let fetch = 0; fetch < fetches.count; fetch += 1) this.begins[fetches.key[fetch]! + 2]! += 1;
    for (let key = 2; key < this.begins.length; key += 1) this.begins[key]! += this.begins[key - 1]!;
    this.rows = new Int32Array(fetches.count);
    for (let fetch = 0; fetch < fetches.count; fetch += 1) this.rows[this.begins[fetches.key[fetch]! + 1]!++] = requestOf[fetch]!;
  }

  /** Nothing else of the run is fetched with. */
  isOnly(key: KeyPlan): boolean {
    return this.indexOf.size === 1 && this.indexOf.has(key);
  }

  /** In the order of the fetches; without those that no request was found for. */
  rowsOf(key: KeyPlan): number[] {
    const index = this.indexOf.get(key);
    if (index === undefined) return [];
    return [...this.rows.subarray(this.begins[index]!, this.begins[index + 1]!)].filter((row) => row >= 0);
  }
}
