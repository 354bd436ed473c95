/** Scans the blocks of one file (or a range of it) with one program and hands batches to the sink. */

import type { Counting } from '../events/counting.js';
import { type RequestBatch, type RequestSink, UNKNOWN } from '../events/request-batch.js';
import type { Format } from '../formats/define.js';
import { agentSpelling, escapesOf, type Program } from '../formats/program.js';
import { Capture, type LineScanner } from './capture.js';
import { ChoiceScanner } from './choice-scanner.js';
import type { CredentialSearch } from './credentials.js';
import type { Dictionary } from './dictionary.js';
import { JsonScanner } from './json-scanner.js';
import type { Kernel } from './kernel/kernel.js';
import { isSupported } from './kernel/program.js';
import { KernelScanner } from './kernel/scanner.js';
import { LateMeter } from './late.js';
import { LogfmtScanner } from './logfmt-scanner.js';
import { isErrorLog } from './other-logs.js';
import type { Reject } from './rejected.js';
import { BAD_SHAPE, BAD_TIME, NOT_A_REQUEST, ROW, RowReader } from './row-reader.js';
import { TextScanner } from './text-scanner.js';
import type { ZoneShift } from './times.js';

const NO_BYTES = new Uint8Array(0);
const BATCH_ROWS = 2048;
const NEWLINE = 10;
const RETURN = 13;

export interface ScanOptions {
  readonly program: Program;
  readonly stamped: Format['stamped'];
  readonly zoneShift?: ZoneShift;
  /** Reads the ordinary lines of a program that it supports; the result is the same without it. */
  readonly kernel?: Kernel | undefined;
  /** Fill the columns of ids, where the format has any. */
  readonly ids?: boolean;
  /** Counts what needs no row, in the kernel where there is one. */
  readonly counting?: Counting | undefined;
  /** Looks at each block for credentials. */
  readonly credentials?: CredentialSearch | undefined;
  /** Rows at the beginning whose users are read. */
  readonly userRows?: number;
  /** Is told of each line that could not be read, while its bytes are there. */
  readonly onReject?: ((reject: Reject) => void) | undefined;
  /** Rows of a batch; fewer where only a sample is read. */
  readonly batchRows?: number;
}

/** Why lines were not read, each with the first place. Lines and bytes count from the start of what this scanner was given. */
export interface Rejects {
  readonly reason: RejectReason;
  count: number;
  readonly firstLine: number;
  readonly firstByte: number;
}
export type RejectReason = 'shape' | 'time' | 'status' | 'too-long';

export interface ScanCounts {
  read: number;
  parsed: number;
  rejected: number;
  blank: number;
  notRequests: number;
  readonly rejects: Map<RejectReason, Rejects>;
}

/** What finds the fields in a line of such a format. */
export function lineScanner(program: Program, capture: Capture): LineScanner {
  if (program.kind === 'json') {
    return program.written === undefined ? new JsonScanner(program, capture) : new LogfmtScanner(program, capture);
  }
  return program.kind === 'choice' ? new ChoiceScanner(program, capture) : new TextScanner(program, capture);
}

export class FileScanner {
  readonly counts: ScanCounts = { read: 0, parsed: 0, rejected: 0, blank: 0, notRequests: 0, rejects: new Map() };
  readonly capture = new Capture();
  /** Of the lines without a request, those of another log in the same file. */
  otherLogLines = 0;
  /** Requests whose stamp lies before one that was read already. */
  readonly late = new LateMeter();
  private readonly lines: LineScanner;
  private readonly rows: RowReader;
  private readonly batch: RequestBatch;
  private readonly fast: KernelScanner | undefined;
  private readonly subtracted: boolean;
  private readonly isUtc: boolean;
  private users: Float64Array | undefined;
  private readonly credentials: CredentialSearch | undefined;
  private userRows: number;
  private readonly onReject: ScanOptions['onReject'];

