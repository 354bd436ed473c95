/** Adds up what several scanners have counted of each file. */
import { NO_ID } from '../events/request-batch.js';
import { type DemandLog, EXACT_STARTS } from './demand-log.js';
import type { IdMaps } from './merge.js';
import type { AnalysisPart, FileTally, OpenTally, RouteTally } from './part.js';
import { longestSilence, type RangeSilence } from './silence.js';

type Merging = { -readonly [K in keyof FileTally]: FileTally[K] } & { silences: RangeSilence[] };

/** By file, in its order. The ids in the tallies are those of the merged names. */
export function mergeTallies(parts: readonly AnalysisPart[], maps: readonly IdMaps[]): Map<number, FileTally> {
  const out = new Map<number, Merging>();
  parts.forEach(({ files }, at) => {
    for (const tally of files.values()) {
      const known = out.get(tally.file);
      if (known === undefined) out.set(tally.file, renamed(tally, maps[at]!));
      else add(known, tally, maps[at]!);
    }
  });
  const sorted = [...out].sort(([a], [b]) => a - b);
  coarsenTogether(sorted.map(([, tally]) => tally));
  return new Map(
    sorted.map(([file, { silences, ...tally }]) => [file, { ...tally, authSilence: { longestMs: longestSilence(silences) } }]),
  );
}

/** More than can be kept one by one: then none of the run is, whoever has counted them. */
function coarsenTogether(tallies: readonly FileTally[]): void {
  const logs = tallies.flatMap(({ demand }) => [...demand.values()]);
  const count = logs.reduce((sum, log) => sum + log.count, 0);
  if (count > EXACT_STARTS || logs.some((log) => !log.exact)) for (const log of logs) log.coarsen();
}

function renamed(tally: OpenTally, { routes, nodes }: IdMaps): Merging {
  const out: Merging = {
    ...tally,
    silences: [tally.authSilence],
    excluded: new Map([...tally.excluded].sort(([a], [b]) => (a < b ? -1 : 1))),
    routes: new Map(),
    demand: new Map(),
    upstream401: new Map(),
  };
  addRoutes(out.routes, tally.routes, routes);
  addLogs(out.demand, tally.demand, nodes);
  addLogs(out.upstream401, tally.upstream401, nodes);
  return out;
}

function add(into: Merging, from: OpenTally, { routes, nodes }: IdMaps): void {
  into.apiRequests += from.apiRequests;
  into.authLookingApi += from.authLookingApi;
  into.plainApi += from.plainApi;
  into.tokenRequests += from.tokenRequests;
  into.siblingRequests += from.siblingRequests;
  into.ambiguousRequests += from.ambiguousRequests;
  into.tokenWithCacheWord += from.tokenWithCacheWord;
  into.tokenHits += from.tokenHits;
  into.firstStartMs = Math.min(into.firstStartMs, from.firstStartMs);
  into.lastEndMs = Math.max(into.lastEndMs, from.lastEndMs);
  into.firstApiMs = Math.min(into.firstApiMs, from.firstApiMs);
  into.lastApiMs = Math.max(into.lastApiMs, from.lastApiMs);
  into.firstAuthMs = Math.min(into.firstAuthMs, from.firstAuthMs);
  into.lastAuthMs = Math.max(into.lastAuthMs, from.lastAuthMs);
  into.longestLifeMs = Math.max(into.longestLifeMs, from.longestLifeMs);
  into.silences.push(from.authSilence);
  // Steps that divide each other: the finer one divides all. 0 is of a log without such times.
  if (into.quantumUs === 0 || (from.quantumUs !== 0 && from.quantumUs < into.quantumUs)) into.quantumUs = from.quantumUs;
  into.requestsOverTime.widenTo(from.requestsOverTime.widthMs);
  from.requestsOverTime.forEach((fromMs, count) => {
    into.requestsOverTime.add(fromMs, count);
  });
  for (const [why, count] of from.excluded) into.excluded.set(why, (into.excluded.get(why) ?? 0) + count);
  addRoutes(into.routes, from.routes, routes);
  addLogs(into.demand, from.demand, nodes);
  addLogs(into.upstream401, from.upstream401, nodes);
}

function addRoutes(into: Map<number, RouteTally>, from: ReadonlyMap<number, RouteTally>, ids: Int32Array): void {
  for (const [route, one] of from) {
    const id = ids[route]!;
    const known = into.get(id);
    if (known === undefined) {
      into.set(id, one);
      continue;
    }
    known.requests += one.requests;
    known.demand += one.demand;
    for (let word = 0; word < known.cache.length; word += 1) known.cache[word]! += one.cache[word]!;
    if (known.overhead === undefined) known.overhead = one.overhead;
    else if (one.overhead !== undefined) known.overhead.merge(one.overhead);
  }
}

function addLogs(into: Map<number, DemandLog>, from: ReadonlyMap<number, DemandLog>, ids: Int32Array): void {
  for (const [node, log] of from) {
    const id = node === NO_ID ? NO_ID : ids[node]!;
    const known = into.get(id);
    if (known === undefined) into.set(id, log);
    else known.absorb(log);
  }
}
