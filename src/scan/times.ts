/** Time stamps straight from bytes, with a memo of the last minute: neighbours in a log rarely differ in more than the seconds. */

/** Given for a stamp that is not one, or names a date that does not exist. */
export const NO_TIME = -1;

/** us to add to a local time (given as us since the epoch, read as UTC) of a stamp without a zone, to get UTC. */
export type ZoneShift = (localUs: number) => number;

const MINUTE_US = 60_000_000;
const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

const two = (bytes: Uint8Array, at: number): number => {
  const tens = bytes[at]! - 48;
  const ones = bytes[at + 1]! - 48;
  return tens < 0 || tens > 9 || ones < 0 || ones > 9 ? -1 : tens * 10 + ones;
};

/** us since the epoch of a minute, or NO_TIME. */
function minuteUs(year: number, month: number, day: number, hour: number, minute: number): number {
  if (year < 1970 || month < 1 || month > 12 || day < 1 || hour < 0 || hour > 23 || minute < 0 || minute > 59) return NO_TIME;
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  if (day > MONTH_DAYS[month - 1]! + (month === 2 && leap ? 1 : 0)) return NO_TIME;
  return Date.UTC(year, month - 1, day, hour, minute) * 1000;
}

const MONTHS: Readonly<Record<number, number>> = Object.fromEntries(
  ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'].map((name, index) => [
    name.charCodeAt(0) | (name.charCodeAt(1) << 8) | (name.charCodeAt(2) << 16),
    index + 1,
  ]),
);

/** T, a space, t; and a tab, where date and time are columns beside each other. */
const ISO_SEPARATORS: readonly number[] = [84, 32, 116, 9];

/** Where the words of a CLF time stand; they overlap, and leave out its seconds. */
const CLF_WORDS = [0, 4, 8, 12, 14, 20, 22];

const EXPONENT = /^(\d+)(?:\.(\d*))?e\+?(\d{1,2})$/i;
const LONGEST_EXPONENT = 40;

/** `1.772446530123E9`, as some writers print a double, with its digits where they belong; undefined for anything else. */
function withoutExponent(bytes: Uint8Array, from: number, to: number): Uint8Array | undefined {
  if (to - from > LONGEST_EXPONENT) return undefined;
  const match = EXPONENT.exec(new TextDecoder().decode(bytes.subarray(from, to)));
  if (match === null) return undefined;
  const [, whole = '', fraction = '', exponent = ''] = match;
  const digits = fraction.padEnd(Number(exponent), '0');
  const rest = digits.slice(Number(exponent));
  const moved = (whole + digits.slice(0, Number(exponent))).replace(/^0+(?=\d)/, '');
  return new TextEncoder().encode(rest === '' ? moved : `${moved}.${rest}`);
}

export class TimeReader {
  private readonly memo = new Uint8Array(32);
  private memoLength = 0;
  /** Words 3 and 4 overlap, so no text gives this. */
  private readonly clfMemo = Int32Array.of(0, 0, 0, 0, -1, 0, 0);
  private clfMinuteUs = 0;
  private viewOf: Uint8Array | undefined;
  private view = new DataView(new ArrayBuffer(32)) as DataView<ArrayBufferLike>;
  private memoUs = 0;
  /** A stamp without a zone was read: the result must say which zone was assumed. */
  sawZoneless = false;
  /** Most fraction digits of a second seen: the resolution of the stamps. */
  fractionDigits = 0;

  constructor(private readonly zoneShift: ZoneShift = () => 0) {}

  /** `02/Mar/2026:10:15:30 +0000`; fractions of a second are read when there are any. */
  clf(bytes: Uint8Array, from: number, to: number): number {
    if (to - from < 20) return NO_TIME;
    if (to - from === 26 && this.sameClfMinute(bytes, from)) {
      const second = two(bytes, from + 18);
      return second < 0 || second > 60 ? NO_TIME : this.clfMinuteUs + second * 1_000_000;
    }
    return this.clfSlow(bytes, from, to);
  }

