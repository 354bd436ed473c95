/**
 * What one scanner has counted: integer arrays and dictionaries, no lines. Parts of several ranges or threads are merged by name;
 * everything that needs the whole is left to the finish.
 */
import type { Counting } from '../events/counting.js';
import { cacheWords, type Names, NO_ID, type RequestBatch, UNKNOWN } from '../events/request-batch.js';
import { BeforeStore, type FetchBefore } from './before.js';
import { DemandLog, EXACT_STARTS } from './demand-log.js';
import type { FetchLog } from './fetch-log.js';
import { FetchStore } from './fetch-store.js';
import type { JoinLog, JoinRecords } from './join-log.js';
import type { OverheadLog } from './overhead.js';
import { RequestCounts } from './request-counts.js';
import { RangeSilence } from './silence.js';
import { TimeCells } from './time-cells.js';

/** Per file: what tells its role, and its window. */
export interface FileTally {
  readonly file: number;
  /** Requests to anything but authentication endpoints. */
  apiRequests: number;
  /** Of these, with a path that identity providers serve too (pages, consoles). */
  authLookingApi: number;
  /** Of these, what only a gateway serves: no page of an identity provider, health check, static file or preflight. */
  plainApi: number;
  tokenRequests: number;
  siblingRequests: number;
  /** Token requests to endpoints that need corroboration; part of `tokenRequests`. */
  ambiguousRequests: number;
  /** Token requests whose record has a cache word. */
  tokenWithCacheWord: number;
  tokenHits: number;
  firstStartMs: number;
  lastEndMs: number;
  firstApiMs: number;
  lastApiMs: number;
  firstAuthMs: number;
  lastAuthMs: number;
  /** The longest life that a record says. */
  longestLifeMs: number;
  /** Of the requests to authentication endpoints. */
  readonly authSilence: { readonly longestMs: number };
  readonly requestsOverTime: TimeCells;
  /** Why requests were not counted as demand. */
  readonly excluded: Map<string, number>;
  /** Route id to its counters. */
  readonly routes: Map<number, RouteTally>;
  /** The coarsest of 1 s, 100 ms, 10 ms, 1 ms that divides all total and upstream times, in us, or 62.5; 0: no record has both. */
  quantumUs: number;
  /** Node id (or NO_ID: the file's group) to its timelines. */
  readonly demand: Map<number, DemandLog>;
  readonly upstream401: Map<number, DemandLog>;
}

export interface RouteTally {
  requests: number;
  demand: number;
  /** By index of `cacheWords`. */
  readonly cache: Float64Array;
  /** Of the demand that has both a total and an upstream time; undefined without any. */
  overhead: OverheadLog | undefined;
}

/** Sizes and statuses of the answers to one caller, for endpoints that need corroboration. */
export interface CallerTally {
  requests: number;
  posts: number;
  ok: number;
  badRequests: number;
  sized: number;
  sizeSum: number;
  sizeSquares: number;
  sizeMin: number;
  sizeMax: number;
  /** Largest 400 or 401 answer; -Infinity without one. */
  failedSizeMax: number;
}

/** Fetches of a batch: in which row each stands, and its times as they are kept. -1: the duration is unknown. */
export interface FetchColumns {
  readonly row: Int32Array;
  readonly startMs: Float64Array;
  readonly endMs: Float64Array;
  readonly durationMs: Int32Array;
}

/** While it is counted. */
export interface OpenTally extends FileTally {
  readonly authSilence: RangeSilence;
}

/** What the finish works on: the one part that all parts of a run were merged to, or a single one. */
export interface RunPart {
  readonly names: Names;
  readonly files: ReadonlyMap<number, FileTally>;
  readonly fetches: { logs(): readonly { readonly caller: number; readonly log: FetchLog }[] };
  readonly before: { readonly callers: Iterable<number>; of(caller: number): readonly FetchBefore[] };
  readonly callerTallies: ReadonlyMap<number, CallerTally>;
  readonly joinLog: JoinRecords | undefined;
}

