/**
 * One captured line as a record with the keys of the documentation: for people and other programs, not for counting. All text has
 * passed the redactor.
 */
import { cacheWords, methods, NO_ID, type RequestBatch } from '../events/request-batch.js';
import { type Expected, type Format, type Slot, type Spelling, slotIndex, slots } from '../formats/define.js';
import { agentSpelling, escapesOf, type Program } from '../formats/program.js';
import { redactPath, redactQuery, redactText } from '../redact/index.js';
import type { Capture } from './capture.js';
import { Dictionary } from './dictionary.js';
import * as door from './door.js';
import { FileScanner, type ScanCounts } from './file-scanner.js';
import { isMissing } from './numbers.js';
import type { Reject } from './rejected.js';
import type { ZoneShift } from './times.js';

export interface LogRecord extends Expected {
  readonly route?: string;
  readonly grantType?: string;
  readonly scope?: string;
  readonly audience?: string;
  /** Remaining life of the token in s, as logged or as a logged JWT says. */
  readonly expiresIn?: number;
  /** Id of a token that is not the token: only where a log has one. */
  readonly tokenId?: string;
  readonly file?: string;
  /** From 1. */
  readonly line?: number;
}

/** With every key, undefined where the log says nothing. */
export type FilledRecord = { readonly [K in keyof LogRecord]-?: LogRecord[K] | undefined };

/** Every key, in the order in which it is written. */
export const recordKeys = [
  'time',
  'timeAt',
  'method',
  'path',
  'query',
  'host',
  'status',
  'bytes',
  'durationMs',
  'upstreamMs',
  'upstreamAddr',
  'client',
  'identity',
  'userAgent',
  'requestId',
  'traceId',
  'route',
  'cache',
  'skip',
  'node',
  'grantType',
  'scope',
  'audience',
  'expiresIn',
  'tokenId',
  'file',
  'line',
] as const satisfies readonly (keyof LogRecord)[];

export interface RecordOptions {
  readonly program: Program;
  readonly stamped: Format['stamped'];
  readonly zoneShift?: ZoneShift;
  readonly onReject?: ((reject: Reject) => void) | undefined;
  /** Name that its records carry. */
  readonly file?: string;
}

/** Turns lines into records, one at a time. Nothing of a line is kept but its counts. */
export class RecordReader {
  private readonly scanner: FileScanner;
  private readonly writer: RecordWriter;
  private readonly visit: { record: (record: FilledRecord) => void } = { record: () => {} };
  private bytes: Uint8Array = new Uint8Array(0);

  constructor(options: RecordOptions) {
    this.writer = new RecordWriter(options);
    this.scanner = new FileScanner(options, new NoNames(), (batch) => {
      const { capture, counts } = this.scanner;
      this.visit.record(this.writer.record(batch, capture, capture.source ?? this.bytes, counts.read));
    });
  }

  get counts(): ScanCounts {
    return this.scanner.counts;
  }

  get resolutionMs(): number {
    return this.scanner.resolutionMs;
  }

  get sawZoneless(): boolean {
    return this.scanner.sawZoneless;
  }

  /** Reads the next whole line of [from, to); where the one after it begins. A line that cannot be read gives no record. */
  line(bytes: Uint8Array, from: number, to: number, offset: number, record: (record: FilledRecord) => void): number {
    const newline = bytes.indexOf(NEWLINE, from);
    const end = newline < 0 || newline >= to ? to : newline + 1;
    const before = this.counts.notRequests;
    this.bytes = bytes;
    this.visit.record = record;
    this.scanner.scan(bytes, from, end, offset);
    if (this.counts.notRequests > before) record(this.writer.noRequest(this.counts.read));
    return end;
  }

  tooLong(offset: number): void {
    this.scanner.tooLong(offset);
  }
}

const NEWLINE = 10;

/** For scanners whose names nobody wants: it learns none, so memory stays what it is however many there are. */
class NoNames extends Dictionary {
  constructor() {
    super([], []);
  }

  override routeOf(): { id: number; keep: boolean } {
    return { id: 0, keep: false };
  }

  override isCandidate(): boolean {
    return false;
  }

  override agentOf(): number {
    return NO_ID;
  }

  override nodeOf(): number {
    return NO_ID;
  }
}

/** Slots that formats may have or not. */
const optionalSlot = (name: string): number => (slots as readonly string[]).indexOf(name);
const ROUTE = optionalSlot('route');
const TOKEN_ID = optionalSlot('tokenId');
const WRITER = optionalSlot('writer');

/** Addresses, ids of hexadecimal digits, and words too short to be a secret of a known shape. */
const HARMLESS = /^(?:[\da-fA-F.:-]{1,39}|[a-z][a-z-]{0,14})$/;
const HARMLESS_PATH = /^(?:\/(?:[a-z]{0,15}|[a-z\d]{1,7}|\d{1,15}))+$/;
const NEVER = /^$/;

class RecordWriter {
  private readonly escapes: door.Escapes;
  private readonly agents: Spelling | undefined;
  private readonly stamped: Format['stamped'];
  private readonly file: string | undefined;
  private readonly path = memoised(redactPath, HARMLESS_PATH);
  private readonly query = memoised(redactQuery, NEVER);
  private readonly text = memoised(redactText, HARMLESS);

