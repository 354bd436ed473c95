/** Two results beside each other as one web page: all drawings of both on the same scales, what traffic did apart from what the caches did. */
import type { Analysis, Finding } from '../analysis/result.js';
import type { Change, Comparison } from '../simulation/compare.js';
import { changeNames, changeText, changeValue, partsText, verdictWords } from './comparison.js';
import { bothOverTime, intervalChart, pairBars } from './html-comparison-charts.js';
import { h, inertJson, type Markup, none, type Part, table, when } from './html-markup.js';
import { htmlPage, type Section } from './html-page.js';
import { accounting } from './notes.js';
import { count, duration, percent, plural, rate, span } from './words.js';

const MOST_ROWS = 100;

const isJudged = ({ verdict }: Change): boolean => verdict !== null;

/** `98.2% fewer fetches per 1,000 calls` */
const headline = ({ verdict, changes: [main] }: Comparison): string => {
  if (main === undefined) return verdictWords[verdict];
  const what = changeNames[main.id];
  if ((verdict === 'better' || verdict === 'worse') && main.change !== null && main.change !== 0) {
    const size = Math.abs(main.change);
    const many =
      main.change > 9 ? `${rate(main.change + 1)} times as many` : `${percent(size)} ${main.change < 0 ? 'fewer' : 'more'}`;
    return `${verdictWords[verdict]}: ${many} ${what}`;
  }
  return verdict === 'same' ? `Same: ${what} did not change` : `${verdictWords[verdict]}: ${what}`;
};

const below = ({ verdict, changes: [main] }: Comparison): string => {
  if (main === undefined) return '';
  const values = `${changeValue(main, main.before)} before, ${changeValue(main, main.after)} after`;
  const text = changeText(main);
  const interval = main.low === null || text === '' ? '' : `: ${text.replace('(', '(95% interval ')}`;
  const seen = verdict === 'same' ? '; a change of a fifth would have been seen' : '';
  return `${values}${interval}${seen}${main.why === null ? '' : `; ${main.why}`}`;
};

const side = (which: string, { window, input, totals }: Analysis): Markup =>
  h`<div class="tile"><dt>${which}</dt><dd class="big">${count(totals.fetches.ok)} fetches</dd><dd><small>${totals.demand === null ? 'calls not known' : `for ${plural(totals.demand, 'call')} that needed a token`}</small></dd><dd><small>${totals.redundantShare.value === null ? 'redundant share not known' : `${percent(totals.redundantShare.value)} redundant (${totals.redundantShare.standing})`}</small></dd><dd><small>${window === null ? 'no time stamps' : `${span(window.from, window.to)} (${duration(Date.parse(window.to) - Date.parse(window.from))})`}</small></dd><dd><small>${plural(input.files.length, 'file')}, ${plural(input.lines.read, 'line')}</small></dd></div>`;

const top = (comparison: Comparison, before: Analysis, after: Analysis): Markup => {
  const partial = [before, after].some(({ complete }) => !complete);
  return h`<header class="top"><div class="wrap"><p class="run"><b>token-tax</b> ${after.tool.version} · before and after</p>${when(partial, () => h`<p class="alert" role="note">PARTIAL RESULT: not all of the input of ${before.complete ? 'the second' : after.complete ? 'the first' : 'both'} was read, so nothing is decided</p>`)}<h1>${headline(comparison)}<small>${below(comparison)}</small></h1><dl class="tiles">${side('Before', before)}${side('After', after)}</dl></div></header>`;
};

const verdictChip = (verdict: Change['verdict']): Part =>
  verdict === null ? none : h`<span class="chip v-${verdict}">${verdict}</span>`;

const judged = ({ changes }: Comparison): Part => {
  const rows = changes.filter(isJudged);
  return h`<p class="lead">The first one decides. The interval holds the true change in 95 of 100 cases; where it crosses the line of no change, the change may be noise.</p><ul class="key"><li class="c-unknown">before</li><li class="c-necessary">after</li></ul>${table(
    'What changed',
    [
      { title: 'figure' },
      { title: 'before', figure: true },
      { title: 'after', figure: true },
      { title: 'on one scale' },
      { title: 'change (95% interval)', figure: true },
      { title: 'where it lies' },
      { title: 'verdict' },
    ],
    rows.map((one) => ({
      cells: [
        { shows: changeNames[one.id] },
        { shows: changeValue(one, one.before), by: one.before },
        { shows: changeValue(one, one.after), by: one.after },
        { shows: pairBars(one.before, one.after, one.unit === 'share' ? 1 : Math.max(one.before ?? 0, one.after ?? 0)) },
        { shows: changeText(one) || 'not known', by: one.change },
        { shows: intervalChart(one, rows) },
        { shows: verdictChip(one.verdict) },
      ],
    })),
  )}${when(
    rows.some(({ why }) => why !== null),
    () => h`<ul>${rows.flatMap(({ id, why }) => (why === null ? [] : [h`<li>${changeNames[id]}: ${why}.</li>`]))}</ul>`,
  )}`;
};

