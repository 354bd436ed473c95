import { type Identified, identifyHost, identifyTokenEndpoint, type ProviderMatch } from './identify.js';
import { type EndpointPattern, matchesPattern } from './pattern.js';
import { hasGrantType } from './query.js';
import type { EndpointKind } from './request-batch.js';
import { siblingOf } from './siblings.js';
import { stsCall } from './sts.js';
import { type EndpointRequest, readTarget, type Target } from './target.js';
import { ambiguousRule, exactRules, falseFriend, genericRules, type TokenRule } from './token-paths.js';

export type { EndpointRequest } from './target.js';

export interface EndpointClass {
  readonly kind: EndpointKind;
  /**
   * `user`, a rule of the catalogue (`H1`-`H13`, `P1`: path of a known provider, `M1`, `A1`, `A2`: STS without its action, `S1`-`S6`:
   * siblings), or why it is an `api`.
   */
  readonly rule: string;
  readonly provider?: ProviderMatch;
}

/**
 * Lower-case substrings of which every path holds at least one that is anything but `api` without the user's patterns; the exception is
 * AWS STS, whose path is `/` (`candidateHosts`). For a cheap search in bytes before anything is decoded.
 */
export const candidateWords: readonly string[] = [
  'token',
  'auth',
  'login',
  'signin',
  'sign-in',
  'session',
  'grant',
  'introspect',
  'lookup-self',
  'revo',
  'jwk',
  'certs',
  'keys',
  'userinfo',
  'openid-configuration',
  'service-accounts',
  'security-credentials',
];

/** Lower-case substrings of the hosts whose endpoints the path does not tell; look at them where the path is `/`. */
export const candidateHosts: readonly string[] = ['sts.', 'sts-fips.'];

const api = (rule = 'api'): EndpointClass => ({ kind: 'api', rule });

const withProvider = (kind: EndpointKind, rule: string, provider: ProviderMatch | undefined): EndpointClass => {
  if (provider === undefined) return { kind, rule };
  const { id, defaultLifetimeMs } = provider;
  return { kind, rule, provider: defaultLifetimeMs === undefined ? { id } : { id, defaultLifetimeMs } };
};

const byUser = (target: Target, patterns: readonly EndpointPattern[]): EndpointClass | undefined =>
  patterns.some((pattern) => matchesPattern(pattern, target))
    ? withProvider('token', 'user', identifyTokenEndpoint(target))
    : undefined;

const asSibling = (target: Target): EndpointClass | undefined => {
  const sibling = siblingOf(target);
  return sibling && withProvider(sibling.kind, sibling.rule, identifyHost(target.host));
};

const asSts = (target: Target): EndpointClass | undefined => {
  const call = stsCall(target);
  if (call === undefined) return undefined;
  return withProvider(call.kind, call.rule, call.assumesRole ? identifyTokenEndpoint(target) : identifyHost(target.host));
};

/** A token path that was asked with another method: only a GET that carries a grant is a fetch. */
const otherMethod = ({ method, query }: Target, rule: string, provider: ProviderMatch | undefined): EndpointClass => {
  if (method !== 'GET') return api();
  return hasGrantType(query) ? withProvider('token', rule, provider) : api('get-on-token-path');
};

const pickRule = (target: Target, rules: readonly TokenRule[]): { rule: TokenRule; asked: boolean } | undefined => {
  const fitting = rules.filter(({ fits }) => fits(target.segments));
  const rule = fitting.find(({ methods }) => methods.includes(target.method)) ?? fitting[0];
  return rule && { rule, asked: rule.methods.includes(target.method) };
};

const byRules = (target: Target, rules: readonly TokenRule[], provider: ProviderMatch | undefined): EndpointClass | undefined => {
  const picked = pickRule(target, rules);
  if (picked === undefined) return undefined;
  return picked.asked ? withProvider('token', picked.rule.id, provider) : otherMethod(target, picked.rule.id, provider);
};

const byProvider = (target: Target, provider: Identified): EndpointClass =>
  provider.methods.includes(target.method) ? withProvider('token', 'P1', provider) : otherMethod(target, 'P1', provider);

const asAmbiguous = (target: Target): EndpointClass | undefined => {
  const rule = ambiguousRule(target);
  return rule && { kind: 'ambiguous', rule };
};

/** What the broad rules take, unless it is known to be something else. */
const asLikelyToken = (target: Target): EndpointClass | undefined => {
  const found = byRules(target, genericRules, undefined) ?? asAmbiguous(target);
  const friend = found === undefined || found.kind === 'api' ? undefined : falseFriend(target);
  return friend === undefined ? found : api(friend);
};

const asTokenPath = (target: Target): EndpointClass | undefined => {
  const provider = identifyTokenEndpoint(target);
  const certain = byRules(target, exactRules, provider);
  if (certain !== undefined) return certain;
  if (provider === undefined) return asLikelyToken(target);
  return byRules(target, genericRules, provider) ?? byProvider(target, provider);
};

const neverFetches = new Set<string>(['OPTIONS', 'HEAD', 'CONNECT']);

/** What an endpoint is for, from method, host, path and query alone. Never throws, whatever the path holds. */
export const classifyEndpoint = (request: EndpointRequest, userPatterns: readonly EndpointPattern[]): EndpointClass => {
  const target = readTarget(request);
  if (neverFetches.has(target.method)) return api('method');
  return byUser(target, userPatterns) ?? asSibling(target) ?? asSts(target) ?? asTokenPath(target) ?? api();
};
