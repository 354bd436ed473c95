/**
 * Two results held against each other: what changed, by how much, and whether it is more than the noise of the logs themselves.
 *
 * A rate is a ratio of sums over the cells of a timeline (fetches over requests). Requests and fetches come in bursts, so that single
 * ones are not independent; cells of many seconds nearly are. The variance of the ratio is that of a cluster sample (Cochran, Sampling
 * Techniques, 1977, section 6.3): `var(R) = n/(n-1) * sum((F_i - R D_i)^2) / (sum D)^2`, never less than that of counts (Poisson). Two
 * rates are compared on the logarithm, with Student's t at the smaller number of cells less one.
 */

import { round } from '../analysis/numbers.js';
import type { Analysis, KeyResult } from '../analysis/result.js';

export type ChangeVerdict = 'better' | 'same' | 'worse' | 'inconclusive';

export interface Change {
  readonly id:
    | 'fetchesPer1000'
    | 'fetchesPerHour'
    | 'hitRatio'
    | 'redundantShare'
    | 'failedShare'
    | 'waitPerCallMs'
    | 'callsPerHour';
  readonly unit: 'per 1,000' | 'per hour' | 'share' | 'ms';
  readonly before: number | null;
  readonly after: number | null;
  /** `relative`: after / before - 1; `points`: after - before. */
  readonly kind: 'relative' | 'points';
  readonly change: number | null;
  /** 95 % interval of the change; null where none is given. */
  readonly low: number | null;
  readonly high: number | null;
  /** null: context, not an achievement. */
  readonly verdict: ChangeVerdict | null;
  /** Why it is inconclusive. */
  readonly why: string | null;
}

export interface Comparison {
  readonly verdict: ChangeVerdict;
  readonly changes: readonly Change[];
  /** Parts of the change of fetches per 1,000 calls: fetching otherwise, and other clients. null: demand by client is not known. */
  readonly parts: { readonly behaviour: number; readonly mix: number } | null;
  /** Clients that are only in one of the two, or too small in one. */
  readonly notComparable: readonly string[];
  readonly warnings: readonly string[];
}

interface Rate {
  readonly value: number;
  /** Variance of its logarithm. */
  readonly logVariance: number;
  /** Variance of itself. */
  readonly variance: number;
  readonly cells: number;
}

/** Cells that two rates need: below, their spread says nothing. */
const MIN_CELLS = 10;
/** A change that is not told from none is "same" if a change this large would have been seen. */
const SEEN = 0.2;
/** Clients with fewer calls than this are not compared. */
const MIN_CALLS = 50;

