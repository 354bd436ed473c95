/** Findings beyond single keys: requests beside tokens, credentials, many tokens of one client, many small findings, lines in any wrapping. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, expect, test } from 'vitest';
import type { Analysis, Finding } from '../src/analysis/result.js';
import { mergeSmall } from '../src/diagnosis/rank.js';
import { type AnalyzeOptions, analyze } from '../src/pipeline.js';

const work = mkdtempSync(join(tmpdir(), 'token-tax-rows-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));

const BEGIN_S = Date.UTC(2026, 2, 2, 9) / 1000;
const TOOK_S = 0.02;

interface Row {
  /** s since the begin of the log. */
  readonly at: number;
  readonly uri?: string;
  readonly method?: string;
  readonly client?: string;
  readonly host?: string;
}

const text = ({ at, uri = '/oauth2/token', method = 'POST', client = 'orders', host = 'auth.example.com' }: Row): string =>
  JSON.stringify({
    msec: (BEGIN_S + at + TOOK_S).toFixed(3),
    remote_addr: '10.0.0.1',
    remote_user: client,
    host,
    request_method: method,
    request_uri: uri,
    status: 200,
    body_bytes_sent: 900,
    request_time: TOOK_S,
  });

async function run(files: Readonly<Record<string, string | Buffer>>, more: Partial<AnalyzeOptions> = {}): Promise<Analysis> {
  for (const [name, content] of Object.entries(files)) writeFileSync(join(work, name), content);
  return analyze({ inputs: Object.keys(files), cwd: work, lifetime: ['3600s'], ...more });
}

const linesOf = (rows: readonly Row[]): string => `${rows.map(text).join('\n')}\n`;
const range = (count: number): number[] => Array.from({ length: count }, (_, at) => at);
/** Gaps that follow no clock, the same in each run. */
const irregular = (count: number): number[] => {
  let at = 0;
  return range(count).map((one) => {
    at += 1 + ((one * one * 7) % 23);
    return at;
  });
};
const codes = ({ findings }: Analysis): string[] => findings.map(({ code }) => code);

/** The line that a place points at, as `tail -c` and `sed` would give it. */
function lineAt(content: Buffer, { line, byte }: { line: number; byte: number }): string {
  const [byByte] = content.subarray(byte).toString().split('\n');
  expect(byByte).toBe(content.toString().split('\n')[line - 1]);
  return byByte!;
}

const api = (at: number): Row => ({ at, uri: `/api/orders/${at % 9}`, method: 'GET', host: 'api.example.com', client: '' });

test('key sets and metadata that are asked for all the time, with lines', async () => {
  const rows = irregular(120).flatMap((at): Row[] => [
    { at, uri: '/.well-known/jwks.json', method: 'GET' },
    { at: at + 0.3, uri: '/.well-known/openid-configuration', method: 'GET' },
  ]);
  const found = await run({ 'jwks.log': linesOf([{ at: 0 }, ...rows]) });
  expect(codes(found)).toEqual(['TT116', 'TT116']);
  for (const { evidence } of found.findings)
    for (const place of evidence) expect(lineAt(readFileSync(join(work, 'jwks.log')), place)).toContain('/.well-known/');
  expect(found.findings[0]!.evidence.length).toBeGreaterThan(0);
  expect(found.totals.fetches.redundant).toBe(0);
});

test('introspection on every request, and not where a cache answers most', async () => {
  const every = irregular(150);
  const ask = (at: number): Row => ({ at: at + 0.005, uri: '/oauth2/introspect', client: 'orders-api' });
  const sick = await run({ 'g1.log': linesOf(every.map(api)), 'i1.log': linesOf([{ at: 0 }, ...every.map(ask)]) });
  expect(codes(sick)).toContain('TT115');
  const healthy = await run({
    'g2.log': linesOf(every.map(api)),
    'i2.log': linesOf([{ at: 0 }, ...every.filter((_, index) => index % 8 === 0).map(ask)]),
  });
  expect(codes(healthy)).not.toContain('TT115');
});

test('credentials in the log of a gateway are counted by kind and place, and not kept', async () => {
  const secret = 'sk9Qw3eR7tY1uI5oP2a';
  const rows = range(40).map((at) => (at % 4 === 0 ? { ...api(at), uri: `/api/orders?client_secret=${secret}` } : api(at)));
  const found = await run({ 'leak.log': linesOf(rows), 'leak-i.log': linesOf([{ at: 1 }]) });
  const [leak] = found.findings.filter(({ code }) => code === 'TT118');
  expect(leak?.figures).toContainEqual({ label: 'lines', value: '10' });
  expect(leak?.why).toContain('client_secret');
  expect(leak?.why).toContain('query');
  expect(lineAt(readFileSync(join(work, 'leak.log')), leak!.evidence[0]!)).toContain(secret);
  expect(JSON.stringify(found)).not.toContain(secret);
  const clean = await run({ 'clean.log': linesOf(range(40).map(api)), 'clean-i.log': linesOf([{ at: 1 }]) });
  expect(codes(clean)).not.toContain('TT118');
});

