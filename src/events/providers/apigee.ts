import { defineProvider } from './define.js';

/** The author of the proxy chooses path and life. */
export default defineProvider({
  id: 'apigee',
  title: 'Apigee OAuthV2 policy',
  docs: 'https://cloud.google.com/apigee/docs/api-platform/security/oauth/oauth-home',
  samples: {
    fetches: [
      { method: 'POST', path: '/oauth/client_credential/accesstoken', query: 'grant_type=client_credentials' },
      { method: 'GET', path: '/oauth/client_credential/accesstoken', query: 'grant_type=client_credentials' },
      { method: 'POST', path: '/oauth2/accesstoken' },
    ],
    nearMisses: [{ method: 'GET', path: '/oauth/client_credential/accesstoken', gives: 'api' }],
  },
});
