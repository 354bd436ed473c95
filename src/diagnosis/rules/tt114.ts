import { no, percent, type Rule } from '../rule.js';

export const tt114: Rule = {
  code: 'TT114',
  title: 'cached per end user',
  needs: ['start', 'status', 'client', 'lifetime', 'demand', 'user', 'fine stamps'],
  least: 5,
  fix: 'Take one fixed principal for the service token, not the end user of the request.',
  risk: 'Tokens that do belong to users must stay apart.',
  judge: (s) => {
    const { perRequest, partition } = s;
    if (partition?.by === 'user') {
      const who = partition.named ? 'user' : 'address of a user';
      const { explained, complete, parts, single } = partition;
      const why = single
        ? `${percent(explained)} of the fetches came at the first request of a ${who} after a life, and ${percent(complete)} of such requests fetched; those who came back did not`
        : `at each time there are as many fetches as caches for each ${who} would make (${percent(explained)} agree, ${parts} of them)`;
      return {
        score: partition.fit,
        explains: s.redundant,
        pieces: partition.pieces,
        why,
        against: 'routes say it as well',
      };
    }
    const byUser = s.partitions.find(({ by }) => by === 'user');
    if (byUser !== undefined)
      return no(
        `users do not say which requests fetch: of the requests of a user without a token ${percent(byUser.complete)} did`,
      );
    if (perRequest === undefined) return no('demand is not known, nor who the users are');
    const between =
      perRequest > 0.03 && perRequest < 0.7 && s.gap !== undefined && s.gap.p5 < 0.3 * s.gap.p50 && s.trains === undefined;
    if (!between) return no(`${perRequest.toFixed(2)} fetches per request`);
    // Without the user on each request this stays a suspicion.
    return {
      score: 0.4,
      explains: s.redundant,
      pieces: s.ok,
      why: `${perRequest.toFixed(2)} fetches per request without any rhythm`,
      against: 'users are not in the log',
    };
  },
};
