/**
 * What the gateway itself took of each request: total minus upstream, per route and file, as a histogram whose bins are a 16th of an
 * octave wide, with the starts of the slowest requests and of a sample of all. Nothing in here depends on the order of the rows.
 */

import { KEPT, type KeptColumns } from '../events/counting.js';

/** A unit of the histogram, in us: a 16th of a ms, so that whole ms are whole numbers of it. */
export const UNIT_US = 62.5;
export const UNITS_A_MS = 16;
/** At least this long: some 70 minutes. */
export const LONGEST = 2 ** 26 - 1;

const SLOWEST = KEPT;
const SAMPLE = KEPT;

/** Bins of one unit up to 32 units, then 16 to an octave. */
export function binOf(units: number): number {
  if (units < 16) return units;
  const exponent = 31 - Math.clz32(units);
  return 16 * (exponent - 3) + ((units >> (exponent - 4)) & 15);
}

/** The first unit of a bin; that of the next is its end. */
export function firstUnitOf(bin: number): number {
  if (bin < 32) return bin;
  return (16 + (bin % 16)) * 2 ** (Math.floor(bin / 16) - 1);
}

export class OverheadLog {
  counts = new Uint32Array(64);
  count = 0;
  private slowUnits = new Float64Array(8);
  private slowStarts = new Float64Array(8);
  private slow = 0;
  /** Once there are more than are kept: the last of those. */
  private floorUnits = -1;
  private floorStart = Infinity;
  private sample = new Float64Array(8);
  private sampled = 0;
  /** Starts whose hash is a multiple of it are kept; it only doubles. */
  private every = 1;

  /** `overheadUs` is not below 0. */
  add(overheadUs: number, startMs: number): void {
    const units = Math.min(LONGEST, Math.floor((overheadUs * UNITS_A_MS) / 1000));
    const bin = binOf(units);
    if (bin >= this.counts.length) this.widen(bin);
    this.counts[bin]! += 1;
    this.count += 1;
    this.note(units, startMs);
  }

  /** Below it a request is not among the slowest; -1 while there are few. */
  get floor(): number {
    return this.floorUnits;
  }

  /** Starts whose hash has none of these bits are in the sample. */
  get mask(): number {
    return this.every - 1;
  }

  /** By bin: of requests of which those at the floor or above it and those of the sample were noted one by one. */
  addCounts(counts: Uint32Array): void {
    let end = counts.length;
    while (end > 0 && counts[end - 1] === 0) end -= 1;
    if (end > this.counts.length) this.widen(end - 1);
    for (let bin = 0; bin < end; bin += 1) {
      this.counts[bin]! += counts[bin]!;
      this.count += counts[bin]!;
    }
  }

  /** Keeps the start of a request where it is one of the slowest or of the sample. Does not count it. True: the floor or the mask moved. */
  note(units: number, startMs: number): boolean {
    const { floorUnits, every } = this;
    if (units > floorUnits || (units === floorUnits && startMs < this.floorStart)) this.addSlow(units, startMs);
    if ((hashOf(startMs) & (every - 1)) === 0) this.addSample(startMs);
    return this.floorUnits !== floorUnits || this.every !== every;
  }

  /** What was kept of requests that were counted elsewhere, at this place, where starts whose hash has none of these bits are the sample. */
  keep({ slow, slowUnits, slowStarts, sampled, sampleStarts }: KeptColumns, place: number, mask: number): void {
    const from = place * KEPT;
    for (let at = from; at < from + slow[place]!; at += 1) this.addSlow(slowUnits[at]!, slowStarts[at]!);
    this.addSamples(sampleStarts.subarray(from, from + sampled[place]!), mask + 1);
  }

  merge(from: OverheadLog): void {
    if (from.counts.length > this.counts.length) this.widen(from.counts.length - 1);
    for (let bin = 0; bin < from.counts.length; bin += 1) this.counts[bin]! += from.counts[bin]!;
    this.count += from.count;
    for (let at = 0; at < from.slow; at += 1) this.addSlow(from.slowUnits[at]!, from.slowStarts[at]!);
    this.addSamples(from.sample.subarray(0, from.sampled), from.every);
  }

  private addSamples(starts: Float64Array, every: number): void {
    while (this.every < every) this.thin();
    for (const start of starts) if ((hashOf(start) & (this.every - 1)) === 0) this.addSample(start);
  }

  /** Sorted starts of the slowest requests, as many as are kept, that took at least this many units. */
  startsFrom(units: number): Float64Array {
    this.cutSlow();
    const starts: number[] = [];
    for (let at = 0; at < this.slow; at += 1) if (this.slowUnits[at]! >= units) starts.push(this.slowStarts[at]!);
    return Float64Array.from(starts).sort();
  }

  /** Sorted starts of a sample of all requests. */
  sampleStarts(): Float64Array {
    return this.sample.slice(0, this.sampled).sort();
  }

  private addSlow(units: number, startMs: number): void {
    if (this.slow === 2 * SLOWEST) this.cutSlow();
    if (this.slow === this.slowUnits.length) {
      this.slowUnits = longer(this.slowUnits);
      this.slowStarts = longer(this.slowStarts);
    }
    this.slowUnits[this.slow] = units;
    this.slowStarts[this.slow] = startMs;
    this.slow += 1;
  }

  private cutSlow(): void {
    if (this.slow <= SLOWEST) return;
    const { slow, slowUnits, slowStarts } = this;
    const floor = slowUnits.slice(0, slow).sort()[slow - SLOWEST]!;
    const ties: number[] = [];
    let kept = 0;
    for (let at = 0; at < slow; at += 1) {
      if (slowUnits[at] === floor) ties.push(slowStarts[at]!);
      if (slowUnits[at]! <= floor) continue;
      slowUnits[kept] = slowUnits[at]!;
      slowStarts[kept] = slowStarts[at]!;
      kept += 1;
    }
    ties.sort((a, b) => a - b);
    for (let tie = 0; kept < SLOWEST; tie += 1) {
      slowUnits[kept] = floor;
      slowStarts[kept] = ties[tie]!;
      kept += 1;
    }
    this.slow = kept;
    this.floorUnits = floor;
    this.floorStart = slowStarts[kept - 1]!;
  }

  private addSample(startMs: number): void {
    if (this.sampled === SAMPLE) {
      this.thin();
      if ((hashOf(startMs) & (this.every - 1)) !== 0) return;
    }
    if (this.sampled === this.sample.length) this.sample = longer(this.sample);
    if (this.sampled < this.sample.length) {
      this.sample[this.sampled] = startMs;
      this.sampled += 1;
    }
  }

  /** Halves the sample; where all that is left has one start, it may not get smaller: then the mask ends at its widest. */
  private thin(): void {
    do {
      this.every *= 2;
      let kept = 0;
      for (let at = 0; at < this.sampled; at += 1) {
        if ((hashOf(this.sample[at]!) & (this.every - 1)) !== 0) continue;
        this.sample[kept] = this.sample[at]!;
        kept += 1;
      }
      this.sampled = kept;
    } while (this.sampled === SAMPLE && this.every < 2 ** 30);
  }

  private widen(bin: number): void {
    const wider = new Uint32Array(Math.ceil((bin + 1) / 32) * 32);
    wider.set(this.counts);
    this.counts = wider;
  }
}

function longer(values: Float64Array): Float64Array<ArrayBuffer> {
  const out = new Float64Array(values.length * 2);
  out.set(values);
  return out;
}

/** Murmur3's finish over the low 32 bits of the ms. */
export function hashOf(startMs: number): number {
  let hash = startMs | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
