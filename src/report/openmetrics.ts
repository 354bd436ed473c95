/** OpenMetrics text: what a scrape or a text-file collector takes. A result is a state, so all but the information are gauges. */
import type { Analysis } from '../analysis/result.js';
import { shown } from './cells.js';

/** More keys than this would be more series than a server wants. */
const MOST_KEYS = 200;

const label = (value: string): string => shown(value).replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');

type Labels = Readonly<Record<string, string>>;
type Sample = readonly [labels: Labels, value: number | null];

const written = (labels: Labels): string => {
  const all = Object.entries(labels).map(([name, value]) => `${name}="${label(value)}"`);
  return all.length === 0 ? '' : `{${all.join(',')}}`;
};

/** Families without a known value are left out: 0 would be a claim. */
const family = (name: string, help: string, samples: readonly Sample[], unit?: string): string => {
  const known = samples.filter(([, value]) => value !== null);
  if (known.length === 0) return '';
  return [
    `# TYPE ${name} gauge`,
    ...(unit === undefined ? [] : [`# UNIT ${name} ${unit}`]),
    `# HELP ${name} ${help}`,
    ...known.map(([labels, value]) => `${name}${written(labels)} ${value}`),
    '',
  ].join('\n');
};

const ms = (value: number | null | undefined): number | null => (value === null || value === undefined ? null : value / 1000);

export const openmetrics = (analysis: Analysis): string => {
  const { totals, keys, findings, siblings, budgets, input, complete, inconclusive, cost, load } = analysis;
  const { fetches } = totals;
  const verdicts = ['necessary', 'ahead', 'redundant', 'unknown'] as const;
  const shown = keys.slice(0, MOST_KEYS);
  const byCode = new Map<string, number>();
  for (const { code, redundant, share } of findings) if (share !== null) byCode.set(code, (byCode.get(code) ?? 0) + redundant);
  return [
    `# TYPE token_tax info\n# HELP token_tax The program that made these figures.\ntoken_tax_info{version="${label(analysis.tool.version)}"} 1\n`,
    family('token_tax_complete', 'Whether all of the input was read.', [[{}, complete ? 1 : 0]]),
    family('token_tax_decided', 'Whether the logs hold enough to decide.', [[{}, inconclusive === null ? 1 : 0]]),
    family('token_tax_lines', 'Lines of the input.', [
      [{ outcome: 'parsed' }, input.lines.parsed],
      [{ outcome: 'rejected' }, input.lines.rejected],
      [{ outcome: 'filtered' }, input.lines.filtered],
      [{ outcome: 'blank' }, input.lines.blank],
    ]),
    family('token_tax_requests', 'Requests in the logs.', [[{}, totals.requests]]),
    family('token_tax_demand_requests', 'Requests that needed a service token.', [[{}, totals.demand]]),
    family('token_tax_fetches', 'Token fetches by outcome.', [
      [{ outcome: 'ok' }, fetches.ok],
      [{ outcome: 'failed' }, fetches.failed],
      [{ outcome: 'excluded' }, fetches.excluded],
    ]),
    family(
      'token_tax_ok_fetches',
      'Token fetches that were answered 2xx, by verdict.',
      verdicts.map((verdict): Sample => [{ verdict }, fetches[verdict]]),
    ),
    family(
      'token_tax_redundant_ratio',
      'Share of ok fetches that a correct cache would not have made.',
      [
        [{ bound: 'value' }, totals.redundantShare.value],
        [{ bound: 'low' }, totals.redundantShare.low],
        [{ bound: 'high' }, totals.redundantShare.high],
      ],
      'ratio',
    ),
    family(
      'token_tax_hit_ratio',
      'Cache hit ratio, derived from fetches and demand.',
      [
        [{ of: 'observed' }, totals.hitRatio.observed],
        [{ of: 'achievable' }, totals.hitRatio.achievable],
      ],
      'ratio',
    ),
    family(
      'token_tax_fetch_duration_seconds',
      'Duration of token fetches.',
      (['p50', 'p95', 'p99', 'max'] as const).map((quantile): Sample => [{ quantile }, ms(totals.latency.fetchMs?.[quantile])]),
      'seconds',
    ),
    family(
      'token_tax_redundant_wait_seconds',
      'Time waited for redundant fetches.',
      [[{}, ms(totals.latency.redundantWaitMs)]],
      'seconds',
    ),
    family('token_tax_peak_fetches_per_second', 'Most fetches within one second.', [[{}, totals.peakFetchesPerSecond]]),
    family('token_tax_connections_held', 'Connections that redundant fetches held on average.', [
      [{}, totals.latency.connectionsHeld],
    ]),
    family(
      'token_tax_rate_limit_headroom_ratio',
      'Rate limit / peak of token requests.',
      [[{}, load?.rateLimit?.headroom ?? null]],
      'ratio',
    ),
    family(
      'token_tax_cost_estimated',
      'Estimated cost of redundant fetches, in the currency of the label.',
      cost === null
        ? []
        : (['low', 'base', 'high'] as const).flatMap((bound): Sample[] => [
            [{ currency: cost.currency, over: 'window', bound }, cost.window[bound]],
            [{ currency: cost.currency, over: 'month', bound }, cost.perMonth?.[bound] ?? null],
          ]),
    ),
    family(
      'token_tax_failed_fetches',
      'Failed fetches by status.',
      Object.entries(totals.failedByStatus).map(([status, count]): Sample => [{ status }, count]),
    ),
    family(
      'token_tax_sibling_requests',
      'Requests to the neighbours of token endpoints.',
      Object.entries(siblings).map(([kind, count]): Sample => [{ kind }, count]),
    ),
    family(
      'token_tax_cause_redundant_fetches',
      'Redundant fetches by cause.',
      [...byCode].sort(([a], [b]) => (a < b ? -1 : 1)).map(([code, count]): Sample => [{ code }, count]),
    ),
    family(
      'token_tax_key_fetches',
      `Ok fetches of a token key by verdict; the first ${MOST_KEYS} keys.`,
      shown.flatMap(({ id, client, endpoint, fetches: own }) =>
        verdicts.map((verdict): Sample => [{ key: id, client, endpoint, verdict }, own[verdict]]),
      ),
    ),
    family(
      'token_tax_budget_passed',
      'Whether a budget is kept; budgets that are not decided are left out.',
      budgets
        .filter(({ result }) => result !== 'skip')
        .map(({ id, result }): Sample => [{ budget: id }, result === 'pass' ? 1 : 0]),
    ),
    '# EOF\n',
  ].join('');
};
