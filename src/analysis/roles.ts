/** What a file is, from what it holds: the log of a gateway, of an issuer, or of a loopback. */
import type { FileTally } from './part.js';
import type { Role } from './result.js';

/** An issuer also serves pages; more other requests than this share of its token traffic make it something else. */
const OTHER_SHARE = 0.1;

export function roleOf(tally: FileTally | undefined, forced: Role | undefined): Role {
  if (forced !== undefined) return forced;
  if (tally === undefined) return 'unknown';
  const auth = tally.tokenRequests + tally.siblingRequests;
  const other = tally.apiRequests - tally.authLookingApi;
  if (auth === 0) return tally.apiRequests === 0 ? 'unknown' : 'gateway';
  if (other > OTHER_SHARE * auth) return 'gateway';
  // Nobody logs a cache word for a token endpoint but a cache in front of it.
  return tally.tokenWithCacheWord * 2 > tally.tokenRequests && tally.tokenRequests > 0 ? 'loopback' : 'issuer';
}
