/** What a remedy must withstand beyond its daily work: prying callers, a slow or silent issuer, answers that are no tokens, a moved issuer. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, request as httpRequest, type Server } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { freePorts } from '../../fixtures/servers/process.mjs';
import { main } from '../../src/cli/main.js';
import { analyze } from '../../src/pipeline.js';
import { percent } from '../../src/remedy/escape.js';
import { slotsWithin } from '../../src/remedy/slots.js';
import { selfMadeCertificate } from '../support/certificate.js';
import { startDns } from '../support/dns-server.js';
import { fakeIo } from '../support/fake-io.js';
import { nginxFrame, type RemedyName, type Running, remedies, runNginx, SECRET, type Wanted } from '../support/remedy-servers.js';
import { mostAtOnce, openWorld } from '../support/remedy-world.js';

// Servers start slowly on a busy machine.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 60_000 });

const names = Object.keys(remedies) as RemedyName[];
const loopbacks = ['nginx', 'varnish'] as const;
const caches = ['openresty', 'haproxy', 'apache'] as const;

const closers: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const open = async (lifetimeSeconds: number, delayMs = 10) => {
  const world = await openWorld(lifetimeSeconds, SECRET, delayMs);
  closers.push(world.close);
  return world;
};

type World = Awaited<ReturnType<typeof openWorld>>;

/** Waits while nginx would change its slot, and so ask again, within the next `forMs`. */
const inOneSlot = async (ttlMs: number, forMs: number): Promise<void> => {
  const patterns = slotsWithin(ttlMs, 'epoch').patterns.map((pattern) => new RegExp(pattern));
  const slotOf = (ms: number): string => {
    const at = patterns.findIndex((pattern) => pattern.test((ms / 1000).toFixed(3)));
    return `${patterns[at]!.exec((ms / 1000).toFixed(3))!.groups!.epoch} ${at}`;
  };
  while (slotOf(Date.now()) !== slotOf(Date.now() + forMs)) await sleep(250);
};

const LONG_TTL_MS = 58_000;

const start = async (name: RemedyName, world: World, tokenEndpoint: string, more: Partial<Wanted> = {}): Promise<Running> => {
  if (name === 'nginx' && more.ttlMs === undefined) await inOneSlot(LONG_TTL_MS, 15_000);
  const running = await remedies[name]({
    folder: world.folderOf(`${name}-${closers.length}`),
    tokenEndpoint,
    backendPort: world.backendPort,
    marginMs: 2000,
    ttlMs: LONG_TTL_MS,
    ...more,
  });
  closers.push(() => running.stop());
  return running;
};

interface Reply {
  readonly status: number;
  readonly text: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

const ask = (
  url: string,
  options: { method?: string; headers?: Record<string, string>; localAddress?: string; body?: string } = {},
) =>
  new Promise<Reply>((resolve, reject) => {
    const { body, ...rest } = options;
    const asked = httpRequest(url, { agent: false, ...rest }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode!, text: Buffer.concat(chunks).toString(), headers: response.headers }),
      );
      response.on('error', reject);
    });
    asked.on('error', reject);
    asked.end(body);
  });

const placeOf = ({ origin, tokenUrl }: Running): string => tokenUrl ?? `${origin}/api/orders`;
const many = (running: Running, count: number): Promise<Reply[]> =>
  Promise.all(Array.from({ length: count }, () => ask(placeOf(running))));

const giveUp = (url: string, afterMs: number): Promise<void> =>
  new Promise((resolve) => {
    const asked = httpRequest(url, { agent: false });
    asked.on('error', () => resolve());
    asked.end();
    setTimeout(() => asked.destroy(new Error('gave up')), afterMs);
  });

/** A back end that answers with the Authorization it got. */
const echo = async (): Promise<number> => {
  const server = createServer((request, response) => response.end(request.headers.authorization ?? 'none'));
  return await listening(server);
};

const listening = async (server: Server | TlsServer): Promise<number> => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
};

const connects = (host: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 1000 });
    const done = (is: boolean) => () => {
      socket.destroy();
      resolve(is);
    };
    socket.on('connect', done(true)).on('error', done(false)).on('timeout', done(false));
  });

