/** Apache Camel and Ory Oathkeeper: a cache that is there, and off. */
import { parsePolicy } from '../simulation/policy.js';
import { clientIdOf, defaultLifeSeconds, marginSeconds, quoted, scopesOf, ttlSeconds } from './data.js';
import { endpointUrl, formBody } from './escape.js';
import type { Remedy, RemedyContext } from './remedy.js';

const camelYaml = (context: RemedyContext): string => `- route:
    from:
      uri: "direct:orders"
      steps:
        - to:
            uri: "https:<BACK_END_HOST>"
            parameters:
              oauth2TokenEndpoint: ${quoted(endpointUrl(context.tokenEndpoint))}
              oauth2ClientId: ${quoted(clientIdOf(context))}
              oauth2ClientSecret: "{{env:${context.places.secretEnv}}}"${scopesOf(context).length === 0 ? '' : `\n              oauth2Scope: ${quoted(scopesOf(context).join(' '))}`}
              oauth2CacheTokens: true
              oauth2CachedTokensExpirationMarginSeconds: ${marginSeconds(context)}
              oauth2CachedTokensDefaultExpirySeconds: ${defaultLifeSeconds(context)}
`;

export const camel: Remedy = {
  id: 'camel',
  title: 'Apache Camel: oauth2CacheTokens of the HTTP component',
  aliases: ['apache-camel'],
  docs: 'https://camel.apache.org/components/next/http-component.html',
  policy: (context) => parsePolicy(`node,margin=${marginSeconds(context)}s`),
  overshootPerStretch: 0,
  files: (context) => [{ name: 'route.camel.yaml', language: 'yaml', text: camelYaml(context), certainty: 'documented' }],
  risks: () => [
    'A revoked token is used until its life less the margin ends; a restart forgets it.',
    'The token lies in the memory of the process.',
  ],
  verify: () => ['camel run route.camel.yaml', 'token-tax analyze GATEWAY.LOG ISSUER.LOG'].join('\n'),
  notes: [
    'The options are those of Camel 4.8 and later; the default of oauth2CacheTokens is false, that of the margin 5 s.',
    'A single flight is not documented: requests that meet an expired token may each fetch.',
  ],
};

const oathkeeperYaml = (context: RemedyContext): string => `authenticators:
  oauth2_client_credentials:
    enabled: true
    config:
      token_url: ${quoted(endpointUrl(context.tokenEndpoint))}${scopesOf(context).length === 0 ? '' : `\n      required_scope: [${scopesOf(context).map(quoted).join(', ')}]`}
      cache:
        enabled: true
        ttl: "${ttlSeconds(context)}s"
        max_tokens: 1000
`;

export const oathkeeper: Remedy = {
  id: 'oathkeeper',
  title: 'Ory Oathkeeper: the cache of oauth2_client_credentials',
  aliases: ['ory-oathkeeper', 'ory'],
  docs: 'https://www.ory.sh/docs/oathkeeper/pipeline/authn#oauth2_client_credentials',
  policy: (context) => parsePolicy(`node,ttl=${ttlSeconds(context)}s`),
  overshootPerStretch: 0,
  files: (context) => [{ name: 'oathkeeper.yaml', language: 'yaml', text: oathkeeperYaml(context), certainty: 'untested' }],
  risks: (context) => [
    `A revoked token, and a caller whose secret was changed, go on being accepted for up to ${ttlSeconds(context)} s.`,
    'The tokens lie in the memory of the process.',
  ],
  verify: () => ['oathkeeper validate config -c oathkeeper.yaml', 'token-tax analyze GATEWAY.LOG ISSUER.LOG'].join('\n'),
  notes: [
    'This authenticator asks for a token with the credentials of each caller; without the cache every request does (ory/oathkeeper#870, #922). Old versions have no cache: look whether yours knows the field.',
    `What it asks for each caller is ${quoted(formBody({ scope: undefined, audience: undefined }))}.`,
    'The pre-authorization of the introspection authenticator fetched a token for each request in old versions (#712): upgrade.',
  ],
};
