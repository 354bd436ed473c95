/** The rows of `keys[]`. */
import { highOf, type KeyVerdict } from './assess-key.js';
import { keyId } from './identity.js';
import { sumOf } from './numbers.js';
import type { KeyResult } from './result.js';

/** More rows than anybody reads: what is beyond is one last row, so that the rows still add up. */
const MAX_KEYS = 1000;

export function keyResults(verdicts: readonly KeyVerdict[], holder: 'node' | 'shared'): KeyResult[] {
  const shown = rows(verdicts.slice(0, MAX_KEYS), holder);
  if (verdicts.length > MAX_KEYS) shown.push(restRow(rows(verdicts.slice(MAX_KEYS), holder)));
  return shown;
}

function restRow(rest: readonly KeyResult[]): KeyResult {
  const add = (pick: (row: KeyResult) => number): number => sumOf(rest, pick);
  const count = (name: keyof KeyResult['fetches']): number => add(({ fetches }) => fetches[name]);
  return {
    id: 'k-others',
    endpoint: `(${rest.length} other keys)`,
    provider: null,
    client: '(others)',
    scope: null,
    audience: null,
    basis: { endpoint: true, host: false, client: 'address', scope: false, audience: false, holder: 'none' },
    grant: 'unknown',
    lifetimeSeconds: null,
    lifetimeFrom: 'unknown',
    lifetimeAtLeastSeconds: null,
    holders: add(({ holders }) => holders),
    demand: null,
    fetches: {
      all: count('all'),
      ok: count('ok'),
      failed: count('failed'),
      excluded: count('excluded'),
      necessary: count('necessary'),
      ahead: count('ahead'),
      redundant: count('redundant'),
      unknown: count('unknown'),
    },
    shared: {
      necessary: add(({ shared }) => shared.necessary),
      ahead: add(({ shared }) => shared.ahead),
      redundant: add(({ shared }) => shared.redundant),
    },
    bounds: {
      byDemand: null,
      byFetches: { low: add(({ bounds }) => bounds.byFetches.low), high: add(({ bounds }) => bounds.byFetches.high) },
      redundant: { low: add(({ bounds }) => bounds.redundant.low), high: add(({ bounds }) => bounds.redundant.high) },
    },
    fetchMs: null,
  };
}

function rows(verdicts: readonly KeyVerdict[], holder: 'node' | 'shared'): KeyResult[] {
  const used = new Map<string, number>();
  return verdicts.map((verdict): KeyResult => {
    const { key, lifetime, lifetimeSeconds, servedMs, holders, node, shared, demand } = verdict;
    const counted = holder === 'shared' ? shared : node;
    const judged = key.grant === 'service' && !key.overflow;
    const id = keyId(`${key.grant} ${key.key.text}`);
    const times = used.get(id) ?? 0;
    used.set(id, times + 1);
    return {
      id: times === 0 ? id : `${id}-${times}`,
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
  });
}
