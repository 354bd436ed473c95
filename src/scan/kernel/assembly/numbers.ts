/**
 * Numbers from bytes, as src/scan/numbers.ts reads them. All arithmetic is in doubles and in the same order, so the results are the
 * same to the last bit. UNSURE: the TypeScript reader must look.
 */
export const NONE: f64 = -1;
export const UNSURE: f64 = -9;
/** More digits could be rounded on the way. */
const MAX_DIGITS: i32 = 15;

const POWERS = memory.data<f64>([1, 10, 100, 1000, 10000, 100000, 1000000]);

/** Of ten, up to six. */
@inline
function power(exponent: i32): f64 {
  return load<f64>(POWERS + (exponent << 3));
}

@inline
export function isMissing(from: i32, to: i32): bool {
  const length = to - from;
  if (length > 4) return false;
  if (length == 0) return true;
  if (length == 1) return load<u8>(from) == 45;
  if (length == 2) return load<u16>(from) == 0x2222;
  return length == 4 && load<u8>(from) == 110 && load<u8>(from, 1) == 117 && load<u8>(from, 3) == 108;
}

const ZEROS: u64 = 0x3030303030303030;
/** A point where digits have had their zeros taken away. */
const POINTS: u64 = 0x1e1e1e1e1e1e1e1e;
const ONES: u64 = 0x0101010101010101;
const HIGHS: u64 = 0x8080808080808080;
/** Above 9 with this added, a byte has its high bit. */
const ABOVE_NINE: u64 = 0x7676767676767676;

/** Eight bytes that are digits, the first in the lowest byte. */
@inline
function eightDigits(digits: u64): f64 {
  const pairs = digits * 10 + (digits >> 8);
  const low = (pairs & 0x000000ff000000ff) * 0x000f424000000064;
  const high = ((pairs >> 16) & 0x000000ff000000ff) * 0x0000271000000001;
  return f64(u32((low + high) >> 32));
}

@inline
function areDigits(bytes: u64): bool {
  return (((bytes + ABOVE_NINE) | bytes) & HIGHS) == 0;
}

/** The number that so many digits make, up to eight; -1 where another byte is among them. */
@inline
export function shortWhole(at: i32, count: i32): f64 {
  const digits = (load<u64>(at) ^ ZEROS) << (u64(8 - count) << 3);
  return areDigits(digits) ? eightDigits(digits) : -1;
}

/** Whether no other byte stands in [from, to). */
@inline
export function areAllDigits(from: i32, to: i32): bool {
  const length = to - from;
  if (u32(length - 1) < 8) return areDigits((load<u64>(from) ^ ZEROS) << (u64(8 - length) << 3));
  // Those in the middle are looked at twice.
  if (u32(length - 9) < 8) return areDigits(load<u64>(from) ^ ZEROS) && areDigits(load<u64>(to - 8) ^ ZEROS);
  let at = from;
  while (at < to && u32(load<u8>(at)) - 48 < 10) at++;
  return at == to;
}

/**
 * A decimal times ten to the power of `scale`. Most are short and nothing but digits and a point: eight bytes at a time, without a loop
 * whose length no processor can foresee. Whole numbers are exact in doubles, so it is the same number.
 */
export function scaledDecimal(from: i32, to: i32, scale: i32): f64 {
  const length = to - from;
  if (u32(length - 1) < 8 && scale >= 0) {
    const bytes = (load<u64>(from) ^ ZEROS) << (u64(8 - length) << 3);
    if (areDigits(bytes)) return eightDigits(bytes) * power(scale);
    const point = bytes ^ POINTS;
    const found = (point - ONES) & ~point & HIGHS;
    // The lowest mark is a point; those above it may be none.
    const shift = u64(ctz(found)) & ~7;
    const decimals = 7 - i32(shift >> 3);
    if (found != 0 && decimals <= scale && shift > u64(8 - length) << 3) {
      const below = bytes & ((<u64>1 << shift) - 1);
      // Those before the point move up by one, into its place.
      const above = shift == 56 ? 0 : (bytes >> (shift + 8)) << (shift + 8);
      const digits = (below << 8) | above;
      if (areDigits(digits)) return eightDigits(digits) * power(scale - decimals);
    }
  }
  return longDecimal(from, to, scale);
}

