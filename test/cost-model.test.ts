/** The arithmetic of money: exact, by tiers, split without remainder; each against a slow and obvious reference. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { allot } from '../src/analysis/allot.js';
import { costOfRun, type KeyCost } from '../src/analysis/cost-of-run.js';
import { compare, decimal, fraction, fromMicros, minus, plus, times, toMicros, toNumber } from '../src/analysis/exact.js';
import { HourProfile } from '../src/analysis/hour-profile.js';
import { shippedPrices, withOwnPrices } from '../src/analysis/price-list.js';
import { avoidable, type ListPrice, perOne, priced, tiered } from '../src/analysis/price-model.js';
import { pricesSchema } from '../src/analysis/prices.schema.js';
import { isPriced, modelsFor, type PricingOptions, parsePricing } from '../src/analysis/pricing.js';
import { SecondCounts } from '../src/analysis/second-counts.js';
import { providers } from '../src/events/providers/index.js';
import { nearest } from '../src/input/near.js';
import { runs } from './support/runs.js';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

describe('exact amounts', () => {
  test('0.1 + 0.2 is 0.3, and a millionth of a cent is not lost', () => {
    expect(compare(plus(decimal('0.1')!, decimal('0.2')!), decimal('0.3')!)).toBe(0);
    expect(toMicros(decimal('0.0000005')!)).toBe(1n);
    expect(toMicros(decimal('-0.0000005')!)).toBe(-1n);
    expect(toMicros(decimal('0.00000049')!)).toBe(0n);
    expect(fromMicros(toMicros(decimal('59128.289063')!))).toBe(59128.289063);
    expect(toNumber(fraction(2, 3), 4)).toBe(0.6667);
  });

  test.each(['', 'NaN', 'Infinity', '1.', '.5', '1,5', '2.25/1000', '0x10', '1e999'])('%j is no amount', (text) =>
    expect(decimal(text)).toBeUndefined(),
  );

  test('sums and products are those of whole numbers', () => {
    const number = fc.record({ n: fc.bigInt(-(10n ** 12n), 10n ** 12n), d: fc.bigInt(1n, 10n ** 6n) });
    fc.assert(
      fc.property(number, number, (a, b) => {
        const [x, y] = [fraction(a.n, a.d), fraction(b.n, b.d)];
        expect(compare(plus(x, y), { n: a.n * b.d + b.n * a.d, d: a.d * b.d })).toBe(0);
        expect(compare(times(x, y), { n: a.n * b.n, d: a.d * b.d })).toBe(0);
        expect(compare(minus(plus(x, y), y), x)).toBe(0);
      }),
      { numRuns: runs(300) },
    );
  });
});

/** Tiers in a row from 0, the last without an end. */
const listPrice = (most: number): fc.Arbitrary<ListPrice<'token response'>> =>
  fc
    .record({
      per: fc.constantFrom(1, 3, 100, 1000),
      included: fc.nat(Math.floor(most / 3)),
      widths: fc.array(fc.integer({ min: 1, max: Math.max(1, Math.floor(most / 3)) }), { maxLength: 3 }),
      amounts: fc.array(fc.nat(999_999), { minLength: 4, maxLength: 4 }),
    })
    .map(({ per, included, widths, amounts }) => {
      const borders = [0, ...widths].map((_, at, all) => all.slice(0, at + 1).reduce((sum, width) => sum + width, 0));
      return {
        unit: 'token response',
        per,
        included,
        tiers: borders.map((from, at) => ({ from, to: borders[at + 1] ?? null, amount: String(amounts[at]! / 10_000) })),
      };
    });

/** One unit after the other: the first ones are free, each further one costs what its tier says. */
const billSlowly = ({ per, included, tiers }: ListPrice<'token response'>, many: number) => {
  let total = fraction(0);
  for (let unit = included; unit < many; unit += 1) {
    const place = unit - included;
    const tier = tiers.find(({ from, to }) => place >= from && (to === null || place < to))!;
    total = plus(total, times(decimal(tier.amount)!, fraction(1, per)));
  }
  return total;
};

