/** The requests of a run that needed a token, as one table: what a join works on, and demand by route. */
import { NO_ID } from '../events/request-batch.js';
import type { Repeats } from './repeats.js';
import type { Role } from './result.js';
import type { FinishInput } from './run-facts.js';
import { sortEvents } from './sort.js';

export interface RequestTable {
  readonly count: number;
  /** Sorted, on the clock of the gateway. */
  readonly startMs: Float64Array;
  /** -1: unknown. */
  readonly durationMs: Int32Array;
  /** Index into `routes`. */
  readonly route: Int32Array;
  /** Index into `instances`. */
  readonly instance: Int32Array;
  readonly file: Uint32Array;
  /** 0 without one; undefined where no request has any. */
  readonly request: Float64Array | undefined;
  readonly trace: Float64Array | undefined;
  /** A number for who asked, 0 where it is not known; odd ones are of names, even ones of addresses. Undefined without any. */
  readonly user: Float64Array | undefined;
  /** 1: another record of the same request is kept instead. */
  readonly dropped: Uint8Array;
  /** For a dropped row the row that is kept. */
  readonly keptRow: Map<number, number>;
  readonly droppedByFile: Map<number, number>;
  readonly routes: readonly string[];
  readonly instances: readonly string[];
}

/** Clocks of two hosts that keep time differ by less than this. */
const CLOCK_MS = 250;
/** An id on more records than this is none. */
const MOST_WITH_ONE_ID = 16;

/** Undefined where the run has kept no single requests, or more than it can. */
export function requestTable(input: FinishInput, roles: readonly Role[], repeats: Repeats): RequestTable | undefined {
  const { parts, files } = input;
  if (parts.some(({ joinLog }) => joinLog === undefined || joinLog.isFull)) return undefined;
  const gateways = files.map((_, file) => file).filter((file) => roles[file] === 'gateway');
  let room = 0;
  for (const { joinLog } of parts) for (const file of gateways) room += joinLog!.requestCount(file);
  if (room === 0) return undefined;
  const startMs = new Float64Array(room);
  const durationMs = new Int32Array(room);
  const route = new Int32Array(room);
  const instance = new Int32Array(room);
  const fileOf = new Uint32Array(room);
  let request: Float64Array | undefined;
  let trace: Float64Array | undefined;
  let user: Float64Array | undefined;
  const routes = new Map<string, number>();
  const instances = new Map<string, number>();
  const isRepeat = new Uint8Array(room);
  const droppedByFile = new Map<number, number>();
  let at = 0;
  for (const { joinLog, names } of parts) {
    // Index of the table +1, by id of the part.
    const routeOf = new Int32Array(names.routes.length);
    for (const file of gateways) {
      const instanceOf = new Map<number, number>();
      let lastNode = Number.NaN;
      let lastInstance = 0;
      joinLog!.forEachRequests(file, (rows, from, to) => {
        startMs.set(rows.startMs.subarray(from, to), at);
        durationMs.set(rows.durationMs.subarray(from, to), at);
        for (let row = from; row < to; row += 1) {
          const one = rows.route[row]!;
          if (routeOf[one] === 0) routeOf[one] = idOf(routes, input.settleRoute(names.routes[one]!.path)) + 1;
          route[at + row - from] = routeOf[one]! - 1;
        }
        for (let row = from; row < to; row += 1) {
          const node = rows.node[row]!;
          if (node !== lastNode) {
            lastNode = node;
            lastInstance = instanceOf.get(node) ?? idOf(instances, node === NO_ID ? files[file]!.group : names.nodes[node]!);
            instanceOf.set(node, lastInstance);
          }
          instance[at + row - from] = lastInstance;
        }
        if (rows.request !== undefined || rows.trace !== undefined) {
          request ??= new Float64Array(room);
          trace ??= new Float64Array(room);
          if (rows.request !== undefined) request.set(rows.request.subarray(from, to), at);
          if (rows.trace !== undefined) trace.set(rows.trace.subarray(from, to), at);
        }
        if (rows.user !== undefined) {
          user ??= new Float64Array(room);
          user.set(rows.user.subarray(from, to), at);
        }
        if (!repeats.isEmpty) {
          for (let row = from; row < to; row += 1) {
            if (!repeats.has(file, rows.offset[row]!)) continue;
            droppedByFile.set(file, (droppedByFile.get(file) ?? 0) + 1);
            isRepeat[at + row - from] = 1;
          }
        }
        fileOf.fill(file, at, at + to - from);
        at += to - from;
      });
    }
  }
  // Before the sort all files stand behind each other in the order of the run, so that equal starts stay in it. What is the same in all
  // rows stays as it is.
  const columns = [
    durationMs,
    route,
    ...(droppedByFile.size > 0 ? [isRepeat] : []),
    ...(instances.size > 1 ? [instance] : []),
    ...(gateways.length > 1 ? [fileOf] : []),
    ...(request === undefined ? [] : [request, trace!]),
    ...(user === undefined ? [] : [user]),
  ];
  sortEvents(startMs, ...columns);
  const table: RequestTable = {
    count: room,
    startMs,
    durationMs,
    route,
    instance,
    file: fileOf,
    request,
    trace,
    user,
    dropped: isRepeat,
    keptRow: new Map(),
    droppedByFile,
    routes: [...routes.keys()],
    instances: [...instances.keys()],
  };
  if (request !== undefined) dropTwins(table, (file) => files[file]!.format === 'otlp');
  return table;
}

