/**
 * Request and trace ids as numbers: enough to tell that two records speak of one request, and nothing of the id can be had back from
 * them. Two 32-bit FNV-1a halves, of which 52 bits are kept: a double and a varint hold them exactly.
 */
import { isMissing } from './numbers.js';

/** The log says no id. */
export const NO_HASH = 0;

const HYPHEN = 45;
const ZERO = 48;

/** An id of fewer letters is a counter that starts anew with every process. */
const SHORTEST = 6;
/** Longer ones are no ids; what is behind is not read. */
const LONGEST = 128;

/**
 * Hash of the id at [from, to): case and hyphens do not count, so that a UUID equals its hexadecimal digits. `traceparent` (W3C), B3 in
 * one header and `X-Amzn-Trace-Id` give the id of their trace. 0 for none, for one that is too short, and for zeros.
 */
export function hashId(bytes: Uint8Array, from: number, to: number): number {
  if (isMissing(bytes, from, to)) return NO_HASH;
  let at = from;
  let end = Math.min(to, from + LONGEST);
  // 00-<32 digits>-<16 digits>-01
  if (to - from >= 55 && bytes[from + 2] === HYPHEN && bytes[from + 35] === HYPHEN && bytes[from + 52] === HYPHEN) {
    at = from + 3;
    end = from + 35;
  } else if (to - from > 33 && bytes[from + 32] === HYPHEN) end = from + 32;
  else {
    const root = rootAt(bytes, from, end);
    if (root >= 0) {
      at = root;
      let stop = root;
      while (stop < end && bytes[stop] !== 59) stop += 1;
      end = stop;
    }
  }
  let low = 0x811c9dc5;
  let high = 0x1b873593;
  let letters = 0;
  let others = 0;
  for (; at < end; at += 1) {
    let byte = bytes[at]!;
    if (byte === HYPHEN) continue;
    if (byte >= 65 && byte <= 90) byte |= 32;
    if (byte !== ZERO) others += 1;
    letters += 1;
    low = Math.imul(low ^ byte, 0x01000193);
    high = Math.imul(high ^ byte ^ (low >>> 15), 0x01000193);
  }
  if (letters < SHORTEST || others === 0) return NO_HASH;
  high ^= high >>> 13;
  return (high & 0xfffff) * 0x1_0000_0000 + (low >>> 0) || 1;
}

/**
 * Who stands at [from, to), as a number that nothing can be had back from: 31 bits of FNV-1a, and whether it is a name (1) or an address (0).
 * 0 for nobody.
 */
export function hashUser(bytes: Uint8Array, from: number, to: number, isNamed: boolean): number {
  if (isMissing(bytes, from, to)) return NO_HASH;
  let hash = 0x811c9dc5;
  for (let at = from; at < Math.min(to, from + LONGEST); at += 1) hash = Math.imul(hash ^ bytes[at]!, 0x01000193);
  return ((hash ^ (hash >>> 15)) >>> 1 || 1) * 2 + (isNamed ? 1 : 0);
}

/** `Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1`: where the id begins, or -1. */
function rootAt(bytes: Uint8Array, from: number, to: number): number {
  for (let at = from; at + 5 < to; at += 1) {
    if (bytes[at] !== 82 || bytes[at + 1] !== 111 || bytes[at + 2] !== 111 || bytes[at + 3] !== 116 || bytes[at + 4] !== 61)
      continue;
    if (at === from || bytes[at - 1] === 59 || bytes[at - 1] === 32) return at + 5;
  }
  return -1;
}
