/** What the dialects of format strings share: pieces of a string, and how they become parts of a pattern. */
import { TokenTaxError } from '../../errors.js';
import type { Escapes, Field, Format } from '../define.js';
import type { Part, Word } from '../pattern.js';

/** What a directive stands for. `field` is undefined where it is read over. */
export interface Meaning {
  readonly field?: Field;
  readonly words?: readonly Word[];
  /** Where two directives fill one slot, the lower rank does. */
  readonly rank?: number;
}

export type Piece =
  | { readonly kind: 'text'; readonly text: string }
  | ({ readonly kind: 'directive'; readonly written: string } & Meaning)
  | { readonly kind: 'optional'; readonly pieces: readonly Piece[] };

export interface Dialect {
  readonly name: string;
  readonly escapes: Escapes;
  /** True for a string that is written in it. */
  readonly isOne: (pasted: string) => boolean;
  /** Takes the string out of what may stand around it in a configuration. */
  readonly unwrap: (pasted: string) => string;
  readonly pieces: (format: string) => Piece[];
  /** As the value of a key in JSON; undefined where it is none. */
  readonly jsonField: (piece: Piece & { kind: 'directive' }) => Field | undefined;
  readonly stamped: (format: string) => Format['stamped'];
  /** What it needs, for people. */
  readonly time: string;
  readonly request: string;
}

export const field = (slot: Field['slot'], as: Field['as'] = 'text', more: Partial<Field> = {}): Field => ({ slot, as, ...more });

/** Request headers that say something, in small letters. */
export const requestHeaders: Readonly<Record<string, Field>> = {
  'user-agent': field('userAgent'),
  host: field('host'),
  ':authority': field('host'),
  'x-forwarded-for': field('forwardedFor'),
  'x-request-id': field('requestId'),
  'x-correlation-id': field('requestId'),
  traceparent: field('traceId'),
  'x-b3-traceid': field('traceId'),
  'x-amzn-trace-id': field('traceId'),
  'x-client-id': field('clientId'),
  'x-consumer-username': field('clientId'),
  'x-consumer-custom-id': field('clientId'),
};

export const responseHeaders: Readonly<Record<string, Field>> = {
  'x-cache': field('cache'),
  'x-cache-status': field('cache'),
  'x-request-id': field('requestId'),
  'x-envoy-upstream-service-time': field('upstream', 'milliseconds', { missing: 'unknown' }),
};

const HEADER_RANK = 1000;

/** The meaning of a directive by its name; of the names of one table the first one is the best for a slot. */
export function meaningIn(table: Readonly<Record<string, Meaning>>, name: string): Meaning | undefined {
  const rank = Object.keys(table).indexOf(name);
  return rank < 0 ? undefined : { ...table[name]!, rank };
}

export function headerMeaning(table: Readonly<Record<string, Field>>, header: string): Meaning {
  const found = Object.hasOwn(table, header.toLowerCase()) ? table[header.toLowerCase()]! : undefined;
  return found === undefined ? {} : { field: found, rank: HEADER_RANK + Object.keys(table).indexOf(header.toLowerCase()) };
}

/** Splits a string at its directives. */
export function tokens(format: string, directive: RegExp, read: (match: RegExpMatchArray) => readonly Piece[]): Piece[] {
  const out: Piece[] = [];
  let from = 0;
  for (const match of format.matchAll(directive)) {
    if (match.index > from) out.push({ kind: 'text', text: format.slice(from, match.index) });
    out.push(...read(match));
    from = match.index + match[0].length;
  }
  if (from < format.length) out.push({ kind: 'text', text: format.slice(from) });
  return out;
}

/** The best directive for each slot keeps it. */
export function partsOf(pieces: readonly Piece[]): Part[] {
  const best = new Map<string, number>();
  const walk = (piece: Piece): void => {
    if (piece.kind === 'optional') piece.pieces.forEach(walk);
    else if (piece.kind === 'directive' && piece.field !== undefined) {
      const { slot } = piece.field;
      best.set(slot, Math.min(best.get(slot) ?? Number.POSITIVE_INFINITY, piece.rank ?? 0));
    }
  };
  pieces.forEach(walk);
  const part = (piece: Piece): Part => {
    if (piece.kind === 'text') return piece;
    if (piece.kind === 'optional') return { kind: 'optional', parts: piece.pieces.map(part) };
    const keeps = piece.field !== undefined && best.get(piece.field.slot) === (piece.rank ?? 0);
    return { kind: 'field', name: piece.written, field: keeps ? piece.field : undefined, words: piece.words ?? [] };
  };
  return pieces.map(part);
}

const MARK = '\u0001';

/** Keys of a format that writes one JSON object a line, with the field each holds. */
export function jsonFieldsOf(format: string, dialect: Dialect): Record<string, Field> {
  const directives: (Piece & { kind: 'directive' })[] = [];
  const marked = dialect
    .pieces(format)
    .map((piece) => {
      if (piece.kind !== 'directive') return piece.kind === 'text' ? piece.text : '';
      directives.push(piece);
      return `${MARK}${directives.length - 1}${MARK}`;
    })
    .join('');
  let value: unknown;
  try {
    value = JSON.parse(
      marked
        // Outside of a string a directive is no JSON.
        .replace(/"(?:[^"\\]|\\.)*"|\u0001\d+\u0001/g, (found) => (found.startsWith('"') ? found : `"${found}"`))
        .replaceAll(MARK, '\\u0001'),
    );
  } catch (cause) {
    throw new TokenTaxError('BAD_TEMPLATE', 'the pasted JSON log format is not valid JSON once its directives are filled in', {
      cause,
      why: cause instanceof Error ? cause.message.replaceAll(/\\?u0001|\u0001/g, '') : String(cause),
    });
  }
  const found: { path: string; field: Field; rank: number }[] = [];
  const walk = (node: unknown, path: string): void => {
    if (typeof node === 'string') {
      const only = /^\[?\u0001(\d+)\u0001\]?$/.exec(node);
      const piece = only === null ? undefined : directives[Number(only[1])];
      const known = piece === undefined ? undefined : dialect.jsonField(piece);
      if (known !== undefined) found.push({ path, field: known, rank: piece?.rank ?? 0 });
    } else if (node !== null && typeof node === 'object' && !Array.isArray(node)) {
      for (const [key, inner] of Object.entries(node)) walk(inner, path === '' ? key : `${path}.${key}`);
    }
  };
  walk(value, '');
  // Of two keys for one slot, the better one comes first.
  return Object.fromEntries(found.sort((a, b) => a.rank - b.rank).map(({ path, field }) => [path, field]));
}
