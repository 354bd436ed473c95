/** Timelines made by hand, through the whole program: each cause gets its code, and healthy patterns get none. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { Analysis } from '../src/analysis/result.js';
import { type AnalyzeOptions, analyze } from '../src/pipeline.js';

const work = mkdtempSync(join(tmpdir(), 'token-tax-diagnosis-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));

const BEGIN_MS = Date.UTC(2026, 2, 2, 9, 0, 11, 417);

interface Fetch {
  /** s since the begin of the log. */
  readonly at: number;
  readonly took?: number;
  readonly status?: number;
  readonly from?: string;
  readonly query?: string;
  readonly client?: string;
}

const line = ({ at, took = 0.02, status = 200, from = '10.0.0.1', query = '', client = 'orders' }: Fetch): string =>
  JSON.stringify({
    msec: ((BEGIN_MS + (at + took) * 1000) / 1000).toFixed(3),
    remote_addr: from,
    remote_user: client,
    host: 'auth.example.com',
    request_method: 'POST',
    request_uri: `/oauth2/token${query}`,
    status,
    body_bytes_sent: 900,
    request_time: took,
  });

let logs = 0;
async function diagnose(fetches: readonly Fetch[], more: Partial<AnalyzeOptions> = {}): Promise<Analysis> {
  logs += 1;
  const file = `${logs}.log`;
  const sorted = [...fetches].sort((a, b) => a.at + (a.took ?? 0.02) - b.at - (b.took ?? 0.02));
  writeFileSync(join(work, file), `${sorted.map(line).join('\n')}\n`);
  return analyze({ inputs: [file], cwd: work, lifetime: ['3600s'], ...more });
}

/** Numbers from 0 to 1 that are the same in each run. */
function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Requests at random, `rate` a second. */
function traffic(rate: number, seconds: number, seed: number): number[] {
  const roll = dice(seed);
  const times: number[] = [];
  for (let at = 0; at < seconds; at += -Math.log(1 - roll()) / rate) times.push(at);
  return times;
}

/** A cache that keeps a token for `ttl` from each start of a fetch. */
function cached(requests: readonly number[], ttl: number, from = '10.0.0.1'): Fetch[] {
  let until = -1;
  const fetches: Fetch[] = [];
  for (const at of requests) {
    if (at < until) continue;
    fetches.push({ at, from });
    until = at + ttl;
  }
  return fetches;
}

const range = (count: number): number[] => Array.from({ length: count }, (_, at) => at);

