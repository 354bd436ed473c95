import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { candidateHosts, candidateWords, classifyEndpoint } from '../src/events/endpoints.js';
import { parseEndpointPattern } from '../src/events/pattern.js';
import { type EndpointKind, type Method, methods } from '../src/events/request-batch.js';
import { runs } from './support/runs.js';

const kindOf = (method: Method, path: string, host?: string): EndpointKind => classifyEndpoint({ method, path, host }, []).kind;
const ruleOf = (method: Method, path: string, host?: string): string => classifyEndpoint({ method, path, host }, []).rule;

describe('high-precision rules', () => {
  const cases: [Method, string, string][] = [
    ['POST', '/realms/acme/protocol/openid-connect/token', 'H1'],
    ['POST', '/oauth/token', 'H2'],
    ['POST', '/oauth2/default/v1/token', 'H2'],
    ['POST', '/oauth2/realms/root/realms/a/realms/b/access_token', 'H2'],
    ['POST', '/oauth/v2/oauth-token', 'H2'],
    ['POST', '/oauth/client_credential/accesstoken', 'H2'],
    ['POST', '/oidc/v1/token', 'H2'],
    ['POST', '/connect/token', 'H2'],
    ['POST', '/openid/token', 'H2'],
    ['POST', '/env/as/token', 'H2'],
    ['POST', '/sts/v1/token', 'H2'],
    ['POST', '/oauth2/v1/tokens/bearer', 'H3'],
    ['POST', '/oauth/access_token/json', 'H3'],
    ['POST', '/oauth2/token/create', 'H3'],
    ['POST', '/as/token.oauth2', 'H4'],
    ['POST', '/-/oauth_token', 'H5'],
    ['POST', '/oauth_token.do', 'H5'],
    ['POST', '/application/o/token/', 'H6'],
    ['POST', '/app/installations/17/access_tokens', 'H7'],
    ['POST', '/v1/auth/approle/login', 'H8'],
    ['PUT', '/v1/auth/userpass/login/orders', 'H8'],
    ['POST', '/v1/auth/token/create', 'H8'],
    ['POST', '/api/v1/namespaces/shop/serviceaccounts/orders/token', 'H9'],
    ['GET', '/computeMetadata/v1/instance/service-accounts/default/token', 'H10'],
    ['GET', '/computeMetadata/v1/instance/service-accounts/default/identity', 'H10'],
    ['GET', '/metadata/identity/oauth2/token', 'H11'],
    ['PUT', '/latest/api/token', 'H12'],
    ['GET', '/latest/meta-data/iam/security-credentials/orders', 'H12'],
  ];
  for (const [method, path, rule] of cases) {
    test(`${rule} ${method} ${path}`, () => {
      expect(classifyEndpoint({ method, path }, [])).toMatchObject({ kind: 'token', rule });
      for (const variant of [
        `${path}/`.replace('//', '/'),
        `/prefix${path}`,
        path.toUpperCase(),
        path.replaceAll('/', '//'),
        `${path};v=1`,
        `${path}?a=b`,
      ]) {
        expect(classifyEndpoint({ method, path: variant }, []), variant).toMatchObject({ kind: 'token', rule });
      }
      for (const never of ['OPTIONS', 'HEAD', 'CONNECT'] as const) expect(kindOf(never, path)).toBe('api');
      expect(kindOf('DELETE', path)).toBe('api');
    });
  }

  test('H13 needs the host and the action', () => {
    const query = 'Action=AssumeRole&Version=2011-06-15';
    for (const host of [
      'sts.amazonaws.com',
      'STS.eu-central-1.amazonaws.com:443',
      'sts.cn-north-1.amazonaws.com.cn',
      'vpce-1.sts.us-east-1.vpce.amazonaws.com',
    ]) {
      expect(classifyEndpoint({ method: 'POST', host, path: '/', query }, [])).toEqual({
        kind: 'token',
        rule: 'H13',
        provider: { id: 'aws-sts', defaultLifetimeMs: 3_600_000 },
      });
    }
    const host = 'sts.amazonaws.com';
    expect(classifyEndpoint({ method: 'GET', host, path: '/', query: 'Action=GetSessionToken' }, [])).toEqual({
      kind: 'token',
      rule: 'H13',
      provider: { id: 'aws-sts' },
    });
    expect(classifyEndpoint({ method: 'POST', host, path: '/' }, [])).toMatchObject({ kind: 'ambiguous', rule: 'A2' });
    expect(classifyEndpoint({ method: 'POST', path: '/', query }, []).kind).toBe('api');
    expect(classifyEndpoint({ method: 'POST', host: 'ests.amazonaws.com.example', path: '/', query }, []).kind).toBe('api');
    expect(classifyEndpoint({ method: 'POST', host, path: '/x', query }, []).kind).toBe('api');
  });

  test('a GET is a fetch only where it carries a grant', () => {
    expect(ruleOf('GET', '/oauth/token')).toBe('get-on-token-path');
    expect(ruleOf('GET', '/oauth/token?state=1')).toBe('get-on-token-path');
    expect(classifyEndpoint({ method: 'GET', path: '/oauth/token', query: 'grant_type=client_credentials' }, [])).toMatchObject({
      kind: 'token',
      rule: 'H2',
    });
    expect(classifyEndpoint({ method: 'GET', path: '/oauth/token?grant%5Ftype=client_credentials' }, [])).toMatchObject({
      kind: 'token',
      rule: 'H2',
    });
    expect(classifyEndpoint({ method: 'GET', path: '/token', query: 'grant_type=client_credentials' }, []).kind).toBe('api');
  });
});

