/**
 * Builds dist/: the command line and the library as bundles, the library's declarations, the JSON Schema of the result.
 *
 * Dependencies are bundled. Measured on Node 20 (median of 25 starts, `node -e 0` 64 ms): `--version` of a small commander program
 * takes 79 ms bundled and 86 ms with the packages left in node_modules; tables, colours and globs 101 and 114 ms; zod 109 and 147 ms.
 * What is not needed for a run stays out of it by splitting: `await import()` of a heavy package makes a chunk of its own.
 *
 * The library is made of ES modules. The command line is made of CommonJS besides (scripts/parts.mjs), with the code that V8 has
 * compiled of it in a run of scripts/code-cache.cjs: a cache for the Node that builds, which any other leaves alone.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build, transform } from 'esbuild';
import { parts } from './parts.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const work = join(root, '.tmp', `build-${process.pid}`);
const out = join(work, 'dist');
const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));

const library = { index: 'src/index.ts', worker: 'src/worker.ts' };
const program = { cli: 'src/cli/main.ts' };
const schemas = {
  'result-1': { path: 'src/report/options.schema.ts', make: 'resultJsonSchema' },
  'config-1': { path: 'src/config/schema.ts', make: 'configJsonSchema' },
};

const shared = {
  absWorkingDir: root,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  define: { TOKEN_TAX_VERSION: JSON.stringify(version) },
  // Its main file finds its own parts by names that a bundler cannot see.
  alias: { 'jsonc-parser': 'jsonc-parser/lib/esm/main.js' },
  logLevel: 'warning',
  write: false,
};

/**
 * commander loads child_process, and with it sockets and streams, for commands that are programs of their own. We have none, and it
 * costs every start 8 ms.
 */
const withoutPrograms = {
  name: 'commander without child_process',
  setup(build) {
    build.onLoad({ filter: /commander[\\/]lib[\\/]command\.js$/ }, async ({ path }) => {
      const line = /^const childProcess = require\('node:child_process'\);$/m;
      const contents = await readFile(path, 'utf8');
      if (!line.test(contents))
        throw new Error('commander loads child_process in another way: see withoutPrograms in scripts/build.mjs');
      return { contents: contents.replace(line, 'const childProcess = undefined;'), loader: 'js' };
    });
  },
};

/** Packages that still call require() for a part of Node find it through this, in the one chunk that needs it. */
const banner =
  "import { createRequire as __createRequire } from 'node:module';\nconst require = __createRequire(import.meta.url);\n";

const splitting = {
  ...shared,
  outdir: out,
  splitting: true,
  chunkNames: 'chunk-[hash]',
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  metafile: true,
};

/** The library and the thread that reads, as ES modules. Returns the names of the sources. */
async function modules() {
  const { outputFiles, metafile } = await build({ ...splitting, entryPoints: library });
  for (const { path, text } of outputFiles) await writeFile(path, /typeof require\b/.test(text) ? banner + text : text);
  return Object.keys(metafile.inputs);
}

/** The command line, with what V8 makes of it in a run. */
async function commandLine() {
  const built = await build({
    ...splitting,
    entryPoints: program,
    define: { ...shared.define, 'import.meta.url': '__url' },
    plugins: [withoutPrograms],
  });
  const { files, partOf, cached } = await parts(built);
  for (const [name, text] of files) await writeFile(join(out, name), text);
  const loader = (await readFile(join(root, 'scripts/loader.cjs'), 'utf8'))
    .replace('const PART_OF = {};', `const PART_OF = ${JSON.stringify(partOf)};`)
    .replace('const CACHED = [];', `const CACHED = ${JSON.stringify(cached)};`);
  await writeFile(
    join(out, 'cli.cjs'),
    (await transform(loader, { loader: 'js', minifyWhitespace: true, legalComments: 'none' })).code,
  );
  await promisify(execFile)(process.execPath, [join(root, 'scripts/code-cache.cjs'), out, join(work, 'cache')], { cwd: root });
  return Object.keys(built.metafile.inputs);
}

async function bundles() {
  await licences((await Promise.all([modules(), commandLine()])).flat());
}

/** What the bundled packages ask for in return: their licence, in the package that carries them. */
async function licences(inputs) {
  const folders = new Set(inputs.map((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0]).filter(Boolean));
  // Inside of src/report/html-script.generated.ts.
  folders.add('node_modules/uplot');
  const parts = [];
  for (const folder of [...folders].sort()) {
    const about = JSON.parse(await readFile(join(root, folder, 'package.json'), 'utf8'));
    const file = (await readdir(join(root, folder))).find((name) => /^licen[cs]e/i.test(name));
    if (!file) throw new Error(`${folder} is bundled but has no licence file`);
    const text = await readFile(join(root, folder, file), 'utf8');
    parts.push(`${about.name} ${about.version} (${about.license})\n\n${text.trim()}\n`);
  }
  await writeFile(join(out, 'THIRD-PARTY-LICENSES'), parts.join(`\n${'-'.repeat(80)}\n\n`));
}

/** Of all declarations only those that index.d.ts reaches. Types are checked by `npm run typecheck`, not here. */
async function declarations() {
  const types = join(work, 'types');
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const options = ['--emitDeclarationOnly', '--noCheck', '--outDir', types];
  await promisify(execFile)(process.execPath, [tsc, '-p', join(root, 'tsconfig.json'), ...options], { cwd: root });
  const needed = ['index.d.ts'];
  for (const name of needed) {
    const text = await readFile(join(types, name), 'utf8');
    for (const [, specifier] of text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*['"](\.[^'"]*)\.js['"]/g)) {
      const other = relative(types, resolve(types, dirname(name), `${specifier}.d.ts`));
      if (!needed.includes(other)) needed.push(other);
    }
    await mkdir(dirname(join(out, name)), { recursive: true });
    await copyFile(join(types, name), join(out, name));
  }
}

/** The price lists as data, to be looked at and copied from. */
async function prices() {
  await mkdir(out, { recursive: true });
  await copyFile(join(root, 'src/analysis/prices.json'), join(out, 'prices.json'));
}

async function schema() {
  await mkdir(join(out, 'schema'), { recursive: true });
  for (const [name, { path, make }] of Object.entries(schemas)) {
    const { outputFiles } = await build({ ...shared, entryPoints: [path], outdir: work });
    const module = await import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`);
    if (typeof module[make] !== 'function') throw new Error(`${path} does not export ${make}()`);
    await writeFile(join(out, 'schema', `${name}.json`), `${JSON.stringify(module[make](), null, 2)}\n`);
  }
}

try {
  const missing = Object.values({ ...library, ...program }).filter((path) => !existsSync(join(root, path)));
  if (missing.length > 0) throw new Error(`cannot build without ${missing.join(' and ')}`);
  await mkdir(out, { recursive: true });
  // All have stopped writing before a failure clears the folder away.
  const outcomes = await Promise.allSettled([bundles(), declarations(), schema(), prices()]);
  const failures = outcomes.filter(({ status }) => status === 'rejected').map(({ reason }) => reason.stdout || reason.message);
  if (failures.length > 0) throw new Error(failures.join('\n'));
  // Whole or not at all: a failed build leaves the last good one in place.
  await rm(join(root, 'dist'), { recursive: true, force: true });
  await rename(out, join(root, 'dist'));
} catch (error) {
  console.error(`build failed: ${error.message}`);
  process.exitCode = 1;
} finally {
  await rm(work, { recursive: true, force: true });
}
