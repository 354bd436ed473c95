/** One finding in full: what, figures, how gaps are spread, why it is no other cause, lines to look at, what to do. */
import type { Analysis, Finding, KeyResult } from '../analysis/result.js';
import { cells, KEEP, pad, shown, wrap } from './cells.js';
import { evidenceCommand } from './evidence.js';
import { clientOf, rankedFindings } from './finding-table.js';
import { livesText } from './lives-text.js';
import type { Page } from './page.js';
import { count, duration, percent } from './words.js';

const INDENT = '   ';
const LABEL = 15;
const NARROWEST_PAIR = 60;
const MOST_LINES = 3;

/** A name and what it says, beside each other or below. Runs of spaces part figures; a line never ends in them. */
const labelled = ({ width }: Page, name: string, text: string): string[] => {
  const spaced = text.replace(/ {2,}/g, (run) => `${KEEP.repeat(run.length - 1)} `);
  const labelWidth = Math.max(LABEL, cells(name) + 2);
  const below = width < NARROWEST_PAIR || labelWidth > width / 2;
  const indent = INDENT + ' '.repeat(below ? 2 : LABEL);
  const first = INDENT + pad(name, labelWidth);
  const extra = labelWidth - LABEL;
  const lines = wrap(`${below ? '' : KEEP.repeat(extra)}${spaced}`, width - indent.length).map((line) => line.trimEnd());
  if (below) return [`${INDENT}${name}`, ...lines.map((line) => indent + line)];
  return [first + (lines[0] ?? '').slice(extra), ...lines.slice(1).map((line) => indent + line)];
};

const BAR = 40;
const GAPS = 'gap, from';

const histogram = (on: Page, finding: Finding, key: KeyResult | undefined): string[] => {
  if (finding.histogram === null) return [];
  const { fromMs, counts } = finding.histogram;
  const most = Math.max(...counts);
  if (counts.length === 0 || most === 0) return [];
  const wide = Math.max(8, Math.min(BAR, on.width - 40));
  const life = key?.lifetimeSeconds?.median;
  // A healthy cache fetches once in nine tenths of a life, or a little earlier.
  const healthy = life === undefined ? -1 : fromMs.findLastIndex((from) => from <= life * 900);
  // Bars that are empty at both ends say nothing, but for the one where a healthy cache would be.
  const drawn = counts.map((times, index) => times > 0 || index === healthy);
  const [start, end] = [drawn.indexOf(true), drawn.lastIndexOf(true)];
  const labels = fromMs.map((from) => duration(from));
  const width = Math.max(...labels.map(cells), GAPS.length);
  return [
    '',
    on.paint.faint(`${INDENT}${GAPS.padStart(width)}`),
    ...counts.slice(start, end + 1).map((times, at) => {
      const index = start + at;
      // One mark for what is there at all: a bar that is not drawn says none.
      const bar = '#'.repeat(times === 0 ? 0 : Math.max(1, Math.round((times / most) * wide)));
      const note = index === healthy && on.width >= NARROWEST_PAIR ? `${pad(bar, wide + 1)}<- healthy is here` : bar;
      return `${INDENT}${(labels[index] ?? '').padStart(width)} |${note}`.trimEnd();
    }),
  ];
};

const title = (on: Page, analysis: Analysis, finding: Finding, rank: number, key: KeyResult | undefined): string[] => {
  const what = [
    clientOf(analysis, finding),
    ...(key === undefined ? [] : [`-> ${shown(key.endpoint)}`]),
    ...(key === undefined || key.scope === null ? [] : [`scope "${shown(key.scope)}"`]),
  ].join(' ');
  const [first = '', ...rest] = wrap(`${rank}${KEEP}${KEEP}${what}`, on.width - 2);
  return [
    ...[first, ...rest.map((line) => INDENT + line)].map(on.paint.strong),
    ...wrap(`${shown(finding.code)} ${shown(finding.title)}`, on.width - INDENT.length).map(
      (line) => INDENT + on.paint.strong(line),
    ),
  ];
};

const figures = (on: Page, analysis: Analysis, finding: Finding, key: KeyResult | undefined): string[] => {
  const { redundant, share, waitMs, onset, owner } = finding;
  const counts =
    share === null
      ? `${count(redundant)} requests that a cache would have saved; no token fetches`
      : `${key === undefined ? '' : `${count(key.fetches.ok)} ok   `}redundant ${count(redundant)} (${percent(share)} of all redundant)${
          key === undefined ? '' : `   necessary ${count(key.fetches.necessary)}`
        }`;
  return [
    ...(share === null && redundant === 0 ? [] : labelled(on, share === null ? 'requests' : 'fetches', counts)),
    ...(waitMs === null || waitMs === 0 ? [] : labelled(on, 'waited', duration(waitMs))),
    ...finding.figures
      .filter(({ label }) => share === null || label !== 'fetches')
      .flatMap(({ label, value }) => labelled(on, shown(label), shown(value))),
    ...(onset === null ? [] : labelled(on, 'began', shown(onset))),
    ...(owner === null ? [] : labelled(on, 'owner', shown(owner))),
    ...labelled(on, 'confidence', `${finding.confidence.toFixed(2)}, ${finding.standing}`),
    ...(analysis.totals.redundantShare.standing === 'assumed' ? labelled(on, 'assumed', 'the lifetime (-v)') : []),
  ];
};

const gap = (lines: readonly string[]): readonly string[] => (lines.length === 0 ? [] : ['', ...lines]);

const findingPage = (on: Page, analysis: Analysis, finding: Finding, rank: number): string[] => {
  const key = analysis.keys.find(({ id }) => id === finding.key);
  const { code, why, whyNot, evidence, fix, risk } = finding;
  return [
    ...title(on, analysis, finding, rank, key),
    '',
    ...wrap(shown(why), on.width - INDENT.length).map((line) => INDENT + line.trimEnd()),
    '',
    ...figures(on, analysis, finding, key),
    ...histogram(on, finding, key),
    ...livesText(on, analysis, key),
    ...gap(
      whyNot.flatMap(({ code: rival, because }) =>
        labelled(on, code === 'TT199' ? `maybe ${shown(rival)}` : `why not ${shown(rival)}?`, shown(because)),
      ),
    ),
    ...gap(
      evidence
        .slice(0, MOST_LINES)
        .flatMap((each, index) => [
          ...labelled(
            on,
            index === 0 ? 'evidence' : '',
            `${shown(each.file)} line ${count(each.line)}, byte ${count(each.byte)}`,
          ),
          `${INDENT}  ${evidenceCommand(each)}`,
        ]),
    ),
    '',
    ...labelled(on, 'fix', shown(fix)),
    ...(risk === null ? [] : labelled(on, 'risk', shown(risk))),
    ...labelled(on, 'verify', 'analyze a log from after the change: this finding is gone, and the calls are as many'),
    ...(/^TT\d{3}$/.test(code) ? labelled(on, 'more', `token-tax explain ${code}`) : []),
  ].map((line) => line.trimEnd());
};

/** All findings in full, or the one with this number of the table (from 1); undefined where there is no such number. */
export const findingPages = (on: Page, analysis: Analysis, only?: number): string[] | undefined => {
  const all = rankedFindings(analysis);
  if (only === undefined) return all.flatMap((finding, index) => ['', ...findingPage(on, analysis, finding, index + 1)]);
  const one = all[only - 1];
  return one === undefined ? undefined : findingPage(on, analysis, one, only);
};
