import { describe, expect, test } from 'vitest';
import {
  assess,
  assessUnknownLifetime,
  coverOverFetches,
  type DemandTimeline,
  type FetchSeries,
  hiddenHoldersNeeded,
  type Margin,
  mergeSeries,
  redundantWithHidden,
  timelyFlags,
  usableMs,
  walkDemand,
} from '../src/analysis/perfect-cache.js';

const NO_MARGIN: Margin = { kind: 'ms', ms: 0 };
const NONE = new Float64Array(0);

function series(startsMs: readonly number[], lifetimeMs: number | readonly number[], durationMs = 0): FetchSeries {
  return {
    count: startsMs.length,
    startMs: Float64Array.from(startsMs),
    durationMs: new Int32Array(startsMs.length).fill(durationMs),
    lifetimeMs: typeof lifetimeMs === 'number' ? lifetimeMs : Float64Array.from(lifetimeMs),
  };
}

function exact(startsMs: readonly number[]): DemandTimeline {
  return { kind: 'exact', count: startsMs.length, startMs: Float64Array.from(startsMs) };
}

function cells(...spans: readonly (readonly [number, number])[]): DemandTimeline {
  return {
    kind: 'cells',
    cellCount: spans.length,
    firstMs: Float64Array.from(spans, ([first]) => first),
    lastMs: Float64Array.from(spans, ([, last]) => last),
  };
}

function everyTo(stepMs: number, endMs: number): number[] {
  return Array.from({ length: endMs / stepMs + 1 }, (_, i) => i * stepMs);
}

function seconds(...values: readonly number[]): number[] {
  return values.map((value) => value * 1000);
}

/** m = 0, d = 0, q = 0; the window ends with demand unless it says otherwise. */
const worked: readonly {
  readonly name: string;
  readonly fetches: readonly number[];
  readonly demand: readonly number[];
  readonly life: number;
  readonly windowEnd?: number;
  readonly gives: readonly [
    byDemand: number,
    byFetches: number,
    timely: number,
    necessary: number,
    ahead: number,
    redundant: number,
  ];
  readonly flagged: readonly number[];
}[] = [
  {
    name: 'a fetch per request',
    fetches: seconds(0, 1, 2, 3, 4, 5),
    demand: seconds(0, 1, 2, 3, 4, 5),
    life: 3_600_000,
    gives: [1, 1, 1, 1, 0, 5],
    flagged: [1, 2, 3, 4, 5],
  },
  {
    name: 'refreshed at 0.9 L',
    fetches: seconds(0, 9, 18, 27),
    demand: everyTo(1_000, 27_000),
    life: 10_000,
    gives: [3, 3, 4, 3, 1, 0],
    flagged: [],
  },
  {
    name: 'refreshed at the end',
    fetches: seconds(0, 10, 20),
    demand: everyTo(1_000, 27_000),
    life: 10_000,
    gives: [3, 3, 3, 3, 0, 0],
    flagged: [],
  },
  {
    name: 'refreshed at half the life',
    fetches: seconds(0, 5, 10, 15, 20),
    demand: everyTo(1_000, 24_000),
    life: 10_000,
    gives: [3, 3, 5, 3, 2, 0],
    flagged: [],
  },
  {
    // Anchors: 0 and 12 s. Each of the two lives gives its latest fetch, then the last life its other one.
    name: 'refreshed at 0.4 L',
    fetches: seconds(0, 4, 8, 12, 16, 20),
    demand: everyTo(1_000, 20_000),
    life: 10_000,
    gives: [3, 3, 1, 3, 0, 3],
    flagged: [2, 4, 5],
  },
  {
    name: 'no single flight',
    fetches: seconds(0, 0, 0, 10, 10, 10),
    demand: everyTo(100, 10_000),
    life: 10_000,
    gives: [2, 2, 2, 2, 0, 4],
    flagged: [1, 2, 4, 5],
  },
  {
    name: 'sparse',
    fetches: seconds(0, 100, 200),
    demand: seconds(0, 100, 200),
    life: 10_000,
    gives: [3, 3, 3, 3, 0, 0],
    flagged: [],
  },
  {
    name: 'then silence',
    fetches: seconds(0, 1),
    demand: seconds(0, 1),
    life: 10_000,
    windowEnd: 60_000,
    gives: [1, 1, 1, 1, 0, 1],
    flagged: [1],
  },
];

