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
  let [x, y, count] = [0, 0, 0];
  for (const { count: own } of key.holders) count += own;
  if (count < 5) return 0;
  const sines = count < MANY ? undefined : sinesOfMinute();
  for (const { startMs, count: own } of key.holders) {
    let minuteMs = Number.NaN;
    for (let at = 0; at < own; at += 1) {
      const start = startMs[at]!;
      if (sines === undefined || !Number.isInteger(start) || start < 0) {
        const angle = angleOf(start % MINUTE_MS);
        x += Math.cos(angle);
        y += Math.sin(angle);
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
  }
  const seconds = (Math.atan2(y, x) / (2 * Math.PI)) * 60;
  return seconds > -2 && seconds < 6 ? Math.hypot(x, y) / count : 0;
}
