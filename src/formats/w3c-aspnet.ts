import { defineFormat } from './define.js';

export default defineFormat({
  id: 'w3c-aspnet',
  title: 'W3C log of ASP.NET Core (YARP): columns as #Fields: names them',
  docs: 'https://learn.microsoft.com/aspnet/core/fundamentals/w3c-logger/',
  stamped: 'start',
  layout: {
    kind: 'json',
    needs: [['w3c=aspnet']],
    skip: [{ w3c: 'directive' }],
    fields: {
      time: { slot: 'time', as: 'time-iso' },
      taken: { slot: 'duration', as: 'duration-unit' },
      status: { slot: 'status', as: 'number' },
      bytes: { slot: 'bytes', as: 'number' },
      method: { slot: 'method', as: 'text' },
      path: { slot: 'path', as: 'text' },
      query: { slot: 'query', as: 'text' },
      host: { slot: 'host', as: 'text' },
      client: { slot: 'client', as: 'text' },
      user: { slot: 'identity', as: 'text' },
      agent: { slot: 'userAgent', as: 'text' },
      forwarded: { slot: 'forwardedFor', as: 'text' },
    },
  },
  samples: [
    {
      line: '{"w3c":"aspnet","time":"2026-03-02T10:15:30Z","method":"POST","path":"/oauth2/token","status":"200","taken":"14ms","client":"10.20.0.7","agent":"orders-gw/4.2 (linux)"}',
      gives: {
        time: 1772446530000,
        timeAt: 'start',
        method: 'POST',
        path: '/oauth2/token',
        status: 200,
        durationMs: 14,
        client: '10.20.0.7',
        userAgent: 'orders-gw/4.2 (linux)',
      },
    },
  ],
});
