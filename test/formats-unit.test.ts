/** One number behind the common log format: ms of reactor-netty, unless the values say otherwise. */
import { expect, test } from 'vitest';
import { type Detected, detect } from '../src/scan/detect.js';
import { RecordReader } from '../src/scan/record.js';

const lines = (numbers: readonly number[]): Uint8Array =>
  new TextEncoder().encode(
    numbers
      .map(
        (number, second) =>
          `10.20.0.7 - - [02/Mar/2026:10:15:${10 + second} +0000] "POST /oauth2/token HTTP/1.1" 200 1184 ${number}\n`,
      )
      .join(''),
  );

const found = (numbers: readonly number[], logFormat?: string): Detected =>
  detect('a.log', lines(numbers), { logFormat, map: [], timeStamps: undefined })!;

const first = (numbers: readonly number[], logFormat?: string): number | undefined => {
  let duration: number | undefined;
  const bytes = lines(numbers);
  new RecordReader(found(numbers, logFormat)).line(bytes, 0, bytes.length, 0, (record) => {
    duration = record.durationMs;
  });
  return duration;
};

const usual = [14, 0, 212, 9, 31];
const microseconds = [91_234, 14_000, 212_345, 88_000, 61_000];
const wholeSeconds = [0, 0, 0, 0, 0];

test('usual numbers are ms, which is said to be a guess', () => {
  expect(found(usual)).toMatchObject({ format: 'reactor-netty', guessesUnit: true });
  expect(first(usual)).toBe(14);
});

test.each([
  ['a minute and more', microseconds],
  ['nothing but zeros', wholeSeconds],
])('%s are no ms: the unit is unknown', (_, numbers) => {
  expect(found(numbers)).toMatchObject({ format: 'reactor-netty', guessesUnit: false });
  expect(first(numbers)).toBeUndefined();
});

test('who names the format, or pastes the string, has said it', () => {
  expect(found(microseconds, 'reactor-netty').guessesUnit).toBe(false);
  expect(first(microseconds, 'reactor-netty')).toBe(91_234);
  expect(first(microseconds, '%h %l %u %t "%r" %>s %b %D')).toBe(91.234);
});
