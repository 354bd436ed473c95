/**
 * W3C extended logs. `#Fields:` names the columns of all rows up to the next one; nearly always all rows of a log have the same, and are
 * read as the text that they are. The few others are put into those columns first.
 */
import { HOST_COLUMNS, takenUnit, type W3cFormat, type W3cHeader, w3cFormat } from '../../formats/w3c-columns.js';
import type { LineBlock } from '../../input/index.js';
import type { Piece, Wrapper } from './wrappers.js';

const HASH = 35;
const NEWLINE = 10;
const QUOTE = 34;
const TAB = 9;
const SPACE = 32;
const NO_BREAK_SPACE = 160;
const isDigit = (byte: number): boolean => byte >= 48 && byte <= 57;
const SAMPLE_ROWS = 200;

/** What the directives so far have said. */
export interface W3cState {
  readonly header: W3cHeader;
  /** `#Date:`, for rows that have none. */
  readonly date: string | undefined;
}

export const noHeader: W3cState = { header: { names: [], isMicrosoft: false, isStarted: false }, date: undefined };

/** What is known behind a line that starts with `#`; undefined for one that is no directive. */
export function directive(state: W3cState, line: string): W3cState | undefined {
  const [, word = '', rest = ''] = /^#([\w-]+):\s*(.*)$/.exec(line) ?? [];
  const { header } = state;
  switch (word) {
    case '':
      return undefined;
    case 'Software':
      return { ...state, header: { ...header, isMicrosoft: /microsoft|internet information/i.test(rest) } };
    case 'Start-Date':
      return { header: { ...header, isStarted: true }, date: dayOf(rest) ?? state.date };
    case 'Date':
      return { ...state, date: dayOf(rest) ?? state.date };
    case 'Fields':
      return { ...state, header: { ...header, names: rest.trim().toLowerCase().split(/\s+/) } };
    default:
      return state;
  }
}

const dayOf = (text: string): string | undefined => /^\d{4}-\d\d-\d\d/.exec(text)?.[0];

/** Values in quotes may hold spaces, and several spaces are one. */
const WORD = /"((?:[^"]|"")*)"|[^\s"]\S*/g;

export type Row = Record<string, string | undefined>;

