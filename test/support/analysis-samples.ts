/** Results made by hand, with figures that agree: parts add up to their sums, shares are what the counts say. */
import { costOfRun } from '../../src/analysis/cost-of-run.js';
import { parsePricing } from '../../src/analysis/pricing.js';
import type { Analysis, FetchCounts, Finding, InputFile, KeyResult, LineCounts, Standing } from '../../src/analysis/result.js';
import { withShowback } from '../../src/analysis/showback.js';
import { brokenBudget } from './budgets.js';

type Verdicts4 = readonly [necessary: number, ahead: number, redundant: number, unknown: number];

export const fetchCounts = ([necessary, ahead, redundant, unknown]: Verdicts4, failed = 0, excluded = 0): FetchCounts => {
  const ok = necessary + ahead + redundant + unknown;
  return { all: ok + failed + excluded, ok, failed, excluded, necessary, ahead, redundant, unknown };
};

export const lineCounts = (parsed: number, rejected = 0, more: Partial<LineCounts> = {}): LineCounts => {
  const { filtered = 0, blank = 0, deduplicated = 0, notRequests = 0 } = more;
  return { read: parsed + rejected + filtered + blank, parsed, rejected, filtered, blank, deduplicated, notRequests };
};

export const inputFile = (
  name: string,
  role: InputFile['role'],
  format: string | null,
  lines: LineCounts,
  more: Partial<InputFile> = {},
): InputFile => ({
  name,
  role,
  roleDetected: true,
  format,
  detected: true,
  matchRate: lines.read === 0 ? null : lines.parsed / (lines.read - lines.blank),
  runnerUp: null,
  resolutionMs: 1,
  outOfOrder: { count: 0, maxMs: 0 },
  lines,
  rejects: lines.rejected === 0 ? [] : [{ reason: 'not JSON', count: lines.rejected, firstLine: 88_213, firstByte: 41_220_118 }],
  error: null,
  ...more,
});

export const key = (client: string, verdicts: Verdicts4, more: Partial<KeyResult> = {}): KeyResult => {
  const fetches = fetchCounts(verdicts);
  const { necessary, ahead, redundant } = fetches;
  return {
    id: `k-${client}`,
    endpoint: 'idp.example/realms/main/protocol/openid-connect/token',
    provider: 'keycloak',
    client,
    scope: null,
    audience: null,
    basis: { endpoint: true, host: true, client: 'field', scope: false, audience: false, holder: 'node' },
    grant: 'service',
    lifetimeSeconds: { min: 3600, median: 3600, max: 3600 },
    lifetimeFrom: 'option',
    lifetimeAtLeastSeconds: null,
    holders: 4,
    demand: null,
    fetches,
    shared: { necessary, ahead, redundant },
    bounds: {
      byDemand: null,
      byFetches: { low: necessary, high: necessary },
      redundant: { low: redundant, high: redundant + fetches.unknown },
    },
    fetchMs: null,
    ...more,
  };
};

/** Nothing has a price, and nobody waits. */
export const noLoad: Analysis['load'] = {
  money: 'unknown, not metered (keycloak)',
  waitSecondsPerMonth: null,
  rateLimit: null,
  issuerCpu: null,
};

const add = (lines: readonly LineCounts[]): LineCounts => {
  const sum = (name: keyof LineCounts): number => lines.reduce((total, each) => total + each[name], 0);
  return {
    read: sum('read'),
    parsed: sum('parsed'),
    rejected: sum('rejected'),
    filtered: sum('filtered'),
    blank: sum('blank'),
    deduplicated: sum('deduplicated'),
    notRequests: sum('notRequests'),
  };
};

interface Sample {
  readonly files: readonly InputFile[];
  readonly keys: readonly KeyResult[];
  readonly failedByStatus?: Readonly<Record<string, number>>;
  readonly excluded?: number;
  readonly demand?: number | null;
  readonly standing?: Standing;
  /** Low and high counts of redundant fetches. */
  readonly redundant?: readonly [low: number, high: number];
  /** How many more a shared cache makes redundant. */
  readonly sharedMore?: number;
  readonly totals?: Partial<Analysis['totals']>;
  readonly more?: Partial<Analysis>;
}

