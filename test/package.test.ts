import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';

interface Packed {
  readonly files: readonly { readonly path: string; readonly mode: number }[];
  readonly size: number;
  readonly unpackedSize: number;
}

/** All that may be in the package: nothing of the sources, tests, fixtures or maps. */
const wanted = [
  /^(?:package\.json|README\.md|CHANGELOG\.md|LICENSE)$/,
  /^bin\/token-tax\.js$/,
  /^dist\/(?:index|cli|worker|chunk-[A-Z0-9]+)\.js$/,
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
  'dist/cli.js',
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
    if (!existsSync('dist/cli.js')) execFileSync(process.execPath, ['scripts/build.mjs'], { stdio: 'inherit' });
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
    expect(packed.size).toBeLessThan(1_100_000);
    expect(packed.unpackedSize).toBeLessThan(4_000_000);
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
  const script = readFileSync('bin/token-tax.js', 'utf8').replace('../dist/cli.js', '../no-such-folder/cli.js');
  const run = (): string =>
    execFileSync(
      process.execPath,
      ['--input-type=module', '-e', script.replace('import.meta.url', '"file:///nowhere/bin/x.js"')],
      { encoding: 'utf8', stdio: 'pipe' },
    );
  expect(run).toThrowError(expect.objectContaining({ status: 3, stdout: '', stderr: expect.stringContaining('npm ci') }));
});
