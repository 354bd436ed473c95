/**
 * One line to one row, as src/scan/row-reader.ts does. Everything is looked at before anything is written; the first thing that is not
 * ordinary, or not known yet, ends it with a reason.
 */
import { count, demand, isCounting } from './counts';
import { crowdedRoute } from './crowd';
import { copyOver, findEither } from './find';
import {
  AGENT,
  BYTES as BYTES_COLUMN,
  CACHE as CACHE_COLUMN,
  CALLER,
  CERTAIN,
  DEMAND_REQUEST,
  DEMAND_TRACE,
  DURATION_US,
  FLAGS,
  LIFETIME_MS,
  MAX_HOST,
  MAX_PATH,
  MAX_TUPLE,
  METHOD as METHOD_COLUMN,
  NODE as NODE_COLUMN,
  REPORT,
  REPORT_HOST_FROM,
  REPORT_HOST_TO,
  REPORT_KEY,
  REPORT_KEY_LENGTH,
  REPORT_METHOD,
  REPORT_ROUTE,
  REQUEST_IDS,
  ROUTE,
  START_US,
  STATUS as STATUS_COLUMN,
  TARGET_TEXT,
  TRACE_IDS,
  TUPLE,
  UPSTREAM_US,
  USERS,
} from './layout';
import { hashId, hashUser } from './ids';
import { isMissing, NONE, scaledDecimal, scaledListSum, UNSURE, unitDuration } from './numbers';
import { fold, keyAt, keyLength, pathEnd } from './paths';
import {
  BYTES,
  CACHE,
  CALLER_FIRST,
  CLIENT,
  DURATION,
  DURATION_LAST,
  DURATION_MORE,
  EXPIRES_IN,
  fromOf,
  HOST,
  has,
  IDENTITY,
  METHOD,
  NODE,
  PATH,
  QUERY,
  REQUEST,
  REQUEST_ID,
  readingOf,
  STATUS,
  TARGET,
  TIME,
  TOKEN,
  TRACE_ID,
  toOf,
  UPSTREAM,
  UPSTREAM_ADDRESS,
  UPSTREAM_MORE,
  USER_AGENT,
  WRITER,
} from './spans';
import { findAgent, findCaller, findCertain, findNode, findPath, findWord } from './tables';
import { clf, epoch, iso, java, NEW_MINUTE, slashed, UNSURE_TIME } from './times';

export const DONE: i32 = 0;
/** The TypeScript scanner must read this line. */
export const STRANGE: i32 = 3;
/** As STRANGE, and what was not known is reported, so that it will be the next time. */
export const NEW_PATH: i32 = 4;
export const NEW_AGENT: i32 = 5;
export const NEW_NODE: i32 = 6;
export const NEW_CERTAIN: i32 = 7;
export const NEW_CALLER: i32 = 8;
export const NEW_CLF: i32 = 9;
export const NEW_ISO: i32 = 10;
export const NEW_SLASHED: i32 = 11;
export const NEW_WORD: i32 = 12;
/** The line holds no request. */
export const NO_REQUEST: i32 = 13;
/** It was counted, and needs no row. */
export const COUNTED: i32 = 14;

const AS_CLF: i32 = 1;
const AS_ISO: i32 = 2;
const AS_EPOCH: i32 = 3;
const AS_ANY: i32 = 4;
const AS_UNIT: i32 = 5;
const AS_SLASHED: i32 = 6;
const AS_JAVA: i32 = 7;
const AS_CACHE: i32 = 8;
const MAX_WORD: i32 = 64;
const LONGEST_UNIT: i32 = 40;
const LIST: i32 = 1 << 16;

const NO_ID: i32 = -1;
const UNKNOWN: f64 = -1;
const NO_UPSTREAM: f64 = -2;
/** What a double keeps exactly. */
const MAX_US: f64 = 9007199254740991;
const CANDIDATE: u8 = 1;
const NOT_ME: i32 = 2;

