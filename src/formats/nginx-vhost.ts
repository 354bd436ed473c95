import { defineFormat } from './define.js';

const combined =
  '$(vhost plain address) $(remote_addr plain) $ident $(remote_user bare) [$time_local] "$request" $(status integer) $(body_bytes_sent integer) "$http_referer" "$http_user_agent"';

/** Look-alike: Apache's log of virtual hosts, which ends with the user agent or with a whole number. */
export default defineFormat({
  id: 'nginx-vhost',
  title: 'nginx combined behind $host, with X-Forwarded-For, $request_time or $upstream_response_time at the end',
  docs: 'https://nginx.org/en/docs/http/ngx_http_log_module.html#log_format',
  aliases: ['nginx-host'],
  stamped: 'end',
  bareTimes: true,
  layout: {
    kind: 'patterns',
    patterns: [
      `${combined} "$http_x_forwarded_for"`,
      `${combined}$?( "$http_x_forwarded_for") $(request_time decimal)`,
      `${combined}$?( "$http_x_forwarded_for") $(request_time decimal) $upstream_response_time`,
    ],
    fields: { vhost: { slot: 'host', as: 'text' } },
  },
  samples: [
    {
      line: 'auth.example.com 10.20.0.7 - orders-gw [02/Mar/2026:10:15:30 +0000] "POST /oauth2/token HTTP/1.1" 200 1184 "-" "orders-gw/4.2" 0.123 0.100',
      gives: {
        time: 1772446530000,
        timeAt: 'end',
        method: 'POST',
        path: '/oauth2/token',
        host: 'auth.example.com',
        status: 200,
        bytes: 1184,
        durationMs: 123,
        upstreamMs: 100,
        client: '10.20.0.7',
        identity: 'orders-gw',
        userAgent: 'orders-gw/4.2',
      },
    },
    {
      line: 'api.example.com:443 10.20.0.1 - - [02/Mar/2026:10:15:31 +0000] "GET /api/orders?limit=50 HTTP/2.0" 200 5120 "-" "orders-web/1.9" "198.51.100.23, 10.20.0.9" 0.212 0.050, 0.041',
      gives: {
        time: 1772446531000,
        timeAt: 'end',
        method: 'GET',
        path: '/api/orders',
        query: 'limit=50',
        host: 'api.example.com',
        status: 200,
        bytes: 5120,
        durationMs: 212,
        upstreamMs: 91,
        client: '10.20.0.1',
        userAgent: 'orders-web/1.9',
      },
    },
    {
      line: 'api.example.com 10.20.0.1 - - [02/Mar/2026:10:15:31 +0000] "GET /api/orders HTTP/2.0" 200 5120 "-" "orders-web/1.9" "-"',
      gives: {
        time: 1772446531000,
        timeAt: 'end',
        method: 'GET',
        path: '/api/orders',
        host: 'api.example.com',
        status: 200,
        bytes: 5120,
        client: '10.20.0.1',
        userAgent: 'orders-web/1.9',
      },
    },
    {
      line: 'api.example.com 2001:db8::7 - - [02/Mar/2026:10:15:31 +0000] "GET /api/orders HTTP/2.0" 200 5120 "-" "orders-web/1.9" 0.212',
      gives: {
        time: 1772446531000,
        timeAt: 'end',
        method: 'GET',
        path: '/api/orders',
        host: 'api.example.com',
        status: 200,
        bytes: 5120,
        durationMs: 212,
        client: '2001:db8::7',
        userAgent: 'orders-web/1.9',
      },
    },
  ],
});
