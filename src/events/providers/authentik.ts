import { defineProvider } from './define.js';

export default defineProvider({
  id: 'authentik',
  title: 'authentik',
  docs: 'https://docs.goauthentik.io/',
  tokenPaths: ['/application/o/token'],
  // 5 to 10 minutes by version: the low end
  defaultLifetimeSeconds: 300,
  lifetimeMark: 'D',
  samples: {
    fetches: [{ method: 'POST', path: '/application/o/token/' }],
    nearMisses: [
      { method: 'POST', path: '/application/o/introspect/', gives: 'introspection' },
      { method: 'POST', path: '/application/o/revoke/', gives: 'revocation' },
      { method: 'GET', path: '/application/o/orders/jwks/', gives: 'jwks' },
      { method: 'GET', path: '/application/o/userinfo/', gives: 'userinfo' },
      { method: 'POST', path: '/application/o/authorize/', gives: 'ambiguous' },
    ],
  },
});
