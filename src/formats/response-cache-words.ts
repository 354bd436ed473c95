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

/** What has none in its configuration, or is not to be stored, goes through; a part may be answered from the cache. */
export const frontDoorCacheWords: CacheWords = {
  hit: 'hit',
  remote_hit: 'hit',
  partial_hit: 'hit',
  miss: 'miss',
  cache_noconfig: 'bypass',
  config_nocache: 'bypass',
  private_nostore: 'bypass',
};
