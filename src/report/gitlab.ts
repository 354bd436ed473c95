/** Code Quality of GitLab: a list of issues with fingerprints that stay the same between runs. */
import type { Analysis } from '../analysis/result.js';
import { shown } from './cells.js';
import { clientOf, rankedFindings } from './finding-table.js';
import { inert } from './json.js';
import { count } from './words.js';

/** The share of all redundant fetches that a cause explains, as a severity. */
const severityOf = (share: number | null): string =>
  share === null ? 'info' : share >= 0.5 ? 'critical' : share >= 0.1 ? 'major' : 'minor';

export const gitlab = (analysis: Analysis): string => {
  const fallback = shown(analysis.input.files[0]?.name ?? 'token-tax');
  const issues = [
    ...analysis.budgets
      .filter(({ result, level }) => result === 'fail' || (result === 'skip' && level === 'error'))
      .map(({ id, result, found, comparison, limit, level }) => ({
        description: shown(`${id}: ${result === 'skip' ? 'not decided' : (found ?? 'not known')}, budget ${comparison} ${limit}`),
        check_name: 'token-tax/budget',
        fingerprint: `budget ${shown(id)}`,
        severity: level === 'error' ? 'blocker' : 'minor',
        location: { path: fallback, lines: { begin: 1 } },
      })),
    ...rankedFindings(analysis).map((finding) => ({
      description: shown(
        `${clientOf(analysis, finding)}: ${finding.code} ${finding.title}, ${count(finding.redundant)} redundant. ${finding.why}`,
      ),
      check_name: `token-tax/${finding.code}`,
      fingerprint: finding.id,
      severity: severityOf(finding.share),
      location: {
        path: shown(finding.evidence[0]?.file ?? fallback),
        lines: { begin: Math.max(1, finding.evidence[0]?.line ?? 1) },
      },
    })),
  ];
  return `${inert(JSON.stringify(issues, undefined, 2))}\n`;
};
