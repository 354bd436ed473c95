/** A format compiled for the scanner: plain tables, no behaviour. */
import type { Escapes, Field, Spelling, ValueWords } from './define.js';

/** How a field of a template ends. */
export const OP_UNTIL = 0;
/** As OP_UNTIL, but a backslash protects the byte behind it. */
export const OP_QUOTED = 1;
/** To the end of the line. */
export const OP_REST = 2;
/** `key=value` and `key="value"` pairs to the end of the line, at least one. */
export const OP_PAIRS = 3;
/** An unquoted list, which may hold `, ` and ` : `. */
export const OP_LIST = 4;
/** A field of which more is said than how it ends: `word`. */
export const OP_WORD = 5;

/** To the quote that ends the line, or to its end where the writer has cut it: no quote stands within. */
export const ENDS_TORN = 6;
/** A syslog header, where there is one. */
export const ENDS_HEADER = 7;

/** What a field must look like, so that a format does not claim the lines of another. */
export const looks = [
  'any',
  'integer',
  'digits',
  'integers',
  'decimal',
  'iso',
  'plain',
  'bare',
  'unclosed',
  'id',
  'absolute',
  'item',
] as const;
/** What is cut off a field. */
export const cuts = ['nothing', 'address', 'plus', 'last', 'scheme', 'named'] as const;

export interface TextWord {
  /** OP_UNTIL, OP_QUOTED, OP_LIST, OP_REST, ENDS_TORN or ENDS_HEADER. */
  readonly ends: number;
  /** Index into `looks`. */
  readonly look: number;
  /** Index into `cuts`. */
  readonly cut: number;
  /** Spaces around the value are not part of it. */
  readonly padded: boolean;
  /** The next field starts where this one does. */
  readonly again: boolean;
  /** So many bytes of the field may be what ends it elsewhere. */
  readonly least: number;
}

export interface TextOp {
  readonly mode: 0 | 1 | 2 | 3 | 4 | 5;
  /** Index into `fields`, or -1 for a field that is read over. */
  readonly field: number;
  /** What stands behind the field; empty at the end of the line. */
  readonly literal: Uint8Array;
  /** With OP_WORD. */
  readonly word?: TextWord;
}

/** The date of a stamp, and what stands between it and the time. */
export const DATE_BYTES = 11;

export interface TextProgram {
  readonly kind: 'text';
  readonly fields: readonly Field[];
  /** What the line starts with. */
  readonly lead: Uint8Array;
  readonly ops: readonly TextOp[];
  /** Keys of the pairs, as bytes, with their index into `fields`. */
  readonly pairKeys: readonly { readonly key: Uint8Array; readonly field: number }[];
  /** `text` where nothing is said. */
  readonly escapes?: Escapes;
  /** Its stamps are of this zone, whatever zone the run assumes for others. */
  readonly zone?: 'utc';
}

/** Several programs with one list of fields: a line is read by the one that fits. */
export interface ChoiceProgram {
  readonly kind: 'choice';
  readonly fields: readonly Field[];
  readonly choices: readonly TextProgram[];
  readonly escapes: Escapes;
  readonly zone?: 'utc';
}

export interface JsonNode {
  readonly keys: readonly Uint8Array[];
  /** Index into `fields`, or -1, or -2 - index into the keys of `words`; parallel to `keys`. */
  readonly fields: readonly number[];
  readonly children: readonly (JsonNode | undefined)[];
}

export interface JsonProgram {
  readonly kind: 'json';
  /** Best first: where two fields fill one slot, the lower index wins. */
  readonly fields: readonly Field[];
  readonly root: JsonNode;
  /** The record is written as pairs, which are turned into an object first. */
  readonly written?: 'logfmt';
  /** Only for a format that uses words which need more than a look at the place of a value. */
  readonly words?: WordsProgram;
}

/** Place in the pool. */
export interface Constant {
  readonly from: number;
  readonly to: number;
}

/** What one key is used for. */
export interface KeyUse {
  /** Index into the program's fields, or -1 where the key is only looked at. */
  readonly field: number;
  /** The field that reads the value when it has a unit. */
  readonly unitField: number;
  /** Index into `sums` and the place in that sum, or -1. */
  readonly sum: number;
  readonly place: number;
  readonly isEnd: boolean;
  readonly isObject: boolean;
  /** Texts of the words, lower case, with what they stand for. */
  readonly table: readonly { readonly text: Uint8Array; readonly means: Constant }[] | undefined;
  readonly other: Constant | undefined;
  /** The rest of the words as written, undefined without any. */
  readonly value: (ValueWords & Pick<Field, 'list'>) | undefined;
  /** Bit that is set while the key has this value; 0 without. */
  readonly bit: number;
  readonly is: Uint8Array;
}

export interface WordsProgram {
  /** Uses of the keys that a node names by -2 - index. */
  readonly keys: readonly (readonly KeyUse[])[];
  /** Constants; they stand in front of a copy of the record. */
  readonly pool: Uint8Array;
  readonly always: readonly { readonly field: number; readonly means: Constant }[];
  /** Sets of bits that make a record no request. */
  readonly skips: readonly number[];
  readonly sums: readonly { readonly field: number; readonly scale: number; readonly parts: number }[];
  /** Field of a duration that is computed from `time-end`, or -1. */
  readonly endField: number;
  /** Some word makes text that is not in the record, so that records are copied. */
  readonly writes: boolean;
}

export type Program = TextProgram | ChoiceProgram | JsonProgram;

/** How the names of user agents are spelled. */
export const agentSpelling = ({ fields }: Program): Spelling | undefined =>
  fields.find(({ slot }) => slot === 'userAgent')?.spelled;

export const escapesOf = (program: Program): Escapes => (program.kind === 'json' ? 'json' : (program.escapes ?? 'text'));
