/** The captures of fixtures/servers made on the spot, by whatever versions are installed here. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { differences } from '../support/server-captures.js';

let out: string;
beforeAll(() => {
  out = mkdtempSync(join(tmpdir(), 'token-tax-servers-'));
});
afterAll(() => rmSync(out, { recursive: true, force: true }));

test.each(['nginx', 'apache', 'haproxy', 'squid', 'varnish', 'caddy'])(
  '%s: what it logs of known requests is read as they were',
  async (server) => {
    await promisify(execFile)(process.execPath, ['fixtures/servers/make.mjs', '--out', out, server], { timeout: 50_000 });
    expect(await differences(join(out, server), server)).toEqual([]);
  },
  60_000,
);
