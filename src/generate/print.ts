/** A format as a printer: the line of its own sample, with what a record says put in the place of what the sample says. */
import type { Field, Format, JsonLayout, Slot } from '../formats/define.js';
import { jsonFields } from '../formats/json-fields.js';
import { expand, type FlatPart, parsePattern } from '../formats/pattern.js';
import { nginxVariables, pairKeys } from '../formats/variables.js';
import { type LineRecord, textOf } from './values.js';

export interface Printer {
  readonly format: string;
  /** What a line shows of a record. */
  readonly shows: ReadonlySet<Slot>;
  /** One line, without its end. */
  readonly print: (record: LineRecord) => string;
}

/** One way to write a value that depends on the record, or text that does not. */
type Piece = string | ((record: LineRecord) => string);

const escapeExpression = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** The values of the fields of a line, in the order of the parts. */
function valuesIn(parts: readonly FlatPart[], line: string): readonly string[] | undefined {
  const source = parts.map((part) => {
    if (part.kind === 'text') return escapeExpression(part.text);
    if (part.words.includes('again')) return '()';
    if (part.words.includes('header')) return '((?:.*?: )?)';
    if (part.words.includes('plain')) return '([^ "]*?)';
    return '(.*?)';
  });
  return new RegExp(`^${source.join('')}$`).exec(line)?.slice(1);
}

/** Text that a writer puts where it has nothing to say. */
const NOTHING = '-';

const isEndStamped = ({ stamped }: Format): boolean => stamped !== 'start';

function textPiece(part: FlatPart & { kind: 'field' }, sample: string, format: Format): Piece {
  const { field } = part;
  if (field === undefined) return sample;
  if (part.name === 'pairs') return sample;
  const has = (word: (typeof part.words)[number]): boolean => part.words.includes(word);
  const port = has('address') ? (/:\d+$/.exec(sample)?.[0] ?? '') : '';
  const trimmed = sample.trim();
  const isEnd = isEndStamped(format);
  return (record) => {
    const value = textOf(field, trimmed, record, isEnd);
    if (value === undefined) return sample;
    const text = (value === '' ? NOTHING : value) + port;
    if (!has('padded')) return text;
    return sample.startsWith(' ') ? text.padStart(sample.length) : text.padEnd(sample.length);
  };
}

