import { no, type Rule, span } from '../rule.js';
import type { Symptoms } from '../symptoms.js';

/** What clients take where an answer says no lifetime, ms. */
const DEFAULTS_MS = [1000, 300_000, 3_600_000] as const;
/** Timers are late, and stamps are rounded, by this part. */
const LATE = 0.015;

/** The default that a client keeps to, if its time to live can be one; `open`: how much else it can be, as a part of the default. */
export function guessOf({ ttl, resolutionMs }: Symptoms): { readonly ms: number; readonly open: number } | undefined {
  if (ttl === undefined) return undefined;
  const ms = DEFAULTS_MS.find(
    (one) => ttl.highMs >= (1 - LATE) * one - resolutionMs && ttl.lowMs <= (1 + LATE) * one + resolutionMs,
  );
  return ms === undefined ? undefined : { ms, open: Math.min(1, (ttl.highMs - ttl.lowMs + 2 * resolutionMs) / ms) };
}

export const tt108: Rule = {
  code: 'TT108',
  title: 'no lifetime in the token response',
  needs: ['start', 'status', 'client', 'lifetime'],
  least: 3,
  fix: 'Have the issuer send expires_in, or give the client the lifetime; do not let it guess.',
  risk: null,
  judge: (s) => {
    const { gap } = s;
    if (s.lifetimeFrom === 'expires_in') return no('the answers say how long the token lives');
    if (gap === undefined) return no('there are no gaps');
    if (s.onTheMinute > 0.95 && gap.p50 >= 55_000) return no('fetches start with the minute, as a scheduler starts them');
    if (s.perRequest !== undefined && s.perRequest >= 0.75) return no('each request fetches, at whatever distance');
    if (s.resolutionMs >= gap.p50 / 3) return no('the stamps are too coarse to tell the gap');
    const guess = guessOf(s);
    if (guess === undefined) return no('the shortest gap is no default of a client (1 s, 300 s, 3600 s)');
    const why = `no gap is below ${span(s.ttl!.highMs)}, half of them below ${span(gap.p50)}: ${span(guess.ms)} is what clients take where an answer says no lifetime`;
    // Any other time to live is as good a guess as this one, as far as the gaps leave it open.
    const score = 0.95 * (1 - guess.open);
    return { score, explains: s.redundant, pieces: gap.count, why, against: 'that answers have no expires_in cannot be seen' };
  },
};
