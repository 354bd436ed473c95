/** Logs that are being written, rotated and emptied under our eyes, and the command that watches them. */
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { main } from '../src/cli/main.js';
import { serveMetrics } from '../src/cli/metrics-server.js';
import { type Followed, FollowedFile, FollowedStream, type InputSource, openBlocks } from '../src/input/index.js';
import { fakeIo } from './support/fake-io.js';

let folder = '';
const open: Followed[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'watch-'));
});

afterEach(() => {
  for (const one of open.splice(0)) one.close();
  rmSync(folder, { recursive: true, force: true });
});

const at = (name: string): string => join(folder, name);

const sourceOf = (name: string): InputSource & { path: string } => ({
  name,
  path: at(name),
  sizeBytes: undefined,
  group: name,
  named: true,
});

const follow = (name = 'access.log', byName = true): FollowedFile => {
  const followed = new FollowedFile(sourceOf(name), byName);
  open.push(followed);
  return followed;
};

/** What an input holds, as the scanner would get it. */
const textOf = async (source: InputSource | undefined): Promise<string> => {
  if (source === undefined) return '';
  let text = '';
  for await (const { bytes, start, end } of openBlocks(source)) text += bytes.toString('latin1', start, end);
  return text;
};

describe('a file that is followed', () => {
  test('gives the lines that are whole, and the rest when it is', async () => {
    writeFileSync(at('access.log'), 'a\nb\nc');
    const log = follow();
    expect(log.poll(0)).toBe(true);
    expect(await textOf(log.source())).toBe('a\nb\n');
    expect(log.poll(1)).toBe(false);
    appendFileSync(at('access.log'), 'c\n');
    expect(log.poll(2)).toBe(true);
    expect(await textOf(log.source())).toBe('a\nb\ncc\n');
  });

  test('is waited for while there is none', async () => {
    const log = follow();
    expect(log.poll(0)).toBe(false);
    expect(log.source()).toBeUndefined();
    writeFileSync(at('access.log'), 'a\n');
    expect(log.poll(1)).toBe(true);
    expect(await textOf(log.source())).toBe('a\n');
  });

  test('is renamed, and written to under its old name and its new one', async () => {
    writeFileSync(at('access.log'), 'a\n');
    const log = follow();
    log.poll(0);
    renameSync(at('access.log'), at('access.log.1'));
    appendFileSync(at('access.log.1'), 'b\n');
    log.poll(1);
    expect(await textOf(log.source())).toBe('a\nb\n');
    writeFileSync(at('access.log'), 'c\n');
    appendFileSync(at('access.log.1'), 'late\n');
    log.poll(2);
    expect(await textOf(log.source())).toBe('a\nb\nlate\nc\n');
    expect(log.losses).toEqual([]);
  });

  test('is deleted, and what was read of it still counts', async () => {
    writeFileSync(at('access.log'), 'a\n');
    const log = follow();
    log.poll(0);
    unlinkSync(at('access.log'));
    writeFileSync(at('access.log'), 'b\n');
    log.poll(1);
    expect(await textOf(log.source())).toBe('a\nb\n');
  });

  test('is copied and emptied: the copy holds what was written since the last look', async () => {
    writeFileSync(at('access.log'), 'a\nb\n');
    const log = follow();
    log.poll(0);
    appendFileSync(at('access.log'), 'unseen\n');
    copyFileSync(at('access.log'), at('access.log-20260302'));
    truncateSync(at('access.log'), 0);
    appendFileSync(at('access.log'), 'c\n');
    log.poll(1);
    expect(await textOf(log.source())).toBe('a\nb\nunseen\nc\n');
    expect(log.losses).toEqual([]);
  });

  test('is emptied and there is no copy: that is said', async () => {
    writeFileSync(at('access.log'), 'a\nb\n');
    // Another log beside it is no copy.
    writeFileSync(at('access.log.1'), 'x\ny\nz\n');
    const log = follow();
    log.poll(0);
    truncateSync(at('access.log'), 0);
    appendFileSync(at('access.log'), 'c\n');
    log.poll(1);
    expect(await textOf(log.source())).toBe('c\n');
    expect(log.losses).toHaveLength(1);
    expect(log.losses[0]).toContain('access.log was emptied');
  });

  test('is written anew with more than it held', async () => {
    writeFileSync(at('access.log'), 'a\n');
    const log = follow();
    log.poll(0);
    writeFileSync(at('access.log'), 'other\nlines\n');
    log.poll(1);
    expect(await textOf(log.source())).toBe('other\nlines\n');
    expect(log.losses).toHaveLength(1);
  });

  test('forgets what is old, but not the lines that name the columns', async () => {
    writeFileSync(at('u_ex.log'), '#Version: 1.0\n#Fields: time cs-uri\na\n');
    const log = follow('u_ex.log');
    log.poll(0);
    appendFileSync(at('u_ex.log'), 'b\n');
    log.poll(10);
    appendFileSync(at('u_ex.log'), 'c\n');
    log.poll(20);
    log.forget(10);
    expect(await textOf(log.source())).toBe('#Version: 1.0\n#Fields: time cs-uri\nb\nc\n');
    log.forget(21);
    expect(log.source()).toBeUndefined();
  });

  test('is not opened where it is compressed', () => {
    writeFileSync(at('access.log.gz'), Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0]));
    expect(() => follow('access.log.gz')).toThrow(/compressed with gzip/);
  });

  test('a part that was put away is not opened anew by name', async () => {
    writeFileSync(at('access.log.1'), 'a\n');
    const log = follow('access.log.1', false);
    log.poll(0);
    renameSync(at('access.log.1'), at('access.log.2'));
    writeFileSync(at('access.log.1'), 'b\n');
    log.poll(1);
    expect(await textOf(log.source())).toBe('a\n');
  });

  test('skips to the first line that is late enough, give or take some lines', async () => {
    const lines = Array.from({ length: 60_000 }, (_, n) => String(n).padStart(7, '0'));
    writeFileSync(at('access.log'), `${lines.join('\n')}\n`);
    const log = follow();
    log.poll(0);
    const wanted = 43_210;
    await log.skipTo(async (some) => {
      const seen = (await textOf(some)).trimEnd().split('\n').map(Number);
      return Math.max(...seen) >= wanted;
    });
    const kept = (await textOf(log.source())).trimEnd().split('\n');
    const first = Number(kept[0]);
    expect(first).toBeLessThanOrEqual(wanted);
    expect(first).toBeGreaterThan(wanted - 3 * 65_536);
    expect(kept).toEqual(lines.slice(first));
  });

  test('whatever happens to it, each line that was seen whole is given once and in order', async () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('append' as const), lines: fc.integer({ min: 1, max: 5 }) }),
      fc.constant({ kind: 'half' as const, lines: 0 }),
      fc.constant({ kind: 'rename' as const, lines: 0 }),
      fc.constant({ kind: 'copy' as const, lines: 0 }),
      fc.constant({ kind: 'poll' as const, lines: 0 }),
    );
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        run += 1;
        mkdirSync(at(`run-${run}`));
        const name = join(`run-${run}`, 'access.log');
        writeFileSync(at(name), '');
        const log = new FollowedFile({ ...sourceOf(name), group: name });
        let number = 0;
        let parts = 0;
        let half = '';
        let clock = 0;
        const whole: string[] = [];
        const line = (): string => `${(number++).toString().padStart(6, '0')}-${'x'.repeat(number % 7)}`;
        for (const { kind, lines } of steps) {
          clock += 1;
          if (kind === 'append') {
            const some = Array.from({ length: lines }, line);
            if (half !== '') some[0] = half + some[0]!;
            appendFileSync(at(name), `${some.join('\n').slice(half.length)}\n`);
            half = '';
            whole.push(...some);
          } else if (kind === 'half' && half === '') {
            half = line();
            appendFileSync(at(name), half);
          } else if ((kind === 'rename' || kind === 'copy') && half === '') {
            // What is written between two looks and rotated twice is gone for every reader: so it is looked at first.
            log.poll(clock);
            parts += 1;
            if (kind === 'rename') {
              renameSync(at(name), `${at(name)}.${parts}`);
              writeFileSync(at(name), '');
            } else {
              copyFileSync(at(name), `${at(name)}.${parts}`);
              truncateSync(at(name), 0);
            }
            log.poll(clock);
          } else log.poll(clock);
        }
        log.poll(clock + 1);
        const found = (await textOf(log.source())).split('\n').slice(0, -1);
        expect(found).toEqual(whole);
        expect(log.losses).toEqual([]);
        log.close();
      }),
      { numRuns: 60 },
    );
  });
});

