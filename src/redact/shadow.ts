import { secretKindNames } from './kinds.js';

/**
 * Text as its reader will see it: percent escapes (also nested, `%253D`) and backslash escapes (`\x22` of nginx, `\u0026` of Go's JSON)
 * are one character each. Secrets are looked for here and cut out of the source, so that no spelling of a name hides its value.
 */
export interface Shadow {
  /** Decoded characters; marks of an earlier pass are one `markChar`. */
  readonly text: string;
  /** Offset in the source of each character, and of the end; undefined when the source is its own shadow. */
  readonly starts: Int32Array | undefined;
  /** How often each character was percent-encoded. */
  readonly levels: Uint8Array | undefined;
}

/** Stands for `<redacted:...>` and `{secret}`. From the private use area; one that the source holds is replaced. */
export const markChar = '\uE000';
const REPLACEMENT = 0xfffd;
const MAX_LEVEL = 255;

const marks = new RegExp(`<redacted:(?:${secretKindNames.join('|')})>|\\{secret\\}`, 'y');
const needsDecoding = /[%\\{<\uE000]/;

interface Unit {
  readonly code: number;
  readonly width: number;
  readonly level: number;
}

const hexByte = (source: string, at: number): number => {
  const text = source.slice(at, at + 2);
  return /^[0-9a-f]{2}$/i.test(text) ? Number.parseInt(text, 16) : -1;
};

const ascii = (code: number): number => (code < 0x80 ? code : REPLACEMENT);

const percentUnit = (source: string, start: number): Unit | undefined => {
  let at = start + 1;
  let level = 1;
  while (source[at] === '2' && source[at + 1] === '5' && hexByte(source, at + 2) >= 0) {
    at += 2;
    level += 1;
  }
  const code = hexByte(source, at);
  return code < 0 ? undefined : { code: ascii(code), width: at + 2 - start, level: Math.min(level, MAX_LEVEL) };
};

const simpleEscapes: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '"': '"', "'": "'", '/': '/' };

/** The escape after a run of backslashes that ends at `at`. */
const escapeAfter = (source: string, at: number): { code: number; width: number } | undefined => {
  const letter = source[at] ?? '';
  const simple = simpleEscapes[letter];
  if (simple !== undefined) return { code: simple.charCodeAt(0), width: 1 };
  const digits = letter === 'x' ? 2 : letter === 'u' ? 4 : 0;
  const hex = source.slice(at + 1, at + 1 + digits);
  if (digits === 0 || hex.length < digits || !/^[0-9a-f]+$/i.test(hex)) return undefined;
  return { code: ascii(Number.parseInt(hex, 16)), width: 1 + digits };
};

const backslashUnit = (source: string, start: number): Unit => {
  let at = start;
  while (source[at] === '\\') at += 1;
  const known = escapeAfter(source, at);
  // Without an escape the whole run stands for one backslash: nothing we look for depends on their number.
  if (known === undefined) return { code: 0x5c, width: at - start, level: 0 };
  return { code: known.code, width: at - start + known.width, level: 0 };
};

const markUnit = (source: string, start: number): Unit | undefined => {
  marks.lastIndex = start;
  const found = marks.exec(source);
  return found === null ? undefined : { code: markChar.charCodeAt(0), width: found[0].length, level: 0 };
};

const unitAt = (source: string, at: number): Unit => {
  const code = source.charCodeAt(at);
  const plain = { code: code === 0xe000 ? REPLACEMENT : code, width: 1, level: 0 };
  if (code === 0x25) return percentUnit(source, at) ?? plain;
  if (code === 0x5c) return backslashUnit(source, at);
  if (code === 0x3c || code === 0x7b) return markUnit(source, at) ?? plain;
  return plain;
};

const CHUNK = 8192;

const textOf = (codes: Uint16Array): string => {
  const parts: string[] = [];
  for (let at = 0; at < codes.length; at += CHUNK) parts.push(String.fromCharCode(...codes.subarray(at, at + CHUNK)));
  return parts.join('');
};

/** Decodes `source` in one pass. */
export const shadowOf = (source: string): Shadow => {
  if (!needsDecoding.test(source)) return { text: source, starts: undefined, levels: undefined };
  const codes = new Uint16Array(source.length);
  const starts = new Int32Array(source.length + 1);
  const levels = new Uint8Array(source.length);
  let count = 0;
  for (let at = 0; at < source.length; count += 1) {
    const { code, width, level } = unitAt(source, at);
    codes[count] = code;
    starts[count] = at;
    levels[count] = level;
    at += width;
  }
  starts[count] = source.length;
  return { text: textOf(codes.subarray(0, count)), starts, levels };
};

/** Source offset of a shadow position; the end of the shadow is the end of the source. */
export const sourceOffset = (shadow: Shadow, at: number): number => shadow.starts?.[at] ?? at;

/** UTF-16 units that the character takes in the source. */
export const widthAt = (shadow: Shadow, at: number): number => sourceOffset(shadow, at + 1) - sourceOffset(shadow, at);

/** How often the character was percent-encoded in the source. */
export const levelAt = (shadow: Shadow, at: number): number => shadow.levels?.[at] ?? 0;
