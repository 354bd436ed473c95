/** `--where`: what it lets pass, row by row, and where it points when it cannot be read. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TokenTaxError } from '../src/errors.js';
import { type Caller, cacheWords, methods, NO_ID, type RequestBatch } from '../src/events/request-batch.js';
import { RowFilter } from '../src/events/row-filter.js';
import { parseWhere, whereFields } from '../src/events/where.js';
import { Dictionary } from '../src/scan/dictionary.js';
import { emptyBatch } from '../src/scan/file-scanner.js';

interface Row {
  readonly start?: number;
  readonly route?: string;
  readonly node?: string;
  readonly agent?: string;
  readonly method?: string;
  readonly status?: number;
  readonly durationMs?: number;
  readonly caller?: Partial<Caller>;
}

const idOf = (list: { name: string }[], name: string): number => {
  const at = list.findIndex((one) => one.name === name);
  return at >= 0 ? at : list.push({ name }) - 1;
};

const batchOf = (rows: readonly Row[]): RequestBatch => {
  const [routes, nodes, agents]: { name: string }[][] = [[], [], []];
  const callers: Partial<Caller>[] = [];
  const batch = emptyBatch(new Dictionary([], []));
  for (const [at, { start = at, route = '/', node, agent, method = 'GET', status = 200, durationMs, caller }] of rows.entries()) {
    batch.startUs[at] = start;
    batch.durationUs[at] = durationMs === undefined ? -1 : durationMs * 1000;
    batch.upstreamUs[at] = at;
    batch.status[at] = status;
    batch.bytes[at] = at;
    batch.method[at] = methods.indexOf(method as 'GET');
    batch.cache[at] = at % cacheWords.length;
    batch.route[at] = idOf(routes!, route);
    batch.node[at] = node === undefined ? NO_ID : idOf(nodes!, node);
    batch.agent[at] = agent === undefined ? NO_ID : idOf(agents!, agent);
    batch.caller[at] = caller === undefined ? NO_ID : callers.push(caller) - 1;
    batch.lifetimeMs[at] = at;
    batch.offset[at] = at;
    batch.line[at] = at;
  }
  batch.rows = rows.length;
  const names = {
    routes: routes!.map(({ name }) => ({ path: name, needsToken: undefined })),
    nodes: nodes!.map(({ name }) => name),
    agents: agents!.map(({ name }) => ({ name, kind: 'machine' as const })),
    callers: callers as Caller[],
  };
  return { ...batch, names };
};

const rows: readonly Row[] = [
  { route: '/orders/{id}', node: 'gw-1', agent: 'orders-web/1.9', status: 200, durationMs: 20 },
  { route: '/orders', node: 'gw-2', method: 'POST', status: 503, durationMs: 1500 },
  { route: '/health/live', agent: 'kube-probe/1.31', status: 0 },
  {
    route: '/oauth2/token',
    method: 'POST',
    caller: { path: '/oauth2/token', client: 'orders-api', host: 'auth.example.com', address: '10.0.0.1', scope: 'a b' },
    node: 'gw-1',
    agent: 'orders-gw/4.2',
  },
  {
    route: '/t/{id}/token',
    method: 'POST',
    status: 401,
    caller: { path: '/t/17/token', client: 'billing', host: undefined, address: '10.0.0.2' },
  },
];

const passing = (where: string): number[] => {
  const test = parseWhere(where);
  const batch = batchOf(rows);
  return rows.flatMap((_, row) => (test(batch, row) ? [row] : []));
};

describe('lets pass', () => {
  test.each<[string, number[]]>([
    ['client == "orders-api"', [3]],
    ["client == 'orders-api'", [3]],
    ['client == orders-api', [3]],
    // Who is not known is not orders-api.
    ['client != "orders-api"', [0, 1, 2, 4]],
    ['not client == "orders-api"', [0, 1, 2, 4]],
    ['client =~ "*"', [3, 4]],
    ['client !~ "ord*"', [0, 1, 2, 4]],
    ['host == "AUTH.example.com"', [3]],
    ['host =~ *.example.com', [3]],
    ['address =~ "10.0.0.*"', [3, 4]],
    ['scope == "a b"', [3]],
    ['node == gw-1', [0, 3]],
    // Only in a path is a slash more than a letter.
    ['agent =~ "orders*"', [0, 3]],
    ['route =~ "/orders*"', [1]],
    ['route =~ "/orders/*"', [0]],
    ['route =~ "/orders/**"', [0, 1]],
    ['route == "/orders/{id}"', [0]],
    ['route == "/t/{id}/token"', [4]],
    ['path == "/t/17/token"', [4]],
    ['path == "/orders"', [1]],
    ['path !~ "/oauth2/**"', [0, 1, 2, 4]],
    ['method == post', [1, 3, 4]],
    ['METHOD == "POST"', [1, 3, 4]],
    ['status < 500', [0, 3, 4]],
    ['status >= 500', [1]],
    ['status == 200', [0, 3]],
    ['status == "200"', [0, 3]],
    ['status != 200', [1, 2, 4]],
    ['status <= 200', [0, 3]],
    ['status > 200', [1, 4]],
    ['durationMs > 20', [1]],
    ['durationms >= 20', [0, 1]],
    ['durationMs != 20', [1, 2, 3, 4]],
    ['status == 200 and node == "gw-1" and method == POST', [3]],
    ['status == 503 or status == 401', [1, 4]],
    // And binds closer than or, not closer than and.
    ['status == 503 or status == 200 and node == gw-1', [0, 1, 3]],
    ['(status == 503 or status == 200) and node == gw-1', [0, 3]],
    ['not status == 200 and method == POST', [1, 4]],
    ['not (status == 200 and method == POST)', [0, 1, 2, 4]],
    ['not not status == 200', [0, 3]],
    ['!(status==200)&&method==POST||node==gw-1', [0, 1, 3, 4]],
    ['NOT status == 200 AND method == POST', [1, 4]],
    ['client == "a\\"', []],
  ])('%s', (where, wanted) => {
    expect(passing(where)).toEqual(wanted);
  });
});

const failure = (where: string): { at: number | undefined; expected: string | undefined; code: string } => {
  try {
    parseWhere(where);
  } catch (error) {
    if (!(error instanceof TokenTaxError)) throw error;
    return { at: error.place?.column, expected: error.place?.expected, code: error.code };
  }
  throw new Error(`"${where}" was read`);
};

describe('points at what it cannot read', () => {
  test.each<[string, number, string]>([
    ['', 0, 'a comparison, such as status < 500'],
    ['   ', 0, 'a comparison, such as status < 500'],
    ['client', 6, 'an operator after client: == != <= >= =~ !~ < >'],
    ['client = "a"', 7, '"==" for equal, or "=~" for a glob'],
    ['client == ', 10, 'a value in quotes'],
    ['client == "a', 12, 'the end of the text, "'],
    ['client == and status < 500', 10, 'a value in quotes'],
    ['clinet == "a"', 0, 'a field: there is none of this name'],
    ['"client" == "a"', 0, 'a field'],
    ['client < "a"', 7, '== != =~ or !~: client is a text'],
    ['status =~ "5*"', 7, '== != < <= > or >=: it is a number'],
    ['status < abc', 9, 'a number'],
    ['status < ""', 9, 'a number'],
    ['status < (5)', 9, 'a number'],
    ['(status < 500', 13, '")"'],
    ['status < 500)', 12, '"and", "or" or the end'],
    ['status < 500 status > 200', 13, '"and", "or" or the end'],
    ['status < 500 and', 16, 'a field'],
    ['not', 3, 'a field'],
    ['client == "a" ; rm', 14, 'a field, a value in quotes, or an operator'],
    [`${'('.repeat(60)}status < 5${')'.repeat(60)}`, 50, 'less nesting'],
  ])('%s', (where, at, expected) => {
    expect(failure(where)).toEqual({ at, expected: `expected ${expected}`, code: 'BAD_OPTION' });
  });

  test('and says what fields there are', () => {
    expect(() => parseWhere('nothing == 1')).toThrow(
      expect.objectContaining({ help: expect.stringContaining(whereFields.join(', ')) }),
    );
  });

  test('what is too long is refused', () => expect(failure(`client == "${'a'.repeat(5000)}"`).code).toBe('BAD_OPTION'));
});

test('any text is read or refused with a place in it, never thrown at', () => {
  const piece = fc.constantFrom(
    'client',
    'status',
    '==',
    '=~',
    '<',
    '(',
    ')',
    'and',
    'or',
    'not',
    '"a"',
    '"',
    '500',
    '!',
    '&&',
    '||',
    '=',
    ' ',
    '*',
    'é',
    '\u0000',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const where = pieces.join(' ');
      try {
        parseWhere(where)(batchOf(rows), 0);
      } catch (error) {
        expect(error).toBeInstanceOf(TokenTaxError);
        const { column } = (error as TokenTaxError).place!;
        expect(column).toBeGreaterThanOrEqual(0);
        expect(column).toBeLessThanOrEqual(where.length);
      }
    }),
    { numRuns: 500 },
  );
});

test('a hostile glob takes no longer than its length times that of the text', () => {
  const where = parseWhere(`agent =~ "${'a*'.repeat(400)}b"`);
  const batch = batchOf([{ agent: 'a'.repeat(20_000) }]);
  const begin = performance.now();
  expect(where(batch, 0)).toBe(false);
  expect(performance.now() - begin).toBeLessThan(10_000);
});

describe('the rows that count', () => {
  const filter = (sinceUs: number, untilUs: number, where?: string) =>
    new RowFilter({ sinceUs, untilUs, where: where === undefined ? undefined : parseWhere(where) });

  test('move to the front with all their columns; since counts, until does not; rows before are shown if they pass', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ start: fc.integer({ min: 0, max: 20 }), status: fc.constantFrom(200, 500) }), { maxLength: 50 }),
        fc.integer({ min: 0, max: 20 }),
        fc.integer({ min: 0, max: 20 }),
        (all, since, until) => {
          const batch = batchOf(all);
          const before: number[] = [];
          const left = filter(since, until, 'status == 200').apply(batch, (row) => before.push(batch.line[row]!));
          const numbered = all.map((row, line) => ({ ...row, line })).filter(({ status }) => status === 200);
          const kept = numbered.filter(({ start }) => start >= since && start < until);
          expect(left).toBe(all.length - kept.length);
          expect(Array.from(batch.line.subarray(0, batch.rows))).toEqual(kept.map(({ line }) => line));
          for (const [row, { line, start }] of kept.entries())
            expect([batch.startUs[row], batch.offset[row], batch.bytes[row], batch.cache[row], batch.lifetimeMs[row]]).toEqual([
              start,
              line,
              line,
              line % cacheWords.length,
              line,
            ]);
          expect(before).toEqual(numbered.filter(({ start }) => start < since && start < until).map(({ line }) => line));
        },
      ),
    );
  });
});
