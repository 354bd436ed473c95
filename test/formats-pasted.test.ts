/** Format strings of Apache, varnishncsa, HAProxy, Envoy and AWS, pasted: lines that the writer prints with them are read. */
import { describe, expect, test } from 'vitest';
import type { Expected } from '../src/formats/define.js';
import { formatById } from '../src/formats/index.js';
import { compilePasted } from '../src/formats/pasted.js';
import { type LogRecord, RecordReader, withoutHoles } from '../src/scan/record.js';

const readAs = (pasted: string, line: string): Expected => {
  const bytes = new TextEncoder().encode(line);
  let found: LogRecord = { skip: 'invalid' };
  const format = compilePasted(pasted);
  if (format === undefined) throw new Error('no dialect');
  new RecordReader(format).line(bytes, 0, bytes.length, 0, (record) => {
    found = withoutHoles(record);
  });
  const { line: _line, tokenId, ...expected } = found;
  return expected;
};

const time = 1772446530000;
const token = { time, timeAt: 'start', method: 'POST', path: '/oauth2/token', status: 200 } as const;
const peer = { client: '10.20.0.7' };

/** What it shows, the pasted string, a line, what the line gives. */
type Case = readonly [name: string, pasted: string, line: string, gives: Expected];

const clf = '10.20.0.7 - orders-gw [02/Mar/2026:10:15:30 +0000] "POST /oauth2/token HTTP/1.1" 200 1184';
const clfGives = { ...token, ...peer, bytes: 1184, identity: 'orders-gw' };
const { timeAt: _, ...withoutStamp } = clfGives;

