/** Events of Keycloak in JSON: they become JSON lines, one for one, for the format `keycloak`. */
import { eventRecord, KEYCLOAK_EVENT, KEYCLOAK_OTHER, pairsOf, STAMP } from './keycloak.js';
import type { RowReader } from './rows.js';

/** Somewhere in the head of a log of JSON records that hold events, in whatever they are wrapped. */
export const KEYCLOAK_JSON_EVENT = /\btype=\\*"?[A-Z_]+\\*"?, realmId=|\\*"realmId\\*"\s*:/;

type Json = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Json => value !== null && typeof value === 'object' && !Array.isArray(value);
const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);

/** What an event of the admin API says, and what it keeps in its details. */
function* membersOf(event: Json): Generator<readonly [key: string, value: string]> {
  for (const [key, value] of Object.entries(event)) if (typeof value === 'string') yield [key, value];
  if (isObject(event.details)) yield* membersOf(event.details);
}

/** The latest instant that a date can be, in ms. */
const LAST_MS = 8.64e15;

/**
 * Events of Keycloak in JSON: lines of its log (`--log-console-output=json`, plain or ECS), whose message has the event and whose record has
 * the time, and what its admin API answers and listeners write, `{"time":1772446530123,"type":"CLIENT_LOGIN","realmId":...}`.
 */
export function keycloakJsonRows(): RowReader {
  return {
    read: ({ bytes, from, to }) => {
      if (bytes[from] !== 123) return undefined;
      let record: unknown;
      try {
        record = JSON.parse(bytes.toString('utf8', from, to));
      } catch {
        return undefined;
      }
      if (!isObject(record)) return undefined;
      const { time, message } = record;
      if (typeof time === 'number' && time >= 0 && time <= LAST_MS) {
        const stamp = STAMP.exec(new Date(time).toISOString());
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