  constructor(
    options: ScanOptions,
    dictionary: Dictionary,
    private readonly sink: RequestSink,
  ) {
    const { program } = options;
    this.isUtc = program.kind !== 'json' && program.zone === 'utc';
    const zoneShift = this.isUtc ? undefined : options.zoneShift;
    const zone = zoneShift === undefined ? {} : { zoneShift };
    this.subtracted = options.stamped !== 'start';
    this.onReject = options.onReject;
    this.lines = lineScanner(program, this.capture);
    this.rows = new RowReader(
      {
        fields: program.fields,
        escapes: escapesOf(program),
        stamped: options.stamped,
        agents: agentSpelling(program),
        ...zone,
      },
      this.capture,
      dictionary,
    );
    const { kernel, zoneShift: _, ...others } = options;
    const ids = options.ids === true && program.fields.some(({ slot }) => slot === 'requestId' || slot === 'traceId');
    this.fast =
      kernel !== undefined && isSupported(program, kernel)
        ? new KernelScanner(
            { ...others, ...zone, ids, order: this.lines instanceof ChoiceScanner ? this.lines.order : undefined },
            kernel,
            dictionary,
          )
        : undefined;
    this.batch = this.fast?.batch ?? emptyBatch(dictionary, options.batchRows, ids);
    this.credentials = options.credentials;
    this.userRows = options.userRows ?? 0;
    if (this.userRows > 0) {
      this.users = this.fast === undefined ? new Float64Array(this.batch.startUs.length) : kernel!.users;
      Object.assign(this.batch, { users: this.users });
    }
  }

  get sawZoneless(): boolean {
    return !this.isUtc && this.rows.sawZoneless;
  }

  get sawUnitlessDuration(): boolean {
    return this.rows.sawUnitlessDuration || this.fast?.sawUnitless === true;
  }

  get resolutionMs(): number {
    return Math.min(this.rows.resolutionMs, this.fast?.resolutionMs ?? Infinity);
  }

  /** Rows that the kernel has read. */
  get fastRows(): number {
    return this.fast?.fastRows ?? 0;
  }

  /** Whole lines [from, to) of a chunk whose byte `from` stands at `offset` of the stream. The chunk may change after the call. */
  scan(chunk: Uint8Array, from: number, to: number, offset: number): void {
    // One buffer, two faces: Buffer has the fastest search, and everything else must see one and the same kind of array, or the
    // engine compiles its inner loops for two.
    const buffer = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const bytes = new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const shift = offset - from;
    this.credentials?.look(buffer, from, to, offset, this.counts.read);
    if (this.fast !== undefined) {
      const line = (at: number): number => this.line(buffer, bytes, at, to, shift);
      this.fast.scan(bytes, from, to, shift, { counts: this.counts, line, flush: () => this.flush() });
    } else {
      let at = from;
      while (at < to) {
        at = this.line(buffer, bytes, at, to, shift);
        if (this.batch.rows === this.batch.startUs.length) this.flush();
      }
    }
    this.flush();
  }

  /** Reads one line of a block that ends at `to`; where the next begins. */
  private line(buffer: Buffer, bytes: Uint8Array, lineFrom: number, to: number, shift: number): number {
    const { counts, lines, rows, batch } = this;
    let lineEnd = buffer.indexOf(NEWLINE, lineFrom);
    if (lineEnd < 0 || lineEnd > to) lineEnd = to;
    let lineTo = lineEnd;
    if (lineTo > lineFrom && bytes[lineTo - 1] === RETURN) lineTo -= 1;
    let start = lineFrom;
    // A log that was truncated under its writer starts with zero bytes.
    while (start < lineTo && bytes[start] === 0) start += 1;
    const line = counts.read;
    counts.read += 1;
    if (isBlank(bytes, start, lineTo)) counts.blank += 1;
    else if (!lines.scan(bytes, start, lineTo)) this.misfit('shape', bytes, start, lineTo, line, lineFrom + shift);
    else {
      const outcome = rows.read(this.capture.source ?? bytes, batch, lineFrom + shift, line);
      if (outcome === ROW) counts.parsed += 1;
      else if (outcome === NOT_A_REQUEST) {
        counts.parsed += 1;
        counts.notRequests += 1;
      } else {
        const reason = outcome === BAD_TIME ? 'time' : outcome === BAD_SHAPE ? 'shape' : 'status';
        this.misfit(reason, bytes, start, lineTo, line, lineFrom + shift);
      }
    }
    return lineEnd + 1;
  }

