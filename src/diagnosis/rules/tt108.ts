import { no, type Rule, span } from '../rule.js';

export const tt108: Rule = {
  code: 'TT108',
  title: 'no lifetime in the token response',
  needs: ['start', 'status', 'client', 'lifetime'],
  least: 3,
  fix: 'Have the issuer send expires_in, or give the client the lifetime; do not let it guess.',
  risk: null,
  judge: (s) => {
    const { gap } = s;
    if (s.lifetimeFrom === 'expires_in') return no('the answers say how long the token lives');
    if (gap === undefined) return no('there are no gaps');
    if (s.onTheMinute > 0.95 && gap.p50 >= 55_000) return no('fetches start with the minute, as a scheduler starts them');
    if (s.perRequest !== undefined && s.perRequest >= 0.75) return no('each request fetches, at whatever distance');
    if (s.resolutionMs >= gap.p50 / 3) return no('the stamps are too coarse to tell the gap');
    // A cache that keeps a token for this long asks at the next request after it, never before.
    const fallback = [1000, 300_000, 3_600_000].find(
      (ms) => gap.p5 >= 0.985 * ms - s.resolutionMs && gap.p5 <= 1.05 * ms + s.resolutionMs && gap.p50 <= 1.6 * ms,
    );
    if (fallback === undefined) return no('the gap is no default of a client (1 s, 300 s, 3600 s)');
    const why = `a fetch every ${span(gap.p50)}: ${span(fallback)} is what clients take where an answer says no lifetime`;
    const score = fallback === 1000 ? 0.9 : 0.75;
    return { score, explains: s.redundant, pieces: gap.count, why, against: 'that answers have no expires_in cannot be seen' };
  },
};
