import { defineProvider } from './define.js';

/** Allows 50 service tokens in 12 hours. */
export default defineProvider({
  id: 'soundcloud',
  title: 'SoundCloud',
  docs: 'https://developers.soundcloud.com/docs/api/guide',
  hosts: ['api.soundcloud.com', 'secure.soundcloud.com'],
  hostPaths: ['/oauth2/token', '/oauth/token'],
  defaultLifetimeSeconds: 3600,
  lifetimeMark: 'S',
  samples: {
    fetches: [
      { method: 'POST', host: 'api.soundcloud.com', path: '/oauth2/token' },
      { method: 'POST', host: 'secure.soundcloud.com', path: '/oauth/token' },
    ],
    nearMisses: [
      { method: 'GET', host: 'api.soundcloud.com', path: '/tracks', gives: 'api' },
      { method: 'POST', path: '/oauth2/token', gives: 'token' },
    ],
  },
});
