/** The result for programs: the public contract, the same bytes for the same result. */
import type {
  Analysis,
  Assumption,
  BudgetResult,
  CacheCounts,
  Cost,
  CostItem,
  FetchCounts,
  Finding,
  Inferred,
  InputFile,
  Join,
  KeyResult,
  LineCounts,
  Load,
  LowHigh,
  PolicyResult,
  Quantiles,
  RouteResult,
  ShowbackRow,
  SiblingResult,
  Verdicts,
  Warning,
} from '../analysis/result.js';
import type { TokenTaxError } from '../errors.js';

/** The order of the members of T. The compiler holds it to T: a member that is missing here does not get lost in silence. */
type Order<T> = T extends readonly (infer Item)[]
  ? readonly [Order<NonNullable<Item>>]
  : T extends object
    ? string extends keyof T
      ? 'sorted'
      : { readonly [K in keyof T]-?: Order<NonNullable<T[K]>> }
    : 'value';

const value = 'value';
const lowHigh = { low: value, high: value } as const satisfies Order<LowHigh>;
const lowBaseHigh = { low: value, base: value, high: value } as const;
const verdicts = { necessary: value, ahead: value, redundant: value, unknown: value } as const satisfies Order<Verdicts>;
const fetches = { all: value, ok: value, failed: value, excluded: value, ...verdicts } as const satisfies Order<FetchCounts>;
const shared = { necessary: value, ahead: value, redundant: value } as const;
const quantiles = { p50: value, p95: value, p99: value, max: value, mean: value } as const satisfies Order<Quantiles>;

const lines = {
  read: value,
  parsed: value,
  rejected: value,
  filtered: value,
  blank: value,
  deduplicated: value,
  notRequests: value,
} as const satisfies Order<LineCounts>;

const file = {
  name: value,
  role: value,
  roleDetected: value,
  format: value,
  detected: value,
  matchRate: value,
  runnerUp: { format: value, matchRate: value },
  resolutionMs: value,
  outOfOrder: { count: value, maxMs: value },
  lines,
  rejects: [{ reason: value, count: value, firstLine: value, firstByte: value }],
  error: value,
} as const satisfies Order<InputFile>;

const key = {
  id: value,
  endpoint: value,
  provider: value,
  client: value,
  scope: value,
  audience: value,
  basis: { endpoint: value, host: value, client: value, scope: value, audience: value, holder: value },
  grant: value,
  lifetimeSeconds: { min: value, median: value, max: value },
  lifetimeFrom: value,
  lifetimeAtLeastSeconds: value,
  holders: value,
  demand: value,
  fetches,
  shared,
  bounds: { byDemand: lowHigh, byFetches: lowHigh, redundant: lowHigh },
  fetchMs: quantiles,
} as const satisfies Order<KeyResult>;

const cache = {
  hit: value,
  miss: value,
  expired: value,
  stale: value,
  updating: value,
  revalidated: value,
  bypass: value,
  hitRatio: value,
} as const satisfies Order<CacheCounts>;

const route = {
  route: value,
  requests: value,
  demand: value,
  fetches: value,
  taxMs: { p50: value, p95: value, p99: value },
  loggedCache: cache,
} as const satisfies Order<RouteResult>;

const assumption = { id: value, value, from: value, affects: [value] } as const satisfies Order<Assumption>;
const warning = { id: value, message: value } as const satisfies Order<Warning>;
const unitPrice = { amount: value, per: value, unit: value } as const;
const costItem = {
  id: value,
  label: value,
  perMonth: lowBaseHigh,
  window: lowBaseHigh,
  allPerMonth: value,
  unitPrice,
  tiers: value,
  working: value,
} as const satisfies Order<CostItem>;
const showbackRow = { name: value, weight: value, window: value, perMonth: value } as const satisfies Order<ShowbackRow>;

const cost = {
  currency: value,
  perMonth: lowBaseHigh,
  perMonthWhyNot: value,
  window: lowBaseHigh,
  allPerMonth: value,
  items: [costItem],
  unitPrice,
  models: [{ id: value, title: value, chosenBy: value, asOf: value, source: value, assumes: [value] }],
  extrapolation: { factor: value, hours: value, quietestHour: value, busiestHour: value },
  priced: { ok: value, redundant: value, redundantLow: value, redundantHigh: value },
  notPriced: { ok: value, redundant: value },
  showback: {
    client: [showbackRow],
    route: [showbackRow],
    owner: [showbackRow],
    cause: [showbackRow],
    finding: [showbackRow],
  },
  notIncluded: [value],
  standing: value,
} as const satisfies Order<Cost>;

const load = {
  money: value,
  waitSecondsPerMonth: lowBaseHigh,
  rateLimit: { fetches: value, seconds: value, from: value, peak: value, headroom: value },
  issuerCpu: { from: value, redundant: value, vcpuSeconds: lowBaseHigh, vcpus: lowBaseHigh },
} as const satisfies Order<Load>;

const join = {
  by: value,
  matched: value,
  ambiguous: value,
  unmatchedGateway: value,
  unmatchedIssuer: value,
  skewMs: value,
  skewSpreadMs: value,
} as const satisfies Order<Join>;

const inferred = {
  route: value,
  requests: value,
  slowShare: value,
  slowShareLow: value,
  slowShareHigh: value,
  overheadMs: value,
  overheadLowMs: value,
  overheadHighMs: value,
  periodSeconds: value,
} as const satisfies Order<Inferred>;

