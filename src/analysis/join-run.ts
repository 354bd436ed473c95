/** The join of one run from end to end: tables, matches, what follows for demand and routes, and how it is told. */
import { type DemandBook, type Links, linkDemand } from './demand.js';
import { clockNumbers, joinRun, type RunJoin } from './join.js';
import { DemandTable } from './join-demand.js';
import { fetchJoinTable, type TokenIdIndex } from './join-fetches.js';
import { contradictions, joinAssumptions, joinWarnings } from './join-notes.js';
import { requestTable } from './join-requests.js';
import { instancesOfHolders, type RouteJoin, routeJoins } from './join-routes.js';
import type { FileTally } from './part.js';
import type { RunPlan } from './plan.js';
import { quantile } from './quantiles.js';
import type { Repeats } from './repeats.js';
import type { Assumption, Join, Role, RouteResult, Warning } from './result.js';
import type { FinishInput } from './run-facts.js';

export interface JoinedRun {
  readonly links: Links;
  /** What must be added to the times of a file, where clocks differ. */
  readonly shiftMs: (file: number) => number;
  /** Undefined where nothing could be held against each other. */
  readonly join: Join | undefined;
  /** The single pairs, for those who measure the join. */
  readonly run: RunJoin | undefined;
  /** By name of the route. */
  readonly routes: ReadonlyMap<
    string,
    { readonly fetches: number; readonly taxMs: RouteResult['taxMs']; readonly dropped: number }
  >;
  /** Records of a request that another log has too, by file. */
  readonly deduplicated: ReadonlyMap<number, number>;
  readonly warnings: readonly Warning[];
  readonly assumptions: readonly Assumption[];
}

export function joinOfRun(
  input: FinishInput,
  roles: readonly Role[],
  tallies: readonly FileTally[],
  plan: RunPlan,
  book: DemandBook,
  ids: TokenIdIndex,
  repeats: Repeats,
): JoinedRun {
  const { files } = input;
  const requests = book.instances.length === 0 ? undefined : requestTable(input, roles, repeats);
  const fetches = requests === undefined ? undefined : fetchJoinTable(plan.keys, plan.readOptions, ids);
  const run = requests === undefined || fetches === undefined ? undefined : joinRun({ requests, fetches }, files);
  const against = contradictions(input, roles, tallies, run);
  const warnings = [...repeats.warnings, ...against.warnings, ...joinWarnings(input, roles, plan.keys.length > 0)];
  if (run === undefined) {
    const links = linkDemand(book, plan.keys, undefined, against.isGrave);
    return {
      links,
      shiftMs: () => 0,
      join: undefined,
      run: undefined,
      routes: new Map(),
      deduplicated: requests?.droppedByFile ?? new Map(),
      warnings,
      assumptions: [],
    };
  }
  const routes = routeJoins(run);
  const table = new DemandTable(run, routes, clockNumbers(files));
  if (table.differs) book.useTable(table);
  const links = linkDemand(book, plan.keys, { instanceOfHolder: instancesOfHolders(run), table }, against.isGrave);
  const splits =
    links.by === 'none' && plan.keys.some((key) => links.instancesOf(key) !== undefined && links.bookOf(key) !== book);
  return {
    links,
    shiftMs: (file) => table.fileShiftMs(file),
    join: figures(run, links),
    run,
    routes: byName(run, routes),
    deduplicated: run.requests.droppedByFile,
    warnings,
    assumptions: joinAssumptions(run, routes, splits),
  };
}

function figures(run: RunJoin, links: Links): Join | undefined {
  const { requests, fetches, requestOf, sure } = run;
  let matched = 0;
  let ambiguous = 0;
  const taken = new Uint8Array(requests.count);
  for (let fetch = 0; fetch < fetches.count; fetch += 1) {
    if (requestOf[fetch]! < 0) continue;
    taken[requestOf[fetch]!] = 1;
    if (sure[fetch] === 1) matched += 1;
    else ambiguous += 1;
  }
  // Nothing but names holds the sides together.
  if (run.by === 'none' && matched + ambiguous === 0 && run.skewMs === null) return undefined;
  let unmatchedGateway = 0;
  for (let row = 0; row < requests.count; row += 1) if (requests.dropped[row] === 0 && taken[row] === 0) unmatchedGateway += 1;
  return {
    by: run.by === 'none' ? links.by : run.by,
    matched,
    ambiguous,
    unmatchedGateway,
    unmatchedIssuer: fetches.count - matched - ambiguous,
    skewMs: run.skewMs,
    skewSpreadMs: run.skewSpreadMs,
  };
}

function byName(run: RunJoin, routes: readonly RouteJoin[]): JoinedRun['routes'] {
  const dropped = new Map<number, number>();
  const { requests } = run;
  for (let row = 0; row < requests.count; row += 1) {
    if (requests.dropped[row] === 1) dropped.set(requests.route[row]!, (dropped.get(requests.route[row]!) ?? 0) + 1);
  }
  return new Map(
    routes.map(({ fetches, taxMs }, index) => [
      requests.routes[index]!,
      {
        fetches,
        dropped: dropped.get(index) ?? 0,
        taxMs: taxMs.count === 0 ? null : { p50: quantile(taxMs, 0.5), p95: quantile(taxMs, 0.95), p99: quantile(taxMs, 0.99) },
      },
    ]),
  );
}
