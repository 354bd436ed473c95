/** Two results held against each other: what is told from noise, what is not, and how often two logs of one system are called different. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Analysis } from '../src/analysis/result.js';
import { main } from '../src/cli/main.js';
import { generateLogs } from '../src/generate/generate.js';
import type { GenerateOptions } from '../src/generate/options.js';
import { analyze } from '../src/pipeline.js';
import { json } from '../src/report/json.js';
import { compare, studentT } from '../src/simulation/compare.js';
import { fakeIo } from './support/fake-io.js';
import { runs } from './support/runs.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'compare-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let made = 0;
async function generated(options: GenerateOptions): Promise<Analysis> {
  made += 1;
  const root = join(folder, String(made));
  const logs = generateLogs(options);
  const files = new Map<string, string>();
  for (let step = logs.next(); step.done !== true; step = logs.next())
    files.set(step.value.file, (files.get(step.value.file) ?? '') + step.value.text);
  for (const [name, text] of files) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  const result = await analyze({ inputs: ['.'], cwd: root, lifetime: [`${(options.lifetimeMs ?? 300_000) / 1000}s`] });
  rmSync(root, { recursive: true, force: true });
  return result;
}

const captured = (name: string, lifetime: string): Promise<Analysis> =>
  analyze({ inputs: [resolve('fixtures/captures', name)], lifetime: [lifetime] });

test.each([
  [5, 2.571],
  [9, 2.262],
  [19, 2.093],
  [29, 2.045],
  [59, 2.001],
])("Student's t at %i degrees of freedom is %f", (df, table) => expect(studentT(df)).toBeCloseTo(table, 2));

test('no cache against a shared one: better, and by how much; the other way round: worse', async () => {
  const [none, shared] = [await captured('no-cache', '3600s'), await captured('shared-cache', '20s')];
  const { verdict, changes, parts } = compare(none, shared);
  expect(verdict).toBe('better');
  const [fetches, hits] = changes;
  expect(fetches).toMatchObject({ id: 'fetchesPer1000', before: 1000, verdict: 'better' });
  expect(fetches!.change).toBeCloseTo(shared.totals.fetches.ok / shared.totals.demand! - 1, 5);
  expect(fetches!.high!).toBeLessThan(-0.9);
  expect(hits).toMatchObject({ id: 'hitRatio', before: 0, verdict: 'better' });
  // One client on both sides: nothing of it is another mix.
  expect(parts!.mix).toBe(0);
  expect(parts!.behaviour).toBeCloseTo(fetches!.after! - fetches!.before!, 3);
  expect(compare(shared, none).verdict).toBe('worse');
});

test('a result against itself is the same, or too little to say', async () => {
  for (const one of [await captured('no-cache', '3600s'), await captured('expiry-burst', '10s')]) {
    const { verdict, changes } = compare(one, one);
    expect(['same', 'inconclusive']).toContain(verdict);
    for (const change of changes) expect(['better', 'worse']).not.toContain(change.verdict);
  }
  expect(compare(await captured('no-cache', '3600s'), await captured('no-cache', '3600s')).verdict).toBe('same');
});

test('a partial or inconclusive result decides nothing', async () => {
  const one = await captured('no-cache', '3600s');
  expect(compare(one, { ...one, complete: false })).toMatchObject({
    verdict: 'inconclusive',
    warnings: ['the second result is partial: not all of its input was read'],
  });
  expect(compare({ ...one, inconclusive: 'too little' }, one).verdict).toBe('inconclusive');
});

test('another mix of clients is told from fetching otherwise', async () => {
  const one = await captured('no-cache', '3600s');
  const [key] = one.keys;
  const client = (name: string, demand: number, ok: number) => ({
    ...key!,
    client: name,
    demand,
    fetches: { ...key!.fetches, ok },
  });
  const before = { ...one, keys: [client('idle', 900, 0), client('busy', 100, 100)] };
  const after = { ...one, keys: [client('idle', 500, 0), client('busy', 500, 500)] };
  // Each client fetches as it did: 0 and 1 a call. The mean rate of `busy` is 1, its share of the calls went from 0.1 to 0.5.
  expect(compare(before, after).parts).toEqual({ behaviour: 0, mix: 400 });
  const cured = { ...one, keys: [client('idle', 900, 0), client('busy', 100, 10)] };
  expect(compare(before, cured).parts).toEqual({ behaviour: -90, mix: 0 });
  expect(compare(before, { ...one, keys: [client('idle', 900, 0), client('new', 40, 4)] }).notComparable).toEqual([
    'busy',
    'new',
  ]);
});

describe('two logs of one system', () => {
  const behaviours = ['TT101', 'TT103', 'TT106', 'TT111', 'TT113', 'refresh-ahead', 'at-expiry'];
  const arrivals = ['poisson', 'bursty', 'steady', 'diurnal'] as const;

  test('are called different in at most 5 % of all pairs', async () => {
    const pairs = runs(12);
    let different = 0;
    let decided = 0;
    for (let pair = 0; pair < pairs; pair += 1) {
      const options = (seed: number): GenerateOptions => ({
        behaviours: [behaviours[pair % behaviours.length]!],
        arrivals: arrivals[Math.floor(pair / behaviours.length) % arrivals.length]!,
        rate: 4 + (pair % 5) * 3,
        durationMs: 5 * 60_000,
        lifetimeMs: [20_000, 60_000, 120_000][pair % 3]!,
        seed,
      });
      const { verdict } = compare(await generated(options(1000 + 2 * pair)), await generated(options(1001 + 2 * pair)));
      if (verdict === 'better' || verdict === 'worse') different += 1;
      if (verdict !== 'inconclusive') decided += 1;
    }
    // With a true rate of 5 % more than 3 of 12 come about once in a hundred runs; by night there are many more pairs.
    expect(different).toBeLessThanOrEqual(Math.ceil(0.05 * pairs + 2.33 * Math.sqrt(0.05 * 0.95 * pairs)));
    // It does not get there by never deciding.
    expect(decided).toBeGreaterThan(pairs / 12 - 1);
  }, 120_000);

  test('a third fewer fetches are seen', async () => {
    let seen = 0;
    for (let pair = 0; pair < 3; pair += 1) {
      const log = (behaviour: string, seed: number): Promise<Analysis> =>
        generated({ behaviours: [behaviour], rate: 10, durationMs: 8 * 60_000, lifetimeMs: 60_000, seed });
      if (compare(await log('TT101', 300 + pair), await log('TT106', 400 + pair)).verdict === 'better') seen += 1;
    }
    expect(seen).toBe(3);
  }, 60_000);
});

describe('the command', () => {
  const run = async (...argv: string[]) => {
    const io = fakeIo({ cwd: folder });
    return { status: await main(['compare', ...argv], io), out: io.out(), err: io.err() };
  };

  test('takes results and logs, and fails a pipeline only when asked to', async () => {
    writeFileSync(join(folder, 'before.json'), json(await captured('shared-cache', '20s')));
    writeFileSync(join(folder, 'after.json'), json(await captured('no-cache', '3600s')));
    const { status, out } = await run('before.json', 'after.json');
    expect(status).toBe(0);
    expect(out).toMatch(/^Worse: fetches per 1,000 calls\n/);
    expect(out).toMatch(/fetches per 1,000 calls +9\.03 +1,000 +x111 \(x[\d.]+ to x[\d.]+\) +worse/);
    expect(out).toContain('(traffic)');
    expect((await run('before.json', 'after.json', '--fail-on-worse')).status).toBe(1);
    const logs = await run(resolve('fixtures/captures/no-cache'), 'after.json', '--lifetime', '3600s', '--format', 'json');
    expect(logs.status).toBe(0);
    expect(JSON.parse(logs.out).verdict).toBe('same');
  });

  test('writes pages and files, whole or not at all', async () => {
    const { status, out } = await run(
      'before.json',
      'after.json',
      '--output',
      'html=change.html',
      '--output',
      'json=change.json',
    );
    expect(status).toBe(0);
    expect(out).toMatch(/^Worse/);
    const page = readFileSync(join(folder, 'change.html'), 'utf8');
    expect(page).toContain('Worse: 111 times as many fetches per 1,000 calls');
    expect((await run('before.json', 'after.json', '--format', 'html')).out).toBe(page);
    expect((await run('before.json', 'after.json', '--format', 'json')).out).toBe(
      readFileSync(join(folder, 'change.json'), 'utf8'),
    );
    expect((await run('before.json', 'after.json', '--output', 'html=before.json')).err).toContain('is one of the inputs');
    expect((await run('before.json', 'after.json', '--output', 'sarif=x')).err).toContain('FORMAT is one of text, json, html');
    expect((await run('before.json', 'after.json', '--output', 'html=/dev/full')).status).toBe(3);
    expect((await run('before.json', 'after.json', '--output', 'html=nowhere/x.html')).status).not.toBe(0);
  });

  test('what is neither is an error', async () => {
    expect((await run('nothing.json', 'after.json')).status).toBe(2);
  });
});
