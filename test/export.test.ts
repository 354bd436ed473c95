/** `token-tax export`: what was written into a log comes out of it, whole, one line each, without secrets and without piling up. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { main } from '../src/cli/main.js';
import { recordKeys } from '../src/scan/record.js';
import { type FakeIo, fakeIo } from './support/fake-io.js';

interface Generated {
  readonly at: number;
  readonly method: string;
  readonly path: string;
  readonly query: string | undefined;
  readonly status: number;
  readonly bytes: number;
  readonly durationMs: number;
  readonly upstreamMs: number | undefined;
  readonly client: string;
  readonly identity: string | undefined;
  readonly agent: string | undefined;
  readonly requestId: string;
  readonly cache: 'hit' | 'miss' | 'bypass' | undefined;
  readonly node: string | undefined;
}

const maybe = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(one, { nil: undefined });
const word = fc.stringMatching(/^[a-z][a-z0-9]{0,9}$/);
/** Everything that a client may send, but what is a value for "missing", and what ends in spaces that a reader may trim. */
const agents = fc
  .oneof(
    fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 30 }),
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }),
  )
  .filter(
    (text) => Buffer.from(text).toString() === text && !/^(?:-|null|N\/A|"-")$|[:=]|\/\//.test(text) && text.trim() === text,
  );

const requests: fc.Arbitrary<Generated> = fc.record({
  at: fc.integer({ min: 1_700_000_000, max: 1_800_000_000 }),
  method: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS', 'PROPFIND'),
  path: fc
    .array(fc.oneof(word, fc.constantFrom('oauth2', 'token', '%20a', '17', 'caf%C3%A9')), { maxLength: 4 })
    .map((all) => `/${all.join('/')}`),
  query: maybe(
    fc
      .array(fc.tuple(fc.constantFrom('limit', 'page', 'q', 'grant_type'), word), { minLength: 1, maxLength: 3 })
      .map((all) => all.map((pair) => pair.join('=')).join('&')),
  ),
  status: fc.constantFrom(200, 201, 304, 401, 404, 429, 500, 503),
  bytes: fc.integer({ min: 0, max: 1e9 }),
  durationMs: fc.integer({ min: 0, max: 90_000 }),
  upstreamMs: maybe(fc.integer({ min: 0, max: 90_000 })),
  client: fc.oneof(fc.ipV4(), fc.constantFrom('2001:db8::1', '::1')),
  identity: maybe(word.filter((text) => text !== 'null')),
  agent: maybe(agents),
  requestId: fc.stringMatching(/^[0-9a-f]{32}$/),
  cache: fc.constantFrom('hit', 'miss', 'bypass', undefined),
  node: maybe(word.filter((text) => text !== 'null')),
});

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const clfTime = (seconds: number): string => {
  const [, year, month, day, clock] = /^(\d+)-(\d+)-(\d+)T([\d:]+)/.exec(new Date(seconds * 1000).toISOString())!;
  return `${day}/${months[Number(month) - 1]}/${year}:${clock} +0000`;
};
/** As nginx escapes. */
const escaped = (text: string): string =>
  [...Buffer.from(text)]
    .map((byte) =>
      byte < 32 || byte > 126 || byte === 34 || byte === 92
        ? `\\x${byte.toString(16).toUpperCase().padStart(2, '0')}`
        : String.fromCharCode(byte),
    )
    .join('');
const seconds = (ms: number | undefined): string => (ms === undefined ? '-' : (ms / 1000).toFixed(3));
const target = ({ path, query }: Generated): string => (query === undefined ? path : `${path}?${query}`);

const common = (one: Generated) => ({
  method: one.method,
  path: one.path,
  query: one.query,
  status: one.status,
  bytes: one.bytes,
  client: one.client,
  identity: one.identity,
  userAgent: one.agent,
});
const timed = (one: Generated) => ({
  durationMs: one.durationMs,
  upstreamMs: one.upstreamMs,
  requestId: one.requestId,
  cache: one.cache,
  node: one.node,
});

