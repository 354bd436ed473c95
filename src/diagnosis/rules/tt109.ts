import { no, type Rule } from '../rule.js';

export const tt109: Rule = {
  code: 'TT109',
  title: 'issuer hands out tokens that are almost over',
  needs: ['start', 'status', 'client', 'expires_in'],
  least: 0,
  fix: 'Have the issuer make a new token when the old one has lived half of its life, or cache by the remaining expires_in.',
  risk: null,
  judge: (s) => {
    const { pairs, fits } = s.countdown;
    if (pairs < 4) return no('lifetimes in the answers are not known');
    const share = fits / pairs;
    if (share < 0.4) return no('lifetimes do not count down from answer to answer');
    // Whoever fetches for each request meets a countdown too: here tokens that are fresh are kept, and those that are almost over are not.
    const kept = Math.min(1, 2 * s.countdown.kept);
    const why = `in ${fits} of ${pairs} pairs of answers the lifetime has shrunk by the time between them: the same token, handed out again`;
    return {
      score: (0.5 + 0.5 * share) * kept,
      explains: s.redundant,
      pieces: fits,
      why,
      against: 'few of the lifetimes count down',
    };
  },
};
