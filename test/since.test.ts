/** A window that begins in the middle of a log: what was fetched before it is what holders start with, and is counted nowhere. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type AssessOptions,
  assess,
  assessUnknownLifetime,
  type DemandTimeline,
  type FetchSeries,
} from '../src/analysis/perfect-cache.js';
import type { Analysis } from '../src/analysis/result.js';
import { type AnalyzeOptions, analyze } from '../src/pipeline.js';

const seriesOf = (startMs: readonly number[], lifetimeMs: number | readonly number[]): FetchSeries => ({
  count: startMs.length,
  startMs: Float64Array.from(startMs),
  durationMs: new Int32Array(startMs.length),
  lifetimeMs: typeof lifetimeMs === 'number' ? lifetimeMs : Float64Array.from(lifetimeMs),
});
const demandOf = (startMs: readonly number[]): DemandTimeline => ({
  kind: 'exact',
  count: startMs.length,
  startMs: Float64Array.from(startMs),
});
const seconds = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, at) => (from + at) * 1000);

const options = (windowEndMs: number, more: Partial<AssessOptions> = {}): AssessOptions => ({
  margin: { kind: 'ms', ms: 0 },
  windowEndMs,
  startsWithToken: true,
  ...more,
});

describe('the verdict on fetches behind one that was made before', () => {
  test.each<[string, number[], number[] | undefined, number, [necessary: number, ahead: number, redundant: number]]>([
    // Gaps 2, 10, 10, 10: 1 + floor(3.2) = 4, one of them before. 6 comes after 2 s: untimely.
    ['too soon after the one before', [4, 6, 16, 26, 36], undefined, 36, [3, 0, 1]],
    // 1 + floor(2) = 3, one before.
    ['just when it ends', [-4, 6, 16], undefined, 16, [2, 0, 0]],
    // Age 6 is timely: (6 + 10)/10, 1 before, so N = 1, A = 2.
    ['ahead of its end', [0, 6, 16], undefined, 16, [1, 1, 0]],
    // It is long dead: 1 + floor(1 + 0.1) = 2, one before; 101 is untimely.
    ['long after it', [0, 100, 101], undefined, 101, [1, 0, 1]],
    // Until 18 nothing is needed, then 18 to 28.
    ['with demand: its token serves until it ends', [8, 10, 20], seconds(9, 27), 27, [1, 0, 1]],
    // The token lives until 18, the demand ends at 15: none is needed, 10 is untimely.
    ['with demand that ends before it does', [8, 10], seconds(9, 15), 15, [0, 0, 1]],
    // Nothing at all in the window.
    ['without a fetch in the window', [8], seconds(9, 15), 15, [0, 0, 0]],
    // Timely, and still more than a perfect cache makes: ahead.
    ['with demand, ahead of its end', [8, 14], seconds(9, 15), 15, [0, 1, 0]],
  ])('%s', (_, fetches, demand, end, [necessary, ahead, redundant]) => {
    const found = assess(
      seriesOf(
        fetches.map((s) => s * 1000),
        10_000,
      ),
      demand && demandOf(demand),
      options(end * 1000),
    );
    expect(found).toMatchObject({ ok: fetches.length - 1, necessary, ahead, redundant, unknown: 0 });
    expect(found.redundantFlags).toHaveLength(fetches.length - 1);
    expect(found.redundantFlags.reduce((sum, flag) => sum + flag, 0)).toBe(redundant);
  });

  test('the life of the token before counts, not that of those after', () => {
    // 20 s from 0 on: at 10 s it has lived half, so 10 is timely; with 60 s it is not.
    expect(assess(seriesOf([0, 10_000], [20_000, 10_000]), undefined, options(10_000))).toMatchObject({ ahead: 1, redundant: 0 });
    expect(assess(seriesOf([0, 10_000], [60_000, 10_000]), undefined, options(10_000))).toMatchObject({ ahead: 0, redundant: 1 });
  });

  test('without a lifetime, for each that is tried', () => {
    const { lifetimeMs: _, ...times } = seriesOf([0, 200_000, 400_000, 600_000], 1);
    const { byLifetime, redundant, unknown } = assessUnknownLifetime(times, undefined, options(600_000));
    // 300 s: gaps of 200 s are timely. 3,600 s and a day: none is, and none is needed.
    expect(byLifetime.map((row) => row.redundant)).toEqual([0, 3, 3]);
    expect([redundant, unknown]).toEqual([0, 3]);
  });

  const cases = fc.record({
    before: fc.integer({ min: -40_000, max: -1 }),
    fetches: fc.array(fc.integer({ min: 0, max: 100_000 }), { maxLength: 12 }).map((all) => [...all].sort((a, b) => a - b)),
    demand: fc
      .array(fc.integer({ min: 0, max: 100_000 }), { minLength: 1, maxLength: 30 })
      .map((all) => [...all].sort((a, b) => a - b)),
    lifetimeMs: fc.integer({ min: 1, max: 60_000 }),
    resolutionMs: fc.constantFrom(0, 1000),
  });

  test('the demand is walked from the end of its token on, as slowly as can be', () => {
    fc.assert(
      fc.property(cases, ({ before, fetches, demand, lifetimeMs }) => {
        const found = assess(seriesOf([before, ...fetches], lifetimeMs), demandOf(demand), options(100_000));
        let needed = 0;
        let until = before + lifetimeMs;
        for (const start of demand) {
          if (start < until) continue;
          needed += 1;
          until = start + lifetimeMs;
        }
        expect(found.byDemand).toEqual({ low: needed, high: needed });
      }),
    );
  });

  test('counts add up, bounds hold the number, and a token that is dead changes nothing', () => {
    fc.assert(
      fc.property(cases, ({ before, fetches, demand, lifetimeMs, resolutionMs }) => {
        for (const timeline of [undefined, demandOf(demand)]) {
          const series = seriesOf([before, ...fetches], lifetimeMs);
          const found = assess(series, timeline, options(100_000, { resolutionMs }));
          const { necessary, ahead, redundant, unknown, ok } = found;
          expect(necessary + ahead + redundant + unknown).toBe(ok);
          expect(Math.min(necessary, ahead, redundant, unknown, found.byFetches.low)).toBeGreaterThanOrEqual(0);
          expect(ok).toBe(fetches.length);
          if (timeline === undefined || fetches.length === 0 || resolutionMs > 0 || before + lifetimeMs > demand[0]!) continue;
          if (20 * (fetches[0]! - before) < 10 * lifetimeMs) continue;
          const cold = assess(seriesOf(fetches, lifetimeMs), timeline, options(100_000, { startsWithToken: false }));
          // Which one of several is shown as redundant may hang on where a lifetime begins; how many are does not.
          const counts = ({ redundantFlags, ...rest }: typeof found) => ({
            ...rest,
            // Both are walks over the fetches, whose first may have met a living token.
            byFetches: 0,
            atLeast: 0,
            redundantFlags: redundantFlags.reduce((sum, flag) => sum + flag, 0),
          });
          expect(counts(found)).toEqual(counts(cold));
        }
      }),
    );
  });
});

describe('whole runs', () => {
  let cwd: string;
  beforeAll(() => {
    cwd = mkdtempSync(join(tmpdir(), 'token-tax-since-'));
  });
  afterAll(() => rmSync(cwd, { recursive: true, force: true }));

  const stamp = (second: number): string => new Date(Date.UTC(2026, 2, 2, 10) + second * 1000).toISOString();
  const fetch = (second: number, more: Record<string, unknown> = {}): Record<string, unknown> => ({
    ts: stamp(second),
    client_ip: '10.0.0.1',
    node: 'gw-1',
    client_id: 'orders',
    method: 'POST',
    path: '/oauth2/token',
    status: 200,
    duration_ms: 0,
    ...more,
  });
  const write = (name: string, records: readonly Record<string, unknown>[]): void =>
    writeFileSync(join(cwd, name), records.map((record) => `${JSON.stringify(record)}\n`).join(''));
  const run = (inputs: readonly string[], more: Omit<AnalyzeOptions, 'inputs'>): Promise<Analysis> =>
    analyze({ inputs, cwd, lifetime: ['10s'], margin: '0s', ...more });
  const verdict = ({ totals: { fetches } }: Analysis): number[] => [
    fetches.ok,
    fetches.necessary,
    fetches.ahead,
    fetches.redundant,
  ];

  test('each holder starts with its own token, the fleet with the last of all', async () => {
    // gw-1 at 4, 6, 16, 26; gw-2 at 1, 11, 21, 31. From 5 on, gw-1: gaps 2, 10, 10 give 1 + 2 - 1 = 2, and 6 is untimely;
    // gw-2: gaps of 10 give 1 + 3 - 1 = 3, all needed.
    const of = (node: string) => (second: number) => fetch(second, { node });
    write('two.log', [...[4, 6, 16, 26].map(of('gw-1')), ...[1, 11, 21, 31].map(of('gw-2'))]);
    const since = stamp(5);
    expect(verdict(await run(['two.log'], { since }))).toEqual([6, 5, 0, 1]);
    // Together 4 | 6, 11, 16, 21, 26, 31: 27 s give 1 + 2 - 1 = 2. Timely after gaps of 5 are all but 6: 5.
    expect(verdict(await run(['two.log'], { since, holder: 'shared' }))).toEqual([6, 2, 3, 1]);
  });

  test('a holder that fetches no more is still one that the fleet starts with', async () => {
    // gw-2 fetched at 4 and never again; gw-1 at 6, 16, 26, 36: alone all needed. As a fleet 6 came after 2 s.
    write('gone.log', [
      fetch(4, { node: 'gw-2' }),
      ...[6, 16, 26, 36].map((second) => fetch(second, { node: 'gw-1' })),
      fetch(6, { node: 'gw-3' }),
    ]);
    const found = await run(['gone.log'], { since: stamp(5), holder: 'shared' });
    // 4 | 6, 6, 16, 26, 36: gaps 2, 0, 10, 10, 10: 1 + 3 - 1 = 3; timely 16, 26, 36.
    expect(verdict(found)).toEqual([5, 3, 0, 2]);
  });

  test('of what was before only ok fetches of the same key count', async () => {
    const later = [6, 16, 26, 36].map((second) => fetch(second));
    for (const before of [
      fetch(4, { status: 500 }),
      fetch(4, { client_id: 'billing' }),
      fetch(4, { path: '/oauth2/introspect' }),
      fetch(4, { cache: 'HIT' }),
      fetch(4, { method: 'GET', path: '/api/orders' }),
    ]) {
      write('before.log', [before, ...later]);
      expect(verdict(await run(['before.log'], { since: stamp(5) }))).toEqual([4, 4, 0, 0]);
    }
    write('before.log', [fetch(4), ...later]);
    expect(verdict(await run(['before.log'], { since: stamp(5) }))).toEqual([4, 3, 0, 1]);
    // What --where leaves out was not there.
    write('before.log', [fetch(4, { agent: 'cron' }), ...later]);
    expect(verdict(await run(['before.log'], { since: stamp(5), where: 'agent != cron' }))).toEqual([4, 4, 0, 0]);
  });

  test('the order of lines and files does not matter, nor how the window is said', async () => {
    const all = [0, 3, 4, 6, 16, 26, 36].map((second) => fetch(second));
    write('a.log', all);
    write('b-1.log', [all[4]!, all[1]!, all[6]!]);
    write('b-2.log', [all[5]!, all[2]!, all[3]!, all[0]!]);
    const wanted = [4, 3, 0, 1];
    for (const inputs of [['a.log'], ['b-1.log', 'b-2.log'], ['b-2.log', 'b-1.log']])
      for (const since of [stamp(5), '-31s', '2026-03-02T12:00:05+02:00'])
        expect(verdict(await run(inputs, { since }))).toEqual(wanted);
    expect(verdict(await run(['a.log'], { since: '2026-03-02 12:00:05', tz: 'Africa/Cairo' }))).toEqual(wanted);
  });

  test('every line is accounted for', async () => {
    write(
      'lines.log',
      [0, 4, 6, 16, 26, 36, 40, 41, 42, 43].map((second) => fetch(second)),
    );
    writeFileSync(join(cwd, 'lines.log'), 'nonsense\n\n{"ts":"2026-03-02T10:00:00Z","msg":"started"}\n', { flag: 'a' });
    const { input } = await run(['lines.log'], { since: stamp(5), until: stamp(40) });
    expect(input.lines).toMatchObject({ read: 13, parsed: 5, rejected: 1, filtered: 6, blank: 1, notRequests: 1 });
    // Half of the lines are out of the window, and none of them is unreadable.
    expect(input.files[0]).toMatchObject({ matchRate: 0.916667 });
  });

  test('a window that begins before the log, or has no end, changes nothing', async () => {
    write(
      'whole.log',
      [0, 4, 6, 16, 26].map((second) => fetch(second)),
    );
    const plain = await run(['whole.log'], {});
    for (const more of [
      { since: '2026-03-01' },
      { until: '2026-03-03' },
      { since: '-1h', until: '2027-01-01' },
      { where: 'status < 1000' },
    ])
      expect({ ...(await run(['whole.log'], more)), assumptions: [] }).toEqual({ ...plain, assumptions: [] });
  });
});
