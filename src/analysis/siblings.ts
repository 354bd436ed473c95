/**
 * Requests to the neighbours of a token endpoint, by endpoint and caller: what was asked, how often for the traffic, and what a cache
 * would have asked. Figures of their own: none of them is a token fetch.
 *
 * A key set or a metadata document is the same for everybody, so the count for token fetches applies with the document's time to live
 * as the lifetime and no margin. Introspection and userinfo are about one token or user each, which stands in the body or a header and
 * in no access log: then only the two ends are known. Each request may be about another token (nothing saved), or all of them about
 * one (the count of a document). What is asked about as many times as the gateway has requests is seen by `perDemand` and `gapMs`.
 */
import type { Caller } from '../events/request-batch.js';
import type { Window } from './demand.js';
import type { FetchEvent } from './fetch-log.js';
import type { CallerLogs } from './fetch-table.js';
import { holderOf, keyOf } from './identity.js';
import { round, sumOf } from './numbers.js';
import type { SiblingTtls } from './options.js';
import { type Assessment, assess, redundantWithHidden } from './perfect-cache.js';
import { addDuration, emptyDurations, quantilesOf } from './quantiles.js';
import type { Assumption, SiblingResult } from './result.js';
import { sortEvents } from './sort.js';

type Kind = SiblingResult['kind'];

/** The order in which kinds are listed. */
export const siblingKinds = ['introspection', 'jwks', 'discovery', 'userinfo', 'revocation', 'review'] as const;

/** Kinds whose answers may be kept at all, with how long and who says so. Short ones: what is redundant never falls as they grow. */
const KEPT: Readonly<Partial<Record<Kind, { readonly ms: number; readonly from: string; readonly isDocument: boolean }>>> = {
  introspection: {
    ms: 60_000,
    from: 'RFC 7662 section 4 lets answers be kept, not beyond the end of the token; 60 s is a common limit for revocation',
    isDocument: false,
  },
  jwks: { ms: 300_000, from: 'default of Nimbus JOSE+JWT and Spring Security (jose: 10 min)', isDocument: true },
  discovery: {
    ms: 3_600_000,
    from: 'metadata changes with releases (Microsoft.IdentityModel keeps it for 12 h)',
    isDocument: true,
  },
  userinfo: { ms: 60_000, from: 'as for introspection', isDocument: false },
};

/** One row is kept for each of this many callers; the smallest of more are added up in one. */
const MOST_ROWS = 1000;

/** The callers of one endpoint that are one client. */
export interface SiblingPlan {
  readonly kind: Kind;
  readonly callers: readonly CallerLogs[];
}

export interface SiblingContext {
  readonly counts: (event: FetchEvent) => boolean;
  readonly resolutionMs: (file: number) => number;
  /** What must be added to the times of a file, where clocks differ. */
  readonly shiftMs: (file: number) => number;
  readonly ttls: SiblingTtls;
  readonly maxHidden: number;
  readonly windowEndMs: number;
  /** Requests of the gateway that needed a token, and the span in which they were logged; undefined without a gateway's log. */
  readonly demand: { readonly count: number; readonly span: Window } | undefined;
  /** Called once for each row, while its requests can still be read. */
  readonly visit?: (row: SiblingResult, plan: SiblingPlan) => void;
}

export function siblingResults(
  plans: readonly SiblingPlan[],
  context: SiblingContext,
): { readonly rows: readonly SiblingResult[]; readonly assumptions: readonly Assumption[] } {
  const rows: SiblingResult[] = [];
  for (const plan of plans) {
    const row = resultOf(plan, context);
    if (row.requests === 0) continue;
    rows.push(row);
    context.visit?.(row, plan);
  }
  rows.sort(
    (a, b) =>
      siblingKinds.indexOf(a.kind) - siblingKinds.indexOf(b.kind) ||
      (b.redundantBounds?.high ?? 0) - (a.redundantBounds?.high ?? 0) ||
      b.requests - a.requests ||
      (`${a.endpoint} ${a.client}` < `${b.endpoint} ${b.client}` ? -1 : 1),
  );
  return { rows: capped(rows), assumptions: assumptionsOf(rows, context.ttls) };
}

interface Timeline {
  startMs: Float64Array;
  durationMs: Int32Array;
  count: number;
}