const head = (one: Generated): string =>
  `${one.client} - ${one.identity ?? '-'} [${clfTime(one.at)}] "${one.method} ${target(one)} HTTP/1.1" ${one.status} ${one.bytes} "-" "${one.agent === undefined ? '-' : escaped(one.agent)}"`;

const writers: Readonly<
  Record<string, { line: (one: Generated) => string; record: (one: Generated) => Record<string, unknown> }>
> = {
  'clf-combined': { line: head, record: (one) => ({ time: one.at * 1000, ...common(one) }) },
  'nginx-timing': {
    line: (one) =>
      `${head(one)} rt=${seconds(one.durationMs)} urt="${seconds(one.upstreamMs)}" cs=${one.cache?.toUpperCase() ?? '-'} rid=${one.requestId} node=${one.node ?? '-'}`,
    record: (one) => ({ time: one.at * 1000, timeAt: 'end', ...common(one), ...timed(one) }),
  },
  json: {
    line: (one) =>
      JSON.stringify({
        ts: new Date(one.at * 1000).toISOString(),
        method: one.method,
        url: target(one),
        status: one.status,
        bytes: one.bytes,
        client_ip: one.client,
        user: one.identity,
        user_agent: one.agent,
        duration_ms: one.durationMs,
        upstream_ms: one.upstreamMs,
        request_id: one.requestId,
        cache: one.cache,
        node: one.node,
      }),
    record: (one) => ({ time: one.at * 1000, ...common(one), ...timed(one) }),
  },
};

const withoutHoles = (record: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));

const run = async (
  argv: readonly string[],
  settings: Parameters<typeof fakeIo>[0] = {},
): Promise<FakeIo & { status: number }> => {
  const io = fakeIo(settings);
  const status = await main(['export', ...argv], io);
  return { ...io, status };
};

const parsed = (text: string): unknown[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));

/** RFC 4180, for text in which no cell holds a line break. */
const cellsOf = (line: string): string[] =>
  [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
    ([, quoted, bare]) => quoted?.replaceAll('""', '"') ?? bare ?? '',
  );

describe.each(Object.entries(writers))('what was written as %s', (format, { line, record }) => {
  test('comes out as NDJSON, record by record', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(requests, { minLength: 1, maxLength: 20 }), async (all) => {
        // A line with everything first: the fields of a JSON log are found by what is there.
        const full: Generated = { ...all[0]!, upstreamMs: 1, identity: 'a', agent: 'b', cache: 'hit', node: 'c', query: 'q=1' };
        const input = [full, ...all];
        const { status, out, err } = await run(['-', '--log-format', format], { stdin: `${input.map(line).join('\n')}\n` });
        expect({ status, err: err() }).toEqual({ status: 0, err: '' });
        const wanted = input.map((one, at) => ({ ...withoutHoles(record(one)), file: '-', line: at + 1 }));
        expect(parsed(out())).toEqual(wanted);
      }),
      { numRuns: 60 },
    );
  });
});

test('CSV holds the same, one line for each record, and no cell that a spreadsheet takes for a formula', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(requests, { minLength: 1, maxLength: 20 }), async (all) => {
      const { line } = writers['nginx-timing']!;
      const stdin = `${all.map(line).join('\n')}\n`;
      const argv = ['-', '--log-format', 'nginx-timing'];
      const csv = (await run([...argv, '--format', 'csv'], { stdin })).out().trimEnd().split('\n').map(cellsOf);
      const records = parsed((await run(argv, { stdin })).out()) as Record<string, unknown>[];
      expect(csv[0]).toEqual([...recordKeys]);
      expect(csv).toHaveLength(records.length + 1);
      for (const [at, record] of records.entries()) {
        const row = csv[at + 1]!;
        expect(row).toHaveLength(recordKeys.length);
        for (const [column, key] of recordKeys.entries()) {
          const value = record[key];
          if (key !== 'userAgent') expect(row[column]).toBe(value === undefined ? '' : String(value));
          expect(row[column]).not.toMatch(/^[=+\-@\t\r]./);
        }
      }
    }),
    { numRuns: 40 },
  );
});

