import { defineFormat } from './define.js';
import { frontDoorCacheWords } from './response-cache-words.js';

export default defineFormat({
  id: 'azure-frontdoor',
  title: 'Azure Front Door access log (standard, premium and classic)',
  docs: 'https://learn.microsoft.com/azure/frontdoor/monitor-front-door',
  aliases: ['frontdoor'],
  stamped: 'end',
  layout: {
    kind: 'json',
    needs: [
      ['category=FrontDoorAccessLog', 'category=FrontdoorAccessLog', 'operationName=Microsoft.*/AccessLog/Write'],
      ['properties.trackingReference'],
    ],
    textObjects: ['properties'],
    // What a cache asks of the cache behind it is the same request once more.
    skip: [{ 'properties.isReceivedFromClient': 'false' }],
    fields: {
      time: { slot: 'time', as: 'time-iso' },
      'properties.timeTaken': { slot: 'duration', as: 'seconds' },
      'properties.httpStatusCode': { slot: 'status', as: 'number' },
      'properties.responseBytes': { slot: 'bytes', as: 'number' },
      'properties.httpMethod': { slot: 'method', as: 'text' },
      'properties.requestUri': { slot: 'target', as: 'text' },
      'properties.hostName': { slot: 'host', as: 'text' },
      // The peer; `clientIp` is what X-Forwarded-For claims.
      'properties.socketIp': { slot: 'client', as: 'text' },
      'properties.clientIp': { slot: 'client', as: 'text' },
      'properties.userAgent': { slot: 'userAgent', as: 'text' },
      'properties.trackingReference': { slot: 'requestId', as: 'text' },
      'properties.routingRuleName': { slot: 'route', as: 'text' },
      'properties.cacheStatus': { slot: 'cache', as: 'text', words: frontDoorCacheWords },
      'properties.originIp': { slot: 'upstreamAddr', as: 'text', absent: ['N/A', ''] },
      'properties.originName': { slot: 'upstreamAddr', as: 'text', absent: ['N/A', ''] },
      'properties.backendHostname': { slot: 'upstreamAddr', as: 'text', absent: ['N/A', ''] },
    },
  },
  samples: [
    {
      line: '{"time":"2026-03-02T10:15:30.1234567Z","resourceId":"/SUBSCRIPTIONS/0000/RESOURCEGROUPS/RG/PROVIDERS/MICROSOFT.CDN/PROFILES/EDGE","category":"FrontDoorAccessLog","operationName":"Microsoft.Cdn/Profiles/AccessLog/Write","properties":{"trackingReference":"20260302T101530Z-r1abc","httpMethod":"POST","httpVersion":"2.0.0.0","requestUri":"https://auth.example.com:443/oauth2/token?v=1","sni":"auth.example.com","requestBytes":"320","responseBytes":"1500","userAgent":"orders-gw/4.2","clientIp":"198.51.100.23","socketIp":"198.51.100.77","timeToFirstByte":"0.013","timeTaken":"0.014","requestProtocol":"HTTPS","securityProtocol":"TLS 1.3","httpStatusCode":"200","httpStatusDetails":"200","pop":"DUB","cacheStatus":"CACHE_NOCONFIG","errorInfo":"NoError","ErrorInfo":"NoError","endpoint":"edge-a1.z01.azurefd.net","routingRuleName":"idp","clientPort":"40112","originUrl":"https://idp.example.net:443/oauth2/token?v=1","originIp":"203.0.113.40:443","originName":"idp.example.net:443","hostName":"auth.example.com"}}',
      gives: {
        time: 1772446530123.456,
        timeAt: 'end',
        method: 'POST',
        path: '/oauth2/token',
        query: 'v=1',
        host: 'auth.example.com',
        status: 200,
        bytes: 1500,
        durationMs: 14,
        upstreamAddr: '203.0.113.40:443',
        client: '198.51.100.77',
        userAgent: 'orders-gw/4.2',
        requestId: '20260302T101530Z-r1abc',
        route: 'idp',
        cache: 'bypass',
      },
    },
    {
      line: '{"category":"FrontdoorAccessLog","operationName":"Microsoft.Network/FrontDoor/AccessLog/Write","properties":{"backendHostname":"orders.example.net:443","cacheStatus":"HIT","clientIp":"198.51.100.23","clientPort":"40113","httpMethod":"GET","httpStatusCode":"200","httpStatusDetails":"200","httpVersion":"2.0.0.0","isReceivedFromClient":true,"pop":"DUB","requestBytes":"410","requestProtocol":"HTTPS","requestUri":"https://api.example.com:443/api/orders","responseBytes":"5342","routingRuleName":"orders","rulesEngineMatchNames":[],"securityProtocol":"TLS 1.2","socketIp":"198.51.100.23","timeTaken":"0.212","timeToFirstByte":"0.205","trackingReference":"0abcdef","userAgent":"orders-web/1.9"},"resourceId":"/SUBSCRIPTIONS/0000/RESOURCEGROUPS/RG/PROVIDERS/MICROSOFT.NETWORK/FRONTDOORS/EDGE","time":"2026-03-02T10:15:31Z"}',
      gives: {
        time: 1772446531000,
        timeAt: 'end',
        method: 'GET',
        path: '/api/orders',
        host: 'api.example.com',
        status: 200,
        bytes: 5342,
        durationMs: 212,
        upstreamAddr: 'orders.example.net:443',
        client: '198.51.100.23',
        userAgent: 'orders-web/1.9',
        requestId: '0abcdef',
        route: 'orders',
        cache: 'hit',
      },
    },
    {
      line: '{"category":"FrontdoorAccessLog","operationName":"Microsoft.Network/FrontDoor/AccessLog/Write","properties":{"cacheStatus":"MISS","clientIp":"198.51.100.23","httpMethod":"GET","httpStatusCode":"200","isReceivedFromClient":false,"requestUri":"https://api.example.com:443/api/orders","responseBytes":"5342","timeTaken":"0.190","trackingReference":"0abcdef"},"time":"2026-03-02T10:15:31Z"}',
      gives: { skip: 'no-request' },
    },
  ],
});
