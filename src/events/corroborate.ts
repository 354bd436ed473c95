/** What a whole run says about one ambiguous endpoint. */
export interface AmbiguousStats {
  /** Its host also served discovery, JWKS, introspection or a certain token path. */
  readonly hostAlsoServesAuth: boolean;
  /** A `grant_type` was seen on its records. */
  readonly grantTypeSeen: boolean;
  readonly requests: number;
  readonly posts: number;
  /** Answers 2xx. */
  readonly ok: number;
  readonly failed400or401: number;
  /** Bytes of the 2xx answers; undefined when the log has no sizes. */
  readonly sizeMin: number | undefined;
  readonly sizeMax: number | undefined;
  readonly sizeMean: number | undefined;
  readonly sizeStdDev: number | undefined;
  /** Bytes of the largest 400 or 401 answer; undefined when there is none or the log has no sizes. */
  readonly failedSizeMax: number | undefined;
  /** Peer addresses; 0: the log has none. */
  readonly distinctAddresses: number;
  readonly machineRequests: number;
  readonly browserRequests: number;
  /** Requests of the run that are neither authentication nor excluded. */
  readonly apiRequestsInRun: number;
}

export const corroborationSignals = [
  'auth-host',
  'grant-type',
  'token-like-answers',
  'machine-callers',
  'follows-demand',
  'oauth-errors',
] as const;
export type CorroborationSignal = (typeof corroborationSignals)[number];

export interface Corroboration {
  /** True: count its requests as token fetches. */
  readonly counted: boolean;
  readonly signals: readonly CorroborationSignal[];
  /** What would have it counted; empty when it is. */
  readonly missing: string;
}

/** Shares and counts below which a pattern may be chance. */
const NEARLY_ALL = 0.95;
const MIN_ANSWERS = 5;
const MIN_REQUESTS = 20;
/** Bytes of a JSON token answer, from an opaque token to a JWT with many claims. */
const TOKEN_BYTES = { min: 300, max: 4096 } as const;
/** Standard deviation over mean: the same token with another signature varies by a few bytes. */
const MAX_SPREAD = 0.25;
/** An OAuth error is a line of JSON. */
const MAX_ERROR_BYTES = 512;
/** More peers than this are people, or a public API. */
const MAX_ADDRESSES = 32;
/** Calls for each business request that still look like "one for each". */
const MAX_CALLS_PER_REQUEST = 3;
const RATIO_TOLERANCE = 0.05;

const answersLikeTokens = ({ requests, posts, ok, sizeMin, sizeMax, sizeMean, sizeStdDev }: AmbiguousStats): boolean => {
  if (sizeMin === undefined || sizeMax === undefined || sizeMean === undefined || sizeStdDev === undefined) return false;
  if (ok < MIN_ANSWERS || posts < NEARLY_ALL * requests) return false;
  return sizeMean >= TOKEN_BYTES.min && sizeMean <= TOKEN_BYTES.max && sizeStdDev <= MAX_SPREAD * sizeMean;
};

const calledByMachines = ({ requests, machineRequests, distinctAddresses }: AmbiguousStats): boolean =>
  requests > 0 && machineRequests >= NEARLY_ALL * requests && distinctAddresses > 0 && distinctAddresses <= MAX_ADDRESSES;

const followsDemand = ({ requests, apiRequestsInRun }: AmbiguousStats): boolean => {
  if (requests < MIN_REQUESTS || apiRequestsInRun < MIN_REQUESTS) return false;
  const ratio = requests / apiRequestsInRun;
  const nearest = Math.round(ratio);
  return nearest >= 1 && nearest <= MAX_CALLS_PER_REQUEST && Math.abs(ratio - nearest) <= RATIO_TOLERANCE * nearest;
};

const failsLikeOauth = ({ ok, failed400or401, failedSizeMax }: AmbiguousStats): boolean =>
  ok > failed400or401 && failed400or401 > 0 && failedSizeMax !== undefined && failedSizeMax <= MAX_ERROR_BYTES;

const signalsOf = (stats: AmbiguousStats): CorroborationSignal[] => {
  const seen: Record<CorroborationSignal, boolean> = {
    'auth-host': stats.hostAlsoServesAuth,
    'grant-type': stats.grantTypeSeen,
    'token-like-answers': answersLikeTokens(stats),
    'machine-callers': calledByMachines(stats),
    'follows-demand': followsDemand(stats),
    'oauth-errors': failsLikeOauth(stats),
  };
  return corroborationSignals.filter((signal) => seen[signal]);
};

const isStrong = (signal: CorroborationSignal): boolean => signal === 'auth-host' || signal === 'grant-type';

const titles: Readonly<Record<CorroborationSignal, string>> = {
  'auth-host': 'its host serving discovery, keys, introspection or a known token path',
  'grant-type': 'a grant_type on its records',
  'token-like-answers': 'POST answers of 0.3 to 4 KB that vary little',
  'machine-callers': `machine user agents from at most ${MAX_ADDRESSES} addresses`,
  'follows-demand': 'as many calls as API requests, or two or three times as many',
  'oauth-errors': 'short 400 or 401 answers between good ones',
};

const list = (signals: readonly CorroborationSignal[]): string => signals.map((signal) => titles[signal]).join('; ');

const missingFrom = (signals: readonly CorroborationSignal[]): string => {
  const absent = corroborationSignals.filter((signal) => !signals.includes(signal));
  return `${signals.length === 0 ? 'one of the first two, or two of the others' : 'one more'}: ${list(absent)}`;
};

/**
 * Whether an endpoint that only looks like a token endpoint is counted as one: one strong signal (host, grant) or two weak ones. A login
 * page on the issuer's host is called by browsers, so that unless a grant was seen, these rule it out.
 */
export const corroborate = (stats: AmbiguousStats): Corroboration => {
  const signals = signalsOf(stats);
  const enough = signals.some(isStrong) || signals.length >= 2;
  if (!enough) return { counted: false, signals, missing: missingFrom(signals) };
  const people = stats.browserRequests * 2 > stats.requests && !stats.grantTypeSeen;
  return { counted: !people, signals, missing: people ? 'callers that are not browsers' : '' };
};