describe.each(loopbacks)('the endpoint of %s', (name) => {
  test('is closed to the outside, and what callers send changes nothing', async () => {
    const world = await open(60);
    const issuer = await world.issuer(name);
    const folder = world.folderOf(`${name}-closed`);
    const { tokenUrl } = (await start(name, world, issuer.tokenEndpoint, { folder })) as { tokenUrl: string };
    const url = new URL(tokenUrl);
    const stranger = await ask(tokenUrl, { localAddress: '127.0.0.2' }).catch(({ code }: NodeJS.ErrnoException) => code);
    expect(typeof stranger === 'object' ? stranger.status : stranger).toBe(name === 'nginx' ? 'ECONNRESET' : 403);
    const outside = Object.values(networkInterfaces())
      .flatMap((list) => list ?? [])
      .filter(({ internal, family }) => !internal && family === 'IPv4');
    for (const { address } of outside) expect(await connects(address, Number(url.port))).toBe(false);
    expect(issuer.fetches).toHaveLength(0);

    const first = await ask(tokenUrl);
    expect(first.status).toBe(200);
    const { access_token: token, token_type: type } = JSON.parse(first.text);
    expect([typeof token, type]).toEqual(['string', 'Bearer']);
    const tricks: Parameters<typeof ask>[1][] = [
      { headers: { 'cache-control': 'no-cache', pragma: 'no-cache' } },
      { headers: { authorization: `Basic ${btoa('other:other')}` } },
      { headers: { range: 'bytes=0-9' } },
      { headers: { 'if-none-match': '*', 'if-modified-since': new Date().toUTCString() } },
      { headers: { 'accept-encoding': 'gzip', cookie: 'a=b', 'x-http-method-override': 'DELETE' } },
      {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: 'grant_type=client_credentials&scope=admin',
      },
    ];
    for (const trick of tricks) {
      const { status, text, headers } = await ask(tokenUrl, trick);
      expect([status, text]).toEqual([200, first.text]);
      expect(headers['cache-control']).toBe('no-store');
      expect(headers['set-cookie']).toBeUndefined();
    }
    for (const method of ['PUT', 'DELETE', 'OPTIONS', 'HEAD']) expect((await ask(tokenUrl, { method })).status).toBe(405);
    expect((await ask(`${url.origin}/other`)).status).toBe(404);
    expect((await ask(`${tokenUrl}/more`)).status).toBe(404);
    expect(issuer.fetches).toHaveLength(1);
    expect(issuer.fetches[0]).toMatchObject({ clientId: 'orders-gw', scope: 'orders.read stock.read' });
    if (name === 'varnish') return;
    // Its own log says the same.
    const log = join(folder, 'logs/token-tax.log');
    const { totals } = await analyze({ inputs: [], loopback: [log], tokenEndpoint: [url.pathname] });
    expect(totals.fetches).toMatchObject({ all: 1, ok: 1, failed: 0 });
  });
});

test('a slow issuer is asked once by a cold cache, and a silent one is given up', async () => {
  const [slow, silent] = await Promise.all([open(60, 2500), open(60, 60_000)]);
  await Promise.all(
    names.flatMap((name) =>
      [slow, silent].map(async (world) => {
        const issuer = await world.issuer(name);
        const running = await start(name, world, issuer.tokenEndpoint);
        // Callers who give up do not end the fetch for those who wait.
        await Promise.all(Array.from({ length: 10 }, () => giveUp(placeOf(running), 200)));
        const replies = await many(running, 60);
        const expected = world === slow ? 200 : 503;
        expect([name, ...new Set(replies.map(({ status }) => status))]).toEqual([name, expected]);
        if (world === slow) expect([name, issuer.fetches.length]).toEqual([name, 1]);
        else expect(mostAtOnce(issuer.fetches)).toBeLessThanOrEqual(1);
      }),
    ),
  );
});

test('a wrong secret is not tried with every request, and its answer is no token', async () => {
  const world = await openWorld(60, 'another secret');
  closers.push(world.close);
  await Promise.all(
    names.map(async (name) => {
      const issuer = await world.issuer(name);
      const running = await start(name, world, issuer.tokenEndpoint);
      const replies = [...(await many(running, 40)), ...(await many(running, 40))];
      expect([name, ...new Set(replies.map(({ status }) => status))]).toEqual([name, 503]);
      expect(replies.some(({ text }) => text.includes('invalid_client'))).toBe(false);
      expect(issuer.fetches.length).toBeGreaterThanOrEqual(1);
      expect(issuer.fetches.length).toBeLessThanOrEqual(3);
      expect(issuer.fetches.every(({ status }) => status === 401)).toBe(true);
    }),
  );
});

