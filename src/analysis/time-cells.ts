/** Counts over time in a bounded number of cells: a power of two seconds wide, aligned to the epoch, so that any two can be added up. */
const CELLS = 1024;

export class TimeCells {
  widthMs = 1000;
  private firstCell = 0;
  private counts = new Uint32Array(CELLS);
  private used = 0;

  add(timeMs: number, by = 1): void {
    let cell = Math.floor(timeMs / this.widthMs);
    if (this.used === 0) {
      this.firstCell = cell;
      this.used = 1;
    }
    while (cell < this.firstCell || cell >= this.firstCell + CELLS) {
      if (cell < this.firstCell && this.firstCell + this.used - cell <= CELLS) this.shiftTo(cell);
      else {
        this.widen(cell);
        cell = Math.floor(timeMs / this.widthMs);
      }
    }
    const index = cell - this.firstCell;
    this.counts[index]! += by;
    if (index >= this.used) this.used = index + 1;
  }

  forEach(visit: (fromMs: number, count: number) => void): void {
    for (let index = 0; index < this.used; index += 1) {
      if (this.counts[index]! > 0) visit((this.firstCell + index) * this.widthMs, this.counts[index]!);
    }
  }

  /** Cells at least this wide: those of a log that was counted apart. */
  widenTo(widthMs: number): void {
    while (this.widthMs < widthMs) this.widen(this.firstCell);
  }

  private shiftTo(cell: number): void {
    const by = this.firstCell - cell;
    this.counts.copyWithin(by, 0, this.used);
    this.counts.fill(0, 0, by);
    this.firstCell = cell;
    this.used += by;
  }

  /** Halves the number of cells until the new one fits, whichever side it lies on. */
  private widen(cell: number): void {
    const last = Math.max(cell, this.firstCell + this.used - 1);
    const first = Math.min(cell, this.firstCell);
    let shift = 0;
    while (Math.floor(last / 2 ** shift) - Math.floor(first / 2 ** shift) >= CELLS) shift += 1;
    if (shift === 0) shift = 1;
    const old = this.counts;
    const oldFirst = this.firstCell;
    const oldUsed = this.used;
    this.widthMs *= 2 ** shift;
    this.counts = new Uint32Array(CELLS);
    this.firstCell = Math.floor(first / 2 ** shift);
    this.used = 0;
    for (let index = 0; index < oldUsed; index += 1) {
      const target = Math.floor((oldFirst + index) / 2 ** shift) - this.firstCell;
      this.counts[target]! += old[index]!;
      this.used = Math.max(this.used, target + 1);
    }
  }
}
