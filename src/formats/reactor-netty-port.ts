import { defineFormat } from './define.js';

/** Here the unit stands behind the number, and the port before it. */
export default defineFormat({
  id: 'reactor-netty-port',
  title: 'Spring Cloud Gateway with reactor-netty up to 1.0: common log format, port and duration',
  docs: 'https://projectreactor.io/docs/netty/0.9.25.RELEASE/reference/index.html#_access_log',
  stamped: 'start',
  layout: {
    kind: 'patterns',
    patterns: [
      '$remote_addr - $(remote_user bare) [$time_local] "$request" $status $(body_bytes_sent digits) $(port digits) $(took digits) ms',
      '$remote_addr - $(remote_user bare) [$time_local] "$request" $status - $(port digits) $(took digits) ms',
    ],
    fields: { took: { slot: 'duration', as: 'milliseconds' } },
  },
  samples: [
    {
      line: '198.51.100.23 - - [02/Mar/2026:10:15:30 +0000] "GET /api/orders?limit=50 HTTP/1.1" 200 5120 8080 212 ms',
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
      line: '10.20.0.7 - - [02/Mar/2026:10:15:31 +0000] "POST /oauth2/token HTTP/1.1" 200 - 8080 14 ms',
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
