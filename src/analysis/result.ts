/**
 * The result: the public contract behind `--format json`, written by hand so that a type costs nothing at start-up. The zod schema
 * in `options.schema.ts` of the report room is checked against these types by the compiler.
 */

/** How far a figure can be trusted. */
export type Standing = 'measured' | 'derived' | 'inferred' | 'assumed' | 'estimated' | 'unknown';

export type Role = 'gateway' | 'issuer' | 'loopback' | 'unknown';

export interface LowHigh {
  readonly low: number;
  readonly high: number;
}

export interface Verdicts {
  readonly necessary: number;
  readonly ahead: number;
  readonly redundant: number;
  readonly unknown: number;
}

/** `all = ok + failed + excluded`; the four verdicts add up to `ok`. */
export interface FetchCounts extends Verdicts {
  readonly all: number;
  readonly ok: number;
  readonly failed: number;
  readonly excluded: number;
}

export interface Quantiles {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
  readonly mean: number;
}

export interface InputFile {
  readonly name: string;
  readonly role: Role;
  /** true: found from what the file holds; false: forced by a flag. */
  readonly roleDetected: boolean;
  /** null for an empty file, or one that could not be read. */
  readonly format: string | null;
  readonly detected: boolean;
  /** Share of the lines that were read with the format; null without lines. */
  readonly matchRate: number | null;
  readonly runnerUp: { readonly format: string; readonly matchRate: number } | null;
  /** Resolution of the stamps in ms. */
  readonly resolutionMs: number | null;
  /** Requests that stand behind one with a later stamp, and the most that one is late. They are put in order before they are judged. */
  readonly outOfOrder: { readonly count: number; readonly maxMs: number };
  readonly lines: LineCounts;
  /** Lines that could not be read, by reason, each with its first place. */
  readonly rejects: readonly RejectCount[];
  /** Why the file was not read, or not to its end. */
  readonly error: string | null;
}

export interface RejectCount {
  readonly reason: string;
  readonly count: number;
  readonly firstLine: number;
  readonly firstByte: number;
}

/** read = parsed + rejected + filtered + blank. `notRequests` are parsed lines without a request in them. */
export interface LineCounts {
  readonly read: number;
  readonly parsed: number;
  readonly rejected: number;
  readonly filtered: number;
  readonly blank: number;
  readonly deduplicated: number;
  readonly notRequests: number;
}

export interface KeyBasis {
  readonly endpoint: true;
  readonly host: boolean;
  readonly client: 'field' | 'basic' | 'query' | 'address';
  readonly scope: boolean;
  readonly audience: boolean;
  /** What the holder is known by. */
  readonly holder: 'node' | 'address' | 'gateway' | 'none';
}

export type LifetimeFrom = 'option' | 'expires_in' | 'provider' | 'unknown';

export interface KeyResult {
  readonly id: string;
  readonly endpoint: string;
  readonly provider: string | null;
  readonly client: string;
  readonly scope: string | null;
  readonly audience: string | null;
  readonly basis: KeyBasis;
  readonly grant: 'service' | 'user' | 'unknown';
  readonly lifetimeSeconds: { readonly min: number; readonly median: number; readonly max: number } | null;
  readonly lifetimeFrom: LifetimeFrom;
  /** The longest stretch in s that a holder served demand without a fetch: the token lived at least that long. */
  readonly lifetimeAtLeastSeconds: number | null;
  readonly holders: number;
  /** Requests that needed this token; null: not known. */
  readonly demand: number | null;
  readonly fetches: FetchCounts;
  readonly shared: { readonly necessary: number; readonly ahead: number; readonly redundant: number };
  /** N by demand and by cover, so that both can be seen. null: demand not known. */
  readonly bounds: {
    readonly byDemand: LowHigh | null;
    readonly byFetches: LowHigh;
    /** Redundant fetches, with holders that may hide and with one necessary fetch more or less for each holder. */
    readonly redundant: LowHigh;
  };
  readonly fetchMs: Quantiles | null;
}

