/** What the documentation shows is what the program prints, and what it points to is there. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { formatsPage } from '../scripts/formats-page.mjs';
import { pricesPage } from '../scripts/prices-page.mjs';
import { remediesPage } from '../scripts/remedies-page.mjs';
import { shippedPrices } from '../src/analysis/price-list.js';
import { pricesSchema } from '../src/analysis/prices.schema.js';
import { main } from '../src/cli/main.js';
import { formats } from '../src/formats/index.js';
import { words as patternWords } from '../src/formats/pattern.js';
import { nginxVariables, pairKeys, usualNames } from '../src/formats/variables.js';
import { adviceFor, advisedCodes, MUST_NOT_BE_SHARED } from '../src/remedy/advice.js';
import { fillIns } from '../src/remedy/context.js';
import { remedies } from '../src/remedy/index.js';
import { DEFAULT_PLACES } from '../src/remedy/remedy.js';
import { fakeIo } from './support/fake-io.js';

const readme = readFileSync('README.md', 'utf8');

test('docs/formats.md is made from the definitions of today (npm run docs)', () => {
  const page = readFileSync('docs/formats.md', 'utf8');
  expect(page).toBe(formatsPage(page, { formats, nginxVariables, pairKeys, usualNames, patternWords }));
});

test('docs/cost.md is made from the price lists of today (npm run docs)', () => {
  const page = readFileSync('docs/cost.md', 'utf8');
  expect(page).toBe(pricesPage(page, { shippedPrices }));
});

test('docs/remedies.md is made from the remedies of today (npm run docs)', () => {
  const page = readFileSync('docs/remedies.md', 'utf8');
  expect(page).toBe(remediesPage(page, { remedies, DEFAULT_PLACES, fillIns, adviceFor, advisedCodes, MUST_NOT_BE_SHARED }));
});

test('the price list that docs/cost.md shows is one', () => {
  const [, json = ''] = /```json\n([\s\S]*?)```/.exec(readFileSync('docs/cost.md', 'utf8')) ?? [];
  expect(pricesSchema.safeParse(JSON.parse(json)).error?.issues ?? []).toEqual([]);
});

/** A block holds one command behind `$ `, and what it prints. */
const commands = [...readme.matchAll(/```console\n\$ (.*)\n([\s\S]*?)\n?```/g)].map(([, command = '', output = '']) => ({
  command,
  output,
}));

/** Words of a shell; quotes keep them together. */
const words = (line: string): string[] => [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '');

describe('README.md shows what the program prints', () => {
  beforeAll(() => {
    if (!existsSync('dist/cli.cjs')) execFileSync(process.execPath, ['scripts/build.mjs'], { stdio: 'inherit' });
  });

  test('the first thing it shows is one command that does it all', () => expect(commands[0]?.command).toBe('npm run -s try'));

  for (const { command, output } of commands) {
    test(command, async () => {
      if (command === 'npm run -s try') {
        const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'));
        expect(scripts.try).toMatch(/^npm ci .* >&2 && node scripts\/try\.mjs$/);
        expect(output).toBe(execFileSync(process.execPath, ['scripts/try.mjs'], { encoding: 'utf8' }).trimEnd());
        return;
      }
      const io = fakeIo();
      await main(words(command).slice(1), io);
      expect(output).toBe((io.out() + io.err()).trimEnd());
    });
  }
});

const pages = ['README.md', 'CHANGELOG.md', ...readdirSync('docs').map((name) => join('docs', name)), 'fixtures/cases/README.md'];
test.each(pages.filter((page) => page.endsWith('.md')))('%s points only to files that are there', (page) => {
  const text = readFileSync(page, 'utf8');
  const targets = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, target = '']) => join(dirname(page), target));
  expect(targets.filter((target) => !existsSync(target))).toEqual([]);
});

/** Options of other programs that the pages show. */
const others = new Set<string>(['--timestamps', '--help', '--version', '--yes', '--package']);

test('every option that README.md and the pages name exists', async () => {
  const io = fakeIo();
  await main(['help', '--json'], io);
  const known = new Set([...io.out().matchAll(/--[a-z][a-z0-9-]+/g)].map(([flag]) => flag));
  for (const page of ['README.md', 'docs/method.md', 'docs/formats.md', 'docs/compare.md', 'docs/generate.md', 'docs/ci.md']) {
    const named = [...readFileSync(page, 'utf8').matchAll(/(?<![\w-])--[a-z][a-z0-9-]+/g)].map(([flag]) => flag);
    expect([page, named.filter((flag) => !known.has(flag) && !others.has(flag))]).toEqual([page, []]);
  }
});