test('many tokens of one client are information, three that differ are nothing', async () => {
  const fetches = (scopes: readonly string[]): string =>
    linesOf(
      scopes.flatMap((scope, one) =>
        range(4).map((life) => ({ at: life * 3550 + one * 10, uri: `/oauth2/token?scope=${scope}` })),
      ),
    );
  expect(codes(await run({ 'three.log': fetches(['a.read', 'b.read', 'c.read']) }))).toEqual([]);
  const many = await run({ 'many.log': fetches(range(8).map((one) => `s${one}.read`)) });
  expect(codes(many)).toEqual(['TT105']);
  expect(many.findings[0]).toMatchObject({ redundant: 0, confidence: 0.25 });
  const nested = await run({ 'nested.log': fetches(['a', 'a+b', 'a+b+c']) });
  expect(codes(nested)).toEqual(['TT105']);
  expect(nested.findings[0]!.confidence).toBeGreaterThan(many.findings[0]!.confidence);
});

test('lines are found in any wrapping: gzip, CRLF, CRI, a rotated log', async () => {
  const rows = irregular(60).map((at) => ({ at }));
  const plain = linesOf(rows);
  const cri = rows.map((row) => `2026-03-02T09:00:00.000000000Z stdout F ${text(row)}\n`).join('');
  const older = linesOf(rows.slice(0, 30));
  const forms: Readonly<Record<string, Readonly<Record<string, string | Buffer>>>> = {
    gzip: { 'w1.log.gz': gzipSync(plain) },
    crlf: { 'w2.log': plain.replaceAll('\n', '\r\n') },
    cri: { 'w3.log': cri },
    rotated: { 'w4.log': linesOf(rows.slice(30)), 'w4.log.1': older },
  };
  for (const [form, files] of Object.entries(forms)) {
    const { findings } = await run(files);
    expect(
      findings.map(({ code }) => code),
      form,
    ).toEqual(['TT101']);
    const [first] = findings;
    expect(first!.evidence.length, form).toBe(5);
    const texts = first!.evidence.map((place) => {
      const content = Buffer.from(files[place.file]!);
      return lineAt(place.file.endsWith('.gz') ? gunzipSync(content) : content, place);
    });
    // The first fetch is the one that was needed.
    expect(
      texts.map((one) => one.replace(/^\S+ stdout F /, '').trim()),
      form,
    ).toEqual(rows.slice(1, 6).map(text));
  }
});

test('small findings are one row for each cause and owner, and all add up', async () => {
  const clients = range(130);
  const rows = clients
    .flatMap((who) => irregular(8).map((at) => ({ at: at * 3 + who / 150, client: `client-${who}` })))
    .sort((a, b) => a.at - b.at);
  const { findings, totals } = await run({ 'fleet.log': linesOf(rows) });
  expect(findings.length).toBe(101);
  const last = findings[100]!;
  expect(last.why).toMatch(/^30 other clients alike/);
  expect(last.evidence.length).toBeGreaterThan(0);
  expect(findings.reduce((sum, { redundant }) => sum + redundant, 0)).toBe(totals.fetches.redundant);
  expect(findings.every(({ why }) => /^[A-Z0-9].*\.$/.test(why))).toBe(true);
});

test('what was dropped on the way is in the row of the rest', () => {
  const one = (id: number): Finding => ({
    id: `tt101-${id}`,
    code: 'TT101',
    title: 'no cache',
    key: null,
    owner: id % 2 === 0 ? 'even' : null,
    redundant: 1000 - id,
    share: 0.001,
    confidence: 0.8,
    standing: 'derived',
    waitMs: 10,
    why: 'Because.',
    whyNot: [],
    onset: null,
    histogram: null,
    timeline: null,
    figures: [],
    evidence: [{ file: 'a.log', line: id + 1, byte: id * 10, at: null }],
    fix: 'Do.',
    risk: null,
  });
  const ranked = range(110).map(one);
  const tallies = new Map([
    ['TT101 even', { count: 500, redundant: 60_000, waitMs: 9000 }],
    ['TT101 ', { count: 55, redundant: 52_000, waitMs: 550 }],
  ]);
  const merged = mergeSmall(ranked, tallies, 112_000);
  expect(merged.length).toBe(102);
  expect(merged.reduce((sum, { redundant }) => sum + redundant, 0)).toBe(112_000);
  expect(merged.reduce((sum, { waitMs }) => sum + (waitMs ?? 0), 0)).toBe(9550);
});
