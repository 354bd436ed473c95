/**
 * Runs the op table over one line, as src/scan/text-scanner.ts does. False says only that this line is not an ordinary one: what is
 * wrong with it, if anything, the TypeScript scanner finds out.
 */
import { behindSame, headStands, insideList, quoted, setHead, until, untilByte } from './fields';
import { findEither } from './find';
import {
  MAX_PAIR_KEY_LENGTH,
  MAX_WAYS,
  OP_BYTES,
  OPS,
  PAIR_BYTES,
  PAIR_ORDER,
  PAIR_ORDER_SIZE,
  PAIR_STARTS,
  PAIRS,
  TRACE,
  TRACE_BYTES,
  WAY_BYTES,
  WAY_COMMON,
  WAY_ORDER,
  WAYS,
} from './layout';
import { clearSpans, keepSpans, presentSpans, setSpan } from './spans';
import { readWord, wordFrom, wordTo } from './words';

const UNTIL: u8 = 0;
const QUOTED: u8 = 1;
const REST: u8 = 2;
const LIST: u8 = 4;
const WORD: u8 = 5;
/** Three that src/scan/kernel/program.ts makes: a field that ends with one byte, several of those that are read over, and several with one text. */
const BYTE: u8 = 8;
const BYTES: u8 = 9;
const SAME: u8 = 10;
const BACKSLASH: u8 = 92;
const QUOTE: u8 = 34;
const SPACE: u8 = 32;
const EQUALS: u8 = 61;
const COMMA: u8 = 44;
const COLON: u8 = 58;
const REST_NUMBER: u8 = 1;
const REST_DECIMAL: u8 = 3;
const MAX_PAIRS: i32 = 64;

let ways: i32 = 0;
/** A way that this engine cannot judge: the others are not tried. */
let unsure: bool = false;

/**
 * Offsets in an op: mode 0, slot 1, what the rest must be 2, is a CLF time 3, literal 4 (length) 8 (address), reading 12, the head of
 * the literal 16, the words 32 (see words.ts), how often it is to be found 40. In a way: its first op 0, the end of its ops 4, its lead 8 (length) 12 (address).
 */
export function setWays(count: i32): void {
  ways = count;
  for (let way = 0; way < count; way++) {
    const entry = WAYS + way * WAY_BYTES;
    store<u8>(WAY_ORDER + way, u8(way));
    for (let op = load<i32>(entry); op < load<i32>(entry, 4); op += OP_BYTES) setHead(op, load<i32>(op, 8), load<i32>(op, 4));
  }
}

/** The way that fitted last is tried first, then the one before it: the same order as in src/scan/choice-scanner.ts. */
export function scanOps(from: i32, to: i32): bool {
  unsure = false;
  tried = -1;
  for (let place = 0; place < ways; place++) {
    const way = load<u8>(WAY_ORDER + place);
    if (scanWay(way, from, to)) {
      if (place > 0) {
        for (let k = place; k > 0; k--) store<u8>(WAY_ORDER + k, load<u8>(WAY_ORDER + k - 1));
        store<u8>(WAY_ORDER, way);
      }
      return true;
    }
    if (unsure) return false;
  }
  return false;
}

/** The way whose trace is kept, and the op at which it did not fit. */
let tried: i32 = -1;
let failedOp: i32 = 0;

/** Ops that this way shares with the one that was tried before it are not run again: they would do the same. */
function scanWay(number: u8, from: i32, to: i32): bool {
  const way = WAYS + i32(number) * WAY_BYTES;
  const first = load<i32>(way);
  const end = load<i32>(way, 4);
  let at = from;
  let op = first;
  let trace = TRACE;
  if (tried >= 0) {
    const common = i32(load<u16>(WAY_COMMON + ((tried * MAX_WAYS + i32(number)) << 1)));
    if (failedOp < common) return false;
    if (common > 0) {
      op += common * OP_BYTES;
      trace += common * TRACE_BYTES;
      at = load<i32>(trace);
      keepSpans(load<u32>(trace, 4));
    }
  }
  if (op == first) {
    clearSpans();
    const leadLength = load<i32>(way, 8);
    if (leadLength > 0 && !leads(load<i32>(way, 12), leadLength, from, to)) return false;
    at += leadLength;
  }
  if (scanFrom(op, trace, at, end, to)) return true;
  // One that ends with its first op has filled nothing: the way before it says more.
  if (stoppedAt != op || tried < 0) {
    tried = number;
    failedOp = (stoppedAt - first) / OP_BYTES;
  }
  return false;
}

