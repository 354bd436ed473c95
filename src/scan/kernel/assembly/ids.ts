/** Request ids and users as numbers, as src/scan/ids.ts makes them. */
import { isMissing } from './numbers';

const NO_HASH: f64 = 0;
const HYPHEN: u8 = 45;
const SHORTEST: i32 = 6;
const LONGEST: i32 = 128;
const OFFSET: u32 = 0x811c9dc5;
const PRIME: u32 = 0x01000193;

/** Case and hyphens do not count; headers that hold more than an id give that of their trace. */
export function hashId(from: i32, to: i32): f64 {
  if (isMissing(from, to)) return NO_HASH;
  let at = from;
  let end = min(to, from + LONGEST);
  if (to - from >= 55 && load<u8>(from, 2) == HYPHEN && load<u8>(from, 35) == HYPHEN && load<u8>(from, 52) == HYPHEN) {
    at = from + 3;
    end = from + 35;
  } else if (to - from > 33 && load<u8>(from, 32) == HYPHEN) end = from + 32;
  else {
    const root = rootAt(from, end);
    if (root >= 0) {
      at = root;
      let stop = root;
      while (stop < end && load<u8>(stop) != 59) stop++;
      end = stop;
    }
  }
  let low: u32 = OFFSET;
  let high: u32 = 0x1b873593;
  let letters = 0;
  let others = 0;
  for (; at < end; at++) {
    let byte = u32(load<u8>(at));
    if (byte == HYPHEN) continue;
    if (byte - 65 < 26) byte |= 32;
    if (byte != 48) others++;
    letters++;
    low = (low ^ byte) * PRIME;
    high = (high ^ byte ^ (low >> 15)) * PRIME;
  }
  if (letters < SHORTEST || others == 0) return NO_HASH;
  high ^= high >> 13;
  const hash = (u64(high & 0xfffff) << 32) | u64(low);
  return hash == 0 ? 1 : f64(hash);
}

export function hashUser(from: i32, to: i32, isNamed: bool): f64 {
  if (isMissing(from, to)) return NO_HASH;
  let hash: u32 = OFFSET;
  const end = min(to, from + LONGEST);
  for (let at = from; at < end; at++) hash = (hash ^ u32(load<u8>(at))) * PRIME;
  hash = (hash ^ (hash >> 15)) >> 1;
  return f64(hash == 0 ? 1 : hash) * 2 + (isNamed ? 1 : 0);
}

/** `Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1`: where the id begins, or -1. */
function rootAt(from: i32, to: i32): i32 {
  for (let at = from; at + 5 < to; at++) {
    if (load<u32>(at) != 0x746f6f52 || load<u8>(at, 4) != 61) continue;
    if (at == from || load<u8>(at - 1) == 59 || load<u8>(at - 1) == 32) return at + 5;
  }
  return -1;
}
