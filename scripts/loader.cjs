'use strict';
/**
 * Becomes dist/cli.cjs: loads the parts of the command line, those of every run from V8's code cache.
 *
 * `scripts/build.mjs` writes each part as the text of one function, and beside the parts of `CACHED` what V8 has compiled of them in
 * a run. V8 takes that only with the version and the flags it was made with; with any other the text is compiled, as without it.
 */
const { existsSync, readFileSync } = require('node:fs');
const { join } = require('node:path');
const { setFlagsFromString } = require('node:v8');
const { Script } = require('node:vm');

/** By the name of a chunk: the part that it is in, where others are in it too. */
const PART_OF = {};
const CACHED = [];
const engine = `${process.version}-${process.platform}-${process.arch}`;

/** A cache is made with flags: they are set in one place, before anything is compiled. */
const flags = () => {
  // What a run throws away is small and short-lived. A nursery that never grows keeps 30 MiB out of the process, at no cost in time.
  setFlagsFromString('--semi-space-growth-factor=1');
  // One MiB is swept sooner than a second thread is woken for it, the more so on a machine that is busy.
  setFlagsFromString('--no-parallel-scavenge');
  // A run is short: what is optimised must be worth it. Compilers run beside the threads that read, on the same processors.
  setFlagsFromString('--interrupt-budget=400000');
  // Names of a hundred thousand clients are a large heap that hardly changes: it need not double before it is swept.
  setFlagsFromString('--heap-growing-percent=10');
};

/** By name of the part: for the build, which asks them for what was compiled. */
const scripts = new Map();
const loaded = new Map();

const compile = (name) => {
  const filename = join(__dirname, `${name}.cjs`);
  const cache = join(__dirname, `${name}-${engine}.cache`);
  const cachedData = CACHED.includes(name) && existsSync(cache) ? readFileSync(cache) : undefined;
  // The build writes ASCII.
  const source = readFileSync(filename, 'latin1');
  // The cache holds the name too: it is the same wherever the package lies.
  const script = new Script(source, { filename: `token-tax/dist/${name}.cjs`, cachedData });
  scripts.set(name, script);
  const module = { exports: {} };
  script.runInThisContext()(module.exports, load, module, filename);
  return module.exports;
};

const once = (name, make) => {
  if (!loaded.has(name)) loaded.set(name, make());
  return loaded.get(name);
};

/** What the parts call `require`: chunks by `./NAME.js`, and modules of Node. */
function load(id) {
  if (!id.startsWith('./')) return require(id);
  const chunk = id.slice(2, -'.js'.length);
  const part = PART_OF[chunk];
  if (part === undefined) return once(chunk, () => compile(chunk));
  return once(chunk, once(part, () => compile(part))[chunk]);
}

flags();
// Threads that are started later take some of them back.
process[Symbol.for('token-tax.flags')] = flags;
exports.main = (argv) => load('./cli.js').main(argv);
exports.scripts = scripts;
exports.engine = engine;
