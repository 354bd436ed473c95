/** Istio: the same filter as Envoy's, put into gateways or sidecars by an EnvoyFilter. */
import { parsePolicy } from '../simulation/policy.js';
import { countAtIssuer, quoted, revocationRisk } from './data.js';
import { credentialInjector, ENVOY_NOTES, SECRET_NAME } from './envoy.js';
import { urlHost } from './escape.js';
import { nameOf, type Remedy, type RemedyContext } from './remedy.js';

/** The item of the list as a value, without its dash. */
const asValue = (item: string, by: number): string =>
  item.replace(/^- /, '  ').replace(/^(?=.)/gm, ' '.repeat(Math.max(0, by - 2)));

const filter = (context: RemedyContext): string => {
  const { tokenEndpoint } = context;
  const host = urlHost(tokenEndpoint.host);
  const cluster = `outbound|${tokenEndpoint.port}||${host}`;
  return `apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata:
  name: token-tax-issuer
  namespace: istio-system
spec:
  hosts: [${quoted(host)}]
  location: MESH_EXTERNAL
  resolution: DNS
  ports:
    - number: ${tokenEndpoint.port}
      name: ${tokenEndpoint.scheme}
      protocol: ${tokenEndpoint.scheme === 'https' ? 'TLS' : 'HTTP'}
---
${
  tokenEndpoint.scheme === 'https'
    ? `apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata:
  name: token-tax-issuer
  namespace: istio-system
spec:
  host: ${quoted(host)}
  trafficPolicy:
    tls:
      mode: SIMPLE
      sni: ${quoted(host)}
---
`
    : ''
}apiVersion: networking.istio.io/v1alpha3
kind: EnvoyFilter
metadata:
  name: token-tax-${nameOf(context)}
  namespace: istio-system
spec:
  workloadSelector:
    labels:
      istio: ingressgateway        # the gateway whose back ends want the token
  configPatches:
    - applyTo: HTTP_FILTER
      match:
        context: GATEWAY
        listener:
          filterChain:
            filter:
              name: envoy.filters.network.http_connection_manager
              subFilter:
                name: envoy.filters.http.router
      patch:
        operation: INSERT_BEFORE
        value:
${asValue(credentialInjector(context, cluster), 10)}`;
};

export const istio: Remedy = {
  id: 'istio',
  title: 'Istio: an EnvoyFilter with the credential injector',
  aliases: ['istio-ingressgateway'],
  docs: 'https://istio.io/latest/docs/reference/config/networking/envoy-filter/',
  policy: () => parsePolicy('node,single-flight,refresh-ahead=50%'),
  overshootPerStretch: 1,
  files: (context) => [{ name: 'token-tax-envoyfilter.yaml', language: 'yaml', text: filter(context), certainty: 'untested' }],
  risks: (context) => [
    revocationRisk(context, 'life'),
    'An EnvoyFilter is not covered by the promises of Istio: try it again after each upgrade.',
    'Every route of the selected gateway gets the header: narrow the match where back ends must not see the token.',
  ],
  verify: (context) =>
    [
      'istioctl analyze -n istio-system',
      `istioctl proxy-config listener deploy/istio-ingressgateway -n istio-system -o yaml | grep -A3 credential_injector`,
      countAtIssuer(context, 'Restart the gateway'),
    ].join('\n'),
  notes: [
    `The secret is asked for under the name ${SECRET_NAME}: give it to the proxy as a generic secret (a file in its bootstrap, or SDS). Istio hands out no generic secrets of its own.`,
    ...ENVOY_NOTES,
  ],
};
