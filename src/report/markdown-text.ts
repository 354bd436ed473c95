/** Text from logs inside Markdown. */
import { shown } from './cells.js';

/**
 * A name as code: nothing in it is a link, a mention, a heading or HTML. The fence is longer than any run of backticks in it; a bar would
 * end a cell of a table even here.
 */
export const code = (text: string): string => {
  const safe = shown(text).replaceAll('|', '\\|');
  if (safe.trim() === '') return '-';
  const runs = safe.match(/`+/g) ?? [];
  const fence = '`'.repeat(Math.max(0, ...runs.map(({ length }) => length)) + 1);
  const room = safe.startsWith('`') || safe.endsWith('`') || (safe.startsWith(' ') && safe.endsWith(' ')) ? ' ' : '';
  return `${fence}${room}${safe}${room}${fence}`;
};

/** Prose that may hold names: every character that Markdown, HTML or a mention could begin with is escaped. */
export const prose = (text: string): string =>
  shown(text)
    .replace(/[\\`*_{}[\]()#+!|~^$]/g, '\\$&')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('@', '&#64;')
    .replace(/:\/\//g, '&#58;//')
    .replace(/\bwww\./gi, 'www&#46;');
