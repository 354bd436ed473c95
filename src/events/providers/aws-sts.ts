import { defineProvider } from './define.js';

/** The path is always `/`: host and action tell a call (`../sts.ts`). The life is that of AssumeRole and its variants. */
export default defineProvider({
  id: 'aws-sts',
  title: 'AWS Security Token Service',
  docs: 'https://docs.aws.amazon.com/STS/latest/APIReference/',
  hosts: [
    'sts.amazonaws.com',
    'sts.*.amazonaws.com',
    'sts.*.amazonaws.com.cn',
    'sts-fips.*.amazonaws.com',
    '*.sts.*.vpce.amazonaws.com',
  ],
  hostPaths: ['/'],
  methods: ['POST', 'GET'],
  defaultLifetimeSeconds: 3600,
  lifetimeMark: 'D',
  samples: {
    fetches: [
      { method: 'POST', host: 'sts.eu-central-1.amazonaws.com', path: '/', query: 'Action=AssumeRole&Version=2011-06-15' },
      { method: 'GET', host: 'sts.amazonaws.com', path: '/', query: 'Action=AssumeRoleWithWebIdentity' },
      { method: 'POST', host: 'sts.amazonaws.com', path: '/', gives: 'ambiguous' },
    ],
    nearMisses: [
      { method: 'POST', host: 'sts.amazonaws.com', path: '/', query: 'Action=GetCallerIdentity', gives: 'userinfo' },
      { method: 'GET', host: 'sts.amazonaws.com', path: '/', gives: 'api' },
      { method: 'POST', host: 's3.amazonaws.com', path: '/', query: 'Action=AssumeRole', gives: 'api' },
      { method: 'POST', path: '/', query: 'Action=AssumeRole', gives: 'api' },
    ],
  },
});
