/**
 * The web page in a real browser: what can be done with it, that nothing leaves it, that names from logs stay text, and that people who
 * use a keyboard or a screen reader can use it. Screenshots go to the folder that HTML_SCREENSHOTS names.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Analysis } from '../../src/analysis/result.js';
import { analyze } from '../../src/pipeline.js';
import { html } from '../../src/report/html.js';
import { comparisonHtml } from '../../src/report/html-comparison.js';
import { compare } from '../../src/simulation/compare.js';
import { samples } from '../support/analysis-samples.js';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const shots = process.env.HTML_SCREENSHOTS ?? '';

let folder: string;
let browser: Browser;
let captured: Analysis;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'token-tax-html-'));
  browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
  captured = await analyze({ inputs: ['fixtures/captures/no-cache'], simulate: {} });
}, 60_000);
afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Opened {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Errors of the console, dialogs and requests other than for the page itself. */
  readonly wrong: string[];
  readonly address: string;
}

type Settings = NonNullable<Parameters<Browser['newContext']>[0]> & { readonly hash?: string };

const open = async (analysis: Analysis, settings: Settings = {}): Promise<Opened> => {
  const opened = await openText(html(analysis), settings);
  if (settings.javaScriptEnabled !== false && analysis.timeline.length > 0) await opened.page.waitForSelector('#chart canvas');
  return opened;
};

const openText = async (text: string, { hash = '', ...settings }: Settings = {}): Promise<Opened> => {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...settings });
  const page = await context.newPage();
  const wrong: string[] = [];
  const file = join(folder, 'page.html');
  writeFileSync(file, text);
  const address = pathToFileURL(file).href;
  page.on('console', (message) => wrong.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => wrong.push(error.message));
  page.on('dialog', (dialog) => {
    wrong.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => {
    if (request.url().split('#')[0] !== address && !request.url().startsWith('data:')) wrong.push(`request: ${request.url()}`);
  });
  await page.goto(address + hash);
  return { page, context, wrong, address };
};

const shownRows = (page: Page): Promise<number> => page.locator('tr[data-at]:not([hidden])').count();

test('dragging over the chart leaves what lies in the range, and a button brings all back', async () => {
  const { page, context, wrong } = await open(captured);
  const all = await shownRows(page);
  expect(all).toBe(captured.timeline.length);
  const before = await page.locator('#chosen').textContent();
  expect(before).toContain('Whole window');
  await page.locator('#chart').scrollIntoViewIfNeeded();
  const box = (await page.locator('#chart .u-over').boundingBox())!;
  await page.mouse.move(box.x + box.width * 0.25, box.y + box.height / 2);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.5, box.y + box.height / 2, { steps: 4 });
  await page.mouse.up();
  const left = await shownRows(page);
  expect(left).toBeGreaterThan(0);
  expect(left).toBeLessThan(all);
  // The words are the sums of the rows that are left.
  const [first, last] = [Number(await page.inputValue('#from')), Number(await page.inputValue('#to'))];
  const inside = captured.timeline.slice(first, last + 1);
  expect(left).toBe(inside.length);
  const requests = inside.reduce((sum, step) => sum + step.requests, 0);
  expect(await page.locator('#chosen').textContent()).toContain(`${String(requests).replace(/\B(?=(\d{3})+$)/g, ',')} requests`);
  expect(await page.locator('.lane svg').first().getAttribute('viewBox')).not.toMatch(/^0 0 1000 /);
  expect(await page.locator('.spark svg').first().getAttribute('viewBox')).not.toMatch(/^0 0 1000 /);
  await page.click('#whole');
  expect(await shownRows(page)).toBe(all);
  expect(await page.locator('#chosen').textContent()).toBe(before);
  expect(wrong).toEqual([]);
  await context.close();
});

