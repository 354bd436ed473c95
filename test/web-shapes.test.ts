/** Shapes in which logs of web servers and gateways are found in the wild: each as a file, with what must be read of it. */
import { describe, expect, test } from 'vitest';
import { shapeReader } from './support/shapes.js';

const { analysisOf, readAs } = shapeReader();

const at = '[02/Mar/2026:10:15:30 +0000]';
const post = '"POST /oauth2/token HTTP/1.1" 200 1184';
const fetched = { time: 1772446530000, method: 'POST', path: '/oauth2/token', status: 200, bytes: 1184 };

describe('lines of several servers in one file', () => {
  test('common, combined, with a virtual host, with X-Forwarded-For', async () => {
    const { records, format } = await readAs(
      `10.20.0.7 - - ${at} ${post}`,
      `10.20.0.7 - orders-gw ${at} ${post} "-" "orders-gw/4.2"`,
      `auth.example.com:443 10.20.0.7 - - ${at} ${post} "-" "orders-gw/4.2"`,
      `10.20.0.7 - - ${at} ${post} "-" "orders-gw/4.2" "198.51.100.23, 10.20.0.9"`,
      `198.51.100.23, 10.20.0.7 - - ${at} ${post} "-" "orders-gw/4.2"`,
      `"198.51.100.23" 10.20.0.7 - - ${at} ${post} "-" "orders-gw/4.2"`,
      `10.20.0.7 -  -  ${at} ${post} `,
      `::1 - - ${at} "-" 408 -`,
      `10.20.0.7 - - ${at} "\\x16\\x03\\x01" 400 226 98`,
      `10.20.0.7 - - ${at} "POST /oauth2/token " 200 1184 ms:14`,
    );
    expect(format).toBe('clf-mixed');
    const { time, ...rest } = fetched;
    expect(records).toMatchObject([
      { ...fetched, client: '10.20.0.7' },
      { ...fetched, client: '10.20.0.7', identity: 'orders-gw', userAgent: 'orders-gw/4.2' },
      { ...fetched, client: '10.20.0.7', host: 'auth.example.com', userAgent: 'orders-gw/4.2' },
      { ...fetched, client: '10.20.0.7', userAgent: 'orders-gw/4.2' },
      { ...fetched, client: '10.20.0.7', userAgent: 'orders-gw/4.2' },
      { ...fetched, client: '10.20.0.7', userAgent: 'orders-gw/4.2' },
      { ...fetched, client: '10.20.0.7' },
      { skip: 'no-request' },
      { skip: 'no-request' },
      { ...rest, time, path: '/oauth2/token', client: '10.20.0.7' },
    ]);
    expect(records.filter(({ durationMs }) => durationMs !== undefined)).toEqual([]);
  });

  test('words between the bytes and the referer are not the bytes', async () => {
    const { records, format } = await readAs(
      `10.20.0.7 - - ${at} ${post} 412 "https://shop.example.com/" "orders-gw/4.2"`,
      `10.20.0.7 - - ${at} "GET / HTTP/1.1" 304 - 10.30.1.11 + 3 "-" "orders web/1.9" X-Forwarded-For="-"`,
    );
    expect(format).toBe('clf-mixed');
    expect(records).toMatchObject([
      { ...fetched, userAgent: 'orders-gw/4.2' },
      { status: 304, bytes: 0, userAgent: 'orders web/1.9' },
    ]);
  });

  test('the run says that words were not read', async () => {
    const { warnings } = await analysisOf(`10.20.0.7 - - ${at} ${post} "-" "orders-gw/4.2" 10.30.1.11:8443 pool-a`);
    expect(warnings.map(({ id }) => id)).toContain('words-not-read');
  });

  test('an address in front of the address is still refused', async () => {
    const line = `203.0.113.7 10.20.0.7 - - ${at} ${post} "-" "orders-gw/4.2" 10.30.1.11:8443 pool-a`;
    await expect(readAs(line, line)).rejects.toMatchObject({ id: 'E_NO_FORMAT_FITS' });
  });
});

