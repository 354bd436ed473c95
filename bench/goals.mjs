/**
 * Holds the program against the tools that its users know and against its own goals: makes the inputs, checks that all who do the same job
 * agree, runs them in turns, and writes medians, spread and ratios between two marks of bench/results.md. Losing numbers too.
 *
 *   node bench/goals.mjs [--bytes 1e9] [--runs 5] [--slow-runs 1] [--huge] [--only text,json,formats,gzip,memory,start,same] [--out bench/results.md]
 *
 * Peers come from Debian (goaccess lnav mawk jq miller) and from npm (npm install --no-package-lock in bench/peers); one that is not there is
 * named as missing. `--huge` adds a log of ten times the bytes, for the slope of the cost per line.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { generate } from './generate.mjs';
import { reshape, shapes } from './shapes.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const data = join(root, 'bench', 'data');
const peers = join(root, 'bench', 'peers');
const SEED = 1;
const SMALL_BYTES = 20e3;
const GNU_TIME = '/usr/bin/time';
const MARKS = ['<!-- goals: made by `node bench/goals.mjs` -->', '<!-- end of goals -->'];

const { values } = parseArgs({
  options: {
    bytes: { type: 'string', default: '1e9' },
    runs: { type: 'string', default: '5' },
    'slow-runs': { type: 'string', default: '1' },
    huge: { type: 'boolean', default: false },
    only: { type: 'string', default: 'text,json,formats,gzip,memory,start,same' },
    out: { type: 'string', default: join(root, 'bench', 'results.md') },
  },
});
const BYTES = Number(values.bytes);
const wanted = new Set(values.only.split(','));

const has = (program) => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
const hasDuckDb = existsSync(join(peers, 'node_modules', '@duckdb', 'node-api'));

/** Makes the log unless an earlier run left it. */
function input(kind, bytes = BYTES) {
  const file = join(data, `${kind}-${bytes}-${SEED}.log`);
  if (!existsSync(`${file}.truth.json`)) {
    console.error(`goals: writing ${kind}, ${bytes} bytes`);
    generate({ kind, bytes, out: file, seed: SEED });
  }
  return { file, truth: JSON.parse(readFileSync(`${file}.truth.json`, 'utf8')) };
}

function packed(file) {
  const to = `${file}.gz`;
  if (!existsSync(to)) {
    console.error('goals: packing');
    const out = openSync(to, 'w');
    if (spawnSync('gzip', ['-6', '-c', file], { stdio: ['ignore', out, 'inherit'] }).status !== 0) throw new Error('gzip failed');
    closeSync(out);
  }
  return to;
}

/** The same lines as four files, in order, packed. */
function fourPacked(file, lines) {
  const names = [1, 2, 3, 4].map((part) => join(data, `four-${BYTES}`, `gateway-${part}.log.gz`));
  if (names.every((name) => existsSync(name))) return names;
  console.error('goals: packing four parts');
  mkdirSync(join(data, `four-${BYTES}`), { recursive: true });
  const each = Math.ceil(lines / 4);
  for (const [index, name] of names.entries())
    execFileSync('sh', ['-c', `tail -n +${index * each + 1} '${file}' | head -n ${each} | gzip -6 > '${name}'`]);
  return names;
}

const notes = join(data, 'goals-time.txt');
const output = join(data, 'goals-output.txt');

/** One run of a command: wall, CPU and the most memory, as GNU time saw them. Its output is in the file. */
function run(command, allowed = [0, 4]) {
  rmSync(notes, { force: true });
  const stdout = openSync(output, 'w');
  const started = performance.now();
  const { status, stderr, error } = spawnSync(GNU_TIME, ['-q', '-f', '%U %S %M', '-o', notes, ...command], {
    stdio: ['ignore', stdout, 'pipe'],
    cwd: root,
    env: { ...process.env, LC_ALL: 'C' },
    maxBuffer: 1 << 26,
  });
  const wall = (performance.now() - started) / 1000;
  closeSync(stdout);
  if (error) throw error;
  if (!allowed.includes(status))
    throw new Error(`${command.join(' ').slice(0, 200)} ended with ${status}: ${String(stderr).slice(-500)}`);
  const [user, system, kib] = readFileSync(notes, 'utf8').trim().split('\n').at(-1).split(' ').map(Number);
  return { wall, cpu: user + system, mib: kib / 1024 };
}

