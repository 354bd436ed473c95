import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { escapeControls, redactPath, redactText, secretKindNames, secretKinds } from '../src/redact/index.js';
import { redactAnyPath } from '../src/redact/path.js';
import { runs } from './support/runs.js';

// Assembled here, so that no scanner takes a fixture for a leak.
const SECRET = 'S3cr3tV4lue';
const JWT = ['eyJhbGciOiJSUzI1NiIsImtpZCI6IjEifQ', 'eyJzdWIiOiJvcmRlcnMiLCJleHAiOjE3NDA4MzA0MDB9', 'c2lnbmF0dXJlLWJ5dGVz'].join(
  '.',
);
const GITHUB = ['ghp', '16C7e42F292c6912E7710c838347Ae178B4a'].join('_');
const BASIC = 'b3JkZXJzOlMzY3IzdFY0bHVl';

const parameters = [
  'access_token',
  'api_key',
  'apikey',
  'assertion',
  'auth',
  'auth_token',
  'authorization',
  'client_assertion',
  'client_secret',
  'code',
  'code_verifier',
  'id_token',
  'jwt',
  'key',
  'oauth_token',
  'passwd',
  'password',
  'refresh_token',
  'secret',
  'sig',
  'signature',
  'subject_token',
  'token',
  'X-Amz-Credential',
  'X-Amz-Security-Token',
  'X-Amz-Signature',
  'X-Goog-Signature',
  'clientSecret',
];

const percent = (text: string): string => encodeURIComponent(text);
const escapedName = (name: string): string => name.replace(/[_-]/g, (char) => `%${char.charCodeAt(0).toString(16)}`);

