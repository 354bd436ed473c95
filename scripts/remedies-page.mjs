/** The made part of docs/remedies.md: one section for each gateway and the advice for each cause, from the definitions that `fix` uses. */

const BEGIN = '<!-- made by npm run docs: begin -->';
const END = '<!-- made by npm run docs: end -->';

/** The example of the page: a client whose tokens live an hour. */
const example = (places) => ({
  tokenEndpoint: { scheme: 'https', host: 'auth.example.com', port: 443, path: '/oauth2/token' },
  clientId: 'orders-gw',
  scope: 'orders.read',
  audience: undefined,
  lifetimeMs: 3_600_000,
  marginMs: 60_000,
  ttlMs: 3_540_000,
  listen: { host: '127.0.0.1', port: 9180 },
  pathPrefix: '/token/',
  resolver: '10.0.0.2',
  places,
});

const fences = { haproxy: 'haproxy', apache: 'apache', vcl: 'vcl' };

const list = (lines) => lines.map((line) => `- ${line.replaceAll('<', '&lt;')}`).join('\n');

const section = (remedy, context, fillIns) => {
  const files = remedy.files(context);
  const open = fillIns(files.map(({ text }) => text));
  return [
    `### ${remedy.title}`,
    '',
    `\`--for ${remedy.id}\`${remedy.aliases.length === 0 ? '' : ` (also ${remedy.aliases.map((name) => `\`${name}\``).join(', ')})`}. Simulated as \`${remedy.policy(context).id}\`. [Vendor's page](${remedy.docs}).`,
    '',
    ...files.flatMap(({ name, language, certainty, text }) => [
      `<details><summary><code>${name}</code>, ${certainty}</summary>`,
      '',
      `\`\`\`${fences[language] ?? language}`,
      text.trimEnd(),
      '```',
      '',
      '</details>',
      '',
    ]),
    ...(open.length === 0 ? [] : ['Fill in:', '', list(open), '']),
    'Risks:',
    '',
    list(remedy.risks(context)),
    '',
    'Good to know:',
    '',
    list(remedy.notes),
    '',
  ].join('\n');
};

/** `text` with the part between the marks made anew. Throws without the marks. */
export const remediesPage = (text, { remedies, DEFAULT_PLACES, fillIns, adviceFor, advisedCodes, MUST_NOT_BE_SHARED }) => {
  const from = text.indexOf(BEGIN);
  const to = text.indexOf(END);
  if (from < 0 || to < from) throw new Error('docs/remedies.md has no marks for its made part');
  const context = example(DEFAULT_PLACES);
  const made = [
    '## By cause',
    '',
    '| cause | a token cache ends it | what to do |',
    '|---|---|---|',
    ...advisedCodes().map((code) => {
      const { cache, steps } = adviceFor(code);
      return `| [${code}](rules/${code}.md) | ${cache ? 'yes' : 'no'} | ${steps.join(' ').replaceAll('|', '\\|')} |`;
    }),
    '',
    '## What must not be shared',
    '',
    list(MUST_NOT_BE_SHARED),
    '',
    '## By gateway',
    '',
    'Filled for `orders-gw` at `https://auth.example.com/oauth2/token`, whose tokens live an hour, with a margin of 60 s.',
    '',
    ...remedies.map((remedy) => section(remedy, context, fillIns)),
  ].join('\n');
  return `${text.slice(0, from + BEGIN.length)}\n\n${made}\n${text.slice(to)}`;
};
