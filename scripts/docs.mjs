/** Writes the parts of the documentation that are made: the tables of docs/formats.md, and the output shown in README.md. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { formatsPage } from './formats-page.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

const { outputFiles } = await build({
  stdin: {
    contents: [
      "export { formats } from './src/formats/index.js';",
      "export * from './src/formats/variables.js';",
      "export { words as patternWords } from './src/formats/pattern.js';",
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

const readme = join(root, 'README.md');
const shown = execFileSync(process.execPath, [join(root, 'scripts', 'try.mjs')], { encoding: 'utf8' });
writeFileSync(
  readme,
  readFileSync(readme, 'utf8').replace(
    /(```console\n\$ npm run -s try\n)[\s\S]*?\n```/,
    (_, head) => `${head}${shown.trimEnd()}\n\`\`\``,
  ),
);
