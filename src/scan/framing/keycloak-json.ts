/** Events of Keycloak in JSON: they become JSON lines, one for one, for the format `keycloak`. */
import { isObject, isoOfMs, type JsonObject, parseObject } from './json-object.js';
import { eventRecord, KEYCLOAK_EVENT, KEYCLOAK_OTHER, pairsOf, STAMP } from './keycloak.js';
import type { RowReader } from './rows.js';

/** Somewhere in the head of a log of JSON records that hold events, in whatever they are wrapped. */
const KEYCLOAK_JSON_EVENT = /\btype=\\*"?[A-Z_]+\\*"?, realmId=|\\*"realmId\\*"\s*:/;
export const hasJsonEvents = (head: Buffer): boolean => KEYCLOAK_JSON_EVENT.test(head.toString('latin1'));

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

/** What an event of the admin API says, and what it keeps in its details. */
function* membersOf(event: JsonObject): Generator<readonly [key: string, value: string]> {
  for (const [key, value] of Object.entries(event)) if (typeof value === 'string') yield [key, value];
  if (isObject(event.details)) yield* membersOf(event.details);
}

/**
 * Events of Keycloak in JSON: lines of its log (`--log-console-output=json`, plain or ECS), whose message has the event and whose record has
 * the time, and what its admin API answers and listeners write, `{"time":1772446530123,"type":"CLIENT_LOGIN","realmId":...}`.
 */
export function keycloakJsonRows(): RowReader {
  return {
    read: (line) => {
      const record = parseObject(line);
      if (record === undefined) return undefined;
      const { time, message } = record;
      const iso = typeof time === 'number' ? isoOfMs(time) : undefined;
      if (iso !== undefined) {
        const stamp = STAMP.exec(iso);
        return stamp === null ? undefined : eventRecord(stamp, membersOf(record));
      }
      const stamp = STAMP.exec(text(record.timestamp) ?? text(record['@timestamp']) ?? '');
      const logger = record.loggerName ?? record['log.logger'] ?? (isObject(record.log) ? record.log.logger : undefined);
      if (stamp === null || typeof logger !== 'string' || typeof message !== 'string') return undefined;
      // A message with a time of its own is a line of the log in an envelope.
      if (STAMP.test(message)) return undefined;
      return KEYCLOAK_EVENT.test(message) ? eventRecord(stamp, pairsOf(message.trimEnd())) : KEYCLOAK_OTHER;
    },
  };
}
