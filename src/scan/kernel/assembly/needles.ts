/**
 * Finds the byte strings one of which stands in every line that holds a credential: NEEDLES of src/scan/credentials.ts. Three bytes of
 * each are looked for at 16 places at a time: a table for each half of each of the three says, as bits, whose byte it may be.
 */
import { findByte } from './find';

/** Three bytes of each needle. */
const PRINTS = memory.data<u8>([
  0x65, 0x79, 0x4a, // eyJ
  0x73, 0x65, 0x63, // sec(ret)
  0x72, 0x64, 0x3d, // (asswo)rd=
  0x65, 0x6e, 0x3d, // (tok)en=
  0x65, 0x72, 0x20, // (ear)er_
  0x69, 0x63, 0x20, // (as)ic_
  0x65, 0x79, 0x3d, // (pi_k)ey=, (apik)ey=
  0x22, 0x70, 0x61, // "pa(ssword")
]);
const PRINT_BYTES: i32 = 3;
const HALVES = memory.data(2 * 3 * 16, 16);
let isSet: bool = false;

function setHalves(): void {
  for (let needle = 0; needle < 8; needle++) {
    for (let k = 0; k < PRINT_BYTES; k++) {
      const byte = load<u8>(PRINTS + needle * PRINT_BYTES + k);
      const low = HALVES + k * 32 + (byte & 15);
      const high = HALVES + k * 32 + 16 + (byte >> 4);
      store<u8>(low, load<u8>(low) | (u8(1) << u8(needle)));
      store<u8>(high, load<u8>(high) | (u8(1) << u8(needle)));
    }
  }
  isSet = true;
}

/** Whose byte it may be, of those at the place `k` of a needle's three. */
@inline
function whose(bytes: v128, low: v128, high: v128): v128 {
  const half = i8x16.splat(15);
  return v128.and(i8x16.swizzle(low, v128.and(bytes, half)), i8x16.swizzle(high, i8x16.shr_u(bytes, 4)));
}

/** A place of a needle that stands in [from, end), inside of it or at its start; -1 without one. Loads run over the end. */
export function findNeedle(from: i32, end: i32): i32 {
  if (!isSet) setHalves();
  const low0 = v128.load(HALVES);
  const high0 = v128.load(HALVES, 16);
  const low1 = v128.load(HALVES, 32);
  const high1 = v128.load(HALVES, 48);
  const low2 = v128.load(HALVES, 64);
  const high2 = v128.load(HALVES, 80);
  for (let p = from; p < end; p += 16) {
    const all = v128.and(
      v128.and(whose(v128.load(p), low0, high0), whose(v128.load(p, 1), low1, high1)),
      whose(v128.load(p, 2), low2, high2),
    );
    if (!v128.any_true(all)) continue;
    let mask = i8x16.bitmask(i8x16.ne(all, i8x16.splat(0)));
    for (; mask != 0; mask &= mask - 1) {
      const at = p + ctz(mask);
      if (at + PRINT_BYTES <= end && isNeedle(from, at, end)) return at;
    }
  }
  return -1;
}

/** The line end behind a place, or `end`. */
export function lineEnd(at: i32, end: i32): i32 {
  const found = findByte(at, end, 10);
  return found < 0 ? end : found;
}

@inline
function stands(at: i32, from: i32, end: i32, head: u32, length: i32): bool {
  return at >= from && at + length <= end && load<u32>(at) == head;
}

/** Whether an asterisk stands behind the three bytes at `at`, which end with an equals sign. */
@inline
function isMasked(at: i32, end: i32): bool {
  return at + PRINT_BYTES < end && load<u8>(at, PRINT_BYTES) == 42;
}

/** Whether the rest of a needle stands around its three bytes. */
function isNeedle(from: i32, at: i32, end: i32): bool {
  const first = load<u8>(at);
  const last = load<u8>(at, 2);
  // sec ret
  if (first == 0x73) return stands(at, from, end, 0x72636573, 6) && load<u16>(at, 4) == 0x7465;
  // assw ord=
  if (first == 0x72) return stands(at - 5, from, end, 0x77737361, 8) && load<u32>(at - 1) == 0x3d64726f && !isMasked(at, end);
  // asic_
  if (first == 0x69) return stands(at - 2, from, end, 0x63697361, 5);
  // "pas sword"
  if (first == 0x22) return stands(at, from, end, 0x73617022, 10) && load<u32>(at, 4) == 0x726f7773 && load<u16>(at, 8) == 0x2264;
  // eyJ
  if (last == 0x4a) return true;
  // earer_
  if (last == 0x20) return stands(at - 3, from, end, 0x65726165, 6);
  // token=
  if (load<u8>(at, 1) == 0x6e) return stands(at - 3, from, end, 0x656b6f74, 6) && !isMasked(at, end);
  // pi_key=, apikey=
  return (stands(at - 4, from, end, 0x6b5f6970, 7) || stands(at - 4, from, end, 0x6b697061, 7)) && !isMasked(at, end);
}
