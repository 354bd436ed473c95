import type { BudgetResult } from '../../src/analysis/result.js';

/** A budget that is broken, but for what is said otherwise. */
export const brokenBudget = (over: Partial<BudgetResult>): BudgetResult => ({
  id: 'maxRedundant',
  measure: 'maxRedundant',
  scope: { kind: 'all', pattern: null },
  unit: 'share',
  found: 0.964,
  low: 0.964,
  high: 0.985,
  limit: 0.05,
  comparison: 'at most',
  level: 'error',
  result: 'fail',
  standing: 'derived',
  why: null,
  ...over,
});
