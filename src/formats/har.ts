import { defineFormat } from './define.js';

export default defineFormat({
  id: 'har',
  title: 'HAR capture (mitmproxy, browsers, Charles, Fiddler)',
  docs: 'https://w3c.github.io/web-performance/specs/HAR/Overview.html',
  stamped: 'start',
  layout: {
    kind: 'json',
    needs: [['startedDateTime'], ['request.url']],
    fields: {
      startedDateTime: { slot: 'time', as: 'time-iso' },
      time: { slot: 'duration', as: 'milliseconds' },
      wait: { slot: 'upstream', as: 'milliseconds' },
      'request.method': { slot: 'method', as: 'text' },
      'request.url': [
        { slot: 'target', as: 'text' },
        { slot: 'host', as: 'text', part: 'host' },
      ],
      'request.userAgent': { slot: 'userAgent', as: 'text' },
      'response.status': { slot: 'status', as: 'number' },
      'response.bodySize': { slot: 'bytes', as: 'number' },
      serverIPAddress: { slot: 'upstreamAddr', as: 'text' },
    },
  },
  samples: [
    {
      line: '{"startedDateTime":"2026-03-02T11:15:30.123+01:00","time":14.5,"request":{"method":"POST","url":"https://auth.example.com/oauth2/token","userAgent":"orders-gw/4.2"},"response":{"status":200,"bodySize":1184},"wait":13,"serverIPAddress":"10.30.1.11"}',
      gives: {
        time: 1772446530123,
        timeAt: 'start',
        method: 'POST',
        path: '/oauth2/token',
        host: 'auth.example.com',
        status: 200,
        bytes: 1184,
        durationMs: 14.5,
        upstreamMs: 13,
        upstreamAddr: '10.30.1.11',
        userAgent: 'orders-gw/4.2',
      },
    },
  ],
});
