/**
 * Time stamps. The kernel knows no calendar: the TypeScript reader resolves each minute once and puts it here. Minutes of an hour
 * have a place each, so neighbours in a log that mixes writers do not drive each other out.
 */
import { shortWhole } from './numbers';
import { CLF_MEMO, ISO_MEMO, MEMO_BYTES, MEMO_ENTRIES, SLASHED_MEMO } from './layout';

export const UNSURE_TIME: f64 = -1;
/** The stamp looks right, but its minute is not known yet. */
export const NEW_MINUTE: f64 = -2;

/** Most fraction digits seen. */
let fractionDigits: i32 = 0;

export function resetTimes(): void {
  memory.fill(CLF_MEMO, 0, 3 * MEMO_ENTRIES * MEMO_BYTES);
  memory.fill(LAST_CLF, 0, STAMP_BYTES);
  fractionDigits = 0;
}

export function fractionDigitsSeen(): i32 {
  return fractionDigits;
}

@inline
function two(at: i32): i32 {
  const tens = u32(load<u8>(at)) - 48;
  const ones = u32(load<u8>(at, 1)) - 48;
  return tens > 9 || ones > 9 ? -1 : tens * 10 + ones;
}

/** Chosen so that the zones that are met most have places apart. */
const ZONE_FACTOR: u64 = 0x4efbc8d60b21fbad;

@inline
function place(memo: i32, minuteAt: i32, zone: u64): i32 {
  const minute = (load<u8>(minuteAt) & 7) * 10 + (load<u8>(minuteAt, 1) & 15);
  const mixed = i32((zone * ZONE_FACTOR) >> 61);
  return memo + (((minute << 3) | mixed) & (MEMO_ENTRIES - 1)) * MEMO_BYTES;
}

let fractionUs: i32 = 0;
let fractionFound: i32 = 0;

/** The first byte behind a fraction of a second, which is left in `fractionUs`. */
@inline
function fractionEnd(from: i32, to: i32): i32 {
  fractionUs = 0;
  fractionFound = 0;
  let at = from;
  if (at < to && (load<u8>(at) == 46 || load<u8>(at) == 44)) {
    let scale = 100000;
    for (at++; at < to; at++) {
      const digit = u32(load<u8>(at)) - 48;
      if (digit > 9) break;
      fractionUs += digit * scale;
      scale /= 10;
      fractionFound++;
    }
  }
  return at;
}

@inline
function withFraction(minute: f64, second: i32): f64 {
  if (fractionFound > fractionDigits) fractionDigits = fractionFound;
  return minute + f64(second) * 1000000 + f64(fractionUs);
}

/** The whole stamp that was read last, and what it says. */
const STAMP_BYTES: i32 = 26;
const LAST_CLF = memory.data(32, 16);
let lastClf: f64 = 0;

/** `02/Mar/2026:10:15:30 +0000`: all but the seconds and their fraction is compared with a stamp that was read before. */
export function clf(from: i32, to: i32): f64 {
  if (to - from != STAMP_BYTES) return readClf(from, to);
  // Neighbours mostly have the same second.
  const head = v128.load(from);
  const tail = v128.load(from, 10);
  if (!v128.any_true(v128.or(v128.xor(head, v128.load(LAST_CLF)), v128.xor(tail, v128.load(LAST_CLF, 10))))) return lastClf;
  const us = readClf(from, to);
  if (us >= 0) {
    v128.store(LAST_CLF, head);
    v128.store(LAST_CLF, tail, 10);
    lastClf = us;
  }
  return us;
}

function readClf(from: i32, to: i32): f64 {
  if (to - from < 20) return UNSURE_TIME;
  const second = two(from + 18);
  if (second < 0 || second > 60) return UNSURE_TIME;
  const at = fractionEnd(from + 20, to);
  const tail = to - at;
  if (tail > 6) return UNSURE_TIME;
  const zone = tailKey(at, tail);
  const entry = place(CLF_MEMO, from + 15, zone);
  if (
    v128.any_true(v128.xor(v128.load(entry), v128.load(from))) ||
    load<u16>(entry, 16) != load<u16>(from, 16) ||
    load<u64>(entry, 24) != zone
  )
    return NEW_MINUTE;
  return withFraction(load<f64>(entry, 40), second);
}

