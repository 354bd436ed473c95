/** Where the fields of the current line are: per slot a span of the chunk and the field (reading) that filled it. */
import { slots } from '../formats/define.js';

export class Capture {
  readonly from = new Int32Array(slots.length);
  readonly to = new Int32Array(slots.length);
  /** Index into the program's fields, or -1: the slot is empty. */
  readonly field = new Int32Array(slots.length).fill(-1);
  /** Set where a scan stopped: position of the byte that does not fit, and what would have. */
  failedAt = 0;
  expected = '';
}

export interface LineScanner {
  /** Fills the capture from the line [from, to). False when the line does not fit; then `failedAt` and `expected` say where. */
  scan(bytes: Uint8Array, from: number, to: number): boolean;
}
