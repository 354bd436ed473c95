/** Shapes in which logs of clouds are found in the wild: exports of their consoles, several logs in one file, and logs of no requests. */
import { describe, expect, test } from 'vitest';
import { shapeReader } from './support/shapes.js';

const { analysisOf, readAs } = shapeReader();

const time = 1772446530000;
const post = { method: 'POST', path: '/oauth2/token', status: 200 };
const line = '10.20.0.7 - - [02/Mar/2026:10:15:30 +0000] "POST /oauth2/token HTTP/1.1" 200 1184 "-" "orders-gw/4.2"';
const read = { ...post, time, bytes: 1184, client: '10.20.0.7', userAgent: 'orders-gw/4.2' };

describe('lines of a log in an export', () => {
  test('CSV of CloudWatch Logs Insights, with a byte-order mark and more columns', async () => {
    const quoted = `"${line.replaceAll('"', '""')}"`;
    const { records } = await readAs(
      '\uFEFF@timestamp,@logStream,@message',
      `2026-03-02 10:15:30.000,web/1,${quoted}`,
      `2026-03-02 10:15:31.000,"web,2",${quoted}`,
      '2026-03-02 10:15:31.000,web/2,"starting, and not a request"',
      ...Array.from({ length: 10 }, () => `2026-03-02 10:15:32.000,web/1,${quoted}`),
    );
    expect(records.filter(({ skip }) => skip === undefined)).toHaveLength(12);
    expect(records[0]).toMatchObject({ ...read, line: 2 });
    expect(records[1]).toMatchObject({ ...read, line: 3 });
  });

  test('JSON of CloudWatch Logs Insights, Azure Container Apps and their table', async () => {
    const insights = [{ '@timestamp': '2026-03-02 10:15:30.000', '@message': line }];
    expect((await readAs(JSON.stringify(insights))).records).toMatchObject([read]);
    const app = {
      time: '2026-03-02T10:15:30Z',
      category: 'ContainerAppConsoleLogs',
      properties: { Log: line, Stream: 'stdout' },
    };
    expect((await readAs(JSON.stringify(app))).records).toMatchObject([read]);
    const row = { TimeGenerated: '2026-03-02T10:15:30Z', Log_s: line, Stream_s: 'stdout' };
    expect((await readAs(JSON.stringify(row))).records).toMatchObject([read]);
  });

  test('sign-ins of applications as the portal of Entra writes them', async () => {
    const { records, format } = await readAs(
      'Date (UTC),Request ID,Service principal ID,Service principal name,IP address,Application ID,Resource,Status,Sign-in error code',
      '2026-03-02T10:15:30Z,req-1,sp-1,"orders, gw",203.0.113.7,app-1,Orders API,Success,',
      '2026-03-02T10:15:31Z,req-2,sp-1,"orders, gw",203.0.113.7,app-1,Orders API,Failure,7000215',
      '2026-03-02T10:15:32Z,req-3,sp-1,"orders, gw",203.0.113.7,app-1,Orders API,Failure,',
    );
    expect(format).toBe('entra');
    const one = { method: 'POST', client: '203.0.113.7', identity: 'app-1', route: 'Orders API' };
    expect(records).toMatchObject([
      { ...one, time, status: 200, requestId: 'req-1' },
      { ...one, time: time + 1000, requestId: 'req-2' },
      { ...one, time: time + 2000, requestId: 'req-3' },
    ]);
    expect(records.map(({ status }) => Number(status) < 400)).toEqual([true, false, false]);
  });

  test('a sign-in is of when it was, not of when it was exported', async () => {
    const { records } = await readAs(
      '{"time":"3/2/2026 10:18:07 AM","category":"ServicePrincipalSignInLogs","resultType":"0","properties":{"id":"req-1","createdDateTime":"2026-03-02T10:15:30.1250000+00:00","appId":"app-1","status":{"errorCode":0}}}',
    );
    expect(records).toMatchObject([{ time: time + 125, identity: 'app-1', status: 200 }]);
  });
});

