/** The kernel against the TypeScript scanner, which says what is right: the same rows, names, counts, rejects and flags for all input. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { parseEndpointPattern } from '../src/events/pattern.js';
import { methods } from '../src/events/request-batch.js';
import { compile } from '../src/formats/compile.js';
import { formats } from '../src/formats/index.js';
import { parseTemplate } from '../src/formats/template.js';
import { analyze } from '../src/pipeline.js';
import { Dictionary } from '../src/scan/dictionary.js';
import { Kernel } from '../src/scan/kernel/kernel.js';
import { isSupported } from '../src/scan/kernel/program.js';
import { zoneShift } from '../src/scan/zones.js';
import { blocksOf, type Setup, scanWith, textProgram } from './support/engines.js';

const kernel = new Kernel();
const latin1 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'));

/** Rows that the kernel read, when all else is the same. */
function same(setup: Setup, text: Uint8Array, cuts: readonly number[] = [], behind = ''): number {
  const { fastRows, ...fast } = scanWith(kernel, setup, blocksOf(text, cuts, behind));
  const { fastRows: none, ...slow } = scanWith(undefined, setup, blocksOf(text, cuts, behind));
  expect(none).toBe(0);
  // The long way tells where they differ.
  if (!isDeepStrictEqual(fast, slow)) expect(fast).toEqual(slow);
  return fastRows;
}

const templates: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    formats.flatMap(({ id, layout }) =>
      layout.kind === 'template' && !layout.template.trimStart().startsWith('{') ? [[id, layout.template]] : [],
    ),
  ),
  epoch: '$msec $remote_addr $request_method $uri $args $status $body_bytes_sent $request_time $upstream_response_time',
  iso: '[$time_iso8601] $remote_addr "$request" $status urt=$upstream_response_time; $upstream_addr "$http_user_agent" $host',
  callers:
    '$time_iso8601|$host|$hostname|$remote_user|$arg_client_id|$arg_scope|$arg_audience|$arg_grant_type|$ssl_client_s_dn|$request|$status',
  lists:
    '$remote_addr [$time_local] "$request" $status $upstream_response_time $upstream_addr $upstream_status $upstream_cache_status $bytes_sent',
  rest: 'edge: $time_local $request_method $request_uri $status $body_bytes_sent',
  uri: '$msec "$request_method" "$request_uri" "$http_user_agent" $status $request_time',
};

