/** Derives every figure of the result from the parts. Nothing is read here, so that the order of reading cannot matter. */
import { corroborate } from '../events/corroborate.js';
import { type Caller, cacheWords, NO_ID } from '../events/request-batch.js';
import { assessKey, type Counted, type KeyContext, type KeyVerdict, sum } from './assess-key.js';
import { costOf } from './cost.js';
import { DemandBook, largestGapMs, linkDemand, type Window } from './demand.js';
import { EXACT_STARTS } from './demand-log.js';
import { type CallerFetches, callersByKey, isServedFromCache, type KeyFetches, readKey } from './fetch-table.js';
import { grantFor, keyId } from './identity.js';
import { lifetimeOf, lifetimeRange } from './lifetime.js';
import type { AnalysisOptions } from './options.js';
import type { AnalysisPart, CallerTally, FileTally } from './part.js';
import { hiddenHoldersNeeded } from './perfect-cache.js';
import { emptyDurations, mergeDurations, quantilesOf } from './quantiles.js';
import type {
  Analysis,
  Assumption,
  CacheCounts,
  FetchCounts,
  InputFile,
  KeyResult,
  LineCounts,
  Role,
  RouteResult,
  Warning,
} from './result.js';
import { roleOf } from './roles.js';
import { SecondCounts } from './second-counts.js';
import { livesOf, timelineOfRun } from './timeline.js';

/** What is known of a file besides its requests. */
export interface FileFacts {
  readonly name: string;
  readonly group: string;
  readonly forcedRole: Role | undefined;
  readonly format: string | null;
  readonly detected: boolean;
  readonly runnerUp: InputFile['runnerUp'];
  readonly resolutionMs: number | null;
  readonly lines: LineCounts;
  readonly rejects: InputFile['rejects'];
  readonly error: string | null;
}

export interface FinishInput {
  readonly version: string;
  readonly files: readonly FileFacts[];
  readonly parts: readonly AnalysisPart[];
  readonly options: AnalysisOptions;
  readonly complete: boolean;
  readonly warnings: readonly Warning[];
  readonly assumptions: readonly Assumption[];
  /** The name of a route after all places with too many children have been folded. */
  readonly settleRoute: (route: string) => string;
}

/** Fewer ok fetches than this, and no demand to hold them against, decide nothing. */
const MIN_FETCHES = 4;
const MAX_ROUTES_SHOWN = 100;