const cases: Readonly<Record<string, readonly Case[]>> = {
  Apache: [
    ['common', '%h %l %u %t "%r" %>s %b', clf, clfGives],
    [
      'the directive, quoted as in a configuration, with a time in us',
      'LogFormat "%v:%p %h %l %u %t \\"%r\\" %>s %O \\"%{Referer}i\\" \\"%{User-Agent}i\\" %D" vhost_timed',
      `auth.example.com:443 ${clf} "-" "orders-gw/4.2 \\"probe\\"" 91234`,
      { ...clfGives, host: 'auth.example.com', userAgent: 'orders-gw/4.2 "probe"', durationMs: 91.234 },
    ],
    ['seconds', '%h %l %u %t "%r" %>s %b %T', `${clf} 3`, { ...clfGives, durationMs: 3000 }],
    ['seconds and us: the finer ones', '%h %l %u %t "%r" %>s %b %T/%D', `${clf} 0/91234`, { ...clfGives, durationMs: 91.234 }],
    ['ms', '%h %l %u %t "%r" %>s %b %{ms}T', `${clf} 91`, { ...clfGives, durationMs: 91 }],
    ['us', '%h %l %u %t "%r" %>s %b %{us}T', `${clf} 91234`, { ...clfGives, durationMs: 91.234 }],
    [
      'status of the first and the last request',
      '%a %u %t "%r" %s %>s %b',
      '10.20.0.7 orders-gw [02/Mar/2026:10:15:30 +0000] "POST /oauth2/token HTTP/1.1" 302 200 1184',
      clfGives,
    ],
    [
      'a time that is made of pieces',
      '%a [%{%d/%b/%Y:%T}t.%{msec_frac}t %{%z}t] "%m %U%q %H" %>s',
      '10.20.0.7 [02/Mar/2026:11:15:30.250 +0100] "POST /oauth2/token?tenant=a HTTP/1.1" 200',
      { ...token, ...peer, time: time + 250, query: 'tenant=a' },
    ],
    [
      'ISO time, end of the request, query apart',
      '%{end:%Y-%m-%dT%H:%M:%S%z}t %a %m "%U" "%q" %>s %D',
      '2026-03-02T10:15:30+0000 10.20.0.7 POST "/oauth2/token" "" 200 14000',
      { ...token, ...peer, timeAt: 'end', durationMs: 14 },
    ],
    [
      'epoch in us',
      '%{usec}t %a "%r" %>s',
      '1772446530000000 10.20.0.7 "POST /oauth2/token HTTP/1.1" 200',
      { ...token, ...peer },
    ],
    [
      'headers',
      '%{X-Forwarded-For}i %h %{Host}i %{X-Request-Id}i %{X-Cache}o %t "%r" %400,501{User-agent}i %>s',
      '203.0.113.9 10.20.0.7 auth.example.com r-1 HIT [02/Mar/2026:10:15:30 +0000] "POST /oauth2/token HTTP/1.1" - 200',
      { ...token, ...peer, host: 'auth.example.com', requestId: 'r-1', cache: 'hit' },
    ],
    [
      'JSON by hand',
      'LogFormat "{ \\"t\\":\\"%t\\", \\"who\\":\\"%a\\", \\"line\\":\\"%r\\", \\"code\\":%>s, \\"us\\":%D }" json',
      '{ "t":"[02/Mar/2026:10:15:30 +0000]", "who":"10.20.0.7", "line":"POST /oauth2/token HTTP/1.1", "code":200, "us":14000 }',
      { ...token, ...peer, durationMs: 14 },
    ],
    [
      'Tomcat: its %D has one of two units',
      '<Valve className="org.apache.catalina.valves.AccessLogValve" pattern="%h %l %u %t &quot;%r&quot; %s %b %D" />',
      `${clf} 14`,
      withoutStamp,
    ],
    [
      'varnishncsa',
      '%h %l %u %t "%r" %s %b "%{Referer}i" "%{User-agent}i" %D %{Varnish:time_firstbyte}x %{Varnish:handling}x',
      '198.51.100.23 - - [02/Mar/2026:10:15:31 +0000] "GET http://api.example.com/api/orders?limit=50 HTTP/1.1" 200 5120 "-" "orders-web/1.9" 212345 0.091000 pass',
      {
        time: time + 1000,
        timeAt: 'start',
        method: 'GET',
        path: '/api/orders',
        query: 'limit=50',
        host: 'api.example.com',
        status: 200,
        bytes: 5120,
        durationMs: 212.345,
        upstreamMs: 91,
        client: '198.51.100.23',
        userAgent: 'orders-web/1.9',
        cache: 'bypass',
      },
    ],
  ],
  HAProxy: [
    [
      'a JSON of its own',
      'log-format \'{"at":"%trg","ip":"%ci","verb":"%HM","uri":"%HU","code":%ST,"ta":%Ta,"tr":%Tr,"srv":"%s"}\'',
      '{"at":"02/Mar/2026:10:15:30 +0000","ip":"10.20.0.7","verb":"POST","uri":"/oauth2/token","code":200,"ta":14,"tr":12,"srv":"idp1"}',
      { ...token, ...peer, durationMs: 14, upstreamMs: 12 },
    ],
    [
      'sample expressions, an id, a query apart',
      'log-format "%ID %[src] [%Ts] %HM %HP%HQ %ST %Ta %{+Q}[req.hdr(user-agent),lower] %[req.hdr(host)]"',
      'r-1 10.20.0.7 [1772446530] POST /oauth2/token?a=1 200 14 "orders-gw/4.2" auth.example.com',
      { ...token, ...peer, query: 'a=1', durationMs: 14, requestId: 'r-1', userAgent: 'orders-gw/4.2', host: 'auth.example.com' },
    ],
    [
      'spaces behind a backslash, as before 1.6',
      'log-format %ci:%cp\\ [%trl]\\ %ST\\ %Tr\\ %{+Q}r',
      '10.20.0.7:51888 [02/Mar/2026:10:15:30 +0000] 200 12 "POST /oauth2/token HTTP/1.1"',
      { ...token, ...peer, upstreamMs: 12 },
    ],
  ],
  Envoy: [
    [
      'another order, a time of its own, what a filter has read',
      '%START_TIME(%s.%3f)% %REQ(:AUTHORITY)% %REQ(:METHOD)% %REQ(:PATH):80% %RESPONSE_CODE% %DURATION%ms %DYNAMIC_METADATA(envoy.filters.http.jwt_authn:claims:azp)% %DOWNSTREAM_REMOTE_ADDRESS% "%REQ(X-FORWARDED-FOR)%"\\n',
      '1772446530.000 auth.example.com POST /oauth2/token 200 14ms orders-gw 10.20.0.7:51888 "203.0.113.9, 198.51.100.23"',
      { ...token, ...peer, host: 'auth.example.com', durationMs: 14, identity: 'orders-gw' },
    ],
    [
      'JSON',
      '{"when":"%START_TIME%","verb":"%REQ(:METHOD)%","uri":"%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%","code":"%RESPONSE_CODE%","took":"%DURATION%","up":"%RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)%","peer":{"address":"%DOWNSTREAM_REMOTE_ADDRESS%"}}',
      '{"when":"2026-03-02T10:15:30.000Z","verb":"POST","uri":"/oauth2/token","code":200,"took":14,"up":"13","peer":{"address":"10.20.0.7:51888"}}',
      { ...token, ...peer, durationMs: 14, upstreamMs: 13 },
    ],
  ],
  AWS: [
    [
      'text',
      '$context.identity.sourceIp $context.identity.caller $context.identity.user [$context.requestTime] "$context.httpMethod $context.resourcePath $context.protocol" $context.status $context.responseLength $context.requestId $context.responseLatency',
      '10.20.0.7 - - [02/Mar/2026:10:15:30 +0000] "POST /oauth2/token HTTP/1.1" 200 1184 3f1d2c4b-0000-4000-8000-000000000001 14',
      { ...token, ...peer, bytes: 1184, durationMs: 14, requestId: '3f1d2c4b-0000-4000-8000-000000000001' },
    ],
    [
      'JSON with keys of its own',
      '{"id":"$context.requestId","xid":"$context.extendedRequestId","at":"$context.requestTime","ms":"$context.requestTimeEpoch","route":"$context.routeKey","code":"$context.status","took":"$context.responseLatency","app":"$context.authorizer.claims.client_id","who":"$context.identity.sourceIp"}',
      '{"id":"r-1","xid":"x-1","at":"02/Mar/2026:10:15:30 +0000","ms":"1772446530123","route":"POST /oauth2/token","code":"200","took":"14","app":"orders-gw","who":"10.20.0.7"}',
      { ...token, ...peer, time: time + 123, durationMs: 14, identity: 'orders-gw', requestId: 'x-1' },
    ],
  ],
};

