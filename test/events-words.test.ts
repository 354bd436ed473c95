import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { classifyAgent } from '../src/events/agents.js';
import { excludedPath } from '../src/events/demand.js';
import { grantOf } from '../src/events/grants.js';
import { readTokenQuery } from '../src/events/query.js';
import { redactText } from '../src/redact/index.js';

describe('user agents', () => {
  const agents: Record<ReturnType<typeof classifyAgent>, string[]> = {
    probe: [
      'kube-probe/1.29',
      'ELB-HealthChecker/2.0',
      'GoogleHC/1.0',
      'Consul Health Check',
      'Prometheus/2.51.0',
      'Blackbox Exporter/0.24.0',
      'Mozilla/5.0+(compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)',
      'Pingdom.com_bot_version_1.4_(http://www.pingdom.com/)',
      'Datadog/Synthetics',
      'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/120 Safari/537.36 DatadogSynthetics',
      'Mozilla/5.0 (Windows NT 6.2) AppleWebKit/537.36 StatusCake',
      'HAProxy/2.8',
      'Envoy/HC',
      'Amazon-Route53-Health-Check-Service (ref 1)',
    ],
    browser: [
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36',
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 14_4) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Safari/605.1.15',
      'Mozilla/5.0 (X11; Linux x86_64; rv:125.0) Gecko/20100101 Firefox/125.0',
      'Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1; Trident/4.0)',
      'Opera/9.80 (Windows NT 6.1; U; en) Presto/2.12 Version/12.16',
    ],
    machine: [
      'curl/8.5.0',
      'Apache-HttpClient/5.2 (Java/17)',
      'okhttp/4.12',
      'Go-http-client/1.1',
      'python-requests/2.31',
      'axios/1.6',
      'orders',
      'lua-resty-http/0.17',
      'Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)',
      'Mozilla/5.0',
      'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/124.0 Safari/537.36',
      'Mozilla/5.0 (Windows NT 10.0; en-US) WindowsPowerShell/5.1',
      'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
    ],
    unknown: ['', '-', '  '],
  };
  for (const [kind, list] of Object.entries(agents)) {
    for (const agent of list) test(`${kind}: ${agent}`, () => expect(classifyAgent(agent)).toBe(kind));
  }
});

describe('paths that are not demand', () => {
  const paths: Record<string, string[]> = {
    health: [
      '/health',
      '/Health/',
      '/healthz',
      '/api/healthz',
      '/livez',
      '/readyz',
      '/readyz/etcd',
      '/ready',
      '/live',
      '/ping',
      '/status',
      '/status?x=1',
      '/metrics',
      '/actuator/health',
      '/orders/actuator/health/liveness',
      '/orders/actuator/prometheus',
      '/favicon.ico',
      '/app/favicon.ico',
      '/robots.txt',
    ],
    static: ['/app.js', '/static/a.CSS', '/img/logo.png?v=2', '/fonts/a.woff2', '/a/b.min.js.map'],
    demand: [
      '/api/orders/status',
      '/orders/17/health',
      '/patients/health',
      '/api/ping',
      '/v1/metrics',
      '/orders',
      '/',
      '',
      '/orders.json',
      '/reports/17.pdf',
      '/index.html',
      '/a.js/orders',
      '/.js',
      '/healthy-food',
      '/statuses',
      '/orders/live',
      '/devices/17/ready',
      '/v1.2',
      '/users/jane.doe',
    ],
  };
  for (const [why, list] of Object.entries(paths)) {
    for (const path of list) test(`${why}: ${path}`, () => expect(excludedPath(path)).toBe(why === 'demand' ? undefined : why));
  }
});

describe('grants', () => {
  const urn = 'urn:ietf:params:oauth:grant-type:';
  const grants: [string | undefined, ReturnType<typeof grantOf>][] = [
    ['client_credentials', 'service'],
    ['CLIENT_CREDENTIALS', 'service'],
    [`${urn}jwt-bearer`, 'service'],
    [encodeURIComponent(`${urn}jwt-bearer`), 'service'],
    [encodeURIComponent(encodeURIComponent(`${urn}jwt-bearer`)), 'service'],
    ['authorization_code', 'user'],
    ['refresh_token', 'user'],
    ['password', 'user'],
    ['implicit', 'user'],
    [`${urn}device_code`, 'user'],
    ['urn:openid:params:grant-type:ciba', 'user'],
    [`${urn}token-exchange`, 'user'],
    [`${urn}uma-ticket`, 'user'],
    [encodeURIComponent(`${urn}saml2-bearer`), 'user'],
    ['something_else', undefined],
    ['constructor', undefined],
    ['%zz', undefined],
    ['', undefined],
    [undefined, undefined],
  ];
  for (const [grantType, whose] of grants) test(`${grantType}`, () => expect(grantOf(grantType)).toBe(whose));
});

describe('token queries', () => {
  const read = (query: string) => readTokenQuery(query, redactText);
  const nothing = {
    grantType: undefined,
    clientId: undefined,
    scope: undefined,
    audience: undefined,
    resource: undefined,
    hasSecret: false,
  };

  test('keep what makes a token key, and nothing else', () => {
    const query =
      '?grant_type=Client_Credentials&client_id=orders&client_secret=s3cr3t&scope=write+read%20write&resource=https%3A%2F%2Fb&resource=https%3A%2F%2Fa&x=1';
    expect(read(query)).toEqual({
      grantType: 'client_credentials',
      clientId: 'orders',
      scope: 'read write',
      audience: undefined,
      resource: 'https://a https://b',
      hasSecret: true,
    });
  });
  test('survive whatever clients send', () => {
    expect(read('')).toEqual(nothing);
    expect(read('&&=&client_id=&scope=%20')).toEqual(nothing);
    expect(read('client_id=%zz%41%ff')).toMatchObject({ clientId: '%zzA%ff' });
    expect(read('client%5Fid=a&client_id=b')).toMatchObject({ clientId: 'a' });
    expect(read('audience=b&audience=a')).toMatchObject({ audience: 'a b' });
  });
  test('notice secrets', () => {
    for (const name of [
      'client_secret',
      'client_assertion',
      'assertion',
      'password',
      'code',
      'refresh_token',
      'subject_token',
      'api_key',
      'CLIENT%5FSECRET',
    ]) {
      expect(read(`${name}=abc`).hasSecret, name).toBe(true);
      expect(read(`${name}=`).hasSecret, name).toBe(false);
    }
    for (const name of ['subject_token_type', 'requested_token_type', 'client_id', 'scope', 'grant_type', 'code_challenge']) {
      expect(read(`${name}=abc`).hasSecret, name).toBe(false);
    }
  });
  test('do not keep a token that stands in place of an id', () => {
    const jwt = ['eyJhbGciOiJIUzI1NiJ9', 'eyJzdWIiOiJvcmRlcnMifQ', 'c2lnbmF0dXJl'].join('.');
    expect(read(`client_id=${jwt}&audience=${jwt}`)).toMatchObject({ clientId: '<redacted:jwt>', audience: '<redacted:jwt>' });
  });
  test('never throw', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(() => read(`client_id=${text}&scope=${text}`)).not.toThrow();
      }),
    );
  });
});