export function finish(input: FinishInput): Analysis {
  const { files, parts, options } = input;
  const tallies = files.map((_, file) => parts.flatMap((part) => part.files.get(file) ?? []));
  const roles = files.map(({ forcedRole }, file) => roleOf(mergeTallies(tallies[file]!), forcedRole));
  const window = windowOf(tallies.flat());

  const book = demandBook(input, roles);
  const table = fetchTable(input, roles, tallies.flat(), new Set(book.instances));
  const { keys } = table;
  const links = linkDemand(book, keys);
  const context: KeyContext = {
    options,
    book,
    links,
    windowEndMs: window?.toMs ?? 0,
    issuerWindow: issuerWindow(keys, tallies, roles),
    demandCount: book.total,
  };
  const verdicts = keys.map((key) => assessKey(key, lifetimeOf(key, options.lifetimes), context)).sort(byRedundant);

  const judged = verdicts.filter(({ key }) => key.grant === 'service' && !key.overflow);
  const undecided = verdicts
    .filter(({ key }) => key.grant === 'unknown' || key.overflow)
    .reduce((total, { key }) => total + key.ok, 0);
  const node = sum(judged.map(({ node }) => node));
  const shared = sum(judged.map(({ shared }) => shared));
  const headline = options.holder === 'shared' ? shared : node;
  const add = (pick: (key: KeyFetches) => number): number => keys.reduce((total, key) => total + pick(key), 0);
  const fetches: FetchCounts = {
    all: add(({ all }) => all),
    ok: add(({ ok }) => ok),
    failed: add(({ failed }) => failed),
    excluded: add(({ excluded }) => excluded),
    necessary: headline.necessary,
    ahead: headline.ahead,
    redundant: headline.redundant,
    unknown: headline.unknown + undecided,
  };
  const redundant = {
    low: judged.reduce((total, one) => total + one.redundantLow, 0),
    high: judged.reduce((total, one) => total + highOf(options.holder === 'shared' ? one.shared : one.node), 0) + undecided,
  };
  const hidden = judged.filter(({ hides }) => hides).map((one) => (options.holder === 'shared' ? one.shared : one.node));
  const demand = demandOf(verdicts, book, links.by, keys);
  const durations = emptyDurations();
  for (const { key } of judged) mergeDurations(durations, key.durations);
  const waitMs = judged
    .flatMap(({ holders }) => holders)
    .reduce((total, { fetches, redundantFlags }) => total + waited(fetches.durationMs, redundantFlags), 0);
  const windowMs = window === null ? 0 : window.toMs - window.fromMs;
  const assumed = judged.some(({ lifetime }) => lifetime.from === 'unknown' || lifetime.from === 'provider');
  const unknownLife = judged.some(({ lifetime, key }) => lifetime.from === 'unknown' && key.ok > 0);

  return {
    schemaVersion: '1',
    tool: { name: 'token-tax', version: input.version },
    complete: input.complete,
    inconclusive: inconclusive(input, fetches, demand.count, table.possible.length > 0),
    window: window === null ? null : { from: iso(window.fromMs), to: iso(window.toMs) },
    input: {
      files: files.map((file, index) => inputFile(file, roles[index]!)),
      lines: sumLines(files.map(({ lines }) => lines)),
    },
    totals: {
      requests: tallies
        .flat()
        .reduce((total, tally) => total + tally.apiRequests + tally.tokenRequests + tally.siblingRequests, 0),
      demand: demand.count,
      fetches,
      fetchesWithoutStatus: add(({ withoutStatus }) => withoutStatus),
      holder: options.holder,
      redundantShare: {
        value: share(fetches.redundant, fetches.ok),
        low: share(redundant.low, fetches.ok),
        high: share(redundant.high, fetches.ok),
        standing: fetches.ok === 0 ? 'unknown' : assumed ? 'assumed' : 'derived',
      },
      shared: { necessary: shared.necessary, ahead: shared.ahead, redundant: shared.redundant },
      byLifetime: unknownLife ? (headline.byLifetime ?? []) : [],
      bounds: { necessary: { low: necessaryBound(headline, 'low'), high: necessaryBound(headline, 'high') }, redundant },
      hiddenHoldersNeeded:
        hidden.length === 0
          ? null
          : round(
              hiddenHoldersNeeded(
                sumOf(hidden, ({ ok }) => ok),
                sumOf(hidden, bestN),
              ),
              1,
            ),
      hitRatio: {
        observed: demand.observed,
        achievable: demand.achievable(headline, options.holder),
        moreFetchesThanRequests: demand.excess,
      },
      loggedCache: loggedCache(input, tallies),
      latency: {
        fetchMs: quantilesOf(durations),
        redundantWaitMs: durations.count === 0 ? null : waitMs,
        connectionsHeld: durations.count === 0 || windowMs === 0 ? null : round(waitMs / windowMs, 6),
      },
      peakFetchesPerSecond: table.seconds.peak,
      failedByStatus: failedByStatus(keys),
    },
    siblings: table.siblings,
    possibleEndpoints: table.possible,
    keys: keyResults(verdicts, options.holder),
    routes: routeResults(input, tallies, roles),
    timeline: window === null ? [] : timelineOfRun(judged, tallies.flat(), window),
    lives: livesOf(judged),
    join: book.instances.length === 0 || keys.length === 0 ? null : joinOf(links.by, verdicts, demand.count),
    inferred: [],
    findings: [],
    cost: options.price === undefined ? null : costOf(options.price, fetches.redundant, redundant, windowMs),
    excludedFromDemand: excludedFromDemand(tallies, roles),
    assumptions: [...input.assumptions, ...assumptionsOf(verdicts, options, links.by, demand.count)],
    warnings: [...input.warnings, ...warningsOf(verdicts, table, files, roles, book)],
    budgets: [],
  };
}