  constructor({ program, stamped, file }: RecordOptions) {
    this.escapes = escapesOf(program);
    this.agents = agentSpelling(program);
    this.stamped = stamped;
    this.file = file;
  }

  record(batch: RequestBatch, capture: Capture, bytes: Uint8Array, line: number): FilledRecord {
    const raw = (at: number): string | undefined => {
      if (at < 0 || capture.field[at]! < 0) return undefined;
      const [from, to] = [capture.from[at]!, capture.to[at]!];
      return isMissing(bytes, from, to) ? undefined : door.rawText(bytes, from, to, this.escapes);
    };
    const text = (slot: Slot): string | undefined => this.redacted(raw(slotIndex[slot]));
    const request = raw(slotIndex.request);
    const target =
      request?.replace(/^\S+ /, '').replace(/ (?:HTTP\/[\d.]+| *)$/, '') ?? raw(slotIndex.target) ?? raw(slotIndex.path) ?? '';
    const { path, query, host } = door.cutQuery(target);
    const loggedQuery = query === '' ? raw(slotIndex.query) : query;
    const [startUs, durationUs, upstreamUs] = [batch.startUs[0]!, batch.durationUs[0]!, batch.upstreamUs[0]!];
    const timeUs = this.stamped !== 'start' && durationUs > 0 ? startUs + durationUs : startUs;
    const [method, status, sent] = [methods[batch.method[0]!]!, batch.status[0]!, batch.bytes[0]!];
    const cache = cacheWords[batch.cache[0]!]!;
    return {
      time: timeUs / 1000,
      timeAt: this.stamped === 'unknown' ? undefined : this.stamped,
      method: method === 'OTHER' ? this.redacted(request?.replace(/ .*$/s, '') ?? raw(slotIndex.method)) : method,
      path: this.path(path),
      query: loggedQuery === undefined ? undefined : this.query(loggedQuery),
      host: (text('host') ?? this.redacted(host))?.toLowerCase(),
      status: status === 0 ? undefined : status,
      bytes: sent < 0 ? undefined : sent,
      durationMs: durationUs < 0 ? undefined : durationUs / 1000,
      upstreamMs: upstreamUs < 0 ? undefined : upstreamUs / 1000,
      upstreamAddr: lastOf(text('upstreamAddr')),
      client: withoutPort(text('client')),
      identity: text('clientId') ?? text('identity'),
      userAgent: this.redacted(this.unspelled(raw(slotIndex.userAgent))),
      requestId: text('requestId'),
      traceId: text('traceId'),
      route: this.redacted(raw(ROUTE)),
      cache: cache === 'none' ? undefined : cache,
      skip: undefined,
      node: text('node') ?? this.redacted(raw(WRITER)),
      grantType: text('grantType'),
      scope: text('scope'),
      audience: text('audience'),
      expiresIn: this.expiresIn(raw(slotIndex.expiresIn), capture, bytes),
      tokenId: this.redacted(raw(TOKEN_ID)),
      file: this.file,
      line,
    };
  }

  noRequest(line: number): FilledRecord {
    return { ...nothing, skip: 'no-request', file: this.file, line };
  }

  private expiresIn(logged: string | undefined, capture: Capture, bytes: Uint8Array): number | undefined {
    const seconds = Number(logged ?? Number.NaN);
    if (seconds > 0 && Number.isFinite(seconds)) return seconds;
    const at = slotIndex.token;
    if (capture.field[at]! < 0) return undefined;
    const ms = door.jwtLifetimeMs(bytes, capture.from[at]!, capture.to[at]!);
    return ms > 0 ? ms / 1000 : undefined;
  }

  private unspelled(agent: string | undefined): string | undefined {
    return agent === undefined ? undefined : door.unspelled(agent, this.agents);
  }

  private redacted(text: string | undefined): string | undefined {
    return text === undefined ? undefined : this.text(text);
  }
}

const MEMO_SIZE = 4096;
const MEMO_LENGTH = 512;

/** Texts repeat, and to look for secrets in them takes longer than all the rest. */
function memoised(redact: (text: string) => string, harmless: RegExp): (text: string) => string {
  const memo = new Map<string, string>();
  return (text) => {
    if (harmless.test(text)) return text;
    if (text.length > MEMO_LENGTH) return redact(text);
    const known = memo.get(text);
    if (known !== undefined) return known;
    if (memo.size >= MEMO_SIZE) memo.clear();
    const safe = redact(text);
    memo.set(text, safe);
    return safe;
  };
}

/** `10.0.0.7:51888` and `[::1]:80` without the port; a bare IPv6 address keeps its colons. */
const withoutPort = (address: string | undefined): string | undefined =>
  address?.replace(/^\[([\da-fA-F:.]+(?:%[^\]\s]+)?)\](?::\d+)?$/, '$1').replace(/^([^:\s]+):\d{1,5}$/, '$1');

/** The last of a list with one entry per attempt. */
const lastOf = (list: string | undefined): string | undefined =>
  list?.includes(' ') === true ? list.split(/, | : /).at(-1) : list;

const nothing = Object.fromEntries(recordKeys.map((key) => [key, undefined])) as FilledRecord;

/** Only the keys of which the log says something. */
export const withoutHoles = (record: FilledRecord): LogRecord =>
  Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as LogRecord;
