/** Derives every figure of the result from the parts. Nothing is read here, so that the order of reading cannot matter. */
import { NO_ID } from '../events/request-batch.js';
import { assessKey, type KeyContext, leaveUndecided } from './assess-key.js';
import { costOfRun } from './cost-of-run.js';
import type { Counted } from './counted.js';
import { DemandBook, type Window } from './demand.js';
import { DemandLog, EXACT_STARTS } from './demand-log.js';
import { isServedFromCache } from './fetch-log.js';
import { type KeyPlan, type KeySummary, readKey } from './fetch-table.js';
import { demandOf, loggedCache, routeResults } from './hit-ratio.js';
import { HourProfile } from './hour-profile.js';
import { keyOf } from './identity.js';
import { infer } from './infer.js';
import { TokenIdIndex } from './join-fetches.js';
import { joinOfRun } from './join-run.js';
import { lifetimeOf } from './lifetime.js';
import { assumptionsOf, inconclusive, sumLines, warningsOf } from './notes.js';
import { round, share, sumOf } from './numbers.js';
import { type AnalysisOptions, lifetimeRuleFor } from './options.js';
import type { FileTally } from './part.js';
import { hiddenHoldersNeeded } from './perfect-cache.js';
import { type Endpoints, judgeEndpoints, planRun, requestsByFile } from './plan.js';
import { emptyDurations, quantilesOf } from './quantiles.js';
import { findRepeats } from './repeats.js';
import type { Analysis, FetchCounts, InputFile, Role } from './result.js';
import { roleOf } from './roles.js';
import type { FileFacts, FinishInput } from './run-facts.js';
import { RunTotals } from './run-totals.js';
import { dropScratch } from './scratch.js';
import { siblingResults } from './siblings.js';
import { RunTimeline } from './timeline.js';

