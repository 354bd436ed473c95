/**
 * Times `token-tax analyze` beside a plain tool that only passes over the same bytes, checks what it found against what the generator
 * wrote, and puts machine, commit and every single time into bench/results.md.
 *
 *   node bench/run.mjs [--bytes 1e9] [--runs 7] [--only gateway,json] [--date 2026-03-02] [--out bench/results.md]
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { arch, cpus, totalmem } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { generate } from './generate.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const data = join(root, 'bench', 'data');
const SEED = 1;
const SMALL_BYTES = 20e3;
const GNU_TIME = '/usr/bin/time';
/** The exit status of an answer that is whole but decides nothing. */
const INCONCLUSIVE = 4;

const node = process.execPath;
const analyze = (file) => [node, join(root, 'bin/token-tax.js'), 'analyze', '--format', 'json', file];
const passOver = (file) => ['wc', '-l', file];

const benches = {
  gateway: { title: 'gateway log, nginx text', kind: 'gateway', beside: passOver },
  json: { title: 'gateway log, JSON lines', kind: 'json', beside: passOver },
  issuer: { title: 'issuer log, every line a fetch', kind: 'issuer', beside: passOver },
  paths: { title: 'gateway log, 1.3 million slugs', kind: 'paths', beside: passOver },
  gzip: { title: 'gateway log, one .gz', kind: 'gateway', packed: true, beside: (file) => ['zcat', file] },
  start: { title: 'gateway log of 20 KB', kind: 'gateway', bytes: SMALL_BYTES, beside: () => [node, '-e', '0'] },
};

const { values } = parseArgs({
  options: {
    bytes: { type: 'string', default: '1e9' },
    runs: { type: 'string', default: '7' },
    only: { type: 'string' },
    date: { type: 'string' },
    out: { type: 'string', default: join(root, 'bench', 'results.md') },
  },
});

const git = (...args) => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();

/** Makes the log unless an earlier run left it, and returns it with what it must give. */
function input({ kind, packed, bytes = Number(values.bytes) }) {
  const plain = join(data, `${kind}-${bytes}-${SEED}.log`);
  if (!existsSync(`${plain}.truth.json`)) generate({ kind, bytes, out: plain, seed: SEED });
  const file = packed ? `${plain}.gz` : plain;
  if (!existsSync(file)) {
    const to = openSync(file, 'w');
    const { status } = spawnSync('gzip', ['-6', '-c', plain], { stdio: ['ignore', to, 'inherit'] });
    closeSync(to);
    if (status !== 0) throw new Error(`gzip ended with ${status}`);
  }
  return { file, truth: JSON.parse(readFileSync(`${plain}.truth.json`, 'utf8')) };
}

const hasTime = existsSync(GNU_TIME);
const notes = join(data, 'time.txt');
const output = join(data, 'output.txt');
/** Without GNU time a node process writes down its own use as it ends; other programs only give their wall time. */
const selfReport = `data:text/javascript,import{writeFileSync}from'node:fs';process.on('exit',()=>{const u=process.resourceUsage();writeFileSync(${JSON.stringify(
  notes,
)},[u.userCPUTime/1e6,u.systemCPUTime/1e6,u.maxRSS].join(' '))})`;

function run(command) {
  const [program, ...args] = command;
  const wrapped = hasTime
    ? [GNU_TIME, '-q', '-f', '%U %S %M', '-o', notes, ...command]
    : program === node
      ? [node, '--import', selfReport, ...args]
      : command;
  rmSync(notes, { force: true });
  const stdout = openSync(output, 'w');
  const started = performance.now();
  const { status, stderr, error } = spawnSync(wrapped[0], wrapped.slice(1), { stdio: ['ignore', stdout, 'pipe'], cwd: root });
  const wall = (performance.now() - started) / 1000;
  closeSync(stdout);
  if (error) throw error;
  if (status !== 0 && status !== INCONCLUSIVE) throw new Error(`${command.join(' ')} ended with ${status}\n${stderr}`);
  const [user, system, rssKib] = existsSync(notes)
    ? readFileSync(notes, 'utf8').trim().split('\n').at(-1).split(' ').map(Number)
    : [];
  return { wall, cpu: user === undefined ? undefined : user + system, rssMib: rssKib === undefined ? undefined : rssKib / 1024 };
}

/** A fast wrong answer is not a result. */
function check(name, truth) {
  const { complete, input: read, totals } = JSON.parse(readFileSync(output, 'utf8'));
  const found = {
    complete,
    lines: read.lines.read,
    rejected: read.lines.rejected,
    fetches: [totals.fetches.all, totals.fetches.ok, totals.fetches.failed],
  };
  const expected = {
    complete: true,
    lines: truth.lines,
    rejected: 0,
    fetches: [truth.tokens.all, truth.tokens.ok, truth.tokens.failed],
  };
  if (JSON.stringify(found) === JSON.stringify(expected)) return;
  throw new Error(`${name}: expected ${JSON.stringify(expected)}, found ${JSON.stringify(found)}`);
}

