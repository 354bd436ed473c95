import { describe, expect, test } from 'vitest';
import type { Analysis } from '../src/analysis/result.js';
import { json, jsonError } from '../src/report/json.js';
import { RESULT_SCHEMA_ID, resultJsonSchema, resultSchema } from '../src/report/options.schema.js';
import { samples } from './support/analysis-samples.js';
import { validate } from './support/json-schema.js';

const schema = resultJsonSchema();

/** The same data with the members of every object in the opposite order. */
const backwards = (data: unknown): unknown => {
  if (Array.isArray(data)) return data.map(backwards);
  if (typeof data !== 'object' || data === null) return data;
  return Object.fromEntries(
    Object.entries(data)
      .reverse()
      .map(([name, value]) => [name, backwards(value)]),
  );
};

const full: Analysis = {
  ...samples.crowded!,
  routes: [{ route: '/orders/{id}', requests: 9, demand: 8, fetches: 7, taxMs: { p50: 1, p95: 2, p99: 3 }, loggedCache: null }],
  timeline: [{ from: '2026-03-02T00:00:00.000Z', requests: 9, fetches: 7, necessary: 1 }],
  lives: [{ key: 'k', holder: 'h', from: '2026-03-02T00:00:00.000Z', lifetimeSeconds: null, verdict: 'necessary' }],
  join: { by: 'time', matched: 7, ambiguous: 0, unmatchedGateway: 1, unmatchedIssuer: 0, skewMs: -3, skewSpreadMs: 1 },
  inferred: [
    {
      route: '/orders/{id}',
      requests: 900,
      slowShare: 0.1,
      slowShareLow: 0.08,
      slowShareHigh: 0.12,
      overheadMs: 40,
      overheadLowMs: 38,
      overheadHighMs: 43,
      periodSeconds: null,
    },
  ],
  siblingKeys: [
    {
      kind: 'jwks',
      endpoint: '/jwks',
      provider: null,
      client: 'orders-api',
      holders: 1,
      requests: 9,
      ok: 9,
      failed: 0,
      perDemand: 1,
      necessary: 1,
      redundant: 8,
      redundantBounds: { low: 8, high: 8 },
      lifetimeSeconds: 300,
      lifetimeFrom: 'assumed',
      requestMs: null,
      gapMs: null,
    },
  ],
  simulation: [
    {
      policy: 'as-logged',
      title: 'as logged',
      fetches: { low: 7, high: 7 },
      hitRatio: 0.1,
      waitP95Ms: 12,
      waitTotalMs: 80,
      peakFetchesPerSecond: 3,
      rateHeadroom: null,
      requestsWithoutToken: 0,
      saved: { low: 0, high: 0 },
      savedCost: { low: null, high: 0 },
      revocationDelaySeconds: null,
      standing: 'measured',
    },
  ],
  findings: [
    {
      id: 'f-1',
      code: 'TT101',
      title: 'no cache',
      key: 'k',
      owner: null,
      redundant: 6,
      share: 1,
      confidence: 0.9,
      standing: 'derived',
      waitMs: 70,
      why: '7 fetches for 8 requests',
      whyNot: [{ code: 'TT104', because: 'no token was used twice at any time' }],
      onset: '2026-03-02T00:00:00.000Z',
      histogram: { fromMs: [0, 1000], counts: [6, 0] },
      timeline: { first: 0, fetches: [7], redundant: [6] },
      figures: [{ label: 'gap', value: 'p50 1 s' }],
      evidence: [{ file: 'a.log', line: 1, byte: 0, at: '2026-03-02T00:00:00.000Z' }],
      fix: 'cache the token',
      risk: null,
    },
  ],
  excludedFromDemand: { health: 3, assets: 9 },
};

for (const [name, analysis] of Object.entries({ ...samples, full })) {
  describe(name, () => {
    test('is the result, whole', () => expect(JSON.parse(json(analysis))).toEqual(analysis));
    test('has the same bytes whatever the order it was made in', () =>
      expect(json(backwards(analysis) as Analysis)).toBe(json(analysis)));
    test('fits the zod schema', () => expect(resultSchema.safeParse(JSON.parse(json(analysis))).error).toBeUndefined());
    test('fits the JSON Schema', () => expect(validate(schema, JSON.parse(json(analysis)))).toEqual([]));
  });
}

test('members come in the order of the contract, free ones by name', () => {
  expect(Object.keys(JSON.parse(json(full)))).toEqual(Object.keys(resultSchema.shape));
  expect(Object.keys(JSON.parse(json(full)).excludedFromDemand)).toEqual(['assets', 'health']);
});

test('ends with a line feed', () => expect(json(full)).toMatch(/[^\n]\n$/));

test('what is no number is an error, not a null', () => {
  const broken = { ...full, totals: { ...full.totals, peakFetchesPerSecond: Number.NaN } };
  expect(() => json(broken)).toThrow('the top.totals.peakFetchesPerSecond of the result is NaN');
});

test('hostile names are inert and stay what they are', () => {
  const text = json(samples.hostile!);
  expect(text).toMatch(/^[^\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u206f]*$/);
  expect(text).not.toMatch(/##[a-z]*\[/i);
  expect(text).not.toMatch(/^\s*::/m);
  expect(JSON.parse(text).keys.map(({ client }: { client: string }) => client)).toContain('##vso[task.setvariable variable=a]b');
});

test('a failure is JSON too', () => {
  const error = { id: 'E_USAGE', message: 'no \x9b31m', help: 'try "this"' };
  expect(jsonError(error)).toBe(
    '{"complete":false,"error":{"id":"E_USAGE","message":"no \\u009b31m","help":"try \\"this\\""}}\n',
  );
});

describe('the schema', () => {
  test('says what it is', () => {
    expect(schema.$schema).toBe('https://json-schema.org/draft/2020-12/schema');
    expect(schema.$id).toBe(RESULT_SCHEMA_ID);
  });

  const wrong: Record<string, unknown> = {
    'a member it does not know': { ...full, extra: 1 },
    'a missing member': (({ keys: _, ...rest }) => rest)(full),
    'half a fetch': { ...full, totals: { ...full.totals, fetches: { ...full.totals.fetches, ok: 0.5 } } },
    'a share above one': { ...full, totals: { ...full.totals, redundantShare: { ...full.totals.redundantShare, value: 1.1 } } },
    'another version': { ...full, schemaVersion: '2' },
    'a time without a zone': { ...full, window: { from: '2026-03-02T00:00:00', to: '2026-03-02T00:00:00' } },
    'a role it does not know': { ...full, input: { ...full.input, files: [{ ...full.input.files[0], role: 'proxy' }] } },
    'an empty finding': { ...full, findings: [{}] },
  };
  for (const [what, data] of Object.entries(wrong)) {
    test(`refuses ${what}`, () => {
      expect(resultSchema.safeParse(data).success).toBe(false);
      expect(validate(schema, data)).not.toEqual([]);
    });
  }
});
