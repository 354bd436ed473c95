/** The top of the web page: the verdict, a bar of what the fetches were, the figures beside it, broken budgets, a partial result. */
import type { Analysis, BudgetResult } from '../analysis/result.js';
import { amount, monthBasis, priceFrom, unitPriceText } from './cost-words.js';
import { anchor, h, type Markup, none, type Part, when } from './html-markup.js';
import { range, verdict } from './verdict.js';
import { count, duration, money, percent, plural, rate, span } from './words.js';

interface Tile {
  readonly title: string;
  readonly big: string;
  readonly small: readonly string[];
  /** The figure that explains it, in the list at the end of the page. */
  readonly figure: string;
}

const shareTile = (analysis: Analysis): Tile[] => {
  const { redundantShare, fetches } = analysis.totals;
  if (fetches.ok === 0 || analysis.inconclusive !== null) return [];
  const between = range(analysis);
  const floor = redundantShare.standing === 'assumed';
  return [
    {
      title: 'Redundant fetches',
      big:
        redundantShare.value === null
          ? 'not known'
          : `${floor ? 'at least ' : ''}${percent(redundantShare.value, floor ? 'down' : 'nearest')}`,
      small: [
        `${count(fetches.redundant)} of ${count(fetches.ok)} (${redundantShare.standing})`,
        ...(between === undefined ? [] : [between.shares]),
      ],
      figure: 'totals.redundantShare.value',
    },
  ];
};

const callTiles = ({ totals: { demand, fetches, hitRatio, shared, holder } }: Analysis): Tile[] => {
  if (demand === null || demand === 0)
    return [{ title: 'Cache hit ratio', big: 'not known', small: ['no log of a gateway'], figure: 'totals.hitRatio.observed' }];
  const per = (many: number): string => rate((many / demand) * 1000);
  const saved = holder === 'node' && shared.redundant > fetches.redundant;
  return [
    {
      title: 'Fetches per 1,000 API calls',
      big: per(fetches.ok),
      small: [
        `${per(fetches.necessary)} would do, for ${plural(demand, 'call')}`,
        ...(saved ? [`${per(shared.necessary)} with one shared cache`] : []),
      ],
      figure: 'totals.demand',
    },
    {
      title: 'Cache hit ratio',
      big: hitRatio.observed === null ? 'not known' : percent(hitRatio.observed),
      small: [hitRatio.achievable === null ? 'achievable: not known' : `${percent(hitRatio.achievable)} achievable (derived)`],
      figure: 'totals.hitRatio.observed',
    },
  ];
};

const waitTile = ({ totals: { latency, fetches } }: Analysis): Tile[] => {
  const { fetchMs, redundantWaitMs } = latency;
  const took =
    fetchMs === null
      ? []
      : [`one fetch: p50 ${duration(fetchMs.p50)}, p95 ${duration(fetchMs.p95)}, p99 ${duration(fetchMs.p99)}`];
  return [
    {
      title: 'Waiting for redundant tokens',
      big: redundantWaitMs === null ? 'not known' : fetches.redundant === 0 ? 'none' : duration(redundantWaitMs),
      small: fetchMs === null ? ['no durations in the logs'] : took,
      figure: 'totals.latency.redundantWaitMs',
    },
  ];
};

const costTile = ({ cost, load }: Analysis): Tile[] => {
  if (cost === null)
    return [
      {
        title: 'Cost',
        big: 'not known',
        small: [`money: ${load?.money ?? 'unknown'}`, '--price 2.25/1000 adds it'],
        figure: 'cost.window.base',
      },
    ];
  const { currency, window, perMonth, perMonthWhyNot } = cost;
  const from = priceFrom(cost);
  return [
    {
      title: 'Cost of redundant fetches',
      big: money(currency, window.base),
      small: [
        `${amount(currency, window)} in this window, estimated`,
        perMonth === null
          ? `a month: not said, ${perMonthWhyNot ?? ''}`
          : `${amount(currency, perMonth)} a month, estimated, ${monthBasis(cost)}`,
        `at ${unitPriceText(currency, cost.unitPrice)}${from === '' ? '' : `, ${from}`}`,
      ],
      figure: 'cost.window.base',
    },
  ];
};

