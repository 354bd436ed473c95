/** The times of a finding: counted in the steps of the run's timeline, and no fetch more or less than the result counts. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Analysis } from '../src/analysis/result.js';
import { analyze } from '../src/pipeline.js';

const sum = (list: readonly number[]): number => list.reduce((all, one) => all + one, 0);

/** Of findings about single keys; the steps are spread out to those of the run. */
const spread = (
  { timeline: steps }: Analysis,
  { first, fetches, redundant }: { first: number; fetches: readonly number[]; redundant: readonly number[] },
) => steps.map((_, at) => ({ fetches: fetches[at - first] ?? 0, redundant: redundant[at - first] ?? 0 }));

test.each(['no-cache', 'short-cache', 'expiry-burst', 'per-worker'])('%s', async (name) => {
  const folder = `fixtures/captures/${name}`;
  const logFormat = name === 'per-worker' ? { logFormat: readFileSync(`${folder}/log-format.txt`, 'utf8').trim() } : {};
  const inputs = name === 'per-worker' ? { gateway: [`${folder}/gateway.log`], idp: [`${folder}/issuer.log`] } : {};
  const result = await analyze({ inputs: name === 'per-worker' ? [] : [folder], ...inputs, ...logFormat });
  const own = result.findings.filter(({ key, timeline }) => key !== null && timeline !== null);
  expect(own.length).toBeGreaterThan(0);
  for (const { code, key: id, redundant, timeline } of own) {
    const key = result.keys.find((each) => each.id === id)!;
    expect(timeline!.fetches).toHaveLength(timeline!.redundant.length);
    expect(timeline!.first + timeline!.fetches.length).toBeLessThanOrEqual(result.timeline.length);
    expect(timeline!.fetches[0]).toBeGreaterThan(0);
    expect(timeline!.fetches.at(-1)).toBeGreaterThan(0);
    expect(sum(timeline!.fetches)).toBe(key.fetches.ok);
    const causes = own.filter((each) => each.key === id && each.redundant > 0);
    if (causes.length === 1) expect(sum(timeline!.redundant)).toBe(key.fetches.redundant);
    else expect(sum(timeline!.redundant), code).toBeLessThanOrEqual(key.fetches.redundant);
    expect(sum(timeline!.redundant) > 0).toBe(redundant > 0);
    // One key made all fetches of these logs.
    spread(result, timeline!).forEach((step, at) => {
      expect(step.fetches).toBe(result.timeline[at]!.fetches);
      expect(step.redundant).toBeLessThanOrEqual(step.fetches);
    });
  }
});

test('failed fetches are the times of a finding about failed ones, and lines say when their requests started', async () => {
  const result = await analyze({ inputs: ['fixtures/captures/failing-provider'] });
  const loop = result.findings.find(({ code, redundant }) => code === 'TT110' && redundant === 0);
  const key = result.keys.find(({ id }) => id === loop?.key)!;
  expect(sum(loop!.timeline!.fetches)).toBe(key.fetches.failed);
  expect(sum(loop!.timeline!.redundant)).toBe(0);
  const [from, to] = [Date.parse(result.window!.from), Date.parse(result.window!.to)];
  for (const { at } of loop!.evidence) {
    expect(Date.parse(at!)).toBeGreaterThanOrEqual(from);
    expect(Date.parse(at!)).toBeLessThanOrEqual(to);
  }
});
