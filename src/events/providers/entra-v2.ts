import { defineProvider } from './define.js';

export default defineProvider({
  id: 'entra-v2',
  title: 'Microsoft Entra ID v2.0',
  docs: 'https://learn.microsoft.com/entra/identity-platform/configurable-token-lifetimes',
  hosts: ['login.microsoftonline.com', 'login.microsoftonline.us', 'login.partner.microsoftonline.cn'],
  hostPaths: ['/*/oauth2/v2.0/token'],
  // drawn at random from 60 to 90 minutes: the low end
  defaultLifetimeSeconds: 3600,
  lifetimeMark: 'S',
  samples: {
    fetches: [
      { method: 'POST', host: 'login.microsoftonline.com', path: '/0f1e2d3c-0000-4000-8000-000000000000/oauth2/v2.0/token' },
      { method: 'POST', host: 'login.microsoftonline.us', path: '/contoso.onmicrosoft.com/oauth2/v2.0/token' },
    ],
    nearMisses: [
      { method: 'GET', host: 'login.microsoftonline.com', path: '/common/discovery/v2.0/keys', gives: 'jwks' },
      {
        method: 'GET',
        host: 'login.microsoftonline.com',
        path: '/common/v2.0/.well-known/openid-configuration',
        gives: 'discovery',
      },
      { method: 'GET', host: 'login.microsoftonline.com', path: '/common/oauth2/v2.0/authorize', gives: 'api' },
      { method: 'POST', path: '/contoso/oauth2/v2.0/token', gives: 'token' },
    ],
  },
});