describe('token paths of real services', () => {
  const tokens = [
    '/identity/v1/oauth2/token',
    '/v1/oauth2/token',
    '/identity/oauth/token',
    '/ccx/oauth2/acme/token',
    '/ccx/oauth2/wallet/token',
    '/oauth2/v0/token',
    '/admin/oauth/access_token',
    '/oidc/v1/token',
    '/restapi/oauth/token',
    '/v2/oauth/token',
    '/oauth2/v1/tokens/bearer',
    '/oauth/access_token/json',
    '/oauth2/accesstoken',
    '/auth/oauth2/v2/token',
    '/iam/oauth2/access-token',
  ];
  for (const path of tokens) test(`token ${path}`, () => expect(kindOf('POST', path)).toBe('token'));

  const ambiguous: [string, string][] = [
    ['/auth/o2/token', 'M1'],
    ['/ims/token/v3', 'M1'],
    ['/ims/token/v2', 'M1'],
    ['/auth/token', 'M1'],
    ['/api/sso/v2/generateToken', 'M1'],
    ['/security/user/authenticate/tokens', 'M1'],
    ['/api/token', 'A1'],
    ['/token', 'A1'],
    ['/tokens', 'A1'],
    ['/v1/token', 'A1'],
    ['/o/token', 'A1'],
    ['/v1/auth', 'A1'],
    ['/authenticate', 'A1'],
    ['/api/v1/grant', 'A1'],
    ['/login', 'A1'],
    ['/signin', 'A1'],
    ['/auth', 'A1'],
    ['/authorize', 'A1'],
    ['/session', 'A1'],
    ['/sessions', 'A1'],
    ['/generateToken', 'A1'],
    ['/users/login', 'A1'],
    ['/api/v1/auth/users/login', 'A1'],
    ['/v1/tokens', 'A1'],
  ];
  for (const [path, rule] of ambiguous) {
    test(`ambiguous ${path}`, () => {
      expect(classifyEndpoint({ method: 'POST', path }, [])).toEqual({ kind: 'ambiguous', rule });
      for (const method of ['GET', 'PUT', 'DELETE', 'OPTIONS', 'HEAD'] as const) expect(kindOf(method, path)).toBe('api');
    });
  }

  // what no rule matches is for --token-endpoint
  for (const path of ['/api/oauth.v2.access', '/fts-apim/oauth2/v2', '/api/0/sentry-app-installations/1/authorizations/']) {
    test(`api ${path}`, () => expect(kindOf('POST', path)).toBe('api'));
  }
});

