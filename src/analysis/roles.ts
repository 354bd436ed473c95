/** What a file is, from what it holds: the log of a gateway, of an issuer, or of a loopback. */
import type { FileTally } from './part.js';
import type { Role } from './result.js';

/** An issuer also serves pages; more other requests than this share of its token traffic make it something else. */
const OTHER_SHARE = 0.1;

/** `uncounted`: requests to endpoints that looked like token endpoints and turned out to be none. */
export function roleOf(tally: FileTally | undefined, uncounted: number, forced: Role | undefined): Role {
  if (forced !== undefined) return forced;
  if (tally === undefined) return 'unknown';
  const tokens = tally.tokenRequests - uncounted;
  const auth = tokens + tally.siblingRequests;
  const api = tally.apiRequests + uncounted;
  if (auth === 0) return api === 0 ? 'unknown' : 'gateway';
  if (tally.plainApi + uncounted > OTHER_SHARE * auth) return 'gateway';
  // Nobody logs a cache word for a token endpoint but a cache in front of it.
  return tally.tokenWithCacheWord * 2 > tokens && tokens > 0 ? 'loopback' : 'issuer';
}