const median = (numbers) => {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};

const analyze = (...args) => [
  process.execPath,
  join(root, 'bin/token-tax.js'),
  'analyze',
  '--format',
  'json',
  '--no-progress',
  ...args,
];

/** What everybody has to have counted. */
function agree(name, found, truth) {
  for (const [what, value] of Object.entries(found)) {
    const expected = truth[what];
    if (expected !== value) throw new Error(`${name} found ${what} ${value}, the log has ${expected}`);
  }
}

const ourCounts = () => {
  const { complete, input: read, totals } = JSON.parse(readFileSync(output, 'utf8'));
  if (!complete) throw new Error('the result is not complete');
  return { lines: read.lines.read, all: totals.fetches.all, ok: totals.fetches.ok };
};
const truthOf = ({ lines, tokens }) => ({ lines, all: tokens.all, ok: tokens.ok });

/** Contestants in turns, so that a slow moment of the machine meets all of them. The first turn counts for nobody. */
function race(contestants, truth) {
  const times = new Map(contestants.map(({ name }) => [name, []]));
  const most = Math.max(Number(values.runs), Number(values['slow-runs']));
  for (let turn = 0; turn <= most; turn += 1)
    for (const { name, command, slow = false, counts } of contestants) {
      // Slow tools get no turn that does not count: what they read is in memory already.
      if (slow ? turn === 0 || turn > Number(values['slow-runs']) : turn > Number(values.runs)) continue;
      const taken = run(command, counts === ourCounts ? [0, 4] : [0]);
      if (counts !== undefined) agree(name, counts(), truth);
      if (turn > 0 || slow) times.get(name).push(taken);
    }
  return new Map(
    [...times].map(([name, list]) => [
      name,
      {
        wall: median(list.map(({ wall }) => wall)),
        least: Math.min(...list.map(({ wall }) => wall)),
        longest: Math.max(...list.map(({ wall }) => wall)),
        cpu: median(list.map(({ cpu }) => cpu)),
        mib: Math.max(...list.map(({ mib }) => mib)),
        times: list.length,
      },
    ]),
  );
}

const goals = [];
const tables = [];
/** `goal`: at least or at most; what is missed is said like what is kept. */
const goal = (measure, found, sign, limit, digits = 2, unit = '') =>
  goals.push([
    measure,
    `${found.toFixed(digits)}${unit}`,
    `${sign === '>=' ? 'at least' : 'at most'} ${limit}${unit}`,
    (sign === '>=' ? found >= limit : found <= limit) ? 'reached' : '**missed**',
  ]);
const missing = (measure, why) => goals.push([measure, 'not measured', '-', why]);

function tableOf(title, results, bytes) {
  const ours = results.get('token-tax').wall;
  const rows = [...results].map(([name, { wall, least, longest, cpu, mib, times }]) => [
    name,
    `${wall.toFixed(3)}`,
    `${least.toFixed(3)} to ${longest.toFixed(3)} (${times})`,
    (bytes / 1e6 / wall).toFixed(0),
    cpu.toFixed(2),
    mib.toFixed(0),
    name === 'token-tax' ? '1' : (wall / ours).toFixed(2),
  ]);
  tables.push({ title, rows });
}

const duckdb = (kind, file) => ({
  name: 'DuckDB, the same job',
  command: [process.execPath, join(peers, 'duckdb.mjs'), kind, file],
  counts: () => {
    const { lines, all, ok } = JSON.parse(readFileSync(output, 'utf8'));
    return { lines, all, ok };
  },
});
const ours = (...files) => ({ name: 'token-tax', command: analyze(...files), counts: ourCounts });

