import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  addDuration,
  type Durations,
  emptyDurations,
  medianOf,
  mergeDurations,
  quantile,
  quantilesOf,
} from '../src/analysis/quantiles.js';
import { slowQuantile } from './support/slow-perfect-cache.js';

function durationsOf(values: readonly number[]): Durations {
  const durations = emptyDurations();
  for (const value of values) addDuration(durations, value);
  return durations;
}

const ms = fc.oneof(fc.nat(20), fc.nat(70_000), fc.constantFrom(0, 63, 64, 65_535, 65_536, 65_537), fc.nat(100_000_000));

describe('quantiles', () => {
  test('are null without a value', () => {
    expect(quantilesOf(emptyDurations())).toBeNull();
    expect(quantile(emptyDurations(), 0.5)).toBe(0);
  });

  test('of one value are that value', () => {
    expect(quantilesOf(durationsOf([12]))).toEqual({ p50: 12, p95: 12, p99: 12, max: 12, mean: 12 });
  });

  test('take the nearest rank', () => {
    // ranks 5, 10 and 10 of 10
    expect(quantilesOf(durationsOf([1, 2, 3, 4, 5, 6, 7, 8, 9, 1000]))).toEqual({
      p50: 5,
      p95: 1000,
      p99: 1000,
      max: 1000,
      mean: 104.5,
    });
    // rank ceil(0.95 * 20) = 19 of 20
    expect(quantile(durationsOf(Array.from({ length: 20 }, (_, i) => i + 1)), 0.95)).toBe(19);
    // 0.07 * 100 is 7.000000000000001 in binary; the rank is 7
    expect(quantile(durationsOf(Array.from({ length: 100 }, (_, i) => i + 1)), 0.07)).toBe(7);
  });

  test('the median of a column is that of its durations, unknown ones left out', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(ms, fc.constant(-1)), { maxLength: 200 }), fc.nat(5), (values, more) => {
        const column = Int32Array.from([...values, ...Array.from({ length: more }, () => 1)]);
        expect(medianOf(column, values.length)).toBe(quantile(durationsOf(values.filter((one) => one >= 0)), 0.5));
      }),
    );
  });

  test('the mean is rounded to the microsecond, its sum is exact', () => {
    expect(quantilesOf(durationsOf([0, 0, 1]))?.mean).toBe(0.333);
    const long = durationsOf([2 ** 50, 1]);
    expect(long.sumMs).toBe(2 ** 50 + 1);
    expect(long.maxMs).toBe(2 ** 50);
  });

  test('unknown durations leave no trace', () => {
    expect(durationsOf([-1, -1])).toEqual(emptyDurations());
  });

  test('agree with sorting', () => {
    fc.assert(
      fc.property(
        fc.array(ms, { minLength: 1, maxLength: 200 }),
        fc.constantFrom(0.001, 0.07, 0.5, 0.95, 0.99, 1),
        (values, p) => {
          expect(quantile(durationsOf(values), p)).toBe(slowQuantile(values, p));
        },
      ),
    );
  });

  test('do not depend on how the values were parted', () => {
    fc.assert(
      fc.property(fc.array(fc.array(ms)), (parts) => {
        const merged = emptyDurations();
        for (const part of [...parts].reverse()) mergeDurations(merged, durationsOf(part));
        const whole = durationsOf(parts.flat());
        expect(quantilesOf(merged)).toEqual(quantilesOf(whole));
        expect([merged.count, merged.sumMs]).toEqual([whole.count, whole.sumMs]);
      }),
    );
  });

  test('a part can cross threads', () => {
    const copy = structuredClone(durationsOf([3, 70_000]));
    expect(quantilesOf(copy)).toEqual({ p50: 3, p95: 70_000, p99: 70_000, max: 70_000, mean: 35_001.5 });
  });
});
