/** Envelopes that collectors put around each line of a log. A wrapper is peeled off a line, or the line does not have it. */
import { appGatewayRows, hasBothGateways } from './azure-appgw.js';
import { caddyConsoleRows } from './caddy-console.js';
import { cloudFrontRows } from './cloudfront-json.js';
import { csvRows } from './csv.js';
import { peelDocker } from './docker.js';
import { KnownHeaders } from './headers.js';
import { isObject, type JsonObject, parseObject } from './json-object.js';
import { eventOf, hasEvents } from './keycloak.js';
import { hasJsonEvents, keycloakJsonRows } from './keycloak-json.js';
import { LONGEST, PlainEvents } from './plain-events.js';
import { requestLines } from './request-lines.js';
import { type RowReader, w3cRows } from './rows.js';
import { timedRecords } from './timed-records.js';

/** Part of a buffer. */
export interface Piece {
  readonly bytes: Buffer;
  readonly from: number;
  readonly to: number;
  /** What it is as JSON, once somebody has asked: each line of a sample is asked for by every envelope. */
  parsed?: { readonly object: JsonObject | undefined };
}

export interface Peeled extends Piece {
  /** The rest of the line comes in a later one of the same stream. */
  readonly isPart: boolean;
  /** Lines of different streams are not parts of each other. */
  readonly stream: string;
  /** The host or pod that wrote the line, as the wrapper names it. Not yet redacted. */
  readonly writer?: string | undefined;
}

export interface Wrapper {
  readonly id: string;
  /** undefined: the line does not have this wrapper. */
  readonly peel: (line: Piece) => Peeled | undefined;
  /** It may be on some lines only; left out: most have it. */
  readonly isOnSomeLines?: boolean;
  /** What the head of a log must have besides lines with it. */
  readonly fits?: (head: Buffer) => boolean;
  /** For a wrapper that remembers lines: one for another input. */
  readonly fresh?: () => Wrapper;
  /** Writes what `peel` gives straight to its place, where there is enough room for it; its end, or -1: that is for `peel` to do. */
  readonly write?: (bytes: Buffer, from: number, to: number, out: Buffer, at: number) => number;
}

const SPACE = 32;
const HEADER_BYTES = 4096;

const from = (line: Piece, at: number): Peeled => ({ bytes: line.bytes, from: at, to: line.to, isPart: false, stream: '' });
const whole = (bytes: Buffer): Peeled => ({ bytes, from: 0, to: bytes.length, isPart: false, stream: '' });

const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= 48 && byte <= 57;

/** `2026-03-02T10:15:30.200000000Z stdout F message` */
const cri: Wrapper = {
  id: 'cri',
  peel: (line) => {
    const { bytes, to } = line;
    if (!isDigit(bytes[line.from]) || bytes[line.from + 4] !== 45 || bytes[line.from + 10] !== 84) return undefined;
    const space = bytes.indexOf(SPACE, line.from);
    if (space < 0 || space - line.from > 40 || space + 9 >= to + 1) return undefined;
    // `std`, `out` or `err`, and one of P and F, which tags may follow.
    if (bytes[space + 1] !== 115 || bytes[space + 2] !== 116 || bytes[space + 3] !== 100 || bytes[space + 7] !== SPACE) {
      return undefined;
    }
    const stream = bytes[space + 4] === 111 ? 'stdout' : 'stderr';
    const tag = bytes[space + 8];
    if (tag !== 70 && tag !== 80) return undefined;
    let at = space + 9;
    while (at < to && bytes[at] !== SPACE) at += 1;
    return { bytes, from: Math.min(at + 1, to), to, isPart: tag === 80, stream };
  },
};

/** What the group `writer` of the pattern holds is who wrote the line. */
const byPattern = (id: string, pattern: RegExp, mayStart: (byte: number) => boolean, known?: KnownHeaders): Wrapper => ({
  id,
  peel: (line) => {
    if (!mayStart(line.bytes[line.from]!)) return undefined;
    const header = known?.find(line.bytes, line.from, line.to);
    if (header !== undefined) {
      const { bytes, from: start, to } = line;
      return { bytes, from: start + header.bytes.length, to, isPart: false, stream: '', writer: header.writer };
    }
    const head = line.bytes.toString('latin1', line.from, Math.min(line.to, line.from + HEADER_BYTES));
    const found = pattern.exec(head);
    if (found === null) return undefined;
    const name = found.groups?.writer;
    const writer = name === '-' ? undefined : name;
    known?.remember(found[0], writer, found.indices?.groups?.time ?? [0, 0]);
    return { ...from(line, line.from + found[0].length), writer };
  },
});