test('cells that look like formulas', async () => {
  const agentOf = async (agent: string): Promise<string | undefined> => {
    const stdin = JSON.stringify({ ts: '2026-03-02T10:15:30Z', method: 'GET', path: '/', status: 200, user_agent: agent });
    const [, row = ''] = (await run(['-', '--format', 'csv'], { stdin })).out().split('\n');
    return cellsOf(row)[recordKeys.indexOf('userAgent')];
  };
  expect(await agentOf('=cmd|"/c calc"!A1')).toBe(`'=cmd|"/c calc"!A1`);
  expect(await agentOf('@SUM(1)')).toBe("'@SUM(1)");
  expect(await agentOf('+1')).toBe("'+1");
  expect(await agentOf('-1+1')).toBe("'-1+1");
  expect(await agentOf('\t=1')).toBe("'\\x09=1");
  expect(await agentOf('a\nb')).toBe('a\\x0ab');
  expect(await agentOf('a,"b"')).toBe('a,"b"');
  expect(await agentOf('plain')).toBe('plain');
});

const good = (at: number, path = `/api/orders/${at}`): string =>
  `10.0.3.11 - - [02/Mar/2026:09:31:${String(at % 60).padStart(2, '0')} +0000] "GET ${path} HTTP/1.1" 200 812 "-" "orders-web/1.9"`;

