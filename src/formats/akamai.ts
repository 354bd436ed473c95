import { defineFormat } from './define.js';
import { cacheFlagWords } from './response-cache-words.js';

const absent = ['-', '^', ''];

export default defineFormat({
  id: 'akamai',
  title: 'Akamai DataStream 2, JSON',
  docs: 'https://techdocs.akamai.com/datastream2/docs/data-set-parameters',
  stamped: 'start',
  layout: {
    kind: 'json',
    needs: [['reqTimeSec'], ['reqHost']],
    fields: {
      reqTimeSec: { slot: 'time', as: 'time-epoch' },
      // Reading the request, up to the first byte of the answer, and the rest of it.
      reqEndTimeMSec: { slot: 'duration', as: 'milliseconds', adds: true, absent },
      turnAroundTimeMSec: { slot: 'duration', as: 'milliseconds', adds: true, absent },
      transferTimeMSec: { slot: 'duration', as: 'milliseconds', adds: true, absent },
      statusCode: { slot: 'status', as: 'number', absent },
      bytes: { slot: 'bytes', as: 'number', absent },
      reqMethod: { slot: 'method', as: 'text' },
      reqPath: { slot: 'path', as: 'text', prefix: '/' },
      queryStr: { slot: 'query', as: 'text', absent },
      reqHost: { slot: 'host', as: 'text', absent },
      cliIP: { slot: 'client', as: 'text', absent },
      UA: { slot: 'userAgent', as: 'text', absent, decode: 'percent' },
      reqId: { slot: 'requestId', as: 'text', absent },
      xForwardedFor: { slot: 'forwardedFor', as: 'text', absent },
      cacheStatus: { slot: 'cache', as: 'text', words: cacheFlagWords },
    },
  },
  samples: [
    {
      line: '{"version":"2","streamId":"12345","cp":"123456","reqId":"1239f220","reqTimeSec":"1772446530.123","bytes":"5120","cliIP":"198.51.100.23","statusCode":"200","proto":"HTTPS","reqHost":"api.example.com","reqMethod":"GET","reqPath":"api/orders","queryStr":"limit=50","UA":"orders-web%2F1.9","turnAroundTimeMSec":"205","transferTimeMSec":"5","reqEndTimeMSec":"2","cacheStatus":"0","tlsVersion":"TLSv1.3"}',
      gives: {
        time: 1772446530123,
        timeAt: 'start',
        method: 'GET',
        path: '/api/orders',
        query: 'limit=50',
        host: 'api.example.com',
        status: 200,
        bytes: 5120,
        durationMs: 212,
        client: '198.51.100.23',
        userAgent: 'orders-web/1.9',
        requestId: '1239f220',
        cache: 'miss',
      },
    },
    {
      line: '{"version":"2","reqId":"1239f221","reqTimeSec":"1772446531","bytes":"0","cliIP":"198.51.100.23","statusCode":"304","reqHost":"api.example.com","reqMethod":"GET","reqPath":"/api/catalog","queryStr":"-","UA":"^","turnAroundTimeMSec":"1","cacheStatus":"1"}',
      gives: {
        time: 1772446531000,
        timeAt: 'start',
        method: 'GET',
        path: '/api/catalog',
        host: 'api.example.com',
        status: 304,
        bytes: 0,
        client: '198.51.100.23',
        requestId: '1239f221',
        cache: 'hit',
      },
    },
  ],
});
