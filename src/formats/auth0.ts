import { defineFormat, type Field } from './define.js';

/** Successes start with `s`, failures with `f`; what follows says which grant was exchanged. */
const grants: Readonly<Record<string, string>> = {
  eccft: 'client_credentials',
  eacft: 'authorization_code',
  ertft: 'refresh_token',
  errt: 'refresh_token',
  epft: 'password',
  epotpft: 'http://auth0.com/oauth/grant-type/passwordless/otp',
  eotpft: 'http://auth0.com/oauth/grant-type/mfa-otp',
  eoobft: 'http://auth0.com/oauth/grant-type/mfa-oob',
  ercft: 'http://auth0.com/oauth/grant-type/mfa-recovery-code',
  ede: 'urn:ietf:params:oauth:grant-type:device_code',
  ens: 'urn:ietf:params:oauth:grant-type:token-exchange',
};

const perType = (means: (outcome: 's' | 'f', grant: string) => string): Record<string, string> =>
  Object.fromEntries(
    Object.entries(grants).flatMap(([code, grant]) => [
      [`s${code}`, means('s', grant)],
      [`f${code}`, means('f', grant)],
    ]),
  );

/** Any other type is no token request. A failure has no status: 401, as for a client that is refused. */
const type: readonly Field[] = [
  { slot: 'method', as: 'text', words: perType(() => 'POST') },
  { slot: 'status', as: 'number', words: perType((outcome) => (outcome === 's' ? '200' : '401')) },
  { slot: 'grantType', as: 'text', words: perType((_, grant) => grant) },
];

const fields: Readonly<Record<string, Field | readonly Field[]>> = {
  date: { slot: 'time', as: 'time-iso' },
  type,
  hostname: { slot: 'host', as: 'text' },
  ip: { slot: 'client', as: 'text' },
  client_id: { slot: 'clientId', as: 'text' },
  scope: { slot: 'scope', as: 'text', list: true },
  audience: { slot: 'audience', as: 'text', list: true },
  user_agent: { slot: 'userAgent', as: 'text' },
};

export default defineFormat({
  id: 'auth0',
  title: 'Auth0 log stream, or the events of its Management API',
  docs: 'https://auth0.com/docs/deploy-monitor/logs/log-event-type-codes',
  stamped: 'end',
  layout: {
    kind: 'json',
    needs: [['log_id'], ['data.type', 'type'], ['data.date', 'date']],
    always: { path: '/oauth/token' },
    fields: {
      ...Object.fromEntries(Object.entries(fields).map(([path, field]) => [`data.${path}`, field])),
      ...fields,
      log_id: { slot: 'requestId', as: 'text' },
    },
  },
  samples: [
    {
      line: '{"log_id":"90020260302101530123000000000000000001","data":{"date":"2026-03-02T10:15:30.123Z","type":"seccft","description":"","client_id":"aBcD1234","client_name":"orders-gw","ip":"203.0.113.7","user_agent":"orders-gw/4.2","hostname":"example.eu.auth0.com","audience":"https://api.example.com","scope":"orders.read","log_id":"90020260302101530123000000000000000001"}}',
      gives: {
        time: 1772446530123,
        timeAt: 'end',
        method: 'POST',
        path: '/oauth/token',
        host: 'example.eu.auth0.com',
        status: 200,
        client: '203.0.113.7',
        identity: 'aBcD1234',
        userAgent: 'orders-gw/4.2',
        requestId: '90020260302101530123000000000000000001',
        grantType: 'client_credentials',
        scope: 'orders.read',
        audience: 'https://api.example.com',
      },
    },
    {
      line: '{"date":"2026-03-02T10:15:31.000Z","type":"feccft","description":"Unauthorized","client_id":"aBcD1234","ip":"203.0.113.7","hostname":"example.eu.auth0.com","audience":"https://api.example.com","scope":["orders.read","orders.write"],"log_id":"90020260302101531000000000000000000002"}',
      gives: {
        time: 1772446531000,
        timeAt: 'end',
        method: 'POST',
        path: '/oauth/token',
        host: 'example.eu.auth0.com',
        status: 401,
        client: '203.0.113.7',
        identity: 'aBcD1234',
        requestId: '90020260302101531000000000000000000002',
        grantType: 'client_credentials',
        scope: 'orders.read orders.write',
        audience: 'https://api.example.com',
      },
    },
    {
      line: '{"log_id":"90020260302101532000000000000000000003","data":{"date":"2026-03-02T10:15:32.000Z","type":"s","client_id":"aBcD1234","ip":"198.51.100.23","user_name":"anna@example.com"}}',
      gives: { skip: 'no-request' },
    },
  ],
});
