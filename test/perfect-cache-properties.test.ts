import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Assessment,
  assess,
  assessUnknownLifetime,
  coverOverFetches,
  type DemandTimeline,
  type FetchSeries,
  type Margin,
  mergeSeries,
  timelyFlags,
  usableMs,
  walkDemand,
} from '../src/analysis/perfect-cache.js';
import { runs } from './support/runs.js';
import {
  type SlowFetch,
  slowChoice,
  slowCover,
  slowQuantile,
  slowTimely,
  slowVerdict,
  slowWalk,
} from './support/slow-perfect-cache.js';

const often = { numRuns: runs(2_000) };
const NONE = new Float64Array(0);

const margin: fc.Arbitrary<Margin> = fc.oneof(
  fc.constant({ kind: 'default' } as const),
  fc.record({ kind: fc.constant('ms' as const), ms: fc.nat(3_000) }),
  fc.record({ kind: fc.constant('share' as const), share: fc.constantFrom(0, 0.1, 0.25, 0.5) }),
);

/** Multiples of 20 ms: half of it and 5 % of it are whole. */
const lifetime = fc.integer({ min: 1, max: 600 }).map((n) => n * 20);
const gap = fc.oneof(fc.nat(5), fc.nat(500), fc.nat(20_000), fc.constantFrom(0, 20, 1_000));
const times = fc.array(gap, { maxLength: 60 }).map((gaps) => {
  let t = 0;
  return gaps.map((each) => (t += each));
});

interface Fetches {
  readonly starts: readonly number[];
  readonly lives: readonly number[];
  readonly durations: readonly number[];
}

const duration = fc.oneof(fc.constant(-1), fc.nat(300));
const fetchesOf = (life: fc.Arbitrary<(count: number) => number[]>): fc.Arbitrary<Fetches> =>
  fc
    .record({ starts: times, life, durations: fc.array(duration, { minLength: 60, maxLength: 60 }) })
    .map(({ starts, life, durations }) => ({
      starts,
      lives: life(starts.length),
      durations: durations.slice(0, starts.length),
    }));
const oneLife = fetchesOf(lifetime.map((life) => (count) => Array<number>(count).fill(life)));
const severalLives = fetchesOf(
  fc
    .array(fc.oneof(lifetime, fc.constantFrom(1_000, 3_000, 7_000)), { minLength: 60, maxLength: 60 })
    .map((lives) => (count) => lives.slice(0, count)),
);
const anyFetches = fc.oneof(oneLife, severalLives);
/** Enough of them to be interesting. */
const someFetches = anyFetches.filter(({ starts }) => starts.length > 0);

function seriesOf({ starts, lives, durations }: Fetches): FetchSeries {
  return {
    count: starts.length,
    startMs: Float64Array.from(starts),
    durationMs: Int32Array.from(durations),
    lifetimeMs: Float64Array.from(lives),
  };
}

function slowly({ starts, lives }: Fetches, margin: Margin): SlowFetch[] {
  return starts.map((start, i) => ({ start, life: lives[i]!, usable: usableMs(lives[i]!, margin) }));
}

function typical({ durations }: Fetches): number {
  return slowQuantile(
    durations.filter((each) => each >= 0),
    0.5,
  );
}

function exact(starts: readonly number[]): DemandTimeline {
  return { kind: 'exact', count: starts.length, startMs: Float64Array.from(starts) };
}

/** Sorted starts, cut into cells where `cuts` says so. */
function cellsOf(starts: readonly number[], cuts: readonly boolean[]): DemandTimeline {
  const cells: number[][] = [];
  starts.forEach((start, i) => {
    if (i === 0 || cuts[i % cuts.length]) cells.push([start]);
    else cells.at(-1)!.push(start);
  });
  return {
    kind: 'cells',
    cellCount: cells.length,
    firstMs: Float64Array.from(cells, (cell) => cell[0]!),
    lastMs: Float64Array.from(cells, (cell) => cell.at(-1)!),
  };
}

