/** Lines to look at: decoded a second time, and only for keys with a finding. */
import { type FetchEvent, type FetchLog, isServedFromCache, takeEvent } from '../analysis/fetch-log.js';

/** Index of the file in the run; `line` from 0. */
export interface Place {
  readonly file: number;
  readonly line: number;
  readonly offset: number;
  readonly startMs: number;
}

const MOST = 5;

/**
 * The first places, in the order of time, of events that fit. `disorderMs`: how far an event may be dated before one that stands above it in
 * its log.
 */
export function placesOf(
  plan: { readonly callers: readonly { readonly logs: readonly FetchLog[] }[] },
  fits: (event: FetchEvent) => boolean,
  disorderMs = Infinity,
): Place[] {
  const found: Place[] = [];
  const event: FetchEvent = { file: -1, startMs: 0, durationMs: -1, offset: 0, line: 0, status: 0, cache: 0, lifetimeMs: -1 };
  let before = Infinity;
  for (const { logs } of plan.callers) {
    for (const log of logs) {
      log.blocks((block, from, to) => {
        for (let row = from; row < to; row += 1) {
          // Most are too late to be shown.
          const start = block.startMs[row]!;
          // So are all below.
          if (start - disorderMs >= before) return false;
          if (start >= before) continue;
          takeEvent(block, row, event);
          if (!fits(event)) continue;
          const { file, line, offset, startMs } = event;
          found.push({ file, line, offset, startMs });
          found.sort((a, b) => a.startMs - b.startMs || a.file - b.file || a.offset - b.offset);
          if (found.length > MOST) found.length = MOST;
          before = found[MOST - 1]?.startMs ?? Infinity;
        }
        return true;
      });
    }
  }
  return found;
}

export const isOk = ({ status, cache }: FetchEvent): boolean => status >= 200 && status <= 299 && !isServedFromCache(cache);

export const isFailure = (status: number): boolean => status !== 0 && (status < 200 || status > 299);

export const hasFailed = ({ status }: FetchEvent): boolean => isFailure(status);
