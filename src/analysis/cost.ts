/**
 * What redundant fetches cost in money: for each thing that is billed the difference of two bills, that of all fetches and that of those
 * that a correct cache would have made. Everything here is estimated, and exact to a millionth of the currency. The model: docs/cost.md.
 */
import { type Exact, fraction, fromMicros, least, most, over, times, toMicros, toNumber, zero } from './exact.js';
import type { Profile } from './hour-profile.js';
import {
  avoidable,
  dearest,
  isFlat,
  type ListPrice,
  type PriceItem,
  type PriceModel,
  priced,
  tiered,
  type Unit,
} from './price-model.js';
import { isGivenPrice } from './pricing.js';
import type { Cost, CostItem, LowBaseHigh } from './result.js';

/** Hours of a month in every price list that counts by the hour. */
export const MONTH_HOURS = 730;
const HOUR_MS = 3_600_000;

/** Fetches of one provider, or of many, with the bounds of what of them is redundant. */
export interface Counted {
  readonly ok: number;
  readonly redundant: number;
  readonly low: number;
  readonly high: number;
  /** Time that callers waited for the redundant ones; null: not in the log. */
  readonly waitMs: number | null;
}

/** From the window to a month: as it is, and at the pace of its quietest and its busiest hour. */
export interface Scale {
  readonly base: Exact;
  readonly quiet: Exact;
  readonly busy: Exact;
}

export const NO_MONTH = 'less than an hour of log says nothing of a month';

/** undefined: no month can be said. A month from less than an hour only if it is forced. */
export function scaleOf(windowMs: number, profile: Profile | undefined, force: boolean): Scale | undefined {
  if (windowMs <= 0 || (windowMs < HOUR_MS && !force)) return undefined;
  const base = fraction(MONTH_HOURS * HOUR_MS, Math.round(windowMs));
  if (profile === undefined) return { base, quiet: base, busy: base };
  const pace = (redundant: number): Exact => fraction(redundant * MONTH_HOURS, profile.total);
  return { base, quiet: least(base, pace(profile.quietest)), busy: most(base, pace(profile.busiest)) };
}

/** An item of a model with the fetches that it bills. */
export interface Charge {
  readonly model: PriceModel;
  readonly item: PriceItem;
  readonly counted: Counted;
}

/** How much of the unit one fetch takes, at least and as a rule; undefined: the log does not tell. */
function perFetch(item: PriceItem, { waitMs, redundant }: Counted): { readonly low: Exact; readonly base: Exact } | undefined {
  const same = (base: Exact) => ({ low: base, base });
  switch (item.kind) {
    case 'issuer':
    case 'gateway':
      return same(fraction(1));
    case 'network':
      return same(fraction(item.bytesPerFetch, 1_000_000_000));
    case 'cpu':
      return {
        low: fraction(1, item.grantsPerVcpuSecond.most * 3600),
        base: fraction(1, item.grantsPerVcpuSecond.base * 3600),
      };
    case 'hold': {
      if (waitMs === null) return undefined;
      const seconds = redundant === 0 ? zero : fraction(Math.round(waitMs), redundant * 1000);
      return same(times(seconds, fraction(Math.round(item.memoryGb * 1_000_000), 1_000_000)));
    }
  }
}

/** Items differ in their unit only, and a list is only ever given quantities of its own. */
const difference = (list: ListPrice<Unit>, all: Exact, kept: Exact): Exact =>
  avoidable(list, { unit: list.unit, value: all }, { unit: list.unit, value: kept });

interface Amounts {
  readonly low: bigint;
  readonly base: bigint;
  readonly high: bigint;
}

const amounts = (base: Exact, candidates: readonly Exact[]): Amounts => ({
  low: toMicros(least(base, ...candidates)),
  base: toMicros(base),
  high: toMicros(most(base, ...candidates)),
});

/** An item with its amounts in millionths, so that they can be added. */
export interface Billed {
  readonly charge: Charge;
  readonly window: Amounts;
  readonly month: Amounts | undefined;
  readonly allMonth: bigint | undefined;
  readonly result: CostItem;
}