const iso = (ms: number): string => new Date(ms).toISOString();
const round = (value: number, digits: number): number => Math.round(value * 10 ** digits) / 10 ** digits;
const share = (part: number, of: number): number | null => (of === 0 ? null : round(part / of, 6));
const sumOf = <T>(list: readonly T[], pick: (one: T) => number): number => list.reduce((total, one) => total + pick(one), 0);
const bestN = (one: Counted): number => (one.byDemand ?? one.byFetches).high;
const byRedundant = (a: KeyVerdict, b: KeyVerdict): number =>
  b.node.redundant - a.node.redundant ||
  b.key.ok - a.key.ok ||
  b.key.all - a.key.all ||
  (a.key.key.text < b.key.key.text ? -1 : 1);

/** Redundant at most: with the smaller of the two counts of necessary fetches. */
function highOf(one: Counted): number {
  const n = Math.min(one.byFetches.low, one.byDemand?.low ?? Infinity);
  return Math.max(one.redundantHigh, Math.min(one.ok - one.ahead, one.ok - Math.max(n, one.timely)));
}

function necessaryBound(one: Counted, side: 'low' | 'high'): number {
  const pick = side === 'low' ? Math.min : Math.max;
  return Math.min(one.ok, pick(one.byFetches[side], one.byDemand?.[side] ?? one.byFetches[side]));
}

function mergeTallies(list: readonly FileTally[]): FileTally | undefined {
  const [first, ...rest] = list;
  if (first === undefined || rest.length === 0) return first;
  const add = (pick: (tally: FileTally) => number): number => sumOf(list, pick);
  return {
    ...first,
    apiRequests: add((one) => one.apiRequests),
    authLookingApi: add((one) => one.authLookingApi),
    tokenRequests: add((one) => one.tokenRequests),
    siblingRequests: add((one) => one.siblingRequests),
    tokenWithCacheWord: add((one) => one.tokenWithCacheWord),
    tokenHits: add((one) => one.tokenHits),
  };
}

function windowOf(tallies: readonly FileTally[]): Window | null {
  const fromMs = Math.min(...tallies.map((tally) => tally.firstStartMs));
  const toMs = Math.max(...tallies.map((tally) => tally.lastEndMs));
  return Number.isFinite(fromMs) ? { fromMs, toMs: Math.max(fromMs, toMs) } : null;
}

function demandBook({ files, parts }: FinishInput, roles: readonly Role[]): DemandBook {
  const book = new DemandBook();
  for (const part of parts) {
    for (const tally of part.files.values()) {
      if (roles[tally.file] !== 'gateway') continue;
      const nameOf = (node: number): string => (node === NO_ID ? files[tally.file]!.group : part.names.nodes[node]!);
      for (const [node, log] of tally.demand) book.add(nameOf(node), log);
      for (const [node, log] of tally.upstream401) book.addUpstream401(nameOf(node), log);
    }
  }
  if (book.total > EXACT_STARTS) book.coarsen();
  return book;
}

/** The span of the issuer's side, stretched at both ends by its longest silence: a log covers more than its first to its last line. */
function issuerWindow(keys: readonly KeyFetches[], tallies: readonly (readonly FileTally[])[], roles: readonly Role[]): Window {
  const own = tallies.filter((_, file) => roles[file] === 'issuer').flat();
  const seen = own.length > 0 ? own : tallies.flat().filter((tally) => tally.tokenRequests > 0);
  const fromMs = Math.min(...seen.map((tally) => tally.firstAuthMs));
  const toMs = Math.max(...seen.map((tally) => tally.lastAuthMs));
  const starts = keys.flatMap((key) => key.holders.map((holder) => holder.startMs));
  const [only] = starts;
  if (starts.length === 1 && only !== undefined) return stretched(fromMs, toMs, largestGapMs(only));
  const all = new Float64Array(sumOf(starts, (one) => one.length));
  let at = 0;
  for (const one of starts) {
    all.set(one, at);
    at += one.length;
  }
  all.sort();
  return stretched(fromMs, toMs, largestGapMs(all));
}

const stretched = (fromMs: number, toMs: number, by: number): Window => ({ fromMs: fromMs - by, toMs: toMs + by });

