import { defineProvider } from './define.js';

export default defineProvider({
  id: 'supertokens',
  title: 'SuperTokens',
  docs: 'https://supertokens.com/docs',
  defaultLifetimeSeconds: 3600,
  lifetimeMark: '?',
  samples: {
    fetches: [{ method: 'POST', path: '/auth/oauth/token' }],
    nearMisses: [
      { method: 'POST', path: '/auth/oauth/introspect', gives: 'introspection' },
      { method: 'POST', path: '/auth/oauth/revoke', gives: 'revocation' },
      { method: 'GET', path: '/auth/jwt/jwks.json', gives: 'jwks' },
    ],
  },
});
