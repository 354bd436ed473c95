/**
 * Holds a result against limits. A budget is decided where neither the bounds of the figure nor one fetch more or less for each key and
 * holder would change the answer; what is not decided is `skip`, which is not a pass. Limits are inclusive.
 */
import type { Analysis, BudgetMeasure, BudgetResult, Finding, KeyResult, Quantiles, Standing } from '../analysis/result.js';
import { compileGlob, matchGlob } from '../events/glob.js';

export type LimitMeasure = Exclude<BudgetMeasure, 'failOn' | 'baseline' | 'ignore'>;

/** A limit, in the unit of its measure: shares 0 to 1, fetches per 1,000 requests, ms, money of a month. */
export interface Limit {
  readonly measure: LimitMeasure;
  readonly scope: BudgetResult['scope'];
  readonly level: BudgetResult['level'];
  readonly limit: number;
  /** Of a cost; undefined: that of the price. */
  readonly currency?: string | undefined;
}

/** What a measure came to, with all that is unsure about it; or why it has no value. */
interface Measured {
  readonly found: number | null;
  readonly low: number;
  readonly high: number;
  readonly standing: Standing;
  readonly why?: string;
}
type Outcome = Measured | { readonly missing: string };

const units = {
  maxRedundant: 'share',
  maxFetchesPer1000: 'per 1,000',
  minHitRatio: 'share',
  maxAddedP95: 'ms',
  maxCost: 'money',
} as const satisfies Record<LimitMeasure, BudgetResult['unit']>;

/** Of the lines that are not blank, so many have to be readable for the rest to stand for the log. */
export const LEAST_READABLE = 0.95;

const NO_DEMAND = 'how many requests needed these tokens is not known: that takes a gateway log beside the one of the issuer';

const sum = <T>(list: readonly T[], pick: (one: T) => number): number => list.reduce((total, one) => total + pick(one), 0);
const clamp = (value: number): number => Math.min(1, Math.max(0, value));

/** Why no budget of this run can be decided; undefined where they can. */
export function undecidable({ inconclusive, input: { lines } }: Analysis): string | undefined {
  if (inconclusive !== null) return inconclusive;
  const told = lines.read - lines.blank;
  const readable = told === 0 ? 0 : (lines.parsed + lines.filtered) / told;
  return readable < LEAST_READABLE
    ? `only ${Math.floor(readable * 1000) / 10}% of the lines could be read, and ${LEAST_READABLE * 100}% are needed`
    : undefined;
}

/** Fetches, requests and durations of a scope. */
interface Scoped {
  readonly ok: number;
  readonly necessary: number | null;
  readonly redundant: { readonly found: number | null; readonly low: number; readonly high: number };
  readonly demand: number | null;
  /** Fetches that requests of this scope waited for, at least and at most; the same as `ok` but for routes. */
  readonly fetches: { readonly low: number; readonly found: number; readonly high: number };
  /** One fetch for each key and holder. */
  readonly edge: number;
  readonly times: readonly Pick<Quantiles, 'p50' | 'p95'>[];
  /** p95 of the wait of all requests, where it was counted. */
  readonly waitP95Ms: number | null;
  readonly standing: Standing;
}

/** Redundant fetches that an ignore takes out, by key; `null` for findings of no key. */
export type Ignored = ReadonlyMap<string | null, number>;

const none: Ignored = new Map();

