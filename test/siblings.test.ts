/** Requests beside tokens, through the whole run. Figures are worked out by hand; counts are held against a slow reference. */
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseSiblingTtls } from '../src/analysis/options.js';
import type { Analysis, SiblingResult } from '../src/analysis/result.js';
import { type AnalyzeOptions, analyze } from '../src/pipeline.js';

const T0 = 1_772_446_530_000;

type Fields = Record<string, unknown>;

const at = (seconds: number, fields: Fields): string =>
  JSON.stringify({
    time: new Date(T0 + Math.round(seconds * 1000)).toISOString(),
    method: 'GET',
    path: '/.well-known/jwks.json',
    status: 200,
    duration_ms: 4,
    ...fields,
  });
const pod = (name: string, fields: Fields = {}): Fields => ({ remote_addr: `10.0.0.${name.length}`, instance: name, ...fields });
const introspect = (fields: Fields = {}): Fields => ({
  method: 'POST',
  path: '/oauth2/introspect',
  client_id: 'orders',
  ...fields,
});

async function run(files: Record<string, readonly string[]>, options: Partial<AnalyzeOptions> = {}): Promise<Analysis> {
  const folder = await mkdtemp(join(tmpdir(), 'token-tax-'));
  for (const [name, lines] of Object.entries(files)) await writeFile(join(folder, name), `${lines.join('\n')}\n`);
  return analyze({ inputs: [folder], ...options });
}

const rowsOf = ({ siblingKeys }: Analysis, kind: SiblingResult['kind']): SiblingResult[] =>
  siblingKeys.filter((row) => row.kind === kind);

/** A sibling log alone is no issuer's log: a few fetches make it one, and must be in no figure of the siblings. */
const fetches = [0, 290, 580].map((s) =>
  at(s, { method: 'POST', path: '/oauth2/token', client_id: 'orders', instance: 'a', expires_in: 300 }),
);
const inOrder = (lines: readonly string[]): string[] =>
  [...lines].sort((a, b) => ((JSON.parse(a) as Fields).time! < (JSON.parse(b) as Fields).time! ? -1 : 1));

describe('documents', () => {
  test('a key set asked for every 10 s for 600 s: one each 300 s is needed', async () => {
    // 0, 10 .. 600: 61 requests. 60 gaps of 10 s each are 600 s of cover = 2 lives of 300 s, the tail is 0: N = 1 + 2.
    const lines = Array.from({ length: 61 }, (_, i) => at(i * 10, pod('a')));
    const found = await run({ 'idp.log': inOrder([...lines, ...fetches]) });
    const [row] = rowsOf(found, 'jwks');
    expect(row).toMatchObject({ requests: 61, ok: 61, failed: 0, necessary: 3, redundant: 58, holders: 1, perDemand: null });
    expect(row).toMatchObject({ lifetimeSeconds: 300, lifetimeFrom: 'assumed', gapMs: { p50: 10_000, p99: 10_000 } });
    expect(row!.redundantBounds).toEqual({ low: 58, high: 58 });
    expect(found.siblings.jwks).toBe(61);
    expect(found.totals.fetches).toMatchObject({ all: 3, redundant: 0 });
    expect(found.assumptions).toContainEqual(expect.objectContaining({ id: 'sibling.jwks', affects: ['siblingKeys'] }));
  });

  test('the same with --sibling-ttl jwks=10s: all are needed; the option is named as the source', async () => {
    const lines = Array.from({ length: 61 }, (_, i) => at(i * 10, pod('a')));
    const found = await run({ 'idp.log': inOrder([...lines, ...fetches]) }, { siblingTtl: ['jwks=5m', 'jwks=10s'] });
    expect(rowsOf(found, 'jwks')[0]).toMatchObject({ necessary: 61, redundant: 0, lifetimeSeconds: 10, lifetimeFrom: 'option' });
    expect(found.assumptions.find(({ id }) => id === 'sibling.jwks')).toMatchObject({ from: '--sibling-ttl' });
  });

  test('each instance keeps its own: three that ask once each are healthy, also when failed ones and 304 stand between', async () => {
    const lines = [
      at(0, pod('a')),
      at(1, pod('bb')),
      at(2, pod('ccc')),
      at(3, pod('a', { status: 503 })),
      at(400, pod('a', { status: 304 })),
    ];
    const found = await run({ 'idp.log': inOrder([...lines, ...fetches]) });
    const rows = rowsOf(found, 'jwks');
    const sum = (pick: (row: SiblingResult) => number): number => rows.reduce((total, row) => total + pick(row), 0);
    expect([sum((r) => r.requests), sum((r) => r.ok), sum((r) => r.failed), sum((r) => r.redundant!)]).toEqual([5, 4, 1, 0]);
  });

  test('behind one address ten healthy pods may hide: low allows for them', async () => {
    // Ten pods, each once per 300 s over 900 s: 0, 300, 600, 900 s, ten each.
    const lines = [0, 300, 600, 900].flatMap((s) =>
      Array.from({ length: 10 }, (_, i) => at(s + i / 10, { remote_addr: '10.9.9.9' })),
    );
    const [row] = rowsOf(await run({ 'idp.log': inOrder([...lines, ...fetches]) }), 'jwks');
    expect(row).toMatchObject({ ok: 40, holders: 1 });
    expect(row!.redundant).toBeGreaterThan(30);
    expect(row!.redundantBounds!.low).toBe(0);
  });
});