/** [from, to) without a fraction. */
export function rememberClf(from: i32, to: i32, us: f64): void {
  const zone = tailKey(from + 20, to - from - 20);
  const entry = place(CLF_MEMO, from + 15, zone);
  memory.copy(entry, from, 18);
  store<u64>(entry, zone, 24);
  store<f64>(entry, us, 40);
}

/** RFC 3339: date, hour, minute and zone are compared, seconds and fraction read. */
export function iso(from: i32, to: i32): f64 {
  if (to - from < 19 || load<u8>(from, 16) != 58) return UNSURE_TIME;
  const second = two(from + 17);
  if (second < 0 || second > 60) return UNSURE_TIME;
  const at = fractionEnd(from + 19, to);
  const tail = to - at;
  if (tail > 6) return UNSURE_TIME;
  const zone = tailKey(at, tail);
  const entry = place(ISO_MEMO, from + 14, zone);
  if (v128.any_true(v128.xor(v128.load(entry), v128.load(from))) || load<u64>(entry, 16) != zone) return NEW_MINUTE;
  return withFraction(load<f64>(entry, 40), second);
}

/** As `iso`, or without seconds and zone. */
export function java(from: i32, to: i32): f64 {
  if (to - from != 16) return iso(from, to);
  const zone = tailKey(to, 0);
  const entry = place(ISO_MEMO, from + 14, zone);
  if (v128.any_true(v128.xor(v128.load(entry), v128.load(from))) || load<u64>(entry, 16) != zone) return NEW_MINUTE;
  return load<f64>(entry, 40);
}

/** `2026/03/02 - 10:15:30` */
export function slashed(from: i32, to: i32): f64 {
  if (to - from != 21 || load<u8>(from, 18) != 58) return UNSURE_TIME;
  const second = two(from + 19);
  if (second < 0 || second > 60) return UNSURE_TIME;
  const entry = place(SLASHED_MEMO, from + 16, 0);
  if (v128.any_true(v128.xor(v128.load(entry), v128.load(from))) || load<u32>(entry, 15) != load<u32>(from, 15))
    return NEW_MINUTE;
  return load<f64>(entry, 40) + f64(second) * 1000000;
}

export function rememberSlashed(from: i32, us: f64): void {
  const entry = place(SLASHED_MEMO, from + 16, 0);
  memory.copy(entry, from, 19);
  store<f64>(entry, us, 40);
}

/** Zone of up to six bytes and its length, never 0. */
@inline
function tailKey(at: i32, length: i32): u64 {
  const bytes: u64 = length == 0 ? 0 : load<u64>(at) & (u64.MAX_VALUE >> (64 - (u64(length) << 3)));
  return bytes | (u64(length + 1) << 56);
}

/** [from, to) without a fraction. */
export function rememberIso(from: i32, to: i32, us: f64): void {
  const zone = tailKey(from + 19, to - from - 19);
  const entry = place(ISO_MEMO, from + 14, zone);
  memory.copy(entry, from, 16);
  store<u64>(entry, zone, 16);
  store<f64>(entry, us, 40);
}

@inline
function isEpoch(from: i32, to: i32): bool {
  return to - from > 8 && u32(load<u8>(from)) - 48 < 10 && u32(load<u8>(from, 2)) - 48 < 10 && u32(load<u8>(from, 4)) - 48 < 10;
}

@inline
function isWholeSecond(us: f64): bool {
  return Math.floor(us / 1000000) * 1000000 == us;
}

