/** What the words for a response cache mean: did the request reach the back end? One table per family of writers. */
import type { CacheWord } from '../events/request-batch.js';

type CacheWords = Readonly<Record<string, CacheWord>>;

/** nginx, Kong's proxy-cache, APISIX. */
export const responseCacheWords: CacheWords = {
  hit: 'hit',
  miss: 'miss',
  expired: 'expired',
  // Kong: there was a response that could not be used any more.
  refresh: 'expired',
  stale: 'stale',
  updating: 'updating',
  revalidated: 'revalidated',
  bypass: 'bypass',
};

export const cloudflareCacheWords: CacheWords = {
  hit: 'hit',
  stream_hit: 'hit',
  miss: 'miss',
  expired: 'expired',
  stale: 'stale',
  updating: 'updating',
  revalidated: 'revalidated',
  bypass: 'bypass',
  dynamic: 'bypass',
  ignored: 'bypass',
};

export const apimCacheWords: CacheWords = { hit: 'hit', miss: 'miss', none: 'bypass' };

/** A flag: served from the cache, or not. */
export const cacheFlagWords: CacheWords = { '1': 'hit', '0': 'miss' };
