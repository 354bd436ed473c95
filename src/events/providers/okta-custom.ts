import { defineProvider } from './define.js';

export default defineProvider({
  id: 'okta-custom',
  title: 'Okta, custom authorization server',
  docs: 'https://developer.okta.com/docs/reference/rl2-token-oauth/',
  hosts: ['*.okta.com', '*.oktapreview.com', '*.okta-emea.com'],
  hostPaths: ['/oauth2/*/v1/token'],
  // per server, 5 minutes to 24 hours
  defaultLifetimeSeconds: 3600,
  lifetimeMark: 'D',
  samples: {
    fetches: [
      { method: 'POST', host: 'acme.okta.com', path: '/oauth2/default/v1/token' },
      { method: 'POST', host: 'acme.okta.com', path: '/oauth2/aus1a2b3/v1/token' },
    ],
    nearMisses: [
      { method: 'POST', host: 'acme.okta.com', path: '/oauth2/default/v1/introspect', gives: 'introspection' },
      { method: 'GET', host: 'acme.okta.com', path: '/oauth2/default/v1/keys', gives: 'jwks' },
      { method: 'POST', host: 'acme.okta.com', path: '/oauth2/v1/token', gives: 'token' },
      { method: 'GET', host: 'acme.okta.com', path: '/oauth2/default/v1/authorize', gives: 'api' },
    ],
  },
});
