/**
 * Whether a change did what was promised. The promise is what the simulation of the first result says of a policy, as a multiple of
 * what a perfect cache needs there; times what a perfect cache needs in the second result, it is a promise for the second one's own
 * demand, holders and lifetimes. Pure data to data.
 */
import type { Analysis, KeyResult, PolicyResult } from '../analysis/result.js';
import { TokenTaxError } from '../errors.js';
import { compare } from '../simulation/compare.js';
import { type Policy, parsePolicy } from '../simulation/policy.js';
import { lineOf, simulatedScope } from './expected.js';

export type Kept = 'kept' | 'partly' | 'not' | 'cannot tell';

export interface VerifiedKey {
  readonly key: string;
  readonly client: string;
  readonly verdict: Kept;
  /** Fetches in the first result. */
  readonly before: number;
  /** What the second would have if nothing had changed. */
  readonly asBefore: number | null;
  readonly promised: { readonly low: number; readonly high: number | null } | null;
  readonly measured: number | null;
  /** Part of the promised saving that was reached; null where it cannot be said. */
  readonly reached: number | null;
  readonly why: string | null;
}

export interface Verified {
  readonly verdict: Kept;
  readonly policy: string;
  readonly total: VerifiedKey;
  readonly keys: readonly VerifiedKey[];
  readonly notes: readonly string[];
}

export const DEFAULT_POLICY = 'node,single-flight';

const refuse = (message: string, why: string, help?: string): TokenTaxError =>
  new TokenTaxError('BAD_RESULT', message, { why, ...(help === undefined ? {} : { help }) });

interface Need {
  readonly low: number;
  readonly high: number;
}

/** What a perfect cache fetches: in each node, or one for all. */
const needOf = ({ fetches, shared }: KeyResult, policy: Policy): Need =>
  policy.cache === 'shared'
    ? { low: shared.necessary, high: shared.necessary + fetches.unknown }
    : { low: fetches.necessary, high: fetches.necessary + fetches.unknown };

const hoursOf = ({ window }: Analysis): number =>
  window === null ? 0 : (Date.parse(window.to) - Date.parse(window.from)) / 3_600_000;

/**
 * `policy` is that of the remedy; undefined: one fetch at a time and a cache in each node. Throws BAD_RESULT where the two cannot be
 * held against each other: counted for other holders, no client in common, the policy not played in the first.
 */
export function verifyFix(before: Analysis, after: Analysis, wanted: Policy | undefined, lifeMs = 300_000): Verified {
  const policy = wanted ?? parsePolicy(DEFAULT_POLICY);
  if (before.totals.holder !== after.totals.holder)
    throw refuse(
      'the two results count differently',
      `the first for ${before.totals.holder === 'node' ? 'each node' : 'one shared cache'}, the second for ${after.totals.holder === 'node' ? 'each node' : 'one shared cache'}`,
      'Analyze both with the same --holder.',
    );
  if (before.simulation === null)
    throw refuse('the first result promises nothing', 'it has no simulation: no fetch could be played through');
  const line = lineOf(before.simulation, policy, lifeMs);
  if (line === undefined)
    throw refuse(
      'the first result does not say what this remedy would save',
      `it has no simulation of the policy ${policy.id}`,
      `token-tax simulate LOGS --policy ${policy.id} --output json=before.json`,
    );
  const pairs = pairsOf(before, after);
  const chosen = pairs.filter(({ was }) => simulatedScope(before, was.id) !== undefined);
  const one = chosen.length > 1 && simulatedScope(before, null) !== 'run';
  const used = one ? chosen.filter(({ was }) => simulatedScope(before, was.id) === 'key') : chosen;
  if (used.every(({ is }) => is === undefined))
    throw refuse(
      'the two results have no client in common',
      'none of the token endpoints and clients of the first has a fetch in the second',
      'Analyze the log of the issuer, or of the gateway, of the same clients in both.',
    );
  const ratio = ratioOf(
    line,
    used.map(({ was }) => needOf(was, policy)),
  );
  const general = reasonAgainst(before, after);
  const keys = used.map(({ was, is }) => judgeKey(before, after, was, is, policy, ratio, general));
  const total = judgeTotal(before, after, used, policy, ratio, general);
  return { verdict: total.verdict, policy: policy.id, total, keys, notes: notesOf(before, after, used) };
}

