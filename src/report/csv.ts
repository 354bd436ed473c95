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
};

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
