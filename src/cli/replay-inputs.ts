/** The requests of logs that a replay is made of. */
import { classifyEndpoint } from '../events/endpoints.js';
import { methods, NO_ID, type RequestBatch } from '../events/request-batch.js';
import { parseTimeBound, type TimeBound } from '../events/time-bound.js';
import { parseWhere } from '../events/where.js';
import type { ReplayRecord } from '../replay/index.js';
import { foldedText, PathFolder } from '../scan/paths.js';
import { type FileReport, type ReadOptions, readRecords } from '../scan/read-records.js';
import type { FilledRecord } from '../scan/record.js';
import { zoneShift } from '../scan/zones.js';

export interface ReplayInputOptions extends ReadOptions {
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  readonly where?: string | undefined;
}

const startMs = ({ time, timeAt, durationMs }: FilledRecord): number =>
  time === undefined ? 0 : timeAt === 'start' ? time : time - (durationMs ?? 0);

const folder = new PathFolder();

/** As `analyze` knows the path: that of an authentication endpoint as it is, others with their ids folded. */
const wherePath = ({ method, path = '', host }: FilledRecord): string => {
  const verb = methods.find((each) => each === method) ?? 'OTHER';
  if (classifyEndpoint({ method: verb, path, ...(host === undefined ? {} : { host }) }, []).kind !== 'api') return path;
  const bytes = Buffer.from(path);
  folder.fold(bytes, 0, bytes.length);
  return foldedText(Buffer.from(folder.scratch.subarray(0, folder.length)).toString('utf8'));
};

/** Asks the question of --where of one record: a batch of one row, whose names are this record's own. */
const recordTest = (where: string): ((record: FilledRecord) => boolean) => {
  const test = parseWhere(where);
  const names = {
    routes: [] as { path: string; kind: 'api' }[],
    nodes: [] as string[],
    agents: [] as { name: string }[],
    callers: [] as Record<string, unknown>[],
  };
  const known = new Map<string, number>();
  const id = <T>(list: T[], column: string, text: string | undefined, make: (text: string) => T): number => {
    if (text === undefined) return NO_ID;
    const key = `${column}\0${text}`;
    const found = known.get(key) ?? list.push(make(text)) - 1;
    known.set(key, found);
    return found;
  };
  return (record) => {
    const method = methods.indexOf((record.method ?? 'OTHER') as (typeof methods)[number]);
    const path = wherePath(record);
    const caller = JSON.stringify([record.identity, record.client, record.host, record.scope, path]);
    const row = {
      rows: 1,
      startUs: [startMs(record) * 1000],
      durationUs: [record.durationMs === undefined ? -1 : record.durationMs * 1000],
      upstreamUs: [-1],
      status: [record.status ?? 0],
      bytes: [record.bytes ?? -1],
      method: [method < 0 ? methods.indexOf('OTHER') : method],
      cache: [0],
      route: [id(names.routes, 'route', path, (path) => ({ path, kind: 'api' }))],
      node: [id(names.nodes, 'node', record.node, (text) => text)],
      agent: [id(names.agents, 'agent', record.userAgent, (name) => ({ name }))],
      caller: [
        id(names.callers, 'caller', caller, () => ({
          client: record.identity,
          address: record.client,
          host: record.host,
          scope: record.scope,
          path,
        })),
      ],
      lifetimeMs: [-1],
      offset: [0],
      line: [0],
      names,
    };
    return test(row as unknown as RequestBatch, 0);
  };
};

const boundMs = (bound: TimeBound | undefined, newestMs: number): number | undefined =>
  bound === undefined ? undefined : bound.kind === 'at' ? bound.us / 1000 : newestMs - bound.us / 1000;

/** In the order of files and lines. */
export const readReplay = async (
  options: ReplayInputOptions,
  onFile: (report: FileReport) => void,
): Promise<readonly ReplayRecord[]> => {
  const shift = options.tz === undefined ? () => 0 : zoneShift(options.tz);
  const bound = (flag: string, text: string | undefined): TimeBound | undefined =>
    text === undefined ? undefined : parseTimeBound(flag, text, shift);
  const [since, until] = [bound('--since', options.since), bound('--until', options.until)];
  const wanted = options.where === undefined ? () => true : recordTest(options.where);
  const found: ReplayRecord[] = [];
  let newestMs = Number.NEGATIVE_INFINITY;
  for await (const records of readRecords(options, onFile))
    for (const record of records) {
      if (record.skip !== undefined || record.time === undefined) continue;
      const timeMs = startMs(record);
      newestMs = Math.max(newestMs, timeMs);
      if (!wanted(record)) continue;
      const { method, path, query, host, status } = record;
      found.push({ timeMs, method, path, query, host, client: record.identity ?? record.client, status });
    }
  const [from, to] = [boundMs(since, newestMs), boundMs(until, newestMs)];
  return found.filter(({ timeMs }) => (from === undefined || timeMs >= from) && (to === undefined || timeMs < to));
};