/** Student's t for 95 % on both sides, by the expansion of Cornish and Fisher (Abramowitz and Stegun, 26.7.5). */
export function studentT(df: number): number {
  const z = 1.959963985;
  const g1 = (z ** 3 + z) / 4;
  const g2 = (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96;
  const g3 = (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384;
  return z + g1 / df + g2 / df ** 2 + g3 / df ** 3;
}

/** Neighbouring cells are joined until there are few enough that a token's life lies within one where that leaves enough of them. */
function blocks({ timeline, keys }: Analysis): { requests: number; fetches: number; redundant: number }[] {
  const first = timeline[0];
  const second = timeline[1];
  const cells = timeline.map(({ requests, fetches, necessary }) => ({
    requests,
    fetches,
    redundant: Math.max(0, fetches - necessary),
  }));
  if (first === undefined || second === undefined) return cells;
  const widthMs = Date.parse(second.from) - Date.parse(first.from);
  const lifeMs = 1000 * Math.max(0, ...keys.map(({ lifetimeSeconds }) => lifetimeSeconds?.median ?? 0));
  const per = Math.max(1, Math.min(Math.ceil(lifeMs / widthMs), Math.floor(cells.length / (2 * MIN_CELLS))));
  const joined: { requests: number; fetches: number; redundant: number }[] = [];
  for (let at = 0; at + per <= cells.length; at += per) {
    const part = cells.slice(at, at + per);
    const sum = (pick: (cell: (typeof cells)[number]) => number): number => part.reduce((total, cell) => total + pick(cell), 0);
    joined.push({
      requests: sum(({ requests }) => requests),
      fetches: sum(({ fetches }) => fetches),
      redundant: sum(({ redundant }) => redundant),
    });
  }
  return joined;
}

/** `top` over `bottom`, whose totals are the exact ones: cells only say how much they spread. */
function rateOf(pairs: readonly (readonly [top: number, bottom: number])[], top: number, bottom: number): Rate | null {
  const used = pairs.filter(([, weight]) => weight > 0);
  const n = used.length;
  const weights = used.reduce((sum, [, weight]) => sum + weight, 0);
  const tops = used.reduce((sum, [count]) => sum + count, 0);
  if (bottom <= 0 || n < MIN_CELLS || weights <= 0) return null;
  const value = top / bottom;
  const ratio = tops / weights;
  const squares = used.reduce((sum, [count, weight]) => sum + (count - ratio * weight) ** 2, 0);
  const clustered = ratio === 0 ? 0 : ((n / (n - 1)) * squares) / (ratio * weights) ** 2;
  const logVariance = Math.max(clustered, 1 / (top + 0.5));
  return { value, logVariance, variance: logVariance * Math.max(value, 0.5 / bottom) ** 2, cells: n };
}

const nothing = { change: null, low: null, high: null } as const;

type Named = Pick<Change, 'id' | 'unit'>;

function inconclusive(named: Named, kind: Change['kind'], before: number | null, after: number | null, why: string): Change {
  return { ...named, kind, before, after, ...nothing, verdict: 'inconclusive', why };
}

const FEW = 'too little in one of the two logs to tell a change from noise';

/** A change of a rate that is better when it is lower. */
function relative(
  named: Named,
  before: Rate | null,
  after: Rate | null,
  shown: readonly [number | null, number | null],
  scale: number,
): Change {
  if (before === null || after === null) return inconclusive(named, 'relative', shown[0], shown[1], FEW);
  // What was never fetched was fetched less than once.
  const floor = (rate: Rate): number => Math.max(rate.value, Math.sqrt(rate.variance) / 2);
  const log = Math.log(floor(after) / floor(before));
  const half = studentT(Math.min(before.cells, after.cells) - 1) * Math.sqrt(before.logVariance + after.logVariance);
  const [low, high] = [Math.exp(log - half) - 1, Math.exp(log + half) - 1];
  const value = before.value === 0 ? null : after.value / before.value - 1;
  const verdict = high < 0 ? 'better' : low > 0 ? 'worse' : Math.exp(half) - 1 <= SEEN ? 'same' : 'inconclusive';
  return {
    ...named,
    kind: 'relative',
    before: round(before.value * scale, 6),
    after: round(after.value * scale, 6),
    change: value === null ? null : round(value, 6),
    low: round(low, 6),
    high: round(high, 6),
    verdict,
    why:
      verdict === 'inconclusive'
        ? `a change of less than ${Math.round((Math.exp(half) - 1) * 100)} % would not have been seen`
        : null,
  };
}

/** A change of a share in points; `sign` is 1 where more is better. */
function points(
  named: Named,
  before: Rate | null,
  after: Rate | null,
  shown: readonly [number | null, number | null],
  sign: 1 | -1,
): Change {
  if (before === null || after === null || shown[0] === null || shown[1] === null)
    return inconclusive(named, 'points', shown[0], shown[1], FEW);
  const change = shown[1] - shown[0];
  const half = studentT(Math.min(before.cells, after.cells) - 1) * Math.sqrt(before.variance + after.variance);
  const [low, high] = [Math.max(-1, change - half), Math.min(1, change + half)];
  const better = sign > 0 ? low > 0 : high < 0;
  const worse = sign > 0 ? high < 0 : low > 0;
  const verdict = better ? 'better' : worse ? 'worse' : half <= SEEN / 2 ? 'same' : 'inconclusive';
  return {
    ...named,
    kind: 'points',
    before: shown[0],
    after: shown[1],
    change: round(change, 6),
    low: round(low, 6),
    high: round(high, 6),
    verdict,
    why: verdict === 'inconclusive' ? `a change of less than ${Math.round(half * 100)} points would not have been seen` : null,
  };
}

const hours = ({ window }: Analysis): number =>
  window === null ? 0 : (Date.parse(window.to) - Date.parse(window.from)) / 3_600_000;

/** Holds `after` against `before`. Both may be of any length and traffic; what depends on traffic alone is context. */
export function compare(before: Analysis, after: Analysis): Comparison {
  const both = [before, after] as const;
  const cells = both.map(blocks);
  const demandKnown = both.every(({ totals }) => totals.demand !== null && totals.demand > 0);
  const perCall = both.map(({ totals }, side) =>
    rateOf(
      cells[side]!.map(({ fetches, requests }) => [fetches, requests]),
      totals.fetches.ok,
      totals.demand ?? 0,
    ),
  );
  const perHour = both.map((one, side) =>
    rateOf(
      cells[side]!.map(({ fetches }) => [fetches, 1]),
      one.totals.fetches.ok,
      hours(one),
    ),
  );
  const redundant = both.map(({ totals }, side) =>
    rateOf(
      cells[side]!.map((cell) => [cell.redundant, cell.fetches]),
      totals.fetches.redundant,
      totals.fetches.ok,
    ),
  );
  const pair = (pick: (one: Analysis) => number | null): [number | null, number | null] => [pick(before), pick(after)];
  const main = demandKnown
    ? relative({ id: 'fetchesPer1000', unit: 'per 1,000' }, perCall[0]!, perCall[1]!, pair(per1000), 1000)
    : relative({ id: 'fetchesPerHour', unit: 'per hour' }, perHour[0]!, perHour[1]!, pair(fetchesPerHour), 1);
  const changes: Change[] = [
    main,
    ...(demandKnown
      ? [
          points(
            { id: 'hitRatio', unit: 'share' },
            perCall[0]!,
            perCall[1]!,
            pair(({ totals }) => totals.hitRatio.observed),
            1,
          ),
        ]
      : []),
    points(
      { id: 'redundantShare', unit: 'share' },
      redundant[0]!,
      redundant[1]!,
      pair(({ totals }) => totals.redundantShare.value),
      -1,
    ),
    context({ id: 'failedShare', unit: 'share' }, 'points', pair(failedShare)),
    context({ id: 'waitPerCallMs', unit: 'ms' }, 'relative', pair(waitPerCall)),
    context({ id: 'callsPerHour', unit: 'per hour' }, 'relative', pair(callsPerHour)),
  ].filter(
    ({ before, after, verdict }) => (before !== null || after !== null) && !(verdict === null && before === 0 && after === 0),
  );
  const clients = both.map(byClient);
  return {
    verdict: overall(main, before, after),
    changes,
    parts: demandKnown ? partsOf(clients[0]!, clients[1]!) : null,
    notComparable: demandKnown ? smallClients(clients[0]!, clients[1]!) : [],
    warnings: warningsOf(before, after),
  };
}

const per1000 = ({ totals: { fetches, demand } }: Analysis): number | null =>
  demand === null || demand === 0 ? null : round((fetches.ok * 1000) / demand, 6);
const fetchesPerHour = (one: Analysis): number | null => (hours(one) === 0 ? null : round(one.totals.fetches.ok / hours(one), 6));
const callsPerHour = (one: Analysis): number | null =>
  one.totals.demand === null || hours(one) === 0 ? null : round(one.totals.demand / hours(one), 6);
const failedShare = ({ totals: { fetches } }: Analysis): number | null =>
  fetches.ok + fetches.failed === 0 ? null : round(fetches.failed / (fetches.ok + fetches.failed), 6);
const waitPerCall = ({ totals: { demand, latency } }: Analysis): number | null =>
  demand === null || demand === 0 || latency.redundantWaitMs === null ? null : round(latency.redundantWaitMs / demand, 6);

function context(named: Named, kind: Change['kind'], [before, after]: readonly [number | null, number | null]): Change {
  const known = before !== null && after !== null && !(kind === 'relative' && before === 0);
  const change = known ? round(kind === 'relative' ? after / before - 1 : after - before, 6) : null;
  return { ...named, kind, before, after, change, low: null, high: null, verdict: null, why: null };
}

/** A result that decides nothing cannot be better than another. */
function overall(main: Change, before: Analysis, after: Analysis): ChangeVerdict {
  if (!before.complete || !after.complete) return 'inconclusive';
  if (before.inconclusive !== null || after.inconclusive !== null) return 'inconclusive';
  return main.verdict ?? 'inconclusive';
}

interface Client {
  calls: number;
  fetches: number;
}

function byClient({ keys }: Analysis): Map<string, Client> {
  const all = new Map<string, Client>();
  for (const { client, demand, fetches } of keys as readonly KeyResult[]) {
    if (demand === null) continue;
    const one = all.get(client) ?? { calls: 0, fetches: 0 };
    all.set(client, one);
    one.calls += demand;
    one.fetches += fetches.ok;
  }
  return all;
}

/** Kitagawa's two parts (1955): the change of each client's rate at the mean mix, and the change of the mix at the mean rates. */
function partsOf(before: ReadonlyMap<string, Client>, after: ReadonlyMap<string, Client>): Comparison['parts'] {
  const total = (of: ReadonlyMap<string, Client>): number => [...of.values()].reduce((sum, { calls }) => sum + calls, 0);
  const [callsBefore, callsAfter] = [total(before), total(after)];
  if (callsBefore === 0 || callsAfter === 0) return null;
  let behaviour = 0;
  let mix = 0;
  for (const client of [...new Set([...before.keys(), ...after.keys()])].sort()) {
    const was = before.get(client) ?? { calls: 0, fetches: 0 };
    const is = after.get(client) ?? { calls: 0, fetches: 0 };
    const rateBefore = was.calls === 0 ? (is.calls === 0 ? 0 : is.fetches / is.calls) : was.fetches / was.calls;
    const rateAfter = is.calls === 0 ? rateBefore : is.fetches / is.calls;
    const [shareBefore, shareAfter] = [was.calls / callsBefore, is.calls / callsAfter];
    behaviour += ((shareBefore + shareAfter) / 2) * (rateAfter - rateBefore);
    mix += (shareAfter - shareBefore) * ((rateBefore + rateAfter) / 2);
  }
  return { behaviour: round(behaviour * 1000, 6), mix: round(mix * 1000, 6) };
}

function smallClients(before: ReadonlyMap<string, Client>, after: ReadonlyMap<string, Client>): string[] {
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((client) => Math.min(before.get(client)?.calls ?? 0, after.get(client)?.calls ?? 0) < MIN_CALLS)
    .sort();
}

function warningsOf(before: Analysis, after: Analysis): string[] {
  const warnings: string[] = [];
  if (!before.complete) warnings.push('the first result is partial: not all of its input was read');
  if (!after.complete) warnings.push('the second result is partial: not all of its input was read');
  for (const [which, one] of [
    ['first', before],
    ['second', after],
  ] as const)
    if (one.inconclusive !== null) warnings.push(`the ${which} result is inconclusive: ${one.inconclusive}`);
  if (before.tool.version !== after.tool.version)
    warnings.push(`made by two versions (${before.tool.version}, ${after.tool.version}): a change may be that of the program`);
  if (before.totals.holder !== after.totals.holder)
    warnings.push('one result counts for each node, the other for one shared cache');
  const formats = ({ input }: Analysis): string =>
    [...new Set(input.files.flatMap(({ format }) => format ?? []))].sort().join(', ');
  if (formats(before) !== formats(after)) warnings.push(`read from other formats: ${formats(before)}; ${formats(after)}`);
  const prices = ({ cost }: Analysis): string =>
    JSON.stringify(cost?.items.map(({ id, unitPrice, tiers }) => [id, cost.currency, unitPrice, tiers]) ?? null);
  if (prices(before) !== prices(after)) warnings.push('the two have different prices: costs are not compared');
  return warnings;
}
