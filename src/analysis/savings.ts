/** What fewer fetches would have saved in money over the window, under the prices of a result. */
import { MONTH_HOURS } from './cost.js';
import { type Exact, fraction, fromMicros, over, plus, times, toMicros, zero } from './exact.js';
import { avoidable, isFlat, type ListPrice, type Unit } from './price-model.js';
import { candidates, type Pricing } from './pricing.js';
import type { Analysis } from './result.js';

const HOUR_MS = 3_600_000;

/**
 * From fetches saved (below 0: more of them) to money; undefined where not every fetch has a price. With tiers it is the difference of two
 * bills of a month, brought back to the window.
 */
export function moneySaved({ cost, window, totals }: Analysis, pricing: Pricing): ((saved: number) => number) | undefined {
  if (cost === null || cost.notPriced.ok > 0 || window === null) return undefined;
  const lists = new Map<string, ListPrice<Unit>>();
  for (const model of candidates(pricing)) for (const item of model.items) lists.set(`${model.id}.${item.kind}`, item);
  const { ok } = totals.fetches;
  const windowMs = Date.parse(window.to) - Date.parse(window.from);
  const scale = cost.perMonth === null || windowMs === 0 ? fraction(1) : fraction(MONTH_HOURS * HOUR_MS, windowMs);
  return (saved) => {
    let total: Exact = zero;
    for (const item of cost.items) {
      const list = lists.get(item.id);
      if (list === undefined) continue;
      const perFetch = item.id.endsWith('.issuer') || item.id.endsWith('.gateway');
      // What depends on time or size is taken as for a redundant fetch.
      if (!perFetch) {
        const { redundant } = cost.priced;
        if (redundant > 0)
          total = plus(
            total,
            fraction(BigInt(Math.round(item.window.base * 1e6)) * BigInt(saved), 1_000_000n * BigInt(redundant)),
          );
        continue;
      }
      const by = isFlat(list) ? fraction(1) : scale;
      const of = (fetches: number) => ({ unit: list.unit, value: times(fraction(fetches), by) });
      total = plus(total, over(avoidable(list, of(ok), of(ok - saved)), by));
    }
    return fromMicros(toMicros(total));
  };
}
