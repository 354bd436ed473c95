/** How the records of a format are printed, and what a line of it can show. */
import type { Format, Slot } from '../formats/define.js';
import { documentPrinter } from './print-documents.js';
import { eventPrinter } from './print-events.js';
import { jsonPrinter } from './print-json.js';
import { rowPrinter } from './print-rows.js';
import { textPrinter } from './print-text.js';
import type { LineRecord } from './values.js';

export interface Printer {
  readonly format: string;
  /** What a line shows of a record, if it is not blanked. */
  readonly shows: ReadonlySet<Slot>;
  /** Of these: what it says of each record by itself. */
  readonly always?: readonly Slot[];
  /** One record, without the end of its line; undefined: such a thing leaves no trace in a log of this kind. */
  readonly print: (record: LineRecord) => string | undefined;
  /** Lines that stand before the first record of each file. */
  readonly head?: (atMs: number) => readonly string[];
  /** A file is a document of its own and not lines that a collector would wrap: what stands around its records. */
  readonly document?: { readonly open: string; readonly gap: string; readonly end: string; readonly close: string };
  /** What a gateway writes in this format holds the fetches that it makes. */
  readonly seesFetches?: true;
  /** Only an issuer writes it. */
  readonly isOfIssuer?: true;
}

/** How records of a format are printed; undefined where they cannot be. */
export function printerOf(format: Format): Printer | undefined {
  const { id, layout } = format;
  const own = rowPrinter(id) ?? eventPrinter(id) ?? documentPrinter(id);
  if (own !== undefined) return own;
  if (layout.kind === 'json') return jsonPrinter(format, layout);
  if (layout.kind === 'template') return textPrinter(format, [layout.template], {});
  return textPrinter(format, layout.patterns, layout.fields ?? {});
}
