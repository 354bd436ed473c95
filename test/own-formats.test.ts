/** Formats that a user has written down: read as ours are, found without a flag, and refused when their own samples do not fit. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { main } from '../src/cli/main.js';
import { fakeIo } from './support/fake-io.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'own-formats-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const PATTERN =
  '(?<time>\\S+) gw=(?<node>\\S+) (?<client>\\S+) (?<method>[A-Z]+) (?<path>\\S+) (?<status>\\d+|-) took (?<took>\\d+)ms';
const line = (second: number): string => `2026-03-02T10:15:${second}.123Z gw=g1 orders POST /oauth2/token?x=1 200 took 14ms`;
const pattern = {
  id: 'acme-gw',
  pattern: PATTERN,
  map: { target: 'path', duration: 'took:ms' },
  samples: [
    {
      line: line(30),
      gives: {
        time: '2026-03-02T10:15:30.123Z',
        method: 'POST',
        path: '/oauth2/token',
        query: 'x=1',
        durationMs: 14,
        node: 'g1',
      },
    },
    { line: 'started', gives: { skip: 'invalid' } },
  ],
};
const record = (second: number): string =>
  JSON.stringify({
    when: `2026-03-02T10:15:${second}Z`,
    verb: 'GET',
    what: '/orders',
    answer: 200,
    svc: 'orders',
    msg: 'GET /x',
  });
const map = {
  id: 'acme-json',
  map: { time: 'when', method: 'verb', path: 'what', status: 'answer', client: 'svc' },
  samples: [{ line: record(30), gives: { time: 1772446530000, method: 'GET', identity: 'orders' } }],
};

const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);
const config = (...formats: unknown[]): void => write('token-tax.config.json', JSON.stringify({ formats }, undefined, 1));
const run = async (...argv: string[]): Promise<{ status: number; out: string; err: string }> => {
  const io = fakeIo({ cwd: folder });
  const status = await main(argv, io);
  return { status, out: io.out(), err: io.err() };
};
const seconds = Array.from({ length: 30 }, (_, index) => index + 10);

describe('logs in a format of the configuration', () => {
  test('lines of a pattern are found, and read field by field with their places', async () => {
    config(pattern);
    write('gw.log', `${seconds.map(line).join('\n')}\nstarted\n`);
    const { out, err } = await run('export', 'gw.log');
    expect(out.trim().split('\n')).toHaveLength(30);
    expect(JSON.parse(out.split('\n')[3]!)).toEqual({
      time: 1772446513123,
      method: 'POST',
      path: '/oauth2/token',
      query: 'x=1',
      status: 200,
      durationMs: 14,
      identity: 'orders',
      node: 'g1',
      file: 'gw.log',
      line: 4,
    });
    expect(err).toContain('1 of 31 lines could not be read (1 shape, first in line 31');
  });

  test('it stands in the result of analyze, and is read within wrappers', async () => {
    config(pattern, map);
    write('gw.log', seconds.map((second) => `2026-03-02T10:15:30.2Z stdout F ${line(second)}\n`).join(''));
    write(
      'app.log',
      seconds.map((second) => `${JSON.stringify({ log: `${record(second)}\n`, stream: 'stdout', time: 'x' })}\n`).join(''),
    );
    const { out } = await run('analyze', '.', '--format', 'json', '--lifetime', '1h');
    const { input, totals } = JSON.parse(out);
    const read = input.files.filter(({ format }: { format: string | null }) => format !== null);
    expect(read.map(({ name, format }: { name: string; format: string }) => [name, format])).toEqual([
      ['app.log', 'acme-json'],
      ['gw.log', 'acme-gw'],
    ]);
    expect(totals.fetches).toMatchObject({ all: 30, redundant: 29 });
  });

  test('by its id, by another configuration, and out of package.json', async () => {
    write('package.json', JSON.stringify({ name: 'x', tokenTax: { formats: [pattern] } }));
    write('gw.log', seconds.map((second) => `${line(second)}\n`).join(''));
    expect((await run('export', 'gw.log', '--log-format', 'acme-gw')).out).toContain('"node":"g1"');
    write('other.jsonc', `// by hand\n${JSON.stringify({ formats: [{ ...pattern, id: 'mine' }] }, undefined, 1)}`);
    expect((await run('formats', 'list', '--config', 'other.jsonc')).out).toMatch(/^mine /m);
    expect((await run('formats', 'show', 'mine', '--config', 'other.jsonc')).out).toContain(line(30).slice(0, 40));
    expect((await run('formats', 'test', 'gw.log')).out).toContain('acme-gw   30 of 30 sample lines');
  });

  test('another format that was named is not overruled', async () => {
    config({
      ...pattern,
      pattern: '(?<client>\\S+) .*\\[(?<time>.*?)\\] "(?<request>[^"]*)" (?<status>\\d+) .*',
      map: {},
      samples: [{ line: '192.0.2.1 - - [02/Mar/2026:10:15:30 +0000] "GET / HTTP/1.1" 200 5', gives: { status: 200 } }],
    });
    write('a.log', '192.0.2.1 - - [02/Mar/2026:10:15:30 +0000] "GET / HTTP/1.1" 200 5\n'.repeat(5));
    expect(JSON.parse((await run('export', 'a.log')).out.split('\n')[0]!).bytes).toBeUndefined();
    expect(JSON.parse((await run('export', 'a.log', '--log-format', 'clf')).out.split('\n')[0]!).bytes).toBe(5);
  });

  test('a pattern that explodes elsewhere takes linear time here', async () => {
    config({ ...pattern, pattern: `(?:(?:a+)+)+b|${PATTERN}` });
    write('gw.log', `${'a'.repeat(60_000)}c\n${seconds.map((second) => `${line(second)}\n`).join('')}`);
    expect((await run('export', 'gw.log')).out.trim().split('\n')).toHaveLength(30);
  }, 10_000);
});

describe('a configuration that is wrong is refused before anything is read, with its place', () => {
  const cases: [what: string, text: string, says: RegExp[]][] = [
    ['no JSON', '{"formats":[}', [/no JSON/, /config\.json:1:13/]],
    ['a setting that there is not', '{\n "format": []}', [/no setting "format"/, /config\.json:2:/]],
    ['no samples', JSON.stringify({ formats: [{ ...pattern, samples: [] }] }), [/samples must be|at least one sample/]],
    ['neither pattern nor map', JSON.stringify({ formats: [{ id: 'x', samples: map.samples }] }), [/a pattern or a map/]],
    ['two of one id', JSON.stringify({ formats: [map, map] }), [/the same id/]],
    ['an id of ours', JSON.stringify({ formats: [{ ...map, id: 'clf' }] }), [/there is a format "clf" already/]],
    ['a look ahead', JSON.stringify({ formats: [{ ...pattern, pattern: '(?=x)(?<time>.*)' }] }), [/linear time/, /RE2/]],
    ['no named group', JSON.stringify({ formats: [{ ...pattern, pattern: '(.*)' }] }), [/no named group/]],
    ['a field that there is not', JSON.stringify({ formats: [{ ...map, map: { colour: 'when' } }] }), [/no field "colour"/]],
    [
      'a sample that does not match',
      JSON.stringify({ formats: [{ ...pattern, samples: [{ line: 'x', gives: {} }] }] }),
      [/sample 1 of format "acme-gw" does not match/],
    ],
    ['a sample without a request', JSON.stringify({ formats: [{ ...map, map: { time: 'when' } }] }), [/the path is not known/]],
    [
      'a sample that gives something else',
      JSON.stringify({ formats: [{ ...map, samples: [{ line: record(30), gives: { status: 500 } }] }] }),
      [/does not give status 500/, /it gives 200/],
    ],
    [
      'a field that a sample does not give',
      JSON.stringify({ formats: [{ ...map, samples: [{ line: record(30), gives: { durationMs: 5 } }] }] }),
      [/it gives no durationMs/],
    ],
  ];
  for (const [what, text, says] of cases)
    test(what, async () => {
      write('token-tax.config.json', text);
      write('gw.log', `${line(30)}\n`);
      for (const command of ['export', 'analyze']) {
        const { status, err } = await run(command, 'gw.log');
        expect(status).toBe(2);
        const words = err.replace(/\s+/g, ' ');
        for (const one of says) expect(words).toMatch(one);
        expect(err).toContain('token-tax.config.json:');
      }
    });

  test('a file that is not there', async () => {
    const { status, err } = await run('export', 'gw.log', '--config', 'none.json');
    expect(status).toBe(2);
    expect(err).toContain('there is no such file');
  });
});
