/** What findings show of a key's fetches against the obvious way of counting it. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { HolderVerdict } from '../src/analysis/assess-key.js';
import type { KeyFetches } from '../src/analysis/fetch-table.js';
import { mergeTimes } from '../src/analysis/perfect-cache.js';
import { stepAt } from '../src/analysis/timeline.js';
import { holdsNumber, Sight } from '../src/diagnosis/sight.js';

interface Fetch {
  readonly at: number;
  readonly took: number;
  readonly flag: number;
}

const holder = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 900 }), fc.integer({ min: -1, max: 800 }), fc.constantFrom(0, 1)), { maxLength: 40 })
  .map((list): Fetch[] => {
    let at = 0;
    return list.map(([gap, took, flag]) => {
      at += gap;
      return { at, took, flag };
    });
  });

const verdictOf = (list: readonly Fetch[]): HolderVerdict =>
  ({
    fetches: {
      count: list.length,
      startMs: Float64Array.from(list, ({ at }) => at),
      durationMs: Int32Array.from(list, ({ took }) => took),
    },
    redundantFlags: Uint8Array.from(list, ({ flag }) => flag),
    redundant: list.filter(({ flag }) => flag === 1).length,
  }) as unknown as HolderVerdict;

const steps = { first: 1, widthMs: 1000, count: 6 };
const ascending = (a: number, b: number): number => a - b;

test('redundant starts, gaps and steps are those of each holder put together', () => {
  fc.assert(
    fc.property(fc.array(holder, { maxLength: 5 }), fc.boolean(), (lists, isMerged) => {
      const verdicts = lists.map(verdictOf);
      const { order } = mergeTimes(verdicts.map((one) => one.fetches));
      const sight = new Sight(verdicts, 50, steps, isMerged ? order : undefined);
      const [alone, inFlight]: [number[], number[]] = [[], []];
      for (const list of lists) {
        let end = Number.NEGATIVE_INFINITY;
        for (const { at, took, flag } of list) {
          const isHead = at >= end;
          if (isHead) end = at + (took < 0 ? 50 : took);
          if (flag === 1) (isHead ? alone : inFlight).push(at);
        }
      }
      expect([...sight.redundant('alone')]).toEqual([...alone].sort(ascending));
      expect([...sight.redundant('in flight')]).toEqual([...inFlight].sort(ascending));
      const all = [...alone, ...inFlight].sort(ascending);
      expect([...sight.redundant('all')]).toEqual(all);

      const counted = (starts: readonly number[]): number[] => {
        const out = new Array<number>(steps.count).fill(0);
        for (const start of starts) out[stepAt(steps, start)]! += 1;
        return out;
      };
      const starts = lists.flatMap((list) => list.map(({ at }) => at));
      const fetches = counted(starts);
      const first = fetches.findIndex((count) => count > 0);
      const end = fetches.findLastIndex((count) => count > 0) + 1;
      const expected =
        first < 0 ? null : { first, fetches: fetches.slice(first, end), redundant: counted(all).slice(first, end) };
      expect(sight.timeline(undefined, sight.redundant('all'))).toEqual(expected);

      const gaps = lists.flatMap((list) => list.slice(1).map(({ at }, index) => at - list[index]!.at));
      const { counts, fromMs } = sight.histogram({ holders: verdicts.map((one) => one.fetches) } as unknown as KeyFetches);
      const between = fromMs.map((from, bin) => gaps.filter((gap) => gap >= from && gap < (fromMs[bin + 1] ?? Infinity)).length);
      expect(counts).toEqual(between);
    }),
  );
});

test('a number is found among others in order', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 30 })), fc.integer({ min: 0, max: 30 }), (list, value) => {
      expect(holdsNumber(Float64Array.from(list).sort(), value)).toBe(list.includes(value));
    }),
  );
});
