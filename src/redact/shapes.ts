import type { Span } from './kinds.js';
import { markChar, type Shadow } from './shadow.js';

/** Shortest `eyJ...` that is taken for a token when nothing but its length says so. */
const LONE_JWT = 23;
/** Shortest first part, dot excluded, that is taken for a header when only one dot follows (a cut token). */
const JWT_HEADER = 7;

const isJwtAt = (run: string, at: number): boolean => {
  const dot = run.indexOf('.', at);
  if (dot < 0) return run.length - at >= LONE_JWT;
  if (dot - at >= JWT_HEADER) return true;
  return dot - at > 3 && run.includes('.', dot + 1);
};

/** JSON Web Tokens, signed, encrypted or cut short, anywhere in a word. */
export const jwts = ({ text }: Shadow): Span[] => {
  const spans: Span[] = [];
  for (const { 0: run, index } of text.matchAll(/[\w.-]+/g)) {
    let at = run.indexOf('eyJ');
    while (at >= 0 && !isJwtAt(run, at)) at = run.indexOf('eyJ', at + 3);
    if (at >= 0) spans.push({ start: index + at, end: index + run.length, kind: 'jwt' });
  }
  return spans;
};

/** Shortest `Basic` value: below it, the word is prose ("basic auth"). */
const BASIC_MIN = 6;
const challenge = /^(?:error|realm|scope|charset)=/i;

/** Credentials behind an HTTP authentication scheme. */
export const schemeCredentials = ({ text }: Shadow): Span[] => {
  const spans: Span[] = [];
  const schemes = new RegExp(`\\b(basic|bearer|dpop|negotiate)[ \\t+]{1,4}([^\\s"',;&${markChar}]+)`, 'gid');
  for (const match of text.matchAll(schemes)) {
    const kind = match[1]!.toLowerCase() === 'basic' ? 'basic' : 'bearer';
    const value = match[2]!;
    const [start, end] = match.indices![2]!;
    if (challenge.test(value) || (kind === 'basic' && value.length < BASIC_MIN)) continue;
    spans.push({ start, end, kind });
  }
  return spans;
};

/** `user:password@` or `token@` in URLs. The last `@` before the path counts: passwords hold unescaped ones. */
export const urlCredentials = ({ text }: Shadow): Span[] => {
  const spans: Span[] = [];
  for (const { 0: found, index } of text.matchAll(/:\/\/[^\s/?#"]+/g)) {
    const at = found.lastIndexOf('@');
    const user = found.slice(3, Math.max(3, at));
    if (user.replaceAll(markChar, '') !== '') spans.push({ start: index + 3, end: index + at, kind: 'url_credentials' });
  }
  return spans;
};

/** Prefixes that issuers give to their tokens so that scanners can find them. */
export const tokenPrefixes = [
  'gh[oprsu]_',
  'github_pat_',
  'glpat-',
  'xox[a-z]-',
  'xapp-',
  '[prs]k_(?:live|test)_',
  'whsec_',
  'sk-',
  '(?:AKIA|ASIA)(?=[A-Z0-9]{6})',
  'hv[bsr]\\.',
  'npm_',
  'AIza',
  'ya29\\.',
  'dop_v1_',
  'shp(?:at|ss|ca|pa)_',
  'ory_[ar]t_',
] as const;

const knownToken = new RegExp(`(?<![A-Za-z0-9])(?:${tokenPrefixes.join('|')})[\\w-]{6,}(?:\\.[\\w-]+)?`, 'g');

/** Prefixes that ordinary words share (`npm_config_cache`, `sk-learn-extra`); those have no digit. */
const weakPrefix = /^(?:npm_|sk-)\D*$/;

/** Tokens that their prefix gives away. */
export const knownTokens = ({ text }: Shadow): Span[] => {
  const spans: Span[] = [];
  for (const { 0: found, index } of text.matchAll(knownToken)) {
    if (!weakPrefix.test(found)) spans.push({ start: index, end: index + found.length, kind: 'known_token' });
  }
  return spans;
};

/** PEM blocks; without an end line (cut text) to the end. */
export const privateKeys = ({ text }: Shadow): Span[] => {
  const spans: Span[] = [];
  let done = 0;
  for (const { index } of text.matchAll(/-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----/g)) {
    if (index < done) continue;
    const tail = text.indexOf('-----END', index);
    const close = tail < 0 ? -1 : text.indexOf('-----', tail + 8);
    done = close < 0 ? text.length : close + 5;
    spans.push({ start: index, end: done, kind: 'private_key' });
  }
  return spans;
};
