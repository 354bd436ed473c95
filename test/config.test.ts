/** Where a configuration is found, what it extends, and what each name in it is meant from. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { main } from '../src/cli/main.js';
import { openConfig } from '../src/config/load.js';
import { TokenTaxError } from '../src/errors.js';
import { fakeIo } from './support/fake-io.js';

let root = '';

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'config-'));
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

const write = (files: Readonly<Record<string, unknown>>): void => {
  for (const [name, value] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), typeof value === 'string' ? value : JSON.stringify(value, null, 2));
  }
};

const failure = async (work: Promise<unknown>): Promise<TokenTaxError> => {
  try {
    await work;
  } catch (cause) {
    if (cause instanceof TokenTaxError) return cause;
    throw cause;
  }
  throw new Error('it did not fail');
};

describe('looking for it', () => {
  test('in the folder, then in those above, up to the root of the repository', async () => {
    write({
      'token-tax.config.json': { preset: 'audit' },
      'repo/.git/HEAD': 'ref: refs/heads/main',
      'repo/a/b/package.json': { name: 'b' },
    });
    const inside = join(root, 'repo/a/b');
    expect(await openConfig(inside, undefined)).toBeUndefined();
    write({ 'repo/package.json': { name: 'repo', tokenTax: { preset: 'strict' } } });
    expect(await openConfig(inside, undefined)).toMatchObject({ name: '../../package.json', data: { preset: 'strict' } });
    write({ 'repo/a/token-tax.config.jsonc': '{ "preset": "recommended" } // nearest' });
    expect(await openConfig(inside, undefined)).toMatchObject({
      name: '../token-tax.config.jsonc',
      data: { preset: 'recommended' },
    });
    expect(await openConfig(inside, false)).toBeUndefined();
  });

  test('outside of a repository no folder above is asked', async () => {
    write({ 'token-tax.config.json': { preset: 'audit' }, 'a/x': '' });
    expect(await openConfig(join(root, 'a'), undefined)).toBeUndefined();
    expect(await openConfig(root, undefined)).toMatchObject({ name: 'token-tax.config.json' });
  });

  test('names of files are meant from where it stands', async () => {
    write({
      'repo/.git/HEAD': '',
      'repo/token-tax.config.json': {
        input: { files: ['logs/*.log', '-'], gateway: ['/var/log/gw.log'], idp: ['idp/'] },
        baseline: '.baseline.json',
        output: { files: ['json=out/tax.json'] },
      },
      'repo/a/x': '',
    });
    const config = await openConfig(join(root, 'repo/a'), undefined);
    expect(config?.data).toEqual({
      input: { files: ['../logs/*.log', '-'], gateway: ['/var/log/gw.log'], idp: ['../idp/'] },
      baseline: '../.baseline.json',
      output: { files: ['json=../out/tax.json'] },
    });
  });
});

describe('extends', () => {
  test('objects are laid over each other, lists and values replace', async () => {
    write({
      'token-tax.config.json': {
        extends: ['shared/one.jsonc', './shared/two.json'],
        budgets: { maxRedundant: ['error', '1%'] },
        failOn: ['TT118'],
      },
      'shared/one.jsonc': '{ "budgets": { "maxRedundant": "9%", "minHitRatio": "90%" }, "failOn": ["TT101"], "preset": "audit" }',
      'shared/two.json': { extends: 'deep/three.json', preset: 'strict', input: { files: ['logs'] } },
      'shared/deep/three.json': { preset: 'recommended', holder: undefined, analysis: { holder: 'shared' } },
    });
    const config = await openConfig(root, undefined);
    expect(config?.data).toEqual({
      budgets: { maxRedundant: ['error', '1%'], minHitRatio: '90%' },
      failOn: ['TT118'],
      preset: 'strict',
      input: { files: ['shared/logs'] },
      analysis: { holder: 'shared' },
    });
    expect(config?.placeOf(['budgets', 'maxRedundant']).file).toBe('token-tax.config.json');
    expect(config?.placeOf(['budgets', 'minHitRatio']).file).toBe('shared/one.jsonc');
    expect(config?.placeOf(['preset']).file).toBe('shared/two.json');
    expect(config?.placeOf(['analysis', 'holder']).file).toBe('shared/deep/three.json');
  });

  test('a circle, a missing file and a folder are said where they are named', async () => {
    write({ 'token-tax.config.json': { extends: 'b.json' }, 'b.json': { extends: './token-tax.config.json' } });
    const circle = await failure(openConfig(root, undefined));
    expect(circle.message).toContain('token-tax.config.json extends itself');
    expect(circle.place).toMatchObject({ file: 'b.json', line: 2 });
    write({ 'b.json': { extends: ['none.json'] } });
    const missing = await failure(openConfig(root, undefined));
    expect(missing.why).toBe('there is no such file');
    expect(missing.place).toMatchObject({ file: 'b.json', line: 3 });
    write({ 'b.json': { extends: '.' } });
    expect((await failure(openConfig(root, undefined))).why).toBe('it is a folder');
  });

  test('one file may be extended twice', async () => {
    write({
      'token-tax.config.json': { extends: ['a.json', 'b.json'] },
      'a.json': { extends: 'base.json' },
      'b.json': { extends: 'base.json' },
      'base.json': { preset: 'strict' },
    });
    expect((await openConfig(root, undefined))?.data).toEqual({ preset: 'strict' });
  });

  test('mistakes of all files are shown at once, each at its place', async () => {
    write({ 'token-tax.config.json': { extends: 'b.json', presett: 'strict' }, 'b.json': { preset: 'strickt', extends: 5 } });
    const { also, place, message } = await failure(openConfig(root, undefined));
    const all = [{ place, message }, ...also];
    expect(all.map((one) => `${one.place?.file}:${one.place?.line}`)).toEqual([
      'b.json:2',
      'b.json:3',
      'token-tax.config.json:3',
    ]);
    expect(all.map((one) => one.message).join('\n')).toMatch(/preset cannot be "strickt"[\s\S]*extends[\s\S]*presett/);
  });

  test('config print shows from which file a value is', async () => {
    write({ 'token-tax.config.json': { extends: 'b.json' }, 'b.json': { analysis: { margin: '30s' } } });
    const io = fakeIo({ cwd: root });
    expect(await main(['config', 'print'], io)).toBe(0);
    expect(io.out()).toMatch(/^analysis\.margin +30s +b\.json:3$/m);
  });
});