const sample = ({
  files,
  keys,
  failedByStatus = {},
  excluded = 0,
  demand = null,
  standing = 'derived',
  ...given
}: Sample): Analysis => {
  const sum = (name: keyof FetchCounts): number => keys.reduce((total, each) => total + each.fetches[name], 0);
  const failed = Object.values(failedByStatus).reduce((total, times) => total + times, 0);
  const fetches = fetchCounts([sum('necessary'), sum('ahead'), sum('redundant'), sum('unknown')], failed, excluded);
  const [low, high] = given.redundant ?? [fetches.redundant, fetches.redundant + fetches.unknown];
  const { ok, redundant, necessary, ahead } = fetches;
  const more = given.sharedMore ?? 0;
  const lines = add(files.map((file) => file.lines));
  return {
    schemaVersion: '1',
    tool: { name: 'token-tax', version: '0.1.0' },
    complete: true,
    inconclusive: null,
    window: { from: '2026-03-02T00:00:00.000Z', to: '2026-03-03T00:00:00.000Z' },
    input: { files, lines },
    totals: {
      requests: lines.parsed - lines.notRequests,
      demand,
      fetches,
      fetchesWithoutStatus: 0,
      holder: 'node',
      redundantShare: {
        value: ok === 0 ? null : redundant / ok,
        low: ok === 0 ? null : low / ok,
        high: ok === 0 ? null : high / ok,
        standing,
      },
      shared: {
        necessary: Math.max(0, necessary - more),
        ahead: ahead - Math.max(0, more - necessary),
        redundant: redundant + more,
      },
      byLifetime: [],
      bounds: { necessary: { low: ok - high, high: ok - low }, redundant: { low, high } },
      hiddenHoldersNeeded: null,
      hitRatio: {
        observed: demand === null ? null : Math.max(0, 1 - ok / demand),
        achievable: demand === null ? null : 1 - necessary / demand,
        moreFetchesThanRequests: demand === null ? 0 : Math.max(0, ok - demand),
      },
      loggedCache: [],
      latency: { fetchMs: null, redundantWaitMs: null, connectionsHeld: null },
      peakFetchesPerSecond: 61,
      failedByStatus,
      ...given.totals,
    },
    siblings: { introspection: 0, jwks: 0, discovery: 0, userinfo: 0, revocation: 0, review: 0 },
    possibleEndpoints: [],
    keys,
    routes: [],
    timeline: [],
    lives: [],
    join: null,
    inferred: [],
    siblingKeys: [],
    simulation: null,
    findings: [],
    cost: null,
    load: noLoad,
    excludedFromDemand: {},
    assumptions: [],
    warnings: [],
    budgets: [],
    ...given.more,
  };
};

const day = [
  inputFile('logs/gw-1.json.gz', 'gateway', 'nginx-json', lineCounts(401_203, 328, { notRequests: 12 })),
  inputFile('logs/gw-2.json.gz', 'gateway', 'nginx-json', lineCounts(388_677)),
  inputFile('logs/idp.log', 'issuer', 'clf-combined', lineCounts(414_110), {
    resolutionMs: 1000,
    runnerUp: { format: 'clf', matchRate: 1 },
  }),
];

const latency = {
  fetchMs: { p50: 38, p95: 121, p99: 160, max: 1204, mean: 51.2 },
  redundantWaitMs: 20_384_307,
  connectionsHeld: 0.236,
};

const unknownLife = { lifetimeSeconds: null, lifetimeFrom: 'unknown' } as const;

const noCacheKeys = [
  key('orders-api', [2100, 0, 291_402, 0]),
  key('billing-worker', [1686, 214, 71_930, 0], {
    lifetimeSeconds: { min: 240, median: 300, max: 300 },
    lifetimeFrom: 'expires_in',
  }),
  key('search-bff', [1500, 0, 24_318, 0]),
  key('reports', [714, 0, 10_481, 0]),
  key('nightly-batch', [0, 0, 0, 8561], unknownLife),
];

