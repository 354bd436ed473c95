/** One row for each token key: the table that a spreadsheet or a notebook starts from. */
import type { Analysis, KeyResult } from '../analysis/result.js';
import { csvCell } from './csv-cell.js';

type Cell = string | number | null;

/** Columns only ever get added at the end within a major version. */
const columns: Readonly<Record<string, (key: KeyResult, analysis: Analysis) => Cell>> = {
  key: ({ id }) => id,
  endpoint: ({ endpoint }) => endpoint,
  provider: ({ provider }) => provider,
  client: ({ client }) => client,
  client_from: ({ basis }) => basis.client,
  scope: ({ scope }) => scope,
  audience: ({ audience }) => audience,
  grant: ({ grant }) => grant,
  lifetime_seconds: ({ lifetimeSeconds }) => lifetimeSeconds?.median ?? null,
  lifetime_from: ({ lifetimeFrom }) => lifetimeFrom,
  holders: ({ holders }) => holders,
  demand: ({ demand }) => demand,
  fetches: ({ fetches }) => fetches.all,
  ok: ({ fetches }) => fetches.ok,
  failed: ({ fetches }) => fetches.failed,
  excluded: ({ fetches }) => fetches.excluded,
  necessary: ({ fetches }) => fetches.necessary,
  ahead: ({ fetches }) => fetches.ahead,
  redundant: ({ fetches }) => fetches.redundant,
  unknown: ({ fetches }) => fetches.unknown,
  shared_redundant: ({ shared }) => shared.redundant,
  fetch_p50_ms: ({ fetchMs }) => fetchMs?.p50 ?? null,
  fetch_p95_ms: ({ fetchMs }) => fetchMs?.p95 ?? null,
  fetch_p99_ms: ({ fetchMs }) => fetchMs?.p99 ?? null,
  causes: ({ id }, { findings }) => findings.flatMap(({ key, code }) => (key === id ? [code] : [])).join(' '),
  owner: ({ id }, { findings }) => findings.find(({ key, owner }) => key === id && owner !== null)?.owner ?? null,
  cost_currency: (_, { cost }) => cost?.currency ?? null,
  cost_window: ({ id }, analysis) => costOfKey(id, analysis, 'window'),
  cost_month: ({ id }, analysis) => costOfKey(id, analysis, 'perMonth'),
};

/** Of the causes that were found for a key; null where its fetches have no price, or no cause. */
function costOfKey(id: string, { cost, findings }: Analysis, of: 'window' | 'perMonth'): number | null {
  if (cost === null) return null;
  const own = new Set(findings.flatMap((finding) => (finding.key === id && finding.share !== null ? [finding.id] : [])));
  const rows = cost.showback.finding.filter(({ name }) => name !== null && own.has(name));
  if (rows.length === 0 || rows.some((row) => row[of] === null)) return null;
  // In whole millionths, so that the column adds up like the showback.
  return rows.reduce((sum, row) => sum + Math.round((row[of] ?? 0) * 1e6), 0) / 1e6;
}

export const csv = (analysis: Analysis): string =>
  [
    Object.keys(columns).join(','),
    ...analysis.keys.map((key) =>
      Object.values(columns)
        .map((column) => csvCell(column(key, analysis)))
        .join(','),
    ),
    '',
  ].join('\n');