export function finish(input: FinishInput): Analysis {
  const { files, parts, options } = input;
  const tallies = files.map((_, file) => parts.flatMap((part) => part.files.get(file) ?? []));
  const endpoints = judgeEndpoints(parts, tallies.flat());
  const uncounted = requestsByFile(endpoints.uncounted);
  const roles = files.map(({ forcedRole }, file) => roleOf(mergeTallies(tallies[file]!), uncounted.get(file) ?? 0, forcedRole));
  const window = windowOf(tallies.flat());

  const book = demandBook(input, roles, endpoints.uncounted);
  const tokenIds = new TokenIdIndex(parts, files.length);
  const repeats = findRepeats(input, roles, endpoints.everyone, tallies.flat());
  const plan = planRun(input, endpoints, roles, tallies.flat(), new Set(book.instances), { ids: tokenIds, repeats });
  const joined = joinOfRun(input, roles, tallies.flat(), plan, book, tokenIds, repeats);
  const { links } = joined;
  if (joined.run !== undefined) for (const visitor of input.visitors) visitor.visitJoin?.(joined.run, plan.keys);
  const timeline = window === null ? undefined : new RunTimeline(tallies.flat(), window);
  const profile = window === null ? undefined : new HourProfile(window);
  if (timeline !== undefined) for (const visitor of input.visitors) visitor.visitSteps?.(timeline.steps);
  const durations = emptyDurations();
  const context: KeyContext = {
    durations,
    options,
    book,
    links,
    windowStartMs: window?.fromMs ?? 0,
    windowEndMs: window?.toMs ?? 0,
    issuerWindow: issuerWindow(tallies, roles, longestLifeMs(plan.keys, tallies.flat(), options.lifetimes)),
    demandCount: book.total,
    visit: (holder, key) => {
      timeline?.add(holder, key.key.client, key.key.text);
      profile?.add(holder, key.caller.provider ?? null);
      for (const visitor of input.visitors) visitor.visitHolder?.(holder, key);
    },
    visitTraffic: input.visitors.some((visitor) => visitor.visitTraffic !== undefined)
      ? (traffic) => {
          for (const visitor of input.visitors) visitor.visitTraffic?.(traffic);
        }
      : undefined,
  };
  // One key at a time: its fetches are decoded, judged and dropped before the next.
  // What a sampled log leaves out may be the request that needed a token, or the fetch before this one.
  const decides = (key: Pick<KeySummary, 'grant' | 'overflow'>): boolean => options.sampled === undefined && isJudged(key);
  const run = new RunTotals(options, decides);
  for (const one of plan.keys) {
    const key = readKey(one, { ...plan.readOptions, shiftMs: joined.shiftMs });
    const lifetime = lifetimeOf(key, options.lifetimes);
    if (key.all === 0 && key.withoutStatus === 0) {
      for (const visitor of input.visitors) visitor.visitServed?.(key, lifetime, one);
      continue;
    }
    const assessed = decides(key)
      ? assessKey(one, key, lifetime, { ...context, book: links.bookOf(one) })
      : leaveUndecided(key, lifetime);
    const { demand: mayNeed } = assessed;
    const verdict = mayNeed === null ? assessed : { ...assessed, demand: Math.round(mayNeed * links.shareOf(one)) };
    for (const visitor of input.visitors) visitor.visitKey?.(key, verdict, one);
    run.add(verdict);
  }
  const siblings = siblingResults(plan.siblingPlans, {
    counts: plan.countsSibling,
    resolutionMs: (file) => files[file]!.resolutionMs ?? 0,
    shiftMs: joined.shiftMs,
    ttls: options.siblingTtls,
    visit: (row, one) => {
      for (const visitor of input.visitors) visitor.visitSibling?.(row, one);
    },
    maxHidden: options.maxHidden,
    windowEndMs: window?.toMs ?? 0,
    demand: loggedDemand(book, tallies.filter((_, file) => roles[file] === 'gateway').flat()),
  });
  const inferred = infer(input, roles, tallies.flat());
  dropScratch();

  const node = run.node.value();
  const shared = run.shared.value();
  const headline = options.holder === 'shared' ? shared : node;
  const fetches: FetchCounts = {
    all: run.all,
    ok: run.ok,
    failed: run.failed,
    excluded: run.excluded,
    necessary: headline.necessary,
    ahead: headline.ahead,
    redundant: headline.redundant,
    unknown: headline.unknown + run.undecided,
  };
  const redundant = { low: run.redundantLow, high: run.redundantHigh + run.undecided };
  const demand = demandOf(run, book, plan.keys);
  const deduplicated = new Map(
    files.map((_, file) => [file, (plan.duplicates.get(file) ?? 0) + (joined.deduplicated.get(file) ?? 0)]),
  );
  const { waitMs, hidden } = run;
  const windowMs = window === null ? 0 : window.toMs - window.fromMs;
  const money = costOfRun(options.pricing, {
    keys: run.costOf(durations.count > 0),
    profile,
    undecided:
      options.sampled === undefined ? undefined : 'unknown: the logs hold a part of the requests, so no fetch has a verdict',
    windowMs,
    windowEndMs: window?.toMs ?? 0,
    peakOver: (seconds) => plan.seconds.peakOver(seconds),
  });

  return {
    schemaVersion: '1',
    tool: { name: 'token-tax', version: input.version },
    complete: input.complete,
    inconclusive: inconclusive(input, fetches, demand.count, plan.possible.length > 0),
    window: window === null ? null : { from: iso(window.fromMs), to: iso(window.toMs) },
    input: {
      files: files.map((file, index) => inputFile(file, roles[index]!, deduplicated.get(index) ?? 0)),
      lines: {
        ...sumLines(files.map(({ lines }) => lines)),
        deduplicated: sumOf([...deduplicated.values()], (count) => count),
      },
    },
    totals: {
      requests: tallies
        .flat()
        .reduce(
          (total, tally) => total + tally.apiRequests + tally.tokenRequests + tally.siblingRequests,
          -sumOf([...joined.deduplicated.values()], (count) => count),
        ),
      demand: demand.count,
      fetches,
      fetchesWithoutStatus: run.withoutStatus,
      holder: options.holder,
      redundantShare: {
        value: share(fetches.redundant, fetches.ok),
        low: share(redundant.low, fetches.ok),
        high: share(redundant.high, fetches.ok),
        standing: fetches.ok === 0 ? 'unknown' : run.assumedLife ? 'assumed' : 'derived',
      },
      shared: { necessary: shared.necessary, ahead: shared.ahead, redundant: shared.redundant },
      byLifetime: run.unknownLife ? (headline.byLifetime ?? []) : [],
      bounds: { necessary: { low: necessaryBound(headline, 'low'), high: necessaryBound(headline, 'high') }, redundant },
      hiddenHoldersNeeded: hidden.keys === 0 ? null : round(hiddenHoldersNeeded(hidden.ok, hidden.n), 1),
      hitRatio: {
        observed: options.sampled === undefined ? demand.observed : null,
        achievable: options.sampled === undefined ? demand.achievable(headline, options.holder) : null,
        moreFetchesThanRequests: demand.excess,
      },
      loggedCache: loggedCache(input, tallies),
      latency: {
        fetchMs: quantilesOf(durations),
        redundantWaitMs: durations.count === 0 ? null : waitMs,
        connectionsHeld: durations.count === 0 || windowMs === 0 ? null : round(waitMs / windowMs, 6),
      },
      peakFetchesPerSecond: plan.seconds.peak,
      failedByStatus: run.failedByStatus(),
    },
    siblings: plan.siblings,
    possibleEndpoints: plan.possible,
    keys: run.rows(),
    routes: routeResults(input, tallies, roles, joined.routes),
    timeline: timeline?.timeline() ?? [],
    lives: timeline?.firstLives() ?? [],
    join: book.instances.length === 0 || run.keys === 0 ? null : (joined.join ?? joinOf(links.by, run, demand.count)),
    inferred: inferred.rows,
    siblingKeys: options.sampled === undefined ? siblings.rows : [],
    simulation: null,
    findings: [],
    cost: money.cost,
    load: money.load,
    excludedFromDemand: excludedFromDemand(tallies, roles),
    assumptions: [
      ...input.assumptions,
      ...assumptionsOf(run, options, links.by, demand.count),
      ...joined.assumptions,
      ...siblings.assumptions,
      ...inferred.assumptions,
      ...money.assumptions,
    ],
    warnings: [...input.warnings, ...warningsOf(run, plan, files, roles, book, options), ...joined.warnings, ...money.warnings],
    budgets: [],
  };
}

