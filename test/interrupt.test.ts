import { execFileSync, spawn } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Analysis } from '../src/analysis/result.js';

const LINES = 8000;
const BLOCKS = 300;
const PACKS = 4;

/** A megabyte and more of requests and fetches. */
const block = Array.from({ length: LINES }, (_, at) => {
  const isFetch = at % 10 === 0;
  const second = String(Math.floor((at * 60) / LINES)).padStart(2, '0');
  return (
    `10.0.${at % 7}.9 - - [02/Mar/2026:10:00:${second} +0000] "${isFetch ? 'POST /oauth2/token' : `GET /api/v1/orders/${at}`} HTTP/1.1" ` +
    `200 ${500 + (at % 90)} "-" "orders-${at % 7}/1.4 okhttp/4.12.0" rt=0.0${10 + (at % 80)} urt="0.0${10 + (at % 80)}" cs=MISS rid=${at}\n`
  );
}).join('');

let folder: string;
const path = (name: string): string => join(folder, name);

interface Run {
  readonly status: number | null;
  readonly stdout: string;
}

/** Sends SIGINT with the first line of progress: the run is in the middle of its inputs then. */
const interrupted = (...args: string[]): Promise<Run> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['bin/token-tax.js', 'analyze', '--progress', '20ms', ...args]);
    let stdout = '';
    child.stdout.on('data', (text: Buffer) => {
      stdout += text.toString();
    });
    let isSent = false;
    child.stderr.on('data', (text: Buffer) => {
      if (isSent || !text.toString().includes('reading')) return;
      isSent = child.kill('SIGINT');
    });
    child.once('error', reject);
    child.once('close', (status) => resolve({ status, stdout }));
  });

beforeAll(() => {
  if (!existsSync('dist/cli.cjs')) execFileSync(process.execPath, ['scripts/build.mjs'], { stdio: 'inherit' });
  folder = mkdtempSync(join(tmpdir(), 'token-tax-'));
  mkdirSync(path('packs'));
  const packed = gzipSync(block, { level: 1 });
  for (let at = 0; at < BLOCKS; at += 1) {
    appendFileSync(path('plain.log'), block);
    appendFileSync(path('packed.log.gz'), packed);
    for (let pack = 0; pack < PACKS; pack += 1) if (at < BLOCKS / 2) appendFileSync(path(`packs/${pack}.log.gz`), packed);
  }
}, 60_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('Ctrl-C in the middle of a log gives what was read so far, and says so', () => {
  test.each([
    ['one thread', 'plain.log', '1', 1, BLOCKS],
    ['two threads', 'plain.log', '2', 1, BLOCKS],
    ['one thread, packed', 'packed.log.gz', '1', 1, BLOCKS],
    ['two threads, packed', 'packed.log.gz', '2', 1, BLOCKS],
    ['two threads, several packed', 'packs', '2', PACKS, (BLOCKS / 2) * PACKS],
  ])('%s', { timeout: 30_000 }, async (_, name, workers, files, blocks) => {
    const { status, stdout } = await interrupted(path(name), '--workers', workers, '--format', 'json');
    expect(status).toBe(130);
    const { complete, input } = JSON.parse(stdout) as Analysis;
    expect(complete).toBe(false);
    expect(input.files).toHaveLength(files);
    expect(input.files.map(({ error }) => error)).toContain('interrupted');
    expect(input.lines.read).toBeGreaterThan(0);
    expect(input.lines.read).toBeLessThan(blocks * LINES);
    expect(input.lines.parsed).toBe(input.lines.read);
  });

  test('in the report for people too', { timeout: 30_000 }, async () => {
    const { status, stdout } = await interrupted(path('plain.log'), '--workers', '2');
    expect(status).toBe(130);
    expect(stdout).toContain('PARTIAL RESULT: 1 of 1 file not read to the end');
    expect(stdout).toContain('plain.log: interrupted');
  });
});
