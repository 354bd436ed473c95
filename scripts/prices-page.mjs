/** The parts of docs/cost.md that are made from the price lists of the package, between marks. */

const BEGIN = '<!-- made by `npm run docs` -->';
const END = '<!-- end -->';

const cell = (text) => text.replaceAll('|', '\\|');
const row = (cells) => `| ${cells.map(cell).join(' | ')} |`;
const table = (head, rows) => [row(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(row)].join('\n');
const grouped = (value) => String(value).replace(/\B(?=(\d{3})+(?!\d))/g, ',');

const unitOf = ({ per, unit }) => (per === 1 ? unit : `${grouped(per)} ${unit}s`);

const priceOf = (currency, item) => {
  const tiers = item.tiers.map(
    ({ from, to, amount }) =>
      `${amount}${item.tiers.length === 1 ? '' : ` (${to === null ? `above ${grouped(from)}` : `up to ${grouped(to)}`})`}`,
  );
  const included = item.included === 0 ? '' : `, ${grouped(item.included)} a month included`;
  return `${currency} ${tiers.join(', ')} per ${unitOf(item)}${included}`;
};

const billing = {
  metered: 'by the token',
  quota: 'by quota or plan: no public price of one',
  'not metered': 'not metered',
  compute: 'own machines: vCPU',
  gateway: 'what carries a fetch',
};

const prices = (models) =>
  table(
    ['`--price-model`', 'what', 'how it bills', 'price', 'as of', 'standing', 'assumes, leaves out'],
    models.map(({ id, title, billing: how, currency, items, asOf, standing, source, assumes, notIncluded }) => [
      `\`${id}\``,
      `[${title}](${source})`,
      billing[how],
      items.length === 0 ? 'none: give your own' : items.map((item) => priceOf(currency, item)).join('; '),
      asOf,
      standing,
      [...assumes.map((text) => `assumes: ${text}`), ...notIncluded.map((text) => `not included: ${text}`)].join('; '),
    ]),
  );

const limits = (models) =>
  table(
    ['list', 'limit', 'of'],
    models.flatMap(({ id, limit }) =>
      limit === null ? [] : [[`\`${id}\``, `${grouped(limit.requests)} in ${limit.seconds} s`, limit.scope]],
    ),
  );

/** The page with its made parts put in; the text around them is kept. */
export function pricesPage(page, { shippedPrices: { models, notMetered } }) {
  const parts = [prices(models), `${notMetered.map((id) => `\`${id}\``).join(', ')}.`, limits(models)];
  const pieces = page.split(BEGIN);
  if (pieces.length !== parts.length + 1)
    throw new Error(`docs/cost.md has ${pieces.length - 1} places for ${parts.length} parts`);
  return pieces
    .map((piece, index) => (index === 0 ? piece : `\n\n${parts[index - 1]}\n\n${END}${piece.split(END).slice(1).join(END)}`))
    .join(BEGIN);
}
