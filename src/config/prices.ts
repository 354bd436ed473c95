/** Price lists of a user: `--prices FILE`, JSON with comments, each mistake with its place. */
import { withOwnPrices } from '../analysis/price-list.js';
import type { PriceTable } from '../analysis/price-model.js';
import { pricesSchema } from '../analysis/prices.schema.js';
import { TokenTaxError } from '../errors.js';
import { type FileKind, layerOf, read } from './load.js';
import { mistakeOf } from './mistakes.js';

const kind: FileKind = { code: 'BAD_PRICES', noun: 'price list' };

/** The lists of a file, and those of the package behind them. Throws BAD_PRICES for all mistakes at once, with file, line and column. */
export async function openPrices(cwd: string, name: string): Promise<PriceTable> {
  const file = { ...read(cwd, name, kind), root: [] };
  const layer = layerOf(file, await import('jsonc-parser'), kind);
  const parsed = pricesSchema.safeParse(layer?.value, { reportInput: true });
  if (parsed.success) return withOwnPrices(parsed.data.models, parsed.data.notMetered);
  const [first, ...also] = parsed.error.issues
    .flatMap((issue) => mistakeOf(issue, pricesSchema, kind.noun))
    .map(({ path, message, help, atKey }) => ({
      place: atKey ? layer?.keyPlaceOf(path) : layer?.placeOf(path),
      message,
      help,
    }))
    .sort((a, b) => (a.place?.line ?? 0) - (b.place?.line ?? 0) || (a.place?.column ?? 0) - (b.place?.column ?? 0))
    .map(
      ({ place, message, help }) =>
        new TokenTaxError(kind.code, message, {
          ...(place === undefined ? {} : { place }),
          ...(help === undefined ? {} : { help }),
        }),
    );
  throw new TokenTaxError(kind.code, first?.message ?? `the price list ${name} is wrong`, {
    ...(first?.place === undefined ? {} : { place: first.place }),
    ...(first === undefined ? {} : { help: first.help }),
    also,
  });
}
