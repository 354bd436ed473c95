import { defineFormat } from './define.js';

/** As `json`: the field map is made from the keys that a file really has. */
export default defineFormat({
  id: 'logfmt',
  title: 'logfmt (key=value) with usual field names, or mapped with --map',
  docs: 'https://brandur.org/logfmt',
  stamped: 'unknown',
  layout: {
    kind: 'json',
    written: 'logfmt',
    fields: {},
    needs: [
      ['method', 'http_method', 'request_method', 'verb'],
      ['path', 'uri', 'url', 'target', 'request_uri', 'request_path', 'request'],
    ],
  },
  samples: [
    {
      line: 'time="2026-03-02T10:15:30.123Z" level=info msg="request done" method=POST path=/oauth2/token status=200 duration=14.5ms remote_addr=10.20.0.7:51888 client_id=orders-gw user_agent="orders-gw/4.2 \\"probe\\""',
      gives: {
        time: 1772446530123,
        method: 'POST',
        path: '/oauth2/token',
        status: 200,
        durationMs: 14.5,
        client: '10.20.0.7',
        identity: 'orders-gw',
        userAgent: 'orders-gw/4.2 "probe"',
      },
    },
    {
      line: 'ts=1772446531.5 method=GET uri="/api/orders?limit=50" status=200 duration_ms=212 request_id=9f2c1a7b',
      gives: {
        time: 1772446531500,
        method: 'GET',
        path: '/api/orders',
        query: 'limit=50',
        status: 200,
        durationMs: 212,
        requestId: '9f2c1a7b',
      },
    },
    { line: 'ts=1772446531.5 level=info msg="started worker" method= path=""', gives: { skip: 'no-request' } },
    { line: 'ts=1772446531.5 method=GET path="/api/orders status=200', gives: { skip: 'invalid' } },
  ],
});
