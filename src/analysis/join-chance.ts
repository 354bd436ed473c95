/** How probable is it by chance? The two tails that the join asks for. Exact sums in logarithms; nothing is sampled. */

/** P(X >= k) of a Poisson variable. */
export function poissonTail(k: number, mean: number): number {
  if (k <= 0) return 1;
  if (mean <= 0) return 0;
  // The terms from k on shrink by mean / i: a sum of the largest ones is the sum.
  let log = -mean + k * Math.log(mean);
  for (let i = 2; i <= k; i += 1) log -= Math.log(i);
  if (k <= mean) {
    let below = Math.exp(-mean);
    let term = below;
    for (let i = 1; i < k; i += 1) {
      term *= mean / i;
      below += term;
    }
    return Math.min(1, Math.max(0, 1 - below));
  }
  let term = Math.exp(log);
  let sum = term;
  for (let i = k + 1; term > sum * 1e-12; i += 1) {
    term *= mean / i;
    sum += term;
  }
  return Math.min(1, sum);
}

/** P(X >= k) of n independent trials that each succeed with `share`. */
export function binomialTail(k: number, n: number, share: number): number {
  if (k <= 0) return 1;
  if (share <= 0) return 0;
  if (share >= 1) return 1;
  let log = 0;
  for (let i = 1; i <= k; i += 1) log += Math.log(n - k + i) - Math.log(i);
  log += k * Math.log(share) + (n - k) * Math.log1p(-share);
  let sum = 0;
  for (let i = k; i <= n; i += 1) {
    sum += Math.exp(log);
    if (i < n) log += Math.log(n - i) - Math.log(i + 1) + Math.log(share) - Math.log1p(-share);
  }
  return Math.min(1, sum);
}

/** P(X <= k) of n independent trials that each succeed with `share`. */
export function fewByChance(k: number, n: number, share: number): number {
  if (k >= n) return 1;
  if (share >= 1) return 0;
  if (share <= 0) return 1;
  const odds = Math.log(share) - Math.log1p(-share);
  let log = n * Math.log1p(-share);
  let sum = 0;
  for (let i = 0; i <= k; i += 1) {
    sum += Math.exp(log);
    log += Math.log((n - i) / (i + 1)) + odds;
  }
  return Math.min(1, sum);
}

/**
 * P that none of `fetches` falls on a route that gets `share` of the requests, if it needs the token like the others: each fetch is
 * asked for by some request, so `(1 - share) ^ fetches` (the zero class of the binomial distribution).
 */
export const noneByChance = (fetches: number, share: number): number => (1 - share) ** fetches;