function longDecimal(from: i32, to: i32, scale: i32): f64 {
  let whole: u64 = 0;
  let at = from;
  for (; at < to; at++) {
    const digit = u32(load<u8>(at)) - 48;
    if (digit > 9) break;
    whole = whole * 10 + digit;
  }
  if (at - from > MAX_DIGITS) return UNSURE;
  if (at == from && (at == to || load<u8>(at) != 46)) return NONE;
  const value = f64(whole);
  if (at == to) return scale >= 0 ? value * power(scale) : Math.floor(value / power(-scale) + 0.5);
  if (load<u8>(at) != 46) return UNSURE;
  at++;
  let fraction: u64 = 0;
  let digits = 0;
  let roundUp: f64 = 0;
  const kept = max(scale, 0);
  const fractionFrom = at;
  for (; at < to; at++) {
    const digit = u32(load<u8>(at)) - 48;
    if (digit > 9) return UNSURE;
    if (digits < kept) {
      fraction = fraction * 10 + digit;
      digits++;
    } else if (at - fractionFrom == kept) roundUp = digit >= 5 ? 1 : 0;
  }
  if (fractionFrom == to && from + 1 == fractionFrom) return NONE;
  if (scale < 0) return Math.floor(value / power(-scale) + 0.5);
  return value * power(scale) + f64(fraction) * power(scale - digits) + roundUp;
}

/** Sum over a list of attempts. */
export function scaledListSum(from: i32, to: i32, scale: i32): f64 {
  let sum: f64 = 0;
  let seen = false;
  let at = from;
  while (at < to) {
    while (at < to && isBetween(load<u8>(at))) at++;
    let end = at;
    while (end < to && load<u8>(end) != 44 && load<u8>(end) != 32) end++;
    if (end > at && !(end - at == 1 && load<u8>(at) == 45)) {
      const value = scaledDecimal(at, end, scale);
      if (value < 0) return value;
      sum += value;
      seen = true;
    }
    at = end;
  }
  return seen ? sum : NONE;
}

@inline
function isBetween(byte: u8): bool {
  return byte == 32 || byte == 44 || byte == 58;
}

const TENS = memory.data<f64>([
  1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
]);

let unitless: bool = false;

/** A duration without a unit was read. */
export function unitlessSeen(): bool {
  return unitless;
}

export function clearUnitless(): void {
  unitless = false;
}

/**
 * Numbers with their units, as `unitDuration` of src/scan/numbers.ts adds them. A decimal of up to 15 digits divided by a power of ten
 * is the double that its text names: both are exact. A number without a unit has no knowable one.
 */
export function unitDuration(from: i32, to: i32): f64 {
  let sum: f64 = 0;
  let at = from;
  do {
    let whole: u64 = 0;
    const start = at;
    for (; at < to; at++) {
      const digit = u32(load<u8>(at)) - 48;
      if (digit > 9) break;
      whole = whole * 10 + digit;
    }
    let digits = at - start;
    if (digits == 0) return UNSURE;
    let decimals = 0;
    if (at < to && load<u8>(at) == 46) {
      for (at++; at < to; at++) {
        const digit = u32(load<u8>(at)) - 48;
        if (digit > 9) break;
        whole = whole * 10 + digit;
        decimals++;
      }
      if (decimals == 0) return UNSURE;
    }
    digits += decimals;
    if (digits > MAX_DIGITS) return UNSURE;
    if (at == to) {
      if (start != from) return UNSURE;
      unitless = true;
      return NONE;
    }
    const value = f64(whole) / load<f64>(TENS + (decimals << 3));
    const letter = load<u8>(at);
    const second = at + 1 < to ? load<u8>(at, 1) : 0;
    if (letter == 115) {
      sum += value * 1000000;
      at++;
    } else if (second == 115 && (letter == 109 || letter == 117 || letter == 110)) {
      sum += letter == 109 ? value * 1000 : letter == 117 ? value : value * 0.001;
      at += 2;
    } else if (at + 2 < to && isMicro(at) && load<u8>(at, 2) == 115) {
      sum += value;
      at += 3;
    } else if (letter == 109 || letter == 104) {
      sum += value * (letter == 109 ? 60000000 : 3600000000);
      at++;
    } else return UNSURE;
  } while (at < to);
  const up = Math.ceil(sum);
  const rounded = up - 0.5 > sum ? up - 1 : up;
  return rounded > 9007199254740991 ? UNSURE : rounded;
}

/** U+00B5 or U+03BC. */
@inline
function isMicro(at: i32): bool {
  const sign = load<u16>(at);
  return sign == 0xb5c2 || sign == 0xbcce;
}
