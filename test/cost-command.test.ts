/** Money from the command line: what is printed, what each pays, which budgets hold, and what is wrong with a price list. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Analysis, ShowbackRow } from '../src/analysis/result.js';
import { main } from '../src/cli/main.js';
import { fakeIo } from './support/fake-io.js';

let folder: string;
const COGNITO = 'acme.auth.eu-central-1.amazoncognito.com';
const START = Date.parse('2026-03-02T00:00:00Z');

interface Stream {
  readonly client: string;
  readonly host: string;
  readonly path?: string;
  /** One fetch every so many seconds. */
  readonly every: number;
  readonly fromMinute?: number;
}

/** An issuer's log of some clients; stamps at the end of each fetch, which takes 100 ms. The window is as long as asked for, to the ms. */
const writeLog = (name: string, minutes: number, streams: readonly Stream[]): void => {
  const lines = streams.flatMap(({ client, host, every, path = '/oauth2/token', fromMinute = 0 }, index) => {
    const many = Math.floor(((minutes - fromMinute) * 60) / every);
    const atMs = (one: number): number =>
      // The first starts with the window and the last ends with it.
      index === 0 && one === many - 1 ? minutes * 60_000 - 100 : fromMinute * 60_000 + one * every * 1000;
    return Array.from({ length: many }, (_, one) => ({
      ms: START + atMs(one) + 100,
      text: JSON.stringify({
        time: new Date(START + atMs(one) + 100).toISOString(),
        method: 'POST',
        host,
        path,
        status: 200,
        duration_ms: 100,
        client_id: client,
        client_ip: `10.0.0.${index + 1}`,
      }),
    }));
  });
  lines.sort((a, b) => a.ms - b.ms);
  writeFileSync(join(folder, name), `${lines.map(({ text }) => text).join('\n')}\n`);
};

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cost-'));
  writeLog('cognito.log', 120, [
    { client: 'orders', host: COGNITO, every: 2 },
    { client: 'billing', host: COGNITO, every: 7 },
    { client: 'search', host: COGNITO, every: 11, fromMinute: 60 },
  ]);
  writeLog('short.log', 59, [{ client: 'orders', host: COGNITO, every: 2 }]);
  writeLog('keycloak.log', 90, [
    { client: 'orders', host: 'idp.example', path: '/realms/main/protocol/openid-connect/token', every: 2 },
  ]);
  writeLog('mixed.log', 90, [
    { client: 'many', host: 'idp.example', path: '/realms/main/protocol/openid-connect/token', every: 1 },
    { client: 'paid', host: COGNITO, every: 9 },
  ]);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const lifetime = ['--lifetime', '3600s', '--max-hidden', '1'];

const run = async (...args: readonly string[]) => {
  const io = fakeIo({ cwd: folder });
  const status = await main([...args], io);
  return { status, out: io.out(), err: io.err() };
};

const analyze = async (log: string, ...more: readonly string[]): Promise<Analysis> =>
  JSON.parse((await run('analyze', log, ...lifetime, ...more, '--format', 'json')).out) as Analysis;

const micros = (amount: number | null): number => Math.round((amount ?? Number.NaN) * 1e6);

