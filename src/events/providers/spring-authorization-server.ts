import { defineProvider } from './define.js';

export default defineProvider({
  id: 'spring-authorization-server',
  title: 'Spring Authorization Server',
  docs: 'https://docs.spring.io/spring-authorization-server/reference/configuration-model.html',
  defaultLifetimeSeconds: 300,
  lifetimeMark: 'S',
  samples: {
    fetches: [{ method: 'POST', path: '/oauth2/token' }],
    nearMisses: [
      { method: 'POST', path: '/oauth2/introspect', gives: 'introspection' },
      { method: 'POST', path: '/oauth2/revoke', gives: 'revocation' },
      { method: 'GET', path: '/oauth2/jwks', gives: 'jwks' },
      { method: 'GET', path: '/userinfo', gives: 'userinfo' },
    ],
  },
});
