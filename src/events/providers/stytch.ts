import { defineProvider } from './define.js';

export default defineProvider({
  id: 'stytch',
  title: 'Stytch',
  docs: 'https://stytch.com/docs',
  tokenPaths: ['/v1/public/project-live-*/oauth2/token', '/v1/public/project-test-*/oauth2/token'],
  defaultLifetimeSeconds: 3600,
  lifetimeMark: 'D',
  samples: {
    fetches: [
      { method: 'POST', host: 'api.stytch.com', path: '/v1/public/project-live-1a2b/oauth2/token' },
      { method: 'POST', path: '/v1/public/project-test-1a2b/oauth2/token' },
    ],
    nearMisses: [
      { method: 'GET', path: '/v1/public/project-live-1a2b/.well-known/jwks.json', gives: 'jwks' },
      { method: 'POST', path: '/v1/public/shop/oauth2/token', gives: 'token' },
    ],
  },
});
