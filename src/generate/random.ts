/** Numbers that are the same on every machine: sfc32 (Chris Doty-Humphrey, PractRand), and only operations that IEEE 754 settles. */

/** `000` to `fff`. */
const THREE_DIGITS = Array.from({ length: 0x1000 }, (_, value) => value.toString(16).padStart(3, '0'));

export class Random {
  private a: number;
  private b: number;
  private c: number;
  private counter = 1;

  /** Streams of one seed are independent: a request more or less in one leaves the others as they are. */
  constructor(seed: number, stream: string) {
    this.a = seed >>> 0;
    this.b = Math.floor(seed / 2 ** 32) >>> 0;
    // FNV-1a of the name.
    let hash = 0x811c9dc5;
    for (let at = 0; at < stream.length; at += 1) hash = Math.imul(hash ^ stream.charCodeAt(at), 0x01000193);
    this.c = hash >>> 0;
    for (let round = 0; round < 15; round += 1) this.bits();
  }

  /** 32 random bits. */
  bits(): number {
    const out = (((this.a + this.b) | 0) + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = ((this.c << 21) | (this.c >>> 11)) + out;
    this.c |= 0;
    return out >>> 0;
  }

  /** In [0, 1). */
  unit(): number {
    return this.bits() / 2 ** 32;
  }

  /** An integer from 0 up to, and without, `below`. */
  below(below: number): number {
    return Math.floor(this.unit() * below);
  }

  /** An integer from `from` to `to`, both included. */
  between(from: number, to: number): number {
    return from + this.below(to - from + 1);
  }

  /** Exponential with mean 1, by comparisons alone (von Neumann 1951): a logarithm may differ in its last bit between machines. */
  exponential(): number {
    for (let whole = 0; ; whole += 1) {
      const first = this.unit();
      let last = first;
      let run = 1;
      for (;;) {
        const next = this.unit();
        if (next >= last) break;
        last = next;
        run += 1;
      }
      if (run % 2 === 1) return whole + first;
    }
  }

  hex(digits: number): string {
    let out = '';
    while (out.length < digits) {
      const bits = this.bits();
      out += THREE_DIGITS[bits >>> 20]! + THREE_DIGITS[(bits >>> 8) & 0xfff]! + THREE_DIGITS[bits & 0xff]!.slice(1);
    }
    return out.length === digits ? out : out.slice(0, digits);
  }
}
