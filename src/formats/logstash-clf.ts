import { defineFormat } from './define.js';

/** `host` and `path` are those of the log. The user agent is in quotes of its own, which is no name of one: it is left out. */
export default defineFormat({
  id: 'logstash-clf',
  title: 'Common or combined log format as the grok patterns of Logstash take it apart (COMBINEDAPACHELOG without ECS)',
  docs: 'https://www.elastic.co/docs/reference/logstash/plugins/plugins-filters-grok',
  aliases: ['combinedapachelog'],
  stamped: 'unknown',
  layout: {
    kind: 'json',
    needs: [['clientip'], ['verb'], ['request'], ['response']],
    fields: {
      timestamp: { slot: 'time', as: 'time-any' },
      '@timestamp': { slot: 'time', as: 'time-any' },
      clientip: { slot: 'client', as: 'text' },
      auth: { slot: 'identity', as: 'text' },
      verb: { slot: 'method', as: 'text' },
      request: { slot: 'target', as: 'text' },
      response: { slot: 'status', as: 'number' },
      bytes: { slot: 'bytes', as: 'number' },
    },
  },
  samples: [
    {
      line: '{"@version":"1","@timestamp":"2026-03-02T10:15:31.000Z","host":"web1","path":"/var/log/apache2/access.log","clientip":"10.20.0.7","ident":"-","auth":"orders-gw","timestamp":"02/Mar/2026:10:15:30 +0000","verb":"POST","request":"/oauth2/token?scope=x","httpversion":"1.1","response":"200","bytes":"1184","referrer":"\\"-\\"","agent":"\\"orders-gw/4.2\\""}',
      gives: {
        time: 1772446530000,
        method: 'POST',
        path: '/oauth2/token',
        query: 'scope=x',
        status: 200,
        bytes: 1184,
        client: '10.20.0.7',
        identity: 'orders-gw',
      },
    },
  ],
});
