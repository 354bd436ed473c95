import { describe, expect, test } from 'vitest';
import { type AmbiguousStats, type CorroborationSignal, corroborate } from '../src/events/corroborate.js';

/** An endpoint that nothing speaks for. */
const nothing: AmbiguousStats = {
  hostAlsoServesAuth: false,
  grantTypeSeen: false,
  requests: 100,
  posts: 100,
  ok: 100,
  failed400or401: 0,
  sizeMin: undefined,
  sizeMax: undefined,
  sizeMean: undefined,
  sizeStdDev: undefined,
  failedSizeMax: undefined,
  distinctAddresses: 0,
  machineRequests: 0,
  browserRequests: 0,
  apiRequestsInRun: 0,
};
const tokens = { sizeMin: 900, sizeMax: 1100, sizeMean: 1000, sizeStdDev: 50 };
const machines = { machineRequests: 100, distinctAddresses: 4 };
const follows = { apiRequestsInRun: 100 };
const errors = { ok: 90, failed400or401: 10, failedSizeMax: 80 };

const signals = (stats: Partial<AmbiguousStats>): readonly CorroborationSignal[] => corroborate({ ...nothing, ...stats }).signals;
const counted = (stats: Partial<AmbiguousStats>): boolean => corroborate({ ...nothing, ...stats }).counted;

test('one strong signal is enough, two weak ones are, one or none is not', () => {
  expect(counted({ hostAlsoServesAuth: true })).toBe(true);
  expect(counted({ grantTypeSeen: true })).toBe(true);
  const weak = [tokens, machines, follows, errors];
  for (const one of weak) {
    expect(counted(one)).toBe(false);
    for (const other of weak) if (other !== one) expect(counted({ ...one, ...other })).toBe(true);
  }
  expect(counted({})).toBe(false);
});

test('says what is missing', () => {
  expect(corroborate({ ...nothing, hostAlsoServesAuth: true })).toEqual({ counted: true, signals: ['auth-host'], missing: '' });
  expect(corroborate(nothing).missing).toMatch(/^one of the first two, or two of the others: its host/);
  expect(corroborate({ ...nothing, ...machines })).toMatchObject({ counted: false, signals: ['machine-callers'] });
  expect(corroborate({ ...nothing, ...machines }).missing).toMatch(/^one more: /);
  expect(corroborate({ ...nothing, ...machines }).missing).not.toMatch(/32 addresses/);
});

test('a page that people sign in on is not a token endpoint, unless its records name a grant', () => {
  const login = { hostAlsoServesAuth: true, browserRequests: 51 };
  expect(corroborate({ ...nothing, ...login })).toMatchObject({ counted: false, missing: 'callers that are not browsers' });
  expect(counted({ ...login, browserRequests: 50 })).toBe(true);
  expect(counted({ ...login, grantTypeSeen: true })).toBe(true);
});

describe('each signal has its limits', () => {
  const cases: [CorroborationSignal, Partial<AmbiguousStats>, boolean][] = [
    ['token-like-answers', tokens, true],
    ['token-like-answers', { ...tokens, sizeMean: 299, sizeStdDev: 0 }, false],
    ['token-like-answers', { ...tokens, sizeMean: 4097, sizeStdDev: 0 }, false],
    ['token-like-answers', { ...tokens, sizeStdDev: 251 }, false],
    ['token-like-answers', { ...tokens, posts: 94 }, false],
    ['token-like-answers', { ...tokens, requests: 4, posts: 4, ok: 4 }, false],
    ['token-like-answers', { ...tokens, sizeMean: undefined }, false],
    ['machine-callers', machines, true],
    ['machine-callers', { ...machines, machineRequests: 94 }, false],
    ['machine-callers', { ...machines, distinctAddresses: 33 }, false],
    ['machine-callers', { ...machines, distinctAddresses: 0 }, false],
    ['machine-callers', { ...machines, requests: 0, machineRequests: 0 }, false],
    ['follows-demand', { apiRequestsInRun: 100 }, true],
    ['follows-demand', { apiRequestsInRun: 105 }, true],
    ['follows-demand', { apiRequestsInRun: 106 }, false],
    ['follows-demand', { apiRequestsInRun: 95 }, false],
    ['follows-demand', { apiRequestsInRun: 50 }, true],
    ['follows-demand', { apiRequestsInRun: 66 }, false],
    ['follows-demand', { apiRequestsInRun: 200 }, false],
    ['follows-demand', { apiRequestsInRun: 25 }, false],
    ['follows-demand', { requests: 19, apiRequestsInRun: 19 }, false],
    ['follows-demand', { requests: 20, apiRequestsInRun: 20 }, true],
    ['oauth-errors', errors, true],
    ['oauth-errors', { ...errors, failedSizeMax: 513 }, false],
    ['oauth-errors', { ...errors, failedSizeMax: undefined }, false],
    ['oauth-errors', { ...errors, ok: 5 }, false],
    ['oauth-errors', { ...errors, failed400or401: 0 }, false],
  ];
  for (const [signal, stats, seen] of cases) {
    test(`${signal} ${seen ? 'with' : 'not with'} ${JSON.stringify(stats)}`, () =>
      expect(signals(stats).includes(signal)).toBe(seen));
  }
});
