/** Hit ratios: derived ones from demand and fetches, logged ones from cache words. The two are never mixed. */
import { cacheWords } from '../events/request-batch.js';
import type { Counted } from './counted.js';
import type { DemandBook } from './demand.js';
import type { KeyPlan } from './fetch-table.js';
import type { JoinedRun } from './join-run.js';
import { round, share, sumOf } from './numbers.js';
import type { FileTally } from './part.js';
import type { Analysis, CacheCounts, Role, RouteResult } from './result.js';
import type { FinishInput } from './run-facts.js';
import type { RunTotals } from './run-totals.js';

const MAX_ROUTES_SHOWN = 100;

export interface DemandFigures {
  readonly count: number | null;
  readonly observed: number | null;
  readonly excess: number;
  readonly achievable: (headline: Counted, holder: 'node' | 'shared') => number | null;
}

/** Hit ratios: only where it is known which requests needed the tokens that were fetched. */
export function demandOf({ linked }: Pick<RunTotals, 'linked'>, book: DemandBook, plans: readonly KeyPlan[]): DemandFigures {
  if (linked.keys > 0) {
    const { demand: count, sharedOk: ok, sharedNecessary, nodeNecessary } = linked;
    const isWhole = plans.filter((key) => key.grant === 'service' && key.ok > 0 && !key.overflow).length === 1;
    return {
      // With several tokens, the requests of those whose demand is not known count too.
      count: isWhole ? count : Math.max(count, book.total),
      observed: count === 0 ? null : round(Math.max(0, 1 - ok / count), 6),
      excess: count === 0 ? 0 : Math.max(0, ok - count),
      achievable: (_, holder) =>
        count === 0 ? null : round(Math.max(0, 1 - (holder === 'shared' ? sharedNecessary : nodeNecessary) / count), 6),
    };
  }
  if (book.instances.length === 0) return { count: null, observed: null, excess: 0, achievable: () => null };
  const count = book.total;
  const serving = plans.filter((key) => key.grant === 'service' && key.ok > 0 && !key.overflow);
  const callers = new Set(serving.flatMap((key) => key.holders));
  // Several tokens, but one caller: all of them serve the requests of this gateway.
  // One key whose demand is not known all the same: the logs do not overlap.
  if (serving.length === 1) return { count: null, observed: null, excess: 0, achievable: () => null };
  if (callers.size !== 1 || count === 0) return { count, observed: null, excess: 0, achievable: () => null };
  const ok = sumOf(serving, (key) => key.ok);
  return {
    count,
    observed: round(Math.max(0, 1 - ok / count), 6),
    excess: Math.max(0, ok - count),
    achievable: (headline) => round(Math.max(0, 1 - headline.necessary / count), 6),
  };
}

const cacheCounts = (cache: Float64Array): CacheCounts => {
  const of = (word: (typeof cacheWords)[number]): number => cache[cacheWords.indexOf(word)]!;
  const [hit, miss, expired, stale, updating, revalidated, bypass] = (
    ['hit', 'miss', 'expired', 'stale', 'updating', 'revalidated', 'bypass'] as const
  ).map(of);
  const all = cache.reduce((total, count, index) => (index === 0 ? total : total + count), 0);
  return {
    hit: hit!,
    miss: miss!,
    expired: expired!,
    stale: stale!,
    updating: updating!,
    revalidated: revalidated!,
    bypass: bypass!,
    hitRatio: share(hit! + stale! + updating!, all),
  };
};

interface RouteSum {
  requests: number;
  demand: number;
  readonly cache: Float64Array;
}

function routeSums(
  input: FinishInput,
  tallies: readonly (readonly FileTally[])[],
  wanted: (file: number) => boolean,
): [string, RouteSum][] {
  const byName = new Map<string, RouteSum>();
  for (const part of input.parts) {
    for (const list of tallies) {
      for (const tally of list) {
        if (part.files.get(tally.file) !== tally || !wanted(tally.file)) continue;
        for (const [id, counters] of tally.routes) {
          const name = input.settleRoute(part.names.routes[id]!.path);
          const known = byName.get(name);
          const into = known ?? { requests: 0, demand: 0, cache: new Float64Array(cacheWords.length) };
          if (known === undefined) byName.set(name, into);
          into.requests += counters.requests;
          into.demand += counters.demand;
          for (let word = 0; word < cacheWords.length; word += 1) into.cache[word]! += counters.cache[word]!;
        }
      }
    }
  }
  return [...byName].sort(([a, one], [b, other]) => other.requests - one.requests || (a < b ? -1 : 1));
}

const hasCacheWord = (cache: Float64Array): boolean => cache.some((count, word) => word > 0 && count > 0);

export function loggedCache(input: FinishInput, tallies: readonly (readonly FileTally[])[]): Analysis['totals']['loggedCache'] {
  return routeSums(input, tallies, () => true)
    .filter(([, { cache }]) => hasCacheWord(cache))
    .slice(0, MAX_ROUTES_SHOWN)
    .map(([route, { cache }]) => ({ route, ...cacheCounts(cache) }));
}

/** Routes of the gateways, most requests first; what is beyond the cap is one last row. */
export function routeResults(
  input: FinishInput,
  tallies: readonly (readonly FileTally[])[],
  roles: readonly Role[],
  joined: JoinedRun['routes'],
): RouteResult[] {
  const all = routeSums(input, tallies, (file) => roles[file] === 'gateway');
  const shown = all.slice(0, MAX_ROUTES_SHOWN);
  const rest = all.slice(MAX_ROUTES_SHOWN);
  if (rest.length > 0) {
    const others: RouteSum = { requests: 0, demand: 0, cache: new Float64Array(cacheWords.length) };
    for (const [, one] of rest) {
      others.requests += one.requests;
      others.demand += one.demand;
      for (let word = 0; word < cacheWords.length; word += 1) others.cache[word]! += one.cache[word]!;
    }
    shown.push([`(${rest.length} other routes)`, others]);
  }
  return shown.map(([route, { requests, demand, cache }]) => ({
    route,
    requests: requests - (joined.get(route)?.dropped ?? 0),
    demand: demand - (joined.get(route)?.dropped ?? 0),
    fetches: joined.get(route)?.fetches ?? 0,
    taxMs: joined.get(route)?.taxMs ?? null,
    loggedCache: hasCacheWord(cache) ? cacheCounts(cache) : null,
  }));
}