/** Bits of the flags of a program. */
const SUBTRACTS: i32 = 1;
/** The duration is logged in parts. */
const HAS_MORE: i32 = 2;
const HAS_LAST: i32 = 4;
const HAS_UPSTREAM_MORE: i32 = 8;
/** A missing upstream time says nothing. */
const VAGUE_UPSTREAM: i32 = 16;
/** A `#` in a path starts an escape. */
const HASHES: i32 = 32;
const HAS_DURATION: i32 = 64;
/** Escapes are those of JSON. */
const JSON_ESCAPES: i32 = 128;
/** A dash does not say that no bytes were sent. */
const VAGUE_BYTES: i32 = 256;

let flags: i32 = 0;
let callerSlots: i32 = 0;

export function setRow(bits: i32, callers: i32): void {
  flags = bits;
  callerSlots = callers;
}

/** Route of a path that the table does not keep: for the next line only. */
let answer: i32 = -1;

export function answerPath(route: i32): void {
  answer = route;
}

let withIds: bool = false;
let withUsers: bool = false;

/** Columns that are not always asked for. */
export function setColumns(ids: bool, users: bool): void {
  withIds = ids;
  withUsers = users;
}

/** Of the line that was read last: its stamp. */
export let stampUs: f64 = 0;

/** Set by the functions below beside their result. */
let method: i32 = 0;
let targetFrom: i32 = 0;
let targetTo: i32 = 0;
let queryFrom: i32 = -1;
let queryTo: i32 = -1;

export function readRow(row: i32): i32 {
  // A stamp that is read says what it says also where no request is.
  const stamp = time();
  if (stamp < 0) {
    if (stamp == UNSURE_TIME) return has(TIME) || has(METHOD) || has(REQUEST) ? STRANGE : NO_REQUEST;
    report(stampFrom, stampTo - stampFrom);
    return stampKind == AS_CLF ? NEW_CLF : stampKind == AS_SLASHED ? NEW_SLASHED : NEW_ISO;
  }
  if (!has(METHOD) && !has(REQUEST)) return NO_REQUEST;
  if (!request() || isMissing(targetFrom, targetTo) || hasOddAuthority()) return STRANGE;
  if (!fold(pathStart(), targetTo) && !((flags & JSON_ESCAPES) != 0 && unescape() && fold(pathStart(), targetTo)))
    return STRANGE;
  // A space or a quote in a target is for the other scanner to judge; up to the end of the path none is there.
  if (pathEnd < targetTo && findEither(pathEnd, targetTo, 32, 34) != targetTo) return STRANGE;
  if ((flags & HASHES) != 0 && pathEnd < targetTo && load<u8>(pathEnd) == 35) return STRANGE;
  const status = statusOf();
  if (status < 0) return STRANGE;
  const duration = (flags & (HAS_MORE | HAS_LAST)) == 0 ? durationOf(DURATION) : wholeDuration();
  if (duration == UNSURE) return STRANGE;
  const upstream = upstreamOf();
  if (upstream == UNSURE) return STRANGE;
  const bytes = bytesOf();
  if (bytes == UNSURE) return STRANGE;

  let cache: i32 = 0;
  if (has(CACHE)) {
    const from = fromOf(CACHE);
    const to = toOf(CACHE);
    if ((readingOf(CACHE) & 255) != AS_CACHE) cache = cacheWord(from, to);
    else {
      const length = min(to - from, MAX_WORD);
      cache = findWord(from, length);
      if (cache < 0) {
        report(from, length);
        return NEW_WORD;
      }
    }
  }
  let agent = NO_ID;
  if (has(USER_AGENT)) {
    const from = fromOf(USER_AGENT);
    const length = toOf(USER_AGENT) - from;
    agent = findAgent(from, length);
    if (agent < 0) {
      report(from, length);
      return NEW_AGENT;
    }
    agent--;
  }
  let node = NO_ID;
  const nodeSlot = has(NODE) ? NODE : WRITER;
  if (has(nodeSlot)) {
    const from = fromOf(nodeSlot);
    const length = toOf(nodeSlot) - from;
    node = findNode(from, length);
    if (node < 0) {
      report(from, length);
      return NEW_NODE;
    }
    node--;
  }
  let route = findPath(keyAt, keyLength);
  if (route < 0) {
    route = answer >= 0 ? answer : crowdedRoute(keyAt, keyLength);
    if (route < 0) {
      report(keyAt, keyLength);
      return NEW_PATH;
    }
    answer = -1;
  }

  let caller = NO_ID;
  let lifetime = UNKNOWN;
  if ((load<u8>(FLAGS + route) & CANDIDATE) != 0) {
    const certain = isCertainlyApi(route);
    if (certain < 0) return certain == -NOT_ME ? STRANGE : NEW_CERTAIN;
    if (certain == 0) {
      lifetime = lifetimeOf();
      if (lifetime == UNSURE) return STRANGE;
      const length = tupleOf(agent, node);
      if (length < 0) return STRANGE;
      caller = findCaller(TUPLE, length);
      if (caller < 0) {
        report(TUPLE, length);
        return NEW_CALLER;
      }
      caller--;
    }
  }

  stampUs = stamp;
  const start = (flags & SUBTRACTS) != 0 && duration > 0 && duration < MAX_US ? stamp - duration : stamp;
  if (caller == NO_ID && isCounting()) {
    const before = demand;
    if (count(start, duration, upstream, status, method, cache, route, agent, node)) {
      if (withIds && demand > before) {
        store<f64>(DEMAND_REQUEST + (before << 3), idOf(REQUEST_ID));
        store<f64>(DEMAND_TRACE + (before << 3), idOf(TRACE_ID));
      }
      return COUNTED;
    }
  }
  store<f64>(DURATION_US + (row << 3), duration);
  store<f64>(START_US + (row << 3), start);
  store<f64>(UPSTREAM_US + (row << 3), upstream);
  store<f64>(BYTES_COLUMN + (row << 3), bytes);
  store<f64>(LIFETIME_MS + (row << 3), lifetime);
  store<i32>(ROUTE + (row << 2), route);
  store<i32>(NODE_COLUMN + (row << 2), node);
  store<i32>(AGENT + (row << 2), agent);
  store<i32>(CALLER + (row << 2), caller);
  store<u16>(STATUS_COLUMN + (row << 1), u16(status));
  store<u8>(METHOD_COLUMN + row, u8(method));
  store<u8>(CACHE_COLUMN + row, u8(cache));
  if (withIds) {
    store<f64>(REQUEST_IDS + (row << 3), idOf(REQUEST_ID));
    store<f64>(TRACE_IDS + (row << 3), idOf(TRACE_ID));
  }
  if (withUsers) store<f64>(USERS + (row << 3), userOf());
  return DONE;
}

