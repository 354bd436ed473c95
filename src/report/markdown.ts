/** The result as a comment on a pull request or a summary of a job: the verdict first, the rest folded. */
import type { Analysis, BudgetResult, Finding } from '../analysis/result.js';
import {
  amount,
  costOfFinding,
  cpuText,
  headroomText,
  monthBasis,
  priceFrom,
  showbackText,
  unitPriceText,
} from './cost-words.js';
import { evidenceCommand } from './evidence.js';
import { clientOf, enoughFindings, rankedFindings } from './finding-table.js';
import { code, prose } from './markdown-text.js';
import { verdict } from './verdict.js';
import { count, duration, money, percent, plural, rate, seconds, span } from './words.js';

/** GitHub refuses comments of more than 65,536 characters, and drops a summary of more than 1 MiB. */
const MOST_BYTES = 60_000;

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  rows.length === 0
    ? ''
    : [head, head.map((_, index) => (index === 0 ? '---' : '---')), ...rows]
        .map((cells) => `| ${cells.join(' | ')} |`)
        .join('\n');

const bytesOf = (text: string): number => new TextEncoder().encode(text).length;

function figures(analysis: Analysis): string {
  const { totals } = analysis;
  const { fetches, demand, hitRatio, latency, redundantShare } = totals;
  const rows: [string, string][] = [];
  if (redundantShare.value !== null) {
    const range =
      redundantShare.low === redundantShare.high || redundantShare.low === null || redundantShare.high === null
        ? ''
        : ` (${percent(redundantShare.low, 'down')} to ${percent(redundantShare.high, 'up')})`;
    rows.push([
      'redundant',
      `${percent(redundantShare.value)}${range}, ${count(fetches.redundant)} of ${count(fetches.ok)} ok fetches`,
    ]);
  }
  rows.push(['necessary, ahead, not decided', `${count(fetches.necessary)}, ${count(fetches.ahead)}, ${count(fetches.unknown)}`]);
  if (demand !== null && demand > 0) rows.push(['fetches per 1,000 calls', rate((fetches.ok * 1000) / demand)]);
  if (hitRatio.observed !== null)
    rows.push([
      'cache hit ratio (derived)',
      `${percent(hitRatio.observed)}${hitRatio.achievable === null ? '' : `, ${percent(hitRatio.achievable)} achievable`}`,
    ]);
  if (latency.redundantWaitMs !== null && latency.redundantWaitMs > 0)
    rows.push(['waited for redundant tokens', duration(latency.redundantWaitMs)]);
  if (latency.connectionsHeld !== null && latency.connectionsHeld > 0)
    rows.push(['connections held on average', rate(latency.connectionsHeld)]);
  rows.push(...moneyRows(analysis));
  if (fetches.failed > 0) rows.push(['failed fetches', `${count(fetches.failed)} of ${count(fetches.all)}`]);
  return table(['', ''], rows);
}

/** Money is said to be estimated wherever it stands, and a month that is refused says why. */
function moneyRows(analysis: Analysis): [string, string][] {
  const { cost, load, totals } = analysis;
  if (totals.fetches.redundant === 0) return [];
  const loads = [headroomText(analysis), cpuText(analysis)].flatMap((one): [string, string][] =>
    one === undefined ? [] : [[prose(one.says), prose(one.of)]],
  );
  if (cost === null) return load === null || load.money === null ? loads : [...loads, ['money', prose(load.money)]];
  const { currency, window, perMonth, perMonthWhyNot } = cost;
  const from = priceFrom(cost);
  return [
    ...loads,
    [
      'cost here (estimated)',
      prose(`${amount(currency, window)}, at ${unitPriceText(currency, cost.unitPrice)}${from === '' ? '' : `, ${from}`}`),
    ],
    [
      'cost of a month (estimated)',
      prose(perMonth === null ? `not said: ${perMonthWhyNot ?? ''}` : `${amount(currency, perMonth)}, ${monthBasis(cost)}`),
    ],
  ];
}

/** How the amounts come about, and who pays them. */
function costWorking({ cost }: Analysis): string {
  if (cost === null) return '';
  const { currency, items, models, notIncluded, showback } = cost;
  const shares = (['owner', 'client', 'cause'] as const).flatMap((by) =>
    showback[by].length < 2
      ? []
      : [
          `- by ${by}: ${showback[by]
            .slice(0, 10)
            .map((row) => prose(showbackText(currency, row)))
            .join('; ')}${showback[by].length > 10 ? ` and ${showback[by].length - 10} more` : ''}`,
        ],
  );
  return [
    ...items.map(({ label, working }) => `- ${prose(label)}: ${prose(working)}`),
    ...models.map(({ id, source, assumes }) => `- ${code(id)}: ${prose([source, ...assumes].join('; '))}`),
    ...shares,
    ...(notIncluded.length === 0 ? [] : [`- not included: ${prose(notIncluded.join('; '))}`]),
    '- all amounts are estimated',
  ].join('\n');
}

const signs: Readonly<Record<BudgetResult['result'], string>> = { pass: 'ok', fail: 'FAIL', skip: 'not decided' };

const budgetValue = ({ unit }: BudgetResult, value: number | null): string => {
  if (value === null) return 'not known';
  if (unit === 'share') return percent(value);
  return unit === 'ms' ? duration(value) : rate(value);
};

