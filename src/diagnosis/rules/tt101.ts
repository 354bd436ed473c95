import { no, type Rule, span } from '../rule.js';

export const tt101: Rule = {
  code: 'TT101',
  title: 'no cache',
  needs: ['start', 'status', 'client', 'lifetime'],
  least: 3,
  fix: 'Cache the token until expires_in minus a margin; let concurrent callers share one fetch.',
  risk: 'A revoked token is used until it expires, or until the first 401.',
  judge: (s) => {
    const { gap, perRequest } = s;
    if (gap === undefined || s.redundant === 0) return no('no fetch came while a token was still good');
    const floor = gap.p5 / Math.max(1, gap.p50);
    const blurred = s.resolutionMs >= gap.p50 / 3;
    // Where tokens are used until they end, there is a cache, whatever else happens to it. Traffic of its own gives at most a fifth.
    const kept = Math.min(1, Math.max(0, (0.5 - s.nearLife) / 0.25));
    const { byLife, perLife } = s;
    const lasts =
      byLife !== undefined && byLife.longRedundant / byLife.longCount < (0.34 * byLife.shortRedundant) / byLife.shortCount;
    // Fetches that are spread more evenly over the lives than requests ever are.
    const even = perLife !== undefined && perLife.mean >= 1.5 ? Math.min(1, perLife.dispersion / 0.7) : 1;
    const irregular =
      (lasts ? 0.1 : kept) * even * (gap.p50 < 1000 || blurred ? 1 : Math.min(1, Math.max(0, (0.6 - floor) / 0.3)));
    // Each of these is a rhythm that requests do not have.
    const grouped = s.groups.size >= 2 && s.groups.count >= 8 && s.groups.share >= 0.7;
    // A client that takes off more than the whole life looks the same, but for requests that come while a fetch is under way: they wait.
    const waits = s.isShared === true && s.lifetimeMs !== undefined && s.lifetimeMs <= 300_000;
    const doubt = (grouped ? 0.25 : 1) * (s.trains === undefined ? 1 : 0.15) * (waits ? 0.3 : 1);
    const explains = s.redundant;
    const median = `half of the gaps between fetches are below ${span(gap.p50)}`;
    if (perRequest !== undefined) {
      const near = perRequest >= 0.75 && perRequest <= 1.4 ? 1 : perRequest > 1.4 ? 0.5 : perRequest > 0.5 ? 0.3 : 0.05;
      const ratio = `${perRequest.toFixed(2)} fetches per request`;
      const why = `${ratio}: each request fetches, whatever token is still good; ${median}`;
      return {
        score: near * (near === 1 ? (waits ? 0.45 : 1) : irregular),
        explains,
        pieces: s.ok,
        why,
        against: `${ratio}, where without a cache it would be 1`,
      };
    }
    const against =
      irregular < 0.5
        ? `gaps do not follow traffic: 95 % are at least ${span(gap.p5)}`
        : 'demand is not in the log, so the ratio to it is not known';
    return {
      score: 0.85 * irregular * doubt,
      explains,
      pieces: s.ok,
      why: `gaps follow no clock, ${median} and 95 % below ${span(gap.p95)}`,
      against,
    };
  },
};
