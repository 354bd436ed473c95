/** What every line of a text format holds, told from its template alone: formats that a line cannot have need not be compiled. */
import type { Layout } from './define.js';
import { parsePattern } from './pattern.js';
import { isJsonTemplate, parseTemplate } from './template.js';

/**
 * For each way to write a line, the words of punctuation and text that it has in this order, whatever its fields hold. Parts that a
 * line may lack are left out, and blanks, since a reader may ask for fewer of them. undefined for a layout that says nothing of the kind.
 */
export function literalsOf(layout: Layout): readonly (readonly string[])[] | undefined {
  if (layout.kind === 'json') return undefined;
  if (layout.kind === 'patterns') return layout.patterns.map((pattern) => wordsOf(parsePattern(pattern, {})));
  return isJsonTemplate(layout.template) ? undefined : [wordsOf(parseTemplate(layout.template))];
}

type Part = { readonly kind: string; readonly text?: string };

const wordsOf = (parts: readonly Part[]): string[] =>
  parts.flatMap(({ kind, text }) => (kind === 'text' ? text!.split(/\s+/) : [])).filter((word) => word !== '');

/** False: no way to write a line of the format has given this one. */
export const mayHaveWritten = (literals: readonly (readonly string[])[], line: string): boolean =>
  literals.some((words) => {
    let from = 0;
    return words.every((word) => {
      const at = line.indexOf(word, from);
      from = at + word.length;
      return at >= 0;
    });
  });
