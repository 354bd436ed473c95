import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Transform } from 'node:stream';
import { setTimeout } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { Decompress } from 'fzstd';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type InputOptions, type InputSource, openBlocks, openInput, type Unpackers } from '../src/input/index.js';
import { findTool } from '../src/input/tools.js';
import { builtInZstd, type CreateZstdDecompress } from '../src/input/zstd.js';
import { analyze } from '../src/pipeline.js';

const searchPath = process.env.PATH ?? '';
const tools = ['zstd', 'bzip2', 'xz', 'lz4'] as const;
const has = Object.fromEntries(tools.map((tool) => [tool, findTool(tool, searchPath) !== undefined]));
for (const tool of tools) if (!has[tool]) process.stderr.write(`skipped: tests of ${tool} archives (no ${tool} on the PATH)\n`);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'token-tax-archives-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

let files = 0;
const file = (content: Uint8Array): InputSource => {
  files += 1;
  const path = join(folder, `${files}.log`);
  writeFileSync(path, content);
  return { name: 'x.log', path, sizeBytes: undefined, group: 'x.log', named: true };
};

const lines = (count: number): string =>
  Array.from(
    { length: count },
    (_, index) => `10.0.0.${index % 250} - - "GET /orders/${index} HTTP/1.1" 200 ${index * 7}\n`,
  ).join('');

const pack = (tool: string, text: string | Buffer): Buffer =>
  execFileSync(tool, ['-1', '-c'], { input: text, maxBuffer: 1 << 30 });

const read = async (input: InputSource, options: InputOptions = {}): Promise<{ text: string; error?: unknown }> => {
  const parts: string[] = [];
  try {
    for await (const { bytes, start, end } of openBlocks(input, options)) parts.push(bytes.toString('latin1', start, end));
  } catch (error) {
    return { text: parts.join(''), error };
  }
  return { text: parts.join('') };
};

/** Processes that this one started and that are still there, ended or not. */
const children = (): string[] =>
  readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .filter((entry) => {
      try {
        return / \S (\d+)/.exec(readFileSync(`/proc/${entry}/stat`, 'utf8').replace(/^.*\)/, ')'))?.[1] === String(process.pid);
      } catch {
        return false;
      }
    });

const noChildren = async (): Promise<void> => {
  for (let tries = 0; tries < 100 && children().length > 0; tries += 1) await setTimeout(20);
  expect(children()).toEqual([]);
};

/** Behaves as Node's own does: the end of the first frame is the end. */
const likeBuiltIn: CreateZstdDecompress = (options) => {
  const stream: Transform = new Transform({
    ...options,
    transform(chunk: Buffer, _encoding, done) {
      try {
        decoder.push(new Uint8Array(chunk));
        done();
      } catch (cause) {
        done(cause as Error);
      }
    },
  });
  const decoder = new Decompress((part) => part.length > 0 && stream.push(Buffer.from(part)));
  return stream;
};

const nothing: Unpackers = { path: '', builtInZstd: undefined };
const ways: [string, Unpackers][] = [
  ['plain JavaScript', nothing],
  ['built in (a stand-in)', { path: '', builtInZstd: likeBuiltIn }],
];
if (has.zstd) ways.push(['the zstd program', { path: searchPath, builtInZstd: undefined }]);
if (builtInZstd()) ways.push(['built in', { path: '', builtInZstd: builtInZstd() }]);

/** A frame with checksum, a skippable one, one of unknown size without checksum, an empty one, a tiny one. */
const fixture = readFileSync(join(import.meta.dirname, '../fixtures/archives/frames.zst'));
const fixtureText = `${lines(6000)}${lines(6000)}short\n`;

