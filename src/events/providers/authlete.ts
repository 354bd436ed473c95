import { defineProvider } from './define.js';

/** The back end of somebody's authorization server, whose own endpoint may have any path. */
export default defineProvider({
  id: 'authlete',
  title: 'Authlete',
  docs: 'https://www.authlete.com/developers/',
  samples: {
    fetches: [{ method: 'POST', path: '/api/1234567/auth/token', gives: 'ambiguous' }],
    nearMisses: [{ method: 'POST', path: '/api/1234567/auth/introspection', gives: 'introspection' }],
  },
});
