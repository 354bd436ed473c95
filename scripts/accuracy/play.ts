/** One case from the fleet to what was right and wrong about it: logs in a folder of its own, the real pipeline, the truth. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { HolderVerdict, KeyVisitor } from '../../src/analysis/assess-key.js';
import type { RunJoin } from '../../src/analysis/join.js';
import type { Analysis, Finding } from '../../src/analysis/result.js';
import { neededFields } from '../../src/diagnosis/needs.js';
import type { Field } from '../../src/diagnosis/rule.js';
import { generateLogs } from '../../src/generate/generate.js';
import type { FetchRow, KeyTruth, Truth } from '../../src/generate/truth.js';
import { analyzeSeen } from '../../src/pipeline.js';
import { again, type Case } from './plan.js';

export interface Counts {
  ok: number;
  necessary: number;
  ahead: number;
  redundant: number;
  unknown: number;
}

/** One client at one holder, as far as the log tells them apart. */
export interface Cell {
  readonly name: string;
  readonly truth: Counts;
  readonly found: Counts;
}

export interface ClientOutcome {
  readonly client: string;
  /** null: healthy. */
  readonly cause: string | null;
  readonly behaviour: string;
  /** All fields are there that the cause needs. */
  readonly hasFields: boolean;
  readonly missing: readonly Field[];
  /** Of the finding that comes first; null without one. */
  readonly code: string | null;
  readonly confidence: number;
  readonly codes: readonly string[];
}

export interface Outcome {
  readonly id: string;
  readonly behaviour: string;
  readonly view: string;
  readonly formats: string;
  /** How often numbers were drawn before the cause showed in the truth; -1: never. */
  readonly attempts: number;
  readonly lifetimeKnown: boolean;
  readonly rejected: number;
  readonly cells: readonly Cell[];
  readonly bounds: { readonly ok: number; readonly truth: number; readonly low: number; readonly high: number };
  readonly clients: readonly ClientOutcome[];
  readonly join: {
    readonly by: string;
    readonly sure: number;
    readonly right: number;
    /** Fetches that a request of the log waited for. */
    readonly possible: number;
    /** Resolution of the coarser stamps. */
    readonly stepMs: number;
    readonly skewErrorMs: number | null;
  } | null;
  /** Per route of a gateway's log that is alone. */
  readonly inferred: readonly InferredOutcome[];
}

export interface InferredOutcome {
  /** Share of requests that waited for a fetch of their own, and the median of what they waited. */
  readonly share: number;
  readonly waitMs: number;
  /** null: nothing was to be seen. */
  readonly found: {
    readonly holdsShare: boolean;
    readonly holdsWait: boolean;
    readonly shareError: number;
    readonly waitError: number;
  } | null;
}

const MOST_ATTEMPTS = 24;