describe.each(['openresty', 'haproxy'] as const)('%s', (name) => {
  test('forgets a token that the back end refuses, once a minute', async () => {
    const world = await open(60);
    const issuer = await world.issuer(name);
    const running = await start(name, world, issuer.tokenEndpoint);
    const status = async (): Promise<number> => (await ask(placeOf(running))).status;
    expect(await status()).toBe(200);
    await world.revoke();
    expect(await status()).toBe(401);
    // The log phase comes after the answer.
    await sleep(100);
    expect([await status(), await status()]).toEqual([200, 200]);
    expect(issuer.fetches).toHaveLength(2);
    await world.revoke();
    expect([await status(), await status()]).toEqual([401, 401]);
    expect(issuer.fetches).toHaveLength(2);
  });
});

test.each(caches)(
  '%s reads any token response, and takes nothing else for one',
  async (name) => {
    const answers: [status: number, body: string, sent: string | undefined][] = [
      [200, '{"token_type":"Bearer","access_token":"a\\/b+c.d-e_f~g==","expires_in":60}', 'Bearer a/b+c.d-e_f~g=='],
      [200, '{ "access_token" : "without-a-life" }', 'Bearer without-a-life'],
      [200, '{"expires_in":"60","access_token":"life-as-text"}', 'Bearer life-as-text'],
      [200, '{"error":"temporarily_unavailable"}', undefined],
      [200, '{"access_token":"x\\r\\nevil: 1","expires_in":60}', undefined],
      [200, '<html>access_token</html>', undefined],
      [302, '{"access_token":"from-a-redirect","expires_in":60}', undefined],
    ];
    const world = await open(60);
    const backendPort = await echo();
    await Promise.all(
      answers.map(async ([status, body, sent], at) => {
        const asked: (string | undefined)[] = [];
        const port = await listening(
          createServer((request, response) => {
            asked.push(request.headers.authorization);
            request.resume();
            response.writeHead(status, { 'content-type': 'application/json', location: '/elsewhere' });
            // In two chunks, without a length.
            response.write(body.slice(0, 10));
            setTimeout(() => response.end(body.slice(10)), 5);
          }),
        );
        const running = await remedies[name]({
          folder: world.folderOf(`${name}-answer-${at}`),
          tokenEndpoint: `http://127.0.0.1:${port}/oauth2/token`,
          backendPort,
          marginMs: 2000,
          ttlMs: LONG_TTL_MS,
        });
        closers.push(() => running.stop());
        const replies = [await ask(placeOf(running)), await ask(placeOf(running))];
        const expected = sent === undefined ? [503, 503] : [200, 200];
        expect([at, ...replies.map((reply) => reply.status)]).toEqual([at, ...expected]);
        if (sent !== undefined) expect(replies.map(({ text }) => text)).toEqual([sent, sent]);
        // Remembered, also as a failure.
        expect([at, asked.length]).toEqual([at, 1]);
      }),
    );
  },
  60_000,
);

test.each(['nginx', 'openresty', 'varnish'] as const)(
  '%s follows the issuer to another address',
  async (name) => {
    const world = await open(4);
    const old = await world.issuer('old');
    const { port } = new URL(old.tokenEndpoint);
    const next = await world.issuer('next', `127.0.0.3:${port}`);
    const dns = await startDns('127.0.0.1', 1);
    closers.push(dns.close);
    const running = await start(name, world, `http://issuer.test:${port}/oauth2/token`, {
      ttlMs: 2000,
      marginMs: 2000,
      resolver: dns.address,
    });
    expect((await ask(placeOf(running))).status).toBe(200);
    expect([old.fetches.length, next.fetches.length]).toEqual([1, 0]);
    dns.point('127.0.0.3');
    const before = old.fetches.length;
    for (let tries = 0; tries < 40 && next.fetches.length === 0; tries += 1) {
      await sleep(250);
      expect((await ask(placeOf(running))).status).toBe(200);
    }
    expect(next.fetches.length).toBeGreaterThan(0);
    // In the second in which the old address was still known there may have been one more.
    expect(old.fetches.length).toBeLessThanOrEqual(before + 1);
  },
  40_000,
);

