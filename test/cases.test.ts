/**
 * Whole runs: `fixtures/cases/<name>/` holds `cmd` (one line, as typed; `NAME=value` in front sets the environment), maybe `stdin`,
 * and the `stdout`, `stderr` and `exit` it must give. A missing file stands for nothing, and for 0. `UPDATE=1` writes them.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { main } from '../src/cli/main.js';
import { version } from '../src/version.js';
import { expectFile } from './support/expected.js';
import { fakeIo } from './support/fake-io.js';

const root = 'fixtures/cases';

/** A release changes no case. */
const noVersion = '0.0.0-test';

/** Words of a shell: spaces part them, quotes keep them together. No variables, no globs. */
const words = (line: string): string[] =>
  [...line.matchAll(/(?:[^\s'"]+|'[^']*'|"[^"]*")+/g)].map(([word]) =>
    word.replace(/'([^']*)'|"([^"]*)"/g, (_, single, double) => single ?? double),
  );

const parse = (line: string): { env: Record<string, string>; argv: string[] } => {
  const all = words(line);
  const start = all.indexOf('token-tax');
  const env = Object.fromEntries(
    all.slice(0, start).map((word) => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)]),
  );
  return { env, argv: all.slice(start + 1) };
};

for (const name of readdirSync(root)
  .filter((entry) => existsSync(join(root, entry, 'cmd')))
  .sort()) {
  describe(name, () => {
    const folder = join(root, name);
    const read = (file: string): string | undefined =>
      existsSync(join(folder, file)) ? readFileSync(join(folder, file), 'utf8') : undefined;
    const cmd = read('cmd')?.trim() ?? '';

    test(cmd, async () => {
      expect(cmd).toMatch(/(^|^\S.* )token-tax( |$)/);
      const { env, argv } = parse(cmd);
      const stdin = existsSync(join(folder, 'stdin')) ? readFileSync(join(folder, 'stdin')) : undefined;
      const io = fakeIo({ cwd: resolve(folder), env, ...(stdin === undefined ? {} : { stdin }) });
      const status = await main(argv, io, { version: noVersion });
      expectFile(join(folder, 'stdout'), io.out().replaceAll(`"version": "${version}"`, `"version": "${noVersion}"`));
      expectFile(join(folder, 'stderr'), io.err());
      expectFile(join(folder, 'exit'), `${status}\n`);
    });
  });
}
