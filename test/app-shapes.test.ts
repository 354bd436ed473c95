/** Shapes in which application servers, collectors and exports write requests: each as a file, with what must be read of it. */
import { describe, expect, test } from 'vitest';
import { shapeReader } from './support/shapes.js';

const { readAs } = shapeReader();

const time = 1772446530000;
const stamp = '2026-03-02T10:15:30Z';
const fetched = { time, method: 'POST', path: '/oauth2/token', status: 200 };
const combined = '10.20.0.7 - - [02/Mar/2026:10:15:30 +0000] "POST /oauth2/token HTTP/1.1" 200 1184 "-" "orders-gw/4.2"';
const inCombined = { ...fetched, bytes: 1184, client: '10.20.0.7', userAgent: 'orders-gw/4.2' };
const ask = { method: 'POST', path: '/oauth2/token', status: 200 };

describe('records of libraries, by their usual names', () => {
  const cases: Readonly<Record<string, readonly [record: object, gives: object]>> = {
    pino: [
      {
        level: 30,
        time,
        req: { id: 1, method: 'POST', url: '/oauth2/token', remoteAddress: '10.20.0.7', remotePort: 51888 },
        res: { statusCode: 200 },
        responseTime: 14.5,
        msg: 'request completed',
      },
      { ...fetched, durationMs: 14.5, client: '10.20.0.7' },
    ],
    Serilog: [
      {
        '@t': '2026-03-02T10:15:30.0000000Z',
        '@mt': 'HTTP {RequestMethod} {RequestPath} responded {StatusCode} in {Elapsed:0.0000} ms',
        RequestMethod: 'POST',
        RequestPath: '/oauth2/token',
        StatusCode: 200,
        Elapsed: 14.5,
        '@tr': '7c1e9a04b5d24f6f8a3b2c1d0e9f8a7b',
      },
      { ...fetched, durationMs: 14.5, traceId: '7c1e9a04b5d24f6f8a3b2c1d0e9f8a7b' },
    ],
    'Serilog, its properties in an object': [
      {
        Timestamp: stamp,
        Level: 'Information',
        Properties: {
          RequestMethod: 'POST',
          RequestPath: '/oauth2/token',
          StatusCode: 200,
          Elapsed: 14.5,
          ClientIp: '10.20.0.7',
        },
      },
      { ...fetched, durationMs: 14.5, client: '10.20.0.7' },
    ],
    lograge: [
      { ...ask, format: 'json', controller: 'TokensController', action: 'create', duration: 14.5, '@timestamp': stamp },
      { ...fetched, durationMs: 14.5 },
    ],
    Echo: [
      {
        time: stamp,
        remote_ip: '10.20.0.7',
        uri: '/oauth2/token',
        method: 'POST',
        status: 200,
        latency: 14500000,
        latency_human: '14.5ms',
      },
      { ...fetched, durationMs: 14.5, client: '10.20.0.7' },
    ],
    'slog-chi': [
      {
        time: stamp,
        request: { method: 'POST', path: '/oauth2/token', ip: '10.20.0.7:51888', 'user-agent': 'orders-gw/4.2' },
        response: { latency: 14500000, status: 200, length: 1184 },
      },
      inCombined,
    ],
    Fastly: [
      {
        timestamp: '2026-03-02T10:15:30',
        client_ip: '10.20.0.7',
        url: '/oauth2/token',
        request_method: 'POST',
        request_user_agent: 'orders-gw/4.2',
        response_state: 'MISS',
        response_status: 200,
        response_body_size: 1184,
      },
      { ...inCombined, cache: 'miss' },
    ],
    authentik: [
      { event: '/oauth2/token', method: 'POST', status: 200, remote: '10.20.0.7', runtime: 14, timestamp: stamp },
      { ...fetched, client: '10.20.0.7' },
    ],
    Vercel: [
      {
        timestamp: time,
        source: 'lambda',
        proxy: {
          method: 'POST',
          path: '/oauth2/token',
          statusCode: 200,
          clientIp: '10.20.0.7',
          userAgent: ['orders-gw/4.2'],
          vercelCache: 'MISS',
        },
      },
      { ...fetched, client: '10.20.0.7', userAgent: 'orders-gw/4.2', cache: 'miss' },
    ],
    Linkerd: [
      {
        timestamp: stamp,
        'client.addr': '10.20.0.7:51888',
        'client.id': 'gw.shop',
        uri: '/oauth2/token',
        method: 'POST',
        status: 200,
        total_ns: '14500000',
      },
      { ...fetched, durationMs: 14.5, client: '10.20.0.7', identity: 'gw.shop' },
    ],
  };
  for (const [who, [record, gives]] of Object.entries(cases)) {
    test(who, async () => {
      const { records, format } = await readAs(record);
      expect(format).toBe('json');
      expect(records).toMatchObject([gives]);
    });
  }

  test('which line of a program wrote a record is no caller', async () => {
    const { records } = await readAs({ time: stamp, ...ask, caller: 'web/access.go:21' });
    expect(records).toMatchObject([fetched]);
    expect(records[0]!.identity).toBeUndefined();
    const { records: called } = await readAs({ time: stamp, ...ask, caller: 'orders-gw' });
    expect(called).toMatchObject([{ identity: 'orders-gw' }]);
  });

  test('numbers without a unit stay unknown where nothing says who wrote them', async () => {
    const { records } = await readAs({ time: stamp, ...ask, responseTime: 14.5 });
    expect(records[0]!.durationMs).toBeUndefined();
  });
});

