/** The events at authentication endpoints, by caller: what is known of each, and how they are read. */
import { cacheWords } from '../events/request-batch.js';

export interface FetchEvent {
  /** Index of the file in the run. */
  file: number;
  startMs: number;
  /** -1: unknown. */
  durationMs: number;
  /** Of the line in its decompressed file. */
  offset: number;
  /** Number of the line in its file, from 0. */
  line: number;
  /** 0: none in the log. */
  status: number;
  /** Index into `cacheWords`. */
  cache: number;
  /** Remaining life that the record itself says; -1: none. */
  lifetimeMs: number;
}

/** How many lines of a file stand before the range that holds this byte. */
export type LinesBefore = (file: number, offset: number) => number;

/** Events of one file in columns, which are filled again for those that follow. */
export interface FetchBlock {
  file: number;
  readonly startMs: Float64Array;
  readonly durationMs: Int32Array;
  readonly status: Uint16Array;
  readonly cache: Uint8Array;
  readonly lifetimeMs: Float64Array;
  readonly offset: Float64Array;
  /** Number of the line in its range, from 0: `lineAt` says it in its file. */
  readonly line: Float64Array;
  linesBefore: LinesBefore | undefined;
}

/** Sees the rows of a block from `from` up to `to`. Returns false where it wants no more. */
export type BlockVisitor = (block: FetchBlock, from: number, to: number) => unknown;

/** The events of one caller, whoever has kept them. */
export interface FetchLog {
  readonly count: number;
  /** Ok fetches that no cache has answered, from the files that count. */
  okFrom(counts: (file: number) => boolean): number;
  /** The files that hold events, each with their number. */
  byFile(): [file: number, count: number][];
  readonly isInSeveralFiles: boolean;
  /** Whether there are answers other than 2xx that no cache has given. */
  readonly hasFailures: boolean;
  readonly hasCacheWords: boolean;
  /** In the order of files and lines, many at a time. */
  blocks(visit: BlockVisitor): void;
  /** The same, with one object that is filled again for each event. */
  forEach(visit: (event: FetchEvent) => void): void;
}

/** Number of the line in its file, from 0. */
export const lineAt = ({ file, line, offset, linesBefore }: FetchBlock, row: number): number =>
  linesBefore === undefined ? line[row]! : line[row]! + linesBefore(file, offset[row]!);

/** Fills the object with one event of a block. */
export function takeEvent(block: FetchBlock, row: number, into: FetchEvent): void {
  into.file = block.file;
  into.startMs = block.startMs[row]!;
  into.durationMs = block.durationMs[row]!;
  into.offset = block.offset[row]!;
  into.line = lineAt(block, row);
  into.status = block.status[row]!;
  into.cache = block.cache[row]!;
  into.lifetimeMs = block.lifetimeMs[row]!;
}

/** Calls back with one object for all events of a log. */
export function eachEvent(log: Pick<FetchLog, 'blocks'>, visit: (event: FetchEvent) => void): void {
  const event: FetchEvent = { file: -1, startMs: 0, durationMs: -1, offset: 0, line: 0, status: 0, cache: 0, lifetimeMs: -1 };
  log.blocks((block, from, to) => {
    for (let row = from; row < to; row += 1) {
      takeEvent(block, row, event);
      visit(event);
    }
  });
}

const HIT = cacheWords.indexOf('hit');
const STALE = cacheWords.indexOf('stale');
const UPDATING = cacheWords.indexOf('updating');

/** Served by a cache without asking the back end for this answer. */
export const isServedFromCache = (cache: number): boolean => cache === HIT || cache === STALE || cache === UPDATING;

const ASKED = (['miss', 'expired', 'revalidated', 'bypass'] as const).reduce(
  (bits, word) => bits | (1 << cacheWords.indexOf(word)),
  0,
);

/** The cache word means that the back end was asked for this answer. */
export const asksBackEnd = (cache: number): boolean => ((ASKED >> cache) & 1) === 1;
