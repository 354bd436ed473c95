import { defineFormat } from './define.js';

const upToAgent =
  '$(type plain) $(time iso) app/$elb $(client address) $target $request_s $(upstream_s again)$target_s $response_s $status $target_status $received $bytes "$request" "$user_agent" ';
/** What ends a user agent that holds quotes and spaces: they are not escaped. */
const ciphers = ['- - ', 'TLS_$cipher $(protocol plain) ', 'ECDHE-$cipher $(protocol plain) '];
const groups = ['arn:$arn:targetgroup/$group/$(group_id plain) ', '- '];
/** A client may put more into the trace header than the id of the trace, in any order. */
const traced = '"$?($(self plain);)Root=$(trace item)$?(;$(more plain))"';
const traces = [`${traced} "$domain" `, '"-" '];
const each = (starts: readonly string[], ends: readonly string[]): string[] =>
  starts.flatMap((start) => ends.map((end) => start + end));

export default defineFormat({
  id: 'aws-alb',
  title: 'AWS Application Load Balancer',
  docs: 'https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html',
  aliases: ['alb'],
  stamped: 'end',
  layout: {
    kind: 'patterns',
    patterns: [
      ...each(each(each([upToAgent], ['$(cipher plain) $(protocol plain) ', ...ciphers]), groups), traces).map(
        (way) => `${way}$rest`,
      ),
      // Up to 2018 that was all.
      `${upToAgent}$(cipher plain) $(protocol plain) ${groups[0]}${traced}`,
      // Network load balancers, whose lines stand in the same bucket, log connections.
      'tls $version $(when iso) net/$rest',
      // So do its own logs of connections.
      '$(when iso) $peer $(peer_port digits) $(listener_port digits) $(protocol plain) $(cipher plain) $(handshake decimal) "$subject" $rest',
    ],
    escapes: 'none',
    fields: {
      time: { slot: 'time', as: 'time-iso' },
      client: { slot: 'client', as: 'text' },
      target: { slot: 'upstreamAddr', as: 'text' },
      request_s: { slot: 'duration', as: 'seconds' },
      upstream_s: { slot: 'upstream', as: 'seconds', missing: 'unknown' },
      target_s: { slot: 'durationMore', as: 'seconds' },
      response_s: { slot: 'durationLast', as: 'seconds' },
      bytes: { slot: 'bytes', as: 'number' },
      user_agent: { slot: 'userAgent', as: 'text' },
      group: { slot: 'route', as: 'text' },
      trace: { slot: 'traceId', as: 'text' },
      domain: { slot: 'host', as: 'text' },
    },
  },
  samples: [
    {
      line: 'https 2026-03-02T10:15:30.335000Z app/public-api/1f2e3d4c5b6a7988 198.51.100.23:40112 10.30.1.11:8443 0.001 0.091 0.000 200 200 410 5342 "GET https://api.example.com:443/api/orders?limit=50 HTTP/2.0" "orders-web/1.9" TLS_AES_128_GCM_SHA256 TLSv1.3 arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/orders/8a7b6c5d4e3f2011 "Root=1-69a56342-7c1e9a04b5d24f6f8a3b2c1d" "api.example.com" "arn:aws:acm:eu-west-1:123456789012:certificate/0001" 10 2026-03-02T10:15:30.243000Z "forward" "-" "-" "10.30.1.11:8443" "200" "-" "-" TID_0123456789abcdef0123456789abcdef',
      gives: {
        time: 1772446530335,
        timeAt: 'end',
        method: 'GET',
        path: '/api/orders',
        query: 'limit=50',
        host: 'api.example.com',
        status: 200,
        bytes: 5342,
        durationMs: 92,
        upstreamMs: 91,
        upstreamAddr: '10.30.1.11:8443',
        client: '198.51.100.23',
        userAgent: 'orders-web/1.9',
        traceId: '1-69a56342-7c1e9a04b5d24f6f8a3b2c1d',
        route: 'orders',
      },
    },
    {
      line: 'http 2026-03-02T10:15:31.000000Z app/public-api/1f2e3d4c5b6a7988 10.20.0.7:51888 - -1 -1 -1 503 - 320 162 "POST http://auth.example.com:80/oauth2/token HTTP/1.1" "orders-gw/4.2" - - arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/idp/8a7b6c5d4e3f2012 "Root=1-69a56343-7c1e9a04b5d24f6f8a3b2c1e" "-" "-" 20 2026-03-02T10:15:30.998000Z "forward" "-" "-" "-" "-" "-" "-"',
      gives: {
        time: 1772446531000,
        timeAt: 'end',
        method: 'POST',
        path: '/oauth2/token',
        host: 'auth.example.com',
        status: 503,
        bytes: 162,
        client: '10.20.0.7',
        userAgent: 'orders-gw/4.2',
        traceId: '1-69a56343-7c1e9a04b5d24f6f8a3b2c1e',
        route: 'idp',
      },
    },
    {
      line: 'tls 2.0 2026-03-02T10:15:32 net/edge/2a3b4c5d6e7f8091 a9b8c7d6e5f40312 198.51.100.23:40113 10.40.0.5:443 7 3 120 448 - arn:aws:acm:eu-west-1:123456789012:certificate/0001 - TLS_AES_128_GCM_SHA256 tlsv13 - api.example.com - - - 2026-03-02T10:15:27',
      gives: { skip: 'no-request' },
    },
    {
      line: '2026-03-02T10:15:32.514108Z 198.51.100.23 40113 443 TLSv1.2 ECDHE-RSA-AES128-GCM-SHA256 4.036 "CN=orders.example.com,O=Example" NotBefore=2025-09-21T22:43:21Z;NotAfter=2027-06-17T22:43:21Z FEF257372D5C14D4 Success TID_0123456789abcdef0123456789abcdef',
      gives: { skip: 'no-request' },
    },
    {
      line: '2026-03-02T10:15:32.599544Z 2001:db8::7 40114 80 - - - "-" - - - TID_0123456789abcdef0123456789abcdee',
      gives: { skip: 'no-request' },
    },
    {
      line: 'https 2026-03-02T10:15:30.335000Z app/public-api/1f2e3d4c5b6a7988 2001:db8::7:40112 10.30.1.11:8443 0.001 0.091 0.000 200 200 410 5342 "GET https://api.example.com:443/api/orders?limit=50 HTTP/2.0" "orders-web/1.9" TLS_AES_128_GCM_SHA256 TLSv1.3 arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/orders/8a7b6c5d4e3f2011 "Root=1-69a56342-7c1e9a04b5d24f6f8a3b2c1d" "api.example.com" "arn:aws:acm:eu-west-1:123456789012:certificate/0001" 10 2026-03-02T10:15:30.243000Z "forward" "-" "-" "10.30.1.11:8443" "200" "-" "-" TID_0123456789abcdef0123456789abcdef',
      gives: {
        time: 1772446530335,
        timeAt: 'end',
        method: 'GET',
        path: '/api/orders',
        query: 'limit=50',
        host: 'api.example.com',
        status: 200,
        bytes: 5342,
        durationMs: 92,
        upstreamMs: 91,
        upstreamAddr: '10.30.1.11:8443',
        client: '2001:db8::7',
        userAgent: 'orders-web/1.9',
        traceId: '1-69a56342-7c1e9a04b5d24f6f8a3b2c1d',
        route: 'orders',
      },
    },
    {
      line: 'https 2026-03-02T10:15:30.335000Z app/public-api/1f2e3d4c5b6a7988 198.51.100.23:40112 10.30.1.11:8443 0.001 0.091 0.000 200 200 410 5342 "GET https://api.example.com:443/api/orders?limit=50 HTTP/2.0" "orders-web/1.9" TLS_AES_128_GCM_SHA256 TLSv1.3 arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/orders/8a7b6c5d4e3f2011 "Self=1-69a56343-0123;Root=1-69a56342-7c1e9a04b5d24f6f8a3b2c1d" "api.example.com" "arn:aws:acm:eu-west-1:123456789012:certificate/0001" 10 2026-03-02T10:15:30.243000Z "forward" "-" "-" "10.30.1.11:8443" "200" "-" "-" TID_0123456789abcdef0123456789abcdef',
      gives: {
        time: 1772446530335,
        timeAt: 'end',
        method: 'GET',
        path: '/api/orders',
        query: 'limit=50',
        host: 'api.example.com',
        status: 200,
        bytes: 5342,
        durationMs: 92,
        upstreamMs: 91,
        upstreamAddr: '10.30.1.11:8443',
        client: '198.51.100.23',
        userAgent: 'orders-web/1.9',
        traceId: '1-69a56342-7c1e9a04b5d24f6f8a3b2c1d',
        route: 'orders',
      },
    },
    {
      line: 'https 2026-03-02T10:15:30.335000Z app/public-api/1f2e3d4c5b6a7988 198.51.100.23:40112 10.30.1.11:8443 0.001 0.091 0.000 200 200 410 5342 "GET https://api.example.com:443/api/orders?limit=50 HTTP/2.0" "orders-web/1.9" TLS_AES_128_GCM_SHA256 TLSv1.3 arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/orders/8a7b6c5d4e3f2011 "Root=1-69a56342-7c1e9a04b5d24f6f8a3b2c1d;Parent=53a1b2c3d4e5f607;Sampled=1" "api.example.com" "arn:aws:acm:eu-west-1:123456789012:certificate/0001" 10 2026-03-02T10:15:30.243000Z "forward" "-" "-" "10.30.1.11:8443" "200" "-" "-"',
      gives: {
        time: 1772446530335,
        timeAt: 'end',
        method: 'GET',
        path: '/api/orders',
        query: 'limit=50',
        host: 'api.example.com',
        status: 200,
        bytes: 5342,
        durationMs: 92,
        upstreamMs: 91,
        upstreamAddr: '10.30.1.11:8443',
        client: '198.51.100.23',
        userAgent: 'orders-web/1.9',
        traceId: '1-69a56342-7c1e9a04b5d24f6f8a3b2c1d',
        route: 'orders',
      },
    },
    {
      line: 'https 2026-03-02T10:15:30.335000Z app/public-api/1f2e3d4c5b6a7988 198.51.100.23:40112 10.30.1.11:8443 0.001 0.091 0.000 200 200 410 5342 "GET https://api.example.com:443/api/orders?limit=50 HTTP/2.0" "orders-web \\"blue\\" 1.9" TLS_AES_128_GCM_SHA256 TLSv1.3 arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/orders/8a7b6c5d4e3f2011 "Self=1-69a56343-0123;Root=1-69a56342-7c1e9a04b5d24f6f8a3b2c1d;Sampled=0" "api.example.com" "arn:aws:acm:eu-west-1:123456789012:certificate/0001" 10 2026-03-02T10:15:30.243000Z "forward" "-" "-" "10.30.1.11:8443" "200" "-" "-"',
      gives: {
        time: 1772446530335,
        timeAt: 'end',
        method: 'GET',
        path: '/api/orders',
        query: 'limit=50',
        host: 'api.example.com',
        status: 200,
        bytes: 5342,
        durationMs: 92,
        upstreamMs: 91,
        upstreamAddr: '10.30.1.11:8443',
        client: '198.51.100.23',
        userAgent: 'orders-web \\"blue\\" 1.9',
        traceId: '1-69a56342-7c1e9a04b5d24f6f8a3b2c1d',
        route: 'orders',
      },
    },
    {
      line: 'http 2018-03-02T10:15:30.335000Z app/public-api/1f2e3d4c5b6a7988 198.51.100.23:40112 10.30.1.11:8080 0.001 0.091 0.000 200 200 410 5342 "GET http://api.example.com:80/api/orders HTTP/1.1" "orders-web/1.9" - - arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/orders/8a7b6c5d4e3f2011 "Root=1-69a56342-7c1e9a04b5d24f6f8a3b2c1d"',
      gives: {
        time: 1519985730335,
        timeAt: 'end',
        method: 'GET',
        path: '/api/orders',
        host: 'api.example.com',
        status: 200,
        bytes: 5342,
        durationMs: 92,
        upstreamMs: 91,
        upstreamAddr: '10.30.1.11:8080',
        client: '198.51.100.23',
        userAgent: 'orders-web/1.9',
        traceId: '1-69a56342-7c1e9a04b5d24f6f8a3b2c1d',
        route: 'orders',
      },
    },
  ],
});
