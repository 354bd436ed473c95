/** Leaves in a batch the rows that count: those of the window that `--where` lets pass. */
import type { RequestBatch } from './request-batch.js';
import type { RowTest } from './where.js';

type Column = Float64Array | Int32Array | Uint16Array | Uint8Array;

export interface RowFilterOptions {
  /** First start that counts, us. */
  readonly sinceUs: number;
  /** First start that does not count any more, us. */
  readonly untilUs: number;
  readonly where: RowTest | undefined;
}

export class RowFilter {
  private columns: readonly Column[] = [];
  private columnsAreOf: RequestBatch | undefined;

  constructor(private readonly options: RowFilterOptions) {}

  /** Moves the rows that count to the front, and says how many do not. Rows before the window that would count are shown first. */
  apply(batch: RequestBatch, before: (row: number) => void): number {
    const { sinceUs, untilUs, where } = this.options;
    const columns = this.columnsOf(batch);
    let kept = 0;
    for (let row = 0; row < batch.rows; row += 1) {
      const start = batch.startUs[row]!;
      if (start >= untilUs) continue;
      if (where !== undefined && !where(batch, row)) continue;
      if (start < sinceUs) {
        before(row);
        continue;
      }
      if (kept < row) for (const column of columns) column[kept] = column[row]!;
      kept += 1;
    }
    const left = batch.rows - kept;
    batch.rows = kept;
    return left;
  }

  private columnsOf(batch: RequestBatch): readonly Column[] {
    if (this.columnsAreOf !== batch) {
      this.columnsAreOf = batch;
      const columns: unknown[] = [...Object.values(batch), ...Object.values(batch.ids ?? {})];
      this.columns = columns.filter((value): value is Column => ArrayBuffer.isView(value));
    }
    return this.columns;
  }
}
