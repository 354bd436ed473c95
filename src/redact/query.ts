import { holdsToken } from './path.js';
import { secretName } from './secret-names.js';
import { redactText } from './text.js';

/** Shorter values hold no token that their shape alone gives away. */
const SHORTEST_TOKEN = 8;

const redactPair = (pair: string): string => {
  const at = pair.indexOf('=');
  const value = pair.slice(at + 1);
  return value.length >= SHORTEST_TOKEN && holdsToken(value) ? `${pair.slice(0, at + 1)}<redacted:token>` : pair;
};

const plainPair = /^([\w-]+)=[a-z\d.]{0,15}$/i;

/** A name that is not secret and a value too short to be so by its shape: most of what there is. */
const isPlain = (pair: string): boolean => {
  const name = plainPair.exec(pair)?.[1];
  return name !== undefined && secretName(name) === undefined;
};

/**
 * A query with its names and harmless values as they are, percent escapes too. Values of secret names, and values that look like
 * tokens whatever their name, are `<redacted:KIND>`.
 */
export const redactQuery = (query: string): string =>
  query.split('&').every(isPlain) ? query : redactText(query).split('&').map(redactPair).join('&');
