/**
 * What can be said of a policy where not every request is known: requests that are (a fetch is a sign of one; a cell of a second keeps
 * its first and its last), and spans outside of which there are none (nobody was served without a valid token).
 */
import { BRIEF, BRIEF_TOO, scratchDoubles } from '../analysis/scratch.js';
import { firstFrom } from './play.js';

export interface Spans {
  readonly fromMs: Float64Array;
  /** Last moment of the span. */
  readonly toMs: Float64Array;
}

/** Fewest fetches whose tokens reach `reachMs` and serve these moments: no cache can do with less. */
export function fewest(momentsMs: Float64Array, reachMs: number, servedUntilMs = -Infinity): number {
  let fetches = 0;
  let at = firstFrom(momentsMs, 0, servedUntilMs);
  while (at < momentsMs.length) {
    fetches += 1;
    at = firstFrom(momentsMs, at, momentsMs[at]! + Math.max(1, reachMs));
  }
  return fetches;
}

/** Most fetches at least `apartMs` from each other inside the spans (sorted, not overlapping), in whole ms. */
export function most({ fromMs, toMs }: Spans, apartMs: number): number {
  const apart = Math.max(1, apartMs);
  let fetches = 0;
  let nextMs = -Infinity;
  for (let at = 0; at < fromMs.length; at += 1) {
    const first = Math.max(nextMs, fromMs[at]!);
    const room = toMs[at]! - first;
    if (room < 0) continue;
    const here = 1 + Math.floor(room / apart);
    fetches += here;
    nextMs = first + here * apart;
  }
  return fetches;
}

/** From each fetch to the end of its token, overlapping ones as one. Lives that are not known are `lifetimeMs` for all. */
export function servedSpans(
  times: { readonly count: number; readonly startMs: Float64Array; readonly durationMs: Int32Array },
  lifetimeMs: Float64Array | number,
  windowEndMs: number,
): Spans {
  // Few lives are seldom apart: what is kept is as long as there are spans, not fetches.
  const fromMs = scratchDoubles(BRIEF, times.count);
  const toMs = scratchDoubles(BRIEF_TOO, times.count);
  const spans = walkSpans(times, lifetimeMs, windowEndMs, { fromMs, toMs });
  return { fromMs: fromMs.slice(0, spans), toMs: toMs.slice(0, spans) };
}

/** Returns how many there are, of which the arrays are filled with both ends. */
function walkSpans(
  { count, startMs, durationMs }: { readonly count: number; readonly startMs: Float64Array; readonly durationMs: Int32Array },
  lifetimeMs: Float64Array | number,
  windowEndMs: number,
  into: Spans,
): number {
  let spans = 0;
  let lastMs = -Infinity;
  for (let at = 0; at < count; at += 1) {
    const start = startMs[at]!;
    const life = typeof lifetimeMs === 'number' ? lifetimeMs : lifetimeMs[at]!;
    const end = Math.max(start, Math.min(windowEndMs, start + Math.max(0, durationMs[at]!) + life));
    if (spans > 0 && start <= lastMs) {
      if (end > lastMs) lastMs = end;
      continue;
    }
    if (spans > 0) into.toMs[spans - 1] = lastMs;
    into.fromMs[spans] = start;
    spans += 1;
    lastMs = end;
  }
  if (spans > 0) into.toMs[spans - 1] = lastMs;
  return spans;
}
