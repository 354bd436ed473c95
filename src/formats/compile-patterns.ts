/** Turns our own templates into op tables. */
import { TokenTaxError } from '../errors.js';
import type { Escapes, Field } from './define.js';
import { expand, type FlatPart, type Part, parsePattern, type Word } from './pattern.js';
import {
  type ChoiceProgram,
  cuts,
  DATE_BYTES,
  ENDS_HEADER,
  ENDS_TORN,
  looks,
  OP_LIST,
  OP_PAIRS,
  OP_QUOTED,
  OP_REST,
  OP_UNTIL,
  OP_WORD,
  type TextOp,
  type TextProgram,
  type TextWord,
} from './program.js';

const encoder = new TextEncoder();

export interface PatternOptions {
  readonly escapes?: Escapes;
  /** Keys of `$pairs`. */
  readonly pairKeys?: Readonly<Record<string, Field>>;
}

export const compilePatterns = (
  patterns: readonly string[],
  fields: Readonly<Record<string, Field>>,
  options: PatternOptions = {},
): TextProgram | ChoiceProgram =>
  compileParts(
    patterns.flatMap((pattern) => expand(parsePattern(pattern, fields))),
    options,
  );

/** One program for several ways to write a line; the one that has all parts first. */
export function compileParts(ways: readonly (readonly FlatPart[])[], options: PatternOptions = {}): TextProgram | ChoiceProgram {
  const fields: Field[] = [];
  const choices = ways.map((way) => compileWay(way, fields, options));
  const [only] = choices;
  if (only !== undefined && choices.length === 1) return only;
  return { kind: 'choice', fields, choices, escapes: options.escapes ?? 'text' };
}

function compileWay(parts: readonly FlatPart[], fields: Field[], { escapes = 'text', pairKeys }: PatternOptions): TextProgram {
  const ops: TextOp[] = [];
  const [first] = parts;
  let quoted = false;
  parts.forEach((part, at) => {
    if (part.kind === 'text') {
      // An odd number of quotes opens a quoted field or closes one.
      for (const char of part.text) if (char === '"') quoted = !quoted;
      return;
    }
    const literal = encoder.encode(textBehind(parts, at));
    if (part.name === 'pairs') {
      ops.push({ mode: OP_PAIRS, field: -1, literal });
      return;
    }
    const field = part.field === undefined ? -1 : fieldIndex(fields, part.field);
    const mode = modeOf(literal, quoted && (escapes === 'text' || escapes === 'json'), part);
    const word = wordOf(part.words, mode);
    ops.push(word === undefined ? { mode, field, literal } : { mode: OP_WORD, field, literal, word });
  });
  const pairs =
    pairKeys === undefined || !ops.some(({ mode }) => mode === OP_PAIRS)
      ? []
      : Object.entries(pairKeys).map(([key, field]) => ({ key: encoder.encode(key), field: fieldIndex(fields, field) }));
  return {
    kind: 'text',
    fields,
    lead: encoder.encode(first?.kind === 'text' ? first.text : ''),
    ops,
    pairKeys: pairs,
    ...(escapes === 'text' ? {} : { escapes }),
  };
}

const fieldIndex = (fields: Field[], field: Field): number => {
  const known = fields.indexOf(field);
  return known >= 0 ? known : fields.push(field) - 1;
};

/** The text that ends a field. A field that starts where the next one does ends as that one. */
function textBehind(parts: readonly Part[], at: number): string {
  const part = parts[at]!;
  const next = parts[at + 1];
  if (next === undefined) return '';
  if (next.kind === 'text') return next.text;
  if (part.kind === 'field' && part.words.includes('header')) return '';
  if (part.kind === 'field' && part.words.includes('again')) return textBehind(parts, at + 1);
  const name = part.kind === 'field' ? part.name : '';
  throw new TokenTaxError('BAD_TEMPLATE', 'two variables touch in the log format, so no reader can tell where one ends', {
    help: `Write something behind "${name}".`,
  });
}

type Mode = 0 | 1 | 2 | 4;

function modeOf(literal: Uint8Array, quoted: boolean, part: FlatPart & { kind: 'field' }): Mode {
  if (literal.length === 0) return OP_REST;
  if (quoted) return OP_QUOTED;
  return part.field?.list === true || part.words.includes('list') ? OP_LIST : OP_UNTIL;
}

/** undefined where the end of the field is all that is said of it. */
function wordOf(words: readonly Word[], mode: Mode): TextWord | undefined {
  const said = words.filter((word) => word !== 'list');
  if (said.length === 0) return undefined;
  const index = (names: readonly string[]): number =>
    Math.max(
      0,
      names.findIndex((name) => (said as readonly string[]).includes(name)),
    );
  return {
    ends: said.includes('torn') ? ENDS_TORN : said.includes('header') ? ENDS_HEADER : mode,
    look: index(looks),
    cut: index(cuts),
    padded: said.includes('padded'),
    again: said.includes('again'),
    least: said.includes('stamp') ? DATE_BYTES : 0,
  };
}
