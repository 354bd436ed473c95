/**
 * How right the analysis is, measured on fleets of which the truth is known: writes docs/accuracy.md.
 *
 *   node scripts/accuracy.mjs [--share 1] [--seeds table|tuning] [--processes 2] [--out docs/accuracy.md] [--check]
 *
 * `--share` below 1 takes fewer cases of each kind. `--check` writes nothing, and fails where the page is not what these sources give.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const { values } = parseArgs({
  options: {
    share: { type: 'string', default: '1' },
    seeds: { type: 'string', default: 'table' },
    processes: { type: 'string', default: '2' },
    out: { type: 'string', default: 'docs/accuracy.md' },
    check: { type: 'boolean', default: false },
  },
});

/** Names and bytes of all that the figures are made from. */
function sourceHash() {
  const files = [
    ...readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).map((name) => `src/${name}`),
    ...readdirSync(join(root, 'scripts'), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.startsWith('accuracy'))
      .map((name) => `scripts/${name}`),
  ]
    .filter((name) => /\.(ts|mjs)$/.test(name))
    .sort();
  const hash = createHash('sha256');
  for (const name of files)
    hash
      .update(`${name}\0`)
      .update(readFileSync(join(root, name)))
      .update('\0');
  return hash.digest('hex').slice(0, 16);
}

const hash = sourceHash();
const out = join(root, values.out);
if (values.check) {
  const page = readFileSync(out, 'utf8');
  if (!page.includes(`\`${hash}\``)) {
    console.log(`${values.out} is stale: it was made from other sources than these (${hash}); running it again to compare`);
    process.exitCode = 1;
  }
}

const folder = mkdtempSync(join(tmpdir(), 'token-tax-accuracy-'));
try {
  await build({
    entryPoints: { main: join(root, 'scripts/accuracy/main.ts'), page: join(root, 'scripts/accuracy/page.ts') },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    logLevel: 'error',
    banner: { js: "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url);" },
  });
  const began = performance.now();
  const count = Number(values.processes);
  const parts = await Promise.all(Array.from({ length: count }, (_, part) => run(part, count)));
  const outcomes = parts.flat().sort((a, b) => a.at - b.at);
  const { pageOf } = await import(pathToFileURL(join(folder, 'page.mjs')).href);
  const page = pageOf(outcomes, { hash, seeds: values.seeds, cases: outcomes.length });
  console.error(`${outcomes.length} cases in ${Math.round((performance.now() - began) / 1000)} s`);
  if (!values.check) {
    writeFileSync(out, page);
    console.log(`wrote ${values.out}`);
  } else if (page !== readFileSync(out, 'utf8')) {
    const figures = (text) => text.replace(/`[0-9a-f]{16}`/, '');
    const same = figures(page) === figures(readFileSync(out, 'utf8'));
    console.log(
      same
        ? 'the figures are the same; only the hash is old'
        : 'the figures have changed: run `npm run accuracy` and look at the diff',
    );
    process.exitCode = 1;
  } else console.log(`${values.out} is what these sources give`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** One process of several: its cases as objects. */
function run(part, count) {
  return new Promise((resolve, reject) => {
    const args = [join(folder, 'main.mjs'), values.seeds, values.share, String(part), String(count)];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    child.stdout.setEncoding('utf8');
    child.stdout.on('data', (chunk) => {
      text += chunk;
    });
    child.on('error', reject);
    child.on('close', (status) => {
      if (status !== 0) reject(new Error(`a part of the cases ended with status ${status}`));
      else
        resolve(
          text.trim() === ''
            ? []
            : text
                .trim()
                .split('\n')
                .map((line) => JSON.parse(line)),
        );
    });
  });
}