let textSpeed;
function text() {
  const { file, truth } = input('gateway');
  const contestants = [ours(file), { name: 'wc -l', command: ['wc', '-l', file] }];
  if (hasDuckDb) contestants.push(duckdb('gateway', file));
  if (has('mawk'))
    contestants.push({
      name: 'mawk, path and status counted',
      slow: true,
      command: ['mawk', '{n[$7 " " $9]++} END {for (k in n) c++; print NR, c}', file],
      counts: () => ({ lines: Number(readFileSync(output, 'utf8').split(' ')[0]) }),
    });
  if (has('mlr'))
    contestants.push({
      name: 'miller, status counted',
      slow: true,
      command: ['mlr', '--inidx', '--ifs', ' ', '--ojson', 'count-distinct', '-f', '9', file],
    });
  if (has('lnav'))
    contestants.push({
      name: 'lnav, SQL by status',
      slow: true,
      command: [
        'env',
        `HOME=${data}`,
        'lnav',
        '-n',
        '-c',
        ';select sc_status, count(*) from access_log group by sc_status',
        file,
      ],
    });
  if (has('goaccess'))
    contestants.push({
      name: 'GoAccess, default',
      slow: true,
      command: [
        'goaccess',
        file,
        '--log-format=%h %^ %e [%d:%t %^] "%r" %s %b "%R" "%u" rt=%T %^',
        '--date-format=%d/%b/%Y',
        '--time-format=%H:%M:%S',
        '--no-progress',
        '-o',
        join(data, 'goaccess.json'),
      ],
      counts: () => ({ lines: JSON.parse(readFileSync(join(data, 'goaccess.json'), 'utf8')).general.valid_requests }),
    });
  const results = race(contestants, truthOf(truth));
  tableOf(`nginx text, ${(truth.bytes / 1e6).toFixed(0)} MB, ${truth.lines} lines`, results, truth.bytes);
  const { wall, mib } = results.get('token-tax');
  textSpeed = truth.bytes / wall;
  const peer = (name) => results.get(name)?.wall;
  if (peer('GoAccess, default')) goal('text: GoAccess takes times as long', peer('GoAccess, default') / wall, '>=', 60, 1);
  else missing('text: GoAccess', 'apt-get install goaccess');
  goal('text: times the wall time of wc -l', wall / peer('wc -l'), '<=', 6.7);
  if (peer('DuckDB, the same job')) goal('text: DuckDB takes times as long', peer('DuckDB, the same job') / wall, '>=', 3.5);
  else missing('text: DuckDB', 'npm install --no-package-lock in bench/peers');
  goal('text: most memory', mib, '<=', 110, 0, ' MiB');
}

function json() {
  const { file, truth } = input('json');
  const contestants = [ours(file), { name: 'wc -l', command: ['wc', '-l', file] }];
  if (hasDuckDb) contestants.push(duckdb('json', file));
  if (has('jq'))
    contestants.push({
      name: 'jq, method and status counted',
      slow: true,
      command: ['sh', '-c', `jq -r '"\\(.request_method) \\(.status)"' '${file}' | LC_ALL=C sort | uniq -c`],
    });
  const results = race(contestants, truthOf(truth));
  tableOf(`JSON lines, ${(truth.bytes / 1e6).toFixed(0)} MB, ${truth.lines} lines`, results, truth.bytes);
  const { wall } = results.get('token-tax');
  const other = results.get('DuckDB, the same job')?.wall;
  if (other) goal('JSON: DuckDB read_json takes times as long', other / wall, '>=', 1.6);
  else missing('JSON: DuckDB', 'npm install --no-package-lock in bench/peers');
}

/** The same requests as other gateways write them: MB/s of each, of those of nginx text beside them. */
async function formats() {
  const { file, truth } = input('gateway', BYTES / 5);
  const files = Object.fromEntries(
    Object.keys(shapes).map((name) => [name, join(data, `${name.replaceAll(' ', '-')}-${BYTES / 5}.log`)]),
  );
  if (!Object.values(files).every((path) => existsSync(path))) {
    console.error('goals: writing the lines of other gateways');
    await reshape(file, files);
  }
  const contestants = Object.entries(files).map(([name, path]) => ({ ...ours(path), name }));
  const results = race(contestants, truthOf(truth));
  const speedOf = (name) => statSync(files[name]).size / 1e6 / results.get(name).wall;
  const plain = speedOf('nginx text');
  tables.push({
    title: `The ${truth.lines} requests of a fifth of the log as other gateways write them`,
    head: ['log', 'MB', 'wall, s', 'least to longest (runs)', 'MB/s', 'CPU, s', 'most memory, MiB', 'of the MB/s of nginx text'],
    rows: [...results].map(([name, { wall, least, longest, cpu, mib, times }]) => [
      ...[
        name,
        (statSync(files[name]).size / 1e6).toFixed(0),
        wall.toFixed(3),
        `${least.toFixed(3)} to ${longest.toFixed(3)} (${times})`,
      ],
      ...[speedOf(name).toFixed(0), cpu.toFixed(2), mib.toFixed(0), (speedOf(name) / plain).toFixed(2)],
    ]),
  });
  for (const name of Object.keys(shapes).slice(1))
    goal(`${name}: share of the MB/s of nginx text`, speedOf(name) / plain, '>=', 0.5);
}

