/**
 * A guard for CI: the CPU time that an analysis takes, as a multiple of a plain loop over the bytes on the same machine in the same minute.
 * Fails where that is more than twice what is written in bench/quick.json; machines differ and are noisy, and twice is not noise.
 *
 *   node bench/quick.mjs [--update]
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { generate } from './generate.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const data = join(root, 'bench', 'data');
const committed = join(root, 'bench', 'quick.json');
/** What is read; the last is hardly more than the start of the program. */
const LOGS = {
  gateway: { kind: 'gateway', bytes: 20e6 },
  json: { kind: 'json', bytes: 20e6 },
  issuer: { kind: 'issuer', bytes: 5e6 },
  start: { kind: 'gateway', bytes: 20e3 },
};
const TURNS = 3;
const MOST = 2;
const { values } = parseArgs({ options: { update: { type: 'boolean', default: false } } });

const notes = join(data, 'quick-time.txt');
const selfReport = `data:text/javascript,import{writeFileSync}from'node:fs';process.on('exit',()=>{const u=process.resourceUsage();writeFileSync(${JSON.stringify(notes)},String((u.userCPUTime+u.systemCPUTime)/1e6))})`;

/** CPU seconds of a node process. */
const cpuOf = (...args) => {
  rmSync(notes, { force: true });
  const { status, stderr } = spawnSync(process.execPath, ['--import', selfReport, ...args], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  if (status !== 0 && status !== 4) throw new Error(`${args.slice(0, 3).join(' ')} ended with ${status}: ${stderr.slice(-500)}`);
  return Number(readFileSync(notes, 'utf8'));
};

/** Twenty times over the bytes of a file: what this machine is worth now. */
const loop = `const b=require('node:fs').readFileSync(process.argv[1]);let n=0;for(let t=0;t<20;t++)for(let i=0;i<b.length;i++)if(b[i]===10)n++;if(n===0)process.exit(1)`;
const median = (numbers) => [...numbers].sort((a, b) => a - b)[numbers.length >> 1];

mkdirSync(data, { recursive: true });
const found = {};
for (const [name, { kind, bytes }] of Object.entries(LOGS)) {
  const file = join(data, `${kind}-${bytes}-1.log`);
  if (!existsSync(`${file}.truth.json`)) generate({ kind, bytes, out: file, seed: 1 });
  const ratios = Array.from({ length: TURNS }, () => {
    const reference = cpuOf('-e', loop, join(data, `gateway-${LOGS.gateway.bytes}-1.log`));
    return cpuOf(join(root, 'bin/token-tax.js'), 'analyze', '--format', 'json', '--no-progress', file) / reference;
  });
  found[name] = Number(median(ratios).toFixed(2));
}

if (values.update) writeFileSync(committed, `${JSON.stringify(found, undefined, 2)}\n`);
const limits = JSON.parse(readFileSync(committed, 'utf8'));
let slow = false;
for (const [name, ratio] of Object.entries(found)) {
  const isSlow = !(ratio <= limits[name] * MOST);
  slow ||= isSlow;
  console.log(
    `${name}: ${ratio} times the reference loop, committed ${limits[name]}${isSlow ? ` - more than ${MOST} times that` : ''}`,
  );
}
process.exitCode = slow ? 1 : 0;