const median = (numbers) => {
  const sorted = numbers.filter((number) => number !== undefined).sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return undefined;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};
const column = (runs, key) => runs.map((each) => each[key]);
const fixed = (number, places) => (number === undefined ? 'not measured' : number.toFixed(places));

function measure(name, bench, runs) {
  const { file, truth } = input(bench);
  const beside = [];
  const ours = [];
  // One turn that does not count, so that the file is in memory for both.
  run(bench.beside(file));
  run(analyze(file));
  check(name, truth);
  for (let turn = 0; turn < runs; turn += 1) {
    beside.push(run(bench.beside(file)));
    ours.push(run(analyze(file)));
    check(name, truth);
  }
  const tool = bench.beside(file)[0] === node ? 'node -e 0' : bench.beside(file).slice(0, -1).join(' ');
  return { name, bench, truth, sizeOnDisk: statSync(file).size, tool, beside, ours };
}

const row = ({ bench, truth, tool, beside, ours }) => {
  const wall = median(column(ours, 'wall'));
  const other = median(column(beside, 'wall'));
  const gigabytes = truth.bytes / 1e9;
  const isStart = bench.bytes !== undefined;
  return [
    bench.title,
    `${fixed(truth.bytes / 1e6, isStart ? 2 : 0)} MB, ${truth.lines} lines`,
    `${fixed(wall, 3)} s`,
    isStart ? '-' : fixed(truth.bytes / 1e6 / wall, 0),
    isStart ? '-' : fixed(truth.lines / 1e6 / wall, 2),
    isStart ? '-' : fixed(median(column(ours, 'cpu')) / gigabytes, 2),
    fixed(Math.max(...column(ours, 'rssMib')), 0),
    `${tool}: ${fixed(other, 3)} s`,
    isStart ? `+${fixed((wall - other) * 1000, 0)} ms` : `${fixed(wall / other, 1)} x`,
  ];
};

const table = (rows) => rows.map((cells) => `| ${cells.join(' | ')} |`).join('\n');

function report(results, runs) {
  const date = values.date ?? git('log', '-1', '--format=%cs');
  const changed =
    git('status', '--porcelain', '--', 'src', 'bin', 'scripts', 'package.json') === ''
      ? ''
      : ', with changes that are not committed';
  const head = ['input', 'size', 'wall (median)', 'MB/s', 'M lines/s', 'CPU-s/GB', 'peak RSS, MiB', 'beside it', 'ratio'];
  const list = (name, runsOf) =>
    `${name}: wall ${column(runsOf, 'wall')
      .map((wall) => fixed(wall, 3))
      .join(' ')}; CPU ${column(runsOf, 'cpu')
      .map((cpu) => fixed(cpu, 2))
      .join(' ')}; RSS ${column(runsOf, 'rssMib')
      .map((rss) => fixed(rss, 0))
      .join(' ')}`;
  return `# Benchmark results

Made by \`node bench/run.mjs\`: ${runs} runs each, in turn with the tool beside it, the files in memory; medians. MB are millions of bytes of
text, also for compressed files. Every answer was compared with the generator's own count of lines and token fetches (all, ok, failed).

- date: ${date}
- commit: ${git('rev-parse', '--short', 'HEAD')}${changed}
- machine: ${cpus()[0]?.model.trim() ?? 'unknown processor'} (${arch()}), ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB
- node ${process.version}
- inputs: \`bench/generate.mjs\`, seed ${SEED}

${table([head, head.map(() => '---'), ...results.map(row)])}

## Every run

Seconds and MiB.

${results.map(({ bench, tool, beside, ours }) => `- ${bench.title}\n  - ${list('token-tax', ours)}\n  - ${list(tool, beside)}`).join('\n')}
`;
}

try {
  const runs = Number(values.runs);
  const names = values.only?.split(',') ?? Object.keys(benches);
  const unknown = names.filter((name) => !benches[name]);
  if (unknown.length > 0 || !(runs >= 1))
    throw new Error(`--only takes ${Object.keys(benches).join(',')}; --runs a number from 1`);
  mkdirSync(data, { recursive: true });
  const results = [];
  for (const name of names) {
    console.error(`bench: ${name}`);
    results.push(measure(name, benches[name], runs));
  }
  const text = report(results, runs);
  writeFileSync(values.out, text);
  console.log(text);
  console.error(`written to ${relative(process.cwd(), values.out)}`);
} catch (error) {
  console.error(`bench failed: ${error.message}`);
  process.exitCode = 1;
}
