/** Rows of CSV exports whose header says what they hold: lines of a log in a column, or sign-ins. */
import type { RowReader } from './rows.js';

const QUOTE = '"';

/** Values of a row; undefined where a quote is not closed. */
function valuesOf(row: string): string[] | undefined {
  const values: string[] = [];
  let at = 0;
  for (;;) {
    let value = '';
    if (row[at] === QUOTE) {
      at += 1;
      for (;;) {
        const end = row.indexOf(QUOTE, at);
        if (end < 0) return undefined;
        value += row.slice(at, end);
        at = end + 1;
        if (row[at] !== QUOTE) break;
        value += QUOTE;
        at += 1;
      }
    }
    const comma = row.indexOf(',', at);
    values.push(value + row.slice(at, comma < 0 ? row.length : comma));
    if (comma < 0) return values;
    at = comma + 1;
  }
}

type Columns = ReadonlyMap<string, number>;
type Maker = (values: readonly string[]) => string | undefined;

/** Of CloudWatch Logs Insights: the line as it was logged. */
const loggedLine = (columns: Columns): Maker | undefined => {
  const at = columns.get('@message');
  return at === undefined ? undefined : (values) => values[at]?.replace(/[\r\n]+/g, ' ').trim();
};

/** Of the portal of Entra, of applications and of managed identities: a sign-in as Microsoft Graph gives it. */
const signIn = (columns: Columns): Maker | undefined => {
  const needed = ['date (utc)', 'request id', 'service principal id', 'status'];
  if (!needed.every((name) => columns.has(name))) return undefined;
  return (values) => {
    const value = (name: string): string | undefined => values[columns.get(name) ?? -1] || undefined;
    const code = Number(value('sign-in error code') ?? '');
    const isFailed = value('status')?.toLowerCase() !== 'success';
    return JSON.stringify({
      signInEventTypes: [columns.has('managed identity type') ? 'managedIdentity' : 'servicePrincipal'],
      createdDateTime: value('date (utc)'),
      id: value('request id'),
      appId: value('application id'),
      servicePrincipalId: value('service principal id'),
      servicePrincipalName: value('service principal name'),
      resourceDisplayName: value('resource'),
      resourceId: value('resource id'),
      ipAddress: value('ip address'),
      // A failure without a number is one all the same.
      status: { errorCode: isFailed ? (code > 0 ? code : 1) : 0 },
    });
  };
};

const makers = [loggedLine, signIn];
/** Of a header: `@`, `D`, a quote, or a byte-order mark. */
const STARTS: ReadonlySet<number> = new Set([64, 68, 34, 0xef]);
const HEADER = /^\uFEFF?"?(?:@|Date \(UTC\))/;

export function csvRows(): RowReader {
  let make: Maker | undefined;
  return {
    read: ({ bytes, from, to }) => {
      if (make === undefined && !STARTS.has(bytes[from]!)) return undefined;
      const text = bytes.toString('utf8', from, to);
      if (HEADER.test(text)) {
        const names = valuesOf(text.replace(/^\uFEFF/, ''))?.map((name) => name.trim().toLowerCase()) ?? [];
        const columns = new Map(names.map((name, at) => [name, at]));
        const made = makers.map((maker) => maker(columns)).find((maker) => maker !== undefined);
        if (made === undefined) return undefined;
        make = made;
        // The header is a blank line.
        return '';
      }
      const values = make === undefined ? undefined : valuesOf(text);
      return values === undefined ? undefined : make!(values);
    },
  };
}