const isCapital = (byte: number): boolean => byte >= 65 && byte <= 90;

const syslog5424 = byPattern(
  'syslog-5424',
  /^<\d{1,3}>1 (?<time>-|\d{4}-\S{1,40}) (?<writer>\S{1,255}) \S{1,48} \S{1,128} \S{1,32} (?:-|(?:\[(?:[^\]"\\]|"(?:[^"\\]|\\.)*")*\])+)(?: (?:\xef\xbb\xbf)?|$)/d,
  (byte) => byte === 60,
  new KnownHeaders(),
);
const syslog3164 = byPattern(
  'syslog-3164',
  /^(?:<\d{1,3}>)?(?<time>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)) (?<writer>[\w.:-]{1,255}) [^\s:[\]{}"]{1,64}(?:\[[\w.-]{1,32}\])?: /d,
  (byte) => byte === 60 || isCapital(byte) || isDigit(byte),
  new KnownHeaders(),
);
const compose = byPattern(
  'compose',
  /^(?<writer>[A-Za-z0-9][\w.-]{0,127}) {0,40}\| /,
  (byte) => byte > SPACE && byte < 127,
  new KnownHeaders(),
);
/** What a line of the common log format starts with: only in front of that are these words a wrapper, and not the format. */
const CLF = String.raw`\S+ \S+ \S+ \[\d\d/[A-Z][a-z]{2}/`;
/** What a line of nginx's error log starts with. */
const ERROR = String.raw`\d{4}/\d\d/\d\d \d\d:\d\d:\d\d \[`;
/** `kubectl logs --timestamps`, and `aws logs tail`, which also names the stream. */
const collected = byPattern(
  'collected',
  new RegExp(
    String.raw`^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)? (?:(?=${CLF}|\[GIN\] |\[\d{4}-|${ERROR})|\S{1,256}/\S{1,256} (?=${CLF}))`,
  ),
  isDigit,
);
/** `2026-03-02 10:15:30.123  INFO 7 --- [epoll-2] r.n.http.server.AccessLog : line`: what a logging framework of Java puts in front. */
const logger = byPattern(
  'logger',
  /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[.,]\d{3,9}(?:Z|[+-]\d\d:?\d\d)? [^"]{0,512}?[:\]|>-] (?=[\da-fA-F]*[.:][\da-fA-F.:]+ \S+ \S+ \[\d\d\/[A-Z][a-z]{2}\/)/,
  isDigit,
);
/** `lb1 nginx[7]: line`: what is left of a syslog header when a collector has taken its time. */
const tagged = byPattern(
  'tagged',
  new RegExp(String.raw`^(?:(?<writer>[A-Za-z0-9][\w.-]{0,254}) )?[A-Za-z][\w./-]{0,63}(?:\[\d{1,10}\])?: (?=${CLF})`),
  (byte) => byte > SPACE && byte < 127,
);
/** `pod container line`, as stern prints it. */
const stern = byPattern(
  'stern',
  new RegExp(
    String.raw`^(?<writer>[a-z][\w.-]{0,252}) [a-z][\w.-]{0,252} (?=[\da-f]{1,4}[.:]${CLF}|\[\d{4}-\d\d-\d\dT|\[GIN\] )`,
  ),
  (byte) => byte > 96,
);
/** `2026-03-02T10:15:30Z {app="gw", pod="gw-1"} line`, as logcli prints it; without a time where it was told so. */
const logcli = byPattern(
  'logcli',
  /^(?:\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d) )?\{(?:[A-Za-z_]\w{0,127}="(?:[^"\\]|\\.)*"(?:, ?(?=[A-Za-z_])|(?=\})))*\} +(?=\S)/,
  (byte) => byte === 123 || isDigit(byte),
);
/** `[7] line` of Puma, and `[2026-03-02 10:15:30 +0000] [7] [INFO] line` of Hypercorn. */
const worker = byPattern(
  'worker',
  new RegExp(String.raw`^(?:\[[^\]"]{1,40}\] ){1,4}(?=[\da-fA-F]{1,4}[.:]${CLF})`),
  (byte) => byte === 91,
);
const pod = byPattern('pod', /^\[pod\/(?<writer>[\w.-]{1,253})\/[\w.-]{1,253}\] /, (byte) => byte === 91, new KnownHeaders());

const ESCAPE = 27;
/** Colours and the like: `ESC[..m`. */
const ansi: Wrapper = {
  id: 'ansi',
  isOnSomeLines: true,
  peel: (line) => {
    const at = line.bytes.indexOf(ESCAPE, line.from);
    if (at < 0 || at >= line.to) return undefined;
    const text = line.bytes.toString('latin1', line.from, line.to);
    const plain = text.replace(/\x1b\[[\d;:]{0,32}[mK]/g, '');
    return plain.length === text.length ? undefined : whole(Buffer.from(plain, 'latin1'));
  },
};

const at = (object: JsonObject, path: readonly string[]): unknown => {
  const flat = object[path.join('.')];
  if (flat !== undefined || path.length === 1) return flat;
  const inner = object[path[0]!];
  return inner !== null && typeof inner === 'object' ? at(inner as JsonObject, path.slice(1)) : undefined;
};

const isBytes = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((byte) => Number.isInteger(byte) && byte >= 0 && byte <= 255);

const LINE_ENDS = /[\r\n]+/g;

/** Text of a value as one line. An expression for the ends at the end alone would look at each run of them from each of its places. */
export const oneLine = (text: string): string => {
  let end = text.length;
  while (end > 0 && (text[end - 1] === '\n' || text[end - 1] === '\r')) end -= 1;
  return text.slice(0, end).replace(LINE_ENDS, ' ');
};

/** Who wrote the line, by the names that shippers use: the pod before the container, that before the host. */
const WRITERS: readonly (readonly string[])[] = [
  ['kubernetes', 'pod_name'],
  ['kubernetes', 'pod', 'name'],
  ['k8s', 'pod', 'name'],
  ['labels', 'pod'],
  ['fields', 'pod'],
  ['resource', 'labels', 'pod_name'],
  ['PodName'],
  ['container_name'],
  ['_HOSTNAME'],
  ['labels', 'host'],
  ['result', 'host'],
  ['_source', 'host', 'name'],
  ['host', 'name'],
  ['hostname'],
  ['host'],
  ['agent', 'hostname'],
];

const writerOf = (object: JsonObject): string | undefined => {
  for (const path of WRITERS) {
    const name = at(object, path);
    if (typeof name === 'string' && name !== '' && name !== '-' && name.length <= 255) return name;
  }
  return undefined;
};

/** A JSON object with the line as one of its values. Whether the object is a record of its own is for the caller to know. */
const envelope = (...path: string[]): Wrapper => ({
  id: `json:${path.join('.')}`,
  peel: (line) => {
    const object = parseObject(line);
    if (object === undefined) return undefined;
    const value = at(object, path);
    const text = isBytes(value) ? Buffer.from(value).toString('utf8') : value;
    if (typeof text !== 'string') return undefined;
    const stream = typeof object.stream === 'string' ? object.stream : '';
    // The part without a newline is how Docker says that it has cut a line.
    const isDocker = path[0] === 'log' && typeof object.time === 'string' && (stream === 'stdout' || stream === 'stderr');
    const isPart = isDocker && Object.keys(object).length <= 4 && !text.endsWith('\n');
    const inner = {
      ...whole(Buffer.from(oneLine(text))),
      writer: writerOf(object),
    };
    return isDocker ? { ...inner, isPart, stream } : inner;
  },
});

const logged = envelope('log');
/** As any other object that holds the line, only faster where Docker wrote it. */
const docker: Wrapper = { id: logged.id, peel: (line) => peelDocker(line) ?? logged.peel(line) };

/** `gateway {"time": ...}`: words before a JSON object that takes the rest of the line. */
const prefixed: Wrapper = {
  id: 'prefix',
  peel: (line) => {
    const { bytes, to } = line;
    if (bytes[line.from] === 123 || bytes[line.from] === 91 || bytes[to - 1] !== 125) return undefined;
    const brace = bytes.indexOf('{"', line.from);
    if (brace < 0 || brace - line.from > 256 || bytes[brace - 1]! > SPACE) return undefined;
    return parseObject({ bytes, from: brace, to }) === undefined ? undefined : from(line, brace);
  },
};

/** The record is an object in the envelope of an export, which these other keys tell. */
const exported = (path: string, beside: string): Wrapper => ({
  id: `json:${path}{}`,
  peel: (line) => {
    const object = parseObject(line);
    const inner = object?.[path];
    if (object === undefined || !isObject(inner) || !Object.hasOwn(object, beside)) return undefined;
    return { ...whole(Buffer.from(JSON.stringify(inner))), writer: writerOf(object) };
  },
});

const SLAB_BYTES = 64 * 1024;
/** UTF-8 of a unit of UTF-16. */
const MOST_BYTES_OF_A_UNIT = 3;

/** Lines that are made stand behind each other: a buffer for each would cost as much as to make it. */
class Slab {
  bytes: Buffer = Buffer.alloc(0);
  /** What is in use; behind it the next line is written. */
  used = 0;

  makeRoom(bytes: number): void {
    if (this.used + bytes <= this.bytes.length) return;
    this.bytes = Buffer.allocUnsafe(Math.max(SLAB_BYTES, bytes));
    this.used = 0;
  }

  /** The line that was written up to here. */
  cut(to: number): Peeled {
    const line = { bytes: this.bytes, from: this.used, to, isPart: false, stream: '' };
    this.used = to;
    return line;
  }
}

export const rows = (id: string, reader: () => RowReader): Wrapper => {
  const { read } = reader();
  const slab = new Slab();
  return {
    id,
    peel: (line) => {
      const row = read(line);
      if (row === undefined) return undefined;
      slab.makeRoom(row.length * MOST_BYTES_OF_A_UNIT);
      return slab.cut(slab.used + slab.bytes.write(row, slab.used));
    },
    fresh: () => rows(id, reader),
  };
};

/** Events of Keycloak, in place of the lines that hold them. */
export function keycloakWrapper(): Wrapper {
  const plain = new PlainEvents();
  const general = rows('keycloak', () => ({ read: ({ bytes, from, to }) => eventOf(bytes.toString('utf8', from, to)) }));
  const slab = new Slab();
  return {
    id: 'keycloak',
    peel: (line) => {
      slab.makeRoom(4 * LONGEST);
      const end = plain.write(line.bytes, line.from, line.to, slab.bytes, slab.used);
      return end < 0 ? general.peel(line) : slab.cut(end);
    },
    // Lines of the server alone are no log of events.
    fits: hasEvents,
    fresh: keycloakWrapper,
    write: (bytes, from, to, out, at) => plain.write(bytes, from, to, out, at),
  };
}

/** In the order in which they are looked for. */
export const wrappers: readonly Wrapper[] = [
  ansi,
  cri,
  syslog5424,
  syslog3164,
  collected,
  logger,
  tagged,
  stern,
  logcli,
  pod,
  worker,
  compose,
  docker,
  { ...rows('keycloak-json', keycloakJsonRows), fits: hasJsonEvents },
  // Most records of a diagnostics file may be of its firewall.
  { ...rows('azure-appgw', appGatewayRows), isOnSomeLines: true, fits: hasBothGateways },
  rows('cloudfront-json', cloudFrontRows),
  rows('csv', csvRows),
  envelope('MESSAGE'),
  envelope('message'),
  envelope('msg'),
  envelope('@message'),
  envelope('event', 'original'),
  envelope('line'),
  envelope('textPayload'),
  envelope('jsonPayload', 'message'),
  envelope('LogMessage'),
  envelope('LogEntry'),
  envelope('properties', 'Log'),
  envelope('Log_s'),
  envelope('Log'),
  envelope('_raw'),
  envelope('result', '_raw'),
  envelope('_source', 'message'),
  envelope('content', 'message'),
  envelope('event'),
  exported('_source', '_index'),
  exported('result', 'offset'),
  exported('event', 'sourcetype'),
  rows('timed-record', timedRecords),
  rows('caddy-console', caddyConsoleRows),
  rows('request-line', requestLines),
  prefixed,
  rows('w3c', w3cRows),
  keycloakWrapper(),
];
