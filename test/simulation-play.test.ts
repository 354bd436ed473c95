/** One cache under a policy: the fast walk against the slow one, and tables worked by hand. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { typicalDurationMs, walkDemand } from '../src/analysis/perfect-cache.js';
import { addDuration, quantile } from '../src/analysis/quantiles.js';
import { firstFrom, jitterOf, type Logged, play, seedOf, Tally, type Terms } from '../src/simulation/play.js';
import { runs } from './support/runs.js';
import { playSlowly, type SlowPolicy } from './support/slow-policies.js';

const sorted = (list: readonly number[]): number[] => [...list].sort((a, b) => a - b);

const termsOf = (policy: SlowPolicy): Terms => ({
  stores: policy.stores,
  singleFlight: policy.singleFlight,
  usableMs: (life) => policy.ttlMs ?? Math.max(1, Math.floor(life - policy.marginMs)),
  keptMs: (life) => policy.ttlMs ?? life,
  refreshAhead: policy.refreshAhead,
  jitter: policy.jitter,
  lifetimeMs: policy.lifetimeMs,
  failureCacheMs: policy.failureCacheMs,
  outage: policy.outage,
});

const loggedFrom = (rows: readonly { startMs: number; durationMs: number; lifetimeMs: number }[]): Logged => {
  const count = rows.length;
  const startMs = Float64Array.from(rows, (row) => row.startMs);
  const durationMs = Int32Array.from(rows, (row) => row.durationMs);
  const lifetimeMs = Float64Array.from(rows, (row) => row.lifetimeMs);
  return { count, startMs, durationMs, lifetimeMs, typicalMs: typicalDurationMs({ count, startMs, durationMs }) };
};

const time = fc.oneof(fc.integer({ min: 0, max: 200 }), fc.integer({ min: 0, max: 3000 }));
const rows = fc
  .array(
    fc.record({
      startMs: time,
      durationMs: fc.oneof(fc.constant(0), fc.constant(-1), fc.integer({ min: 0, max: 120 })),
      lifetimeMs: fc.integer({ min: 1, max: 700 }),
    }),
    { minLength: 1, maxLength: 12 },
  )
  .map((list) => [...list].sort((a, b) => a.startMs - b.startMs));
const share = fc.integer({ min: 1, max: 99 }).map((percent) => percent / 100);
const policies: fc.Arbitrary<SlowPolicy> = fc.record({
  stores: fc.oneof({ weight: 5, arbitrary: fc.constant(true) }, fc.constant(false)),
  singleFlight: fc.boolean(),
  marginMs: fc.integer({ min: 0, max: 200 }),
  ttlMs: fc.option(fc.integer({ min: 1, max: 900 }), { nil: undefined }),
  lifetimeMs: fc.option(fc.integer({ min: 1, max: 900 }), { nil: undefined }),
  refreshAhead: fc.option(share, { nil: undefined }),
  jitter: fc.option(share, { nil: undefined }),
  failureCacheMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 300 })),
  outage: fc.option(
    fc.tuple(time, fc.integer({ min: 1, max: 900 })).map(([fromMs, ms]) => ({ fromMs, toMs: fromMs + ms })),
    { nil: undefined },
  ),
});
const token = fc.option(
  fc.record({ startMs: fc.integer({ min: -900, max: 0 }), lifetimeMs: fc.integer({ min: -1, max: 1500 }) }),
  {
    nil: undefined,
  },
);

describe('the fast walk does what the slow one does', () => {
  test('fetches, waits, requests without a token, the peak of a second', () => {
    fc.assert(
      fc.property(fc.array(time, { maxLength: 80 }), rows, policies, token, fc.integer(), (list, log, asked, before, seed) => {
        const requests = sorted(list);
        // Without a cache there is nothing in which a failure could be remembered.
        const policy = asked.stores ? asked : { ...asked, failureCacheMs: 0 };
        const logged = loggedFrom(log);
        const tally = new Tally();
        play(Float64Array.from(requests), logged, termsOf(policy), seed, tally, before);
        const slow = playSlowly(
          requests,
          {
            startMs: [...logged.startMs],
            durationMs: [...logged.durationMs],
            lifetimeMs: log.map(({ lifetimeMs }) => lifetimeMs),
            typicalMs: logged.typicalMs,
          },
          policy,
          (n) => jitterOf(seed, n),
          before,
        );
        expect(tally.fetches).toBe(slow.fetches.length);
        expect(tally.withoutToken).toBe(slow.withoutToken);
        expect(tally.waits.sumMs).toBe(slow.waits.reduce((sum, ms) => sum + ms, 0));
        addDuration(tally.waits, 0, tally.requests - tally.waits.count);
        for (const p of [0.5, 0.95, 1])
          expect(quantile(tally.waits, p)).toBe(sorted(slow.waits)[Math.max(0, Math.ceil(p * slow.waits.length) - 1)] ?? 0);
        const seconds = new Map<number, number>();
        for (const ms of slow.fetches) seconds.set(Math.floor(ms / 1000), (seconds.get(Math.floor(ms / 1000)) ?? 0) + 1);
        expect(tally.seconds.peak).toBe(Math.max(0, ...seconds.values()));
      }),
      { numRuns: runs(3000) },
    );
  });

  test('with single flight and durations that are all alike it is N(D)', () => {
    fc.assert(
      fc.property(
        fc.array(time, { maxLength: 80 }),
        rows,
        fc.integer({ min: 0, max: 60 }),
        fc.integer({ min: 0, max: 90 }),
        (list, log, d, marginMs) => {
          const startMs = Float64Array.from(sorted(list));
          const logged = loggedFrom(log.map((row) => ({ ...row, durationMs: d })));
          const policy: SlowPolicy = { stores: true, singleFlight: true, marginMs, failureCacheMs: 0 };
          const tally = new Tally();
          play(startMs, logged, termsOf(policy), 1, tally);
          const usableMs = Float64Array.from(log, ({ lifetimeMs }) => termsOf(policy).usableMs(lifetimeMs));
          const n = walkDemand(
            { kind: 'exact', count: startMs.length, startMs },
            { count: log.length, startMs: logged.startMs, usableMs },
            d,
          );
          expect({ low: tally.fetches, high: tally.fetches }).toEqual(n);
        },
      ),
      { numRuns: runs(1000) },
    );
  });
});

test('the first value not below a limit', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 50 })), fc.integer({ min: 0, max: 55 }), fc.nat(), (list, limit, nat) => {
      const values = Float64Array.from(sorted(list));
      const at = nat % (values.length + 1);
      let slow = at;
      while (slow < values.length && values[slow]! < limit) slow += 1;
      expect(firstFrom(values, at, limit)).toBe(slow);
    }),
    { numRuns: runs(1000) },
  );
});

describe('the worked table of the method, node,single-flight,margin=0', () => {
  const every = (stepMs: number, toMs: number): number[] => Array.from({ length: toMs / stepMs + 1 }, (_, i) => i * stepMs);
  test.each([
    ['no cache', [0, 1000, 2000, 3000, 4000, 5000], [0, 1000, 2000, 3000, 4000, 5000], 3_600_000, 1],
    ['ahead at 90 %', [0, 9000, 18_000, 27_000], every(1000, 27_000), 10_000, 3],
    ['at expiry', [0, 10_000, 20_000], every(1000, 27_000), 10_000, 3],
    ['ahead at half', [0, 5000, 10_000, 15_000, 20_000], every(1000, 24_000), 10_000, 3],
    ['before half', [0, 4000, 8000, 12_000, 16_000, 20_000], every(1000, 20_000), 10_000, 3],
    ['no single flight', [0, 0, 0, 10_000, 10_000, 10_000], every(100, 10_000), 10_000, 2],
    ['sparse', [0, 100_000, 200_000], [0, 100_000, 200_000], 10_000, 3],
    ['then silence', [0, 1000], [0, 1000], 10_000, 1],
  ])('%s', (_, fetches, demand, lifetimeMs, n) => {
    const tally = new Tally();
    const logged = loggedFrom(fetches.map((startMs) => ({ startMs, durationMs: 0, lifetimeMs })));
    play(
      Float64Array.from(demand),
      logged,
      termsOf({ stores: true, singleFlight: true, marginMs: 0, failureCacheMs: 0 }),
      1,
      tally,
    );
    expect(tally.fetches).toBe(n);
  });
});

describe('by hand', () => {
  // A token lives 1000 ms and takes 100 ms to fetch.
  const logged = loggedFrom([{ startMs: 0, durationMs: 100, lifetimeMs: 1000 }]);
  const outcome = (demand: readonly number[], policy: Partial<SlowPolicy>) => {
    const tally = new Tally();
    const whole = { stores: true, singleFlight: true, marginMs: 0, failureCacheMs: 0, ...policy };
    play(Float64Array.from(demand), logged, termsOf(whole), 1, tally);
    return { fetches: tally.fetches, waitedMs: tally.waits.sumMs, withoutToken: tally.withoutToken };
  };

  test('three at once: one fetch with single flight, three without', () => {
    expect(outcome([0, 10, 20, 100, 1099], {})).toEqual({ fetches: 1, waitedMs: 100 + 90 + 80, withoutToken: 0 });
    expect(outcome([0, 10, 20, 100, 1099], { singleFlight: false })).toEqual({ fetches: 3, waitedMs: 300, withoutToken: 0 });
  });

  test('a token that was handed out at 100 ends at 1100', () => {
    expect(outcome([0, 1099], {}).fetches).toBe(1);
    expect(outcome([0, 1100], {}).fetches).toBe(2);
  });

  test('refreshed ahead, nobody waits but the first', () => {
    expect(outcome([0, 500, 899, 900, 1500, 1799], { refreshAhead: 0.8 })).toEqual({
      fetches: 2,
      waitedMs: 100,
      withoutToken: 0,
    });
  });

  test('no cache', () => {
    expect(outcome([0, 500, 900], { stores: false, singleFlight: false })).toEqual({
      fetches: 3,
      waitedMs: 300,
      withoutToken: 0,
    });
  });

  test('an outage from 1000 to 2000: the token survives it to 1100, then each request asks in vain', () => {
    const outage = { fromMs: 1000, toMs: 2000 };
    const demand = [0, 1050, 1200, 1350, 1500, 2000];
    expect(outcome(demand, { outage })).toEqual({ fetches: 5, waitedMs: 500, withoutToken: 3 });
    // A failure that is done at 1300 is remembered to 1800.
    expect(outcome(demand, { outage, failureCacheMs: 500 })).toEqual({ fetches: 3, waitedMs: 300, withoutToken: 3 });
  });

  test('a fixed TTL beyond the life of the token hands out tokens that have ended', () => {
    expect(outcome([0, 1099, 1100, 2000], { ttlMs: 2000 })).toEqual({ fetches: 1, waitedMs: 100, withoutToken: 2 });
  });
});

test('jitter is the same in every run, differs between caches, and lies in [0, 1)', () => {
  expect(jitterOf(1, 0)).toBe(jitterOf(1, 0));
  expect(seedOf(1, 'a')).not.toBe(seedOf(1, 'b'));
  const drawn = Array.from({ length: 2000 }, (_, n) => jitterOf(seedOf(1, 'a'), n));
  expect(Math.min(...drawn)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...drawn)).toBeLessThan(1);
  expect(drawn.reduce((sum, x) => sum + x, 0) / 2000).toBeCloseTo(0.5, 1);
});
