/** What is inferred from the log of a gateway alone: false alarms, power and coverage on seeded samples, and whole runs. */
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { periodOf } from '../src/analysis/infer.js';
import { cellsOf, findSlowMode, type SlowMode, wilson } from '../src/analysis/modes.js';
import { firstUnitOf, OverheadLog, UNIT_US } from '../src/analysis/overhead.js';
import type { Analysis } from '../src/analysis/result.js';
import { type AnalyzeOptions, analyze } from '../src/pipeline.js';

type Random = () => number;

/** mulberry32 */
const randomFrom = (seed: number): Random => {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return (((bits ^ (bits >>> 14)) >>> 0) + 0.5) / 2 ** 32;
  };
};
const normal = (random: Random): number => Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random());
const logNormal = (median: number, sigma: number) => (random: Random) => median * Math.exp(sigma * normal(random));
const exponential = (mean: number) => (random: Random) => -mean * Math.log(random());
const gamma = (shape: number, scale: number) => (random: Random) =>
  Array.from({ length: shape }, () => exponential(scale)(random)).reduce((a, b) => a + b, 0);
const pareto = (least: number, index: number) => (random: Random) => least * random() ** (-1 / index);
const weibull = (scale: number, shape: number) => (random: Random) => scale * (-Math.log(random())) ** (1 / shape);

/** How a log writes total and upstream time, in ms to us, and the resolution of that. */
const stamps = {
  fine: { write: (ms: number) => Math.round(ms * 1000), quantumMs: 0.0625 },
  cut: { write: (ms: number) => Math.floor(ms) * 1000, quantumMs: 1 },
  rounded: { write: (ms: number) => Math.round(ms) * 1000, quantumMs: 1 },
  tens: { write: (ms: number) => Math.floor(ms / 10) * 10_000, quantumMs: 10 },
};

/** The upstream has two modes of its own: a cached and an uncached answer. */
const upstream = (random: Random): number => (random() < 0.3 ? logNormal(400, 0.3)(random) : logNormal(20, 0.5)(random));

function look(
  stamp: keyof typeof stamps,
  count: number,
  overhead: (random: Random) => number,
  seed: number,
): SlowMode | undefined {
  const { write, quantumMs } = stamps[stamp];
  const random = randomFrom(seed);
  const log = new OverheadLog();
  for (let i = 0; i < count; i += 1) {
    const up = upstream(random);
    log.add(Math.max(0, write(up + overhead(random)) - write(up)), i);
  }
  return findSlowMode(cellsOf(log.counts, quantumMs * 16), quantumMs);
}

describe('one mode', () => {
  const shapes = {
    'log-normal, narrow': logNormal(2, 0.5),
    'log-normal': logNormal(3, 1),
    'log-normal, heavy': logNormal(8, 2),
    'log-normal below the resolution': logNormal(0.1, 0.8),
    'Pareto, no mean': pareto(0.3, 0.7),
    'Pareto 1': pareto(1, 1),
    'Pareto 2.5': pareto(2, 2.5),
    exponential: exponential(20),
    'gamma 2': gamma(2, 2),
    'gamma 8, all slow': gamma(8, 10),
    'Weibull 0.5': weibull(5, 0.5),
    uniform: (random: Random) => 100 * random(),
  };
  test('false alarms: at most 1 % of 1,200 samples of twelve shapes, four resolutions, three sizes', () => {
    const alarms: string[] = [];
    let samples = 0;
    for (const [name, shape] of Object.entries(shapes)) {
      for (const stamp of Object.keys(stamps) as (keyof typeof stamps)[]) {
        for (const [count, times] of [
          [200, 14],
          [2000, 9],
          [20_000, 2],
        ] as const) {
          for (let seed = 0; seed < times; seed += 1) {
            samples += 1;
            if (look(stamp, count, shape, seed * 977 + count) !== undefined) alarms.push(`${name}, ${stamp}, ${count}, ${seed}`);
          }
        }
      }
    }
    expect(samples).toBe(1200);
    expect(alarms.length, alarms.join('\n')).toBeLessThanOrEqual(samples / 100);
  });

  test('one value only, and none', () => {
    expect(look('cut', 5000, () => 0, 1)).toBeUndefined();
    expect(look('cut', 5000, () => 40, 1)).toBeUndefined();
    expect(findSlowMode(cellsOf(new Uint32Array(64), 16), 1)).toBeUndefined();
  });
});

