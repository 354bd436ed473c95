/** How requests get there: TLS, HTTP/2, names that lead elsewhere by now; and what a run says of itself. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createSecureServer } from 'node:http2';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Server as SocketServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { main } from '../src/cli/main.js';
import { checkTarget, makePlan, runReplay } from '../src/replay/index.js';
import { isSaturated } from '../src/replay/self-check.js';
import { type Answer, openSender } from '../src/replay/sender.js';
import { selfMadeCertificate } from './support/certificate.js';
import { type FakeIo, fakeIo } from './support/fake-io.js';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'token-tax-transport-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const open: { close(done?: () => void): unknown; closeAllConnections?(): void }[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) {
    server.closeAllConnections?.();
    await new Promise<void>((resolve) => void server.close(() => resolve()));
  }
});
const portOf = async (server: Pick<SocketServer, 'listen' | 'address' | 'close'>): Promise<number> => {
  open.push(server);
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
};

interface Line {
  readonly ms: number;
  readonly uri?: string;
  readonly user?: string;
}
const logOf = (name: string, lines: readonly Line[]): string => {
  const text = lines.map(({ ms, uri = '/a', user = 'app' }) =>
    JSON.stringify({
      time: new Date(1772446530000 + ms).toISOString(),
      remote_addr: '192.0.2.1',
      remote_user: user,
      request_method: 'GET',
      request_uri: uri,
      status: 200,
      request_time: 0,
    }),
  );
  writeFileSync(join(folder, name), `${text.join('\n')}\n`);
  return name;
};
const many = (count: number, everyMs = 2): Line[] => Array.from({ length: count }, (_, index) => ({ ms: index * everyMs }));

const run = async (args: readonly string[], env: Record<string, string> = {}): Promise<{ status: number; io: FakeIo }> => {
  const io = fakeIo({ cwd: folder, env });
  return { status: await main(['replay', ...args], io), io };
};
const armOf = (io: FakeIo): Record<string, unknown> =>
  (JSON.parse(io.out()) as { result: { arms: Record<string, unknown>[] } }).result.arms[0]!;

test('TLS is verified unless --insecure says not to, which is said aloud and recorded', async () => {
  const port = await portOf(createTlsServer(selfMadeCertificate(), (_, response) => response.end('ok')));
  const args = [logOf('tls.log', many(5)), '--target', `https://127.0.0.1:${port}`, '--send', '--manifest'];
  const strict = await run([...args, 'strict.json', '--format', 'json']);
  expect(strict.status).toBe(3);
  expect(armOf(strict.io)).toMatchObject({ answered: 0, errors: { tls: 5 } });
  const loose = await run([...args, 'loose.json', '--insecure']);
  expect(loose.status).toBe(0);
  expect(loose.io.err()).toContain('TLS is not verified');
  expect(loose.io.out()).toContain('NOT VERIFIED');
  expect(readFileSync(join(folder, 'loose.json'), 'utf8')).toMatch(/"insecure": ?true/);
  expect(readFileSync(join(folder, 'strict.json'), 'utf8')).not.toMatch(/"insecure": ?true/);
});

test('HTTP/2 is spoken with --http2, over one connection; without it HTTP/1.1', async () => {
  const versions = new Map<string, number>();
  let connections = 0;
  const server = createSecureServer({ ...selfMadeCertificate(), allowHTTP1: true }, (request, response) => {
    versions.set(request.httpVersion, (versions.get(request.httpVersion) ?? 0) + 1);
    response.end('ok');
  });
  server.on('secureConnection', () => {
    connections += 1;
  });
  const port = await portOf(server);
  const args = [logOf('h2.log', many(40)), '--target', `https://127.0.0.1:${port}`, '--send', '--insecure', '--format', 'json'];
  const second = await run([...args, '--http2', '--connections', '8']);
  expect(armOf(second.io)).toMatchObject({ answered: 40, statuses: { 200: 40 } });
  expect([...versions]).toEqual([['2.0', 40]]);
  expect(connections).toBeLessThanOrEqual(8);
  versions.clear();
  await run(args);
  expect([...versions]).toEqual([['1.1', 40]]);
});

describe('a name that leads elsewhere when the connection is made', () => {
  const answerOf = async (address: string): Promise<{ answer: Answer; asked: number }> => {
    let asked = 0;
    const port = await portOf(
      createServer((_, response) => {
        asked += 1;
        response.end();
      }),
    );
    const target = await checkTarget('--target', `http://gateway.test:${port}`, { resolve: async () => ['127.0.0.1'] });
    const sender = await openSender({
      target,
      headers: {},
      connections: 1,
      timeoutMs: 2000,
      maxBodyBytes: 1000,
      http2: false,
      insecure: false,
      authorize: undefined,
      lookup: async () => [{ address, family: 4 }],
    });
    const request = makePlan([
      { timeMs: 0, method: 'GET', path: '/', query: undefined, host: undefined, client: 'c', status: 200 },
    ]).requests[0]!;
    const answer = await new Promise<Answer>((resolve) => sender.send(request, resolve));
    await sender.close();
    return { answer, asked };
  };
  test('is not followed to a public address', async () => {
    expect(await answerOf('203.0.113.7')).toMatchObject({ answer: { status: 0, error: 'refused' }, asked: 0 });
    expect(await answerOf('169.254.169.254')).toMatchObject({ answer: { status: 0, error: 'refused' }, asked: 0 });
  });
  test('is where it stays at home', async () => {
    expect(await answerOf('127.0.0.1')).toMatchObject({ answer: { status: 200 }, asked: 1 });
  });
});

describe('the generator says when it was the limit', () => {
  test('by the delays of its event loop, of its sends, or a full core', () => {
    expect([isSaturated(1.9, 0.5, 48), isSaturated(1.9, 0.5, 5), isSaturated(30, 0.5, 1), isSaturated(6, 0.99, 1)]).toEqual([
      true,
      false,
      true,
      true,
    ]);
  });
  test('a clock that rings late makes it inconclusive, a slow target does not', async () => {
    const port = await portOf(createServer((_, response) => void setTimeout(() => response.end(), 200)));
    const target = await checkTarget('--target', `http://127.0.0.1:${port}`, {});
    const plan = makePlan(
      Array.from({ length: 600 }, (_, index) => ({
        timeMs: index * 2,
        method: 'GET',
        path: '/',
        query: undefined,
        host: undefined,
        client: 'c',
        status: 200,
      })),
    );
    const of = async (lateMs: number) => {
      const clock = {
        now: () => performance.now(),
        after: (ms: number, call: () => void) => {
          const timer = setTimeout(call, ms + lateMs);
          return () => clearTimeout(timer);
        },
      };
      // Few connections to a slow target: requests are late, but not by this machine.
      return await runReplay({ plan, arms: [{ name: 'a', target }], clock, connections: lateMs > 0 ? 256 : 50 });
    };
    const late = await of(60);
    expect(late.selfCheck.ownDelayP99Ms).toBeGreaterThan(25);
    expect(late.selfCheck.saturated).toBe(true);
    const slow = await of(0);
    expect(slow.arms[0]!.late).toBeGreaterThan(50);
    expect(slow.selfCheck.ownDelayP99Ms).toBeLessThan(slow.arms[0]!.lag!.p99);
  });
});

test('a log with hours of gap is sent in seconds with --max-gap, and nothing that was not planned', async () => {
  const seen: string[] = [];
  const port = await portOf(
    createServer((request, response) => {
      seen.push(`${request.method} ${request.url}`);
      response.end();
    }),
  );
  const log = logOf('gap.log', [
    { ms: 0, uri: '/first' },
    { ms: 9 * 3_600_000, uri: '/second' },
    { ms: 30 * 3_600_000, uri: '/third' },
  ]);
  const { status, io } = await run([log, '--target', `http://127.0.0.1:${port}`, '--send', '--max-gap', '100ms']);
  expect(status).toBe(0);
  expect(io.out()).toMatch(/gaps +2 gaps cut by --max-gap/);
  expect(seen).toEqual(['GET /first', 'GET /second', 'GET /third']);
});

test('a clock that jumps ahead drops what is too late, by name, and sends nothing twice', async () => {
  const seen = new Map<string, number>();
  const port = await portOf(
    createServer((request, response) => {
      seen.set(request.url ?? '', (seen.get(request.url ?? '') ?? 0) + 1);
      response.end();
    }),
  );
  const target = await checkTarget('--target', `http://127.0.0.1:${port}`, {});
  const plan = makePlan(
    Array.from({ length: 100 }, (_, index) => ({
      timeMs: index * 10,
      method: 'GET',
      path: `/${index}`,
      query: undefined,
      host: undefined,
      client: 'c',
      status: 200,
    })),
  );
  const began = performance.now();
  // After 300 ms the machine was asleep for a minute.
  const now = (): number => performance.now() + (performance.now() - began > 300 ? 60_000 : 0);
  const clock = {
    now,
    after: (ms: number, call: () => void) => {
      const timer = setTimeout(call, ms);
      return () => clearTimeout(timer);
    },
  };
  const { arms } = await runReplay({ plan, arms: [{ name: 'a', target }], clock, dropAfterMs: 1000 });
  const arm = arms[0]!;
  expect(arm.sent + arm.dropped).toBe(100);
  expect(arm.dropped).toBeGreaterThan(50);
  expect([...seen.values()].every((times) => times === 1)).toBe(true);
  expect(seen.size).toBe(arm.sent);
});

test('what the warm-up fetched is not counted, however late the provider writes it down', async () => {
  const idp = join(folder, 'late-idp.ndjson');
  writeFileSync(idp, '');
  let lines = '';
  let fetches = 0;
  const fetch = (): void => {
    fetches += 1;
    lines += `${JSON.stringify({ time: new Date().toISOString(), remote_addr: '127.0.0.1', remote_user: 'gw', request_method: 'POST', request_uri: '/oauth2/token', status: 200, request_time: 0.01 })}\n`;
  };
  // In pieces, as a provider that buffers.
  const timer = setInterval(() => {
    if (lines !== '') writeFileSync(idp, lines, { flag: 'a' });
    lines = '';
  }, 250);
  try {
    // A token at the start, and one in the part that counts.
    const port = await portOf(
      createServer((request, response) => {
        if (request.url === '/warm' || request.url === '/cold') fetch();
        response.end();
      }),
    );
    const log = logOf('warm.log', [
      { ms: 0, uri: '/warm' },
      { ms: 290, uri: '/warm' },
      ...Array.from({ length: 20 }, (_, index) => ({ ms: 310 + index * 5, uri: index === 3 ? '/cold' : '/a' })),
    ]);
    const args = [log, '--target', `http://127.0.0.1:${port}`, '--send', '--warm-up', '300ms', '--idp-log', 'late-idp.ndjson'];
    const { io } = await run([...args, '--format', 'json']);
    expect(fetches).toBe(3);
    expect(armOf(io)).toMatchObject({ warmUp: 2, sent: 20, fetches: 1, fetchesFor: 20 });
  } finally {
    clearInterval(timer);
  }
});

test('a gateway that ends at its start is named with its last words, without their secrets', async () => {
  const log = logOf('exits.log', many(3));
  const jwt = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJzZWNyZXQifQ.c2VjcmV0LXNpZ25hdHVyZS1vZi1pdA';
  const of = async (command: string) => (await run([log, '--hermetic', '--gateway-command', command])).io.err();
  writeFileSync(join(folder, 'gw.sh'), `echo starting; echo "config: bad token ${jwt} in \u001b[31mgw.yaml"; exit 7\n`);
  const said = await of(`sh ${join(folder, 'gw.sh')}`);
  expect(said).toMatch(/the gateway ended \(7\) before it listened on 127\.0\.0\.1:\d+/);
  expect(said).toMatch(/last line: config: bad token <redacted:jwt> in .*gw\.yaml/);
  expect(said).not.toMatch(/eyJ|\u001b\[31m/);
  expect(await of('exit 3')).toContain('it said nothing');
});

test('--where asks of the paths that analyze shows', async () => {
  const log = logOf('where.log', [
    { ms: 0, uri: '/orders/17' },
    { ms: 1, uri: '/orders/18' },
    { ms: 2, uri: '/stock/1' },
    { ms: 3, uri: '/oauth2/token' },
  ]);
  const of = async (where: string) =>
    /will send +(\d+)/.exec((await run([log, '--target', 'http://127.0.0.1:1', '--where', where])).io.out())?.[1];
  expect(await of('path == "/orders/{id}"')).toBe('2');
  expect(await of('path == "/orders/17"')).toBe('0');
  expect(await of('path == "/oauth2/token"')).toBe('1');
});

test('a log full of credentials leaves none anywhere: not at the target, not in results, manifests, raw lines or errors', async () => {
  const jwt = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJTM0NSM1QifQ.UzNDUjNULXNpZ25hdHVyZS1vZi1pdA';
  const uris = [
    '/fine',
    '/a?access_token=S3CR3T-aaaaaaaaaaaa',
    '/a?client_secret=S3CR3T-bbbbbbbbbbbb&grant_type=client_credentials',
    '/a?api_key=S3CR3T-cccccccccccc',
    '/a?password=S3CR3T-dddddddddddd',
    `/a?id_token=${jwt}`,
    `/files/${jwt}/x`,
    '/cb?code=S3CR3T-eeeeeeeeeeee&state=1',
    '/dl?sig=S3CR3Tffffffffffffffffffffff&se=2026',
    '/dl?X-Amz-Signature=S3CR3T0123456789abcdef0123456789abcdef&X-Amz-Credential=AKIAIOSFODNN7S3CR3T',
    '/bot123456789:AAHdqTS3CR3TvGWJxfSeofSAs0K5PALDsaw/send',
    '/a?client_assertion=S3CR3T-gggggggggggg',
    '/a?refresh_token=S3CR3T-hhhhhhhhhhhh',
  ];
  const log = logOf(
    'credentials.log',
    uris.map((uri, ms) => ({ ms, uri, user: ms === 0 ? `svc:${jwt}` : 'app' })),
  );
  const seen: string[] = [];
  const port = await portOf(
    createServer((request, response) => {
      seen.push(`${request.url} ${JSON.stringify(request.rawHeaders)}`);
      response.end('ok');
    }),
  );
  const target = `http://127.0.0.1:${port}`;
  const kept = ['--raw', 'c.ndjson', '--manifest', 'c.json', '--auth-env', 'OWN'];
  const env = { OWN: 'OWN-S3CR3T-of-the-replay' };
  const sent = await run([log, '--target', target, '--send', ...kept], env);
  const asJson = await run([log, '--target', target, '--send', '--format', 'json', '--auth-env', 'OWN'], env);
  const refused = await run([log, '--target', 'http://u:S3CR3T-pw@127.0.0.1:1', '--send']);
  const debugged = await run([log, '--target', 'http://127.0.0.1:1', '--send', '--debug', '--auth-env', 'OWN'], env);
  expect(seen.length).toBeGreaterThan(0);
  for (const each of seen) expect(each.replace('Bearer OWN-S3CR3T-of-the-replay', '')).not.toMatch(/S3CR3T|eyJ/);
  const written = readdirSync(folder)
    .filter((name) => /^c\./.test(name))
    .map((name) => readFileSync(join(folder, name), 'utf8'));
  expect(written).toHaveLength(2);
  for (const { io } of [sent, asJson, refused, debugged]) written.push(io.out(), io.err());
  for (const text of written) expect(text).not.toMatch(/S3CR3T|eyJ/);
});
