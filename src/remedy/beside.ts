/** Gateways that cannot keep a token themselves get the proven internal endpoint of nginx beside them. */

import { clientIdOf, quoted, scopesOf } from './data.js';
import { endpointUrl } from './escape.js';
import { nginx } from './nginx.js';
import { internalPath, nameOf, type Remedy, type RemedyContext } from './remedy.js';

const address = (context: RemedyContext): string =>
  `http://${context.listen.host}:${context.listen.port}${internalPath(context)}`;

function hubYaml(context: RemedyContext): string {
  const secret = `token-tax-${nameOf(context)}`;
  const audience = context.audience;
  return `# Traefik Hub only: it asks with these credentials, and keeps what it gets in Redis.
apiVersion: traefik.io/v1alpha1
kind: Middleware
metadata: { name: ${secret} }
spec:
  plugin:
    oAuthClientCredentials:
      url: ${quoted(endpointUrl(context.tokenEndpoint))}
      clientID: "urn:k8s:secret:${secret}:clientID"
      clientSecret: "urn:k8s:secret:${secret}:clientSecret"
      audience: ${quoted(audience ?? '<AUDIENCE>')}${scopesOf(context).length === 0 ? '' : `\n      scopes: [${scopesOf(context).map(quoted).join(', ')}]`}
      store:
        keyPrefix: token-tax
        redis:
          endpoints: ["<REDIS_HOST>:6379"]
---
apiVersion: v1
kind: Secret
type: Opaque
metadata: { name: ${secret} }
stringData:
  clientID: ${quoted(clientIdOf(context))}
  clientSecret: "<CLIENT_SECRET>"
`;
}

export const traefik: Remedy = {
  ...nginx,
  id: 'traefik',
  title: 'Traefik: nginx beside it keeps the token; Traefik Hub has a middleware',
  aliases: ['traefik-hub', 'traefik-proxy'],
  docs: 'https://doc.traefik.io/traefik/reference/routing-configuration/http/middlewares/oauth2-client-credentials/',
  files: (context) => [
    ...nginx.files(context),
    { name: 'traefik-hub.yaml', language: 'yaml', text: hubYaml(context), certainty: 'untested' },
  ],
  notes: [
    'Open-source Traefik has nothing that fetches or keeps a token. Whoever fetches for it now (the service behind ForwardAuth, a plugin) asks the internal endpoint of nginx instead; the figures are for that.',
    'ForwardAuth asks its service on every request, and keeps nothing (traefik/traefik#6777, #11718).',
    'In Traefik Hub tokens are kept only with a store: without it each request fetches.',
    ...nginx.notes,
  ],
};

export const squid: Remedy = {
  ...nginx,
  id: 'squid',
  title: 'Squid: nginx beside it keeps the token',
  aliases: ['squid-cache'],
  docs: 'https://wiki.squid-cache.org/SquidFaq/InnerWorkings',
  risks: (context) => [
    ...nginx.risks(context),
    `Callers must reach ${address(context)} directly, not through Squid (no_proxy=${context.listen.host}).`,
  ],
  notes: [
    'Squid does not keep answers to POST, and a token request is one: no setting of it helps. nginx answers in its place; the callers of the token endpoint ask there.',
    ...nginx.notes,
  ],
};