@inline
function idOf(slot: i32): f64 {
  return has(slot) ? hashId(fromOf(slot), toOf(slot)) : 0;
}

@inline
function userOf(): f64 {
  const named = has(IDENTITY) ? hashUser(fromOf(IDENTITY), toOf(IDENTITY), true) : 0;
  return named != 0 || !has(CLIENT) ? named : hashUser(fromOf(CLIENT), toOf(CLIENT), false);
}

@inline
function pathStart(): i32 {
  return load<u8>(targetFrom) == 47 ? targetFrom : afterAuthority(targetFrom, targetTo);
}

/** What is before the path of an absolute URL. */
@inline
function hasOddAuthority(): bool {
  return load<u8>(targetFrom) != 47 && findEither(targetFrom, targetTo, 32, 34) != targetTo;
}

/** A target in which some writers escape each slash. Other escapes are for the other scanner. */
function unescape(): bool {
  if (targetTo - targetFrom > MAX_PATH) return false;
  let out = TARGET_TEXT;
  for (let at = targetFrom; at < targetTo; at++) {
    let byte = load<u8>(at);
    if (byte < 32 || byte > 126) return false;
    if (byte == 92) {
      if (++at == targetTo || load<u8>(at) != 47) return false;
      byte = 47;
    }
    store<u8>(out++, byte);
  }
  targetFrom = TARGET_TEXT;
  targetTo = out;
  return true;
}

@inline
function report(key: i32, length: i32): void {
  store<i32>(REPORT + (REPORT_KEY << 2), key);
  store<i32>(REPORT + (REPORT_KEY_LENGTH << 2), length);
}

let stampFrom: i32 = 0;
let stampTo: i32 = 0;
let stampKind: i32 = 0;

