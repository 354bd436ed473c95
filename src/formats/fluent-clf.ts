import { defineFormat } from './define.js';

/** Look-alikes: JSON of others with the same usual names, in which `host` is a host. In that of the apache parsers it is the caller. */
export default defineFormat({
  id: 'fluent-clf',
  title: 'Common or combined log format as the parsers of Fluent Bit and Fluentd take it apart (apache, apache2, nginx)',
  docs: 'https://docs.fluentbit.io/manual/data-pipeline/parsers/regular-expression',
  aliases: ['fluentd-apache', 'fluentd-nginx'],
  stamped: 'unknown',
  layout: {
    kind: 'json',
    needs: [['host', 'remote'], ['method'], ['path'], ['code'], ['size']],
    fields: {
      time: { slot: 'time', as: 'time-any' },
      '@timestamp': { slot: 'time', as: 'time-any' },
      date: { slot: 'time', as: 'time-any' },
      timestamp: { slot: 'time', as: 'time-any' },
      remote: { slot: 'client', as: 'text' },
      host: { slot: 'client', as: 'text' },
      user: { slot: 'identity', as: 'text' },
      method: { slot: 'method', as: 'text' },
      path: { slot: 'target', as: 'text' },
      code: { slot: 'status', as: 'number' },
      size: { slot: 'bytes', as: 'number' },
      agent: { slot: 'userAgent', as: 'text' },
      http_x_forwarded_for: { slot: 'forwardedFor', as: 'text' },
    },
  },
  samples: [
    {
      line: '{"date":1772446530.0,"host":"10.20.0.7","user":"orders-gw","method":"POST","path":"/oauth2/token?scope=x","code":"200","size":"1184","referer":"-","agent":"orders-gw/4.2"}',
      gives: {
        time: 1772446530000,
        method: 'POST',
        path: '/oauth2/token',
        query: 'scope=x',
        status: 200,
        bytes: 1184,
        client: '10.20.0.7',
        identity: 'orders-gw',
        userAgent: 'orders-gw/4.2',
      },
    },
    {
      line: '{"@timestamp":"2026-03-02T10:15:30.000Z","remote":"10.20.0.7","host":"-","user":"-","method":"POST","path":"/oauth2/token","code":"200","size":"1184","referer":"-","agent":"orders-gw/4.2","http_x_forwarded_for":"-"}',
      gives: {
        time: 1772446530000,
        method: 'POST',
        path: '/oauth2/token',
        status: 200,
        bytes: 1184,
        client: '10.20.0.7',
        userAgent: 'orders-gw/4.2',
      },
    },
  ],
});
