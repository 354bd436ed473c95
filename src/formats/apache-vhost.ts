import { defineFormat } from './define.js';

/** Look-alike: the combined format, which would read the host as the address and the address as the identity. */
export default defineFormat({
  id: 'apache-vhost',
  title: 'Common or combined log format behind the name of the virtual host',
  docs: 'https://httpd.apache.org/docs/2.4/mod/mod_log_config.html#examples',
  aliases: ['vhost-combined', 'vhost-common'],
  stamped: 'start',
  layout: {
    kind: 'patterns',
    patterns: [
      '$(vhost plain address) $(remote_addr plain) $ident $(remote_user bare) [$time_local] "$request" $status $(body_bytes_sent integer)$?( "$http_referer" "$http_user_agent"$?( $(number integer)))',
    ],
    fields: {
      vhost: { slot: 'host', as: 'text' },
      number: { slot: 'duration', as: 'duration-unit' },
    },
  },
  samples: [
    {
      line: 'auth.example.com:443 10.20.0.7 - orders-gw [02/Mar/2026:10:15:31 +0000] "POST /oauth2/token HTTP/1.1" 200 1184 "-" "orders-gw/4.2 \\"probe\\"" 91234',
      gives: {
        time: 1772446531000,
        timeAt: 'start',
        method: 'POST',
        path: '/oauth2/token',
        host: 'auth.example.com',
        status: 200,
        bytes: 1184,
        client: '10.20.0.7',
        identity: 'orders-gw',
        userAgent: 'orders-gw/4.2 "probe"',
      },
    },
    {
      line: 'auth.example.com 10.20.0.7 - orders-gw [02/Mar/2026:10:15:31 +0000] "POST /oauth2/token HTTP/1.1" 200 1184 "-" "orders-gw/4.2 \\"probe\\""',
      gives: {
        time: 1772446531000,
        timeAt: 'start',
        method: 'POST',
        path: '/oauth2/token',
        host: 'auth.example.com',
        status: 200,
        bytes: 1184,
        client: '10.20.0.7',
        identity: 'orders-gw',
        userAgent: 'orders-gw/4.2 "probe"',
      },
    },
    {
      line: 'auth.example.com:443 10.20.0.7 - orders-gw [02/Mar/2026:10:15:31 +0000] "POST /oauth2/token HTTP/1.1" 200 1184',
      gives: {
        time: 1772446531000,
        timeAt: 'start',
        method: 'POST',
        path: '/oauth2/token',
        host: 'auth.example.com',
        status: 200,
        bytes: 1184,
        client: '10.20.0.7',
        identity: 'orders-gw',
      },
    },
  ],
});
