import { defineFormat } from './define.js';

/** A user is one word here: an address in front of the address would be part of it otherwise. */
const request =
  '$(remote_addr list last bare) $(ident plain) $(remote_user plain) [$time_local] "$request" $(status integer) $(body_bytes_sent integer)';
/** In front may stand the virtual host, and X-Forwarded-For in quotes; of a list in place of the address the nearest proxy has appended the last. */
const front = '$?($(vhost list plain address) )$?("$http_x_forwarded_for" )';
const agent = '"$http_referer" "$http_user_agent"';

/** The last resort: for a log that no other format reads, because several servers write it or because nobody knows its end. */
export default defineFormat({
  id: 'clf-mixed',
  title:
    'Common and combined log format in one file, with or without a virtual host, and with words behind it that nobody knows: paste the format string to have them read',
  docs: 'https://httpd.apache.org/docs/2.4/logs.html#accesslog',
  stamped: 'unknown',
  lastResort: true,
  layout: {
    kind: 'patterns',
    patterns: [
      `${front}${request}`,
      `${front}${request} $(number plain)`,
      `${front}${request} ${agent}$?( $rest)`,
      // Jetty up to 9.2.
      '$remote_addr -  -  [$time_local] "$request" $(status integer) $(body_bytes_sent integer) ',
      '$remote_addr - $(remote_user plain) [$time_local] "$request" $(status integer) $(body_bytes_sent integer) ',
      `$remote_addr -  -  [$time_local] "$request" $(status integer) $(body_bytes_sent integer) ${agent}$?( $rest)`,
      // Traefik where there is no referer.
      `${request} - "$http_user_agent" $(count integer) "$router" "$service_url" $(took plain)`,
      // No space in the referer: else it might be the user agent, and that a later word.
      `${front}${request} $(between bare) "$(http_referer plain)" "$http_user_agent"$?( $rest)`,
    ],
    fields: {
      vhost: { slot: 'host', as: 'text' },
      router: { slot: 'route', as: 'text' },
      service_url: { slot: 'upstreamAddr', as: 'text' },
      took: { slot: 'duration', as: 'duration-unit' },
      number: { slot: 'duration', as: 'duration-unit' },
    },
  },
  samples: [
    {
      line: '10.20.0.7 - orders-gw [02/Mar/2026:10:15:30 +0000] "POST /oauth2/token HTTP/1.1" 200 1184 "-" "orders-gw/4.2" "198.51.100.23, 10.20.0.1" 10.30.1.11:8443 pool-a',
      gives: {
        time: 1772446530000,
        method: 'POST',
        path: '/oauth2/token',
        status: 200,
        bytes: 1184,
        client: '10.20.0.7',
        identity: 'orders-gw',
        userAgent: 'orders-gw/4.2',
      },
    },
    {
      line: '10.20.0.7 - orders-gw [02/Mar/2026:10:15:30 +0000] "POST /oauth2/token HTTP/1.1" 200 1184 10.30.1.11 + 412 "-" "orders-gw/4.2" x y',
      gives: {
        time: 1772446530000,
        method: 'POST',
        path: '/oauth2/token',
        status: 200,
        bytes: 1184,
        client: '10.20.0.7',
        identity: 'orders-gw',
        userAgent: 'orders-gw/4.2',
      },
    },
    {
      line: 'auth.example.com:443 "198.51.100.23, 10.20.0.1" 10.20.0.7 - - [02/Mar/2026:10:15:30 +0000] "GET /api/orders?limit=50 HTTP/1.1" 304 - "-" "-"',
      gives: {
        time: 1772446530000,
        method: 'GET',
        path: '/api/orders',
        query: 'limit=50',
        host: 'auth.example.com',
        status: 304,
        bytes: 0,
        client: '10.20.0.7',
      },
    },
    {
      line: '10.20.0.7 - - [02/Mar/2026:10:15:30 +0000] "GET /api/orders HTTP/1.1" 200 5120 - "-" "orders-web/1.9 (x y)" "10.20.0.1"',
      gives: {
        time: 1772446530000,
        method: 'GET',
        path: '/api/orders',
        status: 200,
        bytes: 5120,
        client: '10.20.0.7',
        userAgent: 'orders-web/1.9 (x y)',
      },
    },
    {
      line: '10.20.0.7 - - [02/Mar/2026:10:15:30 +0000] "\\x16\\x03\\x01" 400 157 "-" "-" "-" "-" -',
      gives: { skip: 'no-request' },
    },
  ],
});
