/** Which price holds for which fetches: what the user named, else what the provider of an endpoint is known to bill. */
import { TokenTaxError } from '../errors.js';
import type { Price } from './options.js';
import { parsePrice } from './options.js';
import { shippedPrices } from './price-list.js';
import type { ListPrice, PriceModel, PriceTable } from './price-model.js';
import type { Analysis } from './result.js';

/** So many fetches within so many seconds. */
export interface RateLimit {
  readonly fetches: number;
  readonly seconds: number;
}

export interface Pricing {
  readonly table: PriceTable;
  /** By `--price` and `--price-model`; empty: the provider decides. */
  readonly chosen: readonly PriceModel[];
  /** A month also from less than an hour of log. */
  readonly forceMonth: boolean;
  readonly rateLimit: RateLimit | undefined;
}

/** As they were given. */
export interface PricingOptions {
  readonly price?: string | undefined;
  readonly priceModel?: readonly string[] | undefined;
  readonly table?: PriceTable | undefined;
  readonly forceMonth?: boolean | undefined;
  readonly rateLimit?: string | undefined;
}

const BY_OPTION = '--price';

const listOf = ({ amountText, per }: Price): ListPrice<'token response'> => ({
  unit: 'token response',
  per,
  included: 0,
  tiers: [{ from: 0, to: null, amount: amountText }],
});

/** `--price` as a list of one price. It has no date: it is as old as the command line. */
const ofPrice = (price: Price): PriceModel => ({
  id: BY_OPTION,
  title: 'the price that was given',
  provider: null,
  billing: 'metered',
  currency: price.currency,
  asOf: '',
  source: BY_OPTION,
  standing: 'assumed',
  items: [{ kind: 'issuer', ...listOf(price) }],
  assumes: ['each token response costs the same, whosever the endpoint is'],
  notIncluded: ['volume tiers, included quotas and discounts'],
  limit: null,
});

export const isGivenPrice = ({ id }: PriceModel): boolean => id === BY_OPTION;

const known = (table: PriceTable): string => table.models.map(({ id }) => id).join(', ');

function modelOf(id: string, table: PriceTable, nearest: (wanted: string, names: readonly string[]) => string | undefined) {
  const found = table.models.find((model) => model.id === id);
  if (found === undefined) {
    const ids = table.models.map((model) => model.id);
    // A provider is what people think of first.
    const meant =
      nearest(id, ids) ??
      table.models.find(({ provider }) => provider === id)?.id ??
      ids.find((one) => one.startsWith(id) && id.length > 2);
    throw new TokenTaxError('BAD_OPTION', `there is no price model "${id}"`, {
      help: meant === undefined ? `There are ${known(table)}; --prices FILE adds your own.` : `Did you mean "${meant}"?`,
    });
  }
  if (found.items.length === 0)
    throw new TokenTaxError('BAD_OPTION', `the price model "${id}" has no price: ${found.title}`, {
      why: found.notIncluded[0] ?? `billed by ${found.billing}`,
      help: 'Give the price of your contract: --price AMOUNT/COUNT, or --prices FILE with a model of your own.',
    });
  return found;
}

/** A price that is said twice, or in two currencies, is a mistake: neither can be added to the other. */
function refuseContradictions(chosen: readonly PriceModel[]): void {
  const issuers = chosen.filter(({ items }) => items.some(({ kind }) => kind === 'issuer'));
  const same = issuers.find(
    (one, index) =>
      issuers.findIndex(({ provider }) => provider === one.provider || provider === null || one.provider === null) !== index,
  );
  if (same !== undefined)
    throw new TokenTaxError('BAD_OPTION', `${issuers[0]!.id} and ${same.id} both price the same token responses`, {
      why: 'which of the two is meant is not known, and both would count each fetch twice',
      help: 'Name one of them with --price-model, or write one list of your own with --prices FILE.',
    });
  const [first] = chosen;
  const other = chosen.find(({ currency }) => currency !== first?.currency);
  if (first !== undefined && other !== undefined)
    throw new TokenTaxError('BAD_OPTION', `${first.id} is in ${first.currency} and ${other.id} in ${other.currency}`, {
      why: 'amounts of two currencies cannot be added, and no rate of exchange is known',
      help: 'Write both in one currency with --prices FILE.',
    });
}

