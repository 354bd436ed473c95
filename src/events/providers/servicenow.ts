import { defineProvider } from './define.js';

/** Returns the same token while it is valid and moves its expiry forward. */
export default defineProvider({
  id: 'servicenow',
  title: 'ServiceNow',
  docs: 'https://support.servicenow.com/kb?id=kb_article_view&sysparm_article=KB0791140',
  hosts: ['*.service-now.com'],
  hostPaths: ['/oauth_token.do'],
  tokenPaths: ['/oauth_token.do'],
  defaultLifetimeSeconds: 1800,
  lifetimeMark: 'S',
  samples: {
    fetches: [
      { method: 'POST', host: 'acme.service-now.com', path: '/oauth_token.do' },
      { method: 'POST', path: '/oauth_token.do' },
    ],
    nearMisses: [
      { method: 'POST', host: 'acme.service-now.com', path: '/oauth_revoke.do', gives: 'revocation' },
      { method: 'GET', host: 'acme.service-now.com', path: '/oauth_token.do', gives: 'api' },
      { method: 'POST', path: '/oauth_token', gives: 'token' },
    ],
  },
});