describe('the worked table', () => {
  for (const { name, fetches, demand, life, windowEnd = demand.at(-1)!, gives, flagged } of worked) {
    const [byDemand, byFetches, timely, necessary, ahead, redundant] = gives;
    const options = { margin: NO_MARGIN, windowEndMs: windowEnd };
    const verdict = {
      ok: fetches.length,
      timely,
      necessary,
      ahead,
      redundant,
      unknown: 0,
      redundantLow: redundant,
      redundantHigh: redundant,
    };

    test(name, () => {
      const result = assess(series(fetches, life), exact(demand), options);
      expect(result).toMatchObject({
        ...verdict,
        byDemand: { low: byDemand, high: byDemand },
        byFetches: { low: byFetches, high: byFetches },
      });
      expect([...result.redundantFlags.entries()].filter(([, flag]) => flag).map(([i]) => i)).toEqual(flagged);
    });

    // Here N(D) and N(F) agree in every row, so the fetches alone lead to the same verdict.
    test(`${name}, by fetches alone`, () => {
      const result = assess(series(fetches, life), undefined, options);
      expect(result).toMatchObject({ ...verdict, byFetches: { low: byFetches, high: byFetches } });
      expect(result.byDemand).toBeUndefined();
    });

    test(`${name}, one lifetime per fetch`, () => {
      const result = assess(
        series(
          fetches,
          fetches.map(() => life),
        ),
        exact(demand),
        options,
      );
      expect(result).toEqual(assess(series(fetches, life), exact(demand), options));
    });
  }
});

describe('usable life', () => {
  const rows: readonly [lifetimeMs: number, margin: Margin, usable: number][] = [
    [3_600_000, { kind: 'default' }, 3_540_000],
    [600_000, { kind: 'default' }, 540_000],
    [300_000, { kind: 'default' }, 270_000],
    [15, { kind: 'default' }, 13],
    [1, { kind: 'default' }, 1],
    [60_000, { kind: 'ms', ms: 30_000 }, 30_000],
    [60_000, { kind: 'ms', ms: 60_000 }, 1],
    [60_000, { kind: 'ms', ms: 90_000 }, 1],
    [60_000, { kind: 'share', share: 0.25 }, 45_000],
    [100, { kind: 'share', share: 0.07 }, 93],
    [100, { kind: 'share', share: 1 }, 1],
    [100, { kind: 'share', share: 0 }, 100],
  ];
  for (const [lifetimeMs, margin, usable] of rows) {
    test(`${lifetimeMs} ms with ${JSON.stringify(margin)}: ${usable} ms`, () =>
      expect(usableMs(lifetimeMs, margin)).toBe(usable));
  }
});

