/** `idp` and `loopback` as commands: what they print, where they write, and how they end. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { main } from '../src/cli/main.js';
import { latencyAt, seeded } from '../src/idp/random.js';
import { type FakeIo, fakeIo } from './support/fake-io.js';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'token-tax-idp-test-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Resolves when it says where it listens. */
const started = async (args: readonly string[], settings: Parameters<typeof fakeIo>[0] = {}) => {
  const io: FakeIo = fakeIo({ cwd: folder, ...settings });
  const status = main(args, io);
  let url: string | undefined;
  for (let tries = 0; url === undefined && tries < 400; tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    url = /http:\S+/.exec(io.out())?.[0];
  }
  if (url === undefined) throw new Error(`it did not start: ${io.err()}`);
  const stopped = async (): Promise<number> => {
    io.interrupt();
    return await status;
  };
  return { io, url, stopped };
};

const token = async (url: string, scope = 'a'): Promise<{ expires_in: number }> =>
  (await (
    await fetch(url, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa('orders-gw:S3CRET-1')}` },
      body: new URLSearchParams({ grant_type: 'client_credentials', scope }),
    })
  ).json()) as { expires_in: number };

test('tokens live 1/N of their life for a replay at N times the speed', async () => {
  const { url, stopped, io } = await started(['idp', '--lifetime', '1h', '--time-scale', '60']);
  expect((await token(`${url}/oauth2/token`)).expires_in).toBe(60);
  expect(await stopped()).toBe(130);
  expect(io.err()).toContain('1 fetch: 1 ok, 0 failed');
});

describe('latency', () => {
  test('the shares that were named are where they were named', () => {
    const random = seeded(7);
    const drawn = Array.from({ length: 20_000 }, () =>
      latencyAt(
        [
          [0.5, 30],
          [0.99, 200],
        ],
        random(),
      ),
    ).sort((a, b) => a - b);
    expect(drawn[10_000]).toBeGreaterThan(29);
    expect(drawn[10_000]).toBeLessThan(31.5);
    expect(drawn[19_800]).toBeGreaterThan(195);
    expect(drawn.at(-1)).toBe(200);
    expect(latencyAt([[1, 25]], 0.01)).toBe(25);
  });

  test('the same seed waits and fails alike', async () => {
    const outcomes = async (): Promise<string> => {
      const log = `seed-${Math.random()}.jsonl`;
      const { url, stopped } = await started(['idp', '--fail', '40%', '--fail-status', '500', '--seed', '9', '--log', log]);
      for (let n = 0; n < 12; n += 1) await token(`${url}/oauth2/token`);
      await stopped();
      return [...readFileSync(join(folder, log), 'utf8').matchAll(/"status":(\d+)/g)].map(([, status]) => status).join();
    };
    const first = await outcomes();
    expect(first).toMatch(/500/);
    expect(await outcomes()).toBe(first);
  });
});

describe('the log', () => {
  test('a place that cannot be written is said before anything starts', async () => {
    const io = fakeIo({ cwd: folder });
    expect(await main(['idp', '--log', 'no/such/folder/idp.jsonl'], io)).toBe(3);
    expect(io.err()).toContain('cannot write');
    expect(io.out()).toBe('');
    const again = fakeIo({ cwd: folder });
    expect(await main(['loopback', '--token-endpoint', 'http://127.0.0.1:1/t', '--log', '.'], again)).toBe(3);
    expect(again.out()).toBe('');
  });

  test.runIf(existsSync('/dev/full'))('a full disk does not stop the provider, and is no success', async () => {
    const { url, io, stopped } = await started(['idp', '--log', '/dev/full']);
    for (let n = 0; n < 3; n += 1) expect((await token(`${url}/oauth2/token`)).expires_in).toBe(3600);
    expect(await stopped()).toBe(3);
    expect(io.err()).toMatch(/cannot write \/dev\/full: ENOSPC/);
  });

  test('holds no secret and no token, and is for its owner only', async () => {
    const { url, stopped } = await started(['idp', '--log', 'clean.jsonl']);
    await token(`${url}/oauth2/token`);
    await fetch(`${url}/oauth2/token?client_secret=S3CRET-2&code=S3CRET-3`, {
      headers: { 'x-request-id': 'Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJzZWNyZXQifQ.c2VjcmV0LXNpZ25hdHVyZQ' },
    });
    await stopped();
    const text = readFileSync(join(folder, 'clean.jsonl'), 'utf8');
    expect(text.trim().split('\n')).toHaveLength(2);
    expect(text).not.toMatch(/S3CRET|eyJ|access_token/);
  });
});

describe('the terminal', () => {
  test('is drawn anew in place, cut to its width, and left clean', async () => {
    const { url, io, stopped } = await started(['idp'], { stderrIsTTY: true, columns: 40 });
    for (let n = 0; n < 3; n += 1) await token(`${url}/oauth2/token`);
    await new Promise((resolve) => setTimeout(resolve, 700));
    await stopped();
    const frames = io.err().split('\r\u001b[K').slice(1);
    expect(frames.length).toBeGreaterThanOrEqual(2);
    expect(frames.slice(0, -1).every((frame) => frame.length < 40 && !frame.includes('\n'))).toBe(true);
    expect(frames.slice(0, -1).some((frame) => frame.startsWith('3 fetches  '))).toBe(true);
    expect(frames.at(-1)).toBe('3 fetches: 3 ok, 0 failed; 0 other requests\n');
  });

  test('shows control characters of a client as text', async () => {
    const { url, io, stopped } = await started(['idp'], { stderrIsTTY: true, columns: 200 });
    await fetch(`${url}/oauth2/token`, {
      method: 'POST',
      body: new URLSearchParams({ grant_type: 'client_credentials', client_id: 'evil\u001b]0;x\u0007', client_secret: 's' }),
    });
    await new Promise((resolve) => setTimeout(resolve, 400));
    await stopped();
    expect(io.err().replaceAll('\r\u001b[K', '')).not.toMatch(/[\u001b\u0007]/);
  });

  test('no terminal, no drawing; quiet, nothing at all', async () => {
    const plain = await started(['idp']);
    await token(`${plain.url}/oauth2/token`);
    await plain.stopped();
    expect(plain.io.err()).toBe('1 fetch: 1 ok, 0 failed; 0 other requests\n');
    const quiet = await started(['idp', '-q'], { stderrIsTTY: true });
    await quiet.stopped();
    expect(quiet.io.err()).toBe('');
  });
});

test('--insecure is said aloud', async () => {
  const { io, stopped } = await started(['idp', '--upstream', 'https://127.0.0.1:1', '--insecure']);
  await stopped();
  expect(io.err()).toContain('warning: --insecure');
});
