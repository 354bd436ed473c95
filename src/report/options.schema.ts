/** The result as a zod schema and as JSON Schema. zod costs more to load than a small log to read: only `schema` and tests come here. */
import { z } from 'zod';
import type { Analysis } from '../analysis/result.js';

const amount = z.int().min(0);
const positive = z.number().min(0);
const share = z.number().min(0).max(1);
const time = z.iso.datetime({ precision: 3 });

const standing = z.enum(['measured', 'derived', 'inferred', 'assumed', 'estimated', 'unknown']);
const lowHigh = z.strictObject({ low: z.number(), high: z.number() });
const lowMaybeHigh = z.strictObject({ low: z.number().nullable(), high: z.number() });
const lowBaseHigh = z.strictObject({ low: z.number(), base: z.number(), high: z.number() });
const shared = z.strictObject({ necessary: amount, ahead: amount, redundant: amount });
const quantiles = z.strictObject({ p50: positive, p95: positive, p99: positive, max: positive, mean: positive });
const fetches = z
  .strictObject({
    all: amount,
    ok: amount,
    failed: amount,
    excluded: amount,
    necessary: amount,
    ahead: amount,
    redundant: amount,
    unknown: amount,
  })
  .describe('all = ok + failed + excluded; ok = necessary + ahead + redundant + unknown');
const lines = z
  .strictObject({
    read: amount,
    parsed: amount,
    rejected: amount,
    filtered: amount,
    blank: amount,
    deduplicated: amount,
    notRequests: amount,
  })
  .describe('read = parsed + rejected + filtered + blank');

const file = z.strictObject({
  name: z.string(),
  role: z.enum(['gateway', 'issuer', 'loopback', 'unknown']),
  roleDetected: z.boolean().describe('false: forced by a flag'),
  format: z.string().nullable(),
  detected: z.boolean(),
  matchRate: share.nullable().describe('share of the lines that were read with the format'),
  runnerUp: z.strictObject({ format: z.string(), matchRate: share }).nullable(),
  resolutionMs: positive.nullable(),
  outOfOrder: z
    .strictObject({ count: amount, maxMs: amount })
    .describe('requests behind one with a later stamp, and the most that one is late'),
  lines,
  rejects: z.array(z.strictObject({ reason: z.string(), count: amount, firstLine: amount, firstByte: amount })),
  error: z.string().nullable().describe('why the file was not read, or not to its end'),
});

const key = z.strictObject({
  id: z.string(),
  endpoint: z.string(),
  provider: z.string().nullable(),
  client: z.string(),
  scope: z.string().nullable(),
  audience: z.string().nullable(),
  basis: z.strictObject({
    endpoint: z.literal(true),
    host: z.boolean(),
    client: z.enum(['field', 'basic', 'query', 'address']),
    scope: z.boolean(),
    audience: z.boolean(),
    holder: z.enum(['node', 'address', 'gateway', 'none']),
  }),
  grant: z.enum(['service', 'user', 'unknown']),
  lifetimeSeconds: z.strictObject({ min: positive, median: positive, max: positive }).nullable(),
  lifetimeFrom: z.enum(['option', 'expires_in', 'provider', 'unknown']),
  lifetimeAtLeastSeconds: positive.nullable(),
  holders: amount,
  demand: amount.nullable().describe('requests that needed this token; null: not known'),
  fetches,
  shared,
  bounds: z.strictObject({ byDemand: lowHigh.nullable(), byFetches: lowHigh, redundant: lowHigh }),
  fetchMs: quantiles.nullable(),
});

const cache = z.strictObject({
  hit: amount,
  miss: amount,
  expired: amount,
  stale: amount,
  updating: amount,
  revalidated: amount,
  bypass: amount,
  hitRatio: share.nullable(),
});

const route = z.strictObject({
  route: z.string(),
  requests: amount,
  demand: amount,
  fetches: amount,
  taxMs: z.strictObject({ p50: positive, p95: positive, p99: positive }).nullable(),
  loggedCache: cache.nullable(),
});

const totals = z.strictObject({
  requests: amount,
  demand: amount.nullable().describe('requests that needed a service token; null: not known'),
  fetches,
  fetchesWithoutStatus: amount,
  holder: z.enum(['node', 'shared']),
  redundantShare: z
    .strictObject({
      value: share.nullable(),
      low: share.nullable(),
      high: share.nullable(),
      standing,
    })
    .describe('redundant / ok'),
  shared: shared.describe('the verdicts with one cache for all holders'),
  byLifetime: z.array(z.strictObject({ lifetimeSeconds: positive, necessary: amount, redundant: amount })),
  bounds: z.strictObject({ necessary: lowHigh, redundant: lowHigh }),
  hiddenHoldersNeeded: positive.nullable(),
  hitRatio: z
    .strictObject({ observed: share.nullable(), achievable: share.nullable(), moreFetchesThanRequests: amount })
    .describe('derived from fetches and demand, never from logged cache words'),
  loggedCache: z.array(z.strictObject({ route: z.string(), ...cache.shape })),
  latency: z.strictObject({
    fetchMs: quantiles.nullable(),
    redundantWaitMs: positive.nullable(),
    connectionsHeld: positive.nullable(),
  }),
  peakFetchesPerSecond: amount,
  failedByStatus: z.record(z.string(), amount),
});

