/**
 * Turns the captured spans of one line into one row of the batch. Everything that depends on a name is asked once per name, from
 * the dictionary; the rest is arithmetic on bytes.
 */

import {
  METHOD_CONNECT,
  METHOD_GET,
  METHOD_POST,
  methods,
  NO_ID,
  NO_UPSTREAM,
  type RequestBatch,
  UNKNOWN,
} from '../events/request-batch.js';
import type { Field, Reading, Spelling } from '../formats/define.js';
import { slotIndex } from '../formats/define.js';
import { type CacheTable, cacheTableOf } from './cache-table.js';
import type { Capture } from './capture.js';
import type { Dictionary } from './dictionary.js';
import * as door from './door.js';
import { hashId, hashUser, NO_HASH } from './ids.js';
import { isMissing, NOT_A_NUMBER, scaledDecimal, scaledListSum, unitDuration } from './numbers.js';
import { PathFolder } from './paths.js';
import { NO_TIME, TimeReader, type ZoneShift } from './times.js';

/** What became of a line that fits its format. */
export const ROW = 0;
/** A record without a request in it, such as TLS bytes on a plain port. */
export const NOT_A_REQUEST = 1;
export const BAD_TIME = 2;
export const BAD_STATUS = 3;
/** What stands where the target should be is not one: two lines ran together, for example. */
export const BAD_SHAPE = 4;

const AUDIENCE = slotIndex.audience;
const BYTES = slotIndex.bytes;
const CACHE = slotIndex.cache;
const CLIENT = slotIndex.client;
const CLIENT_ID = slotIndex.clientId;
const DURATION = slotIndex.duration;
const DURATION_MORE = slotIndex.durationMore;
const DURATION_LAST = slotIndex.durationLast;
const EXPIRES_IN = slotIndex.expiresIn;
const GRANT_TYPE = slotIndex.grantType;
const HOST = slotIndex.host;
const IDENTITY = slotIndex.identity;
const METHOD = slotIndex.method;
const MTLS_SUBJECT = slotIndex.mtlsSubject;
const NODE = slotIndex.node;
const PATH = slotIndex.path;
const QUERY = slotIndex.query;
const REQUEST = slotIndex.request;
const REQUEST_ID = slotIndex.requestId;
const SCOPE = slotIndex.scope;
const STATUS = slotIndex.status;
const TARGET = slotIndex.target;
const TIME = slotIndex.time;
const TOKEN = slotIndex.token;
const TRACE_ID = slotIndex.traceId;
const TOKEN_TYPE = slotIndex.tokenType;
const UPSTREAM = slotIndex.upstream;
const WRITER = slotIndex.writer;
const UPSTREAM_MORE = slotIndex.upstreamMore;
const UPSTREAM_ADDR = slotIndex.upstreamAddr;
const USER_AGENT = slotIndex.userAgent;
const SPACE = 32;
const QUOTE = 34;
const BACKSLASH = 92;
const MAX_US = Number.MAX_SAFE_INTEGER;
const SLASH = 47;
const HASH = 35;
const DURATION_PARTS = [DURATION, DURATION_MORE, DURATION_LAST];
const UPSTREAM_PARTS = [UPSTREAM, UPSTREAM_MORE];

export interface RowOptions {
  readonly fields: readonly Field[];
  readonly escapes: door.Escapes;
  readonly stamped: 'start' | 'end' | 'unknown';
  readonly zoneShift?: ZoneShift;
  /** How the names of agents are spelled. */
  readonly agents?: Spelling | undefined;
}

type MutableBatch = { -readonly [K in keyof RequestBatch]: RequestBatch[K] };

/** What asks nothing of an issuer is kept as such for so many: where there are more, hardly one comes again. */
const MOST_OF_NOBODY = 16_384;

const encoder = new TextEncoder();
const PROXY_ERROR = encoder.encode('error:');

/** `NONE error:transaction-end-before-headers`: what Squid writes where it has read no request. */
const isProxyError = (bytes: Uint8Array, from: number, to: number): boolean =>
  to - from > PROXY_ERROR.length && PROXY_ERROR.every((byte, at) => bytes[from + at] === byte);

