import { defineProvider } from './define.js';

export default defineProvider({
  id: 'entra-v1',
  title: 'Microsoft Entra ID v1.0',
  docs: 'https://learn.microsoft.com/entra/identity-platform/configurable-token-lifetimes',
  hosts: ['login.microsoftonline.com', 'login.microsoftonline.us', 'login.partner.microsoftonline.cn'],
  hostPaths: ['/*/oauth2/token'],
  // drawn at random from 60 to 90 minutes: the low end
  defaultLifetimeSeconds: 3600,
  lifetimeMark: 'S',
  samples: {
    fetches: [{ method: 'POST', host: 'login.microsoftonline.com', path: '/contoso.onmicrosoft.com/oauth2/token' }],
    nearMisses: [
      { method: 'GET', host: 'login.microsoftonline.com', path: '/common/discovery/keys', gives: 'jwks' },
      { method: 'POST', host: 'login.microsoftonline.com', path: '/contoso/oauth2/v2.0/token', gives: 'token' },
      { method: 'POST', path: '/contoso/oauth2/token', gives: 'token' },
    ],
  },
});
