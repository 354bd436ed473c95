/** The words of our own templates, for fields of which more is said than how they end. Off the path of formats that use none. */
import { cuts, ENDS_HEADER, ENDS_TORN, looks, OP_LIST, OP_QUOTED, OP_REST, type TextWord } from '../formats/program.js';

const BACKSLASH = 92;
const QUOTE = 34;
const SPACE = 32;
const COMMA = 44;
const COLON = 58;
const SEMICOLON = 59;
const DASH = 45;
const DOT = 46;
const BRACKET = 91;

export interface Span {
  from: number;
  to: number;
}

const cut = Object.fromEntries(cuts.map((name, index) => [name, index])) as Record<(typeof cuts)[number], number>;
const look = Object.fromEntries(looks.map((name, index) => [name, index])) as Record<(typeof looks)[number], number>;

/** Where the next field begins, or -1 when the line does not fit; the value is left in `span`. */
export function readWord(word: TextWord, literal: Uint8Array, bytes: Uint8Array, from: number, to: number, span: Span): number {
  if (word.ends === ENDS_HEADER) {
    span.from = from;
    span.to = syslogHeaderEnd(bytes, from, to);
    return span.to + literal.length <= to && startsWith(literal, bytes, span.to) ? span.to + literal.length : -1;
  }
  let at = from;
  if (word.padded) while (at < to && bytes[at] === SPACE) at += 1;
  const end = endOf(word.ends, literal, bytes, at + word.least, to);
  if (end < 0) return -1;
  span.from = at;
  span.to = end;
  if (word.padded) while (span.to > at && bytes[span.to - 1] === SPACE) span.to -= 1;
  if (word.look !== look.any && !looksLike(word.look, bytes, span.from, span.to)) return -1;
  if (word.cut !== cut.nothing) cutOff(word.cut, bytes, span);
  if (word.again) return from;
  return word.ends === OP_REST || word.ends === ENDS_TORN ? to : end + literal.length;
}

const LOOKS: Readonly<Record<(typeof looks)[number], string>> = {
  any: 'text',
  integer: 'a whole number',
  digits: 'digits',
  integers: 'whole numbers',
  decimal: 'a decimal number',
  iso: 'a time such as 2026-03-02T10:15:30',
  plain: 'one word',
  item: 'one word without a semicolon',
  bare: 'a word that is not in brackets or quotes',
  unclosed: 'an address',
  id: 'an id',
  absolute: 'a request with a whole URL',
};

export const expectedWord = ({ look: kind }: TextWord): string => `expected ${LOOKS[looks[kind]!]} here`;

function endOf(ends: number, literal: Uint8Array, bytes: Uint8Array, from: number, to: number): number {
  if (ends === OP_REST) return to;
  if (ends === ENDS_TORN) {
    let at = from;
    while (at < to && bytes[at] !== QUOTE) at += 1;
    return at >= to - 1 ? at : -1;
  }
  const last = to - literal.length;
  for (let at = from; at <= last; at += 1) {
    if (ends === OP_QUOTED && bytes[at] === BACKSLASH) {
      at += 1;
      continue;
    }
    if (startsWith(literal, bytes, at) && !(ends === OP_LIST && insideList(bytes, from, at, to))) return at;
  }
  return -1;
}

function startsWith(literal: Uint8Array, bytes: Uint8Array, at: number): boolean {
  let k = 0;
  while (k < literal.length && bytes[at + k] === literal[k]) k += 1;
  return k === literal.length;
}

/** A space at `at` does not end a list when it stands behind a comma, or around a colon: `0.1, 0.2 : 0.3`. */
export function insideList(bytes: Uint8Array, from: number, at: number, to: number): boolean {
  if (bytes[at] !== SPACE || at === from) return false;
  const before = bytes[at - 1];
  if (before === COMMA) return true;
  if (before === COLON && at - 2 >= from && bytes[at - 2] === SPACE) return true;
  return at + 2 < to && bytes[at + 1] === COLON && bytes[at + 2] === SPACE;
}