const newTally = (file: number): OpenTally => ({
  file,
  apiRequests: 0,
  authLookingApi: 0,
  plainApi: 0,
  tokenRequests: 0,
  siblingRequests: 0,
  ambiguousRequests: 0,
  longestLifeMs: 0,
  tokenWithCacheWord: 0,
  tokenHits: 0,
  firstStartMs: Infinity,
  lastEndMs: -Infinity,
  firstApiMs: Infinity,
  lastApiMs: -Infinity,
  firstAuthMs: Infinity,
  lastAuthMs: -Infinity,
  authSilence: new RangeSilence(),
  requestsOverTime: new TimeCells(),
  excluded: new Map(),
  routes: new Map(),
  quantumUs: 0,
  demand: new Map(),
  upstream401: new Map(),
});

const TOKEN = 1;
const AMBIGUOUS = 2;
const SIBLING = 3;

const HIT = cacheWords.indexOf('hit');

export class AnalysisPart implements RunPart {
  private readonly tallies = new Map<number, OpenTally>();
  readonly fetches = new FetchStore();
  readonly before = new BeforeStore();
  readonly callerTallies = new Map<number, CallerTally>();
  private exactStarts = 0;
  private exact = true;

  private tally: OpenTally = newTally(-1);
  /** Per caller, so that a row need not look at its name. */
  private readonly kinds: number[] = [];

  /** Set before the first batch, and only where the run can have two sides. */
  joinLog: JoinLog | undefined;

  /** What no tally has yet: it stays with the thread that counts. */
  private readonly counts: RequestCounts;

  constructor(readonly names: Names) {
    this.counts = new RequestCounts(names, this, this.tally);
  }

  get files(): ReadonlyMap<number, OpenTally> {
    this.counts.settle();
    return this.tallies;
  }

  /** For the scanner of its rows. */
  get counting(): Counting {
    return this.counts;
  }

  /** Nothing will be added any more: the tables of the kernel are given back. */
  letGo(): void {
    this.counts.giveBack();
  }

  /** Token requests of a file so far. */
  tokenRequests(file: number): number {
    return this.tallies.get(file)?.tokenRequests ?? 0;
  }

  /** The batches that follow are from this file, and this range of it. Files and their ranges come in their order. */
  begin(file: number, range = 0): void {
    let tally = this.tallies.get(file);
    if (tally === undefined) {
      tally = newTally(file);
      this.tallies.set(file, tally);
    }
    tally.authSilence.begin(range);
    this.tally = tally;
    this.counts.begin(tally);
  }

  add(batch: RequestBatch): void {
    this.counts.add(batch);
  }

  /** A row from before the window of `--since`, which begins at `sinceMs`: nothing of it is counted. */
  addBefore(batch: RequestBatch, row: number, sinceMs: number): void {
    if (batch.caller[row] === NO_ID) return;
    const { tally } = this;
    const startMs = Math.floor(batch.startUs[row]! / 1000);
    // The log covers the window from its begin, and knows how long its silences are.
    tally.authSilence.add(startMs, startMs);
    tally.firstAuthMs = Math.min(tally.firstAuthMs, sinceMs);
    tally.lastAuthMs = Math.max(tally.lastAuthMs, startMs);
    const kind = this.kinds[batch.caller[row]!] ?? this.kindOf(batch.caller[row]!);
    if (kind !== SIBLING) this.before.add(batch, row, tally.file);
  }

  demandOf(node: number): DemandLog {
    let log = this.tally.demand.get(node);
    if (log === undefined) {
      log = new DemandLog();
      if (!this.exact) log.coarsen();
      this.tally.demand.set(node, log);
    }
    return log;
  }

  /** Beyond the limit all timelines of the run are coarsened, not only the longest: the result must not depend on their order. */
  countDemand(requests: number): void {
    this.exactStarts += requests;
    if (!this.exact || this.exactStarts <= EXACT_STARTS) return;
    this.exact = false;
    for (const { demand } of this.tallies.values()) for (const log of demand.values()) log.coarsen();
  }

