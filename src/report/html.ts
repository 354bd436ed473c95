/**
 * The result as one web page: no request leaves it, text and tables and drawings need no script, and nothing of a log becomes markup.
 * The script (`browser/`, built into `html-script.generated.ts`) adds a chart with a brush, sorting, searching and copying.
 */
import type { Analysis } from '../analysis/result.js';
import { laneChart, lanesOf, lanesSpan, stepOf, timeAxis, timelineChart } from './html-charts.js';
import { costs } from './html-cost.js';
import { drawnFindings, findingsInFull, whatToFix } from './html-findings.js';
import { h, inertJson, none, type Part, table } from './html-markup.js';
import { budgets, keys, method, policies, routes } from './html-method.js';
import { htmlPage, type Section } from './html-page.js';
import { verdictStrip } from './html-verdict.js';
import { json } from './json.js';
import { verdictLine } from './verdict.js';
import { count } from './words.js';

/** The whole result is a part of the page up to this size; a page is to stay below 1 MB. */
const MOST_JSON = 400_000;

const clock = (iso: string): string => `${iso.slice(0, 10)} ${iso.slice(11, 19)}`;

const timeline = (analysis: Analysis): Part => {
  const { timeline: all, window } = analysis;
  const [first] = all;
  if (first === undefined || window === null) return none;
  const fromMs = Date.parse(first.from);
  const toMs = fromMs + all.length * stepOf(all, window);
  const figures = ['requests', 'fetches', 'necessary'] as const;
  const rows = all.map((each) => ({
    attributes: h` data-at="${Date.parse(each.from)}"`,
    cells: [
      { shows: clock(each.from), by: Date.parse(each.from) },
      ...figures.map((name) => ({ shows: count(each[name]), by: each[name] })),
    ],
  }));
  return h`<p class="lead">What was asked of the gateway, what it fetched for it, and what a correct cache would have fetched. <span class="with-brush">Drag across the chart, or move the two sliders: everything that has a time, here, in the token lives and in the findings, follows.</span></p><ul class="key"><li class="c-calls">requests</li><li class="c-redundant">token fetches</li><li class="c-necessary">necessary fetches</li></ul><div class="still">${timelineChart(analysis)}${timeAxis(fromMs, toMs)}</div><div id="chart"></div><div class="range needs-script"><label>From <output id="from-says"></output><input type="range" id="from" min="0" max="${all.length - 1}" value="0"></label><label>To <output id="to-says"></output><input type="range" id="to" min="0" max="${all.length - 1}" value="${all.length - 1}"></label><button type="button" id="whole">Whole window</button></div><p class="chosen" id="chosen" role="status"></p><details><summary>The figures of this chart</summary>${table(
    'Timeline',
    [
      { title: 'from (UTC)' },
      { title: 'requests', figure: true },
      { title: 'fetches', figure: true },
      { title: 'necessary', figure: true },
    ],
    rows,
  )}</details>`;
};

/** More would be a wall, and the most redundant come first. */
const MOST_LANES = 24;

const lastStart = (lanes: ReturnType<typeof lanesOf>): number =>
  lanes.flatMap((lane) => lane.lives).reduce((last, { fromMs }) => Math.max(last, fromMs), 0);

const lives = (analysis: Analysis): Part => {
  const lanes = lanesOf(analysis);
  if (lanes.length === 0 || analysis.window === null) return none;
  const drawn = lanes.slice(0, MOST_LANES);
  const span = lanesSpan(drawn, { toMs: Date.parse(analysis.window.to) });
  const many = drawn.reduce((sum, lane) => sum + lane.lives.length, 0);
  const all = analysis.totals.fetches.ok;
  const guessed = drawn.some((lane) => lane.lives.some(({ life }) => life.lifetimeSeconds === null));
  return h`<p class="lead">Each bar is a token, from its fetch to its end; each tick above is a fetch. One holder needs one bar at a time: <b>bars on top of each other are the tax</b>. ${many < all ? `Drawn are ${count(many)} of ${count(all)} fetches: the first ones of the clients with the most redundant ones.` : ''}${guessed ? ' Paler bars: the logs do not tell how long the token lives; they are drawn with 300 s, the least that the verdict assumes.' : ''}</p><ul class="key"><li class="c-redundant">redundant</li><li class="c-necessary">necessary</li><li class="c-ahead">refreshed ahead</li><li class="c-unknown">undecided</li></ul><div class="lanes" id="lanes" data-from="${span.fromMs}" data-to="${span.toMs}">${drawn.map((lane) => laneChart(lane, span))}</div><p id="lanes-none" hidden>No life that begins in this range is drawn; the drawn ones begin between ${clock(new Date(span.fromMs).toISOString())} and ${clock(new Date(lastStart(drawn)).toISOString())}.</p><div class="lane-axis" id="lane-axis">${timeAxis(span.fromMs, span.toMs)}</div>`;
};

/** Without what only tells more, where the whole is too big for a page. */
const embedded = (analysis: Analysis): { readonly text: string; readonly whole: boolean } => {
  const whole = JSON.parse(json(analysis)) as unknown;
  const text = inertJson(whole);
  if (text.length <= MOST_JSON) return { text, whole: true };
  const { window, timeline: steps, lives: some } = analysis;
  const findings = drawnFindings(analysis).map(({ id, timeline: own }) => ({ id, timeline: own }));
  return { text: inertJson({ window, timeline: steps, lives: some, findings }), whole: false };
};

const whoFetches = (analysis: Analysis): Part => [keys(analysis), routes(analysis)];

/** The page as a string; the same result gives the same bytes. */
export const html = (analysis: Analysis): string => {
  const sections: readonly Section[] = [
    { id: 'fix', title: 'What to fix', inMenu: 'What to fix', body: whatToFix(analysis) },
    { id: 'budgets', title: 'Budgets', inMenu: 'Budgets', body: budgets(analysis) },
    { id: 'timeline', title: 'Over time', inMenu: 'Over time', body: timeline(analysis) },
    { id: 'lives', title: 'Token lives', inMenu: 'Token lives', body: lives(analysis) },
    { id: 'findings', title: 'Findings in full', inMenu: 'Findings', body: findingsInFull(analysis) },
    { id: 'policies', title: 'The same traffic under other policies', inMenu: 'Policies', body: policies(analysis) },
    { id: 'cost', title: 'What it costs', inMenu: 'Cost', body: costs(analysis) },
    { id: 'who', title: 'Clients and routes', inMenu: 'Clients', body: whoFetches(analysis) },
    { id: 'method', title: 'How this was computed', inMenu: 'How computed', body: method(analysis) },
  ];
  const { text: data, whole } = embedded(analysis);
  const download = whole
    ? h`<span class="needs-script"><button type="button" id="download">Download this result as JSON</button></span>`
    : h`<span>The result is too large to be a part of this page; <code>--output json=FILE</code> writes it.</span>`;
  return htmlPage({
    title: `token-tax: ${verdictLine(analysis)}`,
    top: verdictStrip(analysis),
    sections,
    foot: h`token-tax ${analysis.tool.version}, result format ${analysis.schemaVersion}. Names come from the logs; secrets were left out as the logs were read. ${download}`,
    data,
  });
};
