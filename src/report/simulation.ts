/** The same traffic under other caching policies: a table from worst to best between what was logged and the bound, and the frontier. */
import type { Analysis, PolicyResult } from '../analysis/result.js';
import { cells, pad, shorten, shown, wrap } from './cells.js';
import { type Page, page, sentence } from './page.js';
import { plain } from './paint.js';
import type { TextOptions } from './text.js';
import { count, duration, money, percent, plural, seconds } from './words.js';

export type Row = PolicyResult & { readonly mark: string };

export interface Column {
  readonly title: string;
  readonly text: (row: Row) => string;
}

const UNKNOWN = '-';

const range = (low: string, high: string | null): string =>
  high === null ? `>=${low}` : low === high ? low : `${low} to ${high}`;

const known = (value: number | null, words: (value: number) => string): string => (value === null ? UNKNOWN : words(value));

const saved = ({ policy, saved: { low, high } }: Row): string => {
  if (policy === 'as-logged') return UNKNOWN;
  return low === null ? `<=${count(high)}` : range(count(low), count(high));
};

/** In the order of what is left out first on a narrow page. */
export const columns = ({ cost }: Analysis): (Column & { readonly rank: number })[] => {
  const price = cost?.currency;
  return [
    {
      rank: 0,
      title: 'fetches',
      text: ({ fetches }) => range(count(fetches.low), fetches.high === null ? null : count(fetches.high)),
    },
    { rank: 2, title: 'hit ratio', text: ({ hitRatio }) => known(hitRatio, percent) },
    { rank: 3, title: 'wait p95', text: ({ waitP95Ms }) => known(waitP95Ms, duration) },
    { rank: 6, title: 'waited', text: ({ waitTotalMs }) => known(waitTotalMs, duration) },
    { rank: 4, title: 'peak/s', text: ({ peakFetchesPerSecond }) => known(peakFetchesPerSecond, count) },
    {
      rank: 1,
      title: 'headroom',
      text: ({ rateHeadroom }) => known(rateHeadroom, (share) => (share < 0 ? `over by ${percent(-share)}` : percent(share))),
    },
    { rank: 1, title: 'no token', text: ({ requestsWithoutToken }) => known(requestsWithoutToken, count) },
    { rank: 1, title: 'saves', text: saved },
    {
      rank: 2,
      title: 'worth',
      text: ({ policy, savedCost }) =>
        savedCost === null || policy === 'as-logged' || price === undefined
          ? UNKNOWN
          : savedCost.low === null
            ? `<=${money(price, savedCost.high)}`
            : range(money(price, savedCost.low), money(price, savedCost.high)),
    },
  ];
};

const GAP = 2;
const LEAST_NAME = 24;

const table = ({ width, paint, ellipsis }: Page, analysis: Analysis, rows: readonly Row[]): string[] => {
  let shownColumns = columns(analysis)
    .map((column) => ({ ...column, cells: rows.map(column.text) }))
    .filter(
      ({ title, cells: texts }) =>
        title === 'fetches' ||
        (title === 'no token' ? texts.some((text) => !/^[0-]$/.test(text)) : texts.some((text) => text !== UNKNOWN)),
    )
    .map((column) => ({ ...column, width: Math.max(cells(column.title), ...column.cells.map(cells)) }));
  const names = rows.map(({ mark, title }) => `${mark} ${shown(title)}`);
  const natural = Math.max(...names.map(cells));
  const taken = (): number => 2 + shownColumns.reduce((sum, column) => sum + column.width + GAP, 0);
  const least = Math.min(natural, LEAST_NAME);
  while (shownColumns.length > 1 && taken() + least > width) {
    const last = shownColumns.reduce((most, { rank }) => Math.max(most, rank), 0);
    shownColumns = shownColumns.filter(({ rank }) => rank !== last || rank === 0);
  }
  const nameWidth = Math.max(8, Math.min(natural, width - taken()));
  const line = (name: string, texts: readonly string[]): string =>
    `  ${pad(name, nameWidth)}${texts.map((text, index) => ' '.repeat(GAP + Math.max(0, shownColumns[index]!.width - cells(text))) + text).join('')}`;
  const titles = line(
    '  policy',
    shownColumns.map(({ title }) => title),
  );
  const lines = rows.flatMap(({ mark, title }, index) => {
    const [first = '', ...rest] = wrap(shown(title), nameWidth - 2).map((part) => shorten(part, nameWidth - 2, ellipsis));
    const figures = shownColumns.map(({ cells: texts }) => texts[index]!);
    return [line(`${mark} ${first}`, figures), ...rest.map((part) => `      ${part}`)];
  });
  return [paint.faint(titles), ...lines];
};

const PLOT_ROWS = 7;
const PLOT_MOST = 60;
const LABEL = 9;

