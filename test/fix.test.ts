/** token-tax fix: from a finding to a configuration, what it promises, and whether the promise was kept. */
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseMargin } from '../src/analysis/options.js';
import type { Analysis } from '../src/analysis/result.js';
import { main } from '../src/cli/main.js';
import { analyze } from '../src/pipeline.js';
import { adviceFor, advisedCodes } from '../src/remedy/advice.js';
import { groundsFor, isPlain } from '../src/remedy/context.js';
import { verifyFix } from '../src/remedy/verify.js';
import { json } from '../src/report/json.js';
import { finding, key, samples } from './support/analysis-samples.js';
import { fakeIo } from './support/fake-io.js';

let folder: string;
let noCache: Analysis;
let promised: Analysis;
let shared: Analysis;

const captured = (name: string, more: object = {}): Promise<Analysis> =>
  analyze({ inputs: [resolve('fixtures/captures', name)], lifetime: ['20s'], ...more });

const save = (name: string, analysis: Analysis): string => {
  writeFileSync(join(folder, name), json(analysis));
  return name;
};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'fix-'));
  noCache = await captured('no-cache');
  promised = await captured('no-cache', { simulate: { policies: ['node,single-flight', 'shared,single-flight'] } });
  shared = await captured('shared-cache');
  save('no-cache.json', noCache);
  save('promised.json', promised);
  save('shared.json', shared);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = async (...args: string[]) => {
  const io = fakeIo({ cwd: folder });
  const status = await main(['fix', ...args], io);
  return { status, out: io.out(), err: io.err() };
};

test('every cause has advice of its own', () => {
  const codes = readdirSync('docs/rules').flatMap((name) => /^(TT\d+)\.md$/.exec(name)?.[1] ?? []);
  expect([...advisedCodes()].sort()).toEqual(codes.sort());
  for (const code of ['TT109', 'TT110', 'TT113', 'TT115', 'TT116', 'TT118', 'TT199'])
    expect(adviceFor(code).cache, code).toBe(false);
  expect(new Set(codes.map((code) => adviceFor(code).steps.join())).size).toBe(codes.length);
});

describe('from a saved result', () => {
  test('the configuration of the gateway, filled in', async () => {
    const { status, out } = await run(
      '--result',
      'no-cache.json',
      '--for',
      'nginx',
      '--issuer',
      'https://auth.example.com/oauth2/token',
      '--resolver',
      '10.0.0.2',
    );
    expect(status).toBe(0);
    expect(out).toContain('set $token_tax_issuer auth.example.com;');
    expect(out).toContain('resolver 10.0.0.2 ipv6=off;');
    expect(out).toContain('TT101 no cache');
    expect(out).not.toContain('Fill in');
    expect(out).toContain('Not to be shared');
    expect(out).toContain('token-tax fix --verify before.json after.json --for nginx');
  });

  test('a policy that the result has not played is said, with the command that does', async () => {
    const { out } = await run('--result', 'no-cache.json', '--for', 'nginx', '--format', 'json');
    const fix = JSON.parse(out);
    expect(fix.expected).toBeNull();
    expect(fix.expectedWhyNot.why).toContain(fix.policy);
    expect(fix.expectedWhyNot.command).toContain(`--policy ${fix.policy} --key ${noCache.findings[0]!.key}`);
    expect(fix.fillIn.join()).toMatch(/DNS_SERVER/);
  });

  test('a key without a lifetime: 300 s and the placeholders are said, nothing is made up', async () => {
    const { out } = await run(
      '--result',
      save('unknown.json', {
        ...noCache,
        keys: noCache.keys.map((one) => ({ ...one, lifetimeSeconds: null, lifetimeFrom: 'unknown' as const })),
      }),
      '--for',
      'kong',
      '--format',
      'json',
    );
    const fix = JSON.parse(out);
    expect(fix.assumptions.join()).toContain('300 s are assumed');
    expect(fix.files[0].text).toContain('eagerly_expire: 30');
  });

  test('files go into a folder, and are not written over', async () => {
    const first = await run('--result', 'no-cache.json', '--for', 'apigee', '--out', 'made/here');
    expect(first.status).toBe(0);
    expect(readdirSync(join(folder, 'made/here')).length).toBeGreaterThan(3);
    expect(statSync(join(folder, /made\/here\/\S+/.exec(first.out)![0])).mode & 0o077).toBe(0);
    const again = await run('--result', 'no-cache.json', '--for', 'apigee', '--out', 'made/here');
    expect([again.status, again.err]).toEqual([3, expect.stringContaining('is there already')]);
  });
});

