import { execFileSync, spawn, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  createReadStream,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { gunzipHandles } from '../src/input/gunzip.js';
import { findInputs, type InputOptions, type InputSource, openBlocks, openInput, PADDING } from '../src/input/index.js';
import { runs } from './support/runs.js';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'token-tax-open-'));
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

let files = 0;

const source = (path: string): InputSource => ({ name: 'x.log', path, sizeBytes: undefined, group: 'x.log', named: true });

const stdinSource: InputSource = { name: '-', path: undefined, sizeBytes: undefined, group: '-', named: true };

const file = (content: string | Uint8Array): InputSource => {
  files += 1;
  const path = join(folder, `${files}.log`);
  writeFileSync(path, content);
  return source(path);
};

interface Seen {
  text: string;
  blocks: number;
  overlong: { offset: number; bytes: number; line: number }[];
  error?: unknown;
}

/** Everything the blocks say, checking on the way what every block promises. */
const readSeen = async (input: InputSource, options: InputOptions = {}, skipped = 0): Promise<Seen> => {
  const seen: Seen = { text: '', blocks: 0, overlong: [] };
  const parts: string[] = [];
  let offset = skipped;
  let line = 1;
  let unfinished = false;
  try {
    for await (const block of openBlocks(input, options)) {
      const { bytes, start, end, overlongBytes } = block;
      expect(unfinished).toBe(false);
      expect(block.offset).toBe(offset);
      expect(bytes.byteOffset).toBe(0);
      expect(bytes.length).toBeGreaterThanOrEqual(end + PADDING);
      seen.blocks += 1;
      if (overlongBytes > 0) {
        expect(end).toBe(start);
        seen.overlong.push({ offset, bytes: overlongBytes, line });
        offset += overlongBytes + 1;
        line += 1;
        continue;
      }
      expect(end).toBeGreaterThan(start);
      const text = bytes.toString('latin1', start, end);
      unfinished = !text.endsWith('\n');
      line += text.split('\n').length - 1;
      offset += end - start;
      parts.push(text);
    }
  } catch (error) {
    seen.error = error;
  }
  seen.text = parts.join('');
  return seen;
};

const read = readSeen;

const lines = (count: number, from = 0): string =>
  Array.from(
    { length: count },
    (_, index) => `10.0.0.${index % 250} - - "GET /orders/${from + index} HTTP/1.1" 200 ${index * 7}\n`,
  ).join('');

/** Lines that deflate badly, so that archives of some size come out. */
const noise = (count: number): string => {
  let state = 1;
  const next = (): string => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return state.toString(36);
  };
  return Array.from({ length: count }, () => `${next()}${next()}${next()}${next()}${next()}\n`).join('');
};

const openDescriptors = (): number => readdirSync('/proc/self/fd').length;