describe('bills', () => {
  const of = (value: number) => ({ unit: 'token response' as const, value: fraction(value) });

  test('by tiers are those of a loop over single units, and so is their difference', () =>
    fc.assert(
      fc.property(listPrice(200), fc.nat(200), fc.nat(200), (list, one, other) => {
        const [kept, all] = [Math.min(one, other), Math.max(one, other)];
        expect(compare(tiered(list, of(all)), billSlowly(list, all))).toBe(0);
        expect(compare(avoidable(list, of(all), of(kept)), minus(billSlowly(list, all), billSlowly(list, kept)))).toBe(0);
      }),
      { numRuns: runs(200) },
    ));

  test('with tiers the avoidable part is cheaper than its number times the first price', () => {
    const list: ListPrice<'token response'> = {
      unit: 'token response',
      per: 1,
      included: 0,
      tiers: [
        { from: 0, to: 10, amount: '1' },
        { from: 10, to: null, amount: '0.1' },
      ],
    };
    // The 10 that are needed fill the dear tier; the other 90 cost 9, not 90.
    expect(toMicros(avoidable(list, of(100), of(10)))).toBe(9_000_000n);
  });

  test('a price is for a unit: another one, or an amount alone, does not compile', () => {
    const [cognito] = shippedPrices.models;
    const item = cognito!.items[0]!;
    if (item.kind !== 'issuer') throw new Error('the first list is that of an issuer');
    const one = perOne(item, item.tiers[0]!);
    expect(toMicros(priced({ unit: 'token response', value: fraction(1000) }, one))).toBe(2_250_000n);
    // @ts-expect-error gigabytes are not priced by the token
    priced({ unit: 'GB', value: fraction(1) }, one);
    // @ts-expect-error the price of 1,000 is not the price of one: only perOne() makes that
    priced({ unit: 'token response', value: fraction(1) }, { unit: 'token response', amount: decimal('2.25')! });
    // @ts-expect-error a list of token responses takes no requests
    tiered(item, { unit: 'request', value: fraction(1) });
  });
});

describe('shares', () => {
  test('add up to the whole, and each is its share rounded down or up', () =>
    fc.assert(
      fc.property(fc.bigInt(0n, 10n ** 15n), fc.array(fc.nat(1_000_000), { minLength: 1, maxLength: 40 }), (whole, weights) => {
        const parts = allot(whole, weights);
        const total = weights.reduce((sum, weight) => sum + BigInt(weight), 0n);
        if (total === 0n) {
          expect(parts.every((part) => part === 0n)).toBe(true);
          return;
        }
        expect(parts.reduce((sum, part) => sum + part, 0n)).toBe(whole);
        for (const [at, part] of parts.entries()) {
          const exact = whole * BigInt(weights[at]!);
          expect(part === exact / total || (part === exact / total + 1n && exact % total !== 0n)).toBe(true);
        }
      }),
      { numRuns: runs(300) },
    ));

  test('what is left over goes to the largest remainders, of equal ones to the first', () => {
    expect(allot(10n, [1, 1, 1])).toEqual([4n, 3n, 3n]);
    // 5.5, 3.3, 1.2
    expect(allot(10n, [55, 33, 12])).toEqual([6n, 3n, 1n]);
    expect(allot(-10n, [1, 1, 1])).toEqual([-4n, -3n, -3n]);
    expect(allot(5n, [0, 0])).toEqual([0n, 0n]);
  });
});

const pricing = (options: PricingOptions = {}) => parsePricing(options, nearest);

const key = (provider: string | null, ok: number, redundant: number, more: Partial<KeyCost> = {}): KeyCost => ({
  provider,
  ok,
  redundant,
  low: redundant,
  high: redundant,
  waitMs: redundant * 800,
  ...more,
});

const run = (options: PricingOptions, keys: readonly KeyCost[], more: Partial<Parameters<typeof costOfRun>[1]> = {}) =>
  costOfRun(pricing(options), {
    keys,
    profile: undefined,
    windowMs: DAY_MS,
    windowEndMs: Date.parse('2026-03-03T00:00:00Z'),
    peakOver: () => 10,
    ...more,
  });

