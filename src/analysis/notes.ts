/** What a result says about itself: why it may decide nothing, what it assumes, what the reader should know. */
import type { DemandBook } from './demand.js';
import { round } from './numbers.js';
import type { AnalysisOptions } from './options.js';
import type { RunPlan } from './plan.js';
import type { Assumption, FetchCounts, LineCounts, Role, Warning } from './result.js';
import type { FileFacts, FinishInput } from './run-facts.js';
import type { RunTotals, Served } from './run-totals.js';
import { unusedLifetimes } from './unused-options.js';

/** Fewer ok fetches than this, and no demand to hold them against, decide nothing. */
const MIN_FETCHES = 4;

const emptyLines = (): { -readonly [K in keyof LineCounts]: number } => ({
  read: 0,
  parsed: 0,
  rejected: 0,
  filtered: 0,
  blank: 0,
  deduplicated: 0,
  notRequests: 0,
});

export function sumLines(list: readonly LineCounts[]): LineCounts {
  const total = emptyLines();
  for (const lines of list) for (const name of Object.keys(total) as (keyof LineCounts)[]) total[name] += lines[name];
  return total;
}

export function inconclusive(input: FinishInput, fetches: FetchCounts, demand: number | null, possible: boolean): string | null {
  const lines = sumLines(input.files.map((file) => file.lines));
  if (lines.parsed === 0)
    return lines.filtered === 0
      ? 'no request was read'
      : `none of the ${lines.filtered} requests is one that --since, --until and --where ask for`;
  const good = lines.parsed + lines.filtered;
  const readable = good / (good + lines.rejected);
  if (readable < 0.9) return `only ${(readable * 100).toFixed(1)}% of the lines could be read`;
  if (input.options.sampled !== undefined) {
    return `only a part of the requests was logged (${input.options.sampled}): whether a fetch was needed hangs on those that were not`;
  }
  if (fetches.all === 0) {
    if (possible) return 'no token fetch was found, only possible token endpoints: name the right one with --token-endpoint';
    return "no token fetch was found. A gateway's own log does not show the calls it makes: add the log of the auth server, or of the proxy in front of it";
  }
  if (fetches.ok === 0) {
    return fetches.failed === 0
      ? `all ${fetches.excluded} token requests were for users`
      : `none of ${fetches.failed} token fetches was answered with a token`;
  }
  if (demand === null && fetches.ok < MIN_FETCHES) {
    return `${fetches.ok} token ${fetches.ok === 1 ? 'fetch' : 'fetches'}, and no demand to hold ${fetches.ok === 1 ? 'it' : 'them'} against`;
  }
  if (fetches.redundant === 0 && fetches.unknown * 2 > fetches.ok) {
    return `${fetches.unknown} of ${fetches.ok} fetches cannot be decided from this log: see --lifetime and --grant`;
  }
  return null;
}

export function assumptionsOf(
  { served }: RunTotals,
  options: AnalysisOptions,
  linkedBy: string,
  demand: number | null,
): Assumption[] {
  const out: Assumption[] = [];
  const verdictFigures = ['totals.fetches', 'totals.redundantShare', 'keys'];
  if (served.count === 0) return out;
  const { margin } = options;
  out.push({
    id: 'margin',
    value:
      margin.kind === 'default'
        ? 'min(60 s, 10 % of the lifetime)'
        : margin.kind === 'ms'
          ? `${margin.ms / 1000} s`
          : `${round(margin.share * 100, 3)} %`,
    from: margin.kind === 'default' ? 'default' : '--margin',
    affects: verdictFigures,
  });
  for (const value of [...served.providers].sort())
    out.push({ id: 'lifetime.provider', value, from: 'default of the provider', affects: verdictFigures });
  for (const value of [...served.rules].sort())
    out.push({ id: 'lifetime.option', value, from: '--lifetime', affects: verdictFigures });
  if (served.unknownLife) {
    out.push({
      id: 'lifetime.unknown',
      value: `at least 300 s${sensitivity(served)}`,
      from: 'no source says the lifetime',
      affects: [...verdictFigures, 'totals.byLifetime'],
    });
  }
  if (served.guessedGrant) {
    const from = options.grant === undefined ? 'the caller looks like a machine' : '--grant';
    out.push({ id: 'grant.service', value: 'service tokens', from, affects: verdictFigures });
  }
  if (served.hides) {
    out.push({
      id: 'hidden',
      value: `up to ${options.maxHidden} hidden holders or keys`,
      from: 'node, client or scope is not in the log',
      affects: ['totals.redundantShare.low'],
    });
  }
  if (demand !== null && linkedBy !== 'none') {
    out.push({
      id: 'demand',
      value: 'every counted request needs one token',
      from: 'the gateway log does not say which do',
      affects: ['totals.demand', 'totals.hitRatio', 'totals.fetches'],
    });
  }
  return out;
}

/** What the run would say at each of the lives that are tried, with the keys whose life is known as they are. */
function sensitivity({ headline }: Served): string {
  const rows = headline.value().byLifetime ?? [];
  const each = rows.map(({ lifetimeSeconds, redundant }) => `${redundant} at ${lifetimeSeconds} s`);
  return each.length === 0 ? '' : `; redundant: ${each.join(', ')}`;
}

export function warningsOf(
  totals: RunTotals,
  table: RunPlan,
  files: readonly FileFacts[],
  roles: readonly Role[],
  book: DemandBook,
  options: AnalysisOptions,
): Warning[] {
  const out: Warning[] = [...unusedLifetimes(options.lifetimes, totals.names)];
  const warn = (id: string, message: string): void => {
    out.push({ id, message });
  };
  if (table.secretsInQueries > 0) {
    warn(
      'credentials-in-log',
      `${table.secretsInQueries} token requests carry a credential in the URL; its value is not kept, but it stands in your log`,
    );
  }
  const { withoutStatus, unknownGrant } = totals;
  if (withoutStatus > 0)
    warn('no-status', `${withoutStatus} token requests have no status in the log: neither ok nor failed, not counted`);
  if (unknownGrant > 0)
    warn('grant-unknown', `${unknownGrant} fetches may be for users or for services; --grant service or --grant user settles it`);
  out.push(...totals.contradictions());
  if (totals.overflow) warn('overflow', 'more callers than can be kept apart: the fetches of the rest are unknown');
  if (totals.tooLarge > 0) {
    const many = totals.tooLarge === 1 ? '1 key has' : `${totals.tooLarge} keys have`;
    warn(
      'key-too-large',
      `${many} more fetches than --max-memory has room for: they are counted, and which are redundant is unknown`,
    );
  }
  if (book.instances.length > 0 && totals.keys > 0 && totals.linked.keys === 0) {
    const { judgeable } = totals.served;
    if (judgeable === 1)
      warn('no-overlap', 'the logs of the gateway and of the issuer do not overlap in time: demand is not known');
    else if (judgeable > 1) {
      warn(
        'demand-not-linked',
        'it is not known which of the tokens the requests of the gateway needed; necessary fetches are computed from the fetches alone',
      );
    }
  }
  files.forEach((file, index) => {
    if (roles[index] === 'unknown' && file.error === null && file.lines.parsed > 0)
      warn('no-role', `${file.name} holds no requests that could be counted`);
  });
  return out;
}
