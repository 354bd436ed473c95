import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { TokenTaxError } from '../src/errors.js';
import { colors } from '../src/report/colors.js';
import { errorText } from '../src/report/error.js';

const usual = { debug: false, version: '0.1.0' };

const mismatch = new TokenTaxError('FORMAT_MISMATCH', 'cannot read logs/edge.log as "nginx-json"', {
  place: {
    file: 'logs/edge.log',
    line: 1,
    text: '10.0.3.11 - - [02/Mar/2026:09:31:07 +0000] "POST /token HTTP/1.1" 200 812',
    column: 0,
    expected: '"{"',
  },
  why: '200 of the first 200 lines match "clf" instead',
  help: 'drop --log-format, or use --log-format clf',
});

test('what, where, why, help', () => {
  expect(errorText(mismatch, usual)).toBe(`error: cannot read logs/edge.log as "nginx-json"
  --> logs/edge.log:1:1
   |
 1 | 10.0.3.11 - - [02/Mar/2026:09:31:07 +0000] "POST /token HTTP/1.1" 200 812
   | ^ expected "{"
   |
  why:  200 of the first 200 lines match "clf" instead
  help: drop --log-format, or use --log-format clf
`);
});

test('a file without a line', () => {
  const error = new TokenTaxError('UNREADABLE_INPUT', 'cannot read gw.log: permission denied', { place: { file: 'gw.log' } });
  expect(errorText(error, usual)).toBe(`error: cannot read gw.log: permission denied
  --> gw.log
  help: Check that the file exists and that you may read it.
`);
});

test('long words are wrapped under their label', () => {
  const error = new TokenTaxError('NO_FORMAT_FITS', 'no format fits app.json');
  expect(errorText(error, usual)).toBe(`error: no format fits app.json
  help: Name the format with --log-format ID, paste the gateway's log_format
        string, or map JSON fields with --map.
`);
});

test('a bug says so, and keeps its stack for --debug', () => {
  const bug = new TypeError('x is undefined');
  expect(errorText(bug, usual)).toBe(`error: internal error: x is undefined
  why:  token-tax 0.1.0 did not expect this; there is no result
  help: This is a bug in token-tax: run again with --debug and report what it
        prints.
`);
  expect(errorText(bug, { ...usual, debug: true })).toContain('  TypeError: x is undefined\n      at ');
  expect(errorText('thrown', usual)).toContain('error: internal error: thrown\n');
});

test('the caret stays under its character in a long line', () => {
  const text = `${'x'.repeat(300)}!${'y'.repeat(300)}`;
  const lines = errorText(
    new TokenTaxError('BAD_TEMPLATE', 'no', { place: { file: 'f', line: 12_345, text, column: 300 } }),
    usual,
  ).split('\n');
  const [excerpt, caret] = [lines[3]!, lines[4]!];
  expect(excerpt.length).toBeLessThanOrEqual(80);
  expect(excerpt[caret.indexOf('^')]).toBe('!');
});

test('what is escaped in front of the caret moves it', () => {
  const lines = errorText(
    new TokenTaxError('BAD_TEMPLATE', 'no', { place: { file: 'f', line: 1, text: '\x1b[31m!', column: 5 } }),
    usual,
  ).split('\n');
  expect(lines[3]).toBe(' 1 | \\x1b[31m!');
  expect(lines[3]![lines[4]!.indexOf('^')]).toBe('!');
});

describe('gives nothing away', () => {
  const secret = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJvcmRlcnMifQ.c2lnbmF0dXJlLW9mLXRoaXM';
  const error = new TokenTaxError('BAD_OPTION', `cannot use Bearer ${secret}`, {
    place: { file: `${secret}.log`, line: 1, text: `Authorization: Bearer ${secret}`, column: 3 },
    why: `client_secret=hunter2hunter2 \x1b[2J`,
    help: `::error::x ##[error]y ${secret}`,
    cause: new Error(`inner ${secret}`),
  });
  for (const debug of [false, true]) {
    test(`debug ${debug}`, () => {
      const text = errorText(error, { ...usual, debug });
      expect(text).not.toContain(secret);
      expect(text).not.toContain('hunter2');
      expect(text).not.toContain('\x1b');
      expect(text).not.toContain('##[');
      expect(text).not.toMatch(/^\s*::/m);
    });
  }
});

test('colour changes no word', () =>
  expect(stripVTControlCharacters(errorText(mismatch, { ...usual, paint: colors }))).toBe(errorText(mismatch, usual)));
