/**
 * The one place where bytes of a log become text. Whatever comes out has its escapes undone and its secrets replaced; queries never
 * come out whole.
 */
import type { Escapes, Spelling } from '../formats/define.js';
import { redactPath, redactText } from '../redact/index.js';

const decoder = new TextDecoder('utf-8');

export type { Escapes };

const HEX = /^[0-9a-fA-F]{2}$/;

/** Undoes escapes; `\xHH` are bytes of UTF-8, not characters. */
function unescapeText(raw: string): string {
  const bytes: number[] = [];
  const encoder = new TextEncoder();
  for (let at = 0; at < raw.length; at += 1) {
    const char = raw[at]!;
    if (char !== '\\') {
      const code = raw.codePointAt(at)!;
      if (code < 128) bytes.push(code);
      else {
        bytes.push(...encoder.encode(String.fromCodePoint(code)));
        if (code > 0xffff) at += 1;
      }
      continue;
    }
    const next = raw[at + 1] ?? '';
    const hex = raw.slice(at + 2, at + 4);
    if (next === 'x' && HEX.test(hex)) {
      bytes.push(Number.parseInt(hex, 16));
      at += 3;
      continue;
    }
    const plain = { n: 10, t: 9, r: 13, b: 8, f: 12, v: 11 }[next];
    bytes.push(plain ?? (next === '' ? 92 : next.charCodeAt(0) & 0xff));
    at += 1;
  }
  return decoder.decode(Uint8Array.from(bytes));
}

