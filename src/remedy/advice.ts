/** What to do about each cause: some end with a token cache, others must not be answered with one. */

export interface Advice {
  /** Whether the configuration of a gateway that keeps the token ends it. */
  readonly cache: boolean;
  readonly steps: readonly string[];
}

const advice: Readonly<Record<string, Advice>> = {
  TT101: {
    cache: true,
    steps: ['Nothing keeps the token: let the gateway keep it until expires_in less the margin, with one fetch at a time.'],
  },
  TT102: {
    cache: true,
    steps: [
      'Two parts of one request fetch: remove the second filter, or give both the same token source; without that a cache halves the tax and hides the mistake.',
    ],
  },
  TT103: {
    cache: true,
    steps: [
      'The cache lets several through when the token ends: take one with a lock or a shared promise, and renew ahead in the background.',
    ],
  },
  TT104: {
    cache: true,
    steps: [
      'The margin of the client is as long as the token lives, so that each token counts as old at once. Make the margin at most a tenth of the life, or have the issuer give longer tokens.',
      'The configuration below has such a margin; in a client that has a cache already, set its margin and leave the rest.',
    ],
  },
  TT105: {
    cache: true,
    steps: [
      'The key of the cache has too much in it: endpoint, client, sorted scopes and audience belong there; route, request id, user and assertion do not.',
      'The configuration below has one key for the client, whatever the route.',
    ],
  },
  TT106: {
    cache: true,
    steps: [
      'Each worker keeps its own: share it between the workers of a node (shared memory, as below), or between nodes (a shared cache), or accept holders x lives as the price of having no shared store.',
    ],
  },
  TT107: {
    cache: true,
    steps: [
      'The holders renew at the same moment: add jitter of a tenth of the life to each, or renew ahead at 80 %, so that they drift apart.',
      'A cache in slots of the clock (nginx below) renews on all nodes at the same moment: for this cause take a remedy that counts from its own fetch (OpenResty, HAProxy).',
    ],
  },
  TT108: {
    cache: true,
    steps: [
      'The response says no lifetime, so the client guesses: have the issuer send expires_in (RFC 6749, 5.1, recommends it).',
      'Until then give the cache a default TTL below the true life: the TTL of the configuration below is that, if you say the life with --lifetime.',
    ],
  },
  TT109: {
    cache: false,
    steps: [
      'The issuer hands out the token that it has, nearly over: have it make a new one once the old has lived half of its life.',
      'If that cannot be changed, keep the token by the expires_in of each response, never for a fixed time, and do not fetch again before it is over.',
    ],
  },
  TT110: {
    cache: false,
    steps: [
      'A cache does not end a loop of failures. Back off after each: 1, 2, 4 s and so on with jitter, or as Retry-After says, and share the failure between those who wait.',
      'After a 401 of the back end forget that one token and fetch once, at most once a minute; find out why it is refused (audience, scope, clock, revoked key).',
      'Keep no 4xx or 5xx answer as a token.',
    ],
  },
  TT111: {
    cache: true,
    steps: ['The cache forgets too early: keep the token until expires_in less the margin in place of a fixed time.'],
  },
  TT112: {
    cache: true,
    steps: [
      'The cache dies with its process: keep the token outside (an internal endpoint on the machine as below, a file with tight rights, a shared cache), or keep the process.',
    ],
  },
  TT113: {
    cache: false,
    steps: [
      'New instances begin without a token, all at once: roll out more slowly (maxSurge, a pause between), so that the issuer sees them one after the other.',
      'Or let them ask a cache that outlives them: an internal endpoint on the node, a shared cache.',
    ],
  },
  TT114: {
    cache: true,
    steps: ['The service token is kept by end user: take one fixed principal for it. Only tokens of users belong under a user.'],
  },
  TT115: {
    cache: false,
    steps: [
      'This is no fetch of a token: the gateway asks the issuer about each token it gets. Keep an active answer for 30 to 60 s, never past the exp of the token (RFC 7662, section 4).',
      'Or check signed tokens locally with the keys of the issuer. In lua-resty-openidc declare lua_shared_dict introspection 10m.',
      'A revoked token is then accepted for as long as an answer is kept. Keep inactive answers for a few seconds only.',
    ],
  },
  TT116: {
    cache: false,
    steps: [
      'Keep the keys and the discovery document for their Cache-Control time (10 minutes or more).',
      'Ask again at once only for a kid that is not known, and at most once in 30 s, or anybody can make you ask.',
    ],
  },
  TT117: {
    cache: true,
    steps: [
      'The loopback hands out tokens that are over: its TTL must be at most life less margin less the time its callers hold a token, as in the configuration below. Take the TTL from expires_in where the issuer counts down.',
      'Until then forget what it has: another number in the key, or a purge.',
    ],
  },
  TT118: {
    cache: false,
    steps: [
      'Credentials stand in the log: change them now; whoever can read the log has them.',
      'Send them in the body or the Authorization header, never in the query, and keep the query of token requests out of the log format ($uri in place of $request).',
      'Clean what is there: token-tax sanitize LOG.',
    ],
  },
  TT199: {
    cache: false,
    steps: [
      'The cause is not decided, so no remedy is sure: add to the log what would decide (node, client, duration, request id), or say it by an option, and analyse again.',
    ],
  },
};

const unknown: Advice = {
  cache: false,
  steps: ['This version knows no remedy for this cause: token-tax explain says what it is.'],
};

export const adviceFor = (code: string): Advice => advice[code] ?? unknown;

export const advisedCodes = (): readonly string[] => Object.keys(advice);

/** Whatever the gateway. */
export const MUST_NOT_BE_SHARED: readonly string[] = [
  'Tokens of users (authorization_code, password, token exchange, refresh tokens): they belong to one user.',
  'Tokens bound to a key or a certificate (DPoP, mTLS): another holder cannot use them, and must not.',
  'Tokens of another client, scope or audience: each has a key of its own.',
];
