import { defineFormat } from './define.js';

/** Look-alikes: every forward proxy that logs in the combined format; what stands behind it is read only with its format string. */
export default defineFormat({
  id: 'varnish',
  title: 'Varnish (varnishncsa), or another proxy that logs whole URLs in the combined format',
  docs: 'https://varnish-cache.org/docs/trunk/reference/varnishncsa.html',
  aliases: ['varnishncsa'],
  stamped: 'start',
  layout: {
    kind: 'patterns',
    patterns: [
      '$remote_addr $ident $remote_user [$time_local] "$(request absolute)" $status $body_bytes_sent "$http_referer" "$http_user_agent"',
    ],
  },
  samples: [
    {
      line: '10.20.0.7 - orders-gw [02/Mar/2026:10:15:30 +0000] "POST http://auth.example.com/oauth2/token HTTP/1.1" 200 1184 "-" "orders-gw/4.2"',
      gives: {
        time: 1772446530000,
        timeAt: 'start',
        method: 'POST',
        path: '/oauth2/token',
        host: 'auth.example.com',
        status: 200,
        bytes: 1184,
        client: '10.20.0.7',
        identity: 'orders-gw',
        userAgent: 'orders-gw/4.2',
      },
    },
  ],
});
