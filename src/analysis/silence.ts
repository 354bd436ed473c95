/** The longest silence between requests that come nearly in order: late ones are put in their place among the last of them. */

/** So many are held back; a request that is later than all of them counts as if it came now. */
const HELD = 256;
/** Shorter ones are no silence: nothing hangs on them, and they may be told as less than they are. */
const SHORTEST_MS = 1000;
/** Cells of time that are looked at together, and scratch for them. */
const CELLS = 32;
const firsts = new Float64Array(CELLS);
const lasts = new Float64Array(CELLS);

export class SilenceMeter {
  private starts: Float64Array | undefined;
  private ends: Float64Array | undefined;
  private held = 0;
  private longest = 0;
  /** Of all that was released; with `longestMs` of all. */
  firstMs = Infinity;
  lastEndMs = -Infinity;

  /** A request from `startMs` to `endMs`. */
  add(startMs: number, endMs: number): void {
    this.starts ??= new Float64Array(HELD);
    this.ends ??= new Float64Array(HELD);
    if (this.held === HELD) this.makeRoom();
    this.starts[this.held] = startMs;
    this.ends[this.held] = endMs;
    this.held += 1;
  }

  /** As many requests as `count` says, as if they were added one by one. */
  addRows(startMs: Float64Array, endMs: Float64Array, count: number): void {
    this.starts ??= new Float64Array(HELD);
    this.ends ??= new Float64Array(HELD);
    for (let from = 0; from < count; ) {
      if (this.held === HELD) this.makeRoom();
      const to = Math.min(count, from + HELD - this.held);
      this.starts.set(startMs.subarray(from, to), this.held);
      this.ends.set(endMs.subarray(from, to), this.held);
      this.held += to - from;
      from = to;
    }
  }

  /** ms from the end of all requests so far to the start of the next, at most; 0 without two. */
  get longestMs(): number {
    this.sort();
    this.release(this.held);
    return this.longest;
  }

  private makeRoom(): void {
    if (this.isWithoutSilence()) this.forget();
    else {
      this.sort();
      this.release(HELD >> 1);
    }
  }

  /**
   * Whether nothing that is held can be longer than the longest so far: told from the first and the last start in each cell of that
   * length. Then their order does not matter, and none that comes later and starts before them can be longer either.
   */
  private isWithoutSilence(): boolean {
    const starts = this.starts!;
    const { lastEndMs, held } = this;
    const width = Math.max(this.longest, SHORTEST_MS);
    firsts.fill(Infinity);
    for (let at = 0; at < held; at += 1) {
      const start = starts[at]!;
      const cell = Math.floor((start - lastEndMs) / width);
      // Not `>=`: before the first release there is no last end.
      if (!(cell < CELLS)) return false;
      if (cell < 0) continue;
      if (firsts[cell] === Infinity) lasts[cell] = start;
      if (start < firsts[cell]!) firsts[cell] = start;
      if (start > lasts[cell]!) lasts[cell] = start;
    }
    let last = lastEndMs;
    for (let cell = 0; cell < CELLS; cell += 1) {
      if (firsts[cell] === Infinity) continue;
      if (firsts[cell]! - last > width) return false;
      last = lasts[cell]!;
    }
    return true;
  }

  private forget(): void {
    for (let at = 0; at < this.held; at += 1) {
      if (this.starts![at]! < this.firstMs) this.firstMs = this.starts![at]!;
      if (this.ends![at]! > this.lastEndMs) this.lastEndMs = this.ends![at]!;
    }
    this.held = 0;
  }

  private sort(): void {
    const { starts, ends, held } = this;
    if (starts === undefined || ends === undefined) return;
    for (let row = 1; row < held; row += 1) {
      const start = starts[row]!;
      const end = ends[row]!;
      let at = row;
      while (at > 0 && starts[at - 1]! > start) {
        starts[at] = starts[at - 1]!;
        ends[at] = ends[at - 1]!;
        at -= 1;
      }
      starts[at] = start;
      ends[at] = end;
    }
  }

  private release(count: number): void {
    const { starts, ends } = this;
    if (starts === undefined || ends === undefined) return;
    for (let at = 0; at < count; at += 1) {
      if (starts[at]! < this.firstMs) this.firstMs = starts[at]!;
      if (this.lastEndMs > -Infinity) this.longest = Math.max(this.longest, starts[at]! - this.lastEndMs);
      this.lastEndMs = Math.max(this.lastEndMs, ends[at]!);
    }
    starts.copyWithin(0, count, this.held);
    ends.copyWithin(0, count, this.held);
    this.held -= count;
  }
}

/** Range, first start, last end, longest silence. */
const SPAN = 4;

/** The same for a log that is read in ranges, by anyone: each has a meter of its own, and what lies between them is seen at the end. */
export class RangeSilence {
  private readonly spans: number[] = [];
  private range = 0;
  private meter: SilenceMeter | undefined;

  begin(range: number): void {
    this.close();
    this.range = range;
  }

  add(startMs: number, endMs: number): void {
    this.meter ??= new SilenceMeter();
    this.meter.add(startMs, endMs);
  }

  addRows(startMs: Float64Array, endMs: Float64Array, count: number): void {
    this.meter ??= new SilenceMeter();
    this.meter.addRows(startMs, endMs, count);
  }

  /** Before it is sent or asked: the meter at hand becomes four numbers. */
  close(): void {
    if (this.meter === undefined) return;
    const { longestMs } = this.meter;
    this.spans.push(this.range, this.meter.firstMs, this.meter.lastEndMs, longestMs);
    this.meter = undefined;
  }

  /** ms from the end of all requests so far to the start of the next, at most; 0 without two. */
  get longestMs(): number {
    return longestSilence([this]);
  }

  ordered(): { readonly range: number; readonly firstMs: number; readonly lastEndMs: number; readonly longestMs: number }[] {
    this.close();
    const { spans } = this;
    const out = [];
    for (let at = 0; at < spans.length; at += SPAN)
      out.push({ range: spans[at]!, firstMs: spans[at + 1]!, lastEndMs: spans[at + 2]!, longestMs: spans[at + 3]! });
    return out;
  }
}

/** Of one log whose ranges several have read. */
export function longestSilence(list: readonly RangeSilence[]): number {
  const spans = list.flatMap((one) => one.ordered()).sort((a, b) => a.range - b.range);
  let longest = 0;
  let endMs = -Infinity;
  for (const { firstMs, lastEndMs, longestMs } of spans) {
    longest = Math.max(longest, longestMs, endMs === -Infinity ? 0 : firstMs - endMs);
    endMs = Math.max(endMs, lastEndMs);
  }
  return longest;
}
