/**
 * Rows of a W3C extended log as a text format: the columns of its `#Fields:`, in their order. Logs of this kind are the only ones whose
 * layout stands in the log itself.
 */
import { compile } from './compile.js';
import type { Field, Format } from './define.js';
import { formatById } from './index.js';
import type { Program } from './program.js';

/** What the directives in front of the rows say. */
export interface W3cHeader {
  /** Names of the columns, in lower case. */
  readonly names: readonly string[];
  /** `#Software:` names a writer of Microsoft's. */
  readonly isMicrosoft: boolean;
  /** `#Start-Date:` stands there. */
  readonly isStarted: boolean;
}

export type W3cId = 'w3c' | 'w3c-aspnet' | 'cloudfront';

export interface W3cFormat {
  readonly id: W3cId;
  readonly stamped: Format['stamped'];
  readonly program: Program;
}

const isEdge = (names: readonly string[]): boolean => names.includes('x-edge-location');

/** Other writers use #Start-Date: too, but not with both of these columns. */
export function w3cId({ names, isMicrosoft, isStarted }: W3cHeader): W3cId {
  if (isEdge(names)) return 'cloudfront';
  return isStarted && !isMicrosoft && names.includes('s-computername') && names.includes('cs-host') ? 'w3c-aspnet' : 'w3c';
}

/** The draft says seconds; Microsoft's writers log ms. Who does not say who it is, is told by its columns. */
export function takenUnit({ names, isMicrosoft }: W3cHeader): 's' | 'ms' | undefined {
  if (isEdge(names)) return 's';
  return isMicrosoft || names.includes('sc-win32-status') || names.includes('s-computername') ? 'ms' : undefined;
}

/** Columns that name the host that was asked for, the best first. */
export const HOST_COLUMNS: readonly string[] = ['x-host-header', 'cs-host', 'cs(host)'];

/** For each field the columns that may hold it, the best first. */
const COLUMNS: readonly (readonly [columns: readonly string[], field: Field])[] = [
  [['cs-method'], { slot: 'method', as: 'text' }],
  [['cs-uri-stem'], { slot: 'path', as: 'text' }],
  [['cs-uri-query'], { slot: 'query', as: 'text' }],
  [HOST_COLUMNS, { slot: 'host', as: 'text' }],
  [['sc-status'], { slot: 'status', as: 'number' }],
  [['sc-bytes'], { slot: 'bytes', as: 'number', missing: 'unknown' }],
  [['c-ip'], { slot: 'client', as: 'text' }],
  [['cs-username'], { slot: 'identity', as: 'text' }],
  [['x-forwarded-for', 'cs(x-forwarded-for)'], { slot: 'forwardedFor', as: 'text' }],
];
const EDGE_COLUMNS: typeof COLUMNS = [
  [['cs(user-agent)'], { slot: 'userAgent', as: 'text', spelled: 'percent-twice' }],
  [['x-edge-request-id'], { slot: 'requestId', as: 'text' }],
  [['x-edge-result-type'], { slot: 'cache', as: 'cache-cloudfront' }],
  [['time-taken'], { slot: 'duration', as: 'seconds' }],
];
const OTHER_COLUMNS: typeof COLUMNS = [[['cs(user-agent)'], { slot: 'userAgent', as: 'text', spelled: 'plus' }]];

/** undefined where a row needs more than its columns: a date that stands elsewhere, a target in one piece. */
export function w3cFormat(header: W3cHeader, separator: ' ' | '\t'): W3cFormat | undefined {
  const { names } = header;
  const date = names.indexOf('date');
  if (date < 0 || names[date + 1] !== 'time' || date !== names.lastIndexOf('date')) return undefined;
  if (!names.includes('cs-uri-stem') || !names.includes('cs-method')) return undefined;
  const fields: Record<string, Field> = { stamp: { slot: 'time', as: 'time-iso' } };
  const known = new Map<number, string>();
  const add = ([columns, field]: (typeof COLUMNS)[number]): void => {
    const at = columns.map((column) => names.indexOf(column)).find((place) => place >= 0);
    if (at === undefined) return;
    fields[field.slot] = field;
    known.set(at, field.slot);
  };
  const isOfEdge = isEdge(names);
  for (const column of [...COLUMNS, ...(isOfEdge ? EDGE_COLUMNS : OTHER_COLUMNS)]) add(column);
  if (!isOfEdge && (names.includes('time-taken') ? takenUnit(header) === 'ms' : names.includes('timetakenms')))
    add([['time-taken', 'timetakenms'], { slot: 'duration', as: 'milliseconds' }]);
  const columns = names.flatMap((_, at) => {
    if (at === date) return ['$(stamp iso stamp)'];
    if (at === date + 1) return [];
    const name = known.get(at) ?? 'column';
    // A number at the end of a line is otherwise asked to look as nginx writes it.
    return [at === names.length - 1 && name !== 'column' ? `$(${name} plain)` : `$${name}`];
  });
  const id = w3cId(header);
  const program = compile({ kind: 'patterns', patterns: [columns.join(separator), '#$directive'], fields, escapes: 'none' });
  if (program.kind !== 'choice') throw new TypeError('rows and directives are two ways to write a line');
  return { id, stamped: formatById(id)!.stamped, program: { ...program, zone: 'utc' } };
}
