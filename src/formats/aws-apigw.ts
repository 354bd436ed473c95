import { defineFormat, type Field, within } from './define.js';

const absent = ['-', ''];

const fields: Readonly<Record<string, Field | readonly Field[]>> = {
  requestTimeEpoch: { slot: 'time', as: 'time-epoch', absent },
  requestTime: { slot: 'time', as: 'time-any', absent },
  responseLatency: { slot: 'duration', as: 'milliseconds' },
  integrationLatency: { slot: 'upstream', as: 'milliseconds' },
  'integration.latency': { slot: 'upstream', as: 'milliseconds' },
  status: { slot: 'status', as: 'number' },
  responseLength: { slot: 'bytes', as: 'number', absent },
  httpMethod: { slot: 'method', as: 'text', absent },
  path: { slot: 'target', as: 'text', absent },
  resourcePath: [
    { slot: 'target', as: 'text', absent },
    { slot: 'route', as: 'text', absent },
  ],
  // `GET /api/orders`, or `$default`.
  routeKey: [
    { slot: 'route', as: 'text', absent },
    { slot: 'method', as: 'text', absent, part: 'first-word' },
    { slot: 'target', as: 'text', absent, part: 'last-word', prefix: '/' },
  ],
  domainName: { slot: 'host', as: 'text', absent },
  ip: { slot: 'client', as: 'text' },
  sourceIp: { slot: 'client', as: 'text' },
  'identity.sourceIp': { slot: 'client', as: 'text' },
  'identity.sourceIP': { slot: 'client', as: 'text' },
  'identity.userAgent': { slot: 'userAgent', as: 'text', absent },
  'authorizer.claims.client_id': { slot: 'clientId', as: 'text', absent },
  apiKeyId: { slot: 'identity', as: 'text', absent },
  'identity.apiKeyId': { slot: 'identity', as: 'text', absent },
  principalId: { slot: 'identity', as: 'text', absent },
  'authorizer.principalId': { slot: 'identity', as: 'text', absent },
  caller: { slot: 'identity', as: 'text', absent },
  user: { slot: 'identity', as: 'text', absent },
  userAgent: { slot: 'userAgent', as: 'text', absent },
  // A client may choose the other.
  extendedRequestId: { slot: 'requestId', as: 'text', absent },
  requestId: { slot: 'requestId', as: 'text', absent },
  // `Root=1-...`, or the value of it alone.
  xrayTraceId: [
    { slot: 'traceId', as: 'text', absent, param: 'Root' },
    { slot: 'traceId', as: 'text', absent },
  ],
};

/** Some keep the names as AWS has them: `$context.requestId` as `requestId` in an object `context`. */
const either = (...names: readonly string[]): string[] => names.flatMap((name) => [name, `context.${name}`]);

export default defineFormat({
  id: 'aws-apigw',
  title: 'AWS API Gateway access log, JSON (REST and HTTP APIs)',
  docs: 'https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html',
  stamped: 'start',
  layout: {
    kind: 'json',
    needs: [
      either('requestId', 'extendedRequestId'),
      either('requestTime', 'requestTimeEpoch'),
      either('httpMethod', 'routeKey'),
      either('resourcePath', 'routeKey', 'path'),
    ],
    fields: { ...fields, ...within('context', fields) },
  },
  samples: [
    {
      line: '{"requestId":"3f1d2c4b-0000-4000-8000-000000000001","extendedRequestId":"aBcDeFgHoEEFxyz=","ip":"198.51.100.23","caller":"-","user":"-","requestTime":"02/Mar/2026:10:15:30 +0000","requestTimeEpoch":"1772446530123","httpMethod":"GET","resourcePath":"/api/orders/{orderId}","path":"/prod/api/orders/7","status":"200","protocol":"HTTP/1.1","responseLength":"5120","responseLatency":"212","integrationLatency":"91","authorizerLatency":"40","apiKeyId":"a1b2c3d4e5"}',
      gives: {
        time: 1772446530123,
        timeAt: 'start',
        method: 'GET',
        path: '/prod/api/orders/7',
        status: 200,
        bytes: 5120,
        durationMs: 212,
        upstreamMs: 91,
        client: '198.51.100.23',
        identity: 'a1b2c3d4e5',
        requestId: 'aBcDeFgHoEEFxyz=',
        route: '/api/orders/{orderId}',
      },
    },
    {
      line: '{"requestId":"aBcDeFgHoEEFxyw=","ip":"198.51.100.23","requestTime":"02/Mar/2026:10:15:31 +0000","httpMethod":"GET","routeKey":"GET /api/orders","status":"401","protocol":"HTTP/1.1","responseLength":"26","integrationLatency":"-","responseLatency":"45"}',
      gives: {
        time: 1772446531000,
        timeAt: 'start',
        method: 'GET',
        path: '/api/orders',
        status: 401,
        bytes: 26,
        durationMs: 45,
        client: '198.51.100.23',
        requestId: 'aBcDeFgHoEEFxyw=',
        route: 'GET /api/orders',
      },
    },
    {
      line: '{"requestId":"aBcDeFgHoEEFxyu=","ip":"10.20.0.7","requestTime":"02/Mar/2026:10:15:33 +0000","httpMethod":"POST","routeKey":"$default","status":"200","responseLength":"1184","integrationLatency":"13","responseLatency":"14"}',
      gives: {
        time: 1772446533000,
        timeAt: 'start',
        method: 'POST',
        path: '/$default',
        status: 200,
        bytes: 1184,
        durationMs: 14,
        upstreamMs: 13,
        client: '10.20.0.7',
        requestId: 'aBcDeFgHoEEFxyu=',
        route: '$default',
      },
    },
    {
      line: '{"context":{"domainName":"auth.example.com","protocol":"HTTP/1.1","requestId":"aBcDeFgHoEEFxyt=","requestTime":"02/Mar/2026:10:15:34 +0000","responseLength":"1184","routeKey":"POST /oauth2/token","stage":"$default","status":"200","identity":{"sourceIP":"10.20.0.7","userAgent":"orders-gw/4.2"},"xrayTraceId":"Root=1-69a56342-7c1e9a04b5d24f6f8a3b2c1d;Sampled=1","integration":{"integrationStatus":"200","latency":"13"}}}',
      gives: {
        time: 1772446534000,
        timeAt: 'start',
        method: 'POST',
        path: '/oauth2/token',
        host: 'auth.example.com',
        status: 200,
        bytes: 1184,
        upstreamMs: 13,
        client: '10.20.0.7',
        userAgent: 'orders-gw/4.2',
        requestId: 'aBcDeFgHoEEFxyt=',
        traceId: '1-69a56342-7c1e9a04b5d24f6f8a3b2c1d',
        route: 'POST /oauth2/token',
      },
    },
  ],
});
