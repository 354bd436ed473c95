import { defineFormat } from './define.js';

export default defineFormat({
  id: 'clf',
  title: 'Common log format (Apache, nginx and many others)',
  docs: 'https://httpd.apache.org/docs/2.4/logs.html#common',
  aliases: ['common'],
  stamped: 'unknown',
  layout: { kind: 'template', template: '$remote_addr $ident $remote_user [$time_local] "$request" $status $body_bytes_sent' },
  samples: [
    {
      line: '198.51.100.23 - - [02/Mar/2026:10:15:30 -0500] "GET /api/orders HTTP/1.1" 304 -',
      gives: { time: 1772464530000, method: 'GET', path: '/api/orders', status: 304, bytes: 0, client: '198.51.100.23' },
    },
    {
      line: '10.20.0.7 - orders-gw [02/Mar/2026:10:15:30 +0000] "POST /oauth2/token HTTP/1.1" 200 1184',
      gives: {
        time: 1772446530000,
        method: 'POST',
        path: '/oauth2/token',
        status: 200,
        bytes: 1184,
        client: '10.20.0.7',
        identity: 'orders-gw',
      },
    },
  ],
});
