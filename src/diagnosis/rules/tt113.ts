import { no, percent, type Rule } from '../rule.js';

export const tt113: Rule = {
  code: 'TT113',
  title: 'restart or deploy wave',
  needs: ['start', 'status', 'client', 'holder', 'lifetime'],
  least: 3,
  fix: 'Roll out more slowly, or let new instances take over the tokens of the old ones.',
  risk: null,
  judge: (s) => {
    const { wave } = s;
    if (wave.holders < 3 || wave.holders < 0.4 * s.holders) return no('no early fetches of many holders at once');
    const part = Math.min(1, wave.fetches / Math.max(1, s.redundant));
    const once = wave.holders / wave.fetches;
    const why = `${wave.holders} of ${s.holders} holders fetch within a short time, ${wave.fetches} times, though their tokens were good`;
    return {
      score: part > 0.4 ? 0.9 * once * Math.min(1, part * 1.5) : 0.1,
      explains: Math.min(wave.fetches, s.redundant),
      pieces: wave.holders * 2,
      why,
      against: `only ${percent(part)} of the redundant fetches belong to the wave`,
    };
  },
};
