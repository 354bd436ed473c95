/**
 * The kernel's memory and its exports. It reads the lines that are ordinary in every way, and hands each other line back, so all that
 * it knows are short cuts: names that the dictionary has given before, minutes that the reader of times has read before.
 */
import {
  BINS,
  COUNTED_AGENTS,
  COUNTED_ROUTES,
  type CountedRows,
  type Counting,
  type CountTables,
  type DemandColumns,
  KEPT,
  NO_SLOT,
  REASONS,
  ROUTE_SHIFT,
  SLOTS,
} from '../../events/counting.js';
import type { Names, RequestBatch, RowIds } from '../../events/request-batch.js';
import { wasm } from './kernel.generated.js';
import { type WasmMemory, type WasmNumber, webAssembly } from './webassembly.js';

/** Numbers that the assembly exports; addresses unless the name says something else. */
type Constant =
  | 'AGENT'
  | 'AGENT_TABLE'
  | 'ALWAYS'
  | 'ALWAYS_BYTES'
  | 'BYTES'
  | 'CACHE'
  | 'CALLER'
  | 'CALLER_TABLE'
  | 'CERTAIN_TABLE'
  | 'CROWD_TABLE'
  | 'DURATION_US'
  | 'ENDED'
  | 'FLAGS'
  | 'FULL'
  | 'HARMLESS'
  | 'HARMLESS_BYTES'
  | 'HARMLESS_CLASSES'
  | 'KEYS'
  | 'KEY_BYTES'
  | 'LEVELS'
  | 'LEVEL_BYTES'
  | 'LIFETIME_MS'
  | 'LINE'
  | 'MAX_ALWAYS'
  | 'MAX_KEYS'
  | 'MAX_LEVELS'
  | 'MAX_OPS'
  | 'MAX_PAIR_KEYS'
  | 'MAX_PAIR_KEY_LENGTH'
  | 'MAX_PARTS'
  | 'MAX_ROUTES'
  | 'MAX_SKIPS'
  | 'MAX_SUMS'
  | 'MAX_USES'
  | 'MAX_WAYS'
  | 'MAX_WORD_KEYS'
  | 'MEMORY_END'
  | 'METHOD'
  | 'NEW_AGENT'
  | 'NEW_CALLER'
  | 'NEW_CERTAIN'
  | 'NEW_CLF'
  | 'NEW_ISO'
  | 'NEW_NODE'
  | 'NEW_PATH'
  | 'NEW_SLASHED'
  | 'NEW_WORD'
  | 'NODE'
  | 'NODE_TABLE'
  | 'OFFSET'
  | 'OPS'
  | 'OP_BYTES'
  | 'PAIRS'
  | 'PAIR_BYTES'
  | 'PATH_TABLE'
  | 'POOL'
  | 'POOL_BYTES'
  | 'REPORT'
  | 'REQUEST_IDS'
  | 'ROUTE'
  | 'ROWS'
  | 'SKIPS'
  | 'START_US'
  | 'STATUS'
  | 'SUMS'
  | 'SUM_BYTES'
  | 'TRACE_IDS'
  | 'TUPLE'
  | 'UPSTREAM_US'
  | 'USERS'
  | 'USES'
  | 'USE_BYTES'
  | 'WAYS'
  | 'WAY_BYTES'
  | 'WAY_COMMON'
  | 'WAY_ORDER'
  | 'WINDOW'
  | 'WINDOW_BYTES'
  | 'WORD_KEYS'
  | 'WORD_KEY_ENTRY'
  | 'AGENT_KINDS'
  | 'CELL_COUNTS'
  | 'CELL_FROM'
  | 'COUNTERS'
  | 'DEMAND_DURATION'
  | 'DEMAND_MS'
  | 'DEMAND_NODE'
  | 'DEMAND_OFFSET'
  | 'DEMAND_REQUEST'
  | 'DEMAND_ROUTE'
  | 'DEMAND_TRACE'
  | 'EXCLUDED'
  | 'FLOORS'
  | 'HISTOGRAMS'
  | 'MASKS'
  | 'MAX_CELLS'
  | 'DEMAND_GAPS'
  | 'KEPT'
  | 'SAMPLE_COUNT'
  | 'SAMPLE_STARTS'
  | 'SLOW_COUNT'
  | 'SLOW_STARTS'
  | 'SLOW_UNITS'
  | 'MAX_REQUESTS'
  | 'ROUTE_KINDS'
  | 'ROUTE_SLOTS'
  | 'STAMPS'
  | 'authLooking'
  | 'cells'
  | 'demand'
  | 'firstStartMs'
  | 'lastEndMs'
  | 'gapBytes'
  | 'ofOneNode'
  | 'plain'
  | 'requests'
  | 'WORD_TABLE';

