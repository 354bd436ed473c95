/** The statistics behind the causes against slow and obvious ones. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sortNumbers } from '../src/analysis/sort.js';
import { type Series, Shapes } from '../src/diagnosis/shapes.js';
import { interleaved, irwinHall, spreadOf, spreadOfSorted } from '../src/diagnosis/statistics.js';
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

const shapesOf = (list: readonly Series[], typicalMs: number, slackMs: number): Shapes => {
  const events = list.reduce((sum, { count }) => sum + count, 0);
  const shapes = new Shapes(events, typicalMs, slackMs);
  for (const one of list) shapes.add(one);
  return shapes;
};

const seriesOf = (list: readonly { at: number; took: number }[]): Series => ({
  count: list.length,
  startMs: list.map(({ at }) => at),
  durationMs: list.map(({ took }) => took),
});

const most = (values: readonly number[]): number => values.reduce((largest, one) => Math.max(largest, one), 0);

test('chains, bursts and the gaps between them are those of their definitions, holder by holder', () => {
  fc.assert(
    fc.property(fc.array(fetches, { maxLength: 4 }), fc.integer({ min: 0, max: 50 }), (lists, slack) => {
      const [sizes, gaps, bursts]: [number[], number[], number[]] = [[], [], []];
      let [heads, within, next] = [0, 0, 0];
      for (const list of lists) {
        const took = (index: number): number => (list[index]!.took < 0 ? 30 : list[index]!.took);
        let head: number | undefined;
        list.forEach(({ at }, index) => {
          const joins = list.slice(0, index).some(({ at: before }, other) => at <= before + took(other) + slack);
          if (joins) sizes[sizes.length - 1]! += 1;
          else sizes.push(1);
          if (head === undefined || at >= list[head]!.at + took(head)) {
            if (head !== undefined) gaps.push(at - list[head]!.at);
            head = index;
            heads += 1;
            bursts.push(1);
          } else bursts[bursts.length - 1]! += 1;
          if (index === 0) return;
          const gap = at - list[index - 1]!.at;
          if (gap < took(index - 1)) within += 1;
          if (gap >= took(index - 1) && gap >= 1.2 * took(index - 1) && gap < 2.2 * took(index - 1)) next += 1;
        });
      }
      const found = shapesOf(lists.map(seriesOf), 30, slack);
      const events = lists.reduce((sum, { length }) => sum + length, 0);
      expect([...found.headGaps]).toEqual(gaps);
      expect([found.heads, found.inFlight, found.largest]).toEqual([heads, events - heads, most(bursts)]);
      expect([found.within, found.next]).toEqual([within, next]);
      expect(found.chains.count).toBe(sizes.length);
      const many = (size: number): number => sizes.filter((one) => one === size).length;
      const common = sizes.reduce((best, one) => (one > 1 && many(one) > (best > 1 ? many(best) : 0) ? one : best), 1);
      expect(found.chains.common).toEqual({ size: common, share: common === 1 ? 0 : many(common) / sizes.length });
    }),
  );
});

test('groups of any size are told apart', () => {
  const longer = Array.from({ length: 900 }, (_, index) => ({ at: index, took: 5 }));
  const list = [...longer, ...longer.map(({ at, took }) => ({ at: at + 100_000, took })), { at: 300_000, took: 5 }];
  expect(shapesOf([seriesOf(list)], 5, 0).chains.common).toEqual({ size: 900, share: 2 / 3 });
});

const numbers = fc.oneof(
  fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 3000 }),
  fc.array(fc.integer({ min: 0, max: 2 ** 33 }), { maxLength: 3000 }),
  fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { maxLength: 3000 }),
);

test('selection finds what sorting finds, and sorting by digits is sorting', () => {
  fc.assert(
    fc.property(numbers, (list) => {
      const sorted = [...list].sort((a, b) => a - b);
      const at = (share: number): number => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!;
      const expected = list.length === 0 ? undefined : { count: list.length, p5: at(0.05), p50: at(0.5), p95: at(0.95) };
      const values = Float64Array.from(list);
      expect(spreadOf(values)).toEqual(expected);
      expect([...values]).toEqual(list);
      sortNumbers(values);
      expect([...values]).toEqual(sorted);
      expect(spreadOfSorted(values)).toEqual(expected);
    }),
  );
});

test('who waits has none within, who does not has about as many within as right after', () => {
  const random = new Random(11, 'beside');
  const starts: number[] = [];
  for (let at = 0; starts.length < 4000; at += 400 * random.exponential()) starts.push(Math.floor(at));
  const besideOf = (list: readonly number[]): Shapes => shapesOf([seriesOf(list.map((at) => ({ at, took: 100 })))], 100, 0);
  const free = besideOf(starts);
  expect(free.within / free.next).toBeGreaterThan(0.85);
  const waited: number[] = [];
  for (const at of starts) if (waited.length === 0 || at >= waited.at(-1)! + 100) waited.push(at);
  const shared = besideOf(waited);
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
