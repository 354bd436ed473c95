/** Folds a path to its route, as src/scan/paths.ts does: same classes, same rule for ids, same bytes out. */
import { copyOver } from './find';
import { MAX_PATH, PATH } from './layout';

const FOLD_MARK: u8 = 1;
/** Where the path ended: at `?`, `#` or the end. */
export let pathEnd: i32 = 0;
/** The key: in place when nothing was folded. */
export let keyAt: i32 = 0;
export let keyLength: i32 = 0;

/**
 * Classes of bytes, as bits that both halves of a byte must have: slash; digit; letter of a hex number; dash; `?`; `#`, space, quote;
 * backslash; the mark of a folded segment.
 */
const LOW = memory.data<u8>([
  0x22, 0x86, 0x26, 0x26, 0x06, 0x06, 0x06, 0x02, 0x02, 0x02, 0x00, 0x00, 0x40, 0x08, 0x00, 0x11,
]);
const HIGH = memory.data<u8>([
  0x80, 0x00, 0x29, 0x12, 0x04, 0x40, 0x04, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
]);
const DIGIT_SHIFT: i32 = 6;
const SLASH_SHIFT: i32 = 7;
/** Digits, letters and dashes; what ends a path, or cannot be folded here. */
const ID: u8 = 0x0e;
const END: u8 = 0xf0;

@inline
function classesOf(bytes: v128, low: v128, high: v128): v128 {
  const half = i8x16.splat(15);
  return v128.and(
    i8x16.swizzle(low, v128.and(bytes, half)),
    i8x16.swizzle(high, v128.and(i16x8.shr_u(bytes, 4), half)),
  );
}

/** Bytes of one class: its bit shifted to the top. */
@inline
function ofClass(classes: v128, shift: i32): u64 {
  return u64(u32(i8x16.bitmask(i16x8.shl(classes, shift))));
}

/** Bytes of one class of several. */
@inline
function ofClasses(classes: v128, some: u8): u64 {
  const none = i8x16.eq(v128.and(classes, i8x16.splat(some as i8)), i8x16.splat(0));
  return u64(u32(i8x16.bitmask(none)) ^ 0xffff);
}

/** Masks of 16 bytes each as one. */
@inline
function joined(a: u64, b: u64, c: u64, d: u64): u64 {
  return a | (b << 16) | (c << 32) | (d << 48);
}

@inline
function isOdd(byte: u8): bool {
  return byte == 92 || byte == 1 || byte == 32 || byte == 34;
}

@inline
function below(count: i32): u64 {
  return count >= 64 ? u64.MAX_VALUE : (<u64>1 << count) - 1;
}

/** False: the slow way must look at it. */
export function fold(from: i32, to: i32): bool {
  const length = to - from;
  const low = v128.load(LOW);
  const high = v128.load(HIGH);
  // Masks of 64 bytes, however many there are: what stands behind the path is cut off below.
  const a = classesOf(v128.load(from), low, high);
  const b = classesOf(v128.load(from, 16), low, high);
  const c = classesOf(v128.load(from, 32), low, high);
  const d = classesOf(v128.load(from, 48), low, high);
  let slashes = joined(ofClass(a, SLASH_SHIFT), ofClass(b, SLASH_SHIFT), ofClass(c, SLASH_SHIFT), ofClass(d, SLASH_SHIFT));
  const digits = joined(ofClass(a, DIGIT_SHIFT), ofClass(b, DIGIT_SHIFT), ofClass(c, DIGIT_SHIFT), ofClass(d, DIGIT_SHIFT));
  const idBytes = joined(ofClasses(a, ID), ofClasses(b, ID), ofClasses(c, ID), ofClasses(d, ID));
  let ends = joined(ofClasses(a, END), ofClasses(b, END), ofClasses(c, END), ofClasses(d, END));
  let count = min(length, 64);
  ends &= below(count);
  if (ends != 0) {
    count = i32(ctz(ends));
    const byte = load<u8>(from + count);
    if (isOdd(byte)) return false;
  } else if (length > 64) return foldLong(from, to);
  slashes &= below(count);
  pathEnd = from + count;
  let out = PATH;
  let copied = 0;
  // Only a segment with a digit can be an id.
  let rest = digits & below(count);
  while (rest != 0) {
    const digit = rest & (0 - rest);
    const before = slashes & (digit - 1);
    const start = before == 0 ? 0 : 64 - i32(clz(before));
    const behind = slashes & (0 - digit);
    const end = behind == 0 ? count : i32(ctz(behind));
    const segment = below(end) & ~below(start);
    rest &= ~below(end);
    if ((idBytes & segment) == segment && ((digits & segment) == segment || end - start >= 8)) {
      copyOver(out, from + copied, start - copied);
      out += start - copied;
      store<u8>(out++, FOLD_MARK);
      copied = end;
    }
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
    if (isOdd(byte)) return false;
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
