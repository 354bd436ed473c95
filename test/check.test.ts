/** Budgets at their edges, what decides them, the life of a baseline, ignores and their end, and what a check ends with. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Analysis, BudgetResult } from '../src/analysis/result.js';
import { checkExitCode } from '../src/cli/exit-code.js';
import { main } from '../src/cli/main.js';
import { decide, type Limit } from '../src/diagnosis/budgets.js';
import { applyIgnores } from '../src/diagnosis/ignores.js';
import { flagOf, measures, parseLimit } from '../src/diagnosis/limits.js';
import { budgetValue } from '../src/report/check.js';
import { resultSchema } from '../src/report/options.schema.js';
import { key, samples } from './support/analysis-samples.js';
import { fakeIo } from './support/fake-io.js';
import { runs } from './support/runs.js';

const all = { kind: 'all', pattern: null } as const;

/** One key with so many fetches and requests, and how many of them may be redundant. */
const run = (given: {
  readonly ok: number;
  readonly redundant: number;
  readonly low?: number;
  readonly high?: number;
  readonly demand?: number | null;
  readonly holders?: number;
}): Analysis => {
  const { ok, redundant, low = redundant, high = redundant, demand = null, holders = 1 } = given;
  const { healthy } = samples;
  const one = key('orders', [ok - redundant, 0, redundant, 0], { holders, demand });
  return {
    ...healthy!,
    keys: [{ ...one, bounds: { ...one.bounds, redundant: { low, high } } }],
    routes: [],
    simulation: null,
    totals: {
      ...healthy!.totals,
      demand,
      fetches: one.fetches,
      bounds: { ...healthy!.totals.bounds, redundant: { low, high } },
      hitRatio: { observed: demand === null ? null : Math.max(0, 1 - ok / demand), achievable: null, moreFetchesThanRequests: 0 },
    },
  };
};

const limit = (measure: Limit['measure'], text: string | number, level: Limit['level'] = 'error'): Limit => ({
  measure,
  scope: all,
  level,
  ...parseLimit(measure, text),
});

describe('limits as people write them', () => {
  test.each([
    ['maxRedundant', '5%', 0.05],
    ['maxRedundant', 0.05, 0.05],
    ['maxRedundant', '0%', 0],
    ['maxRedundant', 1, 1],
    ['maxFetchesPer1000', '10', 10],
    ['maxFetchesPer1000', 0.5, 0.5],
    ['minHitRatio', '99.9%', 0.999],
    ['maxAddedP95', '50ms', 50],
    ['maxAddedP95', '1.5s', 1500],
    ['maxCost', 'USD 100', 100],
    ['maxCost', '€ 12.50', 12.5],
  ] as const)('%s %s is %d', (measure, text, value) => expect(parseLimit(measure, text).limit).toBe(value));

  test.each([
    ['maxRedundant', '5'],
    ['maxRedundant', 500],
    ['maxRedundant', '101%'],
    ['maxRedundant', '-1%'],
    ['maxRedundant', 'NaN'],
    ['maxFetchesPer1000', '5%'],
    ['maxAddedP95', '50'],
    ['maxCost', 'lots'],
  ] as const)('%s %s is refused', (measure, text) => expect(() => parseLimit(measure, text)).toThrow(/must be/));

  test('their flags are those of the help page', async () => {
    const io = fakeIo();
    await main(['help', 'check'], io);
    for (const measure of measures) expect(io.out()).toContain(` ${flagOf(measure)} <`);
  });
});

