/**
 * The command line as parts that scripts/loader.cjs loads: CommonJS, because V8's code cache can be had for scripts but not for modules.
 *
 * Node's own loader of modules takes 1 ms for each chunk and compiles it anew in every run. Here the chunks that a small analysis needs
 * are put together in two parts whose compiled code is kept: what every command needs, and what an analysis needs besides. All others
 * stay chunks that are loaded when they are asked for. In a part a chunk is still evaluated only when something imports it.
 */
import { basename } from 'node:path';
import { build, transform } from 'esbuild';

/** Parts in order, by the sources whose chunks, with all that these import, they hold if no part before them does. */
const partsOf = {
  'cli-main': ['src/cli/main.ts', 'src/cli/settings.ts', 'src/config/load.ts'],
  'cli-analyze': ['src/cli/commands/analyze.ts', 'src/pipeline.ts', 'src/report/text.ts', 'src/report/json.ts'],
};

/** Neither has import(): the loader is told instead. */
const script = { format: 'cjs', platform: 'node', target: 'node20.19', supported: { 'dynamic-import': false } };
// Names too: a text of more than a MiB is kept outside of the heap, and the collector begins its work when it comes.
const small = { minify: true, legalComments: 'none', logLevel: 'warning' };

/** esbuild leaves other letters in regular expressions and templates. As ASCII a text is read fastest and takes a byte for each letter. */
const ascii = (text) => text.replace(/[^\x00-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** One function, called by the loader. What a chunk calls the URL of its module is that of the file. */
const asFunction = (text) => {
  const url = text.includes('__url') ? 'const __url=require("node:url").pathToFileURL(__filename).href;' : '';
  return `(function(exports,require,module,__filename){${url}${ascii(text)}\n})`;
};

const withoutEnding = (path) => basename(path).replace(/\.js$/, '');

/** Chunks of one part: their names, without the ending. */
function divide(outputs) {
  const byName = new Map(Object.entries(outputs).map(([path, output]) => [withoutEnding(path), output]));
  const partOf = new Map();
  const add = (name, part) => {
    if (partOf.has(name)) return;
    partOf.set(name, part);
    for (const { path, kind, external } of byName.get(name).imports)
      if (kind === 'import-statement' && external !== true) add(withoutEnding(path), part);
  };
  for (const [part, sources] of Object.entries(partsOf)) {
    for (const source of sources) {
      const found = [...byName].find(([, { entryPoint, inputs }]) => entryPoint === source || source in inputs);
      if (found === undefined) throw new Error(`no chunk holds ${source}: see partsOf in scripts/parts.mjs`);
      add(found[0], part);
    }
  }
  return partOf;
}

/** Bundles the chunks of a part; others are asked of the loader. */
async function together(names, texts) {
  const contents = names.map((name) => `exports[${JSON.stringify(name)}] = () => require('./${name}.js');`).join('\n');
  const inside = {
    name: 'chunks of one part',
    setup(build) {
      build.onResolve({ filter: /.*/ }, ({ path, kind }) => {
        if (kind === 'entry-point') return undefined;
        const name = withoutEnding(path);
        return path.startsWith('./') && names.includes(name) ? { path: name, namespace: 'chunk' } : { path, external: true };
      });
      build.onLoad({ filter: /.*/, namespace: 'chunk' }, ({ path }) => ({ contents: texts.get(path), loader: 'js' }));
    },
  };
  const { outputFiles } = await build({
    ...script,
    ...small,
    bundle: true,
    write: false,
    stdin: { contents },
    plugins: [inside],
  });
  return outputFiles[0].text;
}

/**
 * @param {Pick<import('esbuild').BuildResult, 'outputFiles' | 'metafile'>} built - the command line in ES modules with splitting
 * @returns the texts of all parts by file name, and the chunks of each part that holds several
 */
export async function parts({ outputFiles, metafile }) {
  const texts = new Map(outputFiles.map(({ path, text }) => [withoutEnding(path), text]));
  const partOf = divide(metafile.outputs);
  const files = new Map();
  for (const part of Object.keys(partsOf)) {
    const names = [...partOf].filter(([, one]) => one === part).map(([name]) => name);
    files.set(`${part}.cjs`, asFunction(await together(names.sort(), texts)));
  }
  for (const [name, text] of texts) {
    if (partOf.has(name)) continue;
    const { code } = await transform(text, { ...script, ...small, loader: 'js' });
    files.set(`${name}.cjs`, asFunction(code));
  }
  return { files, partOf: Object.fromEntries([...partOf].sort()), cached: Object.keys(partsOf) };
}
