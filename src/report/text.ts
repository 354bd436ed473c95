/** The result on one screen: verdict first, what it rests on, who causes it, what to do next. */
import type { Analysis, InputFile, Role } from '../analysis/result.js';
import { blocks } from './blocks.js';
import { cells, KEEP, shown, wrap } from './cells.js';
import { details } from './details.js';
import { facts } from './facts.js';
import { findingPages } from './finding-page.js';
import { enoughFindings, findingTable, rankedFindings } from './finding-table.js';
import { keyTable, ranked } from './key-table.js';
import { notes } from './notes.js';
import { type Item, type Page, page, sentence } from './page.js';
import { type Paint, plain } from './paint.js';
import { oneScreen, whole } from './screen.js';
import { simulationText } from './simulation.js';
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
  /** Each finding in full, and what the traffic would have done under other policies. */
  readonly details?: boolean;
}

const roleNames: Record<Role, string> = {
  gateway: 'gateway',
  issuer: 'issuer',
  loopback: 'loopback',
  unknown: 'of no known role',
};

const formatsOf = (files: readonly InputFile[]): string => {
  const ids = [...new Set(files.map(({ format }) => (format === null ? 'no format' : shown(format))))].sort();
  return ids.length <= 3 ? ids.join(', ') : `${ids.slice(0, 2).join(', ')} and ${ids.length - 2} more formats`;
};

const header = ({ width, paint }: Page, { input: { files }, window }: Analysis, version: string): string[] => {
  const groups = (Object.keys(roleNames) as Role[]).flatMap((role) => {
    const some = files.filter((file) => file.role === role);
    return some.length === 0 ? [] : [`${some.length} ${roleNames[role]} (${formatsOf(some)})`.replaceAll(' ', KEEP)];
  });
  const what = `token-tax ${version}   ${plural(files.length, 'file')}${groups.length === 0 ? '' : `: ${groups.join(', ')}`}`;
  const when =
    window === null
      ? 'no time stamps'
      : `${span(window.from, window.to)} (${duration(Date.parse(window.to) - Date.parse(window.from))})`;
  const [first = ''] = wrap(what, width);
  const rest = what.slice(first.length + 1);
  const both = rest === '' ? when : `${rest}; ${when}`;
  const below = cells(both) + 2 <= width ? [both] : [...(rest === '' ? [] : wrap(rest, width - 2)), ...wrap(when, width - 2)];
  return [first, ...below.map((line) => `  ${line.replaceAll(KEEP, ' ')}`)].map(paint.faint);
};

const banner = (on: Page, { complete, input: { files } }: Analysis): Item[] => {
  if (complete) return [];
  const broken = files.filter(({ error }) => error !== null);
  const [first] = broken;
  const why =
    first === undefined
      ? 'the input was not read to its end'
      : `${broken.length} of ${plural(files.length, 'file')} not read to the end (${shown(first.name)}: ${shown(first.error ?? '')})`;
  return [{ lines: sentence(on, `PARTIAL RESULT: ${why}`).map(on.paint.bad) }];
};

/** Never broken: a command that is cut cannot be pasted. */
const next = (commands: readonly string[]): string[] =>
  commands.map((command, index) => `${index === 0 ? 'Next: ' : '      '}${shown(command)}`);

export const text = (analysis: Analysis, options: TextOptions): string => {
  if (options.quiet) return `${verdictLine(analysis)}\n`;
  const on = page({ width: options.width, unicode: options.unicode, paint: options.paint ?? plain });
  const causes = rankedFindings(analysis).length > 0;
  const parts = {
    header: header(on, analysis, options.version),
    facts: [...banner(on, analysis), ...facts(on, analysis)],
    // Causes where they are known, else who fetches.
    table: (rows: number) => (causes ? findingTable : keyTable)(on, analysis, rows),
    wantedRows: causes ? enoughFindings(analysis) : ranked(analysis).enough,
    notes: notes(on, analysis, options.verbose),
    next: next(options.nextCommands),
  };
  const inFull = options.details === true;
  const onOneScreen = !options.verbose && !inFull && on.width >= 80;
  const lines = onOneScreen ? oneScreen(on, parts) : whole(on, { ...parts, next: [] });
  if (onOneScreen) return `${lines.join('\n')}\n`;
  const last = parts.next.length === 0 ? [] : ['', ...parts.next];
  const more = [
    ...(inFull ? (findingPages(on, analysis) ?? []) : []),
    ...(options.verbose || inFull ? blocks(on, analysis) : []),
    ...(inFull && analysis.simulation !== null ? simulated(on, analysis, options) : []),
    ...(options.verbose ? details(on, analysis) : []),
  ];
  return `${[...lines, ...more, ...last].join('\n')}\n`;
};

const simulated = (on: Page, analysis: Analysis, options: TextOptions): string[] => [
  '',
  on.paint.strong('Under other policies'),
  ...simulationText(analysis, { ...options, verbose: false, quiet: false })
    .trimEnd()
    .split('\n'),
];

/** One finding in full, by its number in the table; undefined where there is none with that number. */
export const oneFinding = (analysis: Analysis, rank: number, options: TextOptions): string | undefined => {
  const lines = findingPages(
    page({ width: options.width, unicode: options.unicode, paint: options.paint ?? plain }),
    analysis,
    rank,
  );
  return lines === undefined ? undefined : `${lines.join('\n')}\n`;
};