const sibling = {
  kind: value,
  endpoint: value,
  provider: value,
  client: value,
  holders: value,
  requests: value,
  ok: value,
  failed: value,
  perDemand: value,
  necessary: value,
  redundant: value,
  redundantBounds: lowHigh,
  lifetimeSeconds: value,
  lifetimeFrom: value,
  requestMs: quantiles,
  gapMs: quantiles,
} as const satisfies Order<SiblingResult>;

const policy = {
  policy: value,
  title: value,
  fetches: { low: value, high: value },
  hitRatio: value,
  waitP95Ms: value,
  waitTotalMs: value,
  peakFetchesPerSecond: value,
  rateHeadroom: value,
  requestsWithoutToken: value,
  saved: { low: value, high: value },
  savedCost: { low: value, high: value },
  revocationDelaySeconds: value,
  standing: value,
} as const satisfies Order<PolicyResult>;

const finding = {
  id: value,
  code: value,
  title: value,
  key: value,
  owner: value,
  redundant: value,
  share: value,
  confidence: value,
  standing: value,
  waitMs: value,
  why: value,
  whyNot: [{ code: value, because: value }],
  onset: value,
  histogram: { fromMs: [value], counts: [value] },
  timeline: { first: value, fetches: [value], redundant: [value] },
  figures: [{ label: value, value }],
  evidence: [{ file: value, line: value, byte: value, at: value }],
  fix: value,
  risk: value,
} as const satisfies Order<Finding>;

const budget = {
  id: value,
  measure: value,
  scope: { kind: value, pattern: value },
  unit: value,
  found: value,
  low: value,
  high: value,
  limit: value,
  comparison: value,
  level: value,
  result: value,
  standing: value,
  why: value,
} as const satisfies Order<BudgetResult>;

const order = {
  schemaVersion: value,
  tool: { name: value, version: value },
  complete: value,
  inconclusive: value,
  window: { from: value, to: value },
  input: { files: [file], lines },
  totals: {
    requests: value,
    demand: value,
    fetches,
    fetchesWithoutStatus: value,
    holder: value,
    redundantShare: { value, low: value, high: value, standing: value },
    shared,
    byLifetime: [{ lifetimeSeconds: value, necessary: value, redundant: value }],
    bounds: { necessary: lowHigh, redundant: lowHigh },
    hiddenHoldersNeeded: value,
    hitRatio: { observed: value, achievable: value, moreFetchesThanRequests: value },
    loggedCache: [{ route: value, ...cache }],
    latency: { fetchMs: quantiles, redundantWaitMs: value, connectionsHeld: value },
    peakFetchesPerSecond: value,
    failedByStatus: 'sorted',
  },
  siblings: { introspection: value, jwks: value, discovery: value, userinfo: value, revocation: value, review: value },
  possibleEndpoints: [{ endpoint: value, requests: value, missing: value }],
  keys: [key],
  routes: [route],
  timeline: [{ from: value, requests: value, fetches: value, necessary: value }],
  lives: [{ key: value, holder: value, from: value, lifetimeSeconds: value, verdict: value }],
  join,
  inferred: [inferred],
  siblingKeys: [sibling],
  simulation: [policy],
  findings: [finding],
  cost,
  load,
  excludedFromDemand: 'sorted',
  assumptions: [assumption],
  warnings: [warning],
  budgets: [budget],
} as const satisfies Order<Analysis>;

type AnyOrder = string | readonly [AnyOrder] | { readonly [name: string]: AnyOrder };

const ordered = (data: unknown, as: AnyOrder, path: string): unknown => {
  // JSON has no word for these: `null` would be read as "not known".
  if (typeof data === 'number' && !Number.isFinite(data)) throw new RangeError(`${path} of the result is ${data}`);
  if (typeof data !== 'object' || data === null || as === value) return data;
  if (Array.isArray(as))
    return (data as readonly unknown[]).map((item, index) => ordered(item, as[0] as AnyOrder, `${path}[${index}]`));
  const names = as === 'sorted' ? Object.keys(data).sort() : Object.keys(as);
  const inner = (name: string): AnyOrder => (as === 'sorted' ? value : (as as Readonly<Record<string, AnyOrder>>)[name]!);
  return Object.fromEntries(
    names.map((name) => [name, ordered((data as Record<string, unknown>)[name], inner(name), `${path}.${name}`)]),
  );
};

const unicodeEscape = (char: string): string => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;

/**
 * What a terminal or a CI host would act on, written as JSON can: `\u009b`. The data stay the same. `##[` and `##vso[` are commands
 * anywhere in a line.
 */
export const inert = (json: string): string =>
  json
    .replace(/[\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g, unicodeEscape)
    .replace(/##(?=[a-z]*\[)/gi, '#\\u0023');

export const json = (analysis: Analysis): string =>
  `${inert(JSON.stringify(ordered(analysis, order, 'the top'), undefined, 2))}\n`;

/** What stands on stdout when there is no result, so that a program always reads JSON. */
export const jsonError = ({ id, message, help }: Pick<TokenTaxError, 'id' | 'message' | 'help'>): string =>
  `${inert(JSON.stringify({ complete: false, error: { id, message, help } }))}\n`;