describe('cover', () => {
  test('three lives of three different lengths', () => {
    // 0 -> 5 of 10: 1/2; 5 -> 10 of 20: 1/4; 10 -> 20 of 40: 1/4; the tail is the longest gap, 10 of 40: 1/4. 1 + floor(1.25)
    expect(coverOverFetches(series(seconds(0, 5, 10, 20), seconds(10, 20, 40, 40)), NO_MARGIN, 90_000).n).toBe(2);
  });

  test('thirds of several lives add up to a whole', () => {
    // 1/3 + 1/3 of 6 s + 1/3: rounded down they would be 0.999999999
    expect(coverOverFetches(series(seconds(0, 1, 3, 4), seconds(3, 6, 3, 6)), NO_MARGIN, 4_000).n).toBe(2);
  });

  test('a tail never is a whole token', () => {
    expect(coverOverFetches(series(seconds(0, 100), 10_000), NO_MARGIN, 1_000_000).n).toBe(2);
    // Where U is above 1e9 ms, (U - 1) / U is within a billionth of a whole.
    expect(coverOverFetches(series([0, 6e9], 5e9), NO_MARGIN, 9e12).n).toBe(2);
  });

  test('a window that ends before the last fetch has no tail', () => {
    expect(coverOverFetches(series(seconds(0, 9), 10_000), NO_MARGIN, 5_000).n).toBe(1);
  });

  test('lives shorter than the 60 s of the margin lose 10 %', () => {
    // U = 9 s: 0 -> 9 is a whole life
    expect(coverOverFetches(series(seconds(0, 9), 10_000), { kind: 'default' }, 9_000).n).toBe(2);
  });

  test('stamps of 1 s move a run of gaps by a second in all, and a gap of a whole life by nothing', () => {
    // q = 1 s, L = 10 s < 20 q. A run of 2 + 7 s is 8 to 10 s; 30 s is a whole life whatever the stamps. Tail 0.
    const run = series(seconds(0, 2, 9, 39), 10_000);
    expect(coverOverFetches(run, NO_MARGIN, 39_000, 1_000)).toEqual({ n: 2, low: 2, high: 3 });
    expect(coverOverFetches(run, NO_MARGIN, 39_000, 500)).toEqual({ n: 2, low: 2, high: 2 });
  });

  test('a gap of a life, to the second, may or may not be one', () => {
    expect(coverOverFetches(series(seconds(0, 10), 10_000), NO_MARGIN, 10_000, 1_000)).toEqual({ n: 2, low: 1, high: 2 });
  });

  test('a gap never counts more than one token, however far the stamps may be off', () => {
    // q = 12 s, L = 10 s. Most: 0 -> 0 one life (not 1.2), 0 -> 100 one, 100 -> 107 up to 7 + 12 s: 1 + floor(3.9). Least: only 0 -> 100.
    const fetches = series(seconds(0, 0, 100, 102, 104, 107), 10_000);
    expect(coverOverFetches(fetches, NO_MARGIN, 107_000, 12_000)).toEqual({ n: 2, low: 2, high: 4 });
  });

  test('within one stamp of 60 s any number of lives of 10 s may lie, but no more than there are fetches', () => {
    expect(coverOverFetches(series([0, 0, 0], 10_000), NO_MARGIN, 0, 60_000)).toEqual({ n: 1, low: 1, high: 3 });
  });
});

describe('walk over demand', () => {
  test('a request at the very end of a life needs a new token', () => {
    expect(walkDemand(exact([0, 9, 10, 19, 20]), 10, 0)).toEqual({ low: 3, high: 3 });
  });

  test('the life begins when the fetch is answered', () => {
    expect(walkDemand(exact([0, 10, 11, 12, 23, 24]), 10, 2)).toEqual({ low: 3, high: 3 });
  });

  test('the life is that of the latest ok fetch, else of the first', () => {
    // At 5 no fetch yet: 10; at 15 the fetch of 12: 100; at 115 the fetch of 50: 1; at 116, 117 again.
    const usable = { count: 3, startMs: Float64Array.of(6, 12, 50), usableMs: Float64Array.of(10, 100, 1) };
    expect(walkDemand(exact([5, 15, 114, 115, 116, 117]), usable, 0)).toEqual({ low: 5, high: 5 });
  });

  test('no demand, no fetch', () => {
    expect(walkDemand(exact([]), 10, 0)).toEqual({ low: 0, high: 0 });
    expect(walkDemand(cells(), 10, 0)).toEqual({ low: 0, high: 0 });
  });

  test('a cell leaves open where inside it a fetch lies', () => {
    // From 0 to 10: the second fetch starts at 10 to 14; the third at 20 to 24, so that 23 is either covered or not.
    expect(walkDemand(cells([0, 14], [23, 23]), 10, 0)).toEqual({ low: 2, high: 3 });
    // Its ends are exact: the token ends in the silence before the cell.
    expect(walkDemand(cells([0, 9], [12, 14], [22, 22]), 10, 0)).toEqual({ low: 3, high: 3 });
    // It ends at the first start of the cell, to the ms.
    expect(walkDemand(cells([0, 0], [10, 14], [22, 22]), 10, 0)).toEqual({ low: 3, high: 3 });
  });

  test('a later fetch inside a cell may get a shorter life', () => {
    // From 5 to 12 a life is 100, from 12 on 6. The second fetch is in 10..15: at 10 it lasts to 110, at 15 to 21.
    const usable = { count: 3, startMs: Float64Array.of(0, 5, 12), usableMs: Float64Array.of(10, 100, 6) };
    expect(walkDemand(exact([0, 10, 15, 20, 30]), usable, 0)).toEqual({ low: 2, high: 2 });
    expect(walkDemand(exact([0, 15, 20, 30]), usable, 0)).toEqual({ low: 3, high: 3 });
    expect(walkDemand(exact([0, 12, 15, 20, 30]), usable, 0)).toEqual({ low: 4, high: 4 });
    expect(walkDemand(cells([0, 15], [20, 20], [30, 30]), usable, 0)).toEqual({ low: 2, high: 4 });
  });
});

