import { defineProvider } from './define.js';

/** Hands out the same opaque token until it expires, with `expires_in` counting down. Its path is everybody's. */
export default defineProvider({
  id: 'wso2',
  title: 'WSO2 API Manager and Identity Server',
  docs: 'https://github.com/wso2/product-apim/issues/4912',
  defaultLifetimeSeconds: 3600,
  lifetimeMark: 'D',
  samples: {
    fetches: [
      { method: 'POST', path: '/oauth2/token' },
      { method: 'POST', path: '/token', gives: 'ambiguous' },
    ],
    nearMisses: [
      { method: 'POST', path: '/oauth2/introspect', gives: 'introspection' },
      { method: 'POST', path: '/oauth2/revoke', gives: 'revocation' },
      { method: 'GET', path: '/oauth2/jwks', gives: 'jwks' },
      { method: 'GET', path: '/oauth2/userinfo', gives: 'userinfo' },
      { method: 'GET', path: '/oauth2/token', gives: 'api' },
    ],
  },
});
