/** What every part of the text report needs to know about where it will stand. */
import { cells, wrap } from './cells.js';
import type { Paint } from './paint.js';

export interface Page {
  /** Cells in a line. */
  readonly width: number;
  readonly paint: Paint;
  /** What stands for the cut-out middle of a name. */
  readonly ellipsis: string;
}

/** Something the report says. */
export interface Item {
  readonly lines: readonly string[];
  /** What it is about, in two words; an item without a topic is never left out. */
  readonly topic?: string;
}

export const page = ({ width, paint, unicode }: { width: number; paint: Paint; unicode: boolean }): Page => ({
  width: Math.max(20, Math.floor(width)),
  paint,
  ellipsis: unicode ? '…' : '..',
});

/** Two cells in front of everything but the first line and the last ones. */
const INDENT = '  ';
/** Where the second half of a fact starts. */
const SECOND = 44;
/** Below this all second halves stand below: some here and some there are hard to read. */
const NARROWEST_PAIR = 72;

const inside = (text: string, width: number, indent: string): string[] =>
  wrap(text, width - indent.length).map((line) => indent + line);

/** A sentence with a hanging indent. */
export const sentence = ({ width }: Page, text: string, indent = INDENT): string[] => {
  const [first = ''] = wrap(text, width - indent.length);
  const rest = text.slice(first.length + 1);
  return [indent + first, ...(rest === '' ? [] : inside(rest, width, `${indent}  `))];
};

/** A figure, and beside it what it rests on; below it where there is no room beside. */
export const fact = ({ width }: Page, figure: string, basis = '', style = (text: string): string => text): string[] => {
  const left = INDENT + figure;
  const start = Math.max(SECOND, cells(left) + 2);
  if (basis !== '' && width >= NARROWEST_PAIR && start + cells(basis) <= width)
    return [style(left) + ' '.repeat(start - cells(left)) + basis];
  return [...inside(figure, width, INDENT).map(style), ...(basis === '' ? [] : inside(basis, width, `${INDENT}  `))];
};
