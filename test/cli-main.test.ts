import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Analysis } from '../src/analysis/result.js';
import { commands } from '../src/cli/commands/index.js';
import { main } from '../src/cli/main.js';
import { outputFormats } from '../src/cli/outputs.js';
import { TokenTaxError } from '../src/errors.js';
import type { AnalyzeOptions } from '../src/pipeline.js';
import { json } from '../src/report/json.js';
import { samples } from './support/analysis-samples.js';
import { type FakeIo, fakeIo } from './support/fake-io.js';

interface Run {
  readonly status: number;
  readonly out: string;
  readonly err: string;
  readonly asked: AnalyzeOptions | undefined;
}

type Analyze = (options: AnalyzeOptions) => Promise<Analysis>;

const run = async (
  argv: readonly string[],
  result: Analysis | Error | Analyze = samples['no-cache']!,
  io: FakeIo = fakeIo(),
): Promise<Run> => {
  let asked: AnalyzeOptions | undefined;
  const analyze: Analyze = async (options) => {
    asked = options;
    if (typeof result === 'function') return result(options);
    if (result instanceof Error) throw result;
    return result;
  };
  const status = await main(argv, io, { analyze, version: '1.2.3' });
  expect(io.isListening()).toBe(false);
  expect(io.released()).toBe(true);
  return { status, out: io.out(), err: io.err(), asked };
};

const listens = ([name, ...args]: readonly string[]): boolean =>
  name === 'idp' ||
  name === 'loopback' ||
  name === 'demo' ||
  name === 'watch' ||
  // Needs two results made for each other: test/fix.test.ts has them.
  args.includes('--verify') ||
  (name === 'replay' && (args.includes('--send') || args.includes('--a')));