test('from logs the simulation of exactly that policy is run', async () => {
  const { status, out } = await run(
    resolve('fixtures/captures/no-cache'),
    '--lifetime',
    '20s',
    '--for',
    'openresty',
    '--format',
    'json',
  );
  expect(status).toBe(0);
  const fix = JSON.parse(out);
  const again = await captured('no-cache', { simulate: { policies: [fix.policy] } });
  const line = again.simulation!.find(({ policy }) => policy === fix.policy)!;
  expect(fix.expected).toMatchObject({ before: noCache.totals.fetches.ok, fetches: line.fetches, saved: line.saved, of: 'key' });
});

describe('findings that no cache ends', () => {
  const one = key('orders-gw', [1, 0, 9, 0]);
  test.each(['TT109', 'TT110', 'TT113', 'TT115', 'TT116', 'TT118', 'TT199'])(
    '%s has advice in place of a configuration',
    async (code) => {
      const name = save(`${code}.json`, { ...noCache, keys: [one], findings: [finding(code, one, 9, 9)] });
      const { status, out } = await run('--result', name, '--for', 'nginx');
      expect(status).toBe(0);
      expect(out).not.toContain('proxy_cache');
      expect(out).toContain(`keeping tokens does not end ${code}`);
    },
  );

  test('without --finding the first that a cache ends is taken', async () => {
    const name = save('two.json', {
      ...noCache,
      keys: [one],
      findings: [finding('TT110', one, 5, 9), finding('TT101', one, 4, 9)],
    });
    expect(JSON.parse((await run('--result', name, '--for', 'kong', '--format', 'json')).out).finding).toMatchObject({
      code: 'TT101',
      number: 2,
    });
    expect(JSON.parse((await run('--result', name, '--finding', '1', '--format', 'json')).out).finding.code).toBe('TT110');
  });
});

describe('what cannot be done is said, with what is closest', () => {
  test.each([
    [['--for', 'graviteee'], 2, 'did you mean "gravitee"?'],
    [['--for', 'mainframe'], 2, 'no remedy is known for the gateway "mainframe"'],
    [['--result', 'no-cache.json'], 2, 'needs the name of your gateway'],
    [['--result', 'no-cache.json', '--for', 'nginx', '--finding', '7'], 2, 'there is no finding "7"'],
    [['--result', 'no-cache.json', '--for', 'nginx', '--finding', 'tt101-000000000000'], 2, 'The closest is tt101-'],
    [['--result', 'no-cache.json', 'a.log', '--for', 'nginx'], 2, 'not both'],
    [['--for', 'nginx'], 2, 'needs a saved result, or logs'],
    [['-', '--for', 'nginx'], 2, 'standard input can be read once'],
    [
      ['--result', 'no-cache.json', '--for', 'nginx', '--issuer', 'https://me:secret@auth.example.com/'],
      2,
      'a URL with a password in it',
    ],
    [['--result', 'no-cache.json', '--for', 'nginx', '--listen', '0.0.0.0:80'], 2, 'on the loopback'],
    [['--result', 'no-cache.json', '--for', 'nginx', '--resolver', '1.1.1.1; evil'], 2, '--resolver cannot be'],
    [['--verify', 'no-cache.json'], 2, 'needs two saved results'],
  ])('fix %j', async (args, status, words) => {
    const found = await run(...(args as string[]));
    expect(found.status).toBe(status);
    expect(found.err.replace(/\s+/g, ' ')).toContain(words);
    expect(found.out).toBe('');
  });

  test('a result of a newer schema is refused', async () => {
    writeFileSync(
      join(folder, 'newer.json'),
      json(noCache).replace('"schemaVersion": "1"', '"schemaVersion": "2"').replace('"schemaVersion":"1"', '"schemaVersion":"2"'),
    );
    const { status, err } = await run('--result', 'newer.json', '--for', 'nginx');
    expect([status, err]).toEqual([2, expect.stringContaining('schemaVersion')]);
  });

  test('no finding: nothing to fix', async () => {
    const { status, out } = await run('--result', save('none.json', { ...shared, findings: [] }), '--for', 'nginx');
    expect([status, out]).toEqual([shared.complete ? 0 : 3, 'Nothing to fix: there is no finding.\n']);
  });
});

