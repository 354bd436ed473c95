/** The library: the same analysis as the command line. */
export { type RawModel, withOwnPrices } from './analysis/price-list.js';
export type { PriceModel, PriceTable } from './analysis/price-model.js';
export type { Analysis, FetchCounts, KeyResult, Standing } from './analysis/result.js';
export { type ErrorCode, TokenTaxError } from './errors.js';
export { type AnalyzeOptions, analyze, type Progress } from './pipeline.js';
