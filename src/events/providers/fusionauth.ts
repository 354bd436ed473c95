import { defineProvider } from './define.js';

export default defineProvider({
  id: 'fusionauth',
  title: 'FusionAuth',
  docs: 'https://fusionauth.io/docs/',
  hosts: ['*.fusionauth.io'],
  hostPaths: ['/oauth2/token'],
  defaultLifetimeSeconds: 3600,
  lifetimeMark: 'D',
  samples: {
    fetches: [{ method: 'POST', host: 'acme.fusionauth.io', path: '/oauth2/token' }],
    nearMisses: [
      { method: 'POST', host: 'acme.fusionauth.io', path: '/oauth2/introspect', gives: 'introspection' },
      { method: 'GET', host: 'acme.fusionauth.io', path: '/oauth2/userinfo', gives: 'userinfo' },
      { method: 'GET', host: 'acme.fusionauth.io', path: '/.well-known/jwks.json', gives: 'jwks' },
      { method: 'POST', path: '/oauth2/token', gives: 'token' },
    ],
  },
});
