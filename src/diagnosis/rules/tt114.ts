import { no, type Rule } from '../rule.js';

export const tt114: Rule = {
  code: 'TT114',
  title: 'cached per end user',
  needs: ['start', 'status', 'client', 'demand', 'user'],
  least: 5,
  fix: 'Take one fixed principal for the service token, not the end user of the request.',
  risk: 'Tokens that do belong to users must stay apart.',
  judge: (s) => {
    const { perRequest, gap } = s;
    if (perRequest === undefined || gap === undefined) return no('demand is not known, nor who the users are');
    const between = perRequest > 0.03 && perRequest < 0.7 && gap.p5 < 0.3 * gap.p50 && s.trains === undefined;
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
