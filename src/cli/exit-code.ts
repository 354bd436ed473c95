import type { Analysis, BudgetResult } from '../analysis/result.js';

export const INTERRUPTED = 130;

/** The status a result leads to, whatever the format it is printed in. Never 0 for a part of the input, never 0 without evidence. */
export const exitCode = (
  { complete, inconclusive }: Pick<Analysis, 'complete' | 'inconclusive'>,
  interrupted: boolean,
): number => {
  if (interrupted) return INTERRUPTED;
  if (!complete) return 3;
  return inconclusive === null ? 0 : 4;
};

export interface CheckWishes {
  /** false: a broken budget ends with 0. */
  readonly fail: boolean;
  /** What is not decided ends with 0 in place of 4. */
  readonly inconclusivePasses: boolean;
}

/**
 * The status of a check: 1 where an error budget is broken, 4 where one is not decided and none is broken. What was read in part is 3, and
 * no wish changes that.
 */
export const checkExitCode = (
  analysis: Pick<Analysis, 'complete' | 'inconclusive'> & { readonly budgets: readonly Pick<BudgetResult, 'result' | 'level'>[] },
  interrupted: boolean,
  { fail, inconclusivePasses }: CheckWishes,
): number => {
  const whole = exitCode({ ...analysis, inconclusive: null }, interrupted);
  if (whole !== 0) return whole;
  const errors = analysis.budgets.filter(({ level }) => level === 'error');
  if (errors.some(({ result }) => result === 'fail')) return fail ? 1 : 0;
  const undecided = analysis.inconclusive !== null || errors.some(({ result }) => result === 'skip');
  return undecided && !inconclusivePasses ? 4 : 0;
};
