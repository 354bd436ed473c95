/** Many short lists in a few tables: an array for each would be larger than what it holds. */

/** Rows of columns, each in one of the lists. Links are 1 more than the row, 0 ends. */
export class Lists {
  private first = new Int32Array(64);
  private last = new Int32Array(64);
  private next = new Int32Array(64);
  used = 0;

  constructor(private columns: (Float64Array | Uint16Array)[]) {}

  /** Row that is put behind those of this list. */
  push(list: number): number {
    if (list >= this.first.length) {
      this.first = longerInts(this.first, list + 1);
      this.last = longerInts(this.last, list + 1);
    }
    const row = this.used;
    this.used += 1;
    if (row === this.next.length) {
      this.next = longerInts(this.next, row + 1);
      const { length } = this.next;
      this.columns = this.columns.map((column) => {
        const longer = column instanceof Uint16Array ? new Uint16Array(length) : new Float64Array(length);
        longer.set(column);
        return longer;
      });
    }
    if (this.first[list] === 0) this.first[list] = row + 1;
    else this.next[this.last[list]! - 1] = row + 1;
    this.last[list] = row + 1;
    return row;
  }

  get(column: number, row: number): number {
    return this.columns[column]![row]!;
  }

  set(column: number, row: number, value: number): void {
    this.columns[column]![row] = value;
  }

  /** -1 for a list without a row, and behind the last one. */
  firstOf(list: number): number {
    return (this.first[list] ?? 0) - 1;
  }
  lastOf(list: number): number {
    return (this.last[list] ?? 0) - 1;
  }
  after(row: number): number {
    return this.next[row]! - 1;
  }
}

/** Room for so many, and some more. */
export function longerInts(old: Int32Array, length: number): Int32Array<ArrayBuffer> {
  const longer = new Int32Array(Math.max(length, Math.ceil(old.length * 1.25)));
  longer.set(old);
  return longer;
}
