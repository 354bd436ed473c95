/** The clever parts of the join against slow and obvious ones. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { binomialTail, fewByChance, noneByChance, poissonTail } from '../src/analysis/join-chance.js';
import { countLags } from '../src/analysis/join-lags.js';
import { JoinLog } from '../src/analysis/join-log.js';
import { HoldingRequests, type Intervals, type Matches, type MatchOptions, matchByTime } from '../src/analysis/join-match.js';
import { estimateSkew } from '../src/analysis/join-skew.js';
import { assess, type DemandTimeline, walkDemand } from '../src/analysis/perfect-cache.js';
import { Dictionary } from '../src/scan/dictionary.js';
import { emptyBatch } from '../src/scan/file-scanner.js';
import { hashId } from '../src/scan/ids.js';
import { requestsOf } from './support/requests.js';

const intervals = (list: readonly (readonly [number, number])[]): Intervals => {
  const sorted = [...list].sort(([a], [b]) => a - b);
  return {
    count: sorted.length,
    startMs: Float64Array.from(sorted, ([start]) => start),
    endMs: Float64Array.from(sorted, ([start, duration]) => start + duration),
  };
};

/** Straight from the words: all requests are looked at for each fetch. */
function slowMatches(fetches: Intervals, requests: Intervals, { slackMs, toleranceMs, coarse, allowed }: MatchOptions): Matches {
  const requestOf = new Int32Array(fetches.count).fill(-1);
  const ambiguous = new Uint8Array(fetches.count);
  const taken = new Set<number>();
  for (let fetch = 0; fetch < fetches.count; fetch += 1) {
    const start = fetches.startMs[fetch]!;
    const end = fetches.endMs[fetch]!;
    const gap = (row: number): number => Math.abs(start - requests.startMs[row]!);
    const holding = Array.from({ length: requests.count }, (_, row) => row)
      .filter((row) => requests.startMs[row]! - slackMs <= start && requests.endMs[row]! + slackMs >= Math.max(start, end))
      .filter((row) => allowed(fetch, row))
      // The newest first, as among equals it is taken.
      .reverse()
      .sort((a, b) => gap(a) - gap(b));
    const free = holding.filter((row) => !taken.has(row));
    if (holding.length === 0) continue;
    if (free.length === 0) {
      requestOf[fetch] = holding[0]!;
      ambiguous[fetch] = holding.length > 1 ? 1 : 0;
      continue;
    }
    requestOf[fetch] = free[0]!;
    taken.add(free[0]!);
    const isClear = coarse ? holding.length === 1 : free.length === 1 || gap(free[1]!) - gap(free[0]!) > toleranceMs;
    ambiguous[fetch] = isClear ? 0 : 1;
  }
  return { requestOf, ambiguous };
}

const someIntervals = fc.array(fc.tuple(fc.nat(300), fc.nat(60)), { maxLength: 40 });

/** Many of one start, as in logs of whole seconds, and more than are kept without looking through them. */
const crowdedIntervals = fc.array(
  fc.tuple(
    fc.nat(12).map((tick) => tick * 25),
    fc.oneof(fc.nat(60), fc.nat(400)),
  ),
  {
    minLength: 60,
    maxLength: 300,
    size: 'max',
  },
);

test.each([
  ['of few', someIntervals],
  ['of a crowd', crowdedIntervals],
])('matches are those of a matcher that looks at everything: %s', (_, some) => {
  fc.assert(
    fc.property(some, some, fc.nat(10), fc.nat(10), fc.boolean(), fc.nat(3), (a, b, slackMs, toleranceMs, coarse, nodes) => {
      const [fetches, requests] = [intervals(a), intervals(b)];
      const allowed = (fetch: number, row: number): boolean => nodes < 2 || fetch % nodes === row % nodes;
      const options = { slackMs, toleranceMs, coarse, allowed };
      expect(matchByTime(fetches, requests, options)).toEqual(slowMatches(fetches, requests, options));
    }),
    { numRuns: 300 },
  );
});

const ascending = (list: readonly number[]): Float64Array => Float64Array.from(list).sort();
const EPOCH = 1_772_446_530_000;

