/**
 * What a run keeps of its keys once their fetches are gone: sums, and the verdicts of those that are shown. A verdict is a kilobyte of
 * objects, and an issuer has a hundred thousand keys, so none is kept that no row is made of.
 */
import type { KeyVerdict } from './assess-key.js';
import type { KeyCost } from './cost-of-run.js';
import { type Counted, CountedSum, hiddenN, highOf } from './counted.js';
import type { KeySummary } from './fetch-table.js';
import { MAX_KEYS, RestOfKeys, resultOf } from './key-results.js';
import { round } from './numbers.js';
import type { AnalysisOptions } from './options.js';
import type { KeyResult, Warning } from './result.js';

/** What is said of single keys in words; beyond, their number is enough. */
const MOST_WARNINGS = 20;

interface Ranked {
  readonly verdict: KeyVerdict;
  /** Place in the order of the keys, which decides between equals. */
  readonly place: number;
}

const byRedundant = (a: Ranked, b: Ranked): number =>
  b.verdict.node.redundant - a.verdict.node.redundant ||
  b.verdict.key.ok - a.verdict.key.ok ||
  b.verdict.key.all - a.verdict.key.all ||
  (a.verdict.key.key.text < b.verdict.key.key.text ? -1 : a.verdict.key.key.text > b.verdict.key.key.text ? 1 : 0) ||
  a.place - b.place;

/** Sums over the keys with ok fetches for services, whoever decides on them. */
export interface Served {
  count: number;
  /** Of them, those that get a verdict. */
  judgeable: number;
  readonly providers: Set<string>;
  readonly rules: Set<string>;
  unknownLife: boolean;
  guessedGrant: boolean;
  hides: boolean;
  readonly headline: CountedSum;
}

export class RunTotals {
  keys = 0;
  all = 0;
  ok = 0;
  failed = 0;
  excluded = 0;
  withoutStatus = 0;
  /** Ok fetches that nobody decides on. */
  undecided = 0;
  unknownGrant = 0;
  overflow = false;
  /** Keys that there is no memory for. */
  tooLarge = 0;
  redundantLow = 0;
  redundantHigh = 0;
  /** Of the keys that are judged. */
  waitMs = 0;
  assumedLife = false;
  unknownLife = false;
  readonly hidden = { keys: 0, ok: 0, n: 0 };
  readonly node = new CountedSum();
  readonly shared = new CountedSum();
  /** Keys whose demand is known. */
  readonly linked = { keys: 0, demand: 0, sharedOk: 0, nodeNecessary: 0, sharedNecessary: 0, fetches: 0 };
  readonly served: Served = {
    count: 0,
    judgeable: 0,
    providers: new Set(),
    rules: new Set(),
    unknownLife: false,
    guessedGrant: false,
    hides: false,
    headline: new CountedSum(),
  };
  /** For options that name a client or an endpoint; only kept where there are any. */
  readonly names: { readonly client: string; readonly host: string | undefined; readonly path: string }[] = [];
  private readonly byStatus = new Map<number, number>();
  private readonly costs = new Map<string | null, { ok: number; redundant: number; low: number; high: number; waitMs: number }>();
  private readonly contradicted: Ranked[] = [];
  private moreContradicted = 0;
  private top: Ranked[] = [];
  private readonly rest = new RestOfKeys();

  constructor(
    private readonly options: AnalysisOptions,
    /** Whose fetches get a verdict each. */
    private readonly decides: (key: Pick<KeySummary, 'grant' | 'overflow'>) => boolean,
  ) {}

  add(verdict: KeyVerdict): void {
    const { key, lifetime, demand, node, shared } = verdict;
    const { holder, sampled } = this.options;
    const headline = holder === 'shared' ? shared : node;
    const decided = this.decides(key);
    const place = this.keys;
    this.keys += 1;
    this.all += key.all;
    this.ok += key.ok;
    this.failed += key.failed;
    this.excluded += key.excluded;
    this.withoutStatus += key.withoutStatus;
    for (const [status, count] of key.failedByStatus) this.byStatus.set(status, (this.byStatus.get(status) ?? 0) + count);
    if (sampled !== undefined || key.grant === 'unknown' || key.overflow) this.undecided += key.ok;
    if (key.grant === 'unknown') this.unknownGrant += key.ok;
    if (key.caller.rule === 'overflow') this.overflow = true;
    else if (key.tooLarge) this.tooLarge += 1;
    if (decided) this.addDecided(verdict, headline);
    if (demand !== null) {
      this.linked.keys += 1;
      this.linked.demand += demand;
      this.linked.sharedOk += shared.inside.ok;
      this.linked.nodeNecessary += node.inside.necessary;
      this.linked.sharedNecessary += shared.inside.necessary;
      this.linked.fetches += key.ok + key.failed;
    }
    if (key.ok > 0) this.addCost(verdict, headline, decided);
    if (key.ok > 0 && key.grant === 'service') this.addServed(verdict, headline);
    if (this.options.lifetimes.length > 0) this.names.push({ client: key.key.client, host: key.key.host, path: key.key.path });
    const servedMs = verdict.servedMs ?? 0;
    if (lifetime.from === 'provider' && lifetime.ms !== undefined && servedMs > lifetime.ms) {
      this.contradicted.push({ verdict, place });
      if (this.contradicted.length > 4 * MOST_WARNINGS) this.cutContradicted();
    }
    this.rank({ verdict, place });
  }

