import { defineFormat, type Field } from './define.js';

const fields: Record<string, Field> = {
  timestamp: { slot: 'time', as: 'time-any' },
  'latency.total': { slot: 'duration', as: 'milliseconds' },
  request_time: { slot: 'duration', as: 'milliseconds' },
  'latency.upstream': { slot: 'upstream', as: 'milliseconds' },
  response_code: { slot: 'status', as: 'number' },
  method: { slot: 'method', as: 'text' },
  // `path` may have its ids replaced.
  raw_path: { slot: 'target', as: 'text' },
  path: { slot: 'target', as: 'text' },
  host: { slot: 'host', as: 'text' },
  ip_address: { slot: 'client', as: 'text' },
  oauth_id: { slot: 'clientId', as: 'text' },
  alias: { slot: 'identity', as: 'text' },
  // The key itself, where the gateway neither hashes nor masks it: only a masked one is taken.
  api_key: { slot: 'identity', as: 'text', masked: true },
  user_agent: { slot: 'userAgent', as: 'text' },
  api_id: { slot: 'route', as: 'text' },
};

/** The pump to standard output puts the record into an object. */
const WRAPPED = 'tyk-analytics-record';

export default defineFormat({
  id: 'tyk-analytics',
  title: 'Tyk analytics records, from a pump',
  docs: 'https://tyk.io/docs/api-management/tyk-pump/',
  stamped: 'end',
  layout: {
    kind: 'json',
    needs: [
      ['api_id', `${WRAPPED}.api_id`],
      ['org_id', `${WRAPPED}.org_id`],
      ['latency.total', `${WRAPPED}.method`],
    ],
    fields: {
      ...fields,
      ...Object.fromEntries(Object.entries(fields).map(([path, field]) => [`${WRAPPED}.${path}`, field])),
    },
  },
  samples: [
    {
      line: '{"method":"GET","host":"api.example.com","path":"/api/orders","raw_path":"/api/orders","content_length":0,"user_agent":"orders-web/1.9","day":2,"month":3,"year":2026,"hour":10,"response_code":200,"api_key":"a1b2c3d4","timestamp":"2026-03-02T10:15:30.335Z","api_version":"Non Versioned","api_name":"orders","api_id":"orders","org_id":"org1","oauth_id":"orders-client","request_time":212,"raw_request":"","raw_response":"","ip_address":"198.51.100.23","latency":{"total":212,"upstream":91,"gateway":121},"tags":[],"alias":"orders-web","track_path":false,"expireAt":"2026-03-09T10:15:30.335Z"}',
      gives: {
        time: 1772446530335,
        timeAt: 'end',
        method: 'GET',
        path: '/api/orders',
        host: 'api.example.com',
        status: 200,
        durationMs: 212,
        upstreamMs: 91,
        client: '198.51.100.23',
        identity: 'orders-client',
        userAgent: 'orders-web/1.9',
        route: 'orders',
      },
    },
    {
      line: '{"tyk-analytics-record":{"method":"POST","host":"auth.example.com","path":"/oauth2/token","raw_path":"/oauth2/token","user_agent":"orders-gw/4.2","response_code":200,"api_key":"a1b2c3d4","timestamp":"2026-03-02T10:15:31Z","api_id":"auth","org_id":"org1","request_time":14,"ip_address":"10.20.0.7","latency":{"total":14,"upstream":13,"gateway":1},"alias":""}}',
      gives: {
        time: 1772446531000,
        timeAt: 'end',
        method: 'POST',
        path: '/oauth2/token',
        host: 'auth.example.com',
        status: 200,
        durationMs: 14,
        upstreamMs: 13,
        client: '10.20.0.7',
        userAgent: 'orders-gw/4.2',
        route: 'auth',
      },
    },
  ],
});
