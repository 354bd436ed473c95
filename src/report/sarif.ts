/** SARIF 2.1.0: findings as results at the lines that show them, for code scanning and editors. */
import type { Location, Log, Result } from 'sarif';
import type { Analysis, BudgetResult, Finding } from '../analysis/result.js';
import { shown } from './cells.js';
import { clientOf, rankedFindings } from './finding-table.js';
import { inert } from './json.js';
import { rulePages } from './rule-pages.generated.js';
import { count } from './words.js';

/** GitHub takes at most 25,000 results of a run, and shows 5,000. */
const MOST_RESULTS = 5000;
const BUDGET = 'budget';

const uri = (file: string): string =>
  file
    .split('/')
    .map((part) => (part === '..' || part === '.' ? part : encodeURIComponent(part)))
    .join('/');

const rules = [
  ...rulePages.map(({ code, title, sections }) => ({
    id: code,
    name: title.replace(/[^A-Za-z0-9]+(.)?/g, (_, next: string | undefined) => next?.toUpperCase() ?? ''),
    shortDescription: { text: title },
    fullDescription: { text: (sections[0]?.text ?? title).split('\n\n')[0]! },
    help: {
      text: sections.map(({ heading, text }) => `${heading}\n${text}`).join('\n\n'),
      markdown: sections.map(({ heading, text }) => `## ${heading}\n\n${text}`).join('\n\n'),
    },
    defaultConfiguration: { level: 'warning' as const },
  })),
  {
    id: BUDGET,
    name: 'Budget',
    shortDescription: { text: 'a budget is broken' },
    fullDescription: { text: 'A figure of the result is beyond the limit that was set for it.' },
    help: { text: 'See token-tax help check.', markdown: 'See `token-tax help check`.' },
    defaultConfiguration: { level: 'error' as const },
  },
];

const locations = (finding: Finding, fallback: string | undefined): Location[] => {
  const places = finding.evidence.map(({ file, line, byte }) => ({
    physicalLocation: { artifactLocation: { uri: uri(shown(file)) }, region: { startLine: Math.max(1, line), byteOffset: byte } },
  }));
  if (places.length > 0 || fallback === undefined) return places;
  return [{ physicalLocation: { artifactLocation: { uri: uri(shown(fallback)) } } }];
};

const resultOf = (analysis: Analysis, finding: Finding): Result => {
  const { id, code, title, redundant, why, fix } = finding;
  const index = rules.findIndex((rule) => rule.id === code);
  const found = locations(finding, analysis.input.files[0]?.name);
  return {
    ruleId: code,
    ...(index < 0 ? {} : { ruleIndex: index }),
    level: 'warning',
    message: {
      text: `${shown(clientOf(analysis, finding))}: ${shown(title)}, ${count(redundant)} redundant. ${shown(why)} Fix: ${shown(fix)}`,
    },
    // Scanners show the first place; the others are more of the same.
    locations: found.slice(0, 1),
    ...(found.length > 1 ? { relatedLocations: found.slice(1).map((place, at) => ({ id: at + 1, ...place })) } : {}),
    partialFingerprints: { 'tokenTaxFinding/v1': id },
    properties: { redundant, confidence: finding.confidence, standing: finding.standing },
  };
};

const budgetOf = ({ id, why, found, limit, comparison, level }: BudgetResult, file: string | undefined): Result => ({
  ruleId: BUDGET,
  ruleIndex: rules.length - 1,
  level: level === 'error' ? 'error' : 'warning',
  message: { text: shown(`${id}: ${found ?? 'not known'}, ${comparison} ${limit}${why === null ? '' : `; ${why}`}`) },
  locations: file === undefined ? [] : [{ physicalLocation: { artifactLocation: { uri: uri(shown(file)) } } }],
  partialFingerprints: { 'tokenTaxBudget/v1': shown(id) },
});

export const sarif = (analysis: Analysis): string => {
  const findings = rankedFindings(analysis);
  const file = analysis.input.files[0]?.name;
  const broken = analysis.budgets.filter(({ result }) => result === 'fail').map((one) => budgetOf(one, file));
  const results = [...broken, ...findings.map((finding) => resultOf(analysis, finding))];
  const notices: { level: 'error' | 'note' | 'warning'; message: { text: string } }[] = [
    ...(analysis.complete
      ? []
      : [{ level: 'error' as const, message: { text: 'Not all of the input was read: this result is partial.' } }]),
    ...(analysis.inconclusive === null
      ? []
      : [{ level: 'note' as const, message: { text: `Inconclusive: ${shown(analysis.inconclusive)}` } }]),
    ...(results.length > MOST_RESULTS
      ? [
          {
            level: 'note' as const,
            message: { text: `${count(results.length - MOST_RESULTS)} more findings are not in this file.` },
          },
        ]
      : []),
    ...analysis.warnings.map(({ message }) => ({ level: 'warning' as const, message: { text: shown(message) } })),
  ];
  const log: Log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: 'token-tax', semanticVersion: analysis.tool.version, rules } },
        invocations: [
          { executionSuccessful: analysis.complete, ...(notices.length === 0 ? {} : { toolExecutionNotifications: notices }) },
        ],
        columnKind: 'utf16CodeUnits',
        results: results.slice(0, MOST_RESULTS),
      },
    ],
  };
  return `${inert(JSON.stringify(log, undefined, 2))}\n`;
};
