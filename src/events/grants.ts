import { decodeQueryText } from './query.js';

export type Grant = 'service' | 'user';

/**
 * Whose token a grant gives. `password` is a user's although a technical user may be behind it, and
 * `jwt-bearer` a service's although it may carry a user: what only the body can tell, `--grant` settles.
 */
const grants: Readonly<Record<string, Grant>> = {
  client_credentials: 'service',
  client_credential: 'service',
  account_credentials: 'service',
  'jwt-bearer': 'service',
  authorization_code: 'user',
  refresh_token: 'user',
  password: 'user',
  implicit: 'user',
  device_code: 'user',
  ciba: 'user',
  'token-exchange': 'user',
  'uma-ticket': 'user',
  'saml2-bearer': 'user',
};

const urn = /^urn:(?:ietf|openid):params:(?:oauth:)?grant-type:/;

/** Values are logged with up to this many layers of percent encoding. */
const LAYERS = 2;

const decoded = (grantType: string): string => {
  let text = grantType;
  for (let layer = 0; layer < LAYERS && /[%+]/.test(text); layer += 1) text = decodeQueryText(text);
  return text.trim().toLowerCase();
};

/** Service or user grant of a `grant_type` value; undefined when there is none or it is unknown. */
export const grantOf = (grantType: string | undefined): Grant | undefined => {
  if (grantType === undefined) return undefined;
  const name = decoded(grantType).replace(urn, '');
  return Object.hasOwn(grants, name) ? grants[name] : undefined;
};