const tile = ({ title, big, small, figure }: Tile): Markup =>
  h`<div class="tile"><dt><a href="#explain-${anchor(figure)}">${title}</a></dt><dd class="big">${big}</dd>${small.map((text) => h`<dd><small>${text}</small></dd>`)}</div>`;

const verdictNames = { redundant: 'redundant', unknown: 'undecided', ahead: 'refreshed ahead', necessary: 'necessary' } as const;

/** What the ok fetches were, as one bar. The list below it is what is read out. */
const proof = ({ totals: { fetches } }: Analysis): Part => {
  if (fetches.ok === 0) return none;
  const parts = (['redundant', 'unknown', 'ahead', 'necessary'] as const).filter((name) => fetches[name] > 0);
  return h`<div class="proof" aria-hidden="true">${parts.map((name) => h`<i class="c-${name}" style="flex:${fetches[name]} 1 0"></i>`)}</div><ul class="key">${parts.map((name) => h`<li class="c-${name}">${count(fetches[name])} ${verdictNames[name]}</li>`)}</ul>`;
};

/** Why a result is only a part of one; stays on paper. */
const partial = ({ complete, input: { files } }: Analysis): Part => {
  if (complete) return none;
  const broken = files.filter(({ error }) => error !== null);
  const [first] = broken;
  const why =
    first === undefined
      ? 'the input was not read to its end'
      : `${broken.length} of ${plural(files.length, 'file')} not read to the end (${first.name}: ${first.error ?? ''})`;
  return h`<p class="alert" role="note">PARTIAL RESULT: ${why}</p>`;
};

export const budgetFigure = ({ unit }: BudgetResult, value: number | null, currency: string): string => {
  if (value === null) return 'not known';
  if (unit === 'share') return percent(value);
  if (unit === 'ms') return duration(value);
  if (unit === 'money') return money(currency, value);
  return unit === 'per 1,000' ? rate(value) : count(value);
};

const broken = ({ budgets, cost }: Analysis): Part => {
  const over = budgets.filter(({ result, level }) => result === 'fail' && level === 'error');
  return when(over.length > 0, () => {
    const says = over.map((each) => {
      const figure = (value: number | null): string => budgetFigure(each, value, cost?.currency ?? '');
      return `${each.id}: ${figure(each.found)}, allowed ${each.comparison} ${figure(each.limit)}`;
    });
    return h`<p class="alert" role="note">${plural(over.length, 'budget')} broken: ${says.join('; ')}</p>`;
  });
};

export const verdictStrip = (analysis: Analysis): Markup => {
  const { says, of, condition } = verdict(analysis);
  const { window, input, tool } = analysis;
  const below = [of, condition].filter((text) => text !== '').join(', ');
  const tiles =
    analysis.totals.fetches.ok === 0
      ? []
      : [...shareTile(analysis), ...callTiles(analysis), ...waitTile(analysis), ...costTile(analysis)];
  const when_ =
    window === null
      ? 'no time stamps'
      : `${span(window.from, window.to)} (${duration(Date.parse(window.to) - Date.parse(window.from))})`;
  return h`<header class="top"><div class="wrap"><p class="run"><b>token-tax</b> ${tool.version} · ${when_} · ${plural(input.files.length, 'file')}, ${plural(input.lines.read, 'line')} · ${analysis.complete ? 'read to the end' : 'not complete'}</p>${partial(analysis)}${broken(analysis)}<h1>${says}${when(below !== '', () => h`<small>${below}</small>`)}</h1>${proof(analysis)}${when(tiles.length > 0, () => h`<dl class="tiles">${tiles.map(tile)}</dl>`)}</div></header>`;
};
