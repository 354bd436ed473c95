import { defineProvider } from './define.js';

/** Allows 10 access tokens in 10 minutes from one refresh token. */
export default defineProvider({
  id: 'zoho',
  title: 'Zoho accounts',
  docs: 'https://www.zoho.com/accounts/protocol/oauth.html',
  hosts: ['accounts.zoho.*'],
  hostPaths: ['/oauth/v2/token'],
  defaultLifetimeSeconds: 3600,
  lifetimeMark: 'S',
  samples: {
    fetches: [{ method: 'POST', host: 'accounts.zoho.eu', path: '/oauth/v2/token' }],
    nearMisses: [
      { method: 'POST', host: 'accounts.zoho.com', path: '/oauth/v2/token/revoke', gives: 'revocation' },
      { method: 'POST', path: '/oauth/v2/token', gives: 'token' },
    ],
  },
});