  private addDecided(verdict: KeyVerdict, headline: Counted): void {
    this.node.add(verdict.node);
    this.shared.add(verdict.shared);
    this.redundantLow += verdict.redundantLow;
    this.redundantHigh += highOf(headline);
    this.waitMs += verdict.redundantWaitMs;
    if (verdict.hides) {
      this.hidden.keys += 1;
      this.hidden.ok += headline.ok;
      this.hidden.n += hiddenN(headline);
    }
    const { from } = verdict.lifetime;
    if (from === 'unknown' || from === 'provider') this.assumedLife = true;
    if (from === 'unknown' && verdict.key.ok > 0) this.unknownLife = true;
  }

  private addServed({ key, lifetime, hides }: KeyVerdict, headline: Counted): void {
    const { served } = this;
    served.count += 1;
    if (!key.overflow) served.judgeable += 1;
    if (lifetime.from === 'provider') served.providers.add(`${key.caller.provider} ${lifetime.ms! / 1000} s`);
    if (lifetime.rule !== undefined) served.rules.add(lifetime.rule);
    if (lifetime.from === 'unknown') served.unknownLife = true;
    if (key.caller.grantType === undefined) served.guessedGrant = true;
    if (hides) served.hides = true;
    served.headline.add(headline);
  }

  /** What of a key may be billed; of one that is not judged all may be redundant, and nothing has to be. */
  private addCost(one: KeyVerdict, headline: Counted, decided: boolean): void {
    const provider = one.key.caller.provider ?? null;
    const cost = this.costs.get(provider) ?? { ok: 0, redundant: 0, low: 0, high: 0, waitMs: 0 };
    this.costs.set(provider, cost);
    cost.ok += one.key.ok;
    cost.high += decided ? highOf(headline) : one.key.ok;
    if (!decided) return;
    cost.redundant += headline.redundant;
    cost.low += Math.min(one.redundantLow, headline.redundant);
    cost.waitMs += one.redundantWaitMs;
  }

  /** The keys with the most redundant fetches stay; whatever else was seen goes to the rest. */
  private rank(one: Ranked): void {
    this.top.push(one);
    if (this.top.length >= 2 * MAX_KEYS) this.cut();
  }

  private cut(): void {
    this.top.sort(byRedundant);
    for (const { verdict } of this.top.slice(MAX_KEYS)) this.rest.add(resultOf(verdict, this.options.holder));
    this.top.length = Math.min(this.top.length, MAX_KEYS);
  }

  private cutContradicted(): void {
    this.contradicted.sort(byRedundant);
    this.moreContradicted += Math.max(0, this.contradicted.length - MOST_WARNINGS);
    this.contradicted.length = Math.min(this.contradicted.length, MOST_WARNINGS);
  }

  /** The rows of `keys[]`, most redundant first; beyond those that anybody reads, one last row, so that the rows still add up. */
  rows(): KeyResult[] {
    this.cut();
    const used = new Map<string, number>();
    const rows = this.top.map(({ verdict }) => {
      const row = resultOf(verdict, this.options.holder);
      const times = used.get(row.id) ?? 0;
      used.set(row.id, times + 1);
      return times === 0 ? row : { ...row, id: `${row.id}-${times}` };
    });
    return this.rest.keys === 0 ? rows : [...rows, this.rest.row()];
  }

  /** Lives that are longer than what is assumed, most redundant first. */
  contradictions(): Warning[] {
    this.cutContradicted();
    const id = 'lifetime-contradicted';
    const warnings = this.contradicted.map(({ verdict: { key, lifetime, servedMs } }) => ({
      id,
      message: `${key.key.client}: requests were served for ${round((servedMs ?? 0) / 1000, 1)} s without a fetch, longer than the assumed lifetime of ${(lifetime.ms ?? 0) / 1000} s; set --lifetime`,
    }));
    const more = this.moreContradicted;
    return more === 0
      ? warnings
      : [...warnings, { id, message: `${more} more keys were served for longer than the assumed lifetime` }];
  }

  failedByStatus(): Record<string, number> {
    return Object.fromEntries([...this.byStatus].sort(([a], [b]) => a - b).map(([status, count]) => [String(status), count]));
  }

  /** One for each provider. `timed`: whether durations are logged. */
  costOf(timed: boolean): KeyCost[] {
    return [...this.costs].map(([provider, cost]) => ({ provider, ...cost, waitMs: timed ? cost.waitMs : null }));
  }
}
