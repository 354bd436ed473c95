/** The lives that are shown: the earliest 500 of all that are kept, against a slow way to choose them. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { HolderVerdict } from '../src/analysis/assess-key.js';
import { RunTimeline } from '../src/analysis/timeline.js';
import { runs } from './support/runs.js';

const MOST = 500;

const holderOf = (holder: string, startMs: readonly number[]): HolderVerdict =>
  ({
    holder,
    fetches: { count: startMs.length, startMs: Float64Array.from(startMs) },
    redundantFlags: new Uint8Array(startMs.length),
    redundant: 0,
    necessary: startMs.length,
    ahead: 0,
    typicalMs: 0,
    lifetimeMs: 10,
    demand: undefined,
  }) as unknown as HolderVerdict;

const starts = fc.array(fc.nat({ max: 300 }), { maxLength: 400 }).map((times) => times.sort((a, b) => a - b));

test('the earliest of all holders, ties in their order', () => {
  fc.assert(
    fc.property(fc.array(starts, { minLength: 1, maxLength: 6 }), (holders) => {
      const timeline = new RunTimeline([], { fromMs: 0, toMs: 1000 });
      holders.forEach((times, index) => {
        timeline.add(holderOf(`h${index}`, times), 'client', 'key');
      });
      const all = holders.flatMap((times, index) =>
        times.map((ms, place) => ({ holder: `h${index}`, from: new Date(ms).toISOString(), place })),
      );
      const slow = all
        .map((one, index) => ({ ...one, index }))
        .sort((a, b) => a.from.localeCompare(b.from) || a.index - b.index)
        .slice(0, MOST)
        .sort((a, b) => a.index - b.index)
        .map(({ holder, from }) => [holder, from]);
      expect(timeline.firstLives().map(({ holder, from }) => [holder, from])).toEqual(slow);
    }),
    { numRuns: runs(60) },
  );
});