const unitPrice = z
  .strictObject({
    amount: positive,
    per: positive,
    unit: z.enum(['token response', 'request', 'GB-second', 'GB', 'vCPU-hour']),
  })
  .describe('the amount is for `per` of the unit, never for one');
const showback = z.array(
  z.strictObject({ name: z.string().nullable(), weight: amount, window: z.number(), perMonth: z.number().nullable() }),
);

const cost = z.strictObject({
  currency: z.string().regex(/^[A-Z]{3}$/),
  perMonth: lowBaseHigh.nullable().describe('null: refused, for the reason in perMonthWhyNot'),
  perMonthWhyNot: z.string().nullable(),
  window: lowBaseHigh,
  allPerMonth: positive.nullable().describe('what all fetches cost in a month, the needed ones too'),
  items: z.array(
    z.strictObject({
      id: z.string(),
      label: z.string(),
      perMonth: lowBaseHigh.nullable(),
      window: lowBaseHigh,
      allPerMonth: positive.nullable(),
      unitPrice,
      tiers: amount,
      working: z.string(),
    }),
  ),
  unitPrice,
  models: z.array(
    z.strictObject({
      id: z.string(),
      title: z.string(),
      chosenBy: z.enum(['option', 'provider']),
      asOf: z
        .string()
        .regex(/^\d{4}-\d{2}-\d{2}$/)
        .nullable(),
      source: z.string(),
      assumes: z.array(z.string()),
    }),
  ),
  extrapolation: z
    .strictObject({ factor: positive, hours: amount, quietestHour: amount.nullable(), busiestHour: amount.nullable() })
    .nullable()
    .describe('from the window to a month of 730 hours'),
  priced: z.strictObject({ ok: amount, redundant: amount, redundantLow: amount, redundantHigh: amount }),
  notPriced: z.strictObject({ ok: amount, redundant: amount }),
  showback: z
    .strictObject({ client: showback, route: showback, owner: showback, cause: showback, finding: showback })
    .describe('each adds up to window.base and perMonth.base exactly'),
  notIncluded: z.array(z.string()),
  standing: z.literal('estimated'),
});

const load = z.strictObject({
  money: z.string().nullable().describe('why there is no money in this result; null where there is'),
  waitSecondsPerMonth: lowBaseHigh.nullable(),
  rateLimit: z
    .strictObject({ fetches: positive, seconds: positive, from: z.string(), peak: amount, headroom: positive.nullable() })
    .nullable()
    .describe('headroom = limit / peak within as many seconds; below 1 the limit was exceeded'),
  issuerCpu: z
    .strictObject({ from: z.string(), redundant: amount, vcpuSeconds: lowBaseHigh, vcpus: lowBaseHigh.nullable() })
    .nullable()
    .describe("vCPU time of an issuer of one's own; null: not known to be one"),
});

const budget = z.strictObject({
  id: z.string(),
  measure: z.enum(['maxRedundant', 'maxFetchesPer1000', 'minHitRatio', 'maxAddedP95', 'maxCost', 'failOn', 'baseline', 'ignore']),
  scope: z.strictObject({ kind: z.enum(['all', 'client', 'route']), pattern: z.string().nullable() }),
  unit: z.enum(['share', 'per 1,000', 'ms', 'money', 'count']),
  found: z.number().nullable(),
  low: z.number().nullable(),
  high: z.number().nullable(),
  limit: z.number(),
  comparison: z.enum(['at most', 'at least']).describe('inclusive: a value that equals the limit passes'),
  level: z.enum(['warn', 'error']),
  result: z.enum(['pass', 'fail', 'skip']).describe('skip: not decided, which is not passed'),
  standing,
  why: z.string().nullable(),
});

const join = z.strictObject({
  by: z.enum(['trace', 'id', 'time', 'instance', 'single', 'none']),
  matched: amount,
  ambiguous: amount,
  unmatchedGateway: amount,
  unmatchedIssuer: amount,
  skewMs: z.number().nullable().describe("the issuer's clock minus the gateway's"),
  skewSpreadMs: positive.nullable(),
});

const inferred = z.strictObject({
  route: z.string(),
  requests: amount,
  slowShare: share,
  slowShareLow: share,
  slowShareHigh: share,
  overheadMs: positive,
  overheadLowMs: positive,
  overheadHighMs: positive,
  periodSeconds: positive.nullable(),
});

const sibling = z.strictObject({
  kind: z.enum(['introspection', 'jwks', 'discovery', 'userinfo', 'revocation', 'review']),
  endpoint: z.string(),
  provider: z.string().nullable(),
  client: z.string(),
  holders: amount,
  requests: amount,
  ok: amount,
  failed: amount,
  perDemand: positive.nullable(),
  necessary: amount.nullable(),
  redundant: amount.nullable(),
  redundantBounds: lowHigh.nullable(),
  lifetimeSeconds: positive.nullable(),
  lifetimeFrom: z.enum(['option', 'assumed', 'unknown']),
  requestMs: quantiles.nullable(),
  gapMs: quantiles.nullable(),
});

