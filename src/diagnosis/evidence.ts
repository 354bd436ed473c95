/** Lines to look at: decoded a second time, and only for keys with a finding. */
import type { FetchEvent, FetchLog } from '../analysis/fetch-log.js';
import { isServedFromCache } from '../analysis/fetch-log.js';

/** Index of the file in the run; `line` from 0. */
export interface Place {
  readonly file: number;
  readonly line: number;
  readonly offset: number;
  readonly startMs: number;
}

const MOST = 5;

/** The first places, in the order of time, of events that fit. */
export function placesOf(
  plan: { readonly callers: readonly { readonly logs: readonly FetchLog[] }[] },
  fits: (event: FetchEvent) => boolean,
): Place[] {
  const found: Place[] = [];
  for (const { logs } of plan.callers) {
    for (const log of logs) {
      log.forEach((event) => {
        const last = found[MOST - 1];
        if ((last !== undefined && event.startMs >= last.startMs) || !fits(event)) return;
        const { file, line, offset, startMs } = event;
        found.push({ file, line, offset, startMs });
        found.sort((a, b) => a.startMs - b.startMs || a.file - b.file || a.offset - b.offset);
        if (found.length > MOST) found.length = MOST;
      });
    }
  }
  return found;
}

export const isOk = ({ status, cache }: FetchEvent): boolean => status >= 200 && status <= 299 && !isServedFromCache(cache);

export const hasFailed = ({ status }: FetchEvent): boolean => status !== 0 && (status < 200 || status > 299);
