import { defineFormat } from './define.js';

/**
 * A token that was issued has an event of its own beside that of its grant (and of its refresh or id token); a request that was
 * refused has only that of the grant.
 */
const ACCESS = ['app.oauth2.as.token.grant.access_token', 'app.oauth2.token.grant.access_token'];
const GRANT = ['app.oauth2.as.token.grant', 'app.oauth2.token.grant'];

export default defineFormat({
  id: 'okta',
  title: 'Okta System Log',
  docs: 'https://developer.okta.com/docs/reference/api/event-types/',
  stamped: 'end',
  layout: {
    kind: 'json',
    needs: [['eventType'], ['published'], ['actor.id']],
    skip: GRANT.map((eventType) => ({ eventType, 'outcome.result': 'SUCCESS' })),
    always: { path: '/oauth2/v1/token' },
    fields: {
      published: { slot: 'time', as: 'time-iso' },
      eventType: {
        slot: 'method',
        as: 'text',
        words: Object.fromEntries([...ACCESS, ...GRANT].map((eventType) => [eventType, 'POST'])),
      },
      'outcome.reason': {
        slot: 'status',
        as: 'number',
        words: { invalid_client: '401', invalid_client_secret: '401', rate_limit_exceeded: '429' },
      },
      // RFC 6749, 5.2: what is refused for another reason.
      'outcome.result': { slot: 'status', as: 'number', words: { success: '200', allow: '200', '*': '400' } },
      'debugContext.debugData.requestUri': { slot: 'target', as: 'text' },
      'client.ipAddress': { slot: 'client', as: 'text' },
      'debugContext.debugData.clientId': { slot: 'clientId', as: 'text' },
      'actor.id': { slot: 'clientId', as: 'text' },
      'debugContext.debugData.grantType': { slot: 'grantType', as: 'text' },
      'debugContext.debugData.grantedScopes': { slot: 'scope', as: 'text' },
      'debugContext.debugData.requestedScopes': { slot: 'scope', as: 'text' },
      'client.userAgent.rawUserAgent': { slot: 'userAgent', as: 'text' },
      'transaction.id': { slot: 'requestId', as: 'text' },
      uuid: { slot: 'requestId', as: 'text' },
    },
  },
  samples: [
    {
      line: '{"uuid":"1b2c3d4e-0000-11f1-8000-000000000001","published":"2026-03-02T10:15:30.123Z","eventType":"app.oauth2.as.token.grant.access_token","actor":{"id":"0oa1b2c3d4","type":"PublicClientApp","alternateId":"unknown","displayName":"orders-gw"},"client":{"ipAddress":"203.0.113.7","userAgent":{"rawUserAgent":"orders-gw/4.2"}},"outcome":{"result":"SUCCESS"},"transaction":{"id":"Yabc1","type":"WEB"},"debugContext":{"debugData":{"requestUri":"/oauth2/aus1/v1/token"}}}',
      gives: {
        time: 1772446530123,
        timeAt: 'end',
        method: 'POST',
        path: '/oauth2/aus1/v1/token',
        status: 200,
        client: '203.0.113.7',
        identity: '0oa1b2c3d4',
        userAgent: 'orders-gw/4.2',
        requestId: 'Yabc1',
      },
    },
    {
      line: '{"uuid":"1b2c3d4e-0000-11f1-8000-000000000002","published":"2026-03-02T10:15:31.000Z","eventType":"app.oauth2.as.token.grant","actor":{"id":"0oa1b2c3d4","type":"PublicClientApp"},"client":{"ipAddress":"203.0.113.7"},"outcome":{"result":"FAILURE","reason":"no_matching_policy"},"debugContext":{"debugData":{"requestUri":"/oauth2/aus1/v1/token","grantType":"client_credentials","requestedScopes":"orders.read"}}}',
      gives: {
        time: 1772446531000,
        timeAt: 'end',
        method: 'POST',
        path: '/oauth2/aus1/v1/token',
        status: 400,
        client: '203.0.113.7',
        identity: '0oa1b2c3d4',
        requestId: '1b2c3d4e-0000-11f1-8000-000000000002',
        grantType: 'client_credentials',
        scope: 'orders.read',
      },
    },
    {
      line: '{"uuid":"1b2c3d4e-0000-11f1-8000-000000000003","published":"2026-03-02T10:15:31.000Z","eventType":"app.oauth2.as.token.grant","actor":{"id":"0oa1b2c3d4","type":"PublicClientApp"},"outcome":{"result":"SUCCESS"}}',
      gives: { skip: 'no-request' },
    },
  ],
});
