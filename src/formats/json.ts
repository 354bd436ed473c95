import { defineFormat } from './define.js';

/**
 * Any JSON log whose fields carry usual names. The field map is made from the keys that a file really has (`json-fields.ts`), so
 * the layout here is only what tells the format from the others.
 */
export default defineFormat({
  id: 'json',
  title: 'JSON lines with usual field names, or mapped with --map',
  docs: 'https://jsonlines.org/',
  stamped: 'unknown',
  layout: { kind: 'json', fields: {}, needs: [] },
  samples: [
    {
      line: '{"ts":"2026-03-02T10:15:30.123Z","method":"POST","path":"/oauth2/token","status":200,"duration_ms":14,"client_ip":"10.20.0.7","client_id":"orders-gw"}',
      gives: {
        time: 1772446530123,
        method: 'POST',
        path: '/oauth2/token',
        status: 200,
        durationMs: 14,
        client: '10.20.0.7',
        identity: 'orders-gw',
      },
    },
    {
      line: '{"time":1772446530.5,"http":{"request":{"method":"GET"},"response":{"status_code":200}},"url":{"original":"/api/orders?x=1"},"latency":"1.5s"}',
      gives: { time: 1772446530500, method: 'GET', path: '/api/orders', query: 'x=1', status: 200, durationMs: 1500 },
    },
    { line: '{"ts":"2026-03-02T10:15:30Z","msg":"started worker"}', gives: { skip: 'no-request' } },
  ],
});
