import { defineFormat } from './define.js';

/** Look-alikes: nginx with $request_time, which has three decimals. Apache, Tomcat, Fastly and others write whole numbers, each in its unit. */
export default defineFormat({
  id: 'clf-combined-number',
  title:
    'Combined log format with a whole number behind it, whose unit nobody can know (%D, %T): paste the format string to tell it',
  docs: 'https://httpd.apache.org/docs/2.4/mod/mod_log_config.html#formats',
  aliases: ['apache-combined-number'],
  stamped: 'unknown',
  layout: {
    kind: 'patterns',
    patterns: [
      '$remote_addr $ident $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" $(number integer)',
    ],
    fields: { number: { slot: 'duration', as: 'duration-unit' } },
  },
  samples: [
    {
      line: '10.20.0.7 - orders-gw [02/Mar/2026:10:15:30 +0000] "POST /oauth2/token HTTP/1.1" 200 1184 "-" "orders-gw/4.2" 91234',
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
      line: '198.51.100.23 - - [02/Mar/2026:11:15:31 +0100] "GET /api/orders?limit=50 HTTP/2.0" 200 5120 "https://shop.example.com/" "Mozilla/5.0 (X11; Linux x86_64) \\x22beta\\x22" 3',
      gives: {
        time: 1772446531000,
        method: 'GET',
        path: '/api/orders',
        query: 'limit=50',
        status: 200,
        bytes: 5120,
        client: '198.51.100.23',
        userAgent: 'Mozilla/5.0 (X11; Linux x86_64) "beta"',
      },
    },
  ],
});
