/** Fields of which more is said than how they end, as src/scan/text-words.ts reads them. */
import { insideList, literalStands, quoted, until } from './fields';
import { findByte, findEither } from './find';
import { areAllDigits } from './numbers';

const LIST: u8 = 4;
const QUOTED: u8 = 1;
const REST: u8 = 2;
const ENDS_TORN: u8 = 6;
const ENDS_HEADER: u8 = 7;

const BACKSLASH: u8 = 92;
const QUOTE: u8 = 34;
const SPACE: u8 = 32;
const COMMA: u8 = 44;
const COLON: u8 = 58;
const SEMICOLON: u8 = 59;
const DASH: u8 = 45;
const DOT: u8 = 46;
const BRACKET: u8 = 91;

/** Numbers as in `looks` and `cuts` of src/formats/program.ts. */
const LOOK_INTEGER: u8 = 1;
const LOOK_DIGITS: u8 = 2;
const LOOK_INTEGERS: u8 = 3;
const LOOK_DECIMAL: u8 = 4;
const LOOK_ISO: u8 = 5;
const LOOK_PLAIN: u8 = 6;
const LOOK_BARE: u8 = 7;
const LOOK_UNCLOSED: u8 = 8;
const LOOK_ID: u8 = 9;
const LOOK_ITEM: u8 = 11;
const CUT_ADDRESS: u8 = 1;
const CUT_PLUS: u8 = 2;
const CUT_LAST: u8 = 3;
const CUT_SCHEME: u8 = 4;

const PADDED: u8 = 1;
const AGAIN: u8 = 2;

/** The value of the word that was read last. */
export let wordFrom: i32 = 0;
export let wordTo: i32 = 0;

/** Where the next field begins, -1 when the line does not fit. Of the op: ends 32, look 33, cut 34, PADDED and AGAIN 35, is a plain whole number 36, bytes that are not looked at 37. */
export function readWord(op: i32, from: i32, to: i32): i32 {
  const ends = load<u8>(op, 32);
  if (ends == ENDS_HEADER) {
    wordFrom = from;
    wordTo = syslogHeaderEnd(from, to);
    return wordTo + load<i32>(op, 4) <= to && literalStands(op, wordTo) ? wordTo + load<i32>(op, 4) : -1;
  }
  const flags = load<u8>(op, 35);
  if (load<u8>(op, 36) != 0) {
    // Digits and the one byte behind them, as most whole numbers are written.
    let p = load<u8>(from) == DASH ? from + 1 : from;
    while (isDigit(p)) p++;
    if (load<u8>(p) == load<u8>(op, 16) && p > from && p < to) {
      wordFrom = from;
      wordTo = p;
      return (flags & AGAIN) != 0 ? from : p + 1;
    }
  }
  let at = from;
  if ((flags & PADDED) != 0) while (at < to && load<u8>(at) == SPACE) at++;
  const length = load<i32>(op, 4);
  let end: i32;
  if (ends == REST) end = to;
  else if (ends == ENDS_TORN) {
    end = findByte(at, to, QUOTE);
    if (end < 0) end = to;
    else if (end < to - 1) return -1;
  } else {
    const least = at + i32(load<u8>(op, 37));
    end = ends == QUOTED ? quoted(op, least, to - length) : until(op, least, to - length, to, ends == LIST);
    if (end < 0) return -1;
  }
  wordFrom = at;
  wordTo = end;
  if ((flags & PADDED) != 0) while (wordTo > at && load<u8>(wordTo - 1) == SPACE) wordTo--;
  const look = load<u8>(op, 33);
  if (look != 0 && !looksLike(look, wordFrom, wordTo)) return -1;
  const cut = load<u8>(op, 34);
  if (cut != 0) cutOff(cut);
  if ((flags & AGAIN) != 0) return from;
  return ends == REST || ends == ENDS_TORN ? to : end + length;
}

@inline
function isDigit(at: i32): bool {
  return u32(load<u8>(at)) - 48 < 10;
}

@inline
function isLetter(at: i32): bool {
  return u32(load<u8>(at) | 32) - 97 < 26;
}

function looksLike(kind: u8, from: i32, to: i32): bool {
  if (kind == LOOK_INTEGER) return isInteger(from, to);
  if (kind == LOOK_PLAIN) return isPlain(from, to);
  if (kind == LOOK_DECIMAL) return isDecimal(from, to);
  if (kind == LOOK_DIGITS) return isDigit(from) && isInteger(from, to);
  if (kind == LOOK_INTEGERS) return isIntegers(from, to);
  if (kind == LOOK_ISO)
    return (
      to - from >= 16 && isDigit(from) && load<u8>(from, 4) == DASH && load<u8>(from, 7) == DASH && load<u8>(from, 13) == COLON
    );
  if (kind == LOOK_BARE) return to > from && load<u8>(from) != BRACKET && load<u8>(from) != QUOTE;
  if (kind == LOOK_UNCLOSED) return to > from && load<u8>(to - 1) != 93;
  if (kind == LOOK_ITEM) return isPlain(from, to) && findEither(from, to, SEMICOLON, SEMICOLON) == to;
  return kind == LOOK_ID ? isId(from, to) : hasAbsoluteUrl(from, to);
}

@inline
function isInteger(from: i32, to: i32): bool {
  let at = load<u8>(from) == DASH || load<u8>(from) == 43 ? from + 1 : from;
  if (at == to) return to > from && load<u8>(from) == DASH;
  return areAllDigits(at, to);
}