interface Pair {
  readonly was: KeyResult;
  readonly is: KeyResult | undefined;
}

/** By id, which is made of endpoint, client, scope and audience; else the only key of that client in both. */
function pairsOf(before: Analysis, after: Analysis): Pair[] {
  return before.keys
    .filter(({ grant, fetches }) => grant !== 'user' && fetches.ok > 0)
    .map((was) => {
      const same = after.keys.find(({ id }) => id === was.id);
      if (same !== undefined || was.basis.client === 'address') return { was, is: same };
      const alone = (keys: readonly KeyResult[]) => {
        const found = keys.filter(({ client, basis }) => client === was.client && basis.client !== 'address');
        return found.length === 1 ? found[0] : undefined;
      };
      return { was, is: alone(before.keys) === was ? alone(after.keys) : undefined };
    });
}

interface Ratio {
  readonly low: number;
  readonly high: number | null;
}

/** Fetches of the policy for each that a perfect cache needs; null: there is nothing to divide by. */
function ratioOf({ fetches }: PolicyResult, needs: readonly Need[]): Ratio | null {
  const low = needs.reduce((sum, need) => sum + need.low, 0);
  const high = needs.reduce((sum, need) => sum + need.high, 0);
  if (low === 0 || high === 0) return null;
  return {
    low: Math.min(fetches.low / low, fetches.low / high, 1),
    high: fetches.high === null ? null : Math.max(fetches.high / high, 1),
  };
}

function reasonAgainst(before: Analysis, after: Analysis): string | undefined {
  if (!before.complete) return 'the first result is partial: not all of its input was read';
  if (!after.complete) return 'the second result is partial: not all of its input was read';
  if (before.inconclusive !== null) return `the first result is inconclusive: ${before.inconclusive}`;
  // No fetch at all is what a kept promise may look like in a short log, and what a log of something else looks like.
  if (after.inconclusive !== null) return `the second result is inconclusive: ${after.inconclusive}`;
  return undefined;
}

/** What the second would have had: by requests where both know them, else by time. */
function scaled(
  fetches: number,
  demands: readonly [number | null, number | null],
  hours: readonly [number, number],
): number | null {
  const [was, is] = demands;
  if (was !== null && is !== null && was > 0) return (fetches / was) * is;
  return hours[0] > 0 ? (fetches / hours[0]) * hours[1] : null;
}

function judgeKey(
  before: Analysis,
  after: Analysis,
  was: KeyResult,
  is: KeyResult | undefined,
  policy: Policy,
  ratio: Ratio | null,
  general: string | undefined,
): VerifiedKey {
  const named = { key: was.id, client: was.client, before: was.fetches.ok };
  if (is === undefined)
    return {
      ...named,
      verdict: 'cannot tell',
      asBefore: null,
      promised: null,
      measured: null,
      reached: null,
      why: 'the second result has no fetch of it',
    };
  const asBefore = scaled(was.fetches.ok, [was.demand, is.demand], [hoursOf(before), hoursOf(after)]);
  const judged = judge(asBefore, is.fetches.ok, promiseOf(needOf(is, policy), is.holders, ratio), was.fetches.redundant, general);
  return { ...named, ...judged };
}

