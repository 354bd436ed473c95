/** What is wrong with real logs, and what the program makes of it: bad lines are counted, bad files are named, nothing is lost. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Analysis, InputFile } from '../src/analysis/result.js';
import { main } from '../src/cli/main.js';
import { formats } from '../src/formats/index.js';
import { analyze } from '../src/pipeline.js';
import { fakeIo } from './support/fake-io.js';
import { runs } from './support/runs.js';

type Files = Readonly<Record<string, string | Uint8Array>>;

let root: string;
let made = 0;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'token-tax-bad-'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const folder = (files: Files): string => {
  made += 1;
  const cwd = join(root, String(made));
  mkdirSync(cwd);
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(cwd, name)), { recursive: true });
    writeFileSync(join(cwd, name), content);
  }
  return cwd;
};

const command = async (files: Files, ...argv: string[]): Promise<{ status: number; out: string; err: string }> => {
  const io = fakeIo({ cwd: folder(files) });
  const status = await main(['analyze', ...argv], io);
  return { status, out: io.out(), err: io.err() };
};

const result = async (files: Files, ...argv: string[]): Promise<Analysis & { readonly status: number }> => {
  const { status, out } = await command(files, ...argv, '--format', 'json');
  return { ...(JSON.parse(out) as Analysis), status };
};

const clock = (second: number): string => new Date(Date.UTC(2026, 2, 2, 10, 15, 0) + second * 1000).toISOString().slice(11, 19);
const fetchLine = (second: number): string =>
  `10.0.0.7 - orders-gw [02/Mar/2026:${clock(second)} +0000] "POST /oauth2/token HTTP/1.1" 200 812 "-" "orders-gw/4.2"`;
const jsonFetch = (second: number, more: Readonly<Record<string, unknown>> = {}): string =>
  JSON.stringify({
    ts: `2026-03-02T${clock(second)}.000Z`,
    method: 'POST',
    path: '/oauth2/token',
    status: 200,
    duration_ms: 20,
    client_id: 'orders',
    ...more,
  });

/** Ten fetches, a second apart: with a life of an hour one of them is needed. */
const ten = Array.from({ length: 10 }, (_, second) => fetchLine(second));
const log = (lines: readonly string[], end = '\n'): string => lines.map((line) => `${line}${end}`).join('');
const life = ['--lifetime', '3600s'];
const good = { all: 10, ok: 10, failed: 0, excluded: 0, necessary: 1, ahead: 0, redundant: 9, unknown: 0 };

const only = ({ input }: Analysis): InputFile => input.files[0]!;

describe('the same lines, written differently', () => {
  const ways: Readonly<Record<string, string | Uint8Array>> = {
    plain: log(ten),
    CRLF: log(ten, '\r\n'),
    'a BOM': `\ufeff${log(ten)}`,
    'no last newline': log(ten).trimEnd(),
    'a BOM, CRLF and no last newline': `\ufeff${log(ten, '\r\n').trimEnd()}`,
    'NUL bytes at the start of a line': `${'\0'.repeat(5000)}${log(ten)}`,
    'NUL bytes in the middle of the file': `${log(ten.slice(0, 5))}${'\0'.repeat(300)}${log(ten.slice(5))}`,
  };
  for (const [way, content] of Object.entries(ways)) {
    test(way, async () => {
      const { status, totals, input } = await result({ 'a.log': content }, 'a.log', ...life);
      expect({ status, fetches: totals.fetches, read: input.lines.read, parsed: input.lines.parsed }).toEqual({
        status: 0,
        fetches: good,
        read: 10,
        parsed: 10,
      });
    });
  }

  test('blank lines between them are counted and otherwise nothing', async () => {
    const { status, totals, input } = await result({ 'a.log': log(ten.flatMap((line) => [line, '', ' \t '])) }, 'a.log', ...life);
    expect({ status, fetches: totals.fetches }).toEqual({ status: 0, fetches: good });
    expect(input.lines).toMatchObject({ read: 30, parsed: 10, rejected: 0, blank: 20 });
  });
});

