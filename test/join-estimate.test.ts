/** How many requests a run will have to join, told from heads and sizes. */
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { JoinLog, MAX_JOINED } from '../src/analysis/join-log.js';
import { compile } from '../src/formats/compile.js';
import { formatById } from '../src/formats/index.js';
import { JoinEstimate } from '../src/join-estimate.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'token-tax-estimate-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const { layout, stamped } = formatById('clf-combined')!;
const program = compile(layout);
const line = (path: string): string => `10.0.0.7 - - [02/Mar/2026:10:15:30 +0000] "GET ${path} HTTP/1.1" 200 1184 "-" "gw/4.2"\n`;
const orders = line('/orders/1');

const source = (sizeBytes: number, path = join(folder, 'none.log')) => ({
  ...{ name: 'x.log', path, sizeBytes, group: 'x', named: true },
});

const tooLarge = (head: string, ...sizes: number[]): boolean => {
  const estimate = new JoinEstimate();
  for (const size of sizes)
    estimate.add({ source: source(size), compression: 'none', head: Buffer.from(head), program, stamped });
  return estimate.isTooLarge;
};

const bytesOf = (requests: number): number => Math.ceil(requests * orders.length);

test('sizes add up, and only what is surely too much is', () => {
  const head = orders.repeat(100);
  expect(tooLarge(head, bytesOf(1.05 * MAX_JOINED))).toBe(false);
  expect(tooLarge(head, bytesOf(1.2 * MAX_JOINED))).toBe(true);
  expect(tooLarge(head, ...Array.from({ length: 4 }, () => bytesOf(0.3 * MAX_JOINED)))).toBe(true);
  expect(tooLarge(head, ...Array.from({ length: 4 }, () => bytesOf(0.2 * MAX_JOINED)))).toBe(false);
});

test('requests that need no token are none that could be joined', () => {
  const head = `${orders}${line('/health')}${line('/logo.png')}`.repeat(100);
  const bytes = (head.length / 100) * 1.2 * MAX_JOINED;
  expect(tooLarge(head, bytes)).toBe(true);
  expect(tooLarge(head, bytes / 2)).toBe(false);
});

test('half a line at the end of a head, and a head without a whole one', () => {
  expect(tooLarge(`${orders}${orders.slice(0, 40)}`, bytesOf(1.05 * MAX_JOINED))).toBe(false);
  expect(tooLarge(orders.slice(0, 40), bytesOf(9 * MAX_JOINED))).toBe(false);
});

describe('gzip', () => {
  const estimate = (sizeBytes: number, path: string): boolean => {
    const one = new JoinEstimate();
    one.add({ source: source(sizeBytes, path), compression: 'gzip', head: Buffer.from(orders.repeat(100)), program, stamped });
    return one.isTooLarge;
  };

  test('says itself how much text it holds', () => {
    const path = join(folder, 'x.gz');
    const packed = gzipSync(Buffer.alloc(bytesOf(1.2 * MAX_JOINED)));
    writeFileSync(path, packed);
    expect(estimate(packed.length, path)).toBe(true);
    writeFileSync(path, gzipSync('a little'));
    expect(estimate(200, path)).toBe(false);
  });

  test('is taken for as long as the file where it is cut off or gone', () => {
    const path = join(folder, 'x.gz');
    writeFileSync(path, '');
    truncateSync(path, bytesOf(1.2 * MAX_JOINED));
    expect(estimate(bytesOf(1.2 * MAX_JOINED), path)).toBe(true);
    expect(estimate(bytesOf(0.5 * MAX_JOINED), join(folder, 'gone.gz'))).toBe(false);
  });
});

test('a log that keeps nothing is full from the first request on', () => {
  expect(new JoinLog(0).isFull).toBe(true);
  expect(new JoinLog(1).isFull).toBe(false);
});
