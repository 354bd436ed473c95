/** Looks at every key while its fetches are in memory, and has the findings when the result is there. */
import type { HolderVerdict, KeyTraffic, KeyVerdict, KeyVisitor } from '../analysis/assess-key.js';
import { isServedFromCache } from '../analysis/fetch-log.js';
import type { KeyFetches, KeyPlan } from '../analysis/fetch-table.js';
import { keyId } from '../analysis/identity.js';
import type { Lifetime } from '../analysis/lifetime.js';
import { share } from '../analysis/numbers.js';
import type { AnalysisOptions } from '../analysis/options.js';
import type { Analysis, Finding } from '../analysis/result.js';
import { hasFailed, isOk, type Place, placesOf } from './evidence.js';
import { type Cause, causesOf } from './judge.js';
import { type Owner, ownerOf } from './owners.js';
import { span } from './rule.js';
import { tt105 } from './rules/tt105.js';
import { tt115 } from './rules/tt115.js';
import { tt116 } from './rules/tt116.js';
import { tt117 } from './rules/tt117.js';
import { tt118 } from './rules/tt118.js';
import { siblingFindings } from './siblings.js';
import { gapsOf, onsetOf } from './statistics.js';
import { agesOfAnswers, symptomsOf } from './symptoms.js';

/** A finding before the names of files and the total of the run are known. */
type Draft = Omit<Finding, 'evidence' | 'share'> & {
  readonly places: readonly Place[];
  readonly impact: number;
  readonly trains: number;
};

/** In the place of a cause until there is one. */
const NO_CAUSE: Cause = { rule: tt117, redundant: 0, confidence: 0, why: '', whyNot: [] };

/** More findings than anybody reads; beyond, those that matter most are kept, whatever the order of the keys. */
const MOST_FINDINGS = 1000;

export class Diagnoser implements KeyVisitor {
  private traffic: KeyTraffic | undefined;
  private holders: HolderVerdict[] = [];
  private drafts: Draft[] = [];
  private readonly served: {
    readonly client: string;
    readonly draft: Omit<Draft, 'places' | 'impact' | 'trains'>;
    readonly ages: Float64Array;
    readonly lifetimeMs: number | undefined;
    readonly q: number;
    readonly places: readonly Place[];
  }[] = [];

  constructor(
    private readonly options: AnalysisOptions,
    private readonly owners: readonly Owner[],
  ) {}

  readonly visitTraffic = (traffic: KeyTraffic): void => {
    this.traffic = traffic;
    this.holders = [];
  };

  readonly visitHolder = (holder: HolderVerdict): void => {
    this.holders.push(holder);
  };

  /** Answers of a loopback whose fetches stand under another name: at the issuer, where its host is another one. */
  readonly visitServed = (key: KeyFetches, lifetime: Lifetime, plan: KeyPlan): void => {
    if (this.served.length >= MOST_FINDINGS) return;
    const ages = agesOfAnswers(plan);
    if (ages.length === 0) return;
    const q = key.resolutionMs;
    const places = placesOf(plan, ({ cache }) => isServedFromCache(cache));
    this.served.push({ client: key.key.client, draft: this.draftOf(NO_CAUSE, key), ages, lifetimeMs: lifetime.ms, q, places });
  };

  /** Of a loopback that gives out tokens longer than they live; their life is that of the client's fetches where nothing else says it. */
  private outlived(analysis: Analysis): Draft[] {
    return this.served.flatMap(({ client, draft, ages, lifetimeMs, q, places }): Draft[] => {
      const lives = analysis.keys.filter((one) => one.client === client).flatMap((one) => one.lifetimeSeconds?.max ?? []);
      const lifeMs = lifetimeMs ?? (lives.length === 0 ? undefined : Math.max(...lives) * 1000);
      if (lifeMs === undefined) return [];
      let stale = 0;
      for (const age of ages) if (age > lifeMs + 2 * q) stale += 1;
      if (stale < 3) return [];
      const why = `${client} got ${stale} of ${ages.length} answers from a cache that had asked more than ${span(lifeMs)} before, which is how long its tokens live`;
      const { code, title, fix, risk } = tt117;
      const id = draft.id.replace(/^tt\d+/, 'tt117');
      const confidence = Math.round((100 * stale) / (stale + 1)) / 100;
      return [{ ...draft, id, code, title, fix, risk, confidence, why, standing: 'measured', places, impact: stale, trains: 0 }];
    });
  }

