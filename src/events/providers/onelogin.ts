import { defineProvider } from './define.js';

export default defineProvider({
  id: 'onelogin',
  title: 'OneLogin',
  docs: 'https://developers.onelogin.com/',
  hosts: ['*.onelogin.com'],
  hostPaths: ['/auth/oauth2/v2/token'],
  defaultLifetimeSeconds: 36000,
  lifetimeMark: 'D',
  samples: {
    fetches: [{ method: 'POST', host: 'acme.onelogin.com', path: '/auth/oauth2/v2/token' }],
    nearMisses: [
      { method: 'POST', host: 'acme.onelogin.com', path: '/auth/oauth2/revoke', gives: 'revocation' },
      { method: 'POST', path: '/auth/oauth2/v2/token', gives: 'token' },
    ],
  },
});