  /**
   * The fetches of a batch, as many as `count` says. They come in columns and not one by one: a time is a number of more than 31 bits,
   * and for each that is handed to a function the engine makes an object.
   */
  addFetches(batch: RequestBatch, fetches: FetchColumns, count: number): void {
    const { tally, kinds } = this;
    const { row: rows, startMs, endMs } = fetches;
    const { caller, cache, lifetimeMs, ids } = batch;
    const joinLog = ids === undefined ? undefined : this.joinLog;
    let { firstAuthMs, lastAuthMs, longestLifeMs } = tally;
    let siblings = 0;
    let withCacheWord = 0;
    let hits = 0;
    for (let at = 0; at < count; at += 1) {
      const row = rows[at]!;
      const callerId = caller[row]!;
      const kind = kinds[callerId] ?? this.kindOf(callerId);
      if (startMs[at]! < firstAuthMs) firstAuthMs = startMs[at]!;
      if (endMs[at]! > lastAuthMs) lastAuthMs = endMs[at]!;
      if (lifetimeMs[row]! > longestLifeMs) longestLifeMs = lifetimeMs[row]!;
      if (kind === SIBLING) {
        siblings += 1;
        continue;
      }
      const word = cache[row]!;
      if (word !== 0) withCacheWord += 1;
      if (word === HIT) hits += 1;
      if (kind === AMBIGUOUS) {
        tally.ambiguousRequests += 1;
        this.addCallerTally(batch, row, callerId);
      }
      joinLog?.addToken(tally.file, ids!, row, batch.offset[row]!);
    }
    tally.firstAuthMs = firstAuthMs;
    tally.lastAuthMs = lastAuthMs;
    tally.longestLifeMs = longestLifeMs;
    tally.siblingRequests += siblings;
    tally.tokenRequests += count - siblings;
    tally.tokenWithCacheWord += withCacheWord;
    tally.tokenHits += hits;
    tally.authSilence.addRows(startMs, endMs, count);
    this.fetches.addRows(tally.file, batch, fetches, count);
  }

  private kindOf(caller: number): number {
    const { kind } = this.names.callers[caller]!;
    const code = kind === 'token' ? TOKEN : kind === 'ambiguous' ? AMBIGUOUS : SIBLING;
    this.kinds[caller] = code;
    return code;
  }

  private addCallerTally(batch: RequestBatch, row: number, callerId: number): void {
    let tally = this.callerTallies.get(callerId);
    if (tally === undefined) {
      tally = {
        requests: 0,
        posts: 0,
        ok: 0,
        badRequests: 0,
        sized: 0,
        sizeSum: 0,
        sizeSquares: 0,
        sizeMin: Infinity,
        sizeMax: -Infinity,
        failedSizeMax: -Infinity,
      };
      this.callerTallies.set(callerId, tally);
    }
    const status = batch.status[row]!;
    tally.requests += 1;
    if (this.names.callers[callerId]!.method === 'POST') tally.posts += 1;
    if (status === 400 || status === 401) {
      tally.badRequests += 1;
      tally.failedSizeMax = Math.max(tally.failedSizeMax, batch.bytes[row] === UNKNOWN ? -Infinity : batch.bytes[row]!);
    }
    if (status < 200 || status > 299) return;
    tally.ok += 1;
    const size = batch.bytes[row]!;
    if (size === UNKNOWN) return;
    tally.sized += 1;
    tally.sizeSum += size;
    tally.sizeSquares += size * size;
    tally.sizeMin = Math.min(tally.sizeMin, size);
    tally.sizeMax = Math.max(tally.sizeMax, size);
  }
}

export function addCallerTally(into: CallerTally, from: CallerTally): void {
  into.requests += from.requests;
  into.posts += from.posts;
  into.ok += from.ok;
  into.badRequests += from.badRequests;
  into.sized += from.sized;
  into.sizeSum += from.sizeSum;
  into.sizeSquares += from.sizeSquares;
  into.sizeMin = Math.min(into.sizeMin, from.sizeMin);
  into.sizeMax = Math.max(into.sizeMax, from.sizeMax);
  into.failedSizeMax = Math.max(into.failedSizeMax, from.failedSizeMax);
}