describe('bad lines are counted by reason, with the first place, and the rest is read', () => {
  /** The bad line stands third among many good ones. */
  const many = Array.from({ length: 40 }, (_, second) => fetchLine(second));
  const withBad = (bad: string | Uint8Array): Uint8Array =>
    Buffer.concat([
      Buffer.from(log(many.slice(0, 2))),
      Buffer.from(bad as string),
      Buffer.from('\n'),
      Buffer.from(log(many.slice(2))),
    ]);
  const thirdByte = log(many.slice(0, 2)).length;

  const bad: readonly (readonly [what: string, line: string | Uint8Array, reason: string])[] = [
    ['a line of more than 1 MiB', fetchLine(1).replace('/4.2', `/${'x'.repeat(3 << 20)}`), 'too-long'],
    ['a line cut in the middle', fetchLine(1).slice(0, 70), 'shape'],
    ['the rest of a line', fetchLine(1).slice(40), 'shape'],
    ['the 31st of February', fetchLine(1).replace('02/Mar', '31/Feb'), 'time'],
    ['a month that does not exist', fetchLine(1).replace('/Mar/', '/Mrz/'), 'time'],
    ['the 25th hour', fetchLine(1).replace(':10:15', ':25:15'), 'time'],
    ['a zone that does not exist', fetchLine(1).replace('+0000', '+9999'), 'time'],
    ['a status out of range', fetchLine(1).replace(' 200 ', ' 2000 '), 'status'],
    ['a status that is a word', fetchLine(1).replace(' 200 ', ' OK '), 'status'],
    ['another kind of log', 'Mar  2 10:15:30 gw sshd[811]: Accepted publickey for deploy from 10.0.0.9 port 51888 ssh2', 'shape'],
    ['two lines run together', `${fetchLine(1).slice(0, 60)}${fetchLine(2)}`, 'shape'],
    ['two lines run together, without the start of the second', `${fetchLine(1).slice(0, 60)}${fetchLine(2).slice(51)}`, 'shape'],
    ['bytes that are no text', Uint8Array.from([0xff, 0xfe, 0x80, 0xc3, 0x28]), 'shape'],
  ];
  for (const [what, line, reason] of bad) {
    test(what, async () => {
      const analysis = await result({ 'a.log': withBad(line) }, 'a.log', ...life);
      expect(analysis.status).toBe(0);
      expect(only(analysis).rejects).toEqual([{ reason, count: 1, firstLine: 3, firstByte: thirdByte }]);
      expect(analysis.input.lines).toMatchObject({ read: 41, parsed: 40, rejected: 1, blank: 0 });
      expect(analysis.totals.fetches).toMatchObject({ all: 40, ok: 40, redundant: 39 });
    });
  }

  test('a duration of three million years', async () => {
    const timed = (line: string, took: string): string => `${line} rt=${took}`;
    const lines = [...many.map((line) => timed(line, '0.020')), timed(fetchLine(1), '99999999999999999999')];
    const { status, totals } = await result({ 'a.log': log(lines) }, 'a.log', ...life);
    expect(status).toBe(0);
    expect(totals.fetches.all).toBe(41);
  });

  const odd: readonly (readonly [what: string, line: string | Uint8Array, more: object])[] = [
    [
      'TLS on a plain port',
      fetchLine(1).replace('POST /oauth2/token HTTP/1.1', '\\x16\\x03\\x01\\x02\\x00\\x01').replace(' 200 ', ' 400 '),
      { notRequests: 1 },
    ],
    ['no request at all', fetchLine(1).replace('POST /oauth2/token HTTP/1.1', '-').replace(' 200 ', ' 408 '), { notRequests: 1 }],
    [
      'a line of the error log of nginx',
      '2026/03/02 10:15:30 [error] 7#7: *12 connect() failed, request: "POST /oauth2/token HTTP/1.1"',
      { notRequests: 1 },
    ],
    [
      'a line of the error log of Apache',
      '[Mon Mar 02 10:15:30.123456 2026] [proxy:error] [pid 7:tid 140] (111)Connection refused: AH00957: HTTP: attempt to connect',
      { notRequests: 1 },
    ],
    ['a line of the error log of an old Apache', '[Mon Mar 02 10:15:30 2026] [error] [client 10.0.0.9] x', { notRequests: 1 }],
    [
      'raw TLS bytes',
      Buffer.concat([
        Buffer.from('10.0.0.9 - - [02/Mar/2026:10:15:01 +0000] "'),
        Uint8Array.from([0x16, 3, 1, 2, 0, 1, 0xfc]),
        Buffer.from('" 400 157 "-" "-"'),
      ]),
      { notRequests: 1 },
    ],
    [
      'invalid UTF-8 in a name',
      Buffer.concat([
        Buffer.from('10.0.0.9 - - [02/Mar/2026:10:15:01 +0000] "GET /caf'),
        Uint8Array.from([0xe9, 0xff]),
        Buffer.from('s HTTP/1.1" 200 157 "-" "x"'),
      ]),
      { notRequests: 0 },
    ],
    [
      'a target of 100 KiB',
      `10.0.0.9 - - [02/Mar/2026:10:15:01 +0000] "GET /${'a/'.repeat(50_000)} HTTP/1.1" 200 157 "-" "x"`,
      { notRequests: 0 },
    ],
    [
      'bytes beyond any number',
      `10.0.0.9 - - [02/Mar/2026:10:15:01 +0000] "GET /a HTTP/1.1" 200 ${'9'.repeat(400)} "-" "x"`,
      { notRequests: 0 },
    ],
  ];
  for (const [what, line, more] of odd) {
    test(`not bad: ${what}`, async () => {
      const analysis = await result({ 'a.log': withBad(line) }, 'a.log', ...life);
      expect(analysis.status).toBe(0);
      expect(analysis.input.lines).toMatchObject({ read: 41, parsed: 41, rejected: 0, ...more });
      expect(analysis.totals.fetches).toMatchObject({ all: 40, ok: 40, redundant: 39 });
    });
  }
});