describe('false friends', () => {
  const api: [Method, string][] = [
    ['GET', '/tokens/17'],
    ['POST', '/tokens/17'],
    ['GET', '/tokens'],
    ['POST', '/push-tokens'],
    ['POST', '/users/17/push_tokens'],
    ['POST', '/devices/17/tokens'],
    ['GET', '/csrf-token'],
    ['POST', '/csrf-token'],
    ['POST', '/auth/csrf/token'],
    ['POST', '/v1/messages/count_tokens'],
    ['POST', '/v1beta/models/x:countTokens'],
    ['POST', '/tokenize'],
    ['POST', '/v1/tokenizer'],
    ['POST', '/invitations/token'],
    ['POST', '/api/token/refresh'],
    ['POST', '/auth/token/refresh'],
    ['POST', '/oauth2/v1/invitations/token'],
    ['POST', '/nfts/tokens'],
    ['POST', '/wallets/17/tokens'],
    ['POST', '/password/reset-token'],
    ['POST', '/payments/token'],
    ['POST', '/auth/verify-token'],
    ['POST', '/connect/devices/push/tokens'],
    ['POST', '/graphql'],
    ['GET', '/login'],
    ['GET', '/authors'],
    ['POST', '/authors'],
    ['POST', '/oauth2/authorize'],
    ['GET', '/oauth2/authorize'],
    ['POST', '/realms/a/protocol/openid-connect/auth'],
    ['POST', '/accounts/17/tokens/4711'],
    ['GET', '/projects/1/serviceAccounts/2/keys'],
    ['GET', '/keys'],
    ['POST', '/oauth2/v1/keys'],
    ['GET', '/users/17/keys'],
    ['GET', '/auth/users/17/keys'],
    ['POST', '/orders/17/revoke'],
    ['GET', '/certs'],
    ['POST', '/orders'],
    ['GET', '/'],
    ['GET', ''],
  ];
  for (const [method, path] of api) test(`${method} ${path || '(empty)'}`, () => expect(kindOf(method, path)).toBe('api'));
  test('POST /connect/accounts/17/bank/tokens is at most ambiguous', () => {
    expect(kindOf('POST', '/connect/accounts/17/bank/tokens')).toBe('ambiguous');
  });
});

describe('siblings', () => {
  const cases: [EndpointKind, Method, string[]][] = [
    [
      'introspection',
      'POST',
      [
        '/introspect',
        '/oauth2/introspect',
        '/realms/a/protocol/openid-connect/token/introspect',
        '/connect/introspect',
        '/as/introspect.oauth2',
        '/token_info',
        '/tokeninfo',
        '/oauth/check_token',
        '/oauth/v2/oauth-introspect',
        '/api/17/auth/introspection',
      ],
    ],
    [
      'revocation',
      'POST',
      [
        '/revoke',
        '/oauth2/revoke',
        '/connect/revocation',
        '/realms/a/protocol/openid-connect/revoke',
        '/as/revoke_token.oauth2',
        '/oauth_revoke.do',
        '/am/oauth2/realms/root/token/revoke',
      ],
    ],
    [
      'jwks',
      'GET',
      [
        '/jwks',
        '/jwks.json',
        '/.well-known/jwks.json',
        '/realms/a/protocol/openid-connect/certs',
        '/oauth2/v1/keys',
        '/oauth2/aus1/v1/keys',
        '/discovery/keys',
        '/acme/discovery/v2.0/keys',
        '/oauth2/v3/certs',
        '/pf/JWKS',
        '/dex/keys',
        '/id/keys',
        '/token_keys',
        '/connect/jwk_uri',
        '/admin/v1/SigningCert/jwk',
        '/.well-known/openid-configuration/jwks',
      ],
    ],
    [
      'discovery',
      'GET',
      [
        '/.well-known/openid-configuration',
        '/realms/a/.well-known/openid-configuration',
        '/.well-known/oauth-authorization-server',
        '/.well-known/oauth-authorization-server/acme',
      ],
    ],
    [
      'userinfo',
      'GET',
      [
        '/userinfo',
        '/realms/a/protocol/openid-connect/userinfo',
        '/connect/userinfo',
        '/oauth2/v1/userinfo',
        '/idp/userinfo.openid',
        '/oidc/v1/userinfo',
        '/oauth2/userInfo',
      ],
    ],
    ['review', 'POST', ['/apis/authentication.k8s.io/v1/tokenreviews']],
  ];
  for (const [kind, method, paths] of cases) {
    for (const path of paths) {
      test(`${kind} ${path}`, () => {
        for (const variant of [path, `${path}/`, `${path}?x=1`]) expect(kindOf(method, variant), variant).toBe(kind);
        expect(kindOf('OPTIONS', path)).toBe('api');
      });
    }
  }
  test('bare /keys on a host of an identity provider', () => {
    for (const host of ['auth.example.com', 'dex.example.com', 'acme-sso.example.com', 'dex'])
      expect(kindOf('GET', '/keys', host)).toBe('jwks');
    expect(kindOf('GET', '/keys', 'orders.example.com')).toBe('api');
  });
});

