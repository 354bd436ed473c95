/** The working of the cost on the web page: what was multiplied with what, who pays it, and what it leaves out. */
import type { Analysis, Cost, ShowbackRow } from '../analysis/result.js';
import { amount, cpuText, headroomText, monthBasis, unitPriceText } from './cost-words.js';
import { h, type Markup, none, type Part, table, when } from './html-markup.js';
import { count, duration, money, rate } from './words.js';

const MOST_ROWS = 50;

/** What redundant fetches take that is not money: real with or without a price. */
const loads = (analysis: Analysis): readonly string[] => {
  const { totals, load } = analysis;
  const { redundantWaitMs, connectionsHeld } = totals.latency;
  const waits = load?.waitSecondsPerMonth ?? null;
  const pairs = [headroomText(analysis), cpuText(analysis)].flatMap((one) => (one === undefined ? [] : `${one.says}: ${one.of}`));
  return [
    redundantWaitMs === null
      ? 'time waited: not known, since the logs have no durations'
      : `time waited for redundant tokens: ${duration(redundantWaitMs)}${waits === null ? '' : `, ${duration(waits.base * 1000)} a month (estimated)`}`,
    ...(connectionsHeld === null ? [] : [`connections held on average: ${rate(connectionsHeld)}`]),
    ...pairs,
  ];
};

const bills = ({ currency, items }: Cost): Markup =>
  h`${table(
    'Working of the cost',
    [
      { title: 'what is billed' },
      { title: 'price' },
      { title: 'in this window', figure: true },
      { title: 'a month', figure: true },
      { title: 'a month, all fetches', figure: true },
      { title: 'working' },
    ],
    items.map(({ label, unitPrice, tiers, window, perMonth, allPerMonth, working }) => ({
      cells: [
        { shows: label },
        { shows: `${unitPriceText(currency, unitPrice)}${tiers > 1 ? `, the first of ${tiers} tiers` : ''}` },
        { shows: amount(currency, window), by: window.base },
        { shows: perMonth === null ? 'not said' : amount(currency, perMonth), by: perMonth?.base ?? -1 },
        { shows: allPerMonth === null ? 'not said' : money(currency, allPerMonth), by: allPerMonth ?? -1 },
        { shows: working },
      ],
    })),
  )}`;

const titles = { owner: 'By owner', client: 'By client', route: 'By route', cause: 'By cause' } as const;

const shares = (currency: string, by: keyof typeof titles, rows: readonly ShowbackRow[]): Part =>
  when(rows.length > 1 || (rows.length === 1 && rows[0]!.name !== null), () => {
    const shownRows = rows.slice(0, MOST_ROWS);
    return h`<h3>${titles[by]}</h3>${table(
      titles[by],
      [
        { title: by },
        { title: by === 'route' ? 'fetches' : 'redundant', figure: true },
        { title: 'in this window', figure: true },
        { title: 'a month', figure: true },
      ],
      shownRows.map(({ name, weight, window, perMonth }) => ({
        cells: [
          { shows: name ?? (by === 'route' ? 'no route known' : 'none of these') },
          { shows: count(weight), by: weight },
          { shows: money(currency, window), by: window },
          { shows: perMonth === null ? 'not said' : money(currency, perMonth), by: perMonth ?? -1 },
        ],
      })),
    )}${when(rows.length > MOST_ROWS, () => h`<p class="lead">And ${count(rows.length - MOST_ROWS)} more, in the JSON of this result.</p>`)}`;
  });

const month = (cost: Cost): Markup => {
  const { currency, perMonth, perMonthWhyNot, extrapolation, allPerMonth } = cost;
  if (perMonth === null)
    return h`<p>A month: not said, because ${perMonthWhyNot ?? 'it is not known'}. <code>--force-month</code> says it all the same.</p>`;
  const hours =
    extrapolation === null || extrapolation.quietestHour === null
      ? none
      : h` The quietest complete hour had ${count(extrapolation.quietestHour)} redundant fetches, the busiest ${count(extrapolation.busiestHour ?? 0)}.`;
  return h`<p>A month of 730 hours, ${monthBasis(cost)}: <b>${money(currency, perMonth.base)}</b>, ${money(currency, perMonth.low)} to ${money(currency, perMonth.high)}${allPerMonth === null ? '' : `, of ${money(currency, allPerMonth)} that all fetches cost`}.${hours}</p>`;
};

export const costs = (analysis: Analysis): Markup => {
  const { cost, load } = analysis;
  const taken = h`<ul>${loads(analysis).map((line) => h`<li>${line}</li>`)}</ul>`;
  if (cost === null)
    return h`${taken}<p>Money: ${load?.money ?? 'unknown'}. With <code>--price 2.25/1000</code> or <code>--price-model</code> redundant fetches are counted at that price.</p>`;
  const { currency, window, priced, models, notIncluded, showback } = cost;
  return h`${taken}<p>${count(priced.redundant)} redundant of ${count(priced.ok)} fetches that have a price: <b>${money(currency, window.base)}</b> in this window, ${money(currency, window.low)} to ${money(currency, window.high)} with the bounds of what is redundant, ${count(priced.redundantLow)} to ${count(priced.redundantHigh)}.</p>${month(cost)}${bills(cost)}${(['owner', 'client', 'route', 'cause'] as const).map((by) => shares(currency, by, showback[by]))}<ul>${models.map(({ id, asOf, source, assumes, chosenBy }) => h`<li>${id}${asOf === null ? '' : `, prices of ${asOf}`} (${chosenBy === 'option' ? 'as told' : 'by the provider of the endpoint'}): ${source}${assumes.length === 0 ? '' : `. Assumed: ${assumes.join('; ')}`}</li>`)}</ul><p class="lead">All amounts are estimated. Not included: ${notIncluded.join('; ')}.</p>`;
};
