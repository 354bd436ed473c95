import { defineProvider } from './define.js';

/** The session timeout rules the life, and the answer mostly has no `expires_in`. */
export default defineProvider({
  id: 'salesforce',
  title: 'Salesforce',
  docs: 'https://developer.salesforce.com/docs/',
  hosts: ['*.my.salesforce.com', 'login.salesforce.com', 'test.salesforce.com'],
  hostPaths: ['/services/oauth2/token'],
  samples: {
    fetches: [
      { method: 'POST', host: 'acme.my.salesforce.com', path: '/services/oauth2/token' },
      { method: 'POST', host: 'login.salesforce.com', path: '/services/oauth2/token' },
    ],
    nearMisses: [
      { method: 'POST', host: 'acme.my.salesforce.com', path: '/services/oauth2/introspect', gives: 'introspection' },
      { method: 'POST', host: 'acme.my.salesforce.com', path: '/services/oauth2/revoke', gives: 'revocation' },
      { method: 'GET', host: 'acme.my.salesforce.com', path: '/services/oauth2/userinfo', gives: 'userinfo' },
      { method: 'GET', host: 'acme.my.salesforce.com', path: '/id/keys', gives: 'jwks' },
      { method: 'GET', host: 'acme.my.salesforce.com', path: '/services/data/v60.0/sobjects', gives: 'api' },
    ],
  },
});