const warnings = [
  {
    id: 'stamps-of-a-second',
    message: 'logs/idp.log is stamped to the second: what needs the order inside a second was not decided',
  },
  { id: 'no-lifetime', message: 'no lifetime is known for 1 of 5 keys' },
];

const assumptions = [
  { id: 'margin', value: 'min(60 s, 10 %)', from: 'default', affects: ['totals.fetches', 'keys[].fetches'] },
  { id: 'time-stamps', value: 'end', from: 'format nginx-json', affects: ['totals.latency'] },
];

const noCache = sample({
  files: day,
  keys: noCacheKeys,
  failedByStatus: { 401: 4, 429: 900, 503: 300 },
  demand: 789_868,
  sharedMore: 4_200,
  totals: { latency },
  more: { warnings, assumptions },
});

const healthyFiles = [
  inputFile('gw.log', 'gateway', 'nginx-timing', lineCounts(46_400)),
  inputFile('idp.log', 'issuer', 'clf-combined', lineCounts(64)),
];

const healthy = sample({
  files: healthyFiles,
  keys: [key('orders-api', [52, 12, 0, 0])],
  demand: 46_400,
  totals: { latency: { fetchMs: { p50: 21, p95: 24, p99: 31, max: 31, mean: 21.4 }, redundantWaitMs: 0, connectionsHeld: 0.01 } },
  more: { window: { from: '2026-03-02T09:00:00.000Z', to: '2026-03-02T09:58:00.000Z' } },
});

const assumed = sample({
  files: [inputFile('idp.log', 'issuer', 'clf-combined', lineCounts(412_906))],
  keys: [
    key('10.0.3.11', [6214, 0, 291_500, 4302], {
      ...unknownLife,
      basis: { endpoint: true, host: false, client: 'address', scope: false, audience: false, holder: 'address' },
    }),
    key('10.0.3.12', [2000, 0, 106_631, 2259], {
      ...unknownLife,
      lifetimeAtLeastSeconds: 912,
      basis: { endpoint: true, host: false, client: 'address', scope: false, audience: false, holder: 'address' },
    }),
  ],
  standing: 'assumed',
  redundant: [212_004, 404_692],
  totals: {
    byLifetime: [
      { lifetimeSeconds: 300, necessary: 8214, redundant: 398_131 },
      { lifetimeSeconds: 3600, necessary: 702, redundant: 403_902 },
      { lifetimeSeconds: 86_400, necessary: 30, redundant: 404_692 },
    ],
    hiddenHoldersNeeded: 50.3,
  },
});

const inconclusive = sample({
  files: [inputFile('gw.log', 'gateway', 'nginx-timing', lineCounts(212))],
  keys: [key('orders-api', [0, 0, 0, 3], unknownLife)],
  more: {
    inconclusive: '3 token fetches in 40 s, and no lifetime to hold them against',
    window: { from: '2026-03-02T09:00:00.000Z', to: '2026-03-02T09:00:40.000Z' },
  },
});

const nothing = sample({
  files: [inputFile('gw.log', 'unknown', null, lineCounts(0), { resolutionMs: null })],
  keys: [],
  standing: 'unknown',
  more: { inconclusive: 'the input has no lines', window: null },
});

const partial: Analysis = {
  ...noCache,
  complete: false,
  input: {
    ...noCache.input,
    files: noCache.input.files.map((file, index) =>
      index === 1 ? { ...file, error: 'the archive ends in the middle; the whole lines before were read' } : file,
    ),
  },
};

const many = sample({
  files: day,
  keys: Array.from({ length: 40 }, (_, index) => key(`service-${String(index).padStart(2, '0')}`, [10, 0, 1000 - index, 0])),
  demand: 789_868,
  totals: { latency },
});

