import { defineFormat } from './define.js';

const request = '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent';
const tail = '$count "$router" "$service_url" $(took)ms';

/** Look-alike: its `genericCLF` ends behind the user agent, and is the combined format. */
export default defineFormat({
  id: 'traefik',
  title: 'Traefik, its common log format',
  docs: 'https://doc.traefik.io/traefik/observability/access-logs/#format',
  aliases: ['traefik-common'],
  stamped: 'start',
  layout: {
    kind: 'patterns',
    // Up to version 1.5 a header that is not there is a dash without quotes.
    patterns: [
      `${request} "$http_referer" "$http_user_agent" ${tail}`,
      `${request} - "$http_user_agent" ${tail}`,
      `${request} "$http_referer" - ${tail}`,
      `${request} - - ${tail}`,
    ],
    fields: {
      router: { slot: 'route', as: 'text' },
      service_url: { slot: 'upstreamAddr', as: 'text' },
      took: { slot: 'duration', as: 'milliseconds' },
    },
  },
  samples: [
    {
      line: '10.20.0.7 - - [02/Mar/2026:10:15:30 +0000] "POST /oauth2/token HTTP/1.1" 200 1184 "-" "orders-gw/4.2" 41 "auth@docker" "http://10.30.1.11:8080" 14ms',
      gives: {
        time: 1772446530000,
        timeAt: 'start',
        method: 'POST',
        path: '/oauth2/token',
        status: 200,
        bytes: 1184,
        durationMs: 14,
        upstreamAddr: 'http://10.30.1.11:8080',
        client: '10.20.0.7',
        userAgent: 'orders-gw/4.2',
        route: 'auth@docker',
      },
    },
    {
      line: '198.51.100.23 - orders-web [02/Mar/2026:10:15:31 +0000] "GET /api/orders?limit=50 HTTP/2.0" 200 5120 "-" "orders-web/1.9 \\"beta\\"" 42 "orders@file" "https://10.30.1.21:8443" 212ms',
      gives: {
        time: 1772446531000,
        timeAt: 'start',
        method: 'GET',
        path: '/api/orders',
        query: 'limit=50',
        status: 200,
        bytes: 5120,
        durationMs: 212,
        upstreamAddr: 'https://10.30.1.21:8443',
        client: '198.51.100.23',
        identity: 'orders-web',
        userAgent: 'orders-web/1.9 "beta"',
        route: 'orders@file',
      },
    },
    {
      line: '198.51.100.23 - - [02/Mar/2026:10:15:32 +0000] "GET /nope HTTP/1.1" 404 19 "-" "-" 43 "-" "-" 0ms',
      gives: {
        time: 1772446532000,
        timeAt: 'start',
        method: 'GET',
        path: '/nope',
        status: 404,
        bytes: 19,
        durationMs: 0,
        client: '198.51.100.23',
      },
    },
    {
      line: '10.20.0.7 - - [02/Mar/2026:10:15:30 +0000] "POST /oauth2/token HTTP/1.1" 200 1184 - "orders-gw/4.2" 41 "Host-auth-example-com-0" "http://10.30.1.11:8080" 14ms',
      gives: {
        time: 1772446530000,
        timeAt: 'start',
        method: 'POST',
        path: '/oauth2/token',
        status: 200,
        bytes: 1184,
        durationMs: 14,
        upstreamAddr: 'http://10.30.1.11:8080',
        client: '10.20.0.7',
        userAgent: 'orders-gw/4.2',
        route: 'Host-auth-example-com-0',
      },
    },
    {
      line: '10.20.0.7 - - [02/Mar/2026:10:15:30 +0000] "POST /oauth2/token HTTP/1.1" 200 1184 - - 41 "Host-auth-example-com-0" "http://10.30.1.11:8080" 14ms',
      gives: {
        time: 1772446530000,
        timeAt: 'start',
        method: 'POST',
        path: '/oauth2/token',
        status: 200,
        bytes: 1184,
        durationMs: 14,
        upstreamAddr: 'http://10.30.1.11:8080',
        client: '10.20.0.7',
        route: 'Host-auth-example-com-0',
      },
    },
  ],
});
