/**
 * The words of JSON formats, as src/scan/json-words.ts applies them.
 *
 * A key with words: first use 0, end of its uses 4, flags 8. A use: slot 0, field 4, reading 8, field with a unit 12 and its reading 16,
 * sum 20, place in it 24, flags 28, part 32, `none` 36 (number 40), `absent` 44 (48), parameter 52 (length 56), prefix 60 (64),
 * table 68 (number 72), any other text 76 (end 80), bit 84, text for it 88 (92). Lists hold address and length of each text, tables also
 * where the meaning stands. A sum: slot 0, field 4, reading 8, scale 12, parts 16, places 32. A constant: as a use, text 12 (end 16).
 */
import { ALWAYS, ALWAYS_BYTES, MADE, MADE_BYTES, SKIPS, SUM_BYTES, SUMS, USE_BYTES, WORD_KEY_ENTRY, WORD_KEYS } from './layout';
import { NONE, scaledDecimal } from './numbers';
import { clearSpans, DURATION, fromOf, has, putSpan, TIME, toOf } from './spans';
import { secondsApart } from './times';

const IS_OBJECT: i32 = 1;
const JOINS: i32 = 2;

const IS_END: i32 = 1;
const WHOLE_IS_UNKNOWN: i32 = 2;
const MASKED: i32 = 4;
const DECODE: i32 = 8;
const DECODE_PLUS: i32 = 16;
const HAS_TABLE: i32 = 32;
const HAS_VALUE: i32 = 64;

const PART_HOST: i32 = 1;
const PART_LAST_SEGMENT: i32 = 2;
const PART_LAST_WORD: i32 = 3;
const PART_FIRST_WORD: i32 = 4;

const SPACE: u8 = 32;
const QUOTE: u8 = 34;
const HASH: u8 = 35;
const PERCENT: u8 = 37;
const AMPERSAND: u8 = 38;
const ASTERISK: u8 = 42;
const PLUS: u8 = 43;
const COMMA: u8 = 44;
const SLASH: u8 = 47;
const COLON: u8 = 58;
const SEMICOLON: u8 = 59;
const EQUALS: u8 = 61;
const QUESTION: u8 = 63;
const AT: u8 = 64;
const BACKSLASH: u8 = 92;

const LONGEST_MASKED: i32 = 16;

let sums: i32 = 0;
let always: i32 = 0;
let skips: i32 = 0;
let endReading: i32 = 0;
let endField: i32 = -1;

let bits: u32 = 0;
let made: i32 = MADE;
let endFrom: i32 = -1;
let endTo: i32 = 0;
let valueFrom: i32 = 0;
let valueTo: i32 = 0;

export function setWords(sumCount: i32, alwaysCount: i32, skipCount: i32, field: i32, reading: i32): void {
  sums = sumCount;
  always = alwaysCount;
  skips = skipCount;
  endField = field;
  endReading = reading;
}

export function beginWords(): void {
  bits = 0;
  made = MADE;
  endFrom = -1;
  for (let sum = 0; sum < sums; sum++) {
    const entry = SUMS + sum * SUM_BYTES;
    for (let place = 0; place < load<i32>(entry, 16); place++) store<i32>(entry + 32 + (place << 3), 0);
  }
}

@inline
export function holdsObject(key: i32): bool {
  return (load<i32>(WORD_KEYS + key * WORD_KEY_ENTRY, 8) & IS_OBJECT) != 0;
}

@inline
export function joinsList(key: i32): bool {
  return (load<i32>(WORD_KEYS + key * WORD_KEY_ENTRY, 8) & JOINS) != 0;
}

@inline
function hasRoom(length: i32): bool {
  return made + length + 64 <= MADE + MADE_BYTES;
}