describe('JSON that is not what it should be', () => {
  const many = Array.from({ length: 40 }, (_, second) => jsonFetch(second));
  const nested = (depth: number): string => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
  const cases: readonly (readonly [what: string, line: string, lines: object])[] = [
    ['cut in the middle', jsonFetch(1).slice(0, 60), { parsed: 40, rejected: 1 }],
    ['an empty value', jsonFetch(1).replace('"duration_ms":20', '"duration_ms":'), { parsed: 40, rejected: 1 }],
    ['two records on a line', jsonFetch(1) + jsonFetch(2), { parsed: 40, rejected: 1 }],
    ['an array', '[1,2,3]', { parsed: 40, rejected: 1 }],
    ['text between the records', 'Started application in 3.2 seconds', { parsed: 40, rejected: 1 }],
    ['nested 10,000 deep', nested(10_000), { read: 41 }],
    ['nested 10,000 deep in a field', jsonFetch(1).replace('{', `{"context":${nested(10_000)},`), { read: 41 }],
    ['10,000 brackets that are never closed', '['.repeat(10_000), { parsed: 40, rejected: 1 }],
    ['10,000 braces that are never closed', '{"a":'.repeat(10_000), { parsed: 40, rejected: 1 }],
    ['a key of 500 KB', jsonFetch(1, { ['k'.repeat(500_000)]: 1 }), { parsed: 41, rejected: 0 }],
    ['a status out of range', jsonFetch(1, { status: 99999 }), { parsed: 40, rejected: 1 }],
    ['a date that does not exist', jsonFetch(1, { ts: '2026-02-31T10:00:00Z' }), { parsed: 40, rejected: 1 }],
    ['a time as a word', jsonFetch(1, { ts: 'yesterday' }), { parsed: 40, rejected: 1 }],
  ];
  for (const [what, line, lines] of cases) {
    test(what, async () => {
      const analysis = await result({ 'a.log': log([...many.slice(0, 2), line, ...many.slice(2)]) }, 'a.log', ...life);
      expect(analysis.status).toBe(0);
      expect(analysis.input.lines).toMatchObject({ read: 41, ...lines });
      expect(analysis.totals.fetches.ok).toBeGreaterThanOrEqual(40);
    });
  }

  test('numbers that no request has are not believed', async () => {
    const line = jsonFetch(1, { duration_ms: 1e300, bytes: -5, expires_in: -1 }).replace('1e+300', '1e300');
    const { totals, status } = await result({ 'a.log': log([...many, line]) }, 'a.log', ...life);
    expect(status).toBe(0);
    expect(totals.fetches.all).toBe(41);
    expect(totals.latency.fetchMs!.max).toBeLessThan(1e12);
    expect(totals.latency.fetchMs!.p50).toBe(20);
  });
});

