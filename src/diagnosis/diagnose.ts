/** Looks at every key while its fetches are in memory, and has the findings when the result is there. */
import type { HolderVerdict, KeyTraffic, KeyVerdict, KeyVisitor } from '../analysis/assess-key.js';
import { type FetchEvent, isServedFromCache } from '../analysis/fetch-log.js';
import type { KeyFetches, KeyPlan } from '../analysis/fetch-table.js';
import { keyId } from '../analysis/identity.js';
import type { RunJoin } from '../analysis/join.js';
import type { Lifetime } from '../analysis/lifetime.js';
import { share } from '../analysis/numbers.js';
import type { AnalysisOptions } from '../analysis/options.js';
import { pricedKeys } from '../analysis/pricing.js';
import type { Analysis, Finding, SiblingResult } from '../analysis/result.js';
import type { SiblingPlan } from '../analysis/siblings.js';
import type { Steps } from '../analysis/timeline.js';
import { type Answers, agesOfAnswers, staleAnswers } from './answers.js';
import { type CredentialCount, credentialFindings } from './credentials.js';
import { hasFailed, isFailure, isOk, type Place, placesOf } from './evidence.js';
import { type Cause, causesOf } from './judge.js';
import { type Owner, ownerOf } from './owners.js';
import { GivenFetches } from './partitions.js';
import { byWeight, mergeSmall, type Tally, tallyName, type Weight } from './rank.js';
import { sentence, span } from './rule.js';
import { tt115 } from './rules/tt115.js';
import { tt116 } from './rules/tt116.js';
import { tt117 } from './rules/tt117.js';
import { tt118 } from './rules/tt118.js';
import { scopeFindings } from './scopes.js';
import { siblingFindings, siblingName } from './siblings.js';
import { holdsNumber, Sight } from './sight.js';
import { onsetOf } from './statistics.js';
import { symptomsOf } from './symptoms.js';

/** A finding before the names of files and the total of the run are known. */
type Draft = Omit<Finding, 'evidence' | 'share'> & {
  readonly places: readonly Place[];
  /** What is no redundant fetch: failed ones, answers too old; and how long they took. */
  readonly other: number;
  readonly otherMs: number;
};

/** In the place of a cause until there is one. */
const NO_CAUSE: Cause = { rule: tt117, redundant: 0, confidence: 0, why: '', whyNot: [] };

/** More findings than anybody reads; beyond, those that matter most are kept, whatever the order of the keys. */
const MOST_FINDINGS = 1000;

export class Diagnoser implements KeyVisitor {
  private traffic: KeyTraffic | undefined;
  private holders: HolderVerdict[] = [];
  private drafts: Draft[] = [];
  /** The least of the drafts that are kept, once there are enough: what comes behind it need not be drawn up. */
  private floor: Draft | undefined;
  private given: GivenFetches | undefined;
  private steps: Steps | undefined;
  private readonly tallies = new Map<string, Tally>();
  private readonly siblingPlaces = new Map<string, readonly Place[]>();
  /** Files in which a token request has a credential in its query. */
  private readonly credentialFiles = new Set<number>();
  private readonly served: {
    readonly client: string;
    readonly draft: Omit<Draft, 'places' | 'other' | 'otherMs'>;
    readonly answers: Answers;
    readonly lifetimeMs: number | undefined;
    readonly q: number;
    readonly places: readonly Place[];
  }[] = [];

  constructor(
    private readonly options: AnalysisOptions,
    private readonly owners: readonly Owner[],
  ) {}

  readonly visitSteps = (steps: Steps): void => {
    this.steps = steps;
  };

