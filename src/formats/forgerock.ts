import { defineFormat, type Field, within } from './define.js';

const event: Readonly<Record<string, Field>> = {
  timestamp: { slot: 'time', as: 'time-iso' },
  'response.elapsedTime': { slot: 'duration', as: 'milliseconds' },
  'response.statusCode': { slot: 'status', as: 'number' },
  'http.request.method': { slot: 'method', as: 'text' },
  'http.request.path': { slot: 'target', as: 'text' },
  'client.ip': { slot: 'client', as: 'text' },
  userId: { slot: 'identity', as: 'text' },
  'http.request.headers.user-agent': { slot: 'userAgent', as: 'text' },
  'http.request.headers.x-forwarded-for': { slot: 'forwardedFor', as: 'text' },
  // One transaction may hold several requests.
  _id: { slot: 'requestId', as: 'text' },
  transactionId: { slot: 'traceId', as: 'text' },
  realm: { slot: 'route', as: 'text' },
  'request.detail.grant_type': { slot: 'grantType', as: 'text' },
  'response.detail.scope': { slot: 'scope', as: 'text' },
  'request.detail.scope': { slot: 'scope', as: 'text' },
};

export default defineFormat({
  id: 'forgerock',
  title: 'ForgeRock and Ping: access audit of AM and IG (JSON)',
  docs: 'https://docs.pingidentity.com/pingam/8/am-reference/audit-logging-ref.html',
  aliases: ['pingam', 'openam'],
  stamped: 'unknown',
  layout: {
    kind: 'json',
    needs: [
      [
        'eventName=AM-ACCESS*',
        'eventName=OPENIG-HTTP-ACCESS',
        'eventName=PING-GATEWAY-*',
        'payload.eventName=AM-ACCESS*',
        'payload.eventName=OPENIG-HTTP-ACCESS',
      ],
      ['http.request.method', 'payload.http.request.method'],
    ],
    // Every request of AM has two events.
    skip: [{ eventName: 'AM-ACCESS-ATTEMPT' }, { 'payload.eventName': 'AM-ACCESS-ATTEMPT' }],
    // The logs of the cloud put each event into `payload`.
    fields: { ...within('payload', event), ...event },
  },
  samples: [
    {
      line: '{"_id":"9f2c1a7b-1","timestamp":"2026-03-02T10:15:30.000Z","eventName":"AM-ACCESS-ATTEMPT","transactionId":"7c1e9a04","client":{"ip":"10.20.0.7","port":51888},"request":{"detail":{"grant_type":"client_credentials"}},"http":{"request":{"secure":true,"method":"POST","path":"https://auth.example.com/am/oauth2/access_token","headers":{"user-agent":["orders-gw/4.2"]}}},"component":"OAuth","realm":"/"}',
      gives: { skip: 'no-request' },
    },
    {
      line: '{"_id":"9f2c1a7b-2","timestamp":"2026-03-02T10:15:30.014Z","eventName":"AM-ACCESS-OUTCOME","transactionId":"7c1e9a04","userId":"id=orders-gw,ou=agent,ou=am-config","trackingIds":["9f2c1a7b-0"],"client":{"ip":"10.20.0.7","port":51888},"http":{"request":{"secure":true,"method":"POST","path":"https://auth.example.com/am/oauth2/access_token","headers":{"user-agent":["orders-gw/4.2"]}}},"response":{"status":"SUCCESSFUL","statusCode":"200","elapsedTime":14,"elapsedTimeUnits":"MILLISECONDS","detail":{"scope":"orders","token_type":"Bearer"}},"component":"OAuth","realm":"/"}',
      gives: {
        time: 1772446530014,
        method: 'POST',
        path: '/am/oauth2/access_token',
        host: 'auth.example.com',
        status: 200,
        durationMs: 14,
        client: '10.20.0.7',
        identity: 'id=orders-gw,ou=agent,ou=am-config',
        userAgent: 'orders-gw/4.2',
        requestId: '9f2c1a7b-2',
        traceId: '7c1e9a04',
        route: '/',
        scope: 'orders',
      },
    },
    {
      line: '{"payload":{"_id":"9f2c1a7b-3","timestamp":"2026-03-02T10:15:31.022Z","eventName":"AM-ACCESS-OUTCOME","transactionId":"7c1e9a05","client":{"ip":"10.20.0.7"},"http":{"request":{"secure":true,"method":"POST","path":"https://auth.example.com/am/oauth2/introspect","headers":{"user-agent":["orders-gw/4.2"]}}},"response":{"status":"FAILED","statusCode":"401","elapsedTime":22,"elapsedTimeUnits":"MILLISECONDS"},"source":"audit","topic":"access"},"timestamp":"2026-03-02T10:15:31.022450993Z","type":"application/json"}',
      gives: {
        time: 1772446531022,
        method: 'POST',
        path: '/am/oauth2/introspect',
        host: 'auth.example.com',
        status: 401,
        durationMs: 22,
        client: '10.20.0.7',
        userAgent: 'orders-gw/4.2',
        requestId: '9f2c1a7b-3',
        traceId: '7c1e9a05',
      },
    },
  ],
});
