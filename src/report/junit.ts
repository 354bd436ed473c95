/** JUnit XML: one test case for each budget, for Jenkins, CircleCI, GitLab, Bitbucket and Azure. */
import type { Analysis, BudgetResult } from '../analysis/result.js';
import { shown } from './cells.js';
import { clientOf, rankedFindings } from './finding-table.js';
import { verdict } from './verdict.js';
import { count } from './words.js';

/** XML 1.0 has no word for the two last characters of the plane; controls are visible already. */
const xml = (text: string): string =>
  shown(text)
    .replace(/[\ufffe\uffff]/g, '\ufffd')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&apos;');

interface Case {
  readonly name: string;
  readonly group: string;
  /** An element with its reason; undefined: passed. */
  readonly outcome?: { readonly kind: 'failure' | 'error' | 'skipped'; readonly message: string };
}

const budgetCase = ({ id, result, level, found, limit, comparison, why, unit }: BudgetResult): Case => {
  const value = `${found ?? 'not known'} (${unit}), ${comparison} ${limit}${why === null ? '' : `: ${why}`}`;
  const name = { name: id, group: 'token-tax.budgets' };
  if (result === 'pass') return name;
  if (result === 'skip')
    return { ...name, outcome: { kind: level === 'error' ? 'error' : 'skipped', message: `not decided: ${value}` } };
  return level === 'error'
    ? { ...name, outcome: { kind: 'failure', message: value } }
    : { ...name, outcome: { kind: 'skipped', message: `warning: ${value}` } };
};

const cases = (analysis: Analysis): Case[] => [
  {
    name: 'all of the input was read',
    group: 'token-tax.run',
    ...(analysis.complete
      ? {}
      : {
          outcome: {
            kind: 'error' as const,
            message:
              analysis.input.files.flatMap(({ name, error }) => (error === null ? [] : [`${name}: ${error}`])).join('; ') ||
              'partial',
          },
        }),
  },
  {
    name: 'the logs hold enough to decide',
    group: 'token-tax.run',
    ...(analysis.inconclusive === null ? {} : { outcome: { kind: 'error' as const, message: analysis.inconclusive } }),
  },
  ...analysis.budgets.map(budgetCase),
];

export const junit = (analysis: Analysis): string => {
  const all = cases(analysis);
  const number = (kind: string): number => all.filter(({ outcome }) => outcome?.kind === kind).length;
  // The root has no word for skipped ones: each suite counts its own.
  const counts = `tests="${all.length}" failures="${number('failure')}" errors="${number('error')}"`;
  const { says, of, condition } = verdict(analysis);
  const said = [
    [says, of, condition].filter((part) => part !== '').join('  '),
    ...rankedFindings(analysis)
      .slice(0, 20)
      .map(
        (finding) => `${finding.code} ${finding.title}: ${clientOf(analysis, finding)}, ${count(finding.redundant)} redundant`,
      ),
  ];
  const suites = [...new Set(all.map(({ group }) => group))];
  const lines = suites.flatMap((suite) => {
    const own = all.filter(({ group }) => group === suite);
    const of = (kind: string): number => own.filter(({ outcome }) => outcome?.kind === kind).length;
    return [
      `  <testsuite name="${suite}" tests="${own.length}" failures="${of('failure')}" errors="${of('error')}" skipped="${of('skipped')}" time="0">`,
      ...own.flatMap(({ name, group, outcome }) => {
        const open = `    <testcase name="${xml(name)}" classname="${group}" time="0"`;
        if (outcome === undefined) return [`${open}/>`];
        const text = outcome.kind === 'skipped' ? '' : ` type="${group}"`;
        return [`${open}>`, `      <${outcome.kind} message="${xml(outcome.message)}"${text}/>`, '    </testcase>'];
      }),
      ...(suite === 'token-tax.run' ? [`    <system-out>${said.map(xml).join('\n')}</system-out>`] : []),
      '  </testsuite>',
    ];
  });
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="token-tax" ${counts} time="0">`,
    ...lines,
    '</testsuites>',
    '',
  ].join('\n');
};