  private misfit(reason: RejectReason, bytes: Uint8Array, from: number, to: number, line: number, offset: number): void {
    if (!isErrorLog(bytes, from, to)) {
      this.reject(reason, line, offset);
      const { failedAt, source } = this.capture;
      // What a scanner has made of a line has other places than the line.
      const at = reason === 'shape' && source === undefined ? failedAt : from;
      this.onReject?.({ reason, line, offset, bytes, from, to, at });
      return;
    }
    this.counts.parsed += 1;
    this.counts.notRequests += 1;
    this.otherLogLines += 1;
  }

  /** A line that the reader of bytes has skipped because it is too long to hold. */
  tooLong(offset: number): void {
    this.counts.read += 1;
    const line = this.counts.read - 1;
    this.reject('too-long', line, offset);
    this.onReject?.({ reason: 'too-long', line, offset, bytes: NO_BYTES, from: 0, to: 0, at: 0 });
  }

  private flush(): void {
    const { counted } = this.batch;
    if (this.batch.rows > 0 || (counted !== undefined && counted.stamps > 0)) {
      plausible(this.batch, this.subtracted);
      if (counted !== undefined) this.late.add(counted.stamps, counted.stampUs, undefined);
      else this.late.add(this.batch.rows, this.batch.startUs, this.subtracted ? this.batch.durationUs : undefined);
      this.sink(this.batch);
      this.countUsers(this.batch.rows);
    }
    this.batch.rows = 0;
  }

  /** Enough users have been seen: the rest of the log is read without them. */
  private countUsers(rows: number): void {
    if (this.users === undefined) return;
    this.userRows -= rows;
    if (this.userRows > 0) return;
    this.users = undefined;
    Object.assign(this.batch, { users: undefined });
  }

  private reject(reason: RejectReason, line: number, offset: number): void {
    this.counts.rejected += 1;
    const known = this.counts.rejects.get(reason);
    if (known === undefined) this.counts.rejects.set(reason, { reason, count: 1, firstLine: line, firstByte: offset });
    else known.count += 1;
  }
}

/** Longer than any request is held open: a number like that is not a duration, and must not move a start by years. */
const LONGEST_US = 86_400_000_000;
/** Ten years, for what a record says of the life of a token. */
const LONGEST_LIFE_MS = 315_360_000_000;

/** Takes back durations and lives that cannot be, whichever engine has read them. */
function plausible(batch: RequestBatch, subtracted: boolean): void {
  const { startUs, durationUs, upstreamUs, lifetimeMs, bytes } = batch;
  for (let row = 0; row < batch.rows; row += 1) {
    if (durationUs[row]! > LONGEST_US || startUs[row]! < 0) {
      // The readers take off what a double keeps exactly, and nothing else.
      if (subtracted && durationUs[row]! > 0 && durationUs[row]! < Number.MAX_SAFE_INTEGER) startUs[row]! += durationUs[row]!;
      durationUs[row] = UNKNOWN;
    }
    if (!(upstreamUs[row]! <= LONGEST_US)) upstreamUs[row] = UNKNOWN;
    if (!(lifetimeMs[row]! <= LONGEST_LIFE_MS)) lifetimeMs[row] = UNKNOWN;
    if (!(bytes[row]! <= Number.MAX_SAFE_INTEGER)) bytes[row] = UNKNOWN;
  }
}

function isBlank(bytes: Uint8Array, from: number, to: number): boolean {
  if (from < to && bytes[from]! > 32) return false;
  for (let at = from; at < to; at += 1) if (bytes[at] !== 32 && bytes[at] !== 9) return false;
  return true;
}

export function emptyBatch(names: Dictionary, size: number = BATCH_ROWS, ids = false): RequestBatch {
  return {
    ...(ids ? { ids: { request: new Float64Array(size), trace: new Float64Array(size) } } : {}),
    rows: 0,
    startUs: new Float64Array(size),
    durationUs: new Float64Array(size),
    upstreamUs: new Float64Array(size),
    status: new Uint16Array(size),
    bytes: new Float64Array(size),
    method: new Uint8Array(size),
    cache: new Uint8Array(size),
    route: new Int32Array(size),
    node: new Int32Array(size),
    agent: new Int32Array(size),
    caller: new Int32Array(size),
    lifetimeMs: new Float64Array(size),
    offset: new Float64Array(size),
    line: new Float64Array(size),
    names,
  };
}