export class RowReader {
  private readonly folder = new PathFolder();
  private readonly tuple = new Uint8Array(8192 + 64);
  private readonly times: TimeReader;
  private hostBytes: Uint8Array = new Uint8Array(0);
  private hostText: string | undefined;
  private readonly readingOf: readonly Reading[];
  private readonly isList: readonly boolean[];
  private readonly subtractDuration: boolean;
  private readonly fromUs: readonly number[];
  /** Slots whose sum is the duration, where it is logged in parts. */
  private readonly durationParts: readonly number[] | undefined;
  private readonly hasUpstreamParts: boolean;
  /** A missing upstream time says nothing. */
  private readonly upstreamIsVague: boolean;
  /** In a byte count: mostly that none were sent. */
  private readonly dashMeans: number;
  private readonly tunnels: boolean;
  private readonly decodes: boolean;
  private readonly escapesQuotes: boolean;
  /** A `#` in a path starts an escape. */
  private readonly hashes: boolean;
  private readonly cacheTable: CacheTable | undefined;
  /** A duration without a unit was seen and left unknown. */
  sawUnitlessDuration = false;

  constructor(
    private readonly options: RowOptions,
    private readonly capture: Capture,
    private readonly dictionary: Dictionary,
  ) {
    this.times = new TimeReader(options.zoneShift);
    this.readingOf = options.fields.map((field) => field.as);
    this.isList = options.fields.map((field) => field.list === true);
    this.fromUs = options.fields.map((field) => UNIT_SCALES[field.as] ?? 0);
    this.subtractDuration = options.stamped !== 'start';
    const { fields } = options;
    const parts = DURATION_PARTS.filter((slot) => fields.some((field) => slotIndex[field.slot] === slot));
    this.durationParts = parts.length > 1 ? parts : undefined;
    this.hasUpstreamParts = fields.some(({ slot }) => slot === 'upstreamMore');
    this.upstreamIsVague = fields.some(({ slot, missing }) => slot === 'upstream' && missing === 'unknown');
    this.dashMeans = fields.some(({ slot, missing }) => slot === 'bytes' && missing === 'unknown') ? UNKNOWN : 0;
    this.tunnels = fields.some(({ as }) => as === 'proxied');
    this.decodes = fields.some(({ as }) => as === 'decoded');
    this.hashes = options.escapes === 'hash';
    this.escapesQuotes = options.escapes === 'text';
    this.cacheTable = cacheTableOf(fields);
  }

  get sawZoneless(): boolean {
    return this.times.sawZoneless;
  }

  /** Resolution of the stamps seen so far, ms. */
  get resolutionMs(): number {
    return 1000 / 10 ** Math.min(3, this.times.fractionDigits);
  }

