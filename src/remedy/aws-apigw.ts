/** AWS: the token in the module scope of a Lambda function, or a stage cache of API Gateway in front of the token endpoint. */
import { parsePolicy } from '../simulation/policy.js';
import {
  clientIdOf,
  countAtIssuer,
  defaultLifeSeconds,
  marginSeconds,
  quoted,
  revocationRisk,
  SHARING_RISK,
  ttlSeconds,
} from './data.js';
import { endpointUrl, formBody } from './escape.js';
import { internalPath, nameOf, type Remedy, type RemedyContext } from './remedy.js';

/** The longest TTL that API Gateway takes. */
const MOST_STAGE_TTL_S = 3600;

const lambda = (
  context: RemedyContext,
): string => `// token.mjs: outside of the handler, so that it survives from one call to the next of this execution environment.
const TOKEN_URL = ${quoted(endpointUrl(context.tokenEndpoint))};
const CLIENT_ID = ${quoted(clientIdOf(context))};
const BODY = ${quoted(formBody(context))};
const MARGIN_MS = ${marginSeconds(context) * 1000};
const DEFAULT_LIFE_S = ${defaultLifeSeconds(context)};

let kept; // { token, useUntilMs }
let fetching; // one fetch for all who wait
let retryAtMs = 0;

async function fetchToken() {
  const sentMs = Date.now();
  const basic = Buffer.from(encodeURIComponent(CLIENT_ID) + ":" + encodeURIComponent(process.env[${quoted(context.places.secretEnv)}])).toString("base64");
  const response = await fetch(TOKEN_URL, {
    method: "POST",
    headers: { "Content-Type": "application/x-www-form-urlencoded", Authorization: "Basic " + basic },
    body: BODY,
    signal: AbortSignal.timeout(5000),
  });
  if (!response.ok) throw new Error("token endpoint: " + response.status);
  const answer = await response.json();
  if (typeof answer.access_token !== "string") throw new Error("token endpoint: no access_token");
  const lifeMs = (answer.expires_in ?? DEFAULT_LIFE_S) * 1000;
  kept = { token: answer.access_token, useUntilMs: sentMs + Math.max(1000, lifeMs - MARGIN_MS) };
  return kept.token;
}

export async function serviceToken() {
  if (kept !== undefined && Date.now() < kept.useUntilMs) return kept.token;
  if (fetching !== undefined) return await fetching;
  if (Date.now() < retryAtMs) throw new Error("token endpoint: backing off");
  fetching = fetchToken()
    .catch((cause) => {
      retryAtMs = Date.now() + 2000;
      throw cause;
    })
    .finally(() => {
      fetching = undefined;
    });
  return await fetching;
}

/** When the back end answers 401: forgets this token, and no newer one. */
export function refused(token) {
  if (kept?.token === token) kept = undefined;
}
`;

/** A REST API whose stage cache holds the answers of the token endpoint, by credentials and scope. */
const stage = (context: RemedyContext): string => {
  const ttl = Math.min(MOST_STAGE_TTL_S, ttlSeconds(context));
  return `# AWS::ApiGateway, into the template of a REST API: clients ask it in place of the issuer.
Resources:
  TokenMethod:
    Type: AWS::ApiGateway::Method
    Properties:
      RestApiId: !Ref Api
      ResourceId: !Ref TokenResource
      HttpMethod: POST
      AuthorizationType: NONE
      ApiKeyRequired: true
      RequestParameters:
        method.request.header.Authorization: true
        method.request.querystring.scope: false
      Integration:
        Type: HTTP_PROXY
        IntegrationHttpMethod: POST
        Uri: ${quoted(endpointUrl(context.tokenEndpoint))}
        RequestParameters:
          integration.request.header.Authorization: method.request.header.Authorization
        CacheKeyParameters:
          - method.request.header.Authorization
          - method.request.querystring.scope
  TokenStage:
    Type: AWS::ApiGateway::Stage
    Properties:
      RestApiId: !Ref Api
      DeploymentId: !Ref Deployment
      StageName: internal
      CacheClusterEnabled: true
      CacheClusterSize: "0.5"
      MethodSettings:
        - ResourcePath: ${quoted(internalPath(context))}
          HttpMethod: POST
          CachingEnabled: true
          CacheTtlInSeconds: ${ttl}
          CacheDataEncrypted: true
          MetricsEnabled: true
`;
};

export const awsApigw: Remedy = {
  id: 'aws-apigw',
  title: 'AWS: the token in the module scope of the Lambda function, or a stage cache as loopback',
  aliases: ['aws', 'aws-api-gateway', 'lambda', 'cognito'],
  docs: 'https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-using-tokens-caching-tokens.html',
  policy: ({ marginMs }) => parsePolicy(`node,single-flight,margin=${Math.max(1, Math.ceil(marginMs / 1000))}s`),
  overshootPerStretch: 1,
  files: (context) => [
    { name: 'token.mjs', language: 'javascript', text: lambda(context), certainty: 'proven' },
    { name: 'stage-cache.yaml', language: 'yaml', text: stage(context), certainty: 'documented' },
  ],
  risks: (context) => [
    revocationRisk(context, 'life'),
    SHARING_RISK,
    `A stage cache repeats the first expires_in, and its longest TTL is ${MOST_STAGE_TTL_S} s: give tokens more than an hour, or a cached one may be dead.`,
    'The stage holds credentials in its cache key: encrypted, with an API key or a private endpoint in front, and a rule at the issuer that takes calls from this API alone.',
  ],
  verify: (context) =>
    [
      'node --check token.mjs',
      countAtIssuer(context, `Of a stage: CloudWatch CacheHitCount and CacheMissCount (${nameOf(context)})`),
    ].join('\n'),
  notes: [
    'token.mjs keeps one token for each execution environment: fetches follow the number of environments, not of calls. What simulate foretells for nodes holds for them.',
    'The cache of a Lambda authorizer is for those who call in; it keeps no token for the back end.',
    `A stage cache costs by the hour (0.5 GB about $14.60 a month): in front of Cognito it pays from some 6,500 fetches a month.`,
    'token.mjs is run in the tests: one fetch for many at once, used to its margin, 2 s of rest after a failure.',
  ],
};
