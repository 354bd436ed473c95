/** Events per second of the clock, in pages, for the peak rate. */
const PAGE = 4096;

export class SecondCounts {
  private readonly pages = new Map<number, Uint32Array<ArrayBuffer>>();
  peak = 0;
  /** The last page, and where it begins: neighbours are on one page. */
  private page = new Uint32Array(PAGE);
  private beginsAt = Number.NaN;

  add(timeMs: number, many = 1): void {
    const second = Math.floor(timeMs / 1000);
    let at = second - this.beginsAt;
    if (!(at >= 0 && at < PAGE)) at = second - this.open(second);
    const count = this.page[at]! + many;
    this.page[at] = count;
    if (count > this.peak) this.peak = count;
  }

  private open(second: number): number {
    const number = Math.floor(second / PAGE);
    let page = this.pages.get(number);
    if (page === undefined) {
      page = new Uint32Array(PAGE);
      this.pages.set(number, page);
    }
    this.page = page;
    this.beginsAt = number * PAGE;
    return this.beginsAt;
  }

  /** The most within any `seconds` seconds of the clock in a row: of two that are a fraction of a second further apart, too. */
  peakOver(seconds: number): number {
    if (seconds <= 1) return this.peak;
    const times: number[] = [];
    const counts: number[] = [];
    for (const [number, page] of [...this.pages].sort(([a], [b]) => a - b))
      for (const [at, count] of page.entries()) {
        if (count === 0) continue;
        times.push(number * PAGE + at);
        counts.push(count);
      }
    let [most, inside, from] = [0, 0, 0];
    for (const [at, time] of times.entries()) {
      inside += counts[at]!;
      while (times[from]! <= time - seconds) inside -= counts[from++]!;
      most = Math.max(most, inside);
    }
    return most;
  }
}
