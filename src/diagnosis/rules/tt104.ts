import { no, type Rule, span } from '../rule.js';

export const tt104: Rule = {
  code: 'TT104',
  title: 'refresh margin >= lifetime',
  needs: ['start', 'status', 'client', 'lifetime'],
  least: 5,
  fix: 'Make the margin smaller than the lifetime (at most a tenth of it), or have the issuer hand out tokens that live longer.',
  risk: null,
  judge: (s) => {
    const { lifetimeMs, gap } = s;
    if (lifetimeMs === undefined || gap === undefined) return no('the lifetime is not known');
    if (lifetimeMs > 300_000) return no(`tokens live ${span(lifetimeMs)}, longer than any usual margin`);
    if (gap.p5 > 0.5 * gap.p50 && gap.p50 >= 1000 && s.resolutionMs < gap.p50 / 3)
      return no('fetches keep a constant distance, as a cache that works keeps it');
    if (s.perRequest !== undefined && s.perRequest < 0.7) return no('tokens are used for several requests');
    const score = lifetimeMs <= 60_000 ? 0.9 : 0.35;
    const why = `tokens live ${span(lifetimeMs)}, ${lifetimeMs <= 60_000 ? 'not more than the margin of 60 s that many clients keep' : 'which a margin of minutes eats'}, and each was used once: half of the gaps are below ${span(gap.p50)}`;
    return { score, explains: s.redundant, pieces: s.ok, why, against: 'that a cache is there at all cannot be seen' };
  },
};
