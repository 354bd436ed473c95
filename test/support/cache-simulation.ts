/** Event simulations of healthy and broken token caches, and of the demand they serve. Seeded: the same seed, the same events. */

export type Random = () => number;

/** mulberry32 */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let x = state;
    x = Math.imul(x ^ (x >>> 15), x | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return ((x ^ (x >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export type DemandShape = (random: Random, lifetimeMs: number) => number[];

/** A request every 1/200 of a life, for 40 lives. */
function steady(random: Random, lifetimeMs: number): number[] {
  const everyMs = Math.max(1, Math.round(lifetimeMs / 200));
  const offset = Math.floor(random() * everyMs);
  return Array.from({ length: 8_000 }, (_, i) => offset + i * everyMs);
}

/** Requests that are one to four lives apart. */
function sparse(random: Random, lifetimeMs: number): number[] {
  const starts: number[] = [];
  let t = 0;
  for (let i = 0; i < 200; i++) {
    starts.push(t);
    t += Math.round(lifetimeMs * (1.05 + 3 * random()));
  }
  return starts;
}

/** Bursts of 0 to 3 lives, then silence of 1.1 to 5. */
function bursty(random: Random, lifetimeMs: number): number[] {
  const starts: number[] = [];
  let t = 0;
  for (let burst = 0; burst < 40; burst++) {
    const end = t + random() * 3 * lifetimeMs;
    for (; t <= end; t += 1 + Math.round((random() * lifetimeMs) / 50)) starts.push(t);
    t += Math.round(lifetimeMs * (1.1 + 4 * random()));
  }
  return starts;
}

export const shapes: Readonly<Record<string, DemandShape>> = { steady, sparse, bursty };

/** Fetch starts of one holder. */
export type Cache = (demand: readonly number[], random: Random) => number[];

/** Fetches on the first request that finds the token older than `ageMs()`; the others wait for it. */
export function refreshOnDemand(ageMs: () => number, durationMs: number): Cache {
  return (demand) => {
    const fetches: number[] = [];
    let freshUntil = Number.NEGATIVE_INFINITY;
    for (const t of demand) {
      if (t < freshUntil) continue;
      fetches.push(t);
      freshUntil = t + durationMs + ageMs();
    }
    return fetches;
  };
}

/** A timer that fetches from the first request to the last, whether or not anyone asks. */
export function refreshByTimer(ageMs: () => number, durationMs: number): Cache {
  return (demand) => {
    const fetches: number[] = [];
    for (let t = demand[0]!; t <= demand.at(-1)!; t += durationMs + Math.max(1, ageMs())) fetches.push(t);
    return fetches;
  };
}

/** As `refreshOnDemand`, but everyone who comes while the fetch is under way fetches too. */
export function withoutSingleFlight(ageMs: () => number, durationMs: number): Cache {
  return (demand) => {
    const fetches: number[] = [];
    let answered = Number.NEGATIVE_INFINITY;
    let freshUntil = Number.NEGATIVE_INFINITY;
    for (const t of demand) {
      if (t >= freshUntil) {
        answered = t + durationMs;
        freshUntil = answered + ageMs();
        fetches.push(t);
      } else if (t < answered) {
        fetches.push(t);
      }
    }
    return fetches;
  };
}

export const noCache: Cache = (demand) => [...demand];

/** The demand of each of several workers, at random. */
export function dealOut(demand: readonly number[], workers: number, random: Random): number[][] {
  const hands: number[][] = Array.from({ length: workers }, () => []);
  for (const t of demand) hands[Math.floor(random() * workers)]!.push(t);
  return hands;
}

/** Between `low` and `high` shares of a life, evenly. */
export function jitter(random: Random, lifetimeMs: number, low: number, high: number): () => number {
  return () => Math.ceil(lifetimeMs * (low + (high - low) * random()));
}
