import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isSorted, sortEvents } from '../src/analysis/sort.js';
import { seeded } from './support/cache-simulation.js';

function sorted(starts: readonly number[]): { starts: number[]; order: number[]; bytes: number[] } {
  const startMs = Float64Array.from(starts);
  const order = Int32Array.from(starts, (_, i) => i);
  const bytes = Uint8Array.from(starts, (_, i) => i % 256);
  sortEvents(startMs, order, bytes);
  return { starts: [...startMs], order: [...order], bytes: [...bytes] };
}

function obviously(starts: readonly number[]): ReturnType<typeof sorted> {
  const rows = starts.map((start, i) => ({ start, i })).sort((a, b) => a.start - b.start || a.i - b.i);
  return { starts: rows.map(({ start }) => start), order: rows.map(({ i }) => i), bytes: rows.map(({ i }) => i % 256) };
}

const cases: Record<string, readonly number[]> = {
  nothing: [],
  'one row': [5],
  'equal starts': [7, 7, 7, 7],
  'a straggler': [1, 2, 3, 4, 0],
  'two files': [1, 3, 5, 7, 2, 3, 4, 9],
  backwards: Array.from({ length: 100 }, (_, i) => 100 - i),
  'backwards, with ties': Array.from({ length: 100 }, (_, i) => Math.floor((100 - i) / 3)),
};

describe('sortEvents', () => {
  for (const [name, starts] of Object.entries(cases)) {
    test(name, () => expect(sorted(starts)).toEqual(obviously(starts)));
  }

  test('is a stable sort, whatever the order', () => {
    const start = fc.oneof(fc.nat(5), fc.integer({ min: -10, max: 2_000_000_000 }));
    fc.assert(
      fc.property(fc.array(start, { maxLength: 300 }), (starts) => {
        expect(sorted(starts)).toEqual(obviously(starts));
      }),
    );
  });

  test('runs of many holders, near and far from each other, whole numbers and others', () => {
    const spans = fc.constantFrom(1, 40, 5000, 2 ** 31, 2 ** 32 - 1, 2 ** 40);
    const property = fc.property(
      fc.integer({ min: 513, max: 3000 }),
      fc.integer({ min: 1, max: 40 }),
      spans,
      fc.constantFrom(1, 0.25),
      fc.integer({ min: -1000, max: 1_772_446_530_000 }),
      fc.integer({ min: 1, max: 1_000_000 }),
      (rows, runs, span, step, from, seed) => {
        const next = seeded(seed);
        const starts: number[] = [];
        for (let run = 0; run < runs; run += 1) {
          const own = Array.from({ length: Math.ceil(rows / runs) }, () => from + Math.floor(next() * (span + 1)) * step);
          starts.push(...own.sort((a, b) => a - b));
        }
        expect(sorted(starts)).toEqual(obviously(starts));
      },
    );
    fc.assert(property, { numRuns: 60 });
  });

  test('refuses columns of another length', () => {
    expect(() => sortEvents(new Float64Array(2), new Int32Array(3))).toThrow(RangeError);
  });

  const million = 1_000_000;
  const random = seeded(1);
  const hard: Record<string, (i: number) => number> = {
    'nearly sorted': (i) => i + Math.floor(random() * 5),
    random: () => Math.floor(random() * 86_400_000),
    'forty files': (i) => (i % (million / 40)) * 7,
    backwards: (i) => million - i,
  };
  for (const [name, at] of Object.entries(hard)) {
    test(`a million rows, ${name}`, () => {
      const startMs = Float64Array.from({ length: million }, (_, i) => at(i));
      const before = startMs.slice();
      const order = Uint32Array.from({ length: million }, (_, i) => i);
      const began = performance.now();
      sortEvents(startMs, order);
      expect(performance.now() - began).toBeLessThan(3_000);
      expect(isSorted(startMs)).toBe(true);
      expect(order.every((row, i) => before[row] === startMs[i])).toBe(true);
    });
  }
});
