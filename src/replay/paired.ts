/**
 * Two arms compared block by block. Each block of the schedule is replayed on both arms, so what differs between blocks cancels out:
 * the paired t interval (Student 1908; the design is that of Box, Hunter & Hunter, "Statistics for Experimenters", section 3). What is
 * said about the sources, and how often it errs, is in `docs/replay.md`.
 */

export interface Pair {
  readonly a: number;
  readonly b: number;
}

export type Verdict = 'better' | 'same' | 'worse' | 'inconclusive';

export interface Comparison {
  readonly pairs: number;
  readonly a: number;
  readonly b: number;
  /** Change of B against A as a share of A, with its 95 % interval, which ends at -1: there are no fetches below none. null where A has nothing or one pair is all there is. */
  readonly change: { readonly value: number; readonly low: number; readonly high: number } | null;
  /** Fewer is better. */
  readonly verdict: Verdict;
}

/** Within this share of A, two arms are the same. */
export const SAME = 0.05;
export const LEAST_PAIRS = 3;

/** Upper 2.5 % points of Student's t for 1 to 30 degrees of freedom. */
const t975 = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145, 2.131, 2.12, 2.11, 2.101,
  2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048, 2.045, 2.042,
];

/**
 * Counts that hardly vary between blocks make an interval that is too narrow, so the error is never taken for less than that of counts
 * (Poisson) when it is said that the arms differ.
 */
export const comparePairs = (pairs: readonly Pair[]): Comparison => {
  const n = pairs.length;
  const [a, b] = [pairs.reduce((sum, pair) => sum + pair.a, 0), pairs.reduce((sum, pair) => sum + pair.b, 0)];
  const found = { pairs: n, a, b };
  if (a === 0 && b === 0) return { ...found, change: null, verdict: n >= LEAST_PAIRS ? 'same' : 'inconclusive' };
  if (n < 2) return { ...found, change: null, verdict: 'inconclusive' };
  const mean = (b - a) / n;
  const spread = pairs.reduce((sum, pair) => sum + (pair.b - pair.a - mean) ** 2, 0);
  const t = t975[Math.min(n - 2, t975.length - 1)]!;
  const error = t * Math.sqrt(spread / (n - 1) / n);
  const sure = Math.max(error, t * (Math.sqrt(a + b) / n));
  const base = a / n;
  const change = a === 0 ? null : { value: mean / base, low: Math.max(-1, (mean - error) / base), high: (mean + error) / base };
  if (n < LEAST_PAIRS) return { ...found, change, verdict: 'inconclusive' };
  if (change !== null && change.low > -SAME && change.high < SAME) return { ...found, change, verdict: 'same' };
  if (mean + sure < 0) return { ...found, change, verdict: 'better' };
  return { ...found, change, verdict: mean - sure > 0 ? 'worse' : 'inconclusive' };
};