describe('what is printed', () => {
  test('Cognito is priced by itself, with the day of the price and what it rests on', async () => {
    const { out } = await run('analyze', 'cognito.log', ...lifetime, '-v');
    expect(out).toMatch(/USD 11\.\d\d .*here, estimated\s+USD 2\.25 per 1,000 token responses/);
    expect(out).toMatch(/a month, estimated\s+quietest to busiest hour/);
    expect(out).toMatch(/prices: cognito-m2m of 2025-04-27\s+all at first tier: upper bound/);
    expect(out).toContain('rate limit headroom');
  });

  test('an issuer that bills nothing has no money, and its CPU is said', async () => {
    const { out } = await run('analyze', 'keycloak.log', ...lifetime);
    expect(out).toContain('money: unknown, not metered (keycloak)');
    expect(out).toContain('vCPU of the issuer, estimated');
    expect(out).not.toMatch(/USD|\$/);
    const { cost, load } = await analyze('keycloak.log');
    expect(cost).toBeNull();
    // 2,700 fetches in 90 minutes, two of them needed.
    expect(load?.issuerCpu).toMatchObject({ redundant: 2698, vcpuSeconds: { base: 22.483333 } });
  });

  test('a part of a log has no cost: what is redundant of it is not 0, but not known', async () => {
    const { cost, load } = await analyze('cognito.log', '--sampled', '1/10');
    expect(cost).toBeNull();
    expect(load?.money).toContain('a part of the requests');
  });

  test('less than an hour says nothing of a month, unless it is told to', async () => {
    const { cost } = await analyze('short.log');
    expect(cost).toMatchObject({ perMonth: null, allPerMonth: null });
    expect(cost?.perMonthWhyNot).toContain('less than an hour');
    expect((await run('analyze', 'short.log', ...lifetime)).out).toContain('a month: not said, less than an hour of log');
    const { out, err } = await run('analyze', 'short.log', ...lifetime, '--force-month');
    expect(out).toContain('a month, estimated');
    expect(err).toContain('it may be off by any factor');
  });

  test.each(['md', 'html', 'csv', 'openmetrics'] as const)(
    '%s has the amounts, and says that they are estimated',
    async (format) => {
      const { out } = await run('analyze', 'cognito.log', ...lifetime, '--format', format);
      const { cost } = await analyze('cognito.log');
      if (format === 'csv') {
        const [head = '', ...rows] = out.trimEnd().split('\n');
        const column = head.split(',').indexOf('cost_window');
        const sum = rows.reduce((all, row) => all + micros(Number(row.split(',')[column])), 0);
        expect(sum).toBe(micros(cost!.window.base));
      } else {
        expect(out).toMatch(/estimated/i);
        expect(out).toContain(format === 'openmetrics' ? String(cost!.window.base) : 'cognito-m2m');
      }
    },
  );

  test('prices that are old by the log warn', async () => {
    const list = { models: [model({ asOf: '2024-12-31' })] };
    writeFileSync(join(folder, 'old.json'), JSON.stringify(list));
    const { err } = await run('analyze', 'cognito.log', ...lifetime, '--prices', 'old.json', '--price-model', 'mine');
    expect(err).toContain('the prices of mine are of 2024-12-31, more than a year before the end of the log');
  });

  test('explain: the multiplication, the price with its source, and what is not included', async () => {
    await run('analyze', 'cognito.log', ...lifetime, '--output', 'json=r.json');
    const { out } = await run('explain', 'cost', '--result', 'r.json');
    expect(out).toMatch(/^cost\.window\.base = USD 11\.\d\d\n {2}standing {6}estimated\n/);
    expect(out.replace(/\s+/g, ' ')).toMatch(
      /working 4,\d{3} redundant of 4,\d{3} token responses x USD 2\.25 per 1,000 token responses; a month: x 365 = /,
    );
    expect(out).toMatch(/price\s+cognito-m2m, prices of 2025-04-27/);
    expect(out).toMatch(/not included\s+\$6 per app client and month/);
    expect((await run('explain', 'cost.month', '--result', 'r.json')).out).toMatch(/all fetches\s+USD 4,\d\d\d\.\d\d a month/);
    await run('analyze', 'keycloak.log', ...lifetime, '--output', 'json=k.json');
    expect((await run('explain', 'cost', '--result', 'k.json')).out).toMatch(/not known[\s\S]*not metered \(keycloak\)/);
    await run('analyze', 'short.log', ...lifetime, '--output', 'json=s.json');
    expect((await run('explain', 'cost.month', '--result', 's.json')).out).toMatch(/not said[\s\S]*less than an hour/);
  });
});

