/** Demand out of single requests: by key, route and instance, on the clock of the issuer, without routes that need no token. */
import type { Window } from './demand.js';
import type { RunJoin } from './join.js';
import { type KeyRoutes, keyRoutes, type RouteJoin } from './join-routes.js';
import type { DemandTimeline } from './perfect-cache.js';
import { emptyDurations } from './quantiles.js';
import { sortEvents } from './sort.js';

/** Clocks this near are one: nothing is moved. */
const SAME_CLOCK_MS = 250;
/** More work than this is not done to tell the demand of several keys apart. */
const MOST_ROWS_BY_KEYS = 200_000_000;

export class DemandTable {
  readonly total: number;
  /** Whether it says anything that the demand as logged does not. */
  readonly differs: boolean;
  private readonly shiftOfFile: Float64Array;
  /** By route. */
  private readonly needs: Uint8Array;
  private knownRows: readonly Int32Array[] | undefined;
  private knownCells: Cells | undefined;

  constructor(
    private readonly join: RunJoin,
    private readonly routes: readonly RouteJoin[],
    clockOfFile: readonly number[],
  ) {
    const { requests, clocks, clocksTooFar } = join;
    this.shiftOfFile = Float64Array.from(clockOfFile, (clock) => {
      const ms = clocksTooFar ? 0 : Math.round(clocks.shiftMs.get(clock) ?? 0);
      return Math.abs(ms) > SAME_CLOCK_MS ? ms : 0;
    });
    this.needs = Uint8Array.from(routes, ({ needsNone }) => (needsNone ? 0 : 1));
    this.total = routes.reduce((total, { demand, needsNone }) => total + (needsNone ? 0 : demand), 0);
    this.differs = this.total < requests.count || this.shiftOfFile.some((ms) => ms !== 0);
  }

  private isDemand(row: number): boolean {
    const { dropped, route } = this.join.requests;
    return dropped[row] === 0 && this.needs[route[row]!] === 1;
  }

  /** The rows of each instance. Found when somebody asks: most runs have one token, and demand as it was logged. */
  private get rowsOf(): readonly Int32Array[] {
    this.knownRows ??= this.findRows();
    return this.knownRows;
  }

  private findRows(): readonly Int32Array[] {
    const { requests } = this.join;
    const counts = new Uint32Array(requests.instances.length);
    for (let row = 0; row < requests.count; row += 1) if (this.isDemand(row)) counts[requests.instance[row]!]! += 1;
    const rowsOf = Array.from(counts, (count) => new Int32Array(count));
    counts.fill(0);
    for (let row = 0; row < requests.count; row += 1) {
      if (!this.isDemand(row)) continue;
      const instance = requests.instance[row]!;
      rowsOf[instance]![counts[instance]!] = row;
      counts[instance]! += 1;
    }
    return rowsOf;
  }

  private get cells(): Cells {
    this.knownCells ??= cellsOf(this.join, this.routes);
    return this.knownCells;
  }

  /** How the times of a file were moved. */
  fileShiftMs(file: number): number {
    return this.shiftOfFile[file]!;
  }

  /** How the times of an instance were moved. */
  shiftMs(instance: string): number {
    const rows = this.rowsOf[this.join.requests.instances.indexOf(instance)];
    return rows === undefined || rows.length === 0 ? 0 : this.shiftOfFile[this.join.requests.file[rows[0]!]!]!;
  }

  /** Which requests need which of several keys. */
  byKey(keys: readonly number[]): Map<number, KeyRoutes> {
    if (this.total * keys.length > MOST_ROWS_BY_KEYS) return new Map();
    const { cells, routeOfCell, instanceOfCell } = this.cells;
    return keyRoutes(cells, keys, routeOfCell, instanceOfCell);
  }

  /** Instances with a request that may need this key. */
  instancesWith({ of }: KeyRoutes): string[] {
    const { requests } = this.join;
    const { cellOf } = this.cells;
    const seen = new Set<number>();
    this.rowsOf.forEach((rows, instance) => {
      if (rows.some((row) => of[cellOf[row]!]! > 0)) seen.add(instance);
    });
    return [...seen].map((instance) => requests.instances[instance]!).sort();
  }