let stoppedAt: i32 = 0;

function scanFrom(start: i32, traceAt: i32, from: i32, end: i32, to: i32): bool {
  let at = from;
  let trace = traceAt;
  const traced = ways > 1;
  for (let op = start; op < end; op += OP_BYTES) {
    if (traced) {
      stoppedAt = op;
      store<i32>(trace, at);
      store<u32>(trace, presentSpans(), 4);
      trace += TRACE_BYTES;
    }
    const mode = load<u8>(op);
    const length = load<i32>(op, 4);
    if (mode == BYTES) {
      at = behindBytes(load<i32>(op, 8), length, at, to - 1);
      if (at < 0) return false;
      continue;
    }
    if (mode == BYTE) {
      const end = untilByte(load<u8>(op, 16), at, to - 1);
      if (end < 0) return false;
      const slot = i32(load<i8>(op, 1));
      if (slot >= 0) setSpan(slot, at, end, load<i32>(op, 12));
      at = end + 1;
      continue;
    }
    if (mode == SAME) {
      at = behindSame(op, at, to - length);
      if (at < 0) return false;
      continue;
    }
    let stop = to;
    if (mode == QUOTED) {
      stop = quoted(op, at, to - length);
      if (stop < 0) return false;
    } else if (mode == UNTIL || mode == LIST) {
      stop = until(op, at, to - length, to, mode == LIST);
      if (stop < 0) return false;
    } else if (mode == WORD) {
      at = readWord(op, at, to);
      if (at < 0) return false;
      const slot = i32(load<i8>(op, 1));
      if (slot >= 0) setSpan(slot, wordFrom, wordTo, load<i32>(op, 12));
      continue;
    } else if (mode == REST) {
      const restIs = load<u8>(op, 2);
      if (restIs != 0 && !numberRest(at, to, restIs)) return false;
    } else {
      if (!pairs(at, to)) return false;
      at = to;
      continue;
    }
    const slot = i32(load<i8>(op, 1));
    if (slot >= 0) setSpan(slot, at, stop, load<i32>(op, 12));
    at = stop + (mode == REST ? 0 : length);
  }
  stoppedAt = end;
  return at == to;
}

/** Behind the last of these bytes, each looked for behind the one before it; -1 where one is missing. */
@inline
function behindBytes(bytes: i32, count: i32, from: i32, last: i32): i32 {
  let at = from;
  for (let k = 0; k < count; k++) {
    const end = untilByte(load<u8>(bytes + k), at, last);
    if (end < 0) return -1;
    at = end + 1;
  }
  return at;
}

function leads(lead: i32, length: i32, from: i32, to: i32): bool {
  if (to - from < length) return false;
  for (let k = 0; k < length; k++) if (load<u8>(from + k) != load<u8>(lead + k)) return false;
  return true;
}

/** Digits or `-`; seconds with the three decimals that nginx prints, and lists of them where the field is one. */
function numberRest(from: i32, to: i32, kind: u8): bool {
  if (to == from) return false;
  for (let at = from; at < to; at++) {
    const byte = load<u8>(at);
    if (byte >= 48 && byte <= 57) continue;
    if (byte == 45 && (at == from || load<u8>(at - 1) == SPACE)) continue;
    if (kind == REST_NUMBER) return false;
    if (byte == 46 ? at + 3 >= to : kind == REST_DECIMAL || (byte != COMMA && byte != COLON && byte != SPACE)) return false;
  }
  return kind == REST_NUMBER || load<u8>(to - 1) == 45 || (to - from >= 5 && load<u8>(to - 4) == 46);
}

