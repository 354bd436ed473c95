import type { Method } from './request-batch.js';
import { endsWith, type Target } from './target.js';

type Segments = readonly string[];

export interface TokenRule {
  readonly id: string;
  readonly methods: readonly Method[];
  readonly fits: (segments: Segments) => boolean;
}

const post: readonly Method[] = ['POST'];
const get: readonly Method[] = ['GET'];
/** The Vault client writes with PUT. */
const write: readonly Method[] = ['POST', 'PUT'];

const tokenWord = /^(?:access[_-]?|oauth-)?tokens?$/;
const oauthWord = /^oauth2?$/;
const digits = /^\d+$/;
const version = /^v\d+(?:\.\d+)?$/;

/** Mounts of an ordinary API's own sign-in (`/v1/auth/users/login`), where Vault has `approle` or `kubernetes`. */
const personMounts =
  /^(?:account|admin|apple|client|customer|email|facebook|google|guest|member|mobile|person|phone|social|staff|user|web)s?$/;

const vaultEnds = [
  ['v1', 'auth', '*', 'login'],
  ['v1', 'auth', '*', 'login', '*'],
  ['v1', 'auth', 'token', 'create'],
] as const;

/** Vault's paths start at `/v1`; behind `/api` they are those of an application. */
const isVaultLogin = (segments: Segments): boolean => {
  const end = vaultEnds.find((words) => endsWith(segments, ...words));
  if (end === undefined) return false;
  const from = segments.length - end.length;
  return segments[from - 1] !== 'api' && !personMounts.test(segments[from + 2]!);
};

/**
 * Rules whose paths leave no doubt, whatever stands around them. The numbers are those of the catalogue: H2 and H3 follow in
 * `genericRules`, H13 (AWS STS) needs the host.
 */
export const exactRules: readonly TokenRule[] = [
  { id: 'H11', methods: get, fits: (s) => endsWith(s, 'metadata', 'identity', 'oauth2', 'token') },
  { id: 'H1', methods: post, fits: (s) => endsWith(s, 'protocol', 'openid-connect', 'token') },
  { id: 'H4', methods: post, fits: (s) => endsWith(s, 'as', 'token.oauth2') },
  { id: 'H5', methods: post, fits: (s) => endsWith(s, 'oauth_token') || endsWith(s, 'oauth_token.do') },
  { id: 'H6', methods: post, fits: (s) => endsWith(s, 'application', 'o', 'token') },
  { id: 'H7', methods: post, fits: (s) => endsWith(s, 'app', 'installations', '*', 'access_tokens') && digits.test(s.at(-2)!) },
  { id: 'H8', methods: write, fits: isVaultLogin },
  { id: 'H9', methods: post, fits: (s) => endsWith(s, 'api', 'v1', 'namespaces', '*', 'serviceaccounts', '*', 'token') },
  {
    id: 'H10',
    methods: get,
    fits: (s) =>
      endsWith(s, 'computemetadata', 'v1', 'instance', 'service-accounts', '*', 'token') ||
      endsWith(s, 'computemetadata', 'v1', 'instance', 'service-accounts', '*', 'identity'),
  },
  { id: 'H12', methods: ['PUT'], fits: (s) => endsWith(s, 'latest', 'api', 'token') },
  { id: 'H12', methods: get, fits: (s) => endsWith(s, 'latest', 'meta-data', 'iam', 'security-credentials', '*') },
];

/**
 * Words before the last segment, and how many segments may stand between. Six for OAuth proper: ForgeRock's realm paths. `connect`,
 * `as` and `sts` are also words of other APIs, so that only a version or tenant may follow.
 */
const heads: readonly (readonly [word: RegExp, between: number])[] = [
  [/^(?:oauth2?|oidc)$/, 6],
  [/^(?:openid|connect|as|sts)$/, 2],
];

const hasHead = (segments: Segments): boolean =>
  heads.some(([word, between]) => segments.slice(-2 - between, -1).some((segment) => word.test(segment)));

const isGenericToken = (segments: Segments): boolean => tokenWord.test(segments.at(-1) ?? '') && hasHead(segments);

