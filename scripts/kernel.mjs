/**
 * Compiles the kernel of the scanner (src/scan/kernel/assembly) to WebAssembly and keeps it, as text, in a module that is committed:
 * an installation needs no compiler. Does nothing when the sources are those it was made of.
 *
 *   node scripts/kernel.mjs [--check]
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const assembly = join(root, 'src/scan/kernel/assembly');
const target = join(root, 'src/scan/kernel/kernel.generated.ts');
const flags = ['-O3', '--converge', '--noAssert', '--runtime', 'stub', '--enable', 'simd', '--initialMemory', '1'];

/** Of everything the module is made of: sources, flags, compiler. */
export function sourceHash() {
  const hash = createHash('sha256').update(flags.join(' '));
  const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  hash.update(devDependencies.assemblyscript);
  for (const name of readdirSync(assembly).sort()) {
    if (!name.endsWith('.ts')) continue;
    hash.update(`\n${name}\n`).update(readFileSync(join(assembly, name), 'utf8').replaceAll('\r\n', '\n'));
  }
  return hash.digest('hex');
}

export function generatedHash() {
  try {
    return /sourceHash = '([0-9a-f]{64})'/.exec(readFileSync(target, 'utf8'))?.[1];
  } catch {
    return undefined;
  }
}

export function compileKernel() {
  const work = mkdtempSync(join(tmpdir(), 'kernel-'));
  try {
    const out = join(work, 'kernel.wasm');
    const asc = join(root, 'node_modules/assemblyscript/bin/asc.js');
    execFileSync(process.execPath, [asc, join(assembly, 'index.ts'), ...flags, '-o', out], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    return readFileSync(out);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

const moduleText = (hash, wasm) => `/** Made by scripts/kernel.mjs from src/scan/kernel/assembly; do not change it by hand. */
export const sourceHash = '${hash}';
export const wasm =
  '${wasm.toString('base64')}';
`;

if (process.argv[1] === import.meta.filename) {
  const hash = sourceHash();
  if (generatedHash() === hash) console.log('kernel: up to date');
  else if (process.argv.includes('--check')) {
    console.error('kernel: the sources have changed; run node scripts/kernel.mjs');
    process.exitCode = 1;
  } else {
    const wasm = compileKernel();
    writeFileSync(target, moduleText(hash, wasm));
    console.log(`kernel: ${wasm.length} bytes`);
  }
}