describe('introspection and userinfo', () => {
  test('which token is asked about stands in no log: bounds, and the ratio to the requests of the gateway', async () => {
    const introspections = Array.from({ length: 100 }, (_, i) => at(i, introspect({ instance: 'a' })));
    const requests = Array.from({ length: 200 }, (_, i) => at(i / 2, { path: `/api/orders`, upstream_status: 200 }));
    const found = await run({ 'idp.log': inOrder([...introspections, ...fetches]), 'gateway.log': requests });
    const [row] = rowsOf(found, 'introspection');
    // All about one token: 99 s of cover, 60 s each: N = 2. The last request of the gateway is at 99.5 s.
    expect(row).toMatchObject({ requests: 100, necessary: null, redundant: null, client: 'orders', perDemand: 2 });
    expect(row!.redundantBounds).toEqual({ low: 0, high: 98 });
    expect(found.assumptions.find(({ id }) => id === 'sibling.introspection')?.value).toContain('only bounds');
  });

  test('only what the log of the gateway covers is held against its requests', async () => {
    const introspections = Array.from({ length: 1000 }, (_, i) => at(i, introspect({ instance: 'a' })));
    const requests = Array.from({ length: 100 }, (_, i) => at(100 + i, { path: `/api/orders` }));
    const found = await run({ 'idp.log': inOrder([...introspections, ...fetches]), 'gateway.log': requests });
    expect(rowsOf(found, 'introspection')[0]).toMatchObject({ requests: 1000, perDemand: 1 });
  });

  test('revocation is counted and nothing more', async () => {
    const lines = Array.from({ length: 50 }, (_, i) => at(i, introspect({ path: '/oauth2/revoke', instance: 'a' })));
    const found = await run({ 'idp.log': inOrder([...lines, ...fetches]) });
    expect(rowsOf(found, 'revocation')[0]).toMatchObject({
      requests: 50,
      necessary: null,
      redundantBounds: null,
      lifetimeFrom: 'unknown',
    });
    expect(found.assumptions.some(({ id }) => id.startsWith('sibling.'))).toBe(false);
  });
});

test('a request in the log of the gateway and of the issuer is one', async () => {
  const asked = Array.from({ length: 20 }, (_, i) => at(i * 30, { remote_addr: '10.0.0.1' }));
  const api = Array.from({ length: 40 }, (_, i) => at(i * 15, { path: '/api/x', upstream_status: 200 }));
  const found = await run(
    { 'idp.log': inOrder([...asked, ...fetches]), 'gateway.log': inOrder([...api, ...asked]) },
    { gateway: [], idp: [] },
  );
  const requests = rowsOf(found, 'jwks').reduce((total, row) => total + row.requests, 0);
  expect(requests).toBe(20);
});

test('options: what is not a kind is refused with the kinds there are', () => {
  expect(parseSiblingTtls(['jwks=10m', ' discovery = 1h'])).toEqual({ jwks: 600_000, discovery: 3_600_000 });
  expect(parseSiblingTtls([])).toEqual({});
  for (const bad of ['jwks', 'revocation=60s', '=60s', 'jwks=', 'jwks=soon', 'jwks=-3s'])
    expect(() => parseSiblingTtls([bad]), bad).toThrow(/--sibling-ttl/);
});

test('random traffic of two instances: counts add up, and cover is what a slow walk says', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ ms: fc.integer({ min: 0, max: 2_000_000 }), who: fc.constantFrom('a', 'bb'), ok: fc.boolean() }), {
        minLength: 1,
        maxLength: 60,
      }),
      async (events) => {
        const lines = events.map(({ ms, who, ok }) => at(ms / 1000, { ...introspect(pod(who)), ...(ok ? {} : { status: 500 }) }));
        const found = await run({ 'idp.log': inOrder([...lines, ...fetches]) });
        const [row] = rowsOf(found, 'introspection');
        const end = Date.parse(found.window!.to) - T0;
        let high = 0;
        for (const who of ['a', 'bb']) {
          const starts = events.flatMap((event) => (event.who === who && event.ok ? [event.ms] : [])).sort((x, y) => x - y);
          high += starts.length - Math.min(starts.length, Math.max(slowCover(starts, 60_000, end), slowTimely(starts, 60_000)));
        }
        expect(row!.requests).toBe(events.length);
        expect(row!.ok + row!.failed).toBe(events.length);
        expect(row!.redundantBounds).toEqual({ low: 0, high });
      },
    ),
    { numRuns: 25 },
  );
});

/** N(F) of the design, word by word. */
function slowCover(starts: readonly number[], life: number, end: number): number {
  if (starts.length === 0) return 0;
  const gaps = starts.slice(1).map((start, i) => start - starts[i]!);
  const tail = Math.min(end - starts.at(-1)!, gaps.length === 0 ? Infinity : Math.max(...gaps), life - 1);
  return 1 + Math.floor((gaps.reduce((sum, gap) => sum + Math.min(gap, life), 0) + Math.max(0, tail)) / life);
}

/** A of the design, with q = 1 ms: the first, and those after at least L/2 - max(5 % L, q) of the one before. */
const slowTimely = (starts: readonly number[], life: number): number =>
  starts.filter((start, i) => i === 0 || start - starts[i - 1]! >= life / 2 - Math.max(life * 0.05, 1)).length;