const shown = ({ low, base, high }: Amounts): LowBaseHigh => ({
  low: fromMicros(low),
  base: fromMicros(base),
  high: fromMicros(high),
});

const labels: Readonly<Record<PriceItem['kind'], string>> = {
  issuer: 'redundant token responses',
  gateway: 'requests of redundant fetches to the gateway',
  hold: 'memory held while waiting for redundant fetches',
  network: 'traffic of redundant fetches',
  cpu: 'CPU of the issuer for redundant fetches',
};

/** One item; undefined where the log lacks what it is billed by. */
export function bill(charge: Charge, scale: Scale | undefined): Billed | undefined {
  const { item, counted, model } = charge;
  const each = perFetch(item, counted);
  if (each === undefined) return undefined;
  const counts = [counted.low, counted.redundant, counted.high].map((redundant) => Math.min(counted.ok, redundant));
  const factors = [each.low, each.base];
  const cost = (by: Exact, redundant: number, factor: Exact): Exact => {
    const of = (fetches: number): Exact => times(times(fraction(fetches), by), factor);
    return difference(item, of(counted.ok), of(counted.ok - redundant));
  };
  const all = (by: Exact): Exact[] => counts.flatMap((redundant) => factors.map((factor) => cost(by, redundant, factor)));
  const atMost = (redundant: number): Exact =>
    priced<Unit>({ unit: item.unit, value: times(fraction(redundant), each.base) }, dearest<Unit>(item));
  const base = scale?.base;
  const one = fraction(1);
  // Where tiers or an included quota count, the window costs its part of the month; without a month, between the bill of the window alone
  // and all at the dearest tier.
  const window =
    base !== undefined && !isFlat(item)
      ? amounts(
          over(cost(base, counted.redundant, each.base), base),
          all(base).map((amount) => over(amount, base)),
        )
      : isFlat(item)
        ? amounts(cost(one, counted.redundant, each.base), all(one))
        : amounts(atMost(counted.redundant), [...all(one), ...counts.map(atMost)]);
  const month =
    scale === undefined
      ? undefined
      : amounts(cost(scale.base, counted.redundant, each.base), [scale.quiet, scale.base, scale.busy].flatMap(all));
  const allMonth =
    base === undefined
      ? undefined
      : toMicros(tiered<Unit>(item, { unit: item.unit, value: times(times(fraction(counted.ok), base), each.base) }));
  const first = item.tiers[0]!;
  return {
    charge,
    window,
    month,
    allMonth,
    result: {
      id: `${model.id}.${item.kind}`,
      label: labels[item.kind],
      perMonth: month === undefined ? null : shown(month),
      window: shown(window),
      allPerMonth: allMonth === undefined ? null : fromMicros(allMonth),
      unitPrice: { amount: Number(first.amount), per: item.per, unit: item.unit },
      tiers: item.tiers.length,
      working: workingOf(charge, each.base, base),
    },
  };
}

/** `863,975 redundant of 864,000 token responses x USD 2.25 per 1,000 token responses; a month: x 30.4167 = 26,279,239.583`. */
function workingOf({ item, counted, model }: Charge, factor: Exact, base: Exact | undefined): string {
  const number = (value: Exact, decimals: number): string => grouped(toNumber(value, decimals));
  const units = (value: Exact): string => `${number(value, 3)} ${item.unit}s`;
  const amount = (fetches: number): Exact => times(fraction(fetches), factor);
  const isEach = factor.n === factor.d;
  const price = `${model.currency} ${item.tiers[0]!.amount} per ${item.per === 1 ? item.unit : `${grouped(item.per)} ${item.unit}s`}`;
  const some = `${grouped(counted.redundant)} redundant of ${grouped(counted.ok)}`;
  const each = isEach ? '' : ` fetches x ${number(factor, 12)} ${item.unit}s each = ${units(amount(counted.redundant))}`;
  if (isFlat(item)) {
    const month = base === undefined ? '' : `; a month: x ${number(base, 4)} = ${units(times(amount(counted.redundant), base))}`;
    return `${some}${isEach ? ` ${item.unit}s` : each} x ${price}${month}`;
  }
  const included = item.included === 0 ? '' : `, ${grouped(item.included)} a month included`;
  const tiers = item.tiers.length === 1 ? '' : ` in the first of ${item.tiers.length} tiers`;
  const list = `${price}${tiers}${included}`;
  if (base === undefined) return `${some}${isEach ? ` ${item.unit}s` : each}, at most all at the dearest tier of: ${list}`;
  const [all, kept] = [counted.ok, counted.ok - counted.redundant].map((fetches) => units(times(amount(fetches), base)));
  return `${some} fetches; a month: bill of ${all} less bill of ${kept}, at ${list}; the window is its part of that`;
}