const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= 48 && byte <= 57;
const isLetter = (byte: number | undefined): boolean => byte !== undefined && (byte | 32) >= 97 && (byte | 32) <= 122;

function looksLike(kind: number, bytes: Uint8Array, from: number, to: number): boolean {
  switch (kind) {
    case look.integer:
      return isInteger(bytes, from, to);
    case look.digits:
      return isDigit(bytes[from]) && isInteger(bytes, from, to);
    case look.integers:
      return isIntegers(bytes, from, to);
    case look.decimal:
      return isDecimal(bytes, from, to);
    case look.iso:
      return (
        to - from >= 16 &&
        isDigit(bytes[from]) &&
        bytes[from + 4] === DASH &&
        bytes[from + 7] === DASH &&
        bytes[from + 13] === COLON
      );
    case look.plain:
      return isPlain(bytes, from, to);
    case look.bare:
      return to > from && bytes[from] !== BRACKET && bytes[from] !== QUOTE;
    case look.unclosed:
      return to > from && bytes[to - 1] !== 93;
    case look.item:
      return isPlain(bytes, from, to) && bytes.subarray(from, to).indexOf(SEMICOLON) < 0;
    case look.id:
      return isId(bytes, from, to);
    default:
      return hasAbsoluteUrl(bytes, from, to);
  }
}

/** Digits with at most one sign in front, or a dash alone. */
function isInteger(bytes: Uint8Array, from: number, to: number): boolean {
  let at = bytes[from] === DASH || bytes[from] === 43 ? from + 1 : from;
  if (at === to) return to > from && bytes[from] === DASH;
  while (at < to && isDigit(bytes[at])) at += 1;
  return at === to;
}

function isIntegers(bytes: Uint8Array, from: number, to: number): boolean {
  let start = from;
  for (let at = from; at <= to; at += 1) {
    if (at < to && bytes[at] !== COMMA && bytes[at] !== SPACE && bytes[at] !== COLON) continue;
    if (at < to && bytes[at] === SPACE && !insideList(bytes, from, at, to)) return false;
    if (at > start && !isInteger(bytes, start, at)) return false;
    start = at + 1;
  }
  return to > from;
}

function isDecimal(bytes: Uint8Array, from: number, to: number): boolean {
  if (to - from === 1 && bytes[from] === DASH) return true;
  let dot = from;
  while (dot < to && isDigit(bytes[dot])) dot += 1;
  if (dot === from || dot >= to - 1 || bytes[dot] !== DOT) return false;
  let at = dot + 1;
  while (at < to && isDigit(bytes[at])) at += 1;
  return at === to;
}

function isPlain(bytes: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at += 1) if (bytes[at] === SPACE || bytes[at] === QUOTE) return false;
  return to > from;
}

const ID_BYTES = 12;

function isId(bytes: Uint8Array, from: number, to: number): boolean {
  let letters = 0;
  for (let at = from; at < to; at += 1) {
    const byte = bytes[at]!;
    if (isLetter(byte)) letters += 1;
    // + - / = _
    else if (!isDigit(byte) && byte !== 43 && byte !== DASH && byte !== 47 && byte !== 61 && byte !== 95) return false;
  }
  return letters > 0 && to - from >= ID_BYTES;
}

/** `GET http://...` */
function hasAbsoluteUrl(bytes: Uint8Array, from: number, to: number): boolean {
  let at = from;
  while (at < to && isLetter(bytes[at])) at += 1;
  if (at === from || bytes[at] !== SPACE) return false;
  const scheme = at + 1;
  at = scheme;
  while (at < to && isLetter(bytes[at])) at += 1;
  return at > scheme && at + 2 < to && bytes[at] === COLON && bytes[at + 1] === 47 && bytes[at + 2] === 47;
}

