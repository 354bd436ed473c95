export type { Compression } from './compression.js';
export { type FoundInputs, findInputs, type InputProblem, type InputSource, STDIN_NAME } from './find.js';
export { type Followed, FollowedFile, FollowedStream } from './follow.js';
export { type LineBlock, PADDING } from './lines.js';
export { nearest } from './near.js';
export { type Head, type InputOptions, type OpenInput, openBlocks, openInput, type Unpackers } from './open.js';
export { type FileRange, rangeBlocks } from './ranges.js';
export { rotationOf } from './rotation.js';
export type { DecompressionLimit } from './unpack.js';