describe('CloudFront as JSON', () => {
  const row = { date: '2026-03-02', time: '10:15:30', 'x-edge-location': 'DUB56-P1', 'sc-bytes': '1184', 'c-ip': '10.20.0.7' };
  const asked = { 'cs-method': 'POST', 'cs(Host)': 'd2.cloudfront.net', 'cs-uri-stem': '/oauth2/token', 'sc-status': '200' };

  test('columns as keys', async () => {
    const { records, format } = await readAs(
      JSON.stringify({
        ...row,
        ...asked,
        'cs(User-Agent)': 'orders-gw/4.2%20(a)',
        'x-host-header': 'auth.example.com',
        'time-taken': '0.212',
        'x-edge-result-type': 'Miss',
        'x-edge-request-id': 'aB==',
        'cs-uri-query': '-',
      }),
      JSON.stringify({
        ...row,
        ...asked,
        'sc-status': '000',
        date: undefined,
        time: undefined,
        'timestamp(ms)': '1772446531250',
      }),
    );
    expect(format).toBe('cloudfront');
    expect(records).toMatchObject([
      {
        ...post,
        time,
        timeAt: 'end',
        host: 'auth.example.com',
        bytes: 1184,
        durationMs: 212,
        client: '10.20.0.7',
        userAgent: 'orders-gw/4.2 (a)',
        requestId: 'aB==',
        cache: 'miss',
      },
      { time: 1772446531250, method: 'POST', host: 'd2.cloudfront.net', bytes: 1184 },
    ]);
    expect(records[0]).not.toHaveProperty('query');
    expect(records[1]).not.toHaveProperty('status');
  });
});

describe('several logs in one file', () => {
  const record = (category: string, properties: object) =>
    JSON.stringify({ time: '2026-03-02T10:15:30Z', category: `ApplicationGateway${category}Log`, properties });
  const asked = { httpMethod: 'POST', requestUri: '/oauth2/token', httpStatus: 200, clientIP: '10.20.0.7' };
  const v2 = record('Access', { ...asked, timeTaken: 0.212, serverRouted: '10.30.1.11:8443', serverResponseLatency: '0.091' });
  const v1 = record('Access', {
    ...asked,
    instanceId: 'ApplicationGatewayRole_IN_0',
    requestQuery: 'X-AzureApplicationGateway-CACHE-HIT=0&SERVER-ROUTED=10.30.1.12&SERVER-STATUS=200',
    timeTaken: 205,
  });
  const firewall = record('Firewall', { clientIp: '10.20.0.7', requestUri: '/', ruleId: '920350', transactionId: '1' });
  const health = record('Performance', { instanceId: 'ApplicationGatewayRole_IN_1', healthyHostCount: '4' });

  test('both versions of Application Gateway, each with its unit, and what is no request', async () => {
    const { records, format } = await readAs(v1, v2, firewall, firewall, health, v1);
    expect(format).toBe('azure-appgw');
    const first = { ...post, durationMs: 205, upstreamAddr: '10.30.1.12', cache: 'miss' };
    const skip = { skip: 'no-request' };
    expect(records).toMatchObject([
      first,
      { ...post, durationMs: 212, upstreamMs: 91, upstreamAddr: '10.30.1.11:8443' },
      skip,
      skip,
      skip,
      first,
    ]);
    expect(records[0]).not.toHaveProperty('query');
    const few = await readAs(firewall, firewall, v1, firewall, health, health, v2);
    expect(few.records.map(({ durationMs }) => durationMs).filter((ms) => ms !== undefined)).toEqual([205, 212]);
  });

  test('of an ALB and an NLB: only connections have stamps without a zone', async () => {
    const nlb = (port: number) =>
      `tls 2.0 2026-03-02T10:15:32 net/edge/2a3b a9b8 198.51.100.23:${port} 10.40.0.5:443 7 3 120 448 - arn - TLS_AES_128_GCM_SHA256 tlsv13 - api.example.com - - - 2026-03-02T10:15:27`;
    const alb =
      'https 2026-03-02T10:15:30.000000Z app/edge/1f2e 10.20.0.7:40112 10.30.1.11:8443 0.001 0.091 0.000 200 200 410 1184 "POST https://auth.example.com:443/oauth2/token HTTP/2.0" "orders "gw" 4.2" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/idp/8a7b "Sampled=1;Root=1-69a56342-7c1e9a04b5d24f6f8a3b2c1d;Parent=53a1" "-" "-" 10 2026-03-02T10:15:29.908000Z "forward" "-" "-" "-" "-" "-" "-"';
    const result = await analysisOf(alb, nlb(1), nlb(2), alb);
    expect(JSON.stringify(result)).not.toContain('the stamps have no zone');
    const { records } = await readAs(alb, nlb(1));
    expect(records).toMatchObject([
      { ...post, time, userAgent: 'orders "gw" 4.2', traceId: '1-69a56342-7c1e9a04b5d24f6f8a3b2c1d' },
      { skip: 'no-request' },
    ]);
  });
});

