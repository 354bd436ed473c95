/** The price lists that ship with the package, and those of a user put over them. */
import type { PriceItem, PriceModel, PriceTable, Tier } from './price-model.js';
import shipped from './prices.json' with { type: 'json' };

type RawTier = Omit<Tier, 'to'> & { readonly to?: number | null | undefined };
type RawItem = PriceItem extends infer I
  ? I extends PriceItem
    ? Omit<I, 'included' | 'tiers'> & { readonly included?: number | undefined; readonly tiers: readonly RawTier[] }
    : never
  : never;

/** A price list as it is written, with what may be left out. */
export interface RawModel extends Pick<PriceModel, 'id' | 'currency' | 'asOf' | 'source'> {
  readonly title?: string | undefined;
  readonly provider?: string | null | undefined;
  readonly billing?: PriceModel['billing'] | undefined;
  readonly standing?: PriceModel['standing'] | undefined;
  readonly items: readonly RawItem[];
  readonly assumes?: readonly string[] | undefined;
  readonly notIncluded?: readonly string[] | undefined;
  readonly limit?: PriceModel['limit'] | undefined;
}

const complete = (raw: RawModel): PriceModel => ({
  id: raw.id,
  title: raw.title ?? raw.id,
  provider: raw.provider ?? null,
  billing: raw.billing ?? 'metered',
  currency: raw.currency,
  asOf: raw.asOf,
  source: raw.source,
  standing: raw.standing ?? 'assumed',
  items: raw.items.map(
    (item) =>
      ({
        ...item,
        included: item.included ?? 0,
        tiers: item.tiers.map(({ from, to, amount }) => ({ from, to: to ?? null, amount })),
      }) as PriceItem,
  ),
  assumes: raw.assumes ?? [],
  notIncluded: raw.notIncluded ?? [],
  limit: raw.limit ?? null,
});

/** The lists of the package, by what is known of each vendor. Dated and with their sources: `prices.json`, docs/cost.md. */
export const shippedPrices: PriceTable = {
  own: [],
  notMetered: shipped.notMetered,
  models: (shipped as unknown as { readonly models: readonly RawModel[] }).models.map(complete),
};

/** Lists of a user stand in place of ours with the same id, and of ours for the same provider. */
export const withOwnPrices = (own: readonly RawModel[], notMetered: readonly string[] = []): PriceTable => {
  const models = own.map(complete);
  const replaced = ({ id, provider }: PriceModel): boolean =>
    models.some((mine) => mine.id === id || (provider !== null && mine.provider === provider));
  return {
    own: models.map(({ id }) => id),
    notMetered: [...shippedPrices.notMetered, ...notMetered],
    models: [...models, ...shippedPrices.models.filter((model) => !replaced(model))],
  };
};
