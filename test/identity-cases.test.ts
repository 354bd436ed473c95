/** Logs in which it is easy to take one thing for another: each was once read wrong. Figures are worked out by hand. */
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Analysis } from '../src/analysis/result.js';
import { type AnalyzeOptions, analyze } from '../src/pipeline.js';

const T0 = 1_772_446_530_000;

type Fields = Record<string, unknown>;

const at = (seconds: number, fields: Fields): string =>
  JSON.stringify({
    time: new Date(T0 + seconds * 1000).toISOString(),
    method: 'POST',
    path: '/oauth2/token',
    status: 200,
    ...fields,
  });
const api = (seconds: number, fields: Fields = {}): string => at(seconds, { method: 'GET', path: '/api/x', ...fields });
const every = (stepS: number, count: number, line: (seconds: number, index: number) => string): string[] =>
  Array.from({ length: count }, (_, index) => line(index * stepS, index));

async function run(files: Record<string, readonly string[]>, options: Partial<AnalyzeOptions> = {}): Promise<Analysis> {
  const folder = await mkdtemp(join(tmpdir(), 'token-tax-'));
  for (const [name, lines] of Object.entries(files)) await writeFile(join(folder, name), `${lines.join('\n')}\n`);
  return analyze({ inputs: [folder], ...options });
}

test('the host name that an issuer replica writes is not the caller', async () => {
  // Ten gateways, each fetches every 250 s of a 300 s token, the replicas take turns: healthy.
  const replicas: Record<string, string[]> = { 'idp-1.log': [], 'idp-2.log': [] };
  for (let gateway = 0; gateway < 10; gateway += 1) {
    for (let fetch = 0; fetch < 12; fetch += 1) {
      const replica = (gateway + fetch) % 2 === 0 ? 'idp-1' : 'idp-2';
      const fields = { hostname: replica, remote_addr: `10.0.0.${gateway}`, client_id: 'gw', expires_in: 300 };
      replicas[`${replica}.log`]!.push(at(fetch * 250 + gateway, fields));
    }
  }
  for (const lines of Object.values(replicas)) lines.sort();
  for (const name of ['hostname', 'pod', 'instance']) {
    const renamed = Object.fromEntries(
      Object.entries(replicas).map(([file, lines]) => [file, lines.map((line) => line.replace('hostname', name))]),
    );
    const { totals, keys } = await run(renamed);
    expect(totals.fetches, name).toMatchObject({ ok: 120, redundant: 0 });
    expect(keys[0]).toMatchObject({ holders: 10 });
  }
});

test('instances behind one address are holders of their own', async () => {
  const lines = every(27, 100, (seconds, index) =>
    at(seconds, { remote_addr: '10.9.9.9', instance: `gw-${index % 10}`, client_id: 'gw', expires_in: 300 }),
  );
  const { totals, keys } = await run({ 'idp.log': lines });
  expect(keys[0]).toMatchObject({ holders: 10, basis: { holder: 'node' } });
  expect(totals.fetches.redundant).toBe(0);
});

test('a healthy fleet that fetched once has a hit ratio over the whole gateway log', async () => {
  const { totals } = await run(
    {
      'idp.log': every(0.5, 10, (seconds, index) => at(seconds, { remote_addr: `10.0.0.${index}`, client_id: 'gw' })),
      'gw.log': every(1, 3500, (seconds) => api(seconds)),
    },
    { lifetime: ['3600s'] },
  );
  expect(totals.demand).toBe(3500);
  expect(totals.hitRatio).toMatchObject({ observed: 0.997143, moreFetchesThanRequests: 0 });
});

test('logs that do not overlap say nothing of each other', async () => {
  const { totals } = await run(
    {
      'gw.log': every(1, 1800, (seconds) => api(seconds)),
      'idp.log': every(1, 1800, (seconds) => at(seconds + 7200, { client_id: 'gw', remote_addr: '10.0.0.1' })),
    },
    { lifetime: ['300s'] },
  );
  // U = 270 s: 1 + floor(1799 / 270 + 1 / 270) = 7 by cover.
  expect(totals.fetches).toMatchObject({ ok: 1800, necessary: 7, redundant: 1793 });
  expect(totals.demand).toBeNull();
});

