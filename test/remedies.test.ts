import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { remedies, remedyFor } from '../src/remedy/index.js';
import type { RemedyContext, RemedyFile } from '../src/remedy/remedy.js';
import { context, hostileContext } from './support/remedy-contexts.js';

const wanted =
  'nginx openresty haproxy apache envoy istio kong gravitee apigee azure-apim aws-apigw tyk krakend apisix spring yarp traefik varnish squid oathkeeper camel';

/** Tags of CloudFormation say what a value refers to; here only that they stand where a value may. */
const tags = ['!Ref', '!GetAtt', '!Sub'].map((tag) => ({ tag, resolve: (text: string) => `${tag} ${text}` }));

const yaml = (text: string): unknown[] =>
  parseAllDocuments(text, { customTags: tags }).map((document) => {
    if (document.errors[0] !== undefined) throw document.errors[0];
    return document.toJS() as unknown;
  });

const data = ({ language, text }: RemedyFile): unknown => {
  if (language === 'json') return JSON.parse(text);
  if (language === 'yaml') return yaml(text);
  const found = XMLValidator.validate(text);
  if (found !== true) throw new Error(`${found.err.msg}, line ${found.err.line}`);
  return new XMLParser({ ignoreAttributes: false }).parse(text);
};

const isData = ({ language }: RemedyFile): boolean => language === 'json' || language === 'yaml' || language === 'xml';

/** Names of members and elements, wherever they stand. */
const names = (value: unknown, into = new Set<string>()): Set<string> => {
  if (Array.isArray(value)) for (const one of value) names(one, into);
  else if (typeof value === 'object' && value !== null)
    for (const [name, inner] of Object.entries(value)) {
      into.add(name);
      names(inner, into);
    }
  return into;
};

/** The shape without its values. */
const shape = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(shape)
    : typeof value === 'object' && value !== null
      ? Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, shape(inner)]))
      : typeof value;

test('every gateway of the issue has a remedy, under its name', () => {
  expect(remedies.map(({ id }) => id).sort()).toEqual(wanted.split(' ').sort());
  const all = remedies.flatMap(({ id, aliases }) => [id, ...aliases]);
  expect(new Set(all).size).toBe(all.length);
  for (const { id, aliases } of remedies) for (const name of [id, ...aliases]) expect(remedyFor(name.toUpperCase())?.id).toBe(id);
  expect(remedyFor('nginxx')).toBeUndefined();
});