const crowded = sample({
  files: [
    ...day,
    inputFile('logs/loop.log', 'loopback', 'nginx-main', lineCounts(12_000, 4, { blank: 3, filtered: 90, deduplicated: 412 })),
  ],
  keys: [
    key('orders-api', [2100, 0, 191_402, 0], { scope: 'ledger.read' }),
    key('orders-api', [2100, 0, 91_930, 0], { id: 'k-orders-2', scope: 'ledger.write' }),
    ...Array.from({ length: 24 }, (_, index) =>
      key(`a-service-with-a-rather-long-name-${index}`, [100, 3, 4000 - index, 11], {
        endpoint: `login.idp.example/0f8fad5b-d9cb-469f-a165-70867728950e/oauth2/v2.0/token`,
        basis: { endpoint: true, host: true, client: 'address', scope: false, audience: false, holder: 'address' },
        lifetimeFrom: 'provider',
        lifetimeSeconds: { min: 3600, median: 4512, max: 5400 },
      }),
    ),
  ],
  failedByStatus: { 400: 12, 401: 300, 429: 900, 500: 2, 503: 300 },
  excluded: 120,
  demand: 250_000,
  sharedMore: 4_000,
  redundant: [200_000, 379_320],
  totals: {
    latency,
    fetchesWithoutStatus: 7,
    hiddenHoldersNeeded: 57.4,
    loggedCache: ['/internal/token', '/internal/token/eu', '/oauth/cache'].map((route, index) => ({
      route,
      hit: 9000 - index,
      miss: 1000,
      expired: 40,
      stale: 0,
      updating: 3,
      revalidated: 0,
      bypass: 7,
      hitRatio: (9000 - index) / (10_050 - index),
    })),
  },
  more: {
    siblings: { introspection: 40_112, jwks: 12, discovery: 3, userinfo: 0, revocation: 1, review: 0 },
    possibleEndpoints: [
      { endpoint: '/api/v1/session/token', requests: 12_004, missing: 'no size like a token response' },
      { endpoint: '/auth/login', requests: 44, missing: 'only GET' },
    ],
    cost: {
      currency: 'USD',
      perMonth: { low: 13_500, base: 25_352.39, high: 25_604.1 },
      window: { low: 450, base: 845.08, high: 853.47 },
      perMonthWhyNot: null,
      allPerMonth: 26_000,
      items: [
        {
          id: '--price.issuer',
          label: 'redundant token responses',
          perMonth: { low: 13_500, base: 25_352.39, high: 25_604.1 },
          window: { low: 450, base: 845.08, high: 853.47 },
          allPerMonth: 26_000,
          unitPrice: { amount: 2.25, per: 1000, unit: 'token response' },
          tiers: 1,
          working: 'redundant x 2.25 / 1,000',
        },
      ],
      models: [
        {
          id: '--price',
          title: 'the price that was given',
          chosenBy: 'option',
          asOf: null,
          source: '--price',
          assumes: ['each token response costs the same, whosever the endpoint is'],
        },
      ],
      extrapolation: { factor: 30.416667, hours: 24, quietestHour: 9_000, busiestHour: 21_000 },
      priced: { ok: 400_000, redundant: 375_591, redundantLow: 200_000, redundantHigh: 379_320 },
      notPriced: { ok: 0, redundant: 0 },
      showback: { client: [], route: [], owner: [], cause: [], finding: [] },
      notIncluded: ['volume tiers, included quotas and discounts'],
      unitPrice: { amount: 2.25, per: 1000, unit: 'token response' },
      standing: 'estimated',
    },
    warnings,
    assumptions,
  },
});

/** Names that would do something, if they were printed as they are. */
const hostileNames = [
  '\x1b[2J\x1b]0;owned\x07orders',
  '::error::pwned',
  'two\r\n::warning file=a::lines',
  '##vso[task.setvariable variable=a]b',
  '\u202egnp.exe\u2066',
  '<img src=x onerror=alert(1)>|`$(id)`',
  '\x9b31mred',
  'zero\u200bwidth\u0000nul',
];

