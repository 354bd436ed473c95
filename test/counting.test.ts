/** Requests that the kernel counts itself against rows of all of them: the same tallies, late lines and counts. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { DemandLog } from '../src/analysis/demand-log.js';
import { JoinLog } from '../src/analysis/join-log.js';
import { AnalysisPart } from '../src/analysis/part.js';
import { compile } from '../src/formats/compile.js';
import { Dictionary } from '../src/scan/dictionary.js';
import { FileScanner } from '../src/scan/file-scanner.js';
import { Kernel } from '../src/scan/kernel/kernel.js';
import { requestsOf } from './support/requests.js';

const kernel = new Kernel();
const template =
  '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" $hostname rt=$request_time urt=$upstream_response_time cs=$upstream_cache_status id=$request_id';
const program = compile({ kind: 'template', template });

const starts = (logs: ReadonlyMap<number, DemandLog>): unknown =>
  [...logs]
    .sort(([a], [b]) => a - b)
    .map(([node, log]) => {
      const all = new Float64Array(log.count);
      if (!log.exact) return [node, log.count];
      log.starts(all, 0);
      return [node, [...all.sort()]];
    });

/** Everything that a part knows of its file, in an order of its own. */
function told(part: AnalysisPart): unknown {
  return [...part.files.values()].map(({ routes, demand, upstream401, excluded, requestsOverTime, authSilence, ...plain }) => {
    const cells: [number, number][] = [];
    requestsOverTime.forEach((fromMs, count) => void cells.push([fromMs, count]));
    return {
      ...plain,
      routes: [...routes]
        .sort(([a], [b]) => a - b)
        .map(([route, { overhead, cache, ...numbers }]) => ({
          route,
          ...numbers,
          cache: [...cache],
          bins: [...(overhead?.counts ?? [])].flatMap((count, bin) => (count > 0 ? [[bin, count]] : [])),
          count: overhead?.count,
          slowest: [...(overhead?.startsFrom(0) ?? [])],
          sample: [...(overhead?.sampleStarts() ?? [])],
        })),
      demand: starts(demand),
      upstream401: starts(upstream401),
      excluded: [...excluded].sort(),
      cells,
      silence: authSilence.longestMs,
    };
  });
}

interface Reading {
  readonly counted: boolean;
  /** Whether the kernel reads. */
  readonly fast: boolean;
  /** Whether requests are kept for a join, and whether their ids are read. */
  readonly join?: boolean;
  readonly ids?: boolean;
}

const joined = ({ joinLog }: AnalysisPart, files: readonly unknown[]): unknown =>
  files.map((_, file) => {
    const all: unknown[] = [];
    joinLog?.forEachRequests(file, (rows, from, to) => all.push(...requestsOf(rows, from, to)));
    return all;
  });

function read(blocks: readonly string[], { counted, fast, join = false, ids = false }: Reading) {
  const names = new Dictionary([], []);
  const part = new AnalysisPart(names);
  if (join) part.joinLog = new JoinLog();
  let rows = 0;
  const files = blocks.map((text, file) => {
    part.begin(file, 0);
    const scanner = new FileScanner(
      { program, stamped: 'end', kernel: fast ? kernel : undefined, ids, ...(counted ? { counting: part.counting } : {}) },
      names,
      (batch) => {
        rows += batch.rows;
        part.add(batch);
      },
    );
    // In two blocks, the second cut anywhere.
    const bytes = Buffer.from(text);
    const cut = bytes.lastIndexOf(10, Math.floor(bytes.length / 2)) + 1;
    scanner.scan(bytes, 0, cut, 0);
    scanner.scan(bytes, cut, bytes.length, cut);
    const { rows: all, count, maxUs, oldestUs, newestUs, steps } = scanner.late;
    return { counts: scanner.counts, late: { all, count, maxUs, oldestUs, newestUs, steps } };
  });
  return { rows, answer: { files, tallies: told(part), joined: joined(part, blocks) } };
}

const often = <T>(ordinary: fc.Arbitrary<T>, odd: fc.Arbitrary<T>, weight = 9): fc.Arbitrary<T> =>
  fc.oneof({ weight, arbitrary: ordinary }, { weight: 1, arbitrary: odd });
