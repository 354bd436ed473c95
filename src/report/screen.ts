/** Makes a report fit on one screen: fewer rows first, then fewer notes, and one line that says what is missing. */
import type { Item, Page } from './page.js';
import { sentence } from './page.js';

export interface Parts {
  readonly header: readonly string[];
  readonly facts: readonly Item[];
  /** The table with so many rows. */
  readonly table: (rows: number) => readonly string[];
  readonly wantedRows: number;
  readonly notes: readonly Item[];
  readonly next: readonly string[];
}

/** What fits on a screen of 80 columns without scrolling. */
const SCREEN = 24;
/** Notes are left out before the table has fewer rows than this. */
const SOME_ROWS = 5;
const FEWEST_ROWS = 2;

/** What is left out first. A topic that is not here is left out last. */
const least = [
  'what ~ means',
  'CPU of the issuer',
  'money',
  'lines seen twice or without a request',
  'the token endpoint',
  'other issuer requests',
  'rate limit',
  'connections held',
  'more fetches than calls',
  'logged cache hits',
  'prices',
  'cost of a month',
  'fetches not counted',
  'what is inferred',
  'possible endpoints',
];

const rank = ({ topic = '' }: Item): number => {
  const at = least.indexOf(topic);
  return at < 0 ? least.length : at;
};

const gap = (lines: readonly string[]): readonly string[] => (lines.length === 0 ? [] : ['', ...lines]);

/** `More with -v: logged cache hits, 2 warnings`, on one line. */
const more = (on: Page, leftOut: readonly Item[]): string[] => {
  const topics = leftOut.map(({ topic }) => topic!).reverse();
  for (let named = topics.length; named > 0; named -= 1) {
    const rest = topics.length - named;
    const lines = sentence(on, `More with -v: ${topics.slice(0, named).join(', ')}${rest === 0 ? '' : ` and ${rest} more`}`);
    if (lines.length === 1) return lines.map(on.paint.faint);
  }
  return sentence(on, 'More with -v').map(on.paint.faint);
};

interface Layout {
  readonly rows: number;
  readonly leftOut: number;
  readonly commands: number;
}

const optional = ({ facts, notes }: Parts): Item[] =>
  [...facts, ...notes].filter(({ topic }) => topic !== undefined).sort((a, b) => rank(a) - rank(b));

const build = (on: Page, parts: Parts, { rows, leftOut, commands }: Layout): string[] => {
  const gone = optional(parts).slice(0, leftOut);
  const kept = (items: readonly Item[]): string[] => items.filter((item) => !gone.includes(item)).flatMap(({ lines }) => lines);
  const notes = [...kept(parts.notes.slice(0, -1)), ...(gone.length === 0 ? [] : more(on, gone)), ...kept(parts.notes.slice(-1))];
  return [
    ...parts.header,
    ...gap(kept(parts.facts)),
    ...gap(parts.table(rows)),
    ...gap(notes),
    ...gap(parts.next.slice(0, commands)),
  ];
};

function* layouts(parts: Parts): Generator<Layout> {
  const commands = parts.next.length;
  const all = optional(parts).length;
  const some = Math.min(parts.wantedRows, SOME_ROWS);
  for (let rows = parts.wantedRows; rows >= some; rows -= 1) yield { rows, leftOut: 0, commands };
  for (let leftOut = 1; leftOut <= all; leftOut += 1) yield { rows: some, leftOut, commands };
  for (let rows = some - 1; rows > FEWEST_ROWS; rows -= 1) yield { rows, leftOut: all, commands };
  for (let rows = Math.min(some, FEWEST_ROWS + 1); rows >= Math.min(some, FEWEST_ROWS); rows -= 1)
    yield { rows, leftOut: all, commands: 1 };
}

/** All of it. */
export const whole = (on: Page, parts: Parts): string[] =>
  build(on, parts, { rows: parts.wantedRows, leftOut: 0, commands: parts.next.length });

/** As much as fits; what cannot be left out stays, even if that is too much. */
export const oneScreen = (on: Page, parts: Parts): string[] => {
  let lines: string[] = [];
  for (const layout of layouts(parts)) {
    lines = build(on, parts, layout);
    if (lines.length <= SCREEN) break;
  }
  return lines;
};
