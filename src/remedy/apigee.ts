/** Apigee: LookupCache and PopulateCache around the callout, with a TTL from the response. */
import { parsePolicy } from '../simulation/policy.js';
import {
  clientIdOf,
  countAtIssuer,
  defaultLifeSeconds,
  marginSeconds,
  revocationRisk,
  SHARING_RISK,
  scopesOf,
  xmlText,
} from './data.js';
import { endpointUrl, formBody } from './escape.js';
import { nameOf, type Remedy, type RemedyContext, type RemedyFile } from './remedy.js';

const keyOf = (context: RemedyContext): string =>
  ['svc-token', clientIdOf(context), scopesOf(context).sort().join(' '), context.audience ?? '']
    .filter((part) => part !== '')
    .map((part) => `    <KeyFragment>${xmlText(part)}</KeyFragment>`)
    .join('\n');

const policies = (context: RemedyContext): readonly (readonly [string, string])[] => {
  const life = defaultLifeSeconds(context);
  const margin = marginSeconds(context);
  return [
    [
      'LC-token.xml',
      `<LookupCache name="LC-token">
  <CacheKey>
${keyOf(context)}
  </CacheKey>
  <Scope>Exclusive</Scope>
  <AssignTo>private.svc_token</AssignTo>
</LookupCache>
`,
    ],
    [
      'SC-token.xml',
      `<ServiceCallout name="SC-token">
  <Request variable="tokenRequest">
    <Set>
      <Verb>POST</Verb>
      <Headers>
        <Header name="Content-Type">application/x-www-form-urlencoded</Header>
        <Header name="Authorization">Basic {private.token_tax_basic}</Header>
      </Headers>
      <Payload contentType="application/x-www-form-urlencoded">${xmlText(formBody(context))}</Payload>
    </Set>
  </Request>
  <Response>tokenResponse</Response>
  <Timeout>5000</Timeout>
  <HTTPTargetConnection>
    <URL>${xmlText(endpointUrl(context.tokenEndpoint))}</URL>
  </HTTPTargetConnection>
</ServiceCallout>
`,
    ],
    [
      'JS-token.xml',
      `<Javascript name="JS-token" timeLimit="200">
  <Source>
    if (String(context.getVariable('tokenResponse.status.code')) !== '200') { throw 'token endpoint'; }
    var answer = JSON.parse(context.getVariable('tokenResponse.content'));
    if (!answer.access_token) { throw 'no access_token'; }
    context.setVariable('private.svc_token', answer.access_token);
    context.setVariable('token_ttl', String(Math.max(1, (answer.expires_in || ${life}) - ${margin})));
  </Source>
</Javascript>
`,
    ],
    [
      'PC-token.xml',
      `<PopulateCache name="PC-token">
  <CacheKey>
${keyOf(context)}
  </CacheKey>
  <Scope>Exclusive</Scope>
  <Source>private.svc_token</Source>
  <ExpirySettings>
    <TimeoutInSec ref="token_ttl">${Math.max(1, life - margin)}</TimeoutInSec>
  </ExpirySettings>
</PopulateCache>
`,
    ],
    [
      'AM-token.xml',
      `<AssignMessage name="AM-token">
  <Set>
    <Headers>
      <Header name="Authorization">Bearer {private.svc_token}</Header>
    </Headers>
  </Set>
  <AssignTo createNew="false" type="request"/>
</AssignMessage>
`,
    ],
    [
      'flow.xml',
      `<!-- Into the PreFlow of the target endpoint. -->
<PreFlow>
  <Request>
    <Step><Name>LC-token</Name></Step>
    <Step><Condition>private.svc_token = null</Condition><Name>SC-token</Name></Step>
    <Step><Condition>private.svc_token = null</Condition><Name>JS-token</Name></Step>
    <Step><Condition>lookupcache.LC-token.cachehit = false</Condition><Name>PC-token</Name></Step>
    <Step><Name>AM-token</Name></Step>
  </Request>
</PreFlow>
`,
    ],
  ];
};

export const apigee: Remedy = {
  id: 'apigee',
  title: 'Apigee: LookupCache and PopulateCache around the callout',
  aliases: ['apigee-x', 'apigee-edge', 'google-apigee'],
  docs: 'https://cloud.google.com/apigee/docs/api-platform/cache/optimize-performance-using-cache',
  policy: ({ marginMs }) => parsePolicy(`shared,margin=${Math.max(1, Math.ceil(marginMs / 1000))}s`),
  overshootPerStretch: 1,
  files: (context) =>
    policies(context).map(([name, text]): RemedyFile => ({ name, language: 'xml', text, certainty: 'documented' })),
  risks: (context) => [
    revocationRisk(context, 'life'),
    SHARING_RISK,
    'Scope Exclusive keeps the token to this proxy; with Global every proxy of the environment can read it.',
  ],
  verify: (context) =>
    countAtIssuer(context, `Deploy a revision with ${nameOf(context)}, trace one request: LC-token must say cachehit true`),
  notes: [
    'Variables that begin with private. are masked in traces.',
    'private.token_tax_basic is base64(client:secret), from an encrypted key value map, read by a KeyValueMapOperations step before SC-token.',
    'There is no lock: requests that miss at the same moment each fetch.',
    'For back ends of Google use <Authentication><GoogleAccessToken> of the target in place of all this.',
  ],
};
