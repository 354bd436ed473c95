/** Who fetches redundantly: the keys by rank, up to 95 % of it or 20 rows, the rest in one row. */
import Table from 'cli-table3';
import type { Analysis, KeyResult } from '../analysis/result.js';
import { cells, pad, shorten, shown } from './cells.js';
import type { Page } from './page.js';
import { count, percent, plural, seconds } from './words.js';

interface Row {
  readonly rank: string;
  readonly client: string;
  readonly endpoint: string;
  readonly lifetime: string;
  readonly ok: number;
  readonly redundant: number;
}

const ENOUGH = 0.95;
const MOST_ROWS = 20;
/** Below this a table is harder to read than a block for each key. */
const NARROWEST_TABLE = 60;

const sources = { option: 'flag', expires_in: 'log', provider: 'vendor', unknown: '' } as const;

const lifetime = ({ lifetimeSeconds, lifetimeFrom, lifetimeAtLeastSeconds }: KeyResult): string => {
  if (lifetimeSeconds === null)
    return lifetimeAtLeastSeconds === null ? 'not known' : `>=${seconds(lifetimeAtLeastSeconds)} seen`;
  const varies = lifetimeSeconds.min !== lifetimeSeconds.max ? '~' : '';
  return `${varies}${seconds(lifetimeSeconds.median)} ${sources[lifetimeFrom]}`.trim();
};

/** Known by its address alone: may be several. */
export const weak = ({ basis }: KeyResult): boolean => basis.client === 'address';

/** The endpoint of all keys, if there is only one: then it needs no column. */
export const oneEndpoint = (keys: readonly KeyResult[]): string | undefined => {
  const [first] = keys;
  return first !== undefined && keys.every(({ endpoint }) => endpoint === first.endpoint) ? first.endpoint : undefined;
};

/** Keys of one client at one endpoint differ in scope or audience; then that is a part of the name. */
const names = (keys: readonly KeyResult[]): Map<KeyResult, string> => {
  const seen = new Map<string, number>();
  const place = ({ client, endpoint }: KeyResult): string => `${client}\0${endpoint}`;
  for (const key of keys) seen.set(place(key), (seen.get(place(key)) ?? 0) + 1);
  return new Map(
    keys.map((key) => {
      const what = key.scope ?? key.audience ?? 'no scope';
      return [key, `${weak(key) ? '~' : ''}${shown(key.client)}${seen.get(place(key))! > 1 ? ` (${shown(what)})` : ''}`];
    }),
  );
};

/** The keys that matter, most redundant first, and how many rows make up 95 %. None where the run decides nothing. */
export const ranked = ({ keys, totals, inconclusive }: Analysis): { keys: readonly KeyResult[]; enough: number } => {
  const sorted = keys
    .filter(({ fetches }) => fetches.redundant > 0 && inconclusive === null)
    .sort((a, b) => b.fetches.redundant - a.fetches.redundant || b.fetches.ok - a.fetches.ok || (a.id < b.id ? -1 : 1));
  let enough = 0;
  let explained = 0;
  while (enough < sorted.length && enough < MOST_ROWS && explained < ENOUGH * totals.fetches.redundant) {
    explained += sorted[enough]!.fetches.redundant;
    enough += 1;
  }
  // A row `others` for a single key would say less in the same space.
  if (keys.length - enough === 1 && sorted.length > enough && enough < MOST_ROWS) enough += 1;
  return { keys: sorted, enough };
};

const rowsOf = (analysis: Analysis, limit: number): Row[] => {
  const { keys, totals } = analysis;
  const shownKeys = ranked(analysis).keys.slice(0, limit);
  const label = names(shownKeys);
  const same = oneEndpoint(keys) !== undefined;
  const rows: Row[] = shownKeys.map((key, index) => ({
    rank: String(index + 1),
    client: label.get(key)!,
    endpoint: same ? '' : shown(key.endpoint),
    lifetime: lifetime(key),
    ok: key.fetches.ok,
    redundant: key.fetches.redundant,
  }));
  const ok = totals.fetches.ok - rows.reduce((sum, row) => sum + row.ok, 0);
  const redundant = totals.fetches.redundant - rows.reduce((sum, row) => sum + row.redundant, 0);
  const others = keys.length - rows.length;
  const client = others > 0 ? plural(others, 'other key') : 'others';
  return others > 0 || ok > 0 ? [...rows, { rank: '', client, endpoint: '', lifetime: '', ok, redundant }] : rows;
};

interface Column {
  readonly title: string;
  readonly right: boolean;
  readonly text: (row: Row) => string;
}

