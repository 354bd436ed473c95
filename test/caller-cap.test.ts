/** Callers are capped as other names are, whatever they are kept in. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { callerName, NameCap, overflowCaller } from '../src/events/name-cap.js';
import type { Caller } from '../src/events/request-batch.js';
import { CallerCap } from '../src/scan/caller-cap.js';

const caller = fc
  .record({
    client: fc.integer({ min: 0, max: 400 }),
    address: fc.integer({ min: 0, max: 2 }),
    method: fc.constantFrom('GET' as const, 'POST' as const),
  })
  .map(
    ({ client, address, method }): Caller => ({
      ...overflowCaller('token'),
      rule: 'H1',
      method,
      client: client === 0 ? undefined : `svc-${client}`,
      address: `10.0.0.${address}`,
    }),
  );

test('the same callers stay as by their names', () => {
  fc.assert(
    fc.property(fc.array(caller, { maxLength: 1500 }), fc.integer({ min: 1, max: 600 }), (list, max) => {
      const callers: Caller[] = [];
      const mine = new Set<number>();
      const theirs = new Set<number>();
      const cap = new CallerCap(callers, max, (id) => mine.add(id));
      const names = new NameCap(max, (id) => theirs.add(id));
      for (const one of list) {
        const name = callerName(one);
        expect(cap.find(one)).toBe(names.find(name) ?? -1);
        expect(cap.admits(one)).toBe(names.admits(name));
        if (cap.find(one) >= 0 || !cap.admits(one)) continue;
        const id = callers.push(one) - 1;
        cap.add(id);
        names.add(name, id);
        expect(cap.limit).toBe(names.limit);
        expect(mine).toEqual(theirs);
      }
    }),
    { numRuns: 30 },
  );
});
