import { defineFormat } from './define.js';
import { cacheFlagWords } from './response-cache-words.js';

export default defineFormat({
  id: 'azure-appgw',
  title: 'Azure Application Gateway v2 access log',
  docs: 'https://learn.microsoft.com/azure/application-gateway/application-gateway-diagnostics',
  aliases: ['azure-appgw-v2'],
  stamped: 'unknown',
  layout: {
    kind: 'json',
    needs: [
      ['category=ApplicationGatewayAccessLog', 'operationName=ApplicationGatewayAccess'],
      ['properties.serverResponseLatency', 'properties.serverRouted', 'properties.transactionId'],
    ],
    // Health probes.
    skip: [{ 'properties.clientIP': '127.0.0.1' }],
    fields: {
      timeStamp: { slot: 'time', as: 'time-iso' },
      time: { slot: 'time', as: 'time-iso' },
      timestamp: { slot: 'time', as: 'time-iso' },
      'properties.timeTaken': { slot: 'duration', as: 'seconds' },
      'properties.serverResponseLatency': { slot: 'upstream', as: 'seconds' },
      'properties.httpStatus': { slot: 'status', as: 'number' },
      'properties.sentBytes': { slot: 'bytes', as: 'number' },
      'properties.httpMethod': { slot: 'method', as: 'text' },
      'properties.originalRequestUriWithArgs': { slot: 'target', as: 'text' },
      'properties.requestUri': { slot: 'path', as: 'text' },
      'properties.requestQuery': { slot: 'query', as: 'text' },
      'properties.originalHost': { slot: 'host', as: 'text' },
      'properties.host': { slot: 'host', as: 'text' },
      'properties.instanceId': { slot: 'writer', as: 'text' },
      'properties.clientIP': { slot: 'client', as: 'text' },
      'properties.userAgent': { slot: 'userAgent', as: 'text' },
      'properties.transactionId': { slot: 'requestId', as: 'text' },
      ruleName: { slot: 'route', as: 'text' },
      'properties.serverRouted': { slot: 'upstreamAddr', as: 'text' },
      // Only of records that were of v1.
      'properties.cacheHit': { slot: 'cache', as: 'text', words: cacheFlagWords },
      'properties.serverStatus': { slot: 'upstreamStatus', as: 'text' },
    },
  },
  samples: [
    {
      line: '{"timeStamp":"2026-03-02T10:15:30+00:00","resourceId":"/SUBSCRIPTIONS/0000/RESOURCEGROUPS/RG/PROVIDERS/MICROSOFT.NETWORK/APPLICATIONGATEWAYS/GW2","listenerName":"https","ruleName":"orders","backendPoolName":"orders","category":"ApplicationGatewayAccessLog","operationName":"ApplicationGatewayAccess","properties":{"clientIP":"198.51.100.23","clientPort":40112,"httpMethod":"GET","requestUri":"/api/orders","requestQuery":"limit=50","userAgent":"orders-web/1.9","httpStatus":200,"httpVersion":"HTTP/1.1","receivedBytes":410,"sentBytes":5342,"clientResponseTime":0.001,"timeTaken":0.212,"sslEnabled":"on","serverRouted":"10.30.1.11:8443","serverStatus":"200","serverResponseLatency":"0.091","transactionId":"9f2c1a7be04d4c53a1f0de5b8c6a7712","host":"api.example.com"}}',
      gives: {
        time: 1772446530000,
        method: 'GET',
        path: '/api/orders',
        query: 'limit=50',
        host: 'api.example.com',
        status: 200,
        bytes: 5342,
        durationMs: 212,
        upstreamMs: 91,
        upstreamAddr: '10.30.1.11:8443',
        client: '198.51.100.23',
        userAgent: 'orders-web/1.9',
        requestId: '9f2c1a7be04d4c53a1f0de5b8c6a7712',
        route: 'orders',
      },
    },
    {
      line: '{"timeStamp":"2026-03-02T10:15:31+00:00","category":"ApplicationGatewayAccessLog","operationName":"ApplicationGatewayAccess","properties":{"instanceId":"appgw_1","clientIP":"127.0.0.1","httpMethod":"GET","requestUri":"/","httpStatus":200,"timeTaken":0.001,"serverRouted":"10.30.1.11:8443","transactionId":"9f2c1a7be04d4c53a1f0de5b8c6a7713"}}',
      gives: { skip: 'no-request' },
    },
  ],
});