describe('what exports and collectors put around a line', () => {
  const cases: Readonly<Record<string, string | object>> = {
    'Splunk HEC': { event: combined, time: 1772446530.5, host: 'gw-1', sourcetype: 'access_combined' },
    Datadog: { id: 'a', content: { timestamp: stamp, service: 'nginx', message: combined } },
    logcli: `${stamp} {app="gw", pod="a\\"b"} ${combined}`,
    'logcli without labels': `{} ${combined}`,
    'Puma in cluster mode': `[7] ${combined}`,
  };
  for (const [who, line] of Object.entries(cases)) {
    test(who, async () => {
      const { records, format } = await readAs(line);
      expect(format).toBe('clf-combined');
      expect(records).toMatchObject([inCombined]);
      expect(records[0]!.host).toBeUndefined();
    });
  }

  test('records of Elasticsearch and Splunk without the line', async () => {
    const record = { '@timestamp': stamp, ...ask };
    for (const line of [
      { _index: 'gw-1', _id: 'a', _source: record },
      { preview: false, offset: 0, result: record },
      { event: record, sourcetype: 'json', host: 'gw-1' },
    ]) {
      expect((await readAs(line)).records).toMatchObject([fetched]);
    }
  });

  test("Fluentd's file has the time and the tag in front of a record", async () => {
    const { records } = await readAs(`2026-03-02T10:15:30+00:00\tgw.access\t${JSON.stringify(ask)}`);
    expect(records).toMatchObject([fetched]);
  });

  test("Heroku's router, and what stands beside it", async () => {
    const { records, format } = await readAs(
      '2026-03-02T10:15:30.000000+00:00 heroku[router]: at=info method=POST path="/oauth2/token" host=auth.example.com request_id=a1 fwd="10.20.0.7" dyno=web.1 connect=1ms service=14ms status=200 bytes=1184 protocol=https',
      '2026-03-02T10:15:31.000000+00:00 heroku[router]: at=error code=H12 desc="Request timeout" method=GET path="/api?x=1" host=auth.example.com request_id=a2 fwd="10.20.0.7" dyno=web.1 connect=1ms service=30000ms status=503 bytes=0 protocol=https',
      '2026-03-02T10:15:31.000000+00:00 heroku[web.1]: State changed from starting to up',
      '2026-03-02T10:15:31.000000+00:00 app[web.1]: listening on 3000',
    );
    expect(format).toBe('logfmt');
    expect(records).toMatchObject([
      { ...fetched, host: 'auth.example.com', bytes: 1184, requestId: 'a1' },
      { method: 'GET', path: '/api', query: 'x=1', status: 503, bytes: 0 },
      { skip: 'no-request' },
      { skip: 'no-request' },
    ]);
  });

  test('lograge behind the logger of Ruby', async () => {
    const front = 'I, [2026-03-02T10:15:30.000000 #7]  INFO -- : [a1b2] ';
    const { records, format } = await readAs(
      `${front}method=POST path=/oauth2/token format=json controller=TokensController action=create status=200 duration=14.50 view=0.20`,
      `${front}method=GET path=/orders format=html controller=OrdersController action=index status=500 error='RuntimeError: it isn't' duration=58.25 view=0.00`,
    );
    expect(format).toBe('logfmt');
    expect(records).toMatchObject([
      { ...fetched, durationMs: 14.5 },
      { method: 'GET', path: '/orders', status: 500, durationMs: 58.25 },
    ]);
  });

  test('Rails without lograge is refused', async () => {
    await expect(
      readAs(
        'I, [2026-03-02T10:15:30.000000 #7]  INFO -- : [a1] Started POST "/oauth2/token" for 10.20.0.7 at 2026-03-02 10:15:30 +0000',
        'I, [2026-03-02T10:15:30.014000 #7]  INFO -- : [a1] Completed 200 OK in 14ms (Views: 0.2ms)',
      ),
    ).rejects.toMatchObject({ id: 'E_NO_FORMAT_FITS' });
  });
});

