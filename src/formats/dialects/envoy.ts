/** Format strings of Envoy, text and JSON. */
import {
  type Dialect,
  field,
  headerMeaning,
  type Meaning,
  meaningIn,
  type Piece,
  requestHeaders,
  responseHeaders,
  tokens,
} from './dialect.js';

/** By operator, those that say most of a slot first. */
const operators: Readonly<Record<string, Meaning>> = {
  START_TIME: { field: field('time', 'time-any') },
  START_TIME_LOCAL: { field: field('time', 'time-any') },
  RESPONSE_CODE: { field: field('status', 'number') },
  BYTES_SENT: { field: field('bytes', 'number') },
  DURATION: { field: field('duration', 'milliseconds') },
  UPSTREAM_HOST: { field: field('upstreamAddr'), words: ['scheme'] },
  DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT: { field: field('client') },
  DOWNSTREAM_REMOTE_ADDRESS: { field: field('client'), words: ['address'] },
  DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT: { field: field('client') },
  DOWNSTREAM_DIRECT_REMOTE_ADDRESS: { field: field('client'), words: ['address'] },
  DOWNSTREAM_PEER_SUBJECT: { field: field('mtlsSubject') },
  UPSTREAM_CLUSTER_RAW: { field: field('route') },
  UPSTREAM_CLUSTER: { field: field('route') },
  ROUTE_NAME: { field: field('route') },
  STREAM_ID: { field: field('requestId') },
  TRACE_ID: { field: field('traceId') },
  HOSTNAME: { field: field('node') },
};

/** Pseudo headers, and those that mean something else here. The last address of X-Forwarded-For is the one that Envoy has appended. */
const envoyHeaders: Readonly<Record<string, Meaning>> = {
  'x-envoy-original-path': { field: field('target'), rank: 0 },
  ':path': { field: field('target'), rank: 1 },
  ':method': { field: field('method'), rank: 0 },
  'x-forwarded-for': { field: field('client'), words: ['last'], rank: 999 },
};

const OPERATOR = /%([A-Z][A-Z0-9_]*)(?:\(([^)]*)\))?(?::\d+)?%/g;

function requestHeader(names: string): Meaning {
  for (const name of names.split('?')) {
    const known = envoyHeaders[name.toLowerCase()] ?? headerMeaning(requestHeaders, name);
    if (known.field !== undefined) return known;
  }
  return {};
}

function meaningOf(operator: string, argument: string): Meaning {
  if (operator === 'REQ') return requestHeader(argument);
  if (operator === 'RESP') return headerMeaning(responseHeaders, argument.split('?')[0] ?? '');
  // What a filter has read out of a token.
  if (operator === 'DYNAMIC_METADATA' && /:(?:azp|client_id|appid)$/.test(argument)) return { field: field('clientId') };
  return meaningIn(operators, operator) ?? {};
}

const pieces = (format: string): Piece[] =>
  tokens(format, OPERATOR, ([written, operator = '', argument = '']) => [
    { kind: 'directive', written, ...meaningOf(operator, argument) },
  ]);

export const envoy: Dialect = {
  name: 'Envoy',
  escapes: 'none',
  isOne: (pasted) => /%[A-Z][A-Z0-9_]+(?:\([^)]*\))?(?::\d+)?%/.test(pasted),
  unwrap: (pasted) => {
    const text = pasted.trim().replace(/^(?:format|inline_string|text_format|json_format)\s*:\s*(?=["'{[])/, '');
    // A string of a configuration; a format may itself start and end with a quote.
    const whole = /^"((?:[^"\\]|\\.)*)"$/s.exec(text)?.[1]?.replaceAll('\\"', '"') ?? /^'([^']*)'$/s.exec(text)?.[1] ?? text;
    return whole.replace(/(?:\\n|\n)+$/, '');
  },
  pieces,
  jsonField: ({ field: known, words = [] }) => (words.includes('last') ? field('forwardedFor') : known),
  stamped: () => 'start',
  time: '%START_TIME%',
  request: '%REQ(:METHOD)% and %REQ(:PATH)%',
};
