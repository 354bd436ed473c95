import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { threading } from '../../src/threads.js';

/** For a suite that reads with threads: a folder of its own, with the worker in it, and a way to share out even the smallest log. */
export function sharedReading() {
  const folder = mkdtempSync(join(tmpdir(), 'token-tax-workers-'));
  const own = { ...threading };
  beforeAll(async () => {
    await build({
      entryPoints: { worker: 'src/worker.ts' },
      outdir: folder,
      outExtension: { '.js': '.mjs' },
      bundle: true,
      format: 'esm',
      platform: 'node',
      target: 'node20.19',
      logLevel: 'warning',
    });
  });
  afterEach(() => {
    const { minBytes, rangeBytes, worker } = own;
    Object.assign(threading, { minBytes, rangeBytes, worker });
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  const share = (rangeBytes: number, worker = join(folder, 'worker.mjs')): void => {
    Object.assign(threading, { minBytes: 0, rangeBytes, worker: pathToFileURL(worker) });
  };
  return { folder, share };
}
