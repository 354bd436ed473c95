/** Folds a path to its route, as src/scan/paths.ts does: same classes, same rule for ids, same bytes out. */
import { copyOver } from './find';
import { MAX_PATH, PATH } from './layout';

const FOLD_MARK: u8 = 1;
/** Where the path ended: at `?`, `#` or the end. */
export let pathEnd: i32 = 0;
/** The key: in place when nothing was folded. */
export let keyAt: i32 = 0;
export let keyLength: i32 = 0;

@inline
function between(bytes: v128, low: i8, count: i8): v128 {
  return i8x16.lt_u(i8x16.sub(bytes, i8x16.splat(low)), i8x16.splat(count));
}

@inline
function bits(mask: v128, shift: u64): u64 {
  return u64(u32(i8x16.bitmask(mask))) << shift;
}

@inline
function digitsOf(bytes: v128): v128 {
  return between(bytes, 48, 10);
}

/** Hex digits and dashes. */
@inline
function idBytesOf(bytes: v128, digit: v128): v128 {
  const letter = between(v128.or(bytes, i8x16.splat(0x20)), 97, 6);
  return v128.or(v128.or(digit, letter), i8x16.eq(bytes, i8x16.splat(45)));
}

/** `?`, `#`, and what cannot be folded here: a backslash, the mark of a folded segment, a space, a quote. */
@inline
function endsOf(bytes: v128): v128 {
  const stop = v128.or(i8x16.eq(bytes, i8x16.splat(63)), i8x16.eq(bytes, i8x16.splat(35)));
  const escape = v128.or(i8x16.eq(bytes, i8x16.splat(92)), i8x16.eq(bytes, i8x16.splat(1)));
  const odd = v128.or(i8x16.eq(bytes, i8x16.splat(32)), i8x16.eq(bytes, i8x16.splat(34)));
  return v128.or(v128.or(stop, escape), odd);
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
  const slash = i8x16.splat(47);
  let bytes = v128.load(from);
  let digit = digitsOf(bytes);
  let slashes = bits(i8x16.eq(bytes, slash), 0);
  let digits = bits(digit, 0);
  let idBytes = bits(idBytesOf(bytes, digit), 0);
  let ends = bits(endsOf(bytes), 0);
  // Masks of up to 64 bytes; what stands behind the path is cut off below.
  for (let k = 16; k < min(length, 64); k += 16) {
    bytes = v128.load(from + k);
    digit = digitsOf(bytes);
    slashes |= bits(i8x16.eq(bytes, slash), k);
    digits |= bits(digit, k);
    idBytes |= bits(idBytesOf(bytes, digit), k);
    ends |= bits(endsOf(bytes), k);
  }
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
