/** Prints lines of a text format from its patterns, with what each slot must hold when they are read. */
import fc from 'fast-check';
import type { Escapes, Field, Layout, Slot } from '../../src/formats/define.js';
import { expand, type FlatPart, parsePattern } from '../../src/formats/pattern.js';
import { nginxVariables } from '../../src/formats/variables.js';

export interface Printed {
  readonly line: string;
  /** Text of the slots that the line fills; where two fields fill one, that of the later. */
  readonly slots: Readonly<Partial<Record<Slot, string>>>;
}

/** What stands on the line, and what is to be read of it. */
interface Value {
  readonly printed: string;
  readonly read: string;
}

const same = (text: string): Value => ({ printed: text, read: text });
const choose = (...texts: readonly string[]): fc.Arbitrary<Value> => fc.constantFrom(...texts).map(same);
const numbers = fc.nat(99_999).map((number) => same(String(number)));
const decimals = fc.nat(99_999).map((number) => same((number / 1000).toFixed(3)));
const words = fc.stringMatching(/^[A-Za-z][A-Za-z0-9._-]{0,11}$/).map(same);
const addresses = fc.oneof(fc.ipV4(), fc.constantFrom('2001:db8::7', '::1'));
const paths = fc
  .array(fc.stringMatching(/^[a-z][a-z0-9-]{0,6}$/), { minLength: 1, maxLength: 3 })
  .map((segments) => `/${segments.join('/')}`);
const methods = fc.constantFrom('GET', 'POST', 'PUT', 'DELETE');

const HEADERS = [
  '',
  'Mar  2 10:15:30 lb1 haproxy[2114]: ',
  '<134>Mar 12 10:15:30 haproxy[7]: ',
  '2026-03-02T10:15:30.123456+01:00 lb1 haproxy[2114]: ',
  '<134>1 2026-03-02T10:15:30.123Z lb1 haproxy 2114 - [a@1 b="c"] ',
];

const seconds = fc.integer({ min: 1_600_000_000, max: 1_900_000_000 });
const iso = seconds.map((second) => new Date(second * 1000).toISOString());
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const clf = iso.map((text) => {
  const [year = '', month = '', day = ''] = text.slice(0, 10).split('-');
  return `${day}/${MONTHS[Number(month) - 1]}/${year}:${text.slice(11, 19)}`;
});

const times: Readonly<Record<string, fc.Arbitrary<Value>>> = {
  'time-clf': fc.tuple(clf, fc.constantFrom(' +0000', ' -0530', '.123')).map(([text, end]) => same(text + end)),
  'time-iso': iso.map(same),
  'time-java': iso.map((text) => same(text.slice(0, 16))),
  'time-slashed': iso.map((text) => same(`${text.slice(0, 10).replaceAll('-', '/')} - ${text.slice(11, 19)}`)),
  'time-epoch': fc.tuple(seconds, fc.constantFrom('.123', '.000')).map(([second, end]) => same(second + end)),
};

const requestLines = (isAbsolute: boolean): fc.Arbitrary<Value> =>
  fc
    .tuple(methods, paths, fc.constantFrom('', '?a=1&b=2'))
    .map(([method, path, query]) => same(`${method} ${isAbsolute ? 'http://api.example.com' : ''}${path}${query} HTTP/1.1`));

/** Texts in quotes: what the writer escapes, and what it does not. */
const quotedTexts = (escapes: Escapes): fc.Arbitrary<Value> =>
  choose(
    'orders-gw/4.2',
    'Mozilla/5.0 (X11; Linux x86_64)',
    '-',
    ...({ text: ['a \\"b\\" c', '\\x22x\\x22'], json: ['a \\"b\\"'], hash: ['a #22b#22'], none: ['a "b"c', 'back\\slash'] }[
      escapes
    ] ?? []),
  );

