/** Records of JSON in the kernel: whatever their shape, order and blanks, the same rows as from the TypeScript scanner. */
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RequestBatch } from '../src/events/request-batch.js';
import { compile, compileJson } from '../src/formats/compile.js';
import type { Field } from '../src/formats/define.js';
import { formats } from '../src/formats/index.js';
import type { JsonProgram } from '../src/formats/program.js';
import { Dictionary } from '../src/scan/dictionary.js';
import { FileScanner } from '../src/scan/file-scanner.js';
import { Kernel } from '../src/scan/kernel/kernel.js';
import { isSupported } from '../src/scan/kernel/program.js';
import { blocksOf, type Setup, scanWith } from './support/engines.js';
import { runs } from './support/runs.js';

const kernel = new Kernel();

/** Rows that the kernel read, when all else is the same. */
function same(setup: Setup, lines: readonly string[], cuts: readonly number[] = []): number {
  const text = new Uint8Array(Buffer.from(lines.map((line) => `${line.replaceAll('\n', ' ')}\n`).join('')));
  const { fastRows, ...fast } = scanWith(kernel, setup, blocksOf(text, cuts, '","time":"'));
  const { fastRows: none, ...slow } = scanWith(undefined, setup, blocksOf(text, cuts, '","time":"'));
  expect(none).toBe(0);
  if (!isDeepStrictEqual(fast, slow)) expect(fast).toEqual(slow);
  return fastRows;
}

const fields: Readonly<Record<string, Field | readonly Field[]>> = {
  time: { slot: 'time', as: 'time-any' },
  'request.method': { slot: 'method', as: 'text' },
  'request.uri': { slot: 'target', as: 'text' },
  'request.headers.host': { slot: 'host', as: 'text' },
  'request.headers.user-agent': { slot: 'userAgent', as: 'text' },
  'request.id': { slot: 'requestId', as: 'text' },
  line: { slot: 'request', as: 'text' },
  status: { slot: 'status', as: 'number' },
  code: { slot: 'status', as: 'number' },
  size: { slot: 'bytes', as: 'number' },
  took: { slot: 'duration', as: 'milliseconds' },
  upstream: { slot: 'upstream', as: 'seconds', list: true },
  client: { slot: 'client', as: 'text' },
  user: { slot: 'identity', as: 'text' },
  scope: { slot: 'scope', as: 'text' },
  trace: { slot: 'traceId', as: 'text' },
  cache: { slot: 'cache', as: 'text' },
};

/** As above, with all words of values. */
const wordy: typeof fields = {
  ...fields,
  status: { slot: 'status', as: 'number', words: { ok: '200', denied: '403', '*': '500' } },
  size: { slot: 'bytes', as: 'number', absent: ['-', ''] },
  took: { slot: 'duration', as: 'seconds-or-unit' },
  upstream: { slot: 'upstream', as: 'seconds', none: ['0', '-1'] },
  client: { slot: 'client', as: 'text', part: 'host' },
  user: { slot: 'identity', as: 'text', masked: true },
  scope: { slot: 'scope', as: 'text', list: true },
  trace: { slot: 'traceId', as: 'text', part: 'last-segment' },
  cache: { slot: 'cache', as: 'text', words: { '1': 'hit', '0': 'miss' } },
  'request.headers.user-agent': { slot: 'userAgent', as: 'text', decode: 'plus' },
  query: [
    { slot: 'clientId', as: 'text', param: 'client_id' },
    { slot: 'grantType', as: 'text', param: 'grant_type', decode: 'percent' },
  ],
  path: { slot: 'path', as: 'text', prefix: '/' },
  first: { slot: 'method', as: 'text', part: 'first-word' },
};
const addends: typeof fields = {
  ...fields,
  took: { slot: 'duration', as: 'milliseconds', adds: true },
  wait: { slot: 'duration', as: 'seconds', adds: true },
  upstream: { slot: 'upstream', as: 'seconds' },
};
const ends: typeof fields = { ...fields, end: { slot: 'duration', as: 'time-end' } };

const programs: Readonly<Record<string, JsonProgram>> = {
  plain: compileJson(fields),
  words: compileJson(wordy, { always: { scope: 'all' }, skip: [{ kind: 'tcp' }, { kind: 'log', level: 'debug' }] }),
  sums: compileJson(addends),
  ends: compileJson(ends),
};

