/** HTML out of text: whatever is put into a template is text, and made visible and inert, unless it was made by a template itself. */
import { shown } from './cells.js';

export interface Markup {
  readonly markup: string;
}

export type Part = Markup | string | number | readonly Part[];

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** For text and for values of attributes in quotes. Control characters and what reorders text become visible. */
export const escapeHtml = (text: string): string => shown(text).replace(/[&<>"']/g, (character) => entities[character]!);

const written = (part: Part): string => {
  if (typeof part === 'string') return escapeHtml(part);
  if (typeof part === 'number') return String(part);
  return 'markup' in part ? part.markup : part.map(written).join('');
};

/** `h\`<b>${text}</b>\``: the template is markup, its values are text. */
export const h = (template: TemplateStringsArray, ...parts: readonly Part[]): Markup => ({
  markup: template.map((text, index) => text + (index < parts.length ? written(parts[index]!) : '')).join(''),
});

export const none: Markup = { markup: '' };

/** `when(note !== null, () => h\`...\`)` */
export const when = (holds: boolean, make: () => Part): Part => (holds ? make() : none);

/**
 * JSON that stays data inside of a script element: nothing in it closes the element, opens a comment, ends a line or turns the text
 * around. Plain ASCII.
 */
export const inertJson = (value: unknown): string =>
  JSON.stringify(value).replace(/[<>&\x7f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** A part of an address or an id of an element: what is no letter, digit or dash becomes a dash. */
export const anchor = (id: string): string => id.replace(/[^\w-]/g, '-');

export interface Column {
  readonly title: string;
  /** Figures stand on the right and are sorted by their value. */
  readonly figure?: boolean;
}

export interface Cell {
  readonly shows: Part;
  /** What it is sorted by. */
  readonly by?: number | null;
}

/** A table with a name, in a box that scrolls sideways where there is no room, by keyboard as well. */
export const table = (
  name: string,
  columns: readonly Column[],
  rows: readonly { readonly cells: readonly Cell[]; readonly attributes?: Markup }[],
): Markup =>
  h`<div class="scroll" role="region" aria-label="Table: ${name}" tabindex="0"><table class="sorts"><caption class="unseen">${name}</caption><thead><tr>${columns.map(
    ({ title, figure }) => h`<th scope="col"${figure === true ? h` class="n"` : none}>${title}</th>`,
  )}</tr></thead><tbody>${rows.map(
    ({ cells, attributes }) =>
      h`<tr${attributes ?? none}>${cells.map((cell, index) => {
        const by = cell.by === undefined || cell.by === null ? none : h` data-by="${cell.by}"`;
        const figure = columns[index]?.figure === true ? h` class="n"` : none;
        return index === 0 ? h`<th scope="row"${figure}${by}>${cell.shows}</th>` : h`<td${figure}${by}>${cell.shows}</td>`;
      })}</tr>\n`,
  )}</tbody></table></div>`;