test.each(names)('%s gives the secret to nobody who cannot show that he is the issuer, and to him who can', async (name) => {
  const world = await open(60);
  const seen: (string | undefined)[] = [];
  const pair = selfMadeCertificate('issuer.test', 'localhost');
  const server = createTlsServer(pair, (request, response) => {
    seen.push(request.headers.authorization);
    request.resume();
    response.setHeader('content-type', 'application/json');
    response.end('{"access_token":"over-tls","expires_in":60}');
  });
  const port = await listening(server);
  const dns = await startDns('127.0.0.1', 60);
  closers.push(dns.close);
  const host = name === 'apache' ? 'localhost' : 'issuer.test';
  const more = { resolver: dns.address, backendPort: await echo() };
  const doubtful = await start(name, world, `https://${host}:${port}/oauth2/token`, more);
  expect((await ask(placeOf(doubtful))).status).toBe(503);
  expect(seen).toEqual([]);
  const caFile = join(world.folder, 'ca.pem');
  writeFileSync(caFile, pair.cert, { mode: 0o644 });
  const sure = await start(name, world, `https://${host}:${port}/oauth2/token`, { ...more, caFile });
  const { status, text } = await ask(placeOf(sure));
  expect([status, text.includes('over-tls')]).toEqual([200, true]);
  expect(seen).toEqual([expect.stringMatching(/^Basic \S+$/)]);
});

test.each(names)('%s: hostile names from a log stay names', async (name) => {
  const world = await open(60);
  const clientId = `a"; } evil 'on' $(id) \`id\` \\ %{x}e \${y} {"z"} \n# [[ ]] é😀`;
  const scope = `${clientId} </script> --`;
  const path = `/t "}; $x '/\\{a}/#?&=%`;
  const seen: { url: string; authorization: string; body: string }[] = [];
  const port = await listening(
    createServer(async (request, response) => {
      let body = '';
      for await (const chunk of request.setEncoding('utf8')) body += chunk;
      seen.push({ url: request.url!, authorization: request.headers.authorization!, body });
      response.setHeader('content-type', 'application/json');
      response.end('{"access_token":"t","expires_in":60}');
    }),
  );
  const names = { clientId, scope, audience: scope, path };
  const running = await start(name, world, `http://127.0.0.1:${port}/`, { backendPort: await echo(), ...names });
  expect((await ask(placeOf(running))).status).toBe(200);
  expect(seen).toHaveLength(1);
  const [{ url, authorization, body }] = seen as [(typeof seen)[number]];
  expect(decodeURIComponent(url)).toBe(path);
  const credentials = Buffer.from(authorization.replace(/^Basic /, ''), 'base64')
    .toString()
    .split(':')
    .map(decodeURIComponent);
  expect(credentials).toEqual([clientId, SECRET]);
  expect(Object.fromEntries(new URLSearchParams(body))).toEqual({ grant_type: 'client_credentials', scope, audience: scope });
});

test('what `token-tax fix --for nginx` prints is pasted into a fresh nginx', async () => {
  const world = await open(60);
  const issuer = await world.issuer('pasted');
  const folder = world.folderOf('pasted');
  const [port] = await freePorts(1);
  const io = fakeIo({ cwd: process.cwd() });
  const listen = `127.0.0.1:${port}`;
  const args = ['fixtures/captures/no-cache', '--for', 'nginx', '--issuer', issuer.tokenEndpoint, '--listen', listen];
  expect(await main(['fix', ...args, '--out', folder], io)).toBe(0);
  // The folders of a machine become those of the test.
  const places = {
    '/etc/token-tax': folder,
    '/var/log/nginx': join(folder, 'logs'),
    '/var/cache/token-tax': join(folder, 'cache'),
  };
  for (const name of ['token-tax.conf', 'token-tax-secret.sh']) {
    const text = readFileSync(join(folder, name), 'utf8');
    const moved = Object.entries(places).reduce((all, [from, to]) => all.replaceAll(from, to), text);
    writeFileSync(join(folder, name), moved);
  }
  execFileSync('sh', [join(folder, 'token-tax-secret.sh')], { input: `${percent(SECRET)}\n` });
  mkdirSync(join(folder, 'logs'), { recursive: true });
  const running = await runNginx(folder, nginxFrame(folder, `include ${folder}/token-tax.conf;`), [port!]);
  closers.push(() => running.stop());
  // As its own "Verify" says.
  const [, url] = /(http:\/\/127\.0\.0\.1:\d+\/\S+);/.exec(io.out())!;
  const replies = await Promise.all(Array.from({ length: 20 }, () => ask(url!)));
  expect([...new Set(replies.map(({ status }) => status))]).toEqual([200]);
  expect(new Set(replies.map(({ text }) => text)).size).toBe(1);
  expect(issuer.fetches).toHaveLength(1);
  expect(issuer.fetches[0]).toMatchObject({ clientId: 'orders-gw', status: 200 });
});
