/** The cache of the loopback under a fake clock, against an obvious one that looks through all it ever fetched. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { generated, type Reply, TokenCache } from '../src/idp/token-cache.js';
import { countdown, readToken } from '../src/idp/token-reply.js';

const token = (name: string, lifetimeMs: number): Reply => ({
  status: 200,
  contentType: 'application/json',
  body: Buffer.from(name),
  lifetimeMs,
  isToken: true,
});

const cacheAt = (clock: { now: number }, refreshAhead?: number): TokenCache =>
  new TokenCache({
    now: () => clock.now,
    random: () => 0.5,
    marginMs: (lifetimeMs) => Math.min(60_000, lifetimeMs / 10),
    refreshAhead,
    maxEntries: 100,
    maxBytes: 1 << 20,
    maxWaiters: 10,
    sleep: () => new Promise(() => {}),
  });

const steps = fc.array(fc.record({ wait: fc.integer({ min: 0, max: 3000 }), id: fc.constantFrom('a', 'b', 'c') }), {
  maxLength: 60,
});

test('without ahead it fetches exactly when no token is within its usable life', async () => {
  await fc.assert(
    fc.asyncProperty(steps, fc.integer({ min: 1000, max: 9000 }), async (asks, lifetimeMs) => {
      const clock = { now: 0 };
      const cache = cacheAt(clock);
      const fetched: { id: string; at: number }[] = [];
      let expected = 0;
      for (const { wait, id } of asks) {
        clock.now += wait;
        const usable = fetched.some((each) => each.id === id && clock.now < each.at + lifetimeMs * 0.9);
        if (!usable) expected += 1;
        const served = await cache.get(id, async () => {
          fetched.push({ id, at: clock.now });
          return token(`${id}${fetched.length}`, lifetimeMs);
        });
        expect(served.outcome === 'hit').toBe(usable);
        expect(served.reply.body.toString()[0]).toBe(id);
        expect(fetched).toHaveLength(expected);
      }
    }),
  );
});

test('ahead or not, and whatever fails, no token is handed out after its end, and failures do not become a storm', async () => {
  await fc.assert(
    fc.asyncProperty(steps, fc.array(fc.boolean(), { minLength: 80, maxLength: 80 }), async (asks, luck) => {
      const clock = { now: 0 };
      const cache = cacheAt(clock, 0.8);
      const ends = new Map<Buffer, number>();
      const failedAt = new Map<string, number>();
      let n = 0;
      for (const { wait, id } of asks) {
        clock.now += wait;
        const { reply } = await cache.get(id, async () => {
          expect(clock.now - (failedAt.get(id) ?? Number.NEGATIVE_INFINITY)).toBeGreaterThanOrEqual(900);
          n += 1;
          if (luck[n] === false) {
            failedAt.set(id, clock.now);
            return generated(503, 'down');
          }
          const made = token(`${id}${n}`, 5000);
          ends.set(made.body, clock.now + 5000);
          return made;
        });
        if (reply.isToken) expect(clock.now).toBeLessThan(ends.get(reply.body) ?? 0);
        await new Promise((resolve) => setImmediate(resolve));
      }
    }),
    { numRuns: 60 },
  );
});

describe('two clocks', () => {
  const at = async (mono: number, wall: number): Promise<string> => {
    const clocks = { mono: 1000, wall: 1e12 };
    const cache = new TokenCache({
      now: () => clocks.mono,
      wallNow: () => clocks.wall,
      random: () => 0.5,
      marginMs: () => 0,
      refreshAhead: undefined,
      maxEntries: 9,
      maxBytes: 1 << 20,
      maxWaiters: 9,
      sleep: () => new Promise(() => {}),
    });
    await cache.get('a', async () => token('old', 60_000));
    clocks.mono += mono;
    clocks.wall += wall;
    return (await cache.get('a', async () => token('new', 60_000))).outcome;
  };
  test.each([
    ['a suspend, which only the wall clock saw', 5, 61_000, 'expired'],
    ['a wall clock set forward', 5, 3_600_000, 'expired'],
    ['a wall clock set back does not extend a life', 61_000, -3_600_000, 'expired'],
    ['nor does it end one', 30_000, -3_600_000, 'hit'],
    ['both together', 30_000, 30_000, 'hit'],
  ])('%s', async (_, mono, wall, outcome) => {
    expect(await at(mono, wall)).toBe(outcome);
  });
});

test('a flood of identities without tokens pushes out none that has one', async () => {
  const cache = cacheAt({ now: 0 });
  await cache.get('good', async () => token('good', 60_000));
  for (let n = 0; n < 1000; n += 1) await cache.get(`bad${n}`, async () => generated(401, 'no'));
  expect(cache.hit('good', async () => generated(500, 'asked'))?.reply.body.toString()).toBe('good');
});

test('waiters are bounded', async () => {
  const cache = cacheAt({ now: 0 });
  let answer: (reply: Reply) => void = () => {};
  const asked = Array.from({ length: 15 }, () => cache.get('a', () => new Promise((resolve) => (answer = resolve))));
  answer(token('x', 1000));
  const outcomes = (await Promise.all(asked)).map(({ outcome }) => outcome);
  expect([outcomes.filter((each) => each === 'collapsed').length, outcomes.filter((each) => each === 'refused').length]).toEqual([
    9, 5,
  ]);
});

test('the life of a token', () => {
  const life = (value: object, status = 200) => readToken(status, Buffer.from(JSON.stringify(value)), 0, undefined);
  expect(life({ access_token: 'x', expires_in: '60' }).lifetimeMs).toBe(60_000);
  expect(life({ access_token: 'x' })).toEqual({ isToken: true, lifetimeMs: undefined, expiresIn: undefined });
  expect(life({ access_token: 'x', expires_in: 60, token_type: 'DPoP' }).lifetimeMs).toBeUndefined();
  expect(life({ access_token: 'x', expires_in: 60, refresh_token: 'y' }).lifetimeMs).toBeUndefined();
  const jwt = (claims: object) => `h.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.s`;
  expect(life({ access_token: jwt({ iat: 100, exp: 130 }), expires_in: 60 }).lifetimeMs).toBe(30_000);
  expect(life({ access_token: jwt({ cnf: { jkt: 'k' } }), expires_in: 60 }).lifetimeMs).toBeUndefined();
  expect(life({ access_token: 'x', expires_in: 60 }, 400).isToken).toBe(false);
});

test('what is nested, or in a string, is not counted down', () => {
  const copy = countdown(Buffer.from('{"expires_in":10,"x":{"expires_in":10}}'))(3.2);
  expect(JSON.parse(copy.toString())).toEqual({ expires_in: 6, x: { expires_in: 10 } });
});
