import { defineProvider } from './define.js';

export default defineProvider({
  id: 'google',
  title: 'Google service accounts',
  docs: 'https://developers.google.com/identity/protocols/oauth2/service-account',
  hosts: ['oauth2.googleapis.com', 'www.googleapis.com', 'iamcredentials.googleapis.com'],
  hostPaths: ['/token', '/oauth2/v4/token'],
  tokenPaths: ['/projects/*/serviceAccounts/*:generateAccessToken'],
  defaultLifetimeSeconds: 3600,
  lifetimeMark: 'D',
  samples: {
    fetches: [
      { method: 'POST', host: 'oauth2.googleapis.com', path: '/token' },
      { method: 'POST', host: 'www.googleapis.com', path: '/oauth2/v4/token' },
      {
        method: 'POST',
        host: 'iamcredentials.googleapis.com',
        path: '/v1/projects/-/serviceAccounts/orders@acme.iam.gserviceaccount.com:generateAccessToken',
      },
    ],
    nearMisses: [
      { method: 'POST', host: 'oauth2.googleapis.com', path: '/tokeninfo', gives: 'introspection' },
      { method: 'POST', host: 'oauth2.googleapis.com', path: '/revoke', gives: 'revocation' },
      { method: 'GET', host: 'www.googleapis.com', path: '/oauth2/v3/certs', gives: 'jwks' },
      { method: 'POST', path: '/token', gives: 'ambiguous' },
      { method: 'GET', host: 'oauth2.googleapis.com', path: '/token', gives: 'api' },
    ],
  },
});
