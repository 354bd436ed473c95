/**
 * Plays the requests of one cache through a policy, exactly. What happens, in words (`test/support/slow-policies.ts` does nothing
 * but follow them, one request after the other):
 *
 * - A fetch that starts at `s` takes as long as the latest logged fetch at or before `s` did, and its token lives as long as the token
 *   of that one (before the first: as the first). It can be used from `s + duration` until `s + d + U`, where `d` is the typical duration,
 *   so that counts agree with N(D) of the verdict. Of several tokens the one that lasts longest is used.
 * - A request with a usable token is served at once. If the refresh point has passed, it starts a fetch in the background.
 * - A request without one waits for the fetch in flight (single flight), or starts a fetch and waits for that.
 * - A fetch that starts in an outage fails, and so do those who waited for it. For as long as a failure is remembered, requests without
 *   a token fail at once and nothing is fetched in the background.
 */

import { addDuration, type Durations, emptyDurations } from '../analysis/quantiles.js';
import { lowerBound } from '../analysis/search.js';
import { SecondCounts } from '../analysis/second-counts.js';

/** The logged ok fetches that durations and lives are taken from, sorted; at least one. */
export interface Logged {
  readonly count: number;
  readonly startMs: Float64Array;
  /** -1: unknown; the typical one stands in. */
  readonly durationMs: Int32Array;
  readonly lifetimeMs: Float64Array | number;
  readonly typicalMs: number;
}

/** A policy as one cache sees it, all in ms. */
export interface Terms {
  /** false: nothing is kept. */
  readonly stores: boolean;
  readonly singleFlight: boolean;
  /** From the end of a life to how long a cache uses the token, at least 1. */
  readonly usableMs: (lifetimeMs: number) => number;
  /** The life that refreshing ahead and jitter are a share of. */
  readonly keptMs: (lifetimeMs: number) => number;
  readonly refreshAhead: number | undefined;
  readonly jitter: number | undefined;
  /** Replaces the logged lives. */
  readonly lifetimeMs: number | undefined;
  readonly failureCacheMs: number;
  readonly outage: { readonly fromMs: number; readonly toMs: number } | undefined;
}

/** The token that a holder has when its first request comes. */
export interface Before {
  readonly startMs: number;
  /** Not above 0: that of the first logged fetch. */
  readonly lifetimeMs: number;
}

/** What a policy did, over all its caches. */
export class Tally {
  requests = 0;
  fetches = 0;
  /** Requests that waited for a fetch, by how long. */
  readonly waits: Durations = emptyDurations();
  /** Requests that got no valid token: the issuer was down, or the token in the cache had outlived its life. */
  withoutToken = 0;
  longestUseMs = 0;
  readonly seconds = new SecondCounts();
}

/** A number in [0, 1) for the n-th fetch of a cache: the same in every run with this seed. */
export function jitterOf(seed: number, n: number): number {
  let x = (seed ^ Math.imul(n + 1, 0x9e3779b1)) >>> 0;
  x = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
  x = Math.imul(x ^ (x >>> 15), 0x735a2d97);
  return ((x ^ (x >>> 15)) >>> 0) / 0x1_0000_0000;
}

/** The seed of one cache: FNV-1a over the run's seed and the cache's name. */
export function seedOf(seed: number, name: string): number {
  let hash = (0x811c9dc5 ^ seed) >>> 0;
  for (let at = 0; at < name.length; at += 1) hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}

interface Token {
  readonly endMs: number;
  readonly validMs: number;
  readonly refreshMs: number;
}

interface Flight {
  readonly doneMs: number;
  /** undefined: it fails. */
  readonly token: Token | undefined;
}

/** Plays `startMs` (sorted) through one cache and adds to the tally. Linear in fetches and waiting requests, logarithmic in the rest. */
export function play(startMs: Float64Array, logged: Logged, terms: Terms, seed: number, tally: Tally, before?: Before): void {
  tally.requests += startMs.length;
  if (!terms.stores && !terms.singleFlight) fetchEach(startMs, logged, terms, tally);
  else new Cache(logged, terms, seed, tally, before).serve(startMs);
}

class Cache {
  private endMs = -Infinity;
  private validMs = -Infinity;
  private refreshMs = Infinity;
  private retryMs = -Infinity;
  /** In the order in which they are done; `flown` of them are. */
  private flights: Flight[] = [];
  private flown = 0;
  private row = 0;
  private made = 0;

  constructor(
    private readonly logged: Logged,
    private readonly terms: Terms,
    private readonly seed: number,
    private readonly tally: Tally,
    before: Before | undefined,
  ) {
    if (before !== undefined && terms.stores) {
      const lifetimeMs = before.lifetimeMs > 0 ? before.lifetimeMs : lifeAt(logged, 0);
      this.keep(this.tokenOf(before.startMs, terms.lifetimeMs ?? lifetimeMs, 0));
    }
  }

