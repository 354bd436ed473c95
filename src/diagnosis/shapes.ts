/** What the fetches of a key look like from one to the next, holder by holder, in one walk. Holders may be thousands: no array for each. */
import { BRIEF_TOO, scratchDoubles, scratchIds } from '../analysis/scratch.js';

/** The fetches of one holder, sorted. */
export interface Series {
  readonly count: number;
  readonly startMs: ArrayLike<number>;
  /** -1: unknown. */
  readonly durationMs: ArrayLike<number>;
}

/**
 * A burst is what begins before the first fetch of it, its head, has been answered: a cache could not have had its token yet. A chain
 * is what one request fetches one by one: each begins no later than `slackMs` after the one before has ended.
 */
export class Shapes {
  /** Fetches that began while no other of the holder was in flight. */
  heads = 0;
  /** Fetches that began while the first of their burst was in flight. */
  inFlight = 0;
  /** Of the bursts, for each holder its first ones. */
  largest = 0;
  /**
   * Starts while the fetch before was in flight, and in as much time right after that. Of starts that know nothing of each other at least
   * as many fall into the one as into the other; where fetches wait for each other none falls into the first.
   */
  within = 0;
  next = 0;
  readonly chains = new GroupSizes();
  private readonly all: Float64Array;
  private gaps = 0;

  /** `events`: how many there will be at most. */
  constructor(
    events: number,
    private readonly typicalMs: number,
    private readonly slackMs: number,
  ) {
    this.all = scratchDoubles(BRIEF_TOO, events);
  }

  /** Between the heads of one holder, of all of them; there until somebody needs their room. Putting them in order does not. */
  get headGaps(): Float64Array {
    return this.all.subarray(0, this.gaps);
  }

  add(series: Series): void {
    if (series.count === 0) return;
    this.addBursts(series);
    this.addChains(series);
  }

  private addBursts({ startMs, durationMs, count }: Series): void {
    const { typicalMs, all } = this;
    let { gaps, largest, within, next } = this;
    let heads = 0;
    let size = 0;
    let headMs = 0;
    let endMs = Number.NEGATIVE_INFINITY;
    let beforeMs = Number.NaN;
    let beforeTook = 0;
    for (let at = 0; at < count; at += 1) {
      const start = startMs[at]!;
      const took = durationMs[at]! < 0 ? typicalMs : durationMs[at]!;
      const gap = start - beforeMs;
      if (gap < beforeTook) within += 1;
      // What follows at once was asked for by the same request.
      else if (gap >= 1.2 * beforeTook && gap < 2.2 * beforeTook) next += 1;
      beforeMs = start;
      beforeTook = took;
      if (start >= endMs) {
        if (heads > 0) {
          all[gaps] = start - headMs;
          gaps += 1;
          if (heads <= MEASURED && size > largest) largest = size;
        }
        headMs = start;
        endMs = start + took;
        heads += 1;
        size = 0;
      }
      size += 1;
    }
    if (heads <= MEASURED && size > largest) largest = size;
    this.heads += heads;
    this.inFlight += count - heads;
    this.gaps = gaps;
    this.largest = largest;
    this.within = within;
    this.next = next;
  }

  private addChains({ startMs, durationMs, count }: Series): void {
    const { typicalMs, slackMs, chains } = this;
    let size = 0;
    let endMs = Number.NEGATIVE_INFINITY;
    for (let at = 0; at < count; at += 1) {
      const start = startMs[at]!;
      if (start > endMs + slackMs && at > 0) {
        chains.add(size);
        size = 0;
      }
      size += 1;
      const end = start + (durationMs[at]! < 0 ? typicalMs : durationMs[at]!);
      if (end > endMs) endMs = end;
    }
    chains.add(size);
  }
}

/** Bursts of one holder whose size is looked at. */
const MEASURED = 10_000;

/** Groups are small: larger ones are few. */
const SMALL = 256;

/** How many groups have each size. There until others are counted. */
export class GroupSizes {
  count = 0;
  private readonly small = scratchIds('shapes.sizes', SMALL).fill(0);
  private readonly large = new Map<number, number>();
  /** In the order in which they came. */
  private readonly sizes: number[] = [];

  add(size: number): void {
    this.count += 1;
    if (size < SMALL) {
      if (this.small[size]! === 0) this.sizes.push(size);
      this.small[size]! += 1;
      return;
    }
    const many = this.large.get(size) ?? 0;
    if (many === 0) this.sizes.push(size);
    this.large.set(size, many + 1);
  }

  /** Share of the groups that have exactly the most common size above 1, and that size; of equals the one that came first. */
  get common(): { readonly size: number; readonly share: number } {
    let best = { size: 1, share: 0 };
    for (const size of this.sizes) {
      const share = (size < SMALL ? this.small[size]! : this.large.get(size)!) / this.count;
      if (size > 1 && share > best.share) best = { size, share };
    }
    return best;
  }
}
