import { defineProvider } from './define.js';

export default defineProvider({
  id: 'keycloak',
  title: 'Keycloak and Red Hat SSO',
  docs: 'https://www.keycloak.org/docs/latest/server_admin/#_timeouts',
  tokenPaths: ['/protocol/openid-connect/token'],
  // realm setting "Access Token Lifespan"
  defaultLifetimeSeconds: 300,
  lifetimeMark: 'D',
  samples: {
    fetches: [
      { method: 'POST', path: '/realms/acme/protocol/openid-connect/token' },
      { method: 'POST', host: 'sso.example.com', path: '/auth/realms/acme/protocol/openid-connect/token/' },
      { method: 'POST', path: '/iam/realms/acme/protocol/openid-connect/token' },
    ],
    nearMisses: [
      { method: 'POST', path: '/realms/acme/protocol/openid-connect/token/introspect', gives: 'introspection' },
      { method: 'POST', path: '/realms/acme/protocol/openid-connect/revoke', gives: 'revocation' },
      { method: 'GET', path: '/realms/acme/protocol/openid-connect/certs', gives: 'jwks' },
      { method: 'GET', path: '/realms/acme/protocol/openid-connect/userinfo', gives: 'userinfo' },
      { method: 'GET', path: '/realms/acme/.well-known/openid-configuration', gives: 'discovery' },
      { method: 'GET', path: '/realms/acme/protocol/openid-connect/token', gives: 'api' },
      { method: 'POST', path: '/realms/acme/protocol/openid-connect/auth', gives: 'api' },
    ],
  },
});