const text = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.constantFrom('a', 'b c', '-', '', 'null', '10.0.0.7', 'https://u@api.example.com:8443/a?b', 'x/y/z'),
  },
  { weight: 2, arbitrary: fc.constantFrom('tcp', 'log', 'debug', 'ok', 'Denied by rule', '1', '0', '-1', '****9f2c', 'a**b') },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 40 }) },
  { weight: 1, arbitrary: fc.constantFrom('"', '\\', '{', ']', '}",', '","status":503,"', 'é', '\u0001', 'z'.repeat(70)) },
);
const number = fc.oneof(
  fc.nat(2000).map(String),
  fc.constantFrom(
    '200',
    '0.012',
    '1e-3',
    '-1',
    '0',
    '12345678901234567890',
    '200.0',
    '00',
    '1.5E2',
    '-',
    '+1',
    'nan',
    'tru',
    'nul',
  ),
);
const stamp = fc.oneof(
  { weight: 6, arbitrary: fc.nat(200).map((s) => new Date(Date.UTC(2026, 2, 2, 10, 15) + s * 333).toISOString()) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('[02/Mar/2026:10:15:30 +0000]', '02/Mar/2026:10:15:30 +0100', '2026-03-02 10:15:30', 'x', ''),
  },
  { weight: 2, arbitrary: fc.nat(5000).map((ms) => String(1772446530000 + ms)) },
  { weight: 1, arbitrary: fc.nat(5000).map((ms) => `${1772446530000 + ms}123456`) },
);
const target = fc.constantFrom(
  '/api/orders/17',
  '/oauth2/token',
  '/oauth2/token?client_id=a&grant_type=client%5Fcredentials',
  '/a b',
  '/caf\u00e9',
  'https://api.example.com/v1/items',
  '*',
  '',
  '/x#y',
  '/q?a="b"',
);
/** Slashes are escaped by some writers, and characters that need no escape by others. */
const quoted = (value: string, how: number): string => {
  const plain = JSON.stringify(value);
  if (how === 1) return plain.replaceAll('/', '\\/');
  return how === 2 ? plain.replaceAll('&', '\\u0026').replaceAll('a', '\\u0061') : plain;
};
const string = (value: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.tuple(value, fc.constantFrom(0, 0, 0, 0, 1, 2)).map(([plain, how]) => quoted(plain, how));
const blank = fc.constantFrom('', '', '', '', '', ' ', '  ', '\t');

const scalar = fc.oneof(string(text), number, fc.constantFrom('true', 'false', 'null'), string(stamp), string(target));
const { tree } = fc.letrec<{ tree: string; list: string; object: string }>((tie) => ({
  tree: fc.oneof({ weight: 4, arbitrary: scalar }, tie('list'), tie('object')),
  list: fc.array(tie('tree'), { maxLength: 3 }).map((all) => `[${all.join(',')}]`),
  object: fc
    .array(fc.tuple(string(text), tie('tree')), { maxLength: 3 })
    .map((all) => `{${all.map((pair) => pair.join(':')).join(',')}}`),
}));

const members = (more: fc.Arbitrary<readonly [string, string]>): fc.Arbitrary<string> =>
  fc
    .tuple(fc.array(more, { maxLength: 9 }), fc.array(blank, { minLength: 4, maxLength: 4 }))
    .map(([all, [a, b, c, d]]) => `{${a}${all.map(([key, value]) => `"${key}"${b}:${c}${value}`).join(`${d},${a}`)}${d}}`);
const either = (key: string, value: fc.Arbitrary<string>): fc.Arbitrary<readonly [string, string]> =>
  fc.oneof({ weight: 9, arbitrary: value }, { weight: 1, arbitrary: tree }).map((one) => [key, one] as const);
const headers = members(
  fc.oneof(
    either('host', string(fc.constantFrom('api.example.com', 'AUTH.example.com'))),
    either('user-agent', string(fc.constantFrom('curl/8', 'a+b%20c', 'orders "x"'))),
    fc.tuple(fc.constantFrom('accept', 'x', 'a-very-long-header-name-that-nobody-wants-in-a-log-of-requests-at-all'), scalar),
  ),
);
const request = members(
  fc.oneof(
    either('method', string(fc.constantFrom('GET', 'POST', 'get', 'BREW', ''))),
    either('uri', string(target)),
    either('headers', headers),
    either('id', string(fc.uuid())),
    fc.tuple(fc.constantFrom('size', 'tls'), tree),
  ),
);
const member = fc.oneof(
  either('time', fc.oneof(string(stamp), stamp)),
  either('end', string(stamp)),
  either('request', request),
  either('request', request),
  either('status', fc.oneof(number, string(number), string(text))),
  either('code', number),
  either('size', fc.oneof(number, string(text))),
  either('took', fc.oneof(number, string(fc.constantFrom('12ms', '1.5s', '850µs', '1m2s', '12')))),
  either('wait', number),
  either('upstream', fc.oneof(number, string(fc.constantFrom('0.1, 0.2', '-', '0')))),
  either('line', string(target.map((path) => `GET ${path} HTTP/1.1`))),
  either('scope', fc.oneof(string(text), fc.constantFrom('["a","b"]', '[ "a" ]', '[]', '["a\\"b", "c"]', '["a",1]'))),
  either('user', string(text)),
  either('client', string(text)),
  either(
    'trace',
    string(
      fc.constantFrom(
        'projects/x/traces/4bf92f3577b34da6a3ce929d0e0e4736',
        'Root=1-5759e988-bd862e3fe1be46a994272793;S',
        '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
      ),
    ),
  ),
  either('cache', fc.oneof(number, string(fc.constantFrom('HIT', 'miss')))),
  either('query', string(fc.constantFrom('client_id=a', 'x=1&client_id=&grant_type=a%62', ''))),
  either('path', string(fc.constantFrom('a/b', '/a/1', ''))),
  either('first', string(fc.constantFrom('GET /x', 'POST'))),
  either('kind', string(fc.constantFrom('tcp', 'TCP', 'log', 'http'))),
  either('level', string(fc.constantFrom('debug', 'info'))),
  fc.tuple(fc.constantFrom('request.method', 'request.uri', 'status ', 'st\\u0061tus', '', 'extra', 'extra2'), scalar),
  fc.tuple(
    string(text).map((key) => key.slice(1, -1)),
    tree,
  ),
);
const ordinary = fc
  .tuple(stamp, target, fc.nat(600), members(member))
  .map(
    ([time, uri, took, rest]) =>
      `{"time":"${time}","request":{"method":"GET","uri":${JSON.stringify(uri)}},"status":200,"took":${took},"rest":${rest}}`,
  );
const record = fc.oneof({ weight: 3, arbitrary: members(member) }, { weight: 2, arbitrary: ordinary });
const hurt = fc
  .tuple(
    record,
    fc.nat(300),
    fc.constantFrom('', '"', '{', '}', '[', ']', ',', ':', '\\', ' ', '\r', '\0', ',,', 'x'),
    fc.boolean(),
  )
  .map(([line, place, other, over]) => {
    const at = place % (line.length + 1);
    return line.slice(0, at) + other + line.slice(over ? at + 1 : at);
  });
const log = fc.array(fc.oneof({ weight: 5, arbitrary: record }, { weight: 1, arbitrary: hurt }), { minLength: 1, maxLength: 25 });

describe.each(Object.entries(programs))('%s', (name, program) => {
  test('is read by the kernel', () => expect(isSupported(program, kernel)).toBe(true));

  test('records of all shapes, whole and hurt', () => {
    let fast = 0;
    fc.assert(
      fc.property(log, fc.array(fc.nat(60), { maxLength: 3 }), fc.boolean(), (lines, cuts, ids) => {
        const again = Array.from({ length: 4 }, () => lines).flat();
        fast += same({ program, ids, ...(ids ? { userRows: 20 } : {}) }, again, cuts);
      }),
      { numRuns: runs(name === 'plain' ? 250 : 150) },
    );
    expect(fast).toBeGreaterThan(100);
  });
});

describe('logfmt', () => {
  const program = compileJson({ ...wordy, 'request.method': { slot: 'method', as: 'text' } }, { written: 'logfmt' });
  const value = fc.oneof(
    fc.oneof(text, number, stamp, target).map((one) => JSON.stringify(one)),
    fc.oneof(number, stamp, fc.constantFrom('GET', '/api/orders/7', 'a\\b', 'x"y', '', '12ms')),
  );
  const pair = fc
    .tuple(
      fc.constantFrom(
        'time',
        'request.method',
        'request.uri',
        'status',
        'took',
        'size',
        'client',
        'extra',
        'q',
        '',
        'a b',
        'line',
      ),
      fc.constantFrom('=', '=', '=', '=', '=', '=', ' ', '=='),
      value,
    )
    .map((parts) => parts.join(''));
  const line = fc
    .tuple(stamp, target, fc.array(pair, { maxLength: 8 }), fc.constantFrom(' ', ' ', '  ', '\t'))
    .map(([time, uri, pairs, between]) => [`time="${time}"`, 'request.method=GET', `request.uri=${uri}`, ...pairs].join(between));

  test('pairs of all kinds', () => {
    let fast = 0;
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            line,
            fc.array(pair).map((all) => all.join(' ')),
          ),
          { minLength: 1, maxLength: 20 },
        ),
        (lines) => {
          fast += same({ program, ids: true }, Array.from({ length: 4 }, () => lines).flat());
        },
      ),
      { numRuns: runs(200) },
    );
    expect(fast).toBeGreaterThan(100);
  });
});

