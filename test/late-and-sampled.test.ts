/** Lines out of order are counted and change nothing else; a sampled log decides nothing, and says so. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Analysis } from '../src/analysis/result.js';
import { SilenceMeter } from '../src/analysis/silence.js';
import { main } from '../src/cli/main.js';
import { analyze } from '../src/pipeline.js';
import { fakeIo } from './support/fake-io.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'late-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

interface Line {
  readonly ms: number;
  readonly durationMs: number;
  readonly isToken: boolean;
  readonly client: number;
}

const text = ({ ms, durationMs, isToken, client }: Line): string =>
  JSON.stringify({
    time: new Date(Date.UTC(2026, 2, 2) + ms).toISOString(),
    method: isToken ? 'POST' : 'GET',
    path: isToken ? '/oauth2/token' : '/orders',
    status: 200,
    duration_ms: durationMs,
    client_id: `c${client}`,
    client_ip: '10.0.0.7',
  });

const read = async (lines: readonly Line[], more: Partial<Parameters<typeof analyze>[0]> = {}): Promise<Analysis> => {
  writeFileSync(join(folder, 'a.log'), `${lines.map(text).join('\n')}\n`);
  return await analyze({ inputs: ['a.log'], cwd: folder, lifetime: ['60s'], ...more });
};

const lines = fc.array(fc.record({ ms: fc.nat(3_600_000), durationMs: fc.nat(900), isToken: fc.boolean(), client: fc.nat(2) }), {
  minLength: 12,
  maxLength: 60,
});
const inOrder = (all: readonly Line[]): Line[] => [...all].sort((a, b) => a.ms - b.ms);

/** Late are those behind a later stamp. */
const slowLate = (all: readonly Line[]): { count: number; maxMs: number } => {
  const by = all.map(({ ms }, at) => Math.max(0, ...all.slice(0, at).map((before) => before.ms - ms)));
  return { count: by.filter((late) => late > 0).length, maxMs: Math.max(...by) };
};

describe('lines out of order', () => {
  test('are counted, and the figures are those of the log in order, with and without a window', async () => {
    await fc.assert(
      fc.asyncProperty(lines, fc.constantFrom(undefined, '2026-03-02T00:20:00Z'), async (all, since) => {
        const options = since === undefined ? {} : { since };
        const [found, wanted] = [await read(all, options), await read(inOrder(all), options)];
        expect(found.input.files[0]!.outOfOrder).toEqual(slowLate(all));
        expect(wanted.input.files[0]!.outOfOrder).toEqual({ count: 0, maxMs: 0 });
        expect(found.totals).toEqual(wanted.totals);
        expect(found.keys).toEqual(wanted.keys);
        expect(found.window).toEqual(wanted.window);
        expect(found.warnings.some(({ id }) => id === 'late-lines')).toBe(slowLate(all).maxMs > 60_000);
      }),
      { numRuns: 40 },
    );
  }, 60_000);
});

test('the longest silence is that of the sorted requests, however late some are told', () => {
  // Nothing hangs on less than a second; dense logs have few longer ones.
  const span = fc.constantFrom(2000, 8000, 100_000, 4_000_000);
  const request = fc.record({ from: fc.double({ min: 0, max: 1, noNaN: true }), length: fc.nat(1500), swap: fc.nat(100) });
  fc.assert(
    fc.property(fc.array(request, { maxLength: 1200, size: 'max' }), span, fc.constantFrom(0.05, 1), (list, spanMs, share) => {
      const all = list.map((one) => ({
        ...one,
        from: Math.floor(one.from * spanMs) + (one.from > 0.8 ? 3000 : 0),
        length: Math.floor(one.length * share),
      }));
      const sorted = all.map(({ from, length, swap }) => [from, from + length, swap] as const).sort((a, b) => a[0] - b[0]);
      // Each is at most so many places late.
      const told = sorted.map((one, at) => ({ one, at: at + one[2] })).sort((a, b) => a.at - b.at);
      const meter = new SilenceMeter();
      for (const { one } of told) meter.add(one[0], one[1]);
      let [longest, end] = [0, -Infinity];
      for (const [from, to] of sorted) {
        if (end > -Infinity) longest = Math.max(longest, from - end);
        end = Math.max(end, to);
      }
      expect(Math.max(1000, meter.longestMs)).toBe(Math.max(1000, longest));
      expect(meter.longestMs).toBeLessThanOrEqual(longest);
      expect([meter.firstMs, meter.lastEndMs]).toEqual([sorted[0]?.[0] ?? Infinity, end]);
    }),
  );
});

