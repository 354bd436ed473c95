/** Slots of time as patterns over nginx's $msec: each moment lies in exactly one, and none is longer than it may be. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { rangePatterns, slotsWithin } from '../src/remedy/slots.js';

const msec = (ms: number): string => `${Math.floor(ms / 1000)}.${String(ms % 1000).padStart(3, '0')}`;

const slotOf = (patterns: readonly string[], ms: number): string => {
  const hits = patterns.flatMap((pattern, at) => {
    const match = new RegExp(pattern).exec(msec(ms));
    return match === null ? [] : [`${match.groups!.epoch}-${at}`];
  });
  expect(hits).toHaveLength(1);
  return hits[0]!;
};

test('ranges of digits match what lies in them and nothing else', () => {
  fc.assert(
    fc.property(fc.nat(999), fc.nat(999), (a, b) => {
      const [from, to] = [Math.min(a, b), Math.max(a, b)];
      const expression = new RegExp(
        `^(?:${rangePatterns(from, to, 3)
          .map((one) => one.join(''))
          .join('|')})$`,
      );
      for (let n = 0; n < 1000; n += 1) expect(expression.test(String(n).padStart(3, '0'))).toBe(n >= from && n <= to);
    }),
    { numRuns: 60 },
  );
});

test('each moment has one slot, which begins at most longestMs ago and never comes again', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1000, max: 100_000_000 }),
      fc.integer({ min: 1_700_000_000_000, max: 1_900_000_000_000 }),
      fc.array(fc.double({ min: 0, max: 3, noNaN: true }), { minLength: 1, maxLength: 40 }),
      (mostMs, startMs, steps) => {
        const { patterns, longestMs, meanMs } = slotsWithin(mostMs, 'epoch');
        expect(longestMs).toBeLessThanOrEqual(mostMs);
        expect(meanMs).toBeGreaterThan(0.74 * mostMs);
        expect(meanMs).toBeLessThanOrEqual(longestMs);
        const began = new Map<string, number>();
        let now = startMs;
        let last = '';
        for (const step of [0, ...steps]) {
          now += Math.floor(step * longestMs);
          const slot = slotOf(patterns, now);
          if (slot !== last) expect(began.has(slot)).toBe(false);
          last = slot;
          if (!began.has(slot)) began.set(slot, now);
          expect(now - began.get(slot)!).toBeLessThan(longestMs);
        }
      },
    ),
  );
});

test.each([
  [3_540_000, 3_340_000],
  [270_000, 250_000],
  [5000, 5000],
  [1000, 1000],
])('%i ms of use: slots of %i ms', (mostMs, longestMs) => {
  expect(slotsWithin(mostMs, 'epoch').longestMs).toBe(longestMs);
});

test('below a second there are none', () => {
  expect(() => slotsWithin(999, 'epoch')).toThrow('less than a second');
});