interface FetchTable {
  readonly keys: readonly KeyFetches[];
  readonly siblings: Analysis['siblings'];
  readonly possible: Analysis['possibleEndpoints'];
  readonly seconds: SecondCounts;
  readonly secretsInQueries: number;
  readonly loopbackHits: number;
}

function fetchTable(
  input: FinishInput,
  roles: readonly Role[],
  tallies: readonly FileTally[],
  gateways: ReadonlySet<string>,
): FetchTable {
  const { files, parts, options } = input;
  const seconds = new SecondCounts();
  const siblings = { introspection: 0, jwks: 0, discovery: 0, userinfo: 0, revocation: 0, review: 0 };
  const byKey = callersByKey(parts);
  const everyone = [...byKey.values()].flatMap((callers) => [...callers.values()]);
  const counted = corroboratedEndpoints(parts, everyone, tallies);
  const contextOf = grantContext(everyone, options.grant, gateways);
  const issuerCovers = roles.some(
    (role, file) => role === 'issuer' && tallies.some((tally) => tally.file === file && tally.tokenRequests > 0),
  );

  let loopbackHits = 0;
  const counts = (file: number, cache: number): boolean => {
    if (isServedFromCache(cache)) {
      loopbackHits += 1;
      return false;
    }
    return !(issuerCovers && roles[file] === 'loopback');
  };
  const tableOptions = {
    counts,
    resolutionMs: (file: number) => files[file]!.resolutionMs ?? 0,
    onFetch: (startMs: number) => seconds.add(startMs),
  };

  const keys: KeyFetches[] = [];
  let secretsInQueries = 0;
  for (const name of [...byKey.keys()].sort()) {
    const callers = [...byKey.get(name)!.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, caller]) => caller);
    const { kind } = callers[0]!.caller;
    for (const { caller, logs } of callers) if (caller.secretInQuery) secretsInQueries += sumOf(logs, ({ count }) => count);
    if (kind !== 'token' && kind !== 'ambiguous') {
      siblings[kind] += sumOf(callers, ({ logs }) => sumOf(logs, ({ count }) => count));
      continue;
    }
    if (kind === 'ambiguous' && !counted.counts(callers[0]!.caller)) continue;
    // Callers of one key may ask with different grants: a user's login and a service behind the same address.
    for (const grant of ['service', 'user', 'unknown'] as const) {
      const same = callers.filter(({ caller }) => grantFor(caller, contextOf) === grant);
      if (same.length === 0) continue;
      const read = same.map(({ caller, logs }): CallerFetches => ({ caller, grant, overflow: caller.rule === 'overflow', logs }));
      const key = readKey(read, tableOptions);
      if (key.all > 0 || key.withoutStatus > 0) keys.push(key);
    }
  }
  return { keys, siblings, possible: counted.possible, seconds, secretsInQueries, loopbackHits };
}

function grantContext(
  everyone: readonly { readonly caller: Caller; readonly logs: readonly { readonly count: number }[] }[],
  forced: 'service' | 'user' | undefined,
  gateways: ReadonlySet<string>,
): Parameters<typeof grantFor>[1] {
  const addresses = new Map<string, Set<string>>();
  const requests = new Map<string, number>();
  const endpointAgent = ({ host, path, agent }: Caller): string => JSON.stringify([host ?? null, path, agent ?? null]);
  for (const { caller, logs } of everyone) {
    const name = endpointAgent(caller);
    let seen = addresses.get(name);
    if (seen === undefined) {
      seen = new Set();
      addresses.set(name, seen);
    }
    seen.add(caller.address ?? '');
    const from = `${name} ${caller.address ?? ''}`;
    requests.set(from, (requests.get(from) ?? 0) + sumOf(logs, ({ count }) => count));
  }
  return {
    forced,
    gateways,
    addresses: (caller) => addresses.get(endpointAgent(caller))?.size ?? 0,
    requests: (caller) => requests.get(`${endpointAgent(caller)} ${caller.address ?? ''}`) ?? 0,
  };
}

