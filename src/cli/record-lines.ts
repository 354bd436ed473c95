/** Records as text, one line each: for programs that read lines, and for spreadsheets. */

import { csvCell } from '../report/csv-cell.js';
import { inert } from '../report/json.js';
import { type FilledRecord, recordKeys } from '../scan/record.js';

export const recordFormats = ['ndjson', 'csv'] as const;
export type RecordFormat = (typeof recordFormats)[number];

/** The keys of a record are in their order. */
const ndjsonLine = (record: FilledRecord): string => `${inert(JSON.stringify(record))}\n`;

const csvLine = (record: FilledRecord): string => `${recordKeys.map((key) => csvCell(record[key])).join(',')}\n`;

/** What stands in front of the first record. */
export const headOf = (format: RecordFormat): string => (format === 'csv' ? `${recordKeys.join(',')}\n` : '');

export const textOf = (format: RecordFormat, records: readonly FilledRecord[]): string =>
  records.map(format === 'csv' ? csvLine : ndjsonLine).join('');
