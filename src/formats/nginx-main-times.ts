import { defineFormat } from './define.js';

const main =
  '$remote_addr $ident $remote_user [$time_local] "$request" $(status integer) $(body_bytes_sent integer) "$http_referer" "$http_user_agent" "$http_x_forwarded_for"';

/** The times stand behind X-Forwarded-For, as their order in many configurations is, with or without quotes. */
export default defineFormat({
  id: 'nginx-main-times',
  title: 'nginx "main" with a bare $request_time at the end, or that and $upstream_response_time',
  docs: 'https://nginx.org/en/docs/http/ngx_http_log_module.html#log_format',
  aliases: ['main-times'],
  stamped: 'end',
  bareTimes: true,
  layout: {
    kind: 'patterns',
    patterns: [
      `${main} $(request_time decimal)`,
      `${main} $(request_time decimal) $upstream_response_time`,
      `${main} "$(request_time decimal)"`,
      `${main} "$(request_time decimal)" "$upstream_response_time"`,
    ],
  },
  samples: [
    {
      line: '10.20.0.7 - orders-gw [02/Mar/2026:10:15:30 +0000] "POST /oauth2/token HTTP/1.1" 200 1184 "-" "orders-gw/4.2" "198.51.100.23, 10.20.0.9" 0.123 0.060, 0.040',
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
      line: '10.20.0.7 - - [02/Mar/2026:10:15:31 +0000] "GET /api/orders?limit=50 HTTP/1.1" 200 5120 "-" "orders-web/1.9" "-" 0.212',
      gives: {
        time: 1772446531000,
        timeAt: 'end',
        method: 'GET',
        path: '/api/orders',
        query: 'limit=50',
        status: 200,
        bytes: 5120,
        durationMs: 212,
        client: '10.20.0.7',
        userAgent: 'orders-web/1.9',
      },
    },
    {
      line: '10.20.0.7 - - [02/Mar/2026:10:15:31 +0000] "GET /api/orders HTTP/1.1" 200 5120 "-" "orders-web/1.9" "198.51.100.23" "0.212" "0.091"',
      gives: {
        time: 1772446531000,
        timeAt: 'end',
        method: 'GET',
        path: '/api/orders',
        status: 200,
        bytes: 5120,
        durationMs: 212,
        upstreamMs: 91,
        client: '10.20.0.7',
        userAgent: 'orders-web/1.9',
      },
    },
  ],
});
