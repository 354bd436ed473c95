/** Workflow commands of GitHub Actions: what is broken and what was found, as annotations. */
import type { Analysis } from '../analysis/result.js';
import { shown } from './cells.js';
import { clientOf, rankedFindings } from './finding-table.js';
import { verdict } from './verdict.js';
import { count, percent } from './words.js';

/** GitHub keeps the first ten of a level from each step. */
const MOST = 10;

const data = (text: string): string => shown(text).replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
const property = (text: string): string => data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');

interface Annotation {
  readonly level: 'error' | 'warning' | 'notice';
  readonly title: string;
  readonly message: string;
  readonly file?: string;
  readonly line?: number;
}

const written = ({ level, title, message, file, line }: Annotation): string => {
  const properties = [
    ...(file === undefined ? [] : [`file=${property(file)}`]),
    ...(line === undefined ? [] : [`line=${line}`]),
    `title=${property(title)}`,
  ].join(',');
  return `::${level} ${properties}::${data(message)}\n`;
};

/** The first ten of a level; the tenth says what is not shown. */
const atMost = (all: readonly Annotation[]): Annotation[] => {
  if (all.length <= MOST) return [...all];
  const last = all[MOST - 1]!;
  return [...all.slice(0, MOST - 1), { ...last, message: `${last.message} (and ${all.length - MOST} more, see the summary)` }];
};

export const github = (analysis: Analysis): string => {
  const { says, of, condition } = verdict(analysis);
  const errors: Annotation[] = [];
  const warnings: Annotation[] = [];
  if (!analysis.complete)
    errors.push({ level: 'error', title: 'token-tax', message: 'Not all of the input was read: this result is partial.' });
  for (const { id, result, level, found, limit, comparison, unit, why } of analysis.budgets) {
    if (result === 'pass') continue;
    const value = found === null ? 'not known' : unit === 'share' ? percent(found) : String(found);
    const bound = unit === 'share' ? percent(limit) : String(limit);
    const message = `${id}: ${result === 'skip' ? 'not decided, ' : ''}${value}, budget ${comparison} ${bound}${why === null ? '' : `; ${why}`}`;
    const isError = level === 'error';
    (isError ? errors : warnings).push({ level: isError ? 'error' : 'warning', title: 'token-tax budget', message });
  }
  for (const finding of rankedFindings(analysis)) {
    const [place] = finding.evidence;
    warnings.push({
      level: 'warning',
      title: `token-tax ${finding.code} ${finding.title}`,
      message: `${clientOf(analysis, finding)}: ${count(finding.redundant)} redundant. ${finding.why} Fix: ${finding.fix}`,
      ...(place === undefined ? {} : { file: place.file, line: Math.max(1, place.line) }),
    });
  }
  const notice: Annotation = {
    level: 'notice',
    title: 'token-tax',
    message: [says, of === '' ? '' : `(${of})`, condition].filter((part) => part !== '').join(' '),
  };
  return [notice, ...atMost(errors), ...atMost(warnings)].map(written).join('');
};
