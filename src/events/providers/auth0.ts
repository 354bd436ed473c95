import { defineProvider } from './define.js';

export default defineProvider({
  id: 'auth0',
  title: 'Auth0',
  docs: 'https://auth0.com/docs/secure/tokens/access-tokens/update-access-token-lifetime',
  hosts: ['*.auth0.com'],
  hostPaths: ['/oauth/token'],
  defaultLifetimeSeconds: 86400,
  lifetimeMark: 'S',
  samples: {
    fetches: [{ method: 'POST', host: 'acme.eu.auth0.com', path: '/oauth/token' }],
    nearMisses: [
      { method: 'POST', host: 'acme.auth0.com', path: '/oauth/revoke', gives: 'revocation' },
      { method: 'GET', host: 'acme.auth0.com', path: '/.well-known/jwks.json', gives: 'jwks' },
      { method: 'GET', host: 'acme.auth0.com', path: '/userinfo', gives: 'userinfo' },
      { method: 'POST', host: 'login.example.com', path: '/oauth/token', gives: 'token' },
    ],
  },
});
