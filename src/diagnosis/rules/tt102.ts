import { no, percent, type Rule } from '../rule.js';

export const tt102: Rule = {
  code: 'TT102',
  title: 'more than one fetch per request',
  needs: ['start', 'duration', 'status', 'client', 'demand'],
  least: 6,
  fix: 'Fetch once for each request and hand the token on; remove the second filter or the second token source, then cache.',
  risk: null,
  judge: (s) => {
    const { groups, perRequest, gap } = s;
    const whole = perRequest === undefined ? 0 : Math.round(perRequest);
    const isWhole = perRequest !== undefined && whole >= 2 && Math.abs(perRequest - whole) <= 0.08 * whole;
    const inGroups = groups.size >= 2 && groups.count >= 8 ? groups.share : 0;
    const withoutCache = gap !== undefined && (s.usableMs === undefined || gap.p50 < 0.4 * s.usableMs);
    const k = isWhole ? whole : groups.size;
    if (!withoutCache || (!isWhole && inGroups < 0.7))
      return no('fetches do not come in groups of one size, one group for each request');
    if (perRequest !== undefined && !isWhole) return no(`${perRequest.toFixed(2)} fetches per request is no whole number`);
    const ratio = perRequest === undefined ? '' : `${perRequest.toFixed(2)} fetches per request; `;
    const score = isWhole ? 1 : 0.9 * inGroups;
    const why = `${ratio}${percent(groups.share)} of the groups of fetches that follow each other have exactly ${groups.size}`;
    return {
      score,
      explains: s.redundant,
      pieces: Math.floor(s.ok / k),
      why,
      against: 'groups of one size do not stand for single requests',
    };
  },
};
