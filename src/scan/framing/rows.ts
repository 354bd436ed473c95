/** Lines that are a record only with what was said before, or in no order of fields: they become JSON lines, one for one. */
import { takenUnit, w3cId } from '../../formats/w3c-columns.js';
import { decoded } from '../door.js';
import { directive, noHeader, rowOf } from './w3c.js';
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
      const isEdge = id === 'cloudfront';
      const agent = row['cs(user-agent)'];
      const taken = row['time-taken'] ?? row.timetakenms;
      const unit = row['time-taken'] === undefined ? 'ms' : takenUnit(header);
      const status = row['sc-status'];
      return JSON.stringify({
        w3c: isEdge ? id : id === 'w3c-aspnet' ? 'aspnet' : 'row',
        time: `${row.date}T${row.time}Z`,
        method: row['cs-method'],
        path: row['cs-uri-stem'],
        query: row['cs-uri-query'],
        host: row['x-host-header'] ?? row['cs-host'] ?? row['cs(host)'],
        status: status === '000' ? undefined : status,
        bytes: row['sc-bytes'],
        ...(unit === undefined ? {} : { taken: taken === undefined ? undefined : `${taken}${unit}` }),
        client: row['c-ip'],
        user: row['cs-username'],
        agent: agent === undefined ? undefined : decoded(agent, isEdge ? 'percent' : 'plus'),
        forwarded: row['x-forwarded-for'] ?? row['cs(x-forwarded-for)'],
        writer: isEdge ? undefined : (row['s-computername'] ?? row['s-ip']),
        id: row['x-edge-request-id'],
        cache: row['x-edge-result-type'],
      });
    },
  };
}

const STAMP = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:[,.](\d{1,9}))?(Z|[+-]\d\d:?\d\d)?/;
/** The start of a word alone, and a word of some length: a line of nothing but letters is gone through once. */
const KEY = /(?<![\w.-])([\w.-]{1,64})=/g;
const QUOTED = /"((?:[^"\\]|\\.)*)"(?=, |,?$)/y;

/** `key=value, key="value"`: each place is looked at a few times at most, whatever the text is. */
function* pairsOf(text: string): Generator<readonly [key: string, value: string]> {
  const key = new RegExp(KEY);
  const quoted = new RegExp(QUOTED);
  for (let found = key.exec(text); found !== null; found = key.exec(text)) {
    const at = key.lastIndex;
    quoted.lastIndex = at;
    const inQuotes = quoted.exec(text);
    const comma = text.indexOf(',', at);
    const end = comma < 0 ? text.length : comma;
    const isWhole = comma < 0 || comma === text.length - 1 || text[comma + 1] === ' ';
    if (inQuotes !== null) yield [found[1]!, inQuotes[1]!];
    else if (isWhole) yield [found[1]!, text.slice(at, end)];
    key.lastIndex = inQuotes === null ? end : quoted.lastIndex;
  }
}

/** What else the server writes into the same log: `TIME LEVEL [category] (thread) text`, and the stack of an exception. */
const SERVER_LINE = /^\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d\S* +[A-Z]{4,6} +\[[\w.$-]+\] \(/;
const TRACE_LINE = /^(?:\s+at [\w.$/@<>]+\(|\s+\.\.\. \d+ |\s*(?:Caused by|Suppressed): |[\w.$]+(?:Exception|Error)(?:: |$))/;
const KEYCLOAK_OTHER = '{"keycloak":"other"}';
/** Somewhere in the head of a log that holds events. */
export const KEYCLOAK_EVENT = /\[(?:org|o)\.[\w.]*events?\]|\btype="?[A-Z_]+"?, realmId=/;

/** Events of Keycloak: `TIME LEVEL [category] (thread) type=..., realmId=..., key=value`, newer ones in quotes. */
export function keycloakRows(): RowReader {
  return {
    read: ({ bytes, from, to }) => {
      const text = bytes.toString('utf8', from, to);
      const stamp = STAMP.exec(text);
      const start = text.search(/\btype=/);
      if (stamp === null || start < 0 || !KEYCLOAK_EVENT.test(text))
        return SERVER_LINE.test(text) || TRACE_LINE.test(text) ? KEYCLOAK_OTHER : undefined;
      const event: Record<string, string> = {};
      for (const [key, value] of pairsOf(text.slice(start).trimEnd())) {
        if (value !== 'null' && value !== '') event[key] ??= value;
      }
      if (event.type === undefined || event.realmId === undefined) return undefined;
      const [, day, time, fraction, zone = ''] = stamp;
      const { token_id, refresh_token_id, code_id, ...safe } = event;
      const at = `${day}T${time}${fraction === undefined ? '' : `.${fraction}`}${zone}`;
      return JSON.stringify({ keycloakTime: at, realm: event.realmName ?? event.realmId, ...safe });
    },
  };
}
