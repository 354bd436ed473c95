/**
 * How often `compare` calls two logs of one system different: pairs of generated logs that differ in their seed alone. Writes the figures
 * into docs/compare.md.
 *
 *   node scripts/compare-aa.mjs [--pairs 400] [--changes 0] [--first-seed 500000] [--write]
 *
 * `--changes`: so many pairs of a sick system and the same with a cache that works: how often that is seen.
 *
 * Fails where more than 5 % are called different: more than that even at the lower end of the interval.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const { values } = parseArgs({
  options: {
    pairs: { type: 'string', default: '400' },
    changes: { type: 'string', default: '0' },
    'first-seed': { type: 'string', default: '500000' },
    write: { type: 'boolean', default: false },
  },
});
const pairs = Number(values.pairs);
const changedPairs = Number(values.changes);
const firstSeed = Number(values['first-seed']);

const MOST = 0.05;
const sick = ['TT101', 'TT102', 'TT103', 'TT104', 'TT106', 'TT107', 'TT108', 'TT111', 'TT113', 'TT114'];
const healthy = ['at-expiry', 'refresh-ahead', 'half-life', 'shared-cache'];
/** Several clients, sick and healthy ones together. */
const mixed = [
  ['TT101', 'at-expiry', 'TT111'],
  ['TT106', 'refresh-ahead', 'TT103', 'half-life'],
];
const systems = [...sick.map((one) => [one]), ...healthy.map((one) => [one]), ...mixed];
const kindOf = ([first, ...more]) => (more.length > 0 ? 'mixed' : healthy.includes(first) ? 'healthy' : 'sick');
const arrivals = ['poisson', 'bursty', 'steady', 'diurnal'];
const sizes = [
  { name: 'small', rate: 2, minutes: 5 },
  { name: 'middle', rate: 8, minutes: 10 },
  { name: 'large', rate: 20, minutes: 20 },
];
const lifetimes = [20_000, 60_000, 300_000];

/** Which system stands at this number: each kind of everything comes as often as the others, in changing company. */
const caseAt = (index) => ({
  system: systems[index % systems.length],
  arrivals: arrivals[Math.floor(index / systems.length + index) % arrivals.length],
  size: sizes[Math.floor(index / 7) % sizes.length],
  lifetimeMs: lifetimes[Math.floor(index / 5) % lifetimes.length],
});

/** Wilson's interval for a share, 95 %. */
const interval = (hits, all) => {
  if (all === 0) return [0, 1];
  const z = 1.959963985;
  const share = hits / all;
  const middle = share + z ** 2 / (2 * all);
  const half = z * Math.sqrt((share * (1 - share)) / all + z ** 2 / (4 * all ** 2));
  return [middle - half, middle + half].map((end) => Math.min(1, Math.max(0, end / (1 + z ** 2 / all))));
};