describe('who pays', () => {
  test.each([
    ['one price', []],
    ['tiers and a quota', ['--prices', 'tiers.json', '--price-model', 'mine']],
    ['a gateway beside', ['--price-model', 'cognito-m2m,aws-apigw-http']],
  ] as const)('all parts add up to the total, to the millionth: %s', async (_, options) => {
    const item = {
      kind: 'issuer',
      unit: 'token response',
      per: 100,
      included: 1234,
      tiers: [
        { from: 0, to: 3333, amount: '0.0807' },
        { from: 3333, amount: '0.0213' },
      ],
    };
    writeFileSync(join(folder, 'tiers.json'), JSON.stringify({ models: [model({ items: [item] })] }));
    const { cost } = await analyze('cognito.log', '--owner', 'orders=shop', ...options);
    const { showback, window, perMonth } = cost!;
    for (const [by, rows] of Object.entries(showback) as [string, readonly ShowbackRow[]][]) {
      expect(
        rows.reduce((sum, row) => sum + micros(row.window), 0),
        by,
      ).toBe(micros(window.base));
      expect(
        rows.reduce((sum, row) => sum + micros(row.perMonth), 0),
        by,
      ).toBe(micros(perMonth!.base));
    }
    expect(showback.client.map(({ name }) => name)).toEqual(['orders', 'billing', 'search']);
    expect(new Set(showback.owner.map(({ name }) => name))).toEqual(new Set(['shop', null]));
    for (const row of showback.client)
      expect(Math.abs(row.window / window.base - row.weight / cost!.priced.redundant)).toBeLessThan(1e-5);
  });

  test('clients beyond the rows of the result pay as well, under no name', async () => {
    const lines = Array.from({ length: 3300 }, (_, at) =>
      JSON.stringify({
        time: new Date(START + at * 1100).toISOString(),
        method: 'POST',
        host: COGNITO,
        path: '/oauth2/token',
        status: 200,
        client_id: `c${at % 1100}`,
        client_ip: '10.0.0.1',
      }),
    );
    writeFileSync(join(folder, 'crowd.log'), `${lines.join('\n')}\n`);
    const { cost, keys } = await analyze('crowd.log');
    expect(keys.length).toBe(1001);
    const { client } = cost!.showback;
    expect(client.reduce((sum, row) => sum + row.weight, 0)).toBe(cost!.priced.redundant);
    // 1,000 clients with two each have a row.
    expect(client.find(({ name }) => name === null)?.weight).toBe(cost!.priced.redundant - 2000);
    expect(client.reduce((sum, row) => sum + micros(row.window), 0)).toBe(micros(cost!.window.base));
    expect(client.filter(({ name }) => name !== null).every(({ window }) => Math.abs(window - 0.0045) < 2e-6)).toBe(true);
  });

  test('what has a price ranks before what has more fetches and none', async () => {
    const { findings, keys, cost } = await analyze('mixed.log');
    const clients = findings.map(({ key }) => keys.find(({ id }) => id === key)?.client);
    expect(clients).toEqual(['paid', 'many']);
    expect(cost?.showback.client.map(({ name }) => name)).toEqual(['paid']);
    expect(cost?.notPriced.redundant).toBe(5398);
    const byWait = await analyze('mixed.log', '--price-model', 'aws-nat');
    expect(byWait.findings.map(({ key }) => byWait.keys.find(({ id }) => id === key)?.client)).toEqual(['many', 'paid']);
  });
});

