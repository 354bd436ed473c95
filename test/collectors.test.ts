/** Logs as collectors hand them out: documents of events, streams, and who wrote each line; logs that have lost their header. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { main } from '../src/cli/main.js';
import { analyze } from '../src/pipeline.js';
import { fakeIo } from './support/fake-io.js';

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'collectors-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const exported = async (text: string, ...args: readonly string[]): Promise<Record<string, unknown>[]> => {
  writeFileSync(join(folder, 'some.log'), text);
  const io = fakeIo({ cwd: folder });
  const status = await main(['export', 'some.log', ...args], io);
  expect([status, io.err()]).toEqual([0, '']);
  return io
    .out()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
};

const line = (second: number): string =>
  `10.20.0.7 - - [02/Mar/2026:10:15:${second} +0000] "POST /oauth2/token HTTP/1.1" 200 1184 "-" "orders-gw/4.2"`;
const time = (second: number): number => Date.parse(`2026-03-02T10:15:${second}Z`);

describe('documents', () => {
  const delivered = (...seconds: number[]): string =>
    JSON.stringify({
      messageType: 'DATA_MESSAGE',
      owner: '123456789012',
      logGroup: '/gw',
      logStream: 's',
      subscriptionFilters: ['all'],
      logEvents: seconds.map((second) => ({ id: String(second), timestamp: time(second), message: `${line(second)}\n` })),
    });
  const listed = JSON.stringify(
    {
      events: [30, 31].map((second) => ({ logStreamName: 's', timestamp: time(second), message: line(second), eventId: '1' })),
      searchedLogStreams: [],
    },
    undefined,
    4,
  );
  const streams = JSON.stringify({
    status: 'success',
    data: {
      resultType: 'streams',
      result: [{ stream: { app: 'gw' }, values: [30, 31].map((second) => [`${time(second)}000000`, line(second)]) }],
      stats: { summary: { bytesProcessedPerSecond: 1 } },
    },
  });
  const table: Readonly<Record<string, string>> = {
    'CloudWatch subscription, a document a line': `${delivered(30)}\n${delivered(31)}\n`,
    'CloudWatch subscription by Firehose, one behind the other': `${delivered(30)}${delivered(31)}`,
    'aws logs filter-log-events': listed,
    'a query of Loki': streams,
    'an array of records with the line in one field': JSON.stringify([30, 31].map((second) => ({ line: line(second) }))),
    'gcloud logging read': JSON.stringify([30, 31].map((second) => ({ insertId: 'x', textPayload: line(second) }))),
  };

  test.each(Object.entries(table))('%s', async (_, text) => {
    const records = await exported(text);
    expect(records.map((record) => record.time)).toEqual([time(30), time(31)]);
    for (const record of records)
      expect(record).toMatchObject({ method: 'POST', path: '/oauth2/token', status: 200, client: '10.20.0.7' });
  });

  test('an event that is no line is counted, and its place is told', async () => {
    const events = Array.from({ length: 10 }, (_, at) => ({
      timestamp: time(30),
      message: at === 6 ? '{"a":1}' : line(30 + at),
    }));
    writeFileSync(join(folder, 'some.log'), JSON.stringify({ events }, undefined, 2));
    const { input } = await analyze({ inputs: ['some.log'], cwd: folder });
    expect(input.lines).toMatchObject({ read: 10, parsed: 9, rejected: 1 });
    // Two lines above the first event, four for each.
    expect(input.files[0]?.rejects[0]).toMatchObject({ count: 1, firstLine: 3 + 6 * 4 });
  });
});

describe('who wrote a line', () => {
  const around: Readonly<Record<string, (inner: string, pod: string) => string>> = {
    kubectl: (inner, pod) => `[pod/${pod}/nginx] ${inner}`,
    stern: (inner, pod) => `${pod} nginx ${inner}`,
    compose: (inner, pod) => `${pod}  | ${inner}`,
    'syslog 5424': (inner, pod) => `<190>1 2026-03-02T10:15:30.200Z ${pod} nginx 7 - - ${inner}`,
    'syslog 3164': (inner, pod) => `<134>Mar  2 10:15:30 ${pod} nginx[7]: ${inner}`,
    'fluent bit': (inner, pod) => JSON.stringify({ log: inner, kubernetes: { pod_name: pod, host: 'node-9' } }),
    'fluent bit around CRI': (inner, pod) =>
      JSON.stringify({ log: `2026-03-02T10:15:30.2Z stdout F ${inner}`, kubernetes: { pod_name: pod } }),
    vector: (inner, pod) => JSON.stringify({ message: inner, host: pod }),
    journald: (inner, pod) => JSON.stringify({ MESSAGE: inner, _HOSTNAME: pod }),
    loki: (inner, pod) => JSON.stringify({ labels: { pod }, line: inner, timestamp: '2026-03-02T10:15:30Z' }),
    splunk: (inner, pod) => JSON.stringify({ preview: false, result: { _raw: inner, host: pod } }),
    elastic: (inner, pod) => JSON.stringify({ _index: 'x', _source: { message: inner, host: { name: pod } } }),
  };

  test.each(Object.entries(around))('%s', async (_, wrap) => {
    const records = await exported(`${wrap(line(30), 'gw-1')}\n${wrap(line(31), 'gw-2')}\n`);
    expect(records.map(({ node }) => node)).toEqual(['gw-1', 'gw-2']);
  });

  test('a field of the line itself says more than its wrapper', async () => {
    const record = (node: string) =>
      JSON.stringify({ time: '2026-03-02T10:15:30Z', method: 'GET', path: '/a', status: 200, node });
    const records = await exported(`[pod/gw-1/nginx] ${record('inner')}\n[pod/gw-1/nginx] ${record('inner')}\n`);
    expect(records.map(({ node }) => node)).toEqual(['inner', 'inner']);
  });

  test('a secret in the place of a name is not printed', async () => {
    const secret = ['ghp', '16C7e42F292c6912E7710c838347Ae178B4a'].join('_');
    const [record] = await exported(`${JSON.stringify({ message: line(30), host: secret })}\n`);
    expect(JSON.stringify(record)).not.toContain(secret);
  });

  test('pods of one file are instances of the gateway, each with its own demand', async () => {
    // Two pods, each with a token of its own that lives 300 s: twice the fetches of one, and none of them redundant.
    const request = (at: number, pod: string): string => {
      const stamp = new Date(Date.parse('2026-03-02T10:00:00Z') + at * 1000).toISOString();
      return `[pod/${pod}/gw] ${JSON.stringify({ time: stamp, method: 'GET', path: '/api/orders', status: 200, duration_ms: 5, client: '198.51.100.9' })}`;
    };
    const fetch = (at: number, pod: string): string =>
      JSON.stringify({
        time: new Date(Date.parse('2026-03-02T10:00:00Z') + at * 1000).toISOString(),
        method: 'POST',
        path: '/oauth2/token',
        status: 200,
        duration_ms: 20,
        client_id: 'orders',
        node: pod,
        expires_in: 300,
      });
    const seconds = Array.from({ length: 600 }, (_, at) => at);
    const requests = seconds.flatMap((at) => ['gw-1', 'gw-2'].map((pod) => request(at, pod)));
    const fetches = [0, 270, 540].flatMap((at) => ['gw-1', 'gw-2'].map((pod) => fetch(at, pod)));
    writeFileSync(join(folder, 'gateway.log'), `${requests.join('\n')}\n`);
    writeFileSync(join(folder, 'issuer.log'), `${fetches.join('\n')}\n`);
    const { totals } = await analyze({ inputs: ['gateway.log', 'issuer.log'], cwd: folder });
    expect(totals.demand).toBe(1200);
    expect(totals.fetches).toMatchObject({ ok: 6, necessary: 6, redundant: 0 });
    expect(totals.shared).toMatchObject({ necessary: 3, redundant: 3 });
  });
});

describe('what a log has lost or mixes', () => {
  const columns =
    '#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) sc-status sc-win32-status time-taken';
  const row = '2026-03-02 10:15:30 10.0.0.1 POST /oauth2/token - 443 - 10.20.0.7 orders-gw/4.2 200 0 14\n';

  test('W3C rows without their header, named with the header', async () => {
    expect(await exported(row.repeat(3), '--log-format', columns)).toHaveLength(3);
    const [record] = await exported(row, '--log-format', columns);
    expect(record).toMatchObject({ time: time(30), path: '/oauth2/token', status: 200, durationMs: 14, client: '10.20.0.7' });
  });

  test('events of Keycloak between lines of the server', async () => {
    const event = (second: number): string =>
      `2026-03-02 10:15:${second},000 DEBUG [org.keycloak.events] (executor-thread-1) type="CLIENT_LOGIN", realmId="r", clientId="orders", ipAddress="10.20.0.7", grant_type="client_credentials"`;
    const server = [
      '2026-03-02 10:15:29,001 INFO  [org.keycloak.services] (main) KC-SERVICES0050: Initializing master realm',
      '2026-03-02 10:15:29,500 ERROR [io.agroal.pool] (agroal-11) it failed: java.lang.IllegalStateException: no',
      '\tat io.agroal.pool.ConnectionPool.get(ConnectionPool.java:12)',
      '\t... 12 more',
      'Caused by: java.lang.IllegalStateException',
    ];
    const records = await exported(`${[...server, event(30), ...server, ...server, event(31)].join('\n')}\n`);
    const requests = records.filter(({ skip }) => skip === undefined);
    expect(requests.map(({ identity, time: at }) => [identity, at])).toEqual([
      ['orders', time(30)],
      ['orders', time(31)],
    ]);
    expect(records).toHaveLength(17);
  });

  test('HAProxy with named members in JSON', async () => {
    const logged =
      '{"client":"10.20.0.7","status":200,"Ta":14,"Tr":13,"verb":"POST","uri":"/oauth2/token?a=1","when":"02/Mar/2026:10:15:30.123","ua":"orders-gw/4.2"}\n';
    const format =
      'log-format "%{+json}o %(client)ci %(status)ST %(Ta)Ta %(Tr)Tr %(verb)HM %(uri)HU %(when:str)tr %(ua)[capture.req.hdr(0)] %ID"';
    const [record] = await exported(logged, '--log-format', format);
    expect(record).toMatchObject({
      time: time(30) + 123,
      method: 'POST',
      path: '/oauth2/token',
      status: 200,
      durationMs: 14,
      client: '10.20.0.7',
    });
    const io = fakeIo({ cwd: folder });
    expect(await main(['export', 'some.log', '--log-format', '%{+cbor}o %(a)ci %(b)ST %(c)tr %(d)HU'], io)).toBe(2);
    expect(io.err()).toContain('CBOR');
  });
});
