/** When a replay ends early: it shall show something, not hurt something. */
import type { Answer } from './sender.js';

export interface StopOptions {
  /** Share of failures (no answer, or 5xx) among the latest answers. */
  readonly errorRate?: number | undefined;
  /** So many 429 among the latest answers. */
  readonly tooMany?: number | undefined;
  /** 99th percentile of the latest answers, ms. */
  readonly p99Ms?: number | undefined;
}

export const WINDOW = 200;
/** With fewer answers than these, a share says nothing. */
const LEAST = 50;

/** Returns a function that takes each answer and says why to stop, if so. */
export const stopRules = ({ errorRate, tooMany, p99Ms }: StopOptions): ((answer: Answer, ms: number) => string | undefined) => {
  const failed = new Uint8Array(WINDOW);
  const refused = new Uint8Array(WINDOW);
  const latency = new Float64Array(WINDOW);
  let [seen, failures, refusals] = [0, 0, 0];
  return (answer, ms) => {
    const at = seen % WINDOW;
    failures -= failed[at]!;
    refusals -= refused[at]!;
    failed[at] = answer.error !== undefined || answer.status >= 500 ? 1 : 0;
    refused[at] = answer.status === 429 ? 1 : 0;
    latency[at] = ms;
    failures += failed[at]!;
    refusals += refused[at]!;
    seen += 1;
    const known = Math.min(seen, WINDOW);
    if (tooMany !== undefined && refusals >= tooMany)
      return `${refusals} of the last ${known} answers were 429 (too many requests)`;
    if (errorRate !== undefined && known >= LEAST && failures / known > errorRate)
      return `${failures} of the last ${known} requests failed`;
    if (p99Ms !== undefined && known === WINDOW && seen % 50 === 0) {
      const p99 = Float64Array.from(latency).sort()[Math.ceil(WINDOW * 0.99) - 1]!;
      if (p99 > p99Ms) return `the 99th percentile of the last ${known} answers was ${Math.round(p99)} ms`;
    }
    return undefined;
  };
};