describe('files', () => {
  let cwd: string;
  const write = (name: string, content: string | Buffer): void => writeFileSync(join(cwd, name), content);
  beforeAll(() => {
    cwd = mkdtempSync(join(tmpdir(), 'token-tax-export-'));
    write('a.log', `${Array.from({ length: 700 }, (_, at) => good(at)).join('\n')}\n`);
    write('b.log', `${Array.from({ length: 20 }, (_, at) => good(at)).join('\n')}\nnonsense\n${good(21)}\n\n`);
    write('c.log.gz', gzipSync(`${good(1)}\n`));
    write(
      'cut.log.gz',
      gzipSync(`${Array.from({ length: 5000 }, (_, at) => good(at, `/x/${at * 7919}`)).join('\n')}\n`).subarray(0, 20_000),
    );
    write('notes.txt', 'Remember the milk.\n');
  });
  afterAll(() => rmSync(cwd, { recursive: true, force: true }));

  test('come in the order of their names, each line with its place; bad lines are counted', async () => {
    const { status, out, err } = await run(['b.log', 'c.log.gz', 'a.log'], { cwd });
    expect(status).toBe(0);
    const places = (parsed(out()) as { file: string; line: number; path: string }[]).map(({ file, line }) => `${file}:${line}`);
    expect(places).toHaveLength(722);
    expect(places[0]).toBe('a.log:1');
    expect(places.slice(700, 720).at(-1)).toBe('b.log:20');
    expect(places.slice(720)).toEqual(['b.log:22', 'c.log.gz:1']);
    expect(err()).toBe('b.log: 1 of 23 lines could not be read (1 shape, first in line 21; see --rejects)\n');
  });

  test('a file that cannot be read to its end gives what there is, and 3', async () => {
    const { status, out, err } = await run(['cut.log.gz', 'c.log.gz'], { cwd });
    expect(status).toBe(3);
    const records = parsed(out()) as { file: string; line: number; path: string }[];
    expect(records.length).toBeGreaterThan(100);
    for (const { file, line, path } of records) if (file === 'cut.log.gz') expect(path).toBe(`/x/${(line - 1) * 7919}`);
    expect(err()).toContain('error: ');
  });

  test('a folder: what is no log is passed over and said; a name that is not there is 3', async () => {
    const { status, err } = await run(['.', 'nope.log'], { cwd });
    expect(status).toBe(3);
    expect(err()).toContain('passed over, not an access log: notes.txt\n');
    expect(err()).toContain('cannot read nope.log');
  });

  test('nothing that can be read is an error, and a wrong format a wrong request', async () => {
    expect(await run(['notes.txt'], { cwd })).toMatchObject({ status: 3 });
    expect(await run(['a.log', '--log-format', 'nginx-json'], { cwd })).toMatchObject({ status: 2 });
    expect(await run([], { cwd, stdinIsTTY: true })).toMatchObject({ status: 2 });
    expect(await run(['a.log', '--format', 'xml'], { cwd })).toMatchObject({ status: 2 });
  });

  test('--output writes the whole file, or leaves what was there', async () => {
    const { status, out } = await run(['a.log', '--format', 'csv', '--output', 'a.csv'], { cwd });
    expect([status, out()]).toEqual([0, '']);
    expect(readFileSync(join(cwd, 'a.csv'), 'utf8').trimEnd().split('\n')).toHaveLength(701);
    write('kept.csv', 'before');
    expect(await run(['a.log', '--log-format', 'nginx-json', '--output', 'kept.csv'], { cwd })).toMatchObject({ status: 2 });
    expect(readFileSync(join(cwd, 'kept.csv'), 'utf8')).toBe('before');
    expect(readdirSync(cwd).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    expect(await run(['a.log', '--output', './a.log'], { cwd })).toMatchObject({ status: 2 });
    expect(await run(['a.log', '--output', 'no/such/folder'], { cwd })).toMatchObject({ status: 3 });
  });

  test('Ctrl-C leaves no file', async () => {
    const io = fakeIo({ cwd, stdin: '' });
    const lines = Readable.from(
      (function* () {
        for (let at = 0; ; at += 1) {
          if (at === 20_000) io.interrupt();
          yield Buffer.from(`${good(at)}\n`);
        }
      })(),
    );
    expect(await main(['export', '-', '--output', 'never.ndjson'], { ...io, stdin: lines })).toBe(130);
    expect(readdirSync(cwd).filter((name) => name.includes('never'))).toEqual([]);
  });
});

/** A log without end, that counts what was taken of it. */
const endless = (): { stream: Readable; taken: () => number } => {
  let lines = 0;
  const stream = Readable.from(
    (function* () {
      for (;;) {
        lines += 100;
        yield Buffer.from(`${Array.from({ length: 100 }, (_, at) => good(at)).join('\n')}\n`);
      }
    })(),
  );
  return { stream, taken: () => lines };
};

test('a reader that has gone ends it quietly', async () => {
  const { stream, taken } = endless();
  const io = fakeIo({ stdoutError: 'EPIPE' });
  expect(await main(['export', '-'], { ...io, stdin: stream })).toBe(0);
  expect(io.err()).toBe('');
  expect(taken()).toBeLessThan(100_000);
});

test('a slow reader slows the reading: one write is under way at a time', async () => {
  const { stream, taken } = endless();
  let underWay = 0;
  let most = 0;
  let writes = 0;
  let largest = 0;
  const stdout = {
    isTTY: false,
    columns: undefined,
    write: (text: string, done: (error?: Error | null) => void) => {
      underWay += 1;
      writes += 1;
      most = Math.max(most, underWay);
      largest = Math.max(largest, text.length);
      setTimeout(() => {
        underWay -= 1;
        done(writes === 200 ? Object.assign(new Error('gone'), { code: 'EPIPE' }) : null);
      }, 1);
    },
  };
  expect(await main(['export', '-'], { ...fakeIo(), stdin: stream, stdout })).toBe(0);
  expect(most).toBe(1);
  expect(largest).toBeLessThan(200_000);
  // What was read ahead is a few blocks, not the log.
  expect(taken()).toBeLessThan(200 * 256 + 40_000);
});
