/** How fields end: searches for the literal behind them. Offsets of an op: see ops.ts. */

const BACKSLASH: u8 = 92;
const SPACE: u8 = 32;
const COMMA: u8 = 44;
const COLON: u8 = 58;
const CLF_TIME_BYTES: i32 = 26;
/** The blank before the zone. Without one the time is shorter. */
const CLF_ZONE: i32 = 20;

/** The first eight bytes of a literal at 16, and their mask at 24. */
export function setHead(entry: i32, bytes: i32, length: i32): void {
  const mask = length >= 8 ? u64.MAX_VALUE : (<u64>1 << (u64(length) << 3)) - 1;
  store<u64>(entry, load<u64>(bytes) & mask, 16);
  store<u64>(entry, mask, 24);
}

@inline
export function headStands(entry: i32, at: i32): bool {
  return (load<u64>(at) & load<u64>(entry, 24)) == load<u64>(entry, 16);
}

@inline
export function literalStands(op: i32, at: i32): bool {
  if (!headStands(op, at)) return false;
  const length = load<i32>(op, 4);
  if (length <= 8) return true;
  const literal = load<i32>(op, 8);
  for (let k = 8; k < length; k++) if (load<u8>(at + k) != load<u8>(literal + k)) return false;
  return true;
}

/**
 * Where the byte stands, not behind `last`; -1 without one. Of short fields the length is mostly that of the line before: branches that
 * are predicted do not wait for the bytes as a search by 16 does.
 */
@inline
export function untilByte(byte: u8, at: i32, last: i32): i32 {
  if (at + 4 <= last) {
    if (load<u8>(at) == byte) return at;
    if (load<u8>(at, 1) == byte) return at + 1;
    if (load<u8>(at, 2) == byte) return at + 2;
    if (load<u8>(at, 3) == byte) return at + 3;
    if (load<u8>(at, 4) == byte) return at + 4;
  }
  const wanted = i8x16.splat(byte as i8);
  let p = at;
  while (p <= last) {
    const mask = i8x16.bitmask(i8x16.eq(v128.load(p), wanted));
    if (mask != 0) {
      const q = p + ctz(mask);
      return q <= last ? q : -1;
    }
    p += 16;
  }
  return -1;
}

/** Where the literal of the op stands, not behind `last`; -1 without one. */
@inline
export function until(op: i32, at: i32, last: i32, to: i32, list: bool): i32 {
  const first = load<u8>(op, 16);
  if (load<i32>(op, 4) == 1 && !list && load<u8>(op, 3) == 0) return untilByte(first, at, last);
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

/** Behind the last of several fields that all end with the literal of the op, which has two bytes or more; -1 where one does not end. */
export function behindSame(op: i32, from: i32, last: i32): i32 {
  const length = load<i32>(op, 4);
  const first = i8x16.splat(load<i8>(op, 16));
  const second = i8x16.splat(load<i8>(op, 17));
  let left = load<i32>(op, 40);
  let at = from;
  for (let p = from; p <= last; p += 32) {
    const low = v128.and(i8x16.eq(v128.load(p), first), i8x16.eq(v128.load(p, 1), second));
    const high = v128.and(i8x16.eq(v128.load(p, 16), first), i8x16.eq(v128.load(p, 17), second));
    let mask = i8x16.bitmask(low) | (i8x16.bitmask(high) << 16);
    for (; mask != 0; mask &= mask - 1) {
      const q = p + ctz(mask);
      if (q > last) return -1;
      // The next field begins behind the whole of the text.
      if (q < at || (length > 2 && !literalStands(op, q))) continue;
      at = q + length;
      if (--left == 0) return at;
    }
  }
  return -1;
}

/** As `until`; a backslash protects the byte behind it. */
@inline
export function quoted(op: i32, at: i32, last: i32): i32 {
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
export function insideList(from: i32, at: i32, to: i32): bool {
  if (load<u8>(at) != SPACE || at == from) return false;
  const before = load<u8>(at - 1);
  if (before == COMMA) return true;
  if (before == COLON && at - 2 >= from && load<u8>(at - 2) == SPACE) return true;
  return at + 2 < to && load<u8>(at, 1) == COLON && load<u8>(at, 2) == SPACE;
}
