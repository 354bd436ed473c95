/**
 * The captured logs of real servers: what the program counts is what the provider counted (`truth.json`), and what it concludes is
 * what an independent reader concludes from the same definitions (`reference.mjs`), however the same lines come in.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { referenceFor } from '../fixtures/captures/reference.mjs';
import type { Analysis, Finding } from '../src/analysis/result.js';
import { type AnalyzeOptions, analyze } from '../src/pipeline.js';
import { json } from '../src/report/json.js';

interface Truth {
  readonly lifetimeSeconds: number;
  readonly provider: { readonly tokensIssued: number; readonly failedByStatus: Readonly<Record<string, number>> };
  readonly siblings: { readonly discovery: number; readonly jwks: number; readonly introspection: number };
  readonly gateway: { readonly requestsSent: number };
}

const root = 'fixtures/captures';
const names = readdirSync(root, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

let work: string;
beforeAll(() => {
  work = mkdtempSync(join(tmpdir(), 'token-tax-captures-'));
});
afterAll(() => rmSync(work, { recursive: true, force: true }));

/** Everything but what tells the files apart: their names, sizes and number. Evidence is the lines that it points at, by number and by byte. */
const figures = ({ input, ...rest }: Analysis, dir: string): unknown => {
  const { read, parsed, rejected, notRequests } = input.lines;
  const lineAt = ({ file, line, byte }: Finding['evidence'][number]): string => {
    const whole = readFileSync(join(dir, file === '-' ? 'issuer.log' : file));
    const text = file.endsWith('.gz') ? gunzipSync(whole) : whole;
    const byByte = text.subarray(byte).toString().split(/\r?\n/, 1)[0]!;
    const byLine = text.toString().split(/\r?\n/)[line - 1]!;
    expect(byByte.replace('\ufeff', '')).toBe(byLine.replace('\ufeff', ''));
    return byByte.replace('\ufeff', '');
  };
  const findings = rest.findings.map((finding) => ({ ...finding, evidence: finding.evidence.map(lineAt) }));
  return { ...rest, findings, lines: { read, parsed, rejected, notRequests } };
};

test('there are captures', () => expect(names.length).toBeGreaterThanOrEqual(7));

