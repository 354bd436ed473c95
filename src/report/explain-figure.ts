/** Where a figure of a saved result comes from: formula, inputs with their values, what is assumed, the lines behind it. */
import type { Analysis, Evidence, Finding, KeyResult, Standing } from '../analysis/result.js';
import { pad, shown } from './cells.js';
import { evidenceCommand } from './evidence.js';
import { type Figure, figures, shortNames } from './figure-list.js';
import { allFigures, beside, type Found, find, leaves } from './figure-paths.js';
import { type Page, sentence } from './page.js';
import { cents, count, duration, percent, plural, rate, seconds } from './words.js';

const valueText = (value: number, unit: Figure['unit'], { cost }: Analysis, pattern: string): string => {
  switch (unit) {
    case 'count':
      return value < 0 ? `-${count(-value)}` : count(value);
    case 'share':
      return value < 0 ? `-${percent(-value)}` : percent(value);
    case 'ms':
      return value < 0 ? `-${duration(-value)}` : duration(value);
    case 's':
      return seconds(value);
    case 'money':
      // The price of one token is a fraction of a cent.
      return pattern.endsWith('unitPrice.amount')
        ? shown(`${cost?.currency ?? ''} ${value}`.trim())
        : cents(shown(cost?.currency ?? ''), value);
    case 'number':
      return value < 0 ? `-${rate(-value)}` : rate(value);
  }
};

const standingOfKey = (key: KeyResult): Standing => (key.lifetimeFrom === 'unknown' ? 'assumed' : 'derived');

const elementOf = (analysis: Analysis, { id }: Found, list: 'keys' | 'findings' | 'simulation'): Found | undefined => {
  if (!id.startsWith(`${list}[`)) return undefined;
  const all = analysis[list] ?? [];
  for (const index of all.keys()) {
    const element = find(analysis, `${list}[${index}]`);
    if (element !== undefined && (id === element.id || id.startsWith(`${element.id}.`))) return element;
  }
  return undefined;
};

const standingOf = (analysis: Analysis, found: Found, { standing }: Figure): Standing => {
  if (standing === 'of run') return analysis.totals.redundantShare.standing;
  if (standing === 'of key') {
    const key = elementOf(analysis, found, 'keys')?.value as KeyResult | undefined;
    return key === undefined ? 'unknown' : standingOfKey(key);
  }
  if (standing !== 'own') return standing;
  const own = elementOf(analysis, found, 'findings') ?? elementOf(analysis, found, 'simulation');
  return (own?.value as { readonly standing: Standing } | undefined)?.standing ?? 'unknown';
};

const label = (on: Page, name: string, text: string): string[] => {
  const width = 14;
  const lines = sentence(on, `${pad(name, width)}${text}`.trimEnd(), '  ');
  return lines;
};

/** An assumption counts for a figure if it names it, or what it is computed from, or a place above or below. */
const assumptionsFor = (analysis: Analysis, patterns: readonly string[]): Analysis['assumptions'] => {
  const under = (a: string, b: string): boolean => a === b || a.startsWith(`${b}.`) || a.startsWith(`${b}[`);
  return analysis.assumptions.filter(({ affects }) =>
    affects.some((affected) => patterns.some((pattern) => under(pattern, affected) || under(affected, pattern))),
  );
};

const MOST_LINES = 3;

const evidenceFor = (analysis: Analysis, found: Found): readonly Evidence[] => {
  const finding = elementOf(analysis, found, 'findings')?.value as Finding | undefined;
  if (finding !== undefined) return finding.evidence;
  const key = elementOf(analysis, found, 'keys')?.value as KeyResult | undefined;
  if (key !== undefined) return analysis.findings.filter((each) => each.key === key.id).flatMap(({ evidence }) => evidence);
  const ofFetches = /^(?:totals\.(?:fetches|redundantShare|bounds|latency)|cost\.window|cost\.perMonth)/.test(found.pattern);
  return ofFetches ? analysis.findings.flatMap(({ evidence }) => evidence) : [];
};

const valueAt = (analysis: Analysis, found: Found): string => {
  if (found.value === null) return 'not known';
  const figure = figures.get(found.pattern);
  return figure === undefined || typeof found.value !== 'number'
    ? ''
    : valueText(found.value, figure.unit, analysis, found.pattern);
};

const oneFigure = (on: Page, analysis: Analysis, found: Found, figure: Figure): string[] => {
  const wanted = (figure.inputs ?? []).flatMap((pattern) => {
    const id = beside(found, pattern);
    const input = id === undefined ? undefined : find(analysis, id);
    return input === undefined ? [] : [input];
  });
  const assumed = assumptionsFor(analysis, [found.pattern, ...(figure.inputs ?? [])]);
  const evidence = evidenceFor(analysis, found);
  const standing = found.value === null ? 'unknown' : standingOf(analysis, found, figure);
  return [
    ...sentence(on, `${shown(found.id)} = ${valueAt(analysis, found)}`, '').map(on.paint.strong),
    ...label(on, 'standing', standing),
    ...label(on, 'formula', figure.formula),
    ...workingOf(on, analysis, found),
    ...wanted.flatMap((input) => label(on, valueAt(analysis, input), ` ${shown(input.id)}`)),
    ...assumed.flatMap(({ id, value, from }) => label(on, 'assumed', `${shown(id)} = ${shown(value)}, from ${shown(from)}`)),
    ...evidence
      .slice(0, MOST_LINES)
      .flatMap((each) => [...label(on, 'line', `${shown(each.file)} line ${count(each.line)}`), `    ${evidenceCommand(each)}`]),
    ...(evidence.length > MOST_LINES ? sentence(on, `and ${plural(evidence.length - MOST_LINES, 'more line')}`, '    ') : []),
    ...(figure.notIncluded === undefined ? [] : label(on, 'not included', leavesOut(analysis, found, figure) ?? '')),
  ];
};