function expectWhole(result: Assessment): void {
  const { ok, necessary, ahead, redundant, unknown, redundantLow, redundantHigh, redundantFlags } = result;
  expect(necessary + ahead + redundant + unknown).toBe(ok);
  expect(Math.min(necessary, ahead, redundant, unknown)).toBeGreaterThanOrEqual(0);
  expect([redundantLow, redundantHigh]).toEqual([redundant, redundant + unknown]);
  expect(redundantFlags).toHaveLength(ok);
  expect(redundantFlags.reduce((sum, flag) => sum + flag, 0)).toBe(redundant);
}

function expectWithin(value: number, { low, high }: { readonly low: number; readonly high: number }): void {
  expect(value).toBeGreaterThanOrEqual(low);
  expect(value).toBeLessThanOrEqual(high);
}

describe('against the slow reference', () => {
  test('cover, one life', () => {
    fc.assert(
      fc.property(oneLife, margin, fc.nat(50_000), (fetches, margin, after) => {
        const windowEnd = (fetches.starts.at(-1) ?? 0) + after - 1_000;
        const { n } = slowCover(slowly(fetches, margin), windowEnd);
        expect(coverOverFetches(seriesOf(fetches), margin, windowEnd)).toEqual({ n, low: n, high: n });
      }),
      often,
    );
  });

  test('cover, several lives: the same, or one more if the sum is a rounding away from it', () => {
    fc.assert(
      fc.property(severalLives, margin, fc.nat(50_000), (fetches, margin, after) => {
        const windowEnd = (fetches.starts.at(-1) ?? 0) + after;
        const { n, sum } = slowCover(slowly(fetches, margin), windowEnd);
        const fast = coverOverFetches(seriesOf(fetches), margin, windowEnd).n;
        const missing = Number((BigInt(n + 1) * sum.bottom - sum.top) * 1_000_000_000n) / Number(sum.bottom);
        if (fast !== n) expect({ fast, near: missing <= fetches.starts.length }).toEqual({ fast: n + 1, near: true });
      }),
      often,
    );
  });

  test('walk over exact demand', () => {
    fc.assert(
      fc.property(someFetches, times, margin, (fetches, demand, margin) => {
        const n = slowWalk(demand, slowly(fetches, margin), typical(fetches)).length;
        const result = assess(seriesOf(fetches), exact(demand), { margin, windowEndMs: 1e9 });
        expect(result.byDemand).toEqual({ low: n, high: n });
      }),
      often,
    );
  });

  test('walk over cells holds the exact answer between low and high', () => {
    fc.assert(
      fc.property(
        someFetches,
        times,
        margin,
        fc.array(fc.boolean(), { minLength: 1, maxLength: 20 }),
        (fetches, demand, margin, cuts) => {
          const n = slowWalk(demand, slowly(fetches, margin), typical(fetches)).length;
          const { byDemand } = assess(seriesOf(fetches), cellsOf(demand, cuts), { margin, windowEndMs: 1e9 });
          expectWithin(n, byDemand!);
        },
      ),
      { numRuns: runs(5_000) },
    );
  });

  test('cells of one request each are exact demand', () => {
    fc.assert(
      fc.property(someFetches, times, margin, fc.constantFrom(0, 7, 1_000), (fetches, demand, margin, resolutionMs) => {
        const options = { margin, windowEndMs: 1e9, resolutionMs };
        expect(assess(seriesOf(fetches), cellsOf(demand, [true]), options)).toEqual(
          assess(seriesOf(fetches), exact(demand), options),
        );
      }),
    );
  });

  test('timely', () => {
    fc.assert(
      fc.property(anyFetches, times, fc.constantFrom(0, 1, 50, 1_000), (fetches, refused, q) => {
        const flags = slowTimely(slowly(fetches, { kind: 'default' }), q, refused);
        const fast = timelyFlags(seriesOf(fetches), q, Float64Array.from(refused));
        expect([...fast.flags].map(Boolean)).toEqual(flags);
        expect(fast.count).toBe(flags.filter(Boolean).length);
      }),
      often,
    );
  });

  test('the verdict, where the resolution does not matter', () => {
    fc.assert(
      fc.property(someFetches, fc.option(times), times, margin, fc.constantFrom(0, 1), (fetches, demand, refused, margin, q) => {
        fc.pre(Math.min(...fetches.lives) >= 20 * q);
        const slow = slowly(fetches, margin);
        const windowEndMs = fetches.starts.at(-1)! + 500;
        const result = assess(seriesOf(fetches), demand === null ? undefined : exact(demand), {
          margin,
          windowEndMs,
          resolutionMs: q,
          upstream401Ms: Float64Array.from(refused),
        });
        const n =
          demand === null
            ? coverOverFetches(seriesOf(fetches), margin, windowEndMs).n
            : slowWalk(demand, slow, typical(fetches)).length;
        const timely = slowTimely(slow, q, refused);
        expect(result).toMatchObject({ ...slowVerdict(fetches.starts.length, n, timely.filter(Boolean).length), unknown: 0 });
        expectWhole(result);
        expect([...result.redundantFlags].map(Boolean)).toEqual(slowChoice(slow, typical(fetches), timely, result.redundant));
      }),
      often,
    );
  });
});