function gzip() {
  const { file, truth } = input('gateway');
  const one = packed(file);
  const single = race([ours(one), { name: 'zcat', command: ['sh', '-c', `zcat '${one}' > /dev/null`] }], truthOf(truth));
  tableOf('one .gz', single, truth.bytes);
  goal('one .gz: times the wall time of zcat', single.get('token-tax').wall / single.get('zcat').wall, '<=', 0.65);
  const four = fourPacked(file, truth.lines);
  const zcat = { name: 'zcat', command: ['sh', '-c', `zcat ${four.map((name) => `'${name}'`).join(' ')} > /dev/null`] };
  const results = race([ours(...four), zcat], truthOf(truth));
  tableOf('four .gz', results, truth.bytes);
  goal('four .gz: times the wall time of zcat', results.get('token-tax').wall / results.get('zcat').wall, '<=', 0.62);
  goal('four .gz: most memory', results.get('token-tax').mib, '<=', 160, 0, ' MiB');
}

function memory() {
  const paths = input('paths');
  const results = race([ours(paths.file), { name: 'wc -l', command: ['wc', '-l', paths.file] }], truthOf(paths.truth));
  tableOf(`1.3 million paths, ${(paths.truth.bytes / 1e6).toFixed(0)} MB`, results, paths.truth.bytes);
  goal('1.3 million paths: most memory', results.get('token-tax').mib, '<=', 110, 0, ' MiB');
  const issuer = input('issuer');
  const fetches = race([ours(issuer.file), { name: 'wc -l', command: ['wc', '-l', issuer.file] }], truthOf(issuer.truth));
  tableOf(
    `issuer log, ${(issuer.truth.bytes / 1e6).toFixed(0)} MB, ${issuer.truth.lines} lines, each a fetch`,
    fetches,
    issuer.truth.bytes,
  );
  const { wall, mib } = fetches.get('token-tax');
  goal(
    'issuer log: most memory (110 MiB and 12 B a fetch)',
    mib,
    '<=',
    Math.round(110 + (issuer.truth.tokens.all * 12) / 2 ** 20),
    0,
    ' MiB',
  );
  if (textSpeed !== undefined)
    goal('issuer log: share of the MB/s of nginx text', issuer.truth.bytes / wall / textSpeed, '>=', 0.5);
}

function start() {
  const { file, truth } = input('gateway', SMALL_BYTES);
  const contestants = [ours(file), { name: 'node -e 0', command: [process.execPath, '-e', '0'] }];
  const runs = values.runs;
  // So short that more turns cost nothing.
  values.runs = String(Math.max(15, Number(runs)));
  const results = race(contestants, truthOf(truth));
  values.runs = runs;
  tableOf('20 KB', results, truth.bytes);
  goal('20 KB: more than node -e 0', (results.get('token-tax').wall - results.get('node -e 0').wall) * 1000, '<=', 60, 0, ' ms');
}

/** What a log takes on the disk besides its bytes: the truth about it, and room for others. */
const SPARE_BYTES = 2e9;

