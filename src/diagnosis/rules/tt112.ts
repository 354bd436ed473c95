import { no, percent, type Rule, span } from '../rule.js';

export const tt112: Rule = {
  code: 'TT112',
  title: 'cold start, short-lived job',
  needs: ['start', 'status', 'client', 'holder'],
  least: 0,
  fix: 'Keep the token outside the process (a file with tight rights, a shared cache), or keep the process.',
  risk: 'A token on disk has to be protected.',
  judge: (s) => {
    if (s.onceHolders >= 8 && s.onceSpread && s.onceHolders >= 0.35 * s.holders) {
      const why = `${s.onceHolders} of ${s.holders} callers fetch once and are not seen again; they go on appearing throughout the log`;
      return {
        score: 0.9,
        explains: Math.max(s.acrossHolders, s.redundant),
        pieces: s.onceHolders,
        why,
        against: 'callers come back',
      };
    }
    if (s.onTheMinute > 0.95 && s.gap !== undefined && s.gap.p50 >= 55_000 && s.redundant > 0)
      return {
        score: 0.95,
        explains: s.redundant,
        pieces: s.gap.count,
        why: `fetches start with the minute (${percent(s.onTheMinute)} in phase), every ${span(s.gap.p50)}: a scheduler starts them`,
        against: 'fetches do not keep to the clock',
      };
    return no('callers go on fetching, and not with the clock of a scheduler');
  },
};
