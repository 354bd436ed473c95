import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Histogram } from '../src/replay/histogram.js';
import { type Clock, pace } from '../src/replay/pacer.js';
import { comparePairs } from '../src/replay/paired.js';
import { makePlan, type PlannedRequest, peakPerSecond, type ReplayRecord, schedule } from '../src/replay/plan.js';
import { seeded } from '../src/replay/random.js';
import { stepsOf } from '../src/replay/run.js';
import { stopRules } from '../src/replay/stop-rules.js';
import { checkTarget, standingOf } from '../src/replay/target.js';

const record = (over: Partial<ReplayRecord> = {}): ReplayRecord => ({
  timeMs: 0,
  method: 'GET',
  path: '/a',
  query: undefined,
  host: undefined,
  client: 'c',
  status: 200,
  ...over,
});

describe('the schedule', () => {
  test.each([
    ['as logged', {}, [0, 100, 5000]],
    ['twice as fast', { speed: 2 }, [0, 50, 2500]],
    ['gaps cut', { maxGapMs: 1000 }, [0, 100, 1100]],
    ['gaps cut, then faster', { maxGapMs: 1000, speed: 10 }, [0, 10, 110]],
    ['a rate', { ratePerSecond: 4 }, [0, 250, 500]],
  ])('%s', (_, options, expected) => {
    expect(schedule([7000, 7100, 12_000], options).dueMs).toEqual(expected);
  });

  test('a log with hours of gap takes the gap out and says so', () => {
    const plan = makePlan([record(), record({ timeMs: 9 * 3_600_000 })], { maxGapMs: 2000 });
    expect([plan.durationMs, plan.gapsCut, plan.gapsCutMs]).toEqual([2000, 1, 9 * 3_600_000 - 2000]);
  });

  test('never goes back, starts at 0 and keeps all that is sent, whatever the order of the log', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1e6)), fc.double({ min: 0.1, max: 50, noNaN: true }), (times, speed) => {
        const { requests, reordered } = makePlan(
          times.map((timeMs) => record({ timeMs })),
          { speed },
        );
        expect(requests).toHaveLength(times.length);
        const due = requests.map(({ dueMs }) => dueMs);
        expect(due).toEqual([...due].sort((a, b) => a - b));
        if (times.length > 0) expect(due[0]).toBe(0);
        expect(reordered).toBe(times.filter((time, index) => times.slice(0, index).some((before) => before > time)).length);
        expect(peakPerSecond(due)).toBe(
          Math.max(0, ...due.map((from) => due.filter((each) => each >= from && each < from + 1000).length)),
        );
      }),
    );
  });
});

describe('what is sent', () => {
  test.each([
    ['POST', record({ method: 'POST' }), 'method'],
    ['DELETE', record({ method: 'DELETE' }), 'method'],
    ['no method', record({ method: undefined }), 'no method'],
    ['no path', record({ path: undefined }), 'no path'],
    ['a secret in the path', record({ path: '/a/{secret}' }), 'secret in the path'],
    ['a secret in the query', record({ query: 'access_token=<redacted:access_token>' }), 'secret in the query'],
    ['another host', record({ path: 'http://other.example/' }), 'not a path'],
    ['two lines', record({ path: '/a\r\nX: y' }), 'not a path'],
    ['an asterisk', record({ method: 'OPTIONS', path: '*' }), 'not a path'],
  ])('%s is withheld', (_, each, reason) => {
    const plan = makePlan([each]);
    expect(plan.requests).toEqual([]);
    expect([...plan.withheld]).toEqual([[reason, 1]]);
  });

  test('POST needs to be allowed and a body', () => {
    const records = [record({ method: 'POST', path: '/orders/1' }), record({ method: 'POST', path: '/other' })];
    const bodies = [{ method: 'post', path: '/orders/*', text: '{}' }];
    const plan = makePlan(records, { allowMethods: ['POST'], bodies });
    expect(plan.requests.map(({ path, body }) => [path, body])).toEqual([['/orders/1', '{}']]);
    expect([...plan.withheld]).toEqual([['no body template', 1]]);
  });

  test('a sample takes whole clients, and more of them when it is larger', () => {
    const records = Array.from({ length: 2000 }, (_, index) => record({ client: `c${index % 400}` }));
    const clients = (sample: number): Set<string> => new Set(makePlan(records, { sample }).requests.map(({ client }) => client));
    const [few, many] = [clients(0.1), clients(0.5)];
    expect(few.size).toBeGreaterThan(20);
    expect(few.size).toBeLessThan(70);
    expect([...few].every((each) => many.has(each))).toBe(true);
    expect(makePlan(records, { sample: 0.1 }).requests).toHaveLength(few.size * 5);
  });
});