const sick: readonly [name: string, code: string, fetches: Fetch[], options?: Partial<AnalyzeOptions>][] = [
  ['a fetch for each request', 'TT101', traffic(0.3, 3000, 1).map((at) => ({ at }))],
  ['busy, no cache, many in flight at any time', 'TT101', traffic(20, 60, 2).map((at) => ({ at, took: 0.3 }))],
  ['two fetches for each request', 'TT102', traffic(0.2, 3000, 3).flatMap((at) => [{ at }, { at: at + 0.025 }])],
  [
    'at each expiry all who are in flight',
    'TT103',
    range(12).flatMap((life) => range(2 + ((life * 7) % 5)).map((one) => ({ at: life * 54.3 + one * 0.03, took: 0.3 }))),
    { lifetime: ['60s'] },
  ],
  [
    'each used once by all who waited for it, and they live 30 s',
    'TT104',
    traffic(2, 900, 4)
      .filter((at, index, all) => index === 0 || at - all[index - 1]! >= 0.3)
      .map((at) => ({ at, took: 0.3 })),
    { lifetime: ['30s'] },
  ],
  [
    'each used once, and they live 30 s, but nobody waits',
    'TT101',
    traffic(2, 900, 4).map((at) => ({ at, took: 0.3 })),
    { lifetime: ['30s'] },
  ],
  [
    'four workers behind one address',
    'TT106',
    range(4).flatMap((worker) =>
      cached(
        traffic(1, 4000, 10 + worker).map((at) => at + worker * 37),
        270,
      ),
    ),
    { lifetime: ['300s'] },
  ],
  ['a fetch every second, and nobody says how long tokens live', 'TT108', cached(traffic(3, 900, 5), 1), { lifetime: [] }],
  ['a fetch every 300 s, which is what clients take for a lifetime', 'TT108', cached(traffic(3, 12_000, 6), 300)],
  [
    'runs of failures',
    'TT110',
    [...cached(traffic(3, 8000, 7), 3540), ...range(60).map((at) => ({ at: 2000 + at * 0.4, status: 503 }))],
  ],
  ['a fixed time of 120 s', 'TT111', cached(traffic(2, 6000, 8), 120)],
  ['a job each five minutes', 'TT112', range(24).map((at) => ({ at: at * 300 + 49.583 + ((at * 13) % 10) / 10 }))],
  ['a new caller every few minutes', 'TT112', traffic(0.01, 7000, 9).map((at, index) => ({ at, from: `10.1.0.${index}` }))],
  [
    'six holders start again at once',
    'TT113',
    range(6).flatMap((holder) =>
      [0, 3540, 5000, 8540, 12_080].map((at) => ({ at: at + holder * 9.7, from: `10.2.0.${holder}` })),
    ),
  ],
  [
    'eight holders with one clock',
    'TT107',
    range(8).flatMap((holder) => range(9).map((life) => ({ at: life * 540.2 + holder * 0.04, from: `10.3.0.${holder}` }))),
    { lifetime: ['600s'] },
  ],
  [
    'a secret in the query',
    'TT118',
    range(3).map((life) => ({ at: life * 3550, query: '?grant_type=client_credentials&client_secret=hunter2hunter2' })),
  ],
];

for (const [name, code, fetches, options] of sick) {
  test(`${code}: ${name}`, async () => {
    const { findings, totals } = await diagnose(fetches, options);
    expect(findings.map((one) => one.code)).toContain(code);
    expect(findings[0]!.code).toBe(code);
    const [first] = findings;
    expect(first!.confidence).toBeGreaterThanOrEqual(0.5);
    expect(first!.confidence).toBeLessThan(1);
    expect(first!.evidence.length).toBeGreaterThan(0);
    expect(findings.reduce((sum, { redundant }) => sum + redundant, 0)).toBeLessThanOrEqual(totals.fetches.redundant);
    expect(JSON.stringify(findings)).not.toContain('hunter2');
  });
}

const healthy: readonly [name: string, fetches: Fetch[], options?: Partial<AnalyzeOptions>][] = [
  ['one holder, fetched again at the end', cached(traffic(1, 20_000, 20), 3540)],
  ['refresh at half of the life', range(30).map((at) => ({ at: at * 1800 }))],
  ['refresh at 90 % of the life', range(30).map((at) => ({ at: at * 3240 }))],
  ['ten nodes that start together and stay for one life', range(10).map((node) => ({ at: node * 0.3, from: `10.4.0.${node}` }))],
  [
    'ten nodes, each with its own clock',
    range(10).flatMap((node) =>
      cached(
        traffic(1, 20_000, 30 + node).map((at) => at + node * 333),
        3540,
        `10.4.0.${node}`,
      ),
    ),
  ],
  ['a nonce is asked for first', range(8).flatMap((at) => [{ at: at * 3550, status: 400 }, { at: at * 3550 + 0.1 }])],
  ['polling for a device', range(30).map((at) => ({ at: at * 5, status: 400 }))],
  [
    'different clients',
    range(5).flatMap((who) => cached(traffic(1, 9000, 50 + who), 3540).map((one) => ({ ...one, client: `c${who}` }))),
  ],
];

for (const [name, fetches, options] of healthy) {
  test(`healthy: ${name}`, async () => {
    const { findings } = await diagnose(fetches, options);
    expect(findings.map(({ code, why }) => `${code} ${why}`)).toEqual([]);
  });
}

