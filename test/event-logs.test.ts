/** What is kept of events in few bytes comes back as it was. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DemandLog, timelineOf } from '../src/analysis/demand-log.js';
import { LONGEST_MS } from '../src/analysis/fetch-code.js';
import { type FetchEvent, isServedFromCache } from '../src/analysis/fetch-log.js';
import { FetchStore } from '../src/analysis/fetch-store.js';
import type { Overflow } from '../src/analysis/fetch-tables.js';
import { TimeCells } from '../src/analysis/time-cells.js';

const startMs = fc.oneof(
  fc.integer({ min: 1_772_446_530_000, max: 1_772_446_590_000 }),
  fc.integer({ min: 0, max: 4_102_444_800_000 }),
);

const event = fc.record({
  caller: fc.integer({ min: 0, max: 200 }),
  startMs,
  durationMs: fc.oneof(fc.constant(-1), fc.integer({ min: 0, max: 86_400_000 })),
  offset: fc.oneof(fc.integer({ min: 0, max: 1_000_000 }), fc.integer({ min: 0, max: 2 ** 50 })),
  line: fc.oneof(fc.integer({ min: 0, max: 5000 }), fc.integer({ min: 0, max: 2 ** 37 })),
  status: fc.oneof(fc.constant(200), fc.constantFrom(0, 201, 400, 401, 429, 503), fc.integer({ min: 100, max: 999 })),
  cache: fc.integer({ min: 0, max: 7 }),
  lifetimeMs: fc.oneof(fc.constant(-1), fc.integer({ min: 1, max: 315_360_000_000 })),
  newFile: fc.boolean(),
});

/** One event, as a batch of one row. */
function addEvent(
  store: FetchStore,
  caller: number,
  file: number,
  startMs: number,
  durationMs: number,
  offset: number,
  status: number,
  cache: number,
  lifetimeMs: number,
  line = 0,
): void {
  const batch = {
    caller: Int32Array.of(caller),
    offset: Float64Array.of(offset),
    status: Uint16Array.of(status),
    cache: Uint8Array.of(cache),
    lifetimeMs: Float64Array.of(lifetimeMs),
    line: Float64Array.of(line),
  };
  const lasted = Int32Array.of(Math.min(durationMs, LONGEST_MS));
  store.addRows(file, batch, { row: Int32Array.of(0), startMs: Float64Array.of(startMs), durationMs: lasted }, 1);
}

/** A file that is kept in memory. */
function overflow(): Overflow & { size: number } {
  let bytes = new Uint8Array(0);
  return {
    size: 0,
    isFull: () => true,
    append(more) {
      const longer = new Uint8Array(bytes.length + more.length);
      longer.set(bytes);
      longer.set(more, bytes.length);
      bytes = longer;
      this.size = bytes.length;
    },
    read: (into, position) => {
      expect(position + into.length).toBeLessThanOrEqual(bytes.length);
      into.set(bytes.subarray(position, position + into.length));
    },
  };
}

test('what memory has no room for goes elsewhere, and comes back the same', () => {
  const there = overflow();
  const [store, limited] = [new FetchStore(), new FetchStore()];
  limited.limit(there);
  let seed = 7;
  const random = (below: number): number => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor((seed / 2 ** 32) * below);
  };
  for (let line = 0; line < 320_000; line += 1) {
    // Some callers fetch all the time, others once in the whole log.
    const caller = random(3) > 0 ? random(5) : random(5000);
    const one = [
      caller,
      line < 190_000 ? 0 : 1,
      1_772_446_530_000 + line * 7,
      random(90),
      line * 150,
      200,
      0,
      3_600_000,
    ] as const;
    addEvent(store, ...one, line);
    addEvent(limited, ...one, line);
  }
  expect(there.size).toBeGreaterThan(1 << 20);
  limited.spillAll();
  const read = (of: FetchStore): string =>
    of
      .logs()
      .map(({ caller, log }) => {
        const rows = [`${caller} ${log.count} ${log.isInSeveralFiles} ${JSON.stringify(log.byFile())}`];
        log.forEach((event) => {
          rows.push(Object.values(event).join());
        });
        return rows.join('\n');
      })
      .join('\n');
  expect(read(limited) === read(store)).toBe(true);
});

