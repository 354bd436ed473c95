/** From the records of a log to what would be sent and when. Pure: the same records and options give the same plan. */
import { compileGlob, type Glob, matchGlob } from '../events/glob.js';
import { shareOf } from './random.js';

/** One request of a log, as the reader of logs gives it: text has passed the redactor. */
export interface ReplayRecord {
  /** Start of the request, ms since the epoch. */
  readonly timeMs: number;
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly query: string | undefined;
  readonly host: string | undefined;
  /** Who asked: an id of a client, else an address. */
  readonly client: string | undefined;
  readonly status: number | undefined;
}

export interface BodyTemplate {
  readonly method: string;
  /** Glob of the path. */
  readonly path: string;
  readonly text: string;
}

export interface PlanOptions {
  /** Times as fast as the log; 1 if not given. */
  readonly speed?: number;
  /** Requests a second, evenly spaced, instead of the times of the log. */
  readonly ratePerSecond?: number;
  /** Gaps between two requests are cut to this, in ms of the log. */
  readonly maxGapMs?: number;
  /** Share of the clients, 0 to 1; whole clients, since reuse is a property of a client. */
  readonly sample?: number;
  readonly seed?: number;
  /** Methods that may be sent besides the safe ones. */
  readonly allowMethods?: readonly string[];
  readonly bodies?: readonly BodyTemplate[];
  /** So many requests at most, after sampling. */
  readonly limit?: number;
}

export interface PlannedRequest {
  /** ms after the start of the replay. */
  readonly dueMs: number;
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly client: string;
  readonly body: string | undefined;
  /** Status that the log says; 0 if it does not. */
  readonly status: number;
}

export const withheldReasons = [
  'method',
  'no method',
  'no path',
  'secret in the path',
  'secret in the query',
  'not a path',
  'no body template',
  'limit',
] as const;
export type WithheldReason = (typeof withheldReasons)[number];

export interface Plan {
  readonly requests: readonly PlannedRequest[];
  readonly records: number;
  readonly clients: number;
  readonly sampledClients: number;
  /** Records of clients that are not in the sample. */
  readonly notSampled: number;
  readonly withheld: ReadonlyMap<WithheldReason, number>;
  readonly withheldMethods: ReadonlyMap<string, number>;
  readonly methods: ReadonlyMap<string, number>;
  /** Records that were out of time order, and by how much the worst was, in ms. */
  readonly reordered: number;
  readonly worstDisorderMs: number;
  /** From the first to the last record of the log, ms. */
  readonly logSpanMs: number;
  /** When the last request is due, ms after the start. */
  readonly durationMs: number;
  readonly peakPerSecond: number;
  /** Time that --max-gap took out of the log, ms, and in how many gaps. */
  readonly gapsCutMs: number;
  readonly gapsCut: number;
  readonly longestGapMs: number;
  readonly hosts: ReadonlySet<string>;
}

const safeMethods: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);
const bodyMethods: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH']);

/** What the redactor leaves where a secret was. */
const MARK = /<redacted:|\{secret\}/;
/** Characters a request target can have on the wire (RFC 3986, and what servers see and log besides). */
const SENDABLE = /^\/[\x21-\x22\x24-\x7e]*$/;

const bump = <K>(counts: Map<K, number>, key: K): void => {
  counts.set(key, (counts.get(key) ?? 0) + 1);
};

interface Sendable {
  readonly record: ReplayRecord;
  readonly method: string;
  readonly path: string;
  readonly body: string | undefined;
}

type CompiledBody = { readonly method: string; readonly glob: Glob; readonly text: string };

const judge = (
  record: ReplayRecord,
  allowed: ReadonlySet<string>,
  bodies: readonly CompiledBody[],
): Sendable | WithheldReason => {
  const { path, query } = record;
  const method = record.method?.toUpperCase();
  if (method === undefined || !/^[A-Z]{1,20}$/.test(method)) return 'no method';
  if (!allowed.has(method)) return 'method';
  if (path === undefined || path === '') return 'no path';
  if (MARK.test(path)) return 'secret in the path';
  if (query !== undefined && MARK.test(query)) return 'secret in the query';
  const whole = query === undefined || query === '' ? path : `${path}?${query}`;
  if (!SENDABLE.test(whole)) return 'not a path';
  if (!bodyMethods.has(method)) return { record, method, path: whole, body: undefined };
  const body = bodies.find((each) => each.method === method && matchGlob(each.glob, path));
  return body === undefined ? 'no body template' : { record, method, path: whole, body: body.text };
};

