import { no, percent, type Rule } from '../rule.js';

export const tt107: Rule = {
  code: 'TT107',
  title: 'synchronised expiry',
  needs: ['start', 'status', 'client', 'holder', 'lifetime'],
  least: 0,
  fix: 'Add jitter to the margin of each holder, so that they do not expire together.',
  risk: null,
  judge: (s) => {
    const { share, cycles, chance } = s.together;
    if (cycles < 3 || share < 0.5 || chance > 0.001) return no('holders do not fetch at the same times');
    const why = `at each of ${cycles} expiries the other ${s.holders - 1} holders fetch ${percent(share)} nearer than holders do that have nothing to do with each other`;
    return {
      score: Math.max(0.75, share),
      explains: 0,
      pieces: cycles * 3,
      why,
      against: 'this is about peaks, not about too many fetches',
    };
  },
};
