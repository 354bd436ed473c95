/** A failure as a person needs it: what, where, why, and what to type next. */
import { type ErrorPlace, TokenTaxError } from '../errors.js';
import { redactText } from '../redact/index.js';
import { cells, shown, wrap } from './cells.js';
import { type Paint, plain } from './paint.js';

export interface ErrorOptions {
  readonly paint?: Paint;
  /** Adds the stack trace. */
  readonly debug: boolean;
  readonly version: string;
  readonly width?: number;
}

const safe = (text: string): string => shown(redactText(text));

/** Any failure as one the user can act on; what is not, is a bug. */
export const asTokenTaxError = (cause: unknown): TokenTaxError =>
  cause instanceof TokenTaxError
    ? cause
    : new TokenTaxError('INTERNAL', `internal error: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });

/** The part of a long line that has the caret in it. */
const excerpt = ({ text = '', column }: ErrorPlace, width: number): { text: string; caret: number | undefined } => {
  const line = safe(text);
  // What is escaped or redacted in front of the caret moves it.
  const caret = column === undefined ? undefined : cells(safe(text.slice(0, column)));
  const start = caret === undefined || caret < width - 10 ? 0 : caret - Math.floor(width / 2);
  return { text: line.slice(start, start + width), caret: caret === undefined ? undefined : caret - start };
};

const where = (place: ErrorPlace, { faint, bad }: Paint, width: number): string[] => {
  const { file, line, column, expected, length = 1 } = place;
  const position = line === undefined ? '' : `:${line}${column === undefined ? '' : `:${column + 1}`}`;
  const lines = [`  ${faint('-->')} ${safe(file)}${position}`];
  if (place.text === undefined) return lines;
  const number = line === undefined ? '' : String(line);
  const gutter = ' '.repeat(number.length + 2) + faint('|');
  const { text, caret } = excerpt(place, width - number.length - 4);
  lines.push(gutter, ` ${faint(number)} ${faint('|')} ${text}`);
  if (caret !== undefined)
    lines.push(
      `${gutter} ${' '.repeat(caret)}${bad(`${'^'.repeat(Math.max(1, Math.min(length, width - number.length - 4 - caret)))}${expected === undefined ? '' : ` expected ${safe(expected).replace(/^expected /, '')}`}`)}`,
    );
  return [...lines, gutter];
};

const labelled = (label: string, text: string, width: number): string[] =>
  text
    .split('\n')
    .flatMap((part) => wrap(safe(part), width - 8))
    .map((line, index) => `  ${(index === 0 ? label : '').padEnd(5)} ${line}`);

const stack = (error: TokenTaxError): string[] => {
  const { cause } = error;
  const trace = (cause instanceof Error ? cause.stack : undefined) ?? error.stack ?? '';
  return trace.split('\n').map((line) => `  ${safe(line)}`);
};

export const errorText = (cause: unknown, { paint = plain, debug, version, width = 80 }: ErrorOptions): string => {
  const error = asTokenTaxError(cause);
  const why =
    error.why ?? (error.code === 'INTERNAL' ? `token-tax ${version} did not expect this; there is no result` : undefined);
  const one = `${[
    `${paint.bad('error:')} ${safe(error.message)}`,
    ...(error.place === undefined ? [] : where(error.place, paint, width)),
    ...(why === undefined ? [] : labelled('why:', why, width)),
    ...labelled('help:', error.help, width),
    ...(debug ? stack(error) : []),
  ].join('\n')}\n`;
  return [one, ...error.also.map((each) => errorText(each, { paint, debug: false, version, width }))].join('\n');
};
