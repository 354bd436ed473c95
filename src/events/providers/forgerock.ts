import { defineProvider } from './define.js';

/** Without a realm in the path (`/am/oauth2/access_token`) others look the same. */
export default defineProvider({
  id: 'forgerock',
  title: 'ForgeRock and PingAM',
  docs: 'https://docs.pingidentity.com/pingam/',
  tokenPaths: [
    '/oauth2/realms/root/access_token',
    '/oauth2/realms/root/realms/*/access_token',
    '/oauth2/realms/root/realms/*/realms/*/access_token',
  ],
  defaultLifetimeSeconds: 3600,
  lifetimeMark: 'D',
  samples: {
    fetches: [
      { method: 'POST', path: '/am/oauth2/realms/root/access_token' },
      { method: 'POST', path: '/am/oauth2/realms/root/realms/acme/access_token' },
      { method: 'POST', path: '/am/oauth2/realms/root/realms/acme/realms/shop/access_token' },
    ],
    nearMisses: [
      { method: 'POST', path: '/am/oauth2/realms/root/introspect', gives: 'introspection' },
      { method: 'POST', path: '/am/oauth2/realms/root/token/revoke', gives: 'revocation' },
      { method: 'GET', path: '/am/oauth2/realms/root/connect/jwk_uri', gives: 'jwks' },
      { method: 'GET', path: '/am/oauth2/realms/root/userinfo', gives: 'userinfo' },
      { method: 'POST', path: '/am/oauth2/access_token', gives: 'token' },
    ],
  },
});
