import { no, type Rule, span } from '../rule.js';
import { guessOf } from './tt108.js';

export const tt111: Rule = {
  code: 'TT111',
  title: 'cache shorter than the token',
  needs: ['start', 'status', 'client', 'lifetime'],
  least: 3,
  fix: 'Cache for expires_in minus a margin in place of a fixed time.',
  risk: 'A revoked token is used for longer.',
  judge: (s) => {
    const { gap, trains } = s;
    if (gap === undefined || gap.count < 3) return no('there are too few gaps');
    // A steady gap is what a cache that works shows too: only the life says which of the two.
    const sure = s.lifetimeFrom === 'unknown' ? 0.08 : 1;
    if (s.usableMs !== undefined && gap.p50 > 0.8 * s.usableMs) return no('the gap is about the life of the token');
    if (trains !== undefined && (s.usableMs === undefined || trains.periodMs < 0.45 * s.usableMs)) {
      const explains = Math.max(0, s.redundant - (trains.trains - 1) * Math.max(1, s.needed));
      const why = `each of ${trains.trains} caches fetches every ${span(trains.periodMs)}`;
      return { score: 0.85 * trains.fits * sure, explains, pieces: gap.count, why, against: 'gaps are not constant' };
    }
    if (trains !== undefined)
      return no(`each of ${trains.trains} rhythms has a period of ${span(trains.periodMs)}, about the life of the token`);
    if (s.resolutionMs >= gap.p50 / 3 || gap.p50 < 1000)
      return no(`gaps are mostly below ${span(Math.max(1000, gap.p50))}, which no cache keeps to`);
    const floor = (gap.p5 + s.resolutionMs) / gap.p50;
    const score = Math.min(1, Math.max(0, (floor - 0.3) / 0.4));
    const why = `a fetch every ${span(gap.p50)} (95 % of the gaps are at least ${span(gap.p5)})${s.lifetimeMs === undefined ? '' : `, though tokens live ${span(s.lifetimeMs)}`}`;
    const near = s.perRequest !== undefined && s.perRequest >= 0.8 ? 0.2 : 1;
    // A scheduler keeps to the clock and a client's default to its number: a TTL of that kind would be chance.
    const scheduled = s.onTheMinute > 0.95 && gap.p50 >= 55_000 ? 0.15 : 1;
    const guess = s.lifetimeFrom === 'expires_in' ? undefined : guessOf(s);
    const guessed = guess === undefined ? 1 : Math.max(0.1, guess.open);
    const explains = Math.max(0, s.redundant - s.bursts.inFlight);
    return {
      score: score * near * scheduled * guessed * sure,
      explains,
      pieces: gap.count,
      why,
      against:
        sure < 1
          ? 'how long tokens live is not known'
          : near < 1
            ? 'each request fetches'
            : `gaps are not constant: from ${span(gap.p5)} to ${span(gap.p95)}`,
    };
  },
};
