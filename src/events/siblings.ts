import type { EndpointKind } from './request-batch.js';
import { endsWith, type Target } from './target.js';

type SiblingKind = Exclude<EndpointKind, 'api' | 'token' | 'ambiguous'>;

export interface Sibling {
  readonly kind: SiblingKind;
  readonly rule: string;
}

const introspectWords = new Set([
  'introspect',
  'introspect.oauth2',
  'oauth-introspect',
  'token_info',
  'tokeninfo',
  'check_token',
  'lookup-self',
]);
const revokeWords = new Set(['revoke_token.oauth2', 'revoke_token', 'oauth_revoke.do', 'oauth-revoke', 'revoke-self']);
const jwksWords = new Set(['jwks', 'jwks.json', 'jwk_uri', 'jwks_uri', 'token_keys']);
const userinfoWords = new Set(['userinfo', 'userinfo.openid', 'oauth-userinfo']);

const revokeParents = [['token'], ['tokens'], ['application', 'o']] as const;

/** Segments that only authentication servers have. */
const authWords = new Set([
  'as',
  'auth',
  'authentication',
  'connect',
  'dex',
  'discovery',
  'id',
  'identity',
  'idp',
  'login',
  'oauth',
  'oauth2',
  'oidc',
  'openid',
  'openid-connect',
  'realms',
  'sso',
  'sts',
]);
const version = /^v\d+(?:\.\d+)?$/;
const authHost = /(?:^|[.-])(?:accounts?|auth|dex|id|identity|idp|keycloak|login|oauth2?|oidc|sso|sts)[.-]/;

const lastOf = ({ segments }: Target): string => segments.at(-1) ?? '';

/** True if an authentication word stands before the last segment, at most three segments away. */
const hasAuthPrefix = ({ segments }: Target): boolean => segments.slice(-4, -1).some((word) => authWords.has(word));

const isIntrospection = (target: Target): boolean => {
  const last = lastOf(target);
  return introspectWords.has(last) || (last === 'introspection' && hasAuthPrefix(target));
};

/** `/orders/17/revoke` is an API; `/revoke`, `/token/revoke` and `/oauth2/v1/revoke` are not. */
const isRevocation = (target: Target): boolean => {
  const last = lastOf(target);
  if (revokeWords.has(last)) return true;
  if (last !== 'revoke' && last !== 'revocation') return false;
  return (
    target.segments.length === 1 || hasAuthPrefix(target) || revokeParents.some((end) => endsWith(target.segments, ...end, '*'))
  );
};

/** Bare `/keys` is a word of many APIs: only right behind an authentication word (a version or one id between), or on such a host. */
const isKeyList = ({ host, segments }: Target): boolean => {
  const before = segments.slice(0, -1).filter((word) => !version.test(word));
  if (before.length === 0) return host !== undefined && authHost.test(`${host}.`);
  const [parent, child] = before.slice(-2) as [string, string?];
  if (authWords.has(child ?? parent)) return true;
  return child !== undefined && /^(?:oauth2?|oidc)$/.test(parent) && version.test(segments.at(-2) ?? '');
};

const isJwks = (target: Target): boolean => {
  const { segments } = target;
  const last = lastOf(target);
  if (jwksWords.has(last) || endsWith(segments, 'signingcert', 'jwk')) return true;
  if (last === 'certs') return endsWith(segments, 'openid-connect', '*') || /^oauth2?$/.test(segments.at(-3) ?? '');
  return last === 'keys' && isKeyList(target);
};

/** RFC 8414 puts the issuer's path behind the well-known name, OpenID Connect before it. */
const isDiscovery = ({ segments }: Target): boolean => {
  const name = segments[segments.indexOf('.well-known') + 1];
  return segments.includes('.well-known') && (name === 'openid-configuration' || name === 'oauth-authorization-server');
};

const isTokenReview = ({ segments }: Target): boolean => endsWith(segments, 'apis', 'authentication.k8s.io', '*', 'tokenreviews');

/** In this order: `/.well-known/openid-configuration/jwks` is a key set. */
const siblingRules: readonly {
  rule: string;
  kind: SiblingKind;
  methods: readonly string[];
  fits: (target: Target) => boolean;
}[] = [
  { rule: 'S1', kind: 'introspection', methods: ['POST', 'GET'], fits: isIntrospection },
  { rule: 'S2', kind: 'revocation', methods: ['POST', 'GET', 'PUT'], fits: isRevocation },
  { rule: 'S3', kind: 'jwks', methods: ['GET'], fits: isJwks },
  { rule: 'S4', kind: 'discovery', methods: ['GET'], fits: isDiscovery },
  { rule: 'S5', kind: 'userinfo', methods: ['GET', 'POST'], fits: (target) => userinfoWords.has(lastOf(target)) },
  { rule: 'S6', kind: 'review', methods: ['POST'], fits: isTokenReview },
];

/** The endpoint beside a token endpoint that this is, if it is one. */
export const siblingOf = (target: Target): Sibling | undefined =>
  siblingRules.find(({ methods, fits }) => methods.includes(target.method) && fits(target));
