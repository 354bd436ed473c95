import { defineFormat } from './define.js';

/** Look-alikes: every Go service that logs through Gin, not only KrakenD. Lines of [GIN-debug] are no requests. */
export default defineFormat({
  id: 'gin',
  title: 'Gin, as KrakenD and other Go services use it',
  docs: 'https://gin-gonic.com/en/docs/logging/',
  aliases: ['krakend'],
  stamped: 'end',
  layout: {
    kind: 'patterns',
    patterns: [
      '[GIN] $time |$(status padded) |$(took padded) |$(client padded) |$(method padded) "$target"',
      '[GIN] $time |$(status padded) |$(took padded) |$(client padded) |$(method padded) $(target padded plain)',
      '[GIN-debug] $message',
      '[KRAKEND] $message',
      '$(day plain) $(clock plain) KRAKEND $(level plain) $message',
    ],
    fields: {
      time: { slot: 'time', as: 'time-slashed' },
      took: { slot: 'duration', as: 'duration-unit' },
      client: { slot: 'client', as: 'text' },
      method: { slot: 'method', as: 'text' },
      // Gin has decoded it.
      target: { slot: 'target', as: 'decoded' },
    },
  },
  samples: [
    {
      line: '[GIN] 2026/03/02 - 10:15:30 | 200 |  91.23ms |   198.51.100.23 | POST     "/oauth2/token"',
      gives: {
        time: 1772446530000,
        timeAt: 'end',
        method: 'POST',
        path: '/oauth2/token',
        status: 200,
        durationMs: 91.23,
        client: '198.51.100.23',
      },
    },
    {
      line: '[GIN] 2026/03/02 - 10:15:31 | 200 |    850µs |       10.20.0.7 | GET      "/api/orders?limit=50"',
      gives: {
        time: 1772446531000,
        timeAt: 'end',
        method: 'GET',
        path: '/api/orders',
        query: 'limit=50',
        status: 200,
        durationMs: 0.85,
        client: '10.20.0.7',
      },
    },
    {
      line: '[GIN] 2026/03/02 - 10:16:51 | 504 |    1m20s |       10.20.0.7 | GET      "/api/orders"',
      gives: {
        time: 1772446611000,
        timeAt: 'end',
        method: 'GET',
        path: '/api/orders',
        status: 504,
        durationMs: 80000,
        client: '10.20.0.7',
      },
    },
    {
      line: '[GIN] 2026/03/02 - 10:15:30 | 200 |     91.23ms |   198.51.100.23 |  POST    /oauth2/token',
      gives: {
        time: 1772446530000,
        timeAt: 'end',
        method: 'POST',
        path: '/oauth2/token',
        status: 200,
        durationMs: 91.23,
        client: '198.51.100.23',
      },
    },
    { line: '[GIN-debug] GET    /healthz                  --> main.main.func1 (3 handlers)', gives: { skip: 'no-request' } },
    {
      line: '[GIN] 2026/03/02 - 10:15:30 | 404 |   12.5µs |   198.51.100.23 | GET      "/api/orders/1) AND (2=2?limit=50"',
      gives: {
        time: 1772446530000,
        timeAt: 'end',
        method: 'GET',
        path: '/api/orders/1) AND (2=2',
        query: 'limit=50',
        status: 404,
        durationMs: 0.013,
        client: '198.51.100.23',
      },
    },
    {
      line: '[KRAKEND] 2026/03/02 - 10:15:30.123 DEBUG [ENDPOINT: /api/orders] Building the proxy pipe',
      gives: { skip: 'no-request' },
    },
    { line: '2026/03/02 10:15:30 KRAKEND INFO: Starting the KrakenD instance', gives: { skip: 'no-request' } },
  ],
});
