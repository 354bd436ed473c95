/**
 * Runs the op table over one line, as src/scan/text-scanner.ts does. False says only that this line is not an ordinary one: what is
 * wrong with it, if anything, the TypeScript scanner finds out.
 */
import { findEither } from './find';
import { MAX_PAIR_KEY_LENGTH, OP_BYTES, OPS, PAIR_BYTES, PAIR_ORDER, PAIR_ORDER_SIZE, PAIR_STARTS, PAIRS, POOL } from './layout';
import { clearSpans, setSpan } from './spans';

const UNTIL: u8 = 0;
const QUOTED: u8 = 1;
const REST: u8 = 2;
const LIST: u8 = 4;
const BACKSLASH: u8 = 92;
const QUOTE: u8 = 34;
const SPACE: u8 = 32;
const EQUALS: u8 = 61;
const COMMA: u8 = 44;
const COLON: u8 = 58;
const CLF_TIME_BYTES: i32 = 26;
/** The blank before the zone. Without one the time is shorter. */
const CLF_ZONE: i32 = 20;
const REST_NUMBER: u8 = 1;
const REST_DECIMAL: u8 = 3;
const MAX_PAIRS: i32 = 64;

let ops: i32 = 0;
let leadLength: i32 = 0;

/** Offsets in an op: mode 0, slot 1, what the rest must be 2, is a CLF time 3, literal 4 (length) 8 (address), reading 12, the
 * head of the literal 16. */
export function setOps(count: i32, lead: i32): void {
  ops = count;
  leadLength = lead;
  for (let op = OPS; op < OPS + count * OP_BYTES; op += OP_BYTES) {
    setHead(op, load<i32>(op, 8), load<i32>(op, 4));
  }
}

/** The first eight bytes of a literal at 16, and their mask at 24. */
function setHead(entry: i32, bytes: i32, length: i32): void {
  const mask = length >= 8 ? u64.MAX_VALUE : (<u64>1 << (u64(length) << 3)) - 1;
  store<u64>(entry, load<u64>(bytes) & mask, 16);
  store<u64>(entry, mask, 24);
}

@inline
function headStands(entry: i32, at: i32): bool {
  return (load<u64>(at) & load<u64>(entry, 24)) == load<u64>(entry, 16);
}

export function scanOps(from: i32, to: i32): bool {
  clearSpans();
  if (leadLength > 0 && !leads(from, to)) return false;
  let at = from + leadLength;
  const end = OPS + ops * OP_BYTES;
  for (let op = OPS; op < end; op += OP_BYTES) {
    const mode = load<u8>(op);
    const length = load<i32>(op, 4);
    let stop = to;
    if (mode == QUOTED) {
      stop = quoted(op, at, to - length);
      if (stop < 0) return false;
    } else if (mode == UNTIL || mode == LIST) {
      stop = until(op, at, to - length, to, mode == LIST);
      if (stop < 0) return false;
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
  return at == to;
}

/** The lead is the first thing in the pool. */
function leads(from: i32, to: i32): bool {
  if (to - from < leadLength) return false;
  for (let k = 0; k < leadLength; k++) if (load<u8>(from + k) != load<u8>(POOL + k)) return false;
  return true;
}

@inline
function literalStands(op: i32, at: i32): bool {
  if (!headStands(op, at)) return false;
  const length = load<i32>(op, 4);
  if (length <= 8) return true;
  const literal = load<i32>(op, 8);
  for (let k = 8; k < length; k++) if (load<u8>(at + k) != load<u8>(literal + k)) return false;
  return true;
}

@inline
function until(op: i32, at: i32, last: i32, to: i32, list: bool): i32 {
  const first = load<u8>(op, 16);
  let p = at;
  // A CLF time has one length: if its end is where it should be, the bytes between need no search.
  if (load<u8>(op, 3) != 0 && load<u8>(at, CLF_ZONE) == SPACE && load<u8>(at, CLF_TIME_BYTES) == first) p = at + CLF_TIME_BYTES;
  const wanted = i8x16.splat(first as i8);
  while (p <= last) {
    let mask = i8x16.bitmask(i8x16.eq(v128.load(p), wanted));
    while (mask != 0) {
      const q = p + ctz(mask);
      if (q > last) return -1;
      if (literalStands(op, q) && !(list && insideList(at, q, to))) return q;
      mask &= mask - 1;
    }
    p += 16;
  }
  return -1;
}

@inline
function quoted(op: i32, at: i32, last: i32): i32 {
  const first = load<u8>(op, 16);
  const wanted = i8x16.splat(first as i8);
  const backslash = i8x16.splat(BACKSLASH as i8);
  let p = at;
  while (p <= last) {
    const low = v128.load(p);
    const high = v128.load(p, 16);
    const inLow = v128.or(i8x16.eq(low, wanted), i8x16.eq(low, backslash));
    const inHigh = v128.or(i8x16.eq(high, wanted), i8x16.eq(high, backslash));
    let mask = i8x16.bitmask(inLow) | (i8x16.bitmask(inHigh) << 16);
    let next = p + 32;
    while (mask != 0) {
      const q = p + ctz(mask);
      if (q > last) return -1;
      if (load<u8>(q) == BACKSLASH) {
        // It protects the byte behind it.
        next = q + 2;
        break;
      }
      if (literalStands(op, q)) return q;
      mask &= mask - 1;
    }
    p = next;
  }
  return -1;
}

/** A space does not end a list behind a comma, or around a colon: `0.1, 0.2 : 0.3`. */
@inline
function insideList(from: i32, at: i32, to: i32): bool {
  if (load<u8>(at) != SPACE || at == from) return false;
  const before = load<u8>(at - 1);
  if (before == COMMA) return true;
  if (before == COLON && at - 2 >= from && load<u8>(at - 2) == SPACE) return true;
  return at + 2 < to && load<u8>(at, 1) == COLON && load<u8>(at, 2) == SPACE;
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
  return seen > 0 && known < MAX_PAIRS;
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