describe('plain files', () => {
  test('a file of several blocks', async () => {
    const text = lines(60_000);
    const { text: found, blocks, overlong } = await read(file(text));
    expect(found === text).toBe(true);
    expect(blocks).toBeGreaterThan(2);
    expect(overlong).toEqual([]);
  });

  test('an empty file, one newline, no newline at the end, CRLF and NUL bytes', async () => {
    expect(await read(file(''))).toEqual({ text: '', blocks: 0, overlong: [] });
    expect((await read(file('\n'))).text).toBe('\n');
    expect((await read(file('a\nb'))).text).toBe('a\nb');
    expect((await read(file('a\r\nb\r\n'))).text).toBe('a\r\nb\r\n');
    expect((await read(file('a\0\nb'))).text).toBe('a\0\nb');
  });

  test('a UTF-8 byte order mark is left out, and the offset knows', async () => {
    expect(await read(file('\ufeffa\nb\n'), {}, 3)).toMatchObject({ text: 'a\nb\n', blocks: 1 });
    expect(await read(file(gzipSync('\ufeffa\nb\n')), {}, 3)).toMatchObject({ text: 'a\nb\n' });
    expect(await read(file('\ufeff'), {}, 3)).toMatchObject({ text: '', blocks: 0 });
  });

  test.each(['utf16le', 'utf16be'])('UTF-16 is refused with a way out: %s', async (encoding) => {
    const bytes = Buffer.from('\ufeffa\n', 'utf16le');
    const { error } = await read(file(encoding === 'utf16le' ? bytes : bytes.swap16()));
    expect(error).toMatchObject({
      id: 'E_UNREADABLE_INPUT',
      message: 'cannot read x.log: it is UTF-16 text, and token-tax reads UTF-8',
    });
    expect((error as { help: string }).help).toContain('iconv -f UTF-16 -t UTF-8');
  });

  test('a line of 1 MiB is the longest; longer ones are skipped and stand in their place', async () => {
    const mib = 1 << 20;
    const longest = `${'x'.repeat(mib)}\n`;
    expect((await read(file(`a\n${longest}b\n`))).text === `a\n${longest}b\n`).toBe(true);
    for (const size of [mib + 1, 3 * mib]) {
      const text = `first\n${'y'.repeat(size)}\nlast\n`;
      const { text: found, overlong } = await read(file(text));
      expect(found).toBe('first\nlast\n');
      expect(overlong).toEqual([{ offset: 6, bytes: size, line: 2 }]);
    }
    const atTheEnd = await read(file(`a\n${'z'.repeat(3 * mib)}`));
    expect(atTheEnd).toMatchObject({ text: 'a\n', overlong: [{ offset: 2, bytes: 3 * mib, line: 2 }] });
  });

  test('what cannot be opened or read', async () => {
    expect((await read(source(join(folder, 'none')))).error).toMatchObject({
      id: 'E_UNREADABLE_INPUT',
      message: 'cannot read x.log: no such file or folder',
    });
    mkdirSync(join(folder, 'dir'), { recursive: true });
    expect((await read(source(join(folder, 'dir')))).error).toMatchObject({ message: 'cannot read x.log: it is a folder' });
    await expect(openInput(source(join(folder, 'dir'))).head()).rejects.toMatchObject({ id: 'E_UNREADABLE_INPUT' });
  });

  test('a file that grows while it is read ends, with a whole line', async () => {
    const input = file(lines(30_000));
    const size = statSync(input.path!).size;
    appendFileSync(input.path!, 'half a li');
    let length = 0;
    let last = '';
    for await (const { bytes, start, end } of openBlocks(input)) {
      if (length === 0) appendFileSync(input.path!, 'ne\nmore\n');
      else appendFileSync(input.path!, lines(10_000));
      length += end - start;
      last = bytes.toString('latin1', end - 15, end);
    }
    expect(last).toContain('half a line\n');
    expect(length).toBe(size + 'half a line\n'.length);
  });

  test('a file that shrinks while it is read is an error after the lines that were there', async () => {
    const input = file(lines(60_000));
    let blocks = 0;
    await expect(async () => {
      for await (const _ of openBlocks(input)) {
        blocks += 1;
        truncateSync(input.path!, 100);
      }
    }).rejects.toMatchObject({ id: 'E_TRUNCATED_INPUT', message: 'x.log became shorter while it was read' });
    expect(blocks).toBe(1);
  });

  test('files of /proc say that they are empty and are read all the same', async () => {
    expect((await read(source('/proc/self/status'))).text).toContain('Name:');
    expect(await read(source('/dev/null'))).toMatchObject({ text: '', blocks: 0 });
  });

  test('progress counts the bytes on disk, up to all of them', async () => {
    for (const content of [lines(60_000), gzipSync(lines(60_000))]) {
      const progress: number[] = [];
      const input = openInput(file(content), { onProgress: (bytes) => progress.push(bytes) });
      await input.head();
      for await (const _ of input.blocks());
      expect(progress.at(-1)).toBe(content.length);
      expect(progress).toEqual([...progress].sort((a, b) => a - b));
    }
  });

  test('timers run while a long file is read', async () => {
    const input = file(lines(10_000));
    let ticks = 0;
    const timer = setInterval(() => {
      ticks += 1;
    }, 1);
    for await (const _ of openBlocks(input, { readBytes: 256 }));
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(0);
  });
});

test.runIf(/^(20|22|24)\./.test(process.versions.node))('gzip needs no stream in the Nodes in which that was tried', () => {
  expect(gunzipHandles()).toBeDefined();
});

