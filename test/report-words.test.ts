import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cells, KEEP, shorten, shown, wrap } from '../src/report/cells.js';
import { bytes, count, duration, money, percent, rate, seconds, short, span } from '../src/report/words.js';

const table = <T>(title: string, say: (value: T) => string, rows: readonly (readonly [T, string])[]): void => {
  describe(title, () => {
    for (const [value, words] of rows) test(`${JSON.stringify(value)} is ${words}`, () => expect(say(value)).toBe(words));
  });
};

table('count', count, [
  [0, '0'],
  [999, '999'],
  [1000, '1,000'],
  [412_906, '412,906'],
  [1_234_567_890, '1,234,567,890'],
]);
table('percent', percent, [
  [0, '0%'],
  [1, '100%'],
  [0.5, '50.0%'],
  [0.96422, '96.4%'],
  [0.0607, '6.07%'],
  [0.00031, '0.03%'],
  [0.0001, '0.01%'],
  [0.00009, '<0.01%'],
  [1e-12, '<0.01%'],
  [0.995, '99.5%'],
  [0.9986, '99.86%'],
  [0.99989, '99.99%'],
  [0.99995, '>99.99%'],
  [1 - 1e-12, '>99.99%'],
]);
table('rate', rate, [
  [0, '0'],
  [0.001, '<0.01'],
  [0.236, '0.236'],
  [7.5964, '7.6'],
  [7.855, '7.86'],
  [522.4, '522'],
  [999.9, '1000'],
  [1543.9, '1,544'],
]);
table('duration', duration, [
  [0, '0 ms'],
  [0.4, '<1 ms'],
  [38, '38 ms'],
  [1204, '1.2 s'],
  [59_940, '59.9 s'],
  [59_960, '1m 00s'],
  [554_000, '9m 14s'],
  [3_599_700, '1h 00m'],
  [86_400_000, '24h 00m'],
  [30 * 86_400_000, '30d 00h'],
]);
table('seconds', seconds, [
  [300, '300 s'],
  [3600, '3,600 s'],
  [0.5, '0.5 s'],
]);
table('bytes', bytes, [
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.0 kB'],
  [1_700_000_000, '1.7 GB'],
  [212_000_000, '212 MB'],
  [9_990_000, '10 MB'],
]);
table('short', short, [
  [9999, '9,999'],
  [194_000, '194k'],
  [1_234_567, '1.23M'],
]);
table('money', (amount: number) => money('USD', amount), [
  [0, 'USD 0'],
  [0.001, 'USD <0.01'],
  [2.5, 'USD 2.50'],
  [896.2, 'USD 896'],
  [-12, 'USD -12.00'],
]);
table('span', ([from, to]: [string, string]) => span(from, to), [
  [['2026-03-02T00:00:00.000Z', '2026-03-03T00:00:00.000Z'], '2026-03-02 00:00 to 2026-03-03 00:00 UTC'],
  [['2026-03-02T09:00:01.500Z', '2026-03-02T09:00:42.000Z'], '2026-03-02 09:00:01 to 09:00:42 UTC'],
]);

describe('a share', () => {
  const shares = fc
    .tuple(fc.nat(1_000_000), fc.integer({ min: 1, max: 1_000_000 }))
    .map(([a, b]) => (a <= b ? [a, b] : [b, a]) as [number, number]);
  const value = (text: string): number => Number(text.replace(/[<>%]/g, ''));

  test('is 0% only for none and 100% only for all', () => {
    fc.assert(
      fc.property(
        shares.filter(([, whole]) => whole > 0),
        fc.constantFrom('nearest', 'down', 'up'),
        ([part, whole], direction) => {
          const text = percent(part / whole, direction as 'nearest');
          expect(Number(text.replace('%', '')) === 0).toBe(part === 0);
          expect(Number(text.replace('%', '')) === 100).toBe(part === whole);
        },
      ),
    );
  });

  test('rounded down is no more, rounded up is no less', () => {
    fc.assert(
      fc.property(
        shares.filter(([part, whole]) => part > 0 && part < whole),
        ([part, whole]) => {
          const real = (part / whole) * 100;
          const [down, up] = [percent(part / whole, 'down'), percent(part / whole, 'up')];
          if (!/[<>]/.test(down)) expect(value(down)).toBeLessThanOrEqual(real + 1e-9);
          if (!/[<>]/.test(up)) expect(value(up)).toBeGreaterThanOrEqual(real - 1e-9);
        },
      ),
    );
  });
});

describe('cells', () => {
  for (const [text, width] of [
    ['abc', 3],
    ['注文', 4],
    ['größe', 5],
    ['e\u0301', 1],
    ['🚀', 2],
    ['🇩🇪', 2],
    ['', 0],
    ['…', 1],
  ] as const) {
    test(`${text} takes ${width}`, () => expect(cells(text)).toBe(width));
  }

  test('shortened text keeps its ends and fits', () => {
    expect(shorten('billing-worker', 10, '…')).toBe('billi…rker');
    expect(shorten('billing-worker', 10, '..')).toBe('bill..rker');
    expect(shorten('注文サービス', 8, '…')).toBe('注文…ス');
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 30 }), (text, width) => {
        expect(cells(shorten(text, width, '…'))).toBeLessThanOrEqual(Math.max(width, 0));
      }),
    );
  });

  test('wrapped text has the same words, and a kept space is no place to break', () => {
    expect(wrap(`one two${KEEP}three four`, 9)).toEqual(['one', 'two three', 'four']);
    const words = fc.array(fc.stringMatching(/^[a-z]{1,15}$/), { minLength: 1 }).map((all) => all.join(' '));
    fc.assert(fc.property(words, (text) => void expect(wrap(text, 12).join(' ')).toBe(text)));
  });

  test('what a log holds is shown, not done', () => {
    expect(shown('a\x1b[31m\r\n##[error]b ##vso[x] ## [c')).toBe('a\\x1b[31m\\x0d\\x0a#\\x23[error]b #\\x23vso[x] ## [c');
  });
});