function ofKeys(analysis: Analysis, keys: readonly KeyResult[], all: boolean, ignored: Ignored): Scoped {
  const { totals, simulation } = analysis;
  const withFetches = keys.filter(({ fetches }) => fetches.ok > 0);
  const ok = all ? totals.fetches.ok : sum(keys, ({ fetches }) => fetches.ok);
  const left = sum(keys, ({ id, fetches }) => Math.min(fetches.redundant, ignored.get(id) ?? 0));
  const without = (count: number): number => Math.max(0, count - left);
  const low = sum(keys, ({ bounds }) => bounds.redundant.low);
  const high = sum(keys, ({ bounds }) => bounds.redundant.high);
  const demand = all
    ? totals.demand
    : withFetches.some((key) => key.demand === null)
      ? null
      : sum(withFetches, (key) => key.demand ?? 0);
  const { observed } = totals.hitRatio;
  // Fetches from before or after the gateway's log have no requests here.
  const inside = all && demand !== null && observed !== null && observed > 0 ? Math.round((1 - observed) * demand) : ok;
  return {
    ok,
    necessary: sum(keys, ({ fetches }) => fetches.necessary),
    redundant: {
      found: without(sum(keys, ({ fetches }) => fetches.redundant)),
      low: without(all ? Math.min(totals.bounds.redundant.low, low) : low),
      high: without(all ? Math.max(totals.bounds.redundant.high, high) : high),
    },
    demand,
    fetches: { low: Math.min(ok, inside), found: ok, high: ok },
    edge: sum(withFetches, ({ holders }) => Math.max(1, holders)),
    times: all
      ? totals.latency.fetchMs === null
        ? []
        : [totals.latency.fetchMs]
      : withFetches.flatMap(({ fetchMs }) => (fetchMs === null ? [] : [fetchMs])),
    waitP95Ms: all ? (simulation?.find(({ policy }) => policy === 'as-logged')?.waitP95Ms ?? null) : null,
    standing: withFetches.some(({ lifetimeFrom }) => lifetimeFrom === 'unknown' || lifetimeFrom === 'provider')
      ? 'assumed'
      : 'derived',
  };
}

/** Which fetches of a route are redundant is not counted; how many of them can be, is. */
function ofRoutes(analysis: Analysis, glob: (text: string) => boolean, ignored: Ignored): Scoped | { readonly missing: string } {
  const { join, routes, keys } = analysis;
  const mine = routes.filter(({ route }) => glob(route));
  if (mine.length === 0) return { missing: 'no request of a route like this' };
  if (join === null || !['trace', 'id', 'time'].includes(join.by) || join.matched === 0)
    return { missing: 'fetches could not be joined to the requests of routes' };
  const run = ofKeys(analysis, keys, true, ignored);
  const fetches = sum(mine, (route) => route.fetches);
  const high = Math.min(run.ok, fetches + join.ambiguous);
  const redundantLow = Math.max(0, fetches - (run.ok - run.redundant.low));
  const redundantHigh = Math.min(fetches, run.redundant.high);
  return {
    ok: fetches,
    necessary: null,
    redundant: { found: redundantLow === redundantHigh ? redundantLow : null, low: redundantLow, high: redundantHigh },
    demand: sum(mine, ({ demand }) => demand),
    fetches: { low: fetches, found: fetches, high },
    edge: fetches === 0 ? 0 : run.edge,
    times: mine.flatMap(({ taxMs }) => (taxMs === null ? [] : [taxMs])),
    waitP95Ms: null,
    standing: 'derived',
  };
}

const redundant = ({ ok, redundant: { found, low, high }, standing }: Scoped): Outcome =>
  ok === 0
    ? { missing: 'no token fetch was answered 2xx' }
    : { found: found === null ? null : found / ok, low: low / ok, high: high / ok, standing };

const perThousand = ({ fetches, demand, edge, necessary }: Scoped): Outcome => {
  if (demand === null || demand === 0) return { missing: NO_DEMAND };
  const of = (count: number): number => (Math.max(0, count) * 1000) / demand;
  return {
    found: of(fetches.found),
    low: of(fetches.low - edge),
    high: of(fetches.high + edge),
    standing: 'derived',
    ...(necessary === null ? {} : { why: `${Number(of(necessary).toPrecision(3))} would do` }),
  };
};

const hitRatio = ({ fetches, demand, edge, necessary }: Scoped): Outcome => {
  if (demand === null || demand === 0) return { missing: NO_DEMAND };
  const of = (count: number): number => clamp(1 - count / demand);
  return {
    found: of(fetches.low),
    low: of(fetches.high + edge),
    high: of(fetches.low - edge),
    standing: 'derived',
    ...(necessary === null ? {} : { why: `${Math.floor(of(necessary) * 1000) / 10}% can be had` }),
  };
};

/**
 * The 95th percentile over all requests of the time that each waited for a fetch: where a share `s` of them waits, it is the quantile
 * `1 - 0.05 / s` of the fetches, and 0 up to `s` = 5 %. Between known quantiles it is known to lie between them.
 */
