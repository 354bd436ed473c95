/** The lives of tokens as text, with numbers worked by hand. */
import { expect, test } from 'vitest';
import type { Analysis, KeyResult } from '../src/analysis/result.js';
import { livesText } from '../src/report/lives-text.js';
import { page } from '../src/report/page.js';
import { plain } from '../src/report/paint.js';

type Life = Analysis['lives'][number];

const life = (second: number, verdict: Life['verdict'], more: Partial<Life> = {}): Life => ({
  key: 'orders',
  holder: '10.0.0.1',
  from: new Date(Date.parse('2026-03-02T10:00:00Z') + second * 1000).toISOString(),
  lifetimeSeconds: 10,
  verdict,
  ...more,
});
const key = (id: string, client: string): KeyResult => ({ id, client, fetches: { ok: 5 } }) as unknown as KeyResult;
const drawn = (lives: readonly Life[], width = 80, keys: readonly KeyResult[] = [key('k-1', 'orders')]): string[] =>
  livesText(page({ width, unicode: false, paint: plain }), { lives, keys: [...keys] }, keys[0]);

test('a bar from each fetch to the end of its token', () => {
  // 0 to 20 s and as much again: 60 cells for 30 s, two a second.
  const lines = drawn([life(0, 'necessary'), life(5, 'redundant'), life(10, 'necessary'), life(20, 'ahead')]);
  expect(lines[1]).toBe('   tokens of 10.0.0.1, 4 of 4: N needed, x redundant, A ahead of time');
  const bars = lines.slice(2).map((line) => line.slice(14));
  expect(bars.map((bar) => bar.search(/[NxA]/))).toEqual([0, 9, 19, 39]);
  expect(bars.map((bar) => bar.indexOf('|'))).toEqual([20, 30, 40, 60]);
  expect(lines.slice(2).map((line) => line.slice(0, 12).trim())).toEqual(['0 ms', '5 s', '10 s', '20 s']);
});

test('lives that outlast the picture end in an arrow, unknown ones in dots', () => {
  const long = drawn([life(0, 'necessary', { lifetimeSeconds: 3600 }), life(1, 'redundant', { lifetimeSeconds: 3600 })]);
  expect(long[1]).toContain('> lives on beyond the edge');
  expect(long.slice(2).every((line) => line.endsWith('=>'))).toBe(true);
  const unknown = drawn([life(0, 'unknown', { lifetimeSeconds: null }), life(1, 'unknown', { lifetimeSeconds: null })]);
  expect(unknown.slice(2).every((line) => line.endsWith('? ...'))).toBe(true);
});

test('the busiest holder, its first eight; nothing where there is no picture', () => {
  const many = Array.from({ length: 12 }, (_, second) => life(second, 'redundant', { holder: '10.0.0.2' }));
  const lines = drawn([life(0, 'necessary'), ...many]);
  expect(lines[1]).toContain('tokens of 10.0.0.2, 8 of the first 12');
  expect(lines).toHaveLength(10);
  expect(drawn([life(0, 'necessary')])).toEqual([]);
  expect(drawn(many, 50)).toEqual([]);
  // Two tokens of one client cannot be told apart.
  expect(drawn(many, 80, [key('k-1', 'orders'), key('k-2', 'orders')])).toEqual([]);
});

test.each([60, 72, 80, 120, 200])('no line is wider than %i cells, whatever the lives', (width) => {
  const lives = [0, 0.001, 3, 900].map((second) => life(second, 'redundant', { lifetimeSeconds: 86_400 }));
  for (const line of drawn(lives, width).slice(2)) expect(line.length).toBeLessThanOrEqual(width);
});