describe('ten requests a second, a fetch for each, tokens of an hour, for a day', () => {
  // 86,400 s / 3,540 s of usable life, rounded up, are needed: 25 of 864,000.
  const day = (provider: string | null) => [key(provider, 864_000, 863_975)];

  test('at the first tier of Cognito', () => {
    const { cost, load } = run({}, day('cognito'));
    expect(cost?.allPerMonth?.toFixed(2)).toBe('59130.00');
    expect(cost?.perMonth?.base.toFixed(2)).toBe('59128.29');
    expect(cost).toMatchObject({ currency: 'USD', standing: 'estimated', models: [{ id: 'cognito-m2m', chosenBy: 'provider' }] });
    expect(cost?.models[0]?.assumes.join()).toContain('first tier');
    expect(load.money).toBeNull();
    expect(load.rateLimit).toMatchObject({ fetches: 150, seconds: 1, peak: 10, headroom: 15 });
    // 863,975 x 0.8 s x 730 / 24
    expect(load.waitSecondsPerMonth?.base).toBeCloseTo(21_023_391.667, 3);
  });

  test('the same by --price, for any issuer', () => {
    const { cost } = run({ price: 'USD 2.25/1000' }, day(null));
    expect(cost?.perMonth?.base.toFixed(2)).toBe('59128.29');
    expect(cost?.window.base).toBe(1943.94375);
    expect(cost?.models).toMatchObject([{ id: '--price', asOf: null, chosenBy: 'option' }]);
  });

  test('the CPU of a Keycloak: vCPU always, money only where somebody says so', () => {
    const quiet = run({}, day('keycloak'));
    expect(quiet.cost).toBeNull();
    expect(quiet.load.money).toBe('unknown, not metered (keycloak)');
    expect(quiet.load.issuerCpu?.vcpus?.base).toBeCloseTo(0.0833, 4);
    expect(quiet.load.issuerCpu?.vcpus?.low).toBeCloseTo(0.0417, 4);
    const asked = run({ priceModel: ['keycloak-cpu'] }, day('keycloak'));
    expect(asked.cost?.perMonth?.base.toFixed(2)).toBe('2.43');
    expect(asked.cost?.perMonth?.low.toFixed(2)).toBe('1.22');
  });

  test('a quota, and an issuer that nobody knows, have no price', () => {
    expect(run({}, day('auth0'))).toMatchObject({ cost: null, load: { money: expect.stringContaining('quota') } });
    expect(run({}, day(null))).toMatchObject({ cost: null, load: { money: expect.stringContaining('not certain') } });
    expect(run({ priceModel: ['cognito-m2m'] }, day('keycloak'))).toMatchObject({
      cost: null,
      load: { money: expect.stringContaining('none of these fetches is billed by cognito-m2m') },
      warnings: [{ id: 'price-unused' }],
    });
  });

  test('1 million requests through a REST API of AWS are 3.50, and a function of 512 MB that waits 0.8 s costs 6.67', () => {
    const million = [key('keycloak', 1_000_001, 1_000_000)];
    const { cost } = run({ priceModel: ['aws-apigw-rest', 'aws-lambda-x86'] }, million, { windowMs: 730 * HOUR_MS });
    expect(cost?.items.map(({ id, window }) => [id, window.base.toFixed(2)])).toEqual([
      ['aws-apigw-rest.gateway', '3.50'],
      ['aws-lambda-x86.hold', '6.67'],
    ]);
    expect(cost?.window.base.toFixed(2)).toBe('10.17');
  });

  test('an included quota counts in a month, not in an hour', () => {
    // 1,000 an hour are 730,000 a month; 50,000 of them free, 0.0008 each.
    const { cost } = run({ priceModel: ['logto-cloud'] }, [key(null, 1000, 1000)], { windowMs: HOUR_MS });
    expect(cost?.perMonth?.base).toBe(544);
    expect(cost?.window.base).toBe(fromMicros(toMicros(fraction(544, 730))));
    // Below the quota nothing is billed.
    expect(run({ priceModel: ['logto-cloud'] }, [key(null, 60, 60)], { windowMs: HOUR_MS }).cost?.perMonth?.base).toBe(0);
  });
});

