/**
 * Outputs in a bad world: names in the log that want to be more than text, disks that are full, folders that may not be written to, readers
 * that went away, narrow terminals. Every format of every command that writes one.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { XMLValidator } from 'fast-xml-parser';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { main } from '../src/cli/main.js';
import { outputFormats } from '../src/cli/outputs.js';
import { script } from '../src/report/html-script.generated.js';
import { fakeIo } from './support/fake-io.js';
import { openMetricsMistakes } from './support/openmetrics.js';

/** What each kind of reader could take for an order: terminals, HTML, XML, Markdown, sheets, CI hosts, metrics. */
const evil = `\x1b[2J\x07</script><script>alert(1)</script><img src=x onerror=alert(1)>"'\`|@team [a](javascript:b) ]]>\r\n::error::owned\n##[error]x\n=cmd|'/C calc'!A0\n# EOF\n\u202e\u2028\\"} 1`;
const compareFormats = ['text', 'json', 'html'] as const;

let folder: string;
/** A log of the issuer whose client, path, agent and file name are all bad. */
const logged = (every: number): string =>
  Array.from({ length: 120 }, (_, second) =>
    JSON.stringify({
      msec: `${1_795_378_145 + second}.${String(second).padStart(3, '0')}`,
      remote_addr: '127.0.0.11',
      remote_user: evil,
      host: 'auth.example.com',
      request_method: second % every === 0 ? 'POST' : 'GET',
      request_uri: second % every === 0 ? '/oauth2/token' : `/api/${evil}`,
      status: 200,
      body_bytes_sent: 800,
      request_time: 0.021,
      http_user_agent: evil,
    }),
  ).join('\n');

const name = `${evil.replaceAll('/', '_').slice(0, 120)}.log`;
let captured: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bad-output-'));
  for (const [side, every] of [
    ['one', 2],
    ['two', 5],
  ] as const) {
    mkdirSync(join(folder, side));
    writeFileSync(join(folder, side, name), `${logged(every)}\n`);
  }
  captured = resolve('fixtures/captures/no-cache');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = async (argv: readonly string[], settings: Parameters<typeof fakeIo>[0] = {}) => {
  const io = fakeIo({ cwd: folder, ...settings });
  return { status: await main([...argv], io), out: io.out(), err: io.err() };
};

const controls = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028\u2029\u202a-\u202e]/;

