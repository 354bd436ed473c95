/** The parts of docs/formats.md that are made from the definitions, between marks. */

const BEGIN = '<!-- made by `npm run docs` -->';
const END = '<!-- end -->';

const code = (text) => `\`${text}\``;
const cell = (text) => text.replaceAll('|', '\\|');
const row = (cells) => `| ${cells.map(cell).join(' | ')} |`;
const table = (head, rows) => [row(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(row)].join('\n');

const stamps = { start: 'start', end: 'end', unknown: 'not said: end where a duration is logged' };

const formatTable = (formats) =>
  table(
    ['`--log-format`', 'what', 'also called', 'stamped at the'],
    formats.map(({ id, title, docs, aliases = [], stamped }) => [
      code(id),
      `[${title}](${docs})`,
      aliases.map(code).join(', '),
      stamps[stamped],
    ]),
  );

const linesOf = ({ patterns, template }) => patterns ?? (template === undefined ? [] : [template]);

const templates = (formats) =>
  formats
    .filter(({ layout }) => linesOf(layout).length > 0)
    .map(({ id, layout }) => [id, ...linesOf(layout).map((line) => `  ${line.replaceAll('\t', '\\t')}`)].join('\n'))
    .join('\n');

/** Names by what they fill. */
const bySlot = (entries) => {
  const slots = new Map();
  for (const [name, { slot, as }] of entries) {
    const what = ['seconds', 'milliseconds', 'microseconds', 'nanoseconds', 'duration-unit'].includes(as)
      ? `${slot}, ${as}`
      : slot;
    slots.set(what, [...(slots.get(what) ?? []), name]);
  }
  return [...slots];
};

const nameTable = (head, entries, mark = '') =>
  table(
    head,
    bySlot(entries).map(([slot, names]) => [slot, names.map((name) => code(`${mark}${name}`)).join(' ')]),
  );

/** The page with its made parts put in; the text around them is kept. */
export function formatsPage(page, { formats, nginxVariables, pairKeys, usualNames, patternWords }) {
  const parts = [
    formatTable(formats),
    `\`\`\`text\n${templates(formats)}\n\`\`\``,
    table(
      ['word', 'the field'],
      Object.entries(patternWords).map(([word, meaning]) => [code(word), meaning]),
    ),
    nameTable(['fills', 'variables'], Object.entries(nginxVariables), '$'),
    nameTable(['fills', 'keys'], Object.entries(pairKeys)),
    nameTable(
      ['fills', 'names, best first'],
      usualNames.flatMap(([field, names]) => names.map((name) => [name, field])),
    ),
  ];
  const pieces = page.split(BEGIN);
  if (pieces.length !== parts.length + 1) throw new Error(`docs/formats.md has ${pieces.length - 1} marks, not ${parts.length}`);
  return pieces
    .map((piece, at) => {
      if (at === 0) return piece;
      const end = piece.indexOf(END);
      if (end < 0) throw new Error(`docs/formats.md: mark ${at} has no end`);
      return `${BEGIN}\n\n${parts[at - 1]}\n\n${piece.slice(end)}`;
    })
    .join('');
}
