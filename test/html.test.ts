/** The web page without a browser: whole, inert, small, the same each time, and up to date with its script. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { htmlScript } from '../scripts/html-script.mjs';
import type { Analysis } from '../src/analysis/result.js';
import { html } from '../src/report/html.js';
import { lanesOf } from '../src/report/html-charts.js';
import { escapeHtml, h, inertJson } from '../src/report/html-markup.js';
import { chartStyle, script, scriptHash } from '../src/report/html-script.generated.js';
import { json } from '../src/report/json.js';
import { finding, samples } from './support/analysis-samples.js';

const full = samples.diagnosed!;

/** Opened and closed elements, in the order of the page; the texts of scripts and styles are left out. */
const unclosed = (page: string): string[] => {
  const open: string[] = [];
  const alone = new Set(['meta', 'link', 'br', 'input', 'img', 'rect', 'path']);
  const markup = page.replace(/<(script|style)\b([^>]*)>[\s\S]*?<\/\1>/g, '').replace('<!doctype html>', '');
  for (const [, close, name = ''] of markup.matchAll(/<(\/?)([a-z][\w-]*)(?:\s+[\w-]+(?:="[^"<>]*")?)*\s*\/?>/g)) {
    if (alone.has(name)) continue;
    if (close === '') open.push(name);
    else if (open.at(-1) === name) open.pop();
    else return [...open, `/${name}`];
  }
  return open;
};

/** What is left of the page without the elements that the program writes. */
const elements = (page: string): Set<string> => new Set([...page.matchAll(/<([a-zA-Z][\w-]*)/g)].map(([, name = '']) => name));

const texts = (value: unknown, to: (text: string) => string): unknown => {
  if (typeof value === 'string') return to(value);
  if (Array.isArray(value)) return value.map((each) => texts(each, to));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, texts(each, to)]));
};

/** Names of the log, as bad as can be; what the program itself says stays. */
const hostile = (analysis: Analysis, evil: string): Analysis => ({
  ...analysis,
  input: { ...analysis.input, files: analysis.input.files.map((file) => ({ ...file, name: evil, error: evil })) },
  complete: false,
  keys: analysis.keys.map((key) => ({ ...key, client: evil, endpoint: evil, scope: evil })),
  routes: [{ route: evil, requests: 3, demand: 3, fetches: 1, taxMs: null, loggedCache: null }],
  lives: [{ key: evil, holder: evil, from: '2026-03-02T00:00:01.000Z', lifetimeSeconds: 300, verdict: 'redundant' }],
  findings: analysis.findings.map(
    (each) => texts({ ...each, owner: evil, why: evil, fix: evil, risk: evil }, (text) => text) as Analysis['findings'][number],
  ),
  warnings: [{ id: evil, message: evil }],
  assumptions: [{ id: evil, value: evil, from: evil, affects: [evil] }],
});

describe.each(Object.entries(samples))('%s', (_, analysis) => {
  const page = html(analysis);
  test('every element is closed, ids are unique, and links lead to one of them', () => {
    expect(unclosed(page)).toEqual([]);
    const ids = [...page.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, id] of page.matchAll(/href="#([^"]*)"/g)) expect(ids).toContain(id);
  });
  test('holds the whole result, and nothing that is fetched', () => {
    const data = /<script type="application\/json" id="result">(.*?)<\/script>/s.exec(page)?.[1] ?? '';
    expect(JSON.parse(data)).toEqual(JSON.parse(json(analysis)));
    const own = page.replaceAll(script, '').replace(data, '');
    expect(own.replace(/="[^"]*"/g, '=')).not.toMatch(
      /<[a-z][^<>]*\s(?:src|action|formaction|poster|srcset|background)=|@import|url\(/,
    );
    for (const [, to = ''] of own.matchAll(/<[a-z][^<>]*\shref="([^"]*)"/g)) expect(to).toMatch(/^#|^data:,$/);
  });
  test('the same result, the same bytes', () => expect(html(structuredClone(analysis))).toBe(page));
});