const addedP95 = ({ fetches, demand, edge, times, waitP95Ms }: Scoped): Outcome => {
  if (demand === null || demand === 0) return { missing: NO_DEMAND };
  if (times.length === 0 && fetches.high > 0) return { missing: 'how long fetches took is not in the log' };
  const share = (count: number): number => clamp(count / demand);
  const least = share(fetches.low - edge);
  const most = share(fetches.high + edge);
  const p = (name: 'p50' | 'p95', of: (...values: number[]) => number): number => of(...times.map((one) => one[name]));
  const from = (s: number): number => (s <= 0.05 ? 0 : 1 - 0.05 / s < 0.5 ? 0 : s >= 1 ? p('p95', Math.min) : p('p50', Math.min));
  const to = (s: number): number => (s <= 0.05 ? 0 : 1 - 0.05 / s <= 0.5 ? p('p50', Math.max) : p('p95', Math.max));
  if (waitP95Ms !== null)
    return {
      found: waitP95Ms,
      low: least <= 0.05 ? 0 : waitP95Ms,
      high: most <= 0.05 || waitP95Ms > 0 ? waitP95Ms : to(most),
      standing: 'derived',
    };
  const [low, high] = [from(least), to(most)];
  return { found: low === high ? low : null, low, high, standing: 'derived' };
};

const clamped = (part: number, of: number): number => (of === 0 ? 1 : Math.min(1, part / of));

/**
 * Of a month, estimated. The whole run has the bounds of its own cost: hours differ, and so may what is redundant. A client pays what
 * showback says, a route no more than the fetches it waited for; their bounds take in both those of the run and their own.
 */
const cost = (analysis: Analysis, scoped: Scoped, limit: Limit): Outcome => {
  const { cost: all, load, totals } = analysis;
  const { currency } = limit;
  if (all === null) return { missing: `there is no price: add --price AMOUNT/COUNT (money: ${load?.money ?? 'unknown'})` };
  if (currency !== undefined && currency !== all.currency)
    return { missing: `the budget is in ${currency} and the price in ${all.currency}` };
  if (all.perMonth === null) return { missing: all.perMonthWhyNot ?? 'a month is not known' };
  const { low, base, high } = all.perMonth;
  const { priced, notPriced } = all;
  const { redundant: mine } = scoped;
  const standing = 'estimated';
  if (limit.scope.kind === 'all') {
    const left = clamped(mine.found ?? 0, totals.fetches.redundant);
    return { found: base * left, low: low * left, high: high * left, standing };
  }
  // How much less and more than `base` the run costs for its hours alone.
  const down = base === 0 ? 1 : Math.min(1, low / base / clamped(priced.redundantLow, priced.redundant) || 0);
  const up = base === 0 ? 1 : Math.max(1, (high / base) * clamped(priced.redundant, priced.redundantHigh));
  if (limit.scope.kind === 'client') {
    const glob = compileGlob(limit.scope.pattern ?? '**');
    const isMine = (name: string): boolean => matchGlob(glob, name);
    const before = sum(
      analysis.keys.filter(({ client }) => isMine(client)),
      ({ fetches }) => fetches.redundant,
    );
    const rows = all.showback.client.filter(({ name }) => name !== null && isMine(name));
    const paid = sum(rows, ({ perMonth }) => perMonth ?? 0);
    const found = paid * clamped(mine.found ?? before, before);
    const count = mine.found ?? before;
    if (count === 0) return { found, low: found, high: mine.high > 0 ? Math.max(found, high) : found, standing };
    return {
      found,
      low: found * down * clamped(mine.low, count),
      high: (found * up * Math.max(mine.high, count)) / count,
      standing,
    };
  }
  const each = priced.redundant === 0 ? 0 : base / priced.redundant;
  return {
    found: mine.found === null || notPriced.ok > 0 ? null : each * mine.found,
    low: notPriced.ok > 0 ? 0 : each * mine.low * down,
    high: priced.redundant === 0 && mine.high > 0 ? high : each * mine.high * up,
    standing,
  };
};

function scopeOf(analysis: Analysis, { kind, pattern }: Limit['scope'], ignored: Ignored): Scoped | { readonly missing: string } {
  if (kind === 'all') return ofKeys(analysis, analysis.keys, true, ignored);
  const glob = compileGlob(pattern ?? '**');
  if (kind === 'route') return ofRoutes(analysis, (text) => matchGlob(glob, text), ignored);
  const keys = analysis.keys.filter(({ client, fetches }) => matchGlob(glob, client) && fetches.ok > 0);
  return keys.length === 0
    ? { missing: 'no client like this has a token fetch that was answered 2xx' }
    : ofKeys(analysis, keys, false, ignored);
}

