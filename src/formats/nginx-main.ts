import { defineFormat } from './define.js';

export default defineFormat({
  id: 'nginx-main',
  title: 'nginx "main" as packages ship it: combined and X-Forwarded-For',
  docs: 'https://nginx.org/en/docs/http/ngx_http_log_module.html',
  aliases: ['main'],
  stamped: 'end',
  layout: {
    kind: 'template',
    template:
      '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" "$http_x_forwarded_for"',
  },
  samples: [
    {
      line: '10.20.0.7 - orders-gw [02/Mar/2026:10:15:30 +0000] "POST /oauth2/token HTTP/1.1" 200 1184 "-" "orders-gw/4.2" "-"',
      gives: {
        time: 1772446530000,
        timeAt: 'end',
        method: 'POST',
        path: '/oauth2/token',
        status: 200,
        bytes: 1184,
        client: '10.20.0.7',
        identity: 'orders-gw',
        userAgent: 'orders-gw/4.2',
      },
    },
  ],
});
