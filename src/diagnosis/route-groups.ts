/**
 * Several routes may lead to one back end, and a cache that is kept apart for each back end is then shared by those. Which routes do
 * share is read off the fetches: one route's fetch serves another's requests, or it does not.
 */
import type { RunJoin } from '../analysis/join.js';

export interface RouteGroups {
  /** Group of each route; routes that nothing ties to others have one of their own. */
  readonly of: Uint16Array;
  readonly groups: number;
}

/** A life is surely not over yet. */
const SURELY_ALIVE = 0.8;
/** Fetches though another route's token was good, as a part of those that routes apart would make: so few may be mistakes of the join. */
const CONTRARY = 0.15;
/** Fewer expected ones say nothing of two routes. */
const LEAST_EXPECTED = 3;
/** With more routes than this, what each pair shows is too little. */
const MOST_ROUTES = 64;

interface Asked {
  readonly isAsked: (row: number) => boolean;
  /** One flag per request. */
  readonly fetches: Uint8Array;
  readonly usableMs: number;
  readonly fetchMs: number;
}

/**
 * A fetch by one route while a token that another had fetched was good says that the two do not share; if they had nothing to do with each
 * other, that would be so at as many of its fetches as at any other request. Groups are put together, those with the most expected of such
 * fetches first, as long as there are next to none. Undefined where that leaves each route alone or all together, or where a log has too
 * little to choose one of that many ways to group them (R routes have some R log2 R bits of them).
 */
export function routeGroups(requests: RunJoin['requests'], asked: Asked): RouteGroups | undefined {
  const routes = requests.routes.length;
  const used = new Map<number, number>();
  for (let row = 0; row < requests.count && used.size <= MOST_ROUTES; row += 1)
    if (asked.isAsked(row) && !used.has(requests.route[row]!)) used.set(requests.route[row]!, used.size);
  const n = used.size;
  if (n < 3 || n > MOST_ROUTES) return undefined;
  const { seen, expected, pieces } = fetchesBeside(requests, asked, used);
  if (pieces < n * Math.log2(n) + 10) return undefined;
  const of = Uint16Array.from({ length: n }, (_, index) => index);
  for (let names = [...of]; names.length > 1; names = [...new Set(of)]) {
    let best: { a: number; b: number; most: number } | undefined;
    for (const a of names) {
      for (const b of names) {
        if (b <= a) continue;
        const most = between(expected, of, a, b);
        if (most < LEAST_EXPECTED || between(seen, of, a, b) > CONTRARY * most) continue;
        if (best === undefined || most > best.most) best = { a, b, most };
      }
    }
    if (best === undefined) break;
    for (let one = 0; one < n; one += 1) if (of[one] === best.b) of[one] = best.a;
  }
  const groups = new Set(of).size;
  if (groups === n || groups === 1) return undefined;
  const all = new Uint16Array(routes);
  for (const [route, index] of used) all[route] = of[index]!;
  return { of: all, groups };
}

function between(table: Float64Array, of: Uint16Array, a: number, b: number): number {
  const n = of.length;
  let sum = 0;
  for (let one = 0; one < n; one += 1)
    for (let other = 0; other < n; other += 1)
      if ((of[one] === a && of[other] === b) || (of[one] === b && of[other] === a)) sum += table[one * n + other]!;
  return sum;
}

/** Per pair of routes: fetches by the first while a token of the second was good, and how many that would be if they were apart. */
function fetchesBeside(
  requests: RunJoin['requests'],
  { isAsked, fetches, usableMs, fetchMs }: Asked,
  used: ReadonlyMap<number, number>,
): { readonly seen: Float64Array; readonly expected: Float64Array; readonly pieces: number } {
  const n = used.size;
  const seen = new Float64Array(n * n);
  const alive = new Float64Array(n);
  const made = new Float64Array(n);
  const lastMs = new Map<number, Float64Array>();
  let count = 0;
  let pieces = 0;
  for (let row = 0; row < requests.count; row += 1) {
    if (!isAsked(row)) continue;
    const at = requests.startMs[row]!;
    const route = used.get(requests.route[row]!)!;
    let last = lastMs.get(requests.instance[row]!);
    if (last === undefined) {
      last = new Float64Array(n).fill(Number.NEGATIVE_INFINITY);
      lastMs.set(requests.instance[row]!, last);
    }
    count += 1;
    let others = 0;
    for (let other = 0; other < n; other += 1) {
      const age = at - last[other]!;
      if (age <= fetchMs || age > SURELY_ALIVE * usableMs) continue;
      alive[other]! += 1;
      if (fetches[row] !== 1) continue;
      seen[route * n + other]! += 1;
      others += 1;
    }
    if (fetches[row] !== 1) continue;
    made[route]! += 1;
    last[route] = at;
    if (others > 0) pieces += 1;
  }
  const expected = Float64Array.from(seen, (_, at) => (made[Math.floor(at / n)]! * alive[at % n]!) / Math.max(1, count));
  return { seen, expected, pieces };
}