describe('two modes', () => {
  const slowBy = (share: number, fast: (r: Random) => number, callout: (r: Random) => number) => (random: Random) =>
    fast(random) + (random() < share ? callout(random) : 0);

  test.each([0.01, 0.05, 0.2, 0.5, 0.8, 0.95, 0.99])(
    'a callout of 40 ms in %f of 10,000 requests is found, with intervals that hold it',
    (share) => {
      const fast = logNormal(2, 0.5);
      const callout = logNormal(40, 0.3);
      const random = randomFrom(7);
      const fasts = Array.from({ length: 40_000 }, () => fast(random)).sort((a, b) => a - b);
      const slows = Array.from({ length: 40_000 }, () => fast(random) + callout(random)).sort((a, b) => a - b);
      const shift = slows[20_000]! - fasts[20_000]!;
      const seeds = 40;
      const found = Array.from({ length: seeds }, (_, seed) =>
        look('cut', 10_000, slowBy(share, fast, callout), seed * 31 + 5),
      ).filter((mode) => mode !== undefined);
      expect(found.length).toBe(seeds);
      const holds = (pick: (mode: SlowMode) => { low: number; high: number }, truth: number): number =>
        found.filter((mode) => pick(mode).low <= truth && truth <= pick(mode).high).length / seeds;
      // 95 % of 40 seeds, less three standard deviations of that.
      expect(holds(({ share: one }) => one, share)).toBeGreaterThanOrEqual(0.85);
      expect(holds(({ shiftMs }) => shiftMs, shift)).toBeGreaterThanOrEqual(0.85);
      for (const mode of found) {
        expect(Math.abs(mode.shiftMs.value - shift) / shift).toBeLessThan(0.2);
        expect(mode.share.high - mode.share.low).toBeLessThan(0.05);
      }
    },
  );

  test('a shift of three times the spread is found where half are slow', () => {
    // Spread of the fast mode between its quartiles: 1.35 ms. At microseconds, since whole milliseconds hide it.
    const fast = (random: Random): number => Math.max(0.1, 5 + normal(random));
    const mode = look(
      'fine',
      20_000,
      slowBy(0.5, fast, () => 4.05),
      3,
    );
    expect(mode).toBeDefined();
    expect(mode!.share.low).toBeLessThanOrEqual(0.5);
    expect(mode!.share.high).toBeGreaterThanOrEqual(0.5);
    expect(mode!.shiftMs.value).toBeGreaterThan(3.6);
    expect(mode!.shiftMs.value).toBeLessThan(4.5);
  });

  test('the interval of a share is that of Wilson', () => {
    // Newcombe 1998, table I: 81 of 263, 15 of 148, 0 of 20, 1 of 29.
    for (const [count, of, low, high] of [
      [81, 263, 0.2553, 0.3662],
      [15, 148, 0.0624, 0.1605],
      [0, 20, 0, 0.1611],
      [1, 29, 0.0061, 0.1718],
    ] as const) {
      expect(wilson(count, of).low).toBeCloseTo(low, 4);
      expect(wilson(count, of).high).toBeCloseTo(high, 4);
    }
  });
});