test('fetches come back per caller, in their order, with the files they were in', () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 400 }), (events) => {
      const store = new FetchStore();
      const written = new Map<number, FetchEvent[]>();
      let file = 0;
      for (const { caller, newFile, ...rest } of events) {
        if (newFile) file += 1;
        const { startMs: start, durationMs, offset, status, cache, lifetimeMs, line } = rest;
        addEvent(store, caller, file, start, durationMs, offset, status, cache, lifetimeMs, line);
        written.set(caller, [...(written.get(caller) ?? []), { file, ...rest }]);
      }
      const logs = store.logs();
      expect(new Set(logs.map(({ caller }) => caller))).toEqual(new Set(written.keys()));
      for (const { caller, log } of logs) {
        const expected = written.get(caller)!;
        const read: FetchEvent[] = [];
        log.forEach((one) => {
          read.push({ ...one });
        });
        expect(read).toEqual(expected);
        expect(log.count).toBe(expected.length);
        const byFile = new Map<number, number>();
        for (const one of expected) byFile.set(one.file, (byFile.get(one.file) ?? 0) + 1);
        expect(new Map(log.byFile())).toEqual(byFile);
        const isOk = ({ status, cache }: FetchEvent): boolean => status >= 200 && status <= 299 && !isServedFromCache(cache);
        expect(log.okFrom((one) => one % 2 === 0)).toBe(expected.filter((one) => one.file % 2 === 0 && isOk(one)).length);
      }
    }),
  );
});

test('a number that cannot be kept is a mistake, not an endless loop', () => {
  const store = new FetchStore();
  expect(() => addEvent(store, 0, 0, 0, 10, 0, 200, 0, Infinity)).toThrow(RangeError);
});

test('starts come back sorted and clipped; coarse ones keep the first and the last of each second', () => {
  fc.assert(
    fc.property(fc.array(startMs, { minLength: 1, maxLength: 300 }), startMs, startMs, (starts, a, b) => {
      const [from, to] = [Math.min(a, b), Math.max(a, b)];
      const fill = (): DemandLog => {
        const log = new DemandLog();
        for (const start of starts) log.add(start);
        return log;
      };
      const inside = starts.filter((start) => start >= from && start <= to).sort((x, y) => x - y);
      const exact = timelineOf([fill()], from, to);
      expect(exact.kind === 'exact' && [...exact.startMs.subarray(0, exact.count)]).toEqual(inside);

      const coarse = fill();
      coarse.coarsen();
      const cells = timelineOf([coarse], -Infinity, Infinity);
      const bySecond = new Map<number, number[]>();
      for (const start of [...starts].sort((x, y) => x - y)) {
        const second = Math.floor(start / 1000);
        bySecond.set(second, [...(bySecond.get(second) ?? []), start]);
      }
      expect(cells.kind === 'cells' && [...cells.firstMs]).toEqual([...bySecond.values()].map((list) => list[0]));
      expect(cells.kind === 'cells' && [...cells.lastMs]).toEqual([...bySecond.values()].map((list) => list.at(-1)));
    }),
  );
});

test('counts over time lose nothing, whatever the span and the order', () => {
  fc.assert(
    fc.property(fc.array(startMs, { minLength: 1, maxLength: 300 }), (times) => {
      const cells = new TimeCells();
      for (const time of times) cells.add(time);
      const counts = new Map<number, number>();
      for (const time of times) {
        const from = Math.floor(time / cells.widthMs) * cells.widthMs;
        counts.set(from, (counts.get(from) ?? 0) + 1);
      }
      const seen = new Map<number, number>();
      cells.forEach((from, count) => {
        seen.set(from, count);
      });
      expect(seen).toEqual(counts);
    }),
  );
});
