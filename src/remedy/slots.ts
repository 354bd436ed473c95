/**
 * Time cut into slots, as regular expressions over nginx's $msec. A cache key that has the slot in it changes by itself when a token
 * gets old: each slot begins with an empty entry, the one case that proxy_cache_lock collapses, and nothing is ever served stale.
 */
import { TokenTaxError } from '../errors.js';

export interface Slots {
  /** The longest of them; a token fetched in a slot is used no longer than this. */
  readonly longestMs: number;
  readonly meanMs: number;
  /** One for each slot, over `$msec` (`1772445600.123`); all that comes before the slot's own digits is captured as `epoch`. */
  readonly patterns: readonly string[];
}

const MOST_SLOTS = 24;
/** Of a period, in decimal digits: boundaries fall on its thousandth part. */
const DIGITS = 3;
export const SHORTEST_SLOT_MS = 1000;

/** The longest equal slots of at most `mostMs` that digits can tell apart. Throws BAD_OPTION below one second. */
export function slotsWithin(mostMs: number, epoch: string): Slots {
  if (!(mostMs >= SHORTEST_SLOT_MS))
    throw new TokenTaxError('BAD_OPTION', 'a token that can be used for less than a second cannot be kept in slots of time');
  const least = Math.ceil(Math.log10(mostMs));
  const choices = [least, least + 1].flatMap((period) => {
    let count = Math.ceil(10 ** period / mostMs);
    while (longestOf(period, count) > mostMs) count += 1;
    return count > MOST_SLOTS ? [] : [{ period, count, meanMs: 10 ** period / count }];
  });
  // The few long ones of the shorter period, unless those waste a tenth.
  const longest = Math.max(...choices.map(({ meanMs }) => meanMs));
  const { period, count, meanMs } = choices.find((one) => one.meanMs >= 0.9 * mostMs || one.meanMs === longest)!;
  const bounds = boundsOf(count);
  const patterns = bounds.slice(0, -1).map((from, at) => {
    const heads = rangePatterns(from, bounds[at + 1]! - 1, DIGITS).map((head) => digitsToMsec(head, period));
    return `^(?<${epoch}>\\d+)${heads.length === 1 ? heads[0]! : `(?:${heads.join('|')})`}$`;
  });
  return { longestMs: longestOf(period, count), meanMs, patterns };
}

const boundsOf = (count: number): number[] =>
  Array.from({ length: count + 1 }, (_, at) => Math.floor((at * 10 ** DIGITS) / count));

const longestOf = (period: number, count: number): number => {
  const bounds = boundsOf(count);
  return Math.max(...bounds.slice(1).map((to, at) => to - bounds[at]!)) * 10 ** (period - DIGITS);
};

/** Classes of digits, one per place, that together match `from` to `to` written with `width` digits, and nothing else. */
export function rangePatterns(from: number, to: number, width: number): readonly (readonly string[])[] {
  if (width === 0) return [[]];
  const unit = 10 ** (width - 1);
  const [first, last] = [Math.floor(from / unit), Math.floor(to / unit)];
  if (first === last)
    return rangePatterns(from - first * unit, to - first * unit, width - 1).map((rest) => [String(first), ...rest]);
  const found: (readonly string[])[] = [];
  let low = first;
  let high = last;
  if (from > first * unit) {
    found.push(...rangePatterns(from - first * unit, unit - 1, width - 1).map((rest) => [String(first), ...rest]));
    low += 1;
  }
  const tail = to < last * unit + unit - 1;
  if (tail) high -= 1;
  if (low <= high) {
    const digit = low === high ? String(low) : low === 0 && high === 9 ? '\\d' : `[${low}-${high}]`;
    found.push([digit, ...Array.from({ length: width - 1 }, () => '\\d')]);
  }
  if (tail) found.push(...rangePatterns(0, to - last * unit, width - 1).map((rest) => [String(last), ...rest]));
  return found;
}

/** The last `period` digits of ms since the epoch, with the point that $msec has before the last three. */
const digitsToMsec = (head: readonly string[], period: number): string => {
  const places = [...head, ...Array.from({ length: period - head.length }, () => '\\d')];
  const cut = places.length - 3;
  return `${short(places.slice(0, cut))}\\.${short(places.slice(cut))}`;
};

/** `\d\d\d` as `\d{3}`. */
const short = (places: readonly string[]): string => places.join('').replace(/(?:\\d){3,}/g, (run) => `\\d{${run.length / 2}}`);
