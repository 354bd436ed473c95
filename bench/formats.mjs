/**
 * How fast each line-framed format is scanned, beside nginx combined with as many bytes a line in the same run.
 *
 *   node bench/formats.mjs [--bytes 100MB] [--rounds 3] [--format ID] [--markdown]
 *
 * The log of a format is made of its own sample lines that are requests and hold no escapes, over and over; that of nginx combined
 * has for each of them a line with the same length, method and path, for a request for a token costs more than another and is in most
 * samples. Both go through the scanner in blocks of 1 MiB in memory, without files and analysis, with the kernel where
 * a format is in it. Rounds take turns, and the best of each counts, in time of the processor. Lines that come in an order of fields of
 * their own (W3C, Keycloak) or as whole documents are not in it.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const { values } = parseArgs({
  options: {
    bytes: { type: 'string', default: '100MB' },
    rounds: { type: 'string', default: '3' },
    format: { type: 'string' },
    markdown: { type: 'boolean', default: false },
  },
});
const BLOCK = 1 << 20;
const BYTES = Number.parseFloat(values.bytes) * (/kb$/i.test(values.bytes) ? 1e3 : /gb$/i.test(values.bytes) ? 1e9 : 1e6);

const entry = `
export { formats } from './src/formats/index.ts';
export { compile, compileJson } from './src/formats/compile.ts';
export { jsonFields } from './src/formats/json-fields.ts';
export { Dictionary } from './src/scan/dictionary.ts';
export { FileScanner } from './src/scan/file-scanner.ts';
export { Kernel } from './src/scan/kernel/kernel.ts';
`;
const { outputFiles } = await build({
  stdin: { contents: entry, resolveDir: root },
  ...{ bundle: true, format: 'esm', platform: 'node', target: 'node20', write: false, logLevel: 'warning', minify: true },
});
mkdirSync(join(root, '.tmp'), { recursive: true });
const bundle = join(root, '.tmp', `bench-formats-${process.pid}.mjs`);
writeFileSync(bundle, outputFiles[0].contents);
const { formats, compile, compileJson, jsonFields, Dictionary, FileScanner, Kernel } = await import(pathToFileURL(bundle).href);
rmSync(bundle);
const kernel = new Kernel();

const NOT_LINES = new Set(['w3c', 'w3c-aspnet', 'cloudfront', 'keycloak', 'har', 'otlp', 'cloudtrail']);

/** Whole lines, some 1 MiB, with room behind them. */
function block(lines) {
  const parts = [];
  for (let size = 0, at = 0; size < BLOCK; at += 1) {
    const line = Buffer.from(`${lines[at % lines.length]}\n`);
    parts.push(line);
    size += line.length;
  }
  const all = Buffer.concat(parts);
  const bytes = Buffer.from(new ArrayBuffer((all.length + 64 + 7) & ~7));
  all.copy(bytes);
  return { bytes, length: all.length, lines: parts.length };
}

/** As long as the sample, where there is room for it. */
function combinedLine({ line, gives: { method = 'GET', path = '/', query } }) {
  const target = `${path}${query === undefined ? '' : `?${query}`}`.replace(/[^!-~]|["\\]/g, '_');
  const head = `203.0.113.7 - orders [02/Mar/2026:10:15:30 +0000] "${method} ${target} HTTP/1.1" 200 1184 "-" "`;
  return `${head}${'client/4.2 (linux; x64) '.repeat(400).slice(0, Math.max(1, line.length - head.length - 1))}"`;
}

/** What JSON and pairs of any kind mean is found in their records. */
function programOf({ id, layout }, lines) {
  if (id !== 'json' && id !== 'logfmt') return compile(layout);
  const pairs = (line) =>
    Object.fromEntries([...line.matchAll(/([\w.@/-]+)=(?:"([^"]*)"|(\S*))/g)].map(([, key, a, b]) => [key, a ?? b]));
  return compileJson(jsonFields(lines.map(id === 'json' ? JSON.parse : pairs), []).fields, layout);
}

function run(format, { bytes, length, lines, program }) {
  const names = new Dictionary([], []);
  let rows = 0;
  const scanner = new FileScanner({ program, stamped: format.stamped, kernel }, names, (batch) => {
    rows += batch.rows;
  });
  const blocks = Math.max(1, Math.round(BYTES / length));
  // Of the processor, not of the clock: others may be at work on this machine.
  const start = process.cpuUsage();
  for (let at = 0; at < blocks; at += 1) scanner.scan(bytes, 0, length, at * length);
  const { user, system } = process.cpuUsage(start);
  const seconds = (user + system) / 1e6;
  if (rows === 0) throw new Error(`${format.id}: no line is a request`);
  if (scanner.counts.rejected > 0) throw new Error(`${format.id}: ${scanner.counts.rejected} lines were not read`);
  return { mbPerSecond: (blocks * length) / 1e6 / seconds, fast: scanner.fastRows / Math.max(1, rows), perLine: length / lines };
}

const combined = formats.find(({ id }) => id === 'clf-combined');
const results = [];
for (const format of formats) {
  if (NOT_LINES.has(format.id) || (values.format !== undefined && values.format !== format.id)) continue;
  const all = format.samples.filter(({ gives }) => gives.skip === undefined);
  if (all.length === 0) continue;
  // Escapes are in few lines of a real log, and in many samples.
  const plain = all.filter(({ line }) => !/\\|[^ -~\t]/.test(line));
  const samples = plain.length > 0 ? plain : all;
  const lines = samples.map(({ line }) => line);
  const own = { ...block(lines), program: programOf(format, lines) };
  const beside = { ...block(samples.map(combinedLine)), program: compile(combined.layout) };
  const best = { own: 0, beside: 0, fast: 0 };
  for (let round = 0; round < Number(values.rounds); round += 1) {
    best.beside = Math.max(best.beside, run(combined, beside).mbPerSecond);
    const { mbPerSecond, fast } = run(format, own);
    best.own = Math.max(best.own, mbPerSecond);
    best.fast = fast;
  }
  results.push({
    id: format.id,
    kind: format.layout.kind,
    perLine: own.length / own.lines,
    ...best,
    ratio: best.own / best.beside,
  });
}
results.sort((a, b) => a.ratio - b.ratio);
const cell = (text, width, left) => (left ? String(text).padEnd(width) : String(text).padStart(width));
if (values.markdown)
  console.log('| format | bytes a line | MB/s | nginx combined, MB/s | ratio | in the kernel |\n|---|---:|---:|---:|---:|---:|');
for (const { id, perLine, own, beside, ratio, fast } of results) {
  const row = [id, Math.round(perLine), own.toFixed(0), beside.toFixed(0), ratio.toFixed(2), `${Math.round(fast * 100)}%`];
  console.log(
    values.markdown
      ? `| ${row.map((one, at) => (at === 0 ? `\`${one}\`` : one)).join(' | ')} |`
      : row.map((one, at) => cell(one, at === 0 ? 22 : 8, at === 0)).join(' '),
  );
}
const slow = results.filter(({ ratio }) => ratio < 0.5);
console.log(
  `\n${slow.length} of ${results.length} formats are slower than half of nginx combined on the same bytes a line${values.markdown ? '.' : ''}`,
);