const often = <T>(ordinary: fc.Arbitrary<T>, odd: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  fc.oneof({ weight: 12, arbitrary: ordinary }, { weight: 1, arbitrary: odd });

const strange = fc.oneof(
  fc.constantFrom(
    '',
    '-',
    'null',
    '"',
    '\\x22',
    '\\',
    '\\"',
    'a\\',
    '\0',
    '\u00e9\u00ff',
    ' ',
    '  ',
    'a b',
    '" x',
    '[',
    '1e-5',
    '%2e%2e',
    '\u0001',
    '\t',
  ),
  fc.string({
    unit: fc
      .integer({ min: 0, max: 255 })
      .filter((code) => code !== 10)
      .map((code) => String.fromCharCode(code)),
    maxLength: 40,
  }),
);

const decimal = often(
  fc.oneof(
    fc.nat(99_999).map((ms) => (ms / 1000).toFixed(3)),
    fc.constantFrom('0.000', '0.001', '12', '-'),
  ),
  fc.oneof(
    fc.constantFrom(
      '.5',
      '5.',
      '.',
      '1.2.3',
      '-1',
      '+1',
      '1e3',
      '1.5e-2',
      '0.12345678',
      '0.9999995',
      '123456789012345',
      '1234567890123456',
      '99999999999999999999',
      '00000000000000000001',
      '',
    ),
    strange,
  ),
);

const list = often(
  fc
    .array(decimal, { minLength: 1, maxLength: 3 })
    .chain((values) => fc.constantFrom(', ', ' : ').map((between) => values.join(between))),
  fc.constantFrom('0.1,0.2', '0.1 : ', ', 0.1', ' : 0.1', '0.1, x', ': 0.5', '0.1 :0.2', '-, -'),
);

const ip = fc.oneof(
  fc.tuple(fc.nat(3), fc.nat(20)).map(([a, b]) => `10.20.${a}.${b}`),
  fc.constantFrom('2001:db8::7', '10.0.0.7:51888', '[::1]:80', 'unix:', '-'),
);

const segment = fc.oneof(
  fc.constantFrom(
    'api',
    'v1',
    'orders',
    'oauth2',
    'token',
    'auth',
    'realms',
    'protocol',
    'openid-connect',
    'introspect',
    'healthz',
    'a.css',
    'login',
    'x-y_z',
    'caf\u00e9',
  ),
  fc.nat(99_999_999).map(String),
  fc.uuid(),
  fc.constantFrom(
    'deadbeef',
    'DEADBEEF1',
    'cafe',
    '0x1f',
    '4b2bd7ec0b1fafe722852256',
    '2026-03-02',
    '1a2b3c4',
    '1a2b3c4d',
    'abcdefab',
    '-',
    '--------1',
    '',
  ),
);

const path = often(
  fc.array(segment, { minLength: 1, maxLength: 6 }).map((segments) => `/${segments.join('/')}`),
  fc.oneof(
    fc.constantFrom(
      '/',
      '*',
      '',
      '//',
      '/a b',
      '/\\x22',
      '/a\\',
      '/\u0001/1',
      'http://api.example.com/orders/1',
      'https://auth.example.com',
      'example.com:443',
      '/ H',
      '/ HT',
      '/?',
      '/#',
      '/1?',
      '/1#x',
    ),
    fc.integer({ min: 40, max: 80 }).map((length) => `/${'1'.repeat(length)}`),
    fc.integer({ min: 50, max: 70 }).map((length) => `/${'x'.repeat(length)}/12345/${'y'.repeat(20)}`),
    fc.integer({ min: 3980, max: 4100 }).map((length) => `/${'p/1'.repeat(length / 3)}`),
    fc.constant(`/${'long'.repeat(2500)}`),
    strange,
  ),
);

const query = fc.oneof(
  { weight: 6, arbitrary: fc.constant('') },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      '?limit=50',
      '?grant_type=client_credentials&client_id=orders',
      '?a=\\x22',
      `?q=${'z'.repeat(90)}`,
      '#f',
    ),
  },
);
const target = fc.tuple(path, query).map(([path, query]) => path + query);

const method = often(
  fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS'),
  fc.constantFrom(
    'get',
    'Post',
    'CONNECT',
    'TRACE',
    'PROPFIND',
    'GE',
    'GETS',
    'GET\\',
    '\\x16\\x03',
    '',
    '-',
    'OPTIONSX',
    'A'.repeat(30),
  ),
);

const request = often(
  fc
    .tuple(method, target, fc.constantFrom(' HTTP/1.1', ' HTTP/1.1', ' HTTP/2.0', '', ' ', ' HTTPS', ' HTTP/1.1 HTTP/1.1'))
    .map((parts) => `${parts[0]} ${parts[1]}${parts[2]}`),
  strange,
);

