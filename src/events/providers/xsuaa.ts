import { defineProvider } from './define.js';

export default defineProvider({
  id: 'xsuaa',
  title: 'SAP BTP XSUAA',
  docs: 'https://help.sap.com/docs/btp',
  hosts: ['*.authentication.*.hana.ondemand.com'],
  hostPaths: ['/oauth/token'],
  defaultLifetimeSeconds: 43200,
  lifetimeMark: 'D',
  samples: {
    fetches: [{ method: 'POST', host: 'acme.authentication.eu10.hana.ondemand.com', path: '/oauth/token' }],
    nearMisses: [
      { method: 'GET', host: 'acme.authentication.eu10.hana.ondemand.com', path: '/token_keys', gives: 'jwks' },
      { method: 'POST', host: 'acme.authentication.eu10.hana.ondemand.com', path: '/introspect', gives: 'introspection' },
      { method: 'GET', host: 'acme.authentication.eu10.hana.ondemand.com', path: '/userinfo', gives: 'userinfo' },
      { method: 'POST', host: 'orders.cfapps.eu10.hana.ondemand.com', path: '/oauth/token', gives: 'token' },
    ],
  },
});