/** A file with one list that is of no provider can only mean that list. */
const onlyList = ({ own, models }: PriceTable): readonly PriceModel[] =>
  own.length === 1 ? models.filter(({ id, provider, items }) => id === own[0] && provider === null && items.length > 0) : [];

/**
 * Reads the options of prices. `nearest` finds the name that was meant. Throws BAD_OPTION for a price or model that is not there, that says
 * nothing, or that contradicts another.
 */
export function parsePricing(
  options: PricingOptions,
  nearest: (wanted: string, names: readonly string[]) => string | undefined,
): Pricing {
  const table = options.table ?? shippedPrices;
  const price = parsePrice(options.price);
  const ids = [...new Set((options.priceModel ?? []).flatMap((text) => text.split(',')).map((id) => id.trim()))];
  const named = [...(price === undefined ? [] : [ofPrice(price)]), ...ids.map((id) => modelOf(id, table, nearest))];
  const chosen = named.length > 0 ? named : onlyList(table);
  // Lists of a user that hold without being named bill each fetch all at once.
  refuseContradictions(chosen.length > 0 ? chosen : unasked(table).filter(({ id }) => table.own.includes(id)));
  return {
    table,
    chosen,
    forceMonth: options.forceMonth === true,
    rateLimit: options.rateLimit === undefined ? undefined : parseRateLimit(options.rateLimit),
  };
}

/** `10/s`, `600/m`, `200/h`, `50/12h`: so many fetches within that time. Throws BAD_OPTION. */
export function parseRateLimit(text: string): RateLimit {
  const match = /^\s*(\d{1,9}(?:\.\d+)?)\s*(?:\/\s*(\d{1,5})?\s*(s|m|h|d))?\s*$/.exec(text);
  const fetches = Number(match?.[1]);
  const seconds = Number(match?.[2] ?? 1) * { s: 1, m: 60, h: 3600, d: 86_400 }[(match?.[3] ?? 's') as 's' | 'm' | 'h' | 'd'];
  if (!(fetches > 0 && seconds > 0))
    throw new TokenTaxError('BAD_OPTION', `--rate-limit cannot be "${text}"`, {
      help: 'Write fetches per time: 10/s, 600/m, 5000/h or 50/12h.',
    });
  return { fetches, seconds };
}

/**
 * The models that price a fetch of this provider (null: not certain). What the user names holds for fetches of its provider, and for those
 * whose provider is not certain; without a choice only a metered provider that is certain has a price.
 */
export function modelsFor({ table, chosen }: Pricing, provider: string | null): readonly PriceModel[] {
  const fits = (model: PriceModel, alone: boolean): boolean =>
    model.provider === null || model.provider === provider || (provider === null && alone);
  if (chosen.length > 0) return chosen.filter((model) => fits(model, tied(chosen).length === 1));
  return provider === null ? [] : unasked(table).filter((model) => model.provider === provider);
}

const tied = (models: readonly PriceModel[]): readonly PriceModel[] => models.filter(({ provider }) => provider !== null);

/** Lists that hold without being named. Amounts of two currencies cannot be added: with lists of a user those in the currency of the first. */
function unasked({ own, models }: PriceTable): readonly PriceModel[] {
  const currency = models.find(({ id }) => own.includes(id))?.currency;
  return models.filter(
    ({ provider, billing, items, currency: its }) =>
      provider !== null && billing === 'metered' && items.length > 0 && (currency === undefined || its === currency),
  );
}

/** All that may have a price in this run. */
export const candidates = ({ table, chosen }: Pricing): readonly PriceModel[] => (chosen.length > 0 ? chosen : unasked(table));

export const isPriced = (pricing: Pricing, provider: string | null): boolean => modelsFor(pricing, provider).length > 0;

/** Whether the fetches of a key have a price, by `keys[].id`; null stands for many keys, which have one where all do. */
export function pricedKeys({ keys }: Pick<Analysis, 'keys'>, pricing: Pricing): (id: string | null) => boolean {
  const ids = new Set(keys.filter(({ provider }) => isPriced(pricing, provider)).map(({ id }) => id));
  return (id) => (id === null ? ids.size === keys.length : ids.has(id));
}
