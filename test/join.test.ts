/** Gateway and issuer logs held against each other: by ids, by spans, by time under any skew; and logs that speak against each other. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Analysis } from '../src/analysis/result.js';
import { type AnalyzeOptions, analyze } from '../src/pipeline.js';

let work: string;
let folders = 0;
beforeAll(() => {
  work = mkdtempSync(join(tmpdir(), 'token-tax-join-'));
});
afterAll(() => rmSync(work, { recursive: true, force: true }));

const T0 = Date.UTC(2026, 2, 2, 10);

/** A generator of numbers in [0, 1) that repeats: mulberry32. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

interface Row {
  readonly startMs: number;
  readonly durationMs: number;
  readonly method: string;
  readonly path: string;
  readonly status?: number;
  readonly address: string;
  readonly user?: string;
  readonly id?: string;
}

const line = ({ startMs, durationMs, method, path, status = 200, address, user = '', id = '' }: Row, whole: boolean): string => {
  const end = (startMs + durationMs) / 1000;
  return JSON.stringify({
    msec: whole ? String(Math.floor(end)) : end.toFixed(3),
    remote_addr: address,
    remote_user: user,
    request_method: method,
    request_uri: path,
    status,
    request_time: durationMs / 1000,
    upstream_response_time: String(durationMs / 1000),
    request_id: id,
  });
};

async function run(
  files: Readonly<Record<string, readonly Row[]>>,
  more: Partial<AnalyzeOptions> = {},
  whole = false,
): Promise<Analysis> {
  folders += 1;
  const folder = mkdtempSync(join(work, `${folders}-`));
  for (const [name, rows] of Object.entries(files)) {
    const sorted = [...rows].sort((a, b) => a.startMs + a.durationMs - b.startMs - b.durationMs);
    writeFileSync(join(folder, name), sorted.map((row) => `${line(row, whole)}\n`).join(''));
  }
  return analyze({ inputs: [folder], lifetime: ['1h'], ...more });
}

interface Traffic {
  readonly requests: Row[];
  readonly fetches: Row[];
  /** Route of each fetch. */
  readonly routes: string[];
}

/** Requests at random times; one in `every` asks for a token before it goes on. The same id on both where `ids`. */
function traffic(
  seed: number,
  count: number,
  every: number,
  { ids = false, meanMs = 400, user = 'orders', host = 1 } = {},
): Traffic {
  const next = random(seed);
  const requests: Row[] = [];
  const fetches: Row[] = [];
  const routes: string[] = [];
  let at = T0;
  for (let index = 0; index < count; index += 1) {
    at += Math.round(-Math.log(1 - next()) * meanMs) + 1;
    const route = ['/api/orders', '/api/stock', '/api/customers'][Math.floor(next() * 3)]!;
    const fetched = index % every === 0;
    const tokenMs = fetched ? 20 + Math.floor(next() * 20) : 0;
    const id = Math.floor(next() * 2 ** 48)
      .toString(16)
      .padStart(32, 'a');
    const delayMs = 1 + Math.floor(next() * 3);
    const durationMs = delayMs + tokenMs + 10 + Math.floor(next() * 60);
    requests.push({ startMs: at, durationMs, method: 'GET', path: route, address: '198.51.100.7', id });
    if (!fetched) continue;
    const startMs = at + delayMs;
    const address = `10.0.0.${host}`;
    fetches.push({ startMs, durationMs: tokenMs, method: 'POST', path: '/oauth2/token', address, user, ...(ids ? { id } : {}) });
    routes.push(route);
  }
  return { requests, fetches, routes };
}

const moved = (rows: readonly Row[], ms: number): Row[] => rows.map((row) => ({ ...row, startMs: row.startMs + ms }));
const count = (names: readonly string[], name: string): number => names.filter((one) => one === name).length;

