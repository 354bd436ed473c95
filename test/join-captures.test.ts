/** The join of real logs finds what was counted elsewhere: every token of a gateway that fetches within its requests has its request. */
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import type { Analysis } from '../src/analysis/result.js';
import { analyze } from '../src/pipeline.js';

interface Truth {
  readonly lifetimeSeconds: number;
  readonly gateway: { readonly tokenFetchesMade: number };
}

async function capture(name: string): Promise<{ result: Analysis; truth: Truth }> {
  const dir = resolve('fixtures/captures', name);
  const truth = JSON.parse(readFileSync(`${dir}/truth.json`, 'utf8')) as Truth;
  const format = `${dir}/log-format.txt`;
  const result = await analyze({
    inputs: [`${dir}/issuer.log`, `${dir}/gateway.log`],
    lifetime: [`${truth.lifetimeSeconds}s`],
    ...(existsSync(format) ? { logFormat: readFileSync(format, 'utf8') } : {}),
  });
  return { result, truth };
}

test.each(['shared-cache', 'per-worker', 'expiry-burst'])('%s: each fetch has its request, by one clock', async (name) => {
  const { result, truth } = await capture(name);
  const { tokenFetchesMade } = truth.gateway;
  expect(result.join).toMatchObject({ by: 'time', matched: tokenFetchesMade, ambiguous: 0, unmatchedIssuer: 0 });
  expect(result.join!.unmatchedGateway).toBe(result.totals.demand! - tokenFetchesMade);
  // Both logs were written on one machine.
  expect(Math.abs(result.join!.skewMs!)).toBeLessThanOrEqual(2);
  expect(result.routes.reduce((sum, { fetches }) => sum + fetches, 0)).toBe(tokenFetchesMade);
  // The provider takes 200 ms in the burst, 20 ms elsewhere.
  const typicalMs = name === 'expiry-burst' ? 200 : 20;
  for (const { taxMs } of result.routes) if (taxMs !== null) expect(taxMs.p50).toBeGreaterThanOrEqual(typicalMs);
});

test('no-cache: in whole seconds each fetch lies within requests, and which one is not decided', async () => {
  const { result, truth } = await capture('no-cache');
  const { matched, ambiguous, unmatchedIssuer } = result.join!;
  expect(matched + ambiguous).toBe(truth.gateway.tokenFetchesMade);
  expect(unmatchedIssuer).toBe(0);
  expect(ambiguous).toBeGreaterThan(matched);
});
