/** Every kind of secret the redactor knows. The list is closed, so that a mark left by an earlier pass can be told from other text. */
export const secretKindNames = [
  'access_token',
  'api_key',
  'assertion',
  'authorization',
  'basic',
  'bearer',
  'client_secret',
  'code',
  'cookie',
  'credential',
  'id_token',
  'jwt',
  'key',
  'known_token',
  'password',
  'private_key',
  'refresh_token',
  'secret',
  'session',
  'signature',
  'token',
  'url_credentials',
] as const;

export type SecretKind = (typeof secretKindNames)[number];

/** Half-open range of UTF-16 units that holds one secret. */
export interface Span {
  readonly start: number;
  readonly end: number;
  readonly kind: SecretKind;
}
