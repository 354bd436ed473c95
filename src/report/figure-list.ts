/**
 * What each figure of a result means and how it is computed. The names are the paths of the JSON, `[]` standing for one element of a list.
 * Definitions: docs/method.md.
 */
import type { Standing } from '../analysis/result.js';
import { moneyFigures } from './figure-money.js';

export interface Figure {
  readonly unit: 'count' | 'share' | 'ms' | 's' | 'money' | 'number';
  readonly formula: string;
  /** Figures it is computed from, in the same notation; `[]` is the element that was asked for. */
  readonly inputs?: readonly string[];
  /** `of key` and `of run`: as sure as the verdict of that key, or of the run. A finding, a policy and a share have their own standing. */
  readonly standing: Standing | 'of run' | 'of key' | 'own';
  readonly notIncluded?: string;
}

const counted = (formula: string, notIncluded?: string): Figure => ({
  unit: 'count',
  formula,
  standing: 'measured',
  ...(notIncluded === undefined ? {} : { notIncluded }),
});

const each = (prefix: string, figures: Readonly<Record<string, Figure>>): [string, Figure][] =>
  Object.entries(figures).map(([name, figure]) => [`${prefix}.${name}`, figure]);

const fetchFigures = (prefix: string, standing: 'of run' | 'of key'): [string, Figure][] => {
  const at = (name: string): string => `${prefix}.${name}`;
  return each(prefix, {
    all: {
      ...counted('ok + failed + excluded', 'token requests without a status'),
      inputs: [at('ok'), at('failed'), at('excluded')],
    },
    ok: {
      ...counted('token fetches answered 2xx = necessary + ahead + redundant + unknown'),
      inputs: ['necessary', 'ahead', 'redundant', 'unknown'].map(at),
    },
    failed: counted('token fetches with any other answer than 2xx'),
    excluded: counted('token fetches for a user: authorization code, refresh token, password, device'),
    necessary: {
      unit: 'count',
      standing,
      formula: 'min(N, ok); N: fetches of a perfect cache over demand where it is known, else over the fetches',
      inputs: [at('ok')],
    },
    ahead: {
      unit: 'count',
      standing,
      formula: 'max(0, min(A, ok) - necessary); A: timely fetches, such as a refresh after half of the life',
      inputs: [at('ok'), at('necessary')],
    },
    redundant: {
      unit: 'count',
      standing,
      formula: 'max(0, ok - max(N, A)): what a correct cache with the same lifetime would not have fetched',
      inputs: [at('ok'), at('necessary'), at('ahead'), at('unknown')],
      notIncluded: 'failed fetches, fetches of users, what only a shared cache would save',
    },
    unknown: {
      unit: 'count',
      standing,
      formula: 'ok - necessary - ahead - redundant: the log cannot decide these',
      inputs: [at('ok'), at('necessary'), at('ahead'), at('redundant')],
    },
  });
};

const quantiles = (prefix: string, of: string): [string, Figure][] =>
  each(prefix, {
    ...Object.fromEntries(
      ['p50', 'p95', 'p99'].map((name): [string, Figure] => [
        name,
        { unit: 'ms', standing: 'measured', formula: `nearest rank over ${of}, in whole ms` },
      ]),
    ),
    max: { unit: 'ms', standing: 'measured', formula: `the longest of ${of}` },
    mean: { unit: 'ms', standing: 'measured', formula: `sum over number of ${of}` },
  });

const sharedFigures = (prefix: string, standing: 'of run' | 'of key'): [string, Figure][] =>
  each(
    prefix,
    Object.fromEntries(
      ['necessary', 'ahead', 'redundant'].map((name): [string, Figure] => [
        name,
        {
          unit: 'count',
          standing,
          formula: `${name} fetches if all holders shared one cache`,
          notIncluded: 'the work of running a shared cache',
        },
      ]),
    ),
  );

const lineFigures = (prefix: string): [string, Figure][] =>
  each(prefix, {
    read: {
      ...counted('parsed + rejected + filtered + blank'),
      inputs: ['parsed', 'rejected', 'filtered', 'blank'].map((name) => `${prefix}.${name}`),
    },
    parsed: counted('lines that were read with the format'),
    rejected: counted('lines that the format does not fit'),
    filtered: counted('lines that --since, --until or --where leave out'),
    blank: counted('lines without text'),
    deduplicated: counted('of the parsed: lines that were seen twice and counted once'),
    notRequests: counted('of the parsed: lines without a request in them'),
  });

