/** Generated logs are read without a reject, and what is read equals the truth beside them. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Analysis } from '../src/analysis/result.js';
import { behaviourIds, generateLogs } from '../src/generate/generate.js';
import type { GenerateOptions } from '../src/generate/options.js';
import { Random } from '../src/generate/random.js';
import type { Truth } from '../src/generate/truth.js';
import { wraps } from '../src/generate/wrap.js';
import { analyze } from '../src/pipeline.js';
import { runs } from './support/runs.js';

interface Made {
  readonly files: Map<string, string>;
  readonly zipped: Set<string>;
  readonly truth: Truth;
}

const make = (options: GenerateOptions): Made => {
  const files = new Map<string, string>();
  const zipped = new Set<string>();
  const logs = generateLogs(options);
  let step = logs.next();
  for (; step.done !== true; step = logs.next()) {
    const { file, text, gzip } = step.value;
    files.set(file, (files.get(file) ?? '') + text);
    if (gzip) zipped.add(file);
  }
  return { files, zipped, truth: step.value };
};

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'token-tax-generate-'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const analysed = async ({ files, zipped }: Made, more: { lifetime?: string[] } = {}): Promise<Analysis> => {
  const cwd = mkdtempSync(join(root, 'run-'));
  for (const [name, text] of files) {
    mkdirSync(dirname(join(cwd, name)), { recursive: true });
    writeFileSync(join(cwd, name), zipped.has(name) ? gzipSync(text) : text);
  }
  const sides = readdirSync(cwd);
  return await analyze({
    inputs: sides.filter((side) => side !== 'loopback'),
    ...(sides.includes('loopback') ? { loopback: ['loopback'] } : {}),
    lifetime: ['300s'],
    cwd,
    ...more,
  });
};

/** Where the lifetime is one for the whole run, analysis and truth must agree to the last fetch. */
const VARYING = new Set(['TT104', 'TT109']);

describe.each(behaviourIds())('%s', (id) => {
  test('is read as it was', async () => {
    // Which instance was answered 401 is known where both sides name it.
    const format = id === 'TT110-401' ? { gatewayFormat: 'json', issuerFormat: 'json' } : {};
    const made = make({ behaviours: [id], ...format });
    const { truth } = made;
    const result = await analysed(made);
    expect(result.input.lines.rejected).toBe(0);
    const { all, ok, failed, excluded, ...verdicts } = result.totals.fetches;
    const { fetches, demand, withoutToken } = truth.totals;
    expect(ok).toBeGreaterThan(0);
    expect({ ok, failed, all: all - excluded }).toEqual({
      ok: fetches.ok,
      failed: fetches.failed,
      all: fetches.all - fetches.excluded,
    });
    // What was never sent on is no demand in the words of the analysis.
    expect(result.totals.demand).toBe(demand - withoutToken);
    if (VARYING.has(id)) return;
    const { necessary, ahead, redundant } = fetches;
    expect(verdicts).toEqual({ necessary, ahead, redundant, unknown: 0 });
  });
});

describe('causes differ from healthy patterns', () => {
  const redundantOf = (id: string): number => make({ behaviours: [id] }).truth.totals.fetches.redundant;
  test.each(['at-expiry', 'refresh-ahead', 'half-life', 'shared-cache', 'loopback', 'dpop-nonce', 'scopes', 'back-off'])(
    '%s wastes nothing',
    (id) => {
      expect(redundantOf(id)).toBe(0);
    },
  );
  test.each(['TT101', 'TT102', 'TT103', 'TT104', 'TT105', 'TT106', 'TT108', 'TT109', 'TT110-401', 'TT111', 'TT113', 'TT114'])(
    '%s does',
    (id) => {
      expect(redundantOf(id)).toBeGreaterThan(0);
    },
  );
  test('an outage gives failures, many more without back-off', () => {
    const failures = (id: string): number => make({ behaviours: [id] }).truth.totals.fetches.failed;
    expect(failures('back-off')).toBeGreaterThan(0);
    expect(failures('TT110')).toBeGreaterThan(10 * failures('back-off'));
  });
  test('a cause may look in two ways', () => {
    const { keys, totals } = make({ behaviours: ['TT110-401', 'TT116-discovery'] }).truth;
    expect(keys.map(({ cause }) => cause)).toEqual(['TT110', 'TT116']);
    expect(totals.siblings).toMatchObject({ jwks: 0, introspection: 0 });
    expect(totals.siblings.discovery).toBeGreaterThan(1000);
  });
  test('a loopback that outlives the token has answers 401 behind it', () => {
    expect(
      [...make({ behaviours: ['TT117'] }).files].some(([name, text]) => name.startsWith('gateway') && text.includes('" 401 ')),
    ).toBe(true);
  });
});

describe.each(Object.keys(wraps))('wrapper %s', (wrapper) => {
  test.each(['nginx-timing', 'envoy-json'])('around %s', async (format) => {
    const made = make({ behaviours: ['TT111'], gatewayFormat: format, issuerFormat: format, wrapper, durationMs: 240_000 });
    const result = await analysed(made);
    expect(result.input.lines.rejected).toBe(0);
    expect(result.totals.fetches.ok).toBe(made.truth.totals.fetches.ok);
  });
});