test('durations with units are the same to the last bit', () => {
  const digits = fc.nat(99_999_999).map(String);
  const part = fc
    .tuple(
      digits,
      fc.option(digits, { nil: undefined }),
      fc.constantFrom('ns', 'us', 'µs', 'μs', 'ms', 's', 'm', 'h', '', 'x', ' ms'),
    )
    .map(([whole, fraction, unit]) => `${whole}${fraction === undefined ? '' : `.${fraction}`}${unit}`);
  const took = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join(''));
  const program = compileJson({ ...fields, took: { slot: 'duration', as: 'duration-unit' } });
  let fast = 0;
  fc.assert(
    fc.property(fc.array(took, { minLength: 1, maxLength: 30 }), (all) => {
      const lines = all.map((one) => `{"time":1772446530,"request":{"method":"GET","uri":"/a"},"took":${JSON.stringify(one)}}`);
      fast += same({ program, stamped: 'start' }, [lines[0]!, ...lines]);
    }),
    { numRuns: runs(200) },
  );
  // Texts of more than 40 bytes are none.
  for (const one of ['0.100000μs10000000.1000000μs10000000µs', `${'0'.repeat(37)}1ms`, `${'1ms'.repeat(14)}`])
    same({ program }, Array<string>(3).fill(`{"time":1772446530,"request":{"method":"GET","uri":"/a"},"took":"${one}"}`));
  expect(fast).toBeGreaterThan(100);
});

