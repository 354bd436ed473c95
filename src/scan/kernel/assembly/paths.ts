/** Folds a path to its route, as src/scan/paths.ts does: same classes, same rule for ids, same bytes out. */
import { copyOver } from './find';
import { MAX_PATH, PATH } from './layout';

const FOLD_MARK: u8 = 1;
/** Where the path ended: at `?`, `#` or the end. */
export let pathEnd: i32 = 0;
/** The key: in place when nothing was folded. */
export let keyAt: i32 = 0;
export let keyLength: i32 = 0;

let slashes: u64 = 0;
let digits: u64 = 0;
let others: u64 = 0;
let stops: u64 = 0;
let escapes: u64 = 0;

@inline
function between(bytes: v128, low: i8, count: i8): v128 {
  return i8x16.lt_u(i8x16.sub(bytes, i8x16.splat(low)), i8x16.splat(count));
}

@inline
function classify(at: i32, shift: u64): void {
  const bytes = v128.load(at);
  const digit = between(bytes, 48, 10);
  const letter = between(v128.or(bytes, i8x16.splat(0x20)), 97, 6);
  const dash = i8x16.eq(bytes, i8x16.splat(45));
  const slash = i8x16.eq(bytes, i8x16.splat(47));
  const stop = v128.or(i8x16.eq(bytes, i8x16.splat(63)), i8x16.eq(bytes, i8x16.splat(35)));
  const escape = v128.or(i8x16.eq(bytes, i8x16.splat(92)), i8x16.eq(bytes, i8x16.splat(1)));
  const hex = v128.or(v128.or(digit, letter), dash);
  slashes |= u64(i8x16.bitmask(slash)) << shift;
  digits |= u64(i8x16.bitmask(digit)) << shift;
  others |= u64(i8x16.bitmask(hex) ^ 0xffff) << shift;
  stops |= u64(i8x16.bitmask(stop)) << shift;
  escapes |= u64(i8x16.bitmask(escape)) << shift;
}

@inline
function below(count: i32): u64 {
  return count >= 64 ? u64.MAX_VALUE : (<u64>1 << count) - 1;
}

/** False: the slow way must look at it. */
export function fold(from: i32, to: i32): bool {
  slashes = digits = others = stops = escapes = 0;
  const length = to - from;
  classify(from, 0);
  if (length > 16) classify(from + 16, 16);
  if (length > 32) classify(from + 32, 32);
  if (length > 48) classify(from + 48, 48);
  let count = min(length, 64);
  const stop = stops & below(count);
  if (stop != 0) count = i32(ctz(stop));
  else if (length > 64) return foldLong(from, to);
  const valid = below(count);
  if ((escapes & valid) != 0) return false;
  slashes &= valid;
  pathEnd = from + count;
  let out = PATH;
  let copied = 0;
  let start = 0;
  for (;;) {
    const end = slashes == 0 ? count : i32(ctz(slashes));
    if (end > start) {
      const segment = below(end) & ~below(start);
      if ((others & segment) == 0) {
        const some = digits & segment;
        if (some == segment || (some != 0 && end - start >= 8)) {
          copyOver(out, from + copied, start - copied);
          out += start - copied;
          store<u8>(out++, FOLD_MARK);
          copied = end;
        }
      }
    }
    if (end == count) break;
    slashes &= slashes - 1;
    start = end + 1;
  }
  if (copied == 0) {
    keyAt = from;
    keyLength = count;
    return true;
  }
  copyOver(out, from + copied, count - copied);
  keyAt = PATH;
  keyLength = out + count - copied - PATH;
  return true;
}

/** Byte by byte, for paths of more than 64 bytes. */
function foldLong(from: i32, to: i32): bool {
  let out = PATH;
  let segmentOut = PATH;
  let at = from;
  let other = false;
  let digit = false;
  let onlyDigits = true;
  for (; at < to; at++) {
    if (at - from >= MAX_PATH) return false;
    const byte = load<u8>(at);
    if (byte == 63 || byte == 35) break;
    if (byte == 92 || byte == 1) return false;
    if (byte == 47) {
      if (!other && isId(digit, onlyDigits, out - segmentOut)) {
        store<u8>(segmentOut, FOLD_MARK);
        out = segmentOut + 1;
      }
      store<u8>(out++, byte);
      segmentOut = out;
      other = false;
      digit = false;
      onlyDigits = true;
      continue;
    }
    if (u32(byte) - 48 < 10) digit = true;
    else {
      onlyDigits = false;
      if (u32(byte | 0x20) - 97 >= 6 && byte != 45) other = true;
    }
    store<u8>(out++, byte);
  }
  if (!other && isId(digit, onlyDigits, out - segmentOut)) {
    store<u8>(segmentOut, FOLD_MARK);
    out = segmentOut + 1;
  }
  pathEnd = at;
  keyAt = PATH;
  keyLength = out - PATH;
  return true;
}

@inline
function isId(digit: bool, onlyDigits: bool, length: i32): bool {
  return length > 0 && digit && (onlyDigits || length >= 8);
}