test('the policy lets this script run and no other, and nothing be fetched', () => {
  const page = html(full);
  const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(page)?.[1];
  expect(policy).toContain("default-src 'none'");
  const scripts = [...page.matchAll(/<script>([\s\S]*?)<\/script>/g)].map(([, text = '']) => text);
  expect(scripts).toHaveLength(1);
  const hash = `sha256-${createHash('sha256').update(scripts[0]!).digest('base64')}`;
  expect(scriptHash).toBe(hash);
  expect(policy).toContain(`script-src '${hash}'`);
  expect(page).not.toMatch(/ on[a-z]+="/);
});

test('the script and the style of charts are those of their sources', async () => {
  expect(readFileSync('src/report/html-script.generated.ts', 'utf8')).toBe(await htmlScript());
  expect(chartStyle).toContain('.uplot');
});

describe('text from logs', () => {
  const evil = `</script><script>alert(1)</script><img src=x onerror=alert(1)>"'\`--><!--\u2028\u202e\x1b[2J&lt;`;

  test('makes no element and no attribute', () => {
    const page = html(hostile(full, evil));
    expect(unclosed(page)).toEqual([]);
    expect(elements(page.replaceAll(script, '').replace(/<svg[\s\S]*?<\/svg>/g, '')).has('img')).toBe(false);
    expect([...page.matchAll(/<script\b/g)]).toHaveLength(2);
    expect(page).not.toContain(evil);
    expect(page).not.toMatch(/[\u2028\u2029\u202e\x1b]/);
  });

  test('any text in any place of a result leaves the elements as they are', () => {
    const names = elements(html(hostile(full, 'plain')));
    const bad = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(evil, '<b>', '"', "' onload='x", '&#x3c;b>', '<!--', ']]>', '</svg>'),
    );
    fc.assert(
      fc.property(bad, (text) => {
        const page = html(hostile(full, text));
        expect(unclosed(page)).toEqual([]);
        expect([...elements(page)].filter((name) => !names.has(name))).toEqual([]);
      }),
      { numRuns: 25 },
    );
  });

  test('templates escape their values, and JSON comes back as it was', () => {
    expect(h`<b title="${'"'}">${'<i>'}${h`<i>`}${['&', 1]}</b>`.markup).toBe('<b title="&quot;">&lt;i&gt;<i>&amp;1</b>');
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = inertJson(value);
        expect(text).toMatch(/^[\x20-\x7e]*$/);
        expect(text).not.toMatch(/[<>&]/);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(escapeHtml(text)).not.toMatch(/[<>"']|&(?!(?:amp|lt|gt|quot|#39);)/);
      }),
    );
  });
});

describe('the page', () => {
  const many = Array.from({ length: 20 }, (_, index) =>
    finding('TT101', full.keys[index % full.keys.length]!, 5000 + index, full.totals.fetches.redundant, { id: `f-${index}` }),
  );
  const lives = Array.from({ length: 500 }, (_, index) => ({
    key: `client-${index % 5}`,
    holder: `10.0.0.${index % 3}`,
    from: new Date(Date.UTC(2026, 2, 2) + index * 1000).toISOString(),
    lifetimeSeconds: 60,
    verdict: (['necessary', 'ahead', 'redundant', 'unknown'] as const)[index % 4]!,
  }));

  test('stays below 1 MB with 20 findings, 500 lives and thousands of keys', () => {
    const keys = Array.from({ length: 5000 }, (_, index) => ({ ...full.keys[0]!, id: `k-${index}`, client: `client-${index}` }));
    expect(html({ ...full, findings: many, lives }).length).toBeLessThan(1_000_000);
    const large = html({ ...full, findings: many, lives, keys: [...full.keys, ...keys] });
    expect(large.length).toBeLessThan(1_000_000);
    expect(large).toContain('too large to be a part of this page');
  });

  test('says without a script what was found, with the figures of the terminal', () => {
    const text = html(full)
      .replace(/<(script|style)\b[\s\S]*?<\/\1>/g, '')
      .replace(/<[^>]*>/g, ' ');
    for (const says of ['96.4% of token fetches were redundant', '398,131', 'orders-api', 'TT104', 'Why not'])
      expect(text).toContain(says);
  });

  test('a link leads to each finding', () => {
    const page = html(full);
    for (const { id } of full.findings) {
      expect(page).toContain(`id="finding-${id}"`);
      expect(page).toContain(`href="#finding-${id}"`);
    }
  });

  test('lanes hold every life once; what was needed is the first row, and bars of a row do not overlap while there is room', () => {
    const lanes = lanesOf({ ...full, lives });
    expect(lanes).toHaveLength(15);
    expect(lanes.reduce((sum, lane) => sum + lane.lives.length, 0)).toBe(500);
    for (const lane of lanes) {
      for (const { life, row } of lane.lives) expect(row === 0).toBe(life.verdict !== 'redundant');
      const alive = (at: number): number => lane.lives.filter(({ fromMs, toMs }) => fromMs <= at && at < toMs).length;
      expect(lane.mostAlive).toBe(Math.max(...lane.lives.map(({ fromMs }) => alive(fromMs))));
      if (lane.mostAlive <= 7) {
        const redundant = lane.lives.filter(({ life }) => life.verdict === 'redundant');
        for (const one of redundant)
          for (const other of redundant)
            if (one !== other && one.row === other.row) expect(one.fromMs >= other.toMs || other.fromMs >= one.toMs).toBe(true);
      }
    }
  });

  test('a partial result, a broken budget and nothing found are said', () => {
    expect(html({ ...full, complete: false })).toContain('PARTIAL RESULT');
    expect(html({ ...full, findings: [] })).toContain('No cause was found');
    const budget = {
      id: 'maxRedundant',
      measure: 'maxRedundant',
      scope: { kind: 'all', pattern: null },
      unit: 'share',
      found: 0.964,
      low: 0.9,
      high: 1,
      limit: 0.05,
      comparison: 'at most',
      level: 'error',
      result: 'fail',
      standing: 'derived',
      why: null,
    } as const;
    expect(html({ ...full, budgets: [budget] })).toContain('1 budget broken: maxRedundant: 96.4%, allowed at most 5.00%');
  });
});