/** The value of a key. False where there is no room for what is made of it. */
export function take(key: i32, from: i32, to: i32): bool {
  const entry = WORD_KEYS + key * WORD_KEY_ENTRY;
  const end = load<i32>(entry, 4);
  for (let use = load<i32>(entry); use < end; use += USE_BYTES) {
    const bit = load<u32>(use, 84);
    if (bit != 0) bits = sameText(from, to, load<i32>(use, 88), load<i32>(use, 92)) ? bits | bit : bits & ~bit;
    if (load<i32>(use, 4) < 0 && load<i32>(use, 20) < 0 && (load<i32>(use, 28) & IS_END) == 0) continue;
    if (!apply(use, from, to)) return false;
  }
  return true;
}

@inline
function put(use: i32, from: i32, to: i32): void {
  const slot = load<i32>(use);
  if (slot >= 0) putSpan(slot, from, to, load<i32>(use, 8), load<i32>(use, 4));
}

function apply(use: i32, from: i32, to: i32): bool {
  const flags = load<i32>(use, 28);
  valueFrom = from;
  valueTo = to;
  if ((flags & HAS_VALUE) != 0) {
    if (isOneOf(from, to, load<i32>(use, 44), load<i32>(use, 48))) return true;
    if (isOneOf(from, to, load<i32>(use, 36), load<i32>(use, 40))) {
      if (load<i32>(use, 4) >= 0) put(use, from, from);
      return true;
    }
    if (!narrow(use, flags)) return true;
  }
  if ((flags & HAS_TABLE) != 0) {
    look(use);
    return true;
  }
  if ((flags & DECODE) != 0 && !decode((flags & DECODE_PLUS) != 0)) return false;
  if (load<i32>(use, 64) > 0 && !prepend(load<i32>(use, 60), load<i32>(use, 64))) return false;
  const sum = load<i32>(use, 20);
  if ((flags & IS_END) != 0) {
    endFrom = valueFrom;
    endTo = valueTo;
  } else if (sum >= 0) {
    const place = SUMS + sum * SUM_BYTES + 32 + (load<i32>(use, 24) << 3);
    store<i32>(place, valueFrom);
    store<i32>(place, valueTo, 4);
  } else if (load<i32>(use, 12) >= 0 && hasUnit(flags)) {
    if (load<i32>(use) >= 0) putSpan(load<i32>(use), valueFrom, valueTo, load<i32>(use, 16), load<i32>(use, 12));
  } else put(use, valueFrom, valueTo);
  return true;
}

/** Of a value that may be a number or a duration with its unit. */
@inline
function hasUnit(flags: i32): bool {
  if (valueTo > valueFrom && (load<u8>(valueTo - 1) | 32) >= 97) return true;
  return (flags & WHOLE_IS_UNKNOWN) != 0 && isWhole(valueFrom, valueTo);
}

function narrow(use: i32, flags: i32): bool {
  if (load<i32>(use, 56) > 0 && !findParameter(load<i32>(use, 52), load<i32>(use, 56))) return false;
  const part = load<i32>(use, 32);
  if (part == PART_HOST) cutHost();
  else if (part == PART_LAST_SEGMENT) cutAfter(SLASH);
  else if (part == PART_LAST_WORD) cutAfter(SPACE);
  else if (part == PART_FIRST_WORD) valueTo = wordEnd(valueFrom, valueTo);
  return (flags & MASKED) == 0 || isMasked();
}

function findParameter(name: i32, length: i32): bool {
  let at = valueFrom;
  while (at < valueTo) {
    let end = at;
    while (end < valueTo && load<u8>(end) != AMPERSAND && load<u8>(end) != SEMICOLON) end++;
    const value = at + length + 1;
    if (value <= end && load<u8>(value - 1) == EQUALS && startsWith(at, end, name, length)) {
      valueFrom = value;
      valueTo = end;
      return true;
    }
    at = end + 1;
  }
  return false;
}