/** `rt=0.212 urt="0.091"`: the pairs of the sample, each with the meaning of its key. */
function pairPieces(sample: string, format: Format, slots: Set<Slot>): Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  for (const match of sample.matchAll(/([\w.-]+)=("?)([^"\s]*(?:, [^"\s]+)*)\2/g)) {
    const [, key = '', quote = '', value = ''] = match;
    const field = pairKeys[key];
    if (field === undefined) continue;
    slots.add(field.slot);
    pieces.push(`${sample.slice(from, match.index)}${key}=${quote}`);
    pieces.push((record) => textOf(field, value, record, isEndStamped(format)) || NOTHING);
    from = match.index + match[0].length - quote.length;
  }
  pieces.push(sample.slice(from));
  return pieces;
}

function textPrinter(format: Format, patterns: readonly string[], more: Readonly<Record<string, Field>>): Printer | undefined {
  const fields = { ...nginxVariables, ...more };
  const ways = patterns.flatMap((pattern) => expand(parsePattern(pattern, fields)));
  for (const { line, gives } of format.samples) {
    if (gives.skip !== undefined || gives.path === undefined) continue;
    for (const way of ways) {
      const values = valuesIn(way, line);
      if (values === undefined) continue;
      const slots = new Set<Slot>();
      let at = 0;
      const pieces = way.flatMap((part): Piece[] => {
        if (part.kind === 'text') return [part.text];
        const sample = values[at++]!;
        if (part.name === 'pairs') return pairPieces(sample, format, slots);
        if (part.field !== undefined) slots.add(part.field.slot);
        return part.words.includes('again') ? [''] : [textPiece(part, sample, format)];
      });
      // Sums of parts have no one way to be split.
      if (slots.has('durationMore') || slots.has('upstreamMore')) return undefined;
      return {
        format: format.id,
        shows: slots,
        print: (record) => pieces.map((piece) => (typeof piece === 'string' ? piece : piece(record))).join(''),
      };
    }
  }
  return undefined;
}

type Json = { [key: string]: unknown };

/** Puts a value at a dotted path that the sample has; undefined takes the key away. */
function setAt(record: Json, path: string, change: (old: unknown) => unknown): boolean {
  const put = (holder: Json, key: string): boolean => {
    const value = change(holder[key]);
    if (value === undefined) delete holder[key];
    else holder[key] = value;
    return true;
  };
  if (Object.hasOwn(record, path)) return put(record, path);
  for (let dot = path.indexOf('.'); dot >= 0; dot = path.indexOf('.', dot + 1)) {
    const inner = record[path.slice(0, dot)];
    if (inner !== null && typeof inner === 'object' && !Array.isArray(inner)) {
      if (setAt(inner as Json, path.slice(dot + 1), change)) return true;
    }
  }
  return false;
}

/** The text that means this value; undefined: none does. */
const wordFor = ({ words }: Field, value: string): string | undefined =>
  Object.entries(words ?? {}).find(([, meaning]) => meaning === value)?.[0];

function jsonValue(field: Field, old: unknown, record: LineRecord, isEnd: boolean): unknown {
  if (field.adds || field.param !== undefined || field.masked || (old !== null && typeof old === 'object')) return old;
  const value = textOf(field, String(old ?? ''), record, isEnd);
  if (value === undefined) return old;
  if (field.words !== undefined) return value === '' ? undefined : (wordFor(field, value) ?? undefined);
  if (value === '') return field.none?.[0] ?? undefined;
  return typeof old === 'number' ? Number(value) : value;
}

function jsonPrinter(format: Format, layout: JsonLayout): Printer | undefined {
  const sample = format.samples.find(({ gives }) => gives.skip === undefined && gives.path !== undefined);
  if (sample === undefined || layout.written === 'logfmt') return undefined;
  const text = sample.line;
  let probe: Json;
  try {
    probe = JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
  const isEnd = isEndStamped(format);
  const used: [string, Field][] = [];
  const fields = format.id === 'json' ? jsonFields([probe], []).fields : layout.fields;
  for (const [path, words] of Object.entries(fields)) {
    const list = Array.isArray(words) ? (words as readonly Field[]) : [words as Field];
    const [first] = list;
    if (first !== undefined && setAt(probe, path, (old) => old)) used.push([path, first]);
  }
  const shows = new Set(used.map(([, { slot }]) => slot));
  if (shows.has('durationMore') || shows.has('upstreamMore')) return undefined;
  const print = (record: LineRecord): string => {
    const out = JSON.parse(text) as Json;
    for (const [path, field] of used) setAt(out, path, (old) => jsonValue(field, old, record, isEnd));
    return JSON.stringify(out);
  };
  return { format: format.id, shows, print };
}

/**
 * Formats whose records are no lines of their own (a header or a whole document around them), and those of events, which name what
 * happened in place of a request.
 */
const NOT_LINES = new Set([
  ...['aws-apigw-csv', 'aws-apigw-http-csv', 'aws-apigw-xml', 'cloudfront', 'cloudtrail', 'har', 'otlp', 'w3c', 'w3c-aspnet'],
  ...['auth0', 'entra', 'keycloak', 'okta'],
]);

/** How lines of a format are printed; undefined where they cannot be. */
export function printerOf(format: Format): Printer | undefined {
  const { layout } = format;
  if (NOT_LINES.has(format.id)) return undefined;
  if (layout.kind === 'json') return jsonPrinter(format, layout);
  if (layout.kind === 'template') return textPrinter(format, [layout.template], {});
  return textPrinter(format, layout.patterns, layout.fields ?? {});
}
