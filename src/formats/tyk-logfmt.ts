import { defineFormat, type JsonLayout } from './define.js';
import tyk from './tyk.js';

export default defineFormat({
  id: 'tyk-logfmt',
  title: 'Tyk Gateway access log, logfmt',
  docs: tyk.docs,
  stamped: 'end',
  layout: { ...(tyk.layout as JsonLayout), written: 'logfmt' },
  samples: [
    {
      line: 'time="2026-03-02T10:15:30Z" level=info api_id=orders api_key="****9f2c" api_name=orders client_ip=198.51.100.23 host=api.example.com latency_gateway=121 latency_total=212 method=GET original_path=/orders/api/orders path=/api/orders prefix=access-log protocol=HTTP/1.1 remote_addr="198.51.100.23:40112" status=200 trace_id=7c1e9a04b5d24f6f8a3b2c1d0e9f8a7b upstream_addr="https://10.30.1.11:8443/api/orders" upstream_latency=91 user_agent=orders-web/1.9',
      gives: {
        time: 1772446530000,
        timeAt: 'end',
        method: 'GET',
        path: '/orders/api/orders',
        host: 'api.example.com',
        status: 200,
        durationMs: 212,
        upstreamMs: 91,
        upstreamAddr: 'https://10.30.1.11:8443/api/orders',
        client: '198.51.100.23',
        identity: '****9f2c',
        userAgent: 'orders-web/1.9',
        traceId: '7c1e9a04b5d24f6f8a3b2c1d0e9f8a7b',
        route: 'orders',
      },
    },
    {
      line: 'time="2026-03-02T10:15:30Z" level=info api_id=orders api_key=b3JkZXJzLXdlYjphbnl0aGluZw api_name=orders client_ip=198.51.100.23 host=api.example.com latency_gateway=121 latency_total=212 method=GET original_path=/orders/api/orders path=/api/orders prefix=access-log protocol=HTTP/1.1 remote_addr="198.51.100.23:40112" status=200 trace_id=7c1e9a04b5d24f6f8a3b2c1d0e9f8a7b upstream_addr="https://10.30.1.11:8443/api/orders" upstream_latency=91 user_agent=orders-web/1.9',
      gives: {
        time: 1772446530000,
        timeAt: 'end',
        method: 'GET',
        path: '/orders/api/orders',
        host: 'api.example.com',
        status: 200,
        durationMs: 212,
        upstreamMs: 91,
        upstreamAddr: 'https://10.30.1.11:8443/api/orders',
        client: '198.51.100.23',
        userAgent: 'orders-web/1.9',
        traceId: '7c1e9a04b5d24f6f8a3b2c1d0e9f8a7b',
        route: 'orders',
      },
    },
    {
      line: 'time="2026-03-02T10:15:30Z" level=info msg="API reload complete" prefix=main',
      gives: { skip: 'no-request' },
    },
  ],
});
