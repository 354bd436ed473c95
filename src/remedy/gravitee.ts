/** Gravitee: the Data Cache policy from APIM 4.5 on; before that an internal API whose response cache holds the whole token response. */
import { parsePolicy } from '../simulation/policy.js';
import { cacheKey, countAtIssuer, jsonFile, marginSeconds, revocationRisk, SHARING_RISK, ttlSeconds } from './data.js';
import { endpointUrl, formBody } from './escape.js';
import { internalPath, nameOf, type Remedy, type RemedyContext } from './remedy.js';

const MISS = 'tokenMiss';
const TOKEN = 'serviceToken';
const LIFE = 'serviceTokenLife';
const BASIC = "{#dictionaries['token-tax']['basic']}";

/** The flow of each business API, APIM 4.5 and later: look, on a miss fetch and keep, then set the header. */
const dataCache = (context: RemedyContext): unknown => {
  const key = cacheKey(context);
  const missed = `{#context.attributes['${MISS}'] == true || #context.attributes['${MISS}'] == 'true'}`;
  return {
    resources: [
      {
        name: 'tokens',
        type: 'cache',
        enabled: true,
        configuration: JSON.stringify({
          timeToIdleSeconds: 0,
          timeToLiveSeconds: ttlSeconds(context),
          maxEntriesLocalHeap: 1000,
        }),
      },
    ],
    flows: [
      {
        name: `service token ${nameOf(context)}`,
        enabled: true,
        selectors: [{ type: 'HTTP', path: '/', pathOperator: 'STARTS_WITH' }],
        request: [
          {
            name: 'look for the token',
            policy: 'data-cache',
            enabled: true,
            configuration: {
              resource: 'tokens',
              cacheKey: key,
              value: `{#context.attributes['${TOKEN}']}`,
              defaultOperation: 'GET',
              timeToLive: ttlSeconds(context),
              cacheMissAttributeKey: MISS,
            },
          },
          {
            name: 'fetch it',
            policy: 'policy-http-callout',
            enabled: true,
            condition: missed,
            configuration: {
              method: 'POST',
              url: endpointUrl(context.tokenEndpoint),
              headers: [
                { name: 'Content-Type', value: 'application/x-www-form-urlencoded' },
                { name: 'Authorization', value: `Basic ${BASIC}` },
              ],
              body: formBody(context),
              variables: [
                { name: TOKEN, value: "{#jsonPath(#calloutResponse.content, '$.access_token')}" },
                { name: LIFE, value: "{#jsonPath(#calloutResponse.content, '$.expires_in')}" },
              ],
              exitOnError: true,
              errorCondition: '{#calloutResponse.status != 200}',
              errorStatusCode: '502',
            },
          },
          {
            name: 'as long as it lives, less the margin',
            policy: 'policy-assign-attributes',
            enabled: true,
            condition: missed,
            configuration: {
              scope: 'REQUEST',
              attributes: [
                {
                  name: 'gravitee.attributes.policy.cache.ttl',
                  value: `{T(java.lang.Math).max(1, T(java.lang.Integer).parseInt(#context.attributes['${LIFE}']) - ${marginSeconds(context)})}`,
                },
              ],
            },
          },
          {
            name: 'keep it',
            policy: 'data-cache',
            enabled: true,
            condition: missed,
            configuration: {
              resource: 'tokens',
              cacheKey: key,
              value: `{#context.attributes['${TOKEN}']}`,
              defaultOperation: 'SET',
              timeToLive: ttlSeconds(context),
              cacheMissAttributeKey: MISS,
            },
          },
          {
            name: 'send it',
            policy: 'transform-headers',
            enabled: true,
            configuration: {
              scope: 'REQUEST',
              addHeaders: [{ name: 'Authorization', value: `Bearer {#context.attributes['${TOKEN}']}` }],
            },
          },
        ],
      },
    ],
  };
};

