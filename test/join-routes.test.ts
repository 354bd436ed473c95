/** Which token the requests of a route need, where some of the matched fetches are other requests' that came at the same moment. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fewByChance } from '../src/analysis/join-chance.js';
import { keyRoutes, type RouteJoin } from '../src/analysis/join-routes.js';
import { emptyDurations } from '../src/analysis/quantiles.js';

const route = (demand: number, byKey: readonly (readonly [number, number])[]): RouteJoin => ({
  fetches: byKey.reduce((sum, [, count]) => sum + count, 0),
  taxMs: emptyDurations(),
  byKey: new Map(byKey),
  demand,
  canMatch: demand,
  needsNone: false,
});

test('one fetch of another key among hundreds does not make the key of a route unknown', () => {
  const routes = [
    route(900, [
      [0, 300],
      [1, 1],
    ]),
    route(900, [[1, 60]]),
  ];
  const found = keyRoutes(routes, [0, 1]);
  expect([...found.get(0)!.of]).toEqual([2, 0]);
  expect([...found.get(1)!.of]).toEqual([0, 2]);
});

test('a key that is cached well needs a route as much as the key that is not', () => {
  // Three fetches of the one beside three hundred of the other are all that a good cache leaves, on each of its routes.
  const routes = [
    route(500, [
      [0, 300],
      [1, 3],
    ]),
    route(500, [
      [0, 310],
      [1, 4],
    ]),
  ];
  expect(keyRoutes(routes, [0, 1]).size).toBe(0);
});

test('the chance of few is the sum of the single ones', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 14 }),
      fc.nat(14),
      fc.double({ min: 0.05, max: 0.95, noNaN: true }),
      (n, some, share) => {
        const k = Math.min(n, some);
        let slow = 0;
        let ways = 1;
        for (let at = 0; at <= k; at += 1) {
          slow += ways * share ** at * (1 - share) ** (n - at);
          ways = (ways * (n - at)) / (at + 1);
        }
        expect(fewByChance(k, n, share)).toBeCloseTo(slow, 9);
      },
    ),
  );
});

test('a route with few fetches at an instance has the key that it has at all of them, if the instance fetches with it', () => {
  const cells = [
    route(300, [[0, 40]]),
    route(300, [[1, 12]]),
    route(20, [[0, 1]]),
    route(20, [[1, 1]]),
    // Of an instance with a client of its own.
    route(20, []),
    route(20, [[2, 9]]),
  ];
  const found = keyRoutes(cells, [0, 1], [0, 1, 0, 1, 0, 7], [0, 0, 1, 1, 2, 2]);
  expect([...found.get(0)!.of]).toEqual([2, 0, 2, 0, 1, 0]);
  expect([...found.get(1)!.of]).toEqual([0, 2, 0, 2, 1, 0]);
});
