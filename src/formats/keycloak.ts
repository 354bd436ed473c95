import { defineFormat } from './define.js';

/** Calls of the token endpoint, and others to the same server; anything else is no request that counts. */
const paths = {
  client_login: '/protocol/openid-connect/token',
  client_login_error: '/protocol/openid-connect/token',
  code_to_token: '/protocol/openid-connect/token',
  code_to_token_error: '/protocol/openid-connect/token',
  refresh_token: '/protocol/openid-connect/token',
  refresh_token_error: '/protocol/openid-connect/token',
  token_exchange: '/protocol/openid-connect/token',
  token_exchange_error: '/protocol/openid-connect/token',
  introspect_token: '/protocol/openid-connect/token/introspect',
  introspect_token_error: '/protocol/openid-connect/token/introspect',
  user_info_request: '/protocol/openid-connect/userinfo',
  user_info_request_error: '/protocol/openid-connect/userinfo',
  revoke_grant: '/protocol/openid-connect/revoke',
};

const grants = {
  client_login: 'client_credentials',
  client_login_error: 'client_credentials',
  code_to_token: 'authorization_code',
  code_to_token_error: 'authorization_code',
  refresh_token: 'refresh_token',
  refresh_token_error: 'refresh_token',
  token_exchange: 'urn:ietf:params:oauth:grant-type:token-exchange',
  token_exchange_error: 'urn:ietf:params:oauth:grant-type:token-exchange',
};

export default defineFormat({
  id: 'keycloak',
  title: 'Keycloak events',
  docs: 'https://www.keycloak.org/docs/latest/server_admin/#configuring-auditing-to-track-events',
  stamped: 'end',
  layout: {
    kind: 'json',
    needs: [['keycloakTime'], ['type'], ['realmId']],
    skip: [{ keycloak: 'other' }],
    fields: {
      keycloakTime: { slot: 'time', as: 'time-iso' },
      type: [
        { slot: 'method', as: 'text', words: Object.fromEntries(Object.keys(paths).map((type) => [type, 'POST'])) },
        { slot: 'path', as: 'text', words: paths },
        { slot: 'grantType', as: 'text', words: grants },
      ],
      error: {
        slot: 'status',
        as: 'number',
        words: {
          invalid_client_credentials: '401',
          invalid_client: '401',
          client_not_found: '401',
          client_disabled: '401',
          '*': '400',
        },
      },
      realm: { slot: 'route', as: 'text' },
      clientId: { slot: 'clientId', as: 'text' },
      ipAddress: { slot: 'client', as: 'text' },
      scope: { slot: 'scope', as: 'text' },
      audience: { slot: 'audience', as: 'text' },
    },
    always: { status: '200' },
  },
  samples: [
    {
      line: '{"keycloakTime":"2026-03-02T10:15:30.123","realm":"shop","type":"CLIENT_LOGIN","realmId":"5c0f6f7e","clientId":"orders-gw","ipAddress":"10.20.0.7","grant_type":"client_credentials","scope":"orders.read"}',
      gives: {
        time: 1772446530123,
        timeAt: 'end',
        method: 'POST',
        path: '/protocol/openid-connect/token',
        status: 200,
        client: '10.20.0.7',
        identity: 'orders-gw',
        route: 'shop',
        grantType: 'client_credentials',
        scope: 'orders.read',
      },
    },
  ],
});