test('an onset inside the window is found, and one at its begin is not', async () => {
  const before = cached(traffic(2, 10_000, 60), 3540);
  const after = traffic(0.3, 4000, 61).map((at) => ({ at: at + 10_000 }));
  const { findings } = await diagnose([...before, ...after]);
  expect(findings[0]!.code).toBe('TT101');
  const onset = Date.parse(findings[0]!.onset!);
  expect(Math.abs(onset - BEGIN_MS - 10_000_000)).toBeLessThan(60_000);
  expect((await diagnose(traffic(0.3, 4000, 62).map((at) => ({ at })))).findings[0]!.onset).toBeNull();
});

test('an owner is found by a pattern', async () => {
  const { findings } = await diagnose(
    traffic(0.3, 2000, 63).map((at) => ({ at })),
    { owner: ['ord*=team-orders'] },
  );
  expect(findings.map(({ owner }) => owner)).toEqual(['team-orders']);
  await expect(diagnose([{ at: 0 }], { owner: ['nothing'] })).rejects.toThrow('--owner');
});

/** Requests of one gateway instance, and the fetches that caches of them make: kept apart by what `partOf` says of a request. */
function twoSides(partOf: (request: { at: number; route: number; user: number }) => number, seed: number, stamp: 'ms' | 's') {
  const roll = dice(seed);
  const requests = traffic(1.5, 2400, seed).map((at) => ({ at, route: Math.floor(roll() * 5), user: Math.floor(roll() * 25) }));
  const until = new Map<number, number>();
  const fetches = requests.filter((one) => {
    const part = partOf(one);
    if (one.at < (until.get(part) ?? -1)) return false;
    until.set(part, one.at + 0.02 + 540);
    return true;
  });
  const took = new Set(fetches.map(({ at }) => at));
  const time = (at: number): string => {
    const ms = BEGIN_MS + at * 1000;
    return stamp === 'ms' ? (ms / 1000).toFixed(3) : String(Math.floor(ms / 1000));
  };
  const gateway = requests.map(({ at, route, user }) => {
    const seconds = took.has(at) ? 0.07 : 0.05;
    return JSON.stringify({
      msec: time(at + seconds),
      remote_addr: '198.51.100.1',
      remote_user: `user-${user}`,
      host: 'api.example.com',
      request_method: 'GET',
      request_uri: `/api/${['orders', 'stock', 'prices', 'mail', 'tax'][route]}`,
      status: 200,
      body_bytes_sent: 100,
      request_time: seconds,
    });
  });
  const issuer = fetches.map(({ at }) => line({ at, took: 0.02 }));
  logs += 1;
  writeFileSync(join(work, `gateway-${logs}.log`), `${gateway.join('\n')}\n`);
  const coarse = issuer.map((text) => (stamp === 'ms' ? text : text.replace(/("msec":"\d+)\.\d+/, '$1')));
  writeFileSync(join(work, `issuer-${logs}.log`), `${coarse.join('\n')}\n`);
  return { inputs: [`gateway-${logs}.log`, `issuer-${logs}.log`], cwd: work, lifetime: ['600s'] };
}

for (const stamp of ['ms', 's'] as const) {
  test(`what is cached by route is told from what is cached by user, stamps in ${stamp}`, async () => {
    const byRoute = await analyze(twoSides(({ route }) => route, 70, stamp));
    expect(byRoute.findings.map(({ code }) => code)).toEqual(['TT105']);
    expect(byRoute.findings[0]!.why).toContain('route');
    const byUser = await analyze(twoSides(({ user }) => user, 71, stamp));
    expect(byUser.findings.map(({ code }) => code)).toEqual(['TT114']);
    expect(byUser.findings[0]!.why).toContain('user');
    expect(JSON.stringify(byUser)).not.toContain('user-7');
    const plain = await analyze(twoSides(() => 0, 72, stamp));
    expect(plain.findings).toEqual([]);
  });
}

test('four workers with five routes and many users are workers', async () => {
  const worker = dice(5);
  const { findings } = await analyze(twoSides(() => Math.floor(worker() * 4), 73, 'ms'));
  expect(findings.map(({ code }) => code)).toEqual(['TT106']);
  expect(findings[0]!.whyNot.map(({ code }) => code)).toContain('TT105');
});