describe.each(ways)('zstd by way of %s', (_, unpackers) => {
  test('frames are one stream, wherever the pieces that we read end', async () => {
    for (const readBytes of [256, 1000, 1 << 20]) {
      const { text, error } = await read(file(fixture), { unpackers, readBytes });
      expect(error).toBeUndefined();
      expect(text === fixtureText).toBe(true);
    }
    const behindSkipped = Buffer.concat([Buffer.from('502a4d180300000061620a', 'hex'), fixture]);
    expect((await read(file(behindSkipped), { unpackers })).text === fixtureText).toBe(true);
    const piped = new PassThrough();
    for (let at = 0; at < fixture.length; at += 777) piped.write(fixture.subarray(at, at + 777));
    piped.end();
    const stdin: InputSource = { name: '-', path: undefined, sizeBytes: undefined, group: '-', named: true };
    expect((await read(stdin, { unpackers, stdin: piped })).text === fixtureText).toBe(true);
  });

  test('a truncated archive gives whole lines, then the error', async () => {
    for (const length of [9, fixture.length >> 2, (fixture.length >> 1) + 100, fixture.length - 1]) {
      const { text, error } = await read(file(fixture.subarray(0, length)), { unpackers });
      expect(error).toMatchObject({ id: 'E_TRUNCATED_INPUT', message: 'x.log ends in the middle of its zstd data' });
      expect(fixtureText.startsWith(text)).toBe(true);
      expect(text === '' || text.endsWith('\n')).toBe(true);
      if (length > fixture.length >> 1) expect(text.length).toBeGreaterThan(lines(6000).length - 100);
    }
  });

  test('a damaged archive gives the same lines every time, then the error', async () => {
    const damaged = Buffer.from(fixture);
    const second = damaged.lastIndexOf(Buffer.from('hello')) + 5;
    // The header of a block, behind the six bytes of the frame's.
    damaged.fill(0xff, second + 6, second + 9);
    const seen = [await read(file(damaged), { unpackers }), await read(file(damaged), { unpackers })];
    for (const { text, error } of seen) {
      expect(error).toMatchObject({ id: 'E_CORRUPT_INPUT', message: 'x.log holds damaged zstd data' });
      expect((error as { help: string }).help).toContain('zstd -t');
      expect(text).toBe(seen[0]!.text);
    }
    expect(seen[0]!.text === lines(6000)).toBe(true);
    const trailing = await read(file(Buffer.concat([fixture, Buffer.from('garbage at the end')])), { unpackers });
    expect(trailing.error).toMatchObject({ id: 'E_CORRUPT_INPUT' });
    expect(trailing.text === fixtureText).toBe(true);
  });

  test('a bomb is stopped, and progress ends with the size of the file', async () => {
    // Blocks that say: this byte, 128 KiB times.
    const block = Buffer.from([2, 0, 0x10, 10]);
    const bombed = Buffer.concat([
      Buffer.from('28b52ffd0058', 'hex'),
      ...Array.from({ length: 1000 }, () => block),
      Buffer.from([1, 0, 0]),
    ]);
    const limit = { freeBytes: 1 << 20, maxRatio: 300 };
    expect((await read(file(bombed), { unpackers, decompression: limit })).error).toMatchObject({ id: 'E_DECOMPRESSION_LIMIT' });
    const progress: number[] = [];
    await read(file(fixture), { unpackers, onProgress: (bytes) => progress.push(bytes) });
    expect(progress.at(-1)).toBe(fixture.length);
    expect(progress).toEqual([...progress].sort((a, b) => a - b));
  });

  test('a head leaves nothing behind', async () => {
    const input = openInput(file(fixture), { unpackers });
    const head = await input.head(1000);
    expect(head).toMatchObject({ complete: false, compression: 'zstd' });
    expect(fixtureText.startsWith(head.bytes.toString())).toBe(true);
    await noChildren();
  });
});

test('zstd in this process refuses what would take too much memory or a dictionary', async () => {
  const unpackers = nothing;
  const wide = await read(file(Buffer.from('28b52ffd00a8010000', 'hex')), { unpackers });
  expect(wide.error).toMatchObject({ id: 'E_UNSUPPORTED_COMPRESSION' });
  const dictionary = await read(file(Buffer.from('28b52ffd015807010000', 'hex')), { unpackers });
  expect(dictionary.error).toMatchObject({ message: 'cannot read x.log: its zstd data needs a dictionary' });
});

describe.each(tools.filter((tool) => has[tool]))('%s by its program', (tool) => {
  const unpackers: Unpackers = { path: searchPath, builtInZstd: undefined };
  const text = lines(60_000);

  test('whole, and of two parts', async () => {
    const packed = Buffer.concat([pack(tool, text), pack(tool, lines(10))]);
    const progress: number[] = [];
    const { text: found, error } = await read(file(packed), { unpackers, onProgress: (bytes) => progress.push(bytes) });
    expect(error).toBeUndefined();
    expect(found === text + lines(10)).toBe(true);
    expect(progress.at(-1)).toBe(packed.length);
    expect((await read(file(pack(tool, '')), { unpackers })).error).toBeUndefined();
  });

  test('truncated and damaged', async () => {
    const packed = pack(tool, text);
    const whole = pack(tool, lines(20));
    for (const length of [packed.length >> 1, packed.length - 1]) {
      const { text: found, error } = await read(file(Buffer.concat([whole, packed.subarray(0, length)])), { unpackers });
      expect(error).toMatchObject({ id: 'E_TRUNCATED_INPUT', message: `x.log ends in the middle of its ${tool} data` });
      expect((lines(20) + text).startsWith(found)).toBe(true);
      expect(found.startsWith(lines(20))).toBe(true);
      expect(found.endsWith('\n')).toBe(true);
    }
    packed.fill(0xff, packed.length >> 1, (packed.length >> 1) + 64);
    const { error } = await read(file(packed), { unpackers });
    expect(error).toMatchObject({ id: 'E_CORRUPT_INPUT', message: `x.log holds damaged ${tool} data` });
  });

  test('a bomb is stopped', async () => {
    const bombed = file(pack(tool, Buffer.alloc(80 << 20, '\n')));
    const decompression = { freeBytes: 1 << 20, maxRatio: 100 };
    expect((await read(bombed, { unpackers, decompression })).error).toMatchObject({ id: 'E_DECOMPRESSION_LIMIT' });
    await noChildren();
  });

  test('leaving early, an abort and a head leave no process and no zombie', async () => {
    const input = file(pack(tool, text.repeat(3)));
    expect((await openInput(input, { unpackers }).head()).bytes.length).toBeGreaterThan(60_000);
    for await (const _ of openBlocks(input, { unpackers })) break;
    const stop = new AbortController();
    await expect(async () => {
      for await (const _ of openBlocks(input, { unpackers, signal: stop.signal })) stop.abort(new Error('enough'));
    }).rejects.toThrow('enough');
    await noChildren();
  });

  test('an abort ends a wait for a program that says nothing', async () => {
    const path = join(folder, `silent-${tool}`);
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, tool), '#!/bin/sh\nexec /bin/sleep 600\n');
    chmodSync(join(path, tool), 0o755);
    const input = file(pack(tool, text));
    const { error } = await read(input, { unpackers: { path, builtInZstd: undefined }, signal: AbortSignal.timeout(100) });
    expect(error).toMatchObject({ name: 'TimeoutError' });
    await noChildren();
  });
});