describe('timely', () => {
  test('half a life less 5 %, of the token before', () => {
    // 4.5 s of 10, 8.999 of 20, 9 of 20
    expect([...timelyFlags(series([0, 4_500, 13_499, 22_499], seconds(10, 20, 20, 20)), 0, NONE).flags]).toEqual([1, 1, 0, 1]);
  });

  test('less the resolution, where that is more', () => {
    expect(timelyFlags(series(seconds(0, 4), 10_000), 1_000, NONE).count).toBe(2);
    expect(timelyFlags(series([0, 3_999], 10_000), 1_000, NONE).count).toBe(1);
  });

  test('after an upstream 401, once a minute', () => {
    const fetches = series([0, 1_000, 3_001, 5_000, 63_000, 63_001, 64_000], 3_600_000);
    // 2.001 s after the first 401 is too late; 5 s is granted; 63 s is not a minute later than any grant but 5 s -> 65 s.
    expect([...timelyFlags(fetches, 0, Float64Array.of(1_000.5, 4_000, 62_999)).flags]).toEqual([1, 0, 0, 1, 0, 0, 0]);
    expect([...timelyFlags(fetches, 0, Float64Array.of(1_000, 62_999)).flags]).toEqual([1, 1, 0, 0, 1, 0, 0]);
  });
});

