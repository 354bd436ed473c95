/**
 * What a join needs of single records: requests that needed a token with their interval, route and instance, and the ids of token
 * requests. Some ten bytes each, and only while the run can have a use for them: see `JoinLog`.
 */
import type { RequestBatch, RowIds } from '../events/request-batch.js';
import { ByteLog, type ByteLogCursor } from './byte-log.js';

/** More are not joined one by one: a run of that size is told by its aggregates. */
export const MAX_JOINED = 3_000_000;

export interface JoinRequest {
  startMs: number;
  /** -1: unknown. */
  durationMs: number;
  /** Ids of the part's names. */
  route: number;
  node: number;
  /** 0 without one. */
  request: number;
  trace: number;
  /** Of the line in its file. */
  offset: number;
  /** A number for who asked; 0: not known. */
  user: number;
}

export interface TokenIds {
  offset: number;
  request: number;
  trace: number;
}

const HAS_IDS = 1;
const HAS_USER = 2;
/** Eight integers of at most eight bytes: those of a request stand in one chunk. */
const MOST_BYTES = 64;

export class RequestLog {
  private readonly log = new ByteLog();
  private lastStart = 0;
  private lastOffset = 0;
  count = 0;

  add(
    startMs: number,
    durationMs: number,
    route: number,
    node: number,
    offset: number,
    request: number,
    trace: number,
    user: number,
  ): void {
    const { log } = this;
    const hasIds = request !== 0 || trace !== 0;
    log.makeRoom(MOST_BYTES);
    log.putSigned(startMs - this.lastStart);
    log.putSigned(durationMs);
    log.putSigned(route * 4 + (hasIds ? HAS_IDS : 0) + (user === 0 ? 0 : HAS_USER));
    log.putSigned(node);
    log.putSigned(offset - this.lastOffset);
    if (hasIds) {
      log.putSigned(request);
      log.putSigned(trace);
    }
    if (user !== 0) log.putSigned(user);
    this.lastStart = startMs;
    this.lastOffset = offset;
    this.count += 1;
  }

  cursor(): RequestCursor {
    return new RequestCursor(this.log.cursor());
  }
}

/** Reads the requests of a log into one object that is filled again. */
export class RequestCursor {
  readonly one: JoinRequest = { startMs: 0, durationMs: -1, route: 0, node: 0, request: 0, trace: 0, offset: 0, user: 0 };

  constructor(private readonly log: ByteLogCursor) {}

  /** False at the end. */
  next(): boolean {
    const { log, one } = this;
    if (log.done()) return false;
    one.startMs += log.get();
    one.durationMs = log.get();
    const route = log.get();
    one.route = route >> 2;
    one.node = log.get();
    one.offset += log.get();
    const hasIds = (route & HAS_IDS) !== 0;
    one.request = hasIds ? log.get() : 0;
    one.trace = hasIds ? log.get() : 0;
    one.user = (route & HAS_USER) === 0 ? 0 : log.get();
    return true;
  }
}

export class TokenIdLog {
  private readonly log = new ByteLog();
  private lastOffset = 0;

  add(offset: number, request: number, trace: number): void {
    this.log.putSigned(offset - this.lastOffset);
    this.log.putSigned(request);
    this.log.putSigned(trace);
    this.lastOffset = offset;
  }

  forEach(visit: (ids: TokenIds) => void): void {
    const one: TokenIds = { offset: 0, request: 0, trace: 0 };
    let field = 0;
    this.log.forEach((value) => {
      if (field === 0) one.offset += value;
      else if (field === 1) one.request = value;
      else {
        one.trace = value;
        visit(one);
      }
      field = (field + 1) % 3;
    });
  }
}

/** What a finish asks of the single records of a run. */
export interface JoinRecords {
  readonly isFull: boolean;
  requestCount(file: number): number;
  /** In the order of the file, with one object that is filled again. */
  forEachRequest(file: number, visit: (request: JoinRequest) => void): void;
  hasTokenIds(): boolean;
  forEachToken(file: number, visit: (ids: TokenIds) => void): void;
}

/** The requests and token ids of a run by file. Beyond the limit it forgets all, whatever the order of the files. */
export class JoinLog implements JoinRecords {
  private readonly requestsByFile = new Map<number, RequestLog>();
  private readonly tokensByFile = new Map<number, TokenIdLog>();
  /** Requests and ids so far, those included that were forgotten. */
  kept = 0;
  /** More requests than can be kept one by one. */
  isFull: boolean;

  /** `limit` 0: nothing is kept from the first on. */
  constructor(private readonly limit: number = MAX_JOINED) {
    this.isFull = limit === 0;
  }

  addRequest(file: number, startMs: number, durationMs: number, batch: RequestBatch, row: number): void {
    if (this.isFull || this.makesFull()) return;
    let log = this.requestsByFile.get(file);
    if (log === undefined) {
      log = new RequestLog();
      this.requestsByFile.set(file, log);
    }
    const { ids, users } = batch;
    const [request, trace] = ids === undefined ? [0, 0] : [ids.request[row]!, ids.trace[row]!];
    log.add(startMs, durationMs, batch.route[row]!, batch.node[row]!, batch.offset[row]!, request, trace, users?.[row] ?? 0);
  }

  addToken(file: number, { request, trace }: RowIds, row: number, offset: number): void {
    if (this.isFull || (request[row] === 0 && trace[row] === 0) || this.makesFull()) return;
    let log = this.tokensByFile.get(file);
    if (log === undefined) {
      log = new TokenIdLog();
      this.tokensByFile.set(file, log);
    }
    log.add(offset, request[row]!, trace[row]!);
  }

  private makesFull(): boolean {
    this.kept += 1;
    if (this.kept <= this.limit) return false;
    this.isFull = true;
    this.requestsByFile.clear();
    this.tokensByFile.clear();
    return true;
  }

  requestCount(file: number): number {
    return this.requestsByFile.get(file)?.count ?? 0;
  }

  forEachRequest(file: number, visit: (request: JoinRequest) => void): void {
    const cursor = this.requestsOf(file);
    while (cursor?.next()) visit(cursor.one);
  }

  requestsOf(file: number): RequestCursor | undefined {
    return this.requestsByFile.get(file)?.cursor();
  }

  hasTokenIds(): boolean {
    return this.tokensByFile.size > 0;
  }

  forEachToken(file: number, visit: (ids: TokenIds) => void): void {
    this.tokensByFile.get(file)?.forEach(visit);
  }
}