test.each([
  ['client ids that look like secrets', (index: number) => ({ client_id: index % 2 ? 'sk-orders-prod1' : 'sk-billing-prod2' })],
  [
    'tenants that look like secrets',
    (index: number) => ({
      path: `/oauth2/${index % 2 ? 'aB3dE5fG7hI9jK1lM3nO5pQ7rS9tU1vW' : 'zY8xW6vU4tS2rQ0pO9nM7lK5jI3hG1fE'}/v1/token`,
    }),
  ],
  ['audiences in a list', (index: number) => ({ audience: index % 2 ? ['a', 'b'] : ['c', 'd'] })],
  [
    'resources beside one audience',
    (index: number) => ({ path: `/oauth2/token?grant_type=client_credentials&audience=x&resource=${index % 2 ? 'a' : 'b'}` }),
  ],
])('%s stay two keys', async (_, fields) => {
  const lines = every(1, 40, (seconds, index) => at(seconds, { client_id: 'gw', remote_addr: '10.0.0.1', ...fields(index) }));
  const { totals, keys } = await run({ 'idp.log': lines }, { lifetime: ['3600s'] });
  expect(keys).toHaveLength(2);
  expect(totals.fetches).toMatchObject({ ok: 40, necessary: 2, redundant: 38 });
});

test('scopes are a set, in a list or in a text', async () => {
  const scopes = [['a', 'b'], ['b', 'a'], 'a b', 'b a', 'b  a a'];
  const lines = every(1, 40, (seconds, index) =>
    at(seconds, { client_id: 'gw', remote_addr: '10.0.0.1', scope: scopes[index % 5] }),
  );
  const { keys } = await run({ 'idp.log': lines }, { lifetime: ['3600s'] });
  expect(keys.map(({ scope }) => scope)).toEqual(['a b']);
});

test('health checks do not make the log of an issuer that of a gateway', async () => {
  const { input, totals } = await run(
    {
      'idp.log': [
        ...every(30, 12, (seconds) => at(seconds, { client_id: 'gw', remote_addr: '10.0.0.1' })),
        ...every(1, 360, (seconds) => at(seconds, { method: 'GET', path: '/health/ready', user_agent: 'kube-probe/1.29' })),
        ...every(1, 360, (seconds) => at(seconds, { method: 'GET', path: '/', user_agent: 'curl/8' })),
      ].sort(),
      'gw.log': every(0.1, 3600, (seconds) => api(seconds)),
    },
    { lifetime: ['3600s'] },
  );
  expect(input.files.map(({ role }) => role)).toEqual(['gateway', 'issuer']);
  expect(totals.demand).toBe(3600);
});

test('an endpoint that might give tokens and does not is demand like any other', async () => {
  const browser = 'Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0';
  const sessions = (seconds: number, index: number): string =>
    at(seconds, { path: '/checkout/sessions', status: 201, remote_addr: `198.51.100.${index % 200}`, user_agent: browser });
  const { totals, possibleEndpoints } = await run(
    {
      'gw.log': [...every(1, 2000, sessions), ...every(1, 2000, (seconds) => api(seconds))].sort(),
      'idp.log': every(100, 20, (seconds) => at(seconds, { client_id: 'gw', remote_addr: '10.0.0.1' })),
    },
    { lifetime: ['3600s'] },
  );
  expect(possibleEndpoints).toHaveLength(1);
  expect(totals.demand).toBe(4000);
});

test('--token-routes is asked of each request, with its method and its path', async () => {
  const issuer = every(100, 20, (seconds) => at(seconds, { client_id: 'gw', remote_addr: '10.0.0.1' }));
  const services = every(1, 4000, (seconds, index) => api(seconds, { path: `/svc-${index % 400}x/orders/${index}` }));
  const demand = async (pattern: string): Promise<number | null> =>
    (await run({ 'gw.log': services, 'idp.log': issuer }, { lifetime: ['3600s'], tokenRoutes: [pattern] })).totals.demand;
  expect(await demand('/svc-7x/**')).toBe(10);
  expect(await demand('/svc-7x/orders/7')).toBe(1);
  expect(await demand('POST /svc-7x/**')).toBeNull();
  const nothing = await run({ 'gw.log': services, 'idp.log': issuer }, { tokenRoutes: ['/nosuch'] });
  expect(nothing.warnings.map(({ message }) => message)).toContain('--token-routes /nosuch matched no request');
});

