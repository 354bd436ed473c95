/** What a join says of routes: what the fetch cost them, which need a token, and which token that is. */
import type { RunJoin } from './join.js';
import { fewByChance, noneByChance } from './join-chance.js';
import { addDuration, type Durations, emptyDurations } from './quantiles.js';

export interface RouteJoin {
  /** Fetches that were surely asked for by a request of this route. */
  fetches: number;
  /** Time of the fetches inside each request that had to fetch. */
  readonly taxMs: Durations;
  /** Of these fetches, by key of the plan. */
  readonly byKey: Map<number, number>;
  /** Requests that count as demand, and those of them that a fetch could have been given to. */
  demand: number;
  canMatch: number;
  /** No fetch was for it, and that is no chance: it needs no token. */
  needsNone: boolean;
}

/** A route without a fetch is taken out of demand if that happens by chance less often than this. */
const CHANCE = 0.01;

/** By index of the route. */
export function routeJoins(join: RunJoin): RouteJoin[] {
  const { requests, fetches, requestOf, sure, canMatch } = join;
  const routes = requests.routes.map(
    (): RouteJoin => ({ fetches: 0, taxMs: emptyDurations(), byKey: new Map(), demand: 0, canMatch: 0, needsNone: false }),
  );
  const demandOf = new Uint32Array(routes.length);
  const canMatchOf = new Uint32Array(routes.length);
  let able = 0;
  const { count, dropped, route: routeOf } = requests;
  for (let row = 0; row < count; row += 1) {
    if (dropped[row] === 1) continue;
    const route = routeOf[row]!;
    demandOf[route]! += 1;
    if (!canMatch(row)) continue;
    canMatchOf[route]! += 1;
    able += 1;
  }
  routes.forEach((one, route) => {
    one.demand = demandOf[route]!;
    one.canMatch = canMatchOf[route]!;
  });
  const insideMs = new Map<number, number>();
  let matched = 0;
  for (let fetch = 0; fetch < fetches.count; fetch += 1) {
    if (sure[fetch] === 0) continue;
    const row = requestOf[fetch]!;
    const route = routes[requests.route[row]!]!;
    const key = fetches.key[fetch]!;
    route.fetches += 1;
    matched += 1;
    route.byKey.set(key, (route.byKey.get(key) ?? 0) + 1);
    const ms = fetches.durationMs[fetch]!;
    if (ms < 0) continue;
    const whole = requests.durationMs[row]!;
    const sum = (insideMs.get(row) ?? 0) + ms;
    insideMs.set(row, whole < 0 ? sum : Math.min(whole, sum));
  }
  for (const [row, ms] of insideMs) addDuration(routes[requests.route[row]!]!.taxMs, ms);
  for (const route of routes) {
    route.needsNone = route.fetches === 0 && route.canMatch > 0 && noneByChance(matched, route.canMatch / able) < CHANCE;
  }
  return routes;
}

/** Matched fetches of a route that are enough to say that all its requests need that key. */
const ENOUGH = 3;
/** Where less of a key's demand is sure than this, nothing is said of it. */
const ENOUGH_SURE = 0.8;

/** The requests of one key: those that surely need it, and those that may. */
export interface KeyRoutes {
  /** Per route: 0 not, 1 may be, 2 surely. */
  readonly of: Uint8Array;
  /** Of these requests, the part that needs it by the shares of the matched fetches. */
  readonly share: number;
}

/** A part of a route's fetches that may be other requests', which came at the same moment. */
const STRAY = 0.1;

type Fetched = Pick<RouteJoin, 'fetches' | 'byKey' | 'demand'>;

/**
 * The keys that each route needs: those of its matched fetches, less the ones that are there by mistake. A key has strayed to a route if it
 * has few of the route's fetches, and by far too few of its own for all the requests that the route has.
 */
function keysOf(routes: readonly Fetched[], total: ReadonlyMap<number, number>): ReadonlySet<number>[] {
  const demandOf = new Map<number, number>();
  for (const { byKey, demand } of routes) for (const key of byKey.keys()) demandOf.set(key, (demandOf.get(key) ?? 0) + demand);
  return routes.map(({ byKey, fetches, demand }) => {
    const keys = [...byKey];
    if (keys.length < 2) return new Set(byKey.keys());
    const isStray = ([key, count]: readonly [number, number]): boolean =>
      count <= STRAY * fetches && fewByChance(count, total.get(key)!, demand / demandOf.get(key)!) < CHANCE;
    return new Set(keys.filter((one) => !isStray(one)).map(([key]) => key));
  });
}

