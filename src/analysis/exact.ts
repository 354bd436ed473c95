/** Exact fractions of whole numbers: money is added and multiplied in them, and rounded once, to millionths of the currency. */
export interface Exact {
  readonly n: bigint;
  /** Above 0. */
  readonly d: bigint;
}

const gcd = (a: bigint, b: bigint): bigint => {
  while (b !== 0n) [a, b] = [b, a % b];
  return a < 0n ? -a : a;
};

/** `n / d` in lowest terms. Throws a RangeError for a denominator of 0. */
export const fraction = (n: bigint | number, d: bigint | number = 1n): Exact => {
  let [top, bottom] = [BigInt(n), BigInt(d)];
  if (bottom === 0n) throw new RangeError('a fraction over 0');
  if (bottom < 0n) [top, bottom] = [-top, -bottom];
  const common = gcd(top, bottom);
  return common > 1n ? { n: top / common, d: bottom / common } : { n: top, d: bottom };
};

export const zero: Exact = { n: 0n, d: 1n };

export const plus = (a: Exact, b: Exact): Exact => fraction(a.n * b.d + b.n * a.d, a.d * b.d);
export const minus = (a: Exact, b: Exact): Exact => fraction(a.n * b.d - b.n * a.d, a.d * b.d);
export const times = (a: Exact, b: Exact): Exact => fraction(a.n * b.n, a.d * b.d);
export const over = (a: Exact, b: Exact): Exact => fraction(a.n * b.d, a.d * b.n);

/** Below 0, 0 or above 0, like a comparison of numbers. */
export const compare = (a: Exact, b: Exact): number => {
  const difference = a.n * b.d - b.n * a.d;
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
};
export const least = (first: Exact, ...more: readonly Exact[]): Exact =>
  more.reduce((a, b) => (compare(b, a) < 0 ? b : a), first);
export const most = (first: Exact, ...more: readonly Exact[]): Exact => more.reduce((a, b) => (compare(b, a) > 0 ? b : a), first);

const DECIMAL = /^(-?)(\d{1,30})(?:\.(\d{1,30}))?(?:[eE]([+-]?\d{1,2}))?$/;

/** `2.25`, `0.0000166667`, `1e-7`, exactly as written; undefined for what is no decimal number. */
export const decimal = (text: string): Exact | undefined => {
  const match = DECIMAL.exec(text.trim());
  if (match === null) return undefined;
  const [, sign = '', whole = '', part = '', power = '0'] = match;
  const digits = BigInt(whole + part) * (sign === '-' ? -1n : 1n);
  const shift = Number(power) - part.length;
  return shift >= 0 ? fraction(digits * 10n ** BigInt(shift)) : fraction(digits, 10n ** BigInt(-shift));
};

/** Nearest whole millionths, halves away from 0. */
export const toMicros = ({ n, d }: Exact): bigint => {
  const scaled = (n < 0n ? -n : n) * 2_000_000n + d;
  const size = scaled / (2n * d);
  return n < 0n ? -size : size;
};

/** An amount of money as it stands in the result: with six decimals. */
export const fromMicros = (micros: bigint): number => Number(micros) / 1e6;

/** The nearest number, for figures that are not money. */
export const toNumber = ({ n, d }: Exact, decimals: number): number => {
  const scale = 10n ** BigInt(decimals);
  const size = ((n < 0n ? -n : n) * 2n * scale + d) / (2n * d);
  return Number(n < 0n ? -size : size) / 10 ** decimals;
};
