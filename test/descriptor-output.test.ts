/** What is written to a pipe or file by its number arrives whole, also where nobody reads for a while, and says when nobody will. */
import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readFileSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ofDescriptor, send } from '../src/cli/io.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'token-tax-io-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const never = (): NodeJS.WriteStream => {
  throw new Error('no stream is needed here');
};

test('a file gets all texts in order', async () => {
  const descriptor = openSync(join(folder, 'out'), 'w');
  const output = ofDescriptor(descriptor, never);
  expect(output.isTTY).toBe(false);
  for (const text of ['1\n', 'é\n', 'x'.repeat(200_000)]) expect(await send(output, text)).toBe(true);
  closeSync(descriptor);
  expect(readFileSync(join(folder, 'out'), 'utf8')).toBe(`1\né\n${'x'.repeat(200_000)}`);
});

test('what a full pipe that does not wait cannot take goes through a stream, and all that follows', async () => {
  const fifo = join(folder, 'pipe');
  execFileSync('mkfifo', [fifo]);
  const descriptor = openSync(fifo, constants.O_RDWR | constants.O_NONBLOCK);
  const stream = new PassThrough({ highWaterMark: 10_000_000 });
  const output = ofDescriptor(descriptor, () => stream as unknown as NodeJS.WriteStream);
  // Letters of two bytes, so that a cut may fall into one.
  const text = `a${'é'.repeat(300_000)}`;
  expect([await send(output, text), await send(output, 'end')]).toEqual([true, true]);
  const taken: Buffer[] = [];
  const piece = Buffer.alloc(65_536);
  for (;;) {
    try {
      taken.push(Buffer.from(piece.subarray(0, readSync(descriptor, piece))));
    } catch {
      break;
    }
  }
  closeSync(descriptor);
  const later = stream.read() as Buffer;
  expect(Buffer.concat(taken).length).toBeGreaterThan(0);
  expect(later.length).toBeGreaterThan(3);
  expect(Buffer.concat([...taken, later]).toString()).toBe(`${text}end`);
});

test('a reader that has gone is told from a disk that is full', async () => {
  const fifo = join(folder, 'pipe');
  execFileSync('mkfifo', [fifo]);
  const reader = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK);
  const descriptor = openSync(fifo, 'w');
  closeSync(reader);
  expect(await send(ofDescriptor(descriptor, never), 'text')).toBe(false);
  closeSync(descriptor);
  const full = openSync('/dev/full', 'w');
  await expect(send(ofDescriptor(full, never), 'text')).rejects.toThrow(/cannot write the output/);
  closeSync(full);
});