for (const name of names) {
  const dir = resolve(root, name);
  const truth = JSON.parse(readFileSync(join(dir, 'truth.json'), 'utf8')) as Truth;
  const logs = readdirSync(dir).filter((file) => file.endsWith('.log'));
  const pasted = readdirSync(dir).includes('log-format.txt');
  const options: Omit<AnalyzeOptions, 'inputs'> = {
    lifetime: [`${truth.lifetimeSeconds}s`],
    ...(pasted ? { logFormat: readFileSync(join(dir, 'log-format.txt'), 'utf8') } : {}),
  };
  /** A log as the gateway, the provider or the loopback endpoint wrote it. */
  const text = (file: string): string => readFileSync(join(dir, file), 'utf8');
  const folder = (label: string, files: Readonly<Record<string, string | Buffer>>): string => {
    const path = join(work, name, label);
    mkdirSync(path, { recursive: true });
    for (const [file, content] of Object.entries(files)) writeFileSync(join(path, file), content);
    return path;
  };

  describe(name, () => {
    let plain: Analysis;
    beforeAll(async () => {
      plain = await analyze({ ...options, inputs: logs, cwd: dir });
    });

    test('counts what the provider counted', () => {
      const { fetches, failedByStatus } = plain.totals;
      const failed = Object.values(truth.provider.failedByStatus).reduce((sum, count) => sum + count, 0);
      const { tokensIssued: ok } = truth.provider;
      expect(fetches).toMatchObject({ all: ok + failed, ok, failed, excluded: 0, unknown: 0 });
      expect(failedByStatus).toEqual(truth.provider.failedByStatus);
      expect(plain.totals.fetchesWithoutStatus).toBe(0);
      expect(plain.siblings).toEqual({ ...truth.siblings, userinfo: 0, revocation: 0, review: 0 });
    });

    test('tells the logs by their roles and reads every line', () => {
      const role = { 'gateway.log': 'gateway', 'issuer.log': 'issuer', 'loopback.log': 'loopback' };
      expect(Object.fromEntries(plain.input.files.map(({ name: file, role }) => [basename(file), role]))).toEqual(
        Object.fromEntries(logs.map((file) => [file, role[file as keyof typeof role]])),
      );
      const lines = logs.reduce((sum, file) => sum + text(file).trimEnd().split('\n').length, 0);
      expect(plain.input.lines).toMatchObject({ read: lines, parsed: lines, rejected: 0, blank: 0 });
      expect(plain).toMatchObject({ complete: true, inconclusive: null, warnings: [] });
    });

    test('concludes what the reference concludes', () => {
      const found = referenceFor(dir);
      const { necessary, ahead, redundant } = found;
      expect(plain.totals.demand).toBe(found.demand);
      expect(plain.totals.fetches).toMatchObject({ necessary, ahead, redundant });
      expect(plain.totals.redundantShare.value).toBeCloseTo(redundant / found.ok, 6);
      // One node: nothing more to share.
      expect(plain.totals.shared).toEqual({ necessary, ahead, redundant });
      expect(plain.keys).toHaveLength(1);
      // What `redundant` may be is worked out from these.
      expect(plain.keys[0]!.bounds).toMatchObject({
        byDemand: { low: found.overDemand, high: found.overDemand },
        byFetches: { low: found.overFetches, high: found.overFetches },
      });
      expect(plain.keys[0]!.fetchMs!.p50).toBe(found.fetchMs);
      expect(plain.totals.hitRatio.observed).toBeCloseTo(Math.max(0, 1 - found.ok / found.demand), 6);
      expect(plain.totals.hitRatio.achievable).toBeCloseTo(1 - necessary / found.demand, 6);
    });

    test('--holder shared concludes the same of one node', async () => {
      const { totals } = await analyze({ ...options, inputs: logs, cwd: dir, holder: 'shared' });
      expect(totals.fetches).toEqual(plain.totals.fetches);
    });

    test('other lifetimes and margins, as the reference', async () => {
      for (const [lifetimeMs, marginMs] of [
        [5_000, 0],
        [10_000, 1_000],
        [60_000, 30_000],
      ] as const) {
        const found = referenceFor(dir, { lifetimeMs, marginMs });
        const { totals, keys } = await analyze({
          ...options,
          inputs: logs,
          cwd: dir,
          lifetime: [`${lifetimeMs}ms`],
          margin: `${marginMs}ms`,
        });
        const { necessary, ahead, redundant, unknown } = totals.fetches;
        const { low, high } = keys[0]!.bounds.byDemand!;
        // Stamps of a second leave some open against lives of seconds: then the truth is between the bounds.
        expect(low <= found.overDemand && found.overDemand <= high).toBe(true);
        expect(redundant <= found.redundant && found.redundant <= redundant + unknown).toBe(true);
        const exact = { necessary: found.necessary, ahead: found.ahead, redundant: found.redundant };
        if (low === high && unknown === 0) expect({ necessary, ahead, redundant }).toEqual(exact);
      }
    });

    test('logs what the loopback endpoint logged', () => {
      const words = referenceFor(dir).loopbackWords;
      const { hit, miss, expired } = plain.totals.loggedCache[0] ?? { hit: 0, miss: 0, expired: 0 };
      expect({ hit, miss, expired }).toEqual({ hit: words.HIT ?? 0, miss: words.MISS ?? 0, expired: words.EXPIRED ?? 0 });
    });

    test('two runs and any order of names give the same bytes', async () => {
      const again = await analyze({ ...options, inputs: logs, cwd: dir });
      expect(json(again)).toBe(json(plain));
      const reversed = await analyze({ ...options, inputs: [...logs].reverse(), cwd: dir });
      expect(json(reversed)).toBe(json(plain));
    });

    test('gzip changes nothing', async () => {
      const cwd = folder('gzip', Object.fromEntries(logs.map((file) => [`${file}.gz`, gzipSync(text(file))])));
      const found = await analyze({ ...options, inputs: ['.'], cwd });
      expect(figures(found, cwd)).toEqual(figures(plain, dir));
    });

    test('CRLF, a BOM and a missing last newline change nothing', async () => {
      const windows = (file: string): string => `\ufeff${text(file).trimEnd().replaceAll('\n', '\r\n')}`;
      const cwd = folder('crlf', Object.fromEntries(logs.map((file) => [file, windows(file)])));
      const found = await analyze({ ...options, inputs: logs, cwd });
      expect(figures(found, cwd)).toEqual(figures(plain, dir));
    });

    test('rotated files change nothing', async () => {
      const parts = logs.flatMap((file): [string, string | Buffer][] => {
        const lines = text(file).trimEnd().split('\n');
        const third = Math.ceil(lines.length / 3);
        const part = (from: number, to?: number): string => `${lines.slice(from, to).join('\n')}\n`;
        return [
          [`${file}.2.gz`, gzipSync(part(0, third))],
          [`${file}.1`, part(third, 2 * third)],
          [file, part(2 * third)],
        ];
      });
      const cwd = folder('rotated', Object.fromEntries(parts));
      const found = await analyze({ ...options, inputs: ['.'], cwd });
      expect(figures(found, cwd)).toEqual(figures(plain, dir));
      const named = parts.map(([file]) => file);
      const reversed = await analyze({ ...options, inputs: named.toReversed(), cwd });
      expect(json(reversed)).toBe(json(await analyze({ ...options, inputs: named, cwd })));
      expect(figures(reversed, cwd)).toEqual(figures(plain, dir));
    });

    test('one of the logs from standard input changes nothing', async () => {
      const loopback = logs.includes('loopback.log') ? { loopback: ['loopback.log'] } : {};
      const found = await analyze({
        ...options,
        ...loopback,
        inputs: [],
        gateway: ['gateway.log'],
        idp: ['-'],
        cwd: dir,
        stdin: Readable.from([readFileSync(join(dir, 'issuer.log'))]),
      });
      expect(figures(found, dir)).toEqual(figures(plain, dir));
    });
  });
}
