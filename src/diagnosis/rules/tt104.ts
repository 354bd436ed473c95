import { no, percent, type Rule, span } from '../rule.js';

export const tt104: Rule = {
  code: 'TT104',
  title: 'refresh margin >= lifetime',
  needs: ['start', 'status', 'client', 'lifetime'],
  least: 5,
  fix: 'Make the margin smaller than the lifetime (at most a tenth of it), or have the issuer hand out tokens that live longer.',
  risk: null,
  judge: (s) => {
    const { lifetimeMs, gap, byLife } = s;
    if (lifetimeMs === undefined || gap === undefined) return no('the lifetime is not known');
    if (byLife !== undefined && s.countdown.fits < 0.4 * s.countdown.pairs) {
      const { shortMs, longMs, shortCount, longCount, shortRedundant, longRedundant } = byLife;
      const [short, long] = [shortRedundant / Math.max(1, shortCount), longRedundant / Math.max(1, longCount)];
      if (shortRedundant >= 5 && short > 0.1 && long < 0.34 * short) {
        const why = `after tokens that live ${span(shortMs)} ${percent(short)} of the fetches are redundant, after those that live ${span(longMs)} ${percent(long)}: the margin eats the short life`;
        return { score: 0.97, explains: s.redundant, pieces: shortRedundant, why, against: 'lives are all the same' };
      }
    }
    if (lifetimeMs > 300_000) return no(`tokens live ${span(lifetimeMs)}, longer than any usual margin`);
    if (gap.p5 > 0.5 * gap.p50 && gap.p50 >= 1000 && s.resolutionMs < gap.p50 / 3)
      return no('fetches keep a constant distance, as a cache that works keeps it');
    if (s.perRequest !== undefined && s.perRequest < 0.7) return no('tokens are used for several requests');
    if (s.nearLife > 0.3) return no('tokens are used until they end');
    // A cache lets those who come during a fetch wait for it. Nothing else tells one that throws each token away from none.
    const beside = s.bursts.inFlight >= 2 && s.perRequest !== undefined && s.perRequest >= 0.98;
    const shared = s.isShared === true ? 1 : s.isShared === false || beside ? 0.1 : 0.35;
    const score = (lifetimeMs <= 60_000 ? 0.9 : 0.35) * shared;
    const why = `tokens live ${span(lifetimeMs)}, ${lifetimeMs <= 60_000 ? 'not more than the margin of 60 s that many clients keep' : 'which a margin of minutes eats'}, and each was used once: half of the gaps are below ${span(gap.p50)}`;
    return { score, explains: s.redundant, pieces: s.ok, why, against: 'that a cache is there at all cannot be seen' };
  },
};
