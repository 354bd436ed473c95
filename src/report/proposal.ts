/** A configuration from the values of today, with a comment for each line. */
import type { BudgetResult } from '../analysis/result.js';
import { budgetValue } from './check.js';

/** Room above today's value, so that a normal day passes. */
const ROOM = 1.25;

const roundUp = (value: number, digits: number): number =>
  Number((Math.ceil(value * 10 ** digits - 1e-9) / 10 ** digits).toFixed(digits));

/** A limit that today's value keeps, with some room; undefined: nothing to propose. */
export const proposedLimit = ({
  measure,
  low,
  high,
}: Pick<BudgetResult, 'measure' | 'low' | 'high'>): string | number | undefined => {
  if (low === null || high === null) return undefined;
  switch (measure) {
    case 'maxRedundant':
      return `${Math.min(100, Math.max(1, roundUp(high * 100 * ROOM, high < 0.1 ? 1 : 0)))}%`;
    case 'minHitRatio': {
      const missed = Math.min(1, (1 - low) * ROOM);
      const percent = Math.floor((1 - missed) * 1000 + 1e-9) / 10;
      return percent <= 0 ? undefined : `${percent}%`;
    }
    case 'maxFetchesPer1000':
      return Math.max(1, roundUp(high * ROOM, high < 10 ? 1 : 0));
    case 'maxAddedP95':
      return `${Math.max(5, roundUp(high * ROOM, 0))}ms`;
    case 'maxCost':
      return Math.max(1, roundUp(high * ROOM, 0));
    default:
      return undefined;
  }
};

export interface Proposal {
  /** What a limit of 0 was held against: found, low and high are the values of today. */
  readonly today: readonly BudgetResult[];
  readonly currency: string;
  /** Settings that the values rest on, by section: written as they are. */
  readonly sections: Readonly<Record<string, unknown>>;
  /** Where the values are from; one line. */
  readonly from: string;
}

const titles: Readonly<Record<string, string>> = {
  maxRedundant: 'redundant fetches of all token fetches',
  maxFetchesPer1000: 'token fetches for 1,000 requests',
  minHitRatio: 'requests that found a token in the cache',
  maxAddedP95: 'wait for tokens, 95th percentile of all requests',
  maxCost: 'cost of redundant fetches in a month',
};

/** A comment ends with its line. */
const comment = (text: string): string => `// ${text.replace(/[\r\n\u2028\u2029]+/g, ' ')}`;

export const proposalText = ({ today, currency, sections, from }: Proposal): string => {
  const budget = (one: BudgetResult): string[] => {
    const limit = proposedLimit(one);
    const title = titles[one.measure] ?? one.measure;
    if (one.low === null || one.high === null)
      return [`    ${comment(`${title}: not known today (${one.why ?? 'no evidence'})`)}`];
    // Values of today stand by themselves: digits that would tell them from a limit are not wanted.
    const of = (value: number): string => budgetValue({ unit: one.unit, limit: value }, value, currency);
    const range =
      one.low === one.high ? of(one.high) : `${one.found === null ? '' : `${of(one.found)}, `}${of(one.low)} to ${of(one.high)}`;
    if (limit === undefined) return [`    ${comment(`${title}: ${range} today, which leaves nothing to hold`)}`];
    const written = one.measure === 'maxCost' && currency !== '' ? `${currency} ${limit}` : limit;
    return [`    ${comment(`${title}: ${range} today`)}`, `    "${one.measure}": ["error", ${JSON.stringify(written)}],`];
  };
  const other = Object.entries(sections).map(([name, value]) => `  ${JSON.stringify(name)}: ${JSON.stringify(value)},`);
  return `${[
    '{',
    `  ${comment('For editors; `token-tax schema --config` prints it.')}`,
    '  "$schema": "./node_modules/token-tax/dist/schema/config-1.json",',
    ...(other.length === 0 ? [] : [`  ${comment('What the values below were counted with.')}`, ...other]),
    `  ${comment(from)}`,
    `  ${comment('Limits are inclusive. "warn" shows, "off" hides, "error" fails `token-tax check`.')}`,
    '  "budgets": {',
    ...today.flatMap(budget),
    `    ${comment('Others for some: "clients": { "orders-*": { "maxFetchesPer1000": ["error", 10] } }')}`,
    '  },',
    `  ${comment('Causes that fail a check by themselves, such as "TT101".')}`,
    '  "failOn": [],',
    `  ${comment('Findings that somebody answers for: { "client": "batch-*", "code": "TT112", "reason": "...", "owner": "...", "until": "2026-12-31" }')}`,
    '  "ignore": [],',
    '}',
  ].join('\n')}\n`;
};
