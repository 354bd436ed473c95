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
}