test('rotated and compressed parts are one log', async () => {
  const made = make({ behaviours: ['TT106', 'at-expiry'], rotate: 4, gzip: true });
  expect([...made.files.keys()]).toContain('issuer/issuer.log.3.gz');
  const result = await analysed(made);
  const { necessary, redundant } = made.truth.totals.fetches;
  expect(result.totals.fetches).toMatchObject({ necessary, redundant });
});

test('the same seed gives the same bytes, another seed others', () => {
  const one = make({ behaviours: ['TT103', 'refresh-ahead'], seed: 5 });
  expect(make({ behaviours: ['TT103', 'refresh-ahead'], seed: 5 })).toEqual(one);
  expect(make({ behaviours: ['TT103', 'refresh-ahead'], seed: 6 }).files).not.toEqual(one.files);
});

test('the random numbers are those of every machine', () => {
  const random = new Random(1, 'traffic');
  const mean = Array.from({ length: 20_000 }, () => random.exponential()).reduce((sum, one) => sum + one, 0) / 20_000;
  expect(Math.abs(mean - 1)).toBeLessThan(0.03);
});

const anyOptions = fc.record({
  behaviours: fc.array(fc.constantFrom(...behaviourIds()), { minLength: 1, maxLength: 3 }),
  seed: fc.nat(1_000_000),
  nodes: fc.integer({ min: 1, max: 5 }),
  workers: fc.integer({ min: 1, max: 4 }),
  lifetimeMs: fc.integer({ min: 2000, max: 400_000 }),
  durationMs: fc.integer({ min: 10_000, max: 300_000 }),
  warmUpMs: fc.constantFrom(0, 60_000),
  rate: fc.integer({ min: 1, max: 20 }),
  arrivals: fc.constantFrom('poisson', 'steady', 'bursty', 'diurnal', 'sparse') as fc.Arbitrary<'poisson'>,
  skewMs: fc.integer({ min: -90_000, max: 90_000 }),
  lose: fc.constantFrom(0, 0.1, { issuer: 0.2 }),
  sample: fc.constantFrom(1, 5, { gateway: 3 }),
  resolutionMs: fc.constantFrom(1, 1000),
  rotate: fc.integer({ min: 1, max: 4 }),
});

test('the truth adds up, and its lines are those of the files', () => {
  fc.assert(
    fc.property(anyOptions, (options) => {
      const { files, truth } = make(options);
      for (const { fetches, holders, demand } of truth.keys) {
        for (const { fetches: one, logged } of holders) {
          expect(one.necessary + one.ahead + one.redundant).toBe(one.ok);
          expect(one.ok + one.failed).toBe(one.all);
          expect(logged.all).toBeLessThanOrEqual(one.all);
        }
        expect(fetches.ok).toBe(holders.reduce((sum, holder) => sum + holder.fetches.ok, 0));
        expect(demand).toBe(holders.reduce((sum, holder) => sum + holder.demand, 0));
      }
      const rows = truth.fetches ?? [];
      const { all, excluded, redundant } = truth.totals.fetches;
      expect(rows.length).toBe(all - excluded);
      expect(rows.filter(({ verdict }) => verdict === 'redundant').length).toBe(redundant);
      expect(rows.filter(({ inLog }) => inLog).length).toBe(truth.totals.logged.all - truth.totals.logged.excluded);
      for (const side of ['gateway', 'issuer', 'loopback'] as const) {
        const { made, sampledOut, lost, written, notLogged } = truth.lines[side];
        expect(sampledOut + lost + written + notLogged).toBe(made);
        const texts = [...files].filter(([name]) => name.startsWith(`${side}/`)).map(([, text]) => text);
        expect(texts.reduce((sum, text) => sum + text.split('\n').length - 1, 0)).toBe(written);
      }
    }),
    { numRuns: runs(60) },
  );
});

/** Another walk over the same demand: request after request, with the rows of the truth and nothing of the ledger. */
test('no cache: all but what a perfect cache needs, counted anew from the rows', () => {
  fc.assert(
    fc.property(fc.nat(1000), fc.integer({ min: 2000, max: 90_000 }), (seed, lifetimeMs) => {
      const { truth } = make({ behaviours: ['TT101'], seed, lifetimeMs, durationMs: 120_000 });
      const usable = lifetimeMs - Math.min(60_000, Math.floor(lifetimeMs / 10));
      const until = new Map<string, number>();
      let needed = 0;
      // Without a cache each request makes one fetch, at once: the rows are the demand.
      for (const { holder, atMs, durationMs } of truth.fetches!) {
        if (atMs < (until.get(holder) ?? 0)) continue;
        needed += 1;
        until.set(holder, atMs + durationMs + usable);
      }
      expect(truth.totals.fetches.necessary).toBe(needed);
      expect(truth.totals.fetches.redundant).toBe(truth.totals.fetches.ok - needed - truth.totals.fetches.ahead);
    }),
    { numRuns: runs(40) },
  );
});