describe('bad files', () => {
  test('an unreadable file among good ones: the rest is analysed, exit 3', async () => {
    const files = { 'a.log': log(ten), 'b.log.gz': Uint8Array.from([0x1f, 0x8b, 8, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9]) };
    const { status, complete, totals, input } = await result(files, 'a.log', 'b.log.gz', 'missing.log', ...life);
    expect({ status, complete, fetches: totals.fetches }).toEqual({ status: 3, complete: false, fetches: good });
    expect(Object.fromEntries(input.files.map(({ name, error }) => [name, error === null]))).toEqual({
      'a.log': true,
      'b.log.gz': false,
      'missing.log': false,
    });
    const { out, status: text } = await command(files, '.', ...life);
    expect(text).toBe(3);
    expect(out).toContain('PARTIAL RESULT');
  });

  test.skipIf(process.getuid?.() === 0)('a file without permission: exit 3', async () => {
    const cwd = folder({ 'a.log': log(ten), 'b.log': log(ten) });
    chmodSync(join(cwd, 'b.log'), 0);
    const io = fakeIo({ cwd });
    expect(await main(['analyze', 'a.log', 'b.log'], io)).toBe(3);
  });

  test('in whatever order they are named, the result has the same bytes', async () => {
    const files = { 'a.log': log(ten), 'b.log.gz': Uint8Array.from([0x1f, 0x8b, 8, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9]) };
    const names = ['a.log', 'b.log.gz', 'gone.log', 'missing.log'];
    const there = await command(files, ...names, '--format', 'json');
    const back = await command(files, ...names.toReversed(), '--format', 'json');
    expect(back.out).toBe(there.out);
  });

  test('no named input is readable: exit 2, the first is named', async () => {
    const { status, out, err } = await command({}, 'missing.log', 'gone/*.log');
    expect({ status, out }).toEqual({ status: 2, out: '' });
    expect(err).toContain('gone/*.log');
  });

  test('one input, and it is not there: exit 2', async () => {
    const { status, err } = await command({ 'acess.log': log(ten) }, 'access.log');
    expect(status).toBe(2);
    expect(err).toMatch(/^error: .*access\.log/);
  });

  test('a missing file and one of no known format: exit 3, the file that is there is told', async () => {
    const { status, err } = await command({ 'a.log': 'lorem ipsum\n' }, 'a.log', 'access.log');
    expect(status).toBe(3);
    expect(err).toContain('no known log format fits a.log');
  });

  test('a zone that does not exist: exit 2, before anything is read', async () => {
    for (const tz of ['Mars/X', '+25:00', '+02:60']) {
      const { status, out, err } = await command({ 'a.log': log(ten) }, 'a.log', '--tz', tz);
      expect({ status, out }).toEqual({ status: 2, out: '' });
      expect(err).toContain(`there is no time zone "${tz}"`);
    }
  });

  test('interrupted before anything was read: every file is listed, and nothing is said of requests', async () => {
    const files = { 'a.log': log(ten), 'b.log': log(ten) };
    const interrupted = AbortSignal.abort();
    const analysis = await analyze({ inputs: ['a.log', 'b.log', 'missing.log'], cwd: folder(files), signal: interrupted });
    expect(analysis.complete).toBe(false);
    expect(analysis.inconclusive).toBe('interrupted before a request was read');
    expect(analysis.input.files.map(({ name, error }) => [name, error])).toEqual([
      ['missing.log', expect.stringContaining('no such file')],
      ['a.log', 'interrupted'],
      ['b.log', 'interrupted'],
    ]);
  });

  test('interrupted while the head of the first file is read', async () => {
    const stop = new AbortController();
    const stdin = new PassThrough();
    stdin.write(log(ten));
    setTimeout(() => stop.abort(), 50);
    const analysis = await analyze({ inputs: ['-'], cwd: root, stdin, signal: stop.signal });
    expect(analysis).toMatchObject({ complete: false, inconclusive: 'interrupted before a request was read' });
    expect(analysis.input.files).toMatchObject([{ name: '-', error: 'interrupted' }]);
  });

  test('a forced format that does not fit: exit 2, the one that does is named', async () => {
    const { status, out, err } = await command({ 'a.log': log(ten) }, 'a.log', '--log-format', 'nginx-timing');
    expect({ status, out }).toEqual({ status: 2, out: '' });
    expect(err).toContain('--log-format clf-combined');
    expect(err).toMatch(/\n +\| +\^/);
  });

  test('a format that does not exist: exit 2, the nearest is named', async () => {
    const { status, err } = await command({ 'a.log': log(ten) }, 'a.log', '--log-format', 'ngnix');
    expect(status).toBe(2);
    expect(err).toContain('Did you mean "nginx"?');
  });

  test('no format fits: exit 3, with the first bad line and a caret', async () => {
    const { status, out, err } = await command({ 'a.log': 'lorem ipsum\ndolor GET /x HTTP/1.1\n' }, 'a.log');
    expect({ status, out }).toEqual({ status: 3, out: '' });
    expect(err).toContain('no known log format fits a.log');
    expect(err).toMatch(/--> a\.log:1:\d+/);
    expect(err).toContain('| lorem ipsum');
    expect(err).toMatch(/\n +\| +\^ expected/);
  });

  test('most lines fit, too many do not: exit 3, the share is named', async () => {
    const { status, err } = await command(
      { 'a.log': log([...ten, ...ten.slice(0, 2).map((line) => line.slice(0, 60))]) },
      'a.log',
    );
    expect(status).toBe(3);
    expect(err).toMatch(/reads 83\.3% of the first 12 lines; 90% are\s+needed/);
  });

  test('a folder without logs: nothing is invented', async () => {
    const { status, err } = await command({ 'notes/README.md': '# notes\n', 'notes/data.csv': 'a,b\n1,2\n' }, 'notes');
    expect(status).toBeGreaterThanOrEqual(2);
    expect(err).not.toBe('');
  });

  test('an empty folder: exit 2', async () => {
    const cwd = folder({});
    mkdirSync(join(cwd, 'logs'));
    const io = fakeIo({ cwd });
    expect(await main(['analyze', 'logs'], io)).toBe(2);
    expect(io.err()).toContain('logs');
  });

  test('a folder of logs and other things: the other things are passed over and named', async () => {
    const { status, err } = await command(
      { 'a.log': log(ten), 'truth.json': '{\n  "a": 1\n}\n', 'notes.txt': 'hello\n' },
      '.',
      ...life,
    );
    expect(status).toBe(0);
    expect(err).toMatch(/warning: passed over, not an access log: .*notes\.txt.*truth\.json/);
  });
});

