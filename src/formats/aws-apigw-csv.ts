import { defineFormat } from './define.js';

/** Nothing is quoted: no value holds a comma. */
export default defineFormat({
  id: 'aws-apigw-csv',
  title: 'AWS API Gateway, the CSV that its console offers for REST APIs',
  docs: 'https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-access-logging.html',
  stamped: 'start',
  layout: {
    kind: 'patterns',
    patterns: [
      '$remote_addr,$caller,$remote_user,$time_local,$method,$target,HTTP/$protocol,$status,$(body_bytes_sent integer),$?($(first id),)$(request_id id)',
    ],
    escapes: 'none',
    fields: {
      method: { slot: 'method', as: 'text' },
      target: { slot: 'target', as: 'text' },
    },
  },
  samples: [
    {
      line: '198.51.100.23,-,gw-orders,02/Mar/2026:10:15:30 +0000,GET,/api/orders/{orderId},HTTP/1.1,200,5120,3f1d2c4b-0000-4000-8000-000000000001,aBcDeFgHoEEFxyz=',
      gives: {
        time: 1772446530000,
        timeAt: 'start',
        method: 'GET',
        path: '/api/orders/{orderId}',
        status: 200,
        bytes: 5120,
        client: '198.51.100.23',
        identity: 'gw-orders',
        requestId: 'aBcDeFgHoEEFxyz=',
      },
    },
    {
      line: '10.20.0.7,-,-,02/Mar/2026:10:15:32 +0000,POST,/oauth2/token,HTTP/1.1,200,1184,3f1d2c4b-0000-4000-8000-000000000002',
      gives: {
        time: 1772446532000,
        timeAt: 'start',
        method: 'POST',
        path: '/oauth2/token',
        status: 200,
        bytes: 1184,
        client: '10.20.0.7',
        requestId: '3f1d2c4b-0000-4000-8000-000000000002',
      },
    },
  ],
});
