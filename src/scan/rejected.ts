/** Lines that could not be read, as they may be shown: where they stand, why, and a redacted piece of each. */
import * as door from './door.js';
import type { RejectReason } from './file-scanner.js';

export interface RejectedLine {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** Where the line starts in the decompressed stream, from 0. */
  readonly byte: number;
  readonly reason: RejectReason;
  /** The part of it where reading stopped, without secrets and control characters; empty for a line too long to be held. */
  readonly text: string;
}

/** Of a scanner: the line and offset are as the scanner counts them. `at` is where reading stopped. */
export interface Reject {
  readonly reason: RejectReason;
  readonly line: number;
  readonly offset: number;
  readonly bytes: Uint8Array;
  readonly from: number;
  readonly to: number;
  readonly at: number;
}

/** So many of a run are handed on; all are counted. */
export const MOST_REJECTED = 10_000;

export const rejectedText = ({ bytes, from, to, at }: Reject): string =>
  to <= from ? '' : door.excerpt(bytes, from, to, Math.min(Math.max(at, from), to)).text;