const day = Date.UTC(2026, 2, 28, 23, 58, 0);
/** Two days around a change of summer time, mostly near a midnight. */
const seconds = fc.oneof(fc.nat(240), fc.nat(172_800)).map((second) => new Date(day + second * 1000));
const two = (value: number): string => String(value).padStart(2, '0');
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const clock = (date: Date): string => `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`;
const clf = often(
  fc
    .tuple(seconds, fc.constantFrom(' +0000', ' +0000', ' +0100', ' -0530'))
    .map(
      ([date, zone]) => `${two(date.getUTCDate())}/${months[date.getUTCMonth()]}/${date.getUTCFullYear()}:${clock(date)}${zone}`,
    ),
  fc.oneof(
    fc.constantFrom(
      '28/Mar/2026:23:59:60 +0000',
      '28/Mar/2026:23:59:61 +0000',
      '31/Feb/2026:10:00:00 +0000',
      '28/Mar/2026:23:59:30',
      '28/Mar/2026:23:59:30.12345',
      '28/Mar/2026:23:59:30.123 +0000',
      '28/Mar/2026:23:59:3x +0000',
      '28-Mar-2026 23:59:30 +0000',
      `${'\0'.repeat(18)}30${'\0'.repeat(6)}`,
      '28/Mar/2026:23:59:30 *0000',
      '28/Mar/2026:23:59:30 +9900',
      '28/Mar/2026:23:59:30 +00:0',
    ),
    strange,
  ),
);
const iso = often(
  fc
    .tuple(
      seconds,
      fc.constantFrom('', '', '.123', '.123456', ',5', '.123456789'),
      fc.constantFrom('Z', '+00:00', '+01:00', '-0530', '', 'z', ' +0100'),
      fc.constantFrom('T', ' '),
    )
    .map(([date, fraction, zone, between]) => `${date.toISOString().slice(0, 10)}${between}${clock(date)}${fraction}${zone}`),
  fc.oneof(
    fc.constantFrom(
      '2026-03-28T23:59:60Z',
      '2026-03-28T23:59:61Z',
      '2026-02-31T00:00:00Z',
      '2026-03-28T23:59',
      '2026-03-28T23:59:30.Z',
      '2026-03-28T23:59:30+25:00',
      '1970-01-01T00:00:00+01:00',
      '2026-03-28x23:59:30Z',
    ),
    strange,
  ),
);
const epoch = often(
  fc
    .tuple(seconds, fc.constantFrom('', '.000', '.123', '.123456', '.1234567', '.'))
    .map(([date, fraction]) => `${date.getTime() / 1000}${fraction}`),
  fc.oneof(
    fc.constantFrom(
      '1772446530123',
      '1772446530123.5',
      '1772446530123456',
      '1772446530123456789',
      '177244653',
      '17724465',
      '99999999999',
      '100000000000',
      '1772446530.12x',
      '-1772446530',
      '17724465301234567',
    ),
    strange,
  ),
);

const agent = often(
  fc.constantFrom(
    'orders-gw/4.2',
    'okhttp/4.12.0',
    'kube-probe/1.29',
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0',
    '-',
    'curl/8',
  ),
  fc.oneof(
    strange,
    fc.constant('A'.repeat(3000)),
    fc.constantFrom('Mozilla/5.0 \\x22beta\\x22', 'a\\\\', '\\\\\\x22', `${'b'.repeat(19)}\\"${'c'.repeat(19)}`),
  ),
);
const word = often(fc.constantFrom('orders-gw', 'billing', '-', 'search', ''), strange);
const status = often(
  fc.constantFrom('200', '200', '401', '404', '503', '304'),
  fc.constantFrom('-', '', '000', '0', '20', '2000', '20x', '099', '200.0', 'null', '-1', '999'),
);

const pair = fc.oneof(
  decimal.map((value) => `rt=${value}`),
  list.map((value) => `urt="${value}"`),
  list.map((value) => `urt=${value}`),
  list.map((value) => `uct="${value}"`),
  fc.constantFrom('cs=MISS', 'cs=HIT', 'cs=-', 'cs=stale', 'cache=Hit from cloudfront', 'cs="BYPASS"', 'cs=ex'),
  fc.constantFrom(
    'rid=9f2c1a7be04d4c53a1f0de5b8c6a7712',
    'rid="x y"',
    'unknown=1',
    'host=api.example.com',
    'host=auth.example.com',
    'node=gw-1',
    'node=gw-2',
    'cid=orders',
    'expires_in=3600',
    'expires_in=x',
  ),
  fc.constantFrom(
    'duration=12ms',
    'duration=12',
    'duration_ms=12.5',
    'msec=1774742400.500',
    'msec=x',
    'ua="10.0.0.1:80, 10.0.0.2:80"',
    'us=200, 502',
    '"10.0.0.9"',
    '"open',
    'word',
    'x="open',
    'rt',
    'rt=',
    '=',
    '=5',
    ',',
    'scope="a b"',
    'grant=client_credentials',
    `${'k'.repeat(70)}=1`,
  ),
);
const pairs = often(
  fc.array(pair, { minLength: 1, maxLength: 8 }).map((all) => all.join(' ')),
  fc.oneof(strange, fc.constant('rt=0.1 '.repeat(70).trim()), fc.constant('')),
);

