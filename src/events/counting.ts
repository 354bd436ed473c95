/**
 * Requests that the kernel counts itself, where a run has no use for their rows: it fills the tables in which they are counted anyway,
 * and only what these cannot hold goes on as rows. Both ways come to the same numbers.
 */

import type { RowIds } from './request-batch.js';

/** Sizes: what has a higher id, or finds no room, goes on as a row. */
export const COUNTED_ROUTES = 32_768;
export const COUNTED_AGENTS = 32_768;
/** Counters of a route: its requests, its demand, then one for each cache word. */
export const ROUTE_SHIFT = 4;
export const DEMAND = 1;
export const WORDS = 2;
/** A histogram for each of so many routes. */
export const SLOTS = 1024;
export const BINS = 384;
export const NO_SLOT = -1;
/** Of the slowest requests of a route, and of its sample, so many at most are kept. */
export const KEPT = 128;

/** What is known of a route: a reason why its requests are no demand, and whether its path is one that identity providers serve too. */
export const IS_KNOWN = 128;
export const IS_AUTH_PAGE = 8;
export const REASON = 7;

/** Why a request is no demand; 0: it is. */
export const REASONS = [
  '',
  'OPTIONS requests',
  'routes not named by --token-routes',
  'health checks',
  'static files',
  'health-check agents',
  'answered from a cache',
  'never reached an upstream',
] as const;
export const IS_OPTIONS = 1;
export const IS_UNNAMED = 2;
export const IS_HEALTH = 3;
export const IS_STATIC = 4;
export const IS_PROBE = 5;
export const IS_CACHED = 6;
export const IS_NOT_SENT = 7;

/** Of an agent; 0: it was not asked yet. */
export const NO_PROBE = 1;
export const PROBE = 2;

/** Arrays of the sizes above, filled with zeros but for `slots`. */
export interface CountTables {
  readonly counters: Uint32Array;
  readonly kinds: Uint8Array;
  readonly agents: Uint8Array;
  /** Place of the histogram by route. */
  readonly slots: Int16Array;
  readonly histograms: Uint32Array;
  /** By place: from how many units on, and for which bits of its hash, a request is to be looked at by itself. Both only rise. */
  readonly floors: Int32Array;
  readonly masks: Int32Array;
  readonly kept?: KeptColumns;
  /** By reason. */
  readonly excluded: Uint32Array;
}

/** Who counts there, and not in rows, keeps what is to be looked at: `KEPT` places for each histogram, of which some are taken. */
export interface KeptColumns {
  readonly slow: Int32Array;
  readonly slowUnits: Int32Array;
  readonly slowStarts: Float64Array;
  readonly sampled: Int32Array;
  readonly sampleStarts: Float64Array;
}

/** Of the demand, in the order of the lines. */
export interface DemandColumns {
  readonly demandMs: Float64Array;
  readonly demandNode: Int32Array;
  /** -1: unknown. */
  readonly demandDurationMs: Int32Array;
  readonly demandRoute: Int32Array;
  /** Where the line begins. */
  readonly demandOffset: Float64Array;
}

/** What the requests of a batch that were counted come to, beside the tables. */
export interface CountedRows extends DemandColumns {
  /** In the order of the lines, those of rows too: when they were written, us. */
  readonly stampUs: Float64Array;
  readonly stamps: number;
  readonly requests: number;
  readonly authLooking: number;
  readonly plain: number;
  readonly firstStartMs: number;
  readonly lastEndMs: number;
  readonly demand: number;
  /** Only where the run has a use for ids. */
  readonly demandIds?: RowIds;
  /** Where all demand is of one node: how far each start but the first is behind the one before it, as src/analysis/varint.ts writes it. */
  readonly demandGaps?: Uint8Array;
  readonly gapBytes?: number;
  /** Requests over time: where a cell begins, and how many fell into it. */
  readonly cells: number;
  readonly cellMs: Float64Array;
  readonly cellRequests: Uint32Array;
}

/** Whoever counts the rows of a scanner, and can do so in the tables of the kernel. */
export interface Counting {
  /** Counts there from now on. */
  take(tables: CountTables): void;
  /** Somebody else needs them: what is in them is settled. */
  giveBack(): void;
  /** Asked before each batch: undefined when the tables are too small. */
  readonly state: CountingState | undefined;
}

export interface CountingState {
  /** All durations with an upstream time, and these, are known to be multiples of it; 0: nothing is known yet, 1: none that counts. */
  readonly stepUs: number;
  /** Width of a cell of the requests over time. */
  readonly cellMs: number;
}
