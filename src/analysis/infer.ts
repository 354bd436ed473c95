/**
 * What a gateway's own log says of callouts that it does not show. A request that waits for a token spends more time in the gateway
 * and none more at the upstream, so total - upstream has a second mode (`modes.ts`). It is looked for per route and gateway, since
 * routes and gateways differ, and only where no log of an issuer is there to count fetches in. A route on which every request waits
 * has one mode only, and nothing tells a callout from other work of the gateway: then there is a ceiling for it, and no more.
 */
import { ALPHA, cellsOf, findSlowMode, quantileOf } from './modes.js';
import { round } from './numbers.js';
import { OverheadLog, UNITS_A_MS } from './overhead.js';
import type { FileTally } from './part.js';
import type { Assumption, Inferred, Role } from './result.js';
import type { FinishInput } from './run-facts.js';

/** Fewer requests of a route say nothing. */
export const LEAST_REQUESTS = 50;
/** The routes with most requests are looked at; the chance of a false alarm is that of the whole run. */
const MOST_ROUTES = 200;
const MOST_ROWS = 20;
/** Every request at least this long in the gateway is worth a word. */
const LONG_MS = 5;
const LEAST_GAPS = 6;
/** A gap that is off by no more than this part of the period is a period, or two or three. */
const OFF = 0.1;
/** Slow requests no further apart than this waited for the same token: how long that takes is not known. */
const NEAR_MS = [1000, 3000, 10_000, 30_000, 100_000];
/** The chance that a gap between random starts is: 0.07 around the median, 0.08 more around twice and three times it. */
const BY_CHANCE = 0.2;

interface RouteLog {
  readonly route: string;
  readonly group: string;
  readonly log: OverheadLog;
  quantumUs: number;
}

export interface Inference {
  readonly rows: readonly Inferred[];
  readonly assumptions: readonly Assumption[];
}

export function infer(input: FinishInput, roles: readonly Role[], tallies: readonly FileTally[]): Inference {
  const nothing = { rows: [], assumptions: [] };
  const countsElsewhere = tallies.some(({ file, tokenRequests }) => tokenRequests > 0 && roles[file] !== 'gateway');
  if (countsElsewhere || !tallies.some(({ file, apiRequests }) => roles[file] === 'gateway' && apiRequests > 0)) return nothing;
  const { routes, gateways, silent } = routeLogs(input, roles);
  if (silent !== undefined) return { rows: [], assumptions: [without(silent)] };
  const looked = routes.filter(({ log }) => log.count >= LEAST_REQUESTS).slice(0, MOST_ROUTES);
  if (looked.length === 0) return { rows: [], assumptions: [without(`no route has ${LEAST_REQUESTS} requests with both times`)] };

  const rows: Inferred[] = [];
  const floors: Assumption[] = [];
  for (const { route, group, log, quantumUs } of looked) {
    const quantumMs = quantumUs / 1000;
    const cells = cellsOf(log.counts, Math.max(1, quantumMs * UNITS_A_MS));
    const found = findSlowMode(cells, quantumMs, ALPHA / looked.length);
    const name = gateways > 1 ? `${route} (${group})` : route;
    if (found === undefined) {
      const fast = quantileOf(cells, 0.01);
      if (fast >= Math.max(LONG_MS, 5 * quantumMs)) floors.push(ceiling(name, fast));
      continue;
    }
    rows.push({
      route: name,
      requests: log.count,
      slowShare: round(found.share.value, 6),
      slowShareLow: round(found.share.low, 6),
      slowShareHigh: round(found.share.high, 6),
      overheadMs: round(found.shiftMs.value, 1),
      overheadLowMs: round(found.shiftMs.low, 1),
      overheadHighMs: round(found.shiftMs.high, 1),
      periodSeconds: periodOf(log.startsFrom(found.fromMs * UNITS_A_MS), log.sampleStarts()),
    });
  }
  rows.sort(
    (a, b) => b.slowShare * b.requests * b.overheadMs - a.slowShare * a.requests * a.overheadMs || (a.route < b.route ? -1 : 1),
  );
  const said =
    rows.length === 0
      ? without(`total - upstream has one mode on each of ${looked.length} ${looked.length === 1 ? 'route' : 'routes'}`)
      : {
          id: 'inferred',
          value: `a second mode of total - upstream on ${rows.length} of ${looked.length} ${looked.length === 1 ? 'route' : 'routes'}: a callout, or other work of the gateway`,
          from: 'statistics on the log of the gateway alone',
          affects: ['inferred'],
        };
  return { rows: rows.slice(0, MOST_ROWS), assumptions: [said, ...floors.slice(0, 3)] };
}

const without = (why: string): Assumption => ({
  id: 'inferred.none',
  value: 'no sign of a hidden callout, which does not mean that there is none',
  from: why,
  affects: ['inferred'],
});

