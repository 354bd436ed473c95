/** The single records of a run, from several scanners, in the order of the file. */
import { NO_ID } from '../events/request-batch.js';
import { type JoinLog, type JoinRecords, MAX_JOINED } from './join-log.js';
import type { IdMaps } from './merge.js';
import type { AnalysisPart } from './part.js';
import type { RequestReader } from './request-log.js';

/** Undefined where the run keeps none. Beyond the limit all are forgotten, whoever has read them. */
export function mergeJoins(parts: readonly AnalysisPart[], maps: readonly IdMaps[]): JoinRecords | undefined {
  const sources = parts.flatMap(({ joinLog }, at) => (joinLog === undefined ? [] : [{ log: joinLog, ids: maps[at]! }]));
  if (sources.length === 0) return undefined;
  const kept = sources.reduce((sum, { log }) => sum + log.kept, 0);
  return new MergedJoins(sources, sources.some(({ log }) => log.isFull) || kept > MAX_JOINED);
}

interface Source {
  readonly log: JoinLog;
  readonly ids: IdMaps;
}

class MergedJoins implements JoinRecords {
  constructor(
    private readonly sources: readonly Source[],
    readonly isFull: boolean,
  ) {}

  requestCount(file: number): number {
    return this.isFull ? 0 : this.sources.reduce((sum, { log }) => sum + log.requestCount(file), 0);
  }

  forEachRequests(file: number, visit: Parameters<JoinRecords['forEachRequests']>[1]): void {
    if (this.isFull) return;
    const readers: { readonly rows: RequestReader; readonly ids: IdMaps; at: number }[] = [];
    for (const { log, ids } of this.sources) {
      const rows = log.requestsOf(file);
      if (rows !== undefined && nextRows(rows, ids)) readers.push({ rows, ids, at: 0 });
    }
    while (readers.length > 0) {
      // Each has read whole ranges: what comes next is many rows of one, up to where another has the next range.
      let first = 0;
      let limit = Infinity;
      for (let one = 1; one < readers.length; one += 1) {
        const mine = headOf(readers[one]!);
        const least = headOf(readers[first]!);
        limit = Math.min(limit, Math.max(mine, least));
        if (mine < least) first = one;
      }
      const reader = readers[first]!;
      const { rows, at } = reader;
      const end = firstFrom(rows.offset, limit, at + 1, rows.count);
      visit(rows, at, end);
      reader.at = end;
      if (end < rows.count) continue;
      reader.at = 0;
      if (!nextRows(rows, reader.ids)) readers.splice(first, 1);
    }
  }

  hasTokenIds(): boolean {
    return !this.isFull && this.sources.some(({ log }) => log.hasTokenIds());
  }

  forEachToken(file: number, visit: Parameters<JoinRecords['forEachToken']>[1]): void {
    if (!this.isFull) for (const { log } of this.sources) log.forEachToken(file, visit);
  }
}

/** The first of [from, to) that is not below the limit; `to` where all are. */
function firstFrom(values: Float64Array, limit: number, from: number, to: number): number {
  // Mostly all are.
  if (to > from && values[to - 1]! < limit) return to;
  let at = from;
  while (at < to && values[at]! < limit) at += 1;
  return at;
}

const headOf = ({ rows, at }: { readonly rows: RequestReader; readonly at: number }): number => rows.offset[at]!;

/** The next of them, with the names of the run. */
function nextRows(rows: RequestReader, { routes, nodes }: IdMaps): boolean {
  if (!rows.next()) return false;
  const { count, route, node } = rows;
  for (let row = 0; row < count; row += 1) route[row] = routes[route[row]!]!;
  for (let row = 0; row < count; row += 1) if (node[row] !== NO_ID) node[row] = nodes[node[row]!]!;
  return true;
}
