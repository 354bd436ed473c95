/** Lifetimes that nobody knows: results at three of them, and the list of assumptions says what hangs on it. Worked out by hand. */
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Analysis } from '../src/analysis/result.js';
import { type AnalyzeOptions, analyze } from '../src/pipeline.js';

const T0 = 1_772_446_530_000;

const fetch = (seconds: number, client: string, instance: string, more: Record<string, unknown> = {}): string =>
  JSON.stringify({
    time: new Date(T0 + seconds * 1000).toISOString(),
    method: 'POST',
    path: '/oauth2/token',
    status: 200,
    client_id: client,
    instance,
    ...more,
  });

async function run(lines: readonly string[], options: Partial<AnalyzeOptions> = {}): Promise<Analysis> {
  const folder = await mkdtemp(join(tmpdir(), 'token-tax-'));
  await writeFile(join(folder, 'idp.log'), `${[...lines].sort().join('\n')}\n`);
  return analyze({ inputs: [folder], margin: '0s', ...options });
}

const note = ({ assumptions }: Analysis): string | undefined => assumptions.find(({ id }) => id === 'lifetime.unknown')?.value;

/** Every 600 s from 0 to 7200 s: 13 fetches. */
const every600 = (client: string, instance: string, more = {}): string[] =>
  Array.from({ length: 13 }, (_, i) => fetch(i * 600, client, instance, more));

test('one key, a fetch every 600 s for two hours', async () => {
  // At 300 s each gap is longer than the life: N = 1 + 12 = 13, none redundant.
  // At 3600 s: 7200 s of cover are 2 lives, N = 3, and no fetch after half of a life but the first is timely: 10 redundant.
  // At 86400 s: N = 1, 12 redundant.
  const found = await run(every600('orders', 'a'));
  expect(found.totals.byLifetime).toEqual([
    { lifetimeSeconds: 300, necessary: 13, redundant: 0 },
    { lifetimeSeconds: 3600, necessary: 3, redundant: 10 },
    { lifetimeSeconds: 86_400, necessary: 1, redundant: 12 },
  ]);
  expect(found.totals.fetches).toMatchObject({ ok: 13, redundant: 0, unknown: 12 });
  expect(note(found)).toBe('at least 300 s; redundant: 0 at 300 s, 10 at 3600 s, 12 at 86400 s');
});

test('beside a key whose life is known: its count is the same at all three', async () => {
  // The known one: 100 s apart with a life of 1000 s, 11 fetches: 1000 s of cover are one life, N = 2, A = 1: 9 redundant.
  const known = Array.from({ length: 11 }, (_, i) => fetch(i * 100, 'billing', 'b', { expires_in: 1000 }));
  const found = await run([...every600('orders', 'a'), ...known]);
  expect(found.keys.find(({ client }) => client === 'billing')?.fetches).toMatchObject({ necessary: 2, redundant: 9 });
  expect(found.totals.byLifetime).toEqual([
    { lifetimeSeconds: 300, necessary: 15, redundant: 9 },
    { lifetimeSeconds: 3600, necessary: 5, redundant: 19 },
    { lifetimeSeconds: 86_400, necessary: 3, redundant: 21 },
  ]);
  expect(note(found)).toBe('at least 300 s; redundant: 9 at 300 s, 19 at 3600 s, 21 at 86400 s');
});

test('two holders of one key: per node, and shared', async () => {
  // Node b 300 s later. Shared: 25 fetches 300 s apart over 7500 s with gaps as long as the shortest life.
  const shifted = Array.from({ length: 12 }, (_, i) => fetch(300 + i * 600, 'orders', 'b'));
  const lines = [...every600('orders', 'a'), ...shifted];
  const node = await run(lines);
  // b: 12 fetches, 11 gaps of 600 s, then 300 s to the end of the window. At 3600 s: (6600 + 300) / 3600 = 1.9, N = 2: 10 redundant.
  expect(node.totals.byLifetime.map(({ redundant }) => redundant)).toEqual([0, 20, 23]);
  const shared = await run(lines, { holder: 'shared' });
  // 24 gaps of 300 s: N(300) = 25. At 3600 s: 7200 / 3600 = 2, N = 3: 22 redundant. At 86400 s: N = 1: 24.
  expect(shared.totals.byLifetime.map(({ redundant }) => redundant)).toEqual([0, 22, 24]);
  expect(note(shared)).toBe('at least 300 s; redundant: 0 at 300 s, 22 at 3600 s, 24 at 86400 s');
});

test('a life that is known, or given, needs no such assumption', async () => {
  const found = await run(every600('orders', 'a'), { lifetime: ['3600s'] });
  expect(note(found)).toBeUndefined();
  expect(found.totals.byLifetime).toEqual([]);
  expect(found.totals.fetches.redundant).toBe(10);
});
