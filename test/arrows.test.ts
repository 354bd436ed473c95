import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path/posix';
import { describe, expect, test } from 'vitest';

/** The import rule: which rooms a room may import, besides itself. */
const rooms: Readonly<Record<string, readonly string[]>> = {
  redact: [],
  events: ['errors'],
  input: ['errors'],
  formats: ['events', 'errors'],
  scan: ['formats', 'input', 'events', 'redact', 'errors'],
  sources: ['events', 'errors'],
  analysis: ['events', 'errors'],
  simulation: ['analysis', 'events', 'errors'],
  generate: ['formats', 'events', 'errors'],
  diagnosis: ['simulation', 'analysis', 'events', 'errors'],
  remedy: ['diagnosis', 'simulation', 'analysis', 'errors'],
  report: ['diagnosis', 'simulation', 'analysis', 'redact', 'errors'],
  replay: ['events', 'redact', 'errors'],
  idp: ['analysis', 'redact', 'errors'],
  config: ['*'],
  cli: ['*'],
};

const allRooms = Object.keys(rooms);
const allButConfigAndCli = allRooms.filter((room) => room !== 'config' && room !== 'cli');

/** The files that stand beside the rooms. The two that join rooms know neither the command line nor the configuration. */
const files: Readonly<Record<string, readonly string[]>> = {
  'errors.ts': [],
  'version.ts': [],
  'reading.ts': ['analysis', 'scan', 'formats', 'input', 'events', 'redact', 'errors'],
  'join-estimate.ts': ['analysis', 'scan', 'formats', 'input'],
  'collect.ts': [],
  'threads.ts': ['analysis', 'events', 'reading', 'worker'],
  'pipeline.ts': [...allButConfigAndCli, 'errors', 'version', 'reading', 'join-estimate', 'collect', 'threads', 'worker'],
  'worker.ts': ['analysis', 'scan', 'reading', 'threads'],
  'experiment.ts': ['replay', 'idp', 'redact', 'errors'],
  'index.ts': [...allButConfigAndCli, 'errors', 'version', 'pipeline'],
};

/** Every specifier of a relative module: static, re-exported, for its side effects, dynamic, or the address of a worker. */
const imports = (text: string): string[] =>
  [...text.matchAll(/(\bfrom|\bimport|\bURL|\brequire)\s*\(?\s*(['"`])(\.[^'"`]*)\2/g)]
    // Other addresses are data: a folder, package.json.
    .filter(([, keyword, , specifier = '']) => keyword !== 'URL' || specifier.endsWith('.js'))
    .map(([, , , specifier = '']) => specifier);

/** The room, or the file beside the rooms, that a file of `src/` imports. */
const target = (file: string, specifier: string): string => {
  const [top = '', ...rest] = join(dirname(file), specifier).split('/');
  return rest.length === 0 ? top.replace(/\.[jt]s$/, '') : top;
};

/** undefined: nobody has said what this file may import. */
const allowedFor = (file: string): readonly string[] | undefined => {
  const [top = '', ...rest] = file.split('/');
  if (rest.length === 0) return files[top];
  const allowed = rooms[top];
  return allowed?.includes('*')
    ? [...allRooms, 'errors', 'version', 'pipeline', 'experiment', 'index']
    : allowed && [top, ...allowed];
};

const violations = (file: string, text: string): string[] => {
  const allowed = allowedFor(file);
  if (!allowed) return [`src/${file} is in no room: add its folder to test/arrows.test.ts and to the layout`];
  return imports(text).flatMap((specifier) => {
    const other = target(file, specifier);
    if (other.startsWith('..')) return [`${file} reaches out of src/ (${specifier})`];
    if (!/\.js(?:on)?$/.test(specifier)) return [`${file} imports ${specifier} without .js or .json`];
    return allowed.includes(other) ? [] : [`${file} must not import ${other}`];
  });
};

const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .map((name) => name.replaceAll('\\', '/'))
  // AssemblyScript has rules of its own.
  .filter((name) => /\.[cm]?[jt]sx?$/.test(name) && !name.startsWith('scan/kernel/assembly/'))
  .sort();

test.each(sources)('src/%s keeps to the import rule', (file) => {
  expect(violations(file, readFileSync(`src/${file}`, 'utf8'))).toEqual([]);
});

test('every folder of src/ is a room', () => {
  const folders = readdirSync('src', { withFileTypes: true }).filter((entry) => entry.isDirectory());
  expect(folders.map(({ name }) => name).filter((name) => !rooms[name])).toEqual([]);
});

test('the rule itself has no cycles', () => {
  const visit = (room: string, path: readonly string[]): void => {
    expect(path, `cycle: ${[...path, room].join(' > ')}`).not.toContain(room);
    for (const other of rooms[room] ?? []) if (other !== '*') visit(other, [...path, room]);
  };
  for (const room of allRooms) visit(room, []);
});

describe('the check notices', () => {
  test.each([
    ['input/a.ts', `import { x } from '../formats/x.js';`],
    ['input/a.ts', `import type { X } from '../events/x.js';`],
    ['input/a.ts', `import '../scan/x.js';`],
    ['input/a.ts', `await import('../scan/x.js')`],
    ['input/a.ts', `await import(\n  "../scan/x.js"\n)`],
    ['input/a.ts', `export * from '../scan/x.js';`],
    ['scan/a.ts', `new Worker(new URL('../cli/main.js', import.meta.url))`],
    ['events/providers/a.ts', `import { x } from '../../analysis/x.js';`],
    ['analysis/a.ts', `import { x } from '../cli/main.js';`],
    ['analysis/a.ts', `import { x } from '../config/load.js';`],
    ['analysis/a.ts', `import { x } from '../pipeline.js';`],
    ['analysis/a.ts', `import { x } from '../index.js';`],
    ['errors.ts', `import { x } from './redact/x.js';`],
    ['pipeline.ts', `import { x } from './cli/main.js';`],
    ['worker.ts', `import { x } from './config/load.js';`],
    ['index.ts', `import { x } from './cli/main.js';`],
    ['input/a.ts', `import { x } from '../../test/x.js';`],
    ['input/a.ts', `import { x } from './b';`],
    ['utils/a.ts', ''],
    ['utils.ts', ''],
  ])('%s: %s', (file, text) => {
    expect(violations(file, text)).toHaveLength(1);
  });

  test.each([
    [
      'input/a.ts',
      `import { x } from './x.js'; import { TokenTaxError } from '../errors.js'; import { readSync } from 'node:fs';`,
    ],
    ['events/providers/a.ts', `import { x } from '../request-batch.js';`],
    ['cli/commands/a.ts', `import { x } from '../../pipeline.js'; import { y } from '../../report/json.js';`],
    ['config/schema.ts', `import { x } from '../analysis/options.schema.js';`],
    ['pipeline.ts', `new Worker(new URL('./worker.js', import.meta.url)); import { x } from './scan/x.js';`],
  ])('and lets pass %s: %s', (file, text) => {
    expect(violations(file, text)).toEqual([]);
  });
});
