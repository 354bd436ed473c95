/** The clocks of many gateways against one issuer: each has few of the fetches, together they have all. */
import { expect, test } from 'vitest';
import { type ClockSeries, measureClocks } from '../src/analysis/join-clocks.js';
import { Random } from '../src/generate/random.js';

const GATEWAYS = 8;

interface Row {
  readonly at: number;
  readonly clock: number;
}

const series = (rows: readonly Row[]): ClockSeries => {
  const sorted = [...rows].sort((a, b) => a.at - b.at);
  return {
    count: sorted.length,
    startMs: Float64Array.from(sorted, ({ at }) => at),
    clock: (row) => sorted[row]!.clock,
    counts: () => true,
    sizes: sorted.reduce<number[]>((sizes, { clock }) => {
      while (sizes.length <= clock) sizes.push(0);
      sizes[clock]! += 1;
      return sizes;
    }, []),
  };
};

/** Requests to each gateway, every seventh of which fetches; the issuer's clock is off by `skewMs`, or by one for each gateway. */
function logs(seed: number, skewOf: (gateway: number) => number) {
  const random = new Random(seed, 'clocks');
  const requests: Row[] = [];
  const fetches: Row[] = [];
  for (let at = 1_772_446_530_000, made = 0; made < 2400; made += 1) {
    at += Math.ceil(500 * random.exponential());
    const clock = 1 + random.below(GATEWAYS);
    requests.push({ at, clock });
    if (random.below(7) === 0) fetches.push({ at: at + 1 + random.below(5) + skewOf(clock), clock: 0 });
  }
  return measureClocks(series(fetches), series(requests), new Map(), 1);
}

test.each([-90_000, -20_455, 4459, 63_730])(
  'gateways that agree with each other are set by all their requests (%i ms)',
  (skewMs) => {
    const { measured, shiftMs, farthestMs } = logs(3, () => skewMs);
    expect(measured.size).toBe(GATEWAYS);
    for (const ms of shiftMs.values()) expect(Math.abs(ms - skewMs)).toBeLessThanOrEqual(10);
    expect(Math.abs(farthestMs! - skewMs)).toBeLessThanOrEqual(10);
  },
);

test('gateways that do not agree are set by none of the others', () => {
  const { shiftMs } = logs(5, (gateway) => gateway * 9_000);
  for (const [gateway, ms] of shiftMs) expect(Math.abs(ms - gateway * 9_000)).toBeLessThanOrEqual(10);
});

test('requests that have nothing to do with the fetches set no clock', () => {
  let found = 0;
  for (let seed = 1; seed <= 40; seed += 1) {
    const random = new Random(seed, 'apart');
    const rows = (count: number, clocks: number): Row[] =>
      Array.from({ length: count }, () => ({ at: random.below(600_000), clock: clocks === 0 ? 0 : 1 + random.below(clocks) }));
    if (measureClocks(series(rows(60, 0)), series(rows(800, 6)), new Map(), 1).measured.size > 0) found += 1;
  }
  expect(found).toBeLessThanOrEqual(2);
});
