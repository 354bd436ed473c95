/** The web page of a comparison without a browser: whole, inert, small, the same each time, with the figures of the terminal. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Analysis } from '../src/analysis/result.js';
import { html } from '../src/report/html.js';
import { comparisonHtml } from '../src/report/html-comparison.js';
import { intervalChart, pairBars } from '../src/report/html-comparison-charts.js';
import { script } from '../src/report/html-script.generated.js';
import { type Change, compare } from '../src/simulation/compare.js';
import { samples } from './support/analysis-samples.js';

const pageOf = (before: Analysis, after: Analysis): string => comparisonHtml(compare(before, after), before, after);
const { diagnosed, healthy, hostile } = samples as Record<'diagnosed' | 'healthy' | 'hostile', Analysis>;

const names = (page: string): Set<string> =>
  new Set([...page.replaceAll(script, '').matchAll(/<([a-zA-Z][\w-]*)/g)].map(([, name = '']) => name));

describe.each(Object.entries(samples))('diagnosed against %s', (_, other) => {
  const page = pageOf(diagnosed, other);
  test('ids are unique, links lead to one of them, and nothing is fetched', () => {
    const ids = [...page.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, id] of page.replaceAll(script, '').matchAll(/<a [^>]*href="#([^"]*)"/g)) expect(ids).toContain(id);
    expect(page).toContain("default-src 'none'");
    expect(page.replaceAll(script, '').replace(/="[^"]*"/g, '=')).not.toMatch(
      /<[a-z][^<>]*\s(?:src|action|srcset)=|@import|url\(/,
    );
  });
  test('the same results, the same bytes; below 1 MB', () => {
    expect(pageOf(structuredClone(diagnosed), structuredClone(other))).toBe(page);
    expect(page.length).toBeLessThan(1_000_000);
  });
});

test('holds the comparison as data', () => {
  const data = /<script type="application\/json" id="result">(.*?)<\/script>/s.exec(pageOf(diagnosed, healthy))?.[1] ?? '';
  expect(JSON.parse(data)).toEqual(JSON.parse(JSON.stringify(compare(diagnosed, healthy))));
});

test('text from logs makes no element, whatever it is', () => {
  const evil = `</script><script>alert(1)</script><img src=x onerror=alert(1)>"'\`--><!--\u2028\u202e\x1b[2J&lt;`;
  const with_ = (one: Analysis, text: string): Analysis => ({
    ...one,
    inconclusive: text,
    input: { ...one.input, files: one.input.files.map((file) => ({ ...file, name: text })) },
    keys: one.keys.map((key) => ({ ...key, client: `${text}${key.id}` })),
    findings: one.findings.map((finding) => ({ ...finding, title: text })),
  });
  const allowed = names(pageOf(with_(diagnosed, 'plain'), with_(hostile, 'plain')));
  fc.assert(
    fc.property(fc.oneof(fc.constant(evil), fc.string({ unit: 'binary' })), (text) => {
      const page = pageOf(with_(diagnosed, text), with_(hostile, text));
      expect([...names(page)].filter((name) => !allowed.has(name))).toEqual([]);
      expect([...page.matchAll(/<script\b/g)]).toHaveLength(2);
      expect(page).not.toMatch(/[\u2028\u2029\u202e\x1b]/);
    }),
    { numRuns: 20, examples: [[evil]] },
  );
});

test('bars of both are parts of one length, and intervals lie around no change', () => {
  expect(pairBars(50, 200, 200).markup).toMatch(/class="before" style="width:25%".*class="after" style="width:100%"/);
  expect(pairBars(null, 0, 0).markup).toMatch(/width:0%.*width:0%/);
  const one = (low: number, change: number, high: number): Change => ({
    id: 'fetchesPer1000',
    unit: 'per 1,000',
    before: 1,
    after: 1,
    kind: 'relative',
    change,
    low,
    high,
    verdict: 'same',
    why: null,
  });
  const [half, double] = [one(-0.5, -0.5, 0), one(0, 1, 1)];
  const markup = (change: Change): string => (intervalChart(change, [half, double]) as { markup: string }).markup;
  // Half and double are as far from the middle; no change is the middle.
  expect(markup(half)).toContain('left:2%;width:48%');
  expect(markup(double)).toContain('left:50%;width:48%');
});

test('the report itself is in the same frame', () => {
  for (const part of ['<nav aria-label="Parts of this page">', 'class="skip unseen" href="#', '<main class="wrap">'])
    for (const page of [html(diagnosed), pageOf(diagnosed, healthy)]) expect(page).toContain(part);
});