test('findings follow the range: their words count it, those without a fetch in it go, and a link brings them back', async () => {
  const steps = 10;
  const first = Date.parse('2026-03-02T00:00:00.000Z');
  const at = (step: number): string => new Date(first + step * 1000).toISOString();
  const [early, late, timeless] = samples.diagnosed!.findings;
  const result: Analysis = {
    ...samples.diagnosed!,
    timeline: Array.from({ length: steps }, (_, step) => ({ from: at(step), requests: 9, fetches: 5, necessary: 1 })),
    findings: [
      {
        ...early!,
        timeline: { first: 1, fetches: [3, 0, 4], redundant: [2, 0, 4] },
        evidence: [1, 3].map((step) => ({ file: 'a.log', line: step, byte: 0, at: at(step) })),
      },
      { ...late!, timeline: { first: 8, fetches: [1, 1], redundant: [0, 1] } },
      { ...timeless!, timeline: null },
    ],
  };
  const { page, context, wrong } = await open(result);
  const range = async (from: number, to: number): Promise<void> => {
    await page.locator('#to').fill(String(to));
    await page.locator('#from').fill(String(from));
  };
  const article = (index: number) => page.locator('.finding').nth(index);
  const before = await article(0).locator('.spark-says').textContent();
  expect(before).toBe('7 fetches, 6 of them redundant; at most 4 in 1 s');
  await range(2, 4);
  expect(await article(0).locator('.spark-says').textContent()).toBe('in this range: 4 fetches, 4 redundant');
  expect(await article(0).locator('.evidence li:visible').count()).toBe(1);
  expect(await article(1).isVisible()).toBe(false);
  expect(await article(2).isVisible()).toBe(true);
  expect(await page.locator('.fix .in-range').allTextContents()).toEqual([
    'in this range: 4 fetches, 4 redundant',
    'nothing in this range',
    '',
  ]);
  expect(await page.locator('#chosen').textContent()).toContain('1 of 2 findings has fetches in this range.');
  // In the list above it is still there, and leads to it.
  await page.locator('.fix h3 a').nth(1).click();
  await expect.poll(() => article(1).isVisible()).toBe(true);
  expect(await article(0).locator('.spark-says').textContent()).toBe(before);
  expect(wrong).toEqual([]);
  await context.close();
});

test('the same by keyboard: sliders, sorting, searching, copying', async () => {
  const { page, context, wrong } = await open(samples.diagnosed!, { permissions: ['clipboard-read', 'clipboard-write'] });
  await page.fill('#find', 'billing');
  expect(await page.locator('.fix:visible').count()).toBe(1);
  expect(await page.locator('.finding:visible').count()).toBe(1);
  await page.fill('#find', '');
  expect(await page.locator('.finding:visible').count()).toBe(samples.diagnosed!.findings.length);

  const head = page.locator('table:has(caption:text-is("Token keys")) thead th').nth(6);
  await head.locator('button').focus();
  await page.keyboard.press('Enter');
  expect(await head.getAttribute('aria-sort')).toBe('descending');
  const figures = page.locator('table:has(caption:text-is("Token keys")) tbody td:nth-child(7)');
  const values = (await figures.allTextContents()).map((text) => Number(text.replaceAll(',', '')));
  expect(values).toEqual([...values].sort((a, b) => b - a));
  await page.keyboard.press('Enter');
  expect(await head.getAttribute('aria-sort')).toBe('ascending');

  const button = page.locator('.fix button').first();
  await button.focus();
  await page.keyboard.press('Enter');
  await expect.poll(() => button.textContent()).toBe('Copied');
  expect(wrong).toEqual([]);
  await context.close();

  const other = await open(captured);
  await other.page.locator('#from').focus();
  for (let times = 0; times < 3; times += 1) await other.page.keyboard.press('ArrowRight');
  expect(await shownRows(other.page)).toBe(captured.timeline.length - 3);
  expect(await other.page.locator('#from').getAttribute('aria-valuetext')).toMatch(/UTC$/);
  expect(other.wrong).toEqual([]);
  await other.context.close();
});

