import { defineProvider } from './define.js';

/** The author of the provider chooses the path. */
export default defineProvider({
  id: 'ibm-api-connect',
  title: 'IBM API Connect',
  docs: 'https://www.ibm.com/docs/en/api-connect',
  defaultLifetimeSeconds: 3600,
  lifetimeMark: 'S',
  samples: {
    fetches: [{ method: 'POST', path: '/acme/sandbox/oauth2/token' }],
    nearMisses: [{ method: 'POST', path: '/acme/sandbox/oauth2/introspect', gives: 'introspection' }],
  },
});