describe('always', () => {
  const demand = fc.option(fc.record({ starts: times, cuts: fc.array(fc.boolean(), { minLength: 1, maxLength: 9 }) }));
  const timeline = demand.map((each) => (each === null ? undefined : cellsOf(each.starts, each.cuts)));
  const resolution = fc.constantFrom(0, 1, 20, 500, 1_000, 60_000);

  test('the four verdicts add up to ok, and low and high hold the headline', () => {
    fc.assert(
      fc.property(anyFetches, timeline, times, margin, resolution, (fetches, timeline, refused, margin, resolutionMs) => {
        const result = assess(seriesOf(fetches), timeline, {
          margin,
          windowEndMs: 30_000,
          resolutionMs,
          upstream401Ms: Float64Array.from(refused),
        });
        expectWhole(result);
        expectWithin(coverOverFetches(seriesOf(fetches), margin, 30_000).n, result.byFetches);
        expectWithin(result.redundant, { low: result.redundantLow, high: result.redundantHigh });
        expect(result.byFetches.high).toBeLessThanOrEqual(result.ok);
      }),
      often,
    );
  });

  test('redundant never falls as the lifetime grows', () => {
    const two = fc.tuple(lifetime, lifetime).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);
    fc.assert(
      fc.property(
        oneLife,
        two,
        timeline,
        times,
        margin,
        resolution,
        (fetches, [short, long], timeline, refused, margin, resolutionMs) => {
          const options = { margin, windowEndMs: 100_000, resolutionMs, upstream401Ms: Float64Array.from(refused) };
          const shorter = assess({ ...seriesOf(fetches), lifetimeMs: short }, timeline, options);
          const longer = assess({ ...seriesOf(fetches), lifetimeMs: long }, timeline, options);
          expect(longer.redundant).toBeGreaterThanOrEqual(shorter.redundant);
          expect(longer.byFetches.high).toBeLessThanOrEqual(shorter.byFetches.high);
        },
      ),
      { numRuns: runs(10_000) },
    );
  });

  test('an unknown lifetime', () => {
    const stretched = oneLife.map((fetches) => ({ ...fetches, starts: fetches.starts.map((start) => start * 500) }));
    fc.assert(
      fc.property(stretched, timeline, times, margin, resolution, (fetches, timeline, refused, margin, resolutionMs) => {
        const options = { margin, windowEndMs: 30_000_000, resolutionMs, upstream401Ms: Float64Array.from(refused) };
        const { lifetimeMs: _, ...fetchTimes } = seriesOf(fetches);
        const result = assessUnknownLifetime(fetchTimes, timeline, options);
        expectWhole(result);
        expect(result.byLifetime.map(({ redundant }) => redundant)).toEqual(
          result.byLifetime.map(({ redundant }) => redundant).sort((a, b) => a - b),
        );
        expect([result.byLifetime[0]!.redundant, result.byLifetime[2]!.necessary]).toEqual([result.redundant, result.necessary]);
      }),
      often,
    );
  });

  test('without a cache the cover is never below the walk', () => {
    fc.assert(
      fc.property(someFetches, margin, fc.nat(400), (fetches, margin, d) => {
        fc.pre(fetches.lives.every((life) => life === fetches.lives[0]));
        const series = seriesOf(fetches);
        const walk = walkDemand(exact(fetches.starts), usableMs(fetches.lives[0]!, margin), d);
        expect(coverOverFetches(series, margin, fetches.starts.at(-1)!).n).toBeGreaterThanOrEqual(walk.high);
      }),
      often,
    );
  });

  test('merged holders are the fetches of all, in order', () => {
    fc.assert(
      fc.property(fc.array(anyFetches, { maxLength: 5 }), (list) => {
        const merged = mergeSeries(list.map(seriesOf));
        const rows = list
          .flatMap(({ starts, lives, durations }) => starts.map((start, i) => [start, lives[i], durations[i]] as const))
          .sort((a, b) => a[0] - b[0]);
        const of = (i: number) => (typeof merged.lifetimeMs === 'number' ? merged.lifetimeMs : merged.lifetimeMs[i]);
        expect(Array.from({ length: merged.count }, (_, i) => [merged.startMs[i], of(i), merged.durationMs[i]])).toEqual(rows);
      }),
    );
  });
});

