/** A line as a record: every key, nothing secret, nothing that the log does not say. */
import { describe, expect, test } from 'vitest';
import { compileJson, compileTemplate } from '../src/formats/compile.js';
import { formatById } from '../src/formats/index.js';
import { jsonFields } from '../src/formats/json-fields.js';
import { redactQuery } from '../src/redact/index.js';
import { type LogRecord, RecordReader, recordKeys, withoutHoles } from '../src/scan/record.js';

const lines = (reader: RecordReader, text: string): LogRecord[] => {
  const bytes = Buffer.from(text);
  const found: LogRecord[] = [];
  for (let at = 0; at < bytes.length; )
    at = reader.line(bytes, at, bytes.length, at, (record) => found.push(withoutHoles(record)));
  return found;
};

const json = (record: Record<string, unknown>): LogRecord | undefined => {
  const { fields, stamped } = jsonFields([record], []);
  return lines(new RecordReader({ program: compileJson(fields), stamped }), JSON.stringify(record))[0];
};

const template = (text: string) => new RecordReader({ program: compileTemplate(text), stamped: 'end' });

test('a record with everything has every key but those of other formats', () => {
  const found = json({
    ts: '2026-03-02T10:15:30.123Z',
    method: 'POST',
    url: 'https://Auth.Example.com/oauth2/token?grant_type=client_credentials',
    status: 200,
    bytes: 1184,
    duration_ms: 14,
    upstream_ms: 13,
    upstream_addr: '10.30.1.11:8443, 10.30.1.12:8443',
    client_ip: '10.20.0.7:51888',
    client_id: 'orders-gw',
    user_agent: 'orders-gw/4.2',
    request_id: 'r1',
    trace_id: 't1',
    cache: 'MISS',
    node: 'gw-1',
    grant_type: 'client_credentials',
    scope: 'b a',
    audience: 'https://api.example.com',
    expires_in: 3600,
  });
  expect(found).toEqual({
    time: 1772446530123,
    method: 'POST',
    path: '/oauth2/token',
    query: 'grant_type=client_credentials',
    host: 'auth.example.com',
    status: 200,
    bytes: 1184,
    durationMs: 14,
    upstreamMs: 13,
    upstreamAddr: '10.30.1.12:8443',
    client: '10.20.0.7',
    identity: 'orders-gw',
    userAgent: 'orders-gw/4.2',
    requestId: 'r1',
    traceId: 't1',
    cache: 'miss',
    node: 'gw-1',
    grantType: 'client_credentials',
    scope: 'b a',
    audience: 'https://api.example.com',
    expiresIn: 3600,
    line: 1,
  });
  const missing = recordKeys.filter((key) => !(key in found!));
  expect(missing).toEqual(['timeAt', 'route', 'skip', 'tokenId', 'file']);
});

test('the life of a logged token is kept, the token is not', () => {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const token = `${part({ alg: 'none' })}.${part({ iat: 1000, exp: 1300 })}.c2lnbmF0dXJl`;
  const found = json({ ts: '2026-03-02T10:15:30Z', method: 'POST', path: '/token', status: 200, access_token: token });
  expect(found).toMatchObject({ expiresIn: 300 });
  expect(JSON.stringify(found)).not.toContain('eyJ');
});

test('lines that hold no request say so, lines that cannot be read give nothing, and all are counted', () => {
  const reader = new RecordReader({ program: compileTemplate('$remote_addr [$time_local] "$request" $status'), stamped: 'end' });
  const found = lines(
    reader,
    [
      '10.0.0.1 [02/Mar/2026:10:15:30 +0000] "GET /a HTTP/1.1" 200',
      'nonsense',
      '',
      '10.0.0.1 [02/Mar/2026:10:15:30 +0000] "-" 400',
      '10.0.0.1 [02/Mar/2026:10:15:30 +0000] "PROPPATCH /b HTTP/1.1" 200',
    ].join('\n'),
  );
  expect(found).toMatchObject([
    { line: 1, path: '/a' },
    { line: 4, skip: 'no-request' },
    { line: 5, method: 'PROPPATCH' },
  ]);
  expect(reader.counts).toMatchObject({ read: 5, parsed: 3, rejected: 1, blank: 1, notRequests: 1 });
});

test('no caller, path or agent is remembered, so a log of different ones takes no memory', () => {
  const reader = template('$remote_addr [$time_local] "$request" $status');
  const found = lines(reader, '10.0.0.1 [02/Mar/2026:10:15:30 +0000] "POST /oauth2/token HTTP/1.1" 200\n'.repeat(3));
  expect(found).toHaveLength(3);
  const { dictionary } = (reader as never as { scanner: { rows: { dictionary: { callers: []; routes: [] } } } }).scanner.rows;
  expect([dictionary.callers.length, dictionary.routes.length]).toEqual([0, 0]);
});

test('an address loses its port, whatever its family', () => {
  const clf = formatById('clf')!;
  if (clf.layout.kind !== 'template') throw new Error('clf is a template');
  const { template: text } = clf.layout;
  const clientOf = (address: string): string | undefined =>
    lines(template(text), `${address} - - [02/Mar/2026:10:15:30 +0000] "GET / HTTP/1.1" 200 1`)[0]?.client;
  expect(['10.0.0.7:80', '[::1]:80', '[fe80::1%eth0]', '2001:db8::1', '-'].map(clientOf)).toEqual([
    '10.0.0.7',
    '::1',
    'fe80::1%eth0',
    '2001:db8::1',
    undefined,
  ]);
});

describe('a query keeps its names and what is harmless', () => {
  const opaque = 'aB3xK9mQ2wE7rT5yU8iO1pL4sD6fG0hJ';
  test.each([
    ['limit=50&page=2', 'limit=50&page=2'],
    ['grant_type=client_credentials&client_id=orders&scope=a+b', 'grant_type=client_credentials&client_id=orders&scope=a+b'],
    ['client_id=orders&client_secret=hunter2', 'client_id=orders&client_secret=<redacted:client_secret>'],
    [`next=${opaque}&x=1`, 'next=<redacted:token>&x=1'],
    [`next=${encodeURIComponent(`/a?t=${opaque}`)}`, 'next=<redacted:token>'],
    [opaque, '<redacted:token>'],
    ['id=8f14e45f-ceea-467f-a8f9-1f5b3c2d4e6a', 'id=8f14e45f-ceea-467f-a8f9-1f5b3c2d4e6a'],
    ['', ''],
  ])('%s', (query, safe) => {
    expect(redactQuery(query)).toBe(safe);
    expect(redactQuery(safe)).toBe(safe);
  });
});

test('a record holds its keys in the order in which they are written', () => {
  const bytes = Buffer.from(
    '10.0.0.1 [02/Mar/2026:10:15:30 +0000] "GET / HTTP/1.1" 200\n10.0.0.1 [02/Mar/2026:10:15:30 +0000] "-" 400',
  );
  const reader = template('$remote_addr [$time_local] "$request" $status');
  const orders: string[][] = [];
  for (let at = 0; at < bytes.length; ) at = reader.line(bytes, at, bytes.length, at, (one) => orders.push(Object.keys(one)));
  expect(orders).toEqual([[...recordKeys], [...recordKeys]]);
});
