import { defineFormat } from './define.js';

/** Only a miss, an expired token, a renewal and what is never cached asked the provider. */
const words = {
  hit: 'hit',
  miss: 'miss',
  expired: 'expired',
  // Waited for the fetch of another request.
  collapsed: 'hit',
  stale: 'stale',
  // A failure that was remembered, or a refusal: the provider was not asked, and there was no token either.
  negative: 'none',
  refused: 'none',
  bypass: 'bypass',
  // Asked by the loopback itself; the requests of clients have lines of their own.
  refresh: 'revalidated',
} as const;

/** What `token-tax loopback --log` writes: one line per exchange, when it is over; the time is when the request arrived. */
export default defineFormat({
  id: 'token-tax-loopback',
  title: 'Token cache of token-tax loopback',
  docs: 'https://datatracker.ietf.org/doc/html/rfc9211',
  stamped: 'start',
  layout: {
    kind: 'json',
    needs: [['recorder=token-tax-loopback']],
    fields: {
      time: { slot: 'time', as: 'time-iso' },
      duration_ms: { slot: 'duration', as: 'milliseconds' },
      status: { slot: 'status', as: 'number' },
      bytes: { slot: 'bytes', as: 'number' },
      method: { slot: 'method', as: 'text' },
      host: { slot: 'host', as: 'text' },
      path: { slot: 'path', as: 'text' },
      remote: { slot: 'client', as: 'text' },
      client_id: { slot: 'clientId', as: 'text' },
      grant_type: { slot: 'grantType', as: 'text' },
      scope: { slot: 'scope', as: 'text' },
      audience: { slot: 'audience', as: 'text' },
      expires_in: { slot: 'expiresIn', as: 'number' },
      cache: { slot: 'cache', as: 'text', words },
      request_id: { slot: 'requestId', as: 'text' },
      traceparent: { slot: 'traceId', as: 'text' },
      user_agent: { slot: 'userAgent', as: 'text' },
    },
  },
  samples: [
    {
      line: '{"recorder":"token-tax-loopback","time":"2026-03-02T10:15:30.123Z","method":"POST","host":"127.0.0.1:9000","path":"/oauth2/token","status":200,"duration_ms":14.25,"bytes":512,"remote":"127.0.0.1:51888","connection":3,"client_id":"orders-gw","grant_type":"client_credentials","scope":"orders.read","expires_in":3600,"cache":"miss","user_agent":"orders-gw/4.2"}',
      gives: {
        time: 1772446530123,
        timeAt: 'start',
        method: 'POST',
        path: '/oauth2/token',
        host: '127.0.0.1:9000',
        status: 200,
        bytes: 512,
        durationMs: 14.25,
        client: '127.0.0.1',
        identity: 'orders-gw',
        userAgent: 'orders-gw/4.2',
        scope: 'orders.read',
        grantType: 'client_credentials',
        expiresIn: 3600,
        cache: 'miss',
      },
    },
    {
      line: '{"recorder":"token-tax-loopback","time":"2026-03-02T10:15:31.000Z","method":"POST","host":"127.0.0.1:9000","path":"/oauth2/token","status":200,"duration_ms":0.4,"bytes":210,"remote":"127.0.0.1:51890","connection":4,"cache":"collapsed"}',
      gives: {
        time: 1772446531000,
        timeAt: 'start',
        method: 'POST',
        path: '/oauth2/token',
        host: '127.0.0.1:9000',
        status: 200,
        bytes: 210,
        durationMs: 0.4,
        client: '127.0.0.1',
        cache: 'hit',
      },
    },
    {
      line: '{"recorder":"token-tax-loopback","time":"2026-03-02T11:03:30.000Z","method":"POST","host":"127.0.0.1:9000","path":"/oauth2/token","status":200,"duration_ms":31.5,"bytes":512,"remote":"127.0.0.1:51890","connection":4,"expires_in":3600,"cache":"refresh"}',
      gives: {
        time: 1772449410000,
        timeAt: 'start',
        method: 'POST',
        path: '/oauth2/token',
        host: '127.0.0.1:9000',
        status: 200,
        bytes: 512,
        durationMs: 31.5,
        client: '127.0.0.1',
        expiresIn: 3600,
        cache: 'revalidated',
      },
    },
    {
      line: '{"recorder":"token-tax-loopback","time":"2026-03-02T11:04:00.000Z","method":"POST","host":"127.0.0.1:9000","path":"/oauth2/token","status":503,"duration_ms":0.2,"bytes":98,"remote":"127.0.0.1:51890","connection":4,"cache":"negative"}',
      gives: {
        time: 1772449440000,
        timeAt: 'start',
        method: 'POST',
        path: '/oauth2/token',
        host: '127.0.0.1:9000',
        status: 503,
        bytes: 98,
        durationMs: 0.2,
        client: '127.0.0.1',
      },
    },
  ],
});
