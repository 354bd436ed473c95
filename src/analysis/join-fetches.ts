/** The fetches of a run as one table: what a join looks for requests for. */
import type { KeyPlan, TableOptions } from './fetch-table.js';
import { holderOf } from './identity.js';
import { MAX_JOINED } from './join-log.js';
import type { RunPart } from './part.js';
import { sortEvents } from './sort.js';

export interface FetchJoinTable {
  readonly count: number;
  /** Sorted, on the clock of the issuer. */
  readonly startMs: Float64Array;
  /** -1: unknown. */
  readonly durationMs: Int32Array;
  /** Index into the keys of the plan. */
  readonly key: Int32Array;
  /** Index into `holders`. */
  readonly holder: Int32Array;
  readonly file: Uint32Array;
  /** 0 without one. */
  readonly request: Float64Array;
  readonly trace: Float64Array;
  readonly holders: readonly string[];
}

/** Ids of token requests by their place. */
export class TokenIdIndex {
  private readonly byFile = new Map<number, Map<number, readonly [request: number, trace: number]>>();

  constructor(parts: readonly RunPart[], fileCount: number) {
    for (const { joinLog } of parts) {
      if (joinLog === undefined || !joinLog.hasTokenIds()) continue;
      for (let file = 0; file < fileCount; file += 1) {
        joinLog.forEachToken(file, ({ offset, request, trace }) => {
          let ids = this.byFile.get(file);
          if (ids === undefined) {
            ids = new Map();
            this.byFile.set(file, ids);
          }
          ids.set(offset, [request, trace]);
        });
      }
    }
  }

  get isEmpty(): boolean {
    return this.byFile.size === 0;
  }

  of(file: number, offset: number): readonly [request: number, trace: number] {
    return this.byFile.get(file)?.get(offset) ?? NO_IDS;
  }
}

const NO_IDS = [0, 0] as const;

/** Service fetches with a status, ok and failed. Undefined where there are none, or too many. */
export function fetchJoinTable(keys: readonly KeyPlan[], options: TableOptions, ids: TokenIdIndex): FetchJoinTable | undefined {
  const joined = keys.map((key, index) => ({ key, index })).filter(({ key }) => key.grant === 'service' && !key.overflow);
  let room = 0;
  for (const { key } of joined) for (const { logs } of key.callers) for (const log of logs) room += log.count;
  if (room === 0 || room > MAX_JOINED) return undefined;
  const startMs = new Float64Array(room);
  const durationMs = new Int32Array(room);
  const keyOf = new Int32Array(room);
  const holder = new Int32Array(room);
  const fileOf = new Uint32Array(room);
  const request = new Float64Array(room);
  const trace = new Float64Array(room);
  const holders = new Map<string, number>();
  let count = 0;
  for (const { key, index } of joined) {
    for (const { caller, logs } of key.callers) {
      const name = holderOf(caller);
      const id = holders.get(name) ?? holders.size;
      holders.set(name, id);
      for (const log of logs) {
        log.forEach((event) => {
          if (event.status === 0 || !options.counts(event.file, event.cache, event.offset)) return;
          startMs[count] = event.startMs;
          durationMs[count] = event.durationMs;
          keyOf[count] = index;
          holder[count] = id;
          fileOf[count] = event.file;
          if (!ids.isEmpty) {
            const [one, other] = ids.of(event.file, event.offset);
            request[count] = one;
            trace[count] = other;
          }
          count += 1;
        });
      }
    }
  }
  if (count === 0) return undefined;
  const columns = [durationMs, keyOf, holder, fileOf, request, trace].map((column) => column.subarray(0, count));
  const starts = startMs.subarray(0, count);
  sortEvents(starts, ...columns);
  const [duration, keyColumn, holderColumn, file, requestIds, traceIds] = columns as [
    Int32Array,
    Int32Array,
    Int32Array,
    Uint32Array,
    Float64Array,
    Float64Array,
  ];
  return {
    count,
    startMs: starts,
    durationMs: duration,
    key: keyColumn,
    holder: holderColumn,
    file,
    request: requestIds,
    trace: traceIds,
    holders: [...holders.keys()],
  };
}