describe('a month', () => {
  const keys = [key('cognito', 1000, 900, { low: 500, high: 950 })];

  test('is not said from less than an hour, but where it is forced', () => {
    const { cost } = run({}, keys, { windowMs: HOUR_MS - 1 });
    expect(cost).toMatchObject({ perMonth: null, allPerMonth: null, extrapolation: null, items: [{ perMonth: null }] });
    expect(cost?.perMonthWhyNot).toContain('less than an hour');
    expect(cost?.window).toEqual({ low: 1.125, base: 2.025, high: 2.1375 });
    const forced = run({ forceMonth: true }, keys, { windowMs: HOUR_MS / 2 });
    expect(forced.cost?.perMonth?.base).toBe(2.025 * 2 * 730);
    expect(forced.warnings).toMatchObject([{ id: 'forced-month' }]);
    expect(run({ forceMonth: true }, keys, { windowMs: 0 }).cost).toMatchObject({ perMonth: null });
    expect(run({}, keys, { windowMs: HOUR_MS }).cost?.perMonth?.base).toBe(2.025 * 730);
  });

  test('ranges from the quietest to the busiest hour', () => {
    const profile = { of: () => ({ hours: 24, quietest: 9, busiest: 90, total: 900 }) };
    const { cost } = run({ price: '1/1' }, [key(null, 900, 900)], { profile });
    expect(cost?.perMonth).toEqual({ low: 9 * 730, base: 27_375, high: 90 * 730 });
    expect(cost?.extrapolation).toMatchObject({ quietestHour: 9, busiestHour: 90, hours: 24 });
  });

  test('low <= base <= high, the parts add up, and no amount is below 0', () =>
    fc.assert(
      fc.property(
        listPrice(5000),
        fc.array(fc.record({ ok: fc.nat(5000), a: fc.nat(5000), b: fc.nat(5000), c: fc.nat(5000) }), {
          minLength: 1,
          maxLength: 4,
        }),
        fc.record({ quietest: fc.nat(50), busiest: fc.nat(3000), hours: fc.integer({ min: 0, max: 50 }) }),
        (list, counts, hours) => {
          const keys = counts.map(({ ok, a, b, c }) => {
            const [low = 0, redundant = 0, high = 0] = [a, b, c].map((one) => Math.min(ok, one)).sort((x, y) => x - y);
            return key(null, ok, redundant, { low, high });
          });
          const redundant = keys.reduce((sum, one) => sum + one.redundant, 0);
          const table = withOwnPrices([
            {
              id: 'mine',
              currency: 'EUR',
              asOf: '2026-01-01',
              source: 'a test',
              items: [
                { kind: 'issuer', ...list },
                { kind: 'network', unit: 'GB', per: 1, bytesPerFetch: 6000, tiers: [{ from: 0, amount: '0.09' }] },
              ],
            },
          ]);
          const total = Math.max(1, redundant);
          const { cost } = run({ table, priceModel: ['mine'] }, keys, {
            windowMs: Math.max(1, hours.hours) * HOUR_MS - (hours.hours === 0 ? 1 : 0),
            profile: { of: () => ({ ...hours, busiest: Math.max(hours.busiest, hours.quietest), total }) },
          });
          if (cost === null) {
            expect(keys.every(({ ok }) => ok === 0)).toBe(true);
            return;
          }
          for (const amount of [cost.window, ...(cost.perMonth === null ? [] : [cost.perMonth])]) {
            expect(amount.low).toBeLessThanOrEqual(amount.base);
            expect(amount.base).toBeLessThanOrEqual(amount.high);
            expect(amount.low).toBeGreaterThanOrEqual(0);
          }
          const micros = (values: readonly number[]): number => values.reduce((sum, value) => sum + Math.round(value * 1e6), 0);
          expect(micros(cost.items.map(({ window }) => window.base))).toBe(micros([cost.window.base]));
          if (cost.perMonth !== null && cost.allPerMonth !== null)
            expect(cost.perMonth.base).toBeLessThanOrEqual(cost.allPerMonth + 2e-6);
        },
      ),
      { numRuns: runs(200) },
    ));
});