const isCost = ({ pattern }: Found): boolean => pattern.startsWith('cost.');

/** What a cost leaves out is known to each result; of other figures it is always the same. */
const leavesOut = ({ cost }: Analysis, found: Found, { notIncluded }: Figure): string | undefined =>
  isCost(found) && notIncluded !== undefined && cost !== null ? shown(cost.notIncluded.join('; ')) : notIncluded;

/** The multiplication itself, with the price, its date and its source. */
const workingOf = (on: Page, { cost }: Analysis, found: Found): string[] => {
  if (cost === null || !/^cost\.(?:window|perMonth|allPerMonth|items)/.test(found.pattern)) return [];
  const items = cost.items.filter(({ id }) => !found.id.startsWith('cost.items[') || found.id.startsWith(`cost.items[${id}]`));
  const { currency } = cost;
  const range = found.pattern.includes('erMonth') ? cost.perMonth : cost.window;
  return [
    ...items.flatMap(({ working }) => label(on, 'working', shown(working))),
    ...cost.models.flatMap(({ id, asOf, source }) =>
      label(on, 'price', shown(asOf === null ? source : `${id}, prices of ${asOf}, ${source}`)),
    ),
    ...(range === null || items.length < cost.items.length
      ? []
      : label(on, 'range', shown(`${cents(currency, range.low)} to ${cents(currency, range.high)}`))),
    ...(cost.allPerMonth === null || !found.pattern.includes('erMonth') || items.length < cost.items.length
      ? []
      : label(on, 'all fetches', shown(`${cents(currency, cost.allPerMonth)} a month`))),
    ...(cost.perMonthWhyNot === null ? [] : label(on, 'a month', shown(`not said: ${cost.perMonthWhyNot}`))),
  ];
};

const texts = (on: Page, { value }: Found): string[] => {
  const { title, code, why } = value as Partial<Finding>;
  return code === undefined || why === undefined ? [] : sentence(on, `${shown(code)} ${shown(title ?? '')}: ${shown(why)}`);
};

/** The figures under a place, each with its value; the whole of `keys[...]` or `findings[...]`. */
const listOf = (on: Page, analysis: Analysis, place: Found): string[] => {
  const numbers = [...leaves(place)];
  if (numbers.length === 0) return [];
  return [
    ...sentence(on, shown(place.id), '').map(on.paint.strong),
    ...texts(on, place),
    ...numbers.flatMap((each) => sentence(on, `${shown(each.id)} = ${valueAt(analysis, each)}`)),
  ];
};

const noMoney = (on: Page, { load }: Analysis, id: string): string =>
  `${[
    ...sentence(on, `${shown(id)}: not known`, '').map(on.paint.strong),
    ...label(on, 'money', shown(load?.money ?? 'not known')),
    ...label(on, 'what adds it', '--price AMOUNT/COUNT, or --price-model ID for a published price list'),
    ...label(on, 'without it', 'time waited (explain wait), connections held (explain connections)'),
  ].join('\n')}\n`;

const noMonth = (on: Page, { cost }: Analysis, id: string): string =>
  `${[
    ...sentence(on, `${shown(id)}: not said`, '').map(on.paint.strong),
    ...label(on, 'why', shown(cost?.perMonthWhyNot ?? 'not known')),
    ...label(on, 'what adds it', 'a log of an hour or more; --force-month says it all the same'),
  ].join('\n')}\n`;

/** What `explain` prints of a figure, or of all under a place; undefined where the result has no such id. */
export const explainFigure = (on: Page, analysis: Analysis, id: string): string | undefined => {
  const place = find(analysis, shortNames[id] ?? id);
  const wantsCost = id === 'cost' || id.startsWith('cost.');
  if (wantsCost && analysis.cost === null) return noMoney(on, analysis, id);
  if (place !== undefined && place.value === null && /^cost\.(?:perMonth|allPerMonth)$/.test(place.pattern))
    return noMonth(on, analysis, place.id);
  if (place === undefined && analysis.cost?.perMonth === null && (shortNames[id] ?? id).startsWith('cost.perMonth.'))
    return noMonth(on, analysis, shown(id));
  if (place === undefined) return id in shortNames ? `${shown(id)}: not known, or not asked for, in this result\n` : undefined;
  const figure = figures.get(place.pattern);
  const lines =
    figure !== undefined && (typeof place.value === 'number' || place.value === null)
      ? oneFigure(on, analysis, place, figure)
      : listOf(on, analysis, place);
  if (lines.length > 0) return `${lines.join('\n')}\n`;
  return place.value === null || typeof place.value === 'object'
    ? `${shown(place.id)}: ${place.value === null ? 'not known, or not asked for' : 'empty'} in this result\n`
    : `${shown(place.id)} = ${shown(String(place.value))}\n`;
};

/** All ids that can be explained, for a list and for suggestions. */
export const figureIds = (analysis: Analysis): string[] => [
  ...Object.keys(shortNames),
  ...[...allFigures(analysis)].map(({ id }) => id),
];
