/** The result on one screen: verdict first, what it rests on, who causes it, what to do next. */
import type { Analysis, InputFile, Role } from '../analysis/result.js';
import { shown, wrap } from './cells.js';
import { details } from './details.js';
import { facts } from './facts.js';
import { keyTable, ranked } from './key-table.js';
import { condense, type Note, notes } from './notes.js';
import { type Page, page, sentence } from './page.js';
import { type Paint, plain } from './paint.js';
import { verdictLine } from './verdict.js';
import { duration, plural, span } from './words.js';

export interface TextOptions {
  /** Cells in a line. */
  readonly width: number;
  /** Colours, or nothing for none. */
  readonly paint?: Paint;
  /** false: ASCII only, but for names from the log. */
  readonly unicode: boolean;
  readonly verbose: boolean;
  /** The verdict line alone. */
  readonly quiet: boolean;
  readonly version: string;
  /** What to run next, ready to be pasted. */
  readonly nextCommands: readonly string[];
}

/** What fits on a screen of 80 columns without scrolling. */
const SCREEN = 24;
const FEWEST_ROWS = 3;

const roleNames: Record<Role, string> = { gateway: 'gateway', issuer: 'issuer', loopback: 'loopback', unknown: 'role not known' };

const formatsOf = (files: readonly InputFile[]): string => {
  const ids = [...new Set(files.map(({ format }) => (format === null ? 'no format' : shown(format))))].sort();
  return ids.length <= 3 ? ids.join(', ') : `${ids.slice(0, 2).join(', ')} and ${ids.length - 2} more formats`;
};

const header = ({ width, paint }: Page, { input: { files }, window }: Analysis, version: string): string[] => {
  const groups = (Object.keys(roleNames) as Role[]).flatMap((role) => {
    const some = files.filter((file) => file.role === role);
    return some.length === 0 ? [] : [`${some.length} ${roleNames[role]} (${formatsOf(some)})`];
  });
  const what = `token-tax ${version}   ${plural(files.length, 'file')}${groups.length === 0 ? '' : `: ${groups.join(', ')}`}`;
  const when =
    window === null
      ? 'no time stamps'
      : `${span(window.from, window.to)} (${duration(Date.parse(window.to) - Date.parse(window.from))})`;
  const [first = '', ...more] = wrap(what, width);
  const rest = more.length === 0 ? [] : wrap(more.join(' '), width - 2);
  return [first, ...rest.map((line) => `  ${line}`), ...wrap(when, width - 2).map((line) => `  ${line}`)].map(paint.faint);
};

const banner = (on: Page, { complete, input: { files } }: Analysis): string[] => {
  if (complete) return [];
  const broken = files.filter(({ error }) => error !== null);
  const [first] = broken;
  const why =
    first === undefined
      ? 'the input was not read to its end'
      : `${broken.length} of ${plural(files.length, 'file')} not read to the end (${shown(first.name)}: ${shown(first.error ?? '')})`;
  return sentence(on, `PARTIAL RESULT: ${why}`).map(on.paint.bad);
};

const noteLines = (on: Page, some: readonly Note[]): string[] =>
  some.flatMap(({ text: words, style }) => sentence(on, words).map(style === undefined ? (line) => line : on.paint[style]));

const next = (commands: readonly string[]): string[] =>
  commands.length === 0 ? [] : ['', ...commands.map((command, index) => `${index === 0 ? 'Next: ' : '      '}${shown(command)}`)];

const gap = (lines: readonly string[]): string[] => (lines.length === 0 ? [] : ['', ...lines]);

export const text = (analysis: Analysis, options: TextOptions): string => {
  if (options.quiet) return `${verdictLine(analysis)}\n`;
  const on = page({ width: options.width, unicode: options.unicode, paint: options.paint ?? plain });
  const top = [...header(on, analysis, options.version), ...gap([...banner(on, analysis), ...facts(on, analysis)])];
  const bottom = next(options.nextCommands);

  const room = options.verbose || on.width < 80 ? Number.POSITIVE_INFINITY : SCREEN - top.length - bottom.length - 1;
  const wanted = ranked(analysis).enough;
  const least = keyTable(on, analysis, Math.min(wanted, FEWEST_ROWS));
  const kept = condense(notes(on, analysis, options.verbose), (some) => gap(least).length + noteLines(on, some).length <= room);
  const below = noteLines(on, kept);
  let table = keyTable(on, analysis, wanted);
  for (let rows = wanted - 1; rows >= FEWEST_ROWS && gap(table).length + below.length > room; rows -= 1)
    table = keyTable(on, analysis, rows);

  const more = options.verbose ? details(on, analysis) : [];
  return `${[...top, ...gap(table), ...gap(below), ...more, ...bottom].join('\n')}\n`;
};
