/** Waves of early fetches against a slow walk over every width. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { HolderVerdict } from '../src/analysis/assess-key.js';
import { mergeTimes } from '../src/analysis/perfect-cache.js';
import { waveOf } from '../src/diagnosis/together.js';

const LIFE_MS = 100_000;

const verdict = (starts: readonly number[], flags: readonly number[]): HolderVerdict =>
  ({
    fetches: { count: starts.length, startMs: Float64Array.from(starts), durationMs: new Int32Array(starts.length) },
    redundantFlags: Uint8Array.from(flags),
    redundant: flags.reduce((sum, one) => sum + one, 0),
    lifetimeMs: LIFE_MS,
  }) as unknown as HolderVerdict;

/** Straight from the words, for one width. */
function slowWaves(holders: readonly HolderVerdict[], withinMs: number) {
  const early = holders
    .flatMap(({ fetches, redundantFlags }, holder) =>
      [...fetches.startMs].map((at, index) => ({
        at,
        holder,
        wasted: redundantFlags[index]!,
        early: redundantFlags[index] === 1 || (index > 0 && at - fetches.startMs[index - 1]! < 0.75 * LIFE_MS),
      })),
    )
    .filter((one) => one.early)
    .sort((a, b) => a.at - b.at);
  const out = { fetches: 0, redundant: 0, waves: 0, holders: 0 };
  for (let left = early; left.length > 0; ) {
    const inside = left.filter(({ at }) => at - left[0]!.at <= withinMs);
    const distinct = new Set(inside.map(({ holder }) => holder)).size;
    if (distinct < Math.max(3, 0.4 * holders.length)) {
      left = left.slice(1);
      continue;
    }
    out.waves += 1;
    out.fetches += inside.length;
    out.redundant += inside.reduce((sum, { wasted }) => sum + wasted, 0);
    out.holders = Math.max(out.holders, distinct);
    left = left.slice(inside.length);
  }
  return out;
}

const holder = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 60_000 }), fc.constantFrom(0, 0, 1)), { maxLength: 14 })
  .map((list) => {
    let at = 0;
    return verdict(
      list.map(([gap]) => {
        at += gap;
        return at;
      }),
      list.map(([, flag]) => flag),
    );
  });

test('what is found is the waves of one of the widths', () => {
  fc.assert(
    fc.property(fc.array(holder, { minLength: 3, maxLength: 9 }), fc.boolean(), (holders, isMerged) => {
      const usable = 0.9 * LIFE_MS;
      const merged = isMerged ? () => mergeTimes(holders.map((one) => one.fetches)) : undefined;
      const { share: _share, once: _once, ...found } = waveOf(holders, usable, 10 * LIFE_MS, merged);
      const shortMs = Math.min(120_000, usable / 4);
      const widths = [shortMs / 4, shortMs, usable / 32, usable / 8];
      const slow = [...widths.map((within) => slowWaves(holders, within)), { fetches: 0, redundant: 0, waves: 0, holders: 0 }];
      expect(slow).toContainEqual(found);
    }),
  );
});

test('a restart of ten holders that requests reach within minutes is one wave', () => {
  const holders = Array.from({ length: 10 }, (_, one) => {
    const [first, restart] = [one * 333_000, 3_400_000 + one * 25_000];
    return { ...verdict([first, restart], [0, restart - first < 1_600_000 ? 1 : 0]), lifetimeMs: 3_600_000 };
  });
  // Of the first three the token had lived three quarters of its life and more.
  const { waves, redundant, holders: widest } = waveOf(holders, 3_540_000, 14_400_000);
  expect([waves, widest, redundant]).toEqual([1, 7, 4]);
});
