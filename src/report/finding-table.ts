/** Why the caching fails, dearest cause first: findings up to 95 % of the redundant fetches or 20 rows, the rest in one row. */
import type { Analysis, Finding } from '../analysis/result.js';
import { cells, pad, shorten, shown } from './cells.js';
import { costOfFinding } from './cost-words.js';
import { weak } from './key-table.js';
import type { Page } from './page.js';
import { count, duration, money, percent, plural } from './words.js';

const ENOUGH = 0.95;
const MOST_ROWS = 20;
/** Below this a table is harder to read than a block for each finding. */
const NARROWEST_TABLE = 60;
const GAP = 2;

/** In the order that `--finding N` counts: by cost, else by time waited, else by number; what is no token fetch comes last. */
export const rankedFindings = (analysis: Analysis): readonly Finding[] => {
  if (analysis.inconclusive !== null) return [];
  const counted = analysis.findings.filter(({ share }) => share !== null);
  const byTime = counted.every(({ waitMs }) => waitMs !== null);
  const weight = ({ redundant, waitMs }: Finding): number => (byTime ? (waitMs ?? 0) : redundant);
  const costs = new Map(analysis.findings.map((finding) => [finding, costOfFinding(analysis, finding) ?? 0]));
  return [...analysis.findings].sort(
    (a, b) =>
      Number(a.share === null) - Number(b.share === null) ||
      costs.get(b)! - costs.get(a)! ||
      weight(b) - weight(a) ||
      b.redundant - a.redundant ||
      (a.id < b.id ? -1 : 1),
  );
};

/** How many rows make up 95 %; what is no token fetch has a row too, while there is room. */
export const enoughFindings = (analysis: Analysis): number => {
  const findings = rankedFindings(analysis);
  let explained = 0;
  let rows = 0;
  for (const { share, redundant } of findings) {
    if (rows === MOST_ROWS) break;
    if (share !== null && explained >= ENOUGH * analysis.totals.fetches.redundant) continue;
    explained += share === null ? 0 : redundant;
    rows += 1;
  }
  // A last row for a single finding would say less in the same space.
  return findings.length - rows === 1 && rows < MOST_ROWS ? rows + 1 : rows;
};

/** Whom a finding is about: the client, with its scope where several keys of it have findings. */
export const clientOf = ({ keys, findings }: Analysis, { key: id }: Finding): string => {
  const key = keys.find((each) => each.id === id);
  if (key === undefined) return 'whole run';
  const same = keys.filter(({ client, id: other }) => client === key.client && findings.some((each) => each.key === other));
  const scope = same.length > 1 ? ` (${shown(key.scope ?? key.audience ?? 'no scope')})` : '';
  return `${weak(key) ? '~' : ''}${shown(key.client)}${scope}`;
};

interface Row {
  readonly rank: string;
  readonly client: string;
  readonly cause: string;
  readonly owner: string;
  readonly redundant: string;
  readonly share: string;
  readonly worth: string;
}

/** A log whose durations are all 0 says nothing of waiting. */
const waited = (waitMs: number | null): string => (waitMs === null || waitMs === 0 ? '' : duration(waitMs));

const worth = (analysis: Analysis, finding: Finding): string => {
  if (analysis.cost === null) return waited(finding.waitMs);
  const cost = costOfFinding(analysis, finding);
  return cost === null ? '' : money('', cost);
};

/** What the rows above leave of the total. */
const restOf = (analysis: Analysis, listed: readonly Finding[], waitMs: number | null): string => {
  const { cost } = analysis;
  if (cost === null) return waited(waitMs);
  const micros = (amount: number): number => Math.round(amount * 1e6);
  const above = listed.reduce((sum, finding) => sum + micros(costOfFinding(analysis, finding) ?? 0), 0);
  return money('', Math.max(0, micros(cost.window.base) - above) / 1e6);
};

