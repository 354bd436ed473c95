/** Searches, 16 bytes at a time. Loads may run over `last` by up to 16 bytes; what they find there is not used. */

/** First place of the byte in [from, end), or -1. Lines are long: it takes four steps at a time. */
export function findByte(from: i32, end: i32, byte: u8): i32 {
  const wanted = i8x16.splat(byte as i8);
  let p = from;
  while (p + 64 <= end) {
    const a = i8x16.eq(v128.load(p), wanted);
    const b = i8x16.eq(v128.load(p, 16), wanted);
    const c = i8x16.eq(v128.load(p, 32), wanted);
    const d = i8x16.eq(v128.load(p, 48), wanted);
    if (v128.any_true(v128.or(v128.or(a, b), v128.or(c, d)))) {
      // All four at once: which of them has it cannot be foreseen.
      const low = u64(u32(i8x16.bitmask(a) | (i8x16.bitmask(b) << 16)));
      const high = u64(u32(i8x16.bitmask(c) | (i8x16.bitmask(d) << 16)));
      return p + i32(ctz(low | (high << 32)));
    }
    p += 64;
  }
  while (p < end) {
    const mask = i8x16.bitmask(i8x16.eq(v128.load(p), wanted));
    if (mask != 0) {
      const q = p + ctz(mask);
      return q < end ? q : -1;
    }
    p += 16;
  }
  return -1;
}

/** First byte of [from, end) that is the one or the other; `end` without one. */
@inline
export function findEither(from: i32, end: i32, one: u8, other: u8): i32 {
  const a = i8x16.splat(one as i8);
  const b = i8x16.splat(other as i8);
  let p = from;
  while (p < end) {
    const bytes = v128.load(p);
    const mask = i8x16.bitmask(v128.or(i8x16.eq(bytes, a), i8x16.eq(bytes, b)));
    if (mask != 0) return min(p + ctz(mask), end);
    p += 16;
  }
  return end;
}

/** Copies by 16 bytes: up to 15 bytes behind the target are overwritten. */
@inline
export function copyOver(to: i32, from: i32, length: i32): void {
  for (let k = 0; k < length; k += 16) v128.store(to + k, v128.load(from + k));
}