function idOf(ids: Map<string, number>, name: string): number {
  let id = ids.get(name);
  if (id === undefined) {
    id = ids.size;
    ids.set(name, id);
  }
  return id;
}

/**
 * A request that passed several hops stands in the log of each: same id, same route, one within the other. The inner record is kept, the
 * one nearest the back end; of spans the outer, which is the gateway's.
 */
function dropTwins(table: RequestTable, isSpans: (file: number) => boolean): void {
  for (const ids of [table.request!, table.trace!]) {
    for (const rows of new IdIndex(ids, table.count).groups()) {
      const left = rows.filter((row) => table.dropped[row] === 0);
      left.sort((a, b) => knownMs(table, a) - knownMs(table, b) || a - b);
      if (left.some((row) => isSpans(table.file[row]!))) left.reverse();
      for (let index = 1; index < left.length; index += 1) {
        const row = left[index]!;
        const kept = left.slice(0, index).find((one) => table.dropped[one] === 0 && areTwins(table, one, row, isSpans));
        if (kept === undefined) continue;
        table.dropped[row] = 1;
        table.keptRow.set(row, kept);
        const file = table.file[row]!;
        table.droppedByFile.set(file, (table.droppedByFile.get(file) ?? 0) + 1);
      }
    }
  }
}

const knownMs = ({ durationMs }: RequestTable, row: number): number => Math.max(0, durationMs[row]!);

function areTwins(table: RequestTable, one: number, other: number, isSpans: (file: number) => boolean): boolean {
  const sameFile = table.file[one] === table.file[other];
  if (sameFile && !(isSpans(table.file[one]!) && table.instance[one] !== table.instance[other])) return false;
  if (table.route[one] !== table.route[other]) return false;
  const [inner, outer] = knownMs(table, one) <= knownMs(table, other) ? [one, other] : [other, one];
  const from = table.startMs[outer]! - CLOCK_MS;
  const to = table.startMs[outer]! + knownMs(table, outer) + CLOCK_MS;
  return table.startMs[inner]! >= from && table.startMs[inner]! + knownMs(table, inner) <= to;
}

/** Rows by id. A table of our own: a Map of a million ids takes longer than the reading of their log. */
export class IdIndex {
  /** The newest row of an id, +1; 0: free. */
  private readonly heads: Int32Array;
  /** The row of the same id before this one, +1. */
  private readonly older: Int32Array;
  private readonly mask: number;
  private hasTwins = false;

  constructor(
    private readonly ids: Float64Array,
    count: number,
  ) {
    let used = 0;
    for (let row = 0; row < count; row += 1) if (ids[row] !== 0) used += 1;
    let size = 16;
    while (size < used * 2) size *= 2;
    this.heads = new Int32Array(size);
    this.older = new Int32Array(used === 0 ? 0 : count);
    this.mask = size - 1;
    for (let row = 0; row < count && used > 0; row += 1) {
      if (ids[row] === 0) continue;
      const at = this.slot(ids[row]!);
      if (this.heads[at] !== 0) this.hasTwins = true;
      this.older[row] = this.heads[at]!;
      this.heads[at] = row + 1;
    }
  }

  private slot(id: number): number {
    let at = (Math.imul(id >>> 0, 0x9e3779b1) ^ (id / 0x1_0000_0000)) & this.mask;
    while (this.heads[at] !== 0 && this.ids[this.heads[at]! - 1] !== id) at = (at + 1) & this.mask;
    return at;
  }

  /** Rows in their order. None for an id that very many have: it tells nothing apart. */
  find(id: number): readonly number[] {
    return id === 0 ? [] : this.chain(this.heads[this.slot(id)]!);
  }

  private chain(head: number): readonly number[] {
    const rows: number[] = [];
    for (let next = head; next !== 0; next = this.older[next - 1]!) {
      rows.push(next - 1);
      if (rows.length > MOST_WITH_ONE_ID) return [];
    }
    return rows.length > 1 ? rows.reverse() : rows;
  }

  /** The rows of each id that several have, in the order of the first of them. */
  groups(): (readonly number[])[] {
    if (!this.hasTwins) return [];
    const groups: (readonly number[])[] = [];
    for (const head of this.heads) {
      if (head === 0 || this.older[head - 1] === 0) continue;
      const rows = this.chain(head);
      if (rows.length > 1) groups.push(rows);
    }
    return groups.sort(([a], [b]) => a! - b!);
  }
}
