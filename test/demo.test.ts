import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { main } from '../src/cli/main.js';
import { fakeIo } from './support/fake-io.js';

test('the demo counts every fetch before, one per service after, and leaves what it names', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'token-tax-demo-test-'));
  try {
    const io = fakeIo({ cwd: folder });
    const status = await main(['demo', '--output', 'out'], io);
    expect([io.err(), status]).toEqual(['', 0]);
    expect(io.out()).toMatch(/token fetches at the provider +480 +3\n/);
    for (const leg of ['before', 'after']) {
      const result = JSON.parse(readFileSync(join(folder, 'out', leg, 'result.json'), 'utf8')) as {
        totals: { fetches: { all: number } };
      };
      expect(result.totals.fetches.all).toBe(leg === 'before' ? 480 : 3);
      const page = readFileSync(join(folder, 'out', leg, 'report.html'), 'utf8');
      expect(page).toMatch(/^<!doctype html>/i);
      expect(page).not.toMatch(/demo-secret|eyJhbGciOi/);
      expect(io.out()).toContain(join('out', leg, 'report.html'));
      expect(readFileSync(join(folder, 'out', leg, 'idp.log'), 'utf8')).not.toMatch(/demo-secret|eyJ/);
    }
    expect(io.isListening()).toBe(false);
    const again = fakeIo({ cwd: folder });
    expect(await main(['demo', '--output', 'out'], again)).toBe(3);
    expect(existsSync(join(folder, 'out', 'before'))).toBe(true);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}, 60_000);
