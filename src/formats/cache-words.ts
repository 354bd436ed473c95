/**
 * Words for the cache that are not told by their first letters. The first entry that a word contains decides, whatever its case;
 * `none` where no entry does.
 */
import type { CacheWord } from '../events/request-batch.js';
import type { Reading } from './define.js';

export const cacheTables = {
  'cache-squid': [
    ['REFRESH_FAIL', 'stale'],
    ['REFRESH_UNMODIFIED', 'revalidated'],
    ['REFRESH_MODIFIED', 'expired'],
    ['CLIENT_REFRESH', 'miss'],
    // Before Squid 3.0.
    ['REFRESH_HIT', 'revalidated'],
    ['REFRESH_MISS', 'expired'],
    ['TUNNEL', 'bypass'],
    ['DENIED', 'none'],
    ['MISS', 'miss'],
    ['HIT', 'hit'],
  ],
  'cache-varnish': [
    ['HITMISS', 'miss'],
    ['HITPASS', 'bypass'],
    ['HIT', 'hit'],
    ['MISS', 'miss'],
    ['PASS', 'bypass'],
    ['PIPE', 'bypass'],
  ],
  'cache-haproxy': [['<CACHE>', 'hit']],
  'cache-cloudfront': [
    ['REFRESHHIT', 'revalidated'],
    // Neither says what this edge did.
    ['ORIGINSHIELD', 'none'],
    ['REDIRECT', 'none'],
    ['MISS', 'miss'],
    ['HIT', 'hit'],
  ],
} as const satisfies Partial<Record<Reading, readonly (readonly [word: string, means: CacheWord])[]>>;

export type CacheReading = keyof typeof cacheTables;