export interface CacheCounts {
  readonly hit: number;
  readonly miss: number;
  readonly expired: number;
  readonly stale: number;
  readonly updating: number;
  readonly revalidated: number;
  readonly bypass: number;
  readonly hitRatio: number | null;
}

export interface RouteResult {
  readonly route: string;
  readonly requests: number;
  readonly demand: number;
  readonly fetches: number;
  readonly taxMs: { readonly p50: number; readonly p95: number; readonly p99: number } | null;
  readonly loggedCache: CacheCounts | null;
}

export interface Assumption {
  readonly id: string;
  readonly value: string;
  readonly from: string;
  readonly affects: readonly string[];
}

export interface Warning {
  readonly id: string;
  readonly message: string;
}

export interface LowBaseHigh extends LowHigh {
  readonly base: number;
}

/** One thing that redundant fetches are billed for. Amounts are in the currency of the cost, with six decimals. */
export interface CostItem {
  /** Model and kind: `cognito-m2m.issuer`. */
  readonly id: string;
  readonly label: string;
  /** null: there is no monthly figure. */
  readonly perMonth: LowBaseHigh | null;
  readonly window: LowBaseHigh;
  /** What all fetches cost in a month, the needed ones too. */
  readonly allPerMonth: number | null;
  /** Of the first tier. The amount holds for `per` of the unit, never for one. */
  readonly unitPrice: { readonly amount: number; readonly per: number; readonly unit: PriceUnit };
  readonly tiers: number;
  readonly working: string;
}

export type PriceUnit = 'token response' | 'request' | 'GB-second' | 'GB' | 'vCPU-hour';

/** The part of one client, route, owner, cause or finding; `name` null: what belongs to none. */
export interface ShowbackRow {
  readonly name: string | null;
  /** What it is split by: redundant fetches, for routes fetches. */
  readonly weight: number;
  readonly window: number;
  readonly perMonth: number | null;
}

/** What redundant fetches cost in money, where each is billed. Always estimated. */
export interface Cost {
  readonly currency: string;
  /** null: refused, for the reason in `perMonthWhyNot`. `low` and `high`: the quietest and the busiest hour, the least and the most redundant fetches. */
  readonly perMonth: LowBaseHigh | null;
  readonly perMonthWhyNot: string | null;
  readonly window: LowBaseHigh;
  readonly allPerMonth: number | null;
  readonly items: readonly CostItem[];
  /** Of the first item, at the first tier. */
  readonly unitPrice: CostItem['unitPrice'];
  readonly models: readonly {
    readonly id: string;
    readonly title: string;
    /** Named by the user, or known from the provider of the endpoint. */
    readonly chosenBy: 'option' | 'provider';
    /** null: given on the command line, without a date. */
    readonly asOf: string | null;
    readonly source: string;
    readonly assumes: readonly string[];
  }[];
  /** Months of 730 hours in the window, and redundant fetches of the complete hour with the fewest and the most; null without a month. */
  readonly extrapolation: {
    readonly factor: number;
    readonly hours: number;
    readonly quietestHour: number | null;
    readonly busiestHour: number | null;
  } | null;
  /** The fetches that have a price, and those of other providers. */
  readonly priced: {
    readonly ok: number;
    readonly redundant: number;
    readonly redundantLow: number;
    readonly redundantHigh: number;
  };
  readonly notPriced: { readonly ok: number; readonly redundant: number };
  /** Each adds up to `window.base` and `perMonth.base` exactly. */
  readonly showback: {
    readonly client: readonly ShowbackRow[];
    readonly route: readonly ShowbackRow[];
    readonly owner: readonly ShowbackRow[];
    readonly cause: readonly ShowbackRow[];
    readonly finding: readonly ShowbackRow[];
  };
  readonly notIncluded: readonly string[];
  readonly standing: 'estimated';
}

