import type { Analysis } from '../analysis/result.js';

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
