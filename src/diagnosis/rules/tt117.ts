import { no, type Rule, span } from '../rule.js';

export const tt117: Rule = {
  code: 'TT117',
  title: 'loopback outlives the token',
  needs: ['start', 'status', 'client', 'lifetime', 'cache word'],
  least: 0,
  fix: 'Let the loopback keep an answer for expires_in minus a margin at most.',
  risk: null,
  judge: (s) => {
    if (s.staleHits < 3 || s.lifetimeMs === undefined) return no('no cache gave out tokens older than they live');
    const why = `${s.staleHits} answers came from a cache that had asked more than ${span(s.lifetimeMs)} before`;
    return { score: 0.95, explains: 0, pieces: s.staleHits, why, against: '' };
  },
};