/** The internal API of the loopback pattern, for any version: its only back end is the token endpoint, and its response is cached whole. */
const loopbackApi = (context: RemedyContext): unknown => ({
  gravitee: '2.0.0',
  name: `token-tax ${nameOf(context)}`,
  version: '1',
  description: 'Internal. Answers with a cached token response; not to be published, not to be reached from outside.',
  visibility: 'PRIVATE',
  flow_mode: 'DEFAULT',
  proxy: {
    virtual_hosts: [{ path: internalPath(context) }],
    strip_context_path: false,
    preserve_host: false,
    groups: [
      { name: 'issuer', endpoints: [{ name: 'token-endpoint', type: 'http', target: endpointUrl(context.tokenEndpoint) }] },
    ],
    // Bodies hold tokens.
    logging: { mode: 'NONE', content: 'NONE', scope: 'NONE' },
  },
  resources: [
    {
      name: 'token-cache',
      type: 'cache',
      enabled: true,
      // At or above the TTL of the policy, or tokens are dropped early (some 3.x fail the request).
      configuration: {
        name: 'token-cache',
        timeToIdleSeconds: 0,
        timeToLiveSeconds: ttlSeconds(context),
        maxEntriesLocalHeap: 100,
      },
    },
  ],
  flows: [
    {
      name: 'token',
      enabled: true,
      methods: ['GET', 'POST'],
      'path-operator': { path: '/', operator: 'STARTS_WITH' },
      pre: [
        {
          name: 'nobody bypasses the cache, nothing of the caller is passed on',
          policy: 'transform-headers',
          enabled: true,
          configuration: {
            scope: 'REQUEST',
            removeHeaders: ['X-Gravitee-Cache', 'Cookie', 'Accept-Encoding'],
            addHeaders: [
              { name: 'Content-Type', value: 'application/x-www-form-urlencoded' },
              { name: 'Authorization', value: `Basic ${BASIC}` },
            ],
          },
        },
        {
          name: 'the one body that is ever sent',
          policy: 'policy-assign-content',
          enabled: true,
          configuration: { scope: 'REQUEST', body: formBody(context) },
        },
        {
          name: 'cache of the whole response',
          policy: 'cache',
          enabled: true,
          configuration: {
            cacheName: 'token-cache',
            key: cacheKey(context),
            timeToLiveSeconds: ttlSeconds(context),
            methods: ['GET', 'POST'],
            scope: 'API',
            useResponseCacheHeaders: false,
            allowRefreshAction: false,
            responseCondition: '{#upstreamResponse.status == 200}',
          },
        },
      ],
      post: [
        {
          name: 'nothing to replay',
          policy: 'transform-headers',
          enabled: true,
          configuration: {
            scope: 'RESPONSE',
            removeHeaders: ['Set-Cookie', 'Vary'],
            addHeaders: [{ name: 'Cache-Control', value: 'no-store' }],
          },
        },
      ],
    },
  ],
  plans: [{ name: 'gateway', security: 'API_KEY', validation: 'MANUAL', status: 'PUBLISHED' }],
});

/** What changes in each business API: the callout asks the internal API in place of the issuer. */
const callout = (context: RemedyContext): unknown => ({
  name: 'service token',
  policy: 'policy-http-callout',
  enabled: true,
  configuration: {
    method: 'POST',
    url: `http://${context.listen.host}:${context.listen.port}${internalPath(context)}`,
    headers: [{ name: 'X-Gravitee-Api-Key', value: "{#dictionaries['token-tax']['internal-key']}" }],
    variables: [{ name: TOKEN, value: "{#jsonPath(#calloutResponse.content, '$.access_token')}" }],
    exitOnError: true,
    errorCondition: '{#calloutResponse.status != 200}',
    errorStatusCode: '502',
  },
});

export const gravitee: Remedy = {
  id: 'gravitee',
  title: 'Gravitee: Data Cache (APIM 4.5 and later), or an internal API with a response cache',
  aliases: ['gravitee-apim', 'gravitee.io'],
  docs: 'https://documentation.gravitee.io/apim/create-and-configure-apis/apply-policies/policy-reference/data-cache',
  policy: ({ ttlMs }) => parsePolicy(`node,ttl=${Math.max(1, Math.floor(ttlMs / 1000))}s`),
  overshootPerStretch: 1,
  files: (context) => [
    { name: 'data-cache-flow.json', language: 'json', text: jsonFile(dataCache(context)), certainty: 'documented' },
    { name: 'loopback-api.json', language: 'json', text: jsonFile(loopbackApi(context)), certainty: 'documented' },
    { name: 'loopback-callout.json', language: 'json', text: jsonFile(callout(context)), certainty: 'documented' },
  ],
  risks: (context) => [
    revocationRisk(context, 'ttl'),
    SHARING_RISK,
    'The internal API hands out credentials: no public entrypoint, a plan with a key or mTLS, denied at the edge as well, not in the portal.',
    'The cached body repeats the first expires_in: APIs must ask each time and not keep the token again.',
  ],
  verify: (context) =>
    [
      `for n in $(seq 20); do curl -s -o /dev/null -w '%{http_code}\\n' -X POST http://${context.listen.host}:${context.listen.port}${internalPath(context)}; done`,
      countAtIssuer(context, 'Twenty answers, one request in the log of the issuer'),
      `# calls of ${internalPath(context)} are hits of a cache, no fetches: token-tax analyze GW.LOG --loopback INTERNAL.LOG --idp ISSUER.LOG`,
    ].join('\n'),
  notes: [
    'APIM 4.5 and later: data-cache-flow.json, in each API. Earlier: loopback-api.json once, and loopback-callout.json in place of each callout.',
    'The names of the policies data-cache, cache and the HTTP callout and of their settings are confirmed in source or documentation; the flow around them, the other policies and the plan are to be tried first.',
    'base64(client:secret) lies in a dictionary of the name token-tax (basic), and the key of the internal plan beside it (internal-key).',
    'Neither has a lock: requests that miss at the same moment each fetch. A scheduled call shortly before the end of the TTL keeps that small.',
    'The key of the response cache holds neither method nor body nor headers: one path for each token, with credentials fixed inside.',
    'A flow of the platform that fetches tokens must leave the internal API out, or it calls itself. Callers can still send X-Gravitee-Cache: BY_PASS: it is removed at the entry.',
    'A fixed TTL is right only where the issuer always hands out a fresh token.',
  ],
};
