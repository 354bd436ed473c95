import { defineProvider } from './define.js';

export default defineProvider({
  id: 'pingone',
  title: 'PingOne',
  docs: 'https://apidocs.pingidentity.com/pingone/platform/v1/api/',
  hosts: ['auth.pingone.*'],
  hostPaths: ['/*/as/token'],
  defaultLifetimeSeconds: 3600,
  lifetimeMark: 'D',
  samples: {
    fetches: [{ method: 'POST', host: 'auth.pingone.eu', path: '/0f1e2d3c-0000-4000-8000-000000000000/as/token' }],
    nearMisses: [
      {
        method: 'POST',
        host: 'auth.pingone.com',
        path: '/0f1e2d3c-0000-4000-8000-000000000000/as/introspect',
        gives: 'introspection',
      },
      { method: 'POST', host: 'auth.pingone.com', path: '/env/as/revoke', gives: 'revocation' },
      { method: 'GET', host: 'auth.pingone.com', path: '/env/as/jwks', gives: 'jwks' },
      { method: 'GET', host: 'auth.pingone.com', path: '/env/as/userinfo', gives: 'userinfo' },
      { method: 'POST', path: '/env/as/token', gives: 'token' },
    ],
  },
});
