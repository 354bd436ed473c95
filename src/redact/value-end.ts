import { levelAt, type Shadow, widthAt } from './shadow.js';

export const isQuote = (char: string | undefined): boolean => char === '"' || char === "'";

export const isBlank = (char: string): boolean => char === ' ' || char === '\t' || char === '\n' || char === '\r';

/** True if the quote at `at` closes the one at `open`: one that is escaped more deeply is part of the value. */
const closes = (shadow: Shadow, open: number, at: number): boolean => {
  if (widthAt(shadow, at) > widthAt(shadow, open) || levelAt(shadow, at) > levelAt(shadow, open)) return false;
  // `\x5C\x22`: nginx has escaped the backslash and the quote of an escaped quote
  return shadow.text[at - 1] !== '\\' || at - 1 === open;
};

/** End of a quoted value whose opening quote is at `open`. Without a closing quote (a cut line) it runs to the end. */
export const quotedEnd = (shadow: Shadow, open: number): number => {
  const { text } = shadow;
  const quote = text[open]!;
  let at = text.indexOf(quote, open + 1);
  while (at >= 0 && !closes(shadow, open, at)) at = text.indexOf(quote, at + 1);
  return at < 0 ? text.length : at;
};

/** End of an array or object that starts at `open`, its closing bracket included. */
export const nestedEnd = (shadow: Shadow, open: number): number => {
  const { text } = shadow;
  let depth = 0;
  for (let at = open; at < text.length; at += 1) {
    const char = text[at]!;
    if (char === '"') at = quotedEnd(shadow, at);
    else if (char === '[' || char === '{') depth += 1;
    else if (char === ']' || char === '}') depth -= 1;
    if (depth === 0) return at + 1;
  }
  return text.length;
};

/**
 * End of a value without quotes. White space ends it only where it is not escaped; `&` and `"` end it unless they are encoded more
 * deeply than the separator, for then they belong to the value. Commas and brackets end only JSON scalars: they are legal in a query.
 */
export const plainEnd = (shadow: Shadow, start: number, separatorLevel: number, json: boolean): number => {
  const { text } = shadow;
  for (let at = start; at < text.length; at += 1) {
    const char = text[at]!;
    if (isBlank(char) && widthAt(shadow, at) === 1) return at;
    if ((char === '&' || char === '"') && levelAt(shadow, at) <= separatorLevel) return at;
    if (json && (char === ',' || char === '}' || char === ']')) return at;
  }
  return text.length;
};

/**
 * End of a header's value: the end of the line, or the quote that closes the whole header (`-H "Cookie: a=b"`). Walked, not searched:
 * a search for the line end from each of many headers would make hostile text cost the square of its length.
 */
export const headerEnd = (shadow: Shadow, nameStart: number, start: number): number => {
  const { text } = shadow;
  const open = nameStart - 1;
  const quote = isQuote(text[open]) ? text[open] : undefined;
  for (let at = start; at < text.length; at += 1) {
    if (text[at] === '\n' && widthAt(shadow, at) === 1) return at;
    if (quote !== undefined && text[at] === quote && closes(shadow, open, at)) return at;
  }
  return text.length;
};