describe.each([
  ['the binding, beside this thread', gunzipHandles(), false],
  ['the binding, on this thread', gunzipHandles(), true],
  ['a stream', undefined, false],
])('gzip by way of %s', (_, gunzip, unpackHere) => {
  const unpackers = { path: '', builtInZstd: undefined, gunzip };
  const read = (input: InputSource, options: InputOptions = {}): Promise<Seen> =>
    readSeen(input, { unpackers, unpackHere, ...options });

  test('is known by its content, not by its name', async () => {
    const text = lines(60_000);
    expect((await read(file(gzipSync(text)))).text === text).toBe(true);
    const plain = file('plain\n');
    expect((await read({ ...plain, name: 'x.log.gz' })).text).toBe('plain\n');
  });

  test('members are one stream, wherever the pieces that we read end', async () => {
    const members = [lines(900), noise(4000), '', lines(3), 'no newline'].map((part) => gzipSync(part));
    const text = `${lines(900)}${noise(4000)}${lines(3)}no newline`;
    for (const readBytes of [256, 1000, 4096, 1 << 20]) {
      expect((await read(file(Buffer.concat(members)), { readBytes })).text === text).toBe(true);
    }
    // A member that ends exactly where a piece ends: pieces of a quarter of readBytes.
    const first = members[0]!;
    for (const piece of [first.length, first.length / 2, first.length - 1, first.length + 1]) {
      const { text: found } = await read(file(Buffer.concat(members)), { readBytes: Math.max(256, Math.ceil(piece) * 4) });
      expect(found === text).toBe(true);
    }
    expect((await read(file(Buffer.concat([...members, Buffer.alloc(512)])))).text === text).toBe(true);
  });

  test('a truncated archive gives its whole lines, then the error, at every place of the break', async () => {
    const text = lines(40_000);
    const packed = gzipSync(text);
    for (const length of [5, 30, packed.length >> 2, packed.length >> 1, packed.length - 9, packed.length - 1]) {
      const { text: found, error } = await read(file(packed.subarray(0, length)));
      expect(error).toMatchObject({ id: 'E_TRUNCATED_INPUT', message: 'x.log ends in the middle of its gzip data' });
      expect(text.startsWith(found)).toBe(true);
      expect(found === '' || found.endsWith('\n')).toBe(true);
      if (length === packed.length - 1) expect(found === text).toBe(true);
    }
    const half = await read(file(packed.subarray(0, packed.length >> 1)));
    expect(half.text.length).toBeGreaterThan(text.length / 3);
  });

  test('a damaged archive gives the same lines every time, then the error', async () => {
    const packed = gzipSync(noise(200_000));
    packed.fill(0xff, packed.length >> 1, (packed.length >> 1) + 64);
    const input = file(packed);
    const runs = [await read(input), await read(input), await read(input)];
    for (const { text, error } of runs) {
      expect(error).toMatchObject({ id: 'E_CORRUPT_INPUT', message: 'x.log holds damaged gzip data' });
      expect(text.length).toBe(runs[0]!.text.length);
    }
    expect(runs[0]!.text.length).toBeGreaterThan(0);
    const trailing = await read(file(Buffer.concat([gzipSync('a\n'), Buffer.from('garbage at the end')])));
    expect(trailing.error).toMatchObject({ id: 'E_CORRUPT_INPUT' });
  });

  test('a bomb is stopped', async () => {
    const bomb = file(gzipSync(Buffer.alloc(80 << 20, '\n')));
    const { error } = await read(bomb);
    expect(error).toMatchObject({ id: 'E_DECOMPRESSION_LIMIT', message: 'x.log grows more than 300 times when decompressed' });
    const allowed = { freeBytes: 1 << 20, maxRatio: 2000 };
    let bytes = 0;
    for await (const { start, end } of openBlocks(bomb, { unpackers, unpackHere, decompression: allowed })) bytes += end - start;
    expect(bytes).toBe(80 << 20);
  });

  test('a pipe that gives a byte at a time, and stops in the middle', async () => {
    const packed = gzipSync(noise(3000));
    const slowly = async (bytes: Uint8Array): Promise<Seen> => {
      const stdin = new PassThrough();
      const found = read(stdinSource, { stdin });
      for (const byte of bytes) {
        stdin.write(Uint8Array.of(byte));
        if (byte % 16 === 0) await setImmediate();
      }
      stdin.end();
      return await found;
    };
    expect((await slowly(packed)).text === noise(3000)).toBe(true);
    expect((await slowly(packed.subarray(0, packed.length - 20))).error).toMatchObject({ id: 'E_TRUNCATED_INPUT' });
  });
});

describe('other archives', () => {
  test.each([
    ['zip', [0x50, 0x4b, 3, 4]],
    ['lzip', [0x4c, 0x5a, 0x49, 0x50]],
    ['compress', [0x1f, 0x9d]],
    ['7z', [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c]],
  ])('%s is named', async (kind, bytes) => {
    const { error } = await read(file(Uint8Array.from(bytes)));
    expect(error).toMatchObject({
      id: 'E_UNSUPPORTED_COMPRESSION',
      message: `x.log is compressed with ${kind}, which token-tax cannot read`,
    });
    expect((error as { help: string }).help).toContain('x.log | token-tax analyze -');
  });
});

