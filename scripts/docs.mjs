/** Writes the parts of the documentation that are made: the tables of docs/formats.md and docs/cost.md, the index and the module of docs/rules, and the output shown in README.md. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { formatsPage } from './formats-page.mjs';
import { pricesPage } from './prices-page.mjs';
import { remediesPage } from './remedies-page.mjs';
import { parseRulePage, ruleIndex, ruleModule } from './rule-pages.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

const { outputFiles } = await build({
  stdin: {
    contents: [
      "export { formats } from './src/formats/index.js';",
      "export * from './src/formats/variables.js';",
      "export { words as patternWords } from './src/formats/pattern.js';",
      "export { shippedPrices } from './src/analysis/price-list.js';",
      "export { remedies } from './src/remedy/index.js';",
      "export { DEFAULT_PLACES } from './src/remedy/remedy.js';",
      "export { fillIns } from './src/remedy/context.js';",
      "export { adviceFor, advisedCodes, MUST_NOT_BE_SHARED } from './src/remedy/advice.js';",
    ].join('\n'),
    resolveDir: root,
    loader: 'ts',
  },
  bundle: true,
  format: 'esm',
  platform: 'node',
  write: false,
});
const definitions = await import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`);

const page = join(root, 'docs', 'formats.md');
writeFileSync(page, formatsPage(readFileSync(page, 'utf8'), definitions));

const costs = join(root, 'docs', 'cost.md');
writeFileSync(costs, pricesPage(readFileSync(costs, 'utf8'), definitions));

const cures = join(root, 'docs', 'remedies.md');
writeFileSync(cures, remediesPage(readFileSync(cures, 'utf8'), definitions));

const rules = join(root, 'docs', 'rules');
const rulePages = readdirSync(rules)
  .filter((name) => /^TT/.test(name))
  .sort()
  .map((name) => parseRulePage(name, readFileSync(join(rules, name), 'utf8')));
const index = join(rules, 'README.md');
writeFileSync(index, ruleIndex(readFileSync(index, 'utf8'), rulePages));
writeFileSync(join(root, 'src', 'report', 'rule-pages.generated.ts'), ruleModule(rulePages));

const readme = join(root, 'README.md');
const shown = execFileSync(process.execPath, [join(root, 'scripts', 'try.mjs')], { encoding: 'utf8' });
writeFileSync(
  readme,
  readFileSync(readme, 'utf8').replace(
    /(```console\n\$ npm run -s try\n)[\s\S]*?\n```/,
    (_, head) => `${head}${shown.trimEnd()}\n\`\`\``,
  ),
);
