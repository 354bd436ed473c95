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
  /** The bytes that the spans are places of, when those are not the chunk. */
  source: Uint8Array | undefined = undefined;

  /** Two fields for one slot: the better one (lower index) wins, unless it is empty. */
  put(slot: number, field: number, from: number, to: number): void {
    const had = this.field[slot]!;
    if (had >= 0 && had < field && this.to[slot]! > this.from[slot]!) return;
    if (had >= 0 && had > field && to === from) return;
    this.from[slot] = from;
    this.to[slot] = to;
    this.field[slot] = field;
  }
}

export interface LineScanner {
  /** Fills the capture from the line [from, to). False when the line does not fit; then `failedAt` and `expected` say where. */
  scan(bytes: Uint8Array, from: number, to: number): boolean;
}