describe('hours and limits', () => {
  test('the quietest and the busiest complete hour are those of a slow count', () =>
    fc.assert(
      fc.property(
        fc.array(fc.record({ at: fc.nat(5 * HOUR_MS), isRedundant: fc.boolean() }), { maxLength: 60 }),
        fc.integer({ min: 0, max: 5 * HOUR_MS }),
        (fetches, lengthMs) => {
          const fromMs = Date.parse('2026-03-02T00:17:03.123Z');
          const inside = fetches.filter(({ at }) => at <= lengthMs).sort((a, b) => a.at - b.at);
          const profile = new HourProfile({ fromMs, toMs: fromMs + lengthMs });
          profile.add(
            {
              fetches: { startMs: Float64Array.from(inside, ({ at }) => fromMs + at), count: inside.length } as never,
              redundantFlags: Uint8Array.from(inside, ({ isRedundant }) => Number(isRedundant)),
            },
            'cognito',
          );
          const redundant = inside.filter(({ isRedundant }) => isRedundant);
          const counts = Array.from(
            { length: Math.floor(lengthMs / HOUR_MS) },
            (_, hour) => redundant.filter(({ at }) => at >= hour * HOUR_MS && at < (hour + 1) * HOUR_MS).length,
          );
          expect(profile.of(() => true)).toEqual(
            counts.length === 0 || redundant.length === 0
              ? undefined
              : { hours: counts.length, quietest: Math.min(...counts), busiest: Math.max(...counts), total: redundant.length },
          );
          expect(profile.of((provider) => provider === 'keycloak')).toBeUndefined();
        },
      ),
      { numRuns: runs(200) },
    ));

  test('the peak within many seconds is that of a slow count', () =>
    fc.assert(
      fc.property(fc.array(fc.nat(20_000), { maxLength: 60 }), fc.integer({ min: 1, max: 30 }), (times, seconds) => {
        const counts = new SecondCounts();
        for (const at of times) counts.add(at * 1000 + 7_000_000_000_000);
        const slow = Math.max(0, ...times.map((from) => times.filter((at) => at >= from && at < from + seconds).length));
        expect(counts.peakOver(seconds)).toBe(slow);
      }),
      { numRuns: runs(200) },
    ));

  test('a limit of a minute is held against the peak of a minute', () => {
    const { load } = run({ rateLimit: '600/m' }, [key(null, 10, 5)], { peakOver: (seconds) => (seconds === 60 ? 1200 : 0) });
    expect(load.rateLimit).toMatchObject({ fetches: 600, seconds: 60, from: '--rate-limit', peak: 1200, headroom: 0.5 });
  });
});

