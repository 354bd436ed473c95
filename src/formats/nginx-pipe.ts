import { defineFormat } from './define.js';

const combined =
  '$remote_addr $ident $remote_user [$time_local] "$request" $(status integer) $(body_bytes_sent integer) "$http_referer" "$http_user_agent" $(request_time decimal) $upstream_response_time';

/** Look-alike: without the last word, which says whether the request was pipelined. */
export default defineFormat({
  id: 'nginx-pipe',
  title: 'nginx combined with a bare $request_time, $upstream_response_time and $pipe at the end',
  docs: 'https://nginx.org/en/docs/http/ngx_http_log_module.html#log_format',
  aliases: ['timed-combined'],
  stamped: 'end',
  bareTimes: true,
  layout: { kind: 'patterns', patterns: [`${combined} .`, `${combined} p`] },
  samples: [
    {
      line: '10.20.0.7 - orders-gw [02/Mar/2026:10:15:30 +0000] "POST /oauth2/token HTTP/1.1" 200 1184 "-" "orders-gw/4.2" 0.123 0.060, 0.040 .',
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
      line: '10.20.0.7 - - [02/Mar/2026:10:15:30 +0000] "GET / HTTP/1.1" 304 0 "-" "-" 0.001 - p',
      gives: {
        time: 1772446530000,
        timeAt: 'end',
        method: 'GET',
        path: '/',
        status: 304,
        bytes: 0,
        durationMs: 1,
        client: '10.20.0.7',
      },
    },
  ],
});
