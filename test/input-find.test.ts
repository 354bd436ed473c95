import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findInputs } from '../src/input/index.js';
import { rotationOf } from '../src/input/rotation.js';

let cwd: string;

beforeEach(() => {
  cwd = realpathSync(mkdtempSync(join(tmpdir(), 'token-tax-find-')));
});

afterEach(() => {
  rmSync(cwd, { recursive: true, force: true });
});

const files = (...names: string[]): void => {
  for (const name of names) {
    mkdirSync(dirname(join(cwd, name)), { recursive: true });
    writeFileSync(join(cwd, name), `${name}\n`);
  }
};

const find = async (...args: string[]) => {
  const { sources, problems, skipped } = await findInputs(args, cwd);
  return {
    names: sources.map(({ name }) => name),
    problems: problems.map(({ error }) => [error.id, error.message, error.help]),
    skipped,
    sources,
  };
};

describe('what the arguments name', () => {
  test('files, with their size, sorted whatever the order of the arguments', async () => {
    files('b.log', 'a.log');
    const { sources } = await find('b.log', './a.log');
    expect(sources).toEqual([
      { name: 'a.log', path: join(cwd, 'a.log'), sizeBytes: 6, group: 'a.log', named: true },
      { name: 'b.log', path: join(cwd, 'b.log'), sizeBytes: 6, group: 'b.log', named: true },
    ]);
    expect((await find('a.log', 'b.log')).sources).toEqual(sources);
  });

  test('folders are walked; hidden files, pictures, links to folders and pipes in them are counted and left out', async () => {
    files(
      'logs/a.log',
      'logs/deep/er/b.log.gz',
      'logs/.hidden',
      'logs/.git/x.log',
      'logs/graph.PNG',
      'logs/x.zip',
      'elsewhere/c.log',
    );
    symlinkSync(join(cwd, 'elsewhere'), join(cwd, 'logs/link'));
    execFileSync('mkfifo', [join(cwd, 'logs/pipe')]);
    const { names, skipped, problems, sources } = await find('logs');
    expect(names).toEqual(['logs/a.log', 'logs/deep/er/b.log.gz']);
    expect(skipped).toEqual({ hidden: 2, binary: 2, other: 2 });
    expect(problems).toEqual([]);
    expect(sources.map(({ named }) => named)).toEqual([false, false]);
  });

  test('the working directory itself, a folder above, an absolute name', async () => {
    files('in/a.log', 'b.log');
    const inside = await findInputs(['.', '../b.log', join(cwd, 'in/a.log')], join(cwd, 'in'));
    expect(inside.sources.map(({ name, named }) => [name, named])).toEqual([
      ['../b.log', true],
      ['a.log', true],
    ]);
    expect((await find(join(cwd, 'b.log'))).names).toEqual([join(cwd, 'b.log')]);
    expect((await find(cwd)).names).toEqual([join(cwd, 'b.log'), join(cwd, 'in/a.log')]);
  });

  test('links to files are followed, and of two names of one file the plainer one stays', async () => {
    files('z.log');
    symlinkSync('z.log', join(cwd, 'current.log'));
    expect((await find('current.log', 'z.log', './z.log', join(cwd, 'z.log'))).names).toEqual(['z.log']);
    expect((await find('current.log')).names).toEqual(['current.log']);
    expect((await find('.')).names).toEqual(['z.log']);
  });

  test('quoted globs are expanded like a shell would, in folders too', async () => {
    files('logs/a.log', 'logs/b.log', 'logs/c.txt', 'logs/x/d.log', 'logs/.e.log', 'logs/f.png');
    expect((await find('logs/*.log')).names).toEqual(['logs/a.log', 'logs/b.log']);
    expect((await find('logs/**/*.log')).names).toEqual(['logs/a.log', 'logs/b.log', 'logs/x/d.log']);
    expect((await find('logs/{a,b}.log')).names).toEqual(['logs/a.log', 'logs/b.log']);
    expect((await find('logs/[ac].*')).names).toEqual(['logs/a.log', 'logs/c.txt']);
    expect((await find(join(cwd, 'logs/?.log'))).names).toEqual([join(cwd, 'logs/a.log'), join(cwd, 'logs/b.log')]);
    const all = await find('logs/*');
    expect(all.names).toEqual(['logs/a.log', 'logs/b.log', 'logs/c.txt', 'logs/x/d.log']);
    expect(all.skipped.binary).toBe(1);
    const above = await findInputs(['../logs/*.log'], join(cwd, 'logs'));
    expect(above.sources.map(({ name }) => name)).toEqual(['a.log', 'b.log']);
  });

  test('a file whose name looks like a glob is that file', async () => {
    files('a[1].log', 'a1.log', 'b*.log', 'bb.log');
    expect((await find('a[1].log')).names).toEqual(['a[1].log']);
    expect((await find('b*.log')).names).toEqual(['b*.log']);
  });

  test('- is standard input, once', async () => {
    expect((await find('-', '-')).sources).toEqual([
      { name: '-', path: undefined, sizeBytes: undefined, group: '-', named: true },
    ]);
  });

  test('a pipe that is named is an input', async () => {
    execFileSync('mkfifo', [join(cwd, 'pipe')]);
    expect((await find('pipe')).sources).toMatchObject([{ name: 'pipe', sizeBytes: undefined }]);
  });
});