  /** All of a CLF time but its seconds, as words: `02/Mar/2026:10:15:` and ` +0000`. */
  private sameClfMinute(bytes: Uint8Array, from: number): boolean {
    if (bytes !== this.viewOf) {
      this.viewOf = bytes;
      this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    const { view, clfMemo } = this;
    return (
      view.getInt32(from + 14, true) === clfMemo[4] &&
      view.getInt32(from + 12, true) === clfMemo[3] &&
      view.getInt32(from + 8, true) === clfMemo[2] &&
      view.getInt32(from + 20, true) === clfMemo[5] &&
      view.getInt32(from + 22, true) === clfMemo[6] &&
      view.getInt32(from, true) === clfMemo[0] &&
      view.getInt32(from + 4, true) === clfMemo[1]
    );
  }

  private rememberClf(from: number, us: number): void {
    CLF_WORDS.forEach((at, index) => {
      this.clfMemo[index] = this.view.getInt32(from + at, true);
    });
    this.clfMinuteUs = us;
  }

  private clfSlow(bytes: Uint8Array, from: number, to: number): number {
    const month = MONTHS[bytes[from + 3]! | (bytes[from + 4]! << 8) | (bytes[from + 5]! << 16)];
    const century = two(bytes, from + 7);
    const years = two(bytes, from + 9);
    if (month === undefined || bytes[from + 2] !== 47 || bytes[from + 6] !== 47 || century < 0 || years < 0) return NO_TIME;
    if (bytes[from + 11] !== 58 || bytes[from + 14] !== 58 || bytes[from + 17] !== 58) return NO_TIME;
    const local = minuteUs(century * 100 + years, month, two(bytes, from), two(bytes, from + 12), two(bytes, from + 15));
    const second = two(bytes, from + 18);
    if (local < 0 || second < 0 || second > 60) return NO_TIME;
    const { us, end } = this.fraction(bytes, from + 20, to);
    const zone = this.zone(bytes, end, to, local);
    if (Number.isNaN(zone)) return NO_TIME;
    const base = local - zone;
    if (to - from === 26 && end === from + 20) this.rememberClf(from, base);
    return base + second * 1_000_000 + us;
  }

  /** RFC 3339, also with a space or a tab for the `T`, a comma for the dot, and a zone without a colon. */
  iso(bytes: Uint8Array, from: number, to: number): number {
    if (to - from < 19) return NO_TIME;
    if (bytes[from + 4] !== 45 || bytes[from + 7] !== 45 || !ISO_SEPARATORS.includes(bytes[from + 10]!)) return NO_TIME;
    if (bytes[from + 13] !== 58 || bytes[from + 16] !== 58) return NO_TIME;
    const second = two(bytes, from + 17);
    if (second < 0 || second > 60) return NO_TIME;
    const { us, end } = this.fraction(bytes, from + 19, to);
    if (this.isoMemoFits(bytes, from, end, to)) return this.memoUs + second * 1_000_000 + us;
    const century = two(bytes, from);
    const years = two(bytes, from + 2);
    if (century < 0 || years < 0) return NO_TIME;
    const local = minuteUs(
      century * 100 + years,
      two(bytes, from + 5),
      two(bytes, from + 8),
      two(bytes, from + 11),
      two(bytes, from + 14),
    );
    if (local < 0) return NO_TIME;
    const zone = this.zone(bytes, end, to, local);
    if (Number.isNaN(zone)) return NO_TIME;
    this.rememberIso(bytes, from, end, to, local - zone);
    return local - zone + second * 1_000_000 + us;
  }

  /** `2026/03/02 - 10:15:30`, local time of the writer. */
  slashed(bytes: Uint8Array, from: number, to: number): number {
    if (to - from !== 21 || bytes[from + 4] !== 47 || bytes[from + 7] !== 47 || bytes[from + 11] !== 45) return NO_TIME;
    if (bytes[from + 10] !== 32 || bytes[from + 12] !== 32 || bytes[from + 15] !== 58 || bytes[from + 18] !== 58) return NO_TIME;
    return this.parts(bytes, from, from + 13, two(bytes, from + 19), to, to);
  }

  /** As `iso`, with or without seconds. */
  java(bytes: Uint8Array, from: number, to: number): number {
    if (to - from !== 16) return this.iso(bytes, from, to);
    if (bytes[from + 4] !== 45 || bytes[from + 7] !== 45 || bytes[from + 10] !== 84 || bytes[from + 13] !== 58) return NO_TIME;
    return this.parts(bytes, from, from + 11, 0, to, to);
  }

  /** Date at `from`, hours and minutes at `clock`, zone in [zoneFrom, to). */
  private parts(bytes: Uint8Array, from: number, clock: number, second: number, zoneFrom: number, to: number): number {
    const century = two(bytes, from);
    const years = two(bytes, from + 2);
    if (century < 0 || years < 0 || second < 0 || second > 60) return NO_TIME;
    const [month, day] = [two(bytes, from + 5), two(bytes, from + 8)];
    const local = minuteUs(century * 100 + years, month, day, two(bytes, clock), two(bytes, clock + 3));
    return local < 0 ? NO_TIME : local - this.zone(bytes, zoneFrom, to, local) + second * 1_000_000;
  }

  /** Seconds, ms, us or ns since the epoch, with or without a fraction, by magnitude (below 1e11 s, 1e14 ms, 1e17 us, else ns). */
  epoch(bytes: Uint8Array, from: number, to: number): number {
    const us = this.plainEpoch(bytes, from, to);
    if (us !== NO_TIME) return us;
    const plain = withoutExponent(bytes, from, to);
    return plain === undefined ? NO_TIME : this.plainEpoch(plain, 0, plain.length);
  }

  private plainEpoch(bytes: Uint8Array, from: number, to: number): number {
    let at = from;
    let whole = 0;
    for (; at < to; at += 1) {
      const digit = bytes[at]! - 48;
      if (digit < 0 || digit > 9) break;
      // Nanoseconds have 19 digits, more than a double holds: the last three are not needed.
      if (at - from < 16) whole = whole * 10 + digit;
    }
    const digits = at - from;
    if (digits < 9 || digits > 19) return NO_TIME;
    if (digits > 11) this.fractionDigits = Math.max(this.fractionDigits, digits > 14 ? 6 : 3);
    if (digits > 17) return at === to ? Math.floor(whole * 10 ** (digits - 19)) : NO_TIME;
    if (digits === 17) return NO_TIME;
    let fraction = 0;
    let scale = 1;
    if (at < to) {
      if (bytes[at] !== 46) return NO_TIME;
      for (at += 1; at < to; at += 1) {
        const digit = bytes[at]! - 48;
        if (digit < 0 || digit > 9) return NO_TIME;
        if (scale < 1_000_000) {
          fraction = fraction * 10 + digit;
          scale *= 10;
        }
      }
      if (to - from - digits - 1 > this.fractionDigits) this.fractionDigits = to - from - digits - 1;
    }
    if (whole < 1e11) return whole * 1_000_000 + (fraction * 1_000_000) / scale;
    if (whole < 1e14) return whole * 1000 + Math.floor((fraction * 1000) / scale);
    return whole;
  }

  /** Any of the three, told apart by the bytes. */
  any(bytes: Uint8Array, from: number, to: number): number {
    if (to - from > 10 && bytes[from + 2] === 47) return this.clf(bytes, from, to);
    if (to - from > 18 && bytes[from + 4] === 45) return this.iso(bytes, from, to);
    if (bytes[from] === 91 && bytes[to - 1] === 93) return this.clf(bytes, from + 1, to - 1);
    return this.epoch(bytes, from, to);
  }

  private fraction(bytes: Uint8Array, from: number, to: number): { us: number; end: number } {
    if (from >= to || (bytes[from] !== 46 && bytes[from] !== 44)) return { us: 0, end: from };
    let us = 0;
    let scale = 100_000;
    let at = from + 1;
    for (; at < to; at += 1) {
      const digit = bytes[at]! - 48;
      if (digit < 0 || digit > 9) break;
      us += digit * scale;
      scale = Math.floor(scale / 10);
    }
    if (at - from - 1 > this.fractionDigits) this.fractionDigits = at - from - 1;
    return { us, end: at };
  }

  /** us east of UTC; NaN for something that is no zone. */
  private zone(bytes: Uint8Array, from: number, to: number, localUs: number): number {
    let at = from;
    while (at < to && bytes[at] === 32) at += 1;
    if (at === to) {
      this.sawZoneless = true;
      return this.zoneShift(localUs);
    }
    const sign = bytes[at];
    if ((sign === 90 || sign === 122) && at + 1 === to) return 0;
    // ` UTC`, as BigQuery writes it.
    if (sign === 85 && bytes[at + 1] === 84 && bytes[at + 2] === 67 && at + 3 === to) return 0;
    if (sign !== 43 && sign !== 45) return Number.NaN;
    const hours = two(bytes, at + 1);
    const colon = bytes[at + 3] === 58 ? 1 : 0;
    const minutes = to - at > 3 ? two(bytes, at + 3 + colon) : 0;
    const length = to - at > 3 ? 5 + colon : 3;
    if (hours < 0 || hours > 15 || minutes < 0 || minutes > 59 || at + length !== to) return Number.NaN;
    return (sign === 43 ? 1 : -1) * (hours * 60 + minutes) * MINUTE_US;
  }

  private remembered(bytes: Uint8Array, from: number, head: number, tailFrom: number, tailTo: number): boolean {
    const { memo } = this;
    if (this.memoLength !== head + tailTo - tailFrom) return false;
    for (let at = 0; at < head; at += 1) if (memo[at] !== bytes[from + at]) return false;
    for (let at = tailFrom; at < tailTo; at += 1) if (memo[head + at - tailFrom] !== bytes[from + at]) return false;
    return true;
  }

  private remember(bytes: Uint8Array, from: number, head: number, tailFrom: number, tailTo: number, us: number): void {
    for (let at = 0; at < head; at += 1) this.memo[at] = bytes[from + at]!;
    for (let at = tailFrom; at < tailTo; at += 1) this.memo[head + at - tailFrom] = bytes[from + at]!;
    this.memoLength = head + tailTo - tailFrom;
    this.memoUs = us;
  }

  private isoMemoFits(bytes: Uint8Array, from: number, zoneFrom: number, to: number): boolean {
    return to - zoneFrom <= 6 && this.remembered(bytes, from, 16, zoneFrom - from, to - from);
  }

  private rememberIso(bytes: Uint8Array, from: number, zoneFrom: number, to: number, us: number): void {
    if (to - zoneFrom <= 6) this.remember(bytes, from, 16, zoneFrom - from, to - from, us);
  }
}