/** `/oauth2/v1/tokens/bearer`, `/oauth/access_token/json`. */
const isTokenWithForm = (segments: Segments): boolean => {
  const last = segments.at(-1) ?? '';
  if (!/^(?:bearer|create|json)$/.test(last) || !tokenWord.test(segments.at(-2) ?? '')) return false;
  return oauthWord.test(segments.at(-3) ?? '') || (last === 'bearer' && segments.some((word) => oauthWord.test(word)));
};

export const genericRules: readonly TokenRule[] = [
  { id: 'H2', methods: post, fits: isGenericToken },
  { id: 'H3', methods: post, fits: isTokenWithForm },
];

/** Tokens that open no API: of pages, phones, coins, language models, invitations, passwords. */
const falseWords =
  /(?:^|[._-])(?:push|fcm|apns|nft|erc20|device|invite|invitation|verification|registration|reset|card|payment)(?:$|[._-])|count_?tokens|tokeni[sz]|detoken|csrf|xsrf|pushtoken|devicetoken/;
const falseParents =
  /^(?:csrf|xsrf|push|notifications?|devices?|invites?|invitations?|nfts?|crypto|coins?|wallets?|contracts?|passwords?|messages|models|cards?|payments?)$/;
/** What is done with a token that one already has. */
const falseActions =
  /^(?:check|delete|list|logout|lookup|refresh|renew|renew-self|search|validate|validation|verify)(?:[._-]?tokens?)?$/;
const authorizationWords = /^(?:auth|authorize)$/;
const authorizationHeads = /^(?:oauth2?|oidc|openid|openid-connect|connect|as|sts)$/;

/** The segment that says what a token belongs to, ids (`/devices/17/tokens`) left out. */
const ownerOf = (segments: Segments): string => {
  const parent = segments.at(-2) ?? '';
  return /\d/.test(parent) && !version.test(parent) ? (segments.at(-3) ?? '') : parent;
};

/** Why a path that the broad rules take gives no service token; undefined if nothing speaks against it. */
export const falseFriend = ({ segments }: Target): 'false-friend' | 'authorization' | undefined => {
  const last = segments.at(-1) ?? '';
  // a tenant may have any name: `/oauth2/{tenant}/token`
  const isTenant = oauthWord.test(segments.at(-3) ?? '');
  if (falseWords.test(last) || falseActions.test(last) || (falseParents.test(ownerOf(segments)) && !isTenant))
    return 'false-friend';
  // the page where a person signs in; its codes are exchanged at the token endpoint
  const isPage = authorizationWords.test(last) && segments.slice(-4, -1).some((word) => authorizationHeads.test(word));
  return isPage ? 'authorization' : undefined;
};

const authPart = /auth|identity|login|signin|security|account|(?:^|[._-])(?:sso|ims|iam|idp)(?:$|[._-])/;
/** What may follow the token word: a version (`/ims/token/v3`) or a verb, never an id. */
const formPart = /^(?:v\d+(?:\.\d+)?|[a-z_-]{1,24})$/;
const BETWEEN = 4;

const tokenPlace = (segments: Segments): number => {
  if (segments.at(-1)?.includes('token')) return segments.length - 1;
  return segments.at(-2)?.includes('token') && formPart.test(segments.at(-1)!) ? segments.length - 2 : -1;
};

const isMedium = (segments: Segments): boolean => {
  const token = tokenPlace(segments);
  return token > 0 && segments.slice(Math.max(0, token - 1 - BETWEEN), token).some((word) => authPart.test(word));
};

const ambiguousWord = /token|^(?:login|signin|sign-in|authenticate|auth|authorize|sessions?|grant)$/;

/** The rule of the medium or ambiguous tier that fits, if one does. Only POST counts there. */
export const ambiguousRule = ({ method, segments }: Target): 'M1' | 'A1' | undefined => {
  if (method !== 'POST') return undefined;
  if (isMedium(segments)) return 'M1';
  return ambiguousWord.test(segments.at(-1) ?? '') ? 'A1' : undefined;
};