/** What redundant fetches take that is not money: real whoever the issuer is. */
export interface Load {
  /** Why there is no money in this result; null where there is. */
  readonly money: string | null;
  /** Waiting for redundant tokens in a month; null: no durations, or no month. */
  readonly waitSecondsPerMonth: LowBaseHigh | null;
  /** `headroom` = limit / peak: below 1 the limit was exceeded. */
  readonly rateLimit: {
    readonly fetches: number;
    readonly seconds: number;
    readonly from: string;
    /** Most token requests within so many seconds, failed ones too. */
    readonly peak: number;
    readonly headroom: number | null;
  } | null;
  /** vCPU time of an issuer of one's own; null: it is not known to be one. */
  readonly issuerCpu: {
    readonly from: string;
    readonly redundant: number;
    readonly vcpuSeconds: LowBaseHigh;
    /** Busy on average over the window; null for a window of no length. */
    readonly vcpus: LowBaseHigh | null;
  } | null;
}

/** Why the caching fails: one cause of one key, or of the whole run. */
export interface Finding {
  /** Short and stable: the same cause of the same key has the same id in every run. */
  readonly id: string;
  /** `TT101` and so on: `docs/rules/`. */
  readonly code: string;
  readonly title: string;
  /** `keys[].id`; null where the finding is not about one key. */
  readonly key: string | null;
  /** Whose it is, by the owners map; null without one. */
  readonly owner: string | null;
  /** Redundant fetches that it explains (for sibling taxes: requests that a cache would have saved). */
  readonly redundant: number;
  /** Of all redundant fetches of the run; null where it explains none of them. */
  readonly share: number | null;
  /** 0 to 1. */
  readonly confidence: number;
  readonly standing: Standing;
  /** The time that callers waited for the fetches it explains, in ms; null without durations. */
  readonly waitMs: number | null;
  /** One sentence with the numbers that decide. */
  readonly why: string;
  /** The strongest rivals and the fact that excludes each; in a finding TT199 what would decide between them. */
  readonly whyNot: readonly { readonly code: string; readonly because: string }[];
  /** When it began inside the window; null: it was so from the start, or cannot be said. */
  readonly onset: string | null;
  /** Gaps between the fetches of a holder: `counts[i]` lie in `[fromMs[i], fromMs[i + 1])`. */
  readonly histogram: { readonly fromMs: readonly number[]; readonly counts: readonly number[] } | null;
  /**
   * The fetches of its key (failed ones where it is about those) and the redundant ones it points at, in the steps of `timeline[]` from step
   * `first` on; steps without a fetch at both ends are left out. null: its times are not kept.
   */
  readonly timeline: {
    readonly first: number;
    readonly fetches: readonly number[];
    readonly redundant: readonly number[];
  } | null;
  /** Figures of the finding with their names, as text for people: `gap, per holder` -> `p50 2.0 s  p95 8.8 s`. */
  readonly figures: readonly { readonly label: string; readonly value: string }[];
  readonly evidence: readonly Evidence[];
  readonly fix: string;
  readonly risk: string | null;
}

/** Where it stands: `byte` counts in the decompressed stream, from 0 (`zcat FILE | tail -c +$((byte + 1))`). */
export interface Evidence {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly byte: number;
  /** When the request on this line started; null: not known. */
  readonly at: string | null;
}

/** What a gateway's own log says of a hidden callout: statistics, never added to what was measured. */
export interface Inferred {
  readonly route: string;
  /** Requests with a total and an upstream time. */
  readonly requests: number;
  /** Share of requests in the slow mode of `total - upstream`, with its 95 % interval. */
  readonly slowShare: number;
  readonly slowShareLow: number;
  readonly slowShareHigh: number;
  /** What the slow mode adds, with its 95 % interval. */
  readonly overheadMs: number;
  readonly overheadLowMs: number;
  readonly overheadHighMs: number;
  /** null: the slow ones do not recur at a period. */
  readonly periodSeconds: number | null;
}