/** us from one stamp to another of the same minute or of epochs; -1 where both are whole seconds, -9 where the other reader must look. */
export function secondsApart(from: i32, to: i32, endFrom: i32, endTo: i32): f64 {
  const unsure: f64 = -9;
  if (isEpoch(from, to) && isEpoch(endFrom, endTo)) {
    // The end says nothing of the resolution of the stamps.
    const before = fractionDigits;
    fractionDigits = 0;
    const start = epoch(from, to);
    const end = epoch(endFrom, endTo);
    const found = fractionDigits;
    fractionDigits = before;
    if (start < 0 || end < 0) return unsure;
    // Seconds may be written as ns.
    return found == 0 || (isWholeSecond(start) && isWholeSecond(end)) ? -1 : max<f64>(end - start, -1);
  }
  if (to - from < 19 || endTo - endFrom < 19 || v128.any_true(v128.xor(v128.load(from), v128.load(endFrom)))) return unsure;
  if (load<u8>(from, 4) != 45 || load<u8>(from, 16) != 58 || load<u8>(endFrom, 16) != 58) return unsure;
  const second = two(from + 17);
  const endSecond = two(endFrom + 17);
  if (second < 0 || second > 60 || endSecond < 0 || endSecond > 60) return unsure;
  const zone = fractionEnd(from + 19, to);
  const us = fractionUs;
  const digits = fractionFound;
  const endZone = fractionEnd(endFrom + 19, endTo);
  if (to - zone > 6 || endTo - endZone > 6 || tailKey(zone, to - zone) != tailKey(endZone, endTo - endZone)) return unsure;
  if (digits == 0 && fractionFound == 0) return -1;
  return f64((endSecond - second) * 1000000 + fractionUs - us);
}

/** What a double keeps exactly. */
const MOST_WHOLE: u64 = 9007199254740991;

/** Seconds, ms, us or ns since the epoch by magnitude. */
export function epoch(from: i32, to: i32): f64 {
  // As nearly all are written: ms, or seconds with three decimals.
  const length = to - from;
  if (length == 13 || (length == 14 && load<u8>(from, 10) == 46)) {
    const head = shortWhole(from, 8);
    const middle = shortWhole(from + 8, 2);
    const tail = shortWhole(to - 3, 3);
    const ms = (head * 100 + middle) * 1000 + tail;
    // Ms of before 1973 are taken for seconds, and a double does not keep us of after 2255.
    if (head >= 0 && middle >= 0 && tail >= 0 && ms >= 1e11 && ms < 9e12) {
      if (fractionDigits < 3) fractionDigits = 3;
      return ms * 1000;
    }
  }
  let at = from;
  let whole: u64 = 0;
  for (; at < to; at++) {
    const digit = u32(load<u8>(at)) - 48;
    if (digit > 9) break;
    // The last three digits of nanoseconds are not needed.
    if (at - from < 16) whole = whole * 10 + digit;
  }
  const digits = at - from;
  if (digits < 9 || digits == 17 || digits == 18 || digits > 19 || whole > MOST_WHOLE) return UNSURE_TIME;
  if (digits == 19) {
    if (at != to) return UNSURE_TIME;
    if (fractionDigits < 6) fractionDigits = 6;
    return f64(whole);
  }
  let fraction: u64 = 0;
  let scale: f64 = 1;
  let most = digits > 14 ? 6 : digits > 11 ? 3 : 0;
  if (at < to) {
    if (load<u8>(at) != 46) return UNSURE_TIME;
    most = max(most, to - at - 1);
    for (at++; at < to; at++) {
      const digit = u32(load<u8>(at)) - 48;
      if (digit > 9) return UNSURE_TIME;
      if (scale < 1000000) {
        fraction = fraction * 10 + digit;
        scale *= 10;
      }
    }
  }
  if (most > fractionDigits) fractionDigits = most;
  const value = f64(whole);
  if (value < 1e11) return value * 1000000 + (f64(fraction) * 1000000) / scale;
  if (value < 1e14) return value * 1000 + Math.floor((f64(fraction) * 1000) / scale);
  return value;
}