test('a link to a finding leads there, with the keyboard', async () => {
  const { id } = samples.diagnosed!.findings.at(-1)!;
  const { page, context, wrong } = await open(samples.diagnosed!, { hash: `#finding-${id}` });
  await expect.poll(() => page.evaluate('document.activeElement?.id')).toBe(`finding-${id}`);
  await expect.poll(async () => (await page.locator(`#finding-${id}`).boundingBox())!.y).toBeLessThan(900);
  expect(wrong).toEqual([]);
  await context.close();
});

test('the result can be saved as JSON', async () => {
  const { page, context, wrong } = await open(samples.diagnosed!);
  const [download] = await Promise.all([page.waitForEvent('download'), page.click('#download')]);
  const file = join(folder, 'saved.json');
  await download.saveAs(file);
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(JSON.parse(JSON.stringify(samples.diagnosed)));
  expect(wrong.filter((each) => !each.startsWith('request: blob:'))).toEqual([]);
  await context.close();
});

test('without a script: text, tables and drawings are there, and nothing that needs one', async () => {
  const { page, context } = await open(captured, { javaScriptEnabled: false });
  expect(await page.locator('.still svg').isVisible()).toBe(true);
  expect(await page.locator('.lane svg').first().isVisible()).toBe(true);
  expect(await page.locator('button:visible').count()).toBe(0);
  expect(await page.locator('input:visible').count()).toBe(0);
  await context.close();
});

test('names from logs stay text', async () => {
  const evil = `</script><script>alert(1)</script><img src=http://127.0.0.1:9/x onerror=alert(1)>" onmouseover="alert(1)`;
  const hostile = JSON.parse(
    JSON.stringify({
      ...captured,
      input: { ...captured.input, files: captured.input.files.map((file) => ({ ...file, name: evil })) },
    }).replaceAll(JSON.stringify(captured.keys[0]!.client), JSON.stringify(evil)),
  ) as Analysis;
  const { page, context, wrong } = await open({ ...hostile, warnings: [{ id: 'w', message: evil }] });
  expect(await page.locator('img').count()).toBe(0);
  expect(await page.locator('script').count()).toBe(2);
  expect(await page.locator('[onmouseover]').count()).toBe(0);
  await page.locator('.who').first().hover();
  await page.fill('#find', evil);
  expect(wrong).toEqual([]);
  await context.close();
});

const schemes = ['light', 'dark'] as const;
const widths = [390, 900, 1440];

const violations = async (page: Page): Promise<string[]> => {
  await page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true");
  return await page.evaluate(async (source) => {
    new Function(source)();
    const { violations } = await (
      globalThis as unknown as { axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> } }
    ).axe.run();
    return violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
  }, axe);
};

test.each(schemes)('axe finds nothing, in %s', async (colorScheme) => {
  for (const analysis of [captured, samples.diagnosed!]) {
    const { page, context } = await open(analysis, { colorScheme, reducedMotion: 'reduce' });
    const found = await violations(page);
    expect(found).toEqual([]);
    await context.close();
  }
});

test.each(widths)('nothing sticks out at %i pixels, and it can be printed', async (width) => {
  for (const colorScheme of schemes) {
    const { page, context, wrong } = await open(captured, { viewport: { width, height: 900 }, colorScheme });
    expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
    if (shots !== '') {
      mkdirSync(shots, { recursive: true });
      await page.screenshot({ path: join(shots, `report-${width}-${colorScheme}.png`), fullPage: true });
    }
    await page.emulateMedia({ media: 'print' });
    expect(await page.locator('.still svg').isVisible()).toBe(true);
    expect(await page.locator('nav').isVisible()).toBe(false);
    expect((await page.pdf()).length).toBeGreaterThan(10_000);
    expect(wrong).toEqual([]);
    await context.close();
  }
});