const traffic = ({ changes }: Comparison): Part => {
  const rows = changes.filter((one) => !isJudged(one));
  return when(
    rows.length > 0,
    () =>
      h`<p class="lead">Not judged: more or fewer calls are nobody's merit, and the wait follows the figures above.</p>${table(
        'Context',
        [
          { title: 'figure' },
          { title: 'before', figure: true },
          { title: 'after', figure: true },
          { title: 'on one scale' },
          { title: 'change', figure: true },
        ],
        rows.map((one) => ({
          cells: [
            { shows: changeNames[one.id] },
            { shows: changeValue(one, one.before), by: one.before },
            { shows: changeValue(one, one.after), by: one.after },
            { shows: pairBars(one.before, one.after, one.unit === 'share' ? 1 : Math.max(one.before ?? 0, one.after ?? 0)) },
            { shows: changeText(one) || 'not known', by: one.change },
          ],
        })),
      )}`,
  );
};

const mix = (comparison: Comparison): Part => {
  const { parts: of, changes } = comparison;
  if (of === null) return none;
  const most = Math.max(Math.abs(of.behaviour), Math.abs(of.mix));
  const before = changes[0]?.before ?? 0;
  const row = (name: string, part: number): Markup =>
    h`<dt>${name}</dt><dd class="n">${part > 0 ? '+' : part < 0 ? '-' : ''}${rate(Math.abs(part))}</dd><dd class="pair" aria-hidden="true"><i class="${part > 0 ? 'more-of' : 'after'}" style="width:${most === 0 ? 0 : Number(((Math.abs(part) / most) * 100).toFixed(2))}%"></i></dd>`;
  const text = partsText(comparison);
  return h`<p class="lead">Of the change of fetches per 1,000 calls (${rate(before)} before): what each client does otherwise, and what comes from other clients calling more or less (after Kitagawa, 1955).</p><dl class="mix">${row('fetching otherwise', of.behaviour)}${row('another mix of clients', of.mix)}</dl><p>${text.length === 0 ? 'Neither of them changed.' : text}</p>`;
};

interface Calls {
  readonly calls: number;
  readonly fetches: number;
}

const clientsOf = ({ keys }: Analysis): Map<string, Calls> => {
  const all = new Map<string, Calls>();
  for (const { client, demand, fetches } of keys) {
    const one = all.get(client) ?? { calls: 0, fetches: 0 };
    all.set(client, { calls: one.calls + (demand ?? 0), fetches: one.fetches + fetches.ok });
  }
  return all;
};

const clients = (comparison: Comparison, before: Analysis, after: Analysis): Part => {
  const sides = [clientsOf(before), clientsOf(after)] as const;
  const names = [...new Set([...sides[0].keys(), ...sides[1].keys()])];
  if (names.length === 0) return none;
  const few = new Set(comparison.notComparable);
  const per = (one: Calls | undefined): number | null =>
    one === undefined || one.calls === 0 ? null : (one.fetches * 1000) / one.calls;
  const rows = names
    .map((name) => ({ name, was: sides[0].get(name), is: sides[1].get(name) }))
    .map((row) => ({ ...row, moved: Math.abs((row.is?.fetches ?? 0) - (row.was?.fetches ?? 0)) }))
    .sort((a, b) => b.moved - a.moved || (a.name < b.name ? -1 : 1));
  const drawn = rows.slice(0, MOST_ROWS);
  const most = Math.max(0, ...drawn.flatMap(({ was, is }) => [per(was) ?? 0, per(is) ?? 0]));
  const text = (value: number | null): string => (value === null ? 'not known' : rate(value));
  return h`${table(
    'Clients',
    [
      { title: 'client' },
      { title: 'calls before', figure: true },
      { title: 'calls after', figure: true },
      { title: 'fetches', figure: true },
      { title: 'fetches after', figure: true },
      { title: 'per 1,000 before', figure: true },
      { title: 'per 1,000 after', figure: true },
      { title: 'on one scale' },
      { title: 'note' },
    ],
    drawn.map(({ name, was, is }) => ({
      cells: [
        { shows: name },
        ...[was?.calls, is?.calls, was?.fetches, is?.fetches].map((value) => ({ shows: count(value ?? 0), by: value ?? 0 })),
        { shows: text(per(was)), by: per(was) ?? -1 },
        { shows: text(per(is)), by: per(is) ?? -1 },
        { shows: pairBars(per(was), per(is), most) },
        { shows: was === undefined ? 'only after' : is === undefined ? 'only before' : few.has(name) ? 'too few calls' : '' },
      ],
    })),
  )}${when(rows.length > MOST_ROWS, () => h`<p class="lead">And ${count(rows.length - MOST_ROWS)} more.</p>`)}`;
};

