/** Tyk and KrakenD: both keep tokens by themselves, each by API or back end. */
import { parsePolicy } from '../simulation/policy.js';
import { clientIdOf, jsonFile, scopesOf } from './data.js';
import { endpointUrl } from './escape.js';
import type { Remedy, RemedyContext } from './remedy.js';

function tykOas(context: RemedyContext): string {
  const audience = context.audience;
  return jsonFile({
    'x-tyk-api-gateway': {
      upstream: {
        authentication: {
          enabled: true,
          oauth: {
            enabled: true,
            allowedAuthorizeTypes: ['clientCredentials'],
            clientCredentials: {
              header: { enabled: true, name: 'Authorization' },
              clientId: clientIdOf(context),
              clientSecret: `env://${context.places.secretEnv}`,
              tokenUrl: endpointUrl(context.tokenEndpoint),
              scopes: scopesOf(context),
              ...(audience === undefined ? {} : { endpointParams: { audience: [audience] } }),
            },
          },
        },
      },
    },
  });
}

export const tyk: Remedy = {
  id: 'tyk',
  title: 'Tyk: upstream OAuth with client credentials (Enterprise)',
  aliases: ['tyk-gateway'],
  docs: 'https://tyk.io/docs/api-management/upstream-authentication/oauth',
  // The full remaining life, no margin; one token of all nodes in Redis.
  policy: () => parsePolicy('shared,single-flight,margin=0s'),
  overshootPerStretch: 1,
  files: (context) => [{ name: 'tyk-api.json', language: 'json', text: tykOas(context), certainty: 'untested' }],
  risks: () => [
    'The token is kept for its whole life, without a margin: requests in the last moments of a token may be refused.',
    'The token lies in Redis, encrypted with the secret of the gateway: that secret must not be the default one.',
    'A revoked token is used until its life ends.',
  ],
  verify: () =>
    [
      '# One token request for each API definition and life, however many nodes there are:',
      'token-tax analyze GATEWAY.LOG ISSUER.LOG',
    ].join('\n'),
  notes: [
    'The key of the cache has the id of the API in it: each API definition gets a token of its own, so fetches grow with the number of APIs.',
    'One node fetches under a lock of 5 s; the others look 10 times, each 100 ms, and then fail the request: a token endpoint slower than about 1 s gives errors at each renewal.',
    'Merge the object into the API definition; in the classic definition the same stands under upstream_auth.oauth.client_credentials (client_id, client_secret, token_url, scopes).',
  ],
};

function krakendJson(context: RemedyContext): string {
  const audience = context.audience;
  return jsonFile({
    extra_config: {
      'auth/client-credentials': {
        client_id: clientIdOf(context),
        client_secret: `{{ env "${context.places.secretEnv}" }}`,
        token_url: endpointUrl(context.tokenEndpoint),
        scopes: scopesOf(context).join(','),
        ...(audience === undefined ? {} : { endpoint_params: { audience: [audience] } }),
      },
    },
  });
}

export const krakend: Remedy = {
  id: 'krakend',
  title: 'KrakenD: auth/client-credentials of a back end',
  aliases: ['krakend-ce'],
  docs: 'https://www.krakend.io/docs/authorization/client-credentials/',
  policy: () => parsePolicy('node,single-flight,margin=10s'),
  overshootPerStretch: 0,
  files: (context) => [{ name: 'krakend-backend.json', language: 'json', text: krakendJson(context), certainty: 'documented' }],
  risks: () => [
    'A revoked token is used until 10 s before its life ends; a restart forgets it.',
    'Without expires_in in the response the token is never renewed until a restart: have the issuer send it.',
  ],
  verify: () => ['FC_ENABLE=1 krakend check -c krakend.tmpl --lint', 'token-tax analyze GATEWAY.LOG ISSUER.LOG'].join('\n'),
  notes: [
    'One token for each back-end block: 20 back ends hold 20 tokens in each instance. To share one, route them through one back end, or accept it.',
    'The margin of 10 s is fixed. scopes are separated by commas.',
    'The secret comes from the environment by flexible configuration (FC_ENABLE=1); without it, put the file out of version control.',
  ],
};
