/** The lower half of the web page: other policies, the working of the cost, and how everything was computed. */
import type { Analysis, KeyResult, RouteResult } from '../analysis/result.js';
import { blocks } from './blocks.js';
import { type Figure, figures } from './figure-list.js';
import { frontierChart, onScale } from './html-charts.js';
import { anchor, type Cell, h, type Markup, none, type Part, table, when } from './html-markup.js';
import { budgetFigure } from './html-verdict.js';
import { accounting, notes, within } from './notes.js';
import { page } from './page.js';
import { plain } from './paint.js';
import { basis, columns, markOf, type Row, risk } from './simulation.js';
import { count, duration, percent, plural, seconds } from './words.js';

/** Lines of the text report without its line breaks. */
const on = page({ width: 1_000_000, paint: plain, unicode: true });

const MOST_ROWS = 100;

const list = (lines: readonly string[]): Markup => h`<ul>${lines.map((line) => h`<li>${line.trim()}</li>`)}</ul>`;

export const policies = (analysis: Analysis): Part => {
  const { simulation } = analysis;
  if (simulation === null || simulation.length === 0) return none;
  const rows = simulation.map((one, index): Row => ({ ...one, mark: markOf(one.policy, index).trim() }));
  const shownColumns = columns(analysis).filter(
    ({ text, title }) => title === 'fetches' || rows.some((row) => !/^[0-]$/.test(text(row))),
  );
  const most = Math.max(0, ...rows.map(({ fetches }) => fetches.high ?? fetches.low));
  const reach = ({ fetches: { low, high } }: Row): Markup =>
    h`<div class="reach" aria-hidden="true">${when(high !== low, () => h`<i class="maybe" style="width:${onScale(high ?? most, most)}%"></i>`)}<i style="width:${onScale(low, most)}%"></i></div>`;
  const body = rows.map((row) => ({
    attributes: row.mark === '' ? h` class="ends"` : none,
    cells: [
      { shows: row.mark === '' ? row.title : `${row.mark}. ${row.title}` },
      ...shownColumns.map(({ text }): Cell => ({ shows: text(row) })),
      { shows: reach(row) },
    ],
  }));
  return h`${table('Policies', [{ title: 'policy' }, ...shownColumns.map(({ title }) => ({ title, figure: true })), { title: 'fetches, in powers of ten' }], body)}${frontierChart(rows)}<div class="block">${list([...risk(on, rows), ...basis(on, analysis, rows)])}</div>`;
};

export const budgets = ({ budgets: all, cost }: Analysis): Part =>
  all.length === 0
    ? none
    : table(
        'Budgets',
        [
          { title: 'budget' },
          { title: 'found', figure: true },
          { title: 'limit', figure: true },
          { title: 'result' },
          { title: 'why' },
        ],
        all.map((each) => ({
          cells: [
            { shows: each.id },
            { shows: budgetFigure(each, each.found, cost?.currency ?? ''), by: each.found },
            { shows: `${each.comparison} ${budgetFigure(each, each.limit, cost?.currency ?? '')}`, by: each.limit },
            {
              shows:
                each.result === 'skip'
                  ? 'not decided'
                  : each.result === 'fail' && each.level === 'warn'
                    ? 'over, warns only'
                    : each.result,
            },
            { shows: each.why ?? '' },
          ],
        })),
      );

const life = ({ lifetimeSeconds: lives, lifetimeFrom }: KeyResult): string =>
  lives === null
    ? 'not known'
    : `${lives.min === lives.max ? seconds(lives.median) : `${seconds(lives.min)} to ${seconds(lives.max)}`} (${lifetimeFrom})`;

const more = (all: number): Part =>
  when(all > MOST_ROWS, () => h`<p class="lead">And ${count(all - MOST_ROWS)} more, in the JSON of this result.</p>`);

const number = (value: number | null): Cell => ({ shows: value === null ? 'not known' : count(value), by: value ?? -1 });

export const keys = ({ keys: all }: Analysis): Part => {
  if (all.length === 0) return none;
  const sorted = [...all].sort(
    (a, b) => b.fetches.redundant - a.fetches.redundant || b.fetches.ok - a.fetches.ok || (a.id < b.id ? -1 : 1),
  );
  const columnsOf = ['ok', 'necessary', 'ahead', 'redundant', 'undecided', 'failed'].map((title) => ({ title, figure: true }));
  return h`<div class="block"><h3>Who fetches</h3>${table(
    'Token keys',
    [
      { title: 'client' },
      { title: 'endpoint' },
      { title: 'scope' },
      { title: 'life' },
      { title: 'holders', figure: true },
      { title: 'calls', figure: true },
      ...columnsOf,
    ],
    sorted.slice(0, MOST_ROWS).map((key) => ({
      attributes: h` data-find="${`${key.client} ${key.endpoint}`}"`,
      cells: [
        { shows: key.client },
        { shows: key.endpoint },
        { shows: key.scope ?? key.audience ?? 'not seen' },
        { shows: life(key), by: key.lifetimeSeconds?.median ?? -1 },
        number(key.holders),
        number(key.demand),
        ...[
          key.fetches.ok,
          key.fetches.necessary,
          key.fetches.ahead,
          key.fetches.redundant,
          key.fetches.unknown,
          key.fetches.failed,
        ].map(number),
      ],
    })),
  )}${more(all.length)}</div>`;
};