test.each([
  ['few in a bin', 40, 20_000],
  ['many in a bin', 3000, 900],
])('lags are counted as pair by pair: %s', (_, most, spanMs) => {
  const starts = fc.array(fc.nat(spanMs), { minLength: 1, maxLength: most, size: 'max' });
  const shape = fc.tuple(fc.integer({ min: -300, max: 300 }), fc.integer({ min: 1, max: 400 }), fc.integer({ min: 1, max: 20 }));
  fc.assert(
    fc.property(
      fc.array(fc.nat(spanMs), { minLength: 1, maxLength: 60 }),
      starts,
      shape,
      fc.integer({ min: 1, max: 4 }),
      (a, b, of, stride) => {
        const fetches = ascending(a.map((ms) => ms + EPOCH));
        const requests = ascending(b.map((ms) => ms + EPOCH));
        const [aroundMs, reachMs, binMs] = of;
        const bins = Math.floor((2 * reachMs) / binMs);
        const counts = new Float64Array(bins);
        let pairs = 0;
        fetches.forEach((fetch, index) => {
          for (const request of requests) {
            const lag = fetch - request - aroundMs;
            if (Math.abs(lag) > reachMs) continue;
            pairs += 1;
            const bin = Math.floor((lag + reachMs) / binMs);
            if (index % stride === 0 && bin < bins) counts[bin]! += 1;
          }
        });
        const found = countLags(fetches, requests, { aroundMs, reachMs, binMs }, pairs, stride);
        expect([...found.counts]).toEqual([...counts]);
        expect(found.used).toBe(Math.ceil(fetches.length / stride));
      },
    ),
    { numRuns: 150 },
  );
});

test('whether a request holds a fetch is what the matcher finds, over blocks of requests and with long ones among them', () => {
  const requests = fc.array(fc.tuple(fc.nat(5000), fc.oneof(fc.nat(20), fc.nat(20), fc.nat(5000))), {
    minLength: 200,
    maxLength: 900,
    size: 'max',
  });
  fc.assert(
    fc.property(someIntervals, requests, fc.nat(10), fc.nat(5000), (a, b, slackMs, moveMs) => {
      const fetches = intervals(a.map(([start, duration]) => [start + moveMs, duration] as const));
      const { requestOf } = matchByTime(fetches, intervals(b), { slackMs, toleranceMs: 0, coarse: false, allowed: () => true });
      const holding = new HoldingRequests(intervals(b), slackMs);
      expect(Array.from(fetches.startMs, (start, fetch) => holding.hold(start, fetches.endMs[fetch]!))).toEqual(
        Array.from(requestOf, (row) => row >= 0),
      );
    }),
    { numRuns: 200 },
  );
});

test('of thousands of requests in flight the newest are looked at, by both', () => {
  const long = intervals(Array.from({ length: 10_000 }, (_, index) => [index, index < 4000 ? 50_000 : 12_000 - index] as const));
  const fetches = intervals([11_000, 11_999, 12_000, 12_001, 13_000].map((start) => [start, 5] as const));
  const { requestOf } = matchByTime(fetches, long, { slackMs: 0, toleranceMs: 0, coarse: false, allowed: () => true });
  const holding = new HoldingRequests(long, 0);
  const found = Array.from(fetches.startMs, (start, fetch) => holding.hold(start, fetches.endMs[fetch]!));
  expect(found).toEqual(Array.from(requestOf, (row) => row >= 0));
  expect(new Set(found).size).toBe(2);
});

test('no request is the first choice of two fetches while another holds the second', () => {
  fc.assert(
    fc.property(someIntervals, someIntervals, (a, b) => {
      const [fetches, requests] = [intervals(a), intervals(b)];
      const { requestOf } = matchByTime(fetches, requests, { slackMs: 0, toleranceMs: 0, coarse: false, allowed: () => true });
      const used = new Set<number>(requestOf);
      requestOf.forEach((row, fetch) => {
        if (row < 0) return;
        expect(requests.startMs[row]!).toBeLessThanOrEqual(fetches.startMs[fetch]!);
        expect(requests.endMs[row]!).toBeGreaterThanOrEqual(fetches.endMs[fetch]!);
      });
      // One that is left without a request is held by none at all.
      requestOf.forEach((row, fetch) => {
        if (row >= 0) return;
        for (let one = 0; one < requests.count; one += 1) {
          const holds = requests.startMs[one]! <= fetches.startMs[fetch]! && requests.endMs[one]! >= fetches.endMs[fetch]!;
          expect(holds).toBe(false);
        }
      });
      expect(used.size).toBeLessThanOrEqual(fetches.count + 1);
    }),
  );
});

// Without bias: traffic of one period fits itself at many distances, and then none is said.
test('the skew of series that belong together is found, wherever it is', () => {
  fc.assert(
    fc.property(
      fc.array(fc.noBias(fc.integer({ min: 5, max: 1500 })), { minLength: 300, maxLength: 400 }),
      fc.integer({ min: -120_000, max: 120_000 }),
      fc.integer({ min: 2, max: 8 }),
      (gaps, skewMs, every) => {
        let at = 1_772_446_530_000;
        const starts = Float64Array.from(gaps, (gap) => {
          at += gap;
          return at;
        });
        const fetches = starts.filter((_, index) => index % every === 0).map((start, index) => start + (index % 4) + skewMs);
        const found = estimateSkew(fetches, starts, 1);
        expect(found).toBeDefined();
        expect(Math.abs(found!.ms - skewMs)).toBeLessThanOrEqual(10);
      },
    ),
    // Of some thousand such logs one has a higher peak elsewhere by chance: these are the same sixty each time.
    { numRuns: 60, seed: 7, endOnFailure: true },
  );
});

