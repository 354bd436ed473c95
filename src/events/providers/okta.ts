import { defineProvider } from './define.js';

export default defineProvider({
  id: 'okta',
  title: 'Okta, org authorization server',
  docs: 'https://developer.okta.com/docs/reference/api/oidc/',
  hosts: ['*.okta.com', '*.oktapreview.com', '*.okta-emea.com'],
  hostPaths: ['/oauth2/v1/token'],
  // fixed
  defaultLifetimeSeconds: 3600,
  lifetimeMark: 'S',
  samples: {
    fetches: [
      { method: 'POST', host: 'acme.okta.com', path: '/oauth2/v1/token' },
      { method: 'POST', host: 'acme.oktapreview.com', path: '/oauth2/v1/token' },
    ],
    nearMisses: [
      { method: 'POST', host: 'acme.okta.com', path: '/oauth2/v1/introspect', gives: 'introspection' },
      { method: 'POST', host: 'acme.okta.com', path: '/oauth2/v1/revoke', gives: 'revocation' },
      { method: 'GET', host: 'acme.okta.com', path: '/oauth2/v1/keys', gives: 'jwks' },
      { method: 'GET', host: 'acme.okta.com', path: '/oauth2/v1/userinfo', gives: 'userinfo' },
      { method: 'POST', host: 'acme.okta.com', path: '/oauth2/default/v1/token', gives: 'token' },
      { method: 'POST', path: '/oauth2/v1/token', gives: 'token' },
    ],
  },
});
