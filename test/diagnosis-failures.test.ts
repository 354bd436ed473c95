/** What is kept of failed fetches while a key is read says the same as its records read once more; so do the first places of a log. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type BlockVisitor, eachEvent, type FetchEvent, type FetchLog } from '../src/analysis/fetch-log.js';
import { type CallerLogs, type KeyPlan, readKey, type TableOptions } from '../src/analysis/fetch-table.js';
import { placesOf } from '../src/diagnosis/evidence.js';
import { failureRuns } from '../src/diagnosis/failure-runs.js';
import type { Caller } from '../src/events/request-batch.js';

type Event = Pick<FetchEvent, 'startMs' | 'status' | 'offset'>;

const ROWS_IN_A_BLOCK = 3;

/** A log that hands out its events a few at a time. */
function logOf(events: readonly Event[]): FetchLog {
  const log = {
    count: events.length,
    okFrom: () => events.length,
    byFile: (): [number, number][] => [[0, events.length]],
    isInSeveralFiles: false,
    hasFailures: events.some(({ status }) => status !== 0 && status !== 200),
    hasCacheWords: false,
    blocks(visit: BlockVisitor): void {
      for (let from = 0; from < events.length; from += ROWS_IN_A_BLOCK) {
        const some = events.slice(from, from + ROWS_IN_A_BLOCK);
        const block = {
          file: 0,
          startMs: Float64Array.from(some, ({ startMs }) => startMs),
          durationMs: new Int32Array(some.length),
          status: Uint16Array.from(some, ({ status }) => status),
          cache: new Uint8Array(some.length),
          lifetimeMs: new Float64Array(some.length).fill(-1),
          offset: Float64Array.from(some, ({ offset }) => offset),
          line: Float64Array.from(some, ({ offset }) => offset),
          linesBefore: undefined,
        };
        if (visit(block, 0, some.length) === false) return;
      }
    },
    forEach(visit: (event: FetchEvent) => void): void {
      eachEvent(log, visit);
    },
  };
  return log;
}

const options: TableOptions = {
  counts: () => true,
  counting: () => 'each',
  resolutionMs: () => 1,
  onFetch: () => {},
};

const callerOf = (address: string, agent: string): Caller =>
  ({ kind: 'token', path: '/token', address, agent, bound: false }) as unknown as Caller;

const planOf = (callers: readonly CallerLogs[]): KeyPlan => ({
  grant: 'service',
  overflow: false,
  tooLarge: false,
  ok: 0,
  holders: [],
  callers,
});

/** In the order of a log: nearly sorted. */
const events = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 2500 }), fc.integer({ min: 0, max: 1500 }), fc.constantFrom(200, 200, 503, 429, 0)), {
    maxLength: 60,
  })
  .map((list): Event[] => {
    let at = 10_000;
    return list.map(([gap, late, status], line) => {
      at += gap;
      return { startMs: at - late, status, offset: line * 100 };
    });
  });

/** Each list is of a caller with a holder of its own. */
const callersOf = (lists: readonly (readonly Event[])[]): CallerLogs[] =>
  lists.map((list, index) => ({ caller: callerOf(`10.0.0.${index}`, 'a'), logs: [logOf(list)], before: [] }));

test('runs of failures are found from what is kept of a caller, and from its records', () => {
  fc.assert(
    fc.property(fc.array(events, { minLength: 1, maxLength: 4 }), (lists) => {
      const plan = planOf(callersOf(lists));
      const key = readKey(plan, options);
      expect(key.failures).toHaveLength(lists.filter((list) => list.some(({ status }) => status > 299)).length);
      expect(failureRuns(plan, 1, key.failures)).toEqual(failureRuns(plan, 1));
    }),
  );
});

test('callers that share a holder are read once more', () => {
  const list = [1, 2, 3].map((at) => ({ startMs: at, status: 503, offset: at }));
  const callers = ['a', 'b'].map((agent) => ({ caller: callerOf('10.0.0.1', agent), logs: [logOf(list)], before: [] }));
  expect(readKey(planOf(callers), options).failures).toBeUndefined();
  expect(readKey(planOf(callers.slice(1)), options).failures).toHaveLength(1);
});

test('a log is read no further than its first places need, however it is ordered', () => {
  fc.assert(
    fc.property(fc.array(events, { minLength: 1, maxLength: 4 }), (lists) => {
      const plan = planOf(callersOf(lists));
      const { disorderMs } = readKey(plan, options);
      const steps = lists.flatMap((list) =>
        list.map(({ startMs }, row) => Math.max(0, ...list.slice(0, row).map((one) => one.startMs - startMs))),
      );
      expect(disorderMs).toBe(Math.max(0, ...steps));
      const isOk = ({ status }: FetchEvent): boolean => status === 200;
      expect(placesOf(plan, isOk, disorderMs)).toEqual(placesOf(plan, isOk));
    }),
  );
});
