/** Records as text, one line each: for programs that read lines, and for spreadsheets. */

import { shown } from '../report/cells.js';
import { inert } from '../report/json.js';
import { type FilledRecord, recordKeys } from '../scan/record.js';

export const recordFormats = ['ndjson', 'csv'] as const;
export type RecordFormat = (typeof recordFormats)[number];

/** The keys of a record are in their order. */
const ndjsonLine = (record: FilledRecord): string => `${inert(JSON.stringify(record))}\n`;

/** What a spreadsheet would take for a formula; of these signs there are also wide ones. Alone they are text. */
const formula = /^[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]./s;

/**
 * Control characters are visible, so that a record is one line (RFC 4180). A text that starts like a formula gets an apostrophe in
 * front, which spreadsheets take as "this is text"; numbers of ours never start like one.
 */
const csvCell = (value: string | number | undefined): string => {
  if (value === undefined) return '';
  if (typeof value === 'number') return String(value);
  const safe = formula.test(value) ? `'${shown(value)}` : shown(value);
  return /[",\n\r]|^ | $/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
};

const csvLine = (record: FilledRecord): string => `${recordKeys.map((key) => csvCell(record[key])).join(',')}\n`;

/** What stands in front of the first record. */
export const headOf = (format: RecordFormat): string => (format === 'csv' ? `${recordKeys.join(',')}\n` : '');

export const textOf = (format: RecordFormat, records: readonly FilledRecord[]): string =>
  records.map(format === 'csv' ? csvLine : ndjsonLine).join('');
