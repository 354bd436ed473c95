/** Plays the keys of a run through policies while their fetches are in memory, and adds up what comes out. */
import type { KeyTraffic, KeyVerdict, KeyVisitor } from '../analysis/assess-key.js';
import type { KeyFetches } from '../analysis/fetch-table.js';
import { keyId } from '../analysis/identity.js';
import { round } from '../analysis/numbers.js';
import { addDuration, quantile } from '../analysis/quantiles.js';
import type { Analysis, Assumption, PolicyResult, Standing } from '../analysis/result.js';
import { LIVES_IF_UNKNOWN_MS, type Outcome, playKey, type Setting, sceneOf, shortestLifeOf, tallyLogged } from './one-key.js';
import { Tally } from './play.js';
import { type Policy, WORKERS_IF_NOT_SAID } from './policy.js';

export interface SimulatorOptions extends Setting {
  readonly policies: readonly Policy[];
  /** Fetches per second that the issuer allows. */
  readonly rateLimit: number | undefined;
  /** Which keys; undefined: all. */
  readonly wants: ((client: string, id: string) => boolean) | undefined;
  /** With more requests and fetches than this nothing is played, and the result is null. */
  readonly mostEvents: number;
  /** Leaves out policies whose TTL is longer than a token lives: they are compared if somebody asks, not recommended. */
  readonly soundOnly: boolean;
}

/** One line of the result in the making. */
class Row {
  readonly tally = new Tally();
  low = 0;
  high = 0;

  constructor(readonly policy: Policy) {}

  add({ low, high }: Outcome): void {
    this.low += low;
    this.high += high;
  }
}

export class Simulator implements KeyVisitor {
  private readonly rows: readonly Row[];
  private readonly logged = new Tally();
  private okLogged = 0;
  private readonly bound = { low: 0, high: 0 };
  private events = 0;
  private played: KeyFetches | undefined;
  private keysPlayed = 0;
  private withoutDemand = 0;
  private livesAssumed = false;
  private withDurations = false;
  /** From fetches saved to money; undefined without prices. */
  private savings: ((saved: number) => number) | undefined;
  private shortestLifeMs = Number.POSITIVE_INFINITY;

  constructor(private readonly options: SimulatorOptions) {
    this.rows = options.policies.map((policy) => new Row(policy));
  }

  readonly visitTraffic = (traffic: KeyTraffic): void => {
    const { key, demand, lifetime } = traffic;
    if (!this.wants(key)) return;
    if (!traffic.holders.some(({ fetches }) => fetches.count > 0)) return;
    this.events += key.ok + (demand?.kind === 'exact' ? demand.count : (demand?.cellCount ?? 0));
    if (this.tooMuch) return;
    this.played = key;
    this.keysPlayed += 1;
    if (lifetime.from === 'unknown' || lifetime.from === 'provider') this.livesAssumed = true;
    const unknown = traffic.holders.some(({ lifetimeMs, fetches }) => lifetimeMs === undefined && fetches.count > 0);
    const [shortMs, longMs] = LIVES_IF_UNKNOWN_MS;
    const scene = sceneOf(traffic, shortMs);
    const longer = unknown ? sceneOf(traffic, longMs, scene) : undefined;
    if (!scene.exact) this.withoutDemand += 1;
    this.shortestLifeMs = Math.min(this.shortestLifeMs, shortestLifeOf(scene));
    if (key.durations.count > 0) this.withDurations = true;
    tallyLogged(scene, this.logged);
    for (const row of this.rows) {
      const { policy, tally } = row;
      const outcome = playKey(scene, policy, this.options, tally);
      const other = longer === undefined ? outcome : playKey(longer, policy, this.options, new Tally());
      const outside = scene.outsideMs.length;
      for (const ms of scene.outsideMs) tally.seconds.add(ms);
      row.add({ low: Math.min(outcome.low, other.low) + outside, high: Math.max(outcome.high, other.high) + outside });
    }
  };

  readonly visitKey = (key: KeyFetches, verdict: KeyVerdict): void => {
    if (!this.wants(key)) return;
    this.okLogged += key.ok;
    for (const { startMs, count } of key.holders) {
      for (let at = 0; at < count; at += 1) this.logged.seconds.add(startMs[at]!);
    }
    if (this.tooMuch) return;
    if (this.played === key) {
      const { shared } = verdict;
      this.bound.low += shared.necessary;
      this.bound.high += shared.necessary + (shared.byDemand === undefined ? shared.unknown : 0);
      return;
    }
    // Nobody knows whose tokens they are: they stay in every line but the bound.
    for (const row of this.rows) {
      row.add({ low: key.ok, high: key.ok });
      for (const { startMs, count } of key.holders) for (let at = 0; at < count; at += 1) row.tally.seconds.add(startMs[at]!);
    }
  };

  private wants({ key, grant }: KeyFetches): boolean {
    return this.options.wants === undefined || this.options.wants(key.client, keyId(`${grant} ${key.text}`));
  }

  private get tooMuch(): boolean {
    return this.events > this.options.mostEvents;
  }

