/** Text formats as printers: the line of one of their samples, with what a record says in the place of what the sample says. */
import type { Field, Format, Slot } from '../formats/define.js';
import { expand, type FlatPart, parsePattern } from '../formats/pattern.js';
import { nginxVariables, pairKeys } from '../formats/variables.js';
import type { Printer } from './print.js';
import { durationWriter, type LineRecord, valueWriter, type WriteValue } from './values.js';

/** One way to write a value that depends on the record, or text that does not. */
type Piece = string | WriteValue;

const escapeExpression = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** The values of the fields of a line, in the order of the parts. */
function valuesIn(parts: readonly FlatPart[], line: string): readonly string[] | undefined {
  let quotes = 0;
  const source = parts.map((part, at) => {
    if (part.kind === 'text') {
      quotes += part.text.split('"').length - 1;
      return escapeExpression(part.text);
    }
    if (part.words.includes('again')) return '()';
    if (part.words.includes('header')) return '((?:.*?: )?)';
    // Numbers and words end where a blank is: what fits them anyhow would be tried in every way.
    if (part.words.includes('plain')) return '([^ "]*)';
    if (part.words.includes('item')) return '([^ ";]*)';
    if (part.words.includes('integer') || part.words.includes('digits')) return '([-+\\d]*)';
    if (part.words.includes('iso')) return '([-+.:TZ\\d]*)';
    if (part.words.includes('address')) return '([^ "]*)';
    const behind = parts[at + 1];
    const isList = part.field?.list === true || part.words.includes('list') || part.words.includes('padded');
    if (behind?.kind === 'text' && behind.text === ' ' && quotes % 2 === 0 && !isList) return '([^ ]*)';
    return '(.*?)';
  });
  return new RegExp(`^${source.join('')}$`).exec(line)?.slice(1);
}

/** Text that a writer puts where it has nothing to say. */
const NOTHING = '-';

export const isEndStamped = ({ stamped }: Format): boolean => stamped !== 'start';

/** The parts of a duration that a format writes: before the back end, in it, after it. `-1` where it was not asked. */
function partOfSum(slot: Slot, slots: ReadonlySet<Slot>): ((record: LineRecord) => number | undefined) | undefined {
  if (slots.has('durationMore')) {
    if (slot === 'duration')
      return ({ durationMs, upstreamMs }) => (upstreamMs === undefined ? undefined : durationMs - upstreamMs);
    if (slot === 'durationMore') return ({ upstreamMs }) => upstreamMs;
    if (slot === 'durationLast') return ({ upstreamMs }) => (upstreamMs === undefined ? undefined : 0);
  }
  if (slots.has('upstreamMore')) {
    if (slot === 'upstream') return ({ upstreamMs }) => (upstreamMs === undefined ? undefined : 0);
    if (slot === 'upstreamMore') return ({ upstreamMs }) => upstreamMs;
  }
  return undefined;
}

function fieldPiece(part: FlatPart & { kind: 'field' }, sample: string, format: Format, slots: ReadonlySet<Slot>): Piece {
  const { field } = part;
  if (field === undefined) return sample;
  const has = (word: (typeof part.words)[number]): boolean => part.words.includes(word);
  const trimmed = sample.trim();
  const ofSum = partOfSum(field.slot, slots);
  const unit = ofSum && durationWriter(field.as, trimmed);
  if (ofSum !== undefined && unit !== undefined)
    return (record) => {
      const ms = ofSum(record);
      return ms === undefined ? '-1' : unit(ms);
    };
  const write = valueWriter(field, trimmed, isEndStamped(format), part.name);
  if (write === undefined) return sample;
  const port = has('address') ? (/:\d+$/.exec(sample)?.[0] ?? '') : '';
  const nothing = has('named') ? '<NOSRV>' : NOTHING;
  if (!has('padded')) return port === '' ? (record) => write(record) || nothing : (record) => (write(record) || nothing) + port;
  const { length } = sample;
  return sample.startsWith(' ')
    ? (record) => (write(record) || nothing).padStart(length)
    : (record) => (write(record) || nothing).padEnd(length);
}

/** `rt=0.212 urt="0.091"`: the pairs of the sample, each with the meaning of its key. */
function pairPieces(sample: string, format: Format, slots: Set<Slot>): Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  for (const match of sample.matchAll(/([\w.-]+)=("?)([^"\s]*(?:, [^"\s]+)*)\2/g)) {
    const [, key = '', quote = '', value = ''] = match;
    const field: Field | undefined = pairKeys[key];
    const write = field && valueWriter(field, value, isEndStamped(format), key);
    if (field === undefined || write === undefined) continue;
    slots.add(field.slot);
    pieces.push(`${sample.slice(from, match.index)}${key}=${quote}`, (record) => write(record) || NOTHING);
    from = match.index + match[0].length - quote.length;
  }
  pieces.push(sample.slice(from));
  return pieces;
}

/** Texts that come to touch are one. */
function joined(pieces: readonly Piece[]): Piece[] {
  const out: Piece[] = [];
  for (const piece of pieces) {
    if (typeof piece === 'string' && typeof out.at(-1) === 'string') out.push(`${out.pop() as string}${piece}`);
    else out.push(piece);
  }
  return out;
}

interface Way {
  readonly parts: readonly FlatPart[];
  readonly values: readonly string[];
  readonly worth: number;
}

const fieldsOf = (parts: readonly FlatPart[]): (FlatPart & { kind: 'field' })[] =>
  parts.filter((part): part is FlatPart & { kind: 'field' } => part.kind === 'field');

/** How much a line of a sample can say. A header of its own would have a time of its own. */
const worthOf = (parts: readonly FlatPart[], values: readonly string[]): number => {
  const fields = fieldsOf(parts);
  const hasHeader = fields.some(({ words }, at) => words.includes('header') && values[at] !== '');
  return new Set(fields.map(({ field }) => field?.slot)).size - (hasHeader ? 100 : 0);
};

export function textPrinter(
  format: Format,
  patterns: readonly string[],
  more: Readonly<Record<string, Field>>,
): Printer | undefined {
  const fields = { ...nginxVariables, ...more };
  const ways = patterns.flatMap((pattern) => expand(parsePattern(pattern, fields)));
  let best: Way | undefined;
  for (const { line, gives } of format.samples) {
    if (gives.skip !== undefined || gives.path === undefined) continue;
    for (const parts of ways) {
      const values = valuesIn(parts, line);
      if (values === undefined) continue;
      const worth = worthOf(parts, values);
      if (best === undefined || worth > best.worth) best = { parts, values, worth };
      break;
    }
  }
  if (best === undefined) return undefined;
  const { parts, values } = best;
  // A bare number without a unit tells a reader no duration.
  const tells = ({ field, name }: FlatPart & { kind: 'field' }, at: number): boolean =>
    field !== undefined && name !== 'pairs' && !(field.as === 'duration-unit' && /^\d+$/.test(values[at] ?? ''));
  const slots = new Set(fieldsOf(parts).flatMap((part, index) => (tells(part, index) ? [part.field!.slot] : [])));
  let at = 0;
  const pieces = joined(
    parts.flatMap((part): Piece[] => {
      if (part.kind === 'text') return [part.text];
      const sample = values[at++]!;
      if (part.name === 'pairs') return pairPieces(sample, format, slots);
      return part.words.includes('again') ? [''] : [fieldPiece(part, sample, format, slots)];
    }),
  );
  return {
    format: format.id,
    shows: slots,
    print: (record) => {
      let line = '';
      for (const piece of pieces) line += typeof piece === 'string' ? piece : piece(record);
      return line;
    },
  };
}