  /** Adds a row for the captured line, or says why not. */
  read(bytes: Uint8Array, batch: MutableBatch, offset: number, line: number): number {
    const { from, to, field } = this.capture;
    const stamp = this.time(bytes);
    if (stamp === NO_TIME) return this.hasRequest(bytes) ? BAD_TIME : NOT_A_REQUEST;

    // The request: either one field `METHOD target HTTP/x`, or its parts.
    let method = 0;
    let targetFrom: number;
    let targetTo: number;
    let queryFrom = -1;
    let queryTo = -1;
    let source = bytes;
    let isDecoded = false;
    if (field[REQUEST]! >= 0 && to[REQUEST]! > from[REQUEST]!) {
      const requestFrom = from[REQUEST]!;
      const requestTo = to[REQUEST]!;
      let space = requestFrom;
      while (space < requestTo && bytes[space] !== SPACE && space - requestFrom < 24) space += 1;
      method = methodOf(bytes, requestFrom, space);
      if (method < 0 || space === requestTo || bytes[space] !== SPACE) return NOT_A_REQUEST;
      targetFrom = space + 1;
      targetTo = requestTo;
      // The version is the last word if it looks like one; a target may hold raw spaces.
      let lastSpace = requestTo - 1;
      while (lastSpace > targetFrom && bytes[lastSpace] !== SPACE && requestTo - lastSpace < 12) lastSpace -= 1;
      if (bytes[lastSpace] === SPACE && bytes[lastSpace + 1] === 72 && bytes[lastSpace + 2] === 84) targetTo = lastSpace;
      // `GET / `: the space stands there, and then no version.
      else while (targetTo > targetFrom && bytes[targetTo - 1] === SPACE) targetTo -= 1;
    } else {
      if (field[METHOD]! < 0) return NOT_A_REQUEST;
      method = methodOf(bytes, from[METHOD]!, to[METHOD]!);
      const slot = field[TARGET]! >= 0 && to[TARGET]! > from[TARGET]! ? TARGET : PATH;
      if (method < 0 || field[slot]! < 0) return NOT_A_REQUEST;
      targetFrom = from[slot]!;
      targetTo = to[slot]!;
      isDecoded = slot === PATH;
      if (slot === PATH && field[QUERY]! >= 0 && !isMissing(bytes, from[QUERY]!, to[QUERY]!)) {
        queryFrom = from[QUERY]!;
        queryTo = to[QUERY]!;
      }
    }
    if (targetTo <= targetFrom || isMissing(bytes, targetFrom, targetTo)) return NOT_A_REQUEST;
    if (this.escapesQuotes && isTorn(bytes, targetFrom, targetTo, isDecoded || this.decodes)) {
      this.capture.failedAt = targetFrom;
      this.capture.expected = 'expected a target without spaces and quotes';
      return BAD_SHAPE;
    }
    if (this.tunnels && (method === METHOD_CONNECT || isProxyError(bytes, targetFrom, targetTo))) return NOT_A_REQUEST;

    // An absolute URL (proxies): the path starts behind the host.
    let pathFrom = targetFrom;
    if (source[targetFrom] !== 47) pathFrom = afterAuthority(source, targetFrom, targetTo);

    const { folder, dictionary } = this;
    folder.fold(source, pathFrom, targetTo);
    if (folder.escaped || (this.hashes && source[folder.end] === HASH && folder.end < targetTo)) {
      // Escapes in the path: decode it once, then go on with the decoded bytes.
      source = encoder.encode(
        door.rawText(bytes, targetFrom, targetTo, this.options.escapes).replaceAll('\\', '%5C').replaceAll('\u0001', '%01'),
      );
      targetFrom = 0;
      targetTo = source.length;
      pathFrom = source[0] === 47 ? 0 : afterAuthority(source, 0, targetTo);
      folder.fold(source, pathFrom, targetTo);
    }
    let route = dictionary.pathIds.find(folder.scratch, 0, folder.length);
    if (route < 0) {
      const found = dictionary.routeOf(folder.scratch, 0, folder.length);
      route = found.id;
      if (found.keep) dictionary.pathIds.add(folder.scratch, 0, folder.length, route);
    }

    if (dictionary.hasTokenRoutes) {
      const raw = door.rawText(source, pathFrom, folder.end, source === bytes ? this.options.escapes : 'text');
      route = dictionary.routeByNeed(route, method, this.host(bytes), raw === '' ? '/' : raw);
    }

    const status = this.status(bytes);
    if (status < 0) return BAD_STATUS;
    const duration = this.durationParts === undefined ? this.duration(bytes, DURATION) : this.sum(bytes, this.durationParts);
    const row = batch.rows;
    batch.durationUs[row] = duration;
    // A duration beyond what a double keeps exactly would swallow the stamp: it is no duration.
    batch.startUs[row] = this.subtractDuration && duration > 0 && duration < MAX_US ? stamp - duration : stamp;
    const upstream = this.upstream(bytes);
    batch.upstreamUs[row] = this.hasUpstreamParts && upstream >= 0 ? this.sum(bytes, UPSTREAM_PARTS) : upstream;
    batch.status[row] = status;
    batch.method[row] = method;
    batch.route[row] = route;
    batch.cache[row] = field[CACHE]! < 0 ? 0 : this.cache(bytes, from[CACHE]!, to[CACHE]!);
    batch.bytes[row] = field[BYTES]! >= 0 ? byteCount(bytes, from[BYTES]!, to[BYTES]!, this.dashMeans) : UNKNOWN;
    const agent = this.agent(bytes);
    batch.agent[row] = agent;
    const node = this.node(bytes);
    batch.node[row] = node;
    batch.offset[row] = offset;
    batch.line[row] = line;
    if (batch.ids !== undefined) {
      batch.ids.request[row] = this.id(bytes, REQUEST_ID);
      batch.ids.trace[row] = this.id(bytes, TRACE_ID);
    }
    if (batch.users !== undefined) batch.users[row] = this.user(bytes);
    if (dictionary.isCandidate(route) && !this.isCertainlyApi(bytes, source, route, method, targetFrom, targetTo, queryFrom)) {
      batch.caller[row] = this.caller(bytes, source, method, targetFrom, targetTo, queryFrom, queryTo, agent, node);
      batch.lifetimeMs[row] = this.lifetime(bytes);
    } else {
      batch.caller[row] = NO_ID;
      batch.lifetimeMs[row] = UNKNOWN;
    }
    batch.rows = row + 1;
    return ROW;
  }

