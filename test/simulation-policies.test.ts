/** Keys under policies: what must hold between policies, and between what is known exactly and what is only bounded. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { KeyTraffic } from '../src/analysis/assess-key.js';
import { type DemandTimeline, mergeSeries } from '../src/analysis/perfect-cache.js';
import { parsePricing } from '../src/analysis/pricing.js';
import { type Outcome, playKey, sceneOf } from '../src/simulation/one-key.js';
import { matches, planSimulation } from '../src/simulation/plan.js';
import { Tally } from '../src/simulation/play.js';
import { defaultPolicies, parsePolicy } from '../src/simulation/policy.js';
import { savingsOf } from '../src/simulation/simulator.js';
import { runs } from './support/runs.js';
import { playSlowly } from './support/slow-policies.js';

const setting = { margin: { kind: 'ms', ms: 0 }, seed: 1 } as const;
const sorted = (list: readonly number[]): Float64Array => Float64Array.from(list).sort();

interface Node {
  readonly demandMs: readonly number[];
  readonly fetchesMs: readonly number[];
}

/** The traffic of a key as the finish shows it; only what the simulation reads. */
const trafficOf = (
  nodes: readonly Node[],
  { lifetimeMs, durationMs, demand: shown }: { lifetimeMs: number; durationMs: number; demand: 'exact' | 'cells' | 'unknown' },
): KeyTraffic => {
  const timeline = (list: readonly number[]): DemandTimeline => {
    const startMs = sorted(list);
    if (shown === 'exact') return { kind: 'exact', count: startMs.length, startMs };
    const cells = new Map<number, number[]>();
    for (const ms of startMs) cells.set(Math.floor(ms / 1000), [...(cells.get(Math.floor(ms / 1000)) ?? []), ms]);
    return {
      kind: 'cells',
      cellCount: cells.size,
      firstMs: Float64Array.from(cells.values(), (list_) => list_[0]!),
      lastMs: Float64Array.from(cells.values(), (list_) => list_.at(-1)!),
    };
  };
  const all = nodes.flatMap(({ demandMs }) => demandMs);
  const fetches = nodes.map(({ fetchesMs }, index) => {
    const startMs = sorted(fetchesMs);
    const of = { holder: `n${index}`, count: startMs.length, startMs, recordedLifetimeMs: undefined, before: undefined };
    return { ...of, durationMs: new Int32Array(startMs.length).fill(durationMs) };
  });
  const known = shown !== 'unknown';
  return {
    key: { key: { text: 'key', client: 'c' }, bound: false, before: undefined, ok: 0 } as unknown as KeyTraffic['key'],
    lifetime: { from: 'option', rule: undefined, ms: lifetimeMs },
    holders: fetches.map((one, index) => ({ fetches: one, lifetimeMs, instance: known ? `n${index}` : undefined })),
    merged: () => mergeSeries(fetches.map((one) => ({ ...one, lifetimeMs }))),
    demand: known ? timeline(all) : undefined,
    demandCount: known ? all.length : 0,
    instances: known ? nodes.map((_, index) => `n${index}`) : [],
    demandOf: (instance) => timeline(nodes[Number(instance.slice(1))]!.demandMs),
    covered: undefined,
    window: { fromMs: 0, toMs: 1e9 },
  };
};

const outcome = (traffic: KeyTraffic, policy: string): Outcome =>
  playKey(sceneOf(traffic, 300_000), parsePolicy(policy), setting, new Tally());
const exactly = (traffic: KeyTraffic, policy: string): number => {
  const { low, high } = outcome(traffic, policy);
  expect(low).toBe(high);
  return low;
};

const demand = fc.array(fc.oneof(fc.integer({ min: 0, max: 500 }), fc.integer({ min: 0, max: 6000 })), {
  minLength: 1,
  maxLength: 50,
});
const fleet = fc
  .array(demand, { minLength: 1, maxLength: 4 })
  .map((list) => list.map((demandMs): Node => ({ demandMs, fetchesMs: [demandMs[0]!] })));
const life = fc.integer({ min: 1, max: 2500 });
const duration = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 200 }));

