/** `token-tax explain`: pages of causes offline, and every figure of a result with where it comes from. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { Analysis } from '../src/analysis/result.js';
import { main } from '../src/cli/main.js';
import { evidenceCommand } from '../src/report/evidence.js';
import { explainFigure, figureIds } from '../src/report/explain-figure.js';
import { figures, shortNames } from '../src/report/figure-list.js';
import { allFigures, find } from '../src/report/figure-paths.js';
import { json } from '../src/report/json.js';
import { page } from '../src/report/page.js';
import { plain } from '../src/report/paint.js';
import { samples } from './support/analysis-samples.js';
import { fakeIo } from './support/fake-io.js';

const folder = mkdtempSync(join(tmpdir(), 'explain-'));
afterAll(() => rmSync(folder, { recursive: true }));

const run = async (...argv: string[]) => {
  const io = fakeIo({ cwd: folder });
  const status = await main(['explain', ...argv], io);
  return { status, out: io.out(), err: io.err() };
};

const full = samples.diagnosed!;
writeFileSync(join(folder, 'full.json'), json(full));
const on = page({ width: 80, paint: plain, unicode: false });

describe('a cause', () => {
  test('in any case, with its page', async () => {
    for (const code of ['TT104', 'tt104', 'Tt104']) {
      const { status, out } = await run(code);
      expect(status).toBe(0);
      expect(out).toMatch(/^TT104 refresh margin >= lifetime\n\nWhat it means {6}The client has a cache/);
      expect(out).toContain('\nSeen in public     SolaceProducts/solace-broker-mcp#395');
    }
  });

  test('an unknown one has a suggestion', async () => {
    const { status, err } = await run('TT120');
    expect(status).toBe(2);
    expect(err).toContain('there is no cause "TT120"');
    expect(err).toMatch(/did you mean "TT1\d\d"/);
  });

  test('nothing named: the list of codes and figures', async () => {
    const { status, out } = await run();
    expect(status).toBe(0);
    expect(out).toContain('  TT199  not decided');
    expect(out).toContain('  totals.redundantShare.value');
    expect((await run('--result', 'full.json')).out).toContain('  keys[k-orders-api].fetches.necessary');
  });
});

describe('a figure', () => {
  test('every number of every sample has an explanation with its value', () => {
    for (const [name, analysis] of Object.entries(samples)) {
      for (const { id, pattern, value } of allFigures(analysis)) {
        expect(figures.has(pattern), `${name}: ${pattern}`).toBe(true);
        expect(find(analysis, id)?.value, `${name}: ${id}`).toBe(value);
        const text = explainFigure(on, analysis, id)!;
        expect(text).toContain('formula');
        expect(text).toMatch(/^ {2}standing {6}(measured|derived|inferred|assumed|estimated|unknown)$/m);
      }
    }
  });

  test('every figure that can be explained is one of the full sample, or of another', () => {
    const seen = new Set(Object.values(samples).flatMap((analysis) => [...allFigures(analysis)].map(({ pattern }) => pattern)));
    const rare = ['keys[].bounds.byDemand.low', 'keys[].bounds.byDemand.high', 'routes[].loggedCache.'];
    const unseen = [...figures.keys()].filter((each) => !seen.has(each) && !rare.some((prefix) => each.startsWith(prefix)));
    expect(unseen).toEqual([]);
  });

  test('inputs of a figure are figures', () => {
    for (const { inputs = [] } of figures.values()) for (const input of inputs) expect(figures.has(input), input).toBe(true);
    for (const id of Object.values(shortNames)) expect(figures.has(id), id).toBe(true);
  });

  test('with formula, inputs, assumptions, lines', async () => {
    const { out, status } = await run('totals.redundantShare', '--result', 'full.json');
    expect(status).toBe(0);
    expect(out).toMatch(/^totals\.redundantShare\.value = 96\.4%\n {2}standing {6}derived\n {2}formula {7}redundant \/ ok\n/);
    expect(out).toContain('  398,131        totals.fetches.redundant\n');
    expect(out).toContain('  412,906        totals.fetches.ok\n');
    expect(out).toContain('assumed       margin = min(60 s, 10 %), from default');
    expect(out).toContain('tail -c +1205 logs/idp.log | head -1');
    expect(out).toContain('not included');
  });

  test('of one key, with inputs of that key', async () => {
    const { out } = await run('keys[k-billing-worker].fetches.redundant', '--result', 'full.json');
    expect(out).toContain('71,930');
    expect(out).toContain('73,830         keys[k-billing-worker].fetches.ok\n');
    expect(out).toContain('zcat logs/gw-2.json.gz | tail -c +41220119 | head -1');
    expect((await run('keys[1].fetches.redundant', '--result', 'full.json')).out).toBe(out);
  });

  test('short names, whole findings, what is null', async () => {
    expect((await run('hit_ratio.observed', '--result', 'full.json')).out).toContain('totals.hitRatio.observed = 47.7%');
    expect((await run('cost', '--result', 'full.json')).out).toMatch(
      /^cost\.window\.base = USD 895\.79\n {2}standing {6}estimated/,
    );
    expect((await run('findings[f-TT104-billing-worker]', '--result', 'full.json')).out).toContain('The token lives 300 s');
    expect((await run('totals.hiddenHoldersNeeded', '--result', 'full.json')).out).toContain('not known');
  });

  test('every number of results of real logs is known', async () => {
    for (const name of ['no-cache', 'expiry-burst', 'failing-provider', 'short-cache', 'loopback']) {
      const io = fakeIo({ cwd: join(process.cwd(), 'fixtures', 'captures') });
      await main(['analyze', name, '--format', 'json', '--price', '2.25/1000'], io);
      const analysis = JSON.parse(io.out()) as Analysis;
      expect(analysis.keys.length, name).toBeGreaterThan(0);
      for (const { id, pattern } of allFigures(analysis)) {
        expect(figures.has(pattern), `${name}: ${pattern}`).toBe(true);
        expect(explainFigure(on, analysis, id), id).toContain('formula');
      }
    }
  });

  test('one that is not there has a suggestion', async () => {
    const { status, err } = await run('totals.fetches.redundent', '--result', 'full.json');
    expect(status).toBe(2);
    expect(err).toContain('did you mean "totals.fetches.redundant"');
  });

  test('needs a result', async () => {
    const { status, err } = await run('totals.demand');
    expect(status).toBe(2);
    expect(err).toContain('--result result.json');
  });

  test('hostile names are found, and inert', () => {
    for (const id of figureIds(samples['hostile-findings']!)) {
      const text = explainFigure(on, samples['hostile-findings']!, id)!;
      expect(text).toMatch(/^[\x20-\x7e\n]*$/);
      expect(text).not.toMatch(/^\s*::/m);
      expect(text).not.toMatch(/##[a-z]*\[/i);
    }
  });
});

describe('a result that cannot be explained', () => {
  const cases: readonly (readonly [string, string, RegExp])[] = [
    ['newer', json(full).replace('"schemaVersion": "1"', '"schemaVersion": "2"'), /schemaVersion is "2"[\s\S]*newer/],
    ['text', 'hello', /it is not JSON/],
    ['other', '{"a":1}', /it has no schemaVersion/],
    ['damaged', json(full).replace('"complete": true', '"complete": "yes"'), /complete: /],
  ];
  for (const [name, text, why] of cases) {
    test(name, async () => {
      writeFileSync(join(folder, `${name}.json`), text);
      const { status, err, out } = await run('cost', '--result', `${name}.json`);
      expect(status).toBe(2);
      expect(out).toBe('');
      expect(err).toMatch(why);
    });
  }
  test('that is not there', async () => {
    const { status, err } = await run('cost', '--result', 'none.json');
    expect(status).toBe(2);
    expect(err).toContain('there is no such file');
  });
});

test('commands that show a line stay one word of a shell', () => {
  const of = (file: string): string => evidenceCommand({ file, line: 1, byte: 9, at: null });
  expect(of('logs/a.log')).toBe('tail -c +10 logs/a.log | head -1');
  expect(of('logs/a.log.gz')).toBe('zcat logs/a.log.gz | tail -c +10 | head -1');
  expect(of("it's $(id).log")).toBe("tail -c +10 'it'\\''s $(id).log' | head -1");
  expect(of('-rf.log')).toBe('tail -c +10 ./-rf.log | head -1');
  expect(of('a\x1b[2J\n.log')).toBe("tail -c +10 $'a\\x1b\\x5b2J\\x0a.log' | head -1");
});