/** `#22` of HAProxy; a run of them is one piece of UTF-8. */
const unescapeHash = (raw: string): string =>
  raw.replace(/(?:#[0-9a-fA-F]{2})+/g, (run) =>
    decoder.decode(Uint8Array.from(run.slice(1).split('#'), (byte) => Number.parseInt(byte, 16))),
  );

function unescapeJson(raw: string): string {
  try {
    return JSON.parse(`"${raw}"`) as string;
  } catch {
    return unescapeText(raw);
  }
}

const SPACE = 32;
const SECRET = '<redacted:bearer>';
const SCHEMES = ['bearer', 'basic', 'dpop'];
const LONGEST_SCHEME = 6;

/**
 * Whether the word in front of a span names a scheme of credentials. A format that does not fit a line takes it apart at its spaces, and
 * then a token stands alone in some field: nothing in it gives it away, but what stands before it.
 */
function followsScheme(bytes: Uint8Array, from: number): boolean {
  if (from < 5 || bytes[from - 1] !== SPACE) return false;
  let end = from - 1;
  while (end > 0 && bytes[end - 1] === SPACE) end -= 1;
  const last = bytes[end - 1]! | 0x20;
  // r, c, p
  if (last !== 0x72 && last !== 0x63 && last !== 0x70) return false;
  const word = decoder.decode(bytes.subarray(Math.max(0, end - LONGEST_SCHEME - 1), end)).toLowerCase();
  return SCHEMES.some((scheme) => word.endsWith(scheme) && !/[a-z\d]/.test(word[word.length - scheme.length - 1] ?? ''));
}

/** Text of a span with its escapes undone. For use inside the scan room only: the result may still hold a secret. */
export function rawText(bytes: Uint8Array, from: number, to: number, escapes: Escapes): string {
  if (followsScheme(bytes, from)) return SECRET;
  const raw = decoder.decode(bytes.subarray(from, to));
  if (escapes === 'none') return raw;
  if (escapes === 'hash') return unescapeHash(raw);
  if (!raw.includes('\\')) return raw;
  return escapes === 'json' ? unescapeJson(raw) : unescapeText(raw);
}

/** What a text says that is spelled in this way. */
export function unspelled(text: string, spelling: Spelling | undefined): string {
  if (spelling === 'plus') return text.replaceAll('+', ' ');
  return spelling === 'percent-twice' ? unescapedPercent(unescapedPercent(text)) : text;
}

function unescapedPercent(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Addresses, and words too short to be a secret of a known shape: the redactor is asked for all others. */
const HARMLESS = /^(?:[\d.]{7,15}|[\da-f:]{2,24}|[a-z][a-z-]{0,14})$/;

const MISSING = new Set(['', '-', '"-"', 'null', 'N/A']);

/** Text of a span, redacted and at most 256 characters; undefined for a missing value. */
export function name(bytes: Uint8Array, from: number, to: number, escapes: Escapes, spelling?: Spelling): string | undefined {
  const text = unspelled(rawText(bytes, from, Math.min(to, from + 1024), escapes), spelling);
  if (MISSING.has(text)) return undefined;
  return HARMLESS.test(text) ? text : redactText(text).slice(0, 256);
}

/** A path: no query, no fragment, secret-looking segments replaced. */
export const pathName = (raw: string): string => redactPath(cutQuery(raw).path).slice(0, 1024);

/** Splits a request target. An absolute URL gives its host apart. */
export function cutQuery(target: string): { path: string; query: string; host: string | undefined } {
  const absolute = /^[a-zA-Z][a-zA-Z0-9+.-]*:\/\/([^/?#]*)/.exec(target);
  const rest = absolute === null ? target : target.slice(absolute[0].length);
  // Load balancers write the port in any case; the usual ones say nothing.
  const host = absolute?.[1]?.replace(/^[^@]*@/, '').replace(/:(?:80|443)$/, '');
  const cut = rest.search(/[?#]/);
  const path = cut < 0 ? rest : rest.slice(0, cut);
  const query = cut < 0 || rest[cut] === '#' ? '' : rest.slice(cut + 1).replace(/#.*$/s, '');
  return { path: path === '' && absolute !== null ? '/' : path, query, host: host === '' ? undefined : host };
}

const PLAIN_URL = /^https?:\/\/[\w.:-]{1,255}(?=\/|$)/;

/** Host of an absolute URL, in small letters; undefined where anything about it is unusual: an escape, a user, no host at all. */
export function plainUrlHost(bytes: Uint8Array, from: number, to: number): string | undefined {
  const found = PLAIN_URL.exec(rawText(bytes, from, Math.min(to, from + 300), 'none'));
  return found === null ? undefined : cutQuery(found[0]).host?.toLowerCase();
}

/** Of a line, this much on both sides of the place that matters is looked at. */
const EXCERPT_REACH = 4096;
/** Tab, space, both quotes. */
const ENDS_WORD: ReadonlySet<number> = new Set([9, 32, 34, 39]);

/** A word that could be a piece of a secret: the log may have been cut in the middle of one, and the name that gives it away is gone. */
const OPAQUE_WORD = /[\w+=%-]{16,}/g;
const isOpaqueWord = (word: string): boolean =>
  /[a-z]/i.test(word) && (/\d/.test(word) || (/[a-z]/.test(word) && /[A-Z]/.test(word)));

/**
 * Keys that may be printed, in their order. In a damaged log a piece of a secret can stand where a key should: long words in which letters
 * and digits, or small letters and capitals, take turns as no name does.
 */
export const fieldNames = (keys: Iterable<string>): string[] =>
  [...keys].filter((key) => redactText(key) === key && !key.split('.').some(isOpaqueKey));

const MIXED = /(?<=[a-z])[A-Z\d]|(?<=[A-Z])[a-z\d]|(?<=\d)[a-zA-Z]/g;
const isOpaqueKey = (key: string): boolean =>
  key.length >= 16 &&
  ((/[a-z]/.test(key) && /[A-Z]/.test(key) && /\d/.test(key)) || (key.match(MIXED)?.length ?? 0) * 3 >= key.length);

const safeExcerpt = (text: string): string =>
  redactText(printable(text)).replace(OPAQUE_WORD, (word) => (isOpaqueWord(word) ? '…' : word));

/**
 * A line for an error message: redacted, control characters made visible, cut around the place that matters. Redacted first and cut
 * then: a window that starts inside a value does not show the name that gives it away.
 */
export function excerpt(bytes: Uint8Array, from: number, to: number, focus: number): { text: string; column: number } {
  let start = Math.max(from, focus - EXCERPT_REACH);
  // A window that does not start with the line may start inside a value: its first word is left out, whatever it is.
  if (start > from) while (start < focus && !ENDS_WORD.has(bytes[start]!)) start += 1;
  const end = Math.min(to, focus + EXCERPT_REACH);
  const before = safeExcerpt(decoder.decode(bytes.subarray(start, Math.min(focus, to))));
  const whole = safeExcerpt(decoder.decode(bytes.subarray(start, end)));
  // When a secret spans the place, the text before it may differ from the start of the whole: point at the common part.
  let column = 0;
  while (column < before.length && before[column] === whole[column]) column += 1;
  const cut = Math.max(0, Math.min(column - 60, whole.length - 120));
  return { text: whole.slice(cut, cut + 140), column: column - cut };
}

const printable = (text: string): string => text.replace(/[\u0000-\u001f\u007f-\u009f]/g, '·');

/**
 * Remaining life in ms that a JWT says of itself when it is handed out (`exp - iat`, RFC 7519), or -1. The token is read here and
 * forgotten here.
 */
export function jwtLifetimeMs(bytes: Uint8Array, from: number, to: number): number {
  if (to - from > 16_384) return -1;
  const parts = decoder
    .decode(bytes.subarray(from, to))
    .replace(/^Bearer\s+/i, '')
    .split('.');
  if (parts.length !== 3 || parts[1] === undefined) return -1;
  try {
    const claims: unknown = JSON.parse(new TextDecoder().decode(fromBase64Url(parts[1])));
    const { exp, iat, nbf } = claims as { exp?: unknown; iat?: unknown; nbf?: unknown };
    const from = typeof iat === 'number' ? iat : nbf;
    if (typeof exp !== 'number' || typeof from !== 'number' || !(exp > from)) return -1;
    return Math.round((exp - from) * 1000);
  } catch {
    return -1;
  }
}

function fromBase64Url(text: string): Uint8Array {
  const binary = atob(text.replace(/-/g, '+').replace(/_/g, '/'));
  return Uint8Array.from(binary, (char) => char.charCodeAt(0));
}