const values: Readonly<Record<string, fc.Arbitrary<string>>> = {
  remote_addr: ip,
  time_local: clf,
  time_iso8601: iso,
  msec: epoch,
  request,
  request_method: method,
  request_uri: target,
  uri: path,
  args: fc.constantFrom('-', '', 'limit=50', 'grant_type=client_credentials'),
  status,
  body_bytes_sent: often(fc.nat(99_999).map(String), fc.oneof(fc.constantFrom('-', '', '1.5', '99999999999999999999'), strange)),
  bytes_sent: fc.nat(9999).map(String),
  request_time: decimal,
  upstream_response_time: list,
  upstream_addr: often(fc.constantFrom('10.0.0.1:80', '-', '10.0.0.1:80, 10.0.0.2:80', 'unix:/s : 10.0.0.1:80'), strange),
  upstream_status: fc.constantFrom('200', '502, 200', '-'),
  upstream_cache_status: fc.constantFrom('MISS', 'HIT', '-', ''),
  http_user_agent: agent,
  host: fc.constantFrom('api.example.com', 'AUTH.example.com', '-', '', 'login.microsoftonline.com'),
  arg_grant_type: fc.constantFrom('client_credentials', '-', 'password'),
  pairs,
};

/** A line as the template prints it. */
const lineOf = (template: string): fc.Arbitrary<string> =>
  fc
    .tuple(
      ...parseTemplate(template).map((part) => (part.kind === 'text' ? fc.constant(part.text) : (values[part.name] ?? word))),
    )
    .map((parts) => parts.join(''));

