/** Which routes share a cache, read off who fetches while whose token is good. */
import { expect, test } from 'vitest';
import type { RunJoin } from '../src/analysis/join.js';
import { bestPartition, partitionsOf } from '../src/diagnosis/partitions.js';
import { routeGroups } from '../src/diagnosis/route-groups.js';
import { Random } from '../src/generate/random.js';

const LIFE_MS = 60_000;
const FETCH_MS = 20;

/** Requests of one instance to `routes` routes; `cacheOf` says which cache a request asks. */
function played(routes: number, lives: number, cacheOf: (route: number, random: Random) => number, seed = 7) {
  const random = new Random(seed, 'traffic');
  const startMs: number[] = [];
  const route: number[] = [];
  const fetched: number[] = [];
  const untilMs = new Map<number, number>();
  for (let at = 0; at < lives * LIFE_MS; at += Math.ceil(800 * random.exponential())) {
    const to = random.below(routes);
    const cache = cacheOf(to, random);
    const fetches = at >= (untilMs.get(cache) ?? 0);
    if (fetches) untilMs.set(cache, at + FETCH_MS + LIFE_MS);
    startMs.push(at);
    route.push(to);
    fetched.push(fetches ? 1 : 0);
  }
  const requests = {
    count: startMs.length,
    startMs: Float64Array.from(startMs),
    route: Uint32Array.from(route),
    instance: new Uint32Array(startMs.length),
    routes: Array.from({ length: routes }, (_, at) => `/r${at}`),
    instances: ['gw'],
    dropped: new Uint8Array(startMs.length),
  } as unknown as RunJoin['requests'];
  const rows = [...fetched.keys()].filter((row) => fetched[row] === 1);
  const window = { fromMs: 0, toMs: lives * LIFE_MS };
  const best = bestPartition(partitionsOf({ requests } as unknown as RunJoin, rows, LIFE_MS, FETCH_MS, window));
  const groups = routeGroups(requests, {
    isAsked: () => true,
    fetches: Uint8Array.from(fetched),
    usableMs: LIFE_MS,
    fetchMs: FETCH_MS,
  });
  return { groups, best };
}

/** Groups as sets of routes, whatever they are called. */
const setsOf = (of: Uint16Array): string[] =>
  [...new Set(of)].map((group) => [...of.keys()].filter((route) => of[route] === group).join('+')).sort();

test.each([1, 2, 3, 4, 5])('six routes to two back ends with a cache each are two groups (%i)', (seed) => {
  expect(setsOf(played(6, 60, (route) => route % 2, seed).groups!.of)).toEqual(['0+2+4', '1+3+5']);
});

test.each([1, 2, 3, 4, 5])('three back ends of different sizes (%i)', (seed) => {
  const backEnd = [0, 0, 0, 1, 1, 2];
  expect(setsOf(played(6, 120, (route) => backEnd[route]!, seed).groups!.of)).toEqual(['0+1+2', '3+4', '5']);
});

test.each(Array.from({ length: 20 }, (_, at) => at))(
  'workers that take any request are not explained by any groups of routes (%i)',
  (seed) => {
    const workers = 2 + (seed % 3);
    expect(played(6, 10 + 4 * seed, (_, random) => random.below(workers), seed).best).toBeUndefined();
  },
);

test('back ends are what says which requests fetch', () => {
  const { best } = played(6, 40, (route) => route % 3, 9);
  expect([best?.by, best?.parts]).toEqual(['route', 3]);
  expect(best!.fit).toBeGreaterThan(0.95);
});

test('one cache for all, and one for each route, need no groups', () => {
  expect(played(6, 60, () => 0).groups).toBeUndefined();
  expect(played(6, 60, (route) => route).groups).toBeUndefined();
});

test('a few lives are too little to choose among so many ways', () => {
  expect(played(6, 4, (route) => route % 2).groups).toBeUndefined();
});
