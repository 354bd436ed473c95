import { defineProvider } from './define.js';

/** Returns the same token until its last minutes, with whatever life it has left. */
export default defineProvider({
  id: 'google-metadata',
  title: 'Google metadata server',
  docs: 'https://cloud.google.com/compute/docs/metadata/overview',
  hosts: ['metadata.google.internal'],
  hostPaths: [
    '/computeMetadata/v1/instance/service-accounts/*/token',
    '/computeMetadata/v1/instance/service-accounts/*/identity',
  ],
  tokenPaths: [
    '/computeMetadata/v1/instance/service-accounts/*/token',
    '/computeMetadata/v1/instance/service-accounts/*/identity',
  ],
  methods: ['GET'],
  samples: {
    fetches: [
      { method: 'GET', host: 'metadata.google.internal', path: '/computeMetadata/v1/instance/service-accounts/default/token' },
      {
        method: 'GET',
        host: '169.254.169.254',
        path: '/computeMetadata/v1/instance/service-accounts/default/identity',
        query: 'audience=https://orders.example.com',
      },
    ],
    nearMisses: [
      {
        method: 'GET',
        host: 'metadata.google.internal',
        path: '/computeMetadata/v1/instance/service-accounts/default/email',
        gives: 'api',
      },
      {
        method: 'POST',
        host: 'metadata.google.internal',
        path: '/computeMetadata/v1/instance/service-accounts/default/token',
        gives: 'api',
      },
    ],
  },
});