interface KernelExports extends Readonly<Record<Constant, WasmNumber>> {
  readonly memory: WasmMemory;
  configure(ways: number, pairKeys: number, flags: number, callerSlots: number): void;
  configureJson(
    kind: number,
    levels: number,
    keys: number,
    listedSlots: number,
    hasWords: number,
    sums: number,
    always: number,
    skips: number,
    endField: number,
    endReading: number,
    flags: number,
    callerSlots: number,
  ): void;
  setColumns(ids: number, users: number): void;
  setCounting(on: number, stepUs: number, cellMs: number): void;
  run(from: number, end: number, row: number, shift: number, line: number, request: number): number;
  /** 0 when it was not kept. */
  add(table: number, at: number, length: number, value: number): number;
  answerPath(route: number): void;
  clearTables(): void;
  clearCrowd(): void;
  setHarmless(start: number): void;
  findNeedle(from: number, end: number): number;
  lineEnd(at: number, end: number): number;
  rememberClf(from: number, to: number, us: number): void;
  rememberIso(from: number, to: number, us: number): void;
  rememberSlashed(from: number, us: number): void;
  fractionDigitsSeen(): number;
  unitlessSeen(): number;
}

const PAGE_BYTES = 65_536;
const NEWLINE = 10;
/** Longer than a needle. */
const OVERLAP = 16;

function compile(): object {
  if (webAssembly === undefined) throw new TypeError('there is no WebAssembly here');
  return new webAssembly.Module(Buffer.from(wasm, 'base64'));
}

export class Kernel {
  readonly exports: KernelExports;
  readonly heap: Uint8Array;
  /** Words that `run` leaves: see REPORT_* in the assembly. */
  readonly report: Int32Array;
  /** Whose program and times it holds. */
  owner: object | undefined;
  /** Whose names its tables hold, and the version of their flags. */
  names: object | undefined;
  /** How the agents in its tables are spelled. */
  agents: string | undefined;
  flagsVersion = 0;
  flagsOf: object | undefined;
  /** How often places have collapsed in the dictionary whose crowded places it knows. */
  collapses = 0;
  /** The tables of harmless segments are in place. */
  knowsHarmless = false;
  /** The column of users, for a batch that has one. */
  readonly users: Float64Array;
  /** Who counts in its tables. */
  counting: Counting | undefined;
  /** Stamps of the requests of a batch, where they are counted. */
  readonly stampUs: Float64Array;
  private readonly tables: CountTables;
  private readonly demandColumns: DemandColumns;
  private readonly demandIds: RowIds;
  private readonly demandGaps: Uint8Array;
  private readonly cellMs: Float64Array;
  private readonly cellRequests: Uint32Array;
  private readonly columns: Omit<RequestBatch, 'rows' | 'names'>;
  private readonly ids: NonNullable<RequestBatch['ids']>;

  /** `module`: what another thread has compiled already. */
  constructor(readonly module: object = compile()) {
    this.exports = new webAssembly!.Instance(module).exports as KernelExports;
    const { memory, ROWS } = this.exports;
    // Once and for all: growing it later would take the memory away from under the views.
    memory.grow(Math.ceil(this.at('MEMORY_END') / PAGE_BYTES) - memory.buffer.byteLength / PAGE_BYTES);
    const { buffer } = memory;
    this.heap = new Uint8Array(buffer);
    this.report = new Int32Array(buffer, this.at('REPORT'), 16);
    const rows = ROWS.value;
    const doubles = (name: Constant): Float64Array => new Float64Array(buffer, this.at(name), rows);
    const ids = (name: Constant): Int32Array => new Int32Array(buffer, this.at(name), rows);
    this.users = doubles('USERS');
    this.ids = { request: doubles('REQUEST_IDS'), trace: doubles('TRACE_IDS') };
    const requests = this.at('MAX_REQUESTS');
    const cells = this.at('MAX_CELLS');
    this.stampUs = new Float64Array(buffer, this.at('STAMPS'), requests);
    this.demandColumns = {
      demandMs: new Float64Array(buffer, this.at('DEMAND_MS'), requests),
      demandNode: new Int32Array(buffer, this.at('DEMAND_NODE'), requests),
      demandDurationMs: new Int32Array(buffer, this.at('DEMAND_DURATION'), requests),
      demandRoute: new Int32Array(buffer, this.at('DEMAND_ROUTE'), requests),
      demandOffset: new Float64Array(buffer, this.at('DEMAND_OFFSET'), requests),
    };
    this.demandIds = {
      request: new Float64Array(buffer, this.at('DEMAND_REQUEST'), requests),
      trace: new Float64Array(buffer, this.at('DEMAND_TRACE'), requests),
    };
    this.demandGaps = new Uint8Array(buffer, this.at('DEMAND_GAPS'), requests * 8);
    this.cellMs = new Float64Array(buffer, this.at('CELL_FROM'), cells);
    this.cellRequests = new Uint32Array(buffer, this.at('CELL_COUNTS'), cells);
    this.tables = {
      counters: new Uint32Array(buffer, this.at('COUNTERS'), COUNTED_ROUTES << ROUTE_SHIFT),
      kinds: new Uint8Array(buffer, this.at('ROUTE_KINDS'), COUNTED_ROUTES),
      agents: new Uint8Array(buffer, this.at('AGENT_KINDS'), COUNTED_AGENTS),
      slots: new Int16Array(buffer, this.at('ROUTE_SLOTS'), COUNTED_ROUTES),
      histograms: new Uint32Array(buffer, this.at('HISTOGRAMS'), SLOTS * BINS),
      floors: new Int32Array(buffer, this.at('FLOORS'), SLOTS),
      masks: new Int32Array(buffer, this.at('MASKS'), SLOTS),
      excluded: new Uint32Array(buffer, this.at('EXCLUDED'), REASONS.length),
      kept: {
        slow: new Int32Array(buffer, this.at('SLOW_COUNT'), SLOTS),
        slowUnits: new Int32Array(buffer, this.at('SLOW_UNITS'), SLOTS * KEPT),
        slowStarts: new Float64Array(buffer, this.at('SLOW_STARTS'), SLOTS * KEPT),
        sampled: new Int32Array(buffer, this.at('SAMPLE_COUNT'), SLOTS),
        sampleStarts: new Float64Array(buffer, this.at('SAMPLE_STARTS'), SLOTS * KEPT),
      },
    };
    this.columns = {
      startUs: doubles('START_US'),
      durationUs: doubles('DURATION_US'),
      upstreamUs: doubles('UPSTREAM_US'),
      status: new Uint16Array(buffer, this.at('STATUS'), rows),
      bytes: doubles('BYTES'),
      method: new Uint8Array(buffer, this.at('METHOD'), rows),
      cache: new Uint8Array(buffer, this.at('CACHE'), rows),
      route: ids('ROUTE'),
      node: ids('NODE'),
      agent: ids('AGENT'),
      caller: ids('CALLER'),
      lifetimeMs: doubles('LIFETIME_MS'),
      offset: doubles('OFFSET'),
      line: doubles('LINE'),
    };
  }

