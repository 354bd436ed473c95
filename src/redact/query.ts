import { holdsToken } from './path.js';
import { redactText } from './text.js';

/** Shorter values hold no token that their shape alone gives away. */
const SHORTEST_TOKEN = 8;

const redactPair = (pair: string): string => {
  const at = pair.indexOf('=');
  const value = pair.slice(at + 1);
  return value.length >= SHORTEST_TOKEN && holdsToken(value) ? `${pair.slice(0, at + 1)}<redacted:token>` : pair;
};

/**
 * A query with its names and harmless values as they are, percent escapes too. Values of secret names, and values that look like
 * tokens whatever their name, are `<redacted:KIND>`.
 */
export const redactQuery = (query: string): string => redactText(query).split('&').map(redactPair).join('&');
