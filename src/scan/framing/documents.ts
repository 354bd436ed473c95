/** JSON documents that hold many records: each becomes a line, however the document is laid out. */
import { classifyEndpoint } from '../../events/endpoints.js';
import { type LineBlock, PADDING } from '../../input/index.js';
import { oneLine } from './wrappers.js';

export type DocumentKind = 'array' | 'records' | 'events' | 'loki' | 'har' | 'otlp';

/** How deep in brackets the records of a document stand. */
const DEPTH: Readonly<Record<DocumentKind, number>> = {
  array: 1,
  records: 2,
  events: 2,
  loki: 3,
  har: 3,
  otlp: 2,
};

const STARTS: readonly (readonly [DocumentKind, RegExp])[] = [
  ['array', /^\s*\[\s*\{\s*"/],
  ['records', /^\s*\{\s*"(?:Records|records)"\s*:\s*\[/],
  // An answer of OData, such as that of Microsoft Graph.
  ['records', /^\s*\{\s*"@odata\.[^[{]{0,600}"value"\s*:\s*\[/],
  // `aws logs filter-log-events`, and what a subscription to CloudWatch Logs delivers, one document after the other.
  ['events', /^\s*\{\s*"events"\s*:\s*\[|^\s*\{[^[{]{0,600}(?:\[[^[\]{}]{0,200}\][^[{]{0,100})?"logEvents"\s*:\s*\[/],
  ['loki', /^\s*\{\s*"status"\s*:\s*"success"\s*,\s*"data"\s*:\s*\{\s*"resultType"\s*:\s*"streams"/],
  ['har', /^\s*\{\s*"log"\s*:\s*\{\s*"(?:version|creator|browser|pages|entries)"/],
  ['otlp', /^\s*\{\s*"resourceSpans"\s*:\s*\[/],
];

export const documentKind = (head: Buffer): DocumentKind | undefined => {
  const start = head.toString('latin1', 0, 1024);
  return STARTS.find(([, pattern]) => pattern.test(start))?.[0];
};

type Json = { readonly [key: string]: unknown };
const object = (value: unknown): Json => (value !== null && typeof value === 'object' ? (value as Json) : {});
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** Only what is read: the rest of an entry holds secrets. */
const harLine = (entry: Json): string[] => {
  const request = object(entry.request);
  if (typeof request.url !== 'string') return [];
  const response = object(entry.response);
  const header = (name: string): unknown =>
    list(request.headers)
      .map(object)
      .find((one) => String(one.name).toLowerCase() === name)?.value;
  const positive = (value: unknown): unknown => (typeof value === 'number' && value >= 0 ? value : undefined);
  const { startedDateTime, serverIPAddress } = entry;
  return [
    JSON.stringify({
      startedDateTime,
      time: positive(entry.time),
      request: { method: request.method, url: request.url, userAgent: header('user-agent') },
      response: { status: response.status === 0 ? undefined : response.status, bodySize: positive(response.bodySize) },
      wait: positive(object(entry.timings).wait),
      serverIPAddress: serverIPAddress === '' ? undefined : serverIPAddress,
    }),
  ];
};

const attributes = (value: unknown): Json =>
  Object.fromEntries(
    list(value).map((one) => {
      const { key, value: typed } = object(one);
      const { stringValue, intValue, doubleValue } = object(typed);
      return [String(key), stringValue ?? intValue ?? doubleValue];
    }),
  );

const nanoseconds = (value: unknown): bigint | undefined => {
  if (typeof value === 'number' && Number.isFinite(value)) return BigInt(Math.round(value));
  return typeof value === 'string' && /^\d{1,19}$/.test(value) ? BigInt(value) : undefined;
};

const OTHER_SPAN = '{"otlp":"other"}';

const isKind = (span: Json, number: string, word: string): boolean => String(span.kind) === number || span.kind === word;
const isServerSpan = (span: Json): boolean => isKind(span, '2', 'SPAN_KIND_SERVER');
const isClientSpan = (span: Json): boolean => isKind(span, '3', 'SPAN_KIND_CLIENT');

/** Spans between a request and its call to the issuer; more are a loop. */
const MAX_ANCESTORS = 64;

/** The span of the request that a span belongs to: itself if it serves one, else the nearest above it that does, as far as the record shows. */
function requestSpanOf(span: Json, byId: ReadonlyMap<unknown, Json>): unknown {
  if (isServerSpan(span)) return span.spanId;
  let { parentSpanId } = span;
  for (let left = MAX_ANCESTORS; left > 0; left -= 1) {
    const parent = byId.get(parentSpanId);
    if (parent === undefined || isServerSpan(parent)) return parentSpanId === '' ? undefined : parentSpanId;
    parentSpanId = parent.parentSpanId;
  }
  return undefined;
}

function spanLine(span: Json, resource: Json, byId: ReadonlyMap<unknown, Json>): string {
  const isServer = isServerSpan(span);
  const isClient = isClientSpan(span);
  const at = attributes(span.attributes);
  const method = at['http.request.method'] ?? at['http.method'];
  const full = at['url.full'] ?? at['http.url'];
  const url = typeof full === 'string' ? /^[a-z]+:\/\/([^/?#]*)([^?#]*)/i.exec(full) : null;
  const target = at['url.path'] ?? at['http.target'] ?? url?.[2];
  if (!(isServer || isClient) || typeof method !== 'string' || typeof target !== 'string') return OTHER_SPAN;
  const [path = ''] = target.split(/[?#]/);
  const host = url?.[1]?.replace(/^.*@/, '') ?? at['server.address'] ?? at['http.host'] ?? at['net.peer.name'];
  // What a gateway asks of its back ends is no demand: only what it asks of the issuer counts.
  const isFetch = (): boolean =>
    classifyEndpoint(
      { method: method === 'GET' ? 'GET' : 'POST', path, ...(typeof host === 'string' ? { host: host.toLowerCase() } : {}) },
      [],
    ).kind !== 'api';
  if (isClient && !isFetch()) return OTHER_SPAN;
  const [start, end] = [nanoseconds(span.startTimeUnixNano), nanoseconds(span.endTimeUnixNano)];
  return JSON.stringify({
    otlp: 'span',
    startUs: start === undefined ? undefined : Number(start / 1000n),
    durationNs: start === undefined || end === undefined || end < start ? undefined : Number(end - start),
    method,
    path: path === '' ? '/' : path,
    host,
    status: at['http.response.status_code'] ?? at['http.status_code'],
    client: isServer ? (at['client.address'] ?? at['http.client_ip']) : undefined,
    agent: at['user_agent.original'] ?? at['http.user_agent'],
    traceId: typeof span.traceId === 'string' ? span.traceId.toLowerCase() : undefined,
    requestSpan: requestSpanOf(span, byId),
    service: resource['service.name'],
    writer: resource['service.instance.id'] ?? resource['k8s.pod.name'] ?? resource['host.name'],
  });
}

const otlpLines = ({ resource, scopeSpans, instrumentationLibrarySpans }: Json): string[] => {
  const from = attributes(object(resource).attributes);
  const spans = list(scopeSpans ?? instrumentationLibrarySpans).flatMap((scope) => list(object(scope).spans).map(object));
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  return spans.map((span) => spanLine(span, from, byId));
};

/** What one event of CloudWatch Logs says: its message is the line. */
const eventLines = (event: Json): string[] => (typeof event.message === 'string' ? [event.message] : ['{']);

/** A stream of Loki: pairs of time and line. */
const lokiLines = ({ values }: Json): string[] =>
  list(values).flatMap((pair) => {
    const line = list(pair)[1];
    return typeof line === 'string' ? [line] : [];
  });

const linesOf = (kind: DocumentKind, text: string): string[] => {
  if (kind === 'array' || kind === 'records') return [oneLine(text)];
  try {
    const record = object(JSON.parse(text));
    if (kind === 'events') return eventLines(record).map(oneLine);
    if (kind === 'loki') return lokiLines(record).map(oneLine);
    return kind === 'har' ? harLine(record) : otlpLines(record);
  } catch {
    // A bad record is counted as one.
    return ['{'];
  }
};

/** A record as large as that is none. */
const MAX_RECORD = 256 * 1024 * 1024;
const NEWLINE = 10;
const QUOTE = 34;
const BACKSLASH = 92;

export interface PeeledLine {
  readonly text: string;
  /** Who wrote it, as the wrapper says. */
  readonly writer: string | undefined;
}

export interface DocumentBlock extends LineBlock {
  readonly places: {
    readonly starts: number[];
    readonly lines: number[];
    readonly offsets: number[];
    readonly writers: (string | undefined)[];
    joined: number;
  };
}

interface Found extends PeeledLine {
  readonly line: number;
  readonly offset: number;
}

export class DocumentReader {
  private depth = 0;
  private inString = false;
  private escaped = false;
  private line = 0;
  /** Of the record that is being read; -1 outside of one. */
  private startLine = -1;
  private startOffset = 0;
  private parts: Buffer[] = [];
  private size = 0;

  /** `peel` takes the wrappers off a line: what a document holds may be what another collector has written. */
  constructor(
    private readonly kind: DocumentKind,
    private readonly peel: (line: string) => PeeledLine = (text) => ({ text, writer: undefined }),
  ) {}

  /** The records that end in this block, a line each. */
  block({ bytes, start, end, offset }: LineBlock): DocumentBlock {
    const out: Found[] = [];
    const level = DEPTH[this.kind];
    let from = start;
    for (let at = start; at < end; at += 1) {
      const byte = bytes[at]!;
      if (byte === NEWLINE) this.line += 1;
      if (this.inString) {
        if (this.escaped) this.escaped = false;
        else if (byte === BACKSLASH) this.escaped = true;
        else if (byte === QUOTE) this.inString = false;
      } else if (byte === QUOTE) this.inString = true;
      else if (byte === 123 || byte === 91) {
        if (this.depth === level && byte === 123 && this.startLine < 0) {
          this.startLine = this.line;
          this.startOffset = offset + at - start;
          from = at;
        }
        this.depth += 1;
      } else if (byte === 125 || byte === 93) {
        this.depth = Math.max(0, this.depth - 1);
        if (this.depth === level && this.startLine >= 0) {
          this.keep(bytes, from, at + 1);
          out.push(...this.record());
        }
      }
    }
    if (this.startLine >= 0) this.keep(bytes, from, end);
    return blockOf(out);
  }

  /** What was cut off at the end. */
  end(): DocumentBlock {
    return blockOf(this.startLine >= 0 ? this.record() : []);
  }

  private keep(bytes: Buffer, from: number, to: number): void {
    this.size += to - from;
    if (this.size > MAX_RECORD) this.parts = [];
    else this.parts.push(Buffer.from(bytes.subarray(from, to)));
  }

  private record(): Found[] {
    const text = Buffer.concat(this.parts).toString('utf8');
    const [line, offset] = [this.startLine, this.startOffset];
    this.parts = [];
    this.size = 0;
    this.startLine = -1;
    // Records of one place must still be told apart.
    return linesOf(this.kind, text).map((one, at) => ({ ...this.peel(one), line, offset: offset + at }));
  }
}

function blockOf(records: readonly Found[]): DocumentBlock {
  const places: DocumentBlock['places'] = { starts: [], lines: [], offsets: [], writers: [], joined: 0 };
  const lines = records.map(({ text }) => Buffer.from(`${text}\n`));
  const end = lines.reduce((sum, { length }) => sum + length, 0);
  const bytes = Buffer.from(new ArrayBuffer((end + PADDING + 7) & ~7));
  let at = 0;
  for (const [index, { line, offset, writer }] of records.entries()) {
    places.starts.push(at);
    places.lines.push(line);
    places.offsets.push(offset);
    if (writer !== undefined) places.writers[index] = writer;
    at += lines[index]!.copy(bytes, at);
  }
  return { bytes, start: 0, end, offset: 0, overlongBytes: 0, places };
}