describe('stamps of a resolution q hold the truth between low and high', () => {
  const q = fc.constantFrom(2, 100, 1_000, 60_000);
  const floorTo = (q: number) => (t: number) => Math.floor(t / q) * q;

  test('rounded down to q', () => {
    fc.assert(
      fc.property(
        someFetches,
        fc.option(times),
        times,
        margin,
        q,
        fc.nat(20_000),
        (fetches, demand, refused, margin, q, after) => {
          fc.pre(Math.min(...fetches.lives) < 20 * q);
          const down = floorTo(q);
          const windowEndMs = fetches.starts.at(-1)! + after;
          const truth = assess(seriesOf(fetches), demand === null ? undefined : exact(demand), {
            margin,
            windowEndMs,
            upstream401Ms: Float64Array.from(refused),
          });
          const logged = assess(
            seriesOf({ ...fetches, starts: fetches.starts.map(down) }),
            demand === null ? undefined : exact(demand.map(down)),
            { margin, windowEndMs: down(windowEndMs), resolutionMs: q, upstream401Ms: Float64Array.from(refused, down) },
          );
          expectWhole(logged);
          expectWithin(truth.byFetches.low, logged.byFetches);
          if (truth.byDemand !== undefined) expectWithin(truth.byDemand.low, logged.byDemand!);
          expectWithin(truth.redundant, { low: logged.redundantLow, high: logged.redundantHigh });
        },
      ),
      { numRuns: runs(10_000) },
    );
  });

  test('shifted by anything up to q, of one life', () => {
    const shifts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 60, maxLength: 60 });
    fc.assert(
      fc.property(
        oneLife.filter(({ starts }) => starts.length > 0),
        margin,
        q,
        fc.nat(20_000),
        shifts,
        (fetches, margin, q, after, shifts) => {
          fc.pre(fetches.lives[0]! < 20 * q);
          const logged = seriesOf(fetches);
          const starts = fetches.starts.map((start, i) => start + Math.floor(q * shifts[i]!)).sort((a, b) => a - b);
          const windowEnd = Math.max(fetches.starts.at(-1)!, starts.at(-1)!) + after;
          const truth = slowCover(slowly({ ...fetches, starts }, margin), windowEnd).n;
          expectWithin(truth, coverOverFetches(logged, margin, windowEnd, q));
        },
      ),
      { numRuns: runs(10_000) },
    );
  });
});