test('with --holder shared the waiting is that of the fetches a shared cache would not make', async () => {
  const lines = every(27, 100, (seconds, index) =>
    at(seconds, { client_id: 'gw', remote_addr: `10.0.0.${index % 10}`, expires_in: 300, duration_ms: 100 }),
  );
  const { totals, timeline } = await run({ 'idp.log': lines }, { holder: 'shared' });
  expect(totals.latency.redundantWaitMs).toBe(totals.fetches.redundant * 100);
  expect(timeline.reduce((sum, { necessary }) => sum + necessary, 0)).toBe(totals.fetches.necessary);
});

test('a loopback record without a cache word is not a fetch from the issuer', async () => {
  const words = ['MISS', 'HIT', 'HIT', '-', 'EXPIRED'];
  const lines = every(1, 50, (seconds, index) =>
    at(seconds, { client_id: 'gw', remote_addr: '10.0.0.1', cache_status: words[index % 5] }),
  );
  const { totals } = await run({ 'loopback.log': lines }, { lifetime: ['3600s'] });
  expect(totals.fetches.all).toBe(20);
});

test.each([
  'rt=99999999999999.999',
  `rt=${'9'.repeat(330)}`,
  'rt=3000000.000',
  `rt=0.010 expires_in=${'9'.repeat(330)}`,
  `rt=0.010 expires_in=${'9'.repeat(200)}`,
])('a number that cannot be is unknown: %s', async (tail) => {
  const line = (second: string, rest: string): string =>
    `10.0.0.1 - gw [02/Mar/2026:10:15:${second} +0000] "POST /oauth2/token HTTP/1.1" 200 1184 "-" "gw/1" ${rest}`;
  const lines = [...every(1, 30, (seconds) => line(String(10 + seconds), 'rt=0.010')), line('45', tail)];
  const { totals, window } = await run({ 'idp.log': lines }, { lifetime: ['3600s'] });
  expect(totals.fetches).toMatchObject({ ok: 31, necessary: 1, redundant: 30 });
  expect(window?.from.startsWith('2026-03-02T10:15:')).toBe(true);
});

test('another client at the same time is another fetch', async () => {
  const { totals, keys } = await run(
    {
      'gw.log': every(10, 100, (seconds) => at(seconds, { client_id: 'b', remote_addr: '10.0.0.2' })).concat(
        every(1, 1000, (seconds) => api(seconds)),
      ),
      'idp.log': every(10, 100, (seconds) => at(seconds, { client_id: 'a', remote_addr: '10.0.0.1' })),
    },
    { lifetime: ['3600s'] },
  );
  expect(totals.fetches.all).toBe(200);
  expect(keys.map(({ client }) => client).sort()).toEqual(['a', 'b']);
});

test('a host is one with its default port, and another with another', async () => {
  const hosts = ['auth.example', 'AUTH.example:443', 'auth.example.', 'auth.example:8443'];
  const lines = every(1, 40, (seconds, index) =>
    at(seconds, { host: hosts[index % 4], client_id: 'gw', remote_addr: '10.0.0.1' }),
  );
  const { keys } = await run({ 'idp.log': lines }, { lifetime: ['3600s'] });
  expect(keys.map(({ endpoint }) => endpoint).sort()).toEqual(['auth.example/oauth2/token', 'auth.example:8443/oauth2/token']);
});

test('the password behind a Basic user is not kept', async () => {
  const lines = every(1, 10, (seconds) => at(seconds, { remote_user: 'gw:S3cretPw', remote_addr: '10.0.0.1' }));
  const result = await run({ 'idp.log': lines }, { lifetime: ['3600s'] });
  expect(result.keys[0]?.client).toBe('gw');
  expect(JSON.stringify(result)).not.toContain('S3cretPw');
});