describe('between policies, where all requests are known', () => {
  test('bound <= shared <= node <= worker <= none, with single flight where there is a cache', () => {
    fc.assert(
      fc.property(fleet, life, duration, fc.integer({ min: 1, max: 5 }), (nodes, lifetimeMs, durationMs, workers) => {
        const traffic = trafficOf(nodes, { lifetimeMs, durationMs, demand: 'exact' });
        const list = ['shared,single-flight', 'node,single-flight', `worker,workers=${workers},single-flight`, 'none'];
        const counts = list.map((policy) => exactly(traffic, policy));
        expect(counts).toEqual([...counts].sort((a, b) => a - b));
        expect(counts[3]).toBe(nodes.reduce((sum, { demandMs }) => sum + demandMs.length, 0));
      }),
      { numRuns: runs(500) },
    );
  });

  // Only where all tokens live equally long: a fetch a moment later may get a longer life, and save the next one.
  test('more margin never takes fewer fetches, nor does a shorter life or TTL', () => {
    fc.assert(
      fc.property(
        fleet,
        life,
        duration,
        fc.integer({ min: 1, max: 90 }),
        fc.integer({ min: 1, max: 9 }),
        (nodes, lifetimeMs, durationMs, a, b) => {
          const traffic = trafficOf(nodes, { lifetimeMs, durationMs, demand: 'exact' });
          for (const cache of ['node', 'shared']) {
            const by = (part: string): number => exactly(traffic, `${cache},single-flight,${part}`);
            expect(by(`margin=${a + b}%`)).toBeGreaterThanOrEqual(by(`margin=${a}%`));
            expect(by(`ttl=${a}ms`)).toBeGreaterThanOrEqual(by(`ttl=${a + b}ms`));
            expect(by(`lifetime=${a}ms`)).toBeGreaterThanOrEqual(by(`lifetime=${a + b}ms`));
          }
        },
      ),
      { numRuns: runs(500) },
    );
  });

  test('single flight never takes more fetches', () => {
    fc.assert(
      fc.property(fleet, life, (nodes, lifetimeMs) => {
        const traffic = trafficOf(nodes, { lifetimeMs, durationMs: 0, demand: 'exact' });
        expect(exactly(traffic, 'node,single-flight')).toBeLessThanOrEqual(exactly(traffic, 'node'));
      }),
      { numRuns: runs(300) },
    );
  });

  test('a fleet is its nodes, and a node its workers, one after the other', () => {
    fc.assert(
      fc.property(fleet, life, duration, fc.integer({ min: 1, max: 3 }), (nodes, lifetimeMs, durationMs, workers) => {
        const traffic = trafficOf(nodes, { lifetimeMs, durationMs, demand: 'exact' });
        const policy = { stores: true, singleFlight: false, marginMs: 0, failureCacheMs: 0 };
        const slow = nodes.flatMap(({ demandMs, fetchesMs }) => {
          const own = [...sorted(demandMs)];
          const logged = { startMs: [...fetchesMs], durationMs: [durationMs], lifetimeMs: [lifetimeMs], typicalMs: durationMs };
          return Array.from(
            { length: workers },
            (_, worker) =>
              playSlowly(
                own.filter((_ms, index) => index % workers === worker),
                logged,
                policy,
                () => 0,
              ).fetches.length,
          );
        });
        expect(exactly(traffic, `worker,workers=${workers}`)).toBe(slow.reduce((sum, n) => sum + n, 0));
      }),
      { numRuns: runs(300) },
    );
  });
});

describe('where requests are not all known, the truth lies between the bounds', () => {
  const policies = [
    'none',
    'node',
    'node,single-flight',
    'shared,single-flight,margin=10%',
    'worker,workers=3,single-flight',
    'node,single-flight,refresh-ahead=80%,jitter=10%',
    'node,single-flight,jitter=30%',
    'shared,single-flight,ttl=400ms',
    'shared,single-flight,lifetime=3s',
    'none,single-flight',
    'shared,single-flight,outage=1h',
  ];
  const inside = (hidden: KeyTraffic, truth: KeyTraffic): void => {
    for (const policy of policies) {
      const { low, high } = outcome(hidden, policy);
      const n = exactly(truth, policy);
      expect(low, policy).toBeLessThanOrEqual(n);
      expect(high, policy).toBeGreaterThanOrEqual(n);
    }
  };

  test('demand in cells of a second', () => {
    fc.assert(
      fc.property(fleet, life, duration, (nodes, lifetimeMs, durationMs) => {
        const facts = { lifetimeMs, durationMs };
        inside(trafficOf(nodes, { ...facts, demand: 'cells' }), trafficOf(nodes, { ...facts, demand: 'exact' }));
      }),
      { numRuns: runs(300) },
    );
  });

  test('no demand at all, but fetches of a cache that some requests went through', () => {
    fc.assert(
      fc.property(fleet, life, duration, fc.boolean(), (plain, lifetimeMs, durationMs, singleFlight) => {
        // What was logged is what a cache of each node did.
        const nodes = plain.map(({ demandMs }): Node => {
          const own = [...sorted(demandMs)];
          const logged = { startMs: [0], durationMs: [durationMs], lifetimeMs: [lifetimeMs], typicalMs: durationMs };
          const { fetches } = playSlowly(own, logged, { stores: true, singleFlight, marginMs: 0, failureCacheMs: 0 }, () => 0);
          return { demandMs: own, fetchesMs: fetches };
        });
        const facts = { lifetimeMs, durationMs };
        inside(trafficOf(nodes, { ...facts, demand: 'unknown' }), trafficOf(nodes, { ...facts, demand: 'exact' }));
      }),
      { numRuns: runs(300) },
    );
  });
});