/** Cost of a line in a longer log against that in a shorter one. The longest is gone again afterwards, also if it could not be read. */
function slope() {
  const about = 'slope of the cost per line: (10x - 1x) / 9 against (1x - 0.1x) / 0.9';
  const wall = (bytes) => {
    const { file, truth } = input('gateway', bytes);
    return race([ours(file)], truthOf(truth)).get('token-tax').wall;
  };
  const [small, middle] = [BYTES / 10, BYTES].map(wall);
  if (!values.huge) return missing(about, 'with --huge');
  const bytes = BYTES * 10;
  mkdirSync(data, { recursive: true });
  const { bavail, bsize } = statfsSync(data);
  if (bavail * bsize < bytes + SPARE_BYTES) return missing(about, `on a disk with ${(bytes + SPARE_BYTES) / 1e9} GB free`);
  const file = join(data, `gateway-${bytes}-${SEED}.log`);
  try {
    goal(about, (wall(bytes) - middle) / 9 / ((middle - small) / 0.9), '<=', 1.1);
  } finally {
    for (const name of [file, `${file}.truth.json`]) rmSync(name, { force: true });
  }
}

/** The bytes of the result are the same whatever the way. */
function same() {
  const { file } = input('gateway', BYTES / 10);
  const gz = packed(file);
  const hashOf = (args) => {
    const { stdout, status } = spawnSync(args[0], args.slice(1), {
      cwd: root,
      maxBuffer: 1 << 28,
      encoding: 'utf8',
    });
    if (![0, 4].includes(status)) return `ended with ${status}`;
    return createHash('sha256').update(stdout.replaceAll('.log.gz', '.log')).digest('hex').slice(0, 16);
  };
  const found = [
    ['as it is', hashOf(analyze(file))],
    ['--workers 1', hashOf(analyze('--workers', '1', file))],
    ['--workers 2', hashOf(analyze('--workers', '2', file))],
    ['--workers 3', hashOf(analyze('--workers', '3', file))],
    ['compressed', hashOf(analyze(gz))],
  ];
  const kinds = new Set(found.map(([, hash]) => hash));
  goals.push([
    `the same bytes: ${found.map(([name]) => name).join(', ')}`,
    kinds.size === 1 ? 'equal' : found.map(([name, hash]) => `${name} ${hash}`).join(', '),
    'equal',
    kinds.size === 1 ? 'reached' : '**missed**',
  ]);
}

const line = (cells) => `| ${cells.join(' | ')} |`;
const markdown = (head, rows) => [head, head.map(() => '---'), ...rows].map(line).join('\n');

function report() {
  const git = (...args) => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();
  const dirty =
    git('status', '--porcelain', '--', 'src', 'bin', 'scripts', 'package.json') === ''
      ? ''
      : ', with changes that are not committed';
  return `${MARKS[0]}
## Against goals and peers

\`node bench/goals.mjs --bytes ${values.bytes} --runs ${values.runs}${values.huge ? ' --huge' : ''}\` at ${git('rev-parse', '--short', 'HEAD')}${dirty}: ${cpus()[0]?.model.trim()}, ${cpus().length} cores,
${Math.round(totalmem() / 2 ** 30)} GiB, node ${process.version}. Whole processes, files in memory, in turns; medians. Everybody's count of lines and token fetches was compared
with the generator's before a time counted.

${markdown(['measure', 'found', 'goal', ''], goals)}

${tables
  .map(
    ({ title, rows, head = ['tool', 'wall, s', 'least to longest (runs)', 'MB/s', 'CPU, s', 'most memory, MiB', 'of ours'] }) =>
      `### ${title}\n\n${markdown(head, rows)}`,
  )
  .join('\n\n')}
${MARKS[1]}
`;
}

const steps = { text, json, formats, gzip, memory, start, same };
try {
  mkdirSync(data, { recursive: true });
  if (!existsSync(GNU_TIME)) throw new Error('GNU time is not installed: apt-get install time');
  for (const [name, step] of Object.entries(steps)) {
    if (!wanted.has(name)) continue;
    console.error(`goals: ${name}`);
    await step();
    if (name === 'text') slope();
  }
  const made = report();
  const before = existsSync(values.out) ? readFileSync(values.out, 'utf8') : '# Benchmark results\n';
  const [from, to] = [before.indexOf(MARKS[0]), before.indexOf(MARKS[1])];
  const after =
    from < 0
      ? `${before.trimEnd()}\n\n${made}`
      : `${before.slice(0, from)}${made.trimEnd()}${before.slice(to + MARKS[1].length)}`;
  writeFileSync(values.out, after);
  console.log(made);
} catch (error) {
  console.error(`goals failed: ${error.message}`);
  process.exitCode = 1;
}