describe('user patterns', () => {
  const patterns = [parseEndpointPattern('POST /api/session*'), parseEndpointPattern('idp.example.com/orders/check')];
  test('come first', () => {
    expect(classifyEndpoint({ method: 'POST', path: '/api/session-new' }, patterns)).toEqual({ kind: 'token', rule: 'user' });
    expect(classifyEndpoint({ method: 'GET', path: '/api/session-new' }, patterns).kind).toBe('api');
    expect(classifyEndpoint({ method: 'GET', host: 'IDP.example.com:8443', path: '/orders/check' }, patterns).rule).toBe('user');
    expect(classifyEndpoint({ method: 'GET', path: '/orders/check' }, patterns).rule).toBe('api');
    expect(classifyEndpoint({ method: 'POST', path: '/introspect' }, [parseEndpointPattern('/introspect')]).rule).toBe('user');
  });
  test('never make a preflight a fetch', () => {
    expect(classifyEndpoint({ method: 'OPTIONS', path: '/x' }, [parseEndpointPattern('/x')]).kind).toBe('api');
  });
  test('keep the provider', () => {
    const found = classifyEndpoint({ method: 'POST', host: 'acme.auth0.com', path: '/oauth/token' }, [
      parseEndpointPattern('/oauth/token'),
    ]);
    expect(found).toEqual({ kind: 'token', rule: 'user', provider: { id: 'auth0', defaultLifetimeMs: 86_400_000 } });
  });
});

test('an absolute path gives its host', () => {
  expect(classifyEndpoint({ method: 'POST', path: 'https://oauth2.googleapis.com:443/token' }, [])).toEqual({
    kind: 'token',
    rule: 'P1',
    provider: { id: 'google', defaultLifetimeMs: 3_600_000 },
  });
});

const parts = [
  'oauth',
  'oauth2',
  'token',
  'tokens',
  'access_token',
  'login',
  'signin',
  'sign-in',
  'auth',
  'authorize',
  'authenticate',
  'session',
  'sessions',
  'grant',
  'v1',
  'v2.0',
  'introspect',
  'introspection',
  'revoke',
  'revocation',
  'keys',
  'jwks',
  'jwks.json',
  'certs',
  'jwk',
  'signingcert',
  'userinfo',
  '.well-known',
  'openid-configuration',
  'oauth-authorization-server',
  'openid-connect',
  'computeMetadata',
  'instance',
  'service-accounts',
  'identity',
  'latest',
  'meta-data',
  'iam',
  'security-credentials',
  'default',
  'lookup-self',
  'connect',
  'as',
  'dex',
  'id',
  'sso',
  'idp',
  'discovery',
  'orders',
  '17',
  'token.oauth2',
  'api',
  '%2f',
  ';a=b',
  'to\u212aen',
  '\uD800',
  '%zz',
  '',
  'x',
  'bearer',
  'realms',
  'generateToken',
  'check_token',
  'create',
  'app',
  'installations',
  'access_tokens',
  'namespaces',
  'serviceaccounts',
  'apis',
  'tokenreviews',
];
const segment = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...parts) },
  { weight: 1, arbitrary: fc.string({ maxLength: 6, unit: 'binary' }) },
);
const anyPath = fc
  .array(
    fc.oneof(
      segment,
      segment.map((text) => text.toUpperCase()),
    ),
    { maxLength: 7 },
  )
  .chain((list) =>
    fc
      .constantFrom('/', '//', '%2F', '%2f')
      .map((slash) => `/${list.join(slash === '//' ? slash : '/')}${slash}${list.at(-1) ?? ''}`),
  );
const lower = (text: string): string => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());

test('every path that is anything but an API holds a candidate word', () => {
  const hosts = [
    undefined,
    'auth.example.com',
    'sts.amazonaws.com',
    'sts-fips.us-east-1.amazonaws.com',
    'oauth2.googleapis.com',
    'acme.okta.com',
  ];
  let others = 0;
  fc.assert(
    fc.property(
      fc.constantFrom(...methods),
      anyPath,
      fc.constantFrom(...hosts),
      fc.constantFrom('', 'Action=AssumeRole'),
      (method, path, host, query) => {
        const { kind } = classifyEndpoint({ method, path, host, query }, []);
        if (kind === 'api') return;
        others += 1;
        const named = candidateWords.some((word) => lower(path).includes(word));
        expect(named || candidateHosts.some((word) => host?.includes(word))).toBe(true);
      },
    ),
    { numRuns: runs(20_000) },
  );
  expect(others).toBeGreaterThan(200);
});

test('hostile paths do not throw and come back', () => {
  const units = [
    '/',
    '/a',
    '%2f',
    '%',
    ';',
    '/token',
    '/oauth',
    'token',
    '/oauth2/x',
    '/v1/auth',
    '?',
    '/.well-known',
    '\uD800',
    'a',
  ];
  for (const unit of units) {
    const path = `/${unit.repeat(200_000 / unit.length)}`;
    for (const method of ['GET', 'POST'] as const) expect(typeof kindOf(method, path, unit.repeat(50_000))).toBe('string');
  }
});