test('savings on one key are what was logged less what the policy fetches', () => {
  const traffic = trafficOf([{ demandMs: [0, 1, 2, 3000], fetchesMs: [0, 1, 2, 3000] }], {
    lifetimeMs: 1000,
    durationMs: 0,
    demand: 'exact',
  });
  expect(savingsOf(traffic, parsePolicy('node,single-flight'), setting)).toEqual({ low: 2, high: 2 });
  expect(savingsOf(traffic, parsePolicy('none'), setting)).toEqual({ low: 0, high: 0 });
  const hidden = trafficOf([{ demandMs: [], fetchesMs: [0, 1, 2, 3000] }], {
    lifetimeMs: 1000,
    durationMs: 0,
    demand: 'unknown',
  });
  expect(savingsOf(hidden, parsePolicy('none'), setting)).toEqual({ low: null, high: 0 });
});

describe('policies as text', () => {
  test('in one order, whatever the order of the parts', () => {
    expect(parsePolicy('margin=10%, single-flight, node').id).toBe('node,single-flight,margin=10%');
    expect(parsePolicy('worker,workers=4').title).toBe('per worker (4 a node)');
    for (const { id } of defaultPolicies()) expect(parsePolicy(id).id).toBe(id);
  });

  test.each([
    ['', /empty/],
    ['node,,ttl=1s', /empty/],
    ['single-flight', /who keeps/],
    ['node,shared', /exclude/],
    ['node,node', /twice/],
    ['nod', /no part/],
    ['node,margin', /needs a value/],
    ['node=1', /takes no value/],
    ['node,workers=2', /goes with/],
    ['worker,workers=0', /number of workers/],
    ['none,ttl=1s', /needs a cache/],
    ['none,failure-cache=1s', /needs a cache/],
    ['node,ttl=1s,margin=1s', /changes nothing/],
    ['node,jitter=100%', /share of a life/],
    ['node,outage=10:00..11:00', /moment/],
    ['node,outage=2026-03-02T10:00Z..2026-03-02T09:00Z', /ends before/],
  ])('%j is refused', (text, why) => {
    expect(() => parsePolicy(text)).toThrow(expect.objectContaining({ code: 'BAD_OPTION', why: expect.stringMatching(why) }));
  });

  test.each(['node,ttl=soon', 'node,margin=x', 'node,margin=100%'])('%j is refused by its value', (text) => {
    expect(() => parsePolicy(text)).toThrow(expect.objectContaining({ code: 'BAD_OPTION' }));
  });

  test('what was meant', () => {
    const nearest = (): string => 'node';
    expect(() => parsePolicy('nod', nearest)).toThrow(expect.objectContaining({ help: 'Did you mean "node"?' }));
  });

  test.each(['0/s', 'x', '10/y', '-1/s'])('a rate limit of %j is refused', (rateLimit) => {
    const plan = () =>
      planSimulation({ rateLimit }, { margin: { kind: 'default' }, pricing: parsePricing({}, () => undefined) }, () => undefined);
    expect(plan).toThrow(expect.objectContaining({ code: 'BAD_OPTION' }));
  });

  test('patterns of clients', () => {
    const slow = (pattern: string, text: string): boolean =>
      new RegExp(`^${pattern.replace(/[.\\+?^${}()|[\]]/g, '\\$&').replaceAll('*', '.*')}$`, 's').test(text);
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', 'b', '*', '.') }),
        fc.string({ unit: fc.constantFrom('a', 'b', '.') }),
        (pattern, text) => {
          expect(matches(pattern, text)).toBe(slow(pattern, text));
        },
      ),
      { numRuns: runs(1000) },
    );
  });
});
