import { defineProvider } from './define.js';

/**
 * A mount may have any name: only the usual ones are certain. Its life (768 h unless tuned) is left out: roles almost always tune it,
 * and a life that is too long makes healthy fetches look redundant.
 */
export default defineProvider({
  id: 'vault',
  title: 'HashiCorp Vault and OpenBao',
  docs: 'https://developer.hashicorp.com/vault/docs/concepts/tokens',
  tokenPaths: ['/v1/auth/approle/login', '/v1/auth/kubernetes/login', '/v1/auth/ldap/login/*', '/v1/auth/userpass/login/*'],
  methods: ['POST', 'PUT'],
  samples: {
    fetches: [
      { method: 'POST', path: '/v1/auth/approle/login' },
      { method: 'PUT', path: '/v1/auth/kubernetes/login' },
      { method: 'POST', path: '/v1/auth/userpass/login/orders' },
    ],
    nearMisses: [
      { method: 'GET', path: '/v1/auth/token/lookup-self', gives: 'introspection' },
      { method: 'POST', path: '/v1/auth/token/revoke-self', gives: 'revocation' },
      { method: 'POST', path: '/v1/auth/token/renew-self', gives: 'api' },
      { method: 'GET', path: '/v1/auth/approle/login', gives: 'api' },
      { method: 'POST', path: '/api/v1/auth/users/login', gives: 'ambiguous' },
      { method: 'POST', path: '/api/v1/auth/jwt/login', gives: 'ambiguous' },
      { method: 'POST', path: '/v1/auth/team-a/login', gives: 'token' },
      { method: 'POST', path: '/v1/auth/token/create', gives: 'token' },
      { method: 'POST', path: '/v1/auth/login', gives: 'ambiguous' },
    ],
  },
});
