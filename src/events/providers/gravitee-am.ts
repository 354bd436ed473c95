import { defineProvider } from './define.js';

export default defineProvider({
  id: 'gravitee-am',
  title: 'Gravitee Access Management',
  docs: 'https://documentation.gravitee.io/am',
  // per application
  defaultLifetimeSeconds: 7200,
  lifetimeMark: 'S',
  samples: {
    fetches: [{ method: 'POST', path: '/shop/oauth/token' }],
    nearMisses: [
      { method: 'POST', path: '/shop/oauth/introspect', gives: 'introspection' },
      { method: 'POST', path: '/shop/oauth/revoke', gives: 'revocation' },
      { method: 'GET', path: '/shop/oidc/.well-known/jwks.json', gives: 'jwks' },
      { method: 'GET', path: '/shop/oidc/userinfo', gives: 'userinfo' },
    ],
  },
});