/** The same traffic under one caching policy. */
export interface PolicyResult {
  /** Such as `as-logged`, `node,single-flight,margin=10%`, `bound`. */
  readonly policy: string;
  readonly title: string;
  /** `high` is null where nothing bounds it: nobody knows how many requests there were. */
  readonly fetches: { readonly low: number; readonly high: number | null };
  /** 1 - fetches / requests, not below 0; null: demand not known. */
  readonly hitRatio: number | null;
  /** Time that requests waited for a fetch, 95th percentile over all demand; null without durations or demand. */
  readonly waitP95Ms: number | null;
  readonly waitTotalMs: number | null;
  /** null: demand not known. */
  readonly peakFetchesPerSecond: number | null;
  /** 1 - peak / `--rate-limit`; below 0 where the limit is exceeded; null without a limit. */
  readonly rateHeadroom: number | null;
  /** Requests without a valid token: in an outage, or with a token that has outlived its life; null: demand not known. */
  readonly requestsWithoutToken: number | null;
  /** Fetches fewer than as logged; below 0: more. */
  readonly saved: { readonly low: number | null; readonly high: number };
  /** `saved` at `--price`, over the window; null without a price. */
  readonly savedCost: { readonly low: number | null; readonly high: number } | null;
  /** A revoked token goes on being used for at most this long. */
  readonly revocationDelaySeconds: number | null;
  readonly standing: Standing;
}

/** Requests to a neighbour of a token endpoint (introspection, JWKS, discovery, userinfo), by endpoint and caller. */
export interface SiblingResult {
  readonly kind: 'introspection' | 'jwks' | 'discovery' | 'userinfo' | 'revocation' | 'review';
  readonly endpoint: string;
  readonly provider: string | null;
  readonly client: string;
  readonly holders: number;
  readonly requests: number;
  readonly ok: number;
  readonly failed: number;
  /** Requests of the gateway per request of this kind; null: demand not known. */
  readonly perDemand: number | null;
  /**
   * What a cache with `lifetimeSeconds` would have asked, and what it would have saved; between them is what was refreshed ahead. null
   * where no log says which token or user each request was about (introspection, userinfo), or nothing may be kept (revocation, review).
   */
  readonly necessary: number | null;
  readonly redundant: number | null;
  /** What a cache may have saved: `low` if each request was about another token, `high` if all were about one; null: nothing may be kept. */
  readonly redundantBounds: LowHigh | null;
  readonly lifetimeSeconds: number | null;
  readonly lifetimeFrom: 'option' | 'assumed' | 'unknown';
  readonly requestMs: Quantiles | null;
  /** From one ok request to the next of the same holder, in ms: near each other where something asks at an interval. */
  readonly gapMs: Quantiles | null;
}

export interface Join {
  /** `trace`: spans of one trace; `id`: request or trace ids; `time`: nodes and times; `instance`, `single`: holders only. */
  readonly by: 'trace' | 'id' | 'time' | 'instance' | 'single' | 'none';
  /** Fetches that were given to a request of the gateway. */
  readonly matched: number;
  /** Fetches with several requests that fit equally well. */
  readonly ambiguous: number;
  /** Requests that needed a token and have no fetch inside: with a cache that works, most of them. */
  readonly unmatchedGateway: number;
  /** Fetches with no request around them: fetched in the background, or for traffic that the gateway's log does not show. */
  readonly unmatchedIssuer: number;
  /** The issuer's clock minus the gateway's; null: not measured. */
  readonly skewMs: number | null;
  /** Half the spread of the middle 90 % of the matched pairs. */
  readonly skewSpreadMs: number | null;
}

/** What a budget, a rule of `--fail-on`, a baseline or an ignore was held against. */
export type BudgetMeasure =
  | 'maxRedundant'
  | 'maxFetchesPer1000'
  | 'minHitRatio'
  | 'maxAddedP95'
  | 'maxCost'
  | 'failOn'
  | 'baseline'
  | 'ignore';

