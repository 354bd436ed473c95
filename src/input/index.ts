export type { Compression } from './compression.js';
export { type FoundInputs, findInputs, type InputProblem, type InputSource, STDIN_NAME } from './find.js';
export type { DecompressionLimit } from './gunzip.js';
export { type LineBlock, PADDING } from './lines.js';
export { nearest } from './near.js';
export { type Head, type InputOptions, type OpenInput, openBlocks, openInput } from './open.js';
