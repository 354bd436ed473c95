/** Envoy: the credential injector fetches at its start and again at half of the life, in the background; no request waits. */
import { parsePolicy } from '../simulation/policy.js';
import { clientIdOf, countAtIssuer, quoted, revocationRisk, scopesOf } from './data.js';
import { endpointUrl, urlHost } from './escape.js';
import type { Remedy, RemedyContext } from './remedy.js';

export const CLUSTER = 'token_tax_issuer';
export const SECRET_NAME = 'token_tax_client_secret';

/** The filter, as an item of `http_filters`, in front of the router. */
export const credentialInjector = (context: RemedyContext, cluster: string): string => {
  const scopes = scopesOf(context);
  return `- name: envoy.filters.http.credential_injector
  typed_config:
    "@type": type.googleapis.com/envoy.extensions.filters.http.credential_injector.v3.CredentialInjector
    overwrite: true
    credential:
      name: envoy.http.injected_credentials.oauth2
      typed_config:
        "@type": type.googleapis.com/envoy.extensions.http.injected_credentials.oauth2.v3.OAuth2
        token_endpoint:
          uri: ${quoted(endpointUrl(context.tokenEndpoint))}
          cluster: ${quoted(cluster)}
          timeout: 3s
        token_fetch_retry_interval: 2s
${scopes.length === 0 ? '' : `        scopes: [${scopes.map(quoted).join(', ')}]\n`}${
  context.audience === undefined
    ? ''
    : `        endpoint_params:\n          - name: audience\n            value: ${quoted(context.audience)}\n`
}        client_credentials:
          client_id: ${quoted(clientIdOf(context))}
          client_secret:
            name: ${SECRET_NAME}
          auth_type: BASIC_AUTH
`;
};

/** Where the issuer is, and where the secret lies: of the bootstrap's `static_resources`. */
const resources = ({ tokenEndpoint, places }: RemedyContext): string => {
  const host = urlHost(tokenEndpoint.host).replace(/^\[|\]$/g, '');
  const tls = `      transport_socket:
        name: envoy.transport_sockets.tls
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext
          sni: ${quoted(host)}
          common_tls_context:
            validation_context:
              trusted_ca:
                filename: /etc/ssl/certs/ca-certificates.crt
              match_typed_subject_alt_names:
                - san_type: DNS
                  matcher:
                    exact: ${quoted(host)}
`;
  return `static_resources:
  secrets:
    - name: ${SECRET_NAME}
      generic_secret:
        secret:
          filename: ${quoted(places.secretFile)}
  clusters:
    - name: ${CLUSTER}
      type: STRICT_DNS
      connect_timeout: 3s
      load_assignment:
        cluster_name: ${CLUSTER}
        endpoints:
          - lb_endpoints:
              - endpoint:
                  address:
                    socket_address:
                      address: ${quoted(host)}
                      port_value: ${tokenEndpoint.port}
${tokenEndpoint.scheme === 'https' ? tls : ''}`;
};

const indented = (text: string, by: number): string => text.replace(/^(?=.)/gm, ' '.repeat(by));

export const ENVOY_NOTES = [
  'Fetched at the start and again at half of its life, in the background: no request waits, and fetches ahead of time are no waste.',
  'One token for each filter configuration and each Envoy: 300 sidecars make 600 fetches a life, which is right, but may meet a rate limit.',
  'The extension calls itself work in progress. While the issuer is down an old token is injected (envoyproxy/envoy#44674); an empty answer is not tried again (#42009).',
  'envoy.filters.http.oauth2 logs users in; it is no cache for service tokens.',
];

export const envoy: Remedy = {
  id: 'envoy',
  title: 'Envoy: the credential injector with OAuth 2',
  aliases: ['envoyproxy', 'envoy-gateway'],
  docs: 'https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_filters/credential_injector_filter',
  policy: () => parsePolicy('node,single-flight,refresh-ahead=50%'),
  overshootPerStretch: 1,
  files: (context) => [
    {
      name: 'token-tax-filter.yaml',
      language: 'yaml',
      text: `# In http_filters, in front of envoy.filters.http.router:\nhttp_filters:\n${indented(credentialInjector(context, CLUSTER), 2)}`,
      certainty: 'documented',
    },
    { name: 'token-tax-issuer.yaml', language: 'yaml', text: resources(context), certainty: 'documented' },
  ],
  risks: (context) => [
    revocationRisk(context, 'life'),
    'While the issuer is down the old token is sent on, also after its end.',
    'The secret lies in a file that Envoy must be able to read; the token lies in its memory.',
  ],
  verify: (context) =>
    [
      'envoy --mode validate -c envoy.yaml',
      countAtIssuer(context, 'Envoy counts too: curl -s localhost:9901/stats | grep credential_injector'),
    ].join('\n'),
  notes: ENVOY_NOTES,
};