describe('budgets', () => {
  const check = async (log: string, limit: string, ...more: readonly string[]) =>
    await run('check', log, ...lifetime, '--max-cost', limit, ...more, '--no-config');

  test('below the quietest hour it is broken, above the busiest it is kept, between them it is not decided', async () => {
    const { low, high } = (await analyze('cognito.log')).cost!.perMonth!;
    expect(low).toBeLessThan(high - 100);
    expect((await check('cognito.log', `USD ${Math.floor(low)}`)).status).toBe(1);
    expect((await check('cognito.log', `USD ${Math.ceil(high)}`)).status).toBe(0);
    const between = await check('cognito.log', `USD ${Math.round((low + high) / 2)}`);
    expect(between.status).toBe(4);
    expect(between.out.replace(/\s+/g, ' ')).toContain('the range from the quietest to the busiest hour lies on both sides');
  });

  test('no month is not a kept budget', async () => {
    const { status, out } = await check('short.log', 'USD 1000000');
    expect(status).toBe(4);
    expect(out).toMatch(/less than an hour/);
  });

  test('no price is not a kept budget, and it says why there is none', async () => {
    const { status, out } = await check('keycloak.log', 'USD 1000000');
    expect(status).toBe(4);
    expect(out).toMatch(/not\s+metered\s+\(keycloak\)/);
    expect((await check('keycloak.log', 'USD 1000000', '--price', '1/1000')).status).toBe(0);
    expect((await check('keycloak.log', 'USD 1000000', '--price', 'EUR 1/1000')).status).toBe(4);
  });

  test('of a client: what it pays', async () => {
    const budgets = { clients: { billing: { maxCost: 'USD 1' }, orders: { maxCost: 'USD 100000' } } };
    writeFileSync(join(folder, 'budgets.json'), JSON.stringify({ budgets }));
    const { out } = await run('check', 'cognito.log', ...lifetime, '--config', 'budgets.json', '--format', 'json');
    const { budgets: found, cost } = JSON.parse(out) as Analysis;
    expect(found.map(({ id, result }) => [id, result])).toEqual([
      ['maxCost client billing', 'fail'],
      ['maxCost client orders', 'pass'],
    ]);
    expect(found[0]?.found).toBeCloseTo(cost!.showback.client.find(({ name }) => name === 'billing')!.perMonth!, 6);
  });
});

const model = (more: object = {}): Record<string, unknown> => ({
  id: 'mine',
  currency: 'USD',
  asOf: '2026-01-31',
  source: 'our contract',
  items: [{ kind: 'issuer', unit: 'token response', per: 1000, tiers: [{ from: 0, amount: '2.25' }] }],
  ...more,
});