describe('a budget at its edge', () => {
  test.each<[string, Analysis, Limit, BudgetResult['result']]>([
    ['equal to the limit passes', run({ ok: 100, redundant: 5 }), limit('maxRedundant', '5%'), 'pass'],
    ['above it fails', run({ ok: 100, redundant: 6 }), limit('maxRedundant', '5%'), 'fail'],
    ['0 of 0 % passes', run({ ok: 3, redundant: 0 }), limit('maxRedundant', '0%'), 'pass'],
    ['bounds around it decide nothing', run({ ok: 100, redundant: 6, low: 5 }), limit('maxRedundant', '5%'), 'skip'],
    ['bounds below it pass', run({ ok: 100, redundant: 4, low: 3, high: 5 }), limit('maxRedundant', '5%'), 'pass'],
    ['bounds above it fail', run({ ok: 100, redundant: 90, low: 6, high: 95 }), limit('maxRedundant', '5%'), 'fail'],
    ['no fetch is no evidence', run({ ok: 0, redundant: 0 }), limit('maxRedundant', '5%'), 'skip'],
    // 3 fetches for 50 requests: 60, and 40 to 80 with one more or less.
    ['a quiet client, far below', run({ ok: 3, redundant: 0, demand: 50 }), limit('maxFetchesPer1000', 80), 'pass'],
    ['a quiet client, one fetch below', run({ ok: 3, redundant: 0, demand: 50 }), limit('maxFetchesPer1000', 79), 'skip'],
    ['a quiet client, at its value', run({ ok: 3, redundant: 0, demand: 50 }), limit('maxFetchesPer1000', 60), 'skip'],
    ['a quiet client, above', run({ ok: 3, redundant: 0, demand: 50 }), limit('maxFetchesPer1000', 39), 'fail'],
    ['each holder has its edge', run({ ok: 30, redundant: 0, demand: 500, holders: 10 }), limit('maxFetchesPer1000', 79), 'skip'],
    // 94 %, 92 % to 96 %.
    ['a hit ratio of the least it may be', run({ ok: 3, redundant: 0, demand: 50 }), limit('minHitRatio', '92%'), 'pass'],
    ['a hit ratio that one fetch decides', run({ ok: 3, redundant: 0, demand: 50 }), limit('minHitRatio', '93%'), 'skip'],
    ['a hit ratio below', run({ ok: 3, redundant: 0, demand: 50 }), limit('minHitRatio', '97%'), 'fail'],
    ['no demand is no evidence', run({ ok: 3, redundant: 0 }), limit('minHitRatio', '97%'), 'skip'],
    ['no price is no evidence', run({ ok: 3, redundant: 0 }), limit('maxCost', '100'), 'skip'],
  ])('%s', (_, analysis, one, result) => expect(decide(analysis, one).result).toBe(result));

  test('a part of the log that could not be read takes the evidence away', () => {
    const analysis = run({ ok: 100, redundant: 0 });
    const lines = { ...analysis.input.lines, read: 100, parsed: 94, rejected: 6, blank: 0, filtered: 0 };
    const broken = { ...analysis, input: { ...analysis.input, lines } };
    expect(decide(broken, limit('maxRedundant', '5%'))).toMatchObject({ result: 'skip', why: expect.stringContaining('94%') });
    const fine = { ...broken, input: { ...analysis.input, lines: { ...lines, parsed: 95, rejected: 5 } } };
    expect(decide(fine, limit('maxRedundant', '5%')).result).toBe('pass');
  });

  test('a client that is not there is not a client within its budget', () =>
    expect(
      decide(run({ ok: 10, redundant: 0 }), { ...limit('maxRedundant', '5%'), scope: { kind: 'client', pattern: 'billing-*' } }),
    ).toMatchObject({ result: 'skip', found: null }));

  test('a route is decided where its fetches leave no choice', () => {
    const analysis = run({ ok: 100, redundant: 98, demand: 100 });
    const route = {
      route: '/orders',
      requests: 50,
      demand: 50,
      fetches: 50,
      taxMs: { p50: 20, p95: 60, p99: 90 },
      loggedCache: null,
    };
    const join = {
      by: 'id',
      matched: 50,
      ambiguous: 0,
      unmatchedGateway: 0,
      unmatchedIssuer: 50,
      skewMs: 0,
      skewSpreadMs: 0,
    } as const;
    const joined: Analysis = { ...analysis, routes: [route], join };
    const of = (measure: Limit['measure'], text: string) =>
      decide(joined, { ...limit(measure, text), scope: { kind: 'route', pattern: '/ord*' } });
    // At most 2 of the 50 are needed.
    expect(of('maxRedundant', '95%')).toMatchObject({ low: 48 / 50, high: 1, result: 'fail' });
    // One fetch fewer, and the quantile lies somewhere between p50 and p95.
    expect(of('maxAddedP95', '19ms').result).toBe('fail');
    expect(of('maxAddedP95', '59ms').result).toBe('skip');
    expect(of('maxAddedP95', '60ms').result).toBe('pass');
    expect(of('maxFetchesPer1000', '900')).toMatchObject({ found: 1000, result: 'fail' });
  });

  test.each([
    [0.050004, 0.05, '5.0004%'],
    [0.05, 0.05, '5.00%'],
    [0.964, 0.05, '96.4%'],
    [0.0499999, 0.05, '4.99999%'],
  ])('%d beside %d is written as %s', (value, at, text) => expect(budgetValue({ unit: 'share', limit: at }, value)).toBe(text));
});