describe('the histogram', () => {
  test('bins follow each other, hold their units, and are at most a 16th wide', () => {
    for (let bin = 0; bin < 368; bin += 1) {
      const from = firstUnitOf(bin);
      const to = firstUnitOf(bin + 1);
      expect(to).toBeGreaterThan(from);
      expect(to - from).toBeLessThanOrEqual(Math.max(1, from / 16));
      for (const units of [from, to - 1]) {
        const log = new OverheadLog();
        log.add(units * UNIT_US, 0);
        expect(log.counts[bin], `${units}`).toBe(1);
      }
    }
  });

  test('the order of rows and the parts that they come in do not matter', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ us: fc.integer({ min: 0, max: 4000 }), at: fc.integer({ min: 0, max: 9000 }) }), {
          maxLength: 3000,
          minLength: 1100,
        }),
        fc.integer({ min: 1, max: 900 }),
        (rows, cut) => {
          const whole = new OverheadLog();
          for (const { us, at } of rows) whole.add(us * 100, at);
          const parts = [rows.slice(cut).reverse(), rows.slice(0, cut)].map((part) => {
            const log = new OverheadLog();
            for (const { us, at } of part) log.add(us * 100, at);
            return log;
          });
          const merged = new OverheadLog();
          for (const part of parts) merged.merge(part);
          expect(merged.count).toBe(whole.count);
          expect([...merged.startsFrom(0)]).toEqual([...whole.startsFrom(0)]);
          expect([...merged.sampleStarts()]).toEqual([...whole.sampleStarts()]);
          const slowest = [...rows].map(({ us, at }) => [Math.floor((us * 100) / UNIT_US), at] as const);
          slowest.sort((a, b) => b[0] - a[0] || a[1] - b[1]);
          const expected = slowest.slice(0, 128).map(([, at]) => at);
          expect([...whole.startsFrom(0)]).toEqual(expected.sort((a, b) => a - b));
          expect(whole.sampleStarts().length).toBeLessThanOrEqual(128);
        },
      ),
      { numRuns: 30 },
    );
  });
});

describe('periods', () => {
  const others = (random: Random, span: number): Float64Array => Float64Array.from({ length: 200 }, () => random() * span).sort();

  test('expiries every 290 s, each with a few that waited, some missed', () => {
    const random = randomFrom(1);
    const starts = Array.from({ length: 40 }, (_, i) => i)
      .filter((i) => i % 7 !== 3)
      .flatMap((i) => [0, 1, 2].map((k) => i * 290_000 + k * 120 + Math.floor(random() * 2000)));
    const found = periodOf(Float64Array.from(starts).sort(), others(random, 40 * 290_000));
    expect(found).toBeGreaterThan(287);
    expect(found).toBeLessThan(293);
  });

  test('random starts have none: at most 1 in 100', () => {
    let alarms = 0;
    for (let seed = 0; seed < 400; seed += 1) {
      const random = randomFrom(seed);
      const starts = Float64Array.from({ length: 8 + (seed % 90) }, () => random() * 3_600_000).sort();
      if (periodOf(starts, others(random, 3_600_000)) !== null) alarms += 1;
    }
    expect(alarms).toBeLessThanOrEqual(4);
  });

  test('a poller keeps time by itself: its period is not that of slow requests', () => {
    const polls = Float64Array.from({ length: 200 }, (_, i) => i * 60_000);
    expect(
      periodOf(
        polls.filter((_, i) => i % 2 === 0),
        polls,
      ),
    ).toBeNull();
  });
});