describe('a secret parameter never survives', () => {
  const shapes: Record<string, (name: string) => string> = {
    'in a query': (name) => `GET /cb?state=7&${name}=${SECRET}&x=1 HTTP/1.1`,
    'with an encoded name': (name) => `GET /cb?state=7&${escapedName(name)}=${SECRET}&x=1 HTTP/1.1`,
    'with a letter of its name encoded': (name) => `/cb?%${name.charCodeAt(0).toString(16)}${name.slice(1)}=${SECRET}`,
    'in an upper-case query': (name) => `/cb?${name.toUpperCase()}=${SECRET}`,
    'in a form body': (name) => `grant_type=client_credentials&${name}=${SECRET}`,
    'with reserved characters': (name) => `a=1&${name}=a,b;c'd)e|${SECRET}&x=1`,
    'with an encoded ampersand': (name) => `a=1&${name}=ab%26cd${SECRET}&x=1`,
    'in a query in a query': (name) => `/login?next=${percent(`https://a.example/cb?${name}=${SECRET}&x=1`)}&y=2`,
    'in a query twice nested': (name) => `/login?next=${percent(percent(`/cb?${name}=x%26${SECRET}&x=1`))}`,
    'in JSON': (name) => `{"grant_type":"x","${name}":"${SECRET}","a":1}`,
    'in spaced JSON': (name) => `{ "${name}" : "${SECRET}" }`,
    'in JSON with a quote': (name) => JSON.stringify({ [name]: `a"b${SECRET}` }),
    'in JSON in JSON': (name) => JSON.stringify({ body: JSON.stringify({ [name]: `a"b${SECRET}`, other: 1 }) }),
    'in JSON as a list': (name) => JSON.stringify({ [name]: ['x', `]${SECRET}`] }),
    'in JSON as an object': (name) => JSON.stringify({ [name]: { value: `}${SECRET}` } }),
    'in JSON escaped by nginx': (name) =>
      JSON.stringify({ [name]: `a"b${SECRET}` }).replace(/["\\]/g, (c) => (c === '"' ? '\\x22' : '\\x5C')),
    'in JSON written by Go': (name) => `{"body":"a=1\\u0026${name}=${SECRET}\\u0026b=2"}`,
    'in percent-encoded JSON': (name) => `/x?data=${percent(JSON.stringify({ [name]: SECRET }))}`,
    'in a cut line': (name) => `{"${name}":"${SECRET}`,
    'in single quotes': (name) => `{'${name}': '${SECRET}'}`,
    'as a nested parameter': (name) => `/x?user[${name}]=${SECRET}`,
    'as a field': (name) => `level=info ${name}="a ${SECRET}" status=200`,
    'in a matrix parameter': (name) => `/a;${name}=${SECRET}/b`,
  };
  for (const [shape, write] of Object.entries(shapes)) {
    test(shape, () => {
      for (const name of parameters) {
        const text = write(name);
        expect(redactText(text), text).not.toContain(SECRET);
        expect(redactText(text), text).toContain('<redacted:');
        expect(secretKinds(text), text).not.toEqual([]);
      }
    });
  }
});

describe('other secrets never survive', () => {
  const cases: [string, string][] = [
    [`Authorization: Bearer ${SECRET}`, 'bearer'],
    [`authorization=Bearer ${SECRET} status=200`, 'bearer'],
    [`"Authorization":"Bearer ${SECRET}"`, 'bearer'],
    [`curl -H 'Authorization: Digest username="a", response="${SECRET}"' https://a`, 'authorization'],
    [`Proxy-Authorization: Custom a b ${SECRET}`, 'authorization'],
    [`sent BEARER  ${SECRET} twice`, 'bearer'],
    [`/x?h=Bearer%20${SECRET}`, 'bearer'],
    [`/x?h=Bearer+${SECRET}`, 'bearer'],
    [`DPoP ${SECRET}`, 'bearer'],
    [`Basic ${BASIC}`, 'basic'],
    [`X-Api-Key: ${SECRET}`, 'api_key'],
    [`password: ${SECRET}`, 'password'],
    [`Cookie: theme="dark mode"; sid=x; a=${SECRET}`, 'cookie'],
    [`Set-Cookie: a=b; Path=/; v=${SECRET}\r\nHost: a`, 'cookie'],
    [`"Cookie: theme=dark; a=${SECRET}" 200`, 'cookie'],
    [`cookie="theme=dark; a=${SECRET}" status=200`, 'cookie'],
    [`cookie=theme=dark; a=${SECRET}`, 'cookie'],
    [`connect.sid=${SECRET}`, 'session'],
    [`/a;jsessionid=${SECRET}`, 'session'],
    [`postgres://orders:${SECRET}@db:5432/x`, 'url_credentials'],
    [`https://orders:a@${SECRET}@host/`, 'url_credentials'],
    [`https://${SECRET}@host/`, 'url_credentials'],
    [`/x?u=https%3A%2F%2Fa%3A${SECRET}%40host%2F`, 'url_credentials'],
    [`"url":"https:\\/\\/a:${SECRET}@host\\/"`, 'url_credentials'],
    [`got ${GITHUB} from CI`, 'known_token'],
    [`-----BEGIN RSA PRIVATE KEY-----\n${SECRET}\n-----END RSA PRIVATE KEY----- end`, 'private_key'],
  ];
  for (const [text, kind] of cases) {
    test(JSON.stringify(text), () => {
      const out = redactText(text);
      for (const secret of [SECRET, BASIC, GITHUB]) expect(out).not.toContain(secret);
      expect(secretKinds(text)).toContain(kind);
    });
  }

  test('tokens with a known prefix', () => {
    const tails = [
      ['gho_', SECRET],
      ['github_pat_', SECRET],
      ['xoxb-', `1234-${SECRET}`],
      ['sk_live_', SECRET],
      ['AKIA', 'IOSFODNN7EXAMPLE'],
      ['hvs.', `CAESI${SECRET}`],
      ['glpat-', `x-${SECRET}`],
      ['sk-', `proj-${SECRET}`],
      ['ya29.', SECRET],
    ];
    for (const [prefix, tail] of tails) {
      for (const text of [`id ${prefix}${tail} end`, `/hooks/${prefix}${tail}/x`, `"v":"${prefix}${tail}"`]) {
        expect(redactText(text)).not.toContain(tail);
        expect(redactPath(text.slice(text.indexOf('/')))).not.toContain(tail);
      }
    }
  });

  test('JWTs, whole or cut', () => {
    const [header, payload, signature] = JWT.split('.') as [string, string, string];
    const tokens = [
      JWT,
      `${header}.${payload}.`,
      `${header}.${payload.slice(0, 20)}`,
      `${header}..iv.${payload}.tag`,
      `${header}${payload}`,
    ];
    for (const token of tokens) {
      for (const text of [token, `x ${token}, y`, `/a/${token}/b`, `id${token}`, `"v":"${token}"`]) {
        const out = redactText(text) + redactPath(text);
        for (const part of [header, payload.slice(0, 20), signature]) expect(out, text).not.toContain(part);
      }
    }
    expect(redactText('eyJh.eyJz.sig')).toBe('<redacted:jwt>');
  });
});

describe('ordinary text stays', () => {
  const texts = [
    'POST /oauth2/token HTTP/1.1" 200 812 "-" "Apache-HttpClient/5.2 (Java/17)"',
    'grant_type=client_credentials&client_id=orders&scope=read%20write',
    '/realms/acme/protocol/openid-connect/token: 200',
    'status code: 401, key: none',
    '"status_code":401,"token_type":"none","expires_in":300',
    'basic auth is off; author=bob',
    'npm_config_cache sk-learn-extra task_live_x',
    'client Zx81kQ3mWv7Ls0Pd2Rt5Yb9Nc4Hj6Gf1 of Auth0',
    'https://example.com:8443/a@b?mail=me@example.com',
    '10.0.0.7 - - [01/Mar/2025:12:00:00 +0000] "GET /orders/17 HTTP/1.1" 200 5',
  ];
  for (const text of texts) test(text, () => expect(redactText(text)).toBe(text));
});

test('a value that is the name of another does not hide what that one says', () => {
  for (const text of ['"apikey: "client_secret":"zq9-value"', '"password: "token":"zq9-value"', "'apikey: 'secret':'zq9-value'"])
    expect(redactText(text)).not.toContain('zq9');
});

test('only the value goes', () => {
  expect(redactText(`/cb?code=${SECRET}&state=7`)).toBe('/cb?code=<redacted:code>&state=7');
  expect(redactText(`Authorization: Bearer ${SECRET}`)).toBe('Authorization: Bearer <redacted:bearer>');
  expect(redactText(`{"client_secret":"${SECRET}","a":1}`)).toBe('{"client_secret":"<redacted:client_secret>","a":1}');
  expect(redactText(`https://a:${SECRET}@host/x`)).toBe('https://<redacted:url_credentials>@host/x');
});

test('kinds are sorted, listed once, and never found in redacted text', () => {
  const text = `code=a1&token=b2 token=c3 Basic ${BASIC}`;
  expect(secretKinds(text)).toEqual(['basic', 'code', 'token']);
  expect(secretKinds(redactText(text))).toEqual([]);
  expect(secretKinds('nothing')).toEqual([]);
  expect([...secretKindNames].sort()).toEqual([...secretKindNames]);
});

test('a mark does not shelter what stands beside it', () => {
  for (const text of [`token=<redacted:token>${SECRET}`, `token=<redacted:${SECRET}>`, `token="<redacted:token> ${SECRET}"`]) {
    expect(redactText(text)).not.toContain(SECRET);
  }
});

const pieces = fc.constantFrom(
  'token',
  'client_secret',
  'code',
  'Cookie',
  'Authorization',
  'Bearer',
  'Basic ',
  'eyJ',
  'eyJhbGciOi',
  '.',
  '=',
  ':',
  '"',
  "'",
  '\\"',
  '\\x22',
  '\\\\',
  '%22',
  '%3D',
  '%253D',
  '%',
  '&',
  '%26',
  '\\u0026',
  ' ',
  '\n',
  ',',
  ';',
  '{',
  '}',
  '[',
  ']',
  '://',
  '@',
  '/',
  'ghp_abcdef1',
  'AKIAABCDEF12',
  '<redacted:token>',
  '{secret}',
  '<redacted:',
  '\uE000',
  '-----BEGIN PRIVATE KEY-----',
  '-----END',
  'abc',
  'hvs.',
  '{id}',
  'a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6',
);
const hostile = fc.array(pieces, { maxLength: 24 }).map((parts) => parts.join(''));

test('redacting twice changes nothing', () => {
  fc.assert(
    fc.property(fc.oneof(hostile, fc.string({ unit: 'binary' })), (text) => {
      const once = redactText(text);
      expect(redactText(once)).toBe(once);
    }),
    { numRuns: runs(5000) },
  );
  fc.assert(
    fc.property(hostile, (text) => {
      const once = redactPath(text);
      expect(redactPath(once)).toBe(once);
    }),
    { numRuns: runs(5000) },
  );
});

test('a value of random characters never survives, whatever surrounds it', () => {
  fc.assert(
    fc.property(hostile, fc.constantFrom(...parameters), hostile, (before, name, after) => {
      expect(redactText(`${before} ?${name}=${SECRET}${after}`)).not.toContain(SECRET);
    }),
    { numRuns: runs(3000) },
  );
});

describe('a quarter of a megabyte of hostile text comes back', () => {
  // What looks back to its start for each character would take minutes.
  const size = 1 << 18;
  const units = [
    'a',
    'eyJ',
    'eyJ.',
    'eyJa.',
    'eyJaaaa',
    '=',
    '"',
    "'",
    '%',
    '%25',
    '%2',
    '\\',
    '\\"',
    '\\x',
    '<redacted:',
    '{',
    '[',
    '{"',
    '"token":',
    '"token":{',
    'token=',
    'token=&',
    'token:',
    'Cookie:',
    '"Cookie:x"',
    '\'Cookie:"',
    'Bearer ',
    'Basic ',
    '://',
    '://a@',
    '://a',
    '@',
    '-',
    '-----BEGIN PRIVATE KEY-----',
    '-----BEGIN ',
    'ghp_',
    'sk-',
    'AKIA',
    'hvs.',
    'a1B2-',
    '/',
    ';a=',
    ' ',
    '\n',
    '0123456789abcdef',
    '\uD800',
    '\u202e',
    '\uE000',
    '{secret}',
    '{id}',
  ];
  for (const unit of units) {
    test(JSON.stringify(unit), () => {
      const text = unit.repeat(Math.ceil(size / unit.length));
      expect(typeof redactText(text)).toBe('string');
      expect(typeof redactPath(`/${text}`)).toBe('string');
      expect(typeof escapeControls(text)).toBe('string');
    });
  }
});

describe('redactPath', () => {
  const OPAQUE = 'a8Kd93LmQz7Rt2Xv5Bn1Wp6Yc4Hs0JfGuE';
  const cases: [string, string][] = [
    ['/orders/17', '/orders/17'],
    ['/orders/17?token=abc', '/orders/17'],
    ['/orders/17#code=abc', '/orders/17'],
    [`/hooks/${OPAQUE}/run`, '/hooks/{secret}/run'],
    [`/hooks/${OPAQUE}%3D`, '/hooks/{secret}'],
    [`/hooks/id.${OPAQUE}`, '/hooks/{secret}'],
    [`/a%2F${OPAQUE}/b`, '/{secret}/b'],
    [`/verify/${JWT}`, '/verify/{secret}'],
    [`/hooks/${GITHUB}`, '/hooks/{secret}'],
    ['/commits/da39a3ee5e6b4b0d3255bfef95601890afd80709', '/commits/{secret}'],
    ['/files/d41d8cd98f00b204e9800998ecf8427e', '/files/d41d8cd98f00b204e9800998ecf8427e'],
    ['/users/550e8400-e29b-41d4-a716-446655440000', '/users/550e8400-e29b-41d4-a716-446655440000'],
    ['/users/user_550e8400-e29b-41d4-a716-446655440000', '/users/user_550e8400-e29b-41d4-a716-446655440000'],
    ['/news/what-the-2024-election-means-for-the-price-of-tea', '/news/what-the-2024-election-means-for-the-price-of-tea'],
    ['/api/getCustomerOrderHistoryByCustomerNumber2', '/api/getCustomerOrderHistoryByCustomerNumber2'],
    ['/a;jsessionid=AB12/b', '/a;jsessionid={secret}'],
    ['/a%20b/%zz/%', '/a%20b/%zz/%'],
    ['/oauth2/token', '/oauth2/token'],
    ['https://u:p@host/x', 'https://{secret}@host/x'],
    ['', ''],
  ];
  for (const [path, safe] of cases) test(path, () => expect(redactPath(path)).toBe(safe));

  test('the short cut for plain paths finds what the long way finds', () => {
    const opaque = 'aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bC2eF';
    const piece = fc.oneof(
      fc.constantFrom(
        '/',
        '.',
        '{',
        '}',
        '{id}',
        '{secret}',
        '-',
        '_',
        'eyJ',
        'eyJhbGciOiJub25l',
        'ghp_',
        'npm_',
        'sk-',
        'AKIA',
        'hvs.',
      ),
      fc.constantFrom(
        opaque,
        opaque.slice(1),
        opaque.slice(2),
        JWT,
        GITHUB,
        'token=',
        'code:',
        ';',
        '%2F',
        '\\x22',
        'Bearer ',
        '+',
        '@',
        '://',
      ),
      fc.string({ unit: fc.constantFrom(...'abcXYZ0189_-'), maxLength: 40 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const path = `/${pieces.join('')}`;
        expect(redactPath(path)).toBe(redactAnyPath(path));
      }),
      { numRuns: runs(2000) },
    );
  });
});

test('escapeControls shows what a terminal would act on or hide', () => {
  expect(escapeControls('a\x1b[31m\x07\n\t\x7f\x9b')).toBe('a\\x1b[31m\\x07\\x0a\\x09\\x7f\\x9b');
  expect(escapeControls('a\u202eb\u200bc\ufeffd\u2066e\u061cf')).toBe('a\\u{202e}b\\u{200b}c\\u{feff}d\\u{2066}e\\u{61c}f');
  expect(escapeControls('\ud800x\udc00')).toBe('\\u{d800}x\\u{dc00}');
  expect(escapeControls('h\u00e9llo \u{1f600} \u4f60\u597d \u05d0')).toBe('h\u00e9llo \u{1f600} \u4f60\u597d \u05d0');
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(escapeControls(escapeControls(text))).toBe(escapeControls(text));
      expect(/[\x00-\x1f\x7f-\x9f\u202a-\u202e]/.test(escapeControls(text))).toBe(false);
    }),
  );
});