function plainValues(part: FlatPart & { kind: 'field' }, escapes: Escapes, isQuoted: boolean): fc.Arbitrary<Value> {
  const { field, words: said } = part;
  const has = (word: (typeof said)[number]): boolean => said.includes(word);
  if (field?.as.startsWith('time') === true)
    return has('digits') ? seconds.map((second) => same(`${second}123`)) : times[field.as]!;
  if (field?.slot === 'status') return fc.integer({ min: 100, max: 599 }).map((status) => same(String(status)));
  if (field?.slot === 'request') return requestLines(has('absolute'));
  if (field?.slot === 'method') return methods.map(same);
  if (field?.slot === 'target') return paths.map(same);
  if (has('header')) return fc.constantFrom(...HEADERS).map(same);
  if (has('iso')) return iso.map(same);
  if (has('integers')) return choose('200', '502, 200', '0, 5120 : 17', '-');
  if (has('integer')) return fc.oneof(numbers, choose('-1', '-'));
  if (has('digits')) return numbers;
  if (has('decimal') || field?.as === 'seconds')
    return field?.list === true ? choose('0.001', '0.100, 0.200 : 0.300', '-') : decimals;
  if (has('id')) return choose('9f2c1a7be04d4c53', 'aBcDeFgHoEEFxyz=', '3f1d2c4b-0000-4000-8000-000000000001');
  if (field?.as === 'duration-unit') return choose('14ms', '1.5s', '1m20s', '850µs');
  if (field?.slot === 'duration' || field?.slot === 'bytes' || field?.slot === 'upstream') return numbers;
  if (field?.list === true) return choose('10.0.0.1:80', '10.0.0.1:80, 10.0.0.2:80', '-');
  if (field?.slot === 'client') return addresses.map(same);
  if (has('plain') || has('item') || has('bare') || !isQuoted) return words;
  return field?.slot === 'userAgent' ? quotedTexts(escapes) : choose('-', 'shop.example.com', 'two words');
}

/** What is cut off, put on. */
function dressed(said: readonly string[], value: Value, behind: string): fc.Arbitrary<Value> {
  const { printed, read } = value;
  const as = (...ways: readonly (readonly [string, string])[]): fc.Arbitrary<Value> =>
    fc.constantFrom(...ways).map(([text, inner]) => ({ printed: text, read: inner }));
  if (said.includes('address'))
    return as([`${printed}:40112`, read], [read.includes(':') ? `[${printed}]:443` : `${printed}:1`, read]);
  if (said.includes('plus')) return as([printed, read], [printed.startsWith('-') ? printed : `+${printed}`, read]);
  if (said.includes('last')) return as([printed, read], [`203.0.113.9, ${printed}`, read]);
  if (said.includes('scheme')) return as([printed, read], [`tcp://${printed}`, read]);
  if (said.includes('named')) return as([printed, read], ['<NOSRV>', ''], ['<CACHE>', '']);
  // Spaces that are the separator cannot pad as well.
  if (said.includes('padded'))
    return as([printed, read], [`   ${printed}`, read], [behind.startsWith(' ') ? printed : `${printed}  `, read]);
  return fc.constant(value);
}

function valueAt(parts: readonly FlatPart[], at: number, escapes: Escapes, isQuoted: boolean): fc.Arbitrary<Value> {
  const part = parts[at] as FlatPart & { kind: 'field' };
  const next = parts[at + 1];
  const behind = next?.kind === 'text' ? next.text : '';
  const made = plainValues(part, escapes, isQuoted).chain((value) => dressed(part.words, value, behind));
  if (!part.words.includes('torn')) return made;
  return fc
    .tuple(made, fc.boolean())
    .map(([value, isTorn]) => ({ ...value, printed: isTorn ? value.printed : `${value.printed}"` }));
}

export function printed(layout: Layout & { kind: 'patterns' }): fc.Arbitrary<Printed> {
  const fields: Readonly<Record<string, Field>> = { ...nginxVariables, ...layout.fields };
  const ways = layout.patterns.flatMap((pattern) => expand(parsePattern(pattern, fields)));
  return fc.constantFrom(...ways).chain((parts) => printedWay(parts, layout.escapes ?? 'text'));
}

function printedWay(parts: readonly FlatPart[], escapes: Escapes): fc.Arbitrary<Printed> {
  let isQuoted = false;
  const values = parts.map((part, at): fc.Arbitrary<Value> => {
    if (part.kind === 'text') {
      for (const char of part.text) if (char === '"') isQuoted = !isQuoted;
      return fc.constant(same(part.text));
    }
    return part.words.includes('again') ? fc.constant(same('')) : valueAt(parts, at, escapes, isQuoted);
  });
  return fc.tuple(...values).map((made) => {
    const slots: Partial<Record<Slot, string>> = {};
    parts.forEach((part, at) => {
      if (part.kind !== 'field' || part.field === undefined) return;
      // The same bytes as those of the next field, with nothing cut off.
      slots[part.field.slot] = part.words.includes('again') ? made[at + 1]!.printed : made[at]!.read;
    });
    return { line: made.map(({ printed: text }) => text).join(''), slots };
  });
}
