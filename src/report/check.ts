/** Budgets on a page: each with what was found, the limit written out, and what failing it means. */
import type { Analysis, BudgetMeasure, BudgetResult } from '../analysis/result.js';
import { cells, pad, shorten, shown, wrap } from './cells.js';
import { rankedFindings } from './finding-table.js';
import type { Page } from './page.js';
import { count, duration, money, percent, plural, rate } from './words.js';

const names: Readonly<Record<Exclude<BudgetMeasure, 'failOn' | 'ignore' | 'baseline'>, string>> = {
  maxRedundant: 'redundant share',
  maxFetchesPer1000: 'fetches per 1,000 calls',
  minHitRatio: 'hit ratio',
  maxAddedP95: 'wait for tokens, p95',
  maxCost: 'cost of redundancy a month',
};

export const budgetName = ({ measure, scope, id }: Pick<BudgetResult, 'measure' | 'scope' | 'id'>): string => {
  if (measure === 'failOn') return `${shown(id.replace(/^failOn /, ''))} findings`;
  if (measure === 'ignore') return shown(id);
  if (measure === 'baseline') return 'new or worse than the baseline';
  if (scope.kind === 'all') return `${names[measure]}, all clients`;
  return `${shown(scope.pattern ?? '')} ${names[measure]}`;
};

const plainNumber = (text: string): number => Number(text.replace(/[^\d.-]/g, ''));

/** As many digits as it takes to see on which side of the limit a value lies: `5.0004%`, never `5%` over `5%`. */
const beside = (value: number, limit: number, usual: string, scale: number, write: (digits: number) => string): string => {
  const side = Math.sign(Number((value - limit).toPrecision(12)));
  const agrees = (text: string): boolean =>
    Math.sign(Number((plainNumber(text) - limit * scale).toPrecision(9))) === side &&
    !text.startsWith('<') &&
    !text.startsWith('>');
  if (side === 0 || agrees(usual)) return usual;
  for (let digits = 1; digits <= 12; digits += 1) if (agrees(write(digits))) return write(digits);
  return usual;
};

/** A value in the unit of its budget, told apart from the limit. */
export const budgetValue = ({ unit, limit }: Pick<BudgetResult, 'unit' | 'limit'>, value: number, currency = ''): string => {
  const fixed = (scale: number) => (digits: number) => (value * scale).toFixed(digits);
  switch (unit) {
    case 'share':
      return beside(value, limit, percent(value), 100, (digits) => `${fixed(100)(digits)}%`);
    case 'ms':
      return value >= 1000 && limit >= 1000 && value !== limit
        ? beside(
            value / 1000,
            limit / 1000,
            `${Number((value / 1000).toFixed(1))} s`,
            1,
            (digits) => `${(value / 1000).toFixed(digits)} s`,
          )
        : value >= 1000
          ? duration(value)
          : beside(value, limit, `${Math.round(value)} ms`, 1, (digits) => `${fixed(1)(digits)} ms`);
    case 'money':
      return beside(value, limit, money(currency, value), 1, (digits) => `${currency} ${fixed(1)(digits)}`.trim());
    case 'per 1,000':
      return beside(value, limit, rate(value), 1, fixed(1));
    case 'count':
      return count(value);
  }
};

/** `96.4%`, `0% to 83.3%`; empty where nothing is known. */
export const foundText = (budget: BudgetResult, currency = ''): string => {
  const { found, low, high, result } = budget;
  const of = (value: number): string => budgetValue(budget, value, currency);
  if (low !== null && high !== null && low !== high && (found === null || result === 'skip')) return `${of(low)} to ${of(high)}`;
  return found === null ? '' : of(found);
};

export const limitText = (budget: BudgetResult, currency = ''): string =>
  `budget ${budget.comparison} ${budgetValue(budget, budget.limit, currency).replace(/\.(\d*?)0+(?=%|$)/, (_, digits: string) => (digits === '' ? '' : `.${digits}`))}`;

const word = ({ result, level }: BudgetResult): string =>
  result === 'skip' ? 'skip' : result === 'pass' ? 'ok' : level === 'warn' ? 'warn' : 'FAIL';

