import { findSecrets, replaceSecrets } from './find.js';
import { shadowOf } from './shadow.js';
import { tokenPrefixes } from './shapes.js';

const SECRET = '{secret}';
/** Shortest opaque word that is taken for a token. */
const OPAQUE_MIN = 32;
/** 32 hexadecimal digits are an id (UUID, MD5); from SHA-1 on they are taken for a key. */
const HEX_MIN = 40;

const uuid = /[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}/gi;
const hexOnly = /^[0-9a-f]+$/i;
const base64url = /^[\w-]+$/;

const classOf = (char: string): string => {
  if (char >= '0' && char <= '9') return 'digit';
  if (char >= 'a' && char <= 'z') return 'lower';
  return char >= 'A' && char <= 'Z' ? 'upper' : 'mark';
};

/**
 * Changes between lower case, upper case and digits (marks apart), and those of them to or from a digit. Random text changes at every
 * second place; names in camel case change often, but have few digits; slugs change rarely.
 */
const classChanges = (word: string): { all: number; digit: number } => {
  const changes = { all: 0, digit: 0 };
  let last = 'mark';
  for (const char of word) {
    const now = classOf(char);
    if (now !== 'mark' && last !== 'mark' && now !== last) {
      changes.all += 1;
      if (now === 'digit' || last === 'digit') changes.digit += 1;
    }
    last = now;
  }
  return changes;
};

const MIN_DIGIT_CHANGES = 4;

const isOpaque = (word: string): boolean => {
  if (word.length < OPAQUE_MIN || !base64url.test(word)) return false;
  if (hexOnly.test(word)) return word.length >= HEX_MIN;
  const rest = word.replace(uuid, '');
  if (rest.length < OPAQUE_MIN) return false;
  const { all, digit } = classChanges(rest);
  return all >= rest.length / 5 && digit >= MIN_DIGIT_CHANGES;
};

/** True for text that is or holds something that looks like a token. */
export const holdsToken = (segment: string): boolean =>
  findSecrets(segment).some(({ kind }) => kind === 'jwt' || kind === 'known_token') ||
  shadowOf(segment)
    .text.split(/[^\w-]/)
    .some(isOpaque);

/** Shorter segments hold no token that their shape gives away. */
const SHORTEST_TOKEN = 8;

/** Words of at most 31 characters between dots, slashes and braces: nothing is encoded or named in here, and no word is long enough. */
const plainPath = /^[./{}]*(?:[\w-]{1,31}(?:[./{}]+|$))*$/;
/** What gives a token away all the same. */
const tokenStart = new RegExp(`eyJ|${tokenPrefixes.join('|')}`);

/** True for a path that the detectors cannot find anything in, at a fraction of their price. Most paths are of this kind. */
export const isPlainPath = (path: string): boolean => plainPath.test(path) && !tokenStart.test(path);

/**
 * A path without its query, in which segments that look like secrets are `{secret}` and values of secret names (`;jsessionid=...`) too.
 * Nothing else is changed; percent escapes stay as they are.
 */
export const redactPath = (path: string): string => (isPlainPath(path) ? path : redactAnyPath(path));

/** The same, the long way: what the short cut is held to in tests. */
export const redactAnyPath = (path: string): string => {
  const query = path.search(/[?#]/);
  const bare = query < 0 ? path : path.slice(0, query);
  const safe = bare
    .split('/')
    .map((segment) => (segment.length >= SHORTEST_TOKEN && holdsToken(segment) ? SECRET : segment))
    .join('/');
  return replaceSecrets(safe, () => SECRET);
};
