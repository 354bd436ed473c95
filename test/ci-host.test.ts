/** What a check tells the CI host that runs it, and settings that change nothing. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { main } from '../src/cli/main.js';
import { fakeIo } from './support/fake-io.js';

let folder = '';

/** A caller that fetches every second for two minutes, whose name is a command to a runner that takes it for one. */
const hostile = '::error file=x::pwned';
const log = (client: string): string =>
  Array.from(
    { length: 120 },
    (_, n) =>
      `${JSON.stringify({ time: new Date(Date.parse('2026-03-02T10:00:00Z') + n * 1000).toISOString(), method: 'POST', path: '/oauth2/token', status: 200, client_id: client, duration_ms: 20, expires_in: 3600 })}\n`,
  ).join('');

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ci-host-'));
  mkdirSync(join(folder, 'logs'));
  writeFileSync(join(folder, 'logs', 'issuer.log'), log(hostile));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const check = async (args: readonly string[], env: Readonly<Record<string, string>> = {}) => {
  const io = fakeIo({ cwd: folder, env: { CI: 'true', ...env } });
  const status = await main(['check', 'logs/', '--max-redundant', '5%', ...args], io);
  return { status, out: io.out(), err: io.err() };
};

const at = (name: string): string => join(folder, name);

/** The lines a runner would take for commands: between stop-commands and its end there are none. */
const commandsIn = (out: string): string[] => {
  const commands: string[] = [];
  let stop: string | undefined;
  for (const line of out.split('\n').map((text) => text.trimStart())) {
    if (stop !== undefined) {
      if (line === `::${stop}::`) stop = undefined;
    } else if (line.startsWith('::stop-commands::')) stop = line.slice('::stop-commands::'.length);
    else if (line.startsWith('::')) commands.push(line);
  }
  expect(stop, 'commands are on again at the end').toBeUndefined();
  return commands;
};

describe('on GitHub', () => {
  const env = (): Record<string, string> => ({ GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: at('summary.md') });

  test('annotations behind the text, and the summary of the step', async () => {
    writeFileSync(at('summary.md'), '# before\n');
    const { status, out } = await check([], env());
    expect(status).toBe(1);
    expect(out).toContain('FAIL');
    const commands = commandsIn(out);
    expect(commands.filter((line) => line.startsWith('::error '))).toHaveLength(1);
    expect(commands.every((line) => !line.startsWith('::error file=x'))).toBe(true);
    const summary = readFileSync(at('summary.md'), 'utf8');
    expect(summary.startsWith('# before\n')).toBe(true);
    expect(summary).toContain('99.2%');
  });

  test('--ci=none prints what it prints anywhere', async () => {
    const plain = await check([]);
    const off = await check(['--ci=none'], env());
    expect(off.out.replace(/\x1b\[[\d;]*m/g, '')).toBe(plain.out);
    expect(existsSync(at('summary.md'))).toBe(false);
  });

  test('another format is left alone', async () => {
    const { out } = await check(['--format', 'json'], env());
    expect(() => JSON.parse(out)).not.toThrow();
    expect(existsSync(at('summary.md'))).toBe(false);
  });

  test('a summary that cannot be written is said, and the verdict stands', async () => {
    const { status, err } = await check([], { ...env(), GITHUB_STEP_SUMMARY: at('no/such/folder') });
    expect(status).toBe(1);
    expect(err).toContain('warning: the summary of this step cannot be written: ENOENT');
  });

  test('a summary that is full stays as it is', async () => {
    const full = 'x'.repeat((1 << 20) - 10);
    writeFileSync(at('summary.md'), full);
    const { err } = await check([], env());
    expect(err).toContain('the summary of this step is full');
    expect(readFileSync(at('summary.md'), 'utf8')).toBe(full);
  });

  test('a wrong request lets the runner take commands again', async () => {
    const io = fakeIo({ cwd: folder, env: env() });
    expect(await main(['check', 'none/'], io)).toBe(2);
    commandsIn(io.out());
  });
});

describe('on GitLab', () => {
  test('the code quality report, unless one was asked for by name', async () => {
    const { status, err } = await check([], { GITLAB_CI: 'true' });
    expect(status).toBe(1);
    expect(JSON.parse(readFileSync(at('gl-code-quality-report.json'), 'utf8'))).not.toHaveLength(0);
    expect(err).toContain('wrote gl-code-quality-report.json');
    rmSync(at('gl-code-quality-report.json'));
    await check(['--output', 'gitlab=other.json'], { GITLAB_CI: 'true' });
    expect(existsSync(at('gl-code-quality-report.json'))).toBe(false);
    expect(existsSync(at('other.json'))).toBe(true);
  });
});

describe('settings that change nothing', () => {
  const config = {
    budgets: { clients: { 'orders-*': { maxRedundant: '100%' } }, routes: { '/reports/**': { maxAddedP95: '50ms' } } },
    issuers: [
      { match: '/oauth2/token', lifetime: '3600s' },
      { match: 'idp.example/other', lifetime: '60s' },
    ],
    owners: { 'billing-*': 'team-billing', '::error*': 'team-x' },
    ignore: [{ client: 'batch-*', reason: 'cron jobs live 20 s' }],
  };

  test('are hints with their place, and mistakes with --strict-config', async () => {
    writeFileSync(at('token-tax.config.json'), JSON.stringify(config, null, 2));
    const soft = await check(['--no-fail']);
    const hints = soft.err.split('\n').filter((line) => line.startsWith('hint: '));
    expect(hints).toEqual([
      expect.stringMatching(/budgets\.clients\["orders-\*"\] fits no client \(token-tax\.config\.json:4\)/),
      expect.stringMatching(/owners\["billing-\*"\] fits no client and no endpoint/),
      expect.stringMatching(/issuers\[1\]\.match fits no endpoint and no client/),
      expect.stringMatching(/budgets\.routes\["\/reports\/\*\*"\] fits no route/),
      expect.stringMatching(/ignore\[0\] \(batch-\*\) fits no finding/),
    ]);
    const strict = await check(['--no-fail', '--strict-config']);
    expect(strict.status).toBe(2);
    expect(strict.err).toContain('--strict-config: a setting that changes nothing is a mistake');
    expect(strict.err).toContain('ignore[0]');
    // What is broken stays broken.
    expect((await check(['--strict-config'])).status).toBe(1);
  });
});
