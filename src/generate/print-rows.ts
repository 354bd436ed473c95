/** W3C extended logs: rows under a header that names the columns. */
import type { Slot } from '../formats/define.js';
import type { Printer } from './print.js';
import { idWriter, type LineRecord } from './values.js';

interface Column {
  readonly name: string;
  /** What a reader takes from it. */
  readonly slot?: Slot;
  readonly write: (record: LineRecord) => string;
}

interface Rows {
  readonly gap: string;
  readonly stamped: 'start' | 'end';
  readonly head: (date: string) => readonly string[];
  readonly columns: readonly Column[];
}

const always = (name: string, text = '-'): Column => ({ name, write: () => text });
const column = (name: string, slot: Slot, write: (record: LineRecord) => string): Column => ({ name, slot, write });

const method = column('cs-method', 'method', (record) => record.method);
const path = column('cs-uri-stem', 'path', (record) => record.path);
const query = column('cs-uri-query', 'query', (record) => record.query);
const client = column('c-ip', 'client', ({ address }) => address);
const status = column('sc-status', 'status', (record) => String(record.status));
const bytes = column('sc-bytes', 'bytes', (record) => String(record.bytes));
const taken = column('time-taken', 'duration', ({ durationMs }) => String(durationMs));
const agent = column('cs(User-Agent)', 'userAgent', ({ userAgent }) => userAgent.replaceAll(' ', '+'));
const edgeId = idWriter('aBcD1234EfGh5678IjKl9012MnOp3456QrSt7890UvWx1234YzAb56==');

/** What the edge says of its cache: only a request that reached the origin missed. */
const edgeResult = ({ cache, upstreamMs }: LineRecord): string => {
  if (cache !== undefined) return cache === 'HIT' ? 'Hit' : 'Miss';
  return upstreamMs === undefined ? 'Error' : 'Miss';
};

const tables: Readonly<Record<string, Rows>> = {
  w3c: {
    gap: ' ',
    stamped: 'end',
    head: (date) => ['#Software: Microsoft Internet Information Services 10.0', '#Version: 1.0', `#Date: ${date}`],
    columns: [
      { name: 's-computername', write: ({ writer }) => writer.toUpperCase() },
      ...[always('s-ip', '10.40.0.5'), method, path, query, always('s-port', '443')],
      column('cs-username', 'identity', ({ clientId }) => clientId),
      ...[client, agent, always('cs(Referer)')],
      column('cs-host', 'host', ({ host }) => host),
      ...[status, always('sc-substatus', '0'), always('sc-win32-status', '0'), bytes, taken],
    ],
  },
  'w3c-aspnet': {
    gap: ' ',
    stamped: 'start',
    head: (date) => ['#Version: 1.0', `#Start-Date: ${date}`],
    columns: [
      client,
      column('cs-username', 'identity', ({ clientId }) => clientId),
      { name: 's-computername', write: ({ writer }) => writer.toUpperCase() },
      ...[always('s-ip', '10.40.0.5'), always('s-port', '8443'), method, path],
      column('cs-uri-query', 'query', (record) => (record.query === '' ? '' : `?${record.query}`)),
      status,
      column('time-taken', 'duration', ({ durationMs }) => `${durationMs}.0000`),
      always('cs-version', 'HTTP/1.1'),
      column('cs-host', 'host', ({ host }) => host),
      ...[agent, always('cs(Referer)')],
    ],
  },
  cloudfront: {
    gap: '\t',
    stamped: 'end',
    head: () => ['#Version: 1.0'],
    columns: [
      ...[
        always('x-edge-location', 'DUB56-P1'),
        bytes,
        client,
        method,
        always('cs(Host)', 'd2exampleabcde.cloudfront.net'),
        path,
      ],
      ...[status, always('cs(Referer)')],
      column('cs(User-Agent)', 'userAgent', ({ userAgent }) => encodeURI(userAgent)),
      ...[query, always('cs(Cookie)'), column('x-edge-result-type', 'cache', edgeResult)],
      column('x-edge-request-id', 'requestId', ({ requestId }) => edgeId(requestId)),
      column('x-host-header', 'host', ({ host }) => host),
      ...[always('cs-protocol', 'https'), always('cs-bytes', '410')],
      column('time-taken', 'duration', ({ durationMs }) => (durationMs / 1000).toFixed(3)),
      ...[always('x-forwarded-for'), always('ssl-protocol', 'TLSv1.3'), always('ssl-cipher', 'TLS_AES_128_GCM_SHA256')],
      { name: 'x-edge-response-result-type', write: edgeResult },
      ...[always('cs-protocol-version', 'HTTP/2.0'), always('fle-status'), always('fle-encrypted-fields')],
    ],
  },
};

/** The printer of a W3C format; undefined: the format is none. */
export function rowPrinter(format: string): Printer | undefined {
  const rows = tables[format];
  if (rows === undefined) return undefined;
  const { gap, stamped, columns } = rows;
  let second = Number.NaN;
  let time = '';
  const print = (record: LineRecord): string => {
    const ms = stamped === 'end' ? record.startMs + record.durationMs : record.startMs;
    const now = Math.floor(ms / 1000);
    if (now !== second) {
      time = new Date(now * 1000).toISOString().slice(0, 19).replace('T', gap);
      second = now;
    }
    let line = time;
    for (const { write } of columns) line += gap + (write(record) || '-');
    return line;
  };
  const head = (ms: number): readonly string[] => [
    ...rows.head(new Date(ms).toISOString().slice(0, 19).replace('T', ' ')),
    `#Fields: date time ${columns.map(({ name }) => name).join(' ')}`,
  ];
  const shows = new Set<Slot>(['time', ...columns.flatMap(({ slot }) => slot ?? [])]);
  return { format, shows, print, head, ...(format === 'cloudfront' ? { always: ['cache'] } : {}) };
}