describe('what collectors and frameworks put in front', () => {
  const line = `10.20.0.7 - - ${at} ${post} "-" "orders-gw/4.2"`;
  const fronts: Readonly<Record<string, object>> = {
    'nginx: ': {},
    'nginx[12]: ': {},
    'web.1 nginx: ': { node: 'web.1' },
    '2026-03-02 10:15:30.123  INFO 7 --- [or-http-epoll-2] reactor.netty.http.server.AccessLog      : ': {},
    '2026-03-02T10:15:30.123Z  INFO 7 --- [gateway] [or-http-epoll-2] r.n.http.server.AccessLog : ': {},
    '2026-03-02 10:15:30,123 [worker-1] INFO  access - ': {},
  };
  for (const [front, more] of Object.entries(fronts)) {
    test(front, async () => {
      const { records, format } = await readAs(`${front}${line}`);
      expect(format).toBe('clf-combined');
      expect(records).toMatchObject([{ ...fetched, client: '10.20.0.7', userAgent: 'orders-gw/4.2', ...more }]);
      expect(records[0]!.identity).toBeUndefined();
    });
  }

  test('lines of gunicorn itself are no bad lines', async () => {
    const { records } = await readAs('[2026-03-02 10:15:29 +0000] [7] [INFO] Booting worker with pid: 7', line);
    expect(records).toMatchObject([{ skip: 'no-request' }, fetched]);
  });
});

test('an IPv6 address may end with colons, and an upstream take longer than the request by the clock of another', async () => {
  const { records, format } = await readAs(
    `2001:db8:: - orders-gw ${at} ${post} "-" "orders-gw/4.2" 2057 0.033 [auth-idp-8080] [] [2001:db8::]:8080 470 0.036 200 3db73c6c673c4256ade033a6ce08c2ab`,
  );
  expect(format).toBe('ingress-nginx');
  expect(records).toMatchObject([{ ...fetched, client: '2001:db8::', durationMs: 33, upstreamMs: 36 }]);
});

test('Traefik without a router, and with the names of its first version', async () => {
  const both = {
    ClientAddr: '[::1]:56348',
    ClientHost: '::1',
    ClientUsername: '-',
    DownstreamContentSize: 19,
    DownstreamStatus: 404,
    Duration: 32673,
    RequestCount: 27,
    RequestHost: 'auth.example.com',
    RequestMethod: 'GET',
    RequestPath: '/',
    StartUTC: '2026-03-02T10:15:30.80902715Z',
    level: 'info',
    msg: '',
    time: '2026-03-02T10:15:30Z',
  };
  const first = { ...both, BackendURL: { Scheme: 'http', Host: '10.30.1.11:80', Path: '' }, FrontendName: 'auth' };
  const { records, format } = await readAs(JSON.stringify(both), JSON.stringify(first));
  expect(format).toBe('traefik-json');
  expect(records).toMatchObject([
    { time: 1772446530809.027, status: 404, durationMs: 0.033, client: '::1' },
    { upstreamAddr: '10.30.1.11:80', route: 'auth' },
  ]);
});

test('W3C rows in local time, and with the host in the target', async () => {
  const local = await readAs(
    '#Software: IIS Advanced Logging Module',
    '#Fields:   date-local time-local   s-ip cs-method cs-uri-stem cs-uri-query c-ip cs(User-Agent) sc-status TimeTakenMS',
    '2026-03-02 10:15:30.363 10.40.0.5 POST /oauth2/token - "10.20.0.7" "orders-gw/4.2 (x y)" 200 14',
  );
  expect(local.records.at(-1)).toMatchObject({ time: 1772446530363, path: '/oauth2/token', client: '10.20.0.7', durationMs: 14 });
  const target = await readAs(
    '#Fields: date time cs-method cs-uri c-ip sc-status',
    '2026-03-02 10:15:30 GET auth.example.com/.well-known/jwks.json 10.20.0.7 200',
    '2026-03-02 10:15:31 GET /.well-known/jwks.json 10.20.0.7 200',
  );
  expect(target.records.slice(1)).toMatchObject([
    { host: 'auth.example.com', path: '/.well-known/jwks.json' },
    { path: '/.well-known/jwks.json' },
  ]);
});

test('nginx in JSON: the time that has milliseconds, and `upstream` for its address', async () => {
  const { records } = await readAs(
    JSON.stringify({
      time_local: '02/Mar/2026:10:15:30 +0000',
      time_iso8601: '2026-03-02T10:15:30+00:00',
      msec: '1772446530.312',
      remote_addr: '10.20.0.7',
      request: 'POST /oauth2/token HTTP/1.1',
      status: '200',
      request_time: '0.014',
      upstream: '10.30.1.11:8080, 10.30.1.12:8080',
      upstream_response_time: '0.001, 0.012',
    }),
  );
  expect(records).toMatchObject([{ time: 1772446530312, upstreamAddr: '10.30.1.12:8080', upstreamMs: 13 }]);
});

