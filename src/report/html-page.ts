/** The frame of a web page: a head that lets one script run and nothing be fetched, a menu, parts, a foot, and data that stays data. */
import { h, type Markup, type Part } from './html-markup.js';
import { chartStyle, script, scriptHash } from './html-script.generated.js';
import { style } from './html-style.js';

export interface Section {
  readonly id: string;
  readonly title: string;
  readonly inMenu: string;
  readonly body: Part;
}

const isEmpty = (part: Part): boolean =>
  Array.isArray(part) ? part.every(isEmpty) : typeof part === 'object' && 'markup' in part ? part.markup === '' : false;

const section = ({ id, title, body }: Section): Markup =>
  h`<section class="part" id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2>${body}</section>\n`;

export interface Frame {
  readonly title: string;
  readonly top: Markup;
  /** Empty ones are left out. */
  readonly sections: readonly Section[];
  readonly foot: Part;
  /** JSON that `inertJson` has made. */
  readonly data: string;
}

/** The page as a string. `#download` in the foot saves the data. */
export const htmlPage = ({ title, top, sections, foot, data }: Frame): string => {
  const shown = sections.filter(({ body }) => !isEmpty(body));
  const [first] = shown;
  const policy = `default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src '${scriptHash}'; base-uri 'none'; form-action 'none'`;
  return h`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${{ markup: policy.replaceAll('"', '') }}"><meta name="viewport" content="width=device-width,initial-scale=1"><meta name="referrer" content="no-referrer"><link rel="icon" href="data:,"><title>${title}</title><style>${{ markup: chartStyle }}${{ markup: style }}</style></head>
<body>${first === undefined ? [] : h`<a class="skip unseen" href="#${first.id}">Skip to ${first.title.charAt(0).toLowerCase() + first.title.slice(1)}</a>`}
${top}
<nav aria-label="Parts of this page"><div class="wrap"><ul>${shown.map(({ id, inMenu }) => h`<li><a href="#${id}">${inMenu}</a></li>`)}</ul></div></nav>
<main class="wrap">
${shown.map(section)}</main>
<footer><div class="wrap">${foot}</div></footer>
<script type="application/json" id="result">${{ markup: data }}</script>
<script>${{ markup: script }}</script>
</body></html>
`.markup;
};
