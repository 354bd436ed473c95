import type { PriceTable } from '../src/analysis/price-model.js';

export function pricesPage(page: string, definitions: { readonly shippedPrices: PriceTable }): string;