describe('what cannot be used is told, and the rest goes on', () => {
  test('a missing name, with the near one', async () => {
    files('logs/access.log', 'error.log');
    const { names, problems } = await find('error.log', 'logs/acess.log', 'logz/access.log', 'logs/access', 'nothing-like-it');
    expect(names).toEqual(['error.log']);
    expect(problems).toEqual([
      ['E_UNREADABLE_INPUT', 'cannot read logs/access: no such file or folder', 'Did you mean logs/access.log?'],
      ['E_UNREADABLE_INPUT', 'cannot read logs/acess.log: no such file or folder', 'Did you mean logs/access.log?'],
      ['E_UNREADABLE_INPUT', 'cannot read logz/access.log: no such file or folder', 'Did you mean logs/access.log?'],
      [
        'E_UNREADABLE_INPUT',
        'cannot read nothing-like-it: no such file or folder',
        'Check that the file exists and that you may read it.',
      ],
    ]);
  });

  test('a glob without a match, an empty folder, an empty name', async () => {
    files('empty/.keep', 'a.log');
    const { names, problems } = await find('*.json', 'empty', '', 'a.log');
    expect(names).toEqual(['a.log']);
    expect(problems.map(([id, message]) => [id, message])).toEqual([
      ['E_NO_INPUT', 'the name of an input is empty'],
      ['E_NO_INPUT', 'no file matches *.json'],
      ['E_NO_INPUT', 'no log files in empty'],
    ]);
  });

  test('a dangling link, a file taken for a folder, a circle of links', async () => {
    files('a.log');
    symlinkSync('gone.log', join(cwd, 'dangling.log'));
    symlinkSync('circle', join(cwd, 'circle'));
    const { sources, problems } = await findInputs(['dangling.log', 'a.log/b.log', 'circle'], cwd);
    expect(sources).toEqual([]);
    expect(problems.map(({ name, error }) => [name, error.message, error.why])).toEqual([
      ['a.log/b.log', 'cannot read a.log/b.log: a part of the path is a file, not a folder', undefined],
      ['circle', 'cannot read circle: its symbolic links go in a circle', undefined],
      ['dangling.log', 'cannot read dangling.log: no such file or folder', 'it is a link to gone.log, which does not exist'],
    ]);
  });

  test('control characters of a name do not reach the terminal', async () => {
    const { problems } = await find('a\u001b[31m.log');
    expect(problems[0]![1]).toBe('cannot read a\\u{1b}[31m.log: no such file or folder');
  });
});

describe('rotation', () => {
  test('a rotated set comes oldest first', async () => {
    files(
      'gw/access.log',
      'gw/access.log.1',
      'gw/access.log.2.gz',
      'gw/access.log.10.gz',
      'gw/access.log-20260302.gz',
      'gw/access.log-20260301',
    );
    const { names, sources } = await find('gw');
    expect(names).toEqual([
      'gw/access.log-20260301',
      'gw/access.log-20260302.gz',
      'gw/access.log.10.gz',
      'gw/access.log.2.gz',
      'gw/access.log.1',
      'gw/access.log',
    ]);
    expect(new Set(sources.map(({ group }) => group))).toEqual(new Set(['gw/access.log']));
  });

  test.each([
    ['access.log', 'access.log'],
    ['access.log.1', 'access.log'],
    ['access.log.2.gz', 'access.log'],
    ['access.log.old', 'access.log'],
    ['access.log.gz', 'access.log'],
    ['access.log.zst', 'access.log'],
    ['access.log-20260302', 'access.log'],
    ['access.log-20260302.gz', 'access.log'],
    ['access.log-2026030214.gz', 'access.log'],
    ['access.log-20260302-1772409600.gz', 'access.log'],
    ['access.log.2026-03-02', 'access.log'],
    ['access.log.2026-03-02-10', 'access.log'],
    ['access.log.2026-03-02.1', 'access.log'],
    ['access-2026-03-02.log', 'access.log'],
    ['access-2026-03-02.log.3', 'access.log'],
    ['access-2026-03-02-1.log.gz', 'access.log'],
    ['access-2026-03-02T10-11-12.345.log.gz', 'access.log'],
    ['access_20260302T1011Z.log', 'access.log'],
    ['2026-03-02-access.log', 'access.log'],
    ['localhost_access_log.2026-03-02.txt', 'localhost_access_log.txt'],
    ['0.log.20260302-101112.gz', '0.log'],
    ['u_ex260302.log', 'u_ex.log'],
    ['u_ex26030214.log', 'u_ex.log'],
    ['a/2026/access.log.1', 'a/2026/access.log'],
    ['gateway-1.log', 'gateway-1.log'],
    ['gateway-10.0.0.3', 'gateway-10.0.0.3'],
    ['gateway-2026-03-02-10.0.0.3.log', 'gateway-10.0.0.3.log'],
    ['gw.20261399.log', 'gw.20261399.log'],
    ['20260302', '20260302'],
    ['.gz', '.gz'],
    ['v1.2', 'v1.2'],
  ])('%s belongs to %s', (name, group) => {
    expect(rotationOf(name).group).toBe(group);
  });
});
