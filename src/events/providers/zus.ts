import { defineProvider } from './define.js';

/** Host and path are the vendor's; allows 200 token requests an hour for each app. */
export default defineProvider({
  id: 'zus',
  title: 'Zus Health',
  docs: 'https://docs.zushealth.com/docs/m2m-application-setup',
  defaultLifetimeSeconds: 3600,
  lifetimeMark: 'S',
  samples: {
    fetches: [{ method: 'POST', host: 'auth.example.com', path: '/oauth/token' }],
    nearMisses: [{ method: 'GET', host: 'auth.example.com', path: '/oauth/token', gives: 'api' }],
  },
});
