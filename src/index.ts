/** The library: the same analysis as the command line. */
export type { Analysis, FetchCounts, KeyResult, Standing } from './analysis/result.js';
export { type ErrorCode, TokenTaxError } from './errors.js';
export { type AnalyzeOptions, analyze, type Progress } from './pipeline.js';