describe('one bad line in a log of few', () => {
  const line = (second: number): string => `10.20.0.7 - - [02/Mar/2026:10:15:3${second} +0000] ${post} "-" "orders-gw/4.2"`;

  test('is a bad line', async () => {
    const { records, format } = await readAs(line(1), line(2), 'Please check the manual.');
    expect(format).toBe('clf-combined');
    expect(records).toMatchObject([{ status: 200 }, { status: 200 }]);
    expect(records).toHaveLength(2);
  });

  test('where two can be read; else, and of two, there is no format', async () => {
    await expect(readAs(line(1), 'Please check the manual.')).rejects.toMatchObject({ id: 'E_NO_FORMAT_FITS' });
    const two = ['Please check the manual.', 'Then ask somebody.'];
    await expect(readAs(line(1), line(2), ...two)).rejects.toMatchObject({ id: 'E_NO_FORMAT_FITS' });
  });
});

test('Envoy and Kong behind what stern and docker print', async () => {
  const envoy =
    '[2026-03-02T10:15:30.123Z] "POST /oauth2/token HTTP/1.1" 200 - 96 1184 14 13 "-" "orders-gw/4.2" "5c0f6f7e-0a52-4b6d-9a8e-2f6a1f0c7a11" "auth.example.com" "10.30.1.11:8443"';
  expect((await readAs(`gateway-7d9f-x2k istio-proxy ${envoy}`)).records).toMatchObject([
    { path: '/oauth2/token', durationMs: 14, node: 'gateway-7d9f-x2k' },
  ]);
  expect((await readAs(`envoy-1  | 2026-03-02T10:15:30.200000000Z ${envoy}`)).records).toMatchObject([
    { path: '/oauth2/token', durationMs: 14, node: 'envoy-1' },
  ]);
  const kong = `10.20.0.7 - - ${at} ${post} "-" "orders-gw/4.2" kong_request_id: "712716108691652b90a4ab6f282a2835"`;
  const { records, format } = await readAs(
    `2026-03-02 11:15:30 ${kong}`,
    '2026-03-02 11:15:31 2026/03/02 10:15:31 [error] 7#0: *12 connect() failed, request: "GET / HTTP/1.1"',
  );
  expect(format).toBe('kong');
  expect(records).toMatchObject([{ ...fetched, requestId: '712716108691652b90a4ab6f282a2835' }, { skip: 'no-request' }]);
});

describe('rows of IIS without their header', () => {
  const rest = 'POST /oauth2/token scope=x 443 - 10.20.0.7';
  const end = '200 0 0';
  const same = { time: 1772446530000, path: '/oauth2/token', query: 'scope=x', client: '10.20.0.7', status: 200, durationMs: 14 };
  const rows: Readonly<Record<string, object>> = {
    [`2026-03-02 10:15:30 10.40.0.5 ${rest} orders-gw/4.2 - ${end} 14`]: { userAgent: 'orders-gw/4.2' },
    [`2026-03-02 10:15:30 10.40.0.5 ${rest} orders-gw/4.2 ${end} 14`]: { userAgent: 'orders-gw/4.2' },
    [`2026-03-02 10:15:30 10.40.0.5 ${rest} orders-gw/4.2 - ${end} 1184 96 14`]: { bytes: 1184 },
    [`2026-03-02 10:15:30 10.40.0.5 ${rest} - - ${end} 14 198.51.100.23`]: {},
    [`2026-03-02 10:15:30 AUTH ${rest} orders-gw/4.2 - - auth.example.com ${end} 1184 96 14`]: { host: 'auth.example.com' },
    [`2026-03-02 10:15:30 W3SVC1 GW1 ::1 ${rest} HTTP/1.1 orders-gw/4.2 - - auth.example.com ${end} 1184 96 14`]: {
      host: 'auth.example.com',
      bytes: 1184,
    },
    // Columns that somebody has chosen.
    [`2026-03-02 10:15:30 gw-1 10.40.0.5 ${rest} - - ${end} 14 -`]: {},
    [`2026-03-02 10:15:30 W3SVC1 10.40.0.5 ${rest} HTTP/1.1 orders-gw/4.2 - auth.example.com ${end} 1184 96 14`]: {
      host: 'auth.example.com',
      bytes: 1184,
      userAgent: 'orders-gw/4.2',
    },
    [`2026-03-02 10:15:30 W3SVC2 GW1 10.40.0.5 ${rest} orders-gw/4.2 - auth.example.com ${end} 14`]: { host: 'auth.example.com' },
  };
  for (const [row, more] of Object.entries(rows)) {
    test(row, async () => {
      const { records, format } = await readAs(row, row.replace('10:15:30', '10:15:31'));
      expect(format).toBe('w3c');
      expect(records).toMatchObject([{ ...same, ...more }, { time: 1772446531000 }]);
    });
  }

  test('are told apart by every row, and the run says so', async () => {
    const [first, , third] = Object.keys(rows);
    await expect(readAs(first!, third!)).rejects.toMatchObject({ id: 'E_NO_FORMAT_FITS' });
    const { assumptions } = await analysisOf(first!);
    expect(assumptions.map(({ id }) => id)).toContain('log.columns');
  });

  test('whose columns may be these or those are refused', async () => {
    // Bytes that were sent, or bytes that were received.
    await expect(readAs(`2026-03-02 10:15:30 10.40.0.5 ${rest} orders-gw/4.2 - ${end} 1184 14`)).rejects.toMatchObject({
      id: 'E_NO_FORMAT_FITS',
    });
  });

  test('of another service are refused', async () => {
    const ftp = '2026-03-02 10:15:30 10.40.0.5 user1 10.20.0.7 21 ControlChannelClosed - - 0 0 8124db49 -';
    await expect(readAs(ftp)).rejects.toMatchObject({ id: 'E_NO_FORMAT_FITS' });
  });
});