  readonly visitJoin = (run: RunJoin, keys: readonly KeyPlan[]): void => {
    this.given = new GivenFetches(run, keys);
  };

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
    const answers = agesOfAnswers(plan);
    if (answers.ages.length === 0) return;
    const q = key.resolutionMs;
    const places = placesOf(plan, ({ cache }) => isServedFromCache(cache));
    this.served.push({ client: key.key.client, draft: this.draftOf(NO_CAUSE, key), answers, lifetimeMs: lifetime.ms, q, places });
  };

  /** Of a loopback that gives out tokens longer than they live; their life is that of the client's fetches where nothing else says it. */
  private outlived(analysis: Analysis): Draft[] {
    return this.served.flatMap(({ client, draft, answers, lifetimeMs, q, places }): Draft[] => {
      const lives = analysis.keys.filter((one) => one.client === client).flatMap((one) => one.lifetimeSeconds?.max ?? []);
      const lifeMs = lifetimeMs ?? (lives.length === 0 ? undefined : Math.max(...lives) * 1000);
      if (lifeMs === undefined) return [];
      const stale = staleAnswers(answers, lifeMs, q);
      if (stale < 3) return [];
      const why = `the client ${client} got ${stale} of ${answers.ages.length} answers from a cache that had asked more than ${span(lifeMs)} before, which is how long its tokens live`;
      const { code, title, fix, risk } = tt117;
      const id = draft.id.replace(/^tt\d+/, 'tt117');
      const confidence = Math.min(0.99, Math.round((100 * stale) / (stale + 1)) / 100);
      return [
        {
          ...draft,
          id,
          code,
          title,
          fix,
          risk,
          confidence,
          why: sentence(why),
          standing: 'measured',
          places,
          other: stale,
          otherMs: 0,
        },
      ];
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
    const counts = plan.callers.some(({ logs }) => logs.some((log) => log.isInSeveralFiles)) || hasUncounted(key, plan);
    const recorded = key.holders.some(({ recordedLifetimeMs }) => recordedLifetimeMs !== undefined);
    if (redundant < 3 && key.failed < 5 && !many && !recorded && !counts) return;
    const symptoms = symptomsOf(key, verdict, plan, { traffic, holders, given: this.given }, this.options);
    const causes = causesOf(symptoms);
    if (causes.length === 0) return;
    const order = holders.length > 1 ? traffic.merged().order : undefined;
    const seen = new Sight(holders, verdict.key.fetchMs?.p50 ?? 0, this.steps, order);
    const splits = causes.some(({ rule }) => rule.code === 'TT103') && causes.filter((one) => one.redundant > 0).length > 1;
    const firstMs = Math.min(...key.holders.slice(0, 1000).map(({ startMs }) => startMs[0] ?? Infinity));
    for (const cause of causes) {
      const { code } = cause.rule;
      const failedOnes = code === 'TT110' && cause.redundant === 0;
      const waitMs =
        key.durations.count === 0 || redundant === 0 ? null : Math.round((verdict.redundantWaitMs * cause.redundant) / redundant);
      const draft = { ...this.draftOf(cause, key), waitMs, other: failedOnes ? symptoms.failures.inRuns : 0 };
      if (!this.isKept(draft)) {
        this.count(draft);
        continue;
      }
      // With several causes each points at its own: what began in flight of another is that of the missing single flight.
      const early = failedOnes ? failedStarts(plan) : seen.redundant(!splits ? 'all' : code === 'TT103' ? 'in flight' : 'alone');
      const onsetMs = onsetOf(early, firstMs, traffic.window.toMs);
      const shownMs = early.subarray(0, 10_000);
      const shown =
        code === 'TT117'
          ? isHit
          : failedOnes
            ? hasFailed
            : (event: FetchEvent): boolean => isOk(event) && (cause.redundant === 0 || holdsNumber(shownMs, event.startMs));
      const places = placesOf(plan, shown, key.disorderMs);
      this.keep({
        ...draft,
        standing:
          code === 'TT110' || code === 'TT117'
            ? 'measured'
            : verdict.lifetime.from === 'unknown' || verdict.lifetime.from === 'provider'
              ? 'assumed'
              : 'derived',
        onset: onsetMs === null || (cause.redundant === 0 && !failedOnes) ? null : new Date(onsetMs).toISOString(),
        histogram: cause.redundant === 0 ? null : seen.histogram(key),
        timeline: seen.timeline(failedOnes ? early : undefined, failedOnes ? undefined : early),
        figures: figuresOf(symptoms),
        places,
        otherMs: failedOnes ? symptoms.failures.inRuns * (verdict.key.fetchMs?.mean ?? 0) : 0,
      });
    }
  };

  private draftOf(
    { rule, redundant, confidence, why, whyNot }: Cause,
    key: KeyFetches,
  ): Omit<Draft, 'places' | 'other' | 'otherMs'> {
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
      why: sentence(why),
      whyNot,
      onset: null,
      histogram: null,
      timeline: null,
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
      other: 0,
      otherMs: 0,
    });
    for (const { logs } of callers) for (const log of logs) for (const [file] of log.byFile()) this.credentialFiles.add(file);
  }

  readonly visitSibling = (row: SiblingResult, { callers }: SiblingPlan): void => {
    if (row.ok < LEAST_SIBLING || this.siblingPlaces.size >= MOST_FINDINGS) return;
    this.siblingPlaces.set(siblingName(row), placesOf({ callers }, isOk));
  };

  private keep(draft: Draft): void {
    this.count(draft);
    this.drafts.push(draft);
    if (this.drafts.length < 2 * MOST_FINDINGS) return;
    this.drafts.sort(byImpact);
    this.drafts.length = MOST_FINDINGS;
    this.floor = this.drafts.at(-1);
  }

  private count({ code, owner, redundant, waitMs }: Pick<Draft, 'code' | 'owner' | 'redundant' | 'waitMs'>): void {
    const name = tallyName(code, owner);
    const tally = this.tallies.get(name) ?? { count: 0, redundant: 0, waitMs: 0 };
    this.tallies.set(name, tally);
    tally.count += 1;
    tally.redundant += redundant;
    tally.waitMs += waitMs ?? 0;
  }

  private isKept(draft: Impact): boolean {
    return this.floor === undefined || byImpact(draft, this.floor) < 0;
  }

  /** What stands in `findings[]`, most costly first. `credentials`: what was seen in each file. */
  findings(analysis: Analysis, credentials: ReadonlyMap<number, CredentialCount> = new Map()): Finding[] {
    const { files } = analysis.input;
    const total = analysis.totals.fetches.redundant;
    const known = new Set(analysis.keys.map(({ id }) => id));
    const linesOf = (places: readonly Place[]): Finding['evidence'] =>
      places.map(({ file, line, offset, startMs }) => ({
        file: files[file]!.name,
        line: line + 1,
        byte: offset,
        at: new Date(startMs).toISOString(),
      }));
    const drafts = [...this.drafts, ...this.outlived(analysis)].sort(byImpact).slice(0, MOST_FINDINGS);
    const weighed = drafts.map(({ places, other, otherMs, ...draft }) => ({
      other,
      otherMs,
      finding: {
        ...draft,
        key: draft.key !== null && known.has(draft.key) ? draft.key : null,
        share: draft.redundant === 0 ? null : share(draft.redundant, total),
        evidence: linesOf(places),
      } satisfies Finding,
    }));
    const siblings = siblingFindings([tt115, tt116], analysis.siblingKeys, (row) =>
      linesOf(this.siblingPlaces.get(siblingName(row)) ?? []),
    );
    const more = [...siblings, ...scopeFindings(analysis), ...credentialFindings(credentials, analysis, this.credentialFiles)];
    const all = [...weighed, ...more.map((finding) => ({ other: 0, otherMs: 0, finding }))];
    const priced = analysis.cost === null ? undefined : pricedKeys(analysis, this.options.pricing);
    const weightOf = ({ finding, other, otherMs }: (typeof all)[number]): Weight => ({
      redundant: finding.redundant,
      waitMs: finding.waitMs,
      other,
      otherMs,
      priced: priced === undefined ? null : finding.share === null ? 0 : priced(finding.key) ? finding.redundant : 0,
    });
    const order = byWeight(all.map((one) => weightOf(one)));
    all.sort((a, b) => order(weightOf(a), weightOf(b)) || (a.finding.id < b.finding.id ? -1 : 1));
    return mergeSmall(
      all.map(({ finding }) => finding),
      this.tallies,
      total,
    );
  }
}