describe('by id', () => {
  test.each([0, 90_000, -90_000])('each fetch finds its request, its route and the skew (%i ms)', async (skewMs) => {
    const { requests, fetches, routes } = traffic(1, 600, 3, { ids: true });
    const result = await run({ 'gateway.log': requests, 'issuer.log': moved(fetches, skewMs) });
    expect(result.join).toMatchObject({ by: 'id', matched: 200, ambiguous: 0, unmatchedGateway: 400, unmatchedIssuer: 0 });
    expect(Math.abs(result.join!.skewMs! - skewMs)).toBeLessThanOrEqual(3);
    for (const { route, fetches: found, taxMs } of result.routes) {
      expect(found).toBe(count(routes, route));
      expect(taxMs!.p50).toBeGreaterThanOrEqual(20);
      expect(taxMs!.p99).toBeLessThan(40);
    }
  });

  test('a fetch with an id that no request has is nobody’s', async () => {
    const { requests, fetches } = traffic(2, 300, 3, { ids: true });
    const changed = fetches.map((row, index) => (index < 10 ? { ...row, id: `${index}`.padStart(32, 'f') } : row));
    const result = await run({ 'gateway.log': requests, 'issuer.log': changed });
    expect(result.join).toMatchObject({ by: 'id', matched: 90, unmatchedIssuer: 10 });
  });

  test('one request in the log of two hops is one request', async () => {
    const { requests, fetches } = traffic(3, 300, 3, { ids: true });
    const edge = requests.map((row) => ({ ...row, startMs: row.startMs - 1, durationMs: row.durationMs + 3 }));
    const result = await run({ 'edge.log': edge, 'gateway.log': requests, 'issuer.log': fetches });
    expect(result.totals.demand).toBe(300);
    expect(result.totals.requests).toBe(400);
    expect(result.input.lines.deduplicated).toBe(300);
    expect(result.join).toMatchObject({ by: 'id', matched: 100 });
  });
});

describe('by time', () => {
  test.each([
    [0, 3],
    [90_000, 3],
    [-90_000, 3],
    [-90_000, 40],
  ])('clocks %i ms apart, one fetch in %i requests', async (skewMs, every) => {
    const { requests, fetches, routes } = traffic(4, 1200, every);
    const result = await run({ 'gateway.log': requests, 'issuer.log': moved(fetches, skewMs) });
    const { join: found } = result;
    expect(found!.by).toBe('time');
    expect(Math.abs(found!.skewMs! - skewMs)).toBeLessThanOrEqual(5);
    expect(found!.matched + found!.ambiguous).toBe(fetches.length);
    expect(found!.matched).toBeGreaterThan(fetches.length * 0.95);
    const right = result.routes.reduce((sum, row) => sum + Math.min(row.fetches, count(routes, row.route)), 0);
    expect(right).toBeGreaterThan(found!.matched * 0.97);
  });

  test('the order of the files and lost lines do not matter much', async () => {
    const { requests, fetches } = traffic(5, 1200, 4);
    const kept = fetches.filter((_, index) => index % 10 !== 3);
    const half = requests.slice(0, 600);
    const a = await run({ 'a-issuer.log': moved(kept, 40_000), 'b.log': requests });
    const b = await run({ 'b.log': moved(kept, 40_000), 'a-gateway.log': requests });
    const c = await run({ 'g.log.1': half, 'g.log': requests.slice(600), 'issuer.log': moved(kept, 40_000) });
    expect(b.join).toEqual(a.join);
    expect(c.join).toEqual(a.join);
    expect(a.join!.matched).toBeGreaterThan(kept.length * 0.95);
  });

  test('at stamps of whole seconds the order is not decided', async () => {
    const { requests, fetches } = traffic(6, 1200, 2, { meanMs: 80 });
    const result = await run({ 'gateway.log': requests, 'issuer.log': fetches }, {}, true);
    expect(result.join!.matched).toBeLessThan(fetches.length * 0.05);
    expect(result.join!.ambiguous).toBeGreaterThan(fetches.length * 0.9);
  });

  test('fetches that have nothing to do with the requests are not matched', async () => {
    const { requests } = traffic(7, 1200, 4, { meanMs: 60 });
    const next = random(70);
    const fetches = Array.from(
      { length: 60 },
      (): Row => ({
        startMs: T0 + Math.floor(next() * 70_000),
        durationMs: 20,
        method: 'POST',
        path: '/oauth2/token',
        address: '10.0.0.1',
        user: 'orders',
      }),
    );
    const result = await run({ 'gateway.log': requests, 'issuer.log': fetches });
    expect(result.join!.matched).toBe(0);
    expect(result.routes.every((route) => route.fetches === 0)).toBe(true);
  });

  test('a route without any fetch is no demand where that cannot be chance', async () => {
    const { requests, fetches } = traffic(8, 600, 2);
    const open = requests.map(
      (row, index): Row => ({ ...row, startMs: row.startMs + 200 + (index % 7), path: '/public/prices' }),
    );
    const result = await run({ 'gateway.log': [...requests, ...open], 'issuer.log': fetches });
    expect(result.totals.demand).toBe(600);
    expect(result.assumptions.map(({ id }) => id)).toContain('join.routes-without-token');
  });
});

