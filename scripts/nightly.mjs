/**
 * What is too slow for every change: docs/accuracy.md made again to see whether it is stale, the property tests with many more runs, some minutes of fuzzing, pairs of logs for compare, then the full bench.
 *
 *   node scripts/nightly.mjs [--property-runs 50] [--fuzz-minutes 5] [--fuzz-seed N] [--skip-bench]
 *
 * `--property-runs` multiplies the usual number of runs of each property. The seed of the fuzzer is that of the day where none is given.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = fileURLToPath(new URL('..', import.meta.url));
const { values } = parseArgs({
  options: {
    'property-runs': { type: 'string', default: '50' },
    'fuzz-minutes': { type: 'string', default: '5' },
    'fuzz-seed': { type: 'string', default: String(Math.floor(Date.now() / 86_400_000)) },
    'skip-bench': { type: 'boolean', default: false },
  },
});

const properties = readdirSync(join(root, 'test'))
  .filter((name) => name.endsWith('.test.ts') && readFileSync(join(root, 'test', name), 'utf8').includes('support/runs.js'))
  .map((name) => `test/${name}`);

const steps = [
  {
    name: `properties, ${values['property-runs']} times the usual runs`,
    command: ['node_modules/vitest/vitest.mjs', 'run', '--testTimeout=3600000', ...properties],
    env: { PROPERTY_RUNS: values['property-runs'] },
  },
  {
    name: `fuzzing, ${values['fuzz-minutes']} minutes, seed ${values['fuzz-seed']}`,
    command: ['scripts/fuzz.mjs', '--minutes', values['fuzz-minutes'], '--seed', values['fuzz-seed']],
    env: {},
  },
  { name: 'accuracy: is docs/accuracy.md stale?', command: ['scripts/accuracy.mjs', '--check'], env: {} },
  {
    name: 'pairs of logs of one system: at most 5 % are called different',
    command: ['scripts/compare-aa.mjs', '--pairs', '600', '--first-seed', values['fuzz-seed'].replace(/\D/g, '') || '1'],
    env: {},
  },
  ...(values['skip-bench']
    ? []
    : [
        { name: 'bench', command: ['bench/run.mjs'], env: {} },
        { name: '10 million fetches of 100,000 keys in 400 MiB', command: ['bench/many-keys.mjs'], env: {} },
      ]),
];

for (const { name, command, env } of steps) {
  console.log(`== ${name}`);
  const { status } = spawnSync(process.execPath, command, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } });
  if (status === 0) continue;
  console.log(`FAILED: ${name} (status ${status})`);
  process.exitCode = 1;
}
