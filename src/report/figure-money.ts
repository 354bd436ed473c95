/** The figures of cost and load: formula, inputs, and what each leaves out. The model: docs/cost.md. */
import type { Figure } from './figure-list.js';

type Entry = [string, Figure];

const NOT_INCLUDED =
  'fixed fees and quotas, discounts, what the list of the cost names (`notIncluded`), the time that people wait';

const bounds = (
  prefix: string,
  formula: string,
  inputs: readonly string[],
  low: string,
  high: string,
  more: Partial<Figure> = {},
): Entry[] => {
  const figure: Figure = { unit: 'money', standing: 'estimated', formula, inputs, notIncluded: NOT_INCLUDED, ...more };
  return [
    [`${prefix}.low`, { ...figure, formula: `${formula}, ${low}` }],
    [`${prefix}.base`, figure],
    [`${prefix}.high`, { ...figure, formula: `${formula}, ${high}` }],
  ];
};

const LEAST = 'with the least redundant fetches that the log allows for';
const MOST = 'with the most redundant fetches that the log allows for';
const QUIET = 'with the least redundant fetches, at the pace of the quietest complete hour, whichever makes it lower';
const BUSY = 'with the most redundant fetches, at the pace of the busiest complete hour, whichever makes it higher';
const priced = ['cost.priced.ok', 'cost.priced.redundant'];
const list = ['cost.unitPrice.amount', 'cost.unitPrice.per'];

const perUnit = (prefix: string): Entry[] => [
  [
    `${prefix}.amount`,
    {
      unit: 'money',
      standing: 'assumed',
      formula: 'what the price list says for its first tier, for as many units as `per` says',
      inputs: [`${prefix}.per`],
    },
  ],
  [`${prefix}.per`, { unit: 'count', standing: 'assumed', formula: 'the amount is for so many units' }],
];

const showback = (by: 'client' | 'route' | 'owner' | 'cause' | 'finding'): Entry[] => {
  const at = `cost.showback.${by}[]`;
  const weight = by === 'route' ? 'fetches that its requests waited for' : 'redundant fetches';
  const split = `total x ${weight} / all of them, rounded so that the rows add up to it exactly (largest remainder)`;
  return [
    [`${at}.weight`, { unit: 'count', standing: by === 'route' ? 'measured' : 'of run', formula: `${weight} of this ${by}` }],
    [`${at}.window`, { unit: 'money', standing: 'estimated', formula: split, inputs: ['cost.window.base', `${at}.weight`] }],
    [`${at}.perMonth`, { unit: 'money', standing: 'estimated', formula: split, inputs: ['cost.perMonth.base', `${at}.weight`] }],
  ];
};

const seconds = { unit: 's', notIncluded: 'failed fetches, fetches in the background' } as const;
const cpu = { notIncluded: 'head-room, memory and database of the issuer' } as const;