const ceiling = (route: string, ms: number): Assumption => ({
  id: 'inferred.ceiling',
  value: `${route}: 99 % of requests take ${round(ms, 1)} ms or more in the gateway itself; a callout in each of them would be in that`,
  from: 'total - upstream has one mode: what is in every request cannot be told from other work of the gateway',
  affects: ['inferred'],
});

/** By route and gateway, most requests first. `silent`: why there is nothing to look at. */
function routeLogs(
  { files, parts, settleRoute }: FinishInput,
  roles: readonly Role[],
): { readonly routes: readonly RouteLog[]; readonly gateways: number; readonly silent: string | undefined } {
  const byName = new Map<string, RouteLog>();
  const gateways = new Set<string>();
  let coarse = false;
  for (const part of parts) {
    for (const tally of part.files.values()) {
      if (roles[tally.file] !== 'gateway' || tally.quantumUs === 0) continue;
      if (tally.quantumUs >= 1_000_000) {
        coarse = true;
        continue;
      }
      const { group } = files[tally.file]!;
      gateways.add(group);
      for (const [id, { overhead }] of tally.routes) {
        if (overhead === undefined) continue;
        const route = settleRoute(part.names.routes[id]!.path);
        const name = JSON.stringify([group, route]);
        let entry = byName.get(name);
        if (entry === undefined) {
          entry = { route, group, log: new OverheadLog(), quantumUs: tally.quantumUs };
          byName.set(name, entry);
        }
        entry.quantumUs = Math.min(entry.quantumUs, tally.quantumUs);
        entry.log.merge(overhead);
      }
    }
  }
  const silent =
    byName.size > 0 ? undefined : coarse ? 'times are whole seconds' : 'no record has both a total and an upstream time';
  const routes = [...byName].sort(([a, x], [b, y]) => y.log.count - x.log.count || (a < b ? -1 : 1)).map(([, entry]) => entry);
  return { routes, gateways: gateways.size, silent };
}

/**
 * The period at which slow requests recur, in s; null without one. Starts near each other are one (they waited for the same token); then
 * gaps must be the median gap or two or three of it far more often than gaps of random starts are, by the binomial test at 0.1 %, and
 * the other requests must not keep the same time (Rayleigh's test): a poller is no expiry.
 */
export function periodOf(slowMs: Float64Array, allMs: Float64Array): number | null {
  for (const nearMs of NEAR_MS) {
    const periodMs = regularGap(apartBy(slowMs, nearMs));
    if (periodMs === undefined) continue;
    const slow = new Set(slowMs);
    const others = allMs.filter((start) => !slow.has(start));
    return others.length < 20 || keepsTime(others, periodMs) ? null : round(periodMs / 1000, periodMs < 10_000 ? 2 : 1);
  }
  return null;
}

function regularGap(starts: Float64Array): number | undefined {
  const gaps = Array.from(starts.subarray(1), (start, at) => start - starts[at]!);
  if (gaps.length < LEAST_GAPS) return undefined;
  const median = medianGap(starts);
  const periods = (gap: number): number => Math.round(gap / median);
  const fits = gaps.filter(
    (gap) => periods(gap) >= 1 && periods(gap) <= 3 && Math.abs(gap - periods(gap) * median) <= OFF * median,
  );
  if (fits.length < 0.7 * gaps.length || tail(fits.length, gaps.length, BY_CHANCE) > 0.001 / NEAR_MS.length) return undefined;
  const each = fits.map((gap) => gap / periods(gap)).sort((a, b) => a - b);
  return each[Math.floor(each.length / 2)]!;
}

function apartBy(sorted: Float64Array, leastMs: number): Float64Array {
  const out: number[] = [];
  let last = -Infinity;
  for (const start of sorted) {
    if (start - last > leastMs) out.push(start);
    last = start;
  }
  return Float64Array.from(out);
}

function medianGap(sorted: Float64Array): number {
  const gaps = Array.from(sorted.subarray(1), (start, at) => start - sorted[at]!).sort((a, b) => a - b);
  return gaps.length === 0 ? 0 : gaps[Math.floor((gaps.length - 1) / 2)]!;
}

/** The chance of this many or more. */
function tail(successes: number, of: number, chance: number): number {
  let term = (1 - chance) ** of;
  let below = 0;
  for (let k = 0; k < successes; k += 1) {
    below += term;
    term *= ((of - k) / (k + 1)) * (chance / (1 - chance));
  }
  return Math.max(0, 1 - below);
}

/** Rayleigh: the mean of the phases as vectors. */
function keepsTime(startsMs: Float64Array, periodMs: number): boolean {
  let cos = 0;
  let sin = 0;
  for (const start of startsMs) {
    const phase = (2 * Math.PI * (start % periodMs)) / periodMs;
    cos += Math.cos(phase);
    sin += Math.sin(phase);
  }
  const length = Math.hypot(cos, sin) / startsMs.length;
  return length > 0.3 && startsMs.length * length ** 2 > 7;
}