function cutHost(): void {
  let from = valueFrom;
  for (let at = from; at + 2 < valueTo; at++) {
    if (load<u8>(at) == COLON && load<u8>(at, 1) == SLASH && load<u8>(at, 2) == SLASH) {
      from = at + 3;
      break;
    }
  }
  let to = from;
  while (to < valueTo && load<u8>(to) != SLASH && load<u8>(to) != QUESTION && load<u8>(to) != HASH) to++;
  for (let at = from; at < to; at++) if (load<u8>(at) == AT) from = at + 1;
  valueFrom = from;
  valueTo = to;
}

function cutAfter(byte: u8): void {
  for (let at = valueTo - 1; at >= valueFrom; at--) {
    if (load<u8>(at) == byte) {
      valueFrom = at + 1;
      return;
    }
  }
}

function isMasked(): bool {
  if (valueTo - valueFrom > LONGEST_MASKED) return false;
  for (let at = valueFrom + 1; at < valueTo; at++) if (load<u8>(at) == ASTERISK && load<u8>(at - 1) == ASTERISK) return true;
  return false;
}

function look(use: i32): void {
  if (valueTo == valueFrom) return;
  const table = load<i32>(use, 68);
  const end = table + (load<i32>(use, 72) << 4);
  let means = entryOf(table, end, valueFrom, valueTo);
  if (means == 0) {
    const first = wordEnd(valueFrom, valueTo);
    if (first < valueTo) means = entryOf(table, end, valueFrom, first);
  }
  if (means != 0) put(use, load<i32>(means, 8), load<i32>(means, 12));
  else if (load<i32>(use, 76) != 0) put(use, load<i32>(use, 76), load<i32>(use, 80));
}

function entryOf(table: i32, end: i32, from: i32, to: i32): i32 {
  for (let entry = table; entry < end; entry += 16) {
    if (sameText(from, to, load<i32>(entry), load<i32>(entry, 4))) return entry;
  }
  return 0;
}

function decode(plus: bool): bool {
  if (!hasRoom(valueTo - valueFrom)) return false;
  const start = made;
  for (let at = valueFrom; at < valueTo; at++) {
    let byte = load<u8>(at);
    if (byte == PLUS && plus) byte = SPACE;
    else if (byte == PERCENT && at + 2 < valueTo) {
      const high = hex(load<u8>(at, 1));
      const low = hex(load<u8>(at, 2));
      const code = high * 16 + low;
      // What a quote or a control character stands for stays as it was written.
      if (high >= 0 && low >= 0 && code > 31 && code != QUOTE && code != BACKSLASH && code != 127) {
        byte = u8(code);
        at += 2;
      }
    }
    store<u8>(made++, byte);
  }
  valueFrom = start;
  valueTo = made;
  return true;
}

@inline
function hex(byte: u8): i32 {
  if (u32(byte) - 48 < 10) return i32(byte) - 48;
  const letter = byte | 32;
  return u32(letter) - 97 < 6 ? i32(letter) - 87 : -1;
}

function prepend(prefix: i32, length: i32): bool {
  if (valueTo == valueFrom || startsWith(valueFrom, valueTo, prefix, length)) return true;
  if (!hasRoom(length + valueTo - valueFrom)) return false;
  const start = made;
  memory.copy(start, prefix, length);
  memory.copy(start + length, valueFrom, valueTo - valueFrom);
  made = start + length + valueTo - valueFrom;
  valueFrom = start;
  valueTo = made;
  return true;
}

/** A list of strings as one text with spaces between; `open` is at its bracket, `close` behind it. */
export function takeList(key: i32, open: i32, close: i32): bool {
  if (!hasRoom(close - open)) return false;
  const start = made;
  let at = open + 1;
  while (at < close - 1) {
    const byte = load<u8>(at);
    if (byte == QUOTE) {
      if (made > start) store<u8>(made++, SPACE);
      for (at++; at < close && load<u8>(at) != QUOTE; at++) {
        store<u8>(made++, load<u8>(at));
        if (load<u8>(at) == BACKSLASH) store<u8>(made++, load<u8>(++at));
      }
    } else if (byte != COMMA && byte > SPACE) {
      made = start;
      return true;
    }
    at++;
  }
  return made > start ? take(key, start, made) : true;
}