/** Time passes only when all that was due has happened. */
class FakeClock implements Clock {
  private time = 1e6;
  private readonly calls: { at: number; call: () => void }[] = [];
  now(): number {
    return this.time;
  }
  after(ms: number, call: () => void): () => void {
    const entry = { at: this.time + Math.max(0, ms), call };
    this.calls.push(entry);
    return () => {
      const index = this.calls.indexOf(entry);
      if (index >= 0) this.calls.splice(index, 1);
    };
  }
  run(): void {
    for (;;) {
      const next = this.calls.reduce<(typeof this.calls)[number] | undefined>((a, b) => (a && a.at <= b.at ? a : b), undefined);
      if (next === undefined) return;
      this.calls.splice(this.calls.indexOf(next), 1);
      this.time = Math.max(this.time, next.at);
      next.call();
    }
  }
  jump(ms: number): void {
    this.time += ms;
  }
}

const planned = (dueMs: number, client = 'c'): PlannedRequest => ({
  dueMs,
  method: 'GET',
  path: '/',
  client,
  body: undefined,
  status: 0,
});

interface Played {
  sent: { at: number; client: string; due: number }[];
  dropped: number[];
  most: number;
  notSent: number;
}

const play = async (
  requests: readonly PlannedRequest[],
  takesMs: (request: PlannedRequest) => number,
  over: Partial<Parameters<typeof pace>[0]> = {},
  before: (clock: FakeClock) => void = () => {},
): Promise<Played> => {
  const clock = new FakeClock();
  const start = clock.now();
  const played: Played = { sent: [], dropped: [], most: 0, notSent: 0 };
  let underWay = 0;
  before(clock);
  const done = pace({
    requests,
    clock,
    model: 'open',
    inFlight: 10,
    fifo: false,
    dropAfterMs: 1000,
    signal: new AbortController().signal,
    send: (request, end) => {
      underWay += 1;
      played.most = Math.max(played.most, underWay);
      played.sent.push({ at: clock.now() - start, client: request.client, due: request.dueMs });
      clock.after(takesMs(request), () => {
        underWay -= 1;
        end();
      });
    },
    onAnswered: () => {},
    onDropped: (index) => played.dropped.push(index),
    ...over,
  });
  clock.run();
  played.notSent = await done;
  return played;
};

describe('the pacer', () => {
  test('sends at the planned time, however slow the answers are', async () => {
    const { sent } = await play(
      [0, 10, 20, 30].map((due) => planned(due)),
      () => 5000,
    );
    expect(sent.map(({ at }) => at)).toEqual([0, 10, 20, 30]);
  });

  test('every request is sent or dropped, no more are under way than allowed, none is early', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ due: fc.nat(3000), client: fc.constantFrom('a', 'b', 'c'), takes: fc.nat(800) }), { maxLength: 60 }),
        fc.integer({ min: 1, max: 4 }),
        fc.boolean(),
        fc.constantFrom('open' as const, 'closed' as const),
        async (list, inFlight, fifo, model) => {
          const sorted = [...list].sort((a, b) => a.due - b.due);
          const requests = sorted.map(({ due, client }) => planned(due, client));
          const takes = new Map(requests.map((request, index) => [request, sorted[index]!.takes]));
          const { sent, dropped, most, notSent } = await play(requests, (request) => takes.get(request)!, {
            inFlight,
            fifo,
            model,
          });
          expect(sent.length + dropped.length).toBe(requests.length);
          expect(notSent).toBe(0);
          expect(most).toBeLessThanOrEqual(inFlight);
          if (model === 'open') for (const { at, due } of sent) expect(at).toBeGreaterThanOrEqual(due);
          else expect(dropped).toEqual([]);
          if (fifo)
            for (const client of ['a', 'b', 'c']) {
              const due = sent.filter((each) => each.client === client).map((each) => each.due);
              expect(due).toEqual([...due].sort((a, b) => a - b));
            }
        },
      ),
    );
  });

  test('after a sleep of the machine, what is too late is dropped and counted, not sent in one burst', async () => {
    const requests = Array.from({ length: 100 }, (_, index) => planned(index * 100));
    let clock: FakeClock | undefined;
    let asleep = false;
    const { sent, dropped } = await play(
      requests,
      (request) => {
        if (request.dueMs >= 1000 && !asleep) {
          asleep = true;
          clock!.jump(5000);
        }
        return 1;
      },
      {},
      (made) => {
        clock = made;
      },
    );
    expect(dropped.length).toBeGreaterThan(35);
    expect(sent.length + dropped.length).toBe(100);
    expect(Math.max(...sent.map(({ at, due }) => at - due))).toBeLessThanOrEqual(1000);
  });
});

