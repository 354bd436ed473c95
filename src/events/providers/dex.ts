import { defineProvider } from './define.js';

/** The issuer's path is free, and "dex" is also a market for coins: never certain. */
export default defineProvider({
  id: 'dex',
  title: 'Dex',
  docs: 'https://dexidp.io/docs/',
  // expiry.idTokens
  defaultLifetimeSeconds: 86400,
  lifetimeMark: 'S',
  samples: {
    fetches: [{ method: 'POST', path: '/dex/token', gives: 'ambiguous' }],
    nearMisses: [
      { method: 'POST', path: '/dex/token/introspect', gives: 'introspection' },
      { method: 'GET', path: '/dex/keys', gives: 'jwks' },
      { method: 'GET', path: '/dex/userinfo', gives: 'userinfo' },
      { method: 'GET', path: '/keys', gives: 'api' },
    ],
  },
});