const order = ({ result, level }: BudgetResult): number =>
  result === 'fail' ? (level === 'error' ? 0 : 1) : result === 'skip' ? 2 : 3;

/** The rows: broken ones first. */
export const budgetRows = (on: Page, analysis: Analysis): string[] => {
  const currency = analysis.cost?.currency ?? '';
  const rows = [...analysis.budgets].sort((a, b) => order(a) - order(b));
  const cellsOf = rows.map((budget) => [budgetName(budget), foundText(budget, currency), limitText(budget, currency)] as const);
  const widest = (column: 0 | 1 | 2, most: number): number =>
    Math.min(most, Math.max(0, ...cellsOf.map((row) => cells(row[column]))));
  const [foundWidth, limitWidth] = [widest(1, 22), widest(2, 26)];
  // Status, gaps and level take the rest.
  const nameWidth = widest(0, Math.max(16, on.width - 20 - foundWidth - limitWidth));
  return rows.flatMap((budget, index) => {
    const [name, found, limit] = cellsOf[index]!;
    const status = word(budget);
    const paint = status === 'FAIL' ? on.paint.bad : status === 'ok' ? on.paint.faint : on.paint.warn;
    const line = `${pad(shorten(name, nameWidth, on.ellipsis), nameWidth)}  ${' '.repeat(Math.max(0, foundWidth - cells(found)))}${found}   ${pad(limit, limitWidth)}  ${budget.level}`;
    const why =
      budget.why === null || (budget.result === 'pass' && !budget.why.startsWith('known'))
        ? []
        : wrap(shown(budget.why), on.width - 10);
    return [`  ${paint(pad(status, 4))}  ${line}`, ...why.map((text) => `          ${on.paint.faint(text)}`)];
  });
};

/** `2 of 5 budgets broken, 1 warning, 1 not decided.` */
export const budgetSummary = ({ budgets }: Pick<Analysis, 'budgets'>): string => {
  const of = (result: BudgetResult['result'], level?: BudgetResult['level']): number =>
    budgets.filter((budget) => budget.result === result && (level === undefined || budget.level === level)).length;
  const [broken, warnings, undecided] = [of('fail', 'error'), of('fail', 'warn'), of('skip')];
  const parts = [
    ...(broken > 0 ? [`${broken} of ${plural(budgets.length, 'budget')} broken`] : []),
    ...(warnings > 0 ? [plural(warnings, 'warning')] : []),
    ...(undecided > 0 ? [`${undecided} of ${plural(budgets.length, 'budget')} not decided`] : []),
  ];
  if (parts.length > 0) return `${parts.join(', ')}.`;
  return budgets.length === 0
    ? 'No budgets: nothing was held.'
    : budgets.length === 1
      ? 'The budget is kept.'
      : `All ${plural(budgets.length, 'budget')} are kept.`;
};

export interface CheckTextOptions {
  readonly quiet: boolean;
  /** What stands above the budgets: baseline, ignores. */
  readonly about: readonly string[];
  /** What is said of how the run ends, such as `--no-fail`. */
  readonly end: readonly string[];
}

export const checkText = (on: Page, analysis: Analysis, { quiet, about, end }: CheckTextOptions): string => {
  const summary = `${analysis.complete ? '' : 'PARTIAL RESULT: '}${budgetSummary(analysis)}`;
  if (quiet) return `${summary}\n`;
  const broken = analysis.budgets.some(({ result }) => result === 'fail');
  const [first] = rankedFindings(analysis);
  const lever =
    !broken || first === undefined
      ? []
      : [
          `  Biggest lever: finding 1${first.share === null ? '' : ` (${percent(first.share)})`}, ${shown(first.code)} ${shown(first.title)}. See: token-tax explain ${shown(first.code)}`,
        ];
  return `${[
    ...about.map((line) => `  ${line}`),
    ...(about.length > 0 ? [''] : []),
    ...budgetRows(on, analysis),
    '',
    ...wrap(summary, on.width - 2).map((line) => `  ${line}`),
    ...lever.flatMap((line) => wrap(line.trim(), on.width - 2).map((part) => `  ${part}`)),
    ...end.map((line) => `  ${line}`),
  ].join('\n')}\n`;
};
