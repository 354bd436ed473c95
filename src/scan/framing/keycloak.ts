/** Events of Keycloak: `TIME LEVEL [category] (thread) type=..., realmId=..., key=value`, newer ones in quotes. */
export const STAMP = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:[,.](\d{1,9}))?(Z|[+-]\d\d:?\d\d)?/;
/** The start of a word alone, and a word of some length: a line of nothing but letters is gone through once. */
const KEY = /(?<![\w.-])([\w.-]{1,64})=/g;
const QUOTED = /"((?:[^"\\]|\\.)*)"(?=, |,?$)|'([^']*)'(?=, |,?$)/y;

/** `key=value, key="value"`, and of old `key='two words'`: each place is looked at a few times at most, whatever the text is. */
export function* pairsOf(text: string): Generator<readonly [key: string, value: string]> {
  const key = new RegExp(KEY);
  const quoted = new RegExp(QUOTED);
  for (let found = key.exec(text); found !== null; found = key.exec(text)) {
    const at = key.lastIndex;
    quoted.lastIndex = at;
    const inQuotes = quoted.exec(text);
    const comma = text.indexOf(',', at);
    const end = comma < 0 ? text.length : comma;
    const isWhole = comma < 0 || comma === text.length - 1 || text[comma + 1] === ' ';
    if (inQuotes !== null) yield [found[1]!, inQuotes[1] ?? inQuotes[2]!];
    else if (isWhole) yield [found[1]!, text.slice(at, end)];
    key.lastIndex = inQuotes === null ? end : quoted.lastIndex;
  }
}

/** What else the server writes into the same log: `TIME LEVEL [category] (thread) text`, and the stack of an exception. */
const SERVER_LINE = /^\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d\S* +[A-Z]{4,6} +\[[\w.$-]+\] \(/;
const TRACE_LINE = /^(?:\s+at [\w.$/@<>]+\(|\s+\.\.\. \d+ |\s*(?:Caused by|Suppressed): |[\w.$]+(?:Exception|Error)(?:: |$))/;
export const KEYCLOAK_OTHER = '{"keycloak":"other"}';
/** Somewhere in the head of a log that holds events. */
export const KEYCLOAK_EVENT = /\[(?:org|o)\.[\w.]*events?\]|\btype="?[A-Z_]+"?, realmId=/;
export const hasEvents = (head: Buffer): boolean => KEYCLOAK_EVENT.test(head.toString('latin1'));

/** Ids of tokens, which are no figure of an event. */
export const LEFT_OUT: ReadonlySet<string> = new Set(['token_id', 'refresh_token_id', 'code_id']);

const timeOf = ([, day, time, fraction, zone = '']: RegExpExecArray): string =>
  `${day}T${time}${fraction === undefined ? '' : `.${fraction}`}${zone}`;

/** An event as JSON, of its time and its pairs; undefined where they are none. */
export function eventRecord(stamp: RegExpExecArray, pairs: Iterable<readonly [key: string, value: string]>): string | undefined {
  const event: Record<string, string> = {};
  for (const [key, value] of pairs) {
    if (value !== 'null' && value !== '') event[key] ??= value;
  }
  if (event.type === undefined || event.realmId === undefined) return undefined;
  const safe = Object.fromEntries(Object.entries(event).filter(([key]) => !LEFT_OUT.has(key)));
  return JSON.stringify({ keycloakTime: timeOf(stamp), realm: event.realmName ?? event.realmId, ...safe });
}

/** The event of a line as JSON; undefined for a line that holds none. */
export function eventOf(text: string): string | undefined {
  const stamp = STAMP.exec(text);
  const start = text.search(/\btype=/);
  if (stamp === null || start < 0 || !KEYCLOAK_EVENT.test(text))
    return SERVER_LINE.test(text) || TRACE_LINE.test(text) ? KEYCLOAK_OTHER : undefined;
  return eventRecord(stamp, pairsOf(text.slice(start).trimEnd()));
}
