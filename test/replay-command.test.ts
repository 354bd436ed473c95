import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createSocketServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { main } from '../src/cli/main.js';
import { type FakeIo, fakeIo } from './support/fake-io.js';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'token-tax-replay-test-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const open: { close(done?: () => void): unknown; closeAllConnections?(): void }[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) {
    server.closeAllConnections?.();
    await new Promise<void>((resolve) => void server.close(() => resolve()));
  }
});

const at = async (server: Server | ReturnType<typeof createSocketServer>): Promise<string> => {
  open.push(server);
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

const serve = (answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> =>
  at(createServer((request, response) => answer(request, response)));

interface Line {
  ms?: number;
  method?: string;
  uri?: string;
  user?: string;
  host?: string;
}

const logOf = (name: string, lines: readonly Line[]): string => {
  writeFileSync(
    join(folder, name),
    lines
      .map(
        ({ ms = 0, method = 'GET', uri = '/a', user = 'app', host }) =>
          `${JSON.stringify({
            time: new Date(1772446530000 + ms).toISOString(),
            remote_addr: '192.0.2.1',
            remote_user: user,
            request_method: method,
            request_uri: uri,
            status: 200,
            request_time: 0,
            ...(host === undefined ? {} : { host }),
          })}\n`,
      )
      .join(''),
  );
  return name;
};

const run = async (
  args: readonly string[],
  settings: Parameters<typeof fakeIo>[0] = {},
): Promise<{ status: number; io: FakeIo }> => {
  const io = fakeIo({ cwd: folder, ...settings });
  return { status: await main(['replay', ...args], io), io };
};

const many = (count: number, over: Line = {}): Line[] => Array.from({ length: count }, (_, ms) => ({ ms: ms * 2, ...over }));

const result = (io: FakeIo): { arms: Record<string, never>[]; stopped: string | null; comparison: { verdict: string } } =>
  (JSON.parse(io.out()) as { result: never }).result;

test('a dry run sends nothing', async () => {
  let asked = 0;
  const url = await serve((_, response) => {
    asked += 1;
    response.end();
  });
  const { status, io } = await run([logOf('dry.log', [...many(20), { method: 'POST' }]), '--target', url]);
  expect(status).toBe(0);
  expect(io.out()).toContain('Plan (nothing sent)');
  expect(io.out()).toMatch(/will send +20 +GET 20/);
  expect(io.out()).toMatch(/withheld +1 +POST 1 \(allow with --allow-method POST\)/);
  expect(asked).toBe(0);
});

test('what is sent is what the log has, marked; no secret of the log gets there', async () => {
  const seen: string[] = [];
  const url = await serve((request, response) => {
    seen.push(`${request.method} ${request.url} ${JSON.stringify(request.headers)}`);
    response.end('ok');
  });
  const jwt = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJzZWNyZXQifQ.c2VjcmV0LXNpZ25hdHVyZS1vZi1pdA';
  const log = logOf('secrets.log', [
    { uri: '/fine?page=2' },
    { uri: `/a?access_token=s3cr3t-one-abcdefgh`, ms: 1 },
    { uri: `/files/${jwt}`, ms: 2 },
    { uri: `/a?x=${jwt}`, ms: 3 },
    { uri: '/cb?code=s3cr3t-two-abcdefgh&state=1', ms: 4 },
    { uri: '/dl?X-Amz-Signature=5ec4e7abcdef0123456789&X-Amz-Credential=AKIAS3CRET', ms: 5 },
    { uri: '/plain', user: `svc:${jwt}`, ms: 6 },
  ]);
  const { status } = await run([log, '--target', `${url}/base/`, '--send', '--auth-env', 'OWN'], { env: { OWN: 'own-token-1' } });
  expect(status).toBe(0);
  expect(seen.map((each) => each.split(' ').slice(0, 2).join(' '))).toEqual(['GET /base/fine?page=2', 'GET /base/plain']);
  for (const each of seen) {
    expect(each).not.toMatch(/s3cr3t|eyJ|5ec4e7|AKIA|redacted|\{secret\}/i);
    expect(each).toContain('"authorization":"Bearer own-token-1"');
    expect(each).toMatch(/"token-tax-replay":"[0-9a-f]{8}"/);
  }
});

test('methods that were allowed are sent with the body of their template', async () => {
  const bodies: string[] = [];
  const url = await serve((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      bodies.push(`${request.method} ${request.url} ${request.headers['content-type']} ${body}`);
      response.end();
    });
  });
  writeFileSync(join(folder, 'order.json'), '{"sku":1}');
  const log = logOf('post.log', [
    { method: 'POST', uri: '/orders/1' },
    { method: 'POST', uri: '/other', ms: 1 },
  ]);
  await run([log, '--target', url, '--send', '--allow-method', 'POST', '--body', 'POST /orders/*=order.json']);
  expect(bodies).toEqual(['POST /orders/1 application/json {"sku":1}']);
});