function corroboratedEndpoints(
  parts: readonly AnalysisPart[],
  everyone: readonly { readonly caller: Caller; readonly logs: readonly { readonly count: number }[] }[],
  tallies: readonly FileTally[],
): { counts: (caller: Caller) => boolean; possible: Analysis['possibleEndpoints'] } {
  const endpointOf = ({ host, path }: Caller): string => `${host ?? ''}${path}`;
  const authHosts = new Set(everyone.filter(({ caller }) => caller.kind !== 'ambiguous').map(({ caller }) => caller.host ?? ''));
  const byEndpoint = new Map<string, { callers: Caller[]; tally: CallerTally; machine: number; browser: number }>();
  for (const part of parts) {
    for (const [id, tally] of part.callerTallies) {
      const caller = part.names.callers[id]!;
      const known = byEndpoint.get(endpointOf(caller));
      const machine = caller.agentKind === 'machine' ? tally.requests : 0;
      const browser = caller.agentKind === 'browser' ? tally.requests : 0;
      if (known === undefined) byEndpoint.set(endpointOf(caller), { callers: [caller], tally: { ...tally }, machine, browser });
      else {
        known.callers.push(caller);
        known.machine += machine;
        known.browser += browser;
        addTally(known.tally, tally);
      }
    }
  }
  const apiRequestsInRun = sumOf(tallies, ({ apiRequests, authLookingApi }) => apiRequests - authLookingApi);
  const counted = new Set<string>();
  const possible: { endpoint: string; requests: number; missing: string }[] = [];
  for (const [endpoint, { callers, tally, machine, browser }] of [...byEndpoint].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const mean = tally.sized === 0 ? undefined : tally.sizeSum / tally.sized;
    const verdict = corroborate({
      hostAlsoServesAuth: callers.some(({ host }) => host !== undefined && authHosts.has(host)),
      grantTypeSeen: callers.some(({ grantType }) => grantType !== undefined),
      requests: tally.requests,
      posts: tally.posts,
      ok: tally.ok,
      failed400or401: tally.badRequests,
      sizeMin: tally.sized === 0 ? undefined : tally.sizeMin,
      sizeMax: tally.sized === 0 ? undefined : tally.sizeMax,
      sizeMean: mean,
      sizeStdDev: mean === undefined ? undefined : Math.sqrt(Math.max(0, tally.sizeSquares / tally.sized - mean * mean)),
      failedSizeMax: Number.isFinite(tally.failedSizeMax) ? tally.failedSizeMax : undefined,
      distinctAddresses: new Set(callers.flatMap(({ address }) => address ?? [])).size,
      machineRequests: machine,
      browserRequests: browser,
      apiRequestsInRun,
    });
    if (verdict.counted) counted.add(endpoint);
    else possible.push({ endpoint, requests: tally.requests, missing: verdict.missing });
  }
  return { counts: (caller) => counted.has(endpointOf(caller)), possible };
}

function addTally(into: CallerTally, from: CallerTally): void {
  into.requests += from.requests;
  into.posts += from.posts;
  into.ok += from.ok;
  into.badRequests += from.badRequests;
  into.sized += from.sized;
  into.sizeSum += from.sizeSum;
  into.sizeSquares += from.sizeSquares;
  into.sizeMin = Math.min(into.sizeMin, from.sizeMin);
  into.sizeMax = Math.max(into.sizeMax, from.sizeMax);
  into.failedSizeMax = Math.max(into.failedSizeMax, from.failedSizeMax);
}

interface DemandFigures {
  readonly count: number | null;
  readonly observed: number | null;
  readonly excess: number;
  readonly achievable: (headline: Counted, holder: 'node' | 'shared') => number | null;
}

