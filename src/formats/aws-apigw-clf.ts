import { defineFormat } from './define.js';

/** Look-alikes: the common log format, and that of reactor-netty; an id has letters in it. */
export default defineFormat({
  id: 'aws-apigw-clf',
  title: 'AWS API Gateway, the common log format that its console offers',
  docs: 'https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html',
  stamped: 'start',
  layout: {
    kind: 'patterns',
    patterns: [
      '$remote_addr $caller $remote_user [$time_local] "$request" $status $body_bytes_sent $?($(first id) )$(request_id id)',
    ],
  },
  samples: [
    {
      line: '10.20.0.7 - - [02/Mar/2026:10:15:32 +0000] "POST /oauth2/token HTTP/1.1" 200 1184 3f1d2c4b-0000-4000-8000-000000000002 aBcDeFgHoEEFxyv=',
      gives: {
        time: 1772446532000,
        timeAt: 'start',
        method: 'POST',
        path: '/oauth2/token',
        status: 200,
        bytes: 1184,
        client: '10.20.0.7',
        requestId: 'aBcDeFgHoEEFxyv=',
      },
    },
    {
      line: '10.20.0.7 - - [02/Mar/2026:10:15:32 +0000] "POST /oauth2/token HTTP/1.1" 200 1184 3f1d2c4b-0000-4000-8000-000000000002',
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