describe('the page of a comparison', () => {
  let before: Analysis;
  let after: Analysis;
  beforeAll(async () => {
    before = await analyze({ inputs: ['fixtures/captures/no-cache'], lifetime: ['3600s'] });
    after = await analyze({ inputs: ['fixtures/captures/shared-cache'], lifetime: ['20s'] });
  });
  const pageOf = (one: Analysis, other: Analysis): string => comparisonHtml(compare(one, other), one, other);

  test('both timelines are drawn on the same scales', async () => {
    const { page, context, wrong } = await openText(pageOf(before, after));
    const boxes = await page.locator('.side svg').evaluateAll((drawings) =>
      drawings.map((drawing) => {
        const { width, height } = drawing.getBoundingClientRect();
        const shapes = [...drawing.querySelectorAll('path')] as unknown as { getBBox(): { width: number; height: number } }[];
        return {
          width,
          height,
          shapes: shapes.map((shape) => shape.getBBox()).map((box) => ({ width: box.width, height: box.height })),
        };
      }),
    );
    expect(boxes).toHaveLength(2);
    const [one, other] = boxes;
    expect([one!.width, one!.height]).toEqual([other!.width, other!.height]);
    // The longer one fills the width, the shorter its share of it; the busiest step fills the height.
    const lasts = [before, after].map(({ timeline }) => timeline.length);
    const longest = Math.max(...lasts);
    const sizes = boxes.map(({ shapes }) => shapes[0]!);
    for (const [index, { width }] of sizes.entries()) expect(width).toBeCloseTo((1000 * lasts[index]!) / longest, 0);
    const most = [before, after].map(({ timeline }) => Math.max(...timeline.map(({ requests }) => requests)));
    for (const [index, { height }] of sizes.entries()) expect(height).toBeCloseTo((150 * most[index]!) / Math.max(...most), 0);
    expect(wrong).toEqual([]);
    await context.close();
  });

  test('tables sort, the comparison can be saved, and nothing else happens', async () => {
    const { page, context, wrong } = await openText(pageOf(before, after), { acceptDownloads: true });
    await page.locator('table:has(caption:text-is("What changed")) thead button').nth(1).click();
    const waiting = page.waitForEvent('download');
    await page.click('#download');
    const path = await (await waiting).path();
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual(JSON.parse(JSON.stringify(compare(before, after))));
    expect(wrong).toEqual([]);
    await context.close();
  });

  test.each(schemes)('axe finds nothing, and nothing sticks out, in %s', async (colorScheme) => {
    for (const [one, other] of [
      [before, after],
      [samples.diagnosed!, samples.healthy!],
    ] as const) {
      const { page, context, wrong } = await openText(pageOf(one, other), { colorScheme, reducedMotion: 'reduce' });
      expect(await violations(page)).toEqual([]);
      for (const width of widths) {
        await page.setViewportSize({ width, height: 900 });
        expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
        if (shots !== '' && one === before) {
          mkdirSync(shots, { recursive: true });
          await page.screenshot({ path: join(shots, `compare-${width}-${colorScheme}.png`), fullPage: true });
        }
      }
      expect((await page.pdf()).length).toBeGreaterThan(10_000);
      expect(wrong).toEqual([]);
      await context.close();
    }
  });

  test('names from logs stay text', async () => {
    const evil = `</script><script>alert(1)</script><img src=http://127.0.0.1:9/x onerror=alert(1)>" onmouseover="alert(1)`;
    const bad = (one: Analysis): Analysis => ({
      ...one,
      input: { ...one.input, files: one.input.files.map((file) => ({ ...file, name: evil })) },
      keys: one.keys.map((key) => ({ ...key, client: evil })),
      inconclusive: evil,
    });
    const { page, context, wrong } = await openText(pageOf(bad(before), bad(after)));
    expect(await page.locator('img').count()).toBe(0);
    expect(await page.locator('script').count()).toBe(2);
    expect(await page.locator('[onmouseover]').count()).toBe(0);
    expect(await page.locator('th:has-text("onerror=alert")').count()).toBeGreaterThan(0);
    expect(wrong).toEqual([]);
    await context.close();
  });
});