test('two times in quotes are not X-Forwarded-For and the time of the request', async () => {
  const line = (second: number): string =>
    `10.20.0.7 - - [02/Mar/2026:10:15:3${second} +0000] ${post} "-" "orders-gw/4.2" "0.014" "0.013"`;
  const { records, format } = await readAs(line(0), line(1), line(2));
  expect(format).toBe('clf-mixed');
  expect(records).toMatchObject([fetched, { status: 200 }, { status: 200 }]);
  expect(records.filter(({ durationMs }) => durationMs !== undefined)).toEqual([]);
});

test("KrakenD's own lines stand among the requests", async () => {
  const { records, format } = await readAs(
    '[KRAKEND] 2026/03/02 - 10:15:29.900 DEBUG [ENDPOINT: /api/orders] Building the proxy pipe',
    '2026/03/02 10:15:29 KRAKEND INFO: [SERVICE: Gin] Listening on port: 8080',
    '[GIN] 2026/03/02 - 10:15:30 | 200 |      14.5ms |       10.20.0.7 | POST     "/oauth2/token"',
  );
  expect(format).toBe('gin');
  expect(records).toMatchObject([{ skip: 'no-request' }, { skip: 'no-request' }, { path: '/oauth2/token', durationMs: 14.5 }]);
});

test("Caddy's console encoding: the time and the logger stand in front of the fields", async () => {
  const fields =
    '{"request": {"remote_ip": "10.20.0.7", "proto": "HTTP/2.0", "method": "POST", "host": "auth.example.com", "uri": "/oauth2/token", "headers": {}}, "bytes_read": 96, "user_id": "", "duration": 0.0145, "size": 1184, "status": 200, "resp_headers": {}}';
  const rest = `INFO\thttp.log.access.log0\thandled request\t${fields}`;
  const { records, format } = await readAs(
    `2026/03/02 10:15:30.123\t${rest}`,
    `2026-03-02T10:15:30.123Z\t${rest}`,
    `1.772446530123e+09\t${rest}`,
    '2026/03/02 10:15:29.000\tINFO\tserving initial configuration\t{"file": "Caddyfile"}',
  );
  expect(format).toBe('caddy');
  const same = { time: 1772446530123, timeAt: 'end', path: '/oauth2/token', host: 'auth.example.com', durationMs: 14.5 };
  expect(records.filter(({ skip }) => skip === undefined)).toMatchObject([same, same, same]);
});

test('an empty user of Apache is no user', async () => {
  const { records } = await readAs(`10.20.0.7 - "" ${at} "GET / HTTP/1.1" 401 12 "-" "x"`);
  expect(records).toMatchObject([{ status: 401 }]);
  expect(records[0]!.identity).toBeUndefined();
});