describe('price lists', () => {
  const withTiers = (tiers: unknown) => model({ items: [{ kind: 'issuer', unit: 'token response', per: 1000, tiers }] });
  const withAmount = (amount: unknown) => withTiers([{ from: 0, amount }]);

  test('of a user are used by name, from the configuration too', async () => {
    writeFileSync(join(folder, 'good.json'), JSON.stringify({ models: [withAmount('4.50')] }));
    writeFileSync(join(folder, 'config.json'), JSON.stringify({ analysis: { prices: 'good.json', priceModels: ['mine'] } }));
    const { cost } = await analyze('keycloak.log', '--config', 'config.json');
    expect(cost).toMatchObject({
      unitPrice: { amount: 4.5, per: 1000, unit: 'token response' },
      models: [{ id: 'mine', asOf: '2026-01-31' }],
    });
    // 2,698 x 4.50 / 1,000
    expect(cost?.window.base).toBe(12.141);
  });

  test('a file with one list of no provider means that list; of several one has to be named', async () => {
    writeFileSync(join(folder, 'one.json'), JSON.stringify({ models: [withAmount('1.00')] }));
    expect((await analyze('keycloak.log', '--prices', 'one.json')).cost?.models).toMatchObject([{ id: 'mine' }]);
    writeFileSync(join(folder, 'some.json'), JSON.stringify({ models: [withAmount('1.00'), model({ id: 'other' })] }));
    const { cost, warnings } = await analyze('keycloak.log', '--prices', 'some.json');
    expect(cost).toBeNull();
    expect(warnings.map(({ message }) => message).join()).toContain('name one with --price-model (mine, other)');
  });

  test('take the place of ours for the same provider', async () => {
    writeFileSync(join(folder, 'own.json'), JSON.stringify({ models: [{ ...withAmount('1.00'), provider: 'cognito' }] }));
    expect((await analyze('cognito.log', '--prices', 'own.json')).cost?.models).toMatchObject([
      { id: 'mine', chosenBy: 'provider' },
    ]);
  });

  test.each([
    ['empty', '', /is empty/, /empty\.json/],
    ['no JSON', '{"models": [', /is no JSON/, /no-JSON\.json:1/],
    ['no amount', withAmount('NaN'), /is no amount/, /decimal number/],
    ['below 0', withAmount(-2), /is below 0/, /0 or more/],
    ['a count in the amount', withAmount('2.25/1000'), /holds a count/, /"per"/],
    [
      'without a count',
      model({ items: [{ kind: 'issuer', unit: 'token response', tiers: [{ from: 0, amount: '1' }] }] }),
      /per/,
      /a number/,
    ],
    [
      'for none',
      model({ items: [{ kind: 'issuer', unit: 'token response', per: 0, tiers: [{ from: 0, amount: '1' }] }] }),
      /at least 1/,
      /per/,
    ],
    [
      'another unit',
      model({ items: [{ kind: 'issuer', unit: 'request', per: 1, tiers: [{ from: 0, amount: '1' }] }] }),
      /unit/,
      /token response/,
    ],
    [
      'overlap',
      withTiers([
        { from: 0, to: 500, amount: '2' },
        { from: 300, amount: '1' },
      ]),
      /they overlap/,
      /write 500/,
    ],
    [
      'no end',
      withTiers([
        { from: 0, amount: '2' },
        { from: 300, amount: '1' },
      ]),
      /they overlap/,
      /"to": 300/,
    ],
    [
      'gap',
      withTiers([
        { from: 0, to: 100, amount: '2' },
        { from: 300, amount: '1' },
      ]),
      /leaves a gap/,
      /write 100/,
    ],
    ['not from 0', withTiers([{ from: 10, amount: '2' }]), /first units have no price/, /starts at 0/],
    ['an end', withTiers([{ from: 0, to: 10, amount: '2' }]), /ends the last tier/, /leave it out/],
    ['no currency', model({ currency: 'dollars' }), /currency/, /models\[0\]\.currency/],
    ['no day', model({ asOf: '2026-02-30' }), /is no day/, /2026-02-10/],
    ['a typo', model({ curency: 'USD' }), /there is no setting/, /did you mean "currency"/],
  ] as const)('%s: what is wrong, where, and what to write', async (name, content, message, help) => {
    const file = `${name.replaceAll(' ', '-')}.json`;
    const text = typeof content === 'string' ? content : JSON.stringify({ models: [content] }, undefined, 2);
    writeFileSync(join(folder, file), text);
    const { status, err, out } = await run('analyze', 'cognito.log', '--prices', file, '--price-model', 'mine');
    expect(status).toBe(2);
    expect(out).toBe('');
    expect(err).toMatch(message);
    expect(err).toMatch(help);
    expect(err).toMatch(new RegExp(`${file.replace('.', '\\.')}:\\d+`));
  });

  test('two currencies for one provider, and a name that is there twice', async () => {
    const two = [model({ provider: 'cognito' }), model({ id: 'other', provider: 'cognito', currency: 'EUR' })];
    writeFileSync(join(folder, 'two.json'), JSON.stringify({ models: two }));
    expect((await run('analyze', 'cognito.log', '--prices', 'two.json')).err).toMatch(/prices the same provider in USD/);
    writeFileSync(join(folder, 'twice.json'), JSON.stringify({ models: [model(), model()] }));
    expect((await run('analyze', 'cognito.log', '--prices', 'twice.json')).err).toMatch(/is there already/);
  });

  test('that are not there, and models that are not in them', async () => {
    expect(await run('analyze', 'cognito.log', '--prices', 'gone.json')).toMatchObject({
      status: 2,
      err: expect.stringMatching(/price list gone\.json cannot be read[\s\S]*no such file/),
    });
    expect(await run('analyze', 'cognito.log', '--price-model', 'cognito-m2n')).toMatchObject({
      status: 2,
      err: expect.stringContaining('Did you mean "cognito-m2m"?'),
    });
  });
});
