/**
 * Keeps the starts of the slowest requests of a route and of a sample of all, by the rules of src/analysis/overhead.ts: which are left
 * does not depend on the order in which they come. What is kept here is added to what is kept there.
 */
import { FLOORS, KEPT, MASKS, SAMPLE_COUNT, SAMPLE_STARTS, SLOW_COUNT, SLOW_STARTS, SLOW_UNITS } from './layout';

/** The sample does not get thinner than this. */
const WIDEST: i32 = (1 << 30) - 1;

/** Murmur3's finish. */
@inline
function hashOf(startMs: i64): i32 {
  let hash = u32(startMs);
  hash = (hash ^ (hash >> 16)) * 0x85ebca6b;
  hash = (hash ^ (hash >> 13)) * 0xc2b2ae35;
  return i32(hash ^ (hash >> 16));
}

@inline
export function note(slot: i32, units: i32, startMs: f64): void {
  if (units >= load<i32>(FLOORS + (slot << 2))) addSlow(slot, units, startMs);
  if ((hashOf(i64(startMs)) & load<i32>(MASKS + (slot << 2))) == 0) addSample(slot, startMs);
}

/** A heap: the one that goes first is at its top, the fastest, and of those the last. */
function addSlow(slot: i32, units: i32, startMs: f64): void {
  const allUnits = SLOW_UNITS + slot * KEPT * 4;
  const starts = SLOW_STARTS + slot * KEPT * 8;
  const count = load<i32>(SLOW_COUNT + (slot << 2));
  let at = 0;
  if (count < KEPT) {
    store<i32>(SLOW_COUNT + (slot << 2), count + 1);
    at = count;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const aboveUnits = load<i32>(allUnits + (above << 2));
      const aboveStart = load<f64>(starts + (above << 3));
      if (aboveUnits < units || (aboveUnits == units && aboveStart >= startMs)) break;
      store<i32>(allUnits + (at << 2), aboveUnits);
      store<f64>(starts + (at << 3), aboveStart);
      at = above;
    }
    store<i32>(allUnits + (at << 2), units);
    store<f64>(starts + (at << 3), startMs);
    if (count + 1 < KEPT) return;
  } else {
    const least = load<i32>(allUnits);
    if (units < least || (units == least && startMs >= load<f64>(starts))) return;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= KEPT) break;
      let belowUnits = load<i32>(allUnits + (below << 2));
      let belowStart = load<f64>(starts + (below << 3));
      if (below + 1 < KEPT) {
        const otherUnits = load<i32>(allUnits + (below << 2), 4);
        const otherStart = load<f64>(starts + (below << 3), 8);
        if (otherUnits < belowUnits || (otherUnits == belowUnits && otherStart > belowStart)) {
          below++;
          belowUnits = otherUnits;
          belowStart = otherStart;
        }
      }
      if (units < belowUnits || (units == belowUnits && startMs >= belowStart)) break;
      store<i32>(allUnits + (at << 2), belowUnits);
      store<f64>(starts + (at << 3), belowStart);
      at = below;
    }
    store<i32>(allUnits + (at << 2), units);
    store<f64>(starts + (at << 3), startMs);
  }
  const floor = FLOORS + (slot << 2);
  store<i32>(floor, max(load<i32>(floor), load<i32>(allUnits)));
}

/** Starts whose hash has none of the mask's bits; when there are too many, the mask gets one bit more. */
function addSample(slot: i32, startMs: f64): void {
  const starts = SAMPLE_STARTS + slot * KEPT * 8;
  let count = load<i32>(SAMPLE_COUNT + (slot << 2));
  if (count == KEPT) {
    let mask = load<i32>(MASKS + (slot << 2));
    do {
      if (u32(mask) >= u32(WIDEST)) return;
      mask = 2 * mask + 1;
      let kept = 0;
      for (let at = 0; at < count; at++) {
        const start = load<f64>(starts + (at << 3));
        if ((hashOf(i64(start)) & mask) != 0) continue;
        store<f64>(starts + (kept << 3), start);
        kept++;
      }
      count = kept;
    } while (count == KEPT);
    store<i32>(MASKS + (slot << 2), mask);
    store<i32>(SAMPLE_COUNT + (slot << 2), count);
    if ((hashOf(i64(startMs)) & mask) != 0) return;
  }
  store<f64>(starts + (count << 3), startMs);
  store<i32>(SAMPLE_COUNT + (slot << 2), count + 1);
}
