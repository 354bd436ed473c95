import { defineFormat } from './define.js';

export default defineFormat({
  id: 'hydra',
  title: 'Ory Hydra and other Ory servers, JSON',
  docs: 'https://www.ory.com/docs/self-hosted/operations/logging',
  aliases: ['ory'],
  stamped: 'end',
  layout: {
    kind: 'json',
    needs: [['http_request.method'], ['http_response.status', 'msg=started handling request'], ['msg']],
    // Every request has two records.
    skip: [{ msg: 'started handling request' }],
    fields: {
      time: { slot: 'time', as: 'time-any' },
      'http_response.took': { slot: 'duration', as: 'nanoseconds-or-unit' },
      'http_response.status': { slot: 'status', as: 'number' },
      'http_response.size': { slot: 'bytes', as: 'number' },
      'http_request.method': { slot: 'method', as: 'text' },
      'http_request.path': { slot: 'path', as: 'text' },
      'http_request.query': { slot: 'query', as: 'text' },
      'http_request.host': { slot: 'host', as: 'text' },
      'http_request.remote': { slot: 'client', as: 'text' },
      'http_request.headers.user-agent': { slot: 'userAgent', as: 'text' },
      'http_request.headers.x-request-id': { slot: 'requestId', as: 'text' },
      'http_request.headers.x-forwarded-for': { slot: 'forwardedFor', as: 'text' },
      'otel.trace_id': { slot: 'traceId', as: 'text' },
    },
  },
  samples: [
    {
      line: '{"audience":"application","http_request":{"headers":{"user-agent":"orders-gw/4.2"},"host":"auth.example.com","method":"POST","path":"/oauth2/token","query":null,"remote":"10.20.0.7:51888","scheme":"http"},"level":"info","msg":"started handling request","time":"2026-03-02T10:15:30Z"}',
      gives: { skip: 'no-request' },
    },
    {
      line: '{"audience":"application","http_request":{"headers":{"user-agent":"orders-gw/4.2"},"host":"auth.example.com","method":"POST","path":"/oauth2/token","query":null,"remote":"10.20.0.7:51888","scheme":"http"},"http_response":{"headers":{},"size":1184,"status":200,"text_status":"OK","took":14250000},"level":"info","msg":"completed handling request","otel":{"trace_id":"7c1e9a04b5d24f6f8a3b2c1d0e9f8a7b","span_id":"a1b2c3d4e5f60718"},"time":"2026-03-02T10:15:30Z"}',
      gives: {
        time: 1772446530000,
        timeAt: 'end',
        method: 'POST',
        path: '/oauth2/token',
        host: 'auth.example.com',
        status: 200,
        bytes: 1184,
        durationMs: 14.25,
        client: '10.20.0.7',
        userAgent: 'orders-gw/4.2',
        traceId: '7c1e9a04b5d24f6f8a3b2c1d0e9f8a7b',
      },
    },
    {
      line: '{"http_request":{"headers":{"user-agent":["orders-gw/4.2"]},"host":"auth.example.com","method":"POST","path":"/oauth2/token","query":null,"remote":"10.20.0.7:51888"},"http_response":{"size":98,"status":401,"took":"1m20.5s"},"level":"info","msg":"completed handling request","time":"2026-03-02T10:15:31Z"}',
      gives: {
        time: 1772446531000,
        timeAt: 'end',
        method: 'POST',
        path: '/oauth2/token',
        host: 'auth.example.com',
        status: 401,
        bytes: 98,
        durationMs: 80500,
        client: '10.20.0.7',
        userAgent: 'orders-gw/4.2',
      },
    },
  ],
});