/** The most requests that are due within any one second that starts with a request. */
export const peakPerSecond = (dueMs: readonly number[]): number => {
  let [peak, from] = [0, 0];
  for (let to = 0; to < dueMs.length; to += 1) {
    while (dueMs[to]! - dueMs[from]! >= 1000) from += 1;
    peak = Math.max(peak, to - from + 1);
  }
  return peak;
};

const disorder = (records: readonly ReplayRecord[]): { reordered: number; worstDisorderMs: number } => {
  let [reordered, worstDisorderMs, newest] = [0, 0, Number.NEGATIVE_INFINITY];
  for (const { timeMs } of records) {
    if (timeMs < newest) {
      reordered += 1;
      worstDisorderMs = Math.max(worstDisorderMs, newest - timeMs);
    } else newest = timeMs;
  }
  return { reordered, worstDisorderMs };
};

interface Times {
  readonly dueMs: readonly number[];
  readonly gapsCut: number;
  readonly gapsCutMs: number;
  readonly longestGapMs: number;
}

/** `due = (t - t_first) / speed`, always from the first request, so that nothing drifts. Times are sorted. */
export const schedule = (
  timesMs: readonly number[],
  { speed = 1, ratePerSecond, maxGapMs = Number.POSITIVE_INFINITY }: PlanOptions,
): Times => {
  let [gapsCut, gapsCutMs, longestGapMs] = [0, 0, 0];
  const dueMs = timesMs.map((timeMs, index) => {
    const gap = index === 0 ? 0 : timeMs - timesMs[index - 1]!;
    longestGapMs = Math.max(longestGapMs, gap);
    if (gap > maxGapMs) {
      gapsCut += 1;
      gapsCutMs += gap - maxGapMs;
    }
    return ratePerSecond === undefined ? (timeMs - timesMs[0]! - gapsCutMs) / speed : (index * 1000) / ratePerSecond;
  });
  return { dueMs, gapsCut, gapsCutMs, longestGapMs };
};

export const makePlan = (records: readonly ReplayRecord[], options: PlanOptions = {}): Plan => {
  const allowed = new Set([...safeMethods, ...(options.allowMethods ?? []).map((each) => each.toUpperCase())]);
  const bodies = (options.bodies ?? []).map(({ method, path, text }) => ({
    method: method.toUpperCase(),
    glob: compileGlob(path),
    text,
  }));
  const { sample = 1, seed = 1, limit = Number.POSITIVE_INFINITY } = options;
  const withheld = new Map<WithheldReason, number>();
  const withheldMethods = new Map<string, number>();
  const clients = new Map<string, boolean>();
  let notSampled = 0;
  const sendable: Sendable[] = [];
  for (const record of records) {
    const client = record.client ?? '';
    const sampled = clients.get(client) ?? shareOf(client, seed) < sample;
    clients.set(client, sampled);
    if (!sampled) {
      notSampled += 1;
      continue;
    }
    const judged = judge(record, allowed, bodies);
    if (typeof judged !== 'string') sendable.push(judged);
    else {
      bump(withheld, judged);
      if (judged === 'method') bump(withheldMethods, record.method!.toUpperCase());
    }
  }
  // Stable: requests of one moment stay in the order of the log.
  sendable.sort((a, b) => a.record.timeMs - b.record.timeMs);
  if (sendable.length > limit) withheld.set('limit', sendable.length - limit);
  const chosen = sendable.slice(0, limit);
  const times = schedule(
    chosen.map(({ record }) => record.timeMs),
    options,
  );
  const methods = new Map<string, number>();
  for (const { method } of chosen) bump(methods, method);
  let [from, to] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { timeMs } of records) [from, to] = [Math.min(from, timeMs), Math.max(to, timeMs)];
  return {
    requests: chosen.map(({ record, method, path, body }, index) => ({
      dueMs: times.dueMs[index]!,
      method,
      path,
      client: record.client ?? '',
      body,
      status: record.status ?? 0,
    })),
    records: records.length,
    clients: clients.size,
    sampledClients: [...clients.values()].filter(Boolean).length,
    notSampled,
    withheld,
    withheldMethods,
    methods,
    ...disorder(records),
    logSpanMs: records.length === 0 ? 0 : to - from,
    durationMs: times.dueMs.at(-1) ?? 0,
    peakPerSecond: peakPerSecond(times.dueMs),
    gapsCut: times.gapsCut,
    gapsCutMs: times.gapsCutMs,
    longestGapMs: times.longestGapMs,
    hosts: new Set(records.flatMap(({ host }) => (host === undefined || host === '' ? [] : [host.toLowerCase()]))),
  };
};