  serve(startMs: Float64Array): void {
    const { terms, tally } = this;
    const count = startMs.length;
    let at = 0;
    while (at < count) {
      const now = startMs[at]!;
      this.land(now);
      const flight = this.flights[this.flown];
      const waiting = terms.singleFlight && flight !== undefined;
      if (now < this.endMs) {
        let stop = Math.min(this.endMs, flight?.doneMs ?? Infinity);
        if (!waiting) {
          const refreshMs = Math.max(this.refreshMs, this.retryMs);
          if (now >= refreshMs) {
            this.fetch(now);
            if (now >= this.validMs) tally.withoutToken += 1;
            at += 1;
            continue;
          }
          stop = Math.min(stop, refreshMs);
        }
        const to = firstFrom(startMs, at, stop);
        if (this.validMs < stop) tally.withoutToken += to - Math.max(at, firstFrom(startMs, at, this.validMs));
        at = to;
      } else if (waiting) {
        const to = firstFrom(startMs, at, flight.doneMs);
        for (let each = at; each < to; each += 1) addDuration(tally.waits, flight.doneMs - startMs[each]!);
        if (flight.token === undefined) tally.withoutToken += to - at;
        at = to;
      } else if (now < this.retryMs) {
        const to = firstFrom(startMs, at, Math.min(this.retryMs, flight?.doneMs ?? Infinity));
        tally.withoutToken += to - at;
        at = to;
      } else {
        const own = this.fetch(now);
        addDuration(tally.waits, own.doneMs - now);
        if (own.token === undefined) tally.withoutToken += 1;
        at += 1;
      }
    }
  }

  /** Takes in what has arrived by now. */
  private land(now: number): void {
    for (;;) {
      const flight = this.flights[this.flown];
      if (flight === undefined || flight.doneMs > now) break;
      this.flown += 1;
      if (flight.token === undefined) this.retryMs = Math.max(this.retryMs, flight.doneMs + this.terms.failureCacheMs);
      else if (this.terms.stores) this.keep(flight.token);
    }
    if (this.flown > 64 && this.flown * 2 > this.flights.length) {
      this.flights = this.flights.slice(this.flown);
      this.flown = 0;
    }
  }

  private keep({ endMs, validMs, refreshMs }: Token): void {
    if (endMs <= this.endMs) return;
    this.endMs = endMs;
    this.validMs = validMs;
    this.refreshMs = refreshMs;
  }

  private fetch(now: number): Flight {
    const { logged, terms, tally } = this;
    this.row = rowAt(logged, this.row, now);
    const fails = terms.outage !== undefined && now >= terms.outage.fromMs && now < terms.outage.toMs;
    const jitter = terms.jitter === undefined ? 0 : terms.jitter * jitterOf(this.seed, this.made);
    this.made += 1;
    tally.fetches += 1;
    tally.seconds.add(now);
    const token = fails ? undefined : this.tokenOf(now, terms.lifetimeMs ?? lifeAt(logged, this.row), jitter);
    const flight = { doneMs: now + durationAt(logged, this.row), token };
    let place = this.flights.length;
    while (place > this.flown && this.flights[place - 1]!.doneMs > flight.doneMs) place -= 1;
    if (place === this.flights.length) this.flights.push(flight);
    else this.flights.splice(place, 0, flight);
    return flight;
  }

  private tokenOf(startMs: number, lifetimeMs: number, jitter: number): Token {
    const { terms, logged } = this;
    const handedMs = startMs + logged.typicalMs;
    const usableMs = terms.usableMs(lifetimeMs);
    const keptMs = terms.keptMs(lifetimeMs);
    const earlierMs = Math.floor(jitter * keptMs);
    const ahead = terms.refreshAhead;
    const usedMs = ahead === undefined ? Math.max(1, usableMs - earlierMs) : usableMs;
    if (usedMs > this.tally.longestUseMs && terms.stores) this.tally.longestUseMs = usedMs;
    return {
      endMs: handedMs + usedMs,
      validMs: handedMs + lifetimeMs,
      refreshMs: ahead === undefined ? Infinity : handedMs + Math.max(0, Math.floor(ahead * keptMs) - earlierMs),
    };
  }
}

/** No cache: as many fetches as requests. */
function fetchEach(startMs: Float64Array, logged: Logged, { outage }: Terms, tally: Tally): void {
  const count = startMs.length;
  tally.fetches += count;
  let row = 0;
  for (let at = 0; at < count; ) {
    row = rowAt(logged, row, startMs[at]!);
    const to = row + 1 < logged.count ? Math.max(at + 1, firstFrom(startMs, at, logged.startMs[row + 1]!)) : count;
    addDuration(tally.waits, durationAt(logged, row), to - at);
    at = to;
  }
  for (let at = 0; at < count; ) {
    const second = Math.floor(startMs[at]! / 1000);
    const to = firstFrom(startMs, at, (second + 1) * 1000);
    tally.seconds.add(startMs[at]!, to - at);
    at = to;
  }
  if (outage !== undefined) tally.withoutToken += firstFrom(startMs, 0, outage.toMs) - firstFrom(startMs, 0, outage.fromMs);
}

/** The latest logged fetch at or before now, else the first. `row` is one that was so earlier. */
function rowAt({ count, startMs }: Logged, row: number, now: number): number {
  let at = row;
  while (at + 1 < count && startMs[at + 1]! <= now) at += 1;
  return at;
}

export const durationAt = ({ durationMs, typicalMs }: Logged, row: number): number =>
  durationMs[row]! < 0 ? typicalMs : durationMs[row]!;

const lifeAt = ({ lifetimeMs }: Logged, row: number): number => (typeof lifetimeMs === 'number' ? lifetimeMs : lifetimeMs[row]!);

/** The first index from `at` on whose value is not below `limit`: steps that double, then halves. */
export function firstFrom(values: Float64Array, at: number, limit: number): number {
  let low = at;
  let step = 1;
  while (low + step <= values.length && values[low + step - 1]! < limit) {
    low += step;
    step *= 2;
  }
  return lowerBound(values, limit, low, Math.min(values.length, low + step - 1));
}