describe('options that change nothing are warned of', () => {
  const records = log(Array.from({ length: 10 }, (_, second) => jsonFetch(second)));
  const cases: readonly (readonly [argv: readonly string[], file: string, warning: string | undefined])[] = [
    [['--map', 'client=client_id'], records, undefined],
    [['--map', 'client=svc,client_id'], records, undefined],
    [['--map', 'scope=scp'], records, '--map scope=scp: the first records have no field of that name'],
    [['--map', 'client=svc'], log(ten), '--map changes nothing here'],
    [['--token-routes', '/api/**'], log(ten), '--token-routes /api/** matched no request'],
    [['--token-endpoint', '/tokens'], log(ten), '--token-endpoint /tokens matched no request'],
    [['--token-endpoint', '/oauth2/token'], log(ten), undefined],
  ];
  for (const [argv, content, warning] of cases) {
    test(`${argv.join(' ')}: ${warning === undefined ? 'nothing' : 'a warning'}`, async () => {
      const { warnings } = await result({ 'a.log': content }, 'a.log', ...argv, ...life);
      const found = warnings.filter(({ id }) => id === 'map-unused' || id === 'pattern-unmatched').map(({ message }) => message);
      expect(found).toEqual(warning === undefined ? [] : [expect.stringContaining(warning)]);
    });
  }

  test('a name that only one of two logs has is used', async () => {
    const other = log(Array.from({ length: 10 }, (_, second) => jsonFetch(second, { scp: 'a' })));
    const { warnings } = await result({ 'a.log': records, 'b.log': other }, 'a.log', 'b.log', '--map', 'scope=scp', ...life);
    expect(warnings.filter(({ id }) => id === 'map-unused')).toEqual([]);
  });
});