/** Hit ratios: only where it is known which requests needed the tokens that were fetched. */
function demandOf(
  verdicts: readonly KeyVerdict[],
  book: DemandBook,
  _linkedBy: string,
  keys: readonly KeyFetches[],
): DemandFigures {
  const known = verdicts.find(({ demand }) => demand !== null);
  if (known !== undefined) {
    const count = known.demand!;
    const { ok } = known.shared.inside;
    return {
      count,
      observed: count === 0 ? null : round(Math.max(0, 1 - ok / count), 6),
      excess: count === 0 ? 0 : Math.max(0, ok - count),
      achievable: (_, holder) =>
        count === 0
          ? null
          : round(Math.max(0, 1 - (holder === 'shared' ? known.shared : known.node).inside.necessary / count), 6),
    };
  }
  if (book.instances.length === 0) return { count: null, observed: null, excess: 0, achievable: () => null };
  const count = book.total;
  const serving = keys.filter((key) => key.grant === 'service' && key.ok > 0 && !key.overflow);
  const callers = new Set(serving.flatMap((key) => key.holders.map(({ holder }) => holder)));
  // Several tokens, but one caller: all of them serve the requests of this gateway.
  if (callers.size !== 1 || count === 0) return { count, observed: null, excess: 0, achievable: () => null };
  const ok = sumOf(serving, (key) => key.ok);
  return {
    count,
    observed: round(Math.max(0, 1 - ok / count), 6),
    excess: Math.max(0, ok - count),
    achievable: (headline) => round(Math.max(0, 1 - headline.necessary / count), 6),
  };
}

function waited(durationMs: Int32Array, flags: Uint8Array): number {
  let total = 0;
  for (let index = 0; index < durationMs.length; index += 1)
    if (flags[index] === 1 && durationMs[index]! > 0) total += durationMs[index]!;
  return total;
}

function failedByStatus(keys: readonly KeyFetches[]): Record<string, number> {
  const all = new Map<number, number>();
  for (const { failedByStatus: one } of keys) for (const [status, count] of one) all.set(status, (all.get(status) ?? 0) + count);
  return Object.fromEntries([...all].sort(([a], [b]) => a - b).map(([status, count]) => [String(status), count]));
}

const emptyLines = (): { -readonly [K in keyof LineCounts]: number } => ({
  read: 0,
  parsed: 0,
  rejected: 0,
  filtered: 0,
  blank: 0,
  deduplicated: 0,
  notRequests: 0,
});

function sumLines(list: readonly LineCounts[]): LineCounts {
  const total = emptyLines();
  for (const lines of list) for (const name of Object.keys(total) as (keyof LineCounts)[]) total[name] += lines[name];
  return total;
}

function inputFile(file: FileFacts, role: Role): InputFile {
  const { parsed, rejected } = file.lines;
  return {
    name: file.name,
    role,
    roleDetected: file.forcedRole === undefined,
    format: file.format,
    detected: file.detected,
    matchRate: parsed + rejected === 0 ? null : round(parsed / (parsed + rejected), 6),
    runnerUp: file.runnerUp,
    resolutionMs: file.resolutionMs,
    lines: file.lines,
    rejects: file.rejects,
    error: file.error,
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

function loggedCache(input: FinishInput, tallies: readonly (readonly FileTally[])[]): Analysis['totals']['loggedCache'] {
  return routeSums(input, tallies, () => true)
    .filter(([, { cache }]) => hasCacheWord(cache))
    .slice(0, MAX_ROUTES_SHOWN)
    .map(([route, { cache }]) => ({ route, ...cacheCounts(cache) }));
}

/** Routes of the gateways, most requests first; what is beyond the cap is one last row. */
function routeResults(input: FinishInput, tallies: readonly (readonly FileTally[])[], roles: readonly Role[]): RouteResult[] {
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
    requests,
    demand,
    fetches: 0,
    taxMs: null,
    loggedCache: hasCacheWord(cache) ? cacheCounts(cache) : null,
  }));
}

