/** Numbers and times straight from bytes, without floats where sums must be exact. All times are integer us. */

const DIGIT_0 = 48;
const DOT = 46;
const COMMA = 44;
const DASH = 45;
const QUOTE = 34;
const SPACE = 32;
const COLON = 58;

/** What the readers give when there is no number: the field is empty, `-`, negative, or not a number. */
export const NOT_A_NUMBER = -1;

const POWERS = [1, 10, 100, 1000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000];

/**
 * A decimal scaled by a power of ten, rounded half up: `0.0125` with scale 3 is 13. Negative scales divide. NOT_A_NUMBER for
 * anything else than digits with at most one dot (or an exponent).
 */
export function scaledDecimal(bytes: Uint8Array, from: number, to: number, scale: number): number {
  let whole = 0;
  let at = from;
  for (; at < to; at += 1) {
    const digit = bytes[at]! - DIGIT_0;
    if (digit < 0 || digit > 9) break;
    whole = whole * 10 + digit;
  }
  if (at === from && (at === to || bytes[at] !== DOT)) return NOT_A_NUMBER;
  if (at === to) return scale >= 0 ? whole * POWERS[scale]! : Math.round(whole / POWERS[-scale]!);
  if (bytes[at] !== DOT) return withExponent(bytes, from, to, scale);
  at += 1;
  let fraction = 0;
  let digits = 0;
  let roundUp = 0;
  const kept = scale > 0 ? scale : 0;
  const fractionFrom = at;
  for (; at < to; at += 1) {
    const digit = bytes[at]! - DIGIT_0;
    if (digit < 0 || digit > 9) return withExponent(bytes, from, to, scale);
    if (digits < kept) {
      fraction = fraction * 10 + digit;
      digits += 1;
    } else if (at - fractionFrom === kept) roundUp = digit >= 5 ? 1 : 0;
  }
  if (fractionFrom === to && from + 1 === fractionFrom) return NOT_A_NUMBER;
  if (scale < 0) return Math.round(whole / POWERS[-scale]!);
  return whole * POWERS[scale]! + fraction * POWERS[scale - digits]! + roundUp;
}

/** `1.2e-05`, as some JSON writers print small floats. */
function withExponent(bytes: Uint8Array, from: number, to: number, scale: number): number {
  if (to - from > 32) return NOT_A_NUMBER;
  let text = '';
  for (let at = from; at < to; at += 1) text += String.fromCharCode(bytes[at]!);
  if (!/^\d+(?:\.\d+)?[eE][+-]?\d{1,3}$/.test(text)) return NOT_A_NUMBER;
  const value = Math.round(Number(text) * 10 ** scale);
  return Number.isSafeInteger(value) ? value : NOT_A_NUMBER;
}

/** True for `-`, the empty field and `null`. */
export const isMissing = (bytes: Uint8Array, from: number, to: number): boolean =>
  to === from ||
  (to - from === 1 && bytes[from] === DASH) ||
  // As Apache writes an empty user.
  (to - from === 2 && bytes[from] === QUOTE && bytes[from + 1] === QUOTE) ||
  (to - from === 4 && bytes[from] === 110 && bytes[from + 1] === 117 && bytes[from + 3] === 108);

/** Sum over a list of attempts (`0.1, 0.2 : -`); NOT_A_NUMBER when no attempt has a value. */
export function scaledListSum(bytes: Uint8Array, from: number, to: number, scale: number): number {
  let sum = 0;
  let seen = false;
  let at = from;
  while (at < to) {
    while (at < to && (bytes[at] === SPACE || bytes[at] === COMMA || bytes[at] === COLON)) at += 1;
    let end = at;
    while (end < to && bytes[end] !== COMMA && bytes[end] !== SPACE) end += 1;
    if (end > at && !(end - at === 1 && bytes[at] === DASH)) {
      const value = scaledDecimal(bytes, at, end, scale);
      if (value === NOT_A_NUMBER) return NOT_A_NUMBER;
      sum += value;
      seen = true;
    }
    at = end;
  }
  return seen ? sum : NOT_A_NUMBER;
}

/** Scales that turn a unit into us. */
const UNIT_SCALE: Readonly<Record<string, number>> = { ns: -3, us: 0, µs: 0, μs: 0, ms: 3, s: 6 };
const UNIT_FACTOR: Readonly<Record<string, number>> = { m: 60_000_000, h: 3_600_000_000 };

/** `12ms`, `1.5s`, `850µs`, `1m20s` in us. NOT_A_NUMBER for a number without a unit: it has no knowable one. */
export function unitDuration(text: string): number {
  const part = /(\d+(?:\.\d+)?)\s?(ns|us|µs|μs|ms|s|m|h)/gy;
  let sum = 0;
  let end = 0;
  for (let match = part.exec(text); match !== null; match = part.exec(text)) {
    const [, number = '', unit = ''] = match;
    const factor = UNIT_FACTOR[unit];
    sum += factor === undefined ? Number(number) * 10 ** UNIT_SCALE[unit]! : Number(number) * factor;
    end = part.lastIndex;
  }
  if (end !== text.length || end === 0) return NOT_A_NUMBER;
  const value = Math.round(sum);
  return Number.isSafeInteger(value) ? value : NOT_A_NUMBER;
}
