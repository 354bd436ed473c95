import { defineProvider } from './define.js';

export default defineProvider({
  id: 'curity',
  title: 'Curity Identity Server',
  docs: 'https://curity.io/docs/',
  tokenPaths: ['/oauth/v2/oauth-token'],
  defaultLifetimeSeconds: 300,
  lifetimeMark: 'D',
  samples: {
    fetches: [{ method: 'POST', path: '/oauth/v2/oauth-token' }],
    nearMisses: [
      { method: 'POST', path: '/oauth/v2/oauth-introspect', gives: 'introspection' },
      { method: 'POST', path: '/oauth/v2/oauth-revoke', gives: 'revocation' },
      { method: 'GET', path: '/oauth/v2/oauth-anonymous/jwks', gives: 'jwks' },
      { method: 'GET', path: '/oauth/v2/oauth-userinfo', gives: 'userinfo' },
      { method: 'POST', path: '/oauth/v2/token', gives: 'token' },
    ],
  },
});
