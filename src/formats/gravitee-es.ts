import { defineFormat, type Field } from './define.js';

const methods = {
  '1': 'CONNECT',
  '2': 'DELETE',
  '3': 'GET',
  '4': 'HEAD',
  '5': 'OPTIONS',
  '6': 'PATCH',
  '7': 'POST',
  '8': 'PUT',
  '9': 'TRACE',
  '*': 'OTHER',
};
const method: Field = { slot: 'method', as: 'text', words: methods };
/** Answered by the gateway. */
const upstream: Field = { slot: 'upstream', as: 'milliseconds', none: ['-1'] };

export default defineFormat({
  id: 'gravitee-es',
  title: 'Gravitee documents for Elasticsearch (v2 and v4 APIs), with or without their index lines',
  docs: 'https://documentation.gravitee.io/apim/analyze-and-monitor-apis/reporters/elasticsearch-reporter',
  stamped: 'unknown',
  layout: {
    kind: 'json',
    needs: [
      ['gateway-latency-ms', 'proxy-latency', 'index._index'],
      ['gateway-response-time-ms', 'response-time', 'index._index'],
    ],
    fields: {
      '@timestamp': { slot: 'time', as: 'time-any' },
      'gateway-response-time-ms': { slot: 'duration', as: 'milliseconds' },
      'response-time': { slot: 'duration', as: 'milliseconds' },
      'endpoint-response-time-ms': upstream,
      'api-response-time': upstream,
      status: { slot: 'status', as: 'number' },
      'response-content-length': { slot: 'bytes', as: 'number' },
      'http-method': method,
      method,
      uri: { slot: 'target', as: 'text' },
      host: { slot: 'host', as: 'text' },
      'remote-address': { slot: 'client', as: 'text' },
      'application-id': { slot: 'clientId', as: 'text' },
      application: { slot: 'clientId', as: 'text' },
      'user-agent': { slot: 'userAgent', as: 'text' },
      'request-id': { slot: 'requestId', as: 'text' },
      _id: { slot: 'requestId', as: 'text' },
      transaction: { slot: 'requestId', as: 'text' },
      'api-id': { slot: 'route', as: 'text' },
      api: { slot: 'route', as: 'text' },
      endpoint: { slot: 'upstreamAddr', as: 'text' },
    },
  },
  samples: [
    {
      line: '{ "index" : { "_index" : "gravitee-v4-metrics-2026.03.02", "_id" : "1b2c3d4e-0000-4000-8000-000000000002"} }',
      gives: { skip: 'no-request' },
    },
    {
      line: '{ "gateway":"gw-1" ,"@timestamp":"2026-03-02T11:15:31.000+01:00" ,"request-id":"1b2c3d4e-0000-4000-8000-000000000002" ,"client-identifier":"sub-1" ,"transaction-id":"1b2c3d4e-0000-4000-8000-000000000002" ,"api-id":"api-orders", "api-name": "Orders" ,"plan-id":"plan-oauth2" ,"application-id":"app-web" ,"subscription-id":"sub-1" ,"http-method":3 ,"local-address":"10.40.0.5" ,"remote-address":"198.51.100.23" ,"host":"api.example.com" ,"uri":"/orders/api/orders" ,"path-info":"/api/orders" ,"user-agent":"" ,"request-ended":"true" ,"entrypoint-id":"http-proxy","endpoint":"https://10.30.1.11:8443/api/orders" ,"endpoint-response-time-ms":91 ,"status":200 ,"response-content-length":5120 ,"gateway-response-time-ms":212 ,"gateway-latency-ms":121 }',
      gives: {
        time: 1772446531000,
        method: 'GET',
        path: '/orders/api/orders',
        host: 'api.example.com',
        status: 200,
        bytes: 5120,
        durationMs: 212,
        upstreamMs: 91,
        upstreamAddr: 'https://10.30.1.11:8443/api/orders',
        client: '198.51.100.23',
        identity: 'app-web',
        requestId: '1b2c3d4e-0000-4000-8000-000000000002',
        route: 'api-orders',
      },
    },
    {
      line: '{ "type":"request", "date":"2026.03.02", "_id":"1b2c3d4e-0000-4000-8000-000000000004", "gateway":"gw-1" ,"@timestamp":"2026-03-02T10:15:32.500Z" ,"transaction":"1b2c3d4e-0000-4000-8000-000000000004" ,"method":7 ,"uri":"/auth/oauth2/token" ,"status":200 ,"response-time":14 ,"api-response-time":13 ,"proxy-latency":1 ,"request-content-length":96 ,"response-content-length":1184 ,"api":"api-auth" ,"application":"1" ,"local-address":"10.40.0.5" ,"remote-address":"10.20.0.7" ,"endpoint":"http://10.30.1.11:8080/oauth2/token" ,"path":"/oauth2/token" ,"host":"auth.example.com" ,"user-agent":"orders-gw/4.2" }',
      gives: {
        time: 1772446532500,
        method: 'POST',
        path: '/auth/oauth2/token',
        host: 'auth.example.com',
        status: 200,
        bytes: 1184,
        durationMs: 14,
        upstreamMs: 13,
        upstreamAddr: 'http://10.30.1.11:8080/oauth2/token',
        client: '10.20.0.7',
        identity: '1',
        userAgent: 'orders-gw/4.2',
        requestId: '1b2c3d4e-0000-4000-8000-000000000004',
        route: 'api-auth',
      },
    },
  ],
});