function measure(analysis: Analysis, limit: Limit, ignored: Ignored): Outcome {
  const scoped = scopeOf(analysis, limit.scope, ignored);
  if ('missing' in scoped) return scoped;
  switch (limit.measure) {
    case 'maxRedundant':
      return redundant(scoped);
    case 'maxFetchesPer1000':
      return perThousand(scoped);
    case 'minHitRatio':
      return hitRatio(scoped);
    case 'maxAddedP95':
      return addedP95(scoped);
    case 'maxCost':
      return cost(analysis, scoped, limit);
  }
}

/** Sums of floats do not decide a budget: what agrees to 12 digits is equal. */
const level = (value: number): number => Number(value.toPrecision(12));

const keeps = (value: number, limit: number, comparison: BudgetResult['comparison']): boolean =>
  comparison === 'at most' ? level(value) <= level(limit) : level(value) >= level(limit);

export const idOf = (measured: BudgetMeasure, { kind, pattern }: BudgetResult['scope']): string =>
  kind === 'all' ? measured : `${measured} ${kind} ${pattern}`;

/** One limit. */
export function decide(analysis: Analysis, limit: Limit, ignored: Ignored = none): BudgetResult {
  const comparison = limit.measure === 'minHitRatio' ? 'at least' : 'at most';
  const base = {
    id: idOf(limit.measure, limit.scope),
    measure: limit.measure,
    scope: limit.scope,
    unit: units[limit.measure],
    limit: limit.limit,
    comparison,
    level: limit.level,
  } as const;
  const stopped = undecidable(analysis);
  const outcome: Outcome = stopped === undefined ? measure(analysis, limit, ignored) : { missing: stopped };
  if ('missing' in outcome)
    return { ...base, found: null, low: null, high: null, result: 'skip', standing: 'unknown', why: outcome.missing };
  const { found, standing } = outcome;
  const low = Math.min(outcome.low, found ?? outcome.low);
  const high = Math.max(outcome.high, found ?? outcome.high);
  const [atLow, atHigh] = [keeps(low, limit.limit, comparison), keeps(high, limit.limit, comparison)];
  const result = atLow === atHigh ? (atLow ? 'pass' : 'fail') : 'skip';
  const why =
    result === 'skip'
      ? undecidedBecause(analysis, low, high, limit.measure === 'maxCost')
      : result === 'fail'
        ? (outcome.why ?? null)
        : null;
  return { ...base, found, low, high, result, standing, why };
}

/** What would decide it, as far as that can be told. */
function undecidedBecause({ totals, keys }: Analysis, low: number, high: number, isCost: boolean): string {
  const lives = keys.some(({ lifetimeFrom, fetches }) => lifetimeFrom === 'unknown' && fetches.ok > 0);
  const hidden = totals.hiddenHoldersNeeded !== null && totals.bounds.redundant.low < totals.fetches.redundant;
  const what = [
    ...(lives ? ['--lifetime says how long tokens live'] : []),
    ...(hidden ? ['--max-hidden 1 says that nobody hides behind an address, client or scope'] : []),
    isCost ? 'the range from the quietest to the busiest hour lies on both sides of the limit' : 'a longer log decides more',
  ];
  return low === high ? 'the limit is the value itself' : what.join('; ');
}

/** Rules of `--fail-on`: no finding of that code, but for those that are ignored. */
export const decideCode = (
  analysis: Analysis,
  code: string,
  findings: readonly Finding[],
  asLevel: BudgetResult['level'] = 'error',
): BudgetResult => {
  const stopped = undecidable(analysis);
  const found = findings.filter((finding) => finding.code === code);
  const many = stopped === undefined ? found.length : null;
  return {
    id: `failOn ${code}`,
    measure: 'failOn',
    scope: { kind: 'all', pattern: null },
    unit: 'count',
    found: many,
    low: many,
    high: many,
    limit: 0,
    comparison: 'at most',
    level: asLevel,
    result: many === null ? 'skip' : many > 0 ? 'fail' : 'pass',
    standing: many === null ? 'unknown' : (found[0]?.standing ?? 'derived'),
    why: stopped ?? found[0]?.why ?? null,
  };
};