test.each([
  ['bzip2', '425a6839314159265359'],
  ['xz', 'fd377a585a000004'],
  ['lz4', '04224d186440a7'],
])('without its program, %s says what to install', async (tool, hex) => {
  for (const path of ['', '.', join(folder, 'none')]) {
    const { error } = await read(file(Buffer.from(hex, 'hex')), { unpackers: { path, builtInZstd: undefined } });
    expect(error).toMatchObject({
      id: 'E_UNSUPPORTED_COMPRESSION',
      message: `x.log is compressed with ${tool}, and no ${tool} is on the PATH to read it`,
    });
    expect((error as { help: string }).help).toContain(`Install ${tool}`);
  }
});

test('a program that is stopped from outside is not a damaged archive', async () => {
  const path = join(folder, 'killed');
  mkdirSync(path);
  writeFileSync(join(path, 'xz'), '#!/bin/sh\nkill -TERM $$\n');
  chmodSync(join(path, 'xz'), 0o755);
  const { error } = await read(file(Buffer.from('fd377a585a000004', 'hex')), { unpackers: { path, builtInZstd: undefined } });
  expect(error).toMatchObject({ id: 'E_UNREADABLE_INPUT', message: 'cannot read x.log: xz was stopped by SIGTERM' });
});

/** A rotated log in every compression that is there; ten fetches, a second apart. */
test('parts of one log in different compressions are read as one', async () => {
  const clock = (second: number): string => new Date(Date.UTC(2026, 2, 2, 10, 15, second)).toISOString().slice(11, 19);
  const part = (from: number): string =>
    Array.from(
      { length: 10 },
      (_, index) =>
        `10.0.0.7 - orders-gw [02/Mar/2026:${clock(from + index)} +0000] "POST /oauth2/token HTTP/1.1" 200 812 "-" "orders-gw/4.2"\n`,
    ).join('');
  const packers: [string, (text: string) => Uint8Array | string][] = [
    ['gz', (text) => gzipSync(text)],
    ...(has.xz ? [['xz', (text: string) => pack('xz', text)] as [string, (text: string) => Uint8Array]] : []),
    ...(has.bzip2 ? [['bz2', (text: string) => pack('bzip2', text)] as [string, (text: string) => Uint8Array]] : []),
    ...(has.lz4 ? [['lz4', (text: string) => pack('lz4', text)] as [string, (text: string) => Uint8Array]] : []),
    ...(has.zstd ? [['zst', (text: string) => pack('zstd', text)] as [string, (text: string) => Uint8Array]] : []),
  ];
  const [packed, plain] = ['rotated', 'plain'].map((name) => join(folder, name)) as [string, string];
  mkdirSync(packed);
  mkdirSync(plain);
  packers.forEach(([suffix, packer], index) => {
    const age = packers.length - index;
    writeFileSync(join(packed, `access.log.${age}.${suffix}`), packer(part(10 * index)));
    writeFileSync(join(plain, `access.log.${age}`), part(10 * index));
  });
  for (const cwd of [packed, plain]) writeFileSync(join(cwd, 'access.log'), part(10 * packers.length));
  const options = { inputs: ['.'], lifetime: ['1h'] };
  const [found, wanted] = [await analyze({ ...options, cwd: packed }), await analyze({ ...options, cwd: plain })];
  expect(found.totals).toEqual(wanted.totals);
  expect(found.input.files.length).toBe(packers.length + 1);
  expect(found.totals.fetches).toMatchObject({ all: 10 * (packers.length + 1) });
  await noChildren();
});
