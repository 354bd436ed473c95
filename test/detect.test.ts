/** Which format a log is found to have, when it is found to have none, and what is said then. */
import { describe, expect, test } from 'vitest';
import { TokenTaxError } from '../src/errors.js';
import { parseMapRule } from '../src/formats/json-fields.js';
import { type Detected, type DetectOptions, detect } from '../src/scan/detect.js';
import { Dictionary } from '../src/scan/dictionary.js';
import { FileScanner } from '../src/scan/file-scanner.js';

const none: DetectOptions = { logFormat: undefined, map: [], timeStamps: undefined };
const found = (lines: readonly string[], options: Partial<DetectOptions> = {}): Detected =>
  detect('a.log', new TextEncoder().encode(`${lines.join('\n')}\n`), { ...none, ...options })!;

const failure = (lines: readonly string[], options: Partial<DetectOptions> = {}): TokenTaxError => {
  try {
    found(lines, options);
  } catch (error) {
    if (error instanceof TokenTaxError) return error;
    throw error;
  }
  throw new Error('a format fits');
};

/** Lines read with what was found, and the requests among them. */
const counts = (lines: readonly string[]): { parsed: number; rejected: number; notRequests: number } => {
  const { program } = found(lines);
  const bytes = new TextEncoder().encode(`${lines.join('\n')}\n`);
  const scanner = new FileScanner({ program, stamped: 'end' }, new Dictionary([], []), () => {});
  scanner.scan(bytes, 0, bytes.length, 0);
  const { parsed, rejected, notRequests } = scanner.counts;
  return { parsed, rejected, notRequests };
};

const ten = <T>(line: (second: number) => T): T[] => Array.from({ length: 10 }, (_, second) => line(second));
const clf = (second: number): string => `[02/Mar/2026:10:15:3${second % 10} +0000]`;
const behind = (second: number): string => `${clf(second)} "POST /oauth2/token HTTP/1.1" 200 812 "-" "orders-gw/4.2"`;
const combined = ten((second) => `10.0.0.7 - - ${behind(second)}`);
const nginxError = '2026/03/02 10:15:30 [error] 7#7: *12 connect() failed, request: "POST /oauth2/token HTTP/1.1"';

describe('JSON', () => {
  const unknown = ten((second) =>
    JSON.stringify({ when: `2026-03-02T10:15:3${second}Z`, what: 'POST', where: '/oauth2/token', code: 200 }),
  );

  test('fields that nobody knows: no format, and how to map them', () => {
    const error = failure(unknown);
    expect(error.code).toBe('NO_FORMAT_FITS');
    expect(error.exit).toBe(3);
    expect(error.why).toMatch(/none of its JSON records has a usual name for .*method and path/);
    expect(error.help).toContain('--map method=NAME');
    expect(error.help).toContain('Fields here: when, what, where, code.');
    expect(error.place).toMatchObject({ file: 'a.log' });
  });

  test('keys that may be pieces of a secret are not named, others are', () => {
    const names = [
      'httpRequestMethodName',
      'x_forwarded_for',
      'kubernetes.pod_template_hash',
      'service-2-latency',
      'upstreamHTTP2',
    ];
    const pieces = ['pUdXFTNnBEYTdCM2h5OHg5OQ', 'aBcDeFgHiJkLmNoPqR', 'client_secret=x'];
    const error = failure([JSON.stringify(Object.fromEntries([...names, ...pieces].map((key) => [key, 1])))]);
    expect(error.help).toContain(`Fields here: ${names.join(', ')}.`);
  });

  test('also when the format is forced', () => {
    const error = failure(unknown, { logFormat: 'json' });
    expect(error).toMatchObject({ code: 'FORMAT_MISMATCH', exit: 2 });
    expect(error.help).toContain('Fields here: when, what, where, code.');
  });

  test('mapped, it fits', () => {
    const map = ['time=when', 'method=what', 'path=where', 'status=code'].map(parseMapRule);
    expect(found(unknown, { map })).toMatchObject({ format: 'json', matchRate: 1 });
  });

  test('half mapped, the rest is named', () => {
    const map = ['time=when', 'path=where'].map(parseMapRule);
    expect(failure(unknown, { map }).why).toContain('for method');
  });

  test('an application that logs other things too', () => {
    const records = [
      ...ten((second) => JSON.stringify({ ts: `2026-03-02T10:15:3${second}Z`, msg: 'started worker' })),
      JSON.stringify({ ts: '2026-03-02T10:15:40Z', method: 'POST', path: '/oauth2/token', status: 200 }),
    ];
    expect(found(records).format).toBe('json');
    expect(counts(records)).toEqual({ parsed: 11, rejected: 0, notRequests: 10 });
    expect(failure(records.slice(0, 10)).code).toBe('NO_FORMAT_FITS');
  });

  test('requests of a known format that are none: it is still that format', () => {
    const record = { msec: '1772446530.000', remote_addr: '10.0.0.7', request: '', status: 400, request_time: 0 };
    expect(found([JSON.stringify(record)]).format).toBe('nginx-json');
  });

  test('nginx-json: each record has what it needs, not some record each key', () => {
    const time = '2026-03-02T10:15:30+00:00';
    const one = { time, remote_addr: '10.0.0.7', request: 'POST /oauth2/token HTTP/1.1', status: 200, request_time: 0.01 };
    const other = {
      time,
      remote_addr: '10.0.0.7',
      request_uri: '/oauth2/token',
      request_method: 'POST',
      status: 200,
      body_bytes_sent: 1,
    };
    const mixed = ten((second) => JSON.stringify(second % 2 === 0 ? one : other));
    expect(found(mixed).format).toBe('nginx-json');
    const others = ten((second) => JSON.stringify({ time, method: 'POST', path: '/token', status: 200, n: second }));
    expect(found([...mixed, ...others, ...others]).format).toBe('json');
  });
});

