/** The result as a zod schema and as JSON Schema. zod costs more to load than a small log to read: only `schema` and tests come here. */
import { z } from 'zod';
import type { Analysis } from '../analysis/result.js';

const amount = z.int().min(0);
const positive = z.number().min(0);
const share = z.number().min(0).max(1);
const time = z.iso.datetime({ precision: 3 });

const lowHigh = z.strictObject({ low: z.number(), high: z.number() });
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
  bounds: z.strictObject({ byDemand: lowHigh.nullable(), byFetches: lowHigh }),
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
      standing: z.enum(['measured', 'derived', 'inferred', 'assumed', 'estimated', 'unknown']),
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

const cost = z.strictObject({
  currency: z.string(),
  perMonth: lowBaseHigh.nullable(),
  window: lowBaseHigh,
  items: z.array(z.strictObject({ id: z.string(), label: z.string(), perMonth: lowBaseHigh, working: z.string() })),
  unitPrice: z.strictObject({ amount: positive, per: positive, unit: z.literal('token response') }),
  standing: z.literal('estimated'),
});

const none = z.array(z.never()).max(0);

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
  join: z
    .strictObject({
      by: z.enum(['instance', 'single', 'none']),
      matched: amount,
      ambiguous: amount,
      unmatchedGateway: amount,
      unmatchedIssuer: amount,
      skewMs: z.number().nullable(),
    })
    .nullable(),
  inferred: none,
  findings: none,
  cost: cost.nullable(),
  excludedFromDemand: z.record(z.string(), amount),
  assumptions: z.array(z.strictObject({ id: z.string(), value: z.string(), from: z.string(), affects: z.array(z.string()) })),
  warnings: z.array(z.strictObject({ id: z.string(), message: z.string() })),
  budgets: none,
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