const anyRun = fc
  .record({
    ok: fc.integer({ min: 0, max: 500 }),
    a: fc.nat(500),
    b: fc.nat(500),
    c: fc.nat(500),
    demand: fc.option(fc.nat(5000)),
    holders: fc.integer({ min: 1, max: 9 }),
  })
  .map(({ ok, a, b, c, demand, holders }) => {
    const [low, redundant, high] = [a, b, c].map((each) => Math.min(each, ok)).sort((x, y) => x - y) as [number, number, number];
    return run({ ok, redundant, low, high, demand, holders });
  });
const anyLimit = fc.oneof(
  fc.tuple(
    fc.constantFrom('maxRedundant' as const, 'minHitRatio' as const),
    fc.integer({ min: 0, max: 1000 }).map((n) => n / 1000),
  ),
  fc.tuple(fc.constant('maxFetchesPer1000' as const), fc.integer({ min: 0, max: 2000 })),
);

test('a budget is decided exactly where all values between its bounds agree', () => {
  fc.assert(
    fc.property(anyRun, anyLimit, (analysis, [measure, value]) => {
      const { low, high, found, result, comparison } = decide(analysis, limit(measure, value));
      if (low === null || high === null) {
        expect(result).toBe('skip');
        return;
      }
      expect(low).toBeLessThanOrEqual(found!);
      expect(found!).toBeLessThanOrEqual(high);
      const keeps = (at: number): boolean => (comparison === 'at most' ? at <= value + 1e-12 : at >= value - 1e-12);
      const answers = new Set([low, found!, high].map(keeps));
      expect(result).toBe(answers.size > 1 ? 'skip' : answers.has(true) ? 'pass' : 'fail');
    }),
    { numRuns: runs(500) },
  );
});

test('a check never ends with 0 for a part of the input, and with 0 for nothing decided only where that was asked for', () => {
  const outcome = fc.record({
    result: fc.constantFrom('pass' as const, 'fail' as const, 'skip' as const),
    level: fc.constantFrom('warn' as const, 'error' as const),
  });
  fc.assert(
    fc.property(
      fc.array(outcome, { maxLength: 5 }),
      fc.boolean(),
      fc.option(fc.constant('why')),
      fc.boolean(),
      fc.boolean(),
      fc.boolean(),
      (budgets, complete, inconclusive, interrupted, fail, inconclusivePasses) => {
        const status = checkExitCode({ complete, inconclusive, budgets }, interrupted, { fail, inconclusivePasses });
        const errors = budgets.filter(({ level }) => level === 'error').map(({ result }) => result);
        const undecided = inconclusive !== null || errors.includes('skip');
        const wanted = interrupted
          ? 130
          : !complete
            ? 3
            : errors.includes('fail')
              ? Number(fail)
              : undecided && !inconclusivePasses
                ? 4
                : 0;
        expect(status).toBe(wanted);
      },
    ),
    { numRuns: runs(500) },
  );
});

