/** Verdicts of several holders or keys as one. */
import type { LifetimeRow } from './perfect-cache.js';
import type { LowHigh } from './result.js';

/** The verdict on the ok fetches of a holder, of a key, or of a run. */
export interface Counted {
  readonly ok: number;
  readonly necessary: number;
  readonly ahead: number;
  readonly redundant: number;
  readonly unknown: number;
  readonly byFetches: LowHigh;
  readonly byDemand: LowHigh | undefined;
  readonly redundantHigh: number;
  /** Tokens that it takes to have one at each start of a fetch. */
  readonly atLeast: number;
  /** Redundant fetches with one necessary fetch more or less for each holder, since a window has edges. */
  readonly redundantEdge: LowHigh;
  readonly timely: number;
  /** Holders that start the window with a token of before. */
  readonly startWithToken: number;
  readonly byLifetime: readonly LifetimeRow[] | undefined;
  /** Of the window that the gateway's log covers too. */
  readonly inside: { readonly ok: number; readonly necessary: number };
}

/** Adds up one after the other, so that what was added need not be kept. */
export class CountedSum {
  private ok = 0;
  private necessary = 0;
  private ahead = 0;
  private redundant = 0;
  private unknown = 0;
  private readonly byFetches = { low: 0, high: 0 };
  private readonly byDemand = { low: 0, high: 0 };
  private added = 0;
  private withoutDemand = 0;
  private redundantHigh = 0;
  private atLeast = 0;
  private readonly redundantEdge = { low: 0, high: 0 };
  private timely = 0;
  private startWithToken = 0;
  private readonly inside = { ok: 0, necessary: 0 };
  /** At each of the lives that are tried; undefined until one comes that has them. */
  private rows: { readonly lifetimeSeconds: number; necessary: number; redundant: number }[] | undefined;

  add(one: Counted): void {
    // Whose life is known counts at every life that is tried as it is.
    if (this.rows === undefined && one.byLifetime !== undefined) {
      const { necessary, redundant } = this;
      this.rows = one.byLifetime.map(({ lifetimeSeconds }) => ({ lifetimeSeconds, necessary, redundant }));
    }
    this.rows?.forEach((row, index) => {
      row.necessary += one.byLifetime?.[index]?.necessary ?? one.necessary;
      row.redundant += one.byLifetime?.[index]?.redundant ?? one.redundant;
    });
    this.added += 1;
    this.ok += one.ok;
    this.necessary += one.necessary;
    this.ahead += one.ahead;
    this.redundant += one.redundant;
    this.unknown += one.unknown;
    this.byFetches.low += one.byFetches.low;
    this.byFetches.high += one.byFetches.high;
    if (one.byDemand === undefined) this.withoutDemand += 1;
    else {
      this.byDemand.low += one.byDemand.low;
      this.byDemand.high += one.byDemand.high;
    }
    this.redundantHigh += one.redundantHigh;
    this.atLeast += one.atLeast;
    this.redundantEdge.low += one.redundantEdge.low;
    this.redundantEdge.high += one.redundantEdge.high;
    this.timely += one.timely;
    this.startWithToken += one.startWithToken;
    this.inside.ok += one.inside.ok;
    this.inside.necessary += one.inside.necessary;
  }

  value(): Counted {
    return {
      ok: this.ok,
      necessary: this.necessary,
      ahead: this.ahead,
      redundant: this.redundant,
      unknown: this.unknown,
      byFetches: { ...this.byFetches },
      byDemand: this.added > 0 && this.withoutDemand === 0 ? { ...this.byDemand } : undefined,
      redundantHigh: this.redundantHigh,
      atLeast: this.atLeast,
      redundantEdge: { ...this.redundantEdge },
      timely: this.timely,
      startWithToken: this.startWithToken,
      byLifetime: this.rows?.map((row) => ({ ...row })),
      inside: { ...this.inside },
    };
  }
}

export function sum(verdicts: readonly Counted[]): Counted {
  const total = new CountedSum();
  for (const one of verdicts) total.add(one);
  return total.value();
}

/** Fetches that one hidden holder may need. The token of before is one holder's only: the others may have started without. */
export const hiddenN = (one: Counted): number => (one.byDemand ?? one.byFetches).high + one.startWithToken;

/**
 * Redundant at most. Cover may ask for more than demand did: who fetches now and then and serves nothing between needs a token at those
 * moments only. So the floor of what was needed is a walk over the starts of the fetches, each of which somebody asked for.
 */
export function highOf(one: Counted): number {
  const n = Math.min(one.atLeast, one.byFetches.low, one.byDemand?.low ?? Infinity);
  return Math.max(one.redundantHigh, Math.min(one.ok - one.ahead, one.ok - Math.max(n, one.timely)));
}
