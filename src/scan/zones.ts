/** Zones for stamps that have none. */
import { TokenTaxError } from '../errors.js';
import type { ZoneShift } from './times.js';

const HOUR_US = 3_600_000_000;

/** `UTC`, `+02:00`, or an IANA name. The shift is how far the zone is ahead of UTC, in us. Throws BAD_OPTION for an unknown zone. */
export function zoneShift(tz: string): ZoneShift {
  if (/^(?:UTC|Z|GMT)$/i.test(tz)) return () => 0;
  const fixed = /^([+-])(0\d|1[0-5]):?([0-5]\d)$/.exec(tz);
  if (fixed !== null) {
    const us = (fixed[1] === '-' ? -1 : 1) * (Number(fixed[2]) + Number(fixed[3]) / 60) * HOUR_US;
    return () => us;
  }
  let format: Intl.DateTimeFormat;
  try {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone: tz,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
  } catch (cause) {
    throw new TokenTaxError('BAD_OPTION', `there is no time zone "${tz}"`, {
      cause,
      help: 'Write UTC, +02:00 or a name such as Europe/Berlin.',
    });
  }
  const ahead = (utcMs: number): number => {
    const parts = Object.fromEntries(format.formatToParts(utcMs).map(({ type, value }) => [type, Number(value)]));
    return Date.UTC(parts.year!, parts.month! - 1, parts.day, parts.hour, parts.minute, parts.second) - utcMs;
  };
  return (localUs) => {
    const local = localUs / 1000;
    // Two steps find the offset that was in force at that local time, also close to a change.
    const first = ahead(local);
    return ahead(local - first) * 1000;
  };
}