test('the recorded host needs a second flag', async () => {
  const log = logOf('host.log', many(2, { host: '127.0.0.1' }));
  const url = await serve((_, response) => response.end());
  const refused = await run([log, '--target', url, '--send']);
  expect(refused.status).toBe(2);
  expect(refused.io.err()).toContain('is the host this log was recorded from');
  expect((await run([log, '--target', url, '--send', '--yes-production'])).status).toBe(0);
});

test('an unreachable target is no pass', async () => {
  const server = createSocketServer();
  const url = await at(server);
  await new Promise<void>((resolve) => void server.close(() => resolve()));
  open.pop();
  const { status, io } = await run([logOf('gone.log', many(200)), '--target', url, '--send', '--format', 'json']);
  expect(status).toBe(3);
  expect(io.err()).toContain('was not reachable');
  expect(result(io).stopped).toContain('failed');
});

test('a target that never answers is given up', async () => {
  const url = await at(createSocketServer((socket) => socket.on('error', () => {}).resume()));
  const { status, io } = await run([
    logOf('hang.log', many(5)),
    '--target',
    url,
    '--send',
    '--timeout',
    '200ms',
    '--format',
    'json',
  ]);
  expect(status).toBe(3);
  expect(result(io).arms[0]).toMatchObject({ sent: 5, answered: 0, errors: { timeout: 5 } });
});

test('connections that break within an answer are counted', async () => {
  const url = await serve((_, response) => {
    response.writeHead(200, { 'content-length': '100' });
    response.write('half');
    setTimeout(() => response.destroy(), 5);
  });
  const { status, io } = await run([logOf('reset.log', many(5)), '--target', url, '--send', '--format', 'json']);
  expect(status).toBe(3);
  expect(result(io).arms[0]).toMatchObject({ answered: 0, errors: { reset: 5 } });
});

test('of an answer of 1 GB only the start is read', async () => {
  const block = Buffer.alloc(1 << 20);
  const url = await serve((_, response) => {
    response.writeHead(200, { 'content-length': String(2 ** 30) });
    let left = 1024;
    const more = (): void => {
      while (left > 0) {
        left -= 1;
        if (!response.write(block)) {
          response.once('drain', more);
          return;
        }
      }
      response.end();
    };
    response.on('error', () => {});
    more();
  });
  const { status, io } = await run([
    logOf('big.log', many(2)),
    '--target',
    url,
    '--send',
    '--max-body',
    '2MB',
    '--format',
    'json',
  ]);
  expect(status).toBe(0);
  const arm = result(io).arms[0]!;
  expect(arm).toMatchObject({ answered: 2, capped: 2 });
  expect(arm.bytes).toBeLessThan(8e6);
});

test('a redirect to another host is not followed', async () => {
  let elsewhere = 0;
  const other = await serve((_, response) => {
    elsewhere += 1;
    response.end();
  });
  const url = await serve((_, response) => response.writeHead(302, { location: `${other}/steal` }).end());
  const { io } = await run([logOf('redirect.log', many(3)), '--target', url, '--send', '--auth-env', 'OWN', '--format', 'json'], {
    env: { OWN: 'Bearer own' },
  });
  expect(result(io).arms[0]).toMatchObject({ answered: 3, redirects: 3, statuses: { 302: 3 } });
  expect(elsewhere).toBe(0);
});

test('many 429 stop the run', async () => {
  const url = await serve((_, response) => response.writeHead(429).end());
  const { status, io } = await run([
    logOf('429.log', many(300)),
    '--target',
    url,
    '--send',
    '--stop-429',
    '5',
    '--format',
    'json',
  ]);
  expect(status).toBe(3);
  expect(result(io).stopped).toContain('429');
  expect(result(io).arms[0]!.notSent).toBeGreaterThan(200);
});

