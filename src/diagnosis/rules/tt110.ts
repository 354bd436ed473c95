import { no, type Rule, span } from '../rule.js';

export const tt110: Rule = {
  code: 'TT110',
  title: 'fetch loop after 401, 403, 429 or 5xx',
  needs: ['start', 'status', 'client'],
  least: 0,
  fix: 'Back off after a failure (exponential, with jitter, Retry-After), share the failure, and limit refetches after an upstream 401.',
  risk: null,
  judge: (s) => {
    const { failures, after401 } = s;
    if (failures.isHammering) {
      const why = `${failures.inRuns} failed fetches in runs of up to ${failures.longest}, half of them ${span(failures.gapMs)} or less after the one before`;
      return { score: 0.95, explains: 0, pieces: failures.inRuns, why, against: '' };
    }
    if (after401 >= 5 && after401 >= 0.5 * s.redundant) {
      const why = `${after401} of ${s.redundant} redundant fetches come within 2 s of an upstream 401`;
      return { score: 0.95, explains: after401, pieces: after401, why, against: '' };
    }
    return no(
      s.failed === 0
        ? 'no fetch failed'
        : `failures are single, or apart by more than a back-off (longest run ${failures.longest})`,
    );
  },
};
