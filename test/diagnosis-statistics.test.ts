/** The statistics behind the causes against slow and obvious ones. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { besideOf, chainSizes, interleaved, irwinHall } from '../src/diagnosis/statistics.js';
import { Random } from '../src/generate/random.js';

test('the chance of a small sum of uniform numbers is that of a convolution', () => {
  const steps = 400;
  // Density of the sum of n uniform numbers on a grid, one number added at a time.
  let density = new Float64Array(steps).fill(1);
  for (let n = 1; n <= 8; n += 1) {
    const sums = Array.from({ length: 9 }, (_, part) => ((part + 1) * n) / 10);
    let below = 0;
    const until = Float64Array.from(density, (one) => {
      below += one / steps;
      return below;
    });
    for (const x of sums) {
      const found = until[Math.min(until.length - 1, Math.max(0, Math.round(x * steps) - 1))]!;
      expect(Math.abs(irwinHall(x, n) - found)).toBeLessThan(0.01);
    }
    const next = new Float64Array(density.length + steps);
    let window = 0;
    for (let at = 0; at < next.length; at += 1) {
      window += (density[at] ?? 0) - (density[at - steps] ?? 0);
      next[at] = window / steps;
    }
    density = next;
  }
});

test('the exact sum and the normal one meet where they change over', () => {
  for (const share of [0.3, 0.4, 0.5, 0.6]) {
    const [exact, normal] = [irwinHall(share * 15, 15), irwinHall(share * 16, 16)];
    expect(Math.abs(exact - normal)).toBeLessThan(0.02);
  }
  expect([irwinHall(0, 5), irwinHall(5, 5), irwinHall(60, 49)]).toEqual([0, 1, 1]);
});

const fetches = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 400 }), fc.integer({ min: -1, max: 200 })), { maxLength: 60 })
  .map((list) => {
    let at = 0;
    return list.map(([gap, took]) => {
      at += gap;
      return { at, took };
    });
  });

test('chains are broken where nothing is in flight and nothing has just ended', () => {
  fc.assert(
    fc.property(fetches, fc.integer({ min: 0, max: 50 }), (list, slack) => {
      const sizes: number[] = [];
      list.forEach(({ at }, index) => {
        const joins = list.slice(0, index).some(({ at: before, took }) => at <= before + (took < 0 ? 30 : took) + slack);
        if (joins) sizes[sizes.length - 1]! += 1;
        else sizes.push(1);
      });
      const starts = list.map(({ at }) => at);
      const durations = list.map(({ took }) => took);
      expect([...chainSizes(starts, durations, list.length, 30, slack)]).toEqual(sizes);
    }),
  );
});

test('who waits has none within, who does not has about as many within as right after', () => {
  const random = new Random(11, 'beside');
  const starts: number[] = [];
  for (let at = 0; starts.length < 4000; at += 400 * random.exponential()) starts.push(Math.floor(at));
  const took = starts.map(() => 100);
  const free = besideOf(starts, took, starts.length, 100);
  expect(free.within / free.next).toBeGreaterThan(0.85);
  const waited: number[] = [];
  for (const at of starts) if (waited.length === 0 || at >= waited.at(-1)! + 100) waited.push(at);
  const shared = besideOf(waited, took, waited.length, 100);
  expect(shared.within).toBe(0);
  expect(shared.next).toBeGreaterThan(100);
});

test('the sum of many gaps of even traffic is no period', () => {
  let found = 0;
  for (let seed = 1; seed <= 100; seed += 1) {
    const random = new Random(seed, 'even');
    const starts: number[] = [];
    // Gaps from half to one and a half of the mean: the sum of sixty is steady to 4 %.
    for (let at = 0; starts.length < 400; at += 500 + random.below(1000)) starts.push(at);
    if (interleaved(starts, starts.length, () => true, 1) !== undefined) found += 1;
  }
  expect(found).toBeLessThanOrEqual(2);
});

test('four caches beside each other are four trains, however near their phases are', () => {
  for (let seed = 1; seed <= 40; seed += 1) {
    const random = new Random(seed, 'trains');
    const starts = Array.from({ length: 4 }, () => random.below(60_000)).flatMap((phase) =>
      Array.from({ length: 30 }, (_, life) => phase + life * 60_000 + random.below(200)),
    );
    const trains = interleaved(
      starts.sort((a, b) => a - b),
      starts.length,
      (ms) => Math.abs(ms - 60_000) < 10_000,
      1,
    );
    expect(trains?.trains).toBe(4);
  }
});