describe('pipes and standard input', () => {
  test('a named pipe, plain and packed; its head is not lost', async () => {
    const text = lines(60_000);
    for (const content of [Buffer.from(text), gzipSync(text)]) {
      const path = join(folder, `pipe-${content.length}`);
      execFileSync('mkfifo', [path]);
      const from = file(content);
      const input = openInput(source(path));
      const writer = spawn('sh', ['-c', 'sleep 0.1; cat "$1" > "$2"', 'sh', from.path!, path]);
      const head = await input.head(1000);
      expect(head.bytes.toString()).toBe(text.slice(0, text.lastIndexOf('\n', 999) + 1));
      expect(head.complete).toBe(false);
      expect((await input.head(10)).bytes.toString()).toBe(text.slice(0, text.indexOf('\n') + 1));
      let found = '';
      for await (const { bytes, start, end } of input.blocks()) found += bytes.toString('latin1', start, end);
      expect(found === text).toBe(true);
      expect(writer.exitCode ?? 0).toBe(0);
      await expect(input.blocks().next()).rejects.toThrow('can be read only once');
    }
  });

  test('standard input of this process, from a pipe, a file and nothing', () => {
    const text = lines(30_000);
    const script = `
      import { openInput } from ${JSON.stringify(join(import.meta.dirname, '../src/input/open.ts'))};
      const input = openInput({ name: '-', path: undefined, sizeBytes: undefined, group: '-', named: true });
      const head = await input.head(100);
      let length = 0, blocks = 0;
      for await (const { start, end } of input.blocks()) { length += end - start; blocks += 1; }
      console.log(JSON.stringify({ head: head.bytes.length, length, blocks }));
    `;
    const program = join(folder, 'stdin.mjs');
    const bundle = join(folder, 'stdin-bundle.mjs');
    writeFileSync(program, script);
    execFileSync('npx', [
      'esbuild',
      program,
      '--bundle',
      '--platform=node',
      '--format=esm',
      `--outfile=${bundle}`,
      '--log-level=error',
    ]);
    const run = (
      stdin: 'ignore' | number | undefined,
      input?: string | Buffer,
    ): { head: number; length: number; blocks: number } => {
      const { stdout, stderr } = spawnSync(process.execPath, [bundle], { stdio: [stdin ?? 'pipe', 'pipe', 'pipe'], input });
      expect(stderr.toString()).toBe('');
      return JSON.parse(stdout.toString());
    };
    const head = text.lastIndexOf('\n', 99) + 1;
    expect(run(undefined, text)).toMatchObject({ head, length: text.length });
    expect(run(undefined, gzipSync(text))).toMatchObject({ head, length: text.length });
    expect(run(openSync(file(text).path!, 'r'))).toMatchObject({ head, length: text.length, blocks: 2 });
    expect(run('ignore')).toEqual({ head: 0, length: 0, blocks: 0 });
  });

  test('any stream can stand for standard input, and its failure is told', async () => {
    const pieces = ['a\nb', 'b\nc', 'c'].map((piece) => Buffer.from(piece));
    expect((await read(stdinSource, { stdin: Readable.from(pieces) })).text).toBe('a\nbb\ncc');
    const failing = Readable.from(
      (async function* () {
        yield Buffer.from('a\nb');
        throw new Error('socket hang up');
      })(),
    );
    const { text, error } = await read(stdinSource, { stdin: failing });
    expect(text).toBe('a\n');
    expect(error).toMatchObject({ id: 'E_UNREADABLE_INPUT', message: 'cannot read -: socket hang up' });
  });

  test('a redirected file that starts in the middle', async () => {
    const { path } = file('first\nsecond\n');
    const fd = openSync(path!, 'r');
    readSync(fd, Buffer.alloc(6));
    const stdin = createReadStream(path!, { fd });
    expect((await read(stdinSource, { stdin })).text).toBe('second\n');
    stdin.destroy();
  });

  test('an abort ends a wait for a pipe that stays silent', async () => {
    for (const start of ['', 'a\nhalf', gzipSync(lines(100)).subarray(0, 200)]) {
      const stdin = new PassThrough();
      stdin.write(start || Buffer.from('x'));
      const stop = new AbortController();
      setTimeout(() => stop.abort(new Error('enough')), 20);
      const seen = await read(stdinSource, { stdin, signal: stop.signal });
      expect(seen.error).toMatchObject({ message: 'enough' });
      expect(seen.text === '' || seen.text.endsWith('\n')).toBe(true);
      const silent = openInput(stdinSource, { stdin: new PassThrough(), signal: AbortSignal.timeout(20) });
      await expect(silent.head()).rejects.toMatchObject({ name: 'TimeoutError' });
    }
  });
});