describe('which price holds', () => {
  const ids = (options: PricingOptions, provider: string | null) => modelsFor(pricing(options), provider).map(({ id }) => id);

  test.each([
    ['nothing said, a provider that bills', {}, 'cognito', ['cognito-m2m']],
    ['nothing said, one that does not', {}, 'keycloak', []],
    ['nothing said, not certain', {}, null, []],
    ['a price holds for all', { price: '1/1000' }, 'keycloak', ['--price']],
    ['a list of a provider holds where nobody knows better', { priceModel: ['cognito-m2m'] }, null, ['cognito-m2m']],
    ['but not for another provider', { priceModel: ['cognito-m2m'] }, 'keycloak', []],
    ['a gateway carries all fetches', { priceModel: ['aws-nat'] }, 'keycloak', ['aws-nat']],
    ['two issuers price nothing that may be of either', { priceModel: ['cognito-m2m,logto-cloud'] }, null, []],
    ['and each its own', { priceModel: ['cognito-m2m,logto-cloud'] }, 'cognito', ['cognito-m2m']],
  ] as const)('%s', (_, options, provider, expected) => expect(ids(options, provider)).toEqual(expected));

  test('two currencies are never added: without a choice the one of the user holds', () => {
    const tiers = [{ from: 0, amount: '1' }];
    const item = { kind: 'issuer', unit: 'token response', per: 1, tiers } as const;
    const table = withOwnPrices([
      { id: 'ours', provider: 'auth0', currency: 'EUR', asOf: '2026-01-01', source: 'a test', items: [item] },
    ]);
    const { cost } = run({ table }, [key('auth0', 10, 5), key('cognito', 100, 90)]);
    expect(cost).toMatchObject({ currency: 'EUR', window: { base: 5 }, notPriced: { redundant: 90 } });
    expect(shippedPrices.models.every(({ currency }) => currency === 'USD')).toBe(true);
  });

  test('fetches without a price are named, and not in the sum', () => {
    const { cost } = run({}, [key('cognito', 100, 90), key('keycloak', 1000, 900)]);
    expect(cost).toMatchObject({
      priced: { ok: 100, redundant: 90 },
      notPriced: { ok: 1000, redundant: 900 },
      window: { base: 0.2025 },
    });
    expect(cost?.notIncluded[0]).toBe('900 redundant fetches of keycloak: no price');
  });

  test.each([
    ['an unknown model', { priceModel: ['congito-m2m'] }, /there is no price model/, /cognito-m2m/],
    ['the name of a provider', { priceModel: ['cognito'] }, /there is no price model/, /cognito-m2m/],
    ['a model without a price', { priceModel: ['auth0-m2m'] }, /has no price/, /--price AMOUNT/],
    ['a price for nobody knows how many', { price: '2.25' }, /for how many/, /2\.25\/1000/],
    ['a negative price', { price: '-1/1000' }, /not below 0/, /AMOUNT\/COUNT/],
    ['no number', { price: 'NaN/1000' }, /cannot be/, /AMOUNT\/COUNT/],
    ['for none', { price: '1/0' }, /cannot be/, /AMOUNT\/COUNT/],
    ['two currencies in one price', { price: 'USD 1 EUR/1000' }, /two currencies/, /Write one/],
    ['a price and a list of the same', { price: '1/1000', priceModel: ['cognito-m2m'] }, /both price the same/, /one of them/],
    ['two currencies', { price: 'EUR 1/1000', priceModel: ['aws-nat'] }, /EUR.*USD/, /one currency/],
  ] as const)('%s is refused', (_, options, message, help) =>
    expect(() => pricing(options)).toThrow(
      expect.objectContaining({
        code: 'BAD_OPTION',
        message: expect.stringMatching(message),
        help: expect.stringMatching(help),
      }),
    ),
  );

  test('an old list warns, by the log and not by the clock', () => {
    const at = (end: string) => run({}, [key('cognito', 10, 5)], { windowEndMs: Date.parse(end) }).warnings.map(({ id }) => id);
    expect(at('2026-04-27T00:00:00Z')).toEqual([]);
    expect(at('2026-04-28T00:00:00Z')).toEqual(['price-age']);
    expect(at('2020-01-01T00:00:00Z')).toEqual([]);
  });
});

describe('the lists of the package', () => {
  const raw: unknown = JSON.parse(readFileSync('src/analysis/prices.json', 'utf8'));

  test('fit the schema that a user has to fit', () => {
    expect(pricesSchema.safeParse(raw).error?.issues ?? []).toEqual([]);
  });

  test.each(shippedPrices.models.map((model) => [model.id, model] as const))('%s has a date and a source', (_, model) => {
    expect(model.source).toMatch(/^https:\/\//);
    expect(Number.isNaN(Date.parse(model.asOf))).toBe(false);
    for (const item of model.items) expect(item.tiers[0]?.from).toBe(0);
    // A vendor without a price of one has no price at all, and says why.
    if (model.items.length === 0) expect(model.notIncluded.length).toBeGreaterThan(0);
  });

  test('name providers that exist', () => {
    const known = new Set(providers.map(({ id }) => id));
    for (const id of shippedPrices.notMetered) expect(known.has(id), id).toBe(true);
    for (const { provider } of shippedPrices.models)
      if (provider !== null && provider !== 'logto') expect(known.has(provider)).toBe(true);
  });

  test('no provider that one runs oneself has a price without being asked', () => {
    const none = pricing();
    for (const id of shippedPrices.notMetered) expect(isPriced(none, id), id).toBe(false);
  });
});