test('quantiles are within 1/128 of nearest rank', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(4_000_000_000), { minLength: 1 }), fc.double({ min: 0.01, max: 1, noNaN: true }), (us, share) => {
      const histogram = new Histogram();
      for (const each of us) histogram.record(each / 1000);
      const exact = [...us].sort((a, b) => a - b)[Math.max(1, Math.ceil(share * us.length)) - 1]! / 1000;
      expect(histogram.quantile(share)).toBeGreaterThanOrEqual(exact - 1e-9);
      expect(histogram.quantile(share)).toBeLessThanOrEqual(exact * (1 + 1 / 128) + 0.001);
    }),
  );
});

describe('targets', () => {
  test.each([
    ['127.0.0.1', 'loopback'],
    ['127.9.9.9', 'loopback'],
    ['::1', 'loopback'],
    ['::ffff:127.0.0.1', 'loopback'],
    ['10.1.2.3', 'private'],
    ['172.31.255.255', 'private'],
    ['172.32.0.1', 'public'],
    ['192.168.0.1', 'private'],
    ['169.254.169.254', 'public'],
    ['100.64.0.1', 'public'],
    ['0.0.0.0', 'public'],
    ['fd00::1', 'private'],
    ['fe80::1', 'public'],
    ['2001:db8::1', 'public'],
    ['::ffff:8.8.8.8', 'public'],
  ])('%s is %s', (address, standing) => expect(standingOf(address)).toBe(standing));

  const code = (promise: Promise<unknown>): Promise<string> =>
    promise.then(
      () => 'allowed',
      (error: { code: string }) => error.code,
    );
  const resolve = async (host: string): Promise<readonly string[]> =>
    host === 'mixed.example' ? ['10.0.0.1', '8.8.8.8'] : ['93.184.216.34'];

  test.each([
    ['http://127.0.0.1:8080', {}, 'allowed'],
    ['http://shop.example', {}, 'TARGET_REFUSED'],
    ['http://mixed.example', {}, 'TARGET_REFUSED'],
    ['http://shop.example', { allowHosts: ['SHOP.example'] }, 'allowed'],
    ['http://shop.example', { allowHosts: ['shop.example'], recordedHosts: new Set(['shop.example:443']) }, 'TARGET_REFUSED'],
    ['http://shop.example.', { allowHosts: ['shop.example'], recordedHosts: new Set(['shop.example']) }, 'TARGET_REFUSED'],
    [
      'http://shop.example',
      { allowHosts: ['shop.example'], recordedHosts: new Set(['shop.example']), allowRecorded: true },
      'allowed',
    ],
    ['http://2130706433/', {}, 'allowed'],
    ['http://134744072/', {}, 'TARGET_REFUSED'],
    ['ftp://127.0.0.1', {}, 'BAD_OPTION'],
    ['http://u:p@127.0.0.1', {}, 'BAD_OPTION'],
    ['http://127.0.0.1/?a=b', {}, 'BAD_OPTION'],
  ])('%s with %j', async (url, rules, expected) => {
    expect(await code(checkTarget('--target', url, { ...rules, resolve }))).toBe(expected);
  });
});

