/** A handful of the accuracy bench on every run: seeds that rules were worked on with, the plainest view of each cause and pattern. */
import { describe, expect, test } from 'vitest';
import { planCases, TABLE_SEEDS, TUNING_SEEDS } from '../scripts/accuracy/plan.js';
import { play } from '../scripts/accuracy/play.js';
import { redundantScore, subjects } from '../scripts/accuracy/score.js';

/** Where the first finding is the cause in nearly all cases of the tuning seeds. */
const SURE = new Set([
  ...[
    'TT101',
    'TT102',
    'TT103',
    'TT104',
    'TT105',
    'TT106',
    'TT108',
    'TT109',
    'TT110',
    'TT111',
    'TT112',
    'TT113',
    'TT114',
    'TT117',
  ],
]);
const HEALTHY = new Set(['at-expiry', 'refresh-ahead', 'shared-cache', 'dpop-nonce']);
const ids = [...SURE, ...HEALTHY];
const all = planCases(TUNING_SEEDS, 1, ids).filter(({ view }) => view === 'shared ids');
const outcomes = await Promise.all(ids.map(async (id) => await play(all.find(({ behaviour }) => behaviour === id)!)));

test('seeds of the table are none of those that rules are worked on with', () => {
  expect(TABLE_SEEDS.from).toBeGreaterThan(TUNING_SEEDS.to);
  const seeds = new Set(planCases(TUNING_SEEDS).map(({ seed }) => seed));
  expect(planCases(TABLE_SEEDS).filter(({ seed }) => seeds.has(seed) || seed <= TUNING_SEEDS.to)).toEqual([]);
  expect(Math.max(...seeds) + 100).toBeLessThanOrEqual(TUNING_SEEDS.to);
});

test('every cause has at least 30 cases in three formats and more', () => {
  const byCause = new Map<string, { cases: number; formats: Set<string> }>();
  for (const { behaviour, options } of planCases(TABLE_SEEDS)) {
    const cause = behaviour.slice(0, 5);
    const known = byCause.get(cause) ?? { cases: 0, formats: new Set() };
    byCause.set(cause, known);
    known.cases += 1;
    known.formats.add(options.issuerFormat ?? '');
  }
  for (const [, { cases, formats }] of byCause) {
    expect(cases).toBeGreaterThanOrEqual(30);
    expect(formats.size).toBeGreaterThanOrEqual(3);
  }
});

test('redundant fetches are counted to 2 %', () => {
  const score = redundantScore(outcomes.filter(({ lifetimeKnown }) => lifetimeKnown));
  expect(score.precision).toBeGreaterThanOrEqual(0.98);
  expect(score.recall).toBeGreaterThanOrEqual(0.98);
  expect(outcomes.every(({ rejected }) => rejected === 0)).toBe(true);
});

describe.each(ids)('%s', (id) => {
  test('the cause comes first, and there is no finding where nothing is wrong', () => {
    const [one] = subjects(outcomes.filter(({ behaviour }) => behaviour === id));
    expect(one).toBeDefined();
    const { code, hasFields } = one!.client;
    // Where a field is missing that the cause needs, not to decide is right too.
    expect(HEALTHY.has(id) ? [null] : hasFields ? [id] : [id, 'TT199']).toContain(code);
  });
});