const causes = (before: Analysis, after: Analysis): Part => {
  const byId = ({ findings }: Analysis): Map<string, Finding> => new Map(findings.map((finding) => [finding.id, finding]));
  const sides = [byId(before), byId(after)] as const;
  const ids = [...new Set([...sides[0].keys(), ...sides[1].keys()])];
  if (ids.length === 0) return none;
  const clientOf = ({ keys }: Analysis, { key }: Finding): string => keys.find(({ id }) => id === key)?.client ?? '';
  const rows = ids.map((id) => {
    const [was, is] = [sides[0].get(id), sides[1].get(id)];
    const one = (is ?? was)!;
    return {
      one,
      client: clientOf(is === undefined ? before : after, one),
      was: was?.redundant ?? null,
      is: is?.redundant ?? null,
    };
  });
  rows.sort((a, b) => (b.was ?? 0) + (b.is ?? 0) - (a.was ?? 0) - (a.is ?? 0) || (a.one.id < b.one.id ? -1 : 1));
  const state = (was: number | null, is: number | null): string => (was === null ? 'new' : is === null ? 'gone' : 'still there');
  const number = (value: number | null) => ({ shows: value === null ? 'not found' : count(value), by: value ?? -1 });
  return table(
    'Causes',
    [
      { title: 'cause' },
      { title: 'client' },
      { title: 'redundant before', figure: true },
      { title: 'redundant after', figure: true },
      { title: 'state' },
    ],
    rows.slice(0, MOST_ROWS).map(({ one, client, was, is }) => ({
      cells: [{ shows: `${one.code} ${one.title}` }, { shows: client }, number(was), number(is), { shows: state(was, is) }],
    })),
  );
};

const how = (comparison: Comparison, before: Analysis, after: Analysis): Part => {
  const read = (which: string, { input, tool, totals }: Analysis): Markup =>
    h`<div class="block"><h3>${which}</h3><p>${accounting(input.lines)}. Counted for ${totals.holder === 'node' ? 'each node' : 'one shared cache'}, by version ${tool.version}.</p><ul>${input.files
      .slice(0, 20)
      .map(({ name, role, format }) => h`<li>${name}: ${role}, ${format ?? 'no format'}</li>`)}</ul></div>`;
  return h`${when(
    comparison.warnings.length > 0,
    () =>
      h`<div class="block"><h3>${plural(comparison.warnings.length, 'warning')}</h3><ul>${comparison.warnings.map((text) => h`<li>${text}.</li>`)}</ul></div>`,
  )}<div class="block"><h3>How the two are held against each other</h3><p>A rate is a ratio of sums over the steps of the timeline, whose spread is the noise (a cluster sample: Cochran, 1977, 6.3), never less than that of counts. Rates are compared on the logarithm with Student's t. <i>Same</i> is said where a change of a fifth (10 points for shares) would have been seen, <i>inconclusive</i> where it would not.</p></div>${read('Before', before)}${read('After', after)}`;
};

/** The page as a string; the same results give the same bytes. */
export const comparisonHtml = (comparison: Comparison, before: Analysis, after: Analysis): string => {
  const sections: readonly Section[] = [
    { id: 'changes', title: 'What changed', inMenu: 'What changed', body: judged(comparison) },
    { id: 'mix', title: 'Caches or clients', inMenu: 'Caches or clients', body: mix(comparison) },
    { id: 'over-time', title: 'Over time, on the same scales', inMenu: 'Over time', body: bothOverTime(before, after) },
    { id: 'clients', title: 'Client by client', inMenu: 'Clients', body: clients(comparison, before, after) },
    { id: 'causes', title: 'Causes before and after', inMenu: 'Causes', body: causes(before, after) },
    { id: 'traffic', title: 'Traffic, as context', inMenu: 'Traffic', body: traffic(comparison) },
    { id: 'method', title: 'How this was compared', inMenu: 'How compared', body: how(comparison, before, after) },
  ];
  return htmlPage({
    title: `token-tax: ${headline(comparison)}`,
    top: top(comparison, before, after),
    sections,
    foot: h`token-tax ${after.tool.version}. Names come from the logs; secrets were left out as the logs were read. <span class="needs-script"><button type="button" id="download">Download this comparison as JSON</button></span>`,
    data: inertJson(comparison),
  });
};
