/** The pages of docs/rules/ as data: the index page, and the module that `token-tax explain` prints from, offline. */

/** The same headings in the same order in each page, so that all of them can be read in one way. */
export const headings = [
  'What it means',
  'What it costs',
  'How it looks',
  'Usual causes',
  'Fix',
  'False alarms',
  'Fields it needs',
  'Seen in public',
];

/** One page as code, title and the text under each heading; throws where the page has another form. */
export function parseRulePage(name, text) {
  const [, code, title] = /^# (TT\d{3}) (.+)\n/.exec(text) ?? [];
  if (code === undefined || name !== `${code}.md`) throw new Error(`docs/rules/${name} does not start with "# CODE title"`);
  const parts = text.split(/^## /m).slice(1);
  const sections = parts.map((part) => {
    const end = part.indexOf('\n');
    return { heading: part.slice(0, end), text: part.slice(end).trim() };
  });
  const found = sections.map(({ heading }) => heading).join(', ');
  if (found !== headings.join(', ')) throw new Error(`docs/rules/${name} has other headings: ${found}`);
  const empty = sections.find((section) => section.text === '');
  if (empty !== undefined) throw new Error(`docs/rules/${name} says nothing under "${empty.heading}"`);
  return { code, title, sections };
}

/** The index with its list of pages made anew; everything around the list is kept. */
export function ruleIndex(index, pages) {
  const rows = pages.map(({ code, title, sections }) => {
    const [meaning] = sections;
    return `| [${code}](${code}.md) | ${title} | ${/^.*?[.](?= |$)/s.exec(meaning.text)?.[0] ?? meaning.text} |`;
  });
  const table = ['| code | cause | in short |', '|---|---|---|', ...rows].join('\n');
  return index.replace(/(<!-- made by npm run docs -->\n)[\s\S]*?(<!-- end -->)/, (_, start, end) => `${start}${table}\n${end}`);
}

export function ruleModule(pages) {
  return [
    '/** Made from docs/rules/*.md by `npm run docs`: change the pages, not this file. */',
    "import type { RulePage } from './rule-page.js';",
    '',
    `export const rulePages: readonly RulePage[] = ${JSON.stringify(pages, null, 2)};`,
    '',
  ].join('\n');
}