const hostile = sample({
  files: [
    inputFile('logs/\x1b[31m::error::.log', 'issuer', 'clf', lineCounts(9000, 1), {
      error: 'read \x1b[1mfailed\n::error::x',
      rejects: [{ reason: 'odd\n::error::y', count: 1, firstLine: 1, firstByte: 0 }],
    }),
  ],
  keys: hostileNames.map((name, index) => key(name, [10, 0, 1000 + index, 0], { endpoint: `${name}/token`, id: `k${index}` })),
  failedByStatus: { '\n::error::z': 1 },
  totals: {
    loggedCache: [
      {
        route: '##[error]route\x1b[0m',
        hit: 1,
        miss: 1,
        expired: 0,
        stale: 0,
        updating: 0,
        revalidated: 0,
        bypass: 0,
        hitRatio: 0.5,
      },
    ],
  },
  more: {
    complete: false,
    possibleEndpoints: [{ endpoint: '\n::error::p', requests: 1, missing: '\x1b[5m' }],
    warnings: [{ id: 'w', message: 'text\n::error::w \x1b[7m' }],
    assumptions: [{ id: 'a', value: '\n::error::v', from: '\x1b[7m', affects: ['\n##[error]'] }],
  },
});

const wide = sample({
  files: [inputFile('ログ/ゲートウェイ.log', 'issuer', 'clf', lineCounts(6000))],
  keys: [
    key('注文サービス', [10, 0, 3000, 0], { endpoint: '認証.example/トークン/発行/とても長い名前のエンドポイント/token' }),
    key('größe-überprüfung', [10, 0, 2000, 0]),
    key('🚀-launcher', [10, 0, 970, 0]),
  ],
});

const tiny = sample({
  files: [inputFile('idp.log', 'issuer', 'clf', lineCounts(1_000_001))],
  keys: [key('orders-api', [1_000_000, 0, 1, 0])],
});

export const finding = (code: string, of: KeyResult, redundant: number, all: number, more: Partial<Finding> = {}): Finding => ({
  id: `f-${code}-${of.client}`,
  code,
  title:
    { TT101: 'no cache', TT103: 'no single flight', TT104: 'refresh margin >= lifetime', TT105: 'fragmented cache key' }[code] ??
    code,
  key: of.id,
  owner: null,
  redundant,
  share: redundant / all,
  confidence: 0.97,
  standing: 'derived',
  waitMs: redundant * 51,
  why: 'About as many fetches as requests: 293,502 for 294,001 calls, at gaps that follow the traffic.',
  whyNot: [],
  onset: null,
  histogram: null,
  timeline: null,
  figures: [],
  evidence: [{ file: 'logs/idp.log', line: 12, byte: 1204, at: '2026-03-02T00:00:01.000Z' }],
  fix: 'keep the token until its lifetime less a margin',
  risk: null,
  ...more,
});

const causes: readonly Finding[] = [
  finding('TT101', noCacheKeys[0]!, 291_402, 398_131, { owner: 'team-orders' }),
  finding('TT104', noCacheKeys[1]!, 71_930, 398_131, {
    why: 'The token lives 300 s, but this client refreshes when under about 540 s are left, so no token is ever reused.',
    whyNot: [
      { code: 'TT101', because: 'tokens were reused until 09:14Z' },
      { code: 'TT103', because: 'overlapping fetches of one instance 0.4%' },
    ],
    onset: '2026-03-02T09:14:00.000Z',
    histogram: { fromMs: [10, 100, 1000, 10_000, 100_000], counts: [402, 21_004, 50_221, 303, 0] },
    timeline: { first: 0, fetches: [73_104], redundant: [71_930] },
    figures: [
      { label: 'gap, per holder', value: 'p50 2.0 s  p95 8.8 s  p99 13.6 s (lifetime 300 s)' },
      { label: 'instances', value: '4 (10.0.3.11, .12, .17, .20), all alike' },
    ],
    evidence: [
      { file: 'logs/gw-2.json.gz', line: 88_213, byte: 41_220_118, at: '2026-03-02T09:14:02.000Z' },
      { file: 'logs/it is.log', line: 9, byte: 0, at: null },
    ],
    fix: 'set the refresh margin below the lifetime (for example 30 s plus up to 15 s of jitter)',
    risk: 'tokens are used up to 270 s longer after revocation',
  }),
  finding('TT103', noCacheKeys[2]!, 24_318, 398_131),
  finding('TT105', noCacheKeys[3]!, 10_481, 398_131, { waitMs: null, confidence: 0.81 }),
];

