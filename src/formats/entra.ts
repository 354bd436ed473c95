import { defineFormat, type Field } from './define.js';

/** Errors of an application that cannot prove who it is. */
const unauthorized = ['7000215', '7000222', '7000216', '700027', '7000229', '700016', '50012'];

const status = { '0': '200', '*': '400', ...Object.fromEntries(unauthorized.map((code) => [code, '401'])) };

/** The kinds of sign-ins that are a service's, as the exports, their tables and the Graph name them; any other is a person's. */
const methods = Object.fromEntries(
  ['ServicePrincipalSignInLogs', 'ManagedIdentitySignInLogs']
    .flatMap((name) => [name, `AAD${name}`])
    .concat('servicePrincipal', 'managedIdentity')
    .map((name) => [name, 'POST']),
);

const resource: readonly Field[] = [
  { slot: 'audience', as: 'text' },
  { slot: 'route', as: 'text' },
];

export default defineFormat({
  id: 'entra',
  title: 'Microsoft Entra ID sign-ins of service principals and managed identities (diagnostic export, table rows, Graph)',
  docs: 'https://learn.microsoft.com/azure/azure-monitor/reference/tables/aadserviceprincipalsigninlogs',
  stamped: 'end',
  layout: {
    kind: 'json',
    // Sign-ins of people stand in the same export.
    needs: [
      ['category=*SignInLogs', 'Category=*SignInLogs', 'Type=AAD*SignInLogs', 'signInEventTypes'],
      ['properties', 'ResultType', 'status.errorCode'],
    ],
    textObjects: ['properties'],
    // Every sign-in of an application is a token request; the log has no path, and both versions of the endpoint give the same.
    always: { path: '/oauth2/v2.0/token', grantType: 'client_credentials' },
    fields: {
      // When it was exported comes later, and stands there as a date of the United States at times.
      'properties.createdDateTime': { slot: 'time', as: 'time-iso' },
      time: { slot: 'time', as: 'time-iso' },
      createdDateTime: { slot: 'time', as: 'time-iso' },
      CreatedDateTime: { slot: 'time', as: 'time-iso' },
      TimeGenerated: { slot: 'time', as: 'time-iso' },
      category: { slot: 'method', as: 'text', words: methods },
      Category: { slot: 'method', as: 'text', words: methods },
      Type: { slot: 'method', as: 'text', words: methods },
      signInEventTypes: { slot: 'method', as: 'text', words: methods },
      'properties.status.errorCode': { slot: 'status', as: 'number', words: status },
      'status.errorCode': { slot: 'status', as: 'number', words: status },
      resultType: { slot: 'status', as: 'number', words: status },
      ResultType: { slot: 'status', as: 'number', words: status },
      'properties.ipAddress': { slot: 'client', as: 'text' },
      callerIpAddress: { slot: 'client', as: 'text' },
      ipAddress: { slot: 'client', as: 'text' },
      IPAddress: { slot: 'client', as: 'text' },
      'properties.appId': { slot: 'clientId', as: 'text' },
      appId: { slot: 'clientId', as: 'text' },
      AppId: { slot: 'clientId', as: 'text' },
      'properties.servicePrincipalId': { slot: 'clientId', as: 'text' },
      servicePrincipalId: { slot: 'clientId', as: 'text' },
      ServicePrincipalId: { slot: 'clientId', as: 'text' },
      'properties.resourceId': { slot: 'audience', as: 'text' },
      'properties.resourceDisplayName': resource,
      resourceDisplayName: resource,
      ResourceIdentity: { slot: 'audience', as: 'text' },
      ResourceDisplayName: resource,
      'properties.id': { slot: 'requestId', as: 'text' },
      id: { slot: 'requestId', as: 'text' },
      Id: { slot: 'requestId', as: 'text' },
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
    {
      line: '{ "time": "2026-03-02T10:15:32.5Z", "operationName": "Sign-in activity", "category": "ManagedIdentitySignInLogs", "resultType": "0", "durationMs": 0, "correlationId": "1b2c3d4e-0000-4000-8000-000000000002", "properties": {"id":"req-3","createdDateTime":"2026-03-02T10:15:32.5+00:00","userId":null,"appId":"0f0e0d0c-0000-4000-8000-00000000000b","ipAddress":"","status":{"errorCode":0},"resourceDisplayName":"Orders API","resourceId":"00000003-0000-0000-c000-000000000000","servicePrincipalId":"sp-2"}}',
      gives: {
        time: 1772446532500,
        timeAt: 'end',
        method: 'POST',
        path: '/oauth2/v2.0/token',
        status: 200,
        identity: '0f0e0d0c-0000-4000-8000-00000000000b',
        requestId: 'req-3',
        route: 'Orders API',
        grantType: 'client_credentials',
        audience: '00000003-0000-0000-c000-000000000000',
      },
    },
    {
      line: '{"TimeGenerated":"2026-03-02T10:15:33Z","OperationName":"Sign-in activity","Category":"ServicePrincipalSignInLogs","ResultType":"7000222","CorrelationId":"c-4","Id":"req-4","AppId":"0f0e0d0c-0000-4000-8000-00000000000a","IPAddress":"2001:db8::7","ResourceDisplayName":"Orders API","ResourceIdentity":"00000003-0000-0000-c000-000000000000","ServicePrincipalId":"sp-1","Type":"AADServicePrincipalSignInLogs"}',
      gives: {
        time: 1772446533000,
        timeAt: 'end',
        method: 'POST',
        path: '/oauth2/v2.0/token',
        status: 401,
        client: '2001:db8::7',
        identity: '0f0e0d0c-0000-4000-8000-00000000000a',
        requestId: 'req-4',
        route: 'Orders API',
        grantType: 'client_credentials',
        audience: '00000003-0000-0000-c000-000000000000',
      },
    },
    {
      line: '{"id":"req-5","createdDateTime":"2026-03-02T10:15:34Z","appId":"0f0e0d0c-0000-4000-8000-00000000000a","ipAddress":"203.0.113.7","correlationId":"c-5","signInEventTypes":["servicePrincipal"],"servicePrincipalId":"sp-1","resourceDisplayName":"Orders API","resourceId":"00000003-0000-0000-c000-000000000000","status":{"errorCode":0,"failureReason":null}}',
      gives: {
        time: 1772446534000,
        timeAt: 'end',
        method: 'POST',
        path: '/oauth2/v2.0/token',
        status: 200,
        client: '203.0.113.7',
        identity: '0f0e0d0c-0000-4000-8000-00000000000a',
        requestId: 'req-5',
        route: 'Orders API',
        grantType: 'client_credentials',
        audience: 'Orders API',
      },
    },
    {
      line: '{"time":"2026-03-02T10:15:35Z","category":"NonInteractiveUserSignInLogs","resultType":"0","callerIpAddress":"203.0.113.9","properties":{"id":"req-6","appId":"web","userId":"u1","status":{"errorCode":0}}}',
      gives: { skip: 'no-request' },
    },
  ],
});
