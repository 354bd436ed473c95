/** The longest silence between requests that come nearly in order: late ones are put in their place among the last of them. */

/** So many are held back; a request that is later than all of them counts as if it came now. */
const HELD = 256;

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
    const { starts, ends } = this;
    if (this.held === HELD) this.release(HELD >> 1);
    let at = this.held;
    while (at > 0 && starts[at - 1]! > startMs) {
      starts[at] = starts[at - 1]!;
      ends[at] = ends[at - 1]!;
      at -= 1;
    }
    starts[at] = startMs;
    ends[at] = endMs;
    this.held += 1;
  }

  /** ms from the end of all requests so far to the start of the next, at most; 0 without two. */
  get longestMs(): number {
    this.release(this.held);
    return this.longest;
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
