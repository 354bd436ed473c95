import { defineProvider } from './define.js';

export default defineProvider({
  id: 'signicat',
  title: 'Signicat',
  docs: 'https://developer.signicat.com/',
  hosts: ['api.signicat.com'],
  hostPaths: ['/auth/open/connect/token'],
  // 1 second to an hour
  defaultLifetimeSeconds: 600,
  lifetimeMark: 'S',
  samples: {
    fetches: [{ method: 'POST', host: 'api.signicat.com', path: '/auth/open/connect/token' }],
    nearMisses: [
      { method: 'POST', path: '/auth/open/connect/token', gives: 'token' },
      { method: 'GET', host: 'api.signicat.com', path: '/auth/open/.well-known/openid-configuration', gives: 'discovery' },
    ],
  },
});