const rowsOf = (analysis: Analysis, limit: number): Row[] => {
  const all = rankedFindings(analysis);
  const counted = all.filter(({ share }) => share !== null);
  // What is no token fetch is ranked last, and still keeps its row where all others had theirs.
  const listed = new Set([...counted.slice(0, limit), ...all.filter(({ share }) => share === null)].slice(0, limit));
  const total = analysis.totals.fetches.redundant;
  const rows = all.flatMap((finding, index): Row[] => {
    if (!listed.has(finding)) return [];
    const { code, title, owner, redundant, share, waitMs } = finding;
    const isFetch = share !== null;
    return [
      {
        rank: String(index + 1),
        client: clientOf(analysis, finding),
        cause: `${shown(code)} ${shown(title)}`,
        owner: owner === null ? '' : shown(owner),
        redundant: isFetch ? count(redundant) : '',
        share: isFetch ? percent(share) : '',
        worth: isFetch ? worth(analysis, finding) : waitMs === null ? '' : analysis.cost === null ? duration(waitMs) : '',
      },
    ];
  });
  const left = total - counted.filter((each) => listed.has(each)).reduce((sum, { redundant }) => sum + redundant, 0);
  const others = all.length - listed.size;
  if (left <= 0 && others === 0) return rows;
  const waits = counted.filter((each) => !listed.has(each)).map(({ waitMs }) => waitMs);
  const wait = waits.includes(null) || others === 0 ? null : waits.reduce<number>((sum, ms) => sum + (ms ?? 0), 0);
  return [
    ...rows,
    {
      rank: '',
      client: 'others',
      cause: others > 0 ? plural(others, 'more finding') : 'no cause found',
      owner: '',
      redundant: count(Math.max(0, left)),
      share: total === 0 ? '' : percent(Math.max(0, left) / total),
      worth: restOf(
        analysis,
        counted.filter((each) => listed.has(each)),
        wait,
      ),
    },
  ];
};

type ColumnId = keyof Row;

const right: readonly ColumnId[] = ['rank', 'redundant', 'share', 'worth'];
/** What is dropped where there is no room, in this order; then names give way. */
const dropped: readonly ColumnId[] = ['owner', 'share', 'worth'];
const least: Partial<Record<ColumnId, number>> = { client: 14, cause: 26, owner: 10 };

const titlesOf = ({ cost }: Analysis): Row => ({
  rank: '#',
  client: 'client',
  cause: 'cause',
  owner: 'owner',
  redundant: 'redundant',
  share: 'share',
  worth: cost === null ? 'waited' : shown(cost.currency) || 'cost',
});

const widthsFor = (titles: Row, rows: readonly Row[], width: number): Map<ColumnId, number> => {
  const ids = (Object.keys(titles) as ColumnId[]).filter((id) => rows.some((row) => row[id] !== ''));
  const widths = new Map(ids.map((id) => [id, Math.max(cells(titles[id]), ...rows.map((row) => cells(row[id])))]));
  const smallest = (id: ColumnId): number => Math.min(widths.get(id)!, least[id] ?? Number.POSITIVE_INFINITY);
  const needs = (of: (id: ColumnId) => number): number => [...widths.keys()].reduce((sum, id) => sum + of(id) + GAP, 0);
  for (const id of dropped) if (needs(smallest) > width) widths.delete(id);
  for (const id of ['owner', 'client', 'cause'] as const) {
    const over = needs((each) => widths.get(each)!) - width;
    if (over > 0 && widths.has(id)) widths.set(id, Math.max(smallest(id), widths.get(id)! - over));
  }
  const over = needs((each) => widths.get(each)!) - width;
  if (over > 0 && widths.has('cause')) widths.set('cause', Math.max(5, widths.get('cause')! - over));
  return widths;
};

const asTable = ({ width, paint, ellipsis }: Page, titles: Row, rows: readonly Row[]): string[] => {
  const widths = [...widthsFor(titles, rows, width)];
  const line = (row: Row): string =>
    widths
      .map(([id, wide]) => {
        const text = shorten(row[id], wide, ellipsis);
        return ' '.repeat(GAP) + (right.includes(id) ? ' '.repeat(wide - cells(text)) + text : pad(text, wide));
      })
      .join('')
      .trimEnd();
  return [paint.faint(line(titles)), ...rows.map(line)];
};

const asBlocks = ({ width, paint, ellipsis }: Page, titles: Row, rows: readonly Row[]): string[] =>
  rows.flatMap((row) => {
    const start = `  ${row.rank.padStart(1)}  `;
    const named = (['cause', 'owner', 'redundant', 'share', 'worth'] as const)
      .filter((id) => row[id] !== '')
      .map((id) => `     ${paint.faint(pad(titles[id], 9))}  ${shorten(row[id], width - 16, ellipsis)}`);
    return [start + shorten(row.client, width - start.length, ellipsis), ...named];
  });

/** Nothing without findings. `limit`: rows before the last one for the rest. */
export const findingTable = (on: Page, analysis: Analysis, limit: number): string[] => {
  if (rankedFindings(analysis).length === 0 || limit <= 0) return [];
  return (on.width < NARROWEST_TABLE ? asBlocks : asTable)(on, titlesOf(analysis), rowsOf(analysis, limit));
};
