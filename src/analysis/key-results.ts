/** The rows of `keys[]`. */
import type { KeyVerdict } from './assess-key.js';
import { highOf } from './counted.js';
import { keyId } from './identity.js';
import type { KeyResult } from './result.js';

/** More rows than anybody reads: what is beyond is one last row, so that the rows still add up. */
export const MAX_KEYS = 1000;

/** Adds up the keys that get no row of their own. */
export class RestOfKeys {
  keys = 0;
  private holders = 0;
  private readonly fetches = { all: 0, ok: 0, failed: 0, excluded: 0, necessary: 0, ahead: 0, redundant: 0, unknown: 0 };
  private readonly shared = { necessary: 0, ahead: 0, redundant: 0 };
  private readonly byFetches = { low: 0, high: 0 };
  private readonly redundant = { low: 0, high: 0 };

  add(row: KeyResult): void {
    this.keys += 1;
    this.holders += row.holders;
    for (const name of Object.keys(this.fetches) as (keyof KeyResult['fetches'])[]) this.fetches[name] += row.fetches[name];
    this.shared.necessary += row.shared.necessary;
    this.shared.ahead += row.shared.ahead;
    this.shared.redundant += row.shared.redundant;
    this.byFetches.low += row.bounds.byFetches.low;
    this.byFetches.high += row.bounds.byFetches.high;
    this.redundant.low += row.bounds.redundant.low;
    this.redundant.high += row.bounds.redundant.high;
  }

  row(): KeyResult {
    return {
      id: 'k-others',
      endpoint: `(${this.keys} other keys)`,
      provider: null,
      client: '(others)',
      scope: null,
      audience: null,
      basis: { endpoint: true, host: false, client: 'address', scope: false, audience: false, holder: 'none' },
      grant: 'unknown',
      lifetimeSeconds: null,
      lifetimeFrom: 'unknown',
      lifetimeAtLeastSeconds: null,
      holders: this.holders,
      demand: null,
      fetches: { ...this.fetches },
      shared: { ...this.shared },
      bounds: { byDemand: null, byFetches: { ...this.byFetches }, redundant: { ...this.redundant } },
      fetchMs: null,
    };
  }
}

/** The row of one key. Keys whose names differ only in what was redacted get one id: the caller tells them apart. */
export function resultOf(verdict: KeyVerdict, holder: 'node' | 'shared'): KeyResult {
  const { key, lifetime, lifetimeSeconds, servedMs, holders, node, shared, demand } = verdict;
  const counted = holder === 'shared' ? shared : node;
  const judged = key.grant === 'service' && !key.overflow;
  return {
    id: keyId(`${key.grant} ${key.key.text}`),
    endpoint: `${key.key.host ?? ''}${key.key.path}`,
    provider: key.caller.provider ?? null,
    client: key.key.client,
    scope: key.key.scope ?? null,
    audience: key.key.audience ?? null,
    basis: {
      endpoint: true,
      host: key.key.host !== undefined,
      client: key.key.clientFrom,
      scope: key.key.scope !== undefined,
      audience: key.key.audience !== undefined,
      holder: key.holderFrom,
    },
    grant: key.grant,
    lifetimeSeconds,
    lifetimeFrom: lifetime.from,
    lifetimeAtLeastSeconds: servedMs === undefined || servedMs === 0 ? null : servedMs / 1000,
    holders,
    demand,
    fetches: {
      all: key.all,
      ok: key.ok,
      failed: key.failed,
      excluded: key.excluded,
      ...(judged
        ? { necessary: counted.necessary, ahead: counted.ahead, redundant: counted.redundant, unknown: counted.unknown }
        : { necessary: 0, ahead: 0, redundant: 0, unknown: key.ok }),
    },
    shared: judged
      ? { necessary: shared.necessary, ahead: shared.ahead, redundant: shared.redundant }
      : { necessary: 0, ahead: 0, redundant: 0 },
    bounds: {
      byDemand: counted.byDemand ?? null,
      byFetches: counted.byFetches,
      redundant: judged
        ? {
            low: Math.min(verdict.redundantLow, counted.redundantEdge.low),
            high: Math.max(highOf(counted), counted.redundantEdge.high),
          }
        : { low: 0, high: key.ok },
    },
    fetchMs: key.fetchMs,
  };
}
