import { defineProvider } from './define.js';

export default defineProvider({
  id: 'oracle-idcs',
  title: 'Oracle IDCS and OCI IAM',
  docs: 'https://docs.oracle.com/en/cloud/paas/identity-cloud/',
  hosts: ['*.identity.oraclecloud.com'],
  hostPaths: ['/oauth2/v1/token'],
  defaultLifetimeSeconds: 3600,
  lifetimeMark: 'S',
  samples: {
    fetches: [{ method: 'POST', host: 'idcs-1a2b3c.identity.oraclecloud.com', path: '/oauth2/v1/token' }],
    nearMisses: [
      { method: 'POST', host: 'idcs-1a2b3c.identity.oraclecloud.com', path: '/oauth2/v1/introspect', gives: 'introspection' },
      { method: 'POST', host: 'idcs-1a2b3c.identity.oraclecloud.com', path: '/oauth2/v1/revoke', gives: 'revocation' },
      { method: 'GET', host: 'idcs-1a2b3c.identity.oraclecloud.com', path: '/admin/v1/SigningCert/jwk', gives: 'jwks' },
      { method: 'POST', path: '/oauth2/v1/token', gives: 'token' },
    ],
  },
});