describe('stop rules', () => {
  const ok = { status: 200, error: undefined, bytes: 0, capped: false };
  const run = (rules: Parameters<typeof stopRules>[0], statuses: readonly number[]): number => {
    const judge = stopRules(rules);
    return statuses.findIndex((status, index) => judge({ ...ok, status }, index) !== undefined);
  };
  test('failures', () => expect(run({ errorRate: 0.5 }, Array<number>(100).fill(500))).toBe(49));
  test('few failures do not stop', () =>
    expect(
      run(
        { errorRate: 0.5 },
        Array.from({ length: 900 }, (_, i) => (i % 3 ? 200 : 500)),
      ),
    ).toBe(-1));
  test('429', () => expect(run({ tooMany: 3 }, [200, 429, 429, 200, 429])).toBe(4));
  test('p99', () => expect(run({ p99Ms: 150 }, Array<number>(300).fill(200))).toBe(199));
});

describe('A/B', () => {
  test('blocks take turns and every request is in both arms once a repeat', () => {
    const requests = [0, 10, 70_000, 130_000].map((due) => planned(due));
    const steps = stepsOf(requests, 2, 2, 60_000);
    expect(steps.map(({ arm, pair }) => `${'AB'[arm]}${pair}`).join(' ')).toBe('A0 B0 B1 A1 A2 B2 B3 A3 A4 B4 B5 A5');
    expect(steps.filter(({ arm }) => arm === 0).flatMap((step) => step.requests)).toHaveLength(8);
    expect(steps.every((step) => step.requests.every(({ dueMs }) => dueMs < 60_000))).toBe(true);
  });

  test('a large saving is better, with its size inside of the interval', () => {
    const found = comparePairs([590, 600, 610, 605].map((a, index) => ({ a, b: 10 + index })));
    expect(found.verdict).toBe('better');
    expect(found.change!.low).toBeLessThan(-0.97);
    expect(found.change!.high).toBeGreaterThan(-0.99);
  });
  test('two pairs are no evidence', () =>
    expect(
      comparePairs([
        { a: 500, b: 1 },
        { a: 500, b: 1 },
      ]).verdict,
    ).toBe('inconclusive'));
  test('the same', () => expect(comparePairs(Array(6).fill({ a: 100, b: 100 })).verdict).toBe('same'));
  test('worse', () => expect(comparePairs(Array(6).fill({ a: 10, b: 90 })).verdict).toBe('worse'));
  test('one fetch more or less is chance', () =>
    expect(comparePairs(Array(3).fill({ a: 2, b: 1 })).verdict).toBe('inconclusive'));

  describe('A/A: how often two arms that are the same are said to differ', () => {
    const ROUNDS = 4000;
    const alarms = (pairs: number, mean: number, spread: number): string => {
      const random = seeded(7);
      const poisson = (expected: number): number => {
        let [fetches, sum] = [-1, 0];
        while (sum < expected) {
          sum -= Math.log(1 - random());
          fetches += 1;
        }
        return fetches;
      };
      let found = 0;
      for (let round = 0; round < ROUNDS; round += 1) {
        const blocks = Array.from({ length: pairs }, () => {
          // Blocks are not alike, but both arms get the same ones.
          const expected = mean * (1 + spread * (2 * random() - 1));
          return { a: poisson(expected), b: poisson(expected) };
        });
        const { verdict } = comparePairs(blocks);
        if (verdict === 'better' || verdict === 'worse') found += 1;
      }
      return `${((100 * found) / ROUNDS).toFixed(1)} %`;
    };
    const page = readFileSync('docs/replay.md', 'utf8');
    const rows = [...page.matchAll(/^\| (\d+) \| (\d+) \| (?:alike|0.2 to 1.8 of it) \| ([\d.]+ %) \|$/gm)];
    test('docs/replay.md says it of five cases', () => expect(rows).toHaveLength(5));
    test.each(rows.map(([line, pairs, mean, said]) => ({ line, pairs: Number(pairs), mean: Number(mean), said })))(
      '$pairs pairs of blocks of about $mean fetches: $said',
      ({ line, pairs, mean, said }) => {
        expect(alarms(pairs, mean, line.includes('alike') ? 0 : 0.8)).toBe(said);
        expect(Number.parseFloat(said!)).toBeLessThanOrEqual(5.7);
      },
    );
  });
});
