import { defineFormat } from './define.js';

/** Calls that hand out a token, or credentials that live as long as one. */
const targets = {
  Token_POST: '/oauth2/token',
  AssumeRole: '/?Action=AssumeRole',
  AssumeRoleWithSAML: '/?Action=AssumeRoleWithSAML',
  AssumeRoleWithWebIdentity: '/?Action=AssumeRoleWithWebIdentity',
  GetSessionToken: '/?Action=GetSessionToken',
  GetFederationToken: '/?Action=GetFederationToken',
};

export default defineFormat({
  id: 'cloudtrail',
  title: 'AWS CloudTrail: token requests of Cognito and STS, one event a line',
  docs: 'https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html',
  stamped: 'end',
  layout: {
    kind: 'json',
    needs: [['eventSource'], ['eventName']],
    always: { status: '200' },
    fields: {
      eventTime: { slot: 'time', as: 'time-iso' },
      eventName: [
        { slot: 'target', as: 'text', words: targets },
        { slot: 'method', as: 'text', words: Object.fromEntries(Object.keys(targets).map((name) => [name, 'POST'])) },
      ],
      'additionalEventData.responseParameters.status': { slot: 'status', as: 'number' },
      errorCode: {
        slot: 'status',
        as: 'number',
        words: { AccessDenied: '403', ExpiredToken: '400', ThrottlingException: '429', Throttling: '429', '*': '400' },
      },
      'additionalEventData.userPoolDomain': { slot: 'host', as: 'text', part: 'host' },
      eventSource: { slot: 'host', as: 'text', words: { 'sts.amazonaws.com': 'sts.amazonaws.com' } },
      sourceIPAddress: { slot: 'client', as: 'text' },
      'additionalEventData.requestParameters.client_id': { slot: 'clientId', as: 'text' },
      // The role, not the session of it that has called.
      'userIdentity.sessionContext.sessionIssuer.arn': { slot: 'clientId', as: 'text' },
      'userIdentity.arn': { slot: 'clientId', as: 'text' },
      'userIdentity.invokedBy': { slot: 'clientId', as: 'text' },
      'additionalEventData.requestParameters.grant_type': { slot: 'grantType', as: 'text' },
      'additionalEventData.requestParameters.scope': { slot: 'scope', as: 'text', list: true },
      'requestParameters.roleArn': { slot: 'audience', as: 'text' },
      'requestParameters.durationSeconds': { slot: 'expiresIn', as: 'number' },
      userAgent: { slot: 'userAgent', as: 'text' },
      requestID: { slot: 'requestId', as: 'text' },
      eventID: { slot: 'requestId', as: 'text' },
    },
  },
  samples: [
    {
      line: '{"eventVersion":"1.08","eventTime":"2026-03-02T10:15:30Z","eventSource":"cognito-idp.amazonaws.com","eventName":"Token_POST","awsRegion":"eu-west-1","sourceIPAddress":"203.0.113.7","userAgent":"orders-gw/4.2","requestParameters":null,"responseElements":null,"additionalEventData":{"responseParameters":{"status":200.0},"requestParameters":{"grant_type":["client_credentials"],"client_id":["3n4b5c6d7e8f9g0h1i2j3k4l5m"],"scope":["orders/read"]},"userPoolDomain":"https://shop.auth.eu-west-1.amazoncognito.com"},"eventID":"1b2c3d4e-0000-4000-8000-000000000001","readOnly":false,"eventType":"AwsServiceEvent","managementEvent":true,"eventCategory":"Management"}',
      gives: {
        time: 1772446530000,
        timeAt: 'end',
        method: 'POST',
        path: '/oauth2/token',
        host: 'shop.auth.eu-west-1.amazoncognito.com',
        status: 200,
        client: '203.0.113.7',
        identity: '3n4b5c6d7e8f9g0h1i2j3k4l5m',
        userAgent: 'orders-gw/4.2',
        requestId: '1b2c3d4e-0000-4000-8000-000000000001',
        grantType: 'client_credentials',
        scope: 'orders/read',
      },
    },
    {
      line: '{"eventVersion":"1.08","userIdentity":{"type":"AssumedRole","arn":"arn:aws:sts::123456789012:assumed-role/orders-gw/i-0abc","sessionContext":{"sessionIssuer":{"type":"Role","arn":"arn:aws:iam::123456789012:role/orders-gw"}}},"eventTime":"2026-03-02T10:15:31Z","eventSource":"sts.amazonaws.com","eventName":"AssumeRole","awsRegion":"eu-west-1","sourceIPAddress":"203.0.113.7","userAgent":"aws-sdk-go-v2/1.30","requestParameters":{"roleArn":"arn:aws:iam::210987654321:role/reader","roleSessionName":"x","durationSeconds":900},"requestID":"7c1e9a04-0000-4000-8000-000000000001","eventID":"1b2c3d4e-0000-4000-8000-000000000002"}',
      gives: {
        time: 1772446531000,
        timeAt: 'end',
        method: 'POST',
        path: '/',
        query: 'Action=AssumeRole',
        host: 'sts.amazonaws.com',
        status: 200,
        client: '203.0.113.7',
        identity: 'arn:aws:iam::123456789012:role/orders-gw',
        userAgent: 'aws-sdk-go-v2/1.30',
        requestId: '7c1e9a04-0000-4000-8000-000000000001',
        audience: 'arn:aws:iam::210987654321:role/reader',
        expiresIn: 900,
      },
    },
    {
      line: '{"eventVersion":"1.08","eventTime":"2026-03-02T10:15:32Z","eventSource":"s3.amazonaws.com","eventName":"GetObject","sourceIPAddress":"203.0.113.7","eventID":"1b2c3d4e-0000-4000-8000-000000000003"}',
      gives: { skip: 'no-request' },
    },
  ],
});
