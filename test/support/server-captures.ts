/** What each real server is expected to have logged of the requests that were driven through it, from what it documents. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { requests } from '../../fixtures/servers/requests.mjs';
import { analyze } from '../../src/pipeline.js';
import { readRecords } from '../../src/scan/read-records.js';
import type { FilledRecord } from '../../src/scan/record.js';

interface Seen {
  readonly name: string;
  readonly sentMs: number;
  readonly receivedMs: number;
  readonly status: number | null;
  readonly bytes: number;
  readonly bodyBytes: number;
  readonly contentBytes: number;
}

interface LogOf {
  readonly file: string;
  readonly kind: string;
  readonly logFormat?: string;
}

/** How one kind of log differs from the rest. */
interface Kind {
  /** What the number of bytes counts: the body as sent or without the marks of chunks, or the whole answer. HAProxy counts a form of its own. */
  readonly bytes?: 'body' | 'content' | 'whole' | undefined;
  /** The log holds the user agent, and how it writes one that is not there. */
  readonly agent?: 'as sent' | undefined;
  readonly duration?: true;
  readonly upstream?: true;
  /** Which cache words the two requests of `/cache/one` have. */
  readonly cache?: readonly [string, string];
  /** ms: the coarsest unit of the stamp. */
  readonly resolutionMs: number;
  readonly stamp: 'start' | 'end' | 'either';
  readonly identity?: true | undefined;
  readonly host?: true;
  /** A quote in the path is written raw, so that the line cannot be read: it is counted as rejected. */
  readonly rawQuotes?: true;
  /** Request lines are cut at this length (`tune.http.logurilen` of HAProxy): what is left of a longer target is its begin. */
  readonly longest?: number;
  /** A path that is logged decoded: percent escapes are gone, slashes are merged. */
  readonly decoded?: true;
}

const combined: Kind = { bytes: 'body', agent: 'as sent', resolutionMs: 1000, stamp: 'either', identity: true };
/** Its modules were not asked to authenticate anybody. */
const apache: Kind = { ...combined, bytes: 'content', identity: undefined };
const haproxy: Kind = { longest: 1024, duration: true, upstream: true, resolutionMs: 1, stamp: 'start' };

export const kinds: Readonly<Record<string, Kind>> = {
  'nginx/combined': combined,
  'nginx/times': { ...combined, duration: true, upstream: true, stamp: 'end', cache: ['miss', 'hit'] },
  'nginx/json': {
    ...combined,
    duration: true,
    upstream: true,
    stamp: 'end',
    resolutionMs: 1,
    cache: ['miss', 'hit'],
    host: true,
  },
  'nginx/custom': { ...combined, duration: true, upstream: true, stamp: 'end', cache: ['miss', 'hit'], host: true },
  'apache/common': { ...apache, agent: undefined },
  'apache/combined': apache,
  'apache/vhost': { ...apache, bytes: 'whole', host: true },
  'apache/custom': {
    bytes: 'body',
    agent: 'as sent',
    duration: true,
    resolutionMs: 1,
    stamp: 'start',
    host: true,
    decoded: true,
  },
  'apache/seconds': { ...apache, agent: undefined, stamp: 'start' },
  'haproxy/httplog': haproxy,
  'haproxy/clf': { ...haproxy, resolutionMs: 1000 },
  'haproxy/captures': haproxy,
  'haproxy/custom': haproxy,
  'squid/native': { bytes: 'whole', duration: true, resolutionMs: 1, stamp: 'end', cache: ['miss', 'hit'], host: true },
  'squid/combined': {
    ...combined,
    identity: undefined,
    rawQuotes: true,
    bytes: 'whole',
    cache: ['miss', 'hit'],
    stamp: 'end',
    host: true,
  },
  'squid/common': {
    ...combined,
    identity: undefined,
    rawQuotes: true,
    agent: undefined,
    bytes: 'whole',
    cache: ['miss', 'hit'],
    stamp: 'end',
    host: true,
  },
  'varnish/default': { ...combined, bytes: 'content', host: true },
  'varnish/custom': {
    ...combined,
    bytes: 'content',
    duration: true,
    upstream: true,
    cache: ['miss', 'hit'],
    stamp: 'start',
    host: true,
  },
  'caddy/json': { ...combined, identity: undefined, duration: true, resolutionMs: 1, stamp: 'end', host: true },
  'caddy/strings': { ...combined, identity: undefined, duration: true, resolutionMs: 1, stamp: 'end', host: true },
};

/** Whole seconds of Caddy's and squid's clocks are cut, not rounded; a client's clock reads before and after the server's. */
const SLACK_MS = 2;

async function recordsOf(path: string, logFormat: string | undefined): Promise<FilledRecord[]> {
  const all: FilledRecord[] = [];
  for await (const some of readRecords({ inputs: [path], cwd: '.', logFormat }, () => undefined)) all.push(...some);
  return all;
}

/** Path and query as text without what a server decodes. */
const decodedPath = (path: string): string => {
  const text = Buffer.from(
    path.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  );
  return text.toString('utf8').replaceAll(/\/+/g, '/');
};

