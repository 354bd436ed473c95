/**
 * Captures made on the spot: real nginx as gateway, a real identity provider, real traffic. Nobody has seen these logs before, so
 * nothing can have been fitted to them.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { referenceFor } from '../../fixtures/captures/reference.mjs';
import { analyze } from '../../src/pipeline.js';

/** One that fetches always, one with a healthy remedy, one whose provider fails: about a minute of traffic, side by side. */
const scenarios = ['no-cache', 'loopback', 'failing-provider'];

let out: string;
beforeAll(async () => {
  out = mkdtempSync(join(tmpdir(), 'token-tax-servers-'));
  await promisify(execFile)(process.execPath, ['fixtures/captures/make.mjs', ...scenarios, '--out', out], { timeout: 180_000 });
}, 200_000);
afterAll(() => rmSync(out, { recursive: true, force: true }));

test.each(scenarios)('%s: the figures are those of the provider and of the reference', async (scenario) => {
  const dir = join(out, scenario);
  const { lifetimeSeconds, provider } = JSON.parse(readFileSync(join(dir, 'truth.json'), 'utf8'));
  const { totals } = await analyze({ inputs: [dir], lifetime: [`${lifetimeSeconds}s`] });
  const failed = Object.values<number>(provider.failedByStatus).reduce((sum, count) => sum + count, 0);
  expect(totals.fetches).toMatchObject({ all: provider.tokensIssued + failed, ok: provider.tokensIssued, failed });
  expect(totals.failedByStatus).toEqual(provider.failedByStatus);
  const { necessary, ahead, redundant, demand } = referenceFor(dir);
  expect(totals.fetches).toMatchObject({ necessary, ahead, redundant, unknown: 0 });
  expect(totals.demand).toBe(demand);
});
