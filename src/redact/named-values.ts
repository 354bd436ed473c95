import type { SecretKind, Span } from './kinds.js';
import { type SecretName, secretName } from './secret-names.js';
import { levelAt, markChar, type Shadow } from './shadow.js';
import { headerEnd, isBlank, isQuote, nestedEnd, plainEnd, quotedEnd } from './value-end.js';

const MAX_BLANKS = 3;
const knownScheme = /(apikey|aws4-hmac-sha256|basic|bearer|digest|dpop|hawk|mac|negotiate|ntlm|signature|token) +/iy;
const schemeKinds: Readonly<Record<string, SecretKind>> = {
  basic: 'basic',
  bearer: 'bearer',
  dpop: 'bearer',
  negotiate: 'bearer',
};

const skipBlanks = (text: string, start: number): number => {
  let at = start;
  while (at < start + MAX_BLANKS && at < text.length && isBlank(text[at]!)) at += 1;
  return at;
};

interface Separator {
  readonly at: number;
  readonly colon: boolean;
  /** The name stands in quotes, as in JSON. */
  readonly quotedName: boolean;
}

/** The `=`, `:` or `=>` after a name, behind closing quotes and brackets (`"token":`, `params[token]=`). */
const separatorAfter = (text: string, nameEnd: number): Separator | undefined => {
  let at = nameEnd;
  while (at < nameEnd + 2 && (isQuote(text[at]) || text[at] === ']')) at += 1;
  const quotedName = isQuote(text[nameEnd]);
  at = skipBlanks(text, at);
  const char = text[at];
  if (char !== '=' && char !== ':') return undefined;
  return { at: text[at + 1] === '>' ? at + 1 : at, colon: char === ':', quotedName };
};

const isHidden = (shadow: Shadow, nameStart: number, { prose }: SecretName, { colon, quotedName }: Separator): boolean => {
  if (!colon || quotedName) return true;
  // `/oauth/token: 200` names a path, not a field
  return !prose && shadow.text[nameStart - 1] !== '/';
};

/** `Bearer` and the like before an authorization value stay; they name the kind. */
const afterScheme = (text: string, start: number): { start: number; kind: SecretKind } => {
  knownScheme.lastIndex = start;
  const found = knownScheme.exec(text);
  if (found === null) return { start, kind: 'authorization' };
  return { start: start + found[0].length, kind: schemeKinds[found[1]!.toLowerCase()] ?? 'authorization' };
};

const bareEnd = (shadow: Shadow, nameStart: number, kind: SecretKind, separator: Separator, start: number): number => {
  // header values hold blanks; a list of cookies does whatever stands before it
  const isHeader = separator.colon ? !separator.quotedName && (kind === 'authorization' || kind === 'cookie') : kind === 'cookie';
  if (isHeader) return headerEnd(shadow, nameStart, start);
  return plainEnd(shadow, start, levelAt(shadow, separator.at), separator.colon && separator.quotedName);
};

const valueAfter = (shadow: Shadow, nameStart: number, { kind }: SecretName, separator: Separator): Span => {
  const { text } = shadow;
  const open = skipBlanks(text, separator.at + 1);
  const quoted = isQuote(text[open]);
  const first = quoted ? open + 1 : open;
  const value = kind === 'authorization' ? afterScheme(text, first) : { start: first, kind };
  if (quoted) return { ...value, end: Math.max(value.start, quotedEnd(shadow, open)) };
  const nested = separator.colon && separator.quotedName && (text[open] === '[' || text[open] === '{');
  return { ...value, end: nested ? nestedEnd(shadow, open) : bareEnd(shadow, nameStart, kind, separator, value.start) };
};

/** True for text that an earlier pass has left nothing in. */
const isRedacted = (text: string, { start, end }: Span): boolean => {
  for (let at = start; at < end; at += 1) if (text[at] !== markChar && text[at] !== ' ') return false;
  return true;
};

const LONGEST_NAME = 64;

const isNameToo = (text: string, { start, end }: Span): boolean =>
  end - start <= LONGEST_NAME &&
  separatorAfter(text, end)?.quotedName === true &&
  secretName(text.slice(start, end)) !== undefined;

/**
 * Values of secret names in queries, forms, JSON, headers and log fields. One walk: a value is skipped once it is found, so the work is
 * linear in the text.
 */
export const namedValues = (shadow: Shadow): Span[] => {
  const { text } = shadow;
  const names = /[A-Za-z0-9_-]+/g;
  const spans: Span[] = [];
  for (let match = names.exec(text); match !== null; match = names.exec(text)) {
    const separator = separatorAfter(text, names.lastIndex);
    const name = separator && secretName(match[0]);
    if (separator === undefined || name === undefined || !isHidden(shadow, match.index, name, separator)) continue;
    const value = valueAfter(shadow, match.index, name, separator);
    // In `"apikey: "client_secret":"x"` a quote is missing, and the value is the name of another.
    names.lastIndex = isNameToo(text, value) ? value.start : Math.max(names.lastIndex, value.end);
    if (!isRedacted(text, value)) spans.push(value);
  }
  return spans;
};