describe('by span', () => {
  const attribute = (key: string, value: string | number) => ({
    key,
    value: typeof value === 'number' ? { intValue: String(value) } : { stringValue: value },
  });
  const span = (
    traceId: string,
    spanId: string,
    parentSpanId: string,
    kind: number,
    startMs: number,
    ms: number,
    path: string,
  ) => ({
    traceId,
    spanId,
    parentSpanId,
    kind,
    startTimeUnixNano: `${startMs}000000`,
    endTimeUnixNano: `${startMs + ms}000000`,
    attributes: [
      attribute('http.request.method', path === '/oauth2/token' ? 'POST' : 'GET'),
      attribute('url.path', path),
      attribute('http.response.status_code', 200),
      ...(path === '/oauth2/token' ? [attribute('server.address', 'auth.example.com')] : []),
    ],
  });
  const resource = (service: string, spans: readonly unknown[]) => ({
    resource: { attributes: [attribute('service.name', service), attribute('host.name', `${service}-1`)] },
    scopeSpans: [{ spans }],
  });

  /** Two requests at once in each step, so that time alone would not tell which one has fetched. */
  function spans(steps: number): { gateway: unknown[]; issuer: unknown[] } {
    const gateway: unknown[] = [];
    const issuer: unknown[] = [];
    for (let step = 0; step < steps; step += 1) {
      const at = T0 + step * 1000;
      const [a, b] = [step * 2, step * 2 + 1].map((number) => (number + 1).toString(16).padStart(32, '1'));
      const id = (part: string): string => `${part}${step.toString(16).padStart(15, '0')}`;
      gateway.push(span(a!, id('a'), '', 2, at, 90, '/api/orders'), span(b!, id('b'), '', 2, at, 90, '/api/stock'));
      // The call stands below a span of the library that makes it.
      gateway.push({ ...span(b!, id('c'), id('b'), 1, at + 1, 40, ''), attributes: [] });
      gateway.push(span(b!, id('d'), id('c'), 3, at + 2, 30, '/oauth2/token'));
      issuer.push(span(b!, id('e'), id('d'), 2, at + 4, 26, '/oauth2/token'));
    }
    return { gateway, issuer };
  }

  test.each(['one file', 'two files'])(
    'spans of one trace are exact, and both ends of a call are one fetch (%s)',
    async (how) => {
      const { gateway, issuer } = spans(60);
      const folder = mkdtempSync(join(work, 'spans-'));
      const save = (name: string, ...resourceSpans: readonly unknown[]): void =>
        writeFileSync(join(folder, name), JSON.stringify({ resourceSpans }));
      if (how === 'one file') save('traces.json', resource('orders-gw', gateway), resource('auth', issuer));
      else {
        save('gateway.json', resource('orders-gw', gateway));
        save('auth.json', resource('auth', issuer));
      }
      const result = await analyze({ inputs: [folder], lifetime: ['1h'] });
      expect(result.totals.fetches.ok).toBe(60);
      expect(result.input.lines.deduplicated).toBe(60);
      expect(result.join).toMatchObject({ by: 'trace', matched: 60, ambiguous: 0, unmatchedGateway: 60, unmatchedIssuer: 0 });
      const fetchesOf = Object.fromEntries(result.routes.map(({ route, fetches }) => [route, fetches]));
      expect(fetchesOf).toMatchObject({ '/api/stock': 60, '/api/orders': 0 });
      // No fetch was ever made for the orders: they need no token.
      expect(result.totals.demand).toBe(60);
    },
  );
});