const seconds = (ms: number): string => (ms / 1000).toFixed(3);
const time = often(
  fc.integer({ min: 0, max: 4000 }).map(seconds),
  fc.constantFrom(
    '-',
    '',
    '0.000',
    '86399.999',
    '90000.000',
    '1500000.000',
    '0.0005',
    '0.00006',
    '12',
    '0.5',
    '3.25',
    '0.285 : 0.100',
    'x',
  ),
);
const lines = fc.record({
  second: often(fc.integer({ min: 0, max: 130 }), fc.integer({ min: 0, max: 86_399 })),
  method: often(fc.constantFrom('GET', 'POST'), fc.constantFrom('OPTIONS', 'HEAD', 'BREW', 'PUT')),
  path: often(
    fc.constantFrom('/api/orders', '/api/orders/17', '/api/users/3/items', '/a?b=c'),
    fc.constantFrom(
      '/health',
      '/app.js',
      '/',
      '/login',
      '/oauth2/token',
      '/realms/x/protocol/openid-connect/token',
      '/favicon.ico',
    ),
  ),
  status: often(fc.constantFrom(200, 201, 404), fc.constantFrom(401, 500, 499, 0)),
  agent: often(
    fc.constantFrom('curl/8', 'Mozilla/5.0 (X11)', 'Go-http-client/1.1'),
    fc.constantFrom('kube-probe/1.29', '-', 'ELB-HealthChecker/2.0'),
  ),
  node: often(fc.constant('gw-1'), fc.constantFrom('gw-2', 'gw-3', '-')),
  rt: time,
  urt: time,
  id: fc.constantFrom('-', '6e911b04f3c6027c42baecb8fa9186ee', 'd4efaf5d0187e43f5d0f2d5fac36b0ad', 'x'),
  cache: often(fc.constantFrom('-', 'MISS'), fc.constantFrom('HIT', 'STALE', 'EXPIRED', 'UPDATING', 'BYPASS', 'what')),
});
const two = (value: number): string => String(value).padStart(2, '0');
const written = fc.array(lines, { minLength: 1, maxLength: 400 }).map((list) =>
  list
    .map(({ second, method, path, status, agent, node, rt, urt, cache, id }) => {
      const clock = `${two(10 + Math.floor(second / 3600))}:${two(Math.floor(second / 60) % 60)}:${two(second % 60)}`;
      return `203.0.113.7 - - [02/Mar/2026:${clock} +0000] "${method} ${path} HTTP/1.1" ${status} 512 "-" "${agent}" ${node} rt=${rt} urt=${urt} cs=${cache} id=${id}\n`;
    })
    .join(''),
);

test('the same numbers as from rows, with the kernel and without', () => {
  let rows = 0;
  let counted = 0;
  fc.assert(
    fc.property(fc.array(written, { minLength: 1, maxLength: 3 }), fc.boolean(), fc.boolean(), (blocks, join, ids) => {
      const asRows = read(blocks, { counted: false, fast: true, join, ids });
      const asCounts = read(blocks, { counted: true, fast: true, join, ids });
      rows += asRows.rows;
      counted += asRows.rows - asCounts.rows;
      expect(asCounts.answer).toEqual(asRows.answer);
      expect(read(blocks, { counted: true, fast: false, join, ids }).answer).toEqual(asRows.answer);
    }),
    { numRuns: 300 },
  );
  // Otherwise nothing was tried.
  expect(counted).toBeGreaterThan(rows / 50);
});

test('an ordinary log is nearly all counted, over many batches', () => {
  const text = Array.from({ length: 60_000 }, (_, at) => {
    const second = Math.floor(at / 100);
    return `203.0.113.7 - - [02/Mar/2026:10:${two(Math.floor(second / 60))}:${two(second % 60)} +0000] "GET /api/orders/${at} HTTP/1.1" ${at % 50 === 0 ? 401 : 200} 512 "-" "curl/8" gw-${at % 3} rt=0.${100 + (at % 800)} urt=0.${100 + (at % 700)} cs=${at % 9 === 0 ? 'HIT' : 'MISS'} id=-\n`;
  }).join('');
  const asRows = read([text, text], { counted: false, fast: true, join: true });
  const asCounts = read([text, text], { counted: true, fast: true, join: true });
  expect(asCounts.answer).toEqual(asRows.answer);
  expect(asRows.rows).toBe(120_000);
  expect(asCounts.rows).toBeLessThan(20_000);
});
