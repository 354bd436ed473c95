/**
 * The rules at the head of src/simulation/play.ts, followed literally: one request after the other, every question answered by looking
 * through all fetches that were ever made. Slow, and obvious.
 */
export interface SlowPolicy {
  readonly stores: boolean;
  readonly singleFlight: boolean;
  readonly marginMs: number;
  readonly ttlMs?: number | undefined;
  readonly lifetimeMs?: number | undefined;
  readonly refreshAhead?: number | undefined;
  readonly jitter?: number | undefined;
  readonly failureCacheMs: number;
  readonly outage?: { readonly fromMs: number; readonly toMs: number } | undefined;
}

export interface SlowLogged {
  readonly startMs: readonly number[];
  /** -1: unknown. */
  readonly durationMs: readonly number[];
  readonly lifetimeMs: readonly number[];
  readonly typicalMs: number;
}

interface SlowFetch {
  readonly startMs: number;
  readonly doneMs: number;
  readonly ok: boolean;
  readonly endMs: number;
  readonly validMs: number;
  readonly refreshMs: number;
}

export interface SlowOutcome {
  readonly fetches: readonly number[];
  /** One for each request. */
  readonly waits: readonly number[];
  readonly withoutToken: number;
}

export function playSlowly(
  requests: readonly number[],
  logged: SlowLogged,
  policy: SlowPolicy,
  jitterOfNth: (n: number) => number,
  before?: { readonly startMs: number; readonly lifetimeMs: number },
): SlowOutcome {
  const all: SlowFetch[] = [];
  const waits: number[] = [];
  let made = 0;
  let withoutToken = 0;

  const makeFetch = (now: number): SlowFetch => {
    const earlier = logged.startMs.map((_, row) => row).filter((row) => logged.startMs[row]! <= now);
    const row = earlier.length === 0 ? 0 : Math.max(...earlier);
    const duration = logged.durationMs[row]! >= 0 ? logged.durationMs[row]! : logged.typicalMs;
    const nth = made++;
    const fetch = tokenFetch(
      now,
      now + duration,
      policy.lifetimeMs ?? logged.lifetimeMs[row]!,
      (policy.jitter ?? 0) * jitterOfNth(nth),
    );
    all.push(fetch);
    return fetch;
  };
  const tokenFetch = (startMs: number, doneMs: number, life: number, jitter: number): SlowFetch => {
    const kept = policy.ttlMs ?? life;
    const usable = policy.ttlMs ?? Math.max(1, Math.floor(life - policy.marginMs));
    const earlier = Math.floor(jitter * kept);
    const handed = startMs + logged.typicalMs;
    const ahead = policy.refreshAhead;
    return {
      startMs,
      doneMs,
      ok: policy.outage === undefined || startMs < policy.outage.fromMs || startMs >= policy.outage.toMs,
      endMs: handed + (ahead === undefined ? Math.max(1, usable - earlier) : usable),
      validMs: handed + life,
      refreshMs: ahead === undefined ? Infinity : handed + Math.max(0, Math.floor(ahead * kept) - earlier),
    };
  };
  const given: SlowFetch[] = [];
  if (before !== undefined && policy.stores) {
    const life = policy.lifetimeMs ?? (before.lifetimeMs > 0 ? before.lifetimeMs : logged.lifetimeMs[0]!);
    given.push({ ...tokenFetch(before.startMs, -Infinity, life, 0), ok: true });
  }

  for (const now of requests) {
    const arrived = [...given, ...all.filter((fetch) => fetch.doneMs <= now)];
    const tokens = policy.stores ? arrived.filter((fetch) => fetch.ok && fetch.endMs > now) : [];
    const longest = Math.max(...tokens.map((fetch) => fetch.endMs));
    // Of equals the one that was there first.
    const [token] = tokens.filter((fetch) => fetch.endMs === longest).sort((a, b) => a.doneMs - b.doneMs);
    const inFlight = all.filter((fetch) => fetch.doneMs > now);
    const failing = arrived.some((fetch) => !fetch.ok && now < fetch.doneMs + policy.failureCacheMs);
    if (token !== undefined) {
      waits.push(0);
      if (now >= token.validMs) withoutToken += 1;
      const mayFetch = !failing && !(policy.singleFlight && inFlight.length > 0);
      if (now >= token.refreshMs && mayFetch) makeFetch(now);
    } else if (policy.singleFlight && inFlight.length > 0) {
      waits.push(inFlight[0]!.doneMs - now);
      if (!inFlight[0]!.ok) withoutToken += 1;
    } else if (failing) {
      waits.push(0);
      withoutToken += 1;
    } else {
      const own = makeFetch(now);
      waits.push(own.doneMs - now);
      if (!own.ok) withoutToken += 1;
    }
  }
  return { fetches: all.map(({ startMs }) => startMs), waits, withoutToken };
}