describe('something in front of the address', () => {
  const fronts: Readonly<Record<string, string>> = {
    'two addresses': '203.0.113.7 10.0.0.1 - -',
    'two addresses and a user': '203.0.113.7 10.0.0.1 - orders-gw',
    'a list of addresses': '203.0.113.7, 10.0.0.2 10.0.0.1 - -',
    'two IPv6 addresses': '2001:db8::7 2001:db8::1 - -',
  };
  for (const [what, front] of Object.entries(fronts)) {
    test(`${what}: no format reads it wrongly`, () => {
      const error = failure(ten((second) => `${front} ${behind(second)}`));
      expect(error.code).toBe('NO_FORMAT_FITS');
      expect(error.why).toContain('in front of the address');
      expect(error.place).toMatchObject({ line: 1, text: expect.stringContaining(front) });
    });
  }

  for (const host of ['auth.example.com:443', 'auth.example.com', '10.0.0.9:443']) {
    test(`${host}: the caller is the address behind it`, () => {
      const lines = ten((second) => `${host} 10.0.0.7 - - ${behind(second)}`);
      expect(found(lines).format).toBe('apache-vhost');
    });
  }

  test('one odd line in twenty is a bad line', () => {
    expect(found([...combined, ...combined, `x y - - ${behind(1)}`]).format).toBe('clf-combined');
  });

  test('a format that the user names is taken at its word', () => {
    const lines = ten((second) => `203.0.113.7 10.0.0.1 - - ${behind(second)}`);
    expect(found(lines, { logFormat: 'clf-combined' }).format).toBe('clf-combined');
  });
});

describe('error logs in the same file', () => {
  test('are lines without a request', () => {
    expect(found([...combined, ...ten(() => nginxError)])).toMatchObject({ format: 'clf-combined', matchRate: 1 });
    expect(counts([...combined, nginxError])).toEqual({ parsed: 11, rejected: 0, notRequests: 1 });
  });

  test('alone are no access log', () => {
    expect(failure(ten(() => nginxError)).code).toBe('NO_FORMAT_FITS');
    expect(failure(ten(() => '[Mon Mar 02 10:15:30.123456 2026] [proxy:error] [pid 7] AH00957: x')).code).toBe('NO_FORMAT_FITS');
  });
});

describe('two bare numbers at the end', () => {
  const tail = (numbers: string): string[] => combined.map((line) => `${line} ${numbers}`);

  test('are the time of the request and of the upstream', () => {
    for (const numbers of ['0.123 0.100', '0.123 0.100, 0.020', '0.123 -', '0.100 0.101'])
      expect([numbers, found(tail(numbers)).format]).toEqual([numbers, 'nginx-request-times']);
  });

  test('or not known, and not taken for times', () => {
    for (const numbers of ['0.100 0.123', '412 0.123', '0.123 0.100 0.090', '0.123, 0.100'])
      expect([numbers, found(tail(numbers))]).toMatchObject([numbers, { format: 'clf-mixed', readsPart: true }]);
    const { program } = found(tail('0.100 0.123'));
    expect(program.fields.filter(({ slot, as }) => as === 'seconds' || slot === 'upstream')).toEqual([]);
  });

  test('a single one is the time of the request', () => {
    expect(found(tail('0.123')).format).toBe('nginx-request-time');
  });
});

describe('where it fails', () => {
  const placed = (line: string, options: Partial<DetectOptions> = {}): { from: string; expected: string } => {
    const { place } = failure([line], options);
    return { from: place!.text!.slice(place!.column!), expected: place!.expected! };
  };

  test('is where the format stops that comes furthest', () => {
    expect(placed('10.0.0.7 - - [02/Mar/2026:10:15:30 +0000] "POST /token HTTP/1.1" 200')).toEqual({
      from: '200',
      expected: 'expected " " after this',
    });
  });

  test('a time that is none', () => {
    const line = '10.0.0.7 - - [yesterday] "POST /token HTTP/1.1" 200 812 "-" "x"';
    expect(placed(line, { logFormat: 'clf-combined' })).toEqual({
      from: 'yesterday] "POST /token HTTP/1.1" 200 812 "-" "x"',
      expected: 'expected a time',
    });
  });

  test('a status that is none', () => {
    const line = '10.0.0.7 - - [02/Mar/2026:10:15:30 +0000] "POST /token HTTP/1.1" fine 812 "-" "x"';
    expect(placed(line, { logFormat: 'clf-combined' })).toEqual({
      from: 'fine 812 "-" "x"',
      expected: 'expected a status of three digits',
    });
  });
});
