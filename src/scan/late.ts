/** Requests that stand behind later ones, in a log that may be read in ranges by several. */

/** Of a range: what can still be said of its rows once the newest stamp before it is known. */
export interface LateRows {
  readonly rows: number;
  /** Late within the range, and by how much at most. */
  readonly count: number;
  readonly maxUs: number;
  /** Of the range; Infinity and -Infinity without a row. */
  readonly oldestUs: number;
  readonly newestUs: number;
  /** The first stamps that were newer than all before them in the range, each with the number of rows that had it then. */
  readonly steps: readonly (readonly [us: number, rows: number])[];
}

/** Neighbouring ranges overlap by little: what is beyond is the clock set back, and then one row more or less says nothing. */
const MOST_STEPS = 256;

export class LateMeter implements LateRows {
  rows = 0;
  count = 0;
  maxUs = 0;
  oldestUs = Infinity;
  newestUs = -Infinity;
  readonly steps: [us: number, rows: number][] = [];

  /** A log is written in the order of its stamps: those of the ends, where `durationUs` was taken off to get the starts. */
  add(rows: number, startUs: Float64Array, durationUs: Float64Array | undefined): void {
    let { newestUs, oldestUs } = this;
    for (let row = 0; row < rows; row += 1) {
      const us = durationUs !== undefined && durationUs[row]! > 0 ? startUs[row]! + durationUs[row]! : startUs[row]!;
      if (us < oldestUs) oldestUs = us;
      if (us < newestUs) {
        this.count += 1;
        if (newestUs - us > this.maxUs) this.maxUs = newestUs - us;
      } else {
        if (this.steps.length <= MOST_STEPS) this.step(us, us > newestUs);
        newestUs = us;
      }
    }
    this.rows += rows;
    this.newestUs = newestUs;
    this.oldestUs = oldestUs;
  }

  private step(us: number, isNew: boolean): void {
    if (isNew) this.steps.push([us, 1]);
    else this.steps[this.steps.length - 1]![1] += 1;
  }
}

/** Of a whole log, from its ranges in their order. */
export function lateRows(ranges: readonly LateRows[]): { readonly count: number; readonly maxUs: number } {
  let newestUs = -Infinity;
  let count = 0;
  let maxUs = 0;
  for (const range of ranges) {
    count += range.newestUs < newestUs ? range.rows : range.count;
    maxUs = Math.max(maxUs, range.maxUs);
    if (range.oldestUs < newestUs) {
      maxUs = Math.max(maxUs, newestUs - range.oldestUs);
      if (range.newestUs >= newestUs) for (const [us, rows] of range.steps.slice(0, MOST_STEPS)) if (us < newestUs) count += rows;
    }
    newestUs = Math.max(newestUs, range.newestUs);
  }
  return { count, maxUs };
}
