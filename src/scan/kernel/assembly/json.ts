/** Walks one record of a JSON log, as src/scan/json-scanner.ts does. False says only that the other scanner must read this line. */
import { edgeAt, learnEdge } from './json-nodes';
import { beginWords, finishWords, holdsObject, joinsList, take, takeList } from './json-words';
import { LEVELS } from './layout';
import { clearSpans, putSpan } from './spans';

const QUOTE: u8 = 34;
const BACKSLASH: u8 = 92;
const OPEN: u8 = 123;
const CLOSE: u8 = 125;
const OPEN_LIST: u8 = 91;
const CLOSE_LIST: u8 = 93;
const COLON: u8 = 58;
const COMMA: u8 = 44;
const SPACE: u8 = 32;
const EQUALS: u8 = 61;
const KIND_BITS: i32 = 32;

/** 1 for the bytes of numbers and of `true`, `false`, `null`. */
const BARE = memory.data(256, 16);
/** 1 for letters, digits and `_ . @ / -`. */
const KEY_BYTE = memory.data(256, 16);

let hasWords: bool = false;
/** Slots whose lists of several strings are kept as they are, as bits. */
let listed: u32 = 0;

export function setJson(words: bool, listedSlots: u32): void {
  hasWords = words;
  listed = listedSlots;
  for (let byte = 0; byte < 256; byte++) {
    const isDigit = u32(byte) - 48 < 10;
    const isSmall = u32(byte) - 97 < 26;
    // + - . E and the letters of e true false null
    const isLetter = byte == 101 || byte == 116 || byte == 114 || byte == 117 || byte == 102 || byte == 97 || byte == 108;
    const isOther = byte == 115 || byte == 110 || byte == 43 || byte == 45 || byte == 46 || byte == 69;
    store<u8>(BARE + byte, isDigit || isLetter || isOther ? 1 : 0);
    const inKey = isSmall || u32(byte) - 64 < 27 || u32(byte) - 45 < 13 || byte == 95;
    store<u8>(KEY_BYTE + byte, inKey ? 1 : 0);
  }
}

@inline
function spaceEnd(from: i32, to: i32): i32 {
  let at = from;
  while (at < to) {
    const byte = load<u8>(at);
    if (byte != 32 && byte != 9 && byte != 13 && byte != 10) break;
    at++;
  }
  return at;
}

/** The quote that ends a string, or -1. */
@inline
function stringEnd(from: i32, to: i32): i32 {
  const quote = i8x16.splat(QUOTE as i8);
  const backslash = i8x16.splat(BACKSLASH as i8);
  let at = from;
  while (at < to) {
    const bytes = v128.load(at);
    const mask = i8x16.bitmask(v128.or(i8x16.eq(bytes, quote), i8x16.eq(bytes, backslash)));
    if (mask == 0) {
      at += 16;
      continue;
    }
    at += ctz(mask);
    if (at >= to) return -1;
    if (load<u8>(at) == QUOTE) return at;
    at += 2;
  }
  return -1;
}

/** The first byte behind a number or one of the three words, or -1. */
@inline
function bareEnd(from: i32, to: i32): i32 {
  let at = from;
  while (at < to && load<u8>(BARE + load<u8>(at)) != 0) at++;
  const length = at - from;
  if (length == 0) return -1;
  const first = load<u8>(from);
  if (u32(first) - 48 < 10 || first == 45) return at;
  if (first == 116) return length == 4 && load<u32>(from) == 0x65757274 ? at : -1;
  if (first == 102) return length == 5 && load<u8>(from, 1) == 97 && load<u8>(from, 4) == 101 ? at : -1;
  return first == 110 && length == 4 && load<u8>(from, 1) == 117 && load<u8>(from, 3) == 108 ? at : -1;
}

/** The first byte behind an object or a list, or -1. Brackets must balance; of the first levels a bit each remembers their kind. */
function nestedEnd(from: i32, to: i32): i32 {
  const quote = i8x16.splat(QUOTE as i8);
  const fold = i8x16.splat(32);
  const open = i8x16.splat(OPEN as i8);
  const close = i8x16.splat(CLOSE as i8);
  let depth = 0;
  let lists: u32 = 0;
  let at = from;
  while (at < to) {
    const bytes = v128.load(at);
    // Brackets differ from braces in the bit that small letters have.
    const folded = v128.or(bytes, fold);
    const found = v128.or(i8x16.eq(bytes, quote), v128.or(i8x16.eq(folded, open), i8x16.eq(folded, close)));
    let mask = i8x16.bitmask(found);
    let next = at + 16;
    while (mask != 0) {
      const place = at + ctz(mask);
      mask &= mask - 1;
      if (place >= to) return -1;
      const byte = load<u8>(place);
      if (byte == QUOTE) {
        const end = stringEnd(place + 1, to);
        if (end < 0) return -1;
        if (end < at + 16) {
          mask &= ~((1 << (end - at + 1)) - 1);
          continue;
        }
        next = end + 1;
        break;
      }
      if ((byte | 32) == OPEN) {
        if (depth < KIND_BITS) lists = byte == OPEN_LIST ? lists | (1 << depth) : lists & ~(1 << depth);
        depth++;
      } else {
        depth--;
        if (depth < KIND_BITS && (byte == CLOSE_LIST) != (((lists >> depth) & 1) == 1)) return -1;
        if (depth == 0) return place + 1;
      }
    }
    at = next;
  }
  return -1;
}