describe('whole runs', () => {
  const T0 = 1_772_446_530_000;
  const line = (startMs: number, route: string, overheadMs: number, upstreamMs: number): string =>
    JSON.stringify({
      msec: ((T0 + startMs + overheadMs + upstreamMs) / 1000).toFixed(3),
      remote_addr: '10.1.1.1',
      request_method: 'GET',
      request_uri: route,
      status: 200,
      body_bytes_sent: 100,
      request_time: Number(((overheadMs + upstreamMs) / 1000).toFixed(3)),
      upstream_response_time: (upstreamMs / 1000).toFixed(3),
      upstream_addr: '10.0.0.1:80',
      upstream_status: '200',
    });
  async function run(files: Record<string, readonly string[]>, options: Partial<AnalyzeOptions> = {}): Promise<Analysis> {
    const folder = await mkdtemp(join(tmpdir(), 'token-tax-'));
    for (const [name, lines] of Object.entries(files)) await writeFile(join(folder, name), `${lines.join('\n')}\n`);
    return analyze({ inputs: [folder], ...options });
  }
  const traffic = (seed: number, slow: (startMs: number, random: Random) => boolean, count = 6000): string[] => {
    const random = randomFrom(seed);
    return Array.from({ length: count }, (_, i) => {
      const startMs = i * 600 + Math.floor(random() * 100);
      const overhead =
        1 + Math.floor(exponential(1.5)(random)) + (slow(startMs, random) ? Math.round(logNormal(80, 0.2)(random)) : 0);
      return line(startMs, '/api/orders', overhead, Math.round(upstream(random)));
    });
  };
  const note = ({ assumptions }: Analysis, id: string) => assumptions.filter((one) => one.id === id);

  test('a token that is over each 300 s: share, size and period', async () => {
    // An hour, 12 expiries, and the requests of the 9 s after each of them wait: 15 of 500.
    const found = await run({ 'gateway.log': traffic(1, (startMs) => startMs % 300_000 < 9000) });
    expect(found.inferred).toHaveLength(1);
    const [row] = found.inferred;
    expect(row).toMatchObject({ route: '/api/orders', requests: 6000 });
    expect(row!.slowShareLow).toBeLessThanOrEqual(0.03);
    expect(row!.slowShareHigh).toBeGreaterThanOrEqual(0.03);
    expect(row!.overheadLowMs).toBeLessThan(81);
    expect(row!.overheadHighMs).toBeGreaterThan(79);
    expect(row!.periodSeconds).toBeGreaterThan(297);
    expect(row!.periodSeconds).toBeLessThan(303);
    expect(note(found, 'inferred')).toHaveLength(1);
    // Never added to what was measured.
    expect(found.totals.fetches.all).toBe(0);
    expect(found.totals.latency.redundantWaitMs).toBeNull();
  });

  test('random ones have no period; no slow ones: nothing, and a note that this proves nothing', async () => {
    const random = await run({ 'gateway.log': traffic(2, (_, r) => r() < 0.2) });
    expect(random.inferred).toHaveLength(1);
    expect(random.inferred[0]!.periodSeconds).toBeNull();
    const none = await run({ 'gateway.log': traffic(3, () => false) });
    expect(none.inferred).toEqual([]);
    expect(note(none, 'inferred.none')[0]?.value).toContain('does not mean');
  });

  test('a callout in every request has one mode: a ceiling and no row', async () => {
    const found = await run({ 'gateway.log': traffic(4, () => true) });
    expect(found.inferred).toEqual([]);
    expect(note(found, 'inferred.ceiling')[0]?.value).toMatch(
      /^\/api\/orders: 99 % of requests take (4\d|5\d|6\d)(\.\d)? ms or more/,
    );
  });

  test('a fast and a slow gateway are no two modes of one', async () => {
    const at = (overhead: number) => Array.from({ length: 600 }, (_, i) => line(i * 1000, '/api/orders', overhead + (i % 3), 20));
    const found = await run({ 'edge-a.log': at(1), 'edge-b.log': at(90) });
    expect(found.inferred).toEqual([]);
  });

  test('whole seconds, no upstream time, few requests: the reason is said', async () => {
    const seconds = Array.from({ length: 300 }, (_, i) => line(i * 1000, '/api/orders', 1000 * (i % 4), 1000));
    expect(note(await run({ 'gateway.log': seconds }), 'inferred.none')[0]?.from).toBe('times are whole seconds');
    const bare = traffic(5, () => true, 300).map((text) => text.replace(/"upstream_response_time":"[^"]*",/, ''));
    expect(note(await run({ 'gateway.log': bare }), 'inferred.none')[0]?.from).toContain('no record has both');
    const few = await run({ 'gateway.log': traffic(6, (_, r) => r() < 0.5, 49) });
    expect(note(few, 'inferred.none')[0]?.from).toContain('no route has 50 requests');
  });

  test('with the log of the issuer beside it nothing is inferred: there it is counted', async () => {
    const issuer = Array.from({ length: 20 }, (_, i) =>
      JSON.stringify({
        time: new Date(T0 + i * 180_000).toISOString(),
        method: 'POST',
        path: '/oauth2/token',
        status: 200,
        client_id: 'gw',
        expires_in: 300,
      }),
    );
    const found = await run({ 'gateway.log': traffic(1, (startMs) => startMs % 300_000 < 9000), 'idp.log': issuer });
    expect(found.inferred).toEqual([]);
    expect(found.assumptions.some(({ id }) => id.startsWith('inferred'))).toBe(false);
  });
});
