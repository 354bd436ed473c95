/** Text on a grid of display cells: how wide it is, and how it is made to fit. */
import { escapeControls } from '../redact/index.js';

const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}|\ufe0f/u;
const visible = /[^\p{Mark}\p{Cf}\p{Cc}]/u;
/** Each character is a grapheme of one cell: Latin, the dashes and quotes of text, arrows, lines and blocks. A segmenter takes 10 ms to make. */
const simple = /^[\x20-\x7e\xa0-\xac\xae-\u02ff\u2010-\u2027\u2190-\u2193\u2500-\u259f]*$/;

let segmenter: Intl.Segmenter | undefined;

const graphemes = (text: string): string[] => {
  if (simple.test(text)) return [...text];
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
};

const cellsOf = (grapheme: string): number => (wide.test(grapheme) ? 2 : visible.test(grapheme) ? 1 : 0);

/** How many cells of a terminal the text takes. */
export const cells = (text: string): number => {
  if (simple.test(text)) return text.length;
  let sum = 0;
  for (const grapheme of graphemes(text)) sum += cellsOf(grapheme);
  return sum;
};

/** Fills up with spaces on the right. */
export const pad = (text: string, width: number): string => text + ' '.repeat(Math.max(0, width - cells(text)));

/** Shortens in the middle, where names of services and paths differ least: `billing…worker`. */
export const shorten = (text: string, width: number, ellipsis: string): string => {
  if (cells(text) <= width) return text;
  const room = width - cells(ellipsis);
  if (room < 2) return take(graphemes(text), Math.max(0, width));
  const all = graphemes(text);
  const head = take(all, Math.ceil(room / 2));
  const tail = take(all.reverse(), room - cells(head), true);
  return head + ellipsis + tail;
};

const take = (parts: readonly string[], width: number, reversed = false): string => {
  const taken: string[] = [];
  let sum = 0;
  for (const part of parts) {
    sum += cellsOf(part);
    if (sum > width) break;
    taken.push(part);
  }
  return (reversed ? taken.reverse() : taken).join('');
};

/** A space that no line breaks at; printed as a space. */
export const KEEP = '\u00a0';

/** Breaks at spaces; a word that is longer than the line keeps a line of its own, whole. */
export const wrap = (text: string, width: number): string[] => {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && cells(line) + 1 + cells(word) > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  lines.push(line);
  return lines.map((each) => each.replaceAll(KEEP, ' '));
};

/**
 * Text from a log, safe to print: control characters are visible, and nothing in it is read as a command by a CI host
 * (`##[error]`, `##vso[...]`, `##teamcity[...]` work anywhere in a line; `::error::` only at its start, where no name is ever put).
 */
export const shown = (text: string): string => escapeControls(text).replace(/##(?=[a-z]*\[)/gi, '#\\x23');
