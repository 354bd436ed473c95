import { defineFormat } from './define.js';

/** APISIX is nginx: the host between the time and the request tells it from the combined format. */
export default defineFormat({
  id: 'apisix',
  title: 'Apache APISIX, its access log',
  docs: 'https://apisix.apache.org/docs/apisix/FAQ/',
  stamped: 'end',
  layout: {
    kind: 'patterns',
    patterns: [
      '$remote_addr - $remote_user [$time_local] $(http_host plain) "$request" $status $body_bytes_sent $(request_time decimal) "$http_referer" "$http_user_agent" $upstream_addr $upstream_status $upstream_response_time "$upstream_uri"$?( "$request_id")',
    ],
  },
  samples: [
    {
      line: '198.51.100.23 - - [02/Mar/2026:10:15:30 +0000] api.example.com "GET /api/orders?limit=50 HTTP/1.1" 200 5120 0.212 "-" "orders-web/1.9" 10.30.1.11:8443 200 0.091 "https://orders.internal/api/orders?limit=50" "9f2c1a7be04d4c53a1f0de5b8c6a7712"',
      gives: {
        time: 1772446530000,
        timeAt: 'end',
        method: 'GET',
        path: '/api/orders',
        query: 'limit=50',
        host: 'api.example.com',
        status: 200,
        bytes: 5120,
        durationMs: 212,
        upstreamMs: 91,
        upstreamAddr: '10.30.1.11:8443',
        client: '198.51.100.23',
        userAgent: 'orders-web/1.9',
        requestId: '9f2c1a7be04d4c53a1f0de5b8c6a7712',
      },
    },
    {
      line: '198.51.100.23 - - [02/Mar/2026:10:15:31 +0000] api.example.com "GET /api/orders HTTP/1.1" 401 39 0.045 "-" "orders-web/1.9" - - - "http://-" "0a5b7d1c2e3f40516273849506a7b8c9"',
      gives: {
        time: 1772446531000,
        timeAt: 'end',
        method: 'GET',
        path: '/api/orders',
        host: 'api.example.com',
        status: 401,
        bytes: 39,
        durationMs: 45,
        client: '198.51.100.23',
        userAgent: 'orders-web/1.9',
        requestId: '0a5b7d1c2e3f40516273849506a7b8c9',
      },
    },
    {
      line: '198.51.100.23 - - [02/Mar/2026:10:15:30 +0000] api.example.com "GET /api/orders?limit=50 HTTP/1.1" 200 5120 0.212 "-" "orders-web/1.9" 10.30.1.11:8443 200 0.091 "https://orders.internal/api/orders?limit=50"',
      gives: {
        time: 1772446530000,
        timeAt: 'end',
        method: 'GET',
        path: '/api/orders',
        query: 'limit=50',
        host: 'api.example.com',
        status: 200,
        bytes: 5120,
        durationMs: 212,
        upstreamMs: 91,
        upstreamAddr: '10.30.1.11:8443',
        client: '198.51.100.23',
        userAgent: 'orders-web/1.9',
      },
    },
  ],
});
