import { describe, expect, test } from 'vitest';
import { TokenTaxError } from '../src/errors.js';
import { parseTimeBound } from '../src/events/time-bound.js';
import { zoneShift } from '../src/scan/zones.js';

const at = (text: string, tz = 'UTC'): string => {
  const bound = parseTimeBound('--since', text, zoneShift(tz));
  return bound.kind === 'at' ? new Date(bound.us / 1000).toISOString() : `-${bound.us / 1e6}s`;
};

test.each([
  ['2026-03-02', '2026-03-02T00:00:00.000Z'],
  ['2026-03-02T10:15', '2026-03-02T10:15:00.000Z'],
  ['2026-03-02 10:15:30', '2026-03-02T10:15:30.000Z'],
  ['2026-03-02T10:15:30Z', '2026-03-02T10:15:30.000Z'],
  ['2026-03-02t10:15:30.123456z', '2026-03-02T10:15:30.123Z'],
  ['2026-03-02T10:15:30,5+02:00', '2026-03-02T08:15:30.500Z'],
  ['2026-03-02T10:15:30-0530', '2026-03-02T15:45:30.000Z'],
  [' 2024-02-29 ', '2024-02-29T00:00:00.000Z'],
  ['-24h', '-86400s'],
  ['-1.5m', '-90s'],
  ['-500ms', '-0.5s'],
  ['-7d', '-604800s'],
  ['-2w', '-1209600s'],
])('%s', (text, wanted) => expect(at(text)).toBe(wanted));

test('without a zone that of the run counts, also across the change to summer time', () => {
  expect(at('2026-03-02', 'Europe/Berlin')).toBe('2026-03-01T23:00:00.000Z');
  expect(at('2026-07-02T12:00', 'Europe/Berlin')).toBe('2026-07-02T10:00:00.000Z');
  expect(at('2026-07-02T12:00Z', 'Europe/Berlin')).toBe('2026-07-02T12:00:00.000Z');
  expect(at('2026-03-02', '+05:30')).toBe('2026-03-01T18:30:00.000Z');
});

describe('refused, with a form that works', () => {
  test.each([
    '',
    'yesterday',
    '24h',
    '-24',
    '-24y',
    '2026-02-30',
    '2026-13-01',
    '2026-03-02T24:00',
    '2026-03-02T10',
    '02/Mar/2026',
    '-h',
    '1772446530',
  ])('%s', (text) => {
    expect(() => at(text)).toThrow(TokenTaxError);
    expect(() => at(text)).toThrow(
      expect.objectContaining({ code: 'BAD_OPTION', help: expect.stringContaining('--since -24h') }),
    );
  });
});