describe('ignores', () => {
  const analysis = samples.diagnosed!;
  const [finding] = analysis.findings;
  const ignore = { id: finding!.id, reason: 'known', owner: 'platform' };

  test('hold on their last day, and are a failure of their own after it', () => {
    expect(applyIgnores(analysis, [{ ...ignore, until: '2026-03-02' }], '2026-03-02')).toMatchObject({
      hidden: [{ finding }],
      expired: [],
    });
    const over = applyIgnores(analysis, [{ ...ignore, until: '2026-03-02' }], '2026-03-03');
    expect(over.hidden).toEqual([]);
    expect(over.findings).toEqual(analysis.findings);
    expect(over.expired).toMatchObject([
      { result: 'fail', level: 'error', why: expect.stringMatching(/ended on 2026-03-02 \(known, owner platform\)/) },
    ]);
  });

  test('take the redundant fetches of what they hide out of the share', () => {
    const { redundant } = applyIgnores(analysis, [ignore], '2026-03-02');
    expect(redundant.get(finding!.key)).toBe(finding!.redundant);
    const one = run({ ok: 100, redundant: 50 });
    const ignored = new Map([[one.keys[0]!.id, 46]]);
    expect(decide(one, limit('maxRedundant', '5%'), ignored)).toMatchObject({ found: 0.04, result: 'pass' });
  });

  test('that fit nothing are told', () =>
    expect(applyIgnores(analysis, [{ client: 'no-such-*', reason: 'old' }], '2026-03-02').unused).toHaveLength(1));
});

const cases = resolve('fixtures/cases');
const noCache = join(cases, 'analyze-worked-no-cache');
const logs = [join(noCache, 'gateway.log'), join(noCache, 'issuer.log')];
const counting = ['--lifetime', '3600s', '--max-hidden', '1'];

