/** `--since` and `--until`: a moment, or a distance from the end of the log. */
import { TokenTaxError } from '../errors.js';

export type TimeBound =
  | { readonly kind: 'at'; readonly us: number }
  /** So long before the newest request of the log. */
  | { readonly kind: 'before-end'; readonly us: number };

const unitUs = { ms: 1e3, s: 1e6, m: 60e6, h: 3600e6, d: 86_400e6, w: 604_800e6 } as const;

const relative = /^-(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h|d|w)$/;
const stamp = /^(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?)?(?: ?([Zz]|[+-]\d\d:?\d\d))?$/;

const HOUR_US = 3_600_000_000;

const fail = (flag: string, text: string, why: string): never => {
  throw new TokenTaxError('BAD_OPTION', `${flag} ${text} is not a time: ${why}`, {
    help: `Write ${flag} 2026-03-02T10:00:00Z, ${flag} 2026-03-02 (midnight), or ${flag} -24h (from the end of the log).`,
  });
};

/** us east of UTC of `Z` or `+02:00`. */
const offsetUs = (zone: string): number => {
  if (/^z$/i.test(zone)) return 0;
  const [, sign, hours, minutes] = /^([+-])(\d\d):?(\d\d)$/.exec(zone)!;
  return (sign === '-' ? -1 : 1) * (Number(hours) + Number(minutes) / 60) * HOUR_US;
};

/**
 * A date is its midnight. Without a zone that of the run counts (`--tz`, else UTC): `shift` gives how far it is ahead of UTC, in us,
 * at a local time. @throws {TokenTaxError} BAD_OPTION
 */
export const parseTimeBound = (flag: string, text: string, shift: (localUs: number) => number): TimeBound => {
  const trimmed = text.trim();
  const [, amount, unit] = relative.exec(trimmed) ?? [];
  if (amount !== undefined) return { kind: 'before-end', us: Math.round(Number(amount) * unitUs[unit as keyof typeof unitUs]) };
  if (relative.test(`-${trimmed}`)) fail(flag, text, `a distance from the end of the log has a minus: -${trimmed}`);
  const [whole, year, month, day, hour = '0', minute = '0', second = '0', fraction = '', zone] = stamp.exec(trimmed) ?? [];
  if (whole === undefined) return fail(flag, text, 'it is none of the forms that are read');
  const [y, mo, d, h, mi, s] = [year, month, day, hour, minute, second].map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const dayUs = Date.UTC(y, mo - 1, d) * 1000;
  const there = new Date(dayUs / 1000);
  if (there.getUTCMonth() !== mo - 1 || there.getUTCDate() !== d) fail(flag, text, 'there is no such day');
  if (h > 23 || mi > 59 || s > 60) fail(flag, text, 'there is no such time of day');
  const localUs = dayUs + ((h * 60 + mi) * 60 + s) * 1e6 + Number(fraction.slice(0, 6).padEnd(6, '0'));
  return { kind: 'at', us: localUs - (zone === undefined ? shift(localUs) : offsetUs(zone)) };
};
