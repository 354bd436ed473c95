/** What `token-tax formats` prints. 80 columns, whatever the terminal: it is read in issues and chats too. */
import { adviceFor, type GatewayAdvice } from '../formats/advice.js';
import { compile } from '../formats/compile.js';
import type { Expected, Field, Format } from '../formats/define.js';
import { evidence, type LogFacts } from '../formats/evidence.js';
import { usualNames } from '../formats/variables.js';
import { cells, shown, wrap } from '../report/cells.js';
import { count, percent } from '../report/words.js';
import type { LogRecord } from '../scan/record.js';

const WIDTH = 80;

const stamps = { start: 'start', end: 'end', unknown: '-' } as const;

/** A term, and what is said of it behind or below it. */
const entry = (indent: number, term: string, width: number, text: string): string[] => {
  const [first = '', ...rest] = wrap(text, WIDTH - indent - width);
  const lead = ' '.repeat(indent) + term;
  const hanging = rest.map((line) => ' '.repeat(indent + width) + line);
  return cells(term) < width
    ? [lead + ' '.repeat(width - cells(term)) + first, ...hanging]
    : [lead, ...wrap(text, WIDTH - indent - width).map((line) => ' '.repeat(indent + width) + line)];
};

const lines = (...parts: readonly (readonly string[])[]): string => `${parts.flat().join('\n').trimEnd()}\n`;

export const listText = (formats: readonly Format[]): string => {
  const sorted = [...formats].sort((a, b) => (a.id < b.id ? -1 : 1));
  const width = Math.max(...sorted.map(({ id }) => id.length)) + 2;
  const row = ({ id, title, aliases = [], stamped }: Format): string[] => [
    ...entry(0, `${id.padEnd(width)}${stamps[stamped]}`, width + 8, title),
    ...(aliases.length === 0 ? [] : entry(0, '', width + 8, `also: ${aliases.join(', ')}`)),
  ];
  return lines([`${'--log-format'.padEnd(width)}stamps  what`], sorted.flatMap(row), [
    '',
    'Stamps: at the start or the end of a request; - is not said, and taken for the',
    'end where a duration is logged. "token-tax formats show ID" has the fields.',
  ]);
};

const slotText = ({ slot, as }: Field): string =>
  ['seconds', 'milliseconds', 'microseconds', 'nanoseconds'].includes(as) ? `${slot} (${as})` : slot;

const unique = (texts: readonly string[]): string[] => [...new Set(texts)];

const textOf = (key: string, value: string | number): string => `${key}\u00a0${String(value).replaceAll(' ', '\u00a0')}`;

/** Pairs of key and value, as many in a line as fit. */
const flow = (indent: string, pairs: readonly string[]): string[] => {
  const out: string[] = [];
  let line = '';
  for (const pair of pairs.map((each) => each.replaceAll('\u00a0', ' '))) {
    if (line !== '' && indent.length + cells(line) + 3 + cells(pair) > WIDTH) {
      out.push(indent + line);
      line = pair;
    } else line = line === '' ? pair : `${line}   ${pair}`;
  }
  return line === '' ? out : [...out, indent + line];
};

const pairsOf = (record: Expected): string[] =>
  Object.entries(record)
    .filter(([key]) => key !== 'line' && key !== 'file' && key !== 'timeAt')
    .map(([key, value]) => textOf(key, key === 'time' ? new Date(value).toISOString() : shown(String(value))));

const keysOf = ({ id, layout }: Format): string[] => {
  if (id === 'json') {
    const bySlot = new Map<string, string[]>();
    for (const [field, names] of usualNames) bySlot.set(slotText(field), [...(bySlot.get(slotText(field)) ?? []), ...names]);
    return [
      '',
      'Keys, best first; others with --map',
      ...[...bySlot].flatMap(([slot, names]) => entry(2, slot, 26, names.join(', '))),
    ];
  }
  if (layout.kind === 'json') {
    const keys = Object.entries(layout.fields).map(([key, field]) => [key, [field].flat().map(slotText).join(', ')] as const);
    return ['', 'Keys', ...keys.flatMap(([key, slot]) => entry(2, key, 34, slot))];
  }
  const texts =
    'template' in layout
      ? [layout.template]
      : Object.values(layout)
          .flat()
          .filter((value) => typeof value === 'string');
  return ['', 'Template', ...texts.map((text) => `  ${text}`)];
};