describe('the command', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'check-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const check = async (args: readonly string[], env: Record<string, string> = {}) => {
    const io = fakeIo({ cwd: folder, env });
    const status = await main(['check', ...logs, ...counting, ...args], io);
    return { status, out: io.out(), err: io.err() };
  };
  const read = (name: string) => JSON.parse(readFileSync(join(folder, name), 'utf8'));

  test('its JSON is a result with budgets', async () => {
    const { status, out } = await check(['--max-redundant', '5%', '--format', 'json']);
    expect(status).toBe(1);
    const parsed = resultSchema.parse(JSON.parse(out));
    expect(parsed.budgets).toMatchObject([
      { id: 'maxRedundant', found: 5 / 6, limit: 0.05, result: 'fail', comparison: 'at most' },
    ]);
  });

  test('a flag stands above a variable, a variable above the configuration', async () => {
    writeFileSync(join(folder, 'token-tax.config.json'), JSON.stringify({ budgets: { maxRedundant: '1%' } }));
    expect((await check([])).status).toBe(1);
    expect((await check([], { TOKEN_TAX_MAX_REDUNDANT: '90%' })).status).toBe(0);
    expect((await check(['--max-redundant', '2%'], { TOKEN_TAX_MAX_REDUNDANT: '90%' })).status).toBe(1);
    expect((await check(['--no-config', '--max-redundant', '90%'])).status).toBe(0);
  });

  test('the configuration of package.json is read, and one off is off', async () => {
    const config = { preset: 'strict', budgets: { maxRedundant: 'off', maxAddedP95: ['warn', '1ms'] }, failOn: [] };
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'x', tokenTax: config }));
    const { out } = await check(['--format', 'json']);
    expect(JSON.parse(out).budgets.map(({ id, level }: BudgetResult) => `${id} ${level}`)).toEqual([
      'maxAddedP95 warn',
      'failOn TT118 error',
    ]);
  });

  test('a failure of the check itself passes only where that was asked for, and is said', async () => {
    writeFileSync(join(folder, 'no.log'), 'this is no log\nnor is this\n');
    const io = fakeIo({ cwd: folder });
    expect(await main(['check', 'no.log', '--max-redundant', '5%'], io)).toBe(3);
    const warned = fakeIo({ cwd: folder });
    expect(await main(['check', 'no.log', '--max-redundant', '5%', '--on-error', 'warn'], warned)).toBe(0);
    expect(warned.err()).toContain('NOT CHECKED');
    // A wrong request stays one.
    expect(await main(['check', 'none.log', '--on-error', 'warn'], fakeIo({ cwd: folder }))).toBe(2);
  });

  test('a part of the input is 3, whatever is wished', async () => {
    writeFileSync(join(folder, 'bad.log.gz'), Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1, 2, 3]));
    const wishes = ['--max-redundant', '100%', '--no-fail', '--inconclusive', 'pass', '--on-error', 'warn'];
    expect((await check(['bad.log.gz', ...wishes])).status).toBe(3);
  });

  test('a baseline: written, kept, shrunk, never grown, and refused where it would lie', async () => {
    const budget = ['--max-redundant', '5%', '--baseline', 'base.json'];
    expect((await check(budget)).status).toBe(2);
    const sha = 'a'.repeat(40);
    const first = await check([...budget, '--update-baseline'], { GITHUB_SHA: sha });
    expect(first).toMatchObject({ status: 0, out: expect.stringContaining('Wrote base.json: 1 finding') });
    const base = read('base.json');
    expect(base).toMatchObject({
      commit: sha,
      fetches: 6,
      redundant: 5,
      budgets: { maxRedundant: { found: 5 / 6 } },
      conditions: { lifetime: '3600s' },
    });
    // The same log again: known, over the budget, no failure, and the same bytes.
    const again = await check([...budget, '--update-baseline'], { CI_COMMIT_SHA: 'b'.repeat(40) });
    expect(again).toMatchObject({ status: 0, out: expect.stringMatching(/known {6}1 finding/) });
    expect(read('base.json')).toEqual(base);
    // Another price, life or holder could be all of the change.
    expect(await check([...budget, '--price', '2.25/1000'])).toMatchObject({
      status: 2,
      err: expect.stringContaining('its prices was none'),
    });
    expect((await check([...budget, '--holder', 'shared'])).status).toBe(2);
    writeFileSync(join(folder, 'other.json'), JSON.stringify({ ...base, tool: '7.0.0' }));
    expect((await check(['--baseline', 'other.json'])).status).toBe(2);
    // What is not in it is new, and an update does not take it in.
    writeFileSync(join(folder, 'empty.json'), JSON.stringify({ ...base, findings: {}, budgets: {} }));
    const fresh = await check(['--max-redundant', '5%', '--baseline', 'empty.json', '--update-baseline']);
    expect(fresh).toMatchObject({ status: 1, out: expect.stringMatching(/new {8}1/) });
    expect(read('empty.json')).toMatchObject({ findings: {}, budgets: {} });
    // What is gone is removed.
    const old = { ...base.findings, 'tt103-gone': Object.values(base.findings)[0] };
    writeFileSync(join(folder, 'old.json'), JSON.stringify({ ...base, findings: old }));
    const shrunk = await check(['--max-redundant', '5%', '--baseline', 'old.json', '--update-baseline']);
    expect(shrunk.out).toContain('1 no longer there and removed');
    expect(read('old.json').findings).toEqual(base.findings);
    // Worse by more than chance.
    const [id] = Object.keys(base.findings) as [string];
    const better = {
      ...base,
      fetches: 100_000,
      findings: { [id]: { ...base.findings[id], share: 0.001, redundant: 100 } },
      budgets: {},
    };
    writeFileSync(join(folder, 'better.json'), JSON.stringify(better));
    expect(await check(['--max-redundant', '100%', '--baseline', 'better.json'])).toMatchObject({
      status: 1,
      out: expect.stringContaining('worse'),
    });
    writeFileSync(join(folder, 'broken.json'), '{"kind":"token-tax baseline"');
    expect((await check(['--baseline', 'broken.json'])).status).toBe(2);
  });

  test('init proposes budgets that hold today, writes over nothing, and is read by check', async () => {
    const init = async (...args: string[]) => {
      const io = fakeIo({ cwd: folder });
      return { status: await main(['init', '--from-log', ...logs, ...args], io), err: io.err() };
    };
    expect((await init(...counting)).status).toBe(0);
    const io = fakeIo({ cwd: folder });
    expect([await main(['check', ...logs], io), io.out()]).toEqual([0, expect.stringContaining('budgets are kept')]);
    expect(await init()).toMatchObject({ status: 2, err: expect.stringContaining('is there already') });
    expect((await init('--force', ...counting)).status).toBe(0);
  });

  test('by replay it needs a budget of fetches', async () => {
    const { status, err } = await check(['--replay', '--gateway-command', 'true', '--max-redundant', '5%']);
    expect([status, err]).toEqual([2, expect.stringContaining('--max-fetches-per-1000')]);
  });
});
