import { defineProvider } from './define.js';

export default defineProvider({
  id: 'pingfederate',
  title: 'PingFederate',
  docs: 'https://docs.pingidentity.com/pingfederate/',
  tokenPaths: ['/as/token.oauth2'],
  // set in the access token manager
  defaultLifetimeSeconds: 7200,
  lifetimeMark: '?',
  samples: {
    fetches: [
      { method: 'POST', path: '/as/token.oauth2' },
      { method: 'POST', host: 'sso.example.com', path: '/ping/as/token.oauth2' },
    ],
    nearMisses: [
      { method: 'POST', path: '/as/introspect.oauth2', gives: 'introspection' },
      { method: 'POST', path: '/as/revoke_token.oauth2', gives: 'revocation' },
      { method: 'GET', path: '/pf/JWKS', gives: 'jwks' },
      { method: 'GET', path: '/idp/userinfo.openid', gives: 'userinfo' },
      { method: 'POST', path: '/as/authorization.oauth2', gives: 'api' },
    ],
  },
});
