/** What a token request asks for. Secrets are read from it and given to nobody but who compares them. */

export interface TokenRequest {
  /** undefined: the body is no token request. */
  readonly grantType: string | undefined;
  readonly clientId: string | undefined;
  /** undefined: the client did not use one. Never logged. */
  readonly clientSecret: string | undefined;
  /** Sorted, one space between. */
  readonly scope: string | undefined;
  /** audience and resource parameters, sorted. */
  readonly audience: string | undefined;
  /** All others that may change the token, in a fixed order; holds no credentials. */
  readonly others: string;
  /** The client proves itself by what changes with each request (an assertion), or not at all. */
  readonly secretless: boolean;
  /** Credentials both in the header and in the body, or a parameter twice: RFC 6749, 2.3 and 3.2 forbid it. */
  readonly malformed: boolean;
}

const own = new Set(['grant_type', 'client_id', 'client_secret', 'scope', 'audience', 'resource']);
const repeatable = new Set(['audience', 'resource']);

const formDecoded = (text: string): string => {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
};

/** RFC 6749, 2.3.1: both halves are form-encoded before they are joined. */
export const basicCredentials = (header: string | undefined): readonly [id: string, secret: string] | undefined => {
  const encoded = /^basic +([A-Za-z0-9+/_=-]+)\s*$/i.exec(header ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon < 0 ? undefined : [formDecoded(text.slice(0, colon)), formDecoded(text.slice(colon + 1))];
};

const parameters = (body: string, contentType: string): [string, string][] => {
  if (!/json/i.test(contentType)) return [...new URLSearchParams(body)];
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
    return Object.entries(value).map(([name, each]) => [name, typeof each === 'string' ? each : JSON.stringify(each)]);
  } catch {
    return [];
  }
};

/** The subject of a client assertion (RFC 7523, 3), which is the client id. Not verified, not kept. */
const assertedClient = (assertion: string): string | undefined => {
  try {
    const claims: unknown = JSON.parse(Buffer.from(assertion.split('.')[1] ?? '', 'base64url').toString('utf8'));
    const sub = typeof claims === 'object' && claims !== null && 'sub' in claims ? claims.sub : undefined;
    return typeof sub === 'string' ? sub : undefined;
  } catch {
    return undefined;
  }
};

export const parseTokenRequest = (body: string, contentType: string, authorization: string | undefined): TokenRequest => {
  const pairs = parameters(body, contentType);
  const values = new Map(pairs);
  const basic = basicCredentials(authorization);
  const names = pairs.map(([name]) => name).filter((name) => !repeatable.has(name));
  const scope = values.get('scope')?.split(/\s+/).filter(Boolean).sort().join(' ');
  const audience = pairs
    .filter(([name]) => repeatable.has(name))
    .map(([, value]) => value)
    .sort()
    .join(' ');
  const secret = basic?.[1] ?? values.get('client_secret');
  const assertion = values.get('client_assertion');
  return {
    grantType: values.get('grant_type'),
    clientId: basic?.[0] ?? values.get('client_id') ?? (assertion === undefined ? undefined : assertedClient(assertion)),
    clientSecret: secret,
    scope: scope === '' ? undefined : scope,
    audience: audience === '' ? undefined : audience,
    others: JSON.stringify(
      pairs
        .filter(([name]) => !own.has(name) || repeatable.has(name))
        .sort(([a, x], [b, y]) => (a < b || (a === b && x < y) ? -1 : 1)),
    ),
    secretless: secret === undefined || secret === '' || assertion !== undefined,
    malformed:
      new Set(names).size !== names.length ||
      (basic !== undefined && (values.has('client_secret') || (values.has('client_id') && values.get('client_id') !== basic[0]))),
  };
};