for (const [dialect, some] of Object.entries(cases)) {
  describe(dialect, () => {
    for (const [name, pasted, line, gives] of some) test(name, () => expect(readAs(pasted, line)).toEqual(gives));
  });
}

/** What the products document as their own format reads the samples of the format that we have for them. */
const documented: Readonly<Record<string, readonly string[]>> = {
  haproxy: ['%ci:%cp [%tr] %ft %b/%s %TR/%Tw/%Tc/%Tr/%Ta %ST %B %CC %CS %tsc %ac/%fc/%bc/%sc/%rc %sq/%bq %hr %hs %{+Q}r'],
  envoy: [
    '[%START_TIME%] "%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%" %RESPONSE_CODE% %RESPONSE_FLAGS% %BYTES_RECEIVED% %BYTES_SENT% %DURATION% %RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% "%REQ(X-FORWARDED-FOR)%" "%REQ(USER-AGENT)%" "%REQ(X-REQUEST-ID)%" "%REQ(:AUTHORITY)%" "%UPSTREAM_HOST%"\\n',
  ],
  istio: [
    '[%START_TIME%] "%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%" %RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS% %CONNECTION_TERMINATION_DETAILS% "%UPSTREAM_TRANSPORT_FAILURE_REASON%" %BYTES_RECEIVED% %BYTES_SENT% %DURATION% %RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% "%REQ(X-FORWARDED-FOR)%" "%REQ(USER-AGENT)%" "%REQ(X-REQUEST-ID)%" "%REQ(:AUTHORITY)%" "%UPSTREAM_HOST%" %UPSTREAM_CLUSTER_RAW% %UPSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_REMOTE_ADDRESS% %REQUESTED_SERVER_NAME% %ROUTE_NAME%',
  ],
  'aws-apigw-clf': [
    '$context.identity.sourceIp $context.identity.caller $context.identity.user [$context.requestTime] "$context.httpMethod $context.resourcePath $context.protocol" $context.status $context.responseLength $context.requestId $context.extendedRequestId',
  ],
  varnish: ['%h %l %u %t "%r" %s %b "%{Referer}i" "%{User-agent}i"'],
};

describe('documented formats, pasted', () => {
  for (const [id, strings] of Object.entries(documented)) {
    for (const pasted of strings) {
      // The first samples of a format are in the layout that is documented; those behind are its variants.
      const samples = formatById(id)!.samples.slice(0, id === 'haproxy' ? 2 : id === 'istio' ? 3 : id === 'envoy' ? 3 : 1);
      for (const { line, gives } of samples) {
        test(`${id}: ${line}`, () => {
          const bare = line.replace(/^Mar .*?\]: /, '');
          expect(readAs(pasted, bare)).toEqual(gives);
        });
      }
    }
  }
});

describe('strings that cannot be used say why', () => {
  const bad: readonly (readonly [pasted: string, why: string])[] = [
    ['%h %l %u "%r" %>s', 'no time'],
    ['%h %l %u %t %>s', 'no request'],
    ['%h%l %t "%r"', 'touch'],
    ['%h %{%A}t "%r"', 'times that are written as %A'],
    ['{"t":"%START_TIME%", "r": %REQ(:PATH)%, }', 'not valid JSON'],
    ['%ci [%tr] %ST', 'no request'],
  ];
  test.each(bad)('%s', (pasted, why) => expect(() => compilePasted(pasted)).toThrow(why));

  test('a text in no dialect is none', () => expect(compilePasted('apache')).toBeUndefined());
});
