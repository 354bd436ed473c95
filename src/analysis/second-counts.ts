/** Events per second of the clock, in pages, for the peak rate. */
const PAGE = 4096;

export class SecondCounts {
  private readonly pages = new Map<number, Uint32Array>();
  peak = 0;

  add(timeMs: number, many = 1): void {
    const second = Math.floor(timeMs / 1000);
    const number = Math.floor(second / PAGE);
    let page = this.pages.get(number);
    if (page === undefined) {
      page = new Uint32Array(PAGE);
      this.pages.set(number, page);
    }
    const count = page[second - number * PAGE]! + many;
    page[second - number * PAGE] = count;
    if (count > this.peak) this.peak = count;
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