function cutOff(what: number, bytes: Uint8Array, span: Span): void {
  if (what === cut.address) cutPort(bytes, span);
  else if (what === cut.plus) {
    if (bytes[span.from] === 43) span.from += 1;
  } else if (what === cut.last) {
    let at = span.to;
    while (at > span.from && bytes[at - 1] !== COMMA) at -= 1;
    while (at < span.to && bytes[at] === SPACE) at += 1;
    span.from = at;
  } else if (what === cut.scheme) cutScheme(bytes, span);
  else if (bytes[span.from] === 60) span.to = span.from;
}

/** `10.0.0.7:443`, `[::1]:443` and `::1:443`; of `-:443` nothing is left but the dash. */
function cutPort(bytes: Uint8Array, span: Span): void {
  let at = span.to;
  while (at > span.from && isDigit(bytes[at - 1])) at -= 1;
  if (at > span.from && at < span.to && bytes[at - 1] === COLON) span.to = at - 1;
  if (bytes[span.from] === BRACKET && bytes[span.to - 1] === 93) {
    span.from += 1;
    span.to -= 1;
  }
}

/** `tcp://` */
function cutScheme(bytes: Uint8Array, span: Span): void {
  let at = span.from;
  while (at < span.to && isLetter(bytes[at])) at += 1;
  if (at > span.from && at + 2 < span.to && bytes[at] === COLON && bytes[at + 1] === 47 && bytes[at + 2] === 47)
    span.from = at + 3;
}

const HEADER_BYTES = 256;

/**
 * The first byte behind a syslog header (RFC 3164, RFC 5424, or an ISO time in place of the old one, as rsyslog writes to files); `from`
 * where there is none.
 */
function syslogHeaderEnd(bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  if (bytes[at] === 60) {
    at += 1;
    while (at < to && isDigit(bytes[at])) at += 1;
    if (bytes[at] !== 62) return from;
    at += 1;
  }
  if (bytes[at] === 49 && bytes[at + 1] === SPACE && isIsoDate(bytes, at + 2)) return newHeaderEnd(bytes, at + 2, to, from);
  if (isIsoDate(bytes, at)) at = skipToken(bytes, at, to);
  else if (
    isLetter(bytes[at]) &&
    bytes[at + 3] === SPACE &&
    bytes[at + 6] === SPACE &&
    bytes[at + 9] === COLON &&
    bytes[at + 15] === SPACE
  )
    at += 16;
  else return from;
  // The host, which some writers leave out, and the tag.
  const limit = Math.min(to - 1, at + HEADER_BYTES);
  for (let spaces = 0; at < limit && spaces < 3; at += 1) {
    if (bytes[at] !== SPACE) continue;
    if (bytes[at - 1] === COLON) return at + 1;
    spaces += 1;
  }
  return from;
}

const isIsoDate = (bytes: Uint8Array, at: number): boolean =>
  isDigit(bytes[at]) && isDigit(bytes[at + 3]) && bytes[at + 4] === DASH && bytes[at + 7] === DASH && bytes[at + 10] === 84;

const skipToken = (bytes: Uint8Array, from: number, to: number): number => {
  let at = from;
  while (at < to && bytes[at] !== SPACE) at += 1;
  return Math.min(at + 1, to);
};

/** Time, host, application, process and message id, then structured data or `-`. */
function newHeaderEnd(bytes: Uint8Array, time: number, to: number, none: number): number {
  let at = time;
  for (let tokens = 0; tokens < 5; tokens += 1) at = skipToken(bytes, at, to);
  if (bytes[at] === DASH) at += 1;
  else {
    while (at < to && bytes[at] === BRACKET) {
      while (at < to && bytes[at] !== 93) at += bytes[at] === BACKSLASH ? 2 : 1;
      at += 1;
    }
  }
  if (at >= to || bytes[at] !== SPACE) return none;
  at += 1;
  const mark = at + 3 <= to && bytes[at] === 0xef && bytes[at + 1] === 0xbb && bytes[at + 2] === 0xbf;
  return mark ? at + 3 : at;
}
