/** What every part of the text report needs to know about where it will stand. */
import { cells, pad, wrap } from './cells.js';
import type { Paint } from './paint.js';

export interface Page {
  /** Cells in a line. */
  readonly width: number;
  readonly paint: Paint;
  /** What stands for the cut-out middle of a name. */
  readonly ellipsis: string;
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

const inside = (text: string, width: number, indent: string): string[] =>
  wrap(text, width - indent.length).map((line) => indent + line);

/** A sentence with a hanging indent. */
export const sentence = ({ width }: Page, text: string): string[] => {
  const [first = '', ...rest] = wrap(text, width - INDENT.length);
  if (rest.length === 0) return [INDENT + first];
  return [INDENT + first, ...inside(text.slice(first.length + 1), width, `${INDENT}  `)];
};

/** A figure, and beside it what it rests on; below it where there is no room beside. */
export const fact = (
  { width, paint }: Page,
  figure: string,
  basis: string,
  style: keyof Paint | undefined = undefined,
): string[] => {
  const styled = style === undefined ? (text: string): string => text : paint[style];
  const left = INDENT + figure;
  const start = Math.max(SECOND, cells(left) + 2);
  if (start <= SECOND + 4 && start + cells(basis) <= width)
    return [styled(pad(left, start).trimEnd()) + ' '.repeat(start - cells(left)) + basis].map(trim);
  const lines = inside(figure, width, INDENT).map(styled);
  return basis === '' ? lines : [...lines, ...inside(basis, width, `${INDENT}  `)];
};

const trim = (line: string): string => line.trimEnd();
