/** What a price is: an amount for so many of one unit. The unit is part of the type, so that prices of two units cannot be mixed. */
import { compare, decimal, type Exact, fraction, least, minus, most, over, plus, times, zero } from './exact.js';
import type { PriceUnit } from './result.js';

export type Unit = PriceUnit;

/** How much of one unit. */
export interface Quantity<U extends Unit> {
  readonly unit: U;
  readonly value: Exact;
}

declare const forOne: unique symbol;
/** The price of a single one. Only `perOne` makes it, from a price that says for how many it is: an amount alone is none. */
export interface PerOne<U extends Unit> {
  readonly unit: U;
  readonly amount: Exact;
  readonly [forOne]: true;
}

/** One tier of a price: from so many a month on, up to (not including) `to`; null: no end. Amounts are decimal text, so that they are exact. */
export interface Tier {
  readonly from: number;
  readonly to: number | null;
  readonly amount: string;
}

/** As it is published: amounts for `per` of a unit, by tiers of a month, `included` ones free. */
export interface ListPrice<U extends Unit> {
  readonly unit: U;
  readonly per: number;
  readonly included: number;
  readonly tiers: readonly Tier[];
}

/** What of a fetch is priced. */
export type PriceItem =
  | ({ readonly kind: 'issuer' } & ListPrice<'token response'>)
  | ({ readonly kind: 'gateway' } & ListPrice<'request'>)
  /** A caller that pays for the time it waits, with so much memory. */
  | ({ readonly kind: 'hold'; readonly memoryGb: number } & ListPrice<'GB-second'>)
  | ({ readonly kind: 'network'; readonly bytesPerFetch: number } & ListPrice<'GB'>)
  /** An issuer of one's own: how many fetches one vCPU answers in a second, as a rule and at most. */
  | ({
      readonly kind: 'cpu';
      readonly grantsPerVcpuSecond: { readonly base: number; readonly most: number };
    } & ListPrice<'vCPU-hour'>);

/** A price list of one vendor, or what is known of how it bills. */
export interface PriceModel {
  readonly id: string;
  readonly title: string;
  /** Id of the identity provider whose tokens these are; null: not tied to one. */
  readonly provider: string | null;
  /** `metered`: each token is billed; `quota`: by plan, without a public price of one; `compute`, `gateway`: what carries a fetch. */
  readonly billing: 'metered' | 'quota' | 'not metered' | 'compute' | 'gateway';
  readonly currency: string;
  /** When the price was read, `2025-04-27`. */
  readonly asOf: string;
  readonly source: string;
  /** `confirmed` in the cited text, `documented` by the vendor but not re-read, `assumed`: an example. */
  readonly standing: 'confirmed' | 'documented' | 'assumed';
  readonly items: readonly PriceItem[];
  /** What the price rests on, said beside every amount. */
  readonly assumes: readonly string[];
  readonly notIncluded: readonly string[];
  /** Requests that the issuer takes from a whole account within so many seconds; null: not known, or by plan. */
  readonly limit: { readonly requests: number; readonly seconds: number; readonly scope: string } | null;
}

export interface PriceTable {
  /** Ids of the lists that the user wrote. */
  readonly own: readonly string[];
  /** Ids of providers that bill no single token, most of them because one runs them oneself. */
  readonly notMetered: readonly string[];
  readonly models: readonly PriceModel[];
}

const amountOf = (text: string): Exact => {
  const amount = decimal(text);
  if (amount === undefined) throw new RangeError(`no amount: ${text}`);
  return amount;
};

/** The price of a single one in a tier. */
export const perOne = <U extends Unit>({ unit, per }: ListPrice<U>, { amount }: Tier): PerOne<U> =>
  ({ unit, amount: over(amountOf(amount), fraction(per)) }) as PerOne<U>;

/** Quantity times price; both of the same unit, or it does not compile. */
export const priced = <U extends Unit>(quantity: Quantity<U>, price: PerOne<NoInfer<U>>): Exact =>
  times(quantity.value, price.amount);

/**
 * `sum over tiers of min(max(n - q - a, 0), b - a) x p`, q included and a tier from a up to b: docs/cost.md. Throws nothing; what no tier
 * covers is free, which the reader of price lists refuses.
 */
export function tiered<U extends Unit>(list: ListPrice<U>, quantity: Quantity<NoInfer<U>>): Exact {
  const billed = most(minus(quantity.value, fraction(list.included)), zero);
  let total = zero;
  for (const tier of list.tiers) {
    const inside = most(minus(billed, fraction(tier.from)), zero);
    const here = tier.to === null ? inside : least(inside, fraction(tier.to - tier.from));
    if (compare(here, zero) > 0) total = plus(total, priced({ unit: list.unit, value: here } as Quantity<U>, perOne(list, tier)));
  }
  return total;
}

/** What the part of `all` beyond `kept` costs: the difference of two bills, since tiers make the last unit cheaper or dearer than the first. */
export const avoidable = <U extends Unit>(list: ListPrice<U>, all: Quantity<NoInfer<U>>, kept: Quantity<NoInfer<U>>): Exact =>
  minus(tiered(list, all), tiered(list, kept));

/** True where the same amount is paid for each one, however many there are. */
export const isFlat = ({ included, tiers }: ListPrice<Unit>): boolean => included === 0 && tiers.length === 1;

/** The dearest price of one: no part of a bill is above it. */
export const dearest = <U extends Unit>(list: ListPrice<U>): PerOne<U> =>
  list.tiers.map((tier) => perOne(list, tier)).reduce((a, b) => (compare(b.amount, a.amount) > 0 ? b : a));
