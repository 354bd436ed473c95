import { no, type Rule, span } from '../rule.js';

export const tt105: Rule = {
  code: 'TT105',
  title: 'fragmented cache key',
  needs: ['start', 'status', 'client', 'scope', 'lifetime'],
  least: 3,
  fix: 'Make the cache key of endpoint, client, sorted scopes and audience, and of nothing else.',
  risk: 'A key that is too coarse hands out tokens with the wrong scope.',
  judge: (s) => {
    const { trains } = s;
    if (trains === undefined) return no('no caches with a rhythm of their own stand beside each other');
    const why = `${trains.trains} fetches in each ${span(trains.periodMs)}, each entry with a rhythm of its own`;
    return {
      score: 0.2 * trains.fits,
      explains: s.redundant,
      pieces: Math.floor(s.ok / trains.trains),
      why,
      against: 'nothing in the log ties each rhythm to a route or back end',
    };
  },
};