/** Routes of the same name, of all instances, as one. */
function pooled(routes: readonly RouteJoin[], names: readonly number[]): Map<number, Fetched> {
  const found = new Map<number, { fetches: number; readonly byKey: Map<number, number>; demand: number }>();
  routes.forEach(({ fetches, byKey, demand, needsNone }, index) => {
    if (needsNone) return;
    const one = found.get(names[index]!) ?? { fetches: 0, byKey: new Map<number, number>(), demand: 0 };
    found.set(names[index]!, one);
    one.fetches += fetches;
    one.demand += demand;
    for (const [key, count] of byKey) one.byKey.set(key, (one.byKey.get(key) ?? 0) + count);
  });
  return found;
}

/**
 * The key of a route is the one of its matched fetches at an instance; where these are too few, the one that it has at all instances
 * (`names`: which routes are the same path), if its instance fetches with it: gateways may each have their own client. With several keys, and without any, which single requests need it is not known: they count
 * in the upper bound only, and in numbers by shares (of the route, else of the run). Undefined where too little is sure.
 */
export function keyRoutes(
  routes: readonly RouteJoin[],
  keys: readonly number[],
  names: readonly number[] = routes.map((_, index) => index),
  instances: readonly number[] = routes.map(() => 0),
): Map<number, KeyRoutes> {
  const total = new Map<number, number>();
  for (const { byKey } of routes) for (const [key, count] of byKey) total.set(key, (total.get(key) ?? 0) + count);
  const all = [...total.values()].reduce((sum, count) => sum + count, 0);
  const found = new Map<number, KeyRoutes>();
  const own = keysOf(routes, total);
  const pools = pooled(routes, names);
  const ofPool = new Map([...pools.keys()].map((name, at) => [name, at]));
  const needed = keysOf([...pools.values()], total);
  const used = new Map<number, Set<number>>();
  routes.forEach(({ byKey }, index) => {
    const known = used.get(instances[index]!) ?? new Set<number>();
    used.set(instances[index]!, known);
    for (const key of byKey.keys()) known.add(key);
  });
  /** The one key of a route; undefined: there are several, or none. */
  const settled = routes.map(({ fetches, needsNone }, index): number | undefined => {
    if (needsNone) return undefined;
    if (own[index]!.size === 1 && fetches >= ENOUGH) return [...own[index]!][0];
    const ofAll = needed[ofPool.get(names[index]!)!]!;
    if (ofAll.size !== 1 || pools.get(names[index]!)!.fetches < ENOUGH) return undefined;
    const [key] = ofAll;
    const others = [...own[index]!].some((one) => one !== key);
    return others || !used.get(instances[index]!)!.has(key!) ? undefined : key;
  });
  for (const key of keys) {
    const of = new Uint8Array(routes.length);
    let sure = 0;
    let possible = 0;
    let demand = 0;
    routes.forEach((route, index) => {
      if (route.needsNone) return;
      const only = settled[index];
      if (only !== undefined && only !== key) return;
      of[index] = only === undefined ? 1 : 2;
      possible += route.demand;
      if (only !== undefined) {
        sure += route.demand;
        demand += route.demand;
        return;
      }
      const mine = own[index]!.has(key) ? (route.byKey.get(key) ?? 0) : 0;
      const share = route.fetches > 0 ? mine / route.fetches : all === 0 ? 0 : (total.get(key) ?? 0) / all;
      demand += route.demand * share;
    });
    if (sure > 0 && sure >= possible * ENOUGH_SURE) found.set(key, { of, share: demand / possible });
  }
  return found;
}

/**
 * Which instance of the gateway a holder is, by the fetches that surely belong to requests: nearly all of them to one instance, and to no
 * instance two holders. Names are not needed.
 */
export function instancesOfHolders(join: RunJoin): Map<string, string> {
  const { requests, fetches, requestOf, sure } = join;
  const votes = new Map<number, Map<number, number>>();
  for (let fetch = 0; fetch < fetches.count; fetch += 1) {
    if (sure[fetch] === 0) continue;
    const holder = fetches.holder[fetch]!;
    const mine = votes.get(holder) ?? new Map<number, number>();
    votes.set(holder, mine);
    const instance = requests.instance[requestOf[fetch]!]!;
    mine.set(instance, (mine.get(instance) ?? 0) + 1);
  }
  const best = new Map<number, number>();
  const takenBy = new Map<number, number>();
  for (const [holder, mine] of votes) {
    const [first] = [...mine].sort(([a, one], [b, other]) => other - one || a - b);
    const sum = [...mine.values()].reduce((total, count) => total + count, 0);
    if (first === undefined || sum < ENOUGH_VOTES || first[1] < sum * CLEAR_VOTE) continue;
    best.set(holder, first[0]);
    takenBy.set(first[0], (takenBy.get(first[0]) ?? 0) + 1);
  }
  const named = new Map<string, string>();
  for (const [holder, instance] of best)
    if (takenBy.get(instance) === 1) named.set(fetches.holders[holder]!, requests.instances[instance]!);
  return named;
}

const ENOUGH_VOTES = 5;
const CLEAR_VOTE = 0.95;