test('BigQuery: a zone by its name, a duration of bare seconds', async () => {
  const { records } = await readAs(
    '{"httpRequest":{"requestMethod":"POST","requestUrl":"https://auth.example.com/oauth2/token","status":200,"responseSize":1184,"latency":0.25},"timestamp":"2026-03-02 10:15:30.000000 UTC"}',
  );
  expect(records).toMatchObject([{ ...post, time, durationMs: 250, host: 'auth.example.com' }]);
});

describe('logs of no requests are called by their name', () => {
  const id = '3f1d2c4b-0000-4000-8000-000000000001';
  const strangers: readonly (readonly [name: string, line: string])[] = [
    ['VPC flow', '2 123456789012 eni-0a1b2c3d4e5f60718 10.0.0.7 10.0.1.9 40112 443 6 20 4249 1772446530 1772446590 ACCEPT OK'],
    ['Global Accelerator', `2.0 123456789012 ${id} 198.51.100.23 50123 75.2.1.1 443 10.0.0.7 443 TCP IPv4 7 1044 1 2 ACCEPT OK`],
    [
      'S3 server access',
      `${'a1'.repeat(32)} orders [02/Mar/2026:10:15:30 +0000] 10.0.0.7 arn:aws:iam::1:user/o 3E57427F REST.GET.OBJECT a.json "GET /orders/a.json HTTP/1.1" 200 - 113 113 7 6 "-" "sdk" - x SigV4 c AuthHeader orders.s3.amazonaws.com TLSv1.2 - -`,
    ],
    ['execution logs of API Gateway', `(${id}) HTTP Method: GET, Resource Path: /orders`],
    ['real-time log', '1772446530.123\t198.51.100.23\t0.045\t200\t5342\tPOST\thttps\tauth.example.com\t/oauth2/token'],
    ['WAF', '{"timestamp":1772446530123,"webaclId":"arn","action":"ALLOW","httpRequest":{"uri":"/a","httpMethod":"GET"}}'],
    ['digest of CloudTrail', '{"digestStartTime":"2026-03-02T10:00:00Z","logFiles":[]}'],
    ['Workers', '{"ScriptName":"gw","Outcome":"ok","EventTimestampMs":1772446530123,"Event":{"RayID":"8c1f"}}'],
    [
      'firewall events of Cloudflare',
      '{"Action":"block","RayID":"8c1f","RuleID":"1","Source":"waf","Datetime":"2026-03-02T10:15:30Z"}',
    ],
    [
      'audit logs of Google Cloud',
      '{"protoPayload":{"@type":"type.googleapis.com/google.cloud.audit.AuditLog","methodName":"x"}}',
    ],
    ['firewall logs of Application Gateway', '{"category":"ApplicationGatewayFirewallLog","properties":{"requestUri":"/"}}'],
  ];
  for (const [name, text] of strangers) {
    test(name, async () => {
      const failed = await analysisOf(text, text, text).then(
        () => undefined,
        (error: unknown) => error,
      );
      expect(failed).toMatchObject({ code: 'NO_FORMAT_FITS' });
      expect(JSON.stringify(failed)).toContain(name);
    });
  }
});
