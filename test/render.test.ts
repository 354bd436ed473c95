/** A saved result rendered is the result asked for at once, in every format; outputs are whole or not there. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { main } from '../src/cli/main.js';
import { outputFormats } from '../src/cli/outputs.js';
import { fakeIo } from './support/fake-io.js';

const capture = resolve('fixtures/captures/expiry-burst');
let folder: string;

const run = async (...argv: string[]) => {
  const io = fakeIo({ cwd: folder });
  return { status: await main(argv, io), out: io.out(), err: io.err() };
};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'render-'));
  writeFileSync(join(folder, 'gateway.log'), readFileSync(join(capture, 'gateway.log')));
  writeFileSync(join(folder, 'issuer.log'), readFileSync(join(capture, 'issuer.log')));
  const outputs = outputFormats.flatMap((format) => ['--output', `${format}=direct.${format}`]);
  const { status } = await run('analyze', 'gateway.log', 'issuer.log', '--lifetime', '10s', ...outputs);
  expect(status).toBe(0);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each(outputFormats.filter((format) => format !== 'text'))('%s', async (format) => {
  const direct = readFileSync(join(folder, `direct.${format}`), 'utf8');
  const { status, out } = await run('render', 'direct.json', '--format', format);
  expect(status).toBe(0);
  expect(out).toBe(direct);
  await run('render', 'direct.json', '--output', `${format}=again.${format}`);
  expect(readFileSync(join(folder, `again.${format}`), 'utf8')).toBe(direct);
});

test('text: all but the commands to try next, which need the inputs', async () => {
  const direct = readFileSync(join(folder, 'direct.text'), 'utf8');
  const { out } = await run('render', 'direct.json');
  expect(direct.startsWith(out.trimEnd())).toBe(true);
  expect(direct.slice(out.trimEnd().length)).toMatch(/^\n\nNext: /);
});

test('a result of a newer major version is refused with the reason', async () => {
  const newer = { ...JSON.parse(readFileSync(join(folder, 'direct.json'), 'utf8')), schemaVersion: '2' };
  writeFileSync(join(folder, 'newer.json'), JSON.stringify(newer));
  const { status, out, err } = await run('render', 'newer.json', '--format', 'md');
  expect({ status, out }).toEqual({ status: 2, out: '' });
  expect(err).toContain('schemaVersion is "2"');
});

test('members of other minor versions: what is missing is not known, what is more is left out, what is wrong is refused', async () => {
  const saved = (): Record<string, unknown> & { totals: Record<string, unknown>; keys: Record<string, unknown>[] } =>
    JSON.parse(readFileSync(join(folder, 'direct.json'), 'utf8'));
  const result = async (change: (value: ReturnType<typeof saved>) => void) => {
    const value = saved();
    change(value);
    writeFileSync(join(folder, 'other.json'), JSON.stringify(value));
    const { status, out, err } = await run('render', 'other.json', '--format', 'json');
    return { status, value: status === 0 ? JSON.parse(out) : undefined, err };
  };
  const direct = saved();
  const older = await result((value) => {
    for (const name of ['lives', 'join', 'siblingKeys', 'cost']) delete value[name];
    delete value.totals.hiddenHoldersNeeded;
    for (const key of value.keys) delete key.lifetimeSeconds;
  });
  expect(older.value).toEqual({
    ...direct,
    lives: [],
    join: null,
    siblingKeys: [],
    cost: null,
    totals: { ...direct.totals, hiddenHoldersNeeded: null },
    keys: direct.keys.map((key) => ({ ...key, lifetimeSeconds: null })),
  });
  const newer = await result((value) => {
    value.rings = [1];
    value.totals.rings = { of: 'saturn' };
    for (const key of value.keys) key.rings = null;
  });
  expect(newer.value).toEqual(direct);
  for (const change of [
    (value: ReturnType<typeof saved>) => void delete value.complete,
    (value: ReturnType<typeof saved>) => void delete value.totals.fetches,
    (value: ReturnType<typeof saved>) => void Object.assign(value.totals, { requests: 'many' }),
  ])
    expect(await result(change)).toMatchObject({ status: 2, err: expect.stringContaining('is not a result') });
});

test('neither a log nor a result is written over', async () => {
  const before = readFileSync(join(folder, 'gateway.log'), 'utf8');
  const analyzed = await run('analyze', 'gateway.log', '--output', 'csv=./gateway.log');
  expect(analyzed.status).toBe(2);
  expect(analyzed.err).toContain('is one of the inputs');
  expect(readFileSync(join(folder, 'gateway.log'), 'utf8')).toBe(before);
  expect((await run('render', 'direct.json', '--output', 'md=direct.json')).status).toBe(2);
});

test('a format that is not there is named with those that are', async () => {
  const { status, err } = await run('render', 'direct.json', '--output', 'pdf=x.pdf');
  expect(status).toBe(2);
  expect(err).toContain('sarif');
});

test.runIf(existsSync('/dev/full'))('a full disk: no exit 0', async () => {
  const { status, err } = await run('render', 'direct.json', '--output', 'md=/dev/full');
  expect(status).toBe(3);
  expect(err).toContain('the disk is full');
});

test('a folder that is not there: no exit 0, and nothing is left behind', async () => {
  mkdirSync(join(folder, 'empty'));
  const { status } = await run('render', 'direct.json', '--output', 'md=empty/none/x.md');
  expect(status).toBe(3);
  expect(readdirSync(join(folder, 'empty'))).toEqual([]);
});