describe('help and version', () => {
  test('no arguments, --help and help print the same page', async () => {
    const page = await run([]);
    expect(page).toMatchObject({ status: 0, err: '' });
    for (const argv of [['--help'], ['-h'], ['help']]) expect(await run(argv)).toEqual(page);
    for (const { name } of commands) expect(page.out).toMatch(new RegExp(`^ {2}${name} `, 'm'));
  });

  test('help of a command is its --help, in 80 columns', async () => {
    for (const { name } of commands) {
      const page = await run(['help', name]);
      expect(page).toMatchObject({ status: 0, err: '' });
      expect(await run([name, '--help'])).toEqual(page);
      for (const line of page.out.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    }
  });

  test('--version prints that and nothing else', async () => {
    for (const argv of [['--version'], ['-V']])
      expect(await run(argv)).toMatchObject({ status: 0, out: 'token-tax 1.2.3\n', err: '' });
  });

  test('every example of the help pages is a command line that is understood', async () => {
    const pages = [
      (await run([])).out,
      ...(await Promise.all(commands.map(async ({ name }) => (await run(['help', name])).out))),
    ];
    const examples = pages.flatMap((page) =>
      [...page.matchAll(/^ {2}(?:zcat \S+ \| )?token-tax ((?:\S+ )*?\S+)(?: > \S+)?(?: {2,}.*)?$/gm)].map(([, args]) =>
        args!.split(' '),
      ),
    );
    expect(examples.length).toBeGreaterThan(7);
    const line = '10.0.0.7 - - [02/Mar/2026:10:15:30 +0000] "GET /api/orders HTTP/1.1" 200 812\n';
    const record = '{"ts":"2026-03-02T10:15:30Z","method":"GET","path":"/api/orders","status":200,"svc":"orders"}\n';
    for (const argv of examples) {
      // What listens or sends is not started here; its options are read.
      if (listens(argv)) {
        const { command } = await commands.find(({ name }) => name === argv[0])!.load();
        const io = fakeIo({});
        const made = command({ io, args: argv.slice(1), version: '0', analyze: async () => samples.healthy!, end: () => {} });
        expect([argv, made.parseOptions(argv.slice(1)).unknown]).toEqual([argv, []]);
        continue;
      }
      const cwd = mkdtempSync(join(tmpdir(), 'token-tax-help-'));
      mkdirSync(join(cwd, 'logs'));
      for (const name of ['gw.log', 'logs/gw.log']) writeFileSync(join(cwd, name), line);
      writeFileSync(join(cwd, 'app.log'), record);
      for (const name of ['tax.json', 'before.json', 'after.json']) writeFileSync(join(cwd, name), json(samples.healthy!));
      const result = argv[0] === 'simulate' ? samples.diagnosed! : samples.healthy!;
      const { status, err } = await run(argv, result, fakeIo({ cwd }));
      // Two small results cannot be told apart: that is an answer too.
      const fine = argv[0] === 'compare' && status === 4 ? 4 : 0;
      expect([argv, status, err]).toEqual([argv, fine, expect.anything()]);
      rmSync(cwd, { recursive: true });
    }
  });
});

describe('wrong requests', () => {
  const table: readonly (readonly [argv: readonly string[], err: string | RegExp])[] = [
    [['analize'], 'error: unknown command "analize"\n  help: did you mean "analyze"?   token-tax help\n'],
    [['frobnicate'], 'error: unknown command "frobnicate"\n  help: token-tax help\n'],
    [['logs/gw.log'], 'error: unknown command "logs/gw.log"\n  help: to read it: token-tax analyze logs/gw.log\n'],
    [['--verion'], 'error: unknown option "--verion"\n  help: did you mean "--version"?   token-tax help\n'],
    [['help', 'analize'], 'error: unknown command "analize"\n  help: did you mean "analyze"?   token-tax help\n'],
    [
      ['analyze', 'x.log', '--lifetim', '1h'],
      'error: unknown option "--lifetim"\n  help: did you mean "--lifetime"?   token-tax help analyze\n',
    ],
    [['analyze', 'x.log', '--tz'], 'error: option "--tz <zone>" argument missing\n  help: token-tax help analyze\n'],
    [
      ['analyze', 'x.log', '--format', 'xml'],
      'error: option "--format <format>" argument "xml" is invalid. Allowed choices are ' +
        `${outputFormats.join(', ')}\n  help: token-tax help analyze\n`,
    ],
    [
      ['analyze', 'x.log', '-q', '-v'],
      'error: option "-q, --quiet" cannot be used with option "-v, --verbose"\n  help: token-tax help analyze\n',
    ],
    [['schema', 'extra'], 'error: too many arguments. Expected 0 arguments but got 1\n  help: token-tax help schema\n'],
    [
      ['analyze', 'x.log', '--output', 'x.json'],
      /^error: --output x\.json is not FORMAT=FILE\n {2}help: FORMAT is one of text, json, /,
    ],
    [
      ['analyze', 'x.log', '--output', 'pdf=x'],
      /^error: --output pdf=x is not FORMAT=FILE\n {2}help: FORMAT is one of text, json, /,
    ],
    [
      ['analyze', 'x.log', '--progress', 'often'],
      'error: --progress often is not a duration\n  help: Write it with its unit: --progress 10s\n',
    ],
  ];
  for (const [argv, err] of table) {
    test(argv.join(' '), async () =>
      expect(await run(argv)).toMatchObject({
        status: 2,
        out: '',
        err: typeof err === 'string' ? err : expect.stringMatching(err),
        asked: undefined,
      }),
    );
  }

  test('a secret is refused before anything else, and not repeated', async () => {
    const found = await run(['analyze', '--token-endpoint', 'https://id:hunter2@idp.example/token', 'x.log']);
    expect(found).toMatchObject({ status: 2, out: '', asked: undefined });
    expect(found.err).toContain('error: argument 3 holds a URL with a password in it');
    expect(found.err).not.toContain('hunter2');
  });
});

describe('analyze', () => {
  test('hands over what was asked for, and nothing that was not', async () => {
    const { asked } = await run(['analyze', 'a.log', 'b.log'], samples.healthy, fakeIo({ cwd: '/somewhere' }));
    expect(Object.keys(asked!).sort()).toEqual(['cwd', 'inputs', 'onProgress', 'own', 'signal']);
    expect(asked).toMatchObject({ inputs: ['a.log', 'b.log'], cwd: '/somewhere' });
  });

  test('hands over every option', async () => {
    const argv =
      'analyze x.log --gateway a --gateway b --idp c --loopback d --log-format clf --map client=azp --map node=pod --token-endpoint /t --token-routes /api --lifetime 1h --lifetime c=60s --margin 10% --holder shared --grant service --max-hidden 5 --time-stamps start --tz +02:00 --price 2.25/1000';
    const { asked } = await run(argv.split(' '));
    expect(asked).toMatchObject({
      inputs: ['x.log'],
      gateway: ['a', 'b'],
      idp: ['c'],
      loopback: ['d'],
      logFormat: 'clf',
      map: ['client=azp', 'node=pod'],
      tokenEndpoint: ['/t'],
      tokenRoutes: ['/api'],
      lifetime: ['1h', 'c=60s'],
      margin: '10%',
      holder: 'shared',
      grant: 'service',
      maxHidden: 5,
      timeStamps: 'start',
      tz: '+02:00',
      price: '2.25/1000',
    });
    expect(asked).not.toHaveProperty('stdin');
  });

  test('reads standard input if it is named, or if nothing is', async () => {
    const io = fakeIo({ stdin: 'x' });
    expect((await run(['analyze', '-'], samples.healthy, io)).asked).toMatchObject({ inputs: ['-'], stdin: io.stdin });
    expect((await run(['analyze'])).asked).toMatchObject({ inputs: ['-'] });
    expect((await run(['analyze', '--gateway', '-'])).asked).toHaveProperty('stdin');
    expect((await run(['analyze', '--gateway', 'a', '--idp', 'b'])).asked).toMatchObject({ inputs: [] });
  });

  test('does not wait for someone to type a log', async () => {
    for (const argv of [['analyze'], ['analyze', '-'], ['analyze', '--idp', '-']]) {
      const found = await run(argv, samples.healthy, fakeIo({ stdinIsTTY: true }));
      expect(found).toMatchObject({ status: 2, out: '', asked: undefined });
      expect(found.err).toContain('token-tax - find service tokens');
      expect(found.err).toMatch(/error: standard input is a terminal: there is no log to read\n {2}help: Name a log file.*\n$/);
    }
  });

  const statuses: readonly (readonly [string, number])[] = [
    ['no-cache', 0],
    ['healthy', 0],
    ['inconclusive', 4],
    ['partial', 3],
  ];
  for (const [name, status] of statuses) {
    test(`${name} ends with ${status}, whatever the format`, async () => {
      for (const format of ['text', 'json'])
        expect((await run(['analyze', 'x.log', '--format', format], samples[name]!)).status).toBe(status);
      expect((await run(['analyze', 'x.log', '-q'], samples[name]!)).status).toBe(status);
    });
  }

  test('json is the result and nothing else', async () => {
    const { out, err } = await run(
      ['analyze', 'x.log', '--format=json', '-v'],
      samples['no-cache']!,
      fakeIo({ stdoutIsTTY: true, env: { FORCE_COLOR: '1' } }),
    );
    expect(JSON.parse(out)).toEqual(samples['no-cache']);
    expect(err).toContain('warning: logs/idp.log is stamped to the second');
  });

  test('quiet is one line', async () => {
    const { out, err } = await run(['analyze', 'x.log', '-q'], samples['no-cache']!, fakeIo({ env: { FORCE_COLOR: '1' } }));
    expect(out).toBe('96.4% of token fetches were redundant: 398,131 of 412,906 ok fetches, range 96.4% to 98.5%\n');
    expect(err).toBe('');
  });

  test('warnings go to stderr, or stand in the text if all of it was asked for', async () => {
    expect((await run(['analyze', 'x.log'])).err).toMatch(/^warning: .*\nwarning: .*\n$/);
    const verbose = await run(['analyze', 'x.log', '-v']);
    expect(verbose.err).toBe('1,204,318 lines in 0 ms\n');
    expect(verbose.out).toContain('no-lifetime: no lifetime is known');
  });

  test('many warnings are counted', async () => {
    const warnings = Array.from({ length: 8 }, (_, at) => ({ id: `w${at}`, message: `\x1b[31m${at}` }));
    expect((await run(['analyze', 'x.log'], { ...samples.healthy!, warnings })).err).toMatch(
      /^(warning: \\x1b\[31m\d\n){5}and 3 more warnings \(-v\)\n$/,
    );
  });

  test('how long it took is in -v', async () => {
    let time = 0;
    const io = fakeIo({ now: () => time });
    const slow: Analyze = async () => {
      time = 8000;
      return samples['no-cache']!;
    };
    expect((await run(['analyze', 'x.log', '-v'], slow, io)).err).toBe('1,204,318 lines in 8 s (151k lines/s)\n');
  });

  test('colour and width are those of the terminal', async () => {
    const io = fakeIo({ stdoutIsTTY: true, stderrIsTTY: true, columns: 120, env: { LANG: 'C.UTF-8' } });
    const { out } = await run(['analyze', 'x.log'], samples.crowded!, io);
    expect(out).toContain('\x1b[1m  98.2% of token fetches were redundant');
    expect(out).toContain('…');
    expect(Math.max(...out.split('\n').map((line) => line.length))).toBeGreaterThan(100);
  });

  test('progress is on stderr and leaves nothing behind', async () => {
    let time = 0;
    const io = fakeIo({ stderrIsTTY: true, now: () => time });
    const slow: Analyze = async ({ onProgress }) => {
      for (const at of [0, 400, 450, 900]) {
        time = at;
        onProgress!({ file: 'gw.log', bytesRead: at, bytesTotal: 1000, lines: 9, fetches: 3 });
      }
      return samples.healthy!;
    };
    const { err, out } = await run(['analyze', 'x.log'], slow, io);
    expect(err.split('\r\x1b[2K').filter(Boolean)).toHaveLength(2);
    expect(err.endsWith('\r\x1b[2K')).toBe(true);
    expect(out).not.toContain('\r');
    for (const flag of ['--no-progress', '-q'])
      expect((await run(['analyze', 'x.log', flag], slow, fakeIo({ stderrIsTTY: true, now: () => time }))).err).toBe('');
  });
});

describe('failures', () => {
  const unreadable = new TokenTaxError('UNREADABLE_INPUT', 'cannot read gw.log: permission denied', {
    place: { file: 'gw.log' },
  });

  test('a failure the user can act on', async () => {
    expect(await run(['analyze', 'gw.log'], unreadable)).toMatchObject({
      status: 3,
      out: '',
      err: 'error: cannot read gw.log: permission denied\n  --> gw.log\n  help: Check that the file exists and that you may read it.\n',
    });
  });

  test('programs get JSON on stdout all the same', async () => {
    const { status, out, err } = await run(['analyze', 'gw.log', '--format', 'json'], unreadable);
    expect(status).toBe(3);
    expect(JSON.parse(out)).toEqual({
      complete: false,
      error: {
        id: 'E_UNREADABLE_INPUT',
        message: 'cannot read gw.log: permission denied',
        help: 'Check that the file exists and that you may read it.',
      },
    });
    expect(err).toContain('error: cannot read');
    expect(JSON.parse((await run(['analyze', 'gw.log', '--format=json', '--nope'])).out)).toMatchObject({
      complete: false,
      error: { id: 'E_USAGE' },
    });
  });

  test('a bug: no stack but with --debug, never 0', async () => {
    const bug = new TypeError('x is undefined');
    const plain = await run(['analyze', 'gw.log'], bug);
    expect(plain).toMatchObject({ status: 3, out: '' });
    expect(plain.err).toContain('error: internal error: x is undefined');
    expect(plain.err).not.toContain('    at ');
    expect((await run(['analyze', 'gw.log', '--debug'], bug)).err).toContain('    at ');
  });

  test('colour on stderr follows stderr', async () => {
    expect((await run(['analyze', 'gw.log'], unreadable, fakeIo({ stderrIsTTY: true }))).err).toContain('\x1b[31merror:\x1b[39m');
    expect((await run(['analyze', 'gw.log', '--color', 'never'], unreadable, fakeIo({ stderrIsTTY: true }))).err).not.toContain(
      '\x1b',
    );
  });

  test('a reader that went away is no failure', async () => {
    expect(await run(['analyze', 'x.log'], samples.healthy!, fakeIo({ stdoutError: 'EPIPE' }))).toMatchObject({
      status: 0,
      err: '',
    });
    expect(await run(['analyze', 'x.log'], samples.partial!, fakeIo({ stdoutError: 'EPIPE' }))).toMatchObject({ status: 3 });
  });

  test('a full disk is one', async () => {
    const found = await run(['analyze', 'x.log'], samples.healthy!, fakeIo({ stdoutError: 'ENOSPC' }));
    expect(found.status).toBe(3);
    expect(found.err).toContain('error: cannot write the output: write ENOSPC');
    expect((await run(['--version'], samples.healthy!, fakeIo({ stdoutError: 'ENOSPC' }))).status).toBe(3);
  });
});

describe('Ctrl-C', () => {
  test('prints what there is, marked, and ends with 130', async () => {
    const io = fakeIo();
    const slow: Analyze = ({ signal }) =>
      new Promise((resolve) => {
        signal!.addEventListener('abort', () => resolve(samples.partial!));
        setImmediate(io.interrupt);
      });
    const found = await run(['analyze', 'x.log'], slow, io);
    expect(found.status).toBe(130);
    expect(found.out).toContain('PARTIAL RESULT');
  });

  test('without a result it says so', async () => {
    const aborted = Object.assign(new Error('aborted'), { name: 'AbortError' });
    expect(await run(['analyze', 'x.log'], aborted)).toMatchObject({
      status: 130,
      out: '',
      err: 'interrupted: there is no result\n',
    });
  });
});

describe('--output', () => {
  let cwd = '';
  beforeEach(() => {
    cwd = mkdtempSync(join(tmpdir(), 'token-tax-out-'));
  });
  afterEach(() => {
    chmodSync(cwd, 0o700);
    rmSync(cwd, { recursive: true });
  });
  const write = (argv: readonly string[], result: Analysis | Analyze = samples['no-cache']!): Promise<Run> =>
    run(['analyze', 'x.log', ...argv], result, fakeIo({ cwd, env: { FORCE_COLOR: '1' } }));

  test('several files beside stdout, without colour, for the owner alone', async () => {
    const { status, out } = await write(['--output', 'json=a.json', '--output=text=b.txt']);
    expect(status).toBe(0);
    expect(out).toContain('\x1b[1m');
    expect(JSON.parse(readFileSync(join(cwd, 'a.json'), 'utf8'))).toEqual(samples['no-cache']);
    expect(readFileSync(join(cwd, 'b.txt'), 'utf8')).toMatch(/^token-tax 1\.2\.3 {3}3 files[^\x1b…]*$/);
    expect(readdirSync(cwd).sort()).toEqual(['a.json', 'b.txt']);
    if (process.platform !== 'win32') expect(statSync(join(cwd, 'a.json')).mode & 0o777).toBe(0o600);
  });

  test('replaces an old file, and follows a link', async () => {
    writeFileSync(join(cwd, 'real.json'), 'old');
    symlinkSync('real.json', join(cwd, 'link.json'));
    await write(['--output', 'json=link.json']);
    expect(lstatSync(join(cwd, 'link.json')).isSymbolicLink()).toBe(true);
    expect(JSON.parse(readFileSync(join(cwd, 'real.json'), 'utf8'))).toEqual(samples['no-cache']);
  });

  test('a part is written too, marked', async () => {
    expect((await write(['--output', 'json=a.json'], samples.partial!)).status).toBe(3);
    expect(JSON.parse(readFileSync(join(cwd, 'a.json'), 'utf8'))).toMatchObject({ complete: false });
  });

  test('nothing is written by a run that fails', async () => {
    writeFileSync(join(cwd, 'a.json'), 'old');
    const failing: Analyze = async () => {
      throw new Error('no');
    };
    await write(['--output', 'json=a.json'], failing);
    expect(readFileSync(join(cwd, 'a.json'), 'utf8')).toBe('old');
    expect(readdirSync(cwd)).toEqual(['a.json']);
  });

  test('where nothing can be written, nothing is read', async () => {
    mkdirSync(join(cwd, 'folder'));
    for (const [name, why] of [
      ['missing/a.json', 'the folder does not exist'],
      ['folder', 'it is a folder'],
      ['', 'is not FORMAT=FILE'],
    ]) {
      const { status, err, asked } = await write(['--output', `json=${name}`]);
      expect(status).toBe(name === '' ? 2 : 3);
      expect(err).toContain(why);
      expect(asked).toBeUndefined();
    }
  });

  test('a device is written to, not replaced', async () => {
    if (!existsSync('/dev/null')) return;
    expect((await write(['--output', 'json=/dev/null'])).status).toBe(0);
    expect(statSync('/dev/null').isCharacterDevice()).toBe(true);
  });
});