export const moneyFigures: readonly Entry[] = [
  ...bounds(
    'cost.perMonth',
    '(bill of all fetches of a month) - (bill of those that were needed); a month is the window x 730 h / its hours',
    ['cost.window.base', 'cost.extrapolation.factor', ...priced, ...list],
    QUIET,
    BUSY,
  ),
  ...bounds('cost.window', 'what the redundant fetches of this window add to the bill', [...priced, ...list], LEAST, MOST),
  [
    'cost.allPerMonth',
    {
      unit: 'money',
      standing: 'estimated',
      formula: 'bill of all fetches of a month, the needed ones too',
      inputs: ['cost.priced.ok', 'cost.extrapolation.factor', ...list],
      notIncluded: NOT_INCLUDED,
    },
  ],
  ...bounds(
    'cost.items[].perMonth',
    'the part of the month that this item costs',
    ['cost.items[].unitPrice.amount', 'cost.items[].unitPrice.per', ...priced, 'cost.extrapolation.factor'],
    QUIET,
    BUSY,
  ),
  ...bounds(
    'cost.items[].window',
    'the part of the window that this item costs',
    ['cost.items[].unitPrice.amount', 'cost.items[].unitPrice.per', ...priced],
    LEAST,
    MOST,
  ),
  [
    'cost.items[].allPerMonth',
    {
      unit: 'money',
      standing: 'estimated',
      formula: 'bill of this item for all fetches of a month',
      inputs: ['cost.priced.ok', 'cost.extrapolation.factor'],
      notIncluded: NOT_INCLUDED,
    },
  ],
  ...perUnit('cost.items[].unitPrice'),
  ['cost.items[].tiers', { unit: 'count', standing: 'assumed', formula: 'tiers of the price list; the bill walks all of them' }],
  ...perUnit('cost.unitPrice'),
  ['cost.extrapolation.factor', { unit: 'number', standing: 'derived', formula: '730 h / hours of the window' }],
  [
    'cost.extrapolation.hours',
    { unit: 'count', standing: 'measured', formula: 'complete hours of the window, from its first request on' },
  ],
  [
    'cost.extrapolation.quietestHour',
    { unit: 'count', standing: 'of run', formula: 'redundant fetches of the complete hour with the fewest' },
  ],
  [
    'cost.extrapolation.busiestHour',
    { unit: 'count', standing: 'of run', formula: 'redundant fetches of the complete hour with the most' },
  ],
  ['cost.priced.ok', { unit: 'count', standing: 'measured', formula: 'fetches answered 2xx that have a price' }],
  [
    'cost.priced.redundant',
    { unit: 'count', standing: 'of run', formula: 'redundant fetches that have a price', inputs: ['totals.fetches.redundant'] },
  ],
  ['cost.priced.redundantLow', { unit: 'count', standing: 'of run', formula: 'the least of them that the log allows for' }],
  ['cost.priced.redundantHigh', { unit: 'count', standing: 'of run', formula: 'the most of them that the log allows for' }],
  ['cost.notPriced.ok', { unit: 'count', standing: 'measured', formula: 'fetches answered 2xx by issuers without a price here' }],
  [
    'cost.notPriced.redundant',
    { unit: 'count', standing: 'of run', formula: 'redundant fetches by issuers without a price here' },
  ],
  ...(['client', 'route', 'owner', 'cause', 'finding'] as const).flatMap(showback),
  ...bounds(
    'load.waitSecondsPerMonth',
    'time waited for redundant tokens x 730 h / hours of the window',
    ['totals.latency.redundantWaitMs'],
    'at the pace of the quietest complete hour',
    'at the pace of the busiest complete hour',
    seconds,
  ),
  [
    'load.rateLimit.fetches',
    { unit: 'number', standing: 'assumed', formula: 'what --rate-limit says, or what the provider is known to allow' },
  ],
  ['load.rateLimit.seconds', { unit: 's', standing: 'assumed', formula: 'within so many seconds' }],
  [
    'load.rateLimit.peak',
    {
      unit: 'count',
      standing: 'measured',
      formula: 'most token requests within as many seconds, failed ones too',
      notIncluded: 'requests of others that share the limit',
    },
  ],
  [
    'load.rateLimit.headroom',
    {
      unit: 'number',
      standing: 'derived',
      formula: 'limit / peak; below 1 the limit was exceeded',
      inputs: ['load.rateLimit.fetches', 'load.rateLimit.peak'],
    },
  ],
  ['load.issuerCpu.redundant', { unit: 'count', standing: 'of run', formula: "redundant fetches from an issuer of one's own" }],
  ...bounds(
    'load.issuerCpu.vcpuSeconds',
    'redundant fetches / fetches that one vCPU answers in a second (120)',
    ['load.issuerCpu.redundant'],
    'with 240 a second',
    MOST,
    { unit: 's', ...cpu },
  ),
  ...bounds(
    'load.issuerCpu.vcpus',
    'vCPU seconds / seconds of the window',
    ['load.issuerCpu.vcpuSeconds.base'],
    'with 240 fetches a second for each vCPU',
    MOST,
    { unit: 'number', ...cpu },
  ),
];
