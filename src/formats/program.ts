/** A format compiled for the scanner: plain tables, no behaviour. */
import type { Field } from './define.js';

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

export interface TextOp {
  readonly mode: 0 | 1 | 2 | 3 | 4;
  /** Index into `fields`, or -1 for a field that is read over. */
  readonly field: number;
  /** What stands behind the field; empty at the end of the line. */
  readonly literal: Uint8Array;
}

export interface TextProgram {
  readonly kind: 'text';
  readonly fields: readonly Field[];
  /** What the line starts with. */
  readonly lead: Uint8Array;
  readonly ops: readonly TextOp[];
  /** Keys of the pairs, as bytes, with their index into `fields`. */
  readonly pairKeys: readonly { readonly key: Uint8Array; readonly field: number }[];
}

export interface JsonNode {
  readonly keys: readonly Uint8Array[];
  /** Index into `fields`, or -1; parallel to `keys`. */
  readonly fields: readonly number[];
  readonly children: readonly (JsonNode | undefined)[];
}

export interface JsonProgram {
  readonly kind: 'json';
  /** Best first: where two fields fill one slot, the lower index wins. */
  readonly fields: readonly Field[];
  readonly root: JsonNode;
}

export type Program = TextProgram | JsonProgram;
