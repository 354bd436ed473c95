/** A value in a file of comma-separated values: safe to open in a spreadsheet, one record a line (RFC 4180). */
import { shown } from './cells.js';

/** What a spreadsheet would take for a formula; of these signs there are also wide ones. Alone they are text. */
const formula = /^[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]./s;

/**
 * Control characters are visible, so that a record is one line. A text that starts like a formula gets an apostrophe in front, which
 * spreadsheets take as "this is text"; numbers of ours never start like one.
 */
export const csvCell = (value: string | number | boolean | null | undefined): string => {
  if (value === undefined || value === null) return '';
  if (typeof value !== 'string') return String(value);
  const safe = formula.test(value) ? `'${shown(value)}` : shown(value);
  return /[",\n\r]|^ | $/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
};
