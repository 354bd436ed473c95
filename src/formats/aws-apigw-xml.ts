import { defineFormat } from './define.js';

/** One element a line, as the console offers it; with or without blanks between the inner ones. */
const element = (blank: string): string =>
  [
    '<request id="$request_id">',
    '$?(<extendedRequestId>$(request_id id)</extendedRequestId>'.concat(blank, ')'),
    '<ip>$remote_addr</ip>',
    '$?(<caller>$caller</caller>'.concat(blank, '<user>$remote_user</user>', blank, ')'),
    '<requestTime>$time_local</requestTime>',
    '<httpMethod>$method</httpMethod>',
    '<resourcePath>$target</resourcePath>',
    '<status>$status</status>',
    '<protocol>$protocol</protocol>',
    '<responseLength>$(body_bytes_sent integer)</responseLength>',
    '</request>',
  ]
    .map((part) => (part.startsWith('$?(') ? part : part + blank))
    .join('')
    .trimEnd();

export default defineFormat({
  id: 'aws-apigw-xml',
  title: 'AWS API Gateway, the XML that its console offers',
  docs: 'https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-access-logging.html',
  stamped: 'start',
  layout: {
    kind: 'patterns',
    patterns: [element(' '), element('')],
    escapes: 'none',
    fields: {
      method: { slot: 'method', as: 'text' },
      target: { slot: 'target', as: 'text' },
    },
  },
  samples: [
    {
      line: '<request id="3f1d2c4b-0000-4000-8000-000000000001"> <extendedRequestId>aBcDeFgHoEEFxyz=</extendedRequestId> <ip>198.51.100.23</ip> <caller>-</caller> <user>gw-orders</user> <requestTime>02/Mar/2026:10:15:30 +0000</requestTime> <httpMethod>GET</httpMethod> <resourcePath>/api/orders/{orderId}</resourcePath> <status>200</status> <protocol>HTTP/1.1</protocol> <responseLength>5120</responseLength> </request>',
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
      line: '<request id="3f1d2c4b-0000-4000-8000-000000000002"><ip>10.20.0.7</ip><caller>-</caller><user>-</user><requestTime>02/Mar/2026:10:15:32 +0000</requestTime><httpMethod>POST</httpMethod><resourcePath>/oauth2/token</resourcePath><status>200</status><protocol>HTTP/1.1</protocol><responseLength>1184</responseLength></request>',
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
