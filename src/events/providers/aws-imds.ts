import { defineProvider } from './define.js';

/** The caller chooses the life of a session token; the platform caches the credentials of a role. */
export default defineProvider({
  id: 'aws-imds',
  title: 'AWS instance metadata service',
  docs: 'https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html',
  tokenPaths: ['/latest/api/token', '/latest/meta-data/iam/security-credentials/*'],
  methods: ['PUT', 'GET'],
  samples: {
    fetches: [
      { method: 'PUT', host: '169.254.169.254', path: '/latest/api/token' },
      { method: 'GET', host: '169.254.169.254', path: '/latest/meta-data/iam/security-credentials/orders' },
    ],
    nearMisses: [
      { method: 'GET', host: '169.254.169.254', path: '/latest/api/token', gives: 'api' },
      { method: 'GET', host: '169.254.169.254', path: '/latest/meta-data/iam/security-credentials/', gives: 'api' },
      { method: 'GET', host: '169.254.169.254', path: '/latest/meta-data/instance-id', gives: 'api' },
    ],
  },
});
