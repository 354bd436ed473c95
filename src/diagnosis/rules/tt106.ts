import { no, percent, type Rule, span } from '../rule.js';

export const tt106: Rule = {
  code: 'TT106',
  title: 'each instance caches alone',
  needs: ['start', 'status', 'client', 'lifetime'],
  least: 3,
  fix: 'Share the cache between workers (shared memory of the node) or between instances (a shared cache), or accept it.',
  risk: 'A shared cache holds secrets: TLS, authentication and encryption.',
  judge: (s) => {
    if (s.acrossHolders > 0) {
      const why = `${s.holders} holders fetch for themselves; ${s.acrossHolders} fetches more than one cache for all would need`;
      return { score: 0.95, explains: s.acrossHolders, pieces: s.holders * 2, why, against: 'holders do not each cache' };
    }
    const { trains, perLife, gap } = s;
    // Gateways behind one address that each have a cache are as they should be: there must be more caches than gateways.
    const gateways = s.instances > s.holders ? s.instances / s.holders : 1;
    const caches = trains?.trains ?? perLife?.mean ?? 0;
    if (gateways > 1 && caches <= 1.15 * gateways)
      return no(`${s.instances} gateways fetch from ${s.holders} addresses: one cache each is no waste`);
    if (trains === undefined) {
      if (perLife === undefined || gap === undefined || perLife.mean < 1.5 || gap.p5 >= 0.6 * gap.p50)
        return no('the fetches of a life are no constant number');
      // Under chance the dispersion is 1, with a deviation of sqrt(2 / (n - 1)): a chi-square number over its degrees of freedom.
      const limit = Math.min(0.6, 1 - 2.3 * Math.sqrt(2 / perLife.degrees));
      if (perLife.dispersion > limit) return no('the fetches of a life are no constant number');
      // Steady requests after a short time to live are as even: only its floor tells the two apart.
      if (s.resolutionMs >= gap.p50 / 3) return no('the stamps are too coarse to tell caches beside each other from a short one');
      const apart = s.redundant === 0 ? 0 : Math.max(0, 1 - s.bursts.inFlight / s.redundant);
      const why = `${perLife.mean.toFixed(1)} fetches in each life of ${span(s.usableMs ?? 0)}, with ${percent(perLife.dispersion)} of the spread that traffic has: as many caches behind one address`;
      const near = s.perRequest !== undefined && s.perRequest >= 0.75 ? 0.1 : 1;
      return {
        score: 0.8 * near * apart * Math.min(1, (1 - perLife.dispersion) / 0.5),
        explains: s.redundant,
        pieces: perLife.windows,
        why,
        against: 'the number of fetches of a life varies as traffic does',
      };
    }
    const alone = s.redundant === 0 ? 0 : Math.max(0, 1 - s.bursts.inFlight / s.redundant);
    const isLife = s.lifetimeMs !== undefined && trains.periodMs >= 0.45 * s.lifetimeMs;
    const explains = isLife ? s.redundant : Math.min(s.redundant, (trains.trains - 1) * Math.max(1, s.needed));
    const why = `${trains.trains} fetches in each ${span(trains.periodMs)}, the ${trains.trains}th next always a period later (${percent(trains.fits)}): as many caches behind one address`;
    const against = `${percent(1 - alone)} of the redundant fetches began while another was in flight, which separate caches do not explain`;
    return { score: trains.fits * (0.15 + 0.85 * alone), explains, pieces: Math.floor(s.ok / trains.trains) * 2, why, against };
  },
};
