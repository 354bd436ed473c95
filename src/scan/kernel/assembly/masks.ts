/**
 * Where the two bytes stand that end most fields of a program, 64 bytes of the line at a time. Lines of many short fields are read by it:
 * their lengths change from line to line, so a search of its own for each field is mostly waiting for branches that were foreseen wrongly.
 */
import { insideList, literalStands, quoted, until, untilByte } from './fields';

const BACKSLASH: u8 = 92;
const QUOTED: u8 = 1;
const BLOCK: i32 = 64;
const NOWHERE: i32 = -1 << 20;

let one: u8 = 0;
let other: u8 = 0;
/** Lowest bit: the byte at `base`. */
let ones: u64 = 0;
let others: u64 = 0;
let backslashes: u64 = 0;
let base: i32 = NOWHERE;

/** The bytes of a program; zeros for one that has no use for them. */
export function setMaskBytes(first: u8, second: u8): void {
  one = first;
  other = second;
}

/** What is known is of another line. */
@inline
export function forgetMasks(): void {
  base = NOWHERE;
}

@inline
function isOf(byte: u8): bool {
  return byte != 0 && (byte == one || byte == other);
}

@inline
function bits(a: v128, b: v128, c: v128, d: v128, wanted: v128): u64 {
  const low = u64(u32(i8x16.bitmask(i8x16.eq(a, wanted)))) | (u64(u32(i8x16.bitmask(i8x16.eq(b, wanted)))) << 16);
  const high = u64(u32(i8x16.bitmask(i8x16.eq(c, wanted)))) | (u64(u32(i8x16.bitmask(i8x16.eq(d, wanted)))) << 16);
  return low | (high << 32);
}

function look(at: i32): void {
  const a = v128.load(at);
  const b = v128.load(at, 16);
  const c = v128.load(at, 32);
  const d = v128.load(at, 48);
  ones = bits(a, b, c, d, i8x16.splat(one as i8));
  others = bits(a, b, c, d, i8x16.splat(other as i8));
  backslashes = bits(a, b, c, d, i8x16.splat(BACKSLASH as i8));
  base = at;
}

/** As `untilByte`. */
@inline
export function maskedByte(byte: u8, from: i32, last: i32): i32 {
  if (!isOf(byte)) return untilByte(byte, from, last);
  let at = from;
  while (at <= last) {
    if (u32(at - base) >= u32(BLOCK)) look(at);
    const found = (byte == one ? ones : others) >> u64(at - base);
    if (found != 0) {
      const place = at + i32(ctz(found));
      return place <= last ? place : -1;
    }
    at = base + BLOCK;
  }
  return -1;
}

/** As `until` and `quoted`. */
export function maskedEnd(op: i32, from: i32, last: i32, to: i32, list: bool, ends: u8): i32 {
  const byte = load<u8>(op, 16);
  // A CLF time has a way of its own.
  if (!isOf(byte) || load<u8>(op, 3) != 0) return ends == QUOTED ? quoted(op, from, last) : until(op, from, last, to, list);
  const isShort = load<i32>(op, 4) == 1;
  let at = from;
  let escapes: u64 = 0;
  while (at <= last) {
    if (u32(at - base) >= u32(BLOCK)) look(at);
    const shift = u64(at - base);
    let found = (byte == one ? ones : others) >> shift;
    const protectors = ends == QUOTED ? backslashes >> shift : 0;
    while (found != 0) {
      const place = at + i32(ctz(found));
      if (place > last) return -1;
      // What a backslash protects, the search for it knows.
      if ((escapes | (protectors & (found ^ (found - 1)))) != 0) return quoted(op, from, last);
      if ((isShort || literalStands(op, place)) && !(list && insideList(from, place, to))) return place;
      found &= found - 1;
    }
    escapes |= protectors;
    at = base + BLOCK;
  }
  return -1;
}