  timeline(instances: readonly string[], { fromMs, toMs }: Window, key?: KeyRoutes): DemandTimeline {
    const { requests } = this.join;
    const lists = instances.map((name) => this.rowsOf[requests.instances.indexOf(name)] ?? new Int32Array(0));
    const cellOf = key === undefined ? undefined : this.cells.cellOf;
    const room = lists.reduce((sum, { length }) => sum + length, 0);
    const startMs = new Float64Array(room);
    const sure = new Float64Array(key === undefined ? 0 : room);
    let count = 0;
    let sureCount = 0;
    for (const rows of lists) {
      for (const row of rows) {
        const start = requests.startMs[row]! + this.shiftOfFile[requests.file[row]!]!;
        if (start < fromMs || start > toMs) continue;
        const how = key === undefined ? 2 : key.of[cellOf![row]!]!;
        if (how === 0) continue;
        startMs[count] = start;
        count += 1;
        if (key === undefined || how < 2) continue;
        sure[sureCount] = start;
        sureCount += 1;
      }
    }
    const all = startMs.subarray(0, count);
    sortEvents(all);
    if (key === undefined || sureCount === count) return { kind: 'exact', count, startMs: all };
    const sureMs = sure.subarray(0, sureCount);
    sortEvents(sureMs);
    return { kind: 'exact', count, startMs: all, sureMs };
  }
}

interface Cells {
  /** By row of the requests. */
  readonly cellOf: Int32Array;
  readonly cells: readonly RouteJoin[];
  readonly routeOfCell: readonly number[];
  readonly instanceOfCell: readonly number[];
}

/**
 * Keys are told by route and instance: gateways of one fleet may each have their own client. A route without a fetch on an instance is
 * what its instance is, where that has one key only.
 */
function cellsOf(join: RunJoin, routes: readonly RouteJoin[]): Cells {
  const { requests, fetches, requestOf, sure } = join;
  const width = requests.routes.length;
  const numbers = new Map<number, number>();
  const cells: RouteJoin[] = [];
  const instanceOfCell: number[] = [];
  const routeOfCell: number[] = [];
  const cellOf = new Int32Array(requests.count);
  const numberOf = (instance: number, route: number): number => {
    const name = instance * width + route;
    let cell = numbers.get(name);
    if (cell === undefined) {
      cell = cells.length;
      numbers.set(name, cell);
      const { needsNone } = routes[route]!;
      cells.push({ fetches: 0, taxMs: emptyDurations(), byKey: new Map(), demand: 0, canMatch: 0, needsNone });
      instanceOfCell.push(instance);
      routeOfCell.push(route);
    }
    return cell;
  };
  // The cell that a route had last: mostly all rows of a route are of one instance.
  const lastCell = new Int32Array(width).fill(-1);
  const { count, dropped, route: routeOf, instance: instanceOf } = requests;
  for (let row = 0; row < count; row += 1) {
    const route = routeOf[row]!;
    const instance = instanceOf[row]!;
    let cell = lastCell[route]!;
    if (cell < 0 || instanceOfCell[cell] !== instance) {
      cell = numberOf(instance, route);
      lastCell[route] = cell;
    }
    cellOf[row] = cell;
  }
  const demandOf = new Uint32Array(cells.length);
  for (let row = 0; row < count; row += 1) if (dropped[row] === 0) demandOf[cellOf[row]!]! += 1;
  cells.forEach((cell, index) => {
    cell.demand = demandOf[index]!;
  });
  const byInstance = requests.instances.map(() => new Map<number, number>());
  for (let fetch = 0; fetch < fetches.count; fetch += 1) {
    if (sure[fetch] === 0) continue;
    const key = fetches.key[fetch]!;
    const row = requestOf[fetch]!;
    const cell = cells[cellOf[row]!]!;
    cell.fetches += 1;
    cell.byKey.set(key, (cell.byKey.get(key) ?? 0) + 1);
    const mine = byInstance[requests.instance[row]!]!;
    mine.set(key, (mine.get(key) ?? 0) + 1);
  }
  cells.forEach((cell, index) => {
    const mine = byInstance[instanceOfCell[index]!]!;
    if (cell.fetches > 0 || mine.size !== 1) return;
    const [[key, count]] = [...mine] as [[number, number]];
    cell.byKey.set(key, count);
    cell.fetches = count;
  });
  return { cellOf, cells, routeOfCell, instanceOfCell };
}