/** Every difference between what was sent and seen, and what was read; none for a log that is read right. */
export async function differences(folder: string, server: string): Promise<string[]> {
  const { listeners } = JSON.parse(readFileSync(join(folder, 'seen.json'), 'utf8')) as {
    listeners: { logs: LogOf[]; seen: Seen[] }[];
  };
  const wrong: string[] = [];
  for (const { logs, seen } of listeners) {
    for (const { file, kind, logFormat } of logs) {
      const name = `${server}/${kind}`;
      const expected = kinds[name];
      if (expected === undefined) throw new Error(`nothing is said of ${name}`);
      const records = await recordsOf(join(folder, file), logFormat);
      compare(expected, records, seen, (text) => wrong.push(`${name}: ${text}`));
      await tokenFetches(join(folder, file), logFormat, name, wrong);
    }
  }
  return wrong;
}

function compare(kind: Kind, records: readonly FilledRecord[], seen: readonly Seen[], say: (text: string) => void): void {
  let next = 0;
  requests.forEach((request, index) => {
    if (request.raw !== undefined) return;
    const was = seen[index]!;
    const [sentPath = '', sentQuery] = request.target!.split(/\?(.*)/s);
    const wantedPath = kind.decoded ? decodedPath(sentPath) : sentPath;
    const found = records.findIndex(
      ({ method, path }, at) =>
        at >= next && method === request.method && (samePath(path, wantedPath) || isCut(kind, path, wantedPath)),
    );
    const label = `${request.name} (${request.method} ${sentPath.slice(0, 60)})`;
    if (found < 0) {
      // Some servers turn away what is no valid request before they know what it asks.
      if (was.status === 400 || (kind.rawQuotes && request.target!.includes('"'))) return;
      say(`${label}: no record`);
      return;
    }
    next = found + 1;
    const record = records[found]!;
    const differ = (what: string, got: unknown, wanted: unknown): void => {
      if (got !== wanted) say(`${label}: ${what} is ${JSON.stringify(got)}, was ${JSON.stringify(wanted)}`);
    };
    differ('status', record.status, was.status ?? undefined);
    const cut = isCut(kind, record.path, wantedPath);
    if (!cut && sentQuery !== undefined && !samePath(record.query, sentQuery)) differ('query', record.query, sentQuery);
    if (kind.bytes !== undefined)
      differ('bytes', record.bytes ?? 0, { body: was.bodyBytes, content: was.contentBytes, whole: was.bytes }[kind.bytes]);
    const client = request.ipv6 ? '::1' : '127.0.0.1';
    differ('client', record.client?.replace(/^::ffff:/, ''), client);
    if (kind.agent === 'as sent') {
      const agent = request.agent === null || request.agent === '' ? undefined : request.agent;
      differ('agent', record.userAgent === '' || record.userAgent === '-' ? undefined : record.userAgent, agent);
    }
    const first = was.sentMs - SLACK_MS - (kind.resolutionMs > 1 ? kind.resolutionMs : 0);
    const last = was.receivedMs + SLACK_MS;
    const time = record.time ?? Number.NaN;
    if (!(time >= first && time <= last)) say(`${label}: time ${time} is not within ${was.sentMs} and ${was.receivedMs}`);
    if (kind.stamp !== 'either') differ('timeAt', record.timeAt, kind.stamp);
    if (kind.duration) {
      const took = record.durationMs;
      if (took === undefined || took < 0 || took > was.receivedMs - was.sentMs + SLACK_MS) say(`${label}: duration ${took}`);
      if (request.name === 'slow' && (took === undefined || took < 145)) say(`${label}: duration ${took} is too short`);
      if (kind.upstream && record.upstreamMs !== undefined && record.upstreamMs > (took ?? 0) + SLACK_MS)
        say(`${label}: upstream ${record.upstreamMs} of ${took}`);
    }
    if (kind.cache !== undefined && request.name.startsWith('cache, '))
      differ('cache', record.cache, kind.cache[request.name === 'cache, first' ? 0 : 1]);
    if (kind.identity && request.authorization !== undefined) differ('identity', record.identity, 'orders-gw');
    if (kind.host) differ('host', record.host?.replace(/:\d+$/, ''), 'api.example.com');
  });
  // What is left over says nothing that was not asked.
  const asked = new Set(requests.map(({ method, target }) => `${method} ${target?.split('?')[0]}`));
  for (const { method, path, status, skip } of records) {
    if (skip !== undefined || status === 400 || status === 408) continue;
    const known = [...asked].some((one) => one.startsWith(`${method} `) && hasPath(kind, path, one.slice(method!.length + 1)));
    if (!known) say(`nobody asked ${method} ${path?.slice(0, 60)} (${status})`);
  }
}

const isCut = ({ longest }: Kind, got: string | undefined, wanted: string): boolean =>
  longest !== undefined && got !== undefined && got.length > longest - 24 && got.length < wanted.length && wanted.startsWith(got);

const hasPath = (kind: Kind, got: string | undefined, wanted: string): boolean =>
  samePath(got, wanted, kind.decoded) || isCut(kind, got, wanted);

/** As logged, but for the redaction: a place that could hold a secret may be `{secret}`. */
const samePath = (got: string | undefined, wanted: string, decoded = false): boolean =>
  got === wanted || got === (decoded ? decodedPath(wanted) : wanted);

async function tokenFetches(path: string, logFormat: string | undefined, name: string, wrong: string[]): Promise<void> {
  const { totals } = await analyze({ inputs: [path], ...(logFormat === undefined ? {} : { logFormat }) });
  const { all, ok, failed } = totals.fetches;
  if (all !== 6 || ok !== 5 || failed !== 1) wrong.push(`${name}: ${all} fetches, ${ok} ok, ${failed} failed; 6, 5, 1 were made`);
}