describe('heads', () => {
  test('hold whole lines only', async () => {
    const input = openInput(file('one\ntwo\nthree\n'));
    expect(await input.head()).toEqual({ bytes: Buffer.from('one\ntwo\nthree\n'), complete: true, compression: 'none' });
    expect(await input.head(9)).toMatchObject({ bytes: Buffer.from('one\ntwo\n'), complete: false });
    expect(await input.head(1)).toMatchObject({ bytes: Buffer.from('one\n'), complete: false });
    expect(await openInput(file('')).head()).toMatchObject({ bytes: Buffer.alloc(0), complete: true });
    expect(await openInput(file('no newline')).head()).toMatchObject({ bytes: Buffer.from('no newline'), complete: true });
    expect(await openInput(file('\ufeffa\n')).head()).toMatchObject({ bytes: Buffer.from('a\n'), complete: true });
  });

  test('leave out a first line that is too long, and survive damage behind them', async () => {
    const long = openInput(file(`${'x'.repeat(3 << 20)}\na\nb\n`));
    expect(await long.head()).toMatchObject({ bytes: Buffer.from('a\nb\n'), complete: false });
    expect(await openInput(file('x'.repeat(20 << 20))).head()).toMatchObject({ bytes: Buffer.alloc(0), complete: false });
    const packed = gzipSync(lines(5000));
    const broken = openInput(file(packed.subarray(0, packed.length >> 1)));
    const head = await broken.head();
    expect(head).toMatchObject({ complete: false, compression: 'gzip' });
    expect(lines(5000).startsWith(head.bytes.toString())).toBe(true);
    expect(head.bytes.length).toBeGreaterThan(1000);
  });

  test('thousands of small files leave no descriptor open', async () => {
    const path = join(folder, 'many');
    mkdirSync(path);
    for (let index = 0; index < 3000; index += 1) {
      writeFileSync(join(path, `${index}.log`), index % 3 === 0 ? gzipSync(`line ${index}\n`) : `line ${index}\n`);
    }
    const { sources } = await findInputs(['many'], folder);
    expect(sources.length).toBe(3000);
    const before = openDescriptors();
    const inputs = sources.map((each) => openInput(each));
    for (const input of inputs) expect((await input.head()).bytes.toString()).toMatch(/^line \d+\n$/);
    expect(openDescriptors()).toBe(before);
    for (const input of inputs) for await (const _ of input.blocks());
    expect(openDescriptors()).toBe(before);
  });
});

test('leaving early closes the file', async () => {
  const inputs = [file(lines(60_000)), file(gzipSync(lines(60_000)))];
  const before = openDescriptors();
  for (const input of inputs) {
    for await (const _ of openBlocks(input)) break;
    const stop = new AbortController();
    await expect(async () => {
      for await (const _ of openBlocks(input, { signal: stop.signal })) stop.abort(new Error('enough'));
    }).rejects.toThrow('enough');
    expect((await read(input, { signal: AbortSignal.abort(new Error('before')) })).error).toMatchObject({ message: 'before' });
  }
  expect(openDescriptors()).toBe(before);
});

test('blocks put together are the content without overlong lines, for any content and any sizes', async () => {
  const piece = fc.oneof(
    fc.constant('\n'),
    fc.constant('\r\n'),
    fc.string({ maxLength: 12, unit: fc.constantFrom('a', 'b', ' ', '\n') }),
    fc.integer({ min: 0, max: 90 }).map((length) => 'x'.repeat(length)),
  );
  const content = fc.array(piece, { maxLength: 60 }).map((pieces) => pieces.join(''));
  const sizes = fc.record({ readBytes: fc.integer({ min: 1, max: 70 }), maxLineBytes: fc.integer({ min: 1, max: 60 }) });
  await fc.assert(
    fc.asyncProperty(content, sizes, fc.boolean(), async (text, options, packed) => {
      const whole = text.split('\n').map((line, index, all) => (index < all.length - 1 ? `${line}\n` : line));
      const isLong = (line: string): boolean => line.replace(/\n$/, '').length > options.maxLineBytes;
      const input = file(packed ? gzipSync(text) : text);
      const seen = await read(input, options);
      rmSync(input.path!);
      expect(seen.error).toBeUndefined();
      expect(seen.text).toBe(whole.filter((line) => !isLong(line)).join(''));
      expect(seen.overlong.map(({ line, bytes }) => [line, bytes])).toEqual(
        whole.flatMap((line, index) => (isLong(line) ? [[index + 1, line.replace(/\n$/, '').length]] : [])),
      );
    }),
    { numRuns: runs(500) },
  );
});
