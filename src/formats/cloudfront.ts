import { defineFormat } from './define.js';

export default defineFormat({
  id: 'cloudfront',
  title: 'Amazon CloudFront standard log: columns as #Fields: names them',
  docs: 'https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logs-reference.html',
  stamped: 'end',
  layout: {
    kind: 'json',
    needs: [['w3c=cloudfront']],
    skip: [{ w3c: 'directive' }],
    fields: {
      time: { slot: 'time', as: 'time-iso' },
      taken: { slot: 'duration', as: 'duration-unit' },
      status: { slot: 'status', as: 'number' },
      bytes: { slot: 'bytes', as: 'number' },
      method: { slot: 'method', as: 'text' },
      path: { slot: 'path', as: 'text' },
      query: { slot: 'query', as: 'text' },
      host: { slot: 'host', as: 'text' },
      client: { slot: 'client', as: 'text' },
      agent: { slot: 'userAgent', as: 'text' },
      forwarded: { slot: 'forwardedFor', as: 'text' },
      id: { slot: 'requestId', as: 'text' },
      cache: { slot: 'cache', as: 'text', words: { Hit: 'hit', RefreshHit: 'revalidated', Miss: 'miss' } },
    },
  },
  samples: [
    {
      line: '{"w3c":"cloudfront","time":"2026-03-02T10:15:30Z","method":"GET","path":"/api/orders","query":"limit=50","host":"api.example.com","status":"200","bytes":"5342","taken":"0.212s","client":"198.51.100.23","agent":"orders-web/1.9 (linux)","id":"aBcD1234==","cache":"Miss"}',
      gives: {
        time: 1772446530000,
        timeAt: 'end',
        method: 'GET',
        path: '/api/orders',
        query: 'limit=50',
        host: 'api.example.com',
        status: 200,
        bytes: 5342,
        durationMs: 212,
        client: '198.51.100.23',
        userAgent: 'orders-web/1.9 (linux)',
        requestId: 'aBcD1234==',
        cache: 'miss',
      },
    },
  ],
});