test('scanners of JSON, of pairs and of several ways take turns with one kernel, block by block', () => {
  const ids = ['haproxy', 'kong-json', 'tyk-logfmt', 'envoy', 'auth0'];
  const logs = formats
    .filter(({ id }) => ids.includes(id))
    .map(({ layout, stamped, samples }) => {
      const lines = samples.map(({ line }) => `${line}\n`).join('');
      return { setup: { program: compile(layout), stamped }, text: new Uint8Array(Buffer.from(lines.repeat(3))) };
    });
  expect(logs).toHaveLength(ids.length);
  const turns = (engine: Kernel | undefined): unknown[] => {
    const seen: unknown[][] = logs.map(() => []);
    const scanners = logs.map(({ setup }, at) => {
      const names = new Dictionary([], []);
      const sink = ({ rows, startUs, durationUs, route, caller, agent, line }: RequestBatch): void => {
        for (let row = 0; row < rows; row += 1)
          seen[at]!.push([
            startUs[row],
            durationUs[row],
            names.routes[route[row]!],
            names.callers[caller[row]!],
            agent[row],
            line[row],
          ]);
      };
      return new FileScanner({ ...setup, kernel: engine }, names, sink);
    });
    for (let turn = 0; turn < 4; turn += 1)
      logs.forEach(({ text }, at) => {
        const [block] = blocksOf(text);
        scanners[at]!.scan(block!.bytes, block!.from, block!.to, turn * text.length);
      });
    return [seen, scanners.map(({ counts }) => ({ ...counts, rejects: [...counts.rejects.values()] }))];
  };
  expect(turns(kernel)).toEqual(turns(undefined));
});

