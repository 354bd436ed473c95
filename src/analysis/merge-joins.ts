/** The single records of a run, from several scanners, in the order of the file. */
import { NO_ID } from '../events/request-batch.js';
import { type JoinLog, type JoinRecords, MAX_JOINED } from './join-log.js';
import type { IdMaps } from './merge.js';
import type { AnalysisPart } from './part.js';
import type { JoinRequest, RequestCursor } from './request-log.js';

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

  forEachRequest(file: number, visit: (request: JoinRequest) => void): void {
    if (this.isFull) return;
    const readers: { readonly cursor: RequestCursor; readonly ids: IdMaps }[] = [];
    for (const { log, ids } of this.sources) {
      const cursor = log.requestsOf(file);
      if (cursor?.next()) readers.push({ cursor, ids });
    }
    const request: JoinRequest = { startMs: 0, durationMs: -1, route: 0, node: 0, request: 0, trace: 0, offset: 0, user: 0 };
    while (readers.length > 0) {
      let first = 0;
      for (let at = 1; at < readers.length; at += 1)
        if (readers[at]!.cursor.one.offset < readers[first]!.cursor.one.offset) first = at;
      const { cursor, ids } = readers[first]!;
      const { one } = cursor;
      request.startMs = one.startMs;
      request.durationMs = one.durationMs;
      request.request = one.request;
      request.trace = one.trace;
      request.offset = one.offset;
      request.user = one.user;
      request.route = ids.routes[one.route]!;
      request.node = one.node === NO_ID ? NO_ID : ids.nodes[one.node]!;
      visit(request);
      if (!cursor.next()) readers.splice(first, 1);
    }
  }

  hasTokenIds(): boolean {
    return !this.isFull && this.sources.some(({ log }) => log.hasTokenIds());
  }

  forEachToken(file: number, visit: Parameters<JoinRecords['forEachToken']>[1]): void {
    if (!this.isFull) for (const { log } of this.sources) log.forEachToken(file, visit);
  }
}
