/** `--rejects`: each line that could not be read, where it stands, why, and nothing secret. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { main } from '../src/cli/main.js';
import { fakeIo } from './support/fake-io.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rejects-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const good = (second: number): string =>
  `192.0.2.7 - - [02/Mar/2026:10:15:${second} +0000] "POST /oauth2/token HTTP/1.1" 200 812 "-" "x"\n`;
const bad = ['cut off Authorization: Bearer s3cr3t-marker-abcdefghijkl', good(99), '\u001b[31mred\u0000'];
const log = [...Array.from({ length: 40 }, (_, index) => good(10 + index)), `${bad[0]}\n`, bad[1], good(50), `${bad[2]}\n`].join(
  '',
);

const run = async (...argv: string[]): Promise<{ status: number; out: string; err: string }> => {
  const io = fakeIo({ cwd: folder });
  const status = await main(argv, io);
  return { status, out: io.out(), err: io.err() };
};
const placesIn = (text: string): string[] =>
  [...text.matchAll(/^(\S+:\d+:\d+) {2}(\S+)/gm)].map(([, place, why]) => `${place} ${why}`);

/** The place of a line, from 1, by counting. */
const place = (name: string, text: string, line: number): string => {
  const before = text
    .split('\n')
    .slice(0, line - 1)
    .join('\n');
  return `${name}:${line}:${Buffer.byteLength(before) + (line > 1 ? 1 : 0)}`;
};

const wrapped = log
  .split('\n')
  .slice(0, -1)
  .map((line) => `2026-03-02T10:15:30.200000000Z stdout F ${line}\n`)
  .join('');

for (const [name, text, bytes] of [
  ['gw.log', log, Buffer.from(log)],
  ['gw.log.gz', log, gzipSync(log)],
  ['pod.log', wrapped, Buffer.from(wrapped)],
] as const)
  for (const command of ['analyze', 'export'])
    test(`${command} ${name}`, async () => {
      writeFileSync(join(folder, name), bytes);
      const { err } = await run(command, name, '--rejects');
      expect(placesIn(err)).toEqual([
        `${place(name, text, 41)} shape`,
        `${place(name, text, 42)} time`,
        `${place(name, text, 44)} shape`,
      ]);
      expect(err).not.toMatch(/s3cr3t|\u001b\[31m|\u0000/);
      await run(command, name, '--rejects', 'bad.txt');
      expect(placesIn(readFileSync(join(folder, 'bad.txt'), 'utf8'))).toEqual(placesIn(err));
    });

test('what it has not written itself is not overwritten', async () => {
  writeFileSync(join(folder, 'gw.log'), log);
  const { status, err } = await run('analyze', '--rejects', 'gw.log');
  expect(status).toBe(2);
  expect(err).toContain('would overwrite gw.log');
  expect(readFileSync(join(folder, 'gw.log'), 'utf8')).toBe(log);
  expect((await run('export', 'gw.log', '--rejects', 'bad.txt')).status).toBe(0);
  expect((await run('export', 'gw.log', '--rejects', 'bad.txt')).status).toBe(0);
});

test('a file is written even where all lines could be read, and only where it was asked for', async () => {
  writeFileSync(join(folder, 'gw.log'), good(10));
  expect((await run('export', 'gw.log', '--rejects')).err).toContain('every line could be read');
  expect(existsSync(join(folder, 'bad.txt'))).toBe(false);
  await run('export', 'gw.log', '--rejects', 'bad.txt');
  expect(placesIn(readFileSync(join(folder, 'bad.txt'), 'utf8'))).toEqual([]);
});

test('many are capped and counted', async () => {
  writeFileSync(join(folder, 'gw.log'), good(10).repeat(30_000) + 'nothing\n'.repeat(500) + 'x\n'.repeat(2));
  const { err } = await run('export', 'gw.log', '--rejects');
  expect(placesIn(err)).toHaveLength(200);
  expect(err).toContain('# and 302 lines more');
  await run('export', 'gw.log', '--rejects', 'bad.txt');
  expect(placesIn(readFileSync(join(folder, 'bad.txt'), 'utf8'))).toHaveLength(502);
});
