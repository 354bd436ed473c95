/** Findings in the web page: the ranked list of what to fix, and each in full. The words are those of the terminal. */
import type { Analysis, Finding, KeyResult } from '../analysis/result.js';
import { costOfFinding } from './cost-words.js';
import { evidenceCommand, quoted } from './evidence.js';
import { clientOf, enoughFindings, rankedFindings } from './finding-table.js';
import { findingChart, histogramChart } from './html-charts.js';
import { anchor, h, type Markup, none, type Part, when } from './html-markup.js';
import { count, duration, money, percent, plural } from './words.js';

/** In full; a page with thousands would be read by nobody. */
const MOST_IN_FULL = 40;
const MOST_LINES = 5;
const MOST_FILES = 4;

export const findingAnchor = ({ id }: Finding): string => `finding-${anchor(id)}`;

const keyOf = ({ keys }: Analysis, finding: Finding): KeyResult | undefined => keys.find(({ id }) => id === finding.key);

/** `orders-gw`, and where it asks. */
const where = (analysis: Analysis, finding: Finding): string => {
  const key = keyOf(analysis, finding);
  const at = key === undefined ? '' : ` → ${key.endpoint}${key.scope === null ? '' : `, scope "${key.scope}"`}`;
  return `${clientOf(analysis, finding)}${at}${finding.owner === null ? '' : ` · owner ${finding.owner}`}`;
};

const worth = (analysis: Analysis, finding: Finding): readonly string[] => {
  const { redundant, share, waitMs } = finding;
  if (share === null) return redundant === 0 ? ['not a token fetch'] : [`${count(redundant)} requests a cache would have saved`];
  const amount = costOfFinding(analysis, finding);
  const paid = amount === null ? [] : [`${money(analysis.cost?.currency ?? '', amount)} (estimated)`];
  return [
    `${percent(share)} of all redundant`,
    ...paid,
    ...(waitMs === null || waitMs === 0 ? [] : [`${duration(waitMs)} waited`]),
  ];
};

/** What other caches would have done for this key: to be pasted, where the files have names that fit on a line. */
const tryCommand = ({ input, simulation }: Analysis, { key }: Finding): string | undefined =>
  key === null || simulation === null || input.files.length === 0 || input.files.length > MOST_FILES
    ? undefined
    : `token-tax simulate ${input.files.map(({ name }) => quoted(name)).join(' ')} --key ${quoted(key)}`;

const copy = (label: string, text: string): Markup => h`<button type="button" data-copy="${text}">${label}</button>`;

const card =
  (analysis: Analysis) =>
  (finding: Finding, index: number): Markup => {
    const { code, title, redundant, share, confidence, standing, why, fix, risk } = finding;
    const command = tryCommand(analysis, finding);
    return h`<li class="fix" data-find="${`${code} ${title} ${where(analysis, finding)}`}"><span class="rank" aria-hidden="true">${index + 1}</span><div><h3><a href="#${findingAnchor(finding)}">${title}</a> <span class="chip">${code}</span></h3><p class="who">${where(analysis, finding)}</p><p>${sentence(why)}</p><p class="do"><b>Fix:</b> ${fix}</p>${when(risk !== null, () => h`<p class="risk"><b>Risk:</b> ${risk ?? ''}</p>`)}<div class="buttons needs-script">${copy('Copy fix', fix)}${command === undefined ? none : copy('Copy command to try it', command)}</div></div><div class="worth"><b>${share === null ? 'beside' : count(redundant)}</b>${worth(analysis, finding).map((text) => h`<span>${text}</span>`)}<span>confidence ${confidence.toFixed(2)}, ${standing}</span><span class="in-range" data-finding="${finding.id}"></span></div>${when(share !== null, () => h`<div class="meter" aria-hidden="true"><i style="width:${Number(((share ?? 0) * 100).toFixed(2))}%"></i></div>`)}</li>\n`;
  };

/** With a capital letter and a full stop. */
const sentence = (text: string): string => {
  const [first = ''] = text;
  return `${first.toUpperCase()}${text.slice(first.length)}${/[.!?]$/.test(text) ? '' : '.'}`;
};

const rest = (analysis: Analysis, from: number): Part => {
  const more = rankedFindings(analysis).slice(from);
  const redundant = more.reduce((sum, each) => sum + (each.share === null ? 0 : each.redundant), 0);
  return when(
    more.length > 0,
    () => h`<p class="lead">And ${plural(more.length, 'more finding')} with ${count(redundant)} redundant fetches, below.</p>`,
  );
};