  readonly visitKey = (key: KeyFetches, verdict: KeyVerdict, plan: KeyPlan): void => {
    const { traffic, holders } = this;
    this.traffic = undefined;
    this.holders = [];
    this.credentials(key, plan);
    if (traffic?.key !== key) return;
    const { redundant } = this.options.holder === 'shared' ? verdict.shared : verdict.node;
    const many = key.holders.length >= 4;
    const counts = plan.callers.some(({ logs }) => logs.some((log) => log.byFile().length > 1)) || hasUncounted(key, plan);
    const recorded = key.holders.some(({ recordedLifetimeMs }) => recordedLifetimeMs !== undefined);
    if (redundant < 3 && key.failed < 5 && !many && !recorded && !counts) return;
    const symptoms = symptomsOf(key, verdict, plan, { traffic, holders }, this.options);
    const causes = causesOf(symptoms);
    if (causes.length === 0) return;
    const early = redundantStarts(holders);
    const startsAt = new Set(early.subarray(0, 10_000));
    const firstMs = Math.min(...key.holders.slice(0, 1000).map(({ startMs }) => startMs[0] ?? Infinity));
    const onsetMs = onsetOf(early, firstMs, traffic.window.toMs);
    for (const cause of causes) {
      const { code } = cause.rule;
      const failedOnes = code === 'TT110' && cause.redundant === 0;
      const places = placesOf(
        plan,
        failedOnes ? hasFailed : (event) => isOk(event) && (cause.redundant === 0 || startsAt.has(event.startMs)),
      );
      const wait =
        key.durations.count === 0 || redundant === 0 ? null : Math.round((verdict.redundantWaitMs * cause.redundant) / redundant);
      this.keep({
        ...this.draftOf(cause, key),
        waitMs: wait,
        standing:
          code === 'TT110' || code === 'TT117'
            ? 'measured'
            : verdict.lifetime.from === 'unknown' || verdict.lifetime.from === 'provider'
              ? 'assumed'
              : 'derived',
        onset: onsetMs === null || cause.redundant === 0 ? null : new Date(onsetMs).toISOString(),
        histogram: cause.redundant === 0 ? null : histogramOf(key),
        figures: figuresOf(symptoms),
        places,
        impact: failedOnes ? symptoms.failures.inRuns : cause.redundant,
        trains: code === 'TT106' ? (symptoms.trains?.trains ?? 0) : 0,
      });
    }
  };

  private draftOf(
    { rule, redundant, confidence, why, whyNot }: Cause,
    key: KeyFetches,
  ): Omit<Draft, 'places' | 'impact' | 'trains'> {
    const id = keyId(`${key.grant} ${key.key.text}`);
    const { code, title, fix, risk } = rule;
    return {
      id: `${code.toLowerCase()}-${id.slice(2)}`,
      code,
      title,
      key: id,
      owner: ownerOf(this.owners, key.key.client, key.key.path),
      redundant,
      confidence,
      standing: 'derived',
      waitMs: null,
      why,
      whyNot,
      onset: null,
      histogram: null,
      figures: [],
      fix,
      risk,
    };
  }

  /** Requests whose query held a credential; the value has never left the scanner. */
  private credentials(key: KeyFetches, plan: KeyPlan): void {
    const callers = plan.callers.filter(({ caller }) => caller.secretInQuery);
    const count = callers.reduce((sum, { logs }) => sum + logs.reduce((own, log) => own + log.count, 0), 0);
    if (count === 0) return;
    const why = `a credential stands in the query of ${count} requests to ${key.key.path}; its value is not kept`;
    const cause: Cause = { rule: tt118, redundant: 0, confidence: 0.99, why, whyNot: [] };
    this.keep({
      ...this.draftOf(cause, key),
      standing: 'measured',
      figures: [
        { label: 'kind, place', value: 'credential, query of the request' },
        { label: 'requests', value: String(count) },
      ],
      places: placesOf({ ...plan, callers }, () => true),
      impact: 0,
      trains: 0,
    });
  }