/** Whose fetches get a verdict each: of the others it is unknown. */
const isJudged = ({ grant, overflow }: Pick<KeySummary, 'grant' | 'overflow'>): boolean => grant === 'service' && !overflow;

const iso = (ms: number): string => new Date(ms).toISOString();

function necessaryBound(one: Counted, side: 'low' | 'high'): number {
  const pick = side === 'low' ? Math.min : Math.max;
  const n = pick(one.byFetches[side], one.byDemand?.[side] ?? one.byFetches[side]);
  return Math.min(one.ok, side === 'low' ? Math.min(n, one.atLeast) : n);
}

function mergeTallies(list: readonly FileTally[]): FileTally | undefined {
  const [first, ...rest] = list;
  if (first === undefined || rest.length === 0) return first;
  const add = (pick: (tally: FileTally) => number): number => sumOf(list, pick);
  return {
    ...first,
    apiRequests: add((one) => one.apiRequests),
    authLookingApi: add((one) => one.authLookingApi),
    plainApi: add((one) => one.plainApi),
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

function demandBook({ files, parts }: FinishInput, roles: readonly Role[], uncounted: Endpoints['uncounted']): DemandBook {
  const book = new DemandBook();
  for (const part of parts) {
    for (const tally of part.files.values()) {
      if (roles[tally.file] !== 'gateway') continue;
      const nameOf = (node: number): string => (node === NO_ID ? files[tally.file]!.group : part.names.nodes[node]!);
      for (const [node, log] of tally.demand) book.add(nameOf(node), log, files[tally.file]!.resolutionMs ?? 0);
      for (const [node, log] of tally.upstream401) book.addUpstream401(nameOf(node), log);
    }
  }
  // What looked like a token endpoint and is none is an API like any other.
  for (const { caller, logs } of uncounted) {
    const byInstance = new Map<string, DemandLog>();
    for (const log of logs) {
      log.forEach(({ file, startMs, cache }) => {
        if (roles[file] !== 'gateway' || isServedFromCache(cache)) return;
        const instance = caller.node ?? files[file]!.group;
        const demand = byInstance.get(instance) ?? new DemandLog();
        byInstance.set(instance, demand);
        demand.add(startMs);
      });
    }
    for (const [instance, demand] of byInstance) book.addApart(instance, demand, 0);
  }
  if (book.total > EXACT_STARTS) book.coarsen();
  return book;
}

/** The longest life of a token of this run; Infinity where one is not known. */
function longestLifeMs(keys: readonly KeyPlan[], tallies: readonly FileTally[], rules: AnalysisOptions['lifetimes']): number {
  const recordedMs = Math.max(0, ...tallies.map((tally) => tally.longestLifeMs));
  return Math.max(
    recordedMs,
    ...keys
      .filter(({ grant, ok }) => grant === 'service' && ok > 0)
      .map(({ callers }) => {
        const { caller } = callers[0]!;
        return (
          lifetimeRuleFor(rules, keyOf(caller))?.ms ?? (recordedMs > 0 ? recordedMs : (caller.providerLifetimeMs ?? Infinity))
        );
      }),
  );
}

/**
 * The span of the issuer's side, stretched at both ends: a log covers more than its first to its last line. The log of a healthy
 * fleet is silent for a whole life, so that much more may be covered, and the longest silence that it does show.
 */
function issuerWindow(tallies: readonly (readonly FileTally[])[], roles: readonly Role[], lifeMs: number): Window {
  const own = tallies.filter((_, file) => roles[file] === 'issuer').flat();
  const seen = (own.length > 0 ? own : tallies.flat()).filter((tally) => tally.tokenRequests + tally.siblingRequests > 0);
  const byStart = [...seen].sort((a, b) => a.firstAuthMs - b.firstAuthMs);
  const fromMs = byStart[0]?.firstAuthMs ?? -Infinity;
  let toMs = -Infinity;
  let silenceMs = Math.max(1000, lifeMs);
  for (const tally of byStart) {
    silenceMs = Math.max(silenceMs, tally.authSilence.longestMs, toMs === -Infinity ? 0 : tally.firstAuthMs - toMs);
    toMs = Math.max(toMs, tally.lastAuthMs);
  }
  if (sumOf(seen, (tally) => tally.tokenRequests + tally.siblingRequests) < 2) silenceMs = Infinity;
  return { fromMs: fromMs - silenceMs, toMs: (toMs === -Infinity ? Infinity : toMs) + silenceMs };
}

/** All that the gateway was asked for and needed a token, and the span of its log. */
function loggedDemand(
  book: DemandBook,
  tallies: readonly FileTally[],
): { readonly count: number; readonly span: Window } | undefined {
  if (book.total === 0) return undefined;
  const fromMs = Math.min(...tallies.map(({ firstApiMs }) => firstApiMs));
  const toMs = Math.max(...tallies.map(({ lastApiMs }) => lastApiMs));
  return { count: book.total, span: { fromMs, toMs } };
}

function inputFile(file: FileFacts, role: Role, deduplicated: number): InputFile {
  const { rejected, filtered } = file.lines;
  const parsed = file.lines.parsed + filtered;
  return {
    name: file.name,
    role,
    roleDetected: file.forcedRole === undefined,
    format: file.format,
    detected: file.detected,
    matchRate: parsed + rejected === 0 ? null : round(parsed / (parsed + rejected), 6),
    runnerUp: file.runnerUp,
    resolutionMs: file.resolutionMs,
    outOfOrder: file.outOfOrder,
    lines: { ...file.lines, deduplicated },
    rejects: file.rejects,
    error: file.error,
  };
}

function excludedFromDemand(tallies: readonly (readonly FileTally[])[], roles: readonly Role[]): Record<string, number> {
  const all = new Map<string, number>();
  tallies.forEach((list, file) => {
    if (roles[file] !== 'gateway') return;
    for (const { excluded } of list) for (const [why, count] of excluded) all.set(why, (all.get(why) ?? 0) + count);
  });
  return Object.fromEntries([...all].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function joinOf(by: 'instance' | 'single' | 'none', { linked, ok, failed }: RunTotals, demand: number | null): Analysis['join'] {
  return {
    by,
    matched: linked.fetches,
    ambiguous: 0,
    unmatchedGateway: linked.keys > 0 ? 0 : (demand ?? 0),
    unmatchedIssuer: ok + failed - linked.fetches,
    skewMs: null,
    skewSpreadMs: null,
  };
}