const folder = mkdtempSync(join(tmpdir(), 'token-tax-aa-'));
try {
  await build({
    stdin: {
      contents: [
        "export { analyze } from './src/pipeline.js';",
        "export { generateLogs } from './src/generate/generate.js';",
        "export { compare } from './src/simulation/compare.js';",
      ].join('\n'),
      resolveDir: root,
      loader: 'ts',
    },
    absWorkingDir: root,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    outfile: join(folder, 'tool.mjs'),
    banner: { js: "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);" },
    logLevel: 'error',
  });
  const { analyze, generateLogs, compare } = await import(pathToFileURL(join(folder, 'tool.mjs')).href);

  const resultOf = async ({ system, arrivals: shape, size, lifetimeMs }, seed) => {
    const logs = join(folder, 'logs');
    const files = new Map();
    const durationMs = size.minutes * 60_000;
    const made = generateLogs({ behaviours: system, arrivals: shape, rate: size.rate, durationMs, lifetimeMs, seed });
    for (let step = made.next(); step.done !== true; step = made.next())
      files.set(step.value.file, [...(files.get(step.value.file) ?? []), step.value.text]);
    for (const [name, texts] of files) {
      mkdirSync(dirname(join(logs, name)), { recursive: true });
      writeFileSync(join(logs, name), texts.join(''));
    }
    try {
      return await analyze({ inputs: ['.'], cwd: logs, lifetime: [`${lifetimeMs / 1000}s`] });
    } finally {
      rmSync(logs, { recursive: true, force: true });
    }
  };

  const counts = new Map();
  const figures = new Map();
  const count = (name, verdict) => {
    const one = counts.get(name) ?? { pairs: 0, different: 0, same: 0, inconclusive: 0 };
    counts.set(name, one);
    one.pairs += 1;
    one[verdict === 'better' || verdict === 'worse' ? 'different' : verdict] += 1;
  };
  for (let index = 0; index < pairs; index += 1) {
    const one = caseAt(index);
    const seed = firstSeed + 2 * index;
    const { verdict, changes } = compare(await resultOf(one, seed), await resultOf(one, seed + 1));
    for (const name of [
      'all',
      kindOf(one.system),
      `traffic: ${one.arrivals}`,
      `${one.size.name}: ${one.size.rate}/s for ${one.size.minutes} min`,
    ])
      count(name, verdict);
    for (const change of changes) {
      if (change.verdict === null) continue;
      const figure = figures.get(change.id) ?? { different: 0, all: 0 };
      figures.set(change.id, figure);
      figure.all += 1;
      if (change.verdict === 'better' || change.verdict === 'worse') figure.different += 1;
    }
    if (verdict === 'better' || verdict === 'worse')
      console.log(
        `${verdict}: ${one.system.join(',')} ${one.arrivals} ${one.size.name} ${one.lifetimeMs / 1000}s, seeds ${seed} and ${seed + 1}: ${changes[0].before} ${changes[0].after}`,
      );
  }

  const seen = new Map();
  for (let index = 0; index < changedPairs; index += 1) {
    const one = { ...caseAt(index), system: [sick[index % sick.length]] };
    const seed = firstSeed + 1_000_000 + 2 * index;
    const [before, after] = [await resultOf(one, seed), await resultOf({ ...one, system: ['at-expiry'] }, seed + 1)];
    const saved = 1 - after.totals.fetches.ok / Math.max(1, before.totals.fetches.ok);
    const name = saved < 0.2 ? 'less than a fifth' : saved < 0.6 ? '20 to 60 %' : saved < 0.9 ? '60 to 90 %' : '90 % and more';
    const row = seen.get(name) ?? { pairs: 0, better: 0, same: 0, worse: 0, inconclusive: 0 };
    seen.set(name, row);
    row.pairs += 1;
    row[compare(before, after).verdict] += 1;
  }

  const percent = (share) => `${(share * 100).toFixed(1)} %`;
  const ends = (hits, all) => interval(hits, all).map(percent).join(' to ');
  const order = ['all', 'sick', 'healthy', 'mixed'];
  const names = [...counts.keys()].sort((a, b) => {
    const [one, other] = [a, b].map((name) => (order.includes(name) ? order.indexOf(name) : order.length));
    return one - other || (a < b ? -1 : 1);
  });
  const rows = names.map((name) => {
    const { pairs: all, different, same, inconclusive } = counts.get(name);
    return `| ${name} | ${all} | ${different} | ${percent(different / all)} (${ends(different, all)}) | ${same} | ${inconclusive} |`;
  });
  const total = counts.get('all') ?? { pairs: 0, different: 0, same: 0, inconclusive: 0 };
  const decided = total.different + total.same;
  const lines = [
    `${total.pairs} pairs of generated logs that differ in their seed alone (seeds from ${firstSeed}): ${total.different} were called better or`,
    `worse, ${percent(total.different / total.pairs)} of all (95 % interval ${ends(total.different, total.pairs)}), ${percent(total.different / Math.max(1, decided))} of the ${decided} that were decided.`,
    '',
    '| pairs | number | called different | share (95 % interval) | same | inconclusive |',
    '|---|---|---|---|---|---|',
    ...rows,
    '',
    `By figure: ${[...figures].map(([id, { different, all }]) => `\`${id}\` ${different} of ${all}`).join(', ')}.`,
  ];
  const changes = [
    'A system that is sick before and has a cache that works after, by what that saves of its fetches:',
    '',
    '| saved | pairs | better | same | worse | inconclusive |',
    '|---|---|---|---|---|---|',
    ...['less than a fifth', '20 to 60 %', '60 to 90 %', '90 % and more'].flatMap((name) => {
      const row = seen.get(name);
      return row === undefined
        ? []
        : [`| ${name} | ${row.pairs} | ${row.better} | ${row.same} | ${row.worse} | ${row.inconclusive} |`];
    }),
  ];
  const blocks = [...(pairs > 0 ? [['pairs', lines]] : []), ...(changedPairs > 0 ? [['changes', changes]] : [])];
  for (const [, text] of blocks) console.log(text.join('\n'));
  for (const [name, text] of values.write ? blocks : []) {
    const path = join(root, 'docs', 'compare.md');
    const page = readFileSync(path, 'utf8');
    const [start, end] = [`<!-- ${name}: written by scripts/compare-aa.mjs -->`, `<!-- end of ${name} -->`];
    const [before, rest] = page.split(start);
    if (rest === undefined) throw new Error(`docs/compare.md has no line ${start}`);
    writeFileSync(path, `${before}${start}\n${text.join('\n')}\n${end}${rest.split(end)[1]}`);
  }
  if (pairs > 0 && interval(total.different, total.pairs)[0] > MOST) {
    console.log('FAILED: more than 5 % are called different');
    process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