  private id(bytes: Uint8Array, slot: number): number {
    const { from, to, field } = this.capture;
    return field[slot]! < 0 ? NO_HASH : hashId(bytes, from[slot]!, to[slot]!);
  }

  private user(bytes: Uint8Array): number {
    const { from, to, field } = this.capture;
    const named = field[IDENTITY]! < 0 ? NO_HASH : hashUser(bytes, from[IDENTITY]!, to[IDENTITY]!, true);
    return named !== NO_HASH || field[CLIENT]! < 0 ? named : hashUser(bytes, from[CLIENT]!, to[CLIENT]!, false);
  }

  private hasRequest(bytes: Uint8Array): boolean {
    const { from, to, field } = this.capture;
    if (field[REQUEST]! >= 0)
      return methodOf(bytes, from[REQUEST]!, Math.min(to[REQUEST]!, from[REQUEST]! + 8)) >= 0 || to[REQUEST]! > from[REQUEST]!;
    return field[METHOD]! >= 0;
  }

  private time(bytes: Uint8Array): number {
    const index = this.capture.field[TIME]!;
    if (index < 0) return NO_TIME;
    const from = this.capture.from[TIME]!;
    const to = this.capture.to[TIME]!;
    switch (this.readingOf[index]) {
      case 'time-clf':
        return this.times.clf(bytes, from, to);
      case 'time-iso':
        return this.times.iso(bytes, from, to);
      case 'time-epoch':
        return this.times.epoch(bytes, from, to);
      case 'time-slashed':
        return this.times.slashed(bytes, from, to);
      case 'time-java':
        return this.times.java(bytes, from, to);
      default:
        return this.times.any(bytes, from, to);
    }
  }

  /** 0 when the record has none (`-`, 000); -1 for something that is no status. */
  private status(bytes: Uint8Array): number {
    if (this.capture.field[STATUS]! < 0) return 0;
    const from = this.capture.from[STATUS]!;
    const to = this.capture.to[STATUS]!;
    if (to - from === 3) {
      const hundreds = bytes[from]! - 48;
      const tens = bytes[from + 1]! - 48;
      const ones = bytes[from + 2]! - 48;
      if (hundreds >= 1 && hundreds <= 9 && tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9)
        return hundreds * 100 + tens * 10 + ones;
    }
    if (isMissing(bytes, from, to)) return 0;
    const status = scaledDecimal(bytes, from, to, 0);
    if (status === NOT_A_NUMBER || to - from > 3 + (bytes[to - 2] === 46 ? 2 : 0)) return bytes[from] === 45 ? 0 : -1;
    return status < 100 || status > 999 ? (status === 0 ? 0 : -1) : status;
  }

  private duration(bytes: Uint8Array, slot: number): number {
    const index = this.capture.field[slot]!;
    if (index < 0) return UNKNOWN;
    const from = this.capture.from[slot]!;
    const to = this.capture.to[slot]!;
    if (isMissing(bytes, from, to)) return UNKNOWN;
    const reading = this.readingOf[index]!;
    if (reading === 'duration-unit') return this.withUnit(bytes, from, to);
    const value = scaledDecimal(bytes, from, to, this.fromUs[index]!);
    return value === NOT_A_NUMBER ? UNKNOWN : value;
  }

