import { defineFormat } from './define.js';

export default defineFormat({
  id: 'tyk',
  title: 'Tyk Gateway access log, JSON',
  docs: 'https://tyk.io/docs/api-management/logs-metrics/',
  aliases: ['tyk-json'],
  stamped: 'end',
  layout: {
    kind: 'json',
    needs: [['prefix=access-log'], ['latency_total']],
    fields: {
      time: { slot: 'time', as: 'time-any' },
      latency_total: { slot: 'duration', as: 'milliseconds' },
      upstream_latency: { slot: 'upstream', as: 'milliseconds' },
      status: { slot: 'status', as: 'number' },
      method: { slot: 'method', as: 'text' },
      original_path: { slot: 'target', as: 'text' },
      path: { slot: 'target', as: 'text' },
      host: { slot: 'host', as: 'text' },
      client_ip: { slot: 'client', as: 'text' },
      remote_addr: { slot: 'client', as: 'text' },
      // The key itself, where the gateway neither hashes nor masks it: only a masked one is taken.
      api_key: { slot: 'identity', as: 'text', masked: true },
      user_agent: { slot: 'userAgent', as: 'text' },
      trace_id: { slot: 'traceId', as: 'text' },
      api_id: { slot: 'route', as: 'text' },
      upstream_addr: { slot: 'upstreamAddr', as: 'text' },
    },
  },
  samples: [
    {
      line: '{"api_id":"orders","api_key":"****9f2c","client_ip":"198.51.100.23","host":"api.example.com","latency_gateway":121,"latency_total":212,"level":"info","message":"","method":"GET","path":"/api/orders","prefix":"access-log","protocol":"HTTP/1.1","remote_addr":"198.51.100.23:40112","status":200,"time":"2026-03-02T10:15:30Z","upstream_addr":"https://10.30.1.11:8443/api/orders","upstream_latency":91,"user_agent":"orders-web/1.9"}',
      gives: {
        time: 1772446530000,
        timeAt: 'end',
        method: 'GET',
        path: '/api/orders',
        host: 'api.example.com',
        status: 200,
        durationMs: 212,
        upstreamMs: 91,
        upstreamAddr: 'https://10.30.1.11:8443/api/orders',
        client: '198.51.100.23',
        identity: '****9f2c',
        userAgent: 'orders-web/1.9',
        route: 'orders',
      },
    },
  ],
});