describe('more than the kernel remembers', () => {
  const line = (more: string, at: number): string =>
    `{"time":"2026-03-02T10:15:${String(at % 60).padStart(2, '0')}Z",${more}"request":{"method":"GET","uri":"/a/${at}"},"status":200}`;

  test('keys that are new in every record', () => {
    const lines = Array.from({ length: 3000 }, (_, at) => line(`"key${at}":${at},"${'k'.repeat(at % 90)}":"v",`, at));
    expect(same({ program: programs.plain! }, [...lines, ...lines.slice(0, 500)], [700, 2900])).toBeGreaterThan(2900);
  });

  test('keys in every order', () => {
    const parts = [
      '"a":1',
      '"status":200',
      '"b":{"c":[1,{"d":"]}"}]}',
      '"size":5',
      '"code":503',
      '"client":"10.0.0.1"',
      '"took":7',
    ];
    const lines = Array.from({ length: 2000 }, (_, at) => {
      const order = [...parts].sort((x, y) => ((x.length * (at + 3)) % 17) - ((y.length * (at + 7)) % 13));
      return `{${[...order, '"time":1772446530', '"request":{"method":"GET","uri":"/a"}'].join(at % 3 === 0 ? ', ' : ',')}}`;
    });
    expect(same({ program: programs.plain! }, lines)).toBeGreaterThan(1900);
  });

  test('objects and lists nested deeper than the kinds of brackets are remembered', () => {
    for (const depth of [1, 15, 16, 31, 32, 33, 60]) {
      const open = Array.from({ length: depth }, (_, at) => (at % 3 === 1 ? '{"a":' : '[')).join('');
      const close = Array.from({ length: depth }, (_, at) => ((depth - 1 - at) % 3 === 1 ? '}' : ']')).join('');
      for (const last of [close, close.slice(1), `${close}]`, `${close.slice(0, -1)}}`, close.replace(']', '}')])
        same({ program: programs.plain! }, Array<string>(4).fill(line(`"deep":${open}"x\\"]"${last},`, 7)));
    }
  });

  test('records end before, at and behind the end of the window', () => {
    const window = kernel.at('WINDOW_BYTES');
    const one = line('', 1);
    const many = Array<string>(Math.floor(window / (one.length + 1)) - 3).fill(one);
    for (const room of [-one.length - 1, -17, -16, -1, 0, 1, 15, 16, 17, one.length, one.length + 1]) {
      const filler = window - many.length * (one.length + 1) - room - line('"x":"",', 1).length - 1;
      same({ program: programs.plain! }, [...many, line(`"x":"${'y'.repeat(filler)}",`, 1), one, one, one]);
    }
  }, 60_000);
});

const isObject = (line: string): boolean => {
  try {
    return Object.keys(JSON.parse(line) as object).length > 0;
  } catch {
    return false;
  }
};

const ofJson = formats
  .map(({ id, layout, stamped, samples }) => ({ id, program: compile(layout), stamped, samples }))
  .filter(({ program }) => program.kind === 'json');

test('all our formats of JSON are read by the kernel', () =>
  expect(ofJson.filter(({ program }) => !isSupported(program, kernel)).map(({ id }) => id)).toEqual([]));

test.each(ofJson)('samples of $id with their keys in another order, and others between', ({ program, stamped, samples }) => {
  const lines = samples.map(({ line }) => line).filter(isObject);
  if (lines.length === 0) return;
  const shuffled = fc
    .tuple(
      fc.constantFrom(...lines),
      fc.array(fc.nat(1000), { minLength: 60, maxLength: 60 }),
      fc.array(fc.tuple(string(text), scalar), { maxLength: 3 }),
    )
    .map(([line, order, more]) => {
      const all = Object.entries(JSON.parse(line) as object).map(
        ([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`,
      );
      const pairs = [...all, ...more.map((pair) => pair.join(':'))];
      return `{${pairs
        .map((pair, at) => [order[at % 60]!, pair] as const)
        .sort((a, b) => a[0] - b[0])
        .map(([, pair]) => pair)
        .join(',')}}`;
    });
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.constantFrom(...lines), shuffled), { minLength: 1, maxLength: 12 }), (some) => {
      same({ program, stamped, ids: true }, Array.from({ length: 4 }, () => some).flat());
    }),
    { numRuns: runs(40) },
  );
});