@inline
function time(): f64 {
  if (!has(TIME)) return UNSURE_TIME;
  let from = fromOf(TIME);
  let to = toOf(TIME);
  let kind = readingOf(TIME) & 255;
  if (kind == AS_ANY) {
    if (to - from > 10 && load<u8>(from, 2) == 47) kind = AS_CLF;
    else if (to - from > 18 && load<u8>(from, 4) == 45) kind = AS_ISO;
    else if (to > from && load<u8>(from) == 91 && load<u8>(to - 1) == 93) {
      from++;
      to--;
      kind = AS_CLF;
    } else kind = AS_EPOCH;
  }
  stampFrom = from;
  stampTo = to;
  stampKind = kind;
  if (kind == AS_CLF) return clf(from, to);
  if (kind == AS_ISO) return iso(from, to);
  if (kind == AS_EPOCH) return epoch(from, to);
  return kind == AS_SLASHED ? slashed(from, to) : java(from, to);
}

/** Where the path of an absolute URL begins; `from` in a target that is none. */
function afterAuthority(from: i32, to: i32): i32 {
  let at = from;
  const limit = min(to, from + 16);
  while (at < limit && load<u8>(at) != 58) at++;
  if (at + 2 >= to || load<u8>(at) != 58 || load<u8>(at, 1) != 47 || load<u8>(at, 2) != 47) return from;
  at += 3;
  while (at < to && load<u8>(at) != 47 && load<u8>(at) != 63) at++;
  return at;
}

/** Bytes of ` HTTP/1.1`; the first eight, of whose digit two bits are free. */
const PROTOCOL: i32 = 9;
const SPACE_HTTP: u64 = 0x2e302f5054544820;
const PROTOCOL_MASK: u64 = 0xfffcffffffffffff;

/** Method and target, from the request line or from its parts. */
@inline
function request(): bool {
  queryFrom = -1;
  if (has(REQUEST) && toOf(REQUEST) > fromOf(REQUEST)) {
    const from = fromOf(REQUEST);
    const to = toOf(REQUEST);
    const length = methodAt(from);
    if (length == 0 || from + length >= to || load<u8>(from + length) != 32) return false;
    targetFrom = from + length + 1;
    // Nearly all end with ` HTTP/1.1` or another of that length.
    targetTo = to - PROTOCOL;
    if (targetTo > targetFrom && (load<u64>(targetTo) & PROTOCOL_MASK) == SPACE_HTTP && load<u8>(to - 1) != 32) return true;
    targetTo = to;
    let space = to - 1;
    while (space > targetFrom && load<u8>(space) != 32 && to - space < 12) space--;
    if (load<u8>(space) == 32 && load<u8>(space, 1) == 72 && load<u8>(space, 2) == 84) targetTo = space;
  } else {
    if (!has(METHOD)) return false;
    const length = methodAt(fromOf(METHOD));
    if (length == 0 || fromOf(METHOD) + length != toOf(METHOD)) return false;
    const slot = has(TARGET) && toOf(TARGET) > fromOf(TARGET) ? TARGET : PATH;
    if (!has(slot)) return false;
    targetFrom = fromOf(slot);
    targetTo = toOf(slot);
    if (slot == PATH && has(QUERY) && !isMissing(fromOf(QUERY), toOf(QUERY))) {
      queryFrom = fromOf(QUERY);
      queryTo = toOf(QUERY);
    }
  }
  return targetTo > targetFrom;
}

/** Length of the method, which is left in `method`; 0 for one that is not among the usual, in capitals. */
@inline
function methodAt(at: i32): i32 {
  const word = load<u64>(at);
  if ((word & 0xffffff) == 0x544547) return named(1, 3);
  if ((word & 0xffffffff) == 0x54534f50) return named(2, 4);
  if ((word & 0xffffff) == 0x545550) return named(3, 3);
  if ((word & 0xffffffffffff) == 0x4554454c4544) return named(4, 6);
  if ((word & 0xffffffffff) == 0x4843544150) return named(5, 5);
  if ((word & 0xffffffff) == 0x44414548) return named(6, 4);
  if ((word & 0xffffffffffffff) == 0x534e4f4954504f) return named(7, 7);
  return 0;
}

@inline
function named(index: i32, length: i32): i32 {
  method = index;
  return length;
}