describe('values of a log in which a template could hide are not put into files', () => {
  test.each([
    '{{ env "X" }}',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: that is what is refused
    '${HOME}',
    '#{T(x)}',
    '@(context)',
    '{vault://env/x}',
    'vault://x',
    'env://SECRET',
    'a"b',
    'a\nb',
    '$x',
    'a\\b',
    '<x>',
    '',
  ])('%j', (text) => expect(isPlain(text)).toBe(false));
  test.each(['orders-gw', 'api://orders/.default', 'https://graph.microsoft.com/.default', 'openid', 'a|b', 'read:all,write'])(
    '%j is put in',
    (text) => expect(isPlain(text)).toBe(true),
  );

  test('whatever the client is called, the context has its name or none', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (client) => {
        const { context, assumptions } = groundsFor(key(client, [1, 0, 9, 0]), { lifetimes: [], margin: parseMargin(undefined) });
        if (context.clientId === undefined) expect(assumptions.join()).toMatch(/client/);
        else expect(context.clientId).toBe(client);
        expect(context.ttlMs + context.marginMs).toBe(context.lifetimeMs ?? 300_000);
        expect(context.ttlMs).toBeGreaterThan(0);
      }),
    );
  });
});

describe('fix --verify', () => {
  test('a cache that works keeps the promise', async () => {
    const { status, out } = await run('--verify', 'promised.json', 'shared.json');
    expect(out).toMatch(/^Kept/);
    expect(status).toBe(0);
  });

  test('nothing changed: not kept', async () => {
    const { status, out } = await run('--verify', 'promised.json', 'no-cache.json');
    expect([status, out.slice(0, 8)]).toEqual([1, 'Not kept']);
  });

  test('half of the fetches gone: partly, and how much of the saving', () => {
    const halved = {
      ...noCache,
      keys: noCache.keys.map((one) => ({ ...one, fetches: { ...one.fetches, ok: Math.round(one.fetches.ok / 2) } })),
    };
    const { verdict, total } = verifyFix(promised, halved, undefined, 20_000);
    expect(verdict).toBe('partly');
    const most = total.promised!.high!;
    const asBefore = noCache.totals.fetches.ok;
    expect(total.reached!).toBeCloseTo((asBefore - Math.round(asBefore / 2)) / (asBefore - most), 2);
  });

  test('too little traffic, a partial or an inconclusive result: cannot tell', async () => {
    const few = { ...shared, keys: shared.keys.map((one) => ({ ...one, demand: 3, fetches: { ...one.fetches, ok: 1 } })) };
    expect(verifyFix(promised, few, undefined, 20_000)).toMatchObject({
      verdict: 'cannot tell',
      total: { why: expect.stringContaining('too little') },
    });
    expect(verifyFix(promised, { ...shared, complete: false }, undefined, 20_000).verdict).toBe('cannot tell');
    expect((await run('--verify', 'promised.json', save('partial.json', { ...shared, complete: false }))).status).toBe(4);
  });

  test('what cannot be held against each other is refused, with the reason', async () => {
    const otherHolder = { ...shared, totals: { ...shared.totals, holder: 'shared' as const } };
    expect(() => verifyFix(promised, otherHolder, undefined, 20_000)).toThrow('count differently');
    expect(() => verifyFix(promised, { ...shared, keys: [] }, undefined, 20_000)).toThrow('no client in common');
    expect(() => verifyFix({ ...promised, simulation: null }, shared, undefined, 20_000)).toThrow('promises nothing');
    const { status, err } = await run('--verify', 'promised.json', 'shared.json', '--for', 'nginx');
    expect([status, err]).toEqual([2, expect.stringContaining('no simulation of the policy')]);
  });

  test('the promise grows with what a perfect cache needs', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), (times) => {
        const scaled = {
          ...noCache,
          keys: noCache.keys.map((one) => ({
            ...one,
            demand: one.demand! * times,
            fetches: { ...one.fetches, ok: one.fetches.ok * times, necessary: one.fetches.necessary * times },
          })),
        };
        const { total } = verifyFix(promised, scaled, undefined, 20_000);
        const line = promised.simulation!.find(({ policy }) => policy === 'node,single-flight')!.fetches;
        expect(total.promised!.high! - total.promised!.low).toBeLessThanOrEqual(times * (line.high! - line.low + 1) + 4);
        expect(total.promised!.low).toBeLessThanOrEqual(line.high! * times);
        expect(total.asBefore).toBe(noCache.totals.fetches.ok * times);
        expect(total.verdict).toBe('not');
      }),
    );
  });
});

test('every sample result has a fix or a reason, whatever the gateway', async () => {
  for (const [name, analysis] of Object.entries(samples)) {
    if (analysis.findings.length === 0) continue;
    const file = save(`sample-${name.replace(/\W/g, '-')}.json`, analysis);
    for (const [at] of analysis.findings.entries()) {
      const { out, err } = await run('--result', file, '--finding', String(at + 1), '--for', 'krakend');
      expect(err, name).toBe('');
      expect(out).toContain('What to do');
    }
  }
});