describe('nothing found is inconclusive, never green', () => {
  const nothing: Readonly<Record<string, string>> = {
    'an empty file': '',
    'only blank lines': '\n\n \n\t\n',
    'only a BOM': '\ufeff',
    'requests, but no token fetch': log(ten).replaceAll('POST /oauth2/token', 'GET /api/orders'),
    'only failed fetches': log(ten).replaceAll(' 200 ', ' 503 '),
    'too few fetches': log(ten.slice(0, 2)),
    'only records without a request': log(ten).replaceAll('POST /oauth2/token HTTP/1.1', '-'),
  };
  for (const [what, content] of Object.entries(nothing)) {
    test(what, async () => {
      const { status, inconclusive } = await result({ 'a.log': content }, 'a.log', ...life);
      expect(status).toBe(4);
      expect(inconclusive).toEqual(expect.any(String));
    });
  }

  test('nothing on standard input', async () => {
    const io = fakeIo({ cwd: root, stdin: '' });
    expect(await main(['analyze', '-'], io)).toBe(4);
    expect(io.out()).toContain('Inconclusive');
  });
});

describe('line accounting adds up', () => {
  const good = 120;
  const noise = fc.oneof(
    fc.constantFrom(
      '',
      ' ',
      '\t',
      '-',
      '{',
      '{}',
      '[]',
      'null',
      '"',
      '\\',
      '{"ts":',
      '\0\0',
      '\u001b[31m',
      '{"a":[1,2,{"b":null}]}',
    ),
    fc.string({ maxLength: 60 }).map((text) => text.replace(/[\r\n]/g, ' ')),
    fc.string({ unit: 'binary', maxLength: 20 }).map((text) => text.replace(/[\r\n]/g, ' ')),
  );

  for (const format of formats) {
    const samples = format.samples.map(({ line }) => line);
    const cut = fc
      .tuple(fc.constantFrom(...samples), fc.nat(400), fc.nat(400))
      .map(([line, a, b]) => line.slice(Math.min(a, b), Math.max(a, b)));
    const changed = fc
      .tuple(fc.constantFrom(...samples), fc.nat(400), fc.string({ maxLength: 4 }))
      .map(([line, at, text]) => (line.slice(0, at) + text + line.slice(at + text.length)).replace(/[\r\n]/g, ' '));
    const lines = fc.array(fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...samples) }, noise, cut, changed), {
      minLength: 1,
      maxLength: 40,
    });

    test(format.id, async () => {
      await fc.assert(
        fc.asyncProperty(lines, fc.constantFrom('\n', '\r\n'), fc.boolean(), async (some, end, lastEnd) => {
          // Enough in front that the format is found whatever follows.
          const all = [...Array<string>(good).fill(samples[0]!), ...some];
          const text = all.join(end) + (lastEnd ? end : '');
          const cwd = folder({ 'a.log': text });
          try {
            const { input, totals } = await analyze({ inputs: ['a.log'], cwd, logFormat: format.id, lifetime: ['1h'] });
            const { read, parsed, rejected, filtered, blank, notRequests } = input.lines;
            // A file without a last newline has no line behind the last one; with one, an empty one does not count.
            const written = text.endsWith('\n') ? text.split('\n').length - 1 : text.split('\n').length;
            expect(read).toBe(written);
            expect(parsed + rejected + filtered + blank).toBe(read);
            expect(notRequests).toBeLessThanOrEqual(parsed);
            expect(parsed).toBeGreaterThanOrEqual(good);
            const [file] = input.files;
            expect(file!.rejects.reduce((sum, { count }) => sum + count, 0)).toBe(rejected);
            const { all: fetches, ok, failed, excluded, necessary, ahead, redundant, unknown } = totals.fetches;
            expect(ok + failed + excluded).toBe(fetches);
            expect(necessary + ahead + redundant + unknown).toBe(ok);
          } finally {
            rmSync(cwd, { recursive: true });
          }
        }),
        { numRuns: runs(12) },
      );
    }, 60_000);
  }
});