  /** Of durations in parts; unknown where a part is. */
  private sum(bytes: Uint8Array, slots: readonly number[]): number {
    let sum = 0;
    for (const slot of slots) {
      const part = this.duration(bytes, slot);
      if (part < 0) return UNKNOWN;
      sum += part;
    }
    return sum;
  }

  private withUnit(bytes: Uint8Array, from: number, to: number): number {
    if (to - from > 40) return UNKNOWN;
    const value = unitDuration(door.rawText(bytes, from, to, this.options.escapes));
    if (value === NOT_A_NUMBER) {
      this.sawUnitlessDuration = true;
      return UNKNOWN;
    }
    return value;
  }

  private upstream(bytes: Uint8Array): number {
    const index = this.capture.field[UPSTREAM]!;
    if (index < 0) return this.noUpstreamAddress(bytes) ? NO_UPSTREAM : UNKNOWN;
    const from = this.capture.from[UPSTREAM]!;
    const to = this.capture.to[UPSTREAM]!;
    if (isMissing(bytes, from, to)) return this.upstreamIsVague && !this.noUpstreamAddress(bytes) ? UNKNOWN : NO_UPSTREAM;
    let value = scaledDecimal(bytes, from, to, this.fromUs[index]!);
    if (value === NOT_A_NUMBER && this.isList[index]) value = scaledListSum(bytes, from, to, this.fromUs[index]!);
    if (value !== NOT_A_NUMBER) return value;
    return this.upstreamIsVague && this.noUpstreamAddress(bytes) ? NO_UPSTREAM : UNKNOWN;
  }

  /** A log with an upstream address says by an empty one that none was asked. */
  private noUpstreamAddress(bytes: Uint8Array): boolean {
    return (
      this.capture.field[UPSTREAM_ADDR]! >= 0 &&
      isMissing(bytes, this.capture.from[UPSTREAM_ADDR]!, this.capture.to[UPSTREAM_ADDR]!)
    );
  }

  private cache(bytes: Uint8Array, from: number, to: number): number {
    return this.cacheTable === undefined ? cacheWord(bytes, from, to) : this.cacheTable.word(bytes, from, to);
  }

  private lifetime(bytes: Uint8Array): number {
    const { from, to, field } = this.capture;
    if (field[EXPIRES_IN]! >= 0 && !isMissing(bytes, from[EXPIRES_IN]!, to[EXPIRES_IN]!)) {
      const ms = scaledDecimal(bytes, from[EXPIRES_IN]!, to[EXPIRES_IN]!, 3);
      if (ms > 0) return ms;
    }
    if (field[TOKEN]! >= 0) return door.jwtLifetimeMs(bytes, from[TOKEN]!, to[TOKEN]!);
    return UNKNOWN;
  }

  private agent(bytes: Uint8Array): number {
    if (this.capture.field[USER_AGENT]! < 0) return NO_ID;
    const from = this.capture.from[USER_AGENT]!;
    const to = this.capture.to[USER_AGENT]!;
    const { agents, escapes } = this.options;
    const ids = this.dictionary.agentIds(agents);
    const known = ids.find(bytes, from, to);
    if (known >= 0) return known - 1;
    const id = this.dictionary.agentOf(door.name(bytes, from, to, escapes, agents));
    ids.add(bytes, from, to, id + 1);
    return id;
  }

  private node(bytes: Uint8Array): number {
    const slot = this.capture.field[NODE]! >= 0 ? NODE : WRITER;
    if (this.capture.field[slot]! < 0) return NO_ID;
    const from = this.capture.from[slot]!;
    const to = this.capture.to[slot]!;
    const ids = this.dictionary.nodeIds;
    const known = ids.find(bytes, from, to);
    if (known >= 0) return known - 1;
    const id = this.dictionary.nodeOf(door.name(bytes, from, to, this.options.escapes));
    ids.add(bytes, from, to, id + 1);
    return id;
  }