describe('a stream that is followed', () => {
  const stdin: InputSource = { name: '-', path: undefined, sizeBytes: undefined, group: '-', named: true };
  const come = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  test('keeps whole lines for as long as they count', async () => {
    const stream = new PassThrough();
    const log = new FollowedStream(stdin, stream, 1 << 20, 0);
    stream.write('a\nb');
    await come();
    expect(log.poll(10)).toBe(true);
    expect(await textOf(log.source())).toBe('a\n');
    stream.write('b\nc\n');
    await come();
    log.poll(20);
    expect(await textOf(log.source())).toBe('a\nbb\nc\n');
    log.forget(5);
    expect(await textOf(log.source())).toBe('bb\nc\n');
    stream.end('last');
    await log.first(1_000);
    expect(log.ended).toBe(true);
    expect(await textOf(log.tail())).toBe('bb\nc\nlast');
  });

  test('keeps no more than it may, and says so once', async () => {
    const stream = new PassThrough();
    const log = new FollowedStream(stdin, stream, 64, 0);
    for (let n = 0; n < 10; n += 1) {
      stream.write(`${'x'.repeat(30)}\n`);
      await come();
    }
    expect((await textOf(log.source())).length).toBeLessThanOrEqual(64);
    expect(log.losses).toHaveLength(1);
  });
});