const columns = (total: number) =>
  ({
    rank: { title: '#', right: true, text: (row) => row.rank },
    client: { title: 'client', right: false, text: (row) => row.client },
    endpoint: { title: 'endpoint', right: false, text: (row) => row.endpoint },
    lifetime: { title: 'lifetime', right: false, text: (row) => row.lifetime },
    ok: { title: 'ok', right: true, text: (row) => count(row.ok) },
    redundant: { title: 'redundant', right: true, text: (row) => count(row.redundant) },
    share: { title: 'of all', right: true, text: (row) => (total === 0 ? '' : percent(row.redundant / total)) },
  }) satisfies Record<string, Column>;

type ColumnId = keyof ReturnType<typeof columns>;

/** Names give way down to here before a column is dropped. */
const least: Partial<Record<ColumnId, number>> = { client: 14, endpoint: 14 };
const dropped: readonly ColumnId[] = ['share', 'lifetime', 'endpoint'];
/** Who gets the cells that are left, in turns. */
const growth: readonly (readonly [ColumnId, number])[] = [
  ['client', 24],
  ['endpoint', 60],
  ['client', 200],
  ['endpoint', 200],
];
const GAP = 2;

/** Which columns there is room for, and how wide each is. */
const layout = (table: Record<ColumnId, Column>, rows: readonly Row[], width: number): Map<ColumnId, number> => {
  const natural = new Map<ColumnId, number>();
  for (const [id, { title, text }] of Object.entries(table) as [ColumnId, Column][]) {
    natural.set(id, Math.max(cells(title), ...rows.map((row) => cells(text(row)))));
  }
  if (rows.every(({ endpoint }) => endpoint === '')) natural.delete('endpoint');
  const smallest = (id: ColumnId): number => Math.min(natural.get(id)!, least[id] ?? Number.POSITIVE_INFINITY);
  const needs = (): number => [...natural.keys()].reduce((sum, id) => sum + smallest(id) + GAP, 0);
  for (const id of dropped) if (needs() > width) natural.delete(id);
  let spare = width - needs();
  const widths = new Map([...natural.keys()].map((id) => [id, smallest(id)]));
  for (const [id, most] of growth) {
    const wish = Math.min(natural.get(id) ?? 0, most);
    const more = Math.min(Math.max(0, wish - (widths.get(id) ?? wish)), Math.max(0, spare));
    if (more === 0) continue;
    widths.set(id, widths.get(id)! + more);
    spare -= more;
  }
  if (spare < 0) widths.set('client', Math.max(1, widths.get('client')! + spare));
  return widths;
};

const sides = ['top', 'bottom', 'left', 'right', 'mid', 'top-mid', 'top-left', 'top-right', 'bottom-mid', 'bottom-left'];
const corners = ['bottom-right', 'left-mid', 'mid-mid', 'right-mid'];
/** Columns without a frame. */
const frame = { ...Object.fromEntries([...sides, ...corners].map((part) => [part, ''])), middle: ' '.repeat(GAP) };

const asTable = ({ width, paint, ellipsis }: Page, rows: readonly Row[], total: number): string[] => {
  const table = columns(total);
  const widths = [...layout(table, rows, width)];
  const cell = (text: string, columnWidth: number, right: boolean) => ({
    content: shorten(text, columnWidth, ellipsis),
    hAlign: right ? ('right' as const) : ('left' as const),
  });
  const grid = new Table({ chars: frame, style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 } });
  grid.push(widths.map(([id, wide]) => cell(table[id].title, wide, table[id].right)));
  for (const row of rows) grid.push(widths.map(([id, wide]) => cell(table[id].text(row), wide, table[id].right)));
  const [head = '', ...body] = grid
    .toString()
    .split('\n')
    .map((line) => `${' '.repeat(GAP)}${line}`.trimEnd());
  return [paint.faint(head), ...body];
};

const asBlocks = ({ width, paint, ellipsis }: Page, rows: readonly Row[], total: number): string[] =>
  rows.flatMap((row) => {
    const { client, endpoint, lifetime: life, ok, redundant, share } = columns(total);
    const named = ({ title, text }: Column): string =>
      `     ${paint.faint(pad(title, 9))}  ${title === 'endpoint' ? shorten(text(row), width - 16, ellipsis) : text(row)}`;
    const details = [endpoint, life, ok, redundant, share].filter(({ text }) => text(row) !== '').map(named);
    const start = `  ${row.rank.padStart(1)}  `;
    return [start + shorten(client.text(row), width - start.length, ellipsis), ...details];
  });

/** Nothing when no key has a redundant fetch. `limit`: rows before `others`. */
export const keyTable = (on: Page, analysis: Analysis, limit: number): string[] => {
  if (ranked(analysis).keys.length === 0 || limit <= 0) return [];
  const rows = rowsOf(analysis, limit);
  return (on.width < NARROWEST_TABLE ? asBlocks : asTable)(on, rows, analysis.totals.fetches.redundant);
};