/** Fewer requests beside tokens are no finding. */
const LEAST_SIBLING = 10;

/** What decides which drafts are kept. */
type Impact = Pick<Draft, 'redundant' | 'other' | 'waitMs' | 'id'>;

const byImpact = (a: Impact, b: Impact): number =>
  b.redundant + b.other - a.redundant - a.other || (b.waitMs ?? 0) - (a.waitMs ?? 0) || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);

function failedStarts(plan: KeyPlan): Float64Array {
  const starts: number[] = [];
  for (const { logs } of plan.callers) {
    for (const log of logs) {
      log.blocks(({ startMs, status }, from, to) => {
        for (let row = from; row < to; row += 1)
          if (isFailure(status[row]!) && starts.length < MOST_STARTS) starts.push(startMs[row]!);
      });
    }
  }
  return Float64Array.from(starts).sort();
}

const MOST_STARTS = 1_000_000;

/** Records that are no fetches: of a loopback, most often. */
function hasUncounted(key: KeyFetches, { callers }: KeyPlan): boolean {
  let records = 0;
  for (const { logs } of callers) for (const { count } of logs) records += count;
  return records > key.all + key.withoutStatus;
}

const isHit = ({ cache }: FetchEvent): boolean => isServedFromCache(cache);

function figuresOf({ gap, perRequest, lifetimeMs, holders, ok, needed }: ReturnType<typeof symptomsOf>): Finding['figures'] {
  return [
    { label: 'fetches', value: `${ok} ok, ${needed} needed` },
    ...(gap === undefined ? [] : [{ label: 'gap, per holder', value: `p50 ${span(gap.p50)}  p95 ${span(gap.p95)}` }]),
    ...(perRequest === undefined ? [] : [{ label: 'fetches per request', value: perRequest.toFixed(2) }]),
    { label: 'lifetime', value: lifetimeMs === undefined ? 'not known' : span(lifetimeMs) },
    { label: 'holders', value: String(holders) },
  ];
}