export const whatToFix = (analysis: Analysis): Markup => {
  const all = rankedFindings(analysis);
  const { redundant } = analysis.totals.fetches;
  const rows = enoughFindings(analysis);
  const explained = all.reduce((sum, each) => sum + (each.share === null ? 0 : each.redundant), 0);
  const left = Math.max(0, redundant - explained);
  if (all.length === 0)
    return h`<p class="lead">${
      analysis.inconclusive !== null
        ? `Nothing: the logs do not decide it. ${sentence(analysis.inconclusive)}`
        : redundant === 0
          ? 'Nothing: no redundant token fetches were found.'
          : 'No cause was found; the tables of keys below say who fetches.'
    }</p>`;
  return h`<p class="lead">${analysis.cost === null ? 'Dearest first' : 'Dearest first, by cost'}; these make up 95 % of the redundant fetches${left > 0 ? `, ${count(left)} have no cause` : ''}.</p><div class="find needs-script"><label for="find">Show only</label><input type="search" id="find" placeholder="client, cause or owner"></div><ol class="fixes">${all.slice(0, rows).map(card(analysis))}</ol>${rest(analysis, rows)}`;
};

const rows = (analysis: Analysis, finding: Finding, key: KeyResult | undefined): readonly (readonly [string, string])[] => {
  const { redundant, share, waitMs, onset, owner, confidence, standing } = finding;
  const counts: readonly (readonly [string, string])[] =
    share === null
      ? redundant === 0
        ? []
        : [['requests', `${count(redundant)} that a cache would have saved; no token fetches`]]
      : [
          [
            'fetches',
            `${key === undefined ? '' : `${count(key.fetches.ok)} ok, `}${count(redundant)} redundant (${percent(share)} of all redundant)${key === undefined ? '' : `, ${count(key.fetches.necessary)} necessary`}`,
          ],
        ];
  return [
    ...counts,
    ...(waitMs === null || waitMs === 0 ? [] : [['waited', duration(waitMs)] as const]),
    ...finding.figures
      .filter(({ label }) => share === null || label !== 'fetches')
      .map(({ label, value }) => [label, value.replace(/ {2,}/g, ', ')] as const),
    ...(onset === null ? [] : [['began', onset] as const]),
    ...(owner === null ? [] : [['owner', owner] as const]),
    ['confidence', `${confidence.toFixed(2)}, ${standing}`],
    ...(analysis.totals.redundantShare.standing === 'assumed'
      ? [['assumed', 'the lifetime (see the end of the page)'] as const]
      : []),
  ];
};

const inFull =
  (analysis: Analysis) =>
  (finding: Finding, index: number): Markup => {
    const { code, title, why, whyNot, evidence, fix, risk } = finding;
    const key = keyOf(analysis, finding);
    const id = findingAnchor(finding);
    const command = tryCommand(analysis, finding);
    const rivals = whyNot.map(
      (rival) =>
        h`<li><b>${code === 'TT199' ? `Maybe ${rival.code}` : `Why not ${rival.code}?`}</b> ${sentence(rival.because)}</li>`,
    );
    const lines = evidence.slice(0, MOST_LINES).map((each) => {
      const look = evidenceCommand(each);
      const at = each.at === null ? none : h` data-at="${Date.parse(each.at)}"`;
      return h`<li${at}>${each.file} line ${count(each.line)}, byte ${count(each.byte)}${each.at === null ? '' : `, at ${each.at.slice(11, 23)}`}<br><code>${look}</code></li>`;
    });
    return h`<article class="finding" id="${id}" tabindex="-1" aria-labelledby="${id}-name" data-find="${`${code} ${title} ${where(analysis, finding)}`}"><h3 id="${id}-name">${index + 1}. ${title} <span class="chip">${code}</span></h3><p class="who">${where(analysis, finding)}</p><p class="why">${sentence(why)}</p><div class="two"><dl class="figures">${rows(analysis, finding, key).map(([name, value]) => h`<dt>${name}</dt><dd>${value}</dd>`)}</dl>${histogramChart(finding, key)}</div>${findingChart(finding, analysis)}<div class="two lower"><div class="more"><h4>What to do</h4><p><b>Fix:</b> ${fix}</p>${when(risk !== null, () => h`<p><b>Risk:</b> ${risk ?? ''}</p>`)}<p><b>Verify:</b> analyze a log from after the change: this finding is gone, and the calls are as many.</p>${command === undefined ? none : h`<p><b>Try:</b> <code class="command">${command}</code></p>`}${when(/^TT\d{3}$/.test(code), () => h`<p><b>More:</b> <code>token-tax explain ${code}</code></p>`)}</div><div>${when(rivals.length > 0, () => h`<div class="more"><h4>${code === 'TT199' ? 'What would decide' : 'Why it is no other cause'}</h4><ul>${rivals}</ul></div>`)}${when(lines.length > 0, () => h`<div class="more"><h4>Lines to look at (where they are, without what they hold)</h4><ul class="evidence">${lines}</ul></div>`)}</div></div></article>\n`;
  };

/** Those that the page holds in full. */
export const drawnFindings = (analysis: Analysis): readonly Finding[] => rankedFindings(analysis).slice(0, MOST_IN_FULL);

export const findingsInFull = (analysis: Analysis): Markup => {
  const more = rankedFindings(analysis).length - MOST_IN_FULL;
  return h`${drawnFindings(analysis).map(inFull(analysis))}${when(more > 0, () => h`<p class="lead">And ${plural(more, 'more finding')}, in the JSON of this result.</p>`)}`;
};
