/** The small parts of the command line, each as a table. */
import { describe, expect, test } from 'vitest';
import type { Analysis } from '../src/analysis/result.js';
import { parseDuration } from '../src/cli/duration.js';
import { exitCode } from '../src/cli/exit-code.js';
import { type NextContext, nextCommands } from '../src/cli/next.js';
import { startProgress } from '../src/cli/progress.js';
import { refuseSecrets } from '../src/cli/secrets.js';
import { samples } from './support/analysis-samples.js';
import { fakeIo } from './support/fake-io.js';

describe('the exit status', () => {
  const table: readonly (readonly [complete: boolean, inconclusive: string | null, interrupted: boolean, status: number])[] = [
    [true, null, false, 0],
    [true, 'too little', false, 4],
    [false, null, false, 3],
    [false, 'too little', false, 3],
    [true, null, true, 130],
    [false, null, true, 130],
    [false, 'too little', true, 130],
  ];
  for (const [complete, inconclusive, interrupted, status] of table) {
    test(`complete ${complete}, inconclusive ${inconclusive !== null}, interrupted ${interrupted}: ${status}`, () =>
      expect(exitCode({ complete, inconclusive }, interrupted)).toBe(status));
  }
});

describe('a duration', () => {
  for (const [text, ms] of [
    ['500ms', 500],
    ['10s', 10_000],
    ['1.5m', 90_000],
    ['1h', 3_600_000],
  ] as const) {
    test(text, () => expect(parseDuration('--progress', text)).toBe(ms));
  }
  for (const text of ['', '10', 's', '-1s', '0s', '1 s', '1e3s', '10sec']) {
    test(`not ${JSON.stringify(text)}`, () => expect(() => parseDuration('--progress', text)).toThrow('is not a duration'));
  }
});

describe('secrets in arguments', () => {
  const refused = [
    'https://orders:hunter2@idp.example/token',
    '--token-endpoint=https://a:b@idp.example',
    'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJvcmRlcnMifQ.c2ln',
    'idp.example/token?client_secret=hunter2',
    'Authorization: Bearer abc',
  ];
  for (const argument of refused) {
    test(`refuses ${argument.slice(0, 12)}`, () => {
      expect(() => refuseSecrets(['analyze', argument])).toThrow(/^argument 2 holds a/);
      expect(() => refuseSecrets(['analyze', argument])).not.toThrow(/hunter2|eyJ|abc/);
    });
  }
  const fine = [
    'https://idp.example:8443/token',
    '$remote_addr - $remote_user [$time_local] "$request" $status "$scheme://$host:$server_port" "$http_authorization"',
    '%h %l %u %t "%r" %>s %b "%{Authorization}i"',
    'logs/*.gz',
    'client=sub,azp',
    'idp.example/token@v2',
    '2.25/1000',
  ];
  for (const argument of fine) test(`leaves ${argument}`, () => expect(() => refuseSecrets(['analyze', argument])).not.toThrow());
});

describe('what to run next', () => {
  const next = (name: string, args: readonly string[], more: Partial<NextContext> = {}): string[] =>
    nextCommands(samples[name]!, { args, verbose: false, width: 80, ...more });

  const table: readonly (readonly [string, string, readonly string[], readonly string[]])[] = [
    [
      'a lifetime, if none is known',
      'assumed',
      ['logs/'],
      ['token-tax analyze logs/ --lifetime 3600s', 'token-tax analyze logs/ --format json'],
    ],
    ['not a lifetime twice', 'assumed', ['logs/', '--lifetime=300s'], ['token-tax analyze logs/ --lifetime=300s --format json']],
    [
      'the warnings',
      'no-cache',
      ['logs/', '--lifetime', '300s'],
      ['token-tax analyze logs/ --lifetime 300s -v', 'token-tax analyze logs/ --lifetime 300s --format json'],
    ],
    ['the result for programs', 'healthy', ['logs/', '-q'], ['token-tax analyze logs/ --format json']],
    [
      'quoted for the shell',
      'healthy',
      ['a b.log', "it's", '$(id)'],
      ["token-tax analyze 'a b.log' 'it'\\''s' '$(id)' --format json"],
    ],
    ['not standard input again', 'healthy', ['-'], ['token-tax help analyze']],
    ['not standard input again, unnamed', 'healthy', [], ['token-tax help analyze']],
    [
      'nothing too long to paste',
      'healthy',
      Array.from({ length: 30 }, (_, at) => `logs/gw-${at}.log`),
      ['token-tax help analyze'],
    ],
  ];
  for (const [what, name, args, commands] of table) test(what, () => expect(next(name, args)).toEqual(commands));

  test('a possible endpoint only if a shell finds nothing in it', () => {
    const analysis = (endpoint: string): Analysis => ({
      ...samples.nothing!,
      possibleEndpoints: [{ endpoint, requests: 9, missing: 'x' }],
    });
    const commands = (endpoint: string): string =>
      nextCommands(analysis(endpoint), { args: ['a.log'], verbose: false, width: 80 }).join('\n');
    expect(commands('/api/session/token')).toContain('token-tax analyze a.log --token-endpoint /api/session/token');
    for (const hostile of ["/token'; rm -rf ~", '/t$(id)', '/a`id`', '/a b', '-x', '/a\nb'])
      expect(commands(hostile)).not.toContain('--token-endpoint');
  });
});

describe('progress', () => {
  const run = (mode: 'redraw' | 'lines' | 'off', everyMs: number, times: readonly number[]): string => {
    let now = 0;
    const written: string[] = [];
    const stderr = { isTTY: true, columns: 80, write: (text: string) => written.push(text) };
    const view = startProgress({ stderr, now: () => now }, { mode, everyMs });
    for (const time of times) {
      now = time;
      view.report({ file: 'gw.log', bytesRead: time, bytesTotal: 1000, lines: 1, fetches: 2 });
    }
    view.stop();
    return written.join('');
  };

  test('is redrawn at most 10 times a second and gone when finished', () => {
    const text = run(
      'redraw',
      1,
      Array.from({ length: 1000 }, (_, at) => at),
    );
    const draws = text.split('\r\x1b[2K').length - 2;
    expect(draws).toBe(7);
    expect(text.endsWith('\r\x1b[2K')).toBe(true);
    expect(text).not.toContain('\n');
  });
  test('shows nothing in a run that is over at once', () => expect(run('redraw', 1, [0, 100, 299])).toBe(''));
  test('is a plain line now and then where nothing can be redrawn', () => {
    const lines = run('lines', 250, [0, 100, 249, 250, 300, 499, 500, 900]).split('\n');
    expect(lines).toHaveLength(4);
    expect(lines[0]).toMatch(/^reading gw\.log {2}\[/);
    expect(lines.join('')).not.toMatch(/[\r\x1b]/);
  });
  test('is off', () => expect(run('off', 1, [0, 1000, 100_000])).toBe(''));
});

test('the fake world keeps what is written', async () => {
  const io = fakeIo({ stdoutError: 'EPIPE' });
  const error = await new Promise((resolve) => io.stdout.write('x', resolve));
  expect(error).toMatchObject({ code: 'EPIPE' });
});