/** False where the other scanner must look. */
@inline
function note(key: i32, from: i32, to: i32): bool {
  const slot = load<i32>(key, 8);
  if (slot >= 0) putSpan(slot, from, to, load<i32>(key, 12), load<i32>(key, 32));
  else if (slot < -1) return !holdsObject(-2 - slot) && take(-2 - slot, from, to);
  return true;
}

/** A list of one string counts as that string. */
function list(key: i32, open: i32, end: i32): bool {
  const from = spaceEnd(open + 1, end) + 1;
  if (load<u8>(from - 1) != QUOTE) return true;
  const slot = load<i32>(key, 8);
  if (slot < -1 && joinsList(-2 - slot)) return takeList(-2 - slot, open, end);
  let at = from;
  while (at < end && load<u8>(at) != QUOTE) at += load<u8>(at) == BACKSLASH ? 2 : 1;
  if (spaceEnd(at + 1, end) + 1 == end) return note(key, from, at);
  return slot >= 0 && ((listed >> slot) & 1) != 0 ? note(key, open + 1, end - 1) : true;
}

export function scanJson(from: i32, to: i32): bool {
  clearSpans();
  if (hasWords) beginWords();
  let at = spaceEnd(from, to);
  if (at >= to || load<u8>(at) != OPEN) return false;
  at++;
  let level = LEVELS;
  let start = load<i32>(level, 16);
  let node = start;
  for (;;) {
    if (load<u8>(at) == CLOSE) {
      if (at >= to) return false;
      at++;
      if (level == LEVELS) break;
      node = nodeOfHolder(level);
      level = load<i32>(level, 12);
      start = load<i32>(level, 16);
      continue;
    }
    const edge = edgeAt(node, at);
    if (edge != 0) {
      node = load<i32>(edge, 4);
      at += load<i32>(edge, 8);
    } else {
      let p = spaceEnd(at, to);
      if (p >= to) return false;
      if (load<u8>(p) == CLOSE) {
        at = p;
        continue;
      }
      if (node != start) {
        if (load<u8>(p) != COMMA) return false;
        p = spaceEnd(p + 1, to);
      }
      if (p >= to || load<u8>(p) != QUOTE) return false;
      const keyEnd = stringEnd(p + 1, to);
      if (keyEnd < 0 || hasBackslash(p + 1, keyEnd)) return false;
      const colon = spaceEnd(keyEnd + 1, to);
      if (colon >= to || load<u8>(colon) != COLON) return false;
      const value = spaceEnd(colon + 1, to);
      node = learnEdge(node, level, at, value - at, p + 1, keyEnd);
      at = value;
    }
    if (at >= to) return false;
    const key = load<i32>(node, 8);
    const first = load<u8>(at);
    if (first == QUOTE) {
      const end = stringEnd(at + 1, to);
      if (end < 0 || (key != 0 && !note(key, at + 1, end))) return false;
      at = end + 1;
    } else if (first == OPEN || first == OPEN_LIST) {
      const child = key != 0 && first == OPEN ? load<i32>(key, 36) : 0;
      if (child != 0) {
        at++;
        level = child;
        start = load<i32>(level, 16);
        node = start;
        continue;
      }
      const end = nestedEnd(at, to);
      if (end < 0 || (first == OPEN_LIST && key != 0 && !list(key, at, end))) return false;
      at = end;
    } else {
      const end = bareEnd(at, to);
      // null is a missing value, not an empty one.
      if (end < 0 || (key != 0 && first != 110 && !note(key, at, end))) return false;
      at = end;
    }
  }
  if (spaceEnd(at, to) != to) return false;
  return !hasWords || finishWords();
}

@inline
function nodeOfHolder(level: i32): i32 {
  return load<i32>(level, 8);
}

function hasBackslash(from: i32, to: i32): bool {
  for (let at = from; at < to; at++) if (load<u8>(at) == BACKSLASH) return true;
  return false;
}

/** `key=value key="value"`, as src/scan/logfmt-scanner.ts turns it into an object. */
export function scanLogfmt(from: i32, to: i32): bool {
  clearSpans();
  if (hasWords) beginWords();
  let at = from;
  let node = load<i32>(LEVELS, 16);
  const start = node;
  for (;;) {
    const edge = edgeAt(node, at);
    if (edge != 0) {
      node = load<i32>(edge, 4);
      at += load<i32>(edge, 8);
    } else {
      let p = at;
      while (p < to && load<u8>(p) == SPACE) p++;
      if (p == to) break;
      const keyFrom = p;
      while (p < to && load<u8>(KEY_BYTE + load<u8>(p)) != 0) p++;
      if (p == keyFrom || p >= to || load<u8>(p) != EQUALS) return false;
      node = learnEdge(node, LEVELS, at, p + 1 - at, keyFrom, p);
      at = p + 1;
    }
    const key = load<i32>(node, 8);
    let valueFrom = at;
    let valueTo: i32;
    if (at < to && load<u8>(at) == QUOTE) {
      valueFrom++;
      valueTo = stringEnd(valueFrom, to);
      if (valueTo < 0) return false;
      at = valueTo + 1;
      if (at < to && load<u8>(at) != SPACE) return false;
    } else {
      for (; at < to; at++) {
        const byte = load<u8>(at);
        if (byte == SPACE) break;
        if (byte == QUOTE || byte == BACKSLASH) return false;
      }
      valueTo = at;
    }
    if (key != 0 && !note(key, valueFrom, valueTo)) return false;
  }
  return node != start && (!hasWords || finishWords());
}