/** Bytes of a pair key at 0, its length 4, slot 8, reading 12, head 16. */
function pairs(from: i32, to: i32): bool {
  let at = from;
  let seen = 0;
  let known = 0;
  while (at < to) {
    const byte = load<u8>(at);
    if (byte == SPACE || byte == COMMA) {
      at++;
      continue;
    }
    if (byte == QUOTE) {
      at = closingQuote(at + 1, to) + 1;
      if (at > to) return false;
      continue;
    }
    let key = seen < PAIR_ORDER_SIZE ? load<i32>(PAIR_ORDER + (seen << 2)) : 0;
    let end = at;
    if (key != 0 && load<u8>(at + load<i32>(key, 4)) == EQUALS && isKey(key, at)) end = at + load<i32>(key, 4);
    else {
      end = findEither(at, to, EQUALS, SPACE);
      if (end == to || load<u8>(end) == SPACE) {
        at = end;
        continue;
      }
      key = pairKey(at, end - at);
      if (key != 0 && seen < PAIR_ORDER_SIZE) store<i32>(PAIR_ORDER + (seen << 2), key);
    }
    seen++;
    at = end + 1;
    let valueFrom = at;
    let valueTo: i32;
    if (load<u8>(at) == QUOTE && at < to) {
      valueFrom = at + 1;
      valueTo = closingQuote(valueFrom, to);
      if (valueTo >= to) return false;
      at = valueTo + 1;
    } else {
      valueTo = findEither(at, to, SPACE, SPACE);
      while (valueTo < to && insideList(valueFrom, valueTo, to)) valueTo = findEither(valueTo + 1, to, SPACE, SPACE);
      at = valueTo;
    }
    if (key == 0) continue;
    known++;
    const slot = load<i32>(key, 8);
    if (slot >= 0) setSpan(slot, valueFrom, valueTo, load<i32>(key, 12));
  }
  unsure = known >= MAX_PAIRS;
  return seen > 0 && !unsure;
}

@inline
function isKey(key: i32, at: i32): bool {
  if (!headStands(key, at)) return false;
  const length = load<i32>(key, 4);
  if (length <= 8) return true;
  const bytes = load<i32>(key);
  for (let k = 8; k < length; k++) if (load<u8>(at + k) != load<u8>(bytes + k)) return false;
  return true;
}

function pairKey(at: i32, length: i32): i32 {
  if (length > MAX_PAIR_KEY_LENGTH) return 0;
  const end = load<i32>(PAIR_STARTS + ((length + 1) << 2));
  for (let key = load<i32>(PAIR_STARTS + (length << 2)); key < end; key += PAIR_BYTES) if (isKey(key, at)) return key;
  return 0;
}

@inline
function closingQuote(from: i32, to: i32): i32 {
  let at = findEither(from, to, QUOTE, BACKSLASH);
  while (at < to && load<u8>(at) == BACKSLASH) at = at + 2 < to ? findEither(at + 2, to, QUOTE, BACKSLASH) : at + 2;
  return at;
}

export function clearPairOrder(): void {
  memory.fill(PAIR_ORDER, 0, PAIR_ORDER_SIZE * 4);
}

/** Where the pair keys of each length begin. */
export function setPairKeys(count: i32): void {
  for (let place = 0; place < count; place++) {
    const entry = PAIRS + place * PAIR_BYTES;
    setHead(entry, load<i32>(entry), load<i32>(entry, 4));
  }
  let key = PAIRS;
  for (let length = 0; length <= MAX_PAIR_KEY_LENGTH + 1; length++) {
    while (key < PAIRS + count * PAIR_BYTES && load<i32>(key, 4) < length) key += PAIR_BYTES;
    store<i32>(PAIR_STARTS + (length << 2), key);
  }
}