describe('--sampled', () => {
  const fetches = Array.from({ length: 30 }, (_, at): Line => ({ ms: at * 1000, durationMs: 10, isToken: true, client: 0 }));

  test('no fetch has a verdict, the result says why, and the run is not green', async () => {
    const whole = await read(fetches);
    expect(whole.totals.fetches).toMatchObject({ ok: 30, redundant: 29 });
    const part = await read(fetches, { sampled: '1/10' });
    expect(part.totals.fetches).toMatchObject({ all: 30, ok: 30, necessary: 0, ahead: 0, redundant: 0, unknown: 30 });
    expect(part.totals.redundantShare).toMatchObject({ low: 0, high: 1 });
    expect(part.totals.hitRatio).toMatchObject({ observed: null, achievable: null });
    expect(part.inconclusive).toMatch(/only a part of the requests was logged/);
    expect(part.warnings.map(({ id }) => id)).toContain('sampled');
    const io = fakeIo({ cwd: folder });
    expect(await main(['analyze', 'a.log', '--sampled', '10%'], io)).toBe(4);
    expect(io.out()).toContain('Inconclusive');
  });

  test('all of the requests is no sample; what is no share is refused', async () => {
    expect((await read(fetches, { sampled: '100%' })).inconclusive).toBeNull();
    for (const sampled of ['0', '2/1', '1/0', '-1', 'x', '1.5', '200%'])
      await expect(read(fetches, { sampled })).rejects.toThrow('--sampled cannot be');
  });
});

test('a header logged in the place of an address is not taken for one, and does not leave', async () => {
  const line = '0 Authorization: Bearer zq9MARKERzq9zq9zq9zq9zq9 w [02/Mar/2026:10:15:30 +0000] "POST /" 200 4 "" "w2"\n';
  writeFileSync(join(folder, 'a.log'), line.repeat(5));
  for (const command of ['export', 'analyze']) {
    const io = fakeIo({ cwd: folder });
    await main([command, 'a.log'], io);
    expect(io.out() + io.err()).not.toBe('');
    expect(io.out() + io.err()).not.toContain('MARKER');
  }
});

describe('a log that says itself that it holds a part', () => {
  const record = (second: number, more: Readonly<Record<string, unknown>>): string =>
    `${JSON.stringify({ time: new Date(Date.parse('2026-03-02T10:00:00Z') + second * 1000).toISOString(), method: 'POST', path: '/oauth2/token', status: 200, client_id: 'orders', expires_in: 3600, ...more })}\n`;
  const analysed = async (more: Readonly<Record<string, unknown>>, options: { readonly sampled?: string } = {}) => {
    const cwd = mkdtempSync(join(tmpdir(), 'sampled-'));
    try {
      writeFileSync(join(cwd, 'a.log'), Array.from({ length: 30 }, (_, second) => record(second, more)).join(''));
      return await analyze({ inputs: ['a.log'], cwd, ...options });
    } finally {
      rmSync(cwd, { recursive: true, force: true });
    }
  };

  test.each([
    [{ itemCount: 10 }, '1/10'],
    [{ sample_rate: 0.25 }, '1/4'],
    [{ SampleInterval: '100' }, '1/100'],
    [{ sampling: { ratio: 0.3 } }, undefined],
    [{ envoy: { 'sampling.ratio': 0.3 } }, '0.3'],
  ])('%j', async (more, share) => {
    const { totals, inconclusive, warnings, assumptions } = await analysed(more);
    if (share === undefined) {
      expect(inconclusive).toBeNull();
      return;
    }
    expect(inconclusive).toContain(`a part of the requests was logged (${share})`);
    expect(totals.fetches).toMatchObject({ ok: 30, redundant: 0, unknown: 30 });
    expect(warnings.find(({ id }) => id === 'sampled')?.message).toContain('If they hold all, say so: --sampled 100%');
    expect(assumptions.find(({ id }) => id === 'log.sampled')).toMatchObject({
      value: share,
      from: expect.stringContaining('the field '),
    });
  });

  test('one for one is a whole log, and so is what the user calls one', async () => {
    expect((await analysed({ itemCount: 1, sample_rate: 1 })).inconclusive).toBeNull();
    const { inconclusive, totals } = await analysed({ itemCount: 10 }, { sampled: '100%' });
    expect(inconclusive).toBeNull();
    expect(totals.fetches.redundant).toBe(29);
  });
});
