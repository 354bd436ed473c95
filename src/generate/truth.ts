/** What really happened, beside the logs: counted while it happens, in the definitions of docs/generate.md. */
import type { Client } from './client.js';
import type { LineTally } from './logs.js';

export interface FetchCounts {
  all: number;
  ok: number;
  failed: number;
}

export type FetchTruth = FetchCounts & { necessary: number; ahead: number; redundant: number };

/** One (key, holder), or one key for all holders. */
export class Ledger {
  readonly counts: FetchCounts = { all: 0, ok: 0, failed: 0 };
  /** Fetches whose line is in the log. */
  readonly logged: FetchCounts = { all: 0, ok: 0, failed: 0 };
  demand = 0;
  /** Fetches of a correct cache: N(D). */
  perfect = 0;
  timely = 0;
  private lastOkMs = Number.NEGATIVE_INFINITY;
  private lastLifeMs = 0;
  /** Ends of requests that were answered 401, of the last moments. */
  private refusals: number[] = [];
  private grantedMs = Number.NEGATIVE_INFINITY;
  private usableUntilMs = Number.NEGATIVE_INFINITY;

  /** A request that needs a token; returns whether a correct cache fetches one for it. Times in order. */
  need(atMs: number, fetchMs: number, usableMs: number, canFetch: boolean, counts: boolean): boolean {
    if (counts) this.demand += 1;
    if (atMs < this.usableUntilMs || !canFetch) return false;
    this.usableUntilMs = atMs + fetchMs + usableMs;
    if (counts) this.perfect += 1;
    return true;
  }

  /** A fetch that was made; returns whether it was timely. */
  fetched(atMs: number, ok: boolean, lifeMs: number, counts: boolean): boolean {
    if (counts) {
      this.counts.all += 1;
      this.counts[ok ? 'ok' : 'failed'] += 1;
    }
    if (!ok) return false;
    const timely = atMs - this.lastOkMs >= this.lastLifeMs / 2 - this.lastLifeMs / 20 || this.isAfterRefusal(atMs);
    this.lastOkMs = atMs;
    this.lastLifeMs = lifeMs;
    if (counts && timely) this.timely += 1;
    return timely;
  }

  /** The back end answered 401 at this moment. */
  refused(atMs: number): void {
    this.refusals.push(atMs);
  }

  /** At most 2 s after a 401, and at most once in 60 s: the token may have been revoked. */
  private isAfterRefusal(atMs: number): boolean {
    this.refusals = this.refusals.filter((one) => one >= atMs - 2000);
    if (atMs - this.grantedMs < 60_000 || !this.refusals.some((one) => one <= atMs)) return false;
    this.grantedMs = atMs;
    return true;
  }

  sum(): FetchTruth {
    const { ok } = this.counts;
    const necessary = Math.min(this.perfect, ok);
    const ahead = Math.max(0, Math.min(this.timely, ok) - necessary);
    return { ...this.counts, necessary, ahead, redundant: ok - necessary - ahead };
  }
}

export interface FetchRow {
  readonly atMs: number;
  readonly durationMs: number;
  readonly client: string;
  readonly scope: string | null;
  readonly holder: string;
  readonly worker: number;
  readonly status: number;
  /** Id of the request that waited for it; null: made in the background. */
  readonly request: string | null;
  /** When that request came in, and its path. */
  readonly requestMs: number | null;
  readonly route: string | null;
  readonly lifetimeMs: number | null;
  readonly timely: boolean;
  readonly inLog: boolean;
  verdict: 'kept' | 'redundant' | 'failed';
}

export interface KeyTruth {
  readonly client: string;
  readonly scope: string | null;
  readonly cause: string | null;
  readonly behaviour: string;
  readonly demand: number;
  readonly fetches: FetchTruth;
  readonly shared: FetchTruth;
  readonly holders: readonly { holder: string; address: string; demand: number; fetches: FetchTruth; logged: FetchCounts }[];
  readonly lifetimes: readonly { fromMs: number; lifetimeMs: number }[] | 'countdown';
}

export interface Truth {
  readonly truthVersion: '1';
  readonly seed: number;
  readonly window: { readonly fromMs: number; readonly toMs: number };
  readonly skewMs: number;
  readonly format: { readonly gateway: string; readonly issuer: string; readonly wrapper: string };
  readonly shows: { readonly gateway: readonly string[]; readonly issuer: readonly string[] };
  readonly totals: {
    readonly requests: number;
    readonly demand: number;
    /** Of the demand: requests that got no token, and so were never sent on. */
    readonly withoutToken: number;
    readonly fetches: FetchTruth & { excluded: number };
    readonly shared: FetchTruth;
    readonly logged: FetchCounts & { excluded: number };
    readonly siblings: Readonly<Record<'introspection' | 'jwks' | 'discovery', number>>;
  };
  readonly lines: Readonly<Record<'gateway' | 'issuer' | 'loopback', LineTally>>;
  readonly keys: readonly KeyTruth[];
  /** Each fetch; null: there were more than `maxRows`. */
  readonly fetches: readonly FetchRow[] | null;
}

export const addFetches = (parts: readonly FetchTruth[]): FetchTruth => {
  const sum: FetchTruth = { all: 0, ok: 0, failed: 0, necessary: 0, ahead: 0, redundant: 0 };
  for (const part of parts) for (const name of Object.keys(sum) as (keyof FetchTruth)[]) sum[name] += part[name];
  return sum;
};

/** Which single fetches are the redundant ones: the untimely first, latest first. */
export function giveVerdicts(rows: readonly FetchRow[], redundant: number): void {
  const ok = rows.filter(({ verdict }) => verdict !== 'failed').reverse();
  let left = redundant;
  for (const timely of [false, true]) {
    for (const row of ok) {
      if (left === 0 || row.timely !== timely) continue;
      row.verdict = 'redundant';
      left -= 1;
    }
  }
}

export const keyTruth = (client: Client): KeyTruth => {
  const holders = [...client.holders].map(([holder, { ledger, address }]) => ({
    holder,
    address,
    demand: ledger.demand,
    fetches: ledger.sum(),
    logged: ledger.logged,
  }));
  return {
    client: client.name,
    scope: client.scope,
    cause: client.behaviour.healthy ? null : (client.behaviour.cause ?? client.behaviour.id),
    behaviour: client.behaviour.id,
    demand: client.shared.demand,
    fetches: addFetches(holders.map(({ fetches }) => fetches)),
    shared: client.shared.sum(),
    holders,
    lifetimes: client.lifetimes,
  };
};
