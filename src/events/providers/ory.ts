import { defineProvider } from './define.js';

/** A self-hosted Hydra has everybody's path; only Ory Network is certain. */
export default defineProvider({
  id: 'ory',
  title: 'Ory Network and Ory Hydra',
  docs: 'https://www.ory.com/docs/hydra/reference/configuration',
  hosts: ['*.projects.oryapis.com'],
  hostPaths: ['/oauth2/token'],
  defaultLifetimeSeconds: 3600,
  lifetimeMark: 'S',
  samples: {
    fetches: [{ method: 'POST', host: 'acme-1a2b.projects.oryapis.com', path: '/oauth2/token' }],
    nearMisses: [
      { method: 'POST', host: 'acme.projects.oryapis.com', path: '/admin/oauth2/introspect', gives: 'introspection' },
      { method: 'POST', host: 'acme.projects.oryapis.com', path: '/oauth2/revoke', gives: 'revocation' },
      { method: 'GET', host: 'acme.projects.oryapis.com', path: '/.well-known/jwks.json', gives: 'jwks' },
      { method: 'GET', host: 'acme.projects.oryapis.com', path: '/userinfo', gives: 'userinfo' },
      { method: 'POST', host: 'hydra.example.com', path: '/oauth2/token', gives: 'token' },
    ],
  },
});
