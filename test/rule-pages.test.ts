/** The pages of the causes are the one source: the list of codes, the module that ships and what `explain` prints come from them. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { headings, parseRulePage, ruleIndex, ruleModule } from '../scripts/rule-pages.mjs';
import { cells } from '../src/report/cells.js';
import { page } from '../src/report/page.js';
import { plain } from '../src/report/paint.js';
import { rulePageText } from '../src/report/rule-page.js';
import { rulePages } from '../src/report/rule-pages.generated.js';

/** The causes of the design, with their names. A code never changes its meaning. */
const causes: Readonly<Record<string, string>> = {
  TT101: 'no cache',
  TT102: 'more than one fetch per request',
  TT103: 'no single flight',
  TT104: 'refresh margin >= lifetime',
  TT105: 'fragmented cache key',
  TT106: 'each instance caches alone',
  TT107: 'synchronised expiry',
  TT108: 'no lifetime in the token response',
  TT109: 'issuer hands out tokens that are almost over',
  TT110: 'fetch loop after 401, 403, 429 or 5xx',
  TT111: 'cache shorter than the token',
  TT112: 'cold start, short-lived job',
  TT113: 'restart or deploy wave',
  TT114: 'cached per end user',
  TT115: 'introspection on every request',
  TT116: 'JWKS or discovery on every request',
  TT117: 'loopback outlives the token',
  TT118: 'credentials in the log',
  TT199: 'not decided',
};

const folder = 'docs/rules';
const names = readdirSync(folder)
  .filter((name) => name !== 'README.md')
  .sort();
const parsed = names.map((name) => parseRulePage(name, readFileSync(join(folder, name), 'utf8')));

test('one page for each cause, with its name, and no others', () =>
  expect(Object.fromEntries(parsed.map(({ code, title }) => [code, title]))).toEqual(causes));

test('the module and the index are made from the pages of today (npm run docs)', () => {
  expect(readFileSync('src/report/rule-pages.generated.ts', 'utf8')).toBe(ruleModule(parsed));
  const index = readFileSync(join(folder, 'README.md'), 'utf8');
  expect(index).toBe(ruleIndex(index, parsed));
  for (const { code, title } of parsed) expect(index).toContain(`| [${code}](${code}.md) | ${title} |`);
  expect(rulePages).toEqual(parsed);
});

test('a page of another form is refused', () => {
  expect(() => parseRulePage('TT101.md', '# TT102 x\n')).toThrow('does not start');
  expect(() => parseRulePage('TT101.md', '# TT101 x\n\n## Fix\n\ny\n')).toThrow('other headings');
  const empty = `${['# TT101 x', ...headings.map((heading) => `## ${heading}`)].join('\n\n')}\n`;
  expect(() => parseRulePage('TT101.md', empty)).toThrow('says nothing');
});

describe.each(parsed)('$code', ({ code, sections }) => {
  const of = (heading: string): string => sections.find((section) => section.heading === heading)!.text;

  test('shows 3 to 6 lines of a log and links to the remedies', () => {
    const [, sample = ''] = /```text\n([\s\S]*?)\n```/.exec(of('How it looks')) ?? [];
    expect(sample.split('\n').length).toBeGreaterThanOrEqual(3);
    expect(sample.split('\n').length).toBeLessThanOrEqual(6);
    expect(of('Fix')).toContain('README.md#remedies-by-gateway');
  });

  test('points only to what is there', () => {
    const text = readFileSync(join(folder, `${code}.md`), 'utf8');
    for (const [, target = ''] of text.matchAll(/\]\((?!https?:)([^)#]+)/g)) expect(existsSync(join(folder, target))).toBe(true);
    for (const [other] of text.matchAll(/\bTT\d{3}\b/g)) expect(causes).toHaveProperty(other);
  });

  test('is printed whole at every width', () => {
    const rule = rulePages.find((each) => each.code === code)!;
    const samples = new Set(
      [...of('How it looks').matchAll(/```text\n([\s\S]*?)\n```/g)].flatMap(([, lines]) => lines!.split('\n')),
    );
    for (let width = 40; width <= 200; width += width < 82 ? 1 : 20) {
      const text = rulePageText(page({ width, paint: plain, unicode: false }), rule);
      expect(text).toMatch(/^[\x20-\x7e\n]*$/);
      for (const heading of headings) expect(text).toContain(`\n${heading}`);
      for (const line of text.split('\n')) {
        expect(line).not.toMatch(/ $/);
        if (cells(line) > width && !samples.has(line.trim())) expect(line.trim()).not.toMatch(/^(?:- )?\S+ \S+/);
      }
      const flat = (markdown: string): string => markdown.replace(/\]\([^)]*\)|[`[\]*\s-]/g, '');
      for (const { text: own } of rule.sections) {
        const [first = ''] = own.split('\n');
        expect(flat(text)).toContain(flat(first).slice(0, 30));
      }
    }
  });
});
