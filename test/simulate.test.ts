/** Whole runs over captures: what really happened is what the policy of that gateway gives. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import type { Analysis, PolicyResult } from '../src/analysis/result.js';
import { main } from '../src/cli/main.js';
import { type AnalyzeOptions, analyze } from '../src/pipeline.js';
import { fakeIo } from './support/fake-io.js';

const capture = async (
  name: string,
  lifetime: string,
  policies: readonly string[],
  more: Partial<AnalyzeOptions> = {},
): Promise<Analysis> =>
  await analyze({
    inputs: [`fixtures/captures/${name}/gateway.log`, `fixtures/captures/${name}/issuer.log`],
    lifetime: [lifetime],
    simulate: policies.length === 0 ? {} : { policies },
    ...more,
  });
const line = ({ simulation }: Analysis, policy: string): PolicyResult => simulation!.find((one) => one.policy === policy)!;
const fetches = (analysis: Analysis, policy: string): number => {
  const { low, high } = line(analysis, policy).fetches;
  expect(low).toBe(high);
  return low;
};

test('four workers that each keep a token: 16 fetches, as the provider counted, and 4 with one cache', async () => {
  const logFormat = readFileSync('fixtures/captures/per-worker/log-format.txt', 'utf8').trim();
  const found = await capture('per-worker', '20s', ['worker,workers=4,single-flight', 'node,single-flight'], { logFormat });
  expect(fetches(found, 'worker,single-flight,workers=4')).toBe(16);
  expect(fetches(found, 'node,single-flight')).toBe(4);
});

test('a cache without single flight: 17 fetches, as the provider counted, and 5 with it', async () => {
  const found = await capture('expiry-burst', '10s', []);
  expect(fetches(found, 'node')).toBe(17);
  expect(fetches(found, 'node,single-flight')).toBe(5);
});

test.each([
  ['no-cache', '3600s'],
  ['expiry-burst', '10s'],
  ['short-cache', '3600s'],
  ['shared-cache', '20s'],
  ['failing-provider', '3600s'],
])('%s: as logged is what was measured, the bound what is necessary, and N(D) lies in one line', async (name, lifetime) => {
  const found = await capture(name, lifetime, []);
  const { totals, simulation } = found;
  expect(simulation![0]).toMatchObject({
    policy: 'as-logged',
    fetches: { low: totals.fetches.ok, high: totals.fetches.ok },
    peakFetchesPerSecond: totals.peakFetchesPerSecond,
    hitRatio: totals.hitRatio.observed,
    standing: 'measured',
  });
  expect(simulation!.at(-1)).toMatchObject({
    policy: 'bound',
    fetches: { low: totals.shared.necessary, high: totals.shared.necessary },
  });
  expect(fetches(found, 'node,single-flight')).toBe(totals.fetches.necessary);
  expect(fetches(found, 'shared,single-flight')).toBe(totals.shared.necessary);
  expect(fetches(found, 'none')).toBe(totals.demand);
  for (const { saved, fetches: some } of simulation!) expect(saved.high).toBe(totals.fetches.ok - some.low);
});

test('analyze has the same lines as simulate without a policy', async () => {
  const { simulate: _, ...plain } = {
    inputs: ['fixtures/captures/expiry-burst/gateway.log', 'fixtures/captures/expiry-burst/issuer.log'],
    simulate: {},
  };
  expect((await analyze({ ...plain, lifetime: ['10s'] })).simulation).toEqual(
    (await capture('expiry-burst', '10s', [])).simulation,
  );
});

test('--client and --key choose keys; none is a run that decides nothing', async () => {
  const all = await capture('expiry-burst', '10s', []);
  const { client, id } = all.keys[0]!;
  const only = async (simulate: AnalyzeOptions['simulate']) =>
    (await capture('expiry-burst', '10s', [], { simulate: simulate! })).simulation;
  const peakless = (list: Analysis['simulation']) => list?.map(({ policy, fetches: some }) => [policy, some]);
  expect(peakless(await only({ client: `${client.slice(0, 2)}*` }))).toEqual(peakless(all.simulation));
  expect(peakless(await only({ key: id }))).toEqual(peakless(all.simulation));
  expect(await only({ client: 'nobody' })).toBe(null);
});

test('the page in docs shows what is printed', async () => {
  const io = fakeIo({ cwd: resolve('fixtures/captures/expiry-burst') });
  expect(await main(['simulate', 'gateway.log', 'issuer.log', '--lifetime', '10s'], io, {})).toBe(0);
  expect(readFileSync('docs/simulate.md', 'utf8')).toContain(
    `$ token-tax simulate gateway.log issuer.log --lifetime 10s\n${io.out()}`,
  );
});