/** All values are taken. */
export function finishWords(): bool {
  for (let skip = 0; skip < skips; skip++) {
    const mask = load<u32>(SKIPS + (skip << 2));
    if ((bits & mask) == mask) {
      clearSpans();
      return true;
    }
  }
  for (let sum = 0; sum < sums; sum++) {
    const entry = SUMS + sum * SUM_BYTES;
    const us = sumOf(entry);
    if (us < NONE) return false;
    if (us >= 0 && !putNumber(load<i32>(entry), us, load<i32>(entry, 8), load<i32>(entry, 4))) return false;
  }
  if (endFrom >= 0 && has(TIME)) {
    const us = secondsApart(fromOf(TIME), toOf(TIME), endFrom, endTo);
    if (us < NONE) return false;
    if (us >= 0 && !putNumber(DURATION, us, endReading, endField)) return false;
  }
  for (let place = 0; place < always; place++) {
    const entry = ALWAYS + place * ALWAYS_BYTES;
    const slot = load<i32>(entry);
    if (slot >= 0) putSpan(slot, load<i32>(entry, 12), load<i32>(entry, 16), load<i32>(entry, 8), load<i32>(entry, 4));
  }
  return true;
}

/** NONE where a part is missing, less where the other scanner must look. */
function sumOf(entry: i32): f64 {
  let sum: f64 = 0;
  for (let place = 0; place < load<i32>(entry, 16); place++) {
    const at = entry + 32 + (place << 3);
    if (load<i32>(at) == 0) return NONE;
    const value = scaledDecimal(load<i32>(at), load<i32>(at, 4), load<i32>(entry, 12));
    if (value < 0) return value;
    sum += value;
  }
  return sum;
}

function putNumber(slot: i32, value: f64, reading: i32, field: i32): bool {
  if (!hasRoom(24) || value > 9007199254740991) return false;
  if (slot < 0) return true;
  let rest = u64(value);
  let digits = 1;
  for (let more = rest / 10; more > 0; more /= 10) digits++;
  for (let at = made + digits - 1; at >= made; at--) {
    store<u8>(at, u8(48 + (rest % 10)));
    rest /= 10;
  }
  putSpan(slot, made, made + digits, reading, field);
  made += digits;
  return true;
}

/** Whether the text is this one, which is in lower case. */
function sameText(from: i32, to: i32, text: i32, length: i32): bool {
  if (to - from != length) return false;
  for (let k = 0; k < length; k++) {
    const byte = load<u8>(from + k);
    const wanted = load<u8>(text + k);
    if (byte != wanted && (byte < 65 || byte > 90 || byte + 32 != wanted)) return false;
  }
  return true;
}

@inline
function startsWith(from: i32, to: i32, text: i32, length: i32): bool {
  if (to - from < length) return false;
  for (let k = 0; k < length; k++) if (load<u8>(from + k) != load<u8>(text + k)) return false;
  return true;
}

function isOneOf(from: i32, to: i32, texts: i32, count: i32): bool {
  for (let k = 0; k < count; k++) {
    const length = load<i32>(texts + (k << 3), 4);
    if (to - from == length && startsWith(from, to, load<i32>(texts + (k << 3)), length)) return true;
  }
  return false;
}

/** Digits only, and not zero. */
function isWhole(from: i32, to: i32): bool {
  if (to - from == 1 && load<u8>(from) == 48) return false;
  for (let at = from; at < to; at++) if (u32(load<u8>(at)) - 48 > 9) return false;
  return true;
}

function wordEnd(from: i32, to: i32): i32 {
  let at = from;
  while (at < to && load<u8>(at) != SPACE && load<u8>(at) != COMMA && load<u8>(at) != SEMICOLON) at++;
  return at;
}
