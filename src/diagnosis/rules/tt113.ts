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
    if (wave.waves === 0) return no('no early fetches of many holders at once');
    const part = Math.min(1, wave.redundant / Math.max(1, s.redundant));
    // What waves hold beyond their share of the time; a steady gap would be early too if the life were not known.
    const gathered = part * Math.max(0, 1 - 3 * wave.share) * (s.lifetimeFrom === 'unknown' ? 0.08 : 1);
    const { once } = wave;
    // Nobody restarts a fleet again and again within the life of one token.
    const most = Math.max(3, s.usableMs === undefined ? 3 : s.spanMs / s.usableMs);
    const seldom = Math.min(1, (most / wave.waves) ** 2);
    const times = wave.waves === 1 ? 'once' : `${wave.waves} times`;
    const why = `${times} up to ${wave.holders} of ${s.holders} holders fetch within a short time, ${wave.fetches} fetches, though their tokens were good`;
    return {
      score: part > 0.4 ? 0.9 * once * seldom * Math.min(1, gathered * 1.5) : 0.1 * Math.min(1, gathered * 5),
      explains: Math.min(wave.redundant, s.redundant),
      pieces: wave.holders * 2 * wave.waves,
      why,
      against: `only ${percent(part)} of the redundant fetches belong to the wave`,
    };
  },
};
