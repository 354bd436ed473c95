import { defineProvider } from './define.js';

/** Zoho has the same path: only the cloud service is certain. */
export default defineProvider({
  id: 'zitadel',
  title: 'ZITADEL',
  docs: 'https://zitadel.com/docs/apis/openidoauth/endpoints',
  hosts: ['*.zitadel.cloud'],
  hostPaths: ['/oauth/v2/token'],
  defaultLifetimeSeconds: 43200,
  lifetimeMark: 'D',
  samples: {
    fetches: [{ method: 'POST', host: 'acme.zitadel.cloud', path: '/oauth/v2/token' }],
    nearMisses: [
      { method: 'POST', host: 'acme.zitadel.cloud', path: '/oauth/v2/introspect', gives: 'introspection' },
      { method: 'POST', host: 'acme.zitadel.cloud', path: '/oauth/v2/revoke', gives: 'revocation' },
      { method: 'GET', host: 'acme.zitadel.cloud', path: '/oauth/v2/keys', gives: 'jwks' },
      { method: 'GET', host: 'acme.zitadel.cloud', path: '/oidc/v1/userinfo', gives: 'userinfo' },
      { method: 'POST', path: '/oauth/v2/token', gives: 'token' },
    ],
  },
});
