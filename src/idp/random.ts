import type { Latency } from './options.js';

/** Mulberry32 (public domain, T. Ettinger): 0 to 1, the same for the same seed. */
export const seeded = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

/**
 * The ms at the share `u` of the distribution: straight between the named shares, from 0 ms at share 0 unless only one value is
 * named, which is then always it; beyond the last named share, its value.
 */
export const latencyAt = (latency: Latency, u: number): number => {
  const [only] = latency;
  if (only === undefined) return 0;
  if (latency.length === 1) return only[1];
  let low: readonly [number, number] = [0, 0];
  for (const point of latency) {
    if (u <= point[0]) return low[1] + ((u - low[0]) / (point[0] - low[0])) * (point[1] - low[1]);
    low = point;
  }
  return low[1];
};