  private isCertainlyApi(
    bytes: Uint8Array,
    source: Uint8Array,
    route: number,
    method: number,
    targetFrom: number,
    targetTo: number,
    queryFrom: number,
  ): boolean {
    // A query may name a grant or an action: then the whole row decides.
    if (queryFrom >= 0 || this.folder.end < targetTo) return false;
    let host = this.host(bytes);
    if (host === undefined && source[targetFrom] !== SLASH) {
      host = door.plainUrlHost(source, targetFrom, targetTo);
      if (host === undefined) return false;
    }
    return this.dictionary.isCertainlyApi(route, method, host);
  }

  /** Hosts are few: the last one is remembered. */
  private host(bytes: Uint8Array): string | undefined {
    if (this.capture.field[HOST]! < 0) return undefined;
    const from = this.capture.from[HOST]!;
    const to = this.capture.to[HOST]!;
    const { hostBytes } = this;
    if (to - from === hostBytes.length) {
      let k = 0;
      while (k < hostBytes.length && bytes[from + k] === hostBytes[k]) k += 1;
      if (k === hostBytes.length) return this.hostText;
    }
    this.hostBytes = bytes.slice(from, to);
    this.hostText = door.name(bytes, from, to, this.options.escapes)?.toLowerCase();
    return this.hostText;
  }

  /** The caller of a candidate row: one look-up over all bytes that matter, the slow way on a miss. */
  private caller(
    bytes: Uint8Array,
    source: Uint8Array,
    method: number,
    targetFrom: number,
    targetTo: number,
    queryFrom: number,
    queryTo: number,
    agent: number,
    node: number,
  ): number {
    const { tuple, dictionary, capture } = this;
    let length = 0;
    tuple[length++] = method;
    for (let id = agent + 1, k = 0; k < 3; k += 1, id >>>= 8) tuple[length++] = id & 255;
    for (let id = node + 1, k = 0; k < 3; k += 1, id >>>= 8) tuple[length++] = id & 255;
    length = append(tuple, length, source, targetFrom, targetTo);
    if (queryFrom >= 0) length = append(tuple, length, bytes, queryFrom, queryTo);
    for (const slot of CALLER_SLOTS) {
      if (capture.field[slot]! >= 0) length = append(tuple, length, bytes, capture.from[slot]!, capture.to[slot]!);
      else tuple[length++] = 0;
    }
    const fits = length < tuple.length - 64;
    if (fits) {
      const known = dictionary.callerIds.find(tuple, 0, length);
      if (known >= 0) return known - 1;
    }
    const { escapes } = this.options;
    const altered: string[] = [];
    const text = (slot: number): string | undefined => {
      if (capture.field[slot]! < 0) return undefined;
      const shown = door.name(bytes, capture.from[slot]!, capture.to[slot]!, escapes);
      if (shown === undefined) return undefined;
      const raw = door.rawText(bytes, capture.from[slot]!, capture.to[slot]!, escapes);
      if (raw !== shown) altered.push(raw);
      return shown;
    };
    let target = door.rawText(source, targetFrom, targetTo, source === bytes ? escapes : 'text');
    if (queryFrom >= 0) target = `${target}?${door.rawText(bytes, queryFrom, queryTo, escapes)}`;
    const id = dictionary.callerOf(method, target, {
      host: text(HOST),
      address: address(text(CLIENT)),
      identity: text(IDENTITY),
      clientId: text(CLIENT_ID),
      mtlsSubject: text(MTLS_SUBJECT),
      // Who wrote the log says nothing of who called.
      node: node === NO_ID || capture.field[NODE]! < 0 ? undefined : dictionary.nodes[node],
      scope: text(SCOPE),
      audience: text(AUDIENCE),
      grantType: text(GRANT_TYPE),
      dpop: text(TOKEN_TYPE)?.toLowerCase() === 'dpop',
      agent,
      altered,
    });
    if (fits && (id !== NO_ID || dictionary.callerIds.count < MOST_OF_NOBODY)) dictionary.callerIds.add(tuple, 0, length, id + 1);
    return id;
  }
}

const CALLER_SLOTS = [HOST, CLIENT, IDENTITY, CLIENT_ID, MTLS_SUBJECT, SCOPE, AUDIENCE, GRANT_TYPE, TOKEN_TYPE];

const UNIT_SCALES: Readonly<Partial<Record<Reading, number>>> = { seconds: 6, milliseconds: 3, microseconds: 0, nanoseconds: -3 };