describe('several keys', () => {
  test('each route has its key: demand of each is known', async () => {
    const orders = traffic(9, 400, 2, { ids: true, user: 'orders' });
    const stock = traffic(10, 400, 2, { ids: true, user: 'stock' });
    const at = (rows: readonly Row[], path: string): Row[] => rows.map((row) => ({ ...row, path }));
    const result = await run({
      'gateway.log': [...at(orders.requests, '/a/orders'), ...at(stock.requests, '/b/stock')],
      'issuer.log': [...orders.fetches, ...stock.fetches],
    });
    expect(result.keys.map(({ client, demand }) => [client, demand]).sort()).toEqual([
      ['orders', 400],
      ['stock', 400],
    ]);
    expect(result.keys.every(({ bounds }) => bounds.byDemand?.low === 1 && bounds.byDemand.high === 1)).toBe(true);
    expect(result.totals.demand).toBe(800);
    expect(result.totals.hitRatio).toMatchObject({ observed: 0.5 });
    expect(result.assumptions.map(({ id }) => id)).toContain('join.route-keys');
  });

  test('routes that need both are not told apart: demand stays unknown', async () => {
    const one = traffic(11, 400, 2, { ids: true, user: 'orders' });
    const other = traffic(12, 400, 2, { ids: true, user: 'stock' });
    const result = await run({
      'gateway.log': [...one.requests, ...other.requests],
      'issuer.log': [...one.fetches, ...other.fetches],
    });
    expect(result.join!.matched).toBe(400);
    expect(result.keys.map(({ demand }) => demand)).toEqual([null, null]);
    expect(result.warnings.map(({ id }) => id)).toContain('demand-not-linked');
  });

  test('gateways whose names nobody links are linked by their fetches', async () => {
    const a = traffic(13, 500, 10, { host: 1 });
    const b = traffic(14, 500, 10, { host: 2 });
    const result = await run({ 'gw-a.log': a.requests, 'gw-b.log': b.requests, 'issuer.log': [...a.fetches, ...b.fetches] });
    expect(result.join).toMatchObject({ by: 'time' });
    expect(result.keys).toHaveLength(1);
    expect(result.keys[0]).toMatchObject({ holders: 2, demand: 1000, bounds: { byDemand: { low: 2, high: 2 } } });
  });
});

test('two issuers and two gateways, each with a clock of its own', async () => {
  const a = traffic(21, 600, 4, { host: 1 });
  const b = traffic(22, 600, 4, { host: 2 });
  const fetches = [...a.fetches, ...b.fetches];
  const result = await run({
    'gw-a.log': a.requests,
    'gw-b.log': moved(b.requests, 700),
    'issuer-1.log': moved(
      fetches.filter((_, index) => index % 2 === 0),
      3_000,
    ),
    'issuer-2.log': moved(
      fetches.filter((_, index) => index % 2 === 1),
      -40_000,
    ),
  });
  expect(result.join!.matched).toBeGreaterThan(fetches.length * 0.9);
  expect(result.keys[0]).toMatchObject({ holders: 2, demand: 1200, bounds: { byDemand: { low: 2, high: 2 } } });
  expect(result.totals.fetches).toMatchObject({ ok: 300, necessary: 2, redundant: 298 });
});