describe('verdict', () => {
  const options = { margin: NO_MARGIN, windowEndMs: 60_000 };

  test('nothing', () => {
    for (const lifetimeMs of [10_000, []]) {
      const result = assess(series([], lifetimeMs), exact([1, 2]), options);
      expect(result).toMatchObject({ ok: 0, necessary: 0, ahead: 0, redundant: 0, unknown: 0, timely: 0 });
      expect(result.byFetches).toEqual({ low: 0, high: 0 });
    }
    expect(assess(series([], 10_000), exact([1, 2]), options).byDemand).toEqual({ low: 1, high: 1 });
    expect(assess(series([], []), exact([1, 2]), options).byDemand).toBeUndefined();
  });

  test('one fetch', () => {
    expect(assess(series([7], 10_000), undefined, options)).toMatchObject({
      ok: 1,
      necessary: 1,
      redundant: 0,
      byFetches: { low: 1, high: 1 },
    });
  });

  test('all at the same ms', () => {
    const result = assess(series(Array(1000).fill(5), 10_000), undefined, options);
    expect(result).toMatchObject({ ok: 1000, necessary: 1, ahead: 0, redundant: 999, unknown: 0 });
    expect(result.redundantFlags[0]).toBe(0);
  });

  test('no demand at all: only a refresh is not redundant', () => {
    expect(assess(series(seconds(0, 1, 6), 10_000), exact([]), options)).toMatchObject({ necessary: 0, ahead: 2, redundant: 1 });
  });

  test('fewer fetches than the walk: another cache served the rest', () => {
    expect(assess(series([0], 10_000), exact(everyTo(1_000, 60_000)), options)).toMatchObject({
      necessary: 1,
      ahead: 0,
      redundant: 0,
    });
  });

  test('what cells leave open is unknown', () => {
    const result = assess(series([0, 1, 2, 3], 10), cells([0, 14], [23, 23]), { margin: NO_MARGIN, windowEndMs: 23 });
    expect(result).toMatchObject({
      byDemand: { low: 2, high: 3 },
      necessary: 2,
      ahead: 0,
      redundant: 1,
      unknown: 1,
      redundantLow: 1,
      redundantHigh: 2,
    });
  });

  test('untimely anchors go last', () => {
    // Lives of 10, 10, 100 s... the fetch at 15 s is untimely (5 s of 100 s) and, since the first token ended at 10 s, an anchor.
    const fetches = series(seconds(0, 10, 14, 15), seconds(10, 4, 100, 10));
    const result = assess(fetches, exact([0]), { margin: NO_MARGIN, windowEndMs: 15_000 });
    expect(result).toMatchObject({ timely: 3, redundant: 1 });
    expect([...result.redundantFlags]).toEqual([0, 0, 0, 1]);
    // By demand one token is enough, but the timely ones stay: 0 and 12 s are anchors, 4, 8, 16 and 20 s go first, then 12 s.
    const often = assess(series(seconds(0, 4, 8, 12, 16, 20), 10_000), exact([0]), options);
    expect([...often.redundantFlags]).toEqual([0, 1, 1, 1, 1, 1]);
  });

  test('durations that are unknown do not count', () => {
    const mixed = { ...series(seconds(0, 10), 10_000), durationMs: Int32Array.of(-1, 2_000) };
    // U + d = 12 s: 11 s is covered
    expect(assess(mixed, exact(seconds(0, 11)), options).byDemand).toEqual({ low: 1, high: 1 });
    expect(assess({ ...mixed, durationMs: Int32Array.of(-1, -1) }, exact(seconds(0, 11)), options).byDemand).toEqual({
      low: 2,
      high: 2,
    });
  });

  test('unsorted times and lifetimes of nothing are refused', () => {
    expect(() => assess(series([2, 1], 10), undefined, options)).toThrow(RangeError);
    expect(() => assess(series([1, Number.NaN], 10), undefined, options)).toThrow(RangeError);
    expect(() => assess(series([1], 10), exact([2, 1]), options)).toThrow(RangeError);
    expect(() => assess(series([1], 10), cells([2, 1]), options)).toThrow(RangeError);
    expect(() => assess(series([1], 10), cells([1, 5], [4, 6]), options)).toThrow(RangeError);
    expect(() => assess(series([1], 10), undefined, { ...options, upstream401Ms: Float64Array.of(2, 1) })).toThrow(RangeError);
    expect(() => assess(series([1], 0), undefined, options)).toThrow(RangeError);
    expect(() => assess(series([1, 2], [10, -1]), undefined, options)).toThrow(RangeError);
  });

  test('spare room behind the fetches is not read', () => {
    const wide: FetchSeries = {
      count: 2,
      startMs: Float64Array.of(0, 1_000, 0, -5),
      durationMs: Int32Array.of(5, 5, 9_999, 9_999),
      lifetimeMs: Float64Array.of(10_000, 10_000, 0, 0),
    };
    expect(assess(wide, undefined, options)).toEqual(assess(series([0, 1_000], 10_000, 5), undefined, options));
  });
});