describe('request lines without a format of their own', () => {
  const post = '"POST /oauth2/token HTTP/1.1"';
  const cases: Readonly<Record<string, readonly [line: string, gives: object]>> = {
    'oauth2-proxy': [
      '10.20.0.7 - a1b2 - orders-gw [2026/03/02 10:15:30] auth.example.com POST "http://10.30.1.11/" "/oauth2/token" HTTP/1.1 "orders-gw/4.2" 200 1184 0.014',
      { ...inCombined, timeAt: 'start', host: 'auth.example.com', identity: 'orders-gw', requestId: 'a1b2', durationMs: 14 },
    ],
    'oauth2-proxy of 2019': [
      '10.20.0.7 - - [02/Mar/2026:10:15:30 +0000] auth.example.com POST - "/oauth2/token" HTTP/1.1 "orders-gw/4.2" 200 1184 0.014',
      { ...inCombined, timeAt: 'start', host: 'auth.example.com', durationMs: 14 },
    ],
    WSO2: [
      '10.20.0.7 - - [02/Mar/2026:11:15:30 +0100] POST /oauth2/token HTTP/1.1 200 1184 - orders-gw/4.2 (x y) 0.014',
      { ...inCombined, userAgent: 'orders-gw/4.2 (x y)', durationMs: 14 },
    ],
    chi: [
      '2026/03/02 10:15:30 [gw-1/a1-000001] "POST http://auth.example.com/oauth2/token HTTP/1.1" from 10.20.0.7:51888 - 200 1184B in 14.5ms',
      { ...fetched, bytes: 1184, client: '10.20.0.7', host: 'auth.example.com', requestId: 'gw-1/a1-000001', durationMs: 14.5 },
    ],
    'Linkerd, its apache format': [
      `10.20.0.7:51888 - gw.shop [2026-03-02T10:15:30.000000000Z] ${post} 200 1184`,
      { ...fetched, bytes: 1184, client: '10.20.0.7', identity: 'gw.shop' },
    ],
    uvicorn: [
      `2026-03-02 10:15:30,000 - uvicorn.access - INFO - 10.20.0.7:51888 - ${post} 200`,
      { ...fetched, client: '10.20.0.7' },
    ],
    'uvicorn by kubectl logs --timestamps': [
      `2026-03-02T10:15:30.000000000Z INFO:     10.20.0.7:51888 - ${post} 200 OK`,
      { ...fetched, client: '10.20.0.7' },
    ],
    Werkzeug: [`10.20.0.7 - - [02/Mar/2026 10:15:30] ${post} 200 -`, { ...fetched, client: '10.20.0.7' }],
    'Werkzeug by logging': [
      `INFO:werkzeug:10.20.0.7 - - [02/Mar/2026 10:15:30] ${post} 200 -`,
      { ...fetched, client: '10.20.0.7' },
    ],
    Django: [`[02/Mar/2026 10:15:30] ${post} 200 1184`, { ...fetched, bytes: 1184 }],
    aiohttp: [`INFO:aiohttp.access:10.20.0.7 [02/Mar/2026:10:15:30 +0000] ${post} 200 1184 "-" "orders-gw/4.2"`, inCombined],
  };
  for (const [who, [line, gives]] of Object.entries(cases)) {
    test(who, async () => {
      const { records, format } = await readAs(line);
      expect(format).toBe('json');
      expect(records).toMatchObject([gives]);
    });
  }

  test('the bytes of Werkzeug are unknown, not none', async () => {
    const { records } = await readAs(cases.Werkzeug![0]);
    expect(records[0]!.bytes).toBeUndefined();
  });

  test('what oauth2-proxy says besides is no request', async () => {
    const { records } = await readAs(
      '[2026/03/02 10:15:29] [server.go:58] HTTP: listening on 0.0.0.0:4180',
      '10.20.0.7 - a1b2 - orders-gw [2026/03/02 10:15:30] [AuthSuccess] Authenticated via OAuth2: Session{user:orders-gw}',
      ...Array.from({ length: 2 }, () => cases['oauth2-proxy']![0]),
    );
    expect(records.map(({ skip }) => skip)).toEqual(['no-request', 'no-request', undefined, undefined]);
  });
});