describe.each(remedies.map((remedy) => [remedy.id, remedy] as const))('%s', (id, remedy) => {
  const files = remedy.files(context());

  test('has files, risks, a command to verify with and a policy that can be played', () => {
    expect(files.length).toBeGreaterThan(0);
    expect(new Set(files.map(({ name }) => name)).size).toBe(files.length);
    for (const { name, text, language } of files) {
      expect(name).toMatch(/^[\w.-]+$/);
      expect(text).not.toMatch(language === 'javascript' ? /\[object|NaN/ : /undefined|\[object|NaN/);
    }
    expect(remedy.risks(context()).join(' ')).toMatch(/revoked/);
    expect(remedy.verify(context())).not.toBe('');
    expect(remedy.policy(context()).cache).toMatch(/node|shared/);
  });

  test('asks the endpoint of the context', () => {
    const text = files.map((file) => file.text).join('\n');
    expect(text).toContain('auth.example.com');
    expect(text).toContain('/oauth2/token');
  });

  test('data files are read as what they are', () => {
    for (const file of files.filter(isData)) expect(() => data(file), file.name).not.toThrow();
  });

  test('values of a log stay values: data keeps its shape, whatever they are', () => {
    fc.assert(
      fc.property(hostileContext, (evil: RemedyContext) => {
        const scopes = (evil.scope ?? '').split(' ').filter((part) => part !== '').length;
        const many = Array.from({ length: scopes }, (_, at) => `s${at}`).join(' ');
        const plain = remedy.files({ ...context(), clientId: 'service', scope: many }).filter(isData);
        const found = remedy.files(evil).filter(isData);
        expect(plain.length).toBe(found.length);
        found.forEach((file, at) => {
          expect(shape(data(file)), `${id} ${file.name}`).toEqual(shape(data(plain[at]!)));
        });
      }),
      { numRuns: 40 },
    );
  });

  test('values of a log stay values: no line of a program is begun by them', () => {
    fc.assert(
      fc.property(hostileContext, (evil) => {
        const lines = (of: RemedyContext): number[] =>
          remedy
            .files(of)
            .filter((file) => !isData(file))
            .map(({ text }) => text.split(/[\n\r\u0085\u2028\u2029]/).length);
        // Another host is an address or a name, and has lines of its own; so the same kind of host.
        const scoped = { ...context(), tokenEndpoint: { ...context().tokenEndpoint, host: 'a.invalid' } };
        const count = (of: RemedyContext): number[] =>
          lines({ ...of, tokenEndpoint: { ...of.tokenEndpoint, host: 'a.invalid' } });
        expect(count(evil)).toEqual(lines(scoped));
      }),
      { numRuns: 40 },
    );
  });
});

/** Names that the vendors document: `remedies.md`, section 3. */
const documented: Readonly<Record<string, readonly string[]>> = {
  envoy: [
    'token_endpoint',
    'uri',
    'cluster',
    'timeout',
    'scopes',
    'client_credentials',
    'client_id',
    'client_secret',
    'auth_type',
    'endpoint_params',
  ],
  istio: ['token_endpoint', 'client_credentials', 'configPatches', 'applyTo', 'patch'],
  kong: [
    'oauth',
    'token_endpoint',
    'grant_type',
    'client_id',
    'client_secret',
    'scopes',
    'auth_method',
    'strategy',
    'eagerly_expire',
    'default_ttl',
    'purge_token_on_upstream_status_codes',
  ],
  gravitee: [
    'resource',
    'cacheKey',
    'value',
    'defaultOperation',
    'timeToLive',
    'cacheMissAttributeKey',
    'cacheName',
    'timeToLiveSeconds',
    'methods',
    'scope',
    'useResponseCacheHeaders',
    'allowRefreshAction',
    'responseCondition',
    'exitOnError',
    'errorCondition',
    'variables',
  ],
  apigee: [
    'LookupCache',
    'CacheKey',
    'KeyFragment',
    'Scope',
    'AssignTo',
    'PopulateCache',
    'Source',
    'ExpirySettings',
    'ServiceCallout',
  ],
  'azure-apim': [
    'cache-lookup-value',
    'cache-store-value',
    'send-request',
    'set-url',
    'set-method',
    'set-body',
    '@_duration',
    '@_caching-type',
  ],
  'aws-apigw': ['CacheKeyParameters', 'CacheClusterEnabled', 'CacheTtlInSeconds', 'CacheDataEncrypted'],
  tyk: ['clientCredentials', 'clientId', 'clientSecret', 'tokenUrl', 'scopes'],
  krakend: ['auth/client-credentials', 'client_id', 'client_secret', 'token_url', 'scopes'],
  apisix: ['serverless-pre-function', 'phase', 'functions', 'custom_lua_shared_dict'],
  spring: ['registration', 'client-id', 'client-secret', 'authorization-grant-type', 'token-uri'],
  traefik: ['oAuthClientCredentials', 'url', 'clientID', 'clientSecret', 'audience', 'store'],
  oathkeeper: ['oauth2_client_credentials', 'token_url', 'cache'],
  camel: [
    'oauth2TokenEndpoint',
    'oauth2CacheTokens',
    'oauth2CachedTokensDefaultExpirySeconds',
    'oauth2CachedTokensExpirationMarginSeconds',
  ],
};

test.each(Object.entries(documented))('%s uses the names of its vendor', (id, fields) => {
  const files = remedyFor(id)!.files(context()).filter(isData);
  const found = names(files.map(data));
  for (const field of fields) expect([...found], `${id} ${field}`).toContain(field);
});

test('a TTL is below the life, whatever the margin', () => {
  const gravitee = remedyFor('gravitee')!.files(context({ lifetimeMs: 300_000, marginMs: 30_000, ttlMs: 270_000 }));
  const text = gravitee.map((file) => file.text).join('\n');
  for (const [, seconds] of text.matchAll(/"timeToLive(?:Seconds)?": (\d+)/g)) expect(Number(seconds)).toBeLessThan(300);
});

test('shell scripts are scripts', () => {
  for (const remedy of remedies)
    for (const { language, text } of remedy.files(context({ clientId: `it's "x" $(y)` })))
      if (language === 'sh') execFileSync('sh', ['-n'], { input: text });
});