/** Nothing of a name may be an order for whoever reads this. */
const expectInert = (format: string, text: string): void => {
  expect(text).not.toMatch(controls);
  // No line begins with what came from the log: an order to a CI host, a formula, the end of the metrics.
  expect(text).not.toMatch(/^(?:::error::owned|##\[error\]x|=cmd)/m);
  if (format === 'html') {
    const own = text.replaceAll(script, '');
    expect(own.match(/<script\b/g)).toHaveLength(2);
    expect(own.replace(/="[^"]*"/g, '=')).not.toMatch(/<img|<[a-z][^<>]*\sonerror=/);
  }
  if (format === 'junit') expect(XMLValidator.validate(text)).toBe(true);
  if (format === 'openmetrics') expect(openMetricsMistakes(text)).toEqual([]);
  if (format === 'md')
    expect(text.replace(/(`+)[^\n]*?\1/g, '').replace(/<\/?(?:details|summary)>/g, '')).not.toMatch(/<[a-z/!]/i);
  if (['json', 'sarif', 'gitlab'].includes(format)) expect(() => JSON.parse(text)).not.toThrow();
  if (format === 'ndjson') for (const line of text.trimEnd().split('\n')) expect(() => JSON.parse(line)).not.toThrow();
};

describe('names of a log that want to be more', () => {
  test.each(outputFormats)('analyze --format %s', async (format) => {
    const { status, out, err } = await run(['analyze', 'one', '--format', format, '--lifetime', '3600s']);
    expect([0, 4]).toContain(status);
    // The client is there, so that something was to be made harmless.
    if (format !== 'github') expect(out).toContain(format === 'text' ? '\\x1b[2J' : 'alert(1)');
    expectInert(format, out);
    expectInert('text', err);
  });

  test.each(outputFormats)('check --format %s', async (format) => {
    const { out, err } = await run(['check', 'one', '--format', format, '--lifetime', '3600s', '--max-redundant', '1%']);
    expectInert(format, out);
    expectInert('text', err);
  });

  test.each(compareFormats)('compare --format %s', async (format) => {
    const { status, out, err } = await run(['compare', 'one', 'two', '--format', format, '--lifetime', '3600s']);
    expect([0, 4]).toContain(status);
    expectInert(format, out);
    expectInert('text', err);
  });

  test('analyze --details --verbose, simulate, a name that is not there', async () => {
    for (const argv of [
      ['analyze', 'one', '--details', '--verbose', '--lifetime', '3600s'],
      ['simulate', 'one', '--lifetime', '3600s'],
      ['analyze', `one/${evil}`],
    ]) {
      const { out, err } = await run(argv);
      expectInert('text', out);
      expectInert('text', err);
    }
  });
});

const result = async (): Promise<string> => {
  const path = join(folder, 'result.json');
  if (!existsSync(path)) await run(['analyze', captured, '--lifetime', '3600s', '--output', 'json=result.json']);
  return path;
};

describe.runIf(existsSync('/dev/full'))('a full disk is no exit 0', () => {
  test.each(outputFormats)('analyze --output %s', async (format) => {
    const { status, err } = await run(['analyze', captured, '--lifetime', '3600s', '--output', `${format}=/dev/full`]);
    expect(status).toBe(3);
    expect(err).toContain('cannot write /dev/full: the disk is full');
  });

  test.each(compareFormats)('compare --output %s', async (format) => {
    const saved = await result();
    const { status, err } = await run(['compare', saved, saved, '--output', `${format}=/dev/full`]);
    expect(status).toBe(3);
    expect(err).toContain('the disk is full');
  });

  test('on stdout', async () => {
    for (const format of outputFormats) {
      const { status, err } = await run(['render', await result(), '--format', format], { stdoutError: 'ENOSPC' });
      expect(status).toBe(3);
      expect(err).toContain('ENOSPC');
    }
  });
});

test('a reader that went away is no failure, in any format', async () => {
  for (const format of outputFormats)
    expect(await run(['render', await result(), '--format', format], { stdoutError: 'EPIPE' })).toEqual({
      status: 0,
      out: '',
      err: '',
    });
  for (const format of compareFormats) {
    const saved = await result();
    expect((await run(['compare', saved, saved, '--format', format], { stdoutError: 'EPIPE' })).err).toBe('');
  }
});

describe('as a process', () => {
  const bin = resolve('bin/token-tax.js');
  beforeAll(() => {
    if (!existsSync('dist/cli.cjs')) spawnSync(process.execPath, ['scripts/build.mjs'], { stdio: 'inherit' });
  });

  test('a disk that fills up on the way leaves no half file, and what was there stays', async () => {
    const saved = await result();
    const out = join(folder, 'small');
    mkdirSync(out);
    writeFileSync(join(out, 'tax.html'), 'before\n');
    const { status, stderr } = spawnSync(
      // No file may become larger than 16 KiB: the page is, when it is half written.
      'bash',
      [
        '-c',
        `ulimit -f 16; exec "$0" "$1" render "$2" --output html="$3/tax.html" --output html="$3/new.html"`,
        process.execPath,
        bin,
        saved,
        out,
      ],
      { encoding: 'utf8' },
    );
    expect(status).toBe(3);
    expect(stderr).toContain('cannot write');
    expect(readdirSync(out)).toEqual(['tax.html']);
    expect(readFileSync(join(out, 'tax.html'), 'utf8')).toBe('before\n');
  });

  test('a folder that may not be written to: said before anything is read, and no exit 0', () => {
    const closed = join(folder, 'closed');
    mkdirSync(closed);
    chmodSync(closed, 0o555);
    chmodSync(folder, 0o755);
    // Root may write anywhere, so it becomes nobody.
    const user = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
    for (const format of outputFormats) {
      const argv = [bin, 'analyze', join(folder, 'one'), '--output', `${format}=${join(closed, 'x')}`];
      const { status, stderr, stdout } = spawnSync(process.execPath, argv, { encoding: 'utf8', ...user });
      expect(stderr).toContain('permission denied');
      expect({ status, stdout }).toEqual({ status: 3, stdout: '' });
    }
    expect(readdirSync(closed)).toEqual([]);
  }, 60_000);

  test('a pipe that is closed at once', async () => {
    const saved = await result();
    for (const format of ['html', 'json', 'text']) {
      const { stdout, stderr } = spawnSync(
        'bash',
        ['-c', '"$0" "$1" render "$2" --format "$3" | true; echo $PIPESTATUS', process.execPath, bin, saved, format],
        { encoding: 'utf8' },
      );
      expect({ stdout, stderr }).toEqual({ stdout: '0\n', stderr: '' });
    }
  });
});

describe('a terminal of 20 columns', () => {
  test.each([
    ['analyze', () => ['analyze', captured, '--lifetime', '3600s', '--details']],
    ['simulate', () => ['simulate', captured, '--lifetime', '3600s']],
    ['check', () => ['check', captured, '--lifetime', '3600s', '--max-redundant', '5%']],
    ['compare', () => ['compare', captured, captured, '--lifetime', '3600s']],
    ['help', () => ['help', 'analyze']],
    ['formats', () => ['formats']],
  ] as const)('%s prints what it prints in the narrowest that it lays out for', async (_, argv) => {
    const at = (columns: number) => run(argv(), { stdoutIsTTY: true, columns });
    const [narrow, least] = [await at(20), await at(40)];
    expect(narrow.out).toBe(least.out);
    expect(narrow.status).toBe(least.status);
    expect(narrow.out).not.toBe('');
  });
});
