/**
 * Our own templates: those of nginx (`$name`, everything else is text) with two more marks. `$(name word word)` says more of a field
 * than how it ends, `$?(...)` is a part that a line may lack.
 */
import { TokenTaxError } from '../errors.js';
import type { Field } from './define.js';

/** What may be said of a field. */
export const words = {
  integer: 'digits, or `-`, or `-1`',
  digits: 'digits',
  integers: 'a list of numbers as `integer`',
  decimal: 'digits, a dot, digits; or `-`',
  iso: 'starts like `2026-03-02T10:15`',
  plain: 'no space and no quote',
  item: 'as `plain`, and no semicolon',
  bare: 'starts with neither `[` nor `"`',
  unclosed: 'does not end with `]`',
  id: 'at least twelve letters, digits and signs of base64, some of them letters',
  absolute: 'a request line with an absolute URL',
  padded: 'between spaces',
  address: '`ip:port`: the port and brackets are cut off',
  plus: 'a `+` in front is cut off',
  last: 'only what stands behind the last comma',
  scheme: '`tcp://` in front is cut off',
  named: '`<NOSRV>` and the like are no value',
  list: 'may hold `, ` and ` : `',
  torn: 'to the quote at the end of the line, or to its end',
  header: 'a syslog header, where there is one',
  again: 'the next field starts where this one does',
  stamp: 'a date and a time: what ends it is looked for behind the date and one more byte',
} as const;
export type Word = keyof typeof words;

export type Part =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'field'; readonly name: string; readonly field: Field | undefined; readonly words: readonly Word[] }
  | { readonly kind: 'optional'; readonly parts: readonly Part[] };

const TOKEN = /\$\((\w+)((?: \w+)*)\)|\$(\w+)|\$\?\(|\)/g;

export function parsePattern(pattern: string, fields: Readonly<Record<string, Field>>): Part[] {
  const open: Part[][] = [[]];
  let from = 0;
  const add = (part: Part): number => open.at(-1)!.push(part);
  for (const match of pattern.matchAll(TOKEN)) {
    // Outside of an optional part a bracket is text.
    if (match[0] === ')' && open.length === 1) continue;
    if (match.index > from) add({ kind: 'text', text: pattern.slice(from, match.index) });
    from = match.index + match[0].length;
    if (match[0] === '$?(') open.push([]);
    else if (match[0] === ')') {
      const parts = open.pop()!;
      add({ kind: 'optional', parts });
    } else {
      const name = match[1] ?? match[3] ?? '';
      const said = (match[2] ?? '').split(' ').slice(1);
      const unknown = said.find((word) => !Object.hasOwn(words, word));
      if (unknown !== undefined) throw new TokenTaxError('BAD_TEMPLATE', `there is no word "${unknown}" for a field`);
      add({ kind: 'field', name, field: fields[name], words: said as Word[] });
    }
  }
  if (from < pattern.length) add({ kind: 'text', text: pattern.slice(from) });
  if (open.length > 1) throw new TokenTaxError('BAD_TEMPLATE', `an optional part has no end: ${pattern}`);
  return open[0]!;
}

export type FlatPart = Exclude<Part, { kind: 'optional' }>;

/** Every way in which the optional parts may be there or not, the longest first. Texts that come to touch are one. */
export function expand(parts: readonly Part[]): FlatPart[][] {
  let ways: FlatPart[][] = [[]];
  for (const part of parts) {
    const next = part.kind === 'optional' ? [...expand(part.parts), []] : [[part]];
    ways = next.flatMap((more) => ways.map((way) => [...way, ...more]));
  }
  return ways.map(joinTexts);
}

function joinTexts(parts: readonly FlatPart[]): FlatPart[] {
  const out: FlatPart[] = [];
  for (const part of parts) {
    const last = out.at(-1);
    if (part.kind === 'text' && last?.kind === 'text') out[out.length - 1] = { kind: 'text', text: last.text + part.text };
    else out.push(part);
  }
  return out;
}
