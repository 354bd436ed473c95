import { defineProvider } from './define.js';

export default defineProvider({
  id: 'cognito',
  title: 'Amazon Cognito',
  docs: 'https://docs.aws.amazon.com/cognito/latest/developerguide/token-endpoint.html',
  hosts: ['*.amazoncognito.com'],
  hostPaths: ['/oauth2/token'],
  defaultLifetimeSeconds: 3600,
  lifetimeMark: 'D',
  samples: {
    fetches: [{ method: 'POST', host: 'acme.auth.eu-central-1.amazoncognito.com', path: '/oauth2/token' }],
    nearMisses: [
      { method: 'POST', host: 'acme.auth.eu-central-1.amazoncognito.com', path: '/oauth2/revoke', gives: 'revocation' },
      { method: 'GET', host: 'acme.auth.eu-central-1.amazoncognito.com', path: '/oauth2/userInfo', gives: 'userinfo' },
      {
        method: 'GET',
        host: 'cognito-idp.eu-central-1.amazonaws.com',
        path: '/eu-central-1_AbC/.well-known/jwks.json',
        gives: 'jwks',
      },
      { method: 'POST', path: '/oauth2/token', gives: 'token' },
    ],
  },
});
