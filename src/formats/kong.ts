import { defineFormat } from './define.js';

/** Kong is nginx: but for its tail the line is the combined format. */
export default defineFormat({
  id: 'kong',
  title: 'Kong, its proxy access log',
  docs: 'https://developer.konghq.com/gateway/logs/',
  stamped: 'end',
  layout: {
    kind: 'patterns',
    patterns: [
      '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" kong_request_id: "$request_id"',
    ],
  },
  samples: [
    {
      line: '198.51.100.23 - - [02/Mar/2026:10:15:30 +0000] "GET /api/orders HTTP/1.1" 200 5120 "-" "orders-web/1.9" kong_request_id: "5f0c2d3ae9b14c6d8e7f00112233aabb"',
      gives: {
        time: 1772446530000,
        timeAt: 'end',
        method: 'GET',
        path: '/api/orders',
        status: 200,
        bytes: 5120,
        client: '198.51.100.23',
        userAgent: 'orders-web/1.9',
        requestId: '5f0c2d3ae9b14c6d8e7f00112233aabb',
      },
    },
  ],
});
