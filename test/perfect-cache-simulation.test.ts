import { describe, expect, test } from 'vitest';
import {
  type Assessment,
  assess,
  type DemandTimeline,
  type FetchSeries,
  type Margin,
  mergeSeries,
  redundantWithHidden,
} from '../src/analysis/perfect-cache.js';
import {
  type Cache,
  dealOut,
  jitter,
  noCache,
  type Random,
  refreshByTimer,
  refreshOnDemand,
  seeded,
  shapes,
  withoutSingleFlight,
} from './support/cache-simulation.js';

const LIFE_MS = 10_000;
const FETCH_MS = 40;
const SEEDS = [1, 2, 3, 4, 5];
const NO_MARGIN: Margin = { kind: 'ms', ms: 0 };

function seriesOf(starts: readonly number[]): FetchSeries {
  const count = starts.length;
  return { count, startMs: Float64Array.from(starts), durationMs: new Int32Array(count).fill(FETCH_MS), lifetimeMs: LIFE_MS };
}

function exact(starts: readonly number[]): DemandTimeline {
  return { kind: 'exact', count: starts.length, startMs: Float64Array.from(starts) };
}

interface Run {
  readonly byDemand: Assessment;
  readonly byFetches: Assessment;
}

function run(fetches: readonly number[], demand: readonly number[], margin = NO_MARGIN): Run {
  const options = { margin, windowEndMs: demand.at(-1)! };
  const series = seriesOf(fetches);
  return { byDemand: assess(series, exact(demand), options), byFetches: assess(series, undefined, options) };
}

function n({ byDemand: { byDemand, byFetches } }: Run): { readonly demand: number; readonly fetches: number } {
  return { demand: byDemand!.low, fetches: byFetches.low };
}

/** `from`: the youngest age, as a share of U, at which it fetches again. */
const healthy: Record<string, { readonly from: number; readonly cache: (random: Random) => Cache }> = {
  'refresh at 0.9 L on demand': { from: 0.85, cache: (random) => refreshOnDemand(jitter(random, LIFE_MS, 0.85, 0.95), FETCH_MS) },
  'refresh at 0.9 L by timer': { from: 0.85, cache: (random) => refreshByTimer(jitter(random, LIFE_MS, 0.85, 0.95), FETCH_MS) },
  'refresh at L/2 on demand': { from: 0.45, cache: (random) => refreshOnDemand(jitter(random, LIFE_MS, 0.45, 0.55), FETCH_MS) },
  'refresh at L/2 by timer': { from: 0.45, cache: (random) => refreshByTimer(jitter(random, LIFE_MS, 0.45, 0.55), FETCH_MS) },
  'a fixed TTL of the whole life': { from: 1, cache: () => refreshOnDemand(() => LIFE_MS, FETCH_MS) },
};

