import { defineProvider } from './define.js';

export default defineProvider({
  id: 'github-app',
  title: 'GitHub App installation tokens',
  docs: 'https://docs.github.com/rest/apps/apps',
  hosts: ['api.github.com'],
  hostPaths: ['/app/installations/*/access_tokens'],
  tokenPaths: ['/app/installations/*/access_tokens'],
  defaultLifetimeSeconds: 3600,
  lifetimeMark: 'D',
  samples: {
    fetches: [
      { method: 'POST', host: 'api.github.com', path: '/app/installations/4711/access_tokens' },
      { method: 'POST', host: 'github.example.com', path: '/api/v3/app/installations/4711/access_tokens' },
    ],
    nearMisses: [
      { method: 'GET', host: 'api.github.com', path: '/app/installations/4711', gives: 'api' },
      { method: 'POST', host: 'api.github.com', path: '/applications/abc/token', gives: 'ambiguous' },
      { method: 'GET', host: 'api.github.com', path: '/app', gives: 'api' },
    ],
  },
});