/** Even times out of one seed: those of the generator of arrays repeat, and what repeats is a common cause. */
function evenTimes(seed: number, count: number): Float64Array {
  let state = seed;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
  return Float64Array.from({ length: count }, () => Math.floor(next() * 600_000)).sort();
}

test('series that have nothing to do with each other have no skew', () => {
  let found = 0;
  for (let seed = 1; seed <= 150; seed += 1) {
    const fetches = evenTimes(seed * 7919, 20 + (seed % 300));
    if (estimateSkew(fetches, evenTimes(seed * 104_729 + 1, 100 + seed * 5), 1) !== undefined) found += 1;
  }
  expect(found).toBeLessThanOrEqual(1);
});

test('requests come out of the log as they went in', () => {
  const row = fc.record({
    startMs: fc.integer({ min: 0, max: 4e12 }),
    durationMs: fc.integer({ min: -1, max: 86_400_000 }),
    route: fc.nat(100_000),
    node: fc.integer({ min: -1, max: 1000 }),
    offset: fc.nat(2 ** 31),
    request: fc.maxSafeNat().map((id) => id % 2 ** 52),
    trace: fc.maxSafeNat().map((id) => id % 2 ** 52),
    user: fc.nat(2 ** 32 - 1),
  });
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 300 }), (rows) => {
      const log = new JoinLog();
      const users = new Float64Array(1);
      const batch = { ...emptyBatch(new Dictionary([], []), 1, true), users };
      for (const { startMs, durationMs, route, node, offset, request, trace, user } of rows) {
        batch.route[0] = route;
        batch.node[0] = node;
        batch.offset[0] = offset;
        batch.ids!.request[0] = request;
        batch.ids!.trace[0] = trace;
        users[0] = user;
        log.addRequest(0, startMs, durationMs, batch, 0);
      }
      const back: unknown[] = [];
      log.forEachRequests(0, (rows, from, to) => back.push(...requestsOf(rows, from, to)));
      expect(back).toEqual(rows);
    }),
  );
});

test('beyond its limit the log of requests keeps none, and says so', () => {
  const log = new JoinLog(10);
  const batch = emptyBatch(new Dictionary([], []), 1);
  for (let index = 0; index < 11; index += 1) log.addRequest(index % 2, index, 1, batch, 0);
  expect(log.isFull).toBe(true);
  expect(log.requestCount(0)).toBe(0);
});

describe('chance', () => {
  const choose = (n: number, k: number): number => (k === 0 ? 1 : (choose(n, k - 1) * (n - k + 1)) / k);

  test('binomial tails are sums of their terms', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.nat(40),
        fc.double({ min: 0.01, max: 0.99, noNaN: true }),
        (n, k, share) => {
          let sum = 0;
          for (let i = k; i <= n; i += 1) sum += choose(n, i) * share ** i * (1 - share) ** (n - i);
          expect(k > n ? 0 : binomialTail(k, n, share)).toBeCloseTo(sum, 9);
          const few = 1 - sum + (k > n ? 0 : choose(n, k) * share ** k * (1 - share) ** (n - k));
          expect(fewByChance(k, n, share)).toBeCloseTo(few, 9);
        },
      ),
    );
    // The terms of many trials are smaller than any double.
    expect(fewByChance(900, 100_000, 0.01)).toBeCloseTo(1 - binomialTail(901, 100_000, 0.01), 9);
    expect(fewByChance(3, 100_000, 0.5)).toBe(0);
    expect(fewByChance(0, 5, 1)).toBe(0);
    expect(fewByChance(0, 5, 0)).toBe(1);
    expect(fewByChance(5, 5, 1)).toBe(1);
  });

  test('Poisson tails are one less the terms below', () => {
    fc.assert(
      fc.property(fc.nat(30), fc.double({ min: 0.01, max: 20, noNaN: true }), (k, mean) => {
        let below = 0;
        let term = Math.exp(-mean);
        for (let i = 0; i < k; i += 1) {
          below += term;
          term *= mean / (i + 1);
        }
        expect(poissonTail(k, mean)).toBeCloseTo(1 - below, 9);
      }),
    );
  });

  test('none by chance: the zero class', () => {
    expect(noneByChance(10, 0.5)).toBeCloseTo(1 / 1024, 12);
    expect(noneByChance(0, 0.5)).toBe(1);
  });
});

