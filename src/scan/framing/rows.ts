/** Lines that are a record only with what was said before, or in no order of fields: they become JSON lines, one for one. */
import { takenUnit, w3cId } from '../../formats/w3c-columns.js';
import { unspelled } from '../door.js';
import { directive, hostOf, noHeader, type Row, rowOf } from './w3c.js';
import type { Piece } from './wrappers.js';

const HASH = 35;

export interface RowReader {
  /** The row as JSON; undefined for a line that is none. */
  readonly read: (line: Piece) => string | undefined;
}

const DIRECTIVE = '{"w3c":"directive"}';

/** `#Fields: date time ...` as it is pasted for a log that has lost that line. */
export const isW3cHeader = (logFormat: string): boolean => /^\s*#Fields:\s*\S/.test(logFormat);

/** W3C extended: `#Fields:` names the columns of all rows up to the next one. `header`: a directive that the log itself has lost. */
export function w3cRows(header?: string): RowReader {
  const reader = w3cReader();
  if (header !== undefined) {
    const bytes = Buffer.from(header);
    reader.read({ bytes, from: 0, to: bytes.length });
  }
  return reader;
}

function w3cReader(): RowReader {
  let state = noHeader;
  return {
    read: ({ bytes, from, to }) => {
      const text = bytes.toString('utf8', from, to);
      if (bytes[from] === HASH) {
        const next = directive(state, text);
        if (next === undefined) return undefined;
        state = next;
        return DIRECTIVE;
      }
      const { header } = state;
      const row = header.names.length === 0 ? undefined : rowOf(state, text);
      if (row === undefined) return undefined;
      const id = w3cId(header);
      const taken = row['time-taken'] ?? row.timetakenms;
      const unit = row['time-taken'] === undefined ? 'ms' : takenUnit(header);
      return w3cRecord(row, id === 'cloudfront' ? id : id === 'w3c-aspnet' ? 'aspnet' : 'row', {
        time: `${row.date}T${row.time}${row.zone}`,
        taken: taken === undefined || unit === undefined ? undefined : `${taken}${unit}`,
      });
    },
  };
}

/** The record of a row, by the names of its columns in small letters. `times`: what the log says of them in its own way. */
export function w3cRecord(
  row: Row,
  w3c: 'cloudfront' | 'aspnet' | 'row',
  times: Readonly<Record<'time' | 'taken', string | undefined>>,
): string {
  const isEdge = w3c === 'cloudfront';
  const agent = row['cs(user-agent)'];
  const status = row['sc-status'];
  return JSON.stringify({
    w3c,
    time: times.time,
    method: row['cs-method'],
    path: row['cs-uri-stem'],
    query: row['cs-uri-query'],
    host: hostOf(row),
    status: status === '000' ? undefined : status,
    bytes: row['sc-bytes'],
    taken: times.taken,
    client: row['c-ip'],
    user: row['cs-username'],
    agent: agent === undefined ? undefined : unspelled(agent, isEdge ? 'percent-twice' : 'plus'),
    forwarded: row['x-forwarded-for'] ?? row['cs(x-forwarded-for)'],
    writer: isEdge ? undefined : (row['s-computername'] ?? row['s-ip']),
    id: row['x-edge-request-id'],
    cache: row['x-edge-result-type'],
  });
}
