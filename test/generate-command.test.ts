/** The folder that `generate` writes: whole or not at all, and never over something else. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { main } from '../src/cli/main.js';
import type { Truth } from '../src/generate/truth.js';
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
  expect(await run('--format', 'keycloak', '--out', 'other')).toBe(2);
  expect(await run('--format', 'har', '--wrapper', 'cri', '--out', 'other')).toBe(2);
  expect(await run('--lose', 'client=1%', '--out', 'other')).toBe(2);
  expect(await run('--hide', 'time', '--out', 'other')).toBe(2);
  expect(readdirSync(cwd)).toEqual(['try']);
});

test('Ctrl-C leaves no half of a folder, and ends with 130', async () => {
  await run();
  const before = readFileSync(join(cwd, 'try/truth.json'), 'utf8');
  const io = fakeIo({ cwd });
  // Long enough that it cannot be done by the time of the interrupt.
  const args = ['--cause', 'TT101', '--duration', '720h', '--rate', '200/s', '--out', 'try', '--force'];
  const ended = main(['generate', ...args], io, { version: '0' });
  while (readdirSync(cwd).length < 2) await setTimeout(1);
  expect(readdirSync(cwd).some((name) => name.startsWith('.try-'))).toBe(true);
  io.interrupt();
  expect(await ended).toBe(130);
  expect(readdirSync(cwd)).toEqual(['try']);
  expect(readFileSync(join(cwd, 'try/truth.json'), 'utf8')).toBe(before);
  expect(io.isListening()).toBe(false);
});

test('losses and samples are of the side that is named', async () => {
  expect(await run('--duration', '10m', '--lose', 'issuer=50%', '--sample', 'gateway=1/10')).toBe(0);
  const { lines, totals } = JSON.parse(readFileSync(join(cwd, 'try/truth.json'), 'utf8')) as Truth;
  expect(lines.gateway.lost).toBe(0);
  expect(lines.gateway.written).toBeLessThan(lines.gateway.made / 5);
  expect(lines.issuer.sampledOut).toBe(0);
  expect(lines.issuer.written).toBe(totals.logged.all);
  expect(lines.issuer.lost).toBe(totals.fetches.all - totals.logged.all);
  expect(lines.issuer.lost).toBeGreaterThan(0);
});

test('fields that are left out are in no line, and not in the truth as shown', async () => {
  const args = ['--cause', 'TT106', '--healthy', 'scopes', '--format', 'json', '--duration', '1m', '--out'];
  const play = async (folder: string, ...more: string[]): Promise<{ shows: string[]; text: string }> => {
    expect(await main(['generate', ...args, folder, ...more], fakeIo({ cwd }), { version: '0' })).toBe(0);
    const { shows } = JSON.parse(readFileSync(join(cwd, folder, 'truth.json'), 'utf8')) as Truth;
    return { shows: [...shows.issuer], text: readFileSync(join(cwd, folder, 'issuer/issuer.log'), 'utf8') };
  };
  const all = await play('all');
  expect(all.shows).toEqual(
    expect.arrayContaining(['clientId', 'expiresIn', 'grantType', 'audience', 'node', 'scope', 'traceId']),
  );
  expect(all.text).toMatch(/"client_id":"orders-gw".*"expires_in":300/);
  const less = await play('less', '--no-client-field', '--no-scope', '--hide', 'expiresIn,grantType', '--nat');
  expect(all.shows.filter((slot) => !less.shows.includes(slot))).toEqual(
    ['client', 'clientId', 'expiresIn', 'grantType', 'node', 'scope'].sort(),
  );
  expect(less.text).not.toMatch(/client_id|expires_in|grant_type|"scope"|"node"|orders-gw|gw-1/);
});
