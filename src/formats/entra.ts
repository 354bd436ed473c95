import { defineFormat } from './define.js';

/** Errors of an application that cannot prove who it is. */
const unauthorized = ['7000215', '7000222', '7000216', '700027', '7000229', '700016', '50012'];

const status = { '0': '200', '*': '400', ...Object.fromEntries(unauthorized.map((code) => [code, '401'])) };

export default defineFormat({
  id: 'entra',
  title: 'Microsoft Entra ID sign-ins of service principals',
  docs: 'https://learn.microsoft.com/azure/azure-monitor/reference/tables/aadserviceprincipalsigninlogs',
  stamped: 'end',
  layout: {
    kind: 'json',
    needs: [['category=ServicePrincipalSignInLogs']],
    textObjects: ['properties'],
    // Every sign-in of an application is a token request; the log has no path, and both versions of the endpoint give the same.
    always: { path: '/oauth2/v2.0/token', grantType: 'client_credentials' },
    fields: {
      time: { slot: 'time', as: 'time-iso' },
      'properties.createdDateTime': { slot: 'time', as: 'time-iso' },
      category: { slot: 'method', as: 'text', words: { ServicePrincipalSignInLogs: 'POST' } },
      'properties.status.errorCode': { slot: 'status', as: 'number', words: status },
      resultType: { slot: 'status', as: 'number', words: status },
      'properties.ipAddress': { slot: 'client', as: 'text' },
      callerIpAddress: { slot: 'client', as: 'text' },
      'properties.appId': { slot: 'clientId', as: 'text' },
      'properties.servicePrincipalId': { slot: 'clientId', as: 'text' },
      'properties.resourceId': { slot: 'audience', as: 'text' },
      'properties.resourceDisplayName': [
        { slot: 'audience', as: 'text' },
        { slot: 'route', as: 'text' },
      ],
      'properties.id': { slot: 'requestId', as: 'text' },
      correlationId: { slot: 'requestId', as: 'text' },
    },
  },
  samples: [
    {
      line: '{"time":"2026-03-02T10:15:30.1234567Z","category":"ServicePrincipalSignInLogs","operationName":"Sign-in activity","resultType":"0","durationMs":0,"callerIpAddress":"203.0.113.7","correlationId":"1b2c3d4e-0000-4000-8000-000000000001","properties":{"id":"req-1","createdDateTime":"2026-03-02T10:15:30.1234567+00:00","appId":"0f0e0d0c-0000-4000-8000-00000000000a","servicePrincipalName":"orders-gw","servicePrincipalId":"sp-1","resourceDisplayName":"Orders API","ipAddress":"203.0.113.7","correlationId":"1b2c3d4e-0000-4000-8000-000000000001","status":{"errorCode":0}}}',
      gives: {
        time: 1772446530123.456,
        timeAt: 'end',
        method: 'POST',
        path: '/oauth2/v2.0/token',
        status: 200,
        client: '203.0.113.7',
        identity: '0f0e0d0c-0000-4000-8000-00000000000a',
        requestId: 'req-1',
        route: 'Orders API',
        grantType: 'client_credentials',
        audience: 'Orders API',
      },
    },
    {
      line: '{"time":"2026-03-02T10:15:31Z","category":"ServicePrincipalSignInLogs","resultType":"7000215","callerIpAddress":"203.0.113.7","properties":"{\\"id\\":\\"req-2\\",\\"appId\\":\\"0f0e0d0c-0000-4000-8000-00000000000a\\",\\"resourceId\\":\\"00000003-0000-0000-c000-000000000000\\",\\"status\\":{\\"errorCode\\":7000215}}"}',
      gives: {
        time: 1772446531000,
        timeAt: 'end',
        method: 'POST',
        path: '/oauth2/v2.0/token',
        status: 401,
        client: '203.0.113.7',
        identity: '0f0e0d0c-0000-4000-8000-00000000000a',
        requestId: 'req-2',
        grantType: 'client_credentials',
        audience: '00000003-0000-0000-c000-000000000000',
      },
    },
  ],
});