function excludedFromDemand(tallies: readonly (readonly FileTally[])[], roles: readonly Role[]): Record<string, number> {
  const all = new Map<string, number>();
  tallies.forEach((list, file) => {
    if (roles[file] !== 'gateway') return;
    for (const { excluded } of list) for (const [why, count] of excluded) all.set(why, (all.get(why) ?? 0) + count);
  });
  return Object.fromEntries([...all].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function keyResults(verdicts: readonly KeyVerdict[], holder: 'node' | 'shared'): KeyResult[] {
  const used = new Map<string, number>();
  return verdicts.map((verdict): KeyResult => {
    const { key, lifetime, lives, holders, node, shared, demand } = verdict;
    const counted = holder === 'shared' ? shared : node;
    const judged = key.grant === 'service' && !key.overflow;
    const id = keyId(`${key.grant} ${key.key.text}`);
    const times = used.get(id) ?? 0;
    used.set(id, times + 1);
    const served = Math.max(-1, ...holders.map(({ servedMs }) => servedMs ?? -1));
    return {
      id: times === 0 ? id : `${id}-${times}`,
      endpoint: `${key.key.host ?? ''}${key.key.path}`,
      provider: key.caller.provider ?? null,
      client: key.key.client,
      scope: key.key.scope ?? null,
      audience: key.key.audience ?? null,
      basis: {
        endpoint: true,
        host: key.key.host !== undefined,
        client: key.key.clientFrom,
        scope: key.key.scope !== undefined,
        audience: key.key.audience !== undefined,
        holder: key.holderFrom,
      },
      grant: key.grant,
      lifetimeSeconds: lifetime.from === 'unknown' ? null : lifetimeRange(lives),
      lifetimeFrom: lifetime.from,
      lifetimeAtLeastSeconds: served > 0 ? served / 1000 : null,
      holders: holders.length,
      demand,
      fetches: {
        all: key.all,
        ok: key.ok,
        failed: key.failed,
        excluded: key.excluded,
        ...(judged
          ? { necessary: counted.necessary, ahead: counted.ahead, redundant: counted.redundant, unknown: counted.unknown }
          : { necessary: 0, ahead: 0, redundant: 0, unknown: key.ok }),
      },
      shared: judged
        ? { necessary: shared.necessary, ahead: shared.ahead, redundant: shared.redundant }
        : { necessary: 0, ahead: 0, redundant: 0 },
      bounds: { byDemand: counted.byDemand ?? null, byFetches: counted.byFetches },
      fetchMs: quantilesOf(key.durations),
    };
  });
}

function joinOf(by: 'instance' | 'single' | 'none', verdicts: readonly KeyVerdict[], demand: number | null): Analysis['join'] {
  const linked = verdicts.filter((one) => one.demand !== null);
  const matched = sumOf(linked, ({ key }) => key.ok + key.failed);
  const all = sumOf(verdicts, ({ key }) => key.ok + key.failed);
  return {
    by,
    matched,
    ambiguous: 0,
    unmatchedGateway: linked.length > 0 ? 0 : (demand ?? 0),
    unmatchedIssuer: all - matched,
    skewMs: null,
  };
}

function inconclusive(input: FinishInput, fetches: FetchCounts, demand: number | null, possible: boolean): string | null {
  const { lines } = { lines: sumLines(input.files.map((file) => file.lines)) };
  if (lines.parsed === 0) return 'no request was read';
  const readable = lines.parsed / (lines.parsed + lines.rejected);
  if (readable < 0.9) return `only ${(readable * 100).toFixed(1)}% of the lines could be read`;
  if (fetches.all === 0) {
    if (possible) return 'no token fetch was found, only possible token endpoints: name the right one with --token-endpoint';
    return "no token fetch was found. A gateway's own log does not show the calls it makes: add the log of the auth server, or of the proxy in front of it";
  }
  if (fetches.ok === 0) {
    return fetches.failed === 0
      ? `all ${fetches.excluded} token requests were for users`
      : `none of ${fetches.failed} token fetches was answered with a token`;
  }
  if (demand === null && fetches.ok < MIN_FETCHES) {
    return `${fetches.ok} token ${fetches.ok === 1 ? 'fetch' : 'fetches'}, and no demand to hold ${fetches.ok === 1 ? 'it' : 'them'} against`;
  }
  if (fetches.redundant === 0 && fetches.unknown * 2 > fetches.ok) {
    return `${fetches.unknown} of ${fetches.ok} fetches cannot be decided from this log: see --lifetime and --grant`;
  }
  return null;
}

function assumptionsOf(
  verdicts: readonly KeyVerdict[],
  options: AnalysisOptions,
  linkedBy: string,
  demand: number | null,
): Assumption[] {
  const out: Assumption[] = [];
  const verdictFigures = ['totals.fetches', 'totals.redundantShare', 'keys'];
  const judged = verdicts.filter(({ key }) => key.ok > 0 && key.grant === 'service');
  if (judged.length === 0) return out;
  const { margin } = options;
  out.push({
    id: 'margin',
    value:
      margin.kind === 'default'
        ? 'min(60 s, 10 % of the lifetime)'
        : margin.kind === 'ms'
          ? `${margin.ms / 1000} s`
          : `${round(margin.share * 100, 3)} %`,
    from: margin.kind === 'default' ? 'default' : '--margin',
    affects: verdictFigures,
  });
  const providers = new Set(
    judged
      .filter(({ lifetime }) => lifetime.from === 'provider')
      .map(({ key, lifetime }) => `${key.caller.provider} ${lifetime.ms! / 1000} s`),
  );
  for (const value of [...providers].sort())
    out.push({ id: 'lifetime.provider', value, from: 'default of the provider', affects: verdictFigures });
  const rules = new Set(judged.flatMap(({ lifetime }) => lifetime.rule ?? []));
  for (const value of [...rules].sort()) out.push({ id: 'lifetime.option', value, from: '--lifetime', affects: verdictFigures });
  if (judged.some(({ lifetime }) => lifetime.from === 'unknown')) {
    out.push({
      id: 'lifetime.unknown',
      value: 'at least 300 s',
      from: 'no source says the lifetime',
      affects: [...verdictFigures, 'totals.byLifetime'],
    });
  }
  if (judged.some(({ key }) => key.caller.grantType === undefined)) {
    const from = options.grant === undefined ? 'the caller looks like a machine' : '--grant';
    out.push({ id: 'grant.service', value: 'service tokens', from, affects: verdictFigures });
  }
  if (judged.some(({ hides }) => hides)) {
    out.push({
      id: 'hidden',
      value: `up to ${options.maxHidden} hidden holders or keys`,
      from: 'node, client or scope is not in the log',
      affects: ['totals.redundantShare.low'],
    });
  }
  if (demand !== null && linkedBy !== 'none') {
    out.push({
      id: 'demand',
      value: 'every counted request needs one token',
      from: 'the gateway log does not say which do',
      affects: ['totals.demand', 'totals.hitRatio', 'totals.fetches'],
    });
  }
  return out;
}

function warningsOf(
  verdicts: readonly KeyVerdict[],
  table: FetchTable,
  files: readonly FileFacts[],
  roles: readonly Role[],
  book: DemandBook,
): Warning[] {
  const out: Warning[] = [];
  const warn = (id: string, message: string): void => {
    out.push({ id, message });
  };
  if (table.secretsInQueries > 0) {
    warn(
      'credentials-in-log',
      `${table.secretsInQueries} token requests carry a credential in the URL; its value is not kept, but it stands in your log`,
    );
  }
  const without = sumOf(verdicts, ({ key }) => key.withoutStatus);
  if (without > 0) warn('no-status', `${without} token requests have no status in the log: neither ok nor failed, not counted`);
  const unknownGrant = sumOf(
    verdicts.filter(({ key }) => key.grant === 'unknown'),
    ({ key }) => key.ok,
  );
  if (unknownGrant > 0)
    warn('grant-unknown', `${unknownGrant} fetches may be for users or for services; --grant service or --grant user settles it`);
  for (const { key, lifetime, holders } of verdicts) {
    const served = Math.max(-1, ...holders.map(({ servedMs }) => servedMs ?? -1));
    if (lifetime.from === 'provider' && lifetime.ms !== undefined && served > lifetime.ms) {
      warn(
        'lifetime-contradicted',
        `${key.key.client}: requests were served for ${round(served / 1000, 1)} s without a fetch, longer than the assumed lifetime of ${lifetime.ms / 1000} s; set --lifetime`,
      );
    }
  }
  if (verdicts.some(({ key }) => key.overflow))
    warn('overflow', 'more callers than can be kept apart: the fetches of the rest are unknown');
  if (book.instances.length > 0 && verdicts.length > 0 && verdicts.every(({ demand }) => demand === null)) {
    warn(
      'demand-not-linked',
      'it is not known which of the tokens the requests of the gateway needed; necessary fetches are computed from the fetches alone',
    );
  }
  files.forEach((file, index) => {
    if (roles[index] === 'unknown' && file.error === null && file.lines.parsed > 0)
      warn('no-role', `${file.name} holds no requests that could be counted`);
  });
  return out;
}