/** Everything a result can hold is there. */
const undiagnosed: Analysis = {
  ...noCache,
  keys: noCache.keys.map((each, index) =>
    index === 0 ? { ...each, demand: 294_001, lifetimeAtLeastSeconds: 912, fetchMs: latency.fetchMs } : each,
  ),
  routes: [
    {
      route: '/orders/{id}',
      requests: 294_001,
      demand: 294_001,
      fetches: 293_502,
      taxMs: { p50: 38, p95: 121, p99: 160 },
      loggedCache: null,
    },
  ],
  timeline: [{ from: '2026-03-02T00:00:00.000Z', requests: 789_868, fetches: 412_906, necessary: 6000 }],
  lives: [{ key: 'k-orders-api', holder: 'gw-1', from: '2026-03-02T00:00:00.000Z', lifetimeSeconds: 3600, verdict: 'redundant' }],
  join: {
    by: 'time',
    matched: 401_204,
    ambiguous: 812,
    unmatchedGateway: 388_664,
    unmatchedIssuer: 10_890,
    skewMs: -212,
    skewSpreadMs: 8,
  },
  inferred: [
    {
      route: '/reports/{id}',
      requests: 12_004,
      slowShare: 0.083,
      slowShareLow: 0.071,
      slowShareHigh: 0.096,
      overheadMs: 812,
      overheadLowMs: 790,
      overheadHighMs: 840,
      periodSeconds: 300,
    },
  ],
  siblings: { introspection: 40_112, jwks: 12, discovery: 0, userinfo: 0, revocation: 0, review: 0 },
  siblingKeys: [
    {
      kind: 'introspection',
      endpoint: 'idp.example/oauth2/introspect',
      provider: null,
      client: 'orders-api',
      holders: 4,
      requests: 40_112,
      ok: 40_110,
      failed: 2,
      perDemand: 7.3,
      necessary: 5760,
      redundant: 34_350,
      redundantBounds: { low: 0, high: 34_350 },
      lifetimeSeconds: 60,
      lifetimeFrom: 'assumed',
      requestMs: latency.fetchMs,
      gapMs: null,
    },
    {
      kind: 'jwks',
      endpoint: 'idp.example/jwks',
      provider: null,
      client: '10.0.3.11',
      holders: 1,
      requests: 12,
      ok: 12,
      failed: 0,
      perDemand: null,
      necessary: null,
      redundant: null,
      redundantBounds: null,
      lifetimeSeconds: null,
      lifetimeFrom: 'unknown',
      requestMs: null,
      gapMs: { p50: 60_000, p95: 61_000, p99: 61_000, max: 61_200, mean: 60_100 },
    },
  ],
  simulation: [
    ['as-logged', 'as logged', 412_906, 412_906, 0.477, 121, null],
    ['node,margin=10%', 'per node, margin 10%', 27_140, 31_002, 0.966, 9, 3240],
    ['node,single-flight,margin=10%', 'per node, single flight, margin 10%', 24_002, 24_002, 0.97, 9, 3240],
    ['bound', 'perfect (bound)', 6000, 6000, 0.992, 0, null],
  ].map(([policy, title, low, high, hitRatio, wait, revoked]) => ({
    policy: policy as string,
    title: title as string,
    fetches: { low: low as number, high: high as number },
    hitRatio: hitRatio as number,
    waitP95Ms: wait as number,
    waitTotalMs: (wait as number) * 1000,
    peakFetchesPerSecond: 61,
    rateHeadroom: 0.39,
    requestsWithoutToken: 0,
    saved: { low: 412_906 - (high as number), high: 412_906 - (low as number) },
    savedCost: { low: (412_906 - (high as number)) * 0.002_25, high: (412_906 - (low as number)) * 0.002_25 },
    revocationDelaySeconds: revoked as number | null,
    standing: 'derived' as const,
  })),
  findings: causes,
  excludedFromDemand: { health: 1204, static: 17 },
  budgets: [
    brokenBudget({ found: 0.985 }),
    {
      id: 'minHitRatio client reports-*',
      measure: 'minHitRatio',
      scope: { kind: 'client', pattern: 'reports-*' },
      unit: 'share',
      found: null,
      low: null,
      high: null,
      limit: 0.95,
      comparison: 'at least',
      level: 'warn',
      result: 'skip',
      standing: 'unknown',
      why: 'no key of a client like this has a fetch',
    },
  ],
};

