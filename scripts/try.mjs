/** What `npm run -s try` shows: the main job on a bundled capture, then one line for each of the others. All of it is real output. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const captures = join(root, 'fixtures', 'captures');
const first = 'no-cache';

/** Runs the command in the folder of a capture, as if somebody had typed it there. */
const analyze = (name, ...options) => {
  const folder = join(captures, name);
  const { lifetimeSeconds } = JSON.parse(readFileSync(join(folder, 'truth.json'), 'utf8'));
  const pasted = join(folder, 'log-format.txt');
  const args = [
    'analyze',
    ...readdirSync(folder).filter((file) => file.endsWith('.log')),
    '--lifetime',
    `${lifetimeSeconds}s`,
    ...(existsSync(pasted) ? ['--log-format', readFileSync(pasted, 'utf8').trim()] : []),
    ...options,
  ];
  const text = execFileSync(process.execPath, [join(root, 'bin', 'token-tax.js'), ...args], {
    cwd: folder,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return { command: `token-tax ${args.join(' ')}`, text };
};

const { command, text } = analyze(first);
console.log(`$ cd fixtures/captures/${first}\n$ ${command}\n\n${text}`);

const others = readdirSync(captures).filter((name) => name !== first && existsSync(join(captures, name, 'truth.json')));
const width = Math.max(...others.map((name) => name.length));
console.log('The verdict on the other captures (what each is: fixtures/captures/README.md)\n');
for (const name of others) console.log(`  ${name.padEnd(width)}  ${analyze(name, '--quiet').text.trim()}`);
