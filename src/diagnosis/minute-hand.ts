/** Whether fetches go by the clock: what a scheduler starts. */
import type { KeyFetches } from '../analysis/fetch-table.js';

const MINUTE_MS = 60_000;

/** With more fetches than this, the sines of each ms of a minute are worth keeping. */
const MANY = 20_000;

const angleOf = (ms: number): number => (ms / MINUTE_MS) * 2 * Math.PI;

let kept: Float64Array | undefined;

/** Cosine and sine of each, beside each other. */
function sinesOfMinute(): Float64Array {
  if (kept === undefined) {
    kept = new Float64Array(2 * MINUTE_MS);
    for (let ms = 0; ms < MINUTE_MS; ms += 1) {
      kept[2 * ms] = Math.cos(angleOf(ms));
      kept[2 * ms + 1] = Math.sin(angleOf(ms));
    }
  }
  return kept;
}

/** Resultant length of the starts on the minute's circle, if they point at its first seconds. */
export function minuteHand(key: Pick<KeyFetches, 'holders'>): number {
  let count = 0;
  for (const { count: own } of key.holders) count += own;
  if (count < 5) return 0;
  const sines = count < MANY ? undefined : sinesOfMinute();
  const hand = new Float64Array(2);
  for (const { startMs, count: own } of key.holders) {
    if (sines === undefined) turn(startMs, 0, own, hand);
    else turnByTable(startMs, own, sines, hand);
  }
  const x = hand[0]!;
  const y = hand[1]!;
  const seconds = (Math.atan2(y, x) / (2 * Math.PI)) * 60;
  return seconds > -2 && seconds < 6 ? Math.hypot(x, y) / count : 0;
}

// Loops in functions of their own: they are compiled sooner, and until then each number of theirs is an object.

/** Adds the starts from one row to another to `hand`: x and y. */
function turn(startMs: Float64Array, from: number, to: number, hand: Float64Array): void {
  let x = hand[0]!;
  let y = hand[1]!;
  for (let at = from; at < to; at += 1) {
    const angle = angleOf(startMs[at]! % MINUTE_MS);
    x += Math.cos(angle);
    y += Math.sin(angle);
  }
  hand[0] = x;
  hand[1] = y;
}

function turnByTable(startMs: Float64Array, count: number, sines: Float64Array, hand: Float64Array): void {
  let x = hand[0]!;
  let y = hand[1]!;
  let minuteMs = Number.NaN;
  for (let at = 0; at < count; at += 1) {
    const start = startMs[at]!;
    if (Math.floor(start) !== start || start < 0) {
      hand[0] = x;
      hand[1] = y;
      turn(startMs, at, at + 1, hand);
      x = hand[0]!;
      y = hand[1]!;
      continue;
    }
    let ms = start - minuteMs;
    if (!(ms >= 0 && ms < MINUTE_MS)) {
      // Of whole numbers the rounding of a quotient does not reach the next one.
      minuteMs = Math.floor(start / MINUTE_MS) * MINUTE_MS;
      ms = start - minuteMs;
    }
    x += sines[2 * ms]!;
    y += sines[2 * ms + 1]!;
  }
  hand[0] = x;
  hand[1] = y;
}