describe('what is hard to follow', () => {
  test('a stream whose line never ends does not fill the memory, and is read again from the next line on', async () => {
    const stream = new PassThrough();
    const log = new FollowedStream({ name: '-', path: undefined, sizeBytes: undefined, group: '-', named: true }, stream, 64, 0);
    for (let n = 0; n < 40; n += 1) {
      stream.write('x'.repeat(30));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(log.losses).toEqual([expect.stringContaining('a line of - is longer than what is kept')]);
    stream.end('\na\n');
    await log.first(1_000);
    const kept = await textOf(log.source());
    expect(kept.length).toBeLessThanOrEqual(64 + 33);
    expect(kept.endsWith('\na\n')).toBe(true);
  });

  test('a long line that comes in parts is one line when it is whole', async () => {
    writeFileSync(at('access.log'), '');
    const log = follow();
    const part = 'y'.repeat(70_000);
    for (let n = 0; n < 3; n += 1) {
      appendFileSync(at('access.log'), part);
      log.poll(n);
      expect(log.source()).toBeUndefined();
    }
    appendFileSync(at('access.log'), '\nnext\nrest');
    log.poll(4);
    expect(log.source()?.sizeBytes).toBe(210_000 + 6);
  });

  test('a header that comes bit by bit stands before what is kept', async () => {
    writeFileSync(at('access.log'), '#Version: 1.0\n');
    const log = follow();
    log.poll(0);
    appendFileSync(at('access.log'), '#Fields: date time\nold\n');
    log.poll(1);
    appendFileSync(at('access.log'), 'new\n');
    log.poll(2);
    log.forget(2);
    expect(await textOf(log.source())).toBe('#Version: 1.0\n#Fields: date time\nnew\n');
  });

  test('its folder is gone when it is emptied', () => {
    mkdirSync(at('gone'));
    writeFileSync(at('gone/access.log'), 'a\n');
    const log = follow('gone/access.log');
    log.poll(0);
    truncateSync(at('gone/access.log'), 0);
    rmSync(at('gone'), { recursive: true });
    log.poll(1);
    expect(log.losses).toHaveLength(1);
  });
});

describe('the command', () => {
  const watch = async (args: readonly string[], settings: Parameters<typeof fakeIo>[0] = {}) => {
    const io = fakeIo({ cwd: folder, ...settings });
    const status = await main(['watch', ...args], io);
    return { status, out: io.out(), err: io.err() };
  };

  /** An issuer's log of one caller that fetches every second, the last time now. */
  const fetches = (many: number, endMs: number): string =>
    Array.from({ length: many }, (_, n) => {
      const time = new Date(endMs - (many - 1 - n) * 1_000).toISOString();
      return `${JSON.stringify({ time, method: 'POST', path: '/oauth2/token', status: 200, client_id: 'orders', duration_ms: 20, expires_in: 3600 })}\n`;
    }).join('');

  test('counts what lies in the window, whenever the log was written', async () => {
    for (const [name, endMs] of [
      ['live', Date.now()],
      ['old', Date.parse('2026-03-02T10:00:00Z')],
    ] as const) {
      writeFileSync(at(`${name}.log`), fetches(600, endMs));
      const { status, out } = await watch([`${name}.log`, '--window', '60s', '--refreshes', '1', '--format', 'json']);
      const { totals } = JSON.parse(out) as { totals: { fetches: { ok: number; redundant: number } } };
      // A second may pass between writing and reading.
      expect(totals.fetches.ok, name).toBeGreaterThanOrEqual(50);
      expect(totals.fetches.ok, name).toBeLessThanOrEqual(61);
      // The token that was fetched before the window is known: none within is needed.
      expect(totals.fetches.redundant, name).toBeGreaterThanOrEqual(totals.fetches.ok - 1);
      expect(status).toBe(0);
    }
  });

  test('where each day has a file of its own, that of the next day is followed too', async () => {
    mkdirSync(at('logs'));
    writeFileSync(at('logs/access.2026-03-02.log'), fetches(10, Date.parse('2026-03-02T23:59:59Z')));
    const io = fakeIo({ cwd: folder });
    const ended = main(['watch', 'logs', '--refreshes', '2', '--every', '1s', '--format', 'json'], io);
    while (io.out() === '') await new Promise((resolve) => setTimeout(resolve, 5));
    writeFileSync(at('logs/access.2026-03-03.log'), fetches(10, Date.parse('2026-03-03T00:00:09Z')));
    await ended;
    const looks = io.out().trimEnd().split('\n');
    expect(looks.map((look) => JSON.parse(look).totals.fetches.ok)).toEqual([10, 20]);
  });

  test('one line a look where there is no terminal; a frame on one', async () => {
    writeFileSync(at('old.log'), fetches(100, Date.parse('2026-03-02T10:00:00Z')));
    const plain = await watch(['old.log', '--refreshes', '2', '--every', '1ms']);
    const lines = plain.out.trimEnd().split('\n');
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(
      /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ {2}99\.\d+% of token fetches were redundant: 99 of 100 ok fetches/,
    );
    const drawn = await watch(['old.log', '--refreshes', '1', '--color', 'never'], { stdoutIsTTY: true });
    expect(drawn.out.startsWith('\x1b[2J\x1b[?7l\x1b[Hwatching 1 log, the last 1h')).toBe(true);
    expect(drawn.out).toContain('of token fetches were redundant');
    expect(drawn.out.endsWith('\x1b[J\x1b[?7h')).toBe(true);
  });

  test('standard input to its end', async () => {
    const { status, out } = await watch(['-', '--format', 'json'], { stdin: fetches(50, Date.parse('2026-03-02T10:00:00Z')) });
    expect(JSON.parse(out).totals.fetches.ok).toBe(50);
    expect(status).toBe(0);
  });

  test('an empty log is nothing yet, and no success', async () => {
    writeFileSync(at('empty.log'), '');
    const { status, out } = await watch(['empty.log', '--refreshes', '1']);
    expect(out).toContain('no request yet');
    expect(status).toBe(4);
  });

  test('a file that is not there, a compressed one, a port out of range: wrong requests', async () => {
    expect((await watch(['none.log', '--refreshes', '1'])).status).toBe(2);
    writeFileSync(at('a.gz'), Buffer.from([0x1f, 0x8b, 8, 0]));
    const packed = await watch(['a.gz', '--refreshes', '1']);
    expect(packed.status).toBe(2);
    expect(packed.err).toContain('cannot follow a.gz');
    writeFileSync(at('a.log'), '');
    expect((await watch(['a.log', '--metrics', '70000'])).status).toBe(2);
    expect((await watch(['a.log', '--window', '30d'])).status).toBe(2);
  });

  test('files are written anew at each look', async () => {
    writeFileSync(at('old.log'), fetches(100, Date.parse('2026-03-02T10:00:00Z')));
    await watch(['old.log', '--refreshes', '1', '-q', '--output', 'openmetrics=tax.prom']);
    expect(readFileSync(at('tax.prom'), 'utf8')).toContain('token_tax_ok_fetches{verdict="redundant"} 99');
  });

  test('Ctrl-C ends it with 130', async () => {
    writeFileSync(at('old.log'), fetches(20, Date.parse('2026-03-02T10:00:00Z')));
    const io = fakeIo({ cwd: folder });
    const ended = main(['watch', 'old.log', '--every', '1h'], io);
    while (io.out() === '') await new Promise((resolve) => setTimeout(resolve, 5));
    io.interrupt();
    expect(await ended).toBe(130);
    expect(io.isListening()).toBe(false);
  });
});

describe('metrics', () => {
  test('are served to this machine alone', async () => {
    let text = '# EOF\n';
    const server = await serveMetrics(0, () => text);
    try {
      const get = async (path: string, init: RequestInit = {}) => await fetch(new URL(path, server.url), init);
      expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/metrics$/);
      text = 'token_tax_watch_looks_total 3\n# EOF\n';
      const found = await get('/metrics');
      expect(found.headers.get('content-type')).toContain('application/openmetrics-text');
      expect(await found.text()).toBe(text);
      expect((await get('/')).status).toBe(404);
      expect((await get('/metrics', { method: 'POST' })).status).toBe(405);
      const { request } = await import('node:http');
      const status = await new Promise((resolve) => {
        request(server.url, { headers: { host: 'evil.example' } }, ({ statusCode }) => resolve(statusCode)).end();
      });
      expect(status).toBe(403);
      await expect(serveMetrics(Number(new URL(server.url).port), () => '')).rejects.toThrow(/EADDRINUSE/);
    } finally {
      await server.close();
    }
  });
});
