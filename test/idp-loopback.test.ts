/** The stand-in provider, the recording proxy and the loopback, over real sockets. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { type LoopbackOptions, startIdentityProvider, startLoopback } from '../src/idp/index.js';
import { analyze } from '../src/pipeline.js';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const provider = async (options: Parameters<typeof startIdentityProvider>[0] = {}) => {
  const running = await startIdentityProvider(options);
  closers.push(running.close);
  return running;
};
const loopback = async (options: LoopbackOptions) => {
  const running = await startLoopback(options);
  closers.push(running.close);
  return running;
};
/** A provider of the test's own. */
const custom = async (listener: Parameters<typeof createServer>[1]): Promise<string> => {
  const server: Server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(
    () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  );
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/oauth2/token`;
};

const basic = (id: string, secret: string): string => `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;
const ask = (
  url: string,
  id = 'orders-gw',
  secret = 's1',
  body: Record<string, string> = {},
  headers: Record<string, string> = {},
) =>
  fetch(url, {
    method: 'POST',
    headers: { authorization: basic(id, secret), ...headers },
    body: new URLSearchParams({ grant_type: 'client_credentials', ...body }),
  });
const tokenOf = async (response: Response): Promise<string> => ((await response.json()) as { access_token: string }).access_token;

describe('stand-in', () => {
  test('issues a JWT by Basic and by post, and counts both', async () => {
    const records: object[] = [];
    const idp = await provider({ lifetimeMs: 60_000, onRecord: (record) => records.push(record) });
    const first = await ask(idp.tokenEndpoint, 'orders-gw', 's1', { scope: 'b a' });
    expect(first.headers.get('cache-control')).toBe('no-store');
    expect(await first.json()).toMatchObject({ token_type: 'Bearer', expires_in: 60, scope: 'a b' });
    const posted = await fetch(idp.tokenEndpoint, {
      method: 'POST',
      body: new URLSearchParams({ grant_type: 'client_credentials', client_id: 'stock', client_secret: 'topsecret' }),
    });
    expect(posted.status).toBe(200);
    expect(idp.counts()).toMatchObject({ all: 2, ok: 2, byClient: { 'orders-gw': 1, stock: 1 } });
    expect(JSON.stringify(records)).not.toMatch(/topsecret|eyJ/);
  });

  test('introspects and revokes what it issued', async () => {
    const idp = await provider();
    const token = await tokenOf(await ask(idp.tokenEndpoint));
    const introspect = async () => (await ask(`${idp.url}/oauth2/introspect`, 'orders-gw', 's1', { token })).json();
    expect(await introspect()).toMatchObject({ active: true, client_id: 'orders-gw' });
    expect((await ask(`${idp.url}/oauth2/revoke`, 'orders-gw', 's1', { token })).status).toBe(200);
    expect(await introspect()).toEqual({ active: false });
    expect(idp.counts()).toMatchObject({ all: 1, siblings: 3 });
  });

  test('checks named clients, fails and limits as told', async () => {
    const idp = await provider({ clients: new Map([['a', 'right']]) });
    expect((await ask(idp.tokenEndpoint, 'a', 'right')).status).toBe(200);
    expect((await ask(idp.tokenEndpoint, 'a', 'wrong')).status).toBe(401);
    expect((await ask(idp.tokenEndpoint, 'b', 'right')).status).toBe(401);
    const failing = await provider({ failShare: 1, failStatus: 500 });
    expect((await ask(failing.tokenEndpoint)).status).toBe(500);
    const limited = await provider({ rateLimitPerSecond: 1 });
    expect((await ask(limited.tokenEndpoint)).status).toBe(200);
    const second = await ask(limited.tokenEndpoint);
    expect([second.status, second.headers.get('retry-after')]).toEqual([429, '1']);
    expect(limited.counts()).toMatchObject({ all: 2, ok: 1, failed: 1, failedByStatus: { 429: 1 } });
  });

  test('listens on loopback only', async () => {
    await expect(startIdentityProvider({ listen: '0.0.0.0:0' })).rejects.toMatchObject({ code: 'BAD_OPTION' });
  });
});

test('the proxy counts what the provider behind it counts, and changes nothing', async () => {
  const real = await provider({ lifetimeMs: 30_000, failShare: 0.3 });
  const records: { expiresIn?: number | undefined; status: number }[] = [];
  const proxy = await provider({ upstream: real.url, onRecord: (record) => records.push(record) });
  for (let n = 0; n < 30; n += 1) await (await ask(`${proxy.url}/oauth2/token`, `client-${n % 3}`)).text();
  await (await fetch(`${proxy.url}/.well-known/openid-configuration`)).text();
  expect(proxy.counts()).toEqual(real.counts());
  expect(proxy.counts()).toMatchObject({ all: 30, siblings: 1 });
  expect(records.filter(({ status }) => status === 200)[0]?.expiresIn).toBe(30);
});

describe('loopback', () => {
  test('serves one token to all, and says so', async () => {
    const idp = await provider({ latency: [[1, 800]] });
    const cache = await loopback({ tokenEndpoint: idp.tokenEndpoint });
    const responses = await Promise.all(Array.from({ length: 50 }, () => ask(cache.tokenEndpoint)));
    expect(new Set(await Promise.all(responses.map(tokenOf))).size).toBe(1);
    expect(responses.filter((each) => each.headers.get('cache-status')?.includes('collapsed'))).toHaveLength(49);
    const hit = await ask(cache.tokenEndpoint);
    expect(hit.headers.get('cache-status')).toMatch(/^token-tax; hit; ttl=35[34]\d$/);
    expect(idp.counts().all).toBe(1);
    expect(cache.counts()).toMatchObject({ requests: 51, misses: 1, collapsed: 49, hits: 1, upstream: 1 });
  });

  test('a wrong secret is never a hit', async () => {
    const idp = await provider({ clients: new Map([['orders-gw', 's1']]) });
    const cache = await loopback({ tokenEndpoint: idp.tokenEndpoint });
    expect((await ask(cache.tokenEndpoint)).status).toBe(200);
    expect((await ask(cache.tokenEndpoint, 'orders-gw', 'wrong')).status).toBe(401);
    expect((await ask(cache.tokenEndpoint, 'orders-gw', '')).status).toBe(401);
    expect(
      (await fetch(cache.tokenEndpoint, { method: 'POST', body: 'grant_type=client_credentials&client_id=orders-gw' })).status,
    ).toBe(401);
    expect((await ask(cache.tokenEndpoint)).headers.get('cache-status')).toMatch(/hit/);
  });

  test('scopes, audiences and clients have tokens of their own; the order of scopes does not matter', async () => {
    const idp = await provider();
    const cache = await loopback({ tokenEndpoint: idp.tokenEndpoint });
    const bodies = [
      { scope: 'a b' },
      { scope: 'b a' },
      { scope: 'a' },
      { scope: 'a', audience: 'x' },
      { resource: 'x' },
      { audience: 'x' },
    ];
    for (const body of bodies) await (await ask(cache.tokenEndpoint, 'c', 's', body)).text();
    await (await ask(cache.tokenEndpoint, 'd', 's', { scope: 'a' })).text();
    expect(idp.counts().all).toBe(6);
  });

  test('user grants and bound tokens pass through', async () => {
    let fetches = 0;
    const endpoint = await custom((request, response) => {
      fetches += 1;
      request.resume();
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end('{"access_token":"x","token_type":"Bearer","expires_in":3600}');
    });
    const cache = await loopback({ tokenEndpoint: endpoint });
    for (let n = 0; n < 2; n += 1) {
      await (await ask(cache.tokenEndpoint, 'a', 's', { grant_type: 'password', username: 'u', password: 'p' })).text();
      const bound = await ask(cache.tokenEndpoint, 'a', 's', {}, { dpop: 'proof' });
      expect(bound.headers.get('cache-status')).toMatch(/fwd=bypass/);
    }
    expect(fetches).toBe(4);
  });

  test('counts down expires_in', async () => {
    const endpoint = await custom((request, response) => {
      request.resume();
      response.writeHead(200).end('{ "access_token":"x", "expires_in" : "100", "n":{"a":1} }');
    });
    const cache = await loopback({ tokenEndpoint: endpoint });
    await (await ask(cache.tokenEndpoint)).text();
    await new Promise((resolve) => setTimeout(resolve, 1100));
    const text = await (await ask(cache.tokenEndpoint)).text();
    expect(text).toMatch(/^\{ "access_token":"x", "expires_in" : "9[5-8]", "n":\{"a":1\} \}$/);
  });

  test.each([
    ['garbage', 200, '<html>sign in</html>'],
    ['an error with status 200', 200, '{"error":"invalid_client"}'],
    ['an outage', 503, '{}'],
  ])('%s is not kept as a token, and does not become a storm', async (_, status, body) => {
    let fetches = 0;
    const endpoint = await custom((request, response) => {
      fetches += 1;
      request.resume();
      response.writeHead(status).end(body);
    });
    const cache = await loopback({ tokenEndpoint: endpoint });
    for (let n = 0; n < 5; n += 1) await (await ask(cache.tokenEndpoint)).text();
    expect(fetches).toBe(1);
    expect(cache.counts()).toMatchObject({ negative: 4, hits: 0, entries: 0 });
  });

  test('a provider that hangs, or answers without end, is given up', async () => {
    const hanging = await custom(() => {});
    const slow = await loopback({ tokenEndpoint: hanging, timeoutMs: 200 });
    expect((await ask(slow.tokenEndpoint)).status).toBe(502);
    const endless = await custom((request, response) => {
      request.resume();
      response.on('error', () => {});
      const chunk = Buffer.alloc(1 << 16, 'x');
      const more = (): void => {
        while (!response.destroyed && response.write(chunk));
      };
      response.on('drain', more);
      more();
    });
    const huge = await loopback({ tokenEndpoint: endless });
    expect((await ask(huge.tokenEndpoint)).status).toBe(502);
  });

  test('the old token is served while the provider is down and the token lives', async () => {
    let isDown = false;
    const endpoint = await custom((request, response) => {
      request.resume();
      if (isDown) response.writeHead(503).end('{}');
      else response.writeHead(200).end('{"access_token":"old","expires_in":100}');
    });
    // A margin of nearly the whole life: the token is past it at once.
    const cache = await loopback({ tokenEndpoint: endpoint, margin: { ms: 99_999 } });
    expect(await tokenOf(await ask(cache.tokenEndpoint))).toBe('old');
    isDown = true;
    await new Promise((resolve) => setTimeout(resolve, 20));
    const stale = await ask(cache.tokenEndpoint);
    expect(stale.headers.get('cache-status')).toMatch(/detail=stale/);
    expect(await tokenOf(stale)).toBe('old');
  });

  test('each request to the provider is one line that says so, renewals and failures too', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'token-tax-loopback-test-'));
    try {
      const idp = await provider({ lifetimeMs: 2000, failShare: 0.3, seed: 5, latency: [[1, 20]] });
      const [log, idpLog] = [join(directory, 'cache.jsonl'), join(directory, 'idp.jsonl')];
      const proxy = await provider({ upstream: idp.url, log: idpLog });
      const cache = await loopback({ tokenEndpoint: `${proxy.url}/oauth2/token`, log, refreshAhead: 0.5, random: () => 0.5 });
      const until = performance.now() + 6500;
      while (performance.now() < until) {
        const clients = ['a', 'b', 'c'].flatMap((id) => [ask(cache.tokenEndpoint, id), ask(cache.tokenEndpoint, id)]);
        // One that goes away before it was answered.
        const gone = new AbortController();
        const left = fetch(cache.tokenEndpoint, {
          method: 'POST',
          headers: { authorization: basic('d', 's') },
          body: 'grant_type=client_credentials&scope=x',
          signal: gone.signal,
        }).catch(() => {});
        setTimeout(() => gone.abort(), 5);
        await Promise.all([...clients, left]);
        await new Promise((resolve) => setTimeout(resolve, 30));
      }
      await cache.close();
      await proxy.close();
      const { upstream, misses, bypassed, refreshes, hits } = cache.counts();
      expect(idp.counts().all).toBe(upstream);
      expect(misses + bypassed + refreshes).toBe(upstream);
      expect(refreshes).toBeGreaterThan(2);
      const alone = await analyze({ inputs: [], loopback: [log] });
      const atProvider = await analyze({ inputs: [], idp: [idpLog] });
      const { ok, failed } = idp.counts();
      expect(alone.totals.fetches).toMatchObject({ all: upstream, ok, failed });
      expect(atProvider.totals.fetches).toMatchObject({ all: upstream, ok, failed });
      // A remembered failure is no hit, and a request that waited is.
      const [route] = alone.totals.loggedCache;
      expect(route).toMatchObject({ hit: hits + cache.counts().collapsed, revalidated: refreshes, stale: cache.counts().stale });
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });

  test('headers of the provider that matter are kept', async () => {
    const endpoint = await custom((request, response) => {
      request.resume();
      const headers = { 'cache-control': 'no-store, private', 'x-trace': 'one exchange' };
      if (request.headers.authorization === basic('bad', 's'))
        response
          .writeHead(401, { ...headers, 'www-authenticate': 'Basic realm="theirs", charset="UTF-8"' })
          .end('{"error":"invalid_client"}');
      else response.writeHead(200, headers).end('{"access_token":"x","expires_in":3600}');
    });
    const cache = await loopback({ tokenEndpoint: endpoint });
    for (let n = 0; n < 2; n += 1) {
      const { headers } = await ask(cache.tokenEndpoint);
      expect([headers.get('cache-control'), headers.get('pragma'), headers.get('x-trace')]).toEqual([
        'no-store, private',
        'no-cache',
        null,
      ]);
      const refused = await ask(cache.tokenEndpoint, 'bad', 's');
      expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, 'Basic realm="theirs", charset="UTF-8"']);
    }
    const passed = await ask(cache.tokenEndpoint, 'a', 's', { grant_type: 'password', username: 'u', password: 'p' });
    expect([passed.headers.get('x-trace'), passed.headers.get('cache-status')]).toEqual([
      'one exchange',
      'token-tax; fwd=bypass; fwd-status=200',
    ]);
  });

  test('pointed at itself it refuses', async () => {
    const cache = await loopback({ tokenEndpoint: 'http://127.0.0.1:1/oauth2/token' });
    const second = await loopback({ tokenEndpoint: cache.tokenEndpoint });
    expect((await ask(second.tokenEndpoint)).status).toBe(508);
  });

  test('shows its counters', async () => {
    const cache = await loopback({ tokenEndpoint: 'http://127.0.0.1:1/oauth2/token' });
    expect(await (await fetch(`${cache.url}/metrics`)).text()).toMatch(/token_tax_loopback_upstream_total 0\n[\s\S]*# EOF\n$/);
  });
});
