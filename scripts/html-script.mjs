/**
 * Writes src/report/html-script.generated.ts: the script of the web page and its charts as one text, with the hash that lets it run.
 * `node scripts/html-script.mjs`; a test holds the file to its sources.
 */
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
export const target = join(root, 'src', 'report', 'html-script.generated.ts');

/** The module as text. */
export const htmlScript = async () => {
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: ['src/report/browser/main.ts'],
    bundle: true,
    format: 'iife',
    platform: 'browser',
    target: 'es2020',
    minify: true,
    charset: 'ascii',
    legalComments: 'none',
    write: false,
  });
  const notice = '/*! uPlot, MIT License, (c) Leon Sorokin: https://github.com/leeoniya/uPlot */\n';
  const script = notice + outputFiles[0].text.trim();
  // Inside of a script element nothing may look like its end, or like a comment.
  if (/<\/script|<!--|<script/i.test(script)) throw new Error('the script holds text that ends a script element');
  const style = (await readFile(join(root, 'node_modules/uplot/dist/uPlot.min.css'), 'utf8')).trim();
  const hash = `sha256-${createHash('sha256').update(script).digest('base64')}`;
  return [
    '// Made by scripts/html-script.mjs from src/report/browser and uplot: change those.',
    `export const scriptHash = ${JSON.stringify(hash)};`,
    `export const chartStyle = ${JSON.stringify(style)};`,
    `export const script = ${JSON.stringify(script)};`,
    '',
  ].join('\n');
};

if (process.argv[1] === fileURLToPath(import.meta.url)) await writeFile(target, await htmlScript());