describe('logs that speak against each other', () => {
  const ids = ({ warnings }: Analysis): string[] => warnings.map(({ id }) => id);

  test('clocks hours apart are named, and demand is unknown', async () => {
    const { requests, fetches } = traffic(15, 1200, 3);
    const result = await run({ 'gateway.log': requests, 'issuer.log': moved(fetches, 2 * 3_600_000) });
    expect(ids(result)).toContain('clock-skew');
    expect(Math.abs(result.join!.skewMs! - 7_200_000)).toBeLessThan(10);
    expect(result.keys[0]!.demand).toBeNull();
    expect(result.totals.fetches).toMatchObject({ ok: 400, redundant: 399 });
  });

  test('the issuer saw fewer than the gateway made', async () => {
    const { requests, fetches } = traffic(16, 600, 3);
    const passed = fetches.map((row) => ({ ...row, startMs: row.startMs - 1, durationMs: row.durationMs + 2 }));
    const kept = fetches.filter((_, index) => index % 4 !== 1);
    const result = await run({ 'gateway.log': [...requests, ...passed], 'issuer.log': kept });
    expect(ids(result)).toContain('issuer-saw-fewer');
    expect(result.totals.fetches.ok).toBe(fetches.length);
    expect(result.keys.every(({ demand }) => demand === null)).toBe(true);
  });

  test('what two rotations both hold is counted once', async () => {
    const { requests, fetches } = traffic(17, 900, 3);
    const result = await run({
      'gateway.log.1': requests.slice(0, 600),
      'gateway.log': requests.slice(300),
      'issuer.log': fetches,
    });
    const whole = await run({ 'gateway.log': requests, 'issuer.log': fetches });
    expect(ids(result)).toContain('overlapping-files');
    expect(result.input.lines.deduplicated).toBeGreaterThanOrEqual(295);
    expect(Math.abs(result.totals.demand! - 900)).toBeLessThanOrEqual(5);
    expect(result.totals.fetches).toEqual(whole.totals.fetches);
  });

  test('an issuer log that was rotated twice', async () => {
    const { fetches } = traffic(18, 900, 1);
    const result = await run({ 'issuer.log.1': fetches.slice(0, 600), 'issuer.log': fetches.slice(300) });
    expect(ids(result)).toContain('overlapping-files');
    expect(result.totals.fetches.ok).toBe(900);
    expect(result.input.lines.deduplicated).toBe(300);
  });

  test('two replicas with like traffic are not taken for one', async () => {
    const { fetches } = traffic(19, 1200, 1);
    const result = await run({
      'replica-a.log': fetches.filter((_, index) => index % 2 === 0),
      'replica-b.log': fetches.filter((_, index) => index % 2 === 1),
    });
    expect(result.totals.fetches.ok).toBe(1200);
    expect(result.input.lines.deduplicated).toBe(0);
  });

  test('a side that was named and is empty', async () => {
    const { requests, fetches } = traffic(20, 300, 3);
    const folder = mkdtempSync(join(work, 'empty-'));
    const write = (name: string, rows: readonly Row[]): string => {
      const path = join(folder, name);
      writeFileSync(path, rows.map((row) => `${line(row, false)}\n`).join(''));
      return path;
    };
    const noGateway = await analyze({
      inputs: [],
      gateway: [write('g.log', [])],
      idp: [write('i.log', fetches)],
      lifetime: ['1h'],
    });
    expect(ids(noGateway)).toContain('empty-side');
    expect(noGateway.totals.demand).toBeNull();
    const noIssuer = await analyze({ inputs: [], gateway: [write('g2.log', requests)], idp: [write('i2.log', [])] });
    expect(ids(noIssuer)).toContain('empty-side');
    expect(noIssuer.inconclusive).not.toBeNull();
  });
});