  private keep(draft: Draft): void {
    this.drafts.push(draft);
    if (this.drafts.length < 2 * MOST_FINDINGS) return;
    this.drafts.sort(byImpact);
    this.drafts.length = MOST_FINDINGS;
  }

  /** What stands in `findings[]`, most costly first. */
  findings(analysis: Analysis): Finding[] {
    const { files } = analysis.input;
    const total = analysis.totals.fetches.redundant;
    const paying = analysis.routes.filter(({ fetches }) => fetches > 0).length;
    const known = new Set(analysis.keys.map(({ id }) => id));
    const drafts = [...this.drafts, ...this.outlived(analysis)].sort(byImpact).slice(0, MOST_FINDINGS);
    const found = drafts.map(({ places, impact: _, trains, ...draft }): Finding => {
      // As many rhythms as routes that fetch: the join says that it is not the workers.
      const byRoute = trains >= 2 && trains === paying && analysis.keys.length === 1;
      const { code, title, fix, risk } = byRoute ? tt105 : draft;
      return {
        ...draft,
        id: byRoute ? draft.id.replace(/^tt\d+/, 'tt105') : draft.id,
        code,
        title,
        key: draft.key !== null && known.has(draft.key) ? draft.key : null,
        share: draft.redundant === 0 ? null : share(draft.redundant, total),
        evidence: places.map(({ file, line, offset }) => ({ file: files[file]!.name, line: line + 1, byte: offset })),
        fix,
        risk,
      };
    });
    return [...found, ...siblingFindings([tt115, tt116], analysis.siblingKeys)];
  }
}

/** Records that are no fetches: of a loopback, most often. */
function hasUncounted(key: KeyFetches, { callers }: KeyPlan): boolean {
  let records = 0;
  for (const { logs } of callers) for (const { count } of logs) records += count;
  return records > key.all + key.withoutStatus;
}

const byImpact = (a: Draft, b: Draft): number =>
  b.impact - a.impact || (b.waitMs ?? 0) - (a.waitMs ?? 0) || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);

function redundantStarts(holders: readonly HolderVerdict[]): Float64Array {
  let count = 0;
  for (const { redundantFlags } of holders) for (const flag of redundantFlags) count += flag;
  const starts = new Float64Array(count);
  let to = 0;
  for (const { fetches, redundantFlags } of holders)
    for (let at = 0; at < fetches.count; at += 1) if (redundantFlags[at] === 1) starts[to++] = fetches.startMs[at]!;
  return starts.sort();
}

/** Bins that a reader knows: each border about three times the one before. */
const BORDERS_MS = [0, 100, 300, 1000, 3000, 10_000, 30_000, 100_000, 300_000, 1_000_000, 3_600_000, 10_000_000];

function histogramOf(key: KeyFetches): Finding['histogram'] {
  const counts = BORDERS_MS.map(() => 0);
  for (const { startMs, count } of key.holders) {
    for (const gap of gapsOf(startMs, count)) {
      let bin = BORDERS_MS.length - 1;
      while (bin > 0 && gap < BORDERS_MS[bin]!) bin -= 1;
      counts[bin]! += 1;
    }
  }
  return { fromMs: BORDERS_MS, counts };
}

function figuresOf({ gap, perRequest, lifetimeMs, holders, ok, needed }: ReturnType<typeof symptomsOf>): Finding['figures'] {
  return [
    { label: 'fetches', value: `${ok} ok, ${needed} needed` },
    ...(gap === undefined ? [] : [{ label: 'gap, per holder', value: `p50 ${span(gap.p50)}  p95 ${span(gap.p95)}` }]),
    ...(perRequest === undefined ? [] : [{ label: 'fetches per request', value: perRequest.toFixed(2) }]),
    { label: 'lifetime', value: lifetimeMs === undefined ? 'not known' : span(lifetimeMs) },
    { label: 'holders', value: String(holders) },
  ];
}
