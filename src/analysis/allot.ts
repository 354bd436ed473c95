/**
 * Splits a whole into parts in proportion to weights, so that the parts add up to it exactly: each gets the whole part of its share, and
 * what is left over goes one by one to the largest remainders, of equal ones to the first. All 0 where the weights are.
 */
export function allot(whole: bigint, weights: readonly number[]): bigint[] {
  const total = weights.reduce((sum, weight) => sum + BigInt(weight), 0n);
  if (total === 0n) return weights.map(() => 0n);
  const sign = whole < 0n ? -1n : 1n;
  const size = whole * sign;
  const parts = weights.map((weight) => (size * BigInt(weight)) / total);
  const left = Number(size - parts.reduce((sum, part) => sum + part, 0n));
  const byRemainder = weights
    .map((weight, at) => ({ at, rest: (size * BigInt(weight)) % total }))
    .sort((a, b) => (a.rest === b.rest ? a.at - b.at : a.rest > b.rest ? -1 : 1));
  for (const { at } of byRemainder.slice(0, left)) parts[at]! += 1n;
  return parts.map((part) => part * sign);
}
