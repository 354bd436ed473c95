import { defineFormat } from './define.js';

export default defineFormat({
  id: 'gcp-lb',
  title: 'Google Cloud load balancer (LogEntry with httpRequest)',
  docs: 'https://cloud.google.com/load-balancing/docs/https/https-logging-monitoring',
  stamped: 'unknown',
  layout: {
    kind: 'json',
    needs: [['httpRequest.requestUrl']],
    fields: {
      timestamp: { slot: 'time', as: 'time-iso' },
      'httpRequest.latency': { slot: 'duration', as: 'seconds-or-unit' },
      'httpRequest.status': { slot: 'status', as: 'number' },
      'httpRequest.responseSize': { slot: 'bytes', as: 'number' },
      'httpRequest.requestMethod': { slot: 'method', as: 'text' },
      'httpRequest.requestUrl': { slot: 'target', as: 'text' },
      'httpRequest.remoteIp': { slot: 'client', as: 'text' },
      'httpRequest.userAgent': { slot: 'userAgent', as: 'text' },
      trace: { slot: 'traceId', as: 'text', part: 'last-segment' },
      'resource.labels.backend_service_name': { slot: 'route', as: 'text' },
      // False is left out: looked up, and no hit.
      'httpRequest.cacheValidatedWithOriginServer': { slot: 'cache', as: 'text', words: { true: 'revalidated' } },
      'httpRequest.cacheHit': { slot: 'cache', as: 'text', words: { true: 'hit' } },
      'httpRequest.cacheLookup': { slot: 'cache', as: 'text', words: { true: 'miss' } },
      'httpRequest.serverIp': { slot: 'upstreamAddr', as: 'text' },
    },
  },
  samples: [
    {
      line: '{"httpRequest":{"requestMethod":"GET","requestUrl":"https://api.example.com/api/orders?limit=50","requestSize":"410","status":200,"responseSize":"5342","userAgent":"orders-web/1.9","remoteIp":"198.51.100.23:40112","serverIp":"10.30.1.11","latency":"0.212345s","protocol":"HTTP/2","cacheLookup":true},"insertId":"abc1","jsonPayload":{"@type":"type.googleapis.com/google.cloud.loadbalancing.type.LoadBalancerLogEntry","statusDetails":"response_sent_by_backend"},"logName":"projects/p/logs/requests","receiveTimestamp":"2026-03-02T10:15:31.123456789Z","resource":{"labels":{"backend_service_name":"orders","forwarding_rule_name":"fr","project_id":"p","url_map_name":"um","zone":"global"},"type":"http_load_balancer"},"severity":"INFO","spanId":"18273645f0e1d2c3","timestamp":"2026-03-02T10:15:30.123456Z","trace":"projects/p/traces/7c1e9a04b5d24f6f8a3b2c1d0e9f8a7b"}',
      gives: {
        time: 1772446530123.456,
        method: 'GET',
        path: '/api/orders',
        query: 'limit=50',
        host: 'api.example.com',
        status: 200,
        bytes: 5342,
        durationMs: 212.345,
        upstreamAddr: '10.30.1.11',
        client: '198.51.100.23',
        userAgent: 'orders-web/1.9',
        traceId: '7c1e9a04b5d24f6f8a3b2c1d0e9f8a7b',
        route: 'orders',
        cache: 'miss',
      },
    },
    {
      line: '{"httpRequest":{"requestMethod":"GET","requestUrl":"https://api.example.com/api/catalog","status":200,"responseSize":"880","remoteIp":"198.51.100.23","latency":"0.001s","cacheLookup":true,"cacheHit":true},"jsonPayload":{"@type":"type.googleapis.com/google.cloud.loadbalancing.type.LoadBalancerLogEntry","statusDetails":"response_from_cache"},"timestamp":"2026-03-02T10:15:31Z"}',
      gives: {
        time: 1772446531000,
        method: 'GET',
        path: '/api/catalog',
        host: 'api.example.com',
        status: 200,
        bytes: 880,
        durationMs: 1,
        client: '198.51.100.23',
        cache: 'hit',
      },
    },
  ],
});
