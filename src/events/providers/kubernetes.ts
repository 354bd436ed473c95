import { defineProvider } from './define.js';

export default defineProvider({
  id: 'kubernetes',
  title: 'Kubernetes TokenRequest',
  docs: 'https://kubernetes.io/docs/reference/kubernetes-api/authentication-resources/token-request-v1/',
  tokenPaths: ['/api/v1/namespaces/*/serviceaccounts/*/token'],
  // what is requested; an hour unless said otherwise
  defaultLifetimeSeconds: 3600,
  lifetimeMark: 'D',
  samples: {
    fetches: [{ method: 'POST', path: '/api/v1/namespaces/shop/serviceaccounts/orders/token' }],
    nearMisses: [
      { method: 'POST', path: '/apis/authentication.k8s.io/v1/tokenreviews', gives: 'review' },
      { method: 'GET', path: '/api/v1/namespaces/shop/serviceaccounts/orders', gives: 'api' },
      { method: 'GET', path: '/api/v1/namespaces/shop/serviceaccounts/orders/token', gives: 'api' },
    ],
  },
});