function resultOf({ kind, callers }: SiblingPlan, context: SiblingContext): SiblingResult {
  const { caller } = callers[0]!;
  const durations = emptyDurations();
  const gaps = emptyDurations();
  let requests = 0;
  let failed = 0;
  let inside = 0;
  let resolutionMs = 0;
  const byHolder = new Map<string, Timeline>();
  for (const { caller: one, logs } of callers) {
    const holder = holderOf(one);
    const room = sumOf(logs, ({ count }) => count);
    const into = withRoom(byHolder.get(holder), room);
    byHolder.set(holder, into);
    for (const log of logs) {
      log.forEach((event) => {
        if (!context.counts(event) || event.status === 0) return;
        const startMs = event.startMs + context.shiftMs(event.file);
        requests += 1;
        if (context.demand !== undefined && startMs >= context.demand.span.fromMs && startMs <= context.demand.span.toMs)
          inside += 1;
        // 304: the answer that the caller has is still right.
        if ((event.status < 200 || event.status > 299) && event.status !== 304) {
          failed += 1;
          return;
        }
        resolutionMs = Math.max(resolutionMs, context.resolutionMs(event.file));
        if (event.durationMs >= 0) addDuration(durations, event.durationMs);
        into.startMs[into.count] = startMs;
        into.durationMs[into.count] = event.durationMs;
        into.count += 1;
      });
    }
  }
  const ttl = ttlOf(kind, context.ttls);
  const hides = caller.node === undefined;
  let necessary = 0;
  let redundant = 0;
  let low = 0;
  let holders = 0;
  for (const holder of [...byHolder.keys()].sort()) {
    const { count, ...columns } = byHolder.get(holder)!;
    if (count === 0) continue;
    holders += 1;
    const startMs = columns.startMs.subarray(0, count);
    const durationMs = columns.durationMs.subarray(0, count);
    sortEvents(startMs, durationMs);
    for (let at = 1; at < count; at += 1) addDuration(gaps, Math.round(startMs[at]! - startMs[at - 1]!));
    if (ttl === undefined) continue;
    const verdict: Assessment = assess({ count, startMs, durationMs, lifetimeMs: ttl.ms }, undefined, {
      margin: { kind: 'ms', ms: 0 },
      resolutionMs,
      windowEndMs: Math.max(context.windowEndMs, startMs[count - 1]!),
    });
    necessary += verdict.necessary;
    redundant += verdict.redundant;
    low += hides
      ? Math.min(verdict.redundantLow, redundantWithHidden(verdict.ok, verdict.byFetches.high, verdict.timely, context.maxHidden))
      : verdict.redundantLow;
  }
  const isDocument = ttl?.isDocument === true && caller.rule !== 'overflow';
  return {
    kind,
    endpoint: `${caller.host ?? ''}${caller.path}`,
    provider: caller.provider ?? null,
    client: nameOf(caller),
    holders,
    requests,
    ok: requests - failed,
    failed,
    perDemand: context.demand === undefined || inside === 0 ? null : round(context.demand.count / inside, 3),
    necessary: isDocument ? necessary : null,
    redundant: isDocument ? redundant : null,
    redundantBounds: ttl === undefined ? null : { low: isDocument ? low : 0, high: redundant },
    lifetimeSeconds: ttl === undefined ? null : ttl.ms / 1000,
    lifetimeFrom: ttl === undefined ? 'unknown' : context.ttls[kind] === undefined ? 'assumed' : 'option',
    requestMs: quantilesOf(durations),
    gapMs: quantilesOf(gaps),
  };
}

const nameOf = (caller: Caller): string => (caller.rule === 'overflow' ? 'all other callers' : keyOf(caller).client);

function ttlOf(kind: Kind, ttls: SiblingTtls): { readonly ms: number; readonly isDocument: boolean } | undefined {
  const kept = KEPT[kind];
  return kept && { ms: ttls[kind] ?? kept.ms, isDocument: kept.isDocument };
}

/** Several callers of one holder share its timeline. */
function withRoom(known: Timeline | undefined, room: number): Timeline {
  if (known === undefined) return { startMs: new Float64Array(room), durationMs: new Int32Array(room), count: 0 };
  const startMs = new Float64Array(known.count + room);
  const durationMs = new Int32Array(known.count + room);
  startMs.set(known.startMs.subarray(0, known.count));
  durationMs.set(known.durationMs.subarray(0, known.count));
  return { startMs, durationMs, count: known.count };
}

function assumptionsOf(rows: readonly SiblingResult[], ttls: SiblingTtls): Assumption[] {
  return siblingKinds.flatMap((kind): Assumption[] => {
    const kept = KEPT[kind];
    if (kept === undefined || !rows.some((row) => row.kind === kind)) return [];
    const given = ttls[kind];
    const value = `an answer is kept for ${(given ?? kept.ms) / 1000} s`;
    const from = given === undefined ? kept.from : '--sibling-ttl';
    const about = kept.isDocument ? [] : ['no log says which token or user it is about: only bounds'];
    return [{ id: `sibling.${kind}`, value: [value, ...about].join('; '), from, affects: ['siblingKeys'] }];
  });
}

/** Rows are sorted, the largest of a kind first: of the rest one row for each kind and endpoint. Quantiles do not add up. */
function capped(rows: readonly SiblingResult[]): SiblingResult[] {
  if (rows.length <= MOST_ROWS) return [...rows];
  const ranked = rows.map((row, index) => ({ row, index })).sort((a, b) => b.row.requests - a.row.requests || a.index - b.index);
  const kept = ranked
    .slice(0, MOST_ROWS)
    .sort((a, b) => a.index - b.index)
    .map(({ row }) => row);
  const others = new Map<string, SiblingResult[]>();
  for (const { row } of ranked.slice(MOST_ROWS)) {
    const name = `${row.kind} ${row.endpoint}`;
    const list = others.get(name);
    if (list === undefined) others.set(name, [row]);
    else list.push(row);
  }
  return [...kept, ...[...others.values()].map(together)];
}

function together(rows: readonly SiblingResult[]): SiblingResult {
  const [first] = rows;
  const add = (pick: (row: SiblingResult) => number): number => sumOf(rows, pick);
  const known = rows.every((row) => row.redundant !== null);
  const ratios = rows.every((row) => row.perDemand !== null);
  return {
    ...first!,
    client: `${rows.length} other callers`,
    holders: add((row) => row.holders),
    requests: add((row) => row.requests),
    ok: add((row) => row.ok),
    failed: add((row) => row.failed),
    // Requests of the gateway per request: of several callers the inverses add up.
    perDemand: ratios ? round(1 / add((row) => 1 / row.perDemand!), 3) : null,
    necessary: known ? add((row) => row.necessary!) : null,
    redundant: known ? add((row) => row.redundant!) : null,
    redundantBounds:
      first!.redundantBounds === null
        ? null
        : { low: add((row) => row.redundantBounds?.low ?? 0), high: add((row) => row.redundantBounds?.high ?? 0) },
    requestMs: null,
    gapMs: null,
  };
}