/** A day at `--price 2.25/1000` and `--rate-limit 100/s`: 398,131 redundant fetches, from 9,000 to 21,000 an hour. */
const withMoney = (analysis: Analysis): Analysis => {
  const pricing = parsePricing({ price: '2.25/1000', rateLimit: '100/s' }, () => undefined);
  const {
    cost,
    load,
    assumptions: prices,
  } = costOfRun(pricing, {
    keys: analysis.keys.map(({ provider, fetches: { ok, redundant, unknown } }) => ({
      provider,
      ok,
      redundant,
      low: redundant,
      high: redundant + unknown,
      waitMs: redundant * 40,
    })),
    profile: { of: () => ({ hours: 24, quietest: 9_000, busiest: 21_000, total: 398_131 }) },
    windowMs: 86_400_000,
    windowEndMs: Date.parse('2026-03-03T00:00:00.000Z'),
    peakOver: () => 61,
  });
  return withShowback({ ...analysis, cost, load, assumptions: [...analysis.assumptions, ...prices] }, pricing);
};

const diagnosed = withMoney(undiagnosed);

const evil = '\x1b[2J\n::error::x ##[error]\u202e';

/** Text of a log or of somebody else's result in every member that holds text. */
const hostileFindings: Analysis = {
  ...diagnosed,
  keys: diagnosed.keys.map((each, index) => ({ ...each, client: `${evil}${index}`, scope: evil, endpoint: evil })),
  findings: diagnosed.findings.map((each, index) => ({
    ...each,
    id: `${evil}${index}`,
    title: evil,
    owner: evil,
    why: evil,
    whyNot: [{ code: evil, because: evil }],
    figures: [{ label: evil, value: evil }],
    evidence: [{ file: `${evil}'$(id)`, line: 1, byte: 0, at: null }],
    fix: evil,
    risk: evil,
  })),
  inferred: diagnosed.inferred.map((each) => ({ ...each, route: evil })),
  routes: diagnosed.routes.map((each) => ({ ...each, route: evil })),
  siblingKeys: diagnosed.siblingKeys.map((each) => ({ ...each, client: evil, endpoint: evil })),
  cost: {
    ...diagnosed.cost!,
    perMonthWhyNot: evil,
    items: diagnosed.cost!.items.map((each) => ({ ...each, id: `${evil}.issuer`, label: evil, working: evil })),
    models: diagnosed.cost!.models.map((each) => ({ ...each, id: evil, title: evil, source: evil, assumes: [evil] })),
    showback: {
      ...diagnosed.cost!.showback,
      client: diagnosed.cost!.showback.client.map((row, index) => ({ ...row, name: `${evil}${index}` })),
      owner: diagnosed.cost!.showback.owner.map((row, index) => ({ ...row, name: `${evil}${index}` })),
    },
    notIncluded: [evil],
  },
  load: {
    ...diagnosed.load!,
    rateLimit: { ...diagnosed.load!.rateLimit!, from: evil },
    issuerCpu: { ...diagnosed.load!.issuerCpu!, from: evil },
  },
  simulation: diagnosed.simulation!.map((each) => ({ ...each, title: `${evil}${each.title}`, policy: `${evil}${each.policy}` })),
};

export const samples: Readonly<Record<string, Analysis>> = {
  'no-cache': noCache,
  healthy,
  assumed,
  inconclusive,
  nothing,
  partial,
  many,
  crowded,
  hostile,
  wide,
  tiny,
  diagnosed,
  'hostile-findings': hostileFindings,
};