  /** As logged first, the bound last, between them from most to fewest fetches; null where there was nothing to play, or too much. */
  results({ totals }: Pick<Analysis, 'totals'>, savings?: (saved: number) => number): readonly PolicyResult[] | null {
    if (this.tooMuch || this.keysPlayed === 0) return null;
    this.savings = savings;
    const all = this.options.wants === undefined;
    const asLogged = this.line('as-logged', 'as logged', { low: this.okLogged, high: this.okLogged }, this.logged, {
      standing: 'measured',
      peak: all ? totals.peakFetchesPerSecond : this.logged.seconds.peak,
      revocationDelaySeconds: null,
      requestsWithoutToken: null,
    });
    const { soundOnly } = this.options;
    const sound = this.rows.filter(({ policy: { ttlMs } }) => !soundOnly || ttlMs === undefined || ttlMs <= this.shortestLifeMs);
    const rows = sound.map((row) =>
      this.line(row.policy.id, row.policy.title, row, row.tally, {
        standing: this.standingOf(row),
        peak: this.withoutDemand > 0 ? null : row.tally.seconds.peak,
        revocationDelaySeconds: row.policy.cache === 'none' ? 0 : round(row.tally.longestUseMs / 1000, 3),
        requestsWithoutToken: this.withoutDemand > 0 ? null : row.tally.withoutToken,
      }),
    );
    const order = ({ fetches: { low, high } }: PolicyResult): number => high ?? Number.MAX_SAFE_INTEGER - 1e9 + low;
    return [asLogged, ...rows.sort((a, b) => order(b) - order(a)), this.boundLine()];
  }

  private standingOf({ low, high, policy }: Row): Standing {
    if (!Number.isFinite(high)) return 'unknown';
    const assumed =
      (this.livesAssumed && low !== high) || (this.livesAssumed && policy.lifetimeMs === undefined && policy.cache !== 'none');
    return assumed || (policy.cache === 'worker' && policy.workers === undefined) ? 'assumed' : 'derived';
  }

  private line(
    policy: string,
    title: string,
    { low, high }: Outcome,
    tally: Tally,
    more: Pick<PolicyResult, 'standing' | 'revocationDelaySeconds' | 'requestsWithoutToken'> & { readonly peak: number | null },
  ): PolicyResult {
    const { rateLimit } = this.options;
    const { savings } = this;
    const { peak, standing, revocationDelaySeconds, requestsWithoutToken } = more;
    const waits = this.withDurations && this.withoutDemand === 0;
    // A request that did not wait is one that waited for nothing.
    addDuration(tally.waits, 0, Math.max(0, tally.requests - tally.waits.count));
    const saved = { low: Number.isFinite(high) ? this.okLogged - high : null, high: this.okLogged - low };
    return {
      policy,
      title,
      fetches: { low, high: Number.isFinite(high) ? high : null },
      hitRatio: tally.requests === 0 || this.withoutDemand > 0 ? null : round(Math.max(0, 1 - tally.fetches / tally.requests), 6),
      waitP95Ms: waits ? quantile(tally.waits, 0.95) : null,
      waitTotalMs: waits ? tally.waits.sumMs : null,
      peakFetchesPerSecond: peak,
      rateHeadroom: rateLimit === undefined || peak === null ? null : round(1 - peak / rateLimit, 6),
      requestsWithoutToken,
      saved,
      savedCost:
        savings === undefined ? null : { low: saved.low === null ? null : savings(saved.low), high: savings(saved.high) },
      revocationDelaySeconds,
      standing,
    };
  }

  /** What a perfect cache that all share would fetch, by the same count as `totals.shared.necessary`; nobody waits for it. */
  private boundLine(): PolicyResult {
    const tally = new Tally();
    tally.requests = this.logged.requests;
    tally.fetches = this.bound.low;
    return this.line('bound', 'perfect (bound)', this.bound, tally, {
      standing: this.livesAssumed ? 'assumed' : 'derived',
      peak: null,
      revocationDelaySeconds: null,
      requestsWithoutToken: this.withoutDemand > 0 ? null : 0,
    });
  }

  /** What the lines rest on that the logs do not say. */
  assumptions(): readonly Assumption[] {
    const affects = ['simulation'];
    const found: Assumption[] = [];
    if (this.rows.some(({ policy }) => policy.cache === 'worker')) {
      const said = this.rows.every(({ policy }) => policy.cache !== 'worker' || policy.workers !== undefined);
      found.push({
        id: 'simulation.workers',
        value: said
          ? 'requests are dealt to the workers of a node in turn'
          : `${WORKERS_IF_NOT_SAID} workers a node; requests are dealt to them in turn`,
        from: said ? 'the log does not tell workers apart' : 'default; say it with worker,workers=N',
        affects,
      });
    }
    if (this.rows.some(({ policy }) => policy.outage?.kind === 'middle'))
      found.push({ id: 'simulation.outage', value: 'in the middle of the window', from: 'outage=DURATION', affects });
    return found;
  }
}

/**
 * Fetches that a policy would save on one key, against what was logged: for findings and fixes. To be called in `visitTraffic`, while the
 * fetches are in memory. `low` is null where nothing bounds the fetches of the policy.
 */
export function savingsOf(traffic: KeyTraffic, policy: Policy, setting: Setting): PolicyResult['saved'] {
  const ok = traffic.holders.reduce((sum, { fetches }) => sum + fetches.count, 0);
  if (ok === 0) return { low: 0, high: 0 };
  const outcomes = LIVES_IF_UNKNOWN_MS.map((ms) => sceneOf(traffic, ms)).map((scene) => {
    const { low, high } = playKey(scene, policy, setting, new Tally());
    return { low: low + scene.outsideMs.length, high: high + scene.outsideMs.length };
  });
  const high = Math.max(...outcomes.map((one) => one.high));
  return { low: Number.isFinite(high) ? ok - high : null, high: ok - Math.min(...outcomes.map((one) => one.low)) };
}
