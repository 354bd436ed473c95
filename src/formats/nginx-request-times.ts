import { defineFormat } from './define.js';

export default defineFormat({
  id: 'nginx-request-times',
  title: 'nginx combined with a bare $request_time and $upstream_response_time at the end',
  docs: 'https://nginx.org/en/docs/http/ngx_http_upstream_module.html#var_upstream_response_time',
  stamped: 'end',
  bareTimes: true,
  layout: {
    kind: 'template',
    template:
      '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" $request_time $upstream_response_time',
  },
  samples: [
    {
      line: '10.20.0.7 - orders-gw [02/Mar/2026:10:15:30 +0000] "POST /oauth2/token HTTP/1.1" 200 1184 "-" "orders-gw/4.2" 0.123 0.100',
      gives: {
        time: 1772446530000,
        timeAt: 'end',
        method: 'POST',
        path: '/oauth2/token',
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
      line: '198.51.100.23 - - [02/Mar/2026:10:15:31 +0000] "GET /api/orders HTTP/1.1" 200 5120 "-" "orders-web/1.9" 0.602 0.100, 0.200 : 0.300',
      gives: {
        time: 1772446531000,
        timeAt: 'end',
        method: 'GET',
        path: '/api/orders',
        status: 200,
        bytes: 5120,
        durationMs: 602,
        upstreamMs: 600,
        client: '198.51.100.23',
        userAgent: 'orders-web/1.9',
      },
    },
    {
      line: '198.51.100.23 - - [02/Mar/2026:10:15:32 +0000] "GET /health HTTP/1.1" 200 2 "-" "curl/8.5.0" 0.000 -',
      gives: {
        time: 1772446532000,
        timeAt: 'end',
        method: 'GET',
        path: '/health',
        status: 200,
        bytes: 2,
        durationMs: 0,
        client: '198.51.100.23',
        userAgent: 'curl/8.5.0',
      },
    },
  ],
});