test('own tokens are fetched once, and a provider that never answers is bounded', async () => {
  let fetched = 0;
  const provider = await serve((request, response) => {
    fetched += 1;
    expect(request.headers.authorization).toBe(`Basic ${Buffer.from('me:p%3Aw').toString('base64')}`);
    setTimeout(() => response.end('{"access_token":"fresh","expires_in":300}'), 30);
  });
  const seen = new Set<string | undefined>();
  const url = await serve((request, response) => {
    seen.add(request.headers.authorization);
    response.end();
  });
  const env = { TT_CLIENT_ID: 'me', TT_CLIENT_SECRET: 'p:w' };
  const { status } = await run([logOf('own.log', many(50)), '--target', url, '--send', '--oauth-token-endpoint', provider], {
    env,
  });
  expect([status, fetched, [...seen]]).toEqual([0, 1, ['Bearer fresh']]);
  const silent = await at(createSocketServer((socket) => socket.on('error', () => {}).resume()));
  seen.clear();
  const args = ['own.log', '--target', url, '--send', '--oauth-token-endpoint', silent, '--timeout', '200ms', '--format', 'json'];
  const hung = await run(args, { env });
  expect(hung.status).toBe(3);
  expect(result(hung.io).arms[0]).toMatchObject({ sent: 50, answered: 0, errors: { 'no token': 50 } });
  expect(seen.size).toBe(0);
});

test('hermetic: the provider counts, a budget decides, and what was started is ended', async () => {
  const gateway = `import { createServer } from 'node:http';
    let kept;
    const token = async () => (await (await fetch(process.env.TOKEN_ENDPOINT, { method: 'POST',
      headers: { authorization: 'Basic ' + btoa('gw:secret') },
      body: new URLSearchParams({ grant_type: 'client_credentials' }) })).json()).access_token;
    createServer(async (request, response) => {
      const value = process.argv[2] === 'cache' ? await (kept ??= token()) : await token();
      const answer = await fetch(process.env.BACKEND_URL + request.url, { headers: { authorization: 'Bearer ' + value } });
      response.writeHead(answer.status).end(await answer.text());
    }).listen(Number(process.env.PORT), '127.0.0.1');`;
  writeFileSync(join(folder, 'gateway.mjs'), gateway);
  const command = (how: string): string => `exec ${process.execPath} ${join(folder, 'gateway.mjs')} ${how}`;
  const args = [
    logOf('hermetic.log', many(100)),
    '--hermetic',
    '--max-fetches-per-1000',
    '50',
    '--format',
    'json',
    '--gateway-command',
  ];
  const outcome = async (how: string): Promise<unknown[]> => {
    const { status, io } = await run([...args, command(how)], { env: process.env });
    const { fetches, requests, verdict } = JSON.parse(io.out()) as Record<string, unknown>;
    return [status, requests, fetches, verdict];
  };
  expect(await outcome('none')).toEqual([1, 100, 100, 'fail']);
  expect(await outcome('cache')).toEqual([0, 100, 1, 'pass']);
}, 30_000);

test('Ctrl-C leaves a part that says so', async () => {
  const io = fakeIo({ cwd: folder });
  let asked = 0;
  const url = await serve((_, response) => {
    asked += 1;
    if (asked === 10) io.interrupt();
    response.end();
  });
  const status = await main(['replay', logOf('interrupt.log', many(500)), '--target', url, '--send'], io);
  expect(status).toBe(130);
  expect(io.out()).toContain('INTERRUPTED');
  expect(asked).toBeLessThan(400);
});

test('A/B counts fetches per arm in the log of the provider, and a manifest runs it again', async () => {
  const idp = join(folder, 'idp.ndjson');
  const fetch = (): void =>
    writeFileSync(
      idp,
      `${JSON.stringify({ time: new Date().toISOString(), remote_addr: '127.0.0.1', remote_user: 'gw', request_method: 'POST', request_uri: '/oauth2/token', status: 200, request_time: 0.01 })}\n`,
      { flag: 'a' },
    );
  const a = await serve((_, response) => {
    fetch();
    response.end();
  });
  let cached = false;
  const b = await serve((_, response) => {
    if (!cached) fetch();
    cached = true;
    response.end();
  });
  const log = logOf('ab.log', many(160));
  const { status, io } = await run([
    log,
    '--a',
    a,
    '--b',
    b,
    '--block',
    '80ms',
    '--idp-log',
    'idp.ndjson',
    '--send',
    '--manifest',
    'm.json',
    '--raw',
    'raw.ndjson',
    '--format',
    'json',
  ]);
  const found = result(io);
  expect(found.arms.map((arm) => [arm.sent, arm.fetches])).toEqual([
    [160, 160],
    [160, 1],
  ]);
  expect(found.comparison.verdict).toBe('better');
  expect(status).toBe(0);
  expect(readFileSync(join(folder, 'raw.ndjson'), 'utf8').trim().split('\n')).toHaveLength(320);
  const again = await run(['--from-manifest', 'm.json']);
  expect(again.io.out()).toMatch(/will send +160/);
  expect(again.io.out()).toContain('nothing sent');
});
