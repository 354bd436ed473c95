/** The package as its users get it: packed, installed into an empty folder, imported with types, run as a command. */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

const capture = resolve('fixtures/captures/no-cache');
const tsc = resolve('node_modules/typescript/bin/tsc');
const quiet = { encoding: 'utf8' as const, stdio: 'pipe' as const };

let work: string;
let user: string;
beforeAll(() => {
  if (!existsSync('dist/cli.cjs')) execFileSync(process.execPath, ['scripts/build.mjs'], { stdio: 'inherit' });
  work = mkdtempSync(join(tmpdir(), 'token-tax-user-'));
  user = join(work, 'user');
  mkdirSync(join(user, 'logs'), { recursive: true });
  execFileSync('npm', ['pack', '--ignore-scripts', '--pack-destination', work], quiet);
  const tarball = readdirSync(work).find((name) => name.endsWith('.tgz'))!;
  writeFileSync(join(user, 'package.json'), JSON.stringify({ name: 'user', private: true, type: 'module' }));
  // Without the network: an installed token-tax needs no other package.
  execFileSync('npm', ['install', '--offline', '--no-audit', '--no-fund', '--loglevel=error', join(work, tarball)], {
    ...quiet,
    cwd: user,
  });
  for (const name of ['gateway.log', 'issuer.log']) cpSync(join(capture, name), join(user, 'logs', name));
}, 120_000);
afterAll(() => rmSync(work, { recursive: true, force: true }));

test('brings no other package', () => {
  expect(readdirSync(join(user, 'node_modules')).filter((name) => !name.startsWith('.'))).toEqual(['token-tax']);
});

test('npx token-tax analyze', () => {
  const out = execFileSync('npx', ['--no-install', 'token-tax', 'analyze', 'logs/', '--lifetime', '3600s'], {
    ...quiet,
    cwd: user,
  });
  expect(out).toContain('99.73% of token fetches were redundant    369 of 370 ok fetches');
});

const source = `
import { analyze, TokenTaxError, type Analysis, type AnalyzeOptions, type FetchCounts } from 'token-tax';

const options: AnalyzeOptions = { inputs: ['logs/'], lifetime: ['3600s'], onProgress: ({ lines }) => void lines };
const result: Analysis = await analyze(options);
const { necessary, redundant }: FetchCounts = result.totals.fetches;
const share: number | null = result.totals.redundantShare.value;
// @ts-expect-error a number of what?
const wrong: AnalyzeOptions = { inputs: [], lifetime: 3600 };
const failure: unknown = await analyze({ inputs: ['nowhere/*.log'] }).catch((error: unknown) => error);
const exit = failure instanceof TokenTaxError ? failure.exit : undefined;
console.log(JSON.stringify({ necessary, redundant, share, complete: result.complete, exit, wrong: wrong.inputs.length }));
`;

const typescript = { strict: true, target: 'ES2023', module: 'NodeNext', lib: ['ES2023', 'DOM'], types: [], outDir: 'out' };

test('imported with its types, it compiles and runs', () => {
  writeFileSync(join(user, 'main.ts'), source);
  // The caller brings the types of Node, as every TypeScript program on Node does.
  const compilerOptions = { ...typescript, typeRoots: [resolve('node_modules/@types')], types: ['node'] };
  writeFileSync(join(user, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['main.ts'] }));
  const compiled = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.json'], { ...quiet, cwd: user });
  expect(compiled.stdout + compiled.stderr).toBe('');
  const out = execFileSync(process.execPath, ['out/main.js'], { ...quiet, cwd: user });
  expect(JSON.parse(out)).toEqual({
    necessary: 1,
    redundant: 369,
    share: expect.closeTo(0.997297, 6),
    complete: true,
    exit: 2,
    wrong: 0,
  });
});

test('the schema of the result is part of the package', () => {
  const script = "import schema from 'token-tax/schema/result-1.json' with { type: 'json' }; console.log(schema.type)";
  expect(execFileSync(process.execPath, ['--no-warnings', '--input-type=module', '-e', script], { ...quiet, cwd: user })).toBe(
    'object\n',
  );
});