const cacheFigures = (prefix: string): [string, Figure][] => {
  const wordsOf = ['hit', 'miss', 'expired', 'stale', 'updating', 'revalidated', 'bypass'];
  return each(prefix, {
    ...Object.fromEntries(
      wordsOf.map((word): [string, Figure] => [word, counted(`requests logged with the cache word ${word}`)]),
    ),
    hitRatio: {
      unit: 'share',
      standing: 'measured',
      formula: 'answers from the cache / all requests with a cache word',
      inputs: wordsOf.map((word) => `${prefix}.${word}`),
      notIncluded: 'nothing derived: the two kinds of hit ratio are never mixed',
    },
  });
};

const lowHigh = (prefix: string, unit: Figure['unit'], formula: string, standing: Figure['standing']): [string, Figure][] =>
  each(prefix, {
    low: { unit, standing, formula: `the least that the log allows for: ${formula}` },
    high: { unit, standing, formula: `the most that the log allows for: ${formula}` },
  });

const siblingKinds = ['introspection', 'jwks', 'discovery', 'userinfo', 'revocation', 'review'];

export const figures: ReadonlyMap<string, Figure> = new Map<string, Figure>([
  ...lineFigures('input.lines'),
  ...lineFigures('input.files[].lines'),
  [
    'input.files[].matchRate',
    {
      unit: 'share',
      standing: 'measured',
      formula: 'parsed lines / lines that are not blank',
      inputs: ['input.files[].lines.parsed', 'input.files[].lines.read'],
    },
  ],
  [
    'input.files[].runnerUp.matchRate',
    { unit: 'share', standing: 'measured', formula: 'share of the sample that the next best format reads' },
  ],
  [
    'input.files[].resolutionMs',
    { unit: 'ms', standing: 'measured', formula: 'the finest step between the time stamps of the file' },
  ],
  ['input.files[].outOfOrder.count', counted('requests that stand behind one with a later stamp; they are put in order')],
  [
    'input.files[].outOfOrder.maxMs',
    { unit: 'ms', standing: 'measured', formula: 'the most that the stamp of a line lies behind the newest before it' },
  ],
  ['input.files[].rejects[].count', counted('rejected lines with this reason')],
  ['input.files[].rejects[].firstLine', counted('the first such line, from 1')],
  ['input.files[].rejects[].firstByte', counted('where that line starts in the decompressed stream, from 0')],
  ['totals.requests', counted('parsed lines that are requests', 'lines without a request; duplicates')],
  [
    'totals.demand',
    {
      unit: 'count',
      standing: 'derived',
      formula: 'requests of the gateway that needed a service token',
      inputs: ['totals.requests'],
      notIncluded: 'token endpoints, OPTIONS, health checks, static files, answers from a cache (see excludedFromDemand)',
    },
  ],
  ...fetchFigures('totals.fetches', 'of run'),
  ['totals.fetchesWithoutStatus', counted('token requests whose record has no status; in no other figure')],
  [
    'totals.redundantShare.value',
    {
      unit: 'share',
      standing: 'of run',
      formula: 'redundant / ok',
      inputs: ['totals.fetches.redundant', 'totals.fetches.ok'],
      notIncluded: 'failed fetches, fetches of users, what only a shared cache would save',
    },
  ],
  [
    'totals.redundantShare.low',
    {
      unit: 'share',
      standing: 'of run',
      formula: 'the least redundant that the log allows for / ok',
      inputs: ['totals.bounds.redundant.low', 'totals.fetches.ok'],
    },
  ],
  [
    'totals.redundantShare.high',
    {
      unit: 'share',
      standing: 'of run',
      formula: 'the most redundant that the log allows for / ok',
      inputs: ['totals.bounds.redundant.high', 'totals.fetches.ok'],
    },
  ],
  ...sharedFigures('totals.shared', 'of run'),
  [
    'totals.byLifetime[].lifetimeSeconds',
    { unit: 's', standing: 'assumed', formula: 'a lifetime that is tried because no log holds the real one' },
  ],
  [
    'totals.byLifetime[].necessary',
    { unit: 'count', standing: 'assumed', formula: 'necessary fetches if tokens live that long' },
  ],
  [
    'totals.byLifetime[].redundant',
    { unit: 'count', standing: 'assumed', formula: 'redundant fetches if tokens live that long' },
  ],
  ...lowHigh('totals.bounds.necessary', 'count', 'necessary fetches, with hidden holders and coarse stamps', 'of run'),
  ...lowHigh('totals.bounds.redundant', 'count', 'redundant fetches, with hidden holders and coarse stamps', 'of run'),
  [
    'totals.hiddenHoldersNeeded',
    {
      unit: 'number',
      standing: 'derived',
      formula: 'ok / N: how many hidden holders or keys would make the pattern normal',
      inputs: ['totals.fetches.ok', 'totals.fetches.necessary'],
    },
  ],
  [
    'totals.hitRatio.observed',
    {
      unit: 'share',
      standing: 'derived',
      formula: 'max(0, 1 - ok / demand)',
      inputs: ['totals.fetches.ok', 'totals.demand'],
      notIncluded: 'logged cache words (totals.loggedCache)',
    },
  ],
  [
    'totals.hitRatio.achievable',
    {
      unit: 'share',
      standing: 'of run',
      formula: '1 - necessary / demand',
      inputs: ['totals.fetches.necessary', 'totals.demand'],
      notIncluded: 'what a shared cache would save on top',
    },
  ],
  [
    'totals.hitRatio.moreFetchesThanRequests',
    { unit: 'count', standing: 'derived', formula: 'max(0, ok - demand)', inputs: ['totals.fetches.ok', 'totals.demand'] },
  ],
  ...cacheFigures('totals.loggedCache[]'),
  ...quantiles('totals.latency.fetchMs', 'the durations of ok fetches'),
  [
    'totals.latency.redundantWaitMs',
    {
      unit: 'ms',
      standing: 'derived',
      formula: 'the durations of redundant fetches, added up',
      inputs: ['totals.fetches.redundant', 'totals.latency.fetchMs.mean'],
      notIncluded: 'fetches in the background; what waiting leads to',
    },
  ],
  [
    'totals.latency.connectionsHeld',
    {
      unit: 'number',
      standing: 'derived',
      formula: 'waiting for redundant tokens / length of the window',
      inputs: ['totals.latency.redundantWaitMs'],
    },
  ],
  ['totals.peakFetchesPerSecond', counted('token fetches in the busiest second')],
  ['totals.failedByStatus{}', counted('failed fetches with this status')],
  ...siblingKinds.map((kind): [string, Figure] => [
    `siblings.${kind}`,
    counted(`requests to ${kind} endpoints`, 'they are no token fetches'),
  ]),
  ['possibleEndpoints[].requests', counted('requests to a path that may be a token endpoint; in no other figure')],
  ['keys[].lifetimeSeconds.min', { unit: 's', standing: 'of key', formula: 'the shortest lifetime that was handed out' }],
  [
    'keys[].lifetimeSeconds.median',
    { unit: 's', standing: 'of key', formula: 'the median of the lifetimes that were handed out' },
  ],
  ['keys[].lifetimeSeconds.max', { unit: 's', standing: 'of key', formula: 'the longest lifetime that was handed out' }],
  [
    'keys[].lifetimeAtLeastSeconds',
    { unit: 's', standing: 'derived', formula: 'the longest stretch that a holder served demand without a fetch' },
  ],
  ['keys[].holders', counted('callers that the issuer saw fetch this key', 'holders that hide behind one address')],
  ['keys[].demand', { unit: 'count', standing: 'derived', formula: 'requests that needed this token' }],
  ...fetchFigures('keys[].fetches', 'of key'),
  ...sharedFigures('keys[].shared', 'of key'),
  ...each('budgets[]', {
    found: { unit: 'number', standing: 'own', formula: 'what the run has, in the unit of the budget' },
    low: {
      unit: 'number',
      standing: 'own',
      formula: 'the least it may be, with all bounds and one fetch more or less for each holder',
    },
    high: { unit: 'number', standing: 'own', formula: 'the most it may be, with the same' },
    limit: { unit: 'number', standing: 'own', formula: 'as configured; a value that equals it passes' },
  }),
  ...lowHigh('keys[].bounds.byDemand', 'count', 'N(D), the perfect cache over demand', 'of key'),
  ...lowHigh(
    'keys[].bounds.redundant',
    'count',
    'redundant fetches, with hidden holders and one necessary fetch more or less each',
    'of key',
  ),
  ...lowHigh('keys[].bounds.byFetches', 'count', 'N(F), the tokens it takes to have had one all the time', 'of key'),
  ...quantiles('keys[].fetchMs', 'the durations of the ok fetches of this key'),
  ['routes[].requests', counted('requests of this route')],
  [
    'routes[].demand',
    { unit: 'count', standing: 'derived', formula: 'requests of this route that needed a token', inputs: ['routes[].requests'] },
  ],
  ['routes[].fetches', { unit: 'count', standing: 'derived', formula: 'fetches that were made for a request of this route' }],
  ...['p50', 'p95', 'p99'].map((name): [string, Figure] => [
    `routes[].taxMs.${name}`,
    {
      unit: 'ms',
      standing: 'derived',
      formula: 'time of the fetch inside a request of this route, nearest rank in whole ms',
      notIncluded: 'requests without a fetch inside',
    },
  ]),
  ...cacheFigures('routes[].loggedCache'),
  ['timeline[].requests', counted('requests that start in this part of the window')],
  ['timeline[].fetches', counted('token fetches that start in this part of the window')],
  ['timeline[].necessary', { unit: 'count', standing: 'of run', formula: 'of those, the ones a perfect cache would have made' }],
  ['lives[].lifetimeSeconds', { unit: 's', standing: 'derived', formula: 'the life of this token' }],
  ['join.matched', { unit: 'count', standing: 'derived', formula: 'fetches that were given to a request of the gateway' }],
  ['join.ambiguous', { unit: 'count', standing: 'derived', formula: 'fetches with several requests that fit equally well' }],
  [
    'join.unmatchedGateway',
    {
      unit: 'count',
      standing: 'derived',
      formula: 'requests that needed a token and have no fetch inside: served from a cache, or not matched',
    },
  ],
  [
    'join.unmatchedIssuer',
    {
      unit: 'count',
      standing: 'derived',
      formula: 'fetches with no request around them: made in the background, or for traffic that is not in the log',
    },
  ],
  [
    'join.skewMs',
    {
      unit: 'ms',
      standing: 'derived',
      formula: "the issuer's clock minus the gateway's: median over the matched pairs",
      inputs: ['join.matched'],
    },
  ],
  [
    'join.skewSpreadMs',
    {
      unit: 'ms',
      standing: 'derived',
      formula: 'half the spread of the middle 90 % of the matched pairs',
      inputs: ['join.matched'],
    },
  ],
  ['inferred[].requests', counted('requests of the route with a total and an upstream time')],
  ...['slowShare', 'slowShareLow', 'slowShareHigh'].map((name): [string, Figure] => [
    `inferred[].${name}`,
    {
      unit: 'share',
      standing: 'inferred',
      formula: `requests in the slow mode of total - upstream${name === 'slowShare' ? '' : ', end of the 95 % interval'}`,
      inputs: ['inferred[].requests'],
      notIncluded: 'never added to what was measured; a callout need not be a token fetch',
    },
  ]),
  ...['overheadMs', 'overheadLowMs', 'overheadHighMs'].map((name): [string, Figure] => [
    `inferred[].${name}`,
    {
      unit: 'ms',
      standing: 'inferred',
      formula: `what the slow mode of total - upstream adds${name === 'overheadMs' ? '' : ', end of the 95 % interval'}`,
      inputs: ['inferred[].requests'],
      notIncluded: 'never added to what was measured',
    },
  ]),
  ['inferred[].periodSeconds', { unit: 's', standing: 'inferred', formula: 'the period at which slow requests recur' }],
  ['siblingKeys[].holders', counted('callers that asked this endpoint')],
  ['siblingKeys[].requests', { ...counted('ok + failed'), inputs: ['siblingKeys[].ok', 'siblingKeys[].failed'] }],
  ['siblingKeys[].ok', counted('requests answered 2xx or 304')],
  ['siblingKeys[].failed', counted('requests with another answer')],
  [
    'siblingKeys[].perDemand',
    {
      unit: 'number',
      standing: 'derived',
      formula: 'requests of the gateway per request of this kind',
      inputs: ['totals.demand', 'siblingKeys[].requests'],
    },
  ],
  [
    'siblingKeys[].necessary',
    {
      unit: 'count',
      standing: 'assumed',
      formula: 'what a cache with that lifetime would have asked',
      inputs: ['siblingKeys[].lifetimeSeconds'],
    },
  ],
  [
    'siblingKeys[].redundant',
    {
      unit: 'count',
      standing: 'assumed',
      formula: 'requests that such a cache would have saved',
      inputs: ['siblingKeys[].ok', 'siblingKeys[].necessary'],
      notIncluded: 'they are no token fetches and not in totals.fetches',
    },
  ],
  ...lowHigh('siblingKeys[].redundantBounds', 'count', 'requests that a cache would have saved', 'assumed'),
  ['siblingKeys[].lifetimeSeconds', { unit: 's', standing: 'assumed', formula: 'how long an answer may be kept' }],
  ...quantiles('siblingKeys[].requestMs', 'the durations of these requests'),
  ...quantiles('siblingKeys[].gapMs', 'the gaps from one ok request to the next of a holder'),
  ...lowHigh('simulation[].fetches', 'count', 'fetches of the logged traffic under this policy', 'own'),
  [
    'simulation[].hitRatio',
    {
      unit: 'share',
      standing: 'own',
      formula: 'max(0, 1 - fetches / demand)',
      inputs: ['simulation[].fetches.low', 'simulation[].fetches.high', 'totals.demand'],
    },
  ],
  [
    'simulation[].waitP95Ms',
    {
      unit: 'ms',
      standing: 'own',
      formula: 'time that a request waited for a fetch, 95th percentile over all demand',
      notIncluded: 'retries and think time that waiting causes',
    },
  ],
  ['simulation[].waitTotalMs', { unit: 'ms', standing: 'own', formula: 'time that requests waited for fetches, added up' }],
  [
    'simulation[].peakFetchesPerSecond',
    { unit: 'count', standing: 'own', formula: 'fetches in the busiest second under this policy' },
  ],
  [
    'simulation[].rateHeadroom',
    {
      unit: 'share',
      standing: 'own',
      formula: '1 - peak / rate limit; below 0 where the limit is exceeded',
      inputs: ['simulation[].peakFetchesPerSecond'],
    },
  ],
  [
    'simulation[].requestsWithoutToken',
    { unit: 'count', standing: 'own', formula: 'requests that would have had no valid token' },
  ],
  ...lowHigh('simulation[].saved', 'count', 'fetches fewer than as logged', 'own'),
  ...lowHigh('simulation[].savedCost', 'money', 'what the fetches that are saved add to the bill', 'estimated'),
  [
    'simulation[].revocationDelaySeconds',
    { unit: 's', standing: 'own', formula: 'the longest time that a revoked token goes on being used' },
  ],
  [
    'findings[].redundant',
    { unit: 'count', standing: 'own', formula: 'redundant fetches that this cause explains; each belongs to one finding' },
  ],
  [
    'findings[].share',
    {
      unit: 'share',
      standing: 'own',
      formula: 'redundant of the finding / redundant of the run',
      inputs: ['findings[].redundant', 'totals.fetches.redundant'],
    },
  ],
  [
    'findings[].confidence',
    { unit: 'number', standing: 'own', formula: 'from 0 to 1: how well the evidence fits this cause and excludes its rivals' },
  ],
  ['findings[].waitMs', { unit: 'ms', standing: 'own', formula: 'time that callers waited for the fetches it explains' }],
  ['findings[].histogram.fromMs[]', { unit: 'ms', standing: 'measured', formula: 'where this bar of gaps starts' }],
  ['findings[].histogram.counts[]', counted('gaps between fetches of a holder in this bar')],
  ['findings[].timeline.first', counted('steps of timeline[] before the first that is listed')],
  [
    'findings[].timeline.fetches[]',
    counted('ok fetches of its key that start in this step; failed ones where it is about those'),
  ],
  [
    'findings[].timeline.redundant[]',
    { unit: 'count', standing: 'own', formula: 'of these, the redundant ones that the finding points at' },
  ],
  ['findings[].evidence[].line', counted('line of the file, from 1')],
  ['findings[].evidence[].byte', counted('where that line starts in the decompressed stream, from 0')],
  ...moneyFigures,
  ['excludedFromDemand{}', counted('requests that count as no demand, for this reason')],
]);

/** Names that are shorter than the path, or say it in the words of the report. */
export const shortNames: Readonly<Record<string, string>> = {
  cost: 'cost.window.base',
  'cost.window': 'cost.window.base',
  'cost.month': 'cost.perMonth.base',
  'cost.perMonth': 'cost.perMonth.base',
  'cost.monthly': 'cost.perMonth.base',
  connections: 'totals.latency.connectionsHeld',
  headroom: 'load.rateLimit.headroom',
  cpu: 'load.issuerCpu.vcpus.base',
  'hit_ratio.observed': 'totals.hitRatio.observed',
  'hit_ratio.achievable': 'totals.hitRatio.achievable',
  hit_ratio: 'totals.hitRatio.observed',
  redundant: 'totals.fetches.redundant',
  necessary: 'totals.fetches.necessary',
  redundant_share: 'totals.redundantShare.value',
  'totals.redundantShare': 'totals.redundantShare.value',
  demand: 'totals.demand',
  wait: 'totals.latency.redundantWaitMs',
};
