import { defineFormat, type Field } from './define.js';
import { nginxVariables } from './variables.js';

/** Keys that are named like the variable they hold, and `time`, which most configurations use for $time_iso8601. */
const fields: Record<string, Field> = {
  // The only one with milliseconds.
  msec: { slot: 'time', as: 'time-epoch' },
  ...nginxVariables,
  // As dashboards of Grafana and others want it.
  upstream: { slot: 'upstreamAddr', as: 'text', list: true },
  time: { slot: 'time', as: 'time-any' },
  timestamp: { slot: 'time', as: 'time-any' },
};

export default defineFormat({
  id: 'nginx-json',
  title: 'nginx JSON (escape=json) with keys named like the variables',
  docs: 'https://nginx.org/en/docs/http/ngx_http_log_module.html#log_format',
  stamped: 'end',
  layout: {
    kind: 'json',
    fields,
    needs: [
      ['request', 'request_uri', 'uri'],
      ['request_time', 'upstream_response_time', 'body_bytes_sent', 'time_iso8601', 'msec', 'upstream_cache_status'],
      ['remote_addr', 'status'],
    ],
  },
  samples: [
    {
      line: '{"time":"2026-03-02T11:15:30+01:00","remote_addr":"198.51.100.23","remote_user":"orders-web","request_method":"GET","request_uri":"/api/orders?limit=50","status":200,"body_bytes_sent":5120,"request_time":0.212,"upstream_addr":"10.30.1.11:8443","upstream_response_time":"0.091","upstream_cache_status":"MISS","http_user_agent":"orders-web/1.9","request_id":"9f2c1a7be04d4c53a1f0de5b8c6a7712"}',
      gives: {
        time: 1772446530000,
        timeAt: 'end',
        method: 'GET',
        path: '/api/orders',
        query: 'limit=50',
        status: 200,
        bytes: 5120,
        durationMs: 212,
        upstreamMs: 91,
        upstreamAddr: '10.30.1.11:8443',
        client: '198.51.100.23',
        identity: 'orders-web',
        userAgent: 'orders-web/1.9',
        requestId: '9f2c1a7be04d4c53a1f0de5b8c6a7712',
        cache: 'miss',
      },
    },
    {
      line: '{"msec":"1772446531.123","remote_addr":"10.20.0.7","request":"POST /oauth2/token HTTP/1.1","status":"200","request_time":"0.514","upstream_addr":"10.30.1.11:8443, 10.30.1.12:8443","upstream_response_time":"0.501, 0.011","upstream_cache_status":"","host":"auth.example.com"}',
      gives: {
        time: 1772446531123,
        timeAt: 'end',
        method: 'POST',
        path: '/oauth2/token',
        host: 'auth.example.com',
        status: 200,
        durationMs: 514,
        upstreamMs: 512,
        upstreamAddr: '10.30.1.12:8443',
        client: '10.20.0.7',
      },
    },
    {
      line: '{"msec":"1772446532.000","remote_addr":"10.20.0.7","request":"GET /healthz HTTP/1.1","status":200,"request_time":0.000,"upstream_response_time":}',
      gives: { skip: 'invalid' },
    },
  ],
});