export const routes = ({ routes: all }: Analysis): Part => {
  const paying = all.filter(({ demand, fetches, taxMs }: RouteResult) => demand > 0 || fetches > 0 || taxMs !== null);
  if (paying.length === 0) return none;
  const sorted = [...paying].sort((a, b) => b.fetches - a.fetches || b.demand - a.demand || (a.route < b.route ? -1 : 1));
  // Without a join nothing is known of single routes but how often they were asked.
  const isKnown = paying.some(({ fetches, taxMs }) => fetches > 0 || taxMs !== null);
  const body = h`${table(
    'Routes',
    [
      { title: 'route' },
      { title: 'requests', figure: true },
      { title: 'needed a token', figure: true },
      ...(isKnown
        ? [
            { title: 'fetches', figure: true },
            { title: 'fetch took, p50 / p95 / p99', figure: true },
          ]
        : []),
    ],
    sorted.slice(0, MOST_ROWS).map(({ route, requests, demand, fetches, taxMs }) => ({
      cells: [
        { shows: route },
        number(requests),
        number(demand),
        ...(isKnown
          ? [
              number(fetches),
              {
                shows: taxMs === null ? 'not known' : `${duration(taxMs.p50)} / ${duration(taxMs.p95)} / ${duration(taxMs.p99)}`,
                by: taxMs?.p95 ?? -1,
              },
            ]
          : []),
      ],
    })),
  )}${more(paying.length)}`;
  return isKnown
    ? h`<div class="block"><h3>Which routes pay</h3>${body}</div>`
    : h`<details><summary>${plural(paying.length, 'route')}; which of them waited for a token cannot be told from these logs</summary>${body}</details>`;
};

/** The blocks of the text report: a title behind an empty line, then its lines. */
const besides = (analysis: Analysis): Part =>
  blocks(on, analysis)
    .join('\n')
    .split('\n\n')
    .map((block) => block.trim().split('\n'))
    .filter(([title = '']) => title !== '')
    .map(([title = '', ...lines]) => h`<div class="block"><h3>${title}</h3>${list(lines)}</div>`);

const files = ({ input }: Analysis): Part =>
  h`<div class="block"><h3>${plural(input.files.length, 'input file')}</h3><p>${accounting(input.lines)}.${within(input.lines) === '' ? '' : ` Of the parsed: ${within(input.lines)}.`}</p>${table(
    'Input files',
    [
      { title: 'file' },
      { title: 'role' },
      { title: 'format' },
      { title: 'fits', figure: true },
      ...['read', 'parsed', 'rejected', 'filtered', 'blank'].map((title) => ({ title, figure: true })),
      { title: 'times to' },
    ],
    input.files.slice(0, MOST_ROWS).map((file) => ({
      cells: [
        { shows: file.error === null ? file.name : h`${file.name}<br><b>not read to its end: ${file.error}</b>` },
        { shows: `${file.role}${file.roleDetected ? '' : ' (as told)'}` },
        { shows: `${file.format ?? 'none'}${file.detected ? '' : ' (as told)'}` },
        { shows: file.matchRate === null ? '' : percent(file.matchRate), by: file.matchRate },
        ...[file.lines.read, file.lines.parsed, file.lines.rejected, file.lines.filtered, file.lines.blank].map(number),
        { shows: file.resolutionMs === null ? '' : duration(file.resolutionMs), by: file.resolutionMs },
      ],
    })),
  )}${more(input.files.length)}</div>`;

const assumptions = ({ assumptions: all }: Analysis): Part =>
  when(
    all.length > 0,
    () =>
      h`<div class="block"><h3>Assumed</h3>${table(
        'Assumptions',
        [{ title: 'what' }, { title: 'value' }, { title: 'from' }, { title: 'decides' }],
        all.map(({ id, value, from, affects }) => ({
          cells: [{ shows: id }, { shows: value }, { shows: from }, { shows: affects.join(', ') }],
        })),
      )}</div>`,
  );

const MOST_WARNINGS = 50;

const warnings = ({ warnings: all }: Analysis): Part =>
  when(
    all.length > 0,
    () =>
      h`<div class="block"><h3>${plural(all.length, 'warning')}</h3><ul>${all.slice(0, MOST_WARNINGS).map(({ message }) => h`<li>${message}</li>`)}</ul></div>`,
  );

/** The figures at the top and what makes them up. */
const explained = [
  'totals.redundantShare.value',
  'totals.fetches.ok',
  'totals.fetches.necessary',
  'totals.fetches.ahead',
  'totals.fetches.redundant',
  'totals.fetches.unknown',
  'totals.demand',
  'totals.hitRatio.observed',
  'totals.hitRatio.achievable',
  'totals.shared.redundant',
  'totals.latency.redundantWaitMs',
  'timeline[].requests',
  'timeline[].fetches',
  'timeline[].necessary',
  'cost.window.base',
  'cost.perMonth.base',
] as const;

const formula = (path: string): Part => {
  const figure: Figure | undefined = figures.get(path);
  if (figure === undefined) return none;
  const { formula: says, standing, notIncluded } = figure;
  return h`<dt id="explain-${anchor(path)}"><code>${path}</code></dt><dd>${says}${standing.startsWith('of') || standing === 'own' ? '' : ` (${standing})`}${notIncluded === undefined ? '' : `; not included: ${notIncluded}`}</dd>`;
};

export const method = (analysis: Analysis): Markup =>
  h`<div class="block"><h3>Notes on the verdict</h3>${list(
    notes(on, analysis, true)
      .slice(0, -1)
      .flatMap(({ lines }) => lines),
  )}</div>${besides(analysis)}${files(analysis)}${assumptions(analysis)}${warnings(analysis)}<div class="block"><h3>What the figures mean</h3><dl class="formulas">${explained.map(formula)}</dl><p><code>token-tax explain FIGURE --result RESULT.json</code> says it for any figure of the JSON, with its inputs.</p></div>`;
