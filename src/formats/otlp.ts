import { defineFormat } from './define.js';

export default defineFormat({
  id: 'otlp',
  title: 'OpenTelemetry traces (OTLP JSON): spans of servers, and of clients that call an issuer',
  docs: 'https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding',
  stamped: 'start',
  layout: {
    kind: 'json',
    needs: [['otlp=span', 'otlp=other']],
    skip: [{ otlp: 'other' }],
    fields: {
      startUs: { slot: 'time', as: 'time-epoch' },
      durationNs: { slot: 'duration', as: 'nanoseconds' },
      method: { slot: 'method', as: 'text' },
      path: { slot: 'path', as: 'text' },
      host: { slot: 'host', as: 'text' },
      status: { slot: 'status', as: 'number' },
      client: { slot: 'client', as: 'text' },
      agent: { slot: 'userAgent', as: 'text' },
      traceId: { slot: 'traceId', as: 'text' },
      requestSpan: { slot: 'requestId', as: 'text' },
      service: { slot: 'route', as: 'text' },
      writer: { slot: 'writer', as: 'text' },
    },
  },
  samples: [
    {
      line: '{"otlp":"span","startUs":1772446530124000,"durationNs":14500000,"method":"POST","path":"/oauth2/token","host":"auth.example.com","status":200,"traceId":"7c1e9a04b5d24f6f8a3b2c1d0e9f8a7b","service":"orders-gw"}',
      gives: {
        time: 1772446530124,
        timeAt: 'start',
        method: 'POST',
        path: '/oauth2/token',
        host: 'auth.example.com',
        status: 200,
        durationMs: 14.5,
        traceId: '7c1e9a04b5d24f6f8a3b2c1d0e9f8a7b',
        route: 'orders-gw',
      },
    },
  ],
});
