/**
 * Paths below a place that has collapsed: their route is that of the text before their last segment, when that segment is harmless
 * (see src/scan/harmless.ts, whose tables lie here).
 */
import { HARMLESS, HARMLESS_CLASSES } from './layout';
import { crowdCount, findCrowd } from './tables';

const MAX_SEGMENT: i32 = 31;
const REFUSED: u32 = 0xffff;
const END_CLASS: u32 = 40;
const STATE_SHIFT: i32 = 1;
/** Longer paths are cut before they are placed. */
const MAX_LENGTH: i32 = 512;

let start: u32 = 0;

export function setHarmless(state: i32): void {
  start = u32(state);
}

/** Route of a path that no table knows; -1: the dictionary must be asked. */
export function crowdedRoute(at: i32, length: i32): i32 {
  if (crowdCount == 0 || length > MAX_LENGTH) return -1;
  const end = at + length;
  const stop = max(at, end - MAX_SEGMENT - 1);
  let slash = end - 1;
  while (slash >= stop && load<u8>(slash) != 47) slash--;
  if (slash < stop || slash == end - 1) return -1;
  let state = start;
  for (let p = slash + 1; p < end; p++) {
    state = load<u16>(HARMLESS + ((state + load<u8>(HARMLESS_CLASSES + load<u8>(p))) << STATE_SHIFT));
    if (state == REFUSED) return -1;
  }
  if (load<u16>(HARMLESS + ((state + END_CLASS) << STATE_SHIFT)) == REFUSED) return -1;
  return findCrowd(at, slash + 1 - at);
}
