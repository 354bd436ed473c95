/** Who pays how much of the cost: pro rata by redundant fetches, so that the parts add up to the total exactly. */
import { allot } from './allot.js';
import { fromMicros } from './exact.js';
import { modelsFor, type Pricing } from './pricing.js';
import type { Analysis, Cost, CostItem, ShowbackRow } from './result.js';

const micros = (amount: number): bigint => BigInt(Math.round(amount * 1e6));

/** Weights by name; null: what belongs to none of them. */
type Weights = ReadonlyMap<string | null, number>;

const weigh = <T>(
  list: readonly T[],
  nameOf: (one: T) => string | null,
  weightOf: (one: T) => number,
): Map<string | null, number> => {
  const all = new Map<string | null, number>();
  for (const one of list) all.set(nameOf(one), (all.get(nameOf(one)) ?? 0) + weightOf(one));
  return all;
};

/** With what is left of `total` under no name. More than all cannot be split, so a row is never below 0. */
const filled = (weights: Weights, total: number): Map<string | null, number> => {
  const sum = [...weights.values()].reduce((all, weight) => all + weight, 0);
  const all = new Map(weights);
  if (total > sum) all.set(null, (all.get(null) ?? 0) + total - sum);
  return all;
};

const byName = (a: string | null, b: string | null): number => (a === b ? 0 : a === null ? 1 : b === null ? -1 : a < b ? -1 : 1);

/** Splits each item among those who cause it. `weightsOf` gives the weights of the fetches that the item bills. */
function rows(items: readonly CostItem[], weightsOf: (item: CostItem) => Weights): ShowbackRow[] {
  const window = new Map<string | null, bigint>();
  const month = new Map<string | null, bigint>();
  const weight = new Map<string | null, number>();
  for (const item of items) {
    const weights = [...weightsOf(item)].filter(([, many]) => many > 0).sort(([a], [b]) => byName(a, b));
    const split = (amount: number, into: Map<string | null, bigint>): void => {
      const parts = allot(
        micros(amount),
        weights.map(([, many]) => many),
      );
      for (const [at, [name]] of weights.entries()) into.set(name, (into.get(name) ?? 0n) + parts[at]!);
    };
    split(item.window.base, window);
    if (item.perMonth !== null) split(item.perMonth.base, month);
    for (const [name, many] of weights) weight.set(name, Math.max(weight.get(name) ?? 0, many));
  }
  const inMonths = items.every(({ perMonth }) => perMonth !== null);
  return [...window]
    .map(
      ([name, amount]): ShowbackRow => ({
        name,
        weight: weight.get(name) ?? 0,
        window: fromMicros(amount),
        perMonth: inMonths ? fromMicros(month.get(name) ?? 0n) : null,
      }),
    )
    .sort((a, b) => b.window - a.window || byName(a.name, b.name));
}

/** The result with its cost split by client, route, owner, cause and finding; as it is without a cost. */
export function withShowback(analysis: Analysis, pricing: Pricing): Analysis {
  const { cost, keys, routes, findings } = analysis;
  if (cost === null) return analysis;
  const modelOf = ({ id }: CostItem): string => id.slice(0, id.lastIndexOf('.'));
  const billed = new Map<
    string,
    { readonly keys: Analysis['keys']; readonly findings: Analysis['findings']; readonly total: number }
  >();
  // Keys beyond the rows of the result are billed too: they have no name here.
  const isOnly = new Set(cost.items.map(modelOf)).size === 1;
  for (const item of cost.items) {
    const id = modelOf(item);
    if (billed.has(id)) continue;
    const isBilled = (provider: string | null): boolean => modelsFor(pricing, provider).some((model) => model.id === id);
    const mine = keys.filter(({ provider }) => isBilled(provider));
    const all = mine.length === keys.length;
    const ids = new Set(mine.map((key) => key.id));
    // Those put together have no key: they are billed for certain only where everybody is.
    const causes = findings.filter(({ share, key }) => share !== null && (key === null ? all : ids.has(key)));
    const redundant = mine.reduce((sum, { fetches }) => sum + fetches.redundant, 0);
    billed.set(id, {
      keys: mine,
      findings: causes,
      total: all || isOnly ? Math.max(redundant, cost.priced.redundant) : redundant,
    });
  }
  const of = (item: CostItem) => billed.get(modelOf(item))!;
  const byFinding = (nameOf: (finding: Analysis['findings'][number]) => string | null): ShowbackRow[] =>
    rows(cost.items, (item) =>
      filled(
        weigh(of(item).findings, nameOf, ({ redundant }) => redundant),
        of(item).total,
      ),
    );
  const showback: Cost['showback'] = {
    client: rows(cost.items, (item) =>
      filled(
        weigh(
          of(item).keys,
          ({ client }) => client,
          ({ fetches }) => fetches.redundant,
        ),
        of(item).total,
      ),
    ),
    // Which fetches of a route are redundant is not counted: a route pays by the fetches it waited for.
    route: rows(cost.items, () =>
      filled(
        weigh(
          routes,
          ({ route }) => route,
          ({ fetches }) => fetches,
        ),
        analysis.totals.fetches.ok,
      ),
    ),
    owner: byFinding(({ owner }) => owner),
    cause: byFinding(({ code }) => code),
    finding: byFinding(({ id }) => id),
  };
  return { ...analysis, cost: { ...cost, showback } };
}
