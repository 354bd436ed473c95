import { defineFormat } from './define.js';

/** Look-alikes: Apache common with %D (us) or %T (s), which are the same bytes. */
export default defineFormat({
  id: 'reactor-netty',
  title: 'Spring Cloud Gateway (reactor-netty); the number behind the common log format is taken for ms',
  docs: 'https://docs.spring.io/projectreactor/reactor-netty/docs/current/reference/html/http-server.html#_access_log',
  aliases: ['spring-cloud-gateway'],
  stamped: 'start',
  guessesUnit: true,
  layout: {
    kind: 'patterns',
    // A dash in place of the bytes is a chunked response: their number is unknown.
    patterns: [
      '$remote_addr - $(remote_user bare) [$time_local] "$request" $status $(body_bytes_sent digits) $(took digits)',
      '$remote_addr - $(remote_user bare) [$time_local] "$request" $status - $(took digits)',
    ],
    fields: { took: { slot: 'duration', as: 'milliseconds' } },
  },
  samples: [
    {
      line: '198.51.100.23 - - [02/Mar/2026:10:15:30 +0000] "GET /api/orders?limit=50 HTTP/1.1" 200 5120 212',
      gives: {
        time: 1772446530000,
        timeAt: 'start',
        method: 'GET',
        path: '/api/orders',
        query: 'limit=50',
        status: 200,
        bytes: 5120,
        durationMs: 212,
        client: '198.51.100.23',
      },
    },
    {
      line: '10.20.0.7 - - [02/Mar/2026:10:15:31 +0000] "POST /oauth2/token HTTP/1.1" 200 - 14',
      gives: {
        time: 1772446531000,
        timeAt: 'start',
        method: 'POST',
        path: '/oauth2/token',
        status: 200,
        durationMs: 14,
        client: '10.20.0.7',
      },
    },
  ],
});
