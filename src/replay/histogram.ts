/**
 * Latencies in the manner of HdrHistogram (Tene): buckets whose width grows with the value, so that every quantile is within 1/128 of
 * the value that was recorded, in constant memory.
 */

const HALF = 128;
const HALF_BITS = 7;
/** Up to 2^32 us, more than an hour. */
const BUCKETS = (32 - HALF_BITS + 1) * HALF;

const indexOf = (us: number): number => {
  if (us < HALF * 2) return us;
  const shift = 31 - Math.clz32(us) - HALF_BITS;
  return (shift + 1) * HALF + (us >>> shift) - HALF;
};

/** The highest value that lands in a bucket. */
const highest = (index: number): number => {
  if (index < HALF * 2) return index;
  const shift = Math.floor(index / HALF) - 1;
  return ((index % HALF) + HALF + 1) * 2 ** shift - 1;
};

export interface Quantiles {
  /** ms */
  readonly p50: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
  readonly mean: number;
}

export class Histogram {
  private readonly counts = new Uint32Array(BUCKETS);
  private total = 0;
  private sumUs = 0;
  private maxUs = 0;

  get count(): number {
    return this.total;
  }

  /** @param ms of any precision; negative counts as 0. */
  record(ms: number): void {
    const us = Math.min(0xffff_ffff, Math.max(0, Math.round(ms * 1000)));
    this.counts[Math.min(BUCKETS - 1, indexOf(us))]! += 1;
    this.total += 1;
    this.sumUs += us;
    if (us > this.maxUs) this.maxUs = us;
  }

  add(other: Histogram): void {
    for (let index = 0; index < BUCKETS; index += 1) this.counts[index]! += other.counts[index]!;
    this.total += other.total;
    this.sumUs += other.sumUs;
    this.maxUs = Math.max(this.maxUs, other.maxUs);
  }

  /** Nearest rank, in ms, at most 1/128 above the recorded value; 0 of nothing. */
  quantile(share: number): number {
    if (this.total === 0) return 0;
    const rank = Math.max(1, Math.ceil(share * this.total));
    let seen = 0;
    for (let index = 0; index < BUCKETS; index += 1) {
      seen += this.counts[index]!;
      if (seen >= rank) return Math.min(highest(index), this.maxUs) / 1000;
    }
    return this.maxUs / 1000;
  }

  /** undefined of nothing. */
  quantiles(): Quantiles | undefined {
    if (this.total === 0) return undefined;
    const at = (share: number): number => this.quantile(share);
    const mean = this.sumUs / this.total / 1000;
    return { p50: at(0.5), p90: at(0.9), p95: at(0.95), p99: at(0.99), p999: at(0.999), max: this.maxUs / 1000, mean };
  }
}