export interface BudgetResult {
  /** The measure, with its scope behind it: `maxRedundant`, `maxFetchesPer1000 client orders-*`, `failOn TT101`. */
  readonly id: string;
  readonly measure: BudgetMeasure;
  readonly scope: { readonly kind: 'all' | 'client' | 'route'; readonly pattern: string | null };
  /** `share` is 0 to 1, `per 1,000` fetches per 1,000 requests, `ms`, `money` the amount of a month; `count` findings or entries. */
  readonly unit: 'share' | 'per 1,000' | 'ms' | 'money' | 'count';
  /** null: not known. */
  readonly found: number | null;
  /** What it may be, with all bounds; null where found is. */
  readonly low: number | null;
  readonly high: number | null;
  readonly limit: number;
  /** Both inclusive: a value that equals the limit passes. */
  readonly comparison: 'at most' | 'at least';
  readonly level: 'warn' | 'error';
  /** `skip`: not decided, which is not passed. */
  readonly result: 'pass' | 'fail' | 'skip';
  readonly standing: Standing;
  /** One sentence: why it was not decided, or what is behind a failure; null where the figures say it all. */
  readonly why: string | null;
}

export interface Analysis {
  readonly schemaVersion: '1';
  readonly tool: { readonly name: 'token-tax'; readonly version: string };
  readonly complete: boolean;
  /** Why a complete run still decides nothing; null when it does decide. */
  readonly inconclusive: string | null;
  readonly window: { readonly from: string; readonly to: string } | null;
  readonly input: { readonly files: readonly InputFile[]; readonly lines: LineCounts };
  readonly totals: {
    readonly requests: number;
    readonly demand: number | null;
    readonly fetches: FetchCounts;
    /** Token requests whose record has no status: neither ok nor failed, not in `fetches`. */
    readonly fetchesWithoutStatus: number;
    readonly holder: 'node' | 'shared';
    readonly redundantShare: {
      readonly value: number | null;
      readonly low: number | null;
      readonly high: number | null;
      readonly standing: Standing;
    };
    readonly shared: { readonly necessary: number; readonly ahead: number; readonly redundant: number };
    readonly byLifetime: readonly { readonly lifetimeSeconds: number; readonly necessary: number; readonly redundant: number }[];
    readonly bounds: { readonly necessary: LowHigh; readonly redundant: LowHigh };
    readonly hiddenHoldersNeeded: number | null;
    readonly hitRatio: {
      readonly observed: number | null;
      readonly achievable: number | null;
      readonly moreFetchesThanRequests: number;
    };
    readonly loggedCache: readonly ({ readonly route: string } & CacheCounts)[];
    readonly latency: {
      readonly fetchMs: Quantiles | null;
      readonly redundantWaitMs: number | null;
      readonly connectionsHeld: number | null;
    };
    readonly peakFetchesPerSecond: number;
    readonly failedByStatus: Readonly<Record<string, number>>;
  };
  readonly siblings: {
    readonly introspection: number;
    readonly jwks: number;
    readonly discovery: number;
    readonly userinfo: number;
    readonly revocation: number;
    readonly review: number;
  };
  /** Paths that may be token endpoints but lack corroboration: not counted. */
  readonly possibleEndpoints: readonly { readonly endpoint: string; readonly requests: number; readonly missing: string }[];
  readonly keys: readonly KeyResult[];
  readonly routes: readonly RouteResult[];
  readonly timeline: readonly {
    readonly from: string;
    readonly requests: number;
    readonly fetches: number;
    readonly necessary: number;
  }[];
  readonly lives: readonly {
    readonly key: string;
    readonly holder: string;
    readonly from: string;
    readonly lifetimeSeconds: number | null;
    readonly verdict: 'necessary' | 'ahead' | 'redundant' | 'unknown';
  }[];
  readonly join: Join | null;
  readonly inferred: readonly Inferred[];
  readonly siblingKeys: readonly SiblingResult[];
  /** The same traffic under other caching policies; null: there is nothing to play through. */
  readonly simulation: readonly PolicyResult[] | null;
  readonly findings: readonly Finding[];
  /** null: nothing here has a price, for the reason in `load.money`. */
  readonly cost: Cost | null;
  /** null: a result of a version that did not count it. */
  readonly load: Load | null;
  readonly excludedFromDemand: Readonly<Record<string, number>>;
  readonly assumptions: readonly Assumption[];
  readonly warnings: readonly Warning[];
  /** What `check` held the result against; empty in other runs. */
  readonly budgets: readonly BudgetResult[];
}