function append(into: Uint8Array, length: number, bytes: Uint8Array, from: number, to: number): number {
  const end = Math.min(to, from + (into.length - 64 - length));
  for (let at = from; at < end; at += 1) into[length++] = bytes[at]!;
  // A tuple that was cut is not cached: see `fits`.
  if (end < to) return into.length - 64;
  into[length++] = 0;
  return length;
}

/** Peer address without its port: `10.0.0.7:51888` and `[::1]:80`; a bare IPv6 address keeps its colons. */
function address(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const v6 = /^\[([0-9a-fA-F:.%]+)\](?::\d+)?$/.exec(text);
  if (v6 !== null) return v6[1];
  const v4 = /^([^:\s]+):\d{1,5}$/.exec(text);
  return v4 === null ? text : v4[1];
}

/**
 * A quote that is not escaped, or a space: a writer that escapes has written neither, so that this is the end of one line and the start of
 * another. A decoded path may hold spaces.
 */
function isTorn(bytes: Uint8Array, from: number, to: number, isDecoded: boolean): boolean {
  for (let at = from; at < to; at += 1) {
    const byte = bytes[at];
    if (byte === BACKSLASH) at += 1;
    else if (byte === QUOTE || (byte === SPACE && !isDecoded)) return true;
  }
  return false;
}

function afterAuthority(bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  const limit = Math.min(to, from + 16);
  while (at < limit && bytes[at] !== 58) at += 1;
  if (at + 2 >= to || bytes[at] !== 58 || bytes[at + 1] !== 47 || bytes[at + 2] !== 47) return from;
  at += 3;
  while (at < to && bytes[at] !== 47 && bytes[at] !== 63) at += 1;
  return at;
}

/** Index into `methods`, 0 for another word, -1 for something that is no method (RFC 9110, 9.1: a token; ours are 3 to 20 letters). */
function methodOf(bytes: Uint8Array, from: number, to: number): number {
  const length = to - from;
  if (length === 3 && bytes[from] === 71 && bytes[from + 1] === 69 && bytes[from + 2] === 84) return METHOD_GET;
  if (length === 4 && bytes[from] === 80 && bytes[from + 1] === 79 && bytes[from + 2] === 83 && bytes[from + 3] === 84)
    return METHOD_POST;
  if (length < 3 || length > 20) return -1;
  const known = METHODS_BY_LENGTH[length];
  if (known !== undefined) {
    for (const { index, word } of known) {
      let k = 0;
      while (k < length && (bytes[from + k]! & 0xdf) === word[k]) k += 1;
      if (k === length) return index;
    }
  }
  for (let at = from; at < to; at += 1) {
    const byte = bytes[at]!;
    if (!((byte >= 65 && byte <= 90) || (byte >= 97 && byte <= 122) || byte === 45 || byte === 95)) return -1;
  }
  return 0;
}

const METHODS_BY_LENGTH: { index: number; word: Uint8Array }[][] = [];
methods.forEach((method, index) => {
  if (index === 0) return;
  METHODS_BY_LENGTH[method.length] ??= [];
  METHODS_BY_LENGTH[method.length]!.push({ index, word: encoder.encode(method) });
});

/** Index into `cacheWords` by the first letters, whatever the case and the suffix (`Hit from cache`, `MISS-CLUSTER`). */
function cacheWord(bytes: Uint8Array, from: number, to: number): number {
  if (to - from < 3) return 0;
  const first = bytes[from]! & 0xdf;
  const second = bytes[from + 1]! & 0xdf;
  if (first === 72 && second === 73) return 1;
  if (first === 77 && second === 73) return 2;
  if (first === 69 && second === 88) return 3;
  if (first === 83 && second === 84) return 4;
  if (first === 85 && second === 80) return 5;
  if (first === 82 && second === 69) return 6;
  if (first === 66 && second === 89) return 7;
  return 0;
}

const byteCount = (bytes: Uint8Array, from: number, to: number, dashMeans: number): number => {
  if (to - from === 1 && bytes[from] === 45) return dashMeans;
  const count = scaledDecimal(bytes, from, to, 0);
  return count === NOT_A_NUMBER ? UNKNOWN : count;
};
