/** Numbers and times as people read them. The same words in every locale and time zone. */

/** `412,906` */
export const count = (value: number): string => String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ',');

/** `1 fetch`, `2 fetches` */
export const plural = (value: number, one: string, many = `${one}s`): string => `${count(value)} ${value === 1 ? one : many}`;

type Towards = 'nearest' | 'down' | 'up';

const towards = { nearest: Math.round, down: Math.floor, up: Math.ceil } as const;

/** Three significant digits and at most two decimals. */
const digits = (value: number): number => (value >= 100 ? 0 : value >= 10 ? 1 : 2);

/** Close to the whole, what is missing is what matters: 99.86% and 99.89% are not the same cache. */
const NEARLY_ALL = 99.5;

const fixed = (value: number, decimals: number, direction: Towards): string => {
  const scale = 10 ** decimals;
  // 0.07 * 100 is 7.000000000000001: without the correction, rounding up would print 8.
  const scaled = Number((value * scale).toPrecision(12));
  return (towards[direction](scaled) / scale).toFixed(decimals);
};

/**
 * `96.4%`. Never `0%` for a share that is not zero and never `100%` for one that is not whole, since both are verdicts.
 * A lower bound is rounded down and an upper one up, so that what is printed stays true.
 */
export const percent = (share: number, direction: Towards = 'nearest'): string => {
  if (share <= 0) return '0%';
  if (share === 1) return '100%';
  const value = share * 100;
  if (value < 0.01) return '<0.01%';
  if (value > 99.99 && value < 100) return '>99.99%';
  const text = fixed(value, value > NEARLY_ALL ? 2 : digits(value), direction);
  return `${text}%`;
};

/** `522`, `7.85`, `0.42`: three significant digits, never 0 for what is not. */
export const rate = (value: number): string => {
  if (value === 0) return '0';
  if (value < 0.01) return '<0.01';
  if (value >= 1000) return count(value);
  return String(Number(value.toPrecision(3)));
};

const two = (value: number): string => String(value).padStart(2, '0');

/** `38 ms`, `1.2 s`, `9m 14s`, `24h 00m`, `12d 03h` */
export const duration = (ms: number): string => {
  if (ms < 1000) return `${ms > 0 && ms < 1 ? '<1' : Math.round(ms)} ms`;
  if (ms < 59_950) return `${Number((ms / 1000).toFixed(1))} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ${two(seconds % 60)}s`;
  const minutes = Math.round(seconds / 60);
  // A day is 24h: 48 hours of log are easier to compare as hours.
  if (minutes < 72 * 60) return `${Math.floor(minutes / 60)}h ${two(minutes % 60)}m`;
  const hours = Math.round(minutes / 60);
  return `${count(Math.floor(hours / 24))}d ${two(hours % 24)}h`;
};

/** The life of a token in the unit its issuer writes: `3,600 s`. */
export const seconds = (value: number): string => `${Number.isInteger(value) ? count(value) : Number(value.toFixed(1))} s`;

/** `1.7 GB`, in powers of 1000. */
export const bytes = (value: number): string => {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(value < 9.95 ? 1 : 0)} ${units[unit]}`;
};

/** `194k`, `1.2M`: for a line that is redrawn. */
export const short = (value: number): string => {
  if (value < 10_000) return count(value);
  if (value < 999_500) return `${Math.round(value / 1000)}k`;
  return `${Number((value / 1e6).toPrecision(3))}M`;
};

/** An amount with its currency, `USD 896` or `USD 0.42`; cents only where they matter. */
export const money = (currency: string, amount: number): string => {
  const sign = amount < 0 ? '-' : '';
  const size = Math.abs(amount);
  const text = size === 0 ? '0' : size < 0.01 ? '<0.01' : size < 100 ? size.toFixed(2) : count(size);
  return `${currency} ${sign}${text}`.trim();
};

/** To the cent, for working that is followed with a calculator: `USD 59,128.29`; below a cent with all six decimals. */
export const cents = (currency: string, amount: number): string => {
  const size = Math.abs(amount);
  const [whole = '', part = ''] = (size !== 0 && size < 0.01 ? size.toFixed(6) : size.toFixed(2)).split('.');
  return `${currency} ${amount < 0 ? '-' : ''}${count(Number(whole))}.${part}`.trim();
};

/** `2026-03-02 00:00 to 24:00 UTC`: the date once if it is the same day, seconds only where they matter. */
export const span = (fromIso: string, toIso: string): string => {
  const wholeMinutes = Date.parse(toIso) - Date.parse(fromIso) >= 3_600_000;
  const clock = (iso: string): string => iso.slice(11, wholeMinutes ? 16 : 19);
  const [fromDay, toDay] = [fromIso.slice(0, 10), toIso.slice(0, 10)];
  return `${fromDay} ${clock(fromIso)} to ${fromDay === toDay ? '' : `${toDay} `}${clock(toIso)} UTC`;
};