function judgeTotal(
  before: Analysis,
  after: Analysis,
  pairs: readonly Pair[],
  policy: Policy,
  ratio: Ratio | null,
  general: string | undefined,
): VerifiedKey {
  const both = pairs.flatMap(({ was, is }) => (is === undefined ? [] : [{ was, is }]));
  const sum = (pick: (pair: { was: KeyResult; is: KeyResult }) => number): number =>
    both.reduce((total, pair) => total + pick(pair), 0);
  const known = both.every(({ was, is }) => was.demand !== null && is.demand !== null);
  const demands = known
    ? ([sum(({ was }) => was.demand ?? 0), sum(({ is }) => is.demand ?? 0)] as const)
    : ([null, null] as const);
  const fetchesBefore = sum(({ was }) => was.fetches.ok);
  const need = { low: sum(({ is }) => needOf(is, policy).low), high: sum(({ is }) => needOf(is, policy).high) };
  const judged = judge(
    scaled(fetchesBefore, demands, [hoursOf(before), hoursOf(after)]),
    sum(({ is }) => is.fetches.ok),
    promiseOf(
      need,
      sum(({ is }) => is.holders),
      ratio,
    ),
    sum(({ was }) => was.fetches.redundant),
    general,
  );
  return { key: 'all', client: 'all clients that both have', before: fetchesBefore, ...judged };
}

/** One fetch for each holder more: the log may begin in the middle of a life. */
const promiseOf = (need: Need, holders: number, ratio: Ratio | null): VerifiedKey['promised'] =>
  ratio === null
    ? null
    : {
        low: Math.floor(need.low * ratio.low),
        high: ratio.high === null ? null : Math.ceil(need.high * ratio.high - 1e-9) + Math.max(1, holders),
      };

type Judged = Omit<VerifiedKey, 'key' | 'client' | 'before'>;

/** Twice the standard deviation of a count: what differs less is not told from chance. */
const noise = (expected: number): number => 2 * Math.sqrt(expected);

function judge(
  asBefore: number | null,
  measured: number,
  promised: VerifiedKey['promised'],
  redundantBefore: number,
  general: string | undefined,
): Judged {
  const high = promised?.high ?? null;
  const shown = { asBefore: asBefore === null ? null : Math.round(asBefore), promised, measured };
  const cannot = (why: string): Judged => ({ ...shown, verdict: 'cannot tell', reached: null, why });
  if (general !== undefined) return cannot(general);
  if (redundantBefore === 0) return cannot('nothing was redundant before: there was nothing to save');
  if (promised === null || high === null) return cannot('nothing bounds the fetches of the policy: the requests are not known');
  if (asBefore === null) return cannot('the first log has no length and its requests are not known');
  if (asBefore - noise(asBefore) <= high)
    return cannot(
      `too little in the second log: ${Math.round(asBefore)} fetches as before could not be told from the ${high} that are promised at most`,
    );
  const reached = Math.max(0, Math.min(1, (asBefore - measured) / (asBefore - high)));
  const rounded = Math.round(reached * 1000) / 1000;
  if (measured <= high) return { ...shown, verdict: 'kept', reached: 1, why: null };
  if (measured < asBefore - noise(asBefore)) return { ...shown, verdict: 'partly', reached: rounded, why: null };
  return { ...shown, verdict: 'not', reached: rounded, why: null };
}

function notesOf(before: Analysis, after: Analysis, pairs: readonly Pair[]): string[] {
  const notes = [...compare(before, after).warnings];
  const missing = pairs.filter(({ is }) => is === undefined).map(({ was }) => was.client);
  if (missing.length > 0) notes.push(`in the first result alone: ${[...new Set(missing)].slice(0, 5).join(', ')}`);
  const holders = (pick: (pair: Pair) => number): number => pairs.reduce((sum, pair) => sum + pick(pair), 0);
  const [was, is] = [
    holders(({ was: key, is: other }) => (other === undefined ? 0 : key.holders)),
    holders(({ is: key }) => key?.holders ?? 0),
  ];
  if (was !== is) notes.push(`${was} holders fetched before and ${is} do now: the promise is for ${is}`);
  if (before.window !== null && after.window !== null && after.window.from < before.window.to)
    notes.push('the second log begins before the first one ends: is it really from after the change?');
  return notes;
}