const grouped = (value: number): string => {
  const [whole = '', part] = String(value).split('.');
  const text = whole.replace(/\B(?=(\d{3})+(?!\d))/g, ',');
  return part === undefined ? text : `${text}.${part}`;
};

/** What the cost of a run is made of. */
export interface CostInput {
  readonly charges: readonly Charge[];
  readonly scale: Scale | undefined;
  readonly profile: Profile | undefined;
  readonly windowMs: number;
  readonly priced: Counted;
  readonly notPriced: { readonly ok: number; readonly redundant: number };
  readonly chosenBy: 'option' | 'provider';
  /** Whose fetches have no price. */
  readonly others: readonly string[];
}

const add = (list: readonly (Amounts | undefined)[]): Amounts =>
  list.reduce<Amounts>(
    (sum, one) => ({ low: sum.low + (one?.low ?? 0n), base: sum.base + (one?.base ?? 0n), high: sum.high + (one?.high ?? 0n) }),
    { low: 0n, base: 0n, high: 0n },
  );

const never = ['taxes, support and discounts of a contract', 'time that people wait', 'work to change a client'];

/** The cost without its showback, and the bills it is made of; undefined where nothing could be billed. */
export function costOf(input: CostInput): { readonly cost: Cost; readonly bills: readonly Billed[] } | undefined {
  const { charges, scale, profile, windowMs, priced: counted, notPriced, chosenBy, others } = input;
  const bills = charges.flatMap((charge) => bill(charge, scale) ?? []);
  const [first] = bills;
  if (first === undefined) return undefined;
  const missing = charges.filter((charge) => !bills.some((one) => one.charge === charge));
  const models = [...new Set(charges.map(({ model }) => model))];
  const cost: Cost = {
    currency: first.charge.model.currency,
    perMonth: scale === undefined ? null : shown(add(bills.map(({ month }) => month))),
    perMonthWhyNot: scale === undefined ? (windowMs <= 0 ? 'the log has no length in time' : NO_MONTH) : null,
    window: shown(add(bills.map(({ window }) => window))),
    allPerMonth: scale === undefined ? null : fromMicros(bills.reduce((sum, { allMonth }) => sum + (allMonth ?? 0n), 0n)),
    items: bills.map(({ result }) => result),
    unitPrice: first.result.unitPrice,
    models: models.map((model) => ({
      id: model.id,
      title: model.title,
      chosenBy,
      asOf: isGivenPrice(model) ? null : model.asOf,
      source: model.source,
      assumes: model.assumes,
    })),
    extrapolation:
      scale === undefined
        ? null
        : {
            factor: toNumber(scale.base, 6),
            hours: Math.floor(windowMs / HOUR_MS),
            quietestHour: profile?.quietest ?? null,
            busiestHour: profile?.busiest ?? null,
          },
    priced: {
      ok: counted.ok,
      redundant: counted.redundant,
      redundantLow: Math.min(counted.low, counted.redundant),
      redundantHigh: Math.max(counted.high, counted.redundant),
    },
    notPriced,
    showback: { client: [], route: [], owner: [], cause: [], finding: [] },
    notIncluded: [
      ...(notPriced.redundant > 0 ? [`${grouped(notPriced.redundant)} redundant fetches of ${others.join(', ')}: no price`] : []),
      ...missing.map(({ model, item }) => `${model.id}: ${labels[item.kind]}, since the log has no durations`),
      ...models.flatMap(({ notIncluded }) => notIncluded),
      ...never,
    ],
    standing: 'estimated',
  };
  return { cost, bills };
}
