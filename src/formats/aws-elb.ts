import { defineFormat } from './define.js';

/** Look-alike: the Application Load Balancer writes a type in front, and stamps the end. */
export default defineFormat({
  id: 'aws-elb',
  title: 'AWS Classic Load Balancer',
  docs: 'https://docs.aws.amazon.com/elasticloadbalancing/latest/classic/access-log-collection.html',
  aliases: ['elb'],
  stamped: 'start',
  layout: {
    kind: 'patterns',
    patterns: [
      '$(time iso) $(elb plain) $(client address) $backend $request_s $(upstream_s again)$backend_s $response_s $status $backend_status $received $bytes "$request"$?( "$user_agent" $cipher $protocol)',
    ],
    escapes: 'none',
    fields: {
      time: { slot: 'time', as: 'time-iso' },
      client: { slot: 'client', as: 'text' },
      backend: { slot: 'upstreamAddr', as: 'text' },
      request_s: { slot: 'duration', as: 'seconds' },
      upstream_s: { slot: 'upstream', as: 'seconds', missing: 'unknown' },
      backend_s: { slot: 'durationMore', as: 'seconds' },
      response_s: { slot: 'durationLast', as: 'seconds' },
      bytes: { slot: 'bytes', as: 'number' },
      user_agent: { slot: 'userAgent', as: 'text' },
    },
  },
  samples: [
    {
      line: '2026-03-02T10:15:30.123456Z internal-clb 198.51.100.23:40112 10.30.1.11:8080 0.000021 0.091004 0.000018 200 200 0 5120 "GET http://api.example.com:80/api/orders HTTP/1.1" "orders-web/1.9" - -',
      gives: {
        time: 1772446530123.456,
        timeAt: 'start',
        method: 'GET',
        path: '/api/orders',
        host: 'api.example.com',
        status: 200,
        bytes: 5120,
        durationMs: 91.043,
        upstreamMs: 91.004,
        upstreamAddr: '10.30.1.11:8080',
        client: '198.51.100.23',
        userAgent: 'orders-web/1.9',
      },
    },
    {
      line: '2026-03-02T10:15:31.000000Z internal-clb 10.20.0.7:51888 10.30.1.11:9000 0.000611 0.000052 0.000047 - - 120 448 "- - - " "-" - -',
      gives: { skip: 'no-request' },
    },
    {
      line: '2026-03-02T10:15:30.123456Z internal-clb 198.51.100.23:40112 10.30.1.11:8080 0.000021 0.091004 0.000018 200 200 0 5120 "GET http://api.example.com:80/api/orders HTTP/1.1"',
      gives: {
        time: 1772446530123.456,
        timeAt: 'start',
        method: 'GET',
        path: '/api/orders',
        host: 'api.example.com',
        status: 200,
        bytes: 5120,
        durationMs: 91.043,
        upstreamMs: 91.004,
        upstreamAddr: '10.30.1.11:8080',
        client: '198.51.100.23',
      },
    },
  ],
});