/** Fetches (up, in powers) against how long a revoked token goes on being used (right). Marks are those of the table. */
const frontier = ({ width, paint }: Page, rows: readonly Row[]): string[] => {
  const points = rows.filter(
    ({ policy, fetches, revocationDelaySeconds }) =>
      policy !== 'bound' && fetches.high !== null && fetches.high > 0 && revocationDelaySeconds !== null,
  );
  const wide = Math.min(PLOT_MOST, width - LABEL - 6);
  if (points.length < 3 || wide < 20) return [];
  const up = (row: Row): number => Math.log10(row.fetches.high ?? 1);
  const right = (row: Row): number => Math.sqrt(row.revocationDelaySeconds ?? 0);
  const [top, bottom] = [Math.max(...points.map(up)), Math.min(...points.map(up))];
  const far = Math.max(...points.map(right));
  if (top === bottom || far === 0) return [];
  const grid = Array.from({ length: PLOT_ROWS }, () => Array.from({ length: wide }, () => ' '));
  for (const point of points) {
    const line = grid[Math.round(((top - up(point)) / (top - bottom)) * (PLOT_ROWS - 1))]!;
    let column = Math.round((right(point) / far) * (wide - 1));
    // Marks that meet stand beside each other, as far as there is room.
    while (line[column] !== ' ' && column < wide - 1) column += 1;
    while (line[column] !== ' ' && column > 0) column -= 1;
    line[column] = point.mark;
  }
  const label = (index: number): string => {
    if (index === 0) return count(Math.max(...points.map(({ fetches }) => fetches.high ?? 0)));
    return index === PLOT_ROWS - 1 ? count(Math.min(...points.map(({ fetches }) => fetches.high ?? 0))) : '';
  };
  const end = seconds(Math.max(...points.map(({ revocationDelaySeconds }) => revocationDelaySeconds ?? 0)));
  return [
    '',
    paint.faint('  Frontier: fetches (up) against how long a revoked token is still used (right)'),
    ...grid.map((line, index) => `  ${label(index).padStart(LABEL)} |${line.join('')}`.trimEnd()),
    `  ${' '.repeat(LABEL)} +${'-'.repeat(wide)}`,
    `  ${' '.repeat(LABEL)}  0 s${end.padStart(wide - 3)}`,
  ];
};

const marks = '123456789abcdefghijklmnopqrstuvwxyz';

export const markOf = (policy: string, index: number): string =>
  policy === 'as-logged' || policy === 'bound' ? ' ' : (marks[index - 1] ?? '*');

export const risk = (on: Page, rows: readonly Row[]): string[] => {
  const longest = Math.max(0, ...rows.map(({ revocationDelaySeconds }) => revocationDelaySeconds ?? 0));
  const broken = rows.some(({ requestsWithoutToken }) => (requestsWithoutToken ?? 0) > 0);
  return [
    ...(longest === 0 ? [] : sentence(on, `Risk: a revoked token is used up to ${seconds(longest)} longer.`)),
    ...(broken
      ? sentence(
          on,
          'No token: requests with none that is valid, in an outage or because a cache keeps tokens beyond their life.',
        )
      : []),
  ];
};

export const basis = (on: Page, { totals, keys }: Analysis, rows: readonly Row[]): string[] => {
  const undecided = keys.filter(({ grant, fetches }) => grant === 'unknown' && fetches.ok > 0);
  const fetches = undecided.reduce((sum, key) => sum + key.fetches.ok, 0);
  const says: string[] = [];
  if (rows.some(({ hitRatio }) => hitRatio === null))
    says.push(
      `Requests ${totals.demand === null ? 'are not in these logs' : 'cannot all be given to a token'}, so that most figures lie between two bounds; ${UNKNOWN} is not known, >= at least. A log of the gateway would decide.`,
    );
  if (rows.some(({ standing }) => standing === 'assumed')) says.push('Some lives are assumed (-v); --lifetime says them.');
  if (fetches > 0) says.push(`Undecided fetches (${count(fetches)}) are kept as logged in every row except the bound.`);
  says.push('Not simulated: think time, retries caused by waiting, requests that a faster answer would have brought.');
  return says.flatMap((text) => sentence(on, text));
};

/** The whole page of `token-tax simulate`; ends with a line feed. */
export const simulationText = (analysis: Analysis, options: TextOptions): string => {
  const on = page({ width: options.width, unicode: options.unicode, paint: options.paint ?? plain });
  const { simulation } = analysis;
  if (simulation === null)
    return `${sentence(on, `Nothing to simulate: ${shown(analysis.inconclusive ?? 'no fetch has a token whose holder is known')}.`).join('\n')}\n`;
  const rows = simulation.map((one, index): Row => ({ ...one, mark: markOf(one.policy, index) }));
  const [logged] = rows;
  if (options.quiet) {
    const best = rows
      .filter(({ policy, fetches }) => policy !== 'as-logged' && policy !== 'bound' && fetches.high !== null)
      .at(-1);
    const what = best === undefined ? 'no policy can be bounded' : `${shown(best.title)}: ${saved(best)} fewer`;
    return `${plural(logged?.fetches.low ?? 0, 'fetch', 'fetches')} as logged; ${what}\n`;
  }
  const lines = [
    ...table(on, analysis, rows),
    ...(options.verbose || on.width >= 60 ? frontier(on, rows) : []),
    '',
    ...risk(on, rows),
    ...basis(on, analysis, rows),
    ...(options.verbose
      ? analysis.assumptions.flatMap(({ id, value, from }) => sentence(on, `${shown(id)}: ${shown(value)} (${shown(from)})`))
      : []),
  ];
  return `${lines.join('\n')}\n`;
};
