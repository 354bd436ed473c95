import { defineFormat } from './define.js';

const combined = '[$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"';
const tail =
  '$(request_length integer) $(request_time decimal) [$proxy_upstream_name] $?([$proxy_alternative_upstream_name] )$(upstream_addr unclosed) $(upstream_response_length integers list) $upstream_response_time';

/** Look-alikes: nginx with a timing tail; here two numbers and names in brackets stand behind the user agent. */
export default defineFormat({
  id: 'ingress-nginx',
  title: 'ingress-nginx controller for Kubernetes, also older versions',
  docs: 'https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/log-format/',
  aliases: ['nginx-ingress', 'upstreaminfo'],
  stamped: 'end',
  layout: {
    kind: 'patterns',
    patterns: [
      `$remote_addr - $(remote_user bare) ${combined} ${tail} $upstream_status $(req_id plain)`,
      `$remote_addr - $(remote_user bare) ${combined} ${tail} $(upstream_status integers)`,
      `$forwarded - [$the_real_ip] - $remote_user ${combined} ${tail} $upstream_status $(req_id plain)`,
      `$forwarded - [$the_real_ip] - $remote_user ${combined} ${tail} $(upstream_status integers)`,
    ],
    fields: { proxy_upstream_name: { slot: 'route', as: 'text' } },
  },
  samples: [
    {
      line: '10.20.0.7 - - [02/Mar/2026:10:15:30 +0000] "POST /oauth2/token HTTP/1.1" 200 1184 "-" "orders-gw/4.2" 412 0.014 [auth-idp-8080] [] 10.30.1.11:8080 1184 0.013 200 9f2c1a7be04d4c53a1f0de5b8c6a7712',
      gives: {
        time: 1772446530000,
        timeAt: 'end',
        method: 'POST',
        path: '/oauth2/token',
        status: 200,
        bytes: 1184,
        durationMs: 14,
        upstreamMs: 13,
        upstreamAddr: '10.30.1.11:8080',
        client: '10.20.0.7',
        userAgent: 'orders-gw/4.2',
        requestId: '9f2c1a7be04d4c53a1f0de5b8c6a7712',
        route: 'auth-idp-8080',
      },
    },
    {
      line: '198.51.100.23 - - [02/Mar/2026:10:15:31 +0000] "GET /api/orders HTTP/2.0" 200 5120 "-" "orders-web/1.9" 98 1.092 [shop-orders-80] [] 10.30.1.21:8080, 10.30.1.22:8080 0, 5120 1.000, 0.091 502, 200 0a5b7d1c2e3f40516273849506a7b8c9',
      gives: {
        time: 1772446531000,
        timeAt: 'end',
        method: 'GET',
        path: '/api/orders',
        status: 200,
        bytes: 5120,
        durationMs: 1092,
        upstreamMs: 1091,
        upstreamAddr: '10.30.1.22:8080',
        client: '198.51.100.23',
        userAgent: 'orders-web/1.9',
        requestId: '0a5b7d1c2e3f40516273849506a7b8c9',
        route: 'shop-orders-80',
      },
    },
    {
      line: '198.51.100.23 - - [02/Mar/2026:10:15:32 +0000] "GET /oauth2/token HTTP/1.1" 308 164 "-" "curl/8.5.0" 96 0.000 [auth-idp-8080] [] - - - - 11aa22bb33cc44dd55ee66ff77008899',
      gives: {
        time: 1772446532000,
        timeAt: 'end',
        method: 'GET',
        path: '/oauth2/token',
        status: 308,
        bytes: 164,
        durationMs: 0,
        client: '198.51.100.23',
        userAgent: 'curl/8.5.0',
        requestId: '11aa22bb33cc44dd55ee66ff77008899',
        route: 'auth-idp-8080',
      },
    },
    {
      line: '10.20.0.7 - orders-gw [02/Mar/2026:10:15:33 +0000] "POST /oauth2/token HTTP/1.1" 200 1184 "-" "orders-gw/4.2" 412 0.014 [auth-idp-8080] 10.30.1.11:8080 1184 0.013 200',
      gives: {
        time: 1772446533000,
        timeAt: 'end',
        method: 'POST',
        path: '/oauth2/token',
        status: 200,
        bytes: 1184,
        durationMs: 14,
        upstreamMs: 13,
        upstreamAddr: '10.30.1.11:8080',
        client: '10.20.0.7',
        identity: 'orders-gw',
        userAgent: 'orders-gw/4.2',
        route: 'auth-idp-8080',
      },
    },
    {
      line: '10.20.0.7 - [10.20.0.7] - - [02/Mar/2026:10:15:34 +0000] "POST /oauth2/token HTTP/1.1" 200 1184 "-" "orders-gw/4.2" 412 1.092 [auth-idp-8080] 10.30.1.21:8080, 10.30.1.22:8080 0, 1184 1.000, 0.091 502, 200 0a5b7d1c2e3f40516273849506a7b8c9',
      gives: {
        time: 1772446534000,
        timeAt: 'end',
        method: 'POST',
        path: '/oauth2/token',
        status: 200,
        bytes: 1184,
        durationMs: 1092,
        upstreamMs: 1091,
        upstreamAddr: '10.30.1.22:8080',
        client: '10.20.0.7',
        userAgent: 'orders-gw/4.2',
        requestId: '0a5b7d1c2e3f40516273849506a7b8c9',
        route: 'auth-idp-8080',
      },
    },
  ],
});
