/** Limits of budgets as people write them: `5%`, `0.05`, `10`, `50ms`, `USD 100`. */
import { TokenTaxError } from '../errors.js';
import type { Limit, LimitMeasure } from './budgets.js';

type Value = Pick<Limit, 'limit' | 'currency'>;

const wrong = (name: string, what: string, help: string): TokenTaxError =>
  new TokenTaxError('BAD_OPTION', `${name} must be ${what}`, { help });

const share = (name: string, text: string): Value => {
  const help = 'write "5%" or 0.05';
  const percent = /^(\d+(?:\.\d+)?)\s*%$/.exec(text);
  // 5 could be meant as 5 % or as 500 %: it is asked for, not guessed.
  const value =
    percent !== null
      ? Number((Number(percent[1]) / 100).toPrecision(15))
      : /^\d*\.?\d+(?:e-?\d+)?$/i.test(text)
        ? Number(text)
        : Number.NaN;
  if (!(value >= 0 && value <= 1)) throw wrong(name, 'a share from 0% to 100%', help);
  return { limit: value };
};

const amount = (name: string, text: string): Value => {
  const value = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isFinite(value)) throw wrong(name, 'a number from 0', 'write a number such as 10');
  return { limit: value };
};

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000 };

const time = (name: string, text: string): Value => {
  const [, value, unit = ''] = /^(\d+(?:\.\d+)?)\s*(ms|s|m)$/.exec(text) ?? [];
  if (value === undefined && text !== '0') throw wrong(name, 'a duration with its unit', 'write "50ms" or "1.5s"');
  return { limit: value === undefined ? 0 : Number(value) * unitMs[unit]! };
};

const symbols: Readonly<Record<string, string>> = { $: 'USD', '€': 'EUR', '£': 'GBP' };

const money = (name: string, text: string): Value => {
  const match = /^(?:([A-Z]{3})\s*|([$€£])\s*)?(\d+(?:\.\d+)?)(?:\s*([A-Z]{3}))?$/.exec(text);
  if (match === null) throw wrong(name, 'an amount of money for a month', 'write 100, "USD 100" or "100 EUR"');
  return { limit: Number(match[3]), currency: match[1] ?? symbols[match[2] ?? ''] ?? match[4] };
};

const readers = {
  maxRedundant: share,
  maxFetchesPer1000: amount,
  minHitRatio: share,
  maxAddedP95: time,
  maxCost: money,
} as const satisfies Record<LimitMeasure, (name: string, text: string) => Value>;

export const measures = Object.keys(readers) as readonly LimitMeasure[];

/** `--max-added-p95` and so on. */
export const flagOf = (measure: LimitMeasure): string =>
  `--${measure
    .replace(/([a-z])([A-Z])/g, '$1-$2')
    .replace(/([a-z])(\d)/g, '$1-$2')
    .toLowerCase()}`;

/** @throws {TokenTaxError} BAD_OPTION that says what `name` must be */
export const parseLimit = (measure: LimitMeasure, text: string | number, name = flagOf(measure)): Value =>
  readers[measure](name, String(text).trim());

type Level = 'off' | 'warn' | 'error';
/** `"5%"`, `["warn", "5%"]`, `"off"`. */
export type BudgetEntry = string | number | readonly [Level, (string | number)?];

type Budgets = { readonly [M in LimitMeasure]?: BudgetEntry | undefined };
export type ScopedBudgets = Budgets & {
  readonly clients?: Readonly<Record<string, Budgets>> | undefined;
  readonly routes?: Readonly<Record<string, Budgets>> | undefined;
};

/** Level and value of an entry; undefined where it is off. */
export const entryOf = (
  entry: BudgetEntry,
): { readonly level: 'warn' | 'error'; readonly value: string | number | undefined } | undefined => {
  if (entry === 'off') return undefined;
  if (typeof entry !== 'object') return { level: 'error', value: entry };
  const [level, value] = entry;
  return level === 'off' ? undefined : { level, value };
};

/** All limits, in the order of measures: global, per client, per route. */
export function limitsOf(budgets: ScopedBudgets): Limit[] {
  const of = (some: Budgets, scope: Limit['scope'], path: string): Limit[] =>
    measures.flatMap((measure) => {
      const entry = some[measure] === undefined ? undefined : entryOf(some[measure]);
      if (entry?.value === undefined) return [];
      return [{ measure, scope, level: entry.level, ...parseLimit(measure, entry.value, `${path}.${measure}`) }];
    });
  const each = (kind: 'client' | 'route', list: Readonly<Record<string, Budgets>> = {}): Limit[] =>
    Object.entries(list).flatMap(([pattern, some]) => of(some, { kind, pattern }, `budgets.${kind}s.${pattern}`));
  return [
    ...of(budgets, { kind: 'all', pattern: null }, 'budgets'),
    ...each('client', budgets.clients),
    ...each('route', budgets.routes),
  ];
}

/** Every cause that a finding can have. */
export const causeCodes = [...Array.from({ length: 18 }, (_, index) => `TT${101 + index}`), 'TT199'] as readonly string[];

/** Named sets of budgets, for a start. */
export const presets = {
  /** For a service that is clean: nearly nothing redundant, and nobody notices the fetches. */
  strict: { budgets: { maxRedundant: ['error', '1%'], maxAddedP95: ['error', '20ms'] }, failOn: ['TT118'] },
  /** The default where nothing is configured. */
  recommended: { budgets: { maxRedundant: ['error', '5%'], maxAddedP95: ['warn', '50ms'] }, failOn: [] },
  /** Shows, and never fails. */
  audit: { budgets: { maxRedundant: ['warn', '5%'], maxAddedP95: ['warn', '50ms'], minHitRatio: ['warn', '90%'] }, failOn: [] },
} as const satisfies Record<string, { readonly budgets: ScopedBudgets; readonly failOn: readonly string[] }>;

export type PresetName = keyof typeof presets;
export const presetNames = Object.keys(presets) as readonly PresetName[];