const policy = z.strictObject({
  policy: z.string(),
  title: z.string(),
  fetches: z.strictObject({ low: amount, high: amount.nullable().describe('null: nothing bounds it') }),
  hitRatio: share.nullable(),
  waitP95Ms: positive.nullable(),
  waitTotalMs: positive.nullable(),
  peakFetchesPerSecond: amount.nullable(),
  rateHeadroom: z.number().nullable().describe('1 - peak / rate limit'),
  requestsWithoutToken: amount.nullable(),
  saved: lowMaybeHigh.describe('fetches fewer than as logged'),
  savedCost: lowMaybeHigh.nullable(),
  revocationDelaySeconds: positive.nullable(),
  standing,
});

const finding = z.strictObject({
  id: z.string().describe('the same cause of the same key has the same id in every run'),
  code: z.string().regex(/^TT\d{3}$/),
  title: z.string(),
  key: z.string().nullable(),
  owner: z.string().nullable(),
  redundant: amount,
  share: share.nullable().describe('of all redundant fetches of the run'),
  confidence: share,
  standing,
  waitMs: positive.nullable(),
  why: z.string(),
  whyNot: z.array(z.strictObject({ code: z.string(), because: z.string() })),
  onset: time.nullable(),
  histogram: z
    .strictObject({ fromMs: z.array(positive), counts: z.array(amount) })
    .nullable()
    .describe('gaps between the fetches of a holder'),
  timeline: z
    .strictObject({ first: amount, fetches: z.array(amount), redundant: z.array(amount) })
    .nullable()
    .describe('fetches of its key in the steps of the timeline, from step `first` on'),
  figures: z.array(z.strictObject({ label: z.string(), value: z.string() })),
  evidence: z.array(z.strictObject({ file: z.string(), line: amount, byte: amount, at: time.nullable() })),
  fix: z.string(),
  risk: z.string().nullable(),
});

export const resultSchema = z.strictObject({
  schemaVersion: z.literal('1'),
  tool: z.strictObject({ name: z.literal('token-tax'), version: z.string() }),
  complete: z.boolean().describe('false: not all of the input was read'),
  inconclusive: z.string().nullable().describe('why a complete run decides nothing'),
  window: z.strictObject({ from: time, to: time }).nullable(),
  input: z.strictObject({ files: z.array(file), lines }),
  totals,
  siblings: z
    .strictObject({
      introspection: amount,
      jwks: amount,
      discovery: amount,
      userinfo: amount,
      revocation: amount,
      review: amount,
    })
    .describe('requests to the neighbours of token endpoints'),
  possibleEndpoints: z.array(z.strictObject({ endpoint: z.string(), requests: amount, missing: z.string() })),
  keys: z.array(key),
  routes: z.array(route),
  timeline: z.array(z.strictObject({ from: time, requests: amount, fetches: amount, necessary: amount })),
  lives: z.array(
    z.strictObject({
      key: z.string(),
      holder: z.string(),
      from: time,
      lifetimeSeconds: positive.nullable(),
      verdict: z.enum(['necessary', 'ahead', 'redundant', 'unknown']),
    }),
  ),
  join: join.nullable(),
  inferred: z.array(inferred).describe('statistics on a gateway log alone, never added to what was measured'),
  siblingKeys: z.array(sibling).describe('introspection, JWKS, discovery and the like, by endpoint and caller'),
  simulation: z.array(policy).nullable().describe('the same traffic under other caching policies'),
  findings: z.array(finding),
  cost: cost.nullable().describe('null: nothing here has a price, for the reason in load.money'),
  load: load.nullable().describe('what redundant fetches take that is not money'),
  excludedFromDemand: z.record(z.string(), amount),
  assumptions: z.array(z.strictObject({ id: z.string(), value: z.string(), from: z.string(), affects: z.array(z.string()) })),
  warnings: z.array(z.strictObject({ id: z.string(), message: z.string() })),
  budgets: z.array(budget).describe('what `check` held the result against; empty in other runs'),
});

/** The schema and the type say the same, or this does not compile. */
type Writable<T> = T extends readonly (infer Item)[]
  ? Writable<Item>[]
  : T extends object
    ? { -readonly [K in keyof T]: Writable<T[K]> }
    : T;
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : never) : never;
true satisfies Same<z.infer<typeof resultSchema>, Writable<Analysis>>;

export const RESULT_SCHEMA_ID = 'urn:token-tax:result:1';

export const resultJsonSchema = (): Record<string, unknown> => {
  const { $schema, ...schema } = z.toJSONSchema(resultSchema, { target: 'draft-2020-12', reused: 'ref' });
  return { $schema, $id: RESULT_SCHEMA_ID, title: 'The result of token-tax, version 1', ...schema };
};