describe('unknown lifetime', () => {
  test('the floor is what is redundant at 300 s', () => {
    // A fetch every 200 s for 2000 s; U = L. 300 s: N = 1 + floor(2000 / 300) = 7, all timely (200 >= 135). 3600 s and a day: 1 of 11.
    const { lifetimeMs: _, ...times } = series(everyTo(200_000, 2_000_000), 1);
    const result = assessUnknownLifetime(times, undefined, { margin: NO_MARGIN, windowEndMs: 2_000_000 });
    expect(result).toMatchObject({
      ok: 11,
      necessary: 1,
      ahead: 0,
      redundant: 0,
      unknown: 10,
      redundantLow: 0,
      redundantHigh: 10,
    });
    expect(result.byFetches).toEqual({ low: 1, high: 7 });
    expect(result.byLifetime).toEqual([
      { lifetimeSeconds: 300, necessary: 7, redundant: 0 },
      { lifetimeSeconds: 3_600, necessary: 1, redundant: 10 },
      { lifetimeSeconds: 86_400, necessary: 1, redundant: 10 },
    ]);
  });
});

describe('holders', () => {
  test('ten pods behind one address look 90 % redundant, and ten hidden holders make them normal', () => {
    const pods = Array.from({ length: 10 }, (_, pod) =>
      series(
        everyTo(10_000, 90_000).map((at) => at + pod),
        10_000,
      ),
    );
    const options = { margin: NO_MARGIN, windowEndMs: 90_009 };
    for (const pod of pods) expect(assess(pod, undefined, options)).toMatchObject({ necessary: 10, redundant: 0 });

    const { ok, redundant, timely, byFetches } = assess(mergeSeries(pods), undefined, options);
    expect({ ok, redundant, byFetches }).toEqual({ ok: 100, redundant: 90, byFetches: { low: 10, high: 10 } });
    expect(hiddenHoldersNeeded(ok, byFetches.low)).toBe(10);
    expect(redundantWithHidden(ok, byFetches.low, timely, 1)).toBe(90);
    expect(redundantWithHidden(ok, byFetches.low, timely, 7)).toBe(30);
    expect(redundantWithHidden(ok, byFetches.low, timely, 32)).toBe(0);
  });

  test('the number of holders needed is finite', () => {
    expect(hiddenHoldersNeeded(5, 0)).toBe(5);
    expect(hiddenHoldersNeeded(0, 0)).toBe(0);
    expect(redundantWithHidden(5, 0, 1, 32)).toBe(4);
  });

  test('merging keeps the order of the list on equal starts', () => {
    const merged = mergeSeries([series([1, 3], 10, 1), series([1, 2, 3], [20, 21, 22], 2)]);
    expect([...merged.startMs]).toEqual([1, 1, 2, 3, 3]);
    expect([...merged.durationMs]).toEqual([1, 2, 2, 1, 2]);
    expect([...(merged.lifetimeMs as Float64Array)]).toEqual([10, 20, 21, 10, 22]);
    expect(mergeSeries([series([1], 10), series([0], 10)]).lifetimeMs).toBe(10);
    expect(mergeSeries([]).count).toBe(0);
  });
});

describe('five million fetches', () => {
  const count = 5_000_000;
  const startMs = Float64Array.from({ length: count }, (_, i) => i * 17);
  const durationMs = Int32Array.from({ length: count }, (_, i) => i % 90);
  const demand: DemandTimeline = { kind: 'exact', count, startMs };
  const lives: Record<string, number | Float64Array> = {
    'of one life': 3_600_000,
    'of lives from 60 to 90 min': Float64Array.from({ length: count }, (_, i) => 3_600_000 + ((i * 7_919) % 1_800_000)),
    'of lives short for the stamps': Float64Array.from({ length: count }, (_, i) => 5_000 + ((i * 7_919) % 10_000)),
  };
  for (const [name, lifetimeMs] of Object.entries(lives)) {
    test(name, { timeout: 20_000 }, () => {
      const began = performance.now();
      const result = assess({ count, startMs, durationMs, lifetimeMs }, demand, {
        margin: { kind: 'default' },
        windowEndMs: count * 17,
        resolutionMs: 1_000,
      });
      expect(performance.now() - began).toBeLessThan(4_000);
      expect(result.necessary + result.ahead + result.redundant + result.unknown).toBe(count);
      expect(result.redundantFlags.reduce((sum, flag) => sum + flag, 0)).toBe(result.redundant);
    });
  }
});
