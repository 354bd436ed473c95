/** The hand of the minute from kept sines, and from sines that are worked out for each fetch. */
import { expect, test } from 'vitest';
import type { KeyFetches } from '../src/analysis/fetch-table.js';
import { minuteHand } from '../src/diagnosis/minute-hand.js';
import { Random } from '../src/generate/random.js';

const keyOf = (lists: readonly number[][]): Pick<KeyFetches, 'holders'> => ({
  holders: lists.map((list, index) => ({
    holder: String(index),
    count: list.length,
    startMs: Float64Array.from(list),
    durationMs: new Int32Array(list.length),
    recordedLifetimeMs: undefined,
    before: undefined,
  })),
});

function slowHand(lists: readonly number[][]): number {
  let [x, y, count] = [0, 0, 0];
  for (const list of lists)
    for (const at of list) {
      x += Math.cos(((at % 60_000) / 60_000) * 2 * Math.PI);
      y += Math.sin(((at % 60_000) / 60_000) * 2 * Math.PI);
      count += 1;
    }
  const seconds = (Math.atan2(y, x) / (2 * Math.PI)) * 60;
  return seconds > -2 && seconds < 6 ? Math.hypot(x, y) / count : 0;
}

test('few fetches and many give the same numbers to the last bit', () => {
  for (const [seed, many] of [500, 30_000].entries()) {
    const random = new Random(seed, 'hand');
    const lists = Array.from({ length: 3 }, () => {
      let minute = 1_700_000_000_000 - (1_700_000_000_000 % 60_000);
      return Array.from({ length: many }, () => {
        minute += 60_000 * random.below(3);
        // Now and then a stamp with a part of a ms.
        return minute + random.below(4000) + (random.below(50) === 0 ? 0.125 : 0);
      }).sort((a, b) => a - b);
    });
    const hand = minuteHand(keyOf(lists));
    expect(hand).toBe(slowHand(lists));
    expect(hand).toBeGreaterThan(0.9);
  }
});

test('who starts in the middle of the minute, or four times at all, has no hand', () => {
  expect(minuteHand(keyOf([[30_000, 90_000, 150_000, 210_000, 270_000]]))).toBe(0);
  expect(minuteHand(keyOf([[0, 60_000, 120_000, 180_000]]))).toBe(0);
});
