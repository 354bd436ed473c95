/** The folder that `generate` writes: whole or not at all, and never over something else. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { main } from '../src/cli/main.js';
import { fakeIo } from './support/fake-io.js';

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'token-tax-generate-'));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

const run = async (...args: string[]): Promise<number> =>
  await main(['generate', '--cause', 'TT106', '--duration', '1m', '--out', 'try', ...args], fakeIo({ cwd }), { version: '0' });

test('logs and truth, and nothing else', async () => {
  expect(await run()).toBe(0);
  expect(readdirSync(cwd)).toEqual(['try']);
  expect(readdirSync(join(cwd, 'try')).sort()).toEqual(['gateway', 'issuer', 'truth.json']);
  expect(JSON.parse(readFileSync(join(cwd, 'try/truth.json'), 'utf8'))).toMatchObject({ truthVersion: '1', seed: 1 });
});

test('a folder that is not empty is replaced when asked for', async () => {
  await run();
  const before = readFileSync(join(cwd, 'try/truth.json'), 'utf8');
  expect(await run('--seed', '2')).toBe(2);
  expect(readFileSync(join(cwd, 'try/truth.json'), 'utf8')).toBe(before);
  expect(await run('--seed', '2', '--force')).toBe(0);
  expect(readFileSync(join(cwd, 'try/truth.json'), 'utf8')).not.toBe(before);
  expect(readdirSync(cwd)).toEqual(['try']);
});

test('a folder of somebody else stays, and so does nothing behind a refusal', async () => {
  await run();
  rmSync(join(cwd, 'try/truth.json'));
  writeFileSync(join(cwd, 'try/mine'), 'x');
  expect(await run('--force')).toBe(2);
  expect(existsSync(join(cwd, 'try/mine'))).toBe(true);
  expect(await run('--format', 'har', '--out', 'other')).toBe(2);
  expect(readdirSync(cwd)).toEqual(['try']);
});
