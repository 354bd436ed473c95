import type { SecretKind } from './kinds.js';

/** Names whose value is secret, lower case, without `_` and `-`. */
const wholeNames: ReadonlyMap<string, SecretKind> = new Map<string, SecretKind>([
  ['auth', 'authorization'],
  ['authentication', 'authorization'],
  ['authorization', 'authorization'],
  ['proxyauthorization', 'authorization'],
  ['cookie', 'cookie'],
  ['cookies', 'cookie'],
  ['setcookie', 'cookie'],
  ['httpcookie', 'cookie'],
  ['code', 'code'],
  ['authcode', 'code'],
  ['authorizationcode', 'code'],
  ['devicecode', 'code'],
  ['codeverifier', 'code'],
  ['samlresponse', 'assertion'],
  ['samlart', 'assertion'],
  ['sig', 'signature'],
  ['hmac', 'signature'],
  ['key', 'key'],
  ['authkey', 'key'],
  ['sharedkey', 'key'],
  ['accountkey', 'key'],
  ['signingkey', 'key'],
  ['encryptionkey', 'key'],
  ['awsaccesskeyid', 'credential'],
  ['googleaccessid', 'credential'],
  ['jwt', 'jwt'],
  ['dpop', 'jwt'],
  ['otp', 'password'],
  ['pass', 'password'],
  ['pw', 'password'],
  ['session', 'session'],
  ['sid', 'session'],
  ['phpsessid', 'session'],
  ['ticket', 'token'],
]);

/** Ends of names, most telling first: `X-Amz-Security-Token`, `spring.password`, `oauth_signature`. */
const nameEnds: readonly (readonly [string, SecretKind])[] = [
  ['accesstoken', 'access_token'],
  ['refreshtoken', 'refresh_token'],
  ['idtoken', 'id_token'],
  ['token', 'token'],
  ['tokens', 'token'],
  ['clientsecret', 'client_secret'],
  ['secret', 'secret'],
  ['secrets', 'secret'],
  ['password', 'password'],
  ['passwd', 'password'],
  ['passphrase', 'password'],
  ['pwd', 'password'],
  ['assertion', 'assertion'],
  ['apikey', 'api_key'],
  ['apikeys', 'api_key'],
  ['subscriptionkey', 'api_key'],
  ['accesskey', 'key'],
  ['secretkey', 'key'],
  ['privatekey', 'key'],
  ['signature', 'signature'],
  ['credential', 'credential'],
  ['credentials', 'credential'],
  ['sessionid', 'session'],
];

/** Words that also stand before a colon in plain prose (`status code: 401`), where nothing is hidden. */
const proseNames = new Set([
  'auth',
  'authentication',
  'code',
  'credentials',
  'key',
  'pass',
  'session',
  'sig',
  'ticket',
  'tokens',
]);

/** A name is only looked at up to this many characters from its end. */
const LONGEST_NAME = 64;

export interface SecretName {
  readonly kind: SecretKind;
  readonly prose: boolean;
}

/** What the value of a parameter, field or header of this name is, or undefined if it is not secret. */
export const secretName = (name: string): SecretName | undefined => {
  const word = name.slice(-LONGEST_NAME).toLowerCase().replace(/[_-]/g, '');
  const kind = wholeNames.get(word) ?? nameEnds.find(([end]) => word.endsWith(end))?.[1];
  return kind === undefined ? undefined : { kind, prose: proseNames.has(word) };
};