  /** Starts of the lines of [from, to) in which a needle of a credential stands, as places in `bytes`. */
  needleLines(bytes: Uint8Array, from: number, to: number): number[] {
    const { heap, exports } = this;
    const window = this.at('WINDOW');
    const starts: number[] = [];
    for (let base = from; base < to; ) {
      const size = Math.min(this.at('WINDOW_BYTES'), to - base);
      heap.set(bytes.subarray(base, base + size), window);
      // Whole lines, where one ends in the window.
      const last = base + size < to ? heap.lastIndexOf(NEWLINE, window + size - 1) : window + size - 1;
      const end = last < window ? window + size : last + 1;
      for (let at = window; at < end; ) {
        const hit = exports.findNeedle(at, end);
        if (hit < 0) break;
        const place = base + hit - window;
        starts.push(place === from ? from : Math.max(from, bytes.lastIndexOf(NEWLINE, place - 1) + 1));
        at = exports.lineEnd(hit, end) + 1;
      }
      base += last < window && base + size < to ? size - OVERLAP : end - window;
    }
    return starts;
  }

  /** From now on this one counts in the tables, which are as good as new. */
  lend(counting: Counting): void {
    if (this.counting === counting) return;
    this.counting?.giveBack();
    const { counters, kinds, agents, slots, histograms, excluded } = this.tables;
    // Memory that nobody has written to is not there yet, and zeros would bring it.
    if (this.counting !== undefined) for (const table of [counters, kinds, agents, histograms, excluded]) table.fill(0);
    slots.fill(NO_SLOT);
    this.counting = counting;
    counting.take(this.tables);
  }

  /** What was counted of a batch with so many requests. Valid until the next one. */
  counted(stamps: number, ids: boolean): CountedRows {
    const { stampUs, demandGaps, cellMs, cellRequests } = this;
    return {
      ...{ stampUs, stamps, cellMs, cellRequests },
      ...this.demandColumns,
      ...(ids ? { demandIds: this.demandIds } : {}),
      requests: this.at('requests'),
      authLooking: this.at('authLooking'),
      plain: this.at('plain'),
      firstStartMs: this.at('firstStartMs'),
      lastEndMs: this.at('lastEndMs'),
      demand: this.at('demand'),
      ...(this.at('ofOneNode') !== 0 ? { demandGaps, gapBytes: this.at('gapBytes') } : {}),
      cells: this.at('cells'),
    };
  }

  at(name: Constant): number {
    return this.exports[name].value;
  }

  /** A batch over the kernel's own columns. Only one scanner at a time may fill it. */
  batch(names: Names, ids: boolean): RequestBatch {
    return { rows: 0, ...this.columns, ...(ids ? { ids: this.ids } : {}), counted: undefined, names };
  }
}
