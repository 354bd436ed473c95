import { defineFormat } from './define.js';
import { cacheFlagWords } from './response-cache-words.js';

/** As `azure-appgw`, but with milliseconds, and with what v2 has fields for in the query. */
export default defineFormat({
  id: 'azure-appgw-v1',
  title: 'Azure Application Gateway v1 access log',
  docs: 'https://learn.microsoft.com/azure/application-gateway/application-gateway-diagnostics',
  stamped: 'unknown',
  layout: {
    kind: 'json',
    needs: [
      ['category=ApplicationGatewayAccessLog', 'operationName=ApplicationGatewayAccess'],
      ['properties.instanceId=ApplicationGatewayRole*', 'properties.requestQuery=*SERVER-ROUTED=*'],
    ],
    // Health probes.
    skip: [{ 'properties.clientIP': '127.0.0.1' }],
    fields: {
      time: { slot: 'time', as: 'time-iso' },
      timeStamp: { slot: 'time', as: 'time-iso' },
      timestamp: { slot: 'time', as: 'time-iso' },
      'properties.timeTaken': { slot: 'duration', as: 'milliseconds' },
      'properties.httpStatus': { slot: 'status', as: 'number' },
      'properties.sentBytes': { slot: 'bytes', as: 'number' },
      'properties.httpMethod': { slot: 'method', as: 'text' },
      'properties.requestUri': { slot: 'path', as: 'text' },
      'properties.requestQuery': [
        { slot: 'upstreamAddr', as: 'text', param: 'SERVER-ROUTED' },
        { slot: 'upstreamStatus', as: 'text', param: 'SERVER-STATUS' },
        { slot: 'cache', as: 'text', param: 'X-AzureApplicationGateway-CACHE-HIT', words: cacheFlagWords },
      ],
      'properties.host': { slot: 'host', as: 'text' },
      'properties.instanceId': { slot: 'writer', as: 'text' },
      'properties.clientIP': { slot: 'client', as: 'text' },
      'properties.userAgent': { slot: 'userAgent', as: 'text' },
    },
  },
  samples: [
    {
      line: '{"time":"2026-03-02T10:15:31Z","resourceId":"/SUBSCRIPTIONS/0000/RESOURCEGROUPS/RG/PROVIDERS/MICROSOFT.NETWORK/APPLICATIONGATEWAYS/GW1","operationName":"ApplicationGatewayAccess","category":"ApplicationGatewayAccessLog","properties":{"instanceId":"ApplicationGatewayRole_IN_0","clientIP":"10.20.0.7","clientPort":51888,"httpMethod":"POST","requestUri":"/oauth2/token","requestQuery":"X-AzureApplicationGateway-CACHE-HIT=0&SERVER-ROUTED=10.30.1.11&X-AzureApplicationGateway-LOG-ID=1b2c&SERVER-STATUS=200","userAgent":"orders-gw/4.2","httpStatus":200,"httpVersion":"HTTP/1.1","receivedBytes":320,"sentBytes":1500,"timeTaken":14,"sslEnabled":"on"}}',
      gives: {
        time: 1772446531000,
        method: 'POST',
        path: '/oauth2/token',
        status: 200,
        bytes: 1500,
        durationMs: 14,
        upstreamAddr: '10.30.1.11',
        client: '10.20.0.7',
        userAgent: 'orders-gw/4.2',
        cache: 'miss',
        node: 'ApplicationGatewayRole_IN_0',
      },
    },
  ],
});