/** The values of a row by column, with what its target and the directives say of others; undefined for a line that is no row. */
export function rowOf({ header: { names }, date }: W3cState, line: string): Row | undefined {
  const values = line.includes('\t') ? line.split('\t') : (line.match(WORD) ?? []).map((word) => word.replace(/^"(.*)"$/s, '$1'));
  if (values.length * 2 < names.length) return undefined;
  const row: Row = {};
  for (const [at, name] of names.entries()) {
    const value = values[at];
    if (value !== undefined && value !== '-' && value !== '') row[name] ??= value;
  }
  // Local times have no zone: which one it is, the run has to say.
  const isLocal = row.time === undefined && row['time-local'] !== undefined;
  row.zone = isLocal ? '' : 'Z';
  if (isLocal) row.time = row['time-local'];
  row.date ??= (isLocal ? row['date-local'] : undefined) ?? date;
  if (row.time === undefined || row.date === undefined) return undefined;
  const target = inParts(row);
  row['cs-uri-stem'] ??= target?.replace(/[?#].*$/s, '');
  row['cs-uri-query'] = (row['cs-uri-query'] ?? /\?([^#]*)/.exec(target ?? '')?.[1])?.replace(/^\?/, '');
  return row;
}

export const hostOf = (row: Row): string | undefined => row[HOST_COLUMNS.find((name) => row[name] !== undefined) ?? ''];

/** `cs-uri`, which some write with the host in front and no scheme: that is no path. */
function inParts(row: Row): string | undefined {
  const [, host, rest] = /^([\w-]+(?:\.[\w-]+)+(?::\d+)?)(\/.*)?$/s.exec(row['cs-uri'] ?? '') ?? [];
  if (host === undefined) return row['cs-uri'];
  row['cs-host'] ??= host;
  return rest ?? '/';
}

const DAY = /^\d{4}-\d\d-\d\d$/;
const CLOCK = /^\d\d:\d\d:\d\d(?:\.\d+)?$/;
const DIGITS = /^\d+$/;
const NUMBER = /^(?:\d+|-)$/;
const NAME = /^[\w-]+$/;
/** What a value must look like in a column of which something is known. They tell neighbours apart that may be there or not. */
const SHAPES: Readonly<Record<string, RegExp>> = {
  date: DAY,
  time: CLOCK,
  's-sitename': NAME,
  's-computername': NAME,
  's-ip': /^(?:\d+\.[\d.]+|[\da-fA-F]*:.*)$/,
  'cs-method': /^[A-Z][A-Z_-]*$/,
  'cs-uri-stem': /^[/*]/,
  's-port': DIGITS,
  'c-ip': /^(?:\d+\.[\d.]+|[\da-fA-F]*:.*|-)$/,
  'cs-version': /^(?:HTTP\/[\d.]+|-)$/,
  'cs(Cookie)': /^(?:-|.*=.*)$/,
  'cs(Referer)': /^(?:-|\w+:.*)$/,
  'cs-host': /^(?:-|(?=.*[a-z.])[\w.-]+(?::\d+)?)$/i,
  'sc-status': /^\d{3}$/,
  'sc-substatus': DIGITS,
  'sc-win32-status': DIGITS,
  'sc-bytes': NUMBER,
  'cs-bytes': NUMBER,
  'time-taken': DIGITS,
  'X-Forwarded-For': /^(?:-|[\da-fA-F]+[.:].*)$/,
};
/** IIS writes its columns in one order, whichever were chosen: one of each of these lists, what is usual first. */
const CHOICES: readonly (readonly string[])[] = [
  ['date time'],
  [
    's-ip',
    '',
    's-sitename',
    's-sitename s-ip',
    's-computername s-ip',
    's-sitename s-computername',
    's-sitename s-computername s-ip',
  ],
  ['cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip'],
  ['', 'cs-version'],
  ['cs(User-Agent)'],
  ['cs(Referer)', '', 'cs(Cookie)', 'cs-host', 'cs(Cookie) cs(Referer)', 'cs(Referer) cs-host', 'cs(Cookie) cs(Referer) cs-host'],
  ['sc-status sc-substatus sc-win32-status'],
  ['', 'sc-bytes cs-bytes', 'sc-bytes', 'cs-bytes'],
  ['time-taken'],
  ['', 'X-Forwarded-For'],
];

const chosenColumns = (): string[][] =>
  CHOICES.reduce<string[]>((lists, choices) => lists.flatMap((list) => choices.map((one) => `${list} ${one}`)), ['']).map(
    (list) => list.split(' ').filter((name) => name !== ''),
  );

/** Columns of which something is read: where these stand is what must be certain. */
const READ_COLUMNS = ['c-ip', 'cs(User-Agent)', 'cs-host', 'sc-status', 'sc-bytes', 'time-taken', 'X-Forwarded-For'];

/** Where no row says anything in these, they are other columns. */
const SAYING = ['cs-version', 'cs-host'];

const saysSomething = (rows: readonly (readonly string[])[], column: number): boolean =>
  column < 0 || rows.some((row) => row[column] !== '-');

const areOf = (columns: readonly string[], row: readonly string[]): boolean =>
  row.length === columns.length && columns.every((name, at) => SHAPES[name]?.test(row[at]!) !== false);

const readsTheSame = (one: readonly string[], other: readonly string[]): boolean =>
  READ_COLUMNS.every((name) => one.indexOf(name) === other.indexOf(name));

/** Rows of a log that has lost its header show which of these columns they have, or not: then there are none. */
export function usualHeader(head: Uint8Array): string | undefined {
  // Every log is asked, and nearly all are told by their first byte.
  if (head[0] === undefined || (head[0] > SPACE && head[0] !== NO_BREAK_SPACE && !isDigit(head[0]))) return undefined;
  const text = Buffer.from(head.buffer, head.byteOffset, Math.min(head.length, USUAL_BYTES)).toString('latin1');
  if (!/^\s*\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/.test(text)) return undefined;
  const lines = text.split('\n').slice(0, USUAL_ROWS + 1);
  // The last may be cut off.
  if (lines.length > 1) lines.pop();
  const rows = lines.map((line) => line.trim().split(' ')).filter((row) => row[0] !== '');
  let found: readonly string[] | undefined;
  for (const columns of chosenColumns()) {
    if (columns.length !== rows[0]?.length) continue;
    if (!rows.every((row) => areOf(columns, row)) || !SAYING.every((name) => saysSomething(rows, columns.indexOf(name))))
      continue;
    if (found !== undefined && !readsTheSame(found, columns)) return undefined;
    found ??= columns;
  }
  return found === undefined ? undefined : `#Fields: ${found.join(' ')}`;
}

const USUAL_BYTES = 65_536;
const USUAL_ROWS = 50;

/** A log of which all rows can be read as they are, as far as its head shows. */
export interface W3cLog {
  readonly state: W3cState;
  readonly separator: ' ' | '\t';
  readonly format: W3cFormat;
}

/** `given`: a `#Fields:` for a log that has lost it. */
export function w3cLog(head: Uint8Array, given?: string): W3cLog | undefined {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength);
  const lost = given ?? usualHeader(head);
  if (bytes[0] !== HASH && lost === undefined) return undefined;
  let state = noHeader;
  let first: W3cState | undefined;
  let separator: ' ' | '\t' | undefined;
  let rows = 0;
  for (let at = 0; at < bytes.length; ) {
    const newline = bytes.indexOf(NEWLINE, at);
    // Of a line that is cut off nothing can be said.
    if (newline < 0 && rows > 0) break;
    const line = bytes.toString('utf8', at, newline < 0 ? bytes.length : newline).trimEnd();
    at = newline < 0 ? bytes.length : newline + 1;
    if (line === '') continue;
    if (line[0] === '#') {
      const before = state;
      state = directive(state, line) ?? state;
      if (first !== undefined && state.header !== before.header && !sameColumns(state.header, first.header)) return undefined;
      continue;
    }
    if (first === undefined) {
      if (state.header.names.length === 0) state = directive(state, lost ?? '') ?? state;
      first = state;
      separator = line.includes('\t') ? '\t' : ' ';
    }
    rows += 1;
    if (rows > SAMPLE_ROWS) continue;
    if (!isPlainRow(line, separator!, first.header.names)) return undefined;
  }
  if (first === undefined) return undefined;
  const format = w3cFormat(first.header, separator!);
  return format === undefined ? undefined : { state: first, separator: separator!, format };
}

const sameColumns = (one: W3cHeader, other: W3cHeader): boolean =>
  one.names.length === other.names.length &&
  one.names.every((name, at) => name === other.names[at]) &&
  takenUnit(one) === takenUnit(other);

function isPlainRow(line: string, separator: string, names: readonly string[]): boolean {
  const values = line.split(separator);
  const query = values[names.indexOf('cs-uri-query')];
  return (
    values.length === names.length &&
    query?.startsWith('?') !== true &&
    (separator === '\t' || !values.some((value) => value === '' || value.startsWith('"') || value.includes('\t')))
  );
}

/** The rows of a log on their way to the scanner. */
export class W3cRows {
  private state: W3cState;

  constructor(private readonly log: W3cLog) {
    this.state = log.state;
  }

  /** Whether all rows of a block can be read as they are. If not, they are to be peeled, which then says what holds behind it. */
  isPlain({ bytes, start, end }: LineBlock): boolean {
    const { header } = this.log.state;
    let { state } = this;
    if (state.header !== header && !sameColumns(state.header, header)) return false;
    // In quotes stands what is one value in spite of its spaces.
    if (this.log.separator === ' ' && (isWithin(bytes, QUOTE, start, end) || isWithin(bytes, TAB, start, end))) return false;
    for (let at = bytes.indexOf(HASH, start); at >= 0 && at < end; at = bytes.indexOf(HASH, at + 1)) {
      if (at > start && bytes[at - 1] !== NEWLINE) continue;
      const newline = bytes.indexOf(NEWLINE, at);
      const to = newline < 0 || newline > end ? end : newline;
      state = directive(state, bytes.toString('utf8', at, to).trimEnd()) ?? state;
      if (!sameColumns(state.header, header)) return false;
    }
    this.state = state;
    return true;
  }

  /** Peels nothing off the rows that stand in the columns of the log. */
  readonly wrapper: Wrapper = {
    id: 'w3c-columns',
    peel: ({ bytes, from, to }: Piece) => {
      const line = bytes.toString('utf8', from, to);
      if (bytes[from] === HASH) {
        this.state = directive(this.state, line) ?? this.state;
        return undefined;
      }
      const { header } = this.log.state;
      if (sameColumns(this.state.header, header) && isPlainRow(line, this.log.separator, header.names)) return undefined;
      const row = Buffer.from(this.inColumns(line));
      return { bytes: row, from: 0, to: row.length, isPart: false, stream: '' };
    },
  };

  /** What is no row is marked, so that nobody takes its words for those of other columns. */
  private inColumns(line: string): string {
    const { log, state } = this;
    const row = rowOf(state, line);
    // Of a local time it is not known which UTC it is, and that is what the columns of the log hold.
    if (row === undefined || row.zone === '') return `? ${line}`;
    const { names } = log.state.header;
    const isSameUnit = takenUnit(state.header) === takenUnit(log.state.header);
    const value = (name: string): string | undefined => {
      if (HOST_COLUMNS.includes(name)) return row[name] ?? hostOf(row);
      return name === 'time-taken' && !isSameUnit ? undefined : row[name];
    };
    // As Microsoft's writers put a value with spaces into one column.
    return names.map((name) => (value(name) ?? '-').replace(/\s/g, '+')).join(log.separator);
  }
}

const isWithin = (bytes: Buffer, byte: number, start: number, end: number): boolean => {
  const at = bytes.indexOf(byte, start);
  return at >= 0 && at < end;
};
