import { defineProvider } from './define.js';

export default defineProvider({
  id: 'duende',
  title: 'Duende IdentityServer and IdentityServer4',
  docs: 'https://docs.duendesoftware.com/identityserver/reference/v7/',
  defaultLifetimeSeconds: 3600,
  lifetimeMark: 'S',
  samples: {
    fetches: [
      { method: 'POST', path: '/connect/token' },
      { method: 'POST', path: '/identity/connect/token' },
    ],
    nearMisses: [
      { method: 'POST', path: '/connect/introspect', gives: 'introspection' },
      { method: 'POST', path: '/connect/revocation', gives: 'revocation' },
      { method: 'GET', path: '/.well-known/openid-configuration/jwks', gives: 'jwks' },
      { method: 'GET', path: '/connect/userinfo', gives: 'userinfo' },
      { method: 'POST', path: '/connect/authorize', gives: 'api' },
    ],
  },
});
