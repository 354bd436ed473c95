/** Redundant fetches that upstreams have made by answering 401. */
import type { KeySight } from './symptoms.js';

/** Those that come within 2 s of one, or, where more, those that are the first after the one or two that their token met. */
export function near401({ traffic, holders }: KeySight): number {
  const ofAll = traffic?.upstream401Ms;
  if (traffic === undefined || ofAll === undefined || ofAll.length === 0) return 0;
  const instanceOf = new Map(traffic.holders.map(({ fetches, instance }) => [fetches.holder, instance]));
  let near = 0;
  let first = 0;
  for (const { holder, fetches, redundantFlags } of holders) {
    const instance = instanceOf.get(holder) ?? (traffic.instances.length === 1 ? traffic.instances[0] : undefined);
    const own = instance === undefined ? undefined : traffic.upstream401Of?.(instance);
    const failed = own ?? ofAll;
    let at = 0;
    for (let index = 0; index < fetches.count; index += 1) {
      const start = fetches.startMs[index]!;
      const before = at;
      while (at < failed.length && failed[at]! <= start) at += 1;
      if (redundantFlags[index] !== 1) continue;
      if (at > 0 && start - failed[at - 1]! <= 2000) near += 1;
      // Of 401s that have nothing to do with fetches as many come between two of them as chance will have it: seldom just one or two.
      if (own !== undefined && at - before >= 1 && at - before <= 2) first += 1;
    }
  }
  const redundant = holders.reduce((sum, one) => sum + one.redundant, 0);
  return Math.max(near, first >= EACH_AFTER * redundant ? first : 0);
}

/** Of a random number of 401s in each gap at most six in ten gaps have one or two. */
const EACH_AFTER = 0.75;