describe('refused in words that help', () => {
  test('lines without a time', async () => {
    for (const line of [
      'POST /oauth2/token 200 14.230 ms - 1184',
      'INFO:     10.20.0.7:51888 - "POST /oauth2/token HTTP/1.1" 200 OK',
    ]) {
      await expect(readAs(line, line)).rejects.toMatchObject({
        id: 'E_NO_FORMAT_FITS',
        why: 'its lines hold requests, but no time',
        help: expect.stringContaining('--timestamps'),
      });
    }
  });

  test('the rows of an export', async () => {
    const row = `"${combined.replaceAll('"', '""')}","2026-03-02T10:15:30.000+0000",gw-1`;
    await expect(readAs('"_raw","_time",host', row, row)).rejects.toMatchObject({
      id: 'E_NO_FORMAT_FITS',
      why: 'it is a table in CSV, with the names of its columns in the first line',
    });
  });

  const strangers: Readonly<Record<string, string | object>> = {
    Jaeger: { data: [{ traceID: 'a1', spans: [{ traceID: 'a1', spanID: 'b1', operationName: 'POST' }] }], total: 0 },
    Zipkin: { traceId: 'a1', id: 'b1', kind: 'CLIENT', timestamp: 1772446530000000, localEndpoint: { serviceName: 'gw' } },
    k6: { type: 'Point', metric: 'http_req_duration', data: { time: stamp, value: 14, tags: { method: 'POST', status: '200' } } },
    SIEM: { type: 'akamai_siem', attackData: { configId: '1' }, httpMessage: { method: 'POST', path: '/a', status: '403' } },
    Elasticsearch: { took: 1, hits: { total: 1, hits: [{ _source: { message: combined } }] } },
    'ASP.NET Core':
      'info: Microsoft.AspNetCore.Hosting.Diagnostics[2]\n      Request finished HTTP/1.1 POST http://auth.example.com/a - 200 14.2ms',
    Rails:
      'I, [2026-03-02T10:15:30.000000 #7]  INFO -- : [a1] Started POST "/oauth2/token" for 10.20.0.7 at 2026-03-02 10:15:30 +0000',
    ssl_request_log: '[02/Mar/2026:10:15:30 +0000] 10.20.0.7 TLSv1.3 TLS_AES_256_GCM_SHA384 "POST /oauth2/token HTTP/1.1" 1184',
    Ory: 'time=2026-03-02T10:15:30Z level=info msg=completed handling request http_request=map[host:auth.example.com method:POST]',
  };
  for (const [who, line] of Object.entries(strangers)) {
    test(who, async () => {
      await expect(readAs(line)).rejects.toMatchObject({ id: 'E_NO_FORMAT_FITS', why: expect.stringContaining(who) });
    });
  }
});
