import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';

interface Packed {
  readonly files: readonly { readonly path: string; readonly mode: number }[];
  readonly size: number;
  readonly unpackedSize: number;
}

/** All that may be in the package: nothing of the sources, tests, fixtures or maps. */
const wanted = [
  /^(?:package\.json|README\.md|CHANGELOG\.md|LICENSE)$/,
  /^bin\/(?:token-tax\.js|package\.json)$/,
  /^dist\/(?:index|worker|chunk-[A-Z0-9]+)\.js$/,
  /^dist\/(?:cli|cli-main|cli-analyze|chunk-[A-Z0-9]+)\.cjs$/,
  /^dist\/cli-(?:main|analyze)-v[\d.]+-[a-z0-9]+-[a-z0-9]+\.cache$/,
  /^dist\/(?:[a-z-]+\/)*[a-z.-]+\.d\.ts$/,
  /^dist\/schema\/(?:result|config)-1\.json$/,
  /^dist\/prices\.json$/,
  /^dist\/THIRD-PARTY-LICENSES$/,
];

const needed = [
  'package.json',
  'README.md',
  'CHANGELOG.md',
  'LICENSE',
  'bin/token-tax.js',
  'dist/cli.cjs',
  'dist/index.js',
  'dist/index.d.ts',
  'dist/schema/result-1.json',
  'dist/schema/config-1.json',
  'dist/prices.json',
  'dist/THIRD-PARTY-LICENSES',
];

describe('the package', () => {
  let packed: Packed;
  let paths: string[];

  beforeAll(() => {
    if (!existsSync('dist/cli.cjs')) execFileSync(process.execPath, ['scripts/build.mjs'], { stdio: 'inherit' });
    const json = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    packed = (JSON.parse(json) as [Packed])[0];
    paths = packed.files.map(({ path }) => path);
  });

  test('holds what a user needs', () => {
    expect(needed.filter((path) => !paths.includes(path))).toEqual([]);
  });

  test('and nothing else', () => {
    expect(paths.filter((path) => !wanted.some((pattern) => pattern.test(path)))).toEqual([]);
  });

  test('is small', () => {
    // Most of it is loaded for one thing only: an HTTP client to replay, zod to check settings, a chart for the web page, remedies, schemas.
    // The command line is there apart from the library, and what V8 has compiled of it: without either a small log takes twice as long.
    expect(packed.size).toBeLessThan(2_200_000);
    expect(packed.unpackedSize).toBeLessThan(7_000_000);
  });

  test('can be run as a command', () => {
    expect(readFileSync('bin/token-tax.js', 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
    expect(packed.files.find(({ path }) => path === 'bin/token-tax.js')!.mode & 0o111).not.toBe(0);
  });

  test('points only to files that are there', () => {
    const { bin, exports, types } = JSON.parse(readFileSync('package.json', 'utf8'));
    const targets = [
      ...Object.values(bin),
      types,
      ...Object.values(exports).flatMap((entry) => (typeof entry === 'string' ? [entry] : Object.values(entry as object))),
    ];
    expect(targets.map((path) => path.replace(/^\.\//, '')).filter((path) => !paths.includes(path))).toEqual([]);
  });

  test('carries the licence of every package that it bundles', () => {
    const text = readFileSync('dist/THIRD-PARTY-LICENSES', 'utf8');
    for (const name of ['commander', 'tinyglobby'])
      expect(text).toMatch(new RegExp(`^${name} \\d+\\.\\d+\\.\\d+ \\(MIT\\)$`, 'm'));
  });
});

test('a checkout that was not built says what to do', () => {
  const folder = mkdtempSync(join(tmpdir(), 'token-tax-'));
  cpSync('bin', join(folder, 'bin'), { recursive: true });
  const run = (): string =>
    execFileSync(process.execPath, [join(folder, 'bin/token-tax.js')], { encoding: 'utf8', stdio: 'pipe' });
  try {
    expect(run).toThrowError(expect.objectContaining({ status: 3, stdout: '', stderr: expect.stringContaining('npm ci') }));
  } finally {
    rmSync(folder, { recursive: true });
  }
});

describe('what was compiled before', () => {
  /** What became of the caches that the engine was offered, by the name of the part. */
  const offered = (options: string, folder = '.'): Record<string, boolean | null> => {
    const spy = `
      const vm = require('node:vm');
      const { Script } = vm;
      const seen = {};
      vm.Script = class extends Script {
        constructor(source, options) {
          super(source, options);
          seen[options.filename] = options.cachedData === undefined ? null : this.cachedDataRejected === false;
        }
      };
      process.on('exit', () => process.stderr.write('\\n' + JSON.stringify(seen)));`;
    const file = join(mkdtempSync(join(tmpdir(), 'token-tax-')), 'spy.cjs');
    writeFileSync(file, spy);
    const { stdout, stderr, status } = spawnSync(
      process.execPath,
      ['-r', file, join(folder, 'bin/token-tax.js'), 'analyze', LOG, '--format', 'json'],
      { encoding: 'utf8', env: { ...process.env, NODE_OPTIONS: options } },
    );
    rmSync(dirname(file), { recursive: true });
    // Inconclusive: an answer too.
    expect(status).toBe(4);
    outputs.push(stdout);
    return JSON.parse(stderr.split('\n').at(-1)!);
  };
  const outputs: string[] = [];
  const LOG = resolve('fixtures/cases/analyze-json/gateway.log');

  test('is taken by the engine that made it', () => {
    const seen = offered('');
    expect(seen['token-tax/dist/cli-main.cjs']).toBe(true);
    expect(seen['token-tax/dist/cli-analyze.cjs']).toBe(true);
  });

  test('is left alone under other flags, and missed by nobody', () => {
    expect(offered('--max-old-space-size=500')['token-tax/dist/cli-analyze.cjs']).toBe(false);
    const folder = mkdtempSync(join(tmpdir(), 'token-tax-'));
    for (const each of ['bin', 'dist']) cpSync(each, join(folder, each), { recursive: true });
    for (const name of readdirSync(join(folder, 'dist'))) if (name.endsWith('.cache')) rmSync(join(folder, 'dist', name));
    expect(offered('', folder)['token-tax/dist/cli-analyze.cjs']).toBe(null);
    rmSync(folder, { recursive: true });
    expect(outputs).toHaveLength(3);
    expect(new Set(outputs).size).toBe(1);
  });
});
