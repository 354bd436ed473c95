/** The longest silence between requests that come nearly in order: late ones are put in their place among the last of them. */

/** So many are held back; a request that is later than all of them counts as if it came now. */
const HELD = 256;

export class SilenceMeter {
  private starts: Float64Array | undefined;
  private ends: Float64Array | undefined;
  private held = 0;
  private lastEndMs = -Infinity;
  private longest = 0;

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
      if (this.lastEndMs > -Infinity) this.longest = Math.max(this.longest, starts[at]! - this.lastEndMs);
      this.lastEndMs = Math.max(this.lastEndMs, ends[at]!);
    }
    starts.copyWithin(0, count, this.held);
    ends.copyWithin(0, count, this.held);
    this.held -= count;
  }
}