@inline
function statusOf(): i32 {
  if (!has(STATUS)) return 0;
  const from = fromOf(STATUS);
  const to = toOf(STATUS);
  if (to - from == 3) {
    const hundreds = u32(load<u8>(from)) - 48;
    const tens = u32(load<u8>(from, 1)) - 48;
    const ones = u32(load<u8>(from, 2)) - 48;
    if (hundreds >= 1 && hundreds <= 9 && tens <= 9 && ones <= 9) return hundreds * 100 + tens * 10 + ones;
  }
  // `-1` and zeros stand for a response that was not sent.
  if (isMissing(from, to) || load<u8>(from) == 45) return 0;
  if (to - from > 3) return -1;
  for (let at = from; at < to; at++) if (load<u8>(at) != 48) return -1;
  return 0;
}

@inline
function scaleOf(reading: i32): i32 {
  return ((reading >> 8) & 255) - 8;
}

function durationOf(slot: i32): f64 {
  if (!has(slot)) return UNKNOWN;
  const from = fromOf(slot);
  const to = toOf(slot);
  if (isMissing(from, to)) return UNKNOWN;
  const reading = readingOf(slot);
  if ((reading & 255) != AS_UNIT) return scaledDecimal(from, to, scaleOf(reading));
  // Longer texts are no durations.
  return to - from > LONGEST_UNIT ? UNKNOWN : unitDuration(from, to);
}

/** Of durations in parts; unknown where a part is. */
function sumOf(a: f64, slot: i32): f64 {
  if (a < 0) return a;
  const b = durationOf(slot);
  return b < 0 ? b : a + b;
}

function wholeDuration(): f64 {
  let sum: f64 = (flags & HAS_DURATION) != 0 ? durationOf(DURATION) : 0;
  if ((flags & HAS_MORE) != 0) sum = sumOf(sum, DURATION_MORE);
  return (flags & HAS_LAST) != 0 ? sumOf(sum, DURATION_LAST) : sum;
}

@inline
function noUpstreamAddress(): bool {
  return has(UPSTREAM_ADDRESS) && isMissing(fromOf(UPSTREAM_ADDRESS), toOf(UPSTREAM_ADDRESS));
}

@inline
function upstreamOf(): f64 {
  const vague = (flags & VAGUE_UPSTREAM) != 0;
  if (!has(UPSTREAM)) return noUpstreamAddress() ? NO_UPSTREAM : UNKNOWN;
  const from = fromOf(UPSTREAM);
  const to = toOf(UPSTREAM);
  if (isMissing(from, to)) return vague && !noUpstreamAddress() ? UNKNOWN : NO_UPSTREAM;
  const reading = readingOf(UPSTREAM);
  let value = scaledDecimal(from, to, scaleOf(reading));
  if (value < 0 && (reading & LIST) != 0) value = scaledListSum(from, to, scaleOf(reading));
  if (value == NONE) return vague && noUpstreamAddress() ? NO_UPSTREAM : UNKNOWN;
  return value < 0 || (flags & HAS_UPSTREAM_MORE) == 0 ? value : sumOf(durationOf(UPSTREAM), UPSTREAM_MORE);
}

@inline
function bytesOf(): f64 {
  if (!has(BYTES)) return UNKNOWN;
  const from = fromOf(BYTES);
  const to = toOf(BYTES);
  return to - from == 1 && load<u8>(from) == 45 ? ((flags & VAGUE_BYTES) == 0 ? 0 : UNKNOWN) : scaledDecimal(from, to, 0);
}

@inline
function lifetimeOf(): f64 {
  if (has(EXPIRES_IN) && !isMissing(fromOf(EXPIRES_IN), toOf(EXPIRES_IN))) {
    const ms = scaledDecimal(fromOf(EXPIRES_IN), toOf(EXPIRES_IN), 3);
    if (ms == UNSURE || ms > 0) return ms;
  }
  return has(TOKEN) ? UNSURE : NONE;
}

