/**
 * What a join needs of single records: requests that needed a token with their interval, route and instance, and the ids of token
 * requests. Some eight bytes each, and only while the run can have a use for them: see `JoinLog`.
 */
import type { CountedRows } from '../events/counting.js';
import type { RequestBatch, RowIds } from '../events/request-batch.js';
import { ByteLog } from './byte-log.js';
import { RequestLog, type RequestReader, type RequestRows } from './request-log.js';

/** More are not joined one by one: a run of that size is told by its aggregates. */
export const MAX_JOINED = 3_000_000;

export interface TokenIds {
  offset: number;
  request: number;
  trace: number;
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
  /** In the order of the file: rows [from, to) of columns that are filled again. */
  forEachRequests(file: number, visit: (rows: RequestRows, from: number, to: number) => void): void;
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
    const log = this.requestsByFile.get(file) ?? this.open(file);
    const { ids, users } = batch;
    const [request, trace] = ids === undefined ? [0, 0] : [ids.request[row]!, ids.trace[row]!];
    log.add(startMs, durationMs, batch.route[row]!, batch.node[row]!, batch.offset[row]!, request, trace, users?.[row] ?? 0);
  }

  /** Of the demand that was counted, from a number on, what stands before this place. The number of the next. */
  addCounted(file: number, counted: CountedRows, from: number, before: number): number {
    const { demand, demandMs, demandDurationMs, demandRoute, demandNode, demandOffset, demandIds } = counted;
    if (this.isFull) return demand;
    let at = from;
    let log = this.requestsByFile.get(file);
    for (; at < demand && demandOffset[at]! < before; at += 1) {
      if (this.makesFull()) return demand;
      if (log === undefined) log = this.open(file);
      const request = demandIds === undefined ? 0 : demandIds.request[at]!;
      const trace = demandIds === undefined ? 0 : demandIds.trace[at]!;
      log.add(demandMs[at]!, demandDurationMs[at]!, demandRoute[at]!, demandNode[at]!, demandOffset[at]!, request, trace, 0);
    }
    return at;
  }

  private open(file: number): RequestLog {
    const log = new RequestLog();
    this.requestsByFile.set(file, log);
    return log;
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

  forEachRequests(file: number, visit: (rows: RequestRows, from: number, to: number) => void): void {
    const reader = this.requestsOf(file);
    while (reader?.next()) visit(reader, 0, reader.count);
  }

  requestsOf(file: number): RequestReader | undefined {
    return this.requestsByFile.get(file)?.reader();
  }

  hasTokenIds(): boolean {
    return this.tokensByFile.size > 0;
  }

  forEachToken(file: number, visit: (ids: TokenIds) => void): void {
    this.tokensByFile.get(file)?.forEach(visit);
  }
}
