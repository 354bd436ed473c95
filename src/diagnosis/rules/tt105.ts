import { no, percent, type Rule, span } from '../rule.js';

export const tt105: Rule = {
  code: 'TT105',
  title: 'fragmented cache key',
  needs: ['start', 'status', 'client', 'lifetime', 'demand', 'fine stamps'],
  least: 3,
  fix: 'Make the cache key of endpoint, client, sorted scopes and audience, and of nothing else.',
  risk: 'A key that is too coarse hands out tokens with the wrong scope.',
  judge: (s) => {
    const { trains, partition } = s;
    if (partition?.by === 'route') {
      const { explained, complete, parts, single } = partition;
      const entries = `${parts} entries by route and instance, where one for each instance would do`;
      const why = single
        ? `${percent(explained)} of the fetches came at the first request of a route after a life, and ${percent(complete)} of such requests fetched: ${entries}`
        : `at each time there are as many fetches as caches by route would make (${percent(explained)} agree): ${entries}`;
      return {
        score: partition.fit,
        explains: s.redundant,
        pieces: partition.pieces,
        why,
        against: 'routes say no more than workers would',
      };
    }
    const byRoute = s.partitions.find(({ by }) => by === 'route');
    if (byRoute !== undefined && byRoute.pieces >= 20)
      return no(
        `routes do not say which requests fetch: ${percent(byRoute.explained)} of the fetches came where a route had no token`,
      );
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