/** By the first letters, whatever the case and the suffix. */
@inline
function cacheWord(from: i32, to: i32): u8 {
  if (to - from < 3) return 0;
  const word = load<u16>(from) & 0xdfdf;
  if (word == 0x4948) return 1;
  if (word == 0x494d) return 2;
  if (word == 0x5845) return 3;
  if (word == 0x5453) return 4;
  if (word == 0x5055) return 5;
  if (word == 0x4552) return 6;
  if (word == 0x5942) return 7;
  return 0;
}

/** Longer texts of a host are one. */
const LONGEST_MISSING: i32 = 4;
const OF_URL: u8 = 2;

/** 1, or 0 when the caller decides; -1 when it is not known yet, -NOT_ME when it cannot be. */
function isCertainlyApi(route: i32): i32 {
  if (queryFrom >= 0 || pathEnd < targetTo) return 0;
  let length = 4;
  store<i32>(CERTAIN, method | (route << 8));
  store<u8>(CERTAIN + 4, 0);
  let hostFrom = -1;
  let hostTo = -1;
  let kind: u8 = 1;
  if (has(HOST)) {
    hostFrom = fromOf(HOST);
    hostTo = toOf(HOST);
  }
  if (load<u8>(targetFrom) != 47) {
    // The host of an absolute URL, where the line names no other. Short words may be a way to say that there is none.
    if (hostFrom >= 0 && !isMissing(hostFrom, hostTo) && hostTo - hostFrom <= LONGEST_MISSING) return 0;
    if (hostFrom < 0 || isMissing(hostFrom, hostTo)) {
      hostFrom = targetFrom;
      hostTo = pathStart();
      kind = OF_URL;
      if (!isPlainUrl(hostFrom, hostTo)) return 0;
    }
  }
  if (hostFrom >= 0) {
    if (hostTo - hostFrom > MAX_HOST) return -NOT_ME;
    store<u8>(CERTAIN + 4, kind);
    copyOver(CERTAIN + 5, hostFrom, hostTo - hostFrom);
    length = 5 + hostTo - hostFrom;
  }
  const known = findCertain(CERTAIN, length);
  if (known >= 0) return known;
  report(CERTAIN, length);
  store<i32>(REPORT + (REPORT_HOST_FROM << 2), hostFrom);
  store<i32>(REPORT + (REPORT_HOST_TO << 2), hostTo);
  store<i32>(REPORT + (REPORT_ROUTE << 2), route);
  store<i32>(REPORT + (REPORT_METHOD << 2), method);
  return -1;
}

/** `https://api.example.com:443`, and nothing in it that means more. */
function isPlainUrl(from: i32, to: i32): bool {
  if (to - from < 8 || to - from > 255 || load<u32>(from) != 0x70747468) return false;
  let at = load<u8>(from, 4) == 115 ? from + 5 : from + 4;
  if (load<u8>(at) != 58 || load<u8>(at, 1) != 47 || load<u8>(at, 2) != 47) return false;
  at += 3;
  if (at >= to) return false;
  for (; at < to; at++) {
    const byte = load<u8>(at);
    // Letters, digits and `- . : _`
    if (u32(byte | 32) - 97 >= 26 && u32(byte) - 45 >= 14 && byte != 95) return false;
    if (byte == 47) return false;
  }
  return true;
}

/** Length of the key of a caller; -1 when it has no room. */
@inline
function tupleOf(agent: i32, node: i32): i32 {
  store<u32>(TUPLE, method | ((agent + 1) << 8));
  store<u32>(TUPLE + 4, node + 1);
  let length = 7;
  const limit = MAX_TUPLE - 64;
  length = append(length, targetFrom, targetTo, limit);
  if (length < 0) return -1;
  if (queryFrom >= 0) {
    length = append(length, queryFrom, queryTo, limit);
    if (length < 0) return -1;
  }
  for (let slot = CALLER_FIRST; slot < CALLER_FIRST + callerSlots; slot++) {
    if (has(slot)) {
      length = append(length, fromOf(slot), toOf(slot), limit);
      if (length < 0) return -1;
    } else store<u8>(TUPLE + length++, 0);
  }
  return length;
}

@inline
function append(length: i32, from: i32, to: i32, limit: i32): i32 {
  if (length + to - from >= limit) return -1;
  copyOver(TUPLE + length, from, to - from);
  length += to - from;
  store<u8>(TUPLE + length, 0);
  return length + 1;
}
