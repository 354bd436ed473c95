import { defineFormat } from './define.js';

/** HTTP APIs write the key of a route (`GET /api/orders`). The `$default` route says no path: its lines are rejected. */
export default defineFormat({
  id: 'aws-apigw-http-csv',
  title: 'AWS API Gateway, the CSV that its console offers for HTTP APIs',
  docs: 'https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging.html',
  stamped: 'start',
  layout: {
    kind: 'patterns',
    patterns: [
      '$remote_addr,$time_local,$verb,$method $target,HTTP/$protocol,$status,$(body_bytes_sent integer),$?($(first id),)$(request_id id)',
    ],
    escapes: 'none',
    fields: {
      method: { slot: 'method', as: 'text' },
      target: { slot: 'target', as: 'text' },
    },
  },
  samples: [
    {
      line: '10.20.0.7,02/Mar/2026:10:15:33 +0000,POST,POST /oauth2/token,HTTP/1.1,401,26,aBcDeFgHoEEFxyw=',
      gives: {
        time: 1772446533000,
        timeAt: 'start',
        method: 'POST',
        path: '/oauth2/token',
        status: 401,
        bytes: 26,
        client: '10.20.0.7',
        requestId: 'aBcDeFgHoEEFxyw=',
      },
    },
  ],
});