/** A line that something happened to. */
const hurt = (line: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc
    .tuple(line, fc.nat(400), strange, fc.constantFrom('cut', 'front', 'in', 'over', 'return', 'nul', 'blank', 'twice'))
    .map(([text, place, other, how]) => {
      const at = place % (text.length + 1);
      if (how === 'cut') return text.slice(0, at);
      if (how === 'front') return text.slice(at);
      if (how === 'in') return text.slice(0, at) + other + text.slice(at);
      if (how === 'over') return text.slice(0, at) + other + text.slice(at + other.length);
      if (how === 'return') return `${text}\r`;
      if (how === 'nul') return `\0\0${text}`;
      return how === 'blank' ? ' '.repeat(place % 4) : text + text;
    });

const logOf = (template: string): fc.Arbitrary<Uint8Array> => {
  const line = lineOf(template);
  return fc
    .tuple(fc.array(often(line, hurt(line)), { minLength: 1, maxLength: 40 }), fc.boolean(), fc.boolean())
    .map(([lines, ended, crlf]) => {
      // Again and again: each time one thing of a line that was new is known.
      const again = Array.from({ length: 6 }, () => lines.map((text) => text.replaceAll('\n', ' '))).flat();
      return latin1(again.join(crlf ? '\r\n' : '\n') + (ended ? '\n' : ''));
    });
};

describe.each(Object.entries(templates))('%s', (_, template) => {
  const program = textProgram(template);

  test('is read by the kernel', () => expect(isSupported(program, kernel)).toBe(true));

  test('ordinary and hostile lines, cut into blocks anywhere', () => {
    let fast = 0;
    fc.assert(
      fc.property(
        logOf(template),
        fc.array(fc.nat(80), { maxLength: 4 }),
        fc.constantFrom('start', 'end', 'unknown'),
        fc.constantFrom('UTC', '+02:00', 'Europe/Berlin'),
        fc.constantFrom('', 't=0.5 cs=HIT', '"', ' 200 5 "-" "-"\n', '='.repeat(64)),
        (text, cuts, stamped, tz, behind) => {
          fast += same({ program, stamped, zoneShift: zoneShift(tz) }, text, cuts, behind);
        },
      ),
      { numRuns: Number(process.env.KERNEL_RUNS ?? 60) },
    );
    expect(fast).toBeGreaterThan(200);
  });

  test('with endpoints and routes that the user names', () => {
    const pattern = parseEndpointPattern;
    const dictionary = (): Dictionary => new Dictionary([pattern('POST /api/*/orders'), pattern('/login')], []);
    const named = (): Dictionary => new Dictionary([pattern('/login')], [pattern('/api/**'), pattern('GET /**/token')]);
    fc.assert(
      fc.property(logOf(template), (text) => {
        same({ program, dictionary }, text);
        same({ program, dictionary: named }, text);
      }),
      { numRuns: 20 },
    );
  });
});

const withSamples = formats
  .map(({ id, layout, stamped, samples }) => ({ id, program: compile(layout), stamped, samples }))
  .filter(({ program }) => isSupported(program, kernel));

test('the kernel reads the formats that most logs have', () =>
  expect(withSamples.map(({ id }) => id)).toEqual(
    expect.arrayContaining(['clf', 'clf-combined', 'nginx-main', 'nginx-request-time', 'nginx-timing']),
  ));

test.each(withSamples)('samples of $id, whole and hurt', ({ program, stamped, samples }) => {
  const sample = fc.constantFrom(...samples.map(({ line }) => Buffer.from(line).toString('latin1')));
  fc.assert(
    fc.property(fc.array(fc.oneof(sample, hurt(sample)), { minLength: 1, maxLength: 20 }), (lines) => {
      const text = lines.map((line) => `${line.replaceAll('\n', ' ')}\n`).join('');
      same({ program, stamped, ids: true, userRows: 30 }, latin1(text.repeat(5)));
    }),
    { numRuns: Number(process.env.KERNEL_RUNS ?? 100) },
  );
});

const combined =
  '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"';
const setup: Setup = { program: textProgram(combined) };
const combinedLine = (target: string, agent = 'curl/8', second = 30): string =>
  `10.0.0.7 - - [02/Mar/2026:10:15:${two(second)} +0000] "GET ${target} HTTP/1.1" 200 5 "-" "${agent}"\n`;

describe('sizes', () => {
  test('every line may be the last of a block', () => {
    const lines = Array.from({ length: 30 }, (_, at) => combinedLine(`/api/orders/${at}`));
    lines[7] = 'broken\n';
    for (let cut = 0; cut < 30; cut += 1) same(setup, latin1(lines.join('')), [cut]);
    same(setup, latin1(lines.join('')), [...lines.keys()]);
  });

  test('lines end before, at and behind the end of the window', () => {
    const window = kernel.at('WINDOW_BYTES');
    const line = combinedLine('/api/orders/1');
    const many = line.repeat(Math.floor(window / line.length) - 2);
    for (const room of [
      -line.length - 1,
      -line.length,
      -17,
      -16,
      -2,
      -1,
      0,
      1,
      2,
      15,
      16,
      17,
      line.length - 1,
      line.length,
      line.length + 1,
    ]) {
      const filler = window - many.length - room - combinedLine('/').length;
      same(setup, latin1(many + combinedLine(`/${'x'.repeat(filler)}`) + line + combinedLine('/end').repeat(3)));
    }
  }, 60_000);

  test('a line longer than the window', () => {
    const long = combinedLine(`/${'x'.repeat(kernel.at('WINDOW_BYTES') + 10)}`);
    same(setup, latin1(combinedLine('/a') + long + combinedLine('/a').repeat(3)));
    same(setup, latin1(combinedLine('/a') + long.trimEnd()));
  });

  test('batches fill in the middle of fast and slow lines', () => {
    const rows = kernel.at('ROWS');
    for (const count of [rows - 1, rows, rows + 1, 2 * rows + 1]) {
      const lines = Array.from({ length: count }, (_, at) =>
        at % 97 === 5 || at === rows - 1 ? combinedLine('/x\\x20y') : combinedLine('/a'),
      );
      expect(same(setup, latin1(lines.join('')))).toBeGreaterThan(1000);
    }
  });

  test('more names than the tables hold', () => {
    const lines: string[] = [];
    for (let at = 0; at < 52_000; at += 1)
      lines.push(combinedLine(`/r${at >> 8}/s${at & 255}`, at < 14_000 ? `agent/${at}` : 'curl/8'));
    for (let at = 0; at < 52_000; at += 13) lines.push(combinedLine(`/r${at >> 8}/s${at & 255}`, `agent/${at % 14_000}`));
    const half = [Math.floor(lines.length / 2)];
    expect(same(setup, latin1(lines.join('')), half)).toBeLessThan(lines.length / 2);
  }, 60_000);

  test('places with too many segments collapse, and a known route becomes a candidate', () => {
    const lines: string[] = [];
    for (let at = 0; at < 600; at += 1) lines.push(combinedLine(`/shop/item-${String.fromCharCode(97 + (at % 26))}x${at}y`));
    lines.push(combinedLine('/shop/oauth2-token'), combinedLine('/oauth2/token'), combinedLine('/shop/item-axy0y'));
    same(setup, latin1([...lines, ...lines].join('')));
  });

  test('a table that is full takes no more', () => {
    const { add, clearTables } = kernel.exports;
    const at = kernel.at('TUPLE');
    for (let name = 0; name < 140_000; name += 1) {
      kernel.heap.set(latin1(String(name).padStart(8, '0')), at);
      add(kernel.at('CALLER_TABLE'), at, 8, name);
    }
    kernel.names = undefined;
    clearTables();
    same(setup, latin1(combinedLine('/a').repeat(4)));
  });
});

test('rows of token requests come from the kernel too', () => {
  const template = templates['nginx-timing']!;
  const line =
    '10.20.0.7 - orders-gw [02/Mar/2026:10:15:30 +0000] "POST /oauth2/token HTTP/1.1" 200 1184 "-" "orders-gw/4.2" rt=0.514 urt="0.501, 0.011" cs=-\n';
  const login = line.replace('POST /oauth2/token', 'GET /auth/sessions/7');
  // One look for each name that is new: minute, agent, path, certainty, caller; for the second line path, certainty and perhaps caller.
  expect(same({ program: textProgram(template) }, latin1((line + login).repeat(50)))).toBeGreaterThanOrEqual(90);
});

test('a query can make a token request of a path that is none without it', () => {
  const template = templates['nginx-timing']!;
  const targets = ['/auth/sessions/7', '/login', '/oauth2/token/x', '/api/token', '/connect/token', '/token', '/sts'].flatMap(
    (path) => ['', '?grant_type=client_credentials', '?Action=AssumeRole', '?', '#x', '?a=b'].map((query) => path + query),
  );
  const lines = targets.flatMap((target) =>
    ['POST', 'GET'].map(
      (verb) => `10.0.0.7 - - [02/Mar/2026:10:15:30 +0000] "${verb} ${target} HTTP/1.1" 200 5 "-" "curl/8" rt=0.1 cs=-\n`,
    ),
  );
  same({ program: textProgram(template) }, latin1(lines.join('').repeat(6)));
});

test('epochs of any length and with any decimals', () => {
  const whole = fc.oneof(
    fc.integer({ min: 1_000_000_000, max: 9_999_999_999 }).map(String),
    fc.integer({ min: 1_000_000_000_000, max: 9_999_999_999_999 }).map(String),
    fc.bigInt({ min: 0n, max: 10n ** 19n }).map(String),
    fc.nat(99_999).map((number) => String(number).padStart(13, '0')),
    fc.constantFrom(
      '0099999999999',
      '0100000000000',
      '8999999999999',
      '9000000000000',
      '177244653012',
      '17724465301x3',
      '1772446530-23',
    ),
  );
  const decimals = fc.oneof(
    fc.constant(''),
    fc.nat(999).map((ms) => `.${String(ms).padStart(3, '0')}`),
    fc.stringMatching(/^\.[\dx]{0,7}$/),
  );
  const program = textProgram('$msec $remote_addr $request_method $uri $status');
  const wide = textProgram('$remote_addr $request_method $uri $status $msec');
  fc.assert(
    fc.property(fc.array(fc.tuple(whole, decimals), { minLength: 1, maxLength: 20 }), (stamps) => {
      const all = stamps.map((parts) => parts.join(''));
      same({ program }, latin1(all.map((stamp) => `${stamp} 10.0.0.7 GET /a 200\n`).join('')));
      same({ program: wide }, latin1(all.map((stamp) => `10.0.0.7 GET /a 200 ${stamp}\n`).join('')));
    }),
    { numRuns: 500 },
  );
});

test('several fields that are read over and end with the same text', () => {
  const value = fc.oneof(
    fc.array(fc.constantFrom('|', 'a', '"', ';'), { maxLength: 5 }).map((parts) => parts.join('')),
    fc.nat(80).map((length) => 'x'.repeat(length)),
  );
  const between = fc.constantFrom('||', '|||', '";"');
  fc.assert(
    fc.property(
      between,
      fc.array(fc.array(value, { minLength: 3, maxLength: 6 }), { minLength: 1, maxLength: 30 }),
      fc.array(fc.nat(4000), { maxLength: 3 }),
      (mark, lines, cuts) => {
        const template = ['$remote_addr', '$a', '$b', '$c', '$d', '[$time_local]', '$request', '$e', '$f', '$status'].join(mark);
        const text = lines
          .map((values) => {
            const [a = '', b = '', c = '', d = 'd', e = 'e', f = 'f'] = values;
            const stamp = '[02/Mar/2026:10:15:30 +0000]';
            return ['10.0.0.7', a, b, c, d, stamp, 'GET /a HTTP/1.1', e, f, '200'].join(mark);
          })
          .join('\n');
        same({ program: textProgram(template) }, latin1(`${text}\n`), cuts, '"||";"||');
      },
    ),
    { numRuns: 400 },
  );
  const template = ['$remote_addr', '$a', '$b', '$c', '[$time_local]', '$request', '$status'].join('||');
  const line = '10.0.0.7||||b|||c|||[02/Mar/2026:10:15:30 +0000]||GET /a HTTP/1.1||200\n';
  const plain = '10.0.0.7||||b||c||[02/Mar/2026:10:15:30 +0000]||GET /a HTTP/1.1||200\n';
  expect(same({ program: textProgram(template) }, latin1((line + plain).repeat(20)))).toBeGreaterThanOrEqual(19);
});

test('an absolute URL names a host where the line names none', () => {
  const authorities = [
    'https://api.example.com:443',
    'http://api.example.com:80',
    'https://login.microsoftonline.com',
    'https://login.microsoftonline.com:443',
    'https://LOGIN.microsoftonline.com',
    'https://api.example.com:8443',
    'https://user@login.microsoftonline.com',
    'https://[2001:db8::1]:443',
    'HTTPS://api.example.com',
    'ftp://api.example.com',
    'https://',
    'https://a b',
    '',
  ];
  const paths = [
    '/auth/sessions/7',
    '/login',
    '/api/token',
    '/common/oauth2/v2.0/token',
    '/oauth2/token',
    '/oauth2/token?a=b',
    '/',
    '',
  ];
  const hosts = ['-', 'api.example.com', 'login.microsoftonline.com', 'login.microsoftonline.com:443', 'N/A', 'null', ''];
  const cases = authorities.flatMap((authority) =>
    paths.flatMap((path) => hosts.flatMap((host) => [{ target: authority + path, host }])),
  );
  const text = latin1(
    cases.map(({ target, host }) => `10.0.0.7 "${host}" [02/Mar/2026:10:15:30 +0000] "POST ${target} HTTP/1.1" 200\n`).join(''),
  );
  const setup: Setup = { program: textProgram('$remote_addr "$host" [$time_local] "$request" $status') };
  const fast = same(setup, new Uint8Array(Buffer.concat([text, text, text])));
  expect(fast).toBeGreaterThan(cases.length * 2);
  // The rows themselves are held against a dictionary that is asked for each.
  const { rows } = scanWith(kernel, setup, blocksOf(text));
  const of = new Map(
    cases.map(({ target, host }, line) => [line, { target, host: ['-', 'N/A', 'null', ''].includes(host) ? undefined : host }]),
  );
  const names = new Dictionary([], []);
  expect(rows.length).toBeGreaterThan(cases.length / 2);
  for (const row of rows) {
    const { target, host } = of.get(row.line as number)!;
    const none = { host, address: '10.0.0.7', identity: undefined, clientId: undefined, mtlsSubject: undefined, node: undefined };
    const more = { scope: undefined, audience: undefined, grantType: undefined, agent: -1, dpop: false, altered: [] };
    const caller = names.callerOf(methods.indexOf('POST'), target, { ...none, ...more });
    expect([target, host, (row.caller as number) < 0]).toEqual([target, host, caller < 0]);
  }
});

test('the version at the end of a request has at most eleven letters', () => {
  const versions = Array.from({ length: 14 }, (_, length) => ` HT${'x'.repeat(length)}`);
  const requests = [...versions, ' HTTP/1.1 ', ' HTTP/1.1\t', ' H', ' H ', ' HT HT', ''].map((version) =>
    combinedLine('/a').replace(' HTTP/1.1', version),
  );
  same(setup, latin1(requests.join('').repeat(3)));
});

test('a target with a space or a quote in it is for the other scanner', () => {
  const targets = [
    '/a b',
    '/a"b',
    '/a\\"b',
    '/a\\\\"b',
    '/a?b c',
    '/a?b"c',
    '/oauth2/token x',
    '/oauth2/token?a="',
    '/oauth2/token\\x22',
    ' /a',
    '/a ',
  ];
  const torn = [
    combinedLine('/a').slice(0, 60) + combinedLine('/oauth2/token'),
    combinedLine('/a').slice(0, 60) + combinedLine('/b').slice(51),
  ];
  const text = [...targets.map((target) => combinedLine(target)), ...torn, combinedLine('/oauth2/token')].join('');
  expect(same(setup, latin1(text.repeat(9)))).toBeGreaterThan(0);
  const { rows, counts } = scanWith(kernel, setup, blocksOf(latin1(text)));
  // An escaped quote is one that was in the request.
  expect(rows.map(({ routeName }) => (routeName as { path: string }).path)).toEqual(['/a"b', '/oauth2/token"', '/oauth2/token']);
  expect(counts).toMatchObject({ rejected: targets.length + torn.length - 2 });
});

test('two scanners take turns with one kernel', () => {
  const one = latin1(combinedLine('/a/1').repeat(20));
  const other: Setup = { program: textProgram(templates.uri!) };
  const two = latin1('1772446530.123 "GET" "/a/1" "curl/8" 200 0.5\n'.repeat(20));
  for (let turn = 0; turn < 3; turn += 1) {
    same(setup, one);
    same(other, two);
  }
});

test('programs with words that the kernel does not know are left alone', () => {
  const program = textProgram(combined);
  if (program.kind !== 'text') throw new Error('a text format');
  expect(isSupported({ ...program, fields: [...program.fields, { slot: 'host', as: 'hex' as 'text' }] }, kernel)).toBe(false);
  expect(isSupported({ ...program, fields: [...program.fields, { slot: 'color' as 'host', as: 'text' }] }, kernel)).toBe(false);
  expect(isSupported({ ...program, ops: [...program.ops, { mode: 9 as 0, field: -1, literal: latin1('x') }] }, kernel)).toBe(
    false,
  );
  expect(isSupported({ ...program, ops: [{ mode: 0, field: -1, literal: latin1('\\') }] }, kernel)).toBe(false);
});

test('the compiled kernel is that of the sources', async () => {
  const { sourceHash } = (await import('../scripts/kernel.mjs' as string)) as { sourceHash(): string };
  const { sourceHash: made } = await import('../src/scan/kernel/kernel.generated.js');
  expect(made).toBe(sourceHash());
});

describe('whole runs', () => {
  const work = mkdtempSync(join(tmpdir(), 'token-tax-kernel-'));
  afterAll(() => {
    delete process.env.TOKEN_TAX_ENGINE;
    rmSync(work, { recursive: true, force: true });
  });

  const resultOf = async (engine: string, inputs: readonly string[]): Promise<string> => {
    process.env.TOKEN_TAX_ENGINE = engine;
    return JSON.stringify(await analyze({ inputs }).catch((error: unknown) => String(error)));
  };
  const both = async (inputs: readonly string[]): Promise<void> => {
    const slow = await resultOf('ts', inputs);
    expect(await resultOf('wasm', inputs)).toBe(slow);
  };

  const captures = readdirSync('fixtures/captures', { withFileTypes: true }).filter((entry) => entry.isDirectory());
  test.each(captures.map(({ name }) => name))('capture %s', (name) => both([`fixtures/captures/${name}`]));

  test.each(['gateway', 'issuer', 'paths', 'json'])('generated: %s', async (kind) => {
    const out = join(work, `${kind}.log`);
    execFileSync(process.execPath, ['bench/generate.mjs', '--kind', kind, '--bytes', '3e6', '--seed', '7', '--out', out]);
    await both([out]);
  });

  test('bad lines among good ones', async () => {
    const lines = Array.from({ length: 6000 }, (_, at) =>
      at % 50 === 7 ? 'no line of this log\n' : at % 60 === 9 ? '\n' : combinedLine(`/api/${at % 300}`, 'curl/8', at % 61),
    );
    const out = join(work, 'bad.log');
    writeFileSync(out, `\0\0\0${lines.join('')}${combinedLine('/last').trimEnd()}`);
    await both([out]);
    expect(readFileSync(out).length).toBeGreaterThan(300_000);
  });
});
