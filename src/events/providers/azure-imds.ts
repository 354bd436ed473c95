import { defineProvider } from './define.js';

/** Answers from a cache of the platform. */
export default defineProvider({
  id: 'azure-imds',
  title: 'Azure instance metadata service',
  docs: 'https://learn.microsoft.com/entra/identity/managed-identities-azure-resources/how-to-use-vm-token',
  tokenPaths: ['/metadata/identity/oauth2/token'],
  methods: ['GET'],
  samples: {
    fetches: [
      {
        method: 'GET',
        host: '169.254.169.254',
        path: '/metadata/identity/oauth2/token',
        query: 'api-version=2018-02-01&resource=https%3A%2F%2Fvault.azure.net',
      },
    ],
    nearMisses: [
      { method: 'GET', host: '169.254.169.254', path: '/metadata/instance', gives: 'api' },
      { method: 'POST', host: '169.254.169.254', path: '/metadata/identity/oauth2/token', gives: 'api' },
    ],
  },
});
