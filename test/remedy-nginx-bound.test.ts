/** The most that the endpoint of nginx fetches: never below the slots of any traffic, and close to the policy where it does not pause. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nginx } from '../src/remedy/nginx.js';
import { DEFAULT_PLACES, type RemedyContext } from '../src/remedy/remedy.js';
import { slotsWithin } from '../src/remedy/slots.js';

const context = (ttlMs: number): RemedyContext => ({
  tokenEndpoint: { scheme: 'https', host: 'auth.example.com', port: 443, path: '/oauth2/token' },
  clientId: 'orders-gw',
  scope: undefined,
  audience: undefined,
  lifetimeMs: undefined,
  marginMs: 0,
  ttlMs,
  listen: { host: '127.0.0.1', port: 9180 },
  pathPrefix: '/token/',
  resolver: undefined,
  places: DEFAULT_PLACES,
});

/** As the configuration has them: the first pattern that matches, with what it captures. */
const slotOf = (patterns: readonly RegExp[], ms: number): string => {
  const msec = `${Math.floor(ms / 1000)}.${String(ms % 1000).padStart(3, '0')}`;
  const at = patterns.findIndex((pattern) => pattern.test(msec));
  return `${patterns[at]!.exec(msec)!.groups!.epoch}-${at}`;
};

test('a fixed TTL walks over the requests, and slots are between that and the bound', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1000, max: 4_000_000 }),
      fc.integer({ min: 1_700_000_000_000, max: 1_800_000_000_000 }),
      fc.array(fc.double({ min: 0, max: 2.5, noNaN: true }), { minLength: 1, maxLength: 60 }),
      (mostMs, startMs, steps) => {
        const { patterns, longestMs } = slotsWithin(mostMs, 'epoch');
        const compiled = patterns.map((pattern) => new RegExp(pattern));
        const requests = [startMs];
        for (const step of steps) requests.push(requests.at(-1)! + Math.floor(step * longestMs));
        let walked = 0;
        let useUntil = Number.NEGATIVE_INFINITY;
        for (const now of requests) {
          if (now < useUntil) continue;
          walked += 1;
          useUntil = now + longestMs;
        }
        const slots = new Set(requests.map((now) => slotOf(compiled, now))).size;
        expect(slots).toBeGreaterThanOrEqual(walked);
        expect(slots).toBeLessThanOrEqual(nginx.mostFetches!(walked, requests.at(-1)! - startMs, 1, context(mostMs)));
      },
    ),
  );
});

test('a day without a pause: two more than the policy at most', () => {
  const day = 86_400_000;
  const { longestMs } = slotsWithin(3_540_000, 'epoch');
  const policy = Math.ceil(day / longestMs);
  expect(nginx.mostFetches!(policy, day, 1, context(3_540_000)) - policy).toBeLessThanOrEqual(2);
});