test('the extremes of the cover are met by some shifts of short runs, or are one off', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(12), { minLength: 1, maxLength: 4 }), fc.integer({ min: 2, max: 10 }), (gaps, life) => {
      const q = 2;
      let t = 0;
      const starts = [0, ...gaps.map((each) => (t += each))];
      const reached = new Set<number>();
      const shift = (at: number, shifted: readonly number[]): void => {
        if (at < starts.length) {
          for (let e = 0; e <= q; e++) shift(at + 1, [...shifted, starts[at]! + e]);
          return;
        }
        const sorted = [...shifted].sort((a, b) => a - b);
        for (let e = 0; e <= q; e++)
          reached.add(
            slowCover(
              sorted.map((start) => ({ start, life, usable: life })),
              t + e,
            ).n,
          );
      };
      shift(0, []);
      const series: FetchSeries = {
        count: starts.length,
        startMs: Float64Array.from(starts),
        durationMs: new Int32Array(starts.length),
        lifetimeMs: life,
      };
      const { low, high } = coverOverFetches(series, { kind: 'ms', ms: 0 }, t, q);
      expect(low).toBeLessThanOrEqual(Math.min(...reached));
      expect(high).toBeGreaterThanOrEqual(Math.max(...reached));
      // Stamps less than q apart are let change places, at the cost of up to q a run.
      if (gaps.every((each) => each === 0 || each >= q)) expect(low).toBeGreaterThanOrEqual(Math.min(...reached) - 1);
      // A gap that is a whole life only just is counted as one, even where the run beside it grows at its cost.
      if (gaps.every((each) => each < life || each >= life + q)) expect(high).toBeLessThanOrEqual(Math.max(...reached) + 1);
    }),
    { numRuns: runs(500) },
  );
});

test('no upstream 401, no grant', () => {
  fc.assert(
    fc.property(anyFetches, (fetches) => {
      const { count } = timelyFlags(seriesOf(fetches), 0, NONE);
      expect(count).toBeLessThanOrEqual(timelyFlags(seriesOf(fetches), 0, Float64Array.from(fetches.starts)).count);
    }),
  );
});

test('a walk over the starts of fetches never needs more tokens than the demand that asked for them', () => {
  const asked = fc.tuple(times, fc.array(fc.boolean(), { minLength: 60, maxLength: 60 }), lifetime);
  fc.assert(
    fc.property(asked, margin, fc.integer({ min: 0, max: 300 }), ([demand, fetched, lifetimeMs], kept, tookMs) => {
      const starts = Float64Array.from(demand.filter((_, at) => fetched[at]));
      const series = {
        count: starts.length,
        startMs: starts,
        durationMs: new Int32Array(starts.length).fill(tookMs),
        lifetimeMs,
      };
      const exact = { kind: 'exact' as const, count: demand.length, startMs: Float64Array.from(demand) };
      const { atLeast } = assess(series, undefined, { margin: kept, windowEndMs: 2_000_000 });
      const needed = walkDemand(exact, usableMs(lifetimeMs, kept), tookMs).low;
      // The slow reference: tokens one after the other, each from the first start that the one before does not reach.
      let slow = 0;
      for (let left = [...starts]; left.length > 0; slow += 1) {
        const end = left[0]! + tookMs + usableMs(lifetimeMs, kept);
        left = left.filter((start) => start >= end);
      }
      expect(atLeast).toBe(slow);
      expect(atLeast).toBeLessThanOrEqual(needed);
    }),
    often,
  );
});
