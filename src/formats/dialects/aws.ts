/** Access log formats of AWS API Gateway: `$context.` variables, text and JSON. */
import { type Dialect, field, type Meaning, meaningIn, type Piece, tokens } from './dialect.js';

/** By variable, those that say most of a slot first. */
const variables: Readonly<Record<string, Meaning>> = {
  requestTimeEpoch: { field: field('time', 'time-epoch') },
  requestTime: { field: field('time', 'time-clf') },
  httpMethod: { field: field('method') },
  path: { field: field('target') },
  resourcePath: { field: field('target') },
  status: { field: field('status', 'number') },
  responseLength: { field: field('bytes', 'number') },
  responseLatency: { field: field('duration', 'milliseconds') },
  'integration.latency': { field: field('upstream', 'milliseconds') },
  integrationLatency: { field: field('upstream', 'milliseconds') },
  domainName: { field: field('host') },
  'identity.sourceIp': { field: field('client') },
  'identity.userAgent': { field: field('userAgent') },
  'authorizer.claims.client_id': { field: field('clientId') },
  'authorizer.jwt.claims.client_id': { field: field('clientId') },
  'authorizer.claims.azp': { field: field('clientId') },
  'identity.apiKeyId': { field: field('identity') },
  'authorizer.principalId': { field: field('identity') },
  'identity.user': { field: field('identity') },
  'identity.caller': { field: field('identity') },
  // A client may choose the other.
  extendedRequestId: { field: field('requestId') },
  requestId: { field: field('requestId') },
  xrayTraceId: { field: field('traceId') },
};

const VARIABLE = /\$context((?:\.\w+)+)/g;

function pieces(format: string): Piece[] {
  const names = [...format.matchAll(VARIABLE)].map(([, name = '']) => name.slice(1));
  // `GET /orders`: only where nothing says more.
  const route = names.includes('path') || names.includes('resourcePath') ? {} : { field: field('request') };
  return tokens(format, VARIABLE, ([written, name = '']) => [
    { kind: 'directive', written, ...(name === '.routeKey' ? route : (meaningIn(variables, name.slice(1)) ?? {})) },
  ]);
}

export const aws: Dialect = {
  name: 'AWS',
  escapes: 'none',
  isOne: (pasted) => pasted.includes('$context.'),
  unwrap: (pasted) => pasted.trim(),
  pieces,
  jsonField: (piece) => piece.field,
  stamped: () => 'start',
  time: '$context.requestTime or $context.requestTimeEpoch',
  request: '$context.httpMethod with $context.path, or $context.routeKey',
};