describe('ids', () => {
  const hash = (text: string): number => {
    const bytes = new TextEncoder().encode(text);
    return hashId(bytes, 0, bytes.length);
  };
  test('case and hyphens do not count', () => {
    fc.assert(
      fc.property(fc.uuid(), (id) => {
        expect(hash(id)).toBeGreaterThan(0);
        expect(hash(id)).toBeLessThan(2 ** 52);
        expect(hash(id.toUpperCase())).toBe(hash(id));
        expect(hash(id.replaceAll('-', ''))).toBe(hash(id));
      }),
    );
  });
  test('headers of traces give the id of the trace', () => {
    const trace = '7c1e9a04b5d24f6f8a3b2c1d0e9f8a7b';
    expect(hash(`00-${trace}-00f067aa0ba902b7-01`)).toBe(hash(trace));
    expect(hash(`${trace}-00f067aa0ba902b7-1`)).toBe(hash(trace));
    expect(hash('Root=1-5759e988-bd862e3fe1be46a994272793')).toBe(hash('1-5759e988-bd862e3fe1be46a994272793'));
    expect(hash('Self=1-67891234-12456789abcdef012345678;Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1')).toBe(
      hash('1-5759e988-bd862e3fe1be46a994272793'),
    );
  });
  test.each(['', '-', 'null', '12345', '00000000000000000000000000000000'])('"%s" is none', (text) => expect(hash(text)).toBe(0));
  test('different ids differ', () => {
    const seen = new Set(Array.from({ length: 20_000 }, (_, index) => hash(`req-${index.toString(16).padStart(8, '0')}`)));
    expect(seen.size).toBe(20_000);
  });
});

test('of demand that may be another token’s only bounds are said: they hold every choice of it', () => {
  const times = fc.array(fc.nat(50_000), { minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(
      times,
      fc.array(fc.boolean(), { minLength: 30, maxLength: 30 }),
      fc.infiniteStream(fc.boolean()),
      (list, sure, coin) => {
        const startMs = Float64Array.from(list).sort();
        const sureMs = startMs.filter((_, index) => sure[index]!);
        const chosen = startMs.filter((_, index) => sure[index]! || coin.next().value === true);
        const series = { count: 1, startMs: Float64Array.of(0), durationMs: Int32Array.of(0), lifetimeMs: 5000 };
        const demand: DemandTimeline = { kind: 'exact', count: startMs.length, startMs, sureMs };
        const { byDemand } = assess(series, demand, { margin: { kind: 'ms', ms: 0 }, windowEndMs: 60_000 });
        const truth = walkDemand({ kind: 'exact', count: chosen.length, startMs: chosen }, 5000, 0);
        expect(byDemand!.low).toBeLessThanOrEqual(truth.low);
        expect(byDemand!.high).toBeGreaterThanOrEqual(truth.high);
      },
    ),
  );
});

/** Bursts of starts: a few hundred places, each with starts close together. */
function bursts(seed: number, count: number, spanMs: number): Float64Array {
  const places = evenTimes(seed, count);
  const offsets = evenTimes(seed + 17, count * 20);
  return Float64Array.from({ length: count * 20 }, (_, index) =>
    Math.floor((places[index % count]! * spanMs) / 600_000 + (offsets[index]! % 700)),
  ).sort();
}

test('bursts that have nothing to do with each other are no clock that is minutes or hours off', () => {
  const found: number[] = [];
  for (let seed = 1; seed <= 60; seed += 1) {
    const spanMs = 8 * 3_600_000;
    const skew = estimateSkew(
      bursts(seed * 7919, 8 + (seed % 20), spanMs),
      bursts(seed * 104_729 + 1, 8 + (seed % 30), spanMs),
      seed % 2 === 0 ? 1 : 1000,
    );
    if (skew !== undefined && Math.abs(skew.ms) > 2000) found.push(skew.ms);
  }
  expect(found).toEqual([]);
});

test('a clock that is in another zone is found, and not where it would take the two logs apart', () => {
  for (const hours of [-11, -5.5, 1, 3]) {
    for (let seed = 1; seed <= 6; seed += 1) {
      const requests = evenTimes(seed * 31, 400);
      const skewMs = hours * 3_600_000;
      const fetches = requests.filter((_, index) => index % 4 === 0).map((start, index) => start + 1 + (index % 4) + skewMs);
      expect(Math.abs((estimateSkew(fetches, requests, 1)?.ms ?? 0) - skewMs)).toBeLessThanOrEqual(10);
    }
  }
  // The same evening twice within one log: one burst meets another at three hours, all the others do not.
  const requests = Float64Array.from([...evenTimes(3, 300), ...evenTimes(4, 300).map((ms) => ms + 3 * 3_600_000)]).sort();
  const fetches = Float64Array.from([
    ...evenTimes(4, 300).map((ms) => ms + 5),
    ...evenTimes(9, 40).map((ms) => ms + 3 * 3_600_000),
  ]).sort();
  expect(estimateSkew(fetches, requests, 1)).toBeUndefined();
});
