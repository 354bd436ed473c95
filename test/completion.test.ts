/** Completion scripts, `help --json` and `doctor`: made from the commands as they are. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { commands } from '../src/cli/commands/index.js';
import { main } from '../src/cli/main.js';
import { formats } from '../src/formats/index.js';
import { fakeIo } from './support/fake-io.js';

const has = (shell: string): boolean => spawnSync(shell, ['-c', 'true']).status === 0;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'completion-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = async (argv: readonly string[], settings: Parameters<typeof fakeIo>[0] = {}) => {
  const io = fakeIo({ cwd: folder, ...settings });
  return { status: await main(argv, io), out: io.out(), err: io.err() };
};

const script = async (shell: string): Promise<string> => {
  const { status, out } = await run(['completion', shell]);
  expect(status).toBe(0);
  const file = join(folder, `complete.${shell}`);
  writeFileSync(file, out);
  return file;
};

test.each(['bash', 'zsh', 'fish', 'pwsh'])('%s: knows all commands, formats and causes', async (shell) => {
  const { out } = await run(['completion', shell]);
  for (const { name } of commands) expect(out).toContain(name);
  for (const word of ['nginx-json', 'TT104', 'openmetrics', 'lifetime']) expect(out).toContain(word);
});

test('another shell is refused with those that are there', async () => {
  const { status, err } = await run(['completion', 'tcsh']);
  expect(status).toBe(2);
  expect(err).toContain('bash, zsh, fish, pwsh');
});

describe.runIf(has('bash'))('bash completes', () => {
  const complete = async (...words: string[]): Promise<string[]> => {
    const file = await script('bash');
    const line = `source ${file}; COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _token_tax; printf '%s\\n' "\${COMPREPLY[@]}"`;
    return execFileSync('bash', ['--norc', '-c', line], { encoding: 'utf8', cwd: folder }).trim().split('\n');
  };

  test('commands', async () => expect(await complete('token-tax', 'sim')).toEqual(['simulate']));
  test('options', async () => expect(await complete('token-tax', 'analyze', '--life')).toEqual(['--lifetime']));
  test('values of options', async () =>
    expect(await complete('token-tax', 'analyze', '--format', 'op')).toEqual(['openmetrics']));
  test('formats', async () => expect(await complete('token-tax', 'analyze', '--log-format', 'nginx-j')).toEqual(['nginx-json']));
  test('causes', async () => expect(await complete('token-tax', 'explain', 'TT11')).toHaveLength(9));
  test('files elsewhere', async () => {
    writeFileSync(join(folder, 'gateway.log'), '');
    expect(await complete('token-tax', 'analyze', 'gatew')).toEqual(['gateway.log']);
  });
});

test.runIf(has('zsh'))('zsh reads its script', async () => {
  const file = await script('zsh');
  expect(execFileSync('zsh', ['-f', '-n', file], { encoding: 'utf8' })).toBe('');
  execFileSync('zsh', ['-f', '-c', `autoload -Uz compinit && compinit -u -D && source ${file} && whence _token_tax`]);
});

test.runIf(has('fish'))('fish completes', async () => {
  const file = await script('fish');
  const complete = (line: string): string[] =>
    execFileSync('fish', ['--no-config', '-c', `source ${file}; complete -C ${JSON.stringify(line)}`], { encoding: 'utf8' })
      .trim()
      .split('\n')
      .map((each) => each.split('\t')[0]!);
  expect(complete('token-tax sim')).toEqual(['simulate']);
  expect(complete('token-tax analyze --format op')).toEqual(['openmetrics']);
  expect(complete('token-tax explain TT11')).toHaveLength(9);
});

test('help --json holds every command and option, and nothing twice', async () => {
  const { status, out } = await run(['help', '--json']);
  expect(status).toBe(0);
  const whole = JSON.parse(out);
  expect(whole.commands.map(({ name }: { name: string }) => name)).toEqual(commands.map(({ name }) => name));
  expect(whole.formats).toHaveLength(formats.length);
  expect(whole.exitStatuses.map(({ status: code }: { status: number }) => code)).toEqual([0, 1, 2, 3, 4, 130]);
  for (const { options } of whole.commands) {
    const names = options.flatMap(({ names: all }: { names: string[] }) => all);
    expect(new Set(names).size).toBe(names.length);
  }
  const analyze = whole.commands.find(({ name }: { name: string }) => name === 'analyze');
  expect(analyze.options.find(({ names }: { names: string[] }) => names.includes('--holder')).choices).toEqual([
    'node',
    'shared',
  ]);
});

describe('doctor', () => {
  test('all is well', async () => {
    const { status, out } = await run(['doctor', resolve('fixtures/captures/no-cache/gateway.log')], {
      env: { PATH: process.env.PATH ?? '' },
    });
    expect(status).toBe(0);
    expect(out).toMatch(/ok +Node +\d+\.\d+\.\d+ on /);
    expect(out).toMatch(/ok +log formats +\d+ compile/);
    expect(out).toMatch(/gateway\.log +can be read/);
    expect(out.endsWith('All that is needed is there.\n')).toBe(true);
  });

  test('tools that are missing are named, with what to install', async () => {
    const { status, out } = await run(['doctor'], { env: { PATH: '' } });
    expect(status).toBe(0);
    expect(out).toMatch(/warn +xz +not on PATH\n +to read such archives: install xz-utils/);
  });

  test('a log that cannot be read fails', async () => {
    writeFileSync(join(folder, 'odd.log'), 'nothing\nlike a log\n');
    const { status, out } = await run(['doctor', 'odd.log']);
    expect(status).toBe(3);
    expect(out).toMatch(/failed +odd\.log/);
    expect(out).toContain('1 check failed.');
  });

  test('a mistake in the configuration fails', async () => {
    const own = mkdtempSync(join(tmpdir(), 'doctor-'));
    writeFileSync(join(own, 'token-tax.config.json'), '{ "budgets": { ');
    const { status, out } = await run(['doctor'], { cwd: own });
    expect(status).toBe(3);
    expect(out).toMatch(/failed +configuration/);
    rmSync(own, { recursive: true });
  });
});