export const showText = (format: Format): string => {
  const { id, title, aliases = [], docs, stamped, samples, layout } = format;
  const { fields } = compile(layout);
  const facts = (name: string, text: string): string[] => entry(0, name, 13, text);
  return lines(
    wrap(`${id} - ${title}`, WIDTH),
    [''],
    aliases.length === 0 ? [] : facts('Also called', aliases.join(', ')),
    facts(
      'Stamps',
      stamped === 'unknown' ? 'not said: end of the request where a duration is logged' : `${stamped} of the request`,
    ),
    fields.length === 0 ? [] : facts('Fields', unique(fields.map(slotText)).join(', ')),
    facts('Docs', docs),
    keysOf(format),
    ['', 'Samples'],
    samples.flatMap(({ line, gives }) => [
      `  ${shown(line)}`,
      ...flow(
        '    ',
        gives.skip === undefined ? pairsOf(gives) : [gives.skip === 'invalid' ? 'cannot be read' : 'holds no request'],
      ),
    ]),
  );
};

/** What `formats test` found in one file. */
export interface Tested {
  readonly name: string;
  readonly format: string;
  readonly runnerUp: { readonly format: string; readonly matchRate: number } | null;
  readonly stamped: Format['stamped'];
  readonly parsed: number;
  readonly rejected: number;
  readonly notRequests: number;
  readonly zoneless: boolean;
  readonly tz: string | undefined;
  readonly picked: readonly LogRecord[];
  readonly facts: LogFacts;
}

const resolution = (ms: number): string => (ms >= 1000 ? `${ms / 1000} s` : `${ms} ms`);

const recordText = (record: LogRecord, width: number): string[] => {
  const indent = ' '.repeat(width + 4);
  const [first = '', ...rest] = flow(indent, pairsOf(record));
  return [`  ${String(record.line).padStart(width)}  ${first.slice(indent.length)}`, ...rest];
};

const stampText = ({ stamped, facts: { resolutionMs }, zoneless, tz }: Tested): string => {
  const at = stamped === 'unknown' ? 'not said at which end of the request' : `at the ${stamped} of the request`;
  const zone = zoneless ? `no zone: ${tz === undefined ? 'UTC is assumed, see --tz' : `${tz} as told`}` : 'with their zone';
  return `Stamps to ${resolution(resolutionMs)}, ${at}, ${zone}.`;
};

export const testText = (tested: Tested): string => {
  const { name, format, runnerUp, parsed, rejected, notRequests, picked, facts } = tested;
  const all = parsed + rejected;
  const next = runnerUp === null ? 'no other format fits' : `next best: ${runnerUp.format}, ${percent(runnerUp.matchRate)}`;
  const without = notRequests === 0 ? '' : `, ${count(notRequests)} without a request`;
  const has = evidence.filter(({ isThere }) => isThere(facts));
  const lacks = evidence.filter(({ isThere }) => !isThere(facts));
  const width = Math.max(0, ...picked.map(({ line }) => String(line).length));
  return lines(
    [`${shown(name)}   ${format}   ${count(parsed)} of ${count(all)} sample lines${without}`],
    [`  ${next}`],
    picked.length === 0
      ? ['  there is no request in them']
      : [...wrap(stampText(tested), WIDTH - 2).map((line) => `  ${line}`), ...picked.flatMap((one) => recordText(one, width))],
    has.length === 0 ? [] : entry(2, 'can tell:', 11, `${has.map((one) => one.has).join(', ')}`),
    lacks.length === 0 ? [] : ['  cannot tell:'],
    lacks.flatMap((one) =>
      wrap(`${one.lacks}: ${one.costs}`, WIDTH - 6).map((line, at) => (at === 0 ? `    ${line}` : `      ${line}`)),
    ),
  );
};

/** Scopes, grants and lifetimes are in no access log: no configuration brings them. */
const configurable = new Set(['client', 'stamps', 'durations', 'upstream', 'agent', 'node']);

export const adviceOf = ({ format, facts, picked }: Tested): readonly GatewayAdvice[] =>
  picked.length > 0 && evidence.some(({ id, isThere }) => configurable.has(id) && !isThere(facts)) ? adviceFor(format) : [];

export const adviceText = ({ name, says, directive, docs }: GatewayAdvice): string =>
  lines(
    wrap(`To log more: ${name}`, WIDTH),
    wrap(says, WIDTH - 2).map((line) => `  ${line}`),
    [''],
    directive.split('\n').map((line) => `    ${line}`),
    ['', `  ${docs}`],
  );