const budgets = ({ budgets: all }: Analysis): string =>
  table(
    ['budget', 'found', 'limit', 'level', 'result'],
    all.map((one) => [
      code(one.id),
      budgetValue(one, one.found),
      `${one.comparison} ${budgetValue(one, one.limit)}`,
      one.level,
      `${signs[one.result]}${one.why === null ? '' : `: ${prose(one.why)}`}`,
    ]),
  );

function causes(analysis: Analysis): string {
  const all = rankedFindings(analysis);
  const shown = all.slice(0, enoughFindings(analysis));
  const rest = all.slice(shown.length);
  const { cost } = analysis;
  const worth = (finding: Finding): string => {
    const paid = costOfFinding(analysis, finding);
    if (cost !== null && paid !== null) return money(cost.currency, paid);
    return finding.waitMs === null || cost !== null ? '' : duration(finding.waitMs);
  };
  const rows = shown.map((finding, index) => [
    String(index + 1),
    code(clientOf(analysis, finding)),
    `${prose(finding.code)} ${prose(finding.title)}`,
    count(finding.redundant),
    finding.share === null ? '' : percent(finding.share),
    worth(finding),
  ]);
  if (rest.length > 0) {
    const redundant = rest.reduce((sum, one) => sum + (one.share === null ? 0 : one.redundant), 0);
    rows.push(['', `${plural(rest.length, 'other')}`, '', count(redundant), '', '']);
  }
  return table(['#', 'client', 'cause', 'redundant', 'share', cost === null ? 'waited' : 'cost'], rows);
}

function details(analysis: Analysis, finding: Finding, rank: number): string {
  const { code: id, title, why, whyNot, figures: own, evidence, fix, risk, confidence, owner, onset } = finding;
  return [
    `**${rank}. ${code(clientOf(analysis, finding))} ${prose(id)} ${prose(title)}** (confidence ${confidence.toFixed(2)}${owner === null ? '' : `, ${code(owner)}`})`,
    '',
    prose(why),
    '',
    ...(onset === null ? [] : [`- began ${onset}`]),
    ...own.map(({ label, value }) => `- ${prose(label)}: ${prose(value)}`),
    ...whyNot.map(({ code: other, because }) => `- why not ${prose(other)}? ${prose(because)}`),
    ...evidence.slice(0, 3).map((one) => `- ${code(`${one.file}:${one.line}`)}, byte ${one.byte}: ${code(evidenceCommand(one))}`),
    `- fix: ${prose(fix)}`,
    ...(risk === null ? [] : [`- risk: ${prose(risk)}`]),
  ].join('\n');
}

const folded = (title: string, text: string): string =>
  text === '' ? '' : `<details><summary>${title}</summary>\n\n${text}\n\n</details>`;

function computed(analysis: Analysis): string {
  const { input, window, assumptions, warnings } = analysis;
  const { lines } = input;
  return [
    ...(window === null ? [] : [`- window: ${span(window.from, window.to)}`]),
    `- lines: ${count(lines.read)} read = ${count(lines.parsed)} parsed + ${count(lines.rejected)} rejected + ${count(lines.filtered)} filtered + ${count(lines.blank)} blank`,
    ...input.files
      .slice(0, 20)
      .map(({ name, role, format }) => `- ${code(name)}: ${role}, ${format === null ? 'not read' : code(format)}`),
    ...(input.files.length > 20 ? [`- and ${plural(input.files.length - 20, 'more file')}`] : []),
    ...analysis.totals.byLifetime.map(
      ({ lifetimeSeconds, redundant }) => `- if tokens live ${seconds(lifetimeSeconds)}: ${count(redundant)} redundant`,
    ),
    ...assumptions.slice(0, 20).map(({ id, value, from }) => `- assumed ${code(id)} = ${code(value)}: ${prose(from)}`),
    ...warnings.slice(0, 20).map(({ message }) => `- warning: ${prose(message)}`),
    `- token-tax ${analysis.tool.version}`,
  ].join('\n');
}

export const markdown = (analysis: Analysis): string => {
  const { says, of, condition } = verdict(analysis);
  const head = [
    `### token-tax: ${prose([says, of === '' ? '' : `(${of})`].filter((part) => part !== '').join(' '))}`,
    ...(condition === '' ? [] : ['', prose(condition)]),
    ...(analysis.complete ? [] : ['', '**Not all of the input was read: this result is partial.**']),
  ].join('\n');
  const parts = [head, budgets(analysis), figures(analysis), causes(analysis)];
  const end = [folded('What it costs', costWorking(analysis)), folded('How this was computed', computed(analysis))]
    .filter((part) => part !== '')
    .join('\n\n');
  const all = rankedFindings(analysis);
  const taken: string[] = [];
  let room = MOST_BYTES - bytesOf([...parts, end].join('\n\n'));
  for (const [index, finding] of all.entries()) {
    const text = details(analysis, finding, index + 1);
    room -= bytesOf(text) + 2;
    if (room < 0) {
      taken.push(`and ${plural(all.length - index, 'more finding')}: see the whole result`);
      break;
    }
    taken.push(text);
  }
  return `${[...parts, folded('Findings in full', taken.join('\n\n')), end].filter((part) => part !== '').join('\n\n')}\n`;
};