/** Makes the case, analyses it and holds both together. The folder is gone afterwards. */
export async function play(planned: Case): Promise<Outcome> {
  let one = planned;
  let made = make(one);
  let attempts = 1;
  for (; attempts < MOST_ATTEMPTS && !shows(made.truth); attempts += 1) {
    one = again(planned, attempts);
    made = make(one);
  }
  const isShown = shows(made.truth);
  const root = mkdtempSync(join(tmpdir(), 'token-tax-accuracy-'));
  try {
    for (const [name, text] of made.files) {
      if (!isGiven(one, name)) continue;
      mkdirSync(dirname(join(root, name)), { recursive: true });
      writeFileSync(join(root, name), text);
    }
    const watched = new Watch();
    const loopback = [...made.files.keys()].some((name) => name.startsWith('loopback/')) && one.seesIssuer;
    const result = await analyzeSeen(
      {
        inputs: [...(one.seesGateway ? ['gateway'] : []), ...(one.seesIssuer ? ['issuer'] : [])],
        cwd: root,
        ...(loopback ? { loopback: ['loopback'] } : {}),
        ...(one.saysLifetime ? { lifetime: [`${one.options.lifetimeMs! / 1000}s`] } : {}),
      },
      [watched],
    );
    return { ...judge(one, isShown ? attempts : -1, made.truth, result, watched), inferred: inferredOutcome(one, made, result) };
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

const isGiven = (one: Case, name: string): boolean => (name.startsWith('gateway/') ? one.seesGateway : one.seesIssuer);

export function make({ options }: Case): { files: Map<string, string>; truth: Truth } {
  const files = new Map<string, string>();
  const logs = generateLogs(options);
  let step = logs.next();
  for (; step.done !== true; step = logs.next()) {
    const { file, text } = step.value;
    files.set(file, (files.get(file) ?? '') + text);
  }
  return { files, truth: step.value };
}

/** Causes that are a way to keep tokens: a cache that no request ever finds filled is none. */
const CACHES = new Set(['TT103', 'TT105', 'TT106', 'TT108', 'TT109', 'TT111', 'TT113', 'TT114', 'TT117']);

/** Whether what happened is the cause at all, by the truth alone: a cache that is hit, waste, failures, holders that expire. */
function shows({ keys, window }: Truth): boolean {
  return keys.every((key) => {
    const { cause, behaviour, demand, fetches } = key;
    if (fetches.all === 0) return false;
    const uses = demand / Math.max(1, fetches.ok);
    if (cause === null) return behaviour === 'back-off' || uses >= 2;
    if (CACHES.has(cause) && uses < 2) return false;
    if (behaviour === 'TT110') return fetches.failed >= 20;
    if (cause === 'TT107') return key.holders.filter(({ fetches: { ok } }) => ok >= 5).length >= 4 && uses >= 2;
    if (cause === 'TT112') return key.holders.length >= 20;
    // More often than any cache of their answers would let them.
    const everyMs = ((window.toMs - window.fromMs) * key.holders.length) / demand;
    if (cause === 'TT115' || cause === 'TT116') return uses >= 2 && everyMs < 30_000;
    if (cause === 'TT117' || cause === 'TT118') return uses >= 2;
    return fetches.redundant >= 10 && fetches.redundant >= 0.1 * fetches.ok;
  });
}

/** Copies what the run lets others see. */
class Watch implements KeyVisitor {
  readonly holders: (Counts & { readonly client: string; readonly holder: string })[] = [];
  join: { readonly fetchMs: Float64Array; readonly requestMs: Float64Array; readonly routes: readonly string[] } | undefined;
  private pending: HolderVerdict[] = [];

  readonly visitHolder = (holder: HolderVerdict): void => {
    this.pending.push({ ...holder });
  };

  readonly visitKey: NonNullable<KeyVisitor['visitKey']> = (key) => {
    const { client } = key.key;
    for (const { holder, ok, necessary, ahead, redundant, unknown } of this.pending)
      this.holders.push({ client, holder, ok, necessary, ahead, redundant, unknown });
    this.pending = [];
  };

  readonly visitJoin = ({ requests, fetches, requestOf, sure }: RunJoin): void => {
    const rows = [...requestOf.keys()].filter((row) => sure[row] === 1 && requestOf[row]! >= 0);
    this.join = {
      fetchMs: Float64Array.from(rows, (row) => fetches.startMs[row]!),
      requestMs: Float64Array.from(rows, (row) => requests.startMs[requestOf[row]!]!),
      routes: rows.map((row) => requests.routes[requests.route[requestOf[row]!]!]!),
    };
  };
}

function judge(one: Case, attempts: number, truth: Truth, result: Analysis, watched: Watch): Omit<Outcome, 'inferred'> {
  const { options } = one;
  const { redundant } = result.totals.bounds;
  return {
    id: one.id,
    behaviour: one.behaviour,
    view: one.view,
    formats: `${options.gatewayFormat} ${options.issuerFormat}`,
    attempts,
    lifetimeKnown: result.keys.every(({ lifetimeFrom }) => lifetimeFrom !== 'unknown') && lifeIsRight(one, truth),
    rejected: result.input.lines.rejected,
    cells: cellsOf(one, truth, watched),
    bounds: { ...inLog(truth), ...redundant },
    clients: clientsOf(one, truth, result),
    join: joinOutcome(one, truth, result, watched),
  };
}

/** What bounds are about: fetches whose line is in the log. */
function inLog({ fetches, totals }: Truth): { ok: number; truth: number } {
  if (fetches === null) return { ok: totals.fetches.ok, truth: totals.fetches.redundant };
  const logged = fetches.filter((row) => row.inLog && row.verdict !== 'failed');
  return { ok: logged.length, truth: logged.filter(({ verdict }) => verdict === 'redundant').length };
}

/** A life that changes is not known by an option that says one. */
const lifeIsRight = (one: Case, { keys }: Truth): boolean =>
  !one.saysLifetime || keys.every(({ lifetimes }) => lifetimes !== 'countdown' && lifetimes.length === 1);

function cellsOf(one: Case, truth: Truth, { holders }: Watch): Cell[] {
  const { nat, clientField = true } = one.options;
  const nameOf = (client: string, address: string): string =>
    `${clientField ? client : ''} ${nat === true ? '' : address}`.trim() || 'all';
  const cells = new Map<string, { truth: Counts; found: Counts }>();
  const at = (name: string): { truth: Counts; found: Counts } => {
    const known = cells.get(name) ?? { truth: none(), found: none() };
    cells.set(name, known);
    return known;
  };
  for (const key of truth.keys)
    for (const { address, fetches } of key.holders) add(at(nameOf(key.client, address)).truth, { ...fetches, unknown: 0 });
  for (const found of holders) {
    if (found.ok === 0) continue;
    add(at(nameOf(found.client, found.holder)).found, found);
  }
  return [...cells].map(([name, cell]) => ({ name, ...cell })).filter(({ truth, found }) => truth.ok + found.ok > 0);
}

const none = (): Counts => ({ ok: 0, necessary: 0, ahead: 0, redundant: 0, unknown: 0 });
function add(to: Counts, from: Counts): void {
  for (const name of Object.keys(to) as (keyof Counts)[]) to[name] += from[name];
}

/** What this log shows, in the words of the rules. */
function fieldsOf(one: Case, truth: Truth, result: Analysis): ReadonlySet<Field> {
  const { issuer, gateway } = truth.shows;
  const { options, seesGateway } = one;
  const fields = new Set<Field>(['start', 'status']);
  if (issuer.includes('duration')) fields.add('duration');
  if (options.clientField !== false && (issuer.includes('clientId') || issuer.includes('identity'))) fields.add('client');
  if (options.nat !== true) fields.add('holder');
  if (issuer.some((slot) => slot === 'query' || slot === 'target' || slot === 'request')) fields.add('query');
  if (issuer.includes('scope')) fields.add('scope');
  if (issuer.includes('expiresIn')) fields.add('expires_in');
  if (issuer.includes('expiresIn') || (one.saysLifetime && lifeIsRight(one, truth))) fields.add('lifetime');
  const isFine =
    options.sharedIds === true || result.input.files.every(({ resolutionMs }) => resolutionMs === null || resolutionMs < 1000);
  if (isFine) fields.add('fine stamps');
  // Which of several clients a request of the gateway's log was for is shown by fetches that can be given to single requests.
  if (seesGateway && (options.behaviours!.length === 1 || isFine)) fields.add('demand');
  // End users are known by their addresses.
  if (seesGateway && gateway.includes('client')) fields.add('user');
  if (seesGateway && options.sharedIds === true) fields.add('request id');
  // What the back end answers the gateway hands on.
  if (seesGateway && (gateway.includes('upstreamStatus') || gateway.includes('status'))) fields.add('upstream status');
  if (one.behaviour === 'TT117' || one.behaviour === 'loopback') fields.add('cache word');
  return fields;
}

function clientsOf(one: Case, truth: Truth, result: Analysis): ClientOutcome[] {
  const fields = fieldsOf(one, truth, result);
  const byClient = new Map<string, KeyTruth>();
  for (const key of truth.keys) if (!byClient.has(key.client)) byClient.set(key.client, key);
  const isSingle = byClient.size === 1;
  const clientOfKey = new Map(result.keys.map(({ id, client }) => [id, client]));
  const belongs = (finding: Finding, client: string): boolean =>
    isSingle || (finding.key === null ? finding.why.split(/[ ,]/).includes(client) : clientOfKey.get(finding.key) === client);
  return [...byClient.values()].map(({ client, cause, behaviour }): ClientOutcome => {
    const found = result.findings.filter((finding) => belongs(finding, client));
    const needs = cause === null ? [] : (neededFields[behaviour] ?? neededFields[cause] ?? []);
    const missing = needs.filter((field) => !fields.has(field));
    return {
      client,
      cause,
      behaviour,
      hasFields: missing.length === 0,
      missing,
      code: found[0]?.code ?? null,
      confidence: found[0]?.confidence ?? 0,
      codes: [...new Set(found.map(({ code }) => code))],
    };
  });
}

function joinOutcome(one: Case, truth: Truth, result: Analysis, { join: seen }: Watch): Outcome['join'] {
  if (result.join === null || truth.fetches === null || !one.seesGateway) return null;
  const { skewMs = 0 } = one.options;
  const coarsest = (role: string): number =>
    Math.max(1, ...result.input.files.filter((file) => file.role === role).map(({ resolutionMs }) => resolutionMs ?? 1));
  const [gatewayStepMs, issuerStepMs] = [coarsest('gateway'), coarsest('issuer')];
  const truthByMs = new Map<number, FetchRow[]>();
  let possible = 0;
  for (const row of truth.fetches) {
    if (!row.inLog) continue;
    if (row.requestMs !== null) possible += 1;
    const list = truthByMs.get(row.atMs) ?? [];
    truthByMs.set(row.atMs, list);
    list.push(row);
  }
  let right = 0;
  const sure = seen?.fetchMs.length ?? 0;
  for (let at = 0; at < sure; at += 1) {
    // Stamps are rounded down, and a duration is taken off an end that was: either side of the true time by less than this.
    const from = Math.round(seen!.fetchMs[at]! - skewMs);
    let fits = false;
    for (let ms = from - (issuerStepMs - 1); ms <= from + (issuerStepMs - 1) && !fits; ms += 1) {
      fits = (truthByMs.get(ms) ?? []).some(
        ({ requestMs, route }) =>
          requestMs !== null && Math.abs(requestMs - seen!.requestMs[at]!) < gatewayStepMs && route === seen!.routes[at],
      );
    }
    if (fits) right += 1;
  }
  return {
    by: result.join.by,
    sure,
    right,
    possible,
    stepMs: Math.max(gatewayStepMs, issuerStepMs),
    skewErrorMs: result.join.skewMs === null ? null : Math.abs(result.join.skewMs - skewMs),
  };
}

/** What a gateway's log alone was taken to hide, against what it did hide. */
function inferredOutcome(one: Case, { files, truth }: ReturnType<typeof make>, result: Analysis): InferredOutcome[] {
  if (one.seesIssuer || truth.fetches === null) return [];
  const text = [...files].filter(([name]) => name.startsWith('gateway/')).map(([, lines]) => lines);
  const waits = new Map<string, Map<string, number>>();
  for (const { route, request, durationMs } of truth.fetches) {
    if (route === null || request === null) continue;
    const own = waits.get(route) ?? new Map<string, number>();
    waits.set(route, own);
    own.set(request, (own.get(request) ?? 0) + durationMs);
  }
  const found = new Map(result.inferred.map((row) => [row.route, row]));
  return result.routes.flatMap(({ route }): InferredOutcome[] => {
    const requests = text.reduce((sum, lines) => sum + lines.split(route).length - 1, 0);
    if (requests < 100) return [];
    const waited = [...(waits.get(route)?.values() ?? [])].sort((a, b) => a - b);
    const share = waited.length / requests;
    const waitMs = waited[waited.length >> 1] ?? 0;
    const row = found.get(route);
    if (row === undefined) return [{ share, waitMs, found: null }];
    return [
      {
        share,
        waitMs,
        found: {
          holdsShare: share >= row.slowShareLow && share <= row.slowShareHigh,
          holdsWait: waitMs >= row.overheadLowMs && waitMs <= row.overheadHighMs,
          shareError: Math.abs(row.slowShare - share),
          waitError: waitMs === 0 ? 1 : Math.abs(row.overheadMs - waitMs) / waitMs,
        },
      },
    ];
  });
}