for (const [shape, demandOf] of Object.entries(shapes)) {
  describe(`${shape} demand`, () => {
    for (const seed of SEEDS) {
      const random = seeded(seed);
      const demand = demandOf(random, LIFE_MS);

      for (const [name, { from, cache }] of Object.entries(healthy)) {
        test(`${name}, seed ${seed}: nothing is redundant`, () => {
          for (const margin of [NO_MARGIN, { kind: 'default' } as const]) {
            const { byDemand, byFetches } = run(cache(random)(demand, random), demand, margin);
            expect([byDemand.redundant, byDemand.unknown, byFetches.redundant, byFetches.unknown]).toEqual([0, 0, 0, 0]);
          }
        });

        test(`${name}, seed ${seed}: the cover against the walk`, () => {
          const fetches = cache(random)(demand, random);
          const found = n(run(fetches, demand));
          // Each gap counts at least the share of U at which the cache refreshes.
          expect(found.fetches).toBeGreaterThanOrEqual(1 + Math.floor((fetches.length - 1) * from));
          // By timer the cover has no gap at all; on steady demand none to speak of: then it is at most one below.
          if (shape === 'steady' || name.endsWith('timer')) expect(found.fetches).toBeGreaterThanOrEqual(found.demand - 1);
        });
      }

      test(`a fixed TTL of the whole life, seed ${seed}: each fetch is necessary`, () => {
        const fetches = refreshOnDemand(() => LIFE_MS, FETCH_MS)(demand, random);
        const found = run(fetches, demand);
        expect(n(found)).toEqual({ demand: fetches.length, fetches: fetches.length });
        expect(found.byDemand.necessary).toBe(fetches.length);
      });

      test(`no cache, seed ${seed}: all but N(D) are redundant`, () => {
        const found = run(noCache(demand, random), demand);
        expect(found.byDemand.timely).toBeLessThanOrEqual(n(found).demand);
        expect(found.byDemand.redundant).toBe(demand.length - n(found).demand);
        expect(found.byDemand.necessary).toBe(n(found).demand);
        expect(n(found).fetches).toBeGreaterThanOrEqual(n(found).demand);
      });

      test(`a TTL of 0.1 L, seed ${seed}: all but N(D) are redundant, or what is as old as half a life`, () => {
        const fetches = refreshOnDemand(() => LIFE_MS / 10, FETCH_MS)(demand, random);
        const found = run(fetches, demand);
        expect(found.byDemand.redundant).toBe(fetches.length - Math.max(n(found).demand, found.byDemand.timely));
        if (shape === 'steady') expect(found.byDemand.redundant).toBeGreaterThan(fetches.length * 0.85);
      });

      test(`no single flight, seed ${seed}: the fetches that did not wait are redundant`, () => {
        // Slow enough for several requests to meet the fetch; the flights are those of a cache that waits.
        const slowMs = 400;
        const flights = refreshOnDemand(() => LIFE_MS, slowMs)(demand, random).length;
        const fetches = withoutSingleFlight(() => LIFE_MS, slowMs)(demand, random);
        const series = { ...seriesOf(fetches), durationMs: new Int32Array(fetches.length).fill(slowMs) };
        const options = { margin: NO_MARGIN, windowEndMs: demand.at(-1)! };
        expect(assess(series, exact(demand), options).redundant).toBe(fetches.length - flights);
        // To the cover each flight, from its first fetch to its last, is up to d more of having a token.
        const byFetches = assess(series, undefined, options).redundant;
        expect(byFetches).toBeLessThanOrEqual(fetches.length - flights);
        expect(byFetches).toBeGreaterThanOrEqual(fetches.length - Math.ceil(flights * (1 + slowMs / LIFE_MS)));
      });

      test(`four workers, seed ${seed}: healthy each, and normal for four hidden holders`, () => {
        const hands = dealOut(demand, 4, random).filter((hand) => hand.length > 0);
        const fetches = hands.map((hand) => refreshOnDemand(() => LIFE_MS, FETCH_MS)(hand, random));
        hands.forEach((hand, i) => {
          const { byDemand, byFetches } = run(fetches[i]!, hand);
          expect([byDemand.redundant, byFetches.redundant]).toEqual([0, 0]);
        });
        const merged = assess(mergeSeries(fetches.map(seriesOf)), exact(demand), {
          margin: NO_MARGIN,
          windowEndMs: demand.at(-1)!,
        });
        expect(redundantWithHidden(merged.ok, merged.byDemand!.low, merged.timely, 4)).toBe(0);
        if (shape === 'steady') expect(merged.redundant).toBeGreaterThan(merged.ok * 0.6);
      });
    }
  });
}

describe('where a plausible rule would be wrong', () => {
  test('bursts that just outlive a token: refreshing ahead hides a part of the walk from the cover', () => {
    // Every 40 s a burst of 10.5 s. A walk fetches at 0 and 10 s of it; the cache at 0 and 9 s: 0.9 + 1 tokens of cover.
    const demand = Array.from({ length: 20 }, (_, burst) =>
      Array.from({ length: 22 }, (_, i) => burst * 40_000 + i * 500),
    ).flat();
    const fetches = refreshOnDemand(() => 9_000, 0)(demand, seeded(1));
    const options = { margin: NO_MARGIN, windowEndMs: demand.at(-1)! };
    const series = { ...seriesOf(fetches), durationMs: new Int32Array(fetches.length) };
    const result = assess(series, exact(demand), options);
    expect([result.byDemand!.low, result.byFetches.low, result.timely]).toEqual([40, 38, 40]);
    expect(assess(series, undefined, options)).toMatchObject({ necessary: 38, ahead: 2, redundant: 0 });
  });

  test('a cache that uses its tokens longer than U fetches less often than the perfect one', () => {
    const demand = shapes.steady!(seeded(1), LIFE_MS);
    const fetches = refreshOnDemand(() => LIFE_MS, FETCH_MS)(demand, seeded(1));
    const { byDemand } = run(fetches, demand, { kind: 'default' });
    expect(byDemand.byFetches.low).toBe(fetches.length);
    expect(byDemand.byDemand!.low).toBeGreaterThan(fetches.length + 1);
    expect(byDemand).toMatchObject({ necessary: fetches.length, ahead: 0, redundant: 0 });
  });

  test('no cache, and a request every half life: the same fetches as refreshing ahead, so nothing is redundant', () => {
    const demand = Array.from({ length: 41 }, (_, i) => i * 5_000);
    const { byDemand } = run(noCache(demand, seeded(1)), demand);
    expect(byDemand).toMatchObject({ ok: 41, timely: 41, redundant: 0 });
    expect(byDemand.byDemand!.low).toBeLessThan(21);
  });
});
