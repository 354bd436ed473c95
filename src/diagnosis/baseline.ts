/**
 * What a team starts from: the findings and the broken budgets of one day. Later runs fail on what is new or worse than its interval, and
 * an update may only lower what is kept.
 */
import type { Analysis, BudgetResult, Finding } from '../analysis/result.js';
import { undecidable } from './budgets.js';

export interface BaselineFinding {
  readonly code: string;
  readonly title: string;
  readonly redundant: number;
  /** `redundant` of all ok fetches of the run. */
  readonly share: number;
}

export interface BaselineBudget {
  readonly found: number;
  /** Fetches it rests on. */
  readonly fetches: number;
}

export interface Baseline {
  readonly kind: 'token-tax baseline';
  readonly baselineVersion: 1;
  readonly tool: string;
  readonly commit: string | null;
  readonly window: { readonly from: string; readonly to: string };
  /** What would fake a change if it were another: each as text. */
  readonly conditions: Readonly<Record<string, string>>;
  readonly fetches: number;
  readonly redundant: number;
  readonly findings: Readonly<Record<string, BaselineFinding>>;
  /** Budgets that were broken. */
  readonly budgets: Readonly<Record<string, BaselineBudget>>;
}

/** What has to be the same for two runs to be compared. `asked`: options that change what counts, as they were given. */
export const conditionsOf = (
  { totals, cost, input }: Analysis,
  asked: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> => {
  const formats = [...new Set(input.files.flatMap(({ format }) => (format === null ? [] : [format])))].sort();
  // Prices of another day would be all of a change.
  const price =
    cost === null
      ? 'none'
      : cost.models
          .map(({ id, asOf }) =>
            asOf === null ? `${cost.currency} ${cost.unitPrice.amount}/${cost.unitPrice.per}` : `${id} of ${asOf}`,
          )
          .join(', ');
  const given = Object.entries(asked).flatMap(([name, text]) => (text === undefined ? [] : [[name, text] as const]));
  return Object.fromEntries(
    [['holder', totals.holder], ['formats', formats.join(', ')], ['prices', price], ...given].sort(([a], [b]) =>
      a! < b! ? -1 : 1,
    ),
  );
};

const shareOf = (redundant: number, fetches: number): number => (fetches === 0 ? 0 : redundant / fetches);

export const toBaseline = (
  analysis: Analysis,
  findings: readonly Finding[],
  budgets: readonly BudgetResult[],
  about: Pick<Baseline, 'commit' | 'conditions'>,
): Baseline => {
  const { ok, redundant } = analysis.totals.fetches;
  const byId = <T>(list: readonly (readonly [string, T])[]): Record<string, T> =>
    Object.fromEntries([...list].sort(([a], [b]) => (a < b ? -1 : 1)));
  return {
    kind: 'token-tax baseline',
    baselineVersion: 1,
    tool: analysis.tool.version,
    commit: about.commit,
    window: analysis.window ?? { from: '', to: '' },
    conditions: about.conditions,
    fetches: ok,
    redundant,
    findings: byId(
      findings.map(({ id, code, title, redundant: mine }) => [id, { code, title, redundant: mine, share: shareOf(mine, ok) }]),
    ),
    budgets: byId(
      budgets.flatMap(({ id, result, found, measure }) =>
        result === 'fail' && found !== null && isKept(measure) ? [[id, { found, fetches: ok }] as const] : [],
      ),
    ),
  };
};

/** An ignore that has run out stays a failure, and rules count findings, which are kept by themselves. */
const isKept = (measure: BudgetResult['measure']): boolean => !['failOn', 'baseline', 'ignore'].includes(measure);

/** Versions that count alike: patches do. */
const line = (version: string): string => version.split('.').slice(0, 2).join('.');

/** Why the two cannot be compared; undefined where they can. */
export const mismatch = (before: Baseline, now: Pick<Baseline, 'tool' | 'conditions'>): string | undefined => {
  if (line(before.tool) !== line(now.tool)) return `it was written by token-tax ${before.tool}, and this is ${now.tool}`;
  const names = [...new Set([...Object.keys(before.conditions), ...Object.keys(now.conditions)])].sort();
  const name = names.find((each) => before.conditions[each] !== now.conditions[each]);
  if (name === undefined) return undefined;
  const said = (text: string | undefined): string => (text === undefined ? 'not given' : text);
  return `its ${name} was ${said(before.conditions[name])}, and is ${said(now.conditions[name])} now: a change could be that alone`;
};

const SIGMAS = 3;

/** How far two shares of so many fetches lie apart by chance, and by one fetch at each edge of a window. */
const noise = (a: number, fetchesA: number, b: number, fetchesB: number): number => {
  if (fetchesA === 0 || fetchesB === 0) return 1;
  const p = (a * fetchesA + b * fetchesB) / (fetchesA + fetchesB);
  return SIGMAS * Math.sqrt(p * (1 - p) * (1 / fetchesA + 1 / fetchesB)) + 2 / fetchesA + 2 / fetchesB;
};

/** Of figures that are no shares, a part of the figure. */
const relativeNoise = (fetchesA: number, fetchesB: number): number =>
  Math.max(0.05, SIGMAS * Math.sqrt(1 / Math.max(1, fetchesA) + 1 / Math.max(1, fetchesB)));

export interface Compared {
  readonly known: readonly Finding[];
  readonly fresh: readonly Finding[];
  /** Known ones that grew by more than their interval. */
  readonly worse: readonly Finding[];
  readonly gone: readonly string[];
  /** The budgets, where those that are no worse than before pass; and the verdict on findings as one more. */
  readonly budgets: readonly BudgetResult[];
  /** Days between the ends of the two logs. */
  readonly ageDays: number;
  /** What an update writes. */
  readonly next: Baseline;
}

export function compareBaseline(
  analysis: Analysis,
  findings: readonly Finding[],
  budgets: readonly BudgetResult[],
  before: Baseline,
  commit: string | null,
): Compared {
  const { ok } = analysis.totals.fetches;
  const known = findings.filter(({ id }) => before.findings[id] !== undefined);
  const fresh = findings.filter(({ id }) => before.findings[id] === undefined);
  const change = ({ id, redundant }: Finding): { readonly by: number; readonly beyond: number } => {
    const was = before.findings[id]!.share;
    const is = shareOf(redundant, ok);
    return { by: is - was, beyond: noise(is, ok, was, before.fetches) };
  };
  const worse = known.filter((finding) => {
    const { by, beyond } = change(finding);
    return by > beyond;
  });
  const present = new Set(findings.map(({ id }) => id));
  const gone = Object.keys(before.findings).filter((id) => !present.has(id));
  const stopped = undecidable(analysis);
  const bad = fresh.length + worse.length;
  const first = [...fresh, ...worse][0];
  const verdict: BudgetResult = {
    id: 'baseline',
    measure: 'baseline',
    scope: { kind: 'all', pattern: null },
    unit: 'count',
    found: stopped === undefined ? bad : null,
    low: stopped === undefined ? bad : null,
    high: stopped === undefined ? bad : null,
    limit: 0,
    comparison: 'at most',
    level: 'error',
    result: stopped !== undefined ? 'skip' : bad > 0 ? 'fail' : 'pass',
    standing: stopped === undefined ? 'derived' : 'unknown',
    why:
      stopped ??
      (first === undefined
        ? null
        : `${fresh.includes(first) ? 'new' : 'worse than the baseline'}: ${first.code} ${first.title}; ${first.why}`),
  };
  return {
    known,
    fresh,
    worse,
    gone,
    budgets: [...budgets.map((budget) => relaxed(budget, before.budgets[budget.id], ok)), verdict],
    ageDays: Math.max(0, Math.floor((Date.parse(analysis.window?.to ?? '') - Date.parse(before.window.to)) / 86_400_000) || 0),
    next: lowered(analysis, findings, budgets, before, commit, (finding) => {
      const { by, beyond } = change(finding);
      return -by > beyond;
    }),
  };
}

const beyondNoise = ({ unit, comparison }: BudgetResult, found: number, ok: number, was: BaselineBudget): number => {
  const by = comparison === 'at most' ? found - was.found : was.found - found;
  const room = unit === 'share' ? noise(found, ok, was.found, was.fetches) : Math.abs(was.found) * relativeNoise(ok, was.fetches);
  return by > room ? 1 : -by > room ? -1 : 0;
};

/** A budget that was broken before, and is not more so now. */
function relaxed(budget: BudgetResult, was: BaselineBudget | undefined, ok: number): BudgetResult {
  const { found, result } = budget;
  if (was === undefined || result !== 'fail' || found === null) return budget;
  const change = beyondNoise(budget, found, ok, was);
  if (change > 0) return { ...budget, why: 'worse than the baseline' };
  return {
    ...budget,
    result: 'pass',
    why: `known: over the budget in the baseline too, and ${change < 0 ? 'better' : 'the same'} now`,
  };
}

/** Only what is left, and of that the lower: what is new is never taken in. */
function lowered(
  analysis: Analysis,
  findings: readonly Finding[],
  budgets: readonly BudgetResult[],
  before: Baseline,
  commit: string | null,
  isBetter: (finding: Finding) => boolean,
): Baseline {
  const { ok } = analysis.totals.fetches;
  const kept = findings.flatMap((finding) => {
    const was = before.findings[finding.id];
    if (was === undefined) return [];
    const share = shareOf(finding.redundant, ok);
    // By as much as the share fell, in fetches of the baseline's own window.
    return [[finding.id, isBetter(finding) ? { ...was, share, redundant: Math.round(share * before.fetches) } : was] as const];
  });
  const limits = budgets.flatMap((budget) => {
    const was = before.budgets[budget.id];
    if (was === undefined || budget.result === 'pass') return [];
    if (budget.found === null || budget.result === 'skip') return [[budget.id, was] as const];
    return [[budget.id, beyondNoise(budget, budget.found, ok, was) < 0 ? { found: budget.found, fetches: ok } : was] as const];
  });
  const next = { findings: Object.fromEntries(kept), budgets: Object.fromEntries(limits) };
  const same = JSON.stringify(next) === JSON.stringify({ findings: before.findings, budgets: before.budgets });
  return same ? before : { ...before, ...next, commit };
}