function isIntegers(from: i32, to: i32): bool {
  let start = from;
  for (let at = from; at <= to; at++) {
    const byte = load<u8>(at);
    if (at < to && byte != COMMA && byte != SPACE && byte != COLON) continue;
    if (at < to && byte == SPACE && !insideList(from, at, to)) return false;
    if (at > start && !isInteger(start, at)) return false;
    start = at + 1;
  }
  return to > from;
}

@inline
function isDecimal(from: i32, to: i32): bool {
  if (to - from == 1 && load<u8>(from) == DASH) return true;
  let dot = from;
  while (dot < to && isDigit(dot)) dot++;
  if (dot == from || dot >= to - 1 || load<u8>(dot) != DOT) return false;
  let at = dot + 1;
  while (at < to && isDigit(at)) at++;
  return at == to;
}

@inline
function isPlain(from: i32, to: i32): bool {
  return to > from && findEither(from, to, SPACE, QUOTE) == to;
}

const ID_BYTES: i32 = 12;

function isId(from: i32, to: i32): bool {
  let letters = 0;
  for (let at = from; at < to; at++) {
    const byte = load<u8>(at);
    if (isLetter(at)) letters++;
    else if (!isDigit(at) && byte != 43 && byte != DASH && byte != 47 && byte != 61 && byte != 95) return false;
  }
  return letters > 0 && to - from >= ID_BYTES;
}

/** `GET http://...` */
function hasAbsoluteUrl(from: i32, to: i32): bool {
  let at = from;
  while (at < to && isLetter(at)) at++;
  if (at == from || load<u8>(at) != SPACE) return false;
  const scheme = at + 1;
  at = scheme;
  while (at < to && isLetter(at)) at++;
  return at > scheme && at + 2 < to && load<u8>(at) == COLON && load<u8>(at, 1) == 47 && load<u8>(at, 2) == 47;
}

function cutOff(what: u8): void {
  if (what == CUT_ADDRESS) cutPort();
  else if (what == CUT_PLUS) {
    if (load<u8>(wordFrom) == 43) wordFrom++;
  } else if (what == CUT_LAST) {
    let at = wordTo;
    while (at > wordFrom && load<u8>(at - 1) != COMMA) at--;
    while (at < wordTo && load<u8>(at) == SPACE) at++;
    wordFrom = at;
  } else if (what == CUT_SCHEME) cutScheme();
  else if (load<u8>(wordFrom) == 60) wordTo = wordFrom;
}

function cutPort(): void {
  let at = wordTo;
  while (at > wordFrom && isDigit(at - 1)) at--;
  if (at > wordFrom && at < wordTo && load<u8>(at - 1) == COLON) wordTo = at - 1;
  if (load<u8>(wordFrom) == BRACKET && load<u8>(wordTo - 1) == 93) {
    wordFrom++;
    wordTo--;
  }
}

function cutScheme(): void {
  let at = wordFrom;
  while (at < wordTo && isLetter(at)) at++;
  if (at > wordFrom && at + 2 < wordTo && load<u8>(at) == COLON && load<u8>(at, 1) == 47 && load<u8>(at, 2) == 47)
    wordFrom = at + 3;
}

const HEADER_BYTES: i32 = 256;

function syslogHeaderEnd(from: i32, to: i32): i32 {
  let at = from;
  if (load<u8>(at) == 60) {
    at++;
    while (at < to && isDigit(at)) at++;
    if (load<u8>(at) != 62) return from;
    at++;
  }
  if (load<u8>(at) == 49 && load<u8>(at, 1) == SPACE && isIsoDate(at + 2)) return newHeaderEnd(at + 2, to, from);
  if (isIsoDate(at)) at = skipToken(at, to);
  else if (
    isLetter(at) &&
    load<u8>(at, 3) == SPACE &&
    load<u8>(at, 6) == SPACE &&
    load<u8>(at, 9) == COLON &&
    load<u8>(at, 15) == SPACE
  )
    at += 16;
  else return from;
  const limit = min(to - 1, at + HEADER_BYTES);
  for (let spaces = 0; at < limit && spaces < 3; at++) {
    if (load<u8>(at) != SPACE) continue;
    if (load<u8>(at - 1) == COLON) return at + 1;
    spaces++;
  }
  return from;
}

@inline
function isIsoDate(at: i32): bool {
  return isDigit(at) && isDigit(at + 3) && load<u8>(at, 4) == DASH && load<u8>(at, 7) == DASH && load<u8>(at, 10) == 84;
}

@inline
function skipToken(from: i32, to: i32): i32 {
  let at = from;
  while (at < to && load<u8>(at) != SPACE) at++;
  return min(at + 1, to);
}

function newHeaderEnd(time: i32, to: i32, none: i32): i32 {
  let at = time;
  for (let tokens = 0; tokens < 5; tokens++) at = skipToken(at, to);
  if (load<u8>(at) == DASH) at++;
  else {
    while (at < to && load<u8>(at) == BRACKET) {
      while (at < to && load<u8>(at) != 93) at += load<u8>(at) == BACKSLASH ? 2 : 1;
      at++;
    }
  }
  if (at >= to || load<u8>(at) != SPACE) return none;
  at++;
  const mark = at + 3 <= to && load<u8>(at) == 0xef && load<u8>(at, 1) == 0xbb && load<u8>(at, 2) == 0xbf;
  return mark ? at + 3 : at;
}
