import { defineFormat } from './define.js';

const middle = '$request_method $scheme $host "$request_uri" [Client $remote_addr] [Length $body_bytes_sent] [Gzip $gzip_ratio]';
const end = '"$http_user_agent" "$http_referer"';

/** Behind one host there are many: the name of the back end stands in `[Sent-to ...]`. */
export default defineFormat({
  id: 'nginx-proxy-manager',
  title: 'Nginx Proxy Manager: proxy hosts, and its other hosts',
  docs: 'https://github.com/NginxProxyManager/nginx-proxy-manager/blob/develop/docker/rootfs/etc/nginx/conf.d/include/log-proxy.conf',
  aliases: ['npm'],
  stamped: 'end',
  layout: {
    kind: 'patterns',
    patterns: [
      `[$time_local] $(upstream_cache_status plain) $(upstream_status integers) $(status integer) - ${middle} [Sent-to $(server plain)] ${end}`,
      `[$time_local] $(status integer) - ${middle} ${end}`,
    ],
    fields: { server: { slot: 'route', as: 'text' } },
  },
  samples: [
    {
      line: '[02/Mar/2026:10:15:30 +0000] - 200 200 - POST https auth.example.com "/oauth2/token" [Client 10.20.0.7] [Length 1184] [Gzip -] [Sent-to 10.30.1.11] "orders-gw/4.2" "-"',
      gives: {
        time: 1772446530000,
        timeAt: 'end',
        method: 'POST',
        path: '/oauth2/token',
        host: 'auth.example.com',
        status: 200,
        bytes: 1184,
        client: '10.20.0.7',
        userAgent: 'orders-gw/4.2',
        route: '10.30.1.11',
      },
    },
    {
      line: '[02/Mar/2026:10:15:31 +0000] HIT - 200 - GET http shop.example.com "/static/app.js?v=3" [Client 198.51.100.23] [Length 5120] [Gzip 2.10] [Sent-to shop] "orders-web/1.9" "https://shop.example.com/"',
      gives: {
        time: 1772446531000,
        timeAt: 'end',
        method: 'GET',
        path: '/static/app.js',
        query: 'v=3',
        host: 'shop.example.com',
        status: 200,
        bytes: 5120,
        client: '198.51.100.23',
        userAgent: 'orders-web/1.9',
        route: 'shop',
        cache: 'hit',
      },
    },
    {
      line: '[02/Mar/2026:10:15:32 +0000] 404 - GET http 203.0.113.9 "/.env" [Client 198.51.100.99] [Length 552] [Gzip -] "curl/8.5.0" "-"',
      gives: {
        time: 1772446532000,
        timeAt: 'end',
        method: 'GET',
        path: '/.env',
        host: '203.0.113.9',
        status: 404,
        bytes: 552,
        client: '198.51.100.99',
        userAgent: 'curl/8.5.0',
      },
    },
  ],
});
