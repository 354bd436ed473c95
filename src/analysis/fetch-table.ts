/** The fetches of a run by key and holder, decoded from the parts: what the verdicts are computed on. */
import type { Caller } from '../events/request-batch.js';
import { type FetchBefore, later } from './before.js';
import { asksBackEnd, type FetchBlock, type FetchLog, isServedFromCache } from './fetch-log.js';
import { holderOf, type KeyName, keyOf } from './identity.js';
import type { RunPart } from './part.js';
import { addDuration, clearDurations, type Durations, emptyDurations } from './quantiles.js';
import type { Quantiles } from './result.js';
import { scratchDoubles, scratchInts } from './scratch.js';
import { sortEvents, sortNumbers } from './sort.js';

/** The ok fetches of one key by one holder, sorted by start. */
export interface HolderFetches {
  readonly holder: string;
  readonly count: number;
  readonly startMs: Float64Array;
  readonly durationMs: Int32Array;
  /** Per fetch as the records say, 0 where one does not; undefined when none does. */
  readonly recordedLifetimeMs: Float64Array | undefined;
  /** The last one before the window of `--since`. */
  readonly before: FetchBefore | undefined;
}

export interface KeyFetches {
  readonly key: KeyName;
  readonly caller: Caller;
  readonly grant: 'service' | 'user' | 'unknown';
  readonly holderFrom: 'node' | 'address' | 'none';
  readonly bound: boolean;
  readonly overflow: boolean;
  /** There is no memory for its fetches: they are counted, and nothing else. */
  readonly tooLarge: boolean;
  readonly holders: readonly HolderFetches[];
  /** The last fetch by anyone before the window. */
  readonly before: FetchBefore | undefined;
  readonly all: number;
  readonly ok: number;
  readonly failed: number;
  readonly excluded: number;
  readonly withoutStatus: number;
  readonly failedByStatus: ReadonlyMap<number, number>;
  readonly durations: Durations;
  readonly resolutionMs: number;
  /** How far a record may be dated before one that stands above it in the log of its caller. */
  readonly disorderMs: number;
  /** Callers that have failed; undefined: some of their records are no fetches, or theirs cannot be told apart any more. */
  readonly failures: readonly CallerFailures[] | undefined;
}

/** Starts of the failed and of the ok fetches of one caller, sorted. */
export interface CallerFailures {
  readonly failedMs: Float64Array;
  readonly okMs: Float64Array;
}

/** What is kept of a key when its fetches are gone. */
export type KeySummary = Omit<KeyFetches, 'holders' | 'before' | 'durations' | 'failures'> & {
  readonly fetchMs: Quantiles | null;
};

/** A key before its fetches are decoded: enough to link it with demand. */
export interface KeyPlan {
  readonly grant: 'service' | 'user' | 'unknown';
  /** Nobody can decide on its fetches: they are those of callers beyond a cap, or more than there is memory for. */
  readonly overflow: boolean;
  readonly tooLarge: boolean;
  readonly ok: number;
  /** Names of the holders with an ok fetch. */
  readonly holders: readonly string[];
  readonly callers: readonly CallerLogs[];
}

/** `counts`: false for a file whose records are not fetches from the issuer. `mostFetches`: more are not looked at one by one. */
export function planKey(
  grant: KeyPlan['grant'],
  callers: readonly CallerLogs[],
  counts: (file: number) => boolean,
  mostFetches = Infinity,
): KeyPlan {
  let ok = 0;
  let records = 0;
  // Callers of one holder differ in other things, such as their agents.
  const holders = new Set<string>();
  for (const { caller, logs } of callers) {
    let own = 0;
    for (const log of logs) {
      own += log.okFrom(counts);
      records += log.count;
    }
    ok += own;
    if (own > 0) holders.add(holderOf(caller));
  }
  const names = [...holders].sort();
  const tooLarge = records > mostFetches;
  return { grant, overflow: tooLarge || callers[0]!.caller.rule === 'overflow', tooLarge, ok, holders: names, callers };
}

/** Which events of a file are fetches from the issuer: none, those that no cache has answered, those of which the record says so, or each is asked for. */
export type Counting = 'none' | 'not from a cache' | 'asked' | 'each';

export interface TableOptions {
  /** False for an event that is not a fetch from the issuer: a hit of a loopback, or a record of a fetch that another log has too. */
  readonly counts: (file: number, cache: number, offset: number) => boolean;
  /** The same, as far as the file tells. */
  readonly counting: (file: number) => Counting;
  readonly resolutionMs: (file: number) => number;
  /** What must be added to the times of a file whose clock differs from that of the other issuers. */
  readonly shiftMs?: (file: number) => number;
  /** Called for each fetch that is counted, ok or failed. */
  readonly onFetch: (startMs: number) => void;
}

/** Of the key at hand, as its times are. */
const scratchDurations = emptyDurations();

interface Filling {
  /** Place of its first fetch in the arrays of the key. */
  readonly from: number;
  startMs: Float64Array;
  durationMs: Int32Array;
  lifetimeMs: Float64Array | undefined;
  count: number;
  before: FetchBefore | undefined;
}

/** What is counted of a key on the way. */
class Tally {
  ok = 0;
  failed = 0;
  excluded = 0;
  withoutStatus = 0;
  resolutionMs = 0;
  disorderMs = 0;
  isShifted = false;
  /** Of the failed ones, as they came. */
  failedMs = scratchDoubles('fetches.failedMs', 64);
  private latestMs = -Infinity;
  readonly failedByStatus = new Map<number, number>();

  constructor(
    private readonly plan: Pick<KeyPlan, 'grant' | 'tooLarge'>,
    private readonly options: TableOptions,
    private readonly durations: Durations,
    /** Lives of all fetches of the key, made when the first record says one. */
    private readonly lives: () => Float64Array,
  ) {}

  /** Ok and failed fetches, and those of which nobody knows. */
  get seen(): number {
    return this.ok + this.failed + this.withoutStatus;
  }

  /** The events that come are those of another log. */
  beginLog(): void {
    this.latestMs = -Infinity;
  }

  add(into: Filling, block: FetchBlock, from: number, to: number): void {
    this.lookAtOrder(block.startMs, from, to);
    this.count(into, block, from, to);
  }

  private lookAtOrder(startMs: Float64Array, from: number, to: number): void {
    let { latestMs, disorderMs } = this;
    for (let row = from; row < to; row += 1) {
      const start = startMs[row]!;
      if (start >= latestMs) latestMs = start;
      else if (latestMs - start > disorderMs) disorderMs = latestMs - start;
    }
    this.latestMs = latestMs;
    this.disorderMs = disorderMs;
  }

  private keepFailed(startMs: number): void {
    const { failed } = this;
    if (failed === this.failedMs.length) {
      const longer = scratchDoubles('fetches.failedMs', 2 * failed);
      longer.set(this.failedMs);
      this.failedMs = longer;
    }
    this.failedMs[failed] = startMs;
    this.failed = failed + 1;
  }

  private count(
    into: Filling,
    { file, startMs, durationMs, status, cache, lifetimeMs, offset }: FetchBlock,
    from: number,
    to: number,
  ): void {
    const { options, durations } = this;
    const { grant, tooLarge } = this.plan;
    const counting = options.counting(file);
    if (counting === 'none') return;
    const shiftMs = options.shiftMs?.(file) ?? 0;
    if (shiftMs !== 0) this.isShifted = true;
    let at = into.count;
    for (let row = from; row < to; row += 1) {
      const word = cache[row]!;
      if (counting === 'not from a cache' ? word !== 0 && isServedFromCache(word) : counting === 'asked' && !asksBackEnd(word))
        continue;
      if (counting === 'each' && !options.counts(file, word, offset[row]!)) continue;
      if (grant === 'user') {
        this.excluded += 1;
        continue;
      }
      const code = status[row]!;
      if (code === 0) {
        this.withoutStatus += 1;
        continue;
      }
      const start = startMs[row]!;
      options.onFetch(start);
      if (code < 200 || code > 299) {
        this.keepFailed(start);
        this.failedByStatus.set(code, (this.failedByStatus.get(code) ?? 0) + 1);
        continue;
      }
      const lasted = durationMs[row]!;
      if (lasted >= 0) addDuration(durations, lasted);
      if (tooLarge) {
        this.ok += 1;
        continue;
      }
      into.startMs[at] = start + shiftMs;
      into.durationMs[at] = lasted;
      const life = lifetimeMs[row]!;
      if (life > 0) {
        into.lifetimeMs ??= this.lives().subarray(into.from, into.from + into.startMs.length);
        into.lifetimeMs[at] = life;
      }
      at += 1;
    }
    this.ok += at - into.count;
    into.count = at;
    if (this.ok > 0) this.resolutionMs = Math.max(this.resolutionMs, options.resolutionMs(file));
  }
}

/** Decodes the callers of one key. */
export function readKey({ grant, overflow, tooLarge, callers }: KeyPlan, options: TableOptions): KeyFetches {
  const { caller } = callers[0]!;
  const byHolder = new Map<string, Filling>();
  const capacities = new Map<string, number>();
  const alone = new Map<string, boolean>();
  let room = 0;
  for (const { caller: one, logs } of callers) {
    const holder = holderOf(one);
    let own = 0;
    if (!tooLarge) for (const { count } of logs) own += count;
    capacities.set(holder, (capacities.get(holder) ?? 0) + own);
    alone.set(holder, !alone.has(holder));
    room += own;
  }
  const startMs = scratchDoubles('fetches.startMs', room);
  const durationMs = scratchInts('fetches.durationMs', room);
  let lifetimes: Float64Array | undefined;
  let taken = 0;
  const durations = scratchDurations;
  clearDurations(durations);
  const tally = new Tally({ grant, tooLarge }, options, durations, () => {
    lifetimes ??= scratchDoubles('fetches.lifetimeMs', room).fill(0);
    return lifetimes;
  });
  let last: FetchBefore | undefined;
  let failing: Failing[] | undefined = [];
  for (const { caller: one, logs, before } of callers) {
    const holder = holderOf(one);
    let filling = byHolder.get(holder);
    if (filling === undefined) {
      const to = taken + capacities.get(holder)!;
      filling = {
        from: taken,
        startMs: startMs.subarray(taken, to),
        durationMs: durationMs.subarray(taken, to),
        lifetimeMs: undefined,
        count: 0,
        before: undefined,
      };
      taken = to;
      byHolder.set(holder, filling);
    }
    const into = filling;
    for (const fetch of before) {
      if (!options.counts(fetch.file, fetch.cache, fetch.offset)) continue;
      into.before = later(into.before, fetch);
      last = later(last, fetch);
    }
    const failedBefore = tally.failed;
    const seenBefore = tally.seen;
    let records = 0;
    let isPlain = true;
    for (const log of logs) {
      tally.beginLog();
      log.blocks((block, from, to) => tally.add(into, block, from, to));
      records += log.count;
      if (log.hasCacheWords) isPlain = false;
    }
    if (tally.failed === failedBefore && !logs.some(({ hasFailures }) => hasFailures)) continue;
    isPlain &&= alone.get(holder) === true && tally.seen - seenBefore === records && records <= MOST_ANSWERS;
    if (isPlain && failing !== undefined) failing.push({ from: failedBefore, to: tally.failed, into });
    else failing = undefined;
  }
  const { ok, failed, excluded, withoutStatus, failedByStatus, resolutionMs, disorderMs } = tally;
  const holders = [...byHolder]
    .filter(([, filling]) => filling.count > 0)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([holder, filling]) => sorted(holder, filling));
  return {
    key: keyOf(caller),
    caller,
    grant,
    holderFrom: caller.node !== undefined ? 'node' : caller.address !== undefined ? 'address' : 'none',
    bound: callers.some(({ caller: one }) => one.bound),
    overflow,
    tooLarge,
    holders,
    before: last,
    all: ok + failed + excluded,
    ok,
    failed,
    excluded,
    withoutStatus,
    failedByStatus,
    durations,
    resolutionMs,
    disorderMs,
    failures: tally.isShifted ? undefined : failing?.map((one) => failuresOf(one, tally.failedMs)),
  };
}

/** Of more answers of one caller not all are looked at. */
const MOST_ANSWERS = 1_000_000;

/** Where the failed fetches of a caller stand, and who holds the others. */
interface Failing {
  readonly from: number;
  readonly to: number;
  readonly into: Filling;
}

function failuresOf({ from, to, into }: Failing, all: Float64Array): CallerFailures {
  const failedMs = all.subarray(from, to);
  sortNumbers(failedMs);
  return { failedMs, okMs: into.startMs.subarray(0, into.count) };
}

function sorted(holder: string, filling: Filling): HolderFetches {
  const { count } = filling;
  const startMs = filling.startMs.subarray(0, count);
  const durationMs = filling.durationMs.subarray(0, count);
  const recordedLifetimeMs = filling.lifetimeMs?.subarray(0, count);
  if (recordedLifetimeMs === undefined) sortEvents(startMs, durationMs);
  else sortEvents(startMs, durationMs, recordedLifetimeMs);
  return { holder, count, startMs, durationMs, recordedLifetimeMs, before: filling.before };
}

/**
 * Whether the instance on a record is that of the caller. An issuer's replicas write their own: then the same instance stands beside
 * many addresses, and says nothing of who called.
 */
export function nodesAreCallers(parts: readonly Pick<RunPart, 'names' | 'fetches'>[]): boolean {
  const addressOf = new Map<string, string>();
  for (const { names, fetches } of parts) {
    for (const { caller: id } of fetches.logs()) {
      const { node, address, kind } = names.callers[id]!;
      if (node === undefined || address === undefined || (kind !== 'token' && kind !== 'ambiguous')) continue;
      const known = addressOf.get(node);
      if (known !== undefined && known !== address) return false;
      addressOf.set(node, address);
    }
  }
  return true;
}

/** A caller with its logs, one for each part, and what it had fetched before the window. */
export interface CallerLogs {
  readonly caller: Caller;
  readonly logs: FetchLog[];
  readonly before: readonly FetchBefore[];
}

const NOTHING_BEFORE: readonly FetchBefore[] = [];

/** Above, callers of one key are looked up by name; below, one by one. */
const FEW_CALLERS = 8;

/**
 * Callers of the parts by key, so that ids of different parts do not matter; those of one key in the order of their names. There may be
 * one for each of a hundred thousand clients: nothing is made for them that is not kept.
 */
export function callersByKey(
  parts: readonly Pick<RunPart, 'names' | 'fetches' | 'before'>[],
  nodesAreCallers: boolean,
): Map<string, CallerLogs[]> {
  const keys = new Map<string, CallerLogs[]>();
  const byName = new Map<string, Map<string, number>>();
  // Lists are made with what they hold, since one that is pushed to has room for seventeen.
  const put = (named: Caller, log: FetchLog | undefined, before: readonly FetchBefore[]): void => {
    const caller = nodesAreCallers || named.node === undefined ? named : { ...named, node: undefined };
    const { text, distinct } = keyOf(caller);
    const key = `${caller.kind} ${text} ${distinct}`;
    const list = keys.get(key);
    const own = (): CallerLogs => ({ caller, logs: log === undefined ? [] : [log], before });
    if (list === undefined) {
      keys.set(key, [own()]);
      return;
    }
    let place = -1;
    if (list.length < FEW_CALLERS) place = list.findIndex((one) => isSameCaller(one.caller, caller));
    else {
      let known = byName.get(key);
      if (known === undefined) {
        known = new Map(list.map((one, at) => [nameOf(one.caller), at]));
        byName.set(key, known);
      }
      const name = nameOf(caller);
      place = known.get(name) ?? -1;
      if (place < 0) known.set(name, list.length);
    }
    if (place < 0) {
      list.push(own());
      return;
    }
    const same = list[place]!;
    if (log !== undefined) same.logs.push(log);
    if (before.length > 0) list[place] = { ...same, before: [...same.before, ...before] };
  };
  for (const { names, fetches, before } of parts) {
    for (const { caller, log } of fetches.logs()) put(names.callers[caller]!, log, NOTHING_BEFORE);
    for (const caller of before.callers) put(names.callers[caller]!, undefined, before.of(caller));
  }
  for (const list of keys.values()) {
    if (list.length < 2) continue;
    const names = new Map(list.map((one) => [one, nameOf(one.caller)]));
    list.sort((a, b) => (names.get(a)! < names.get(b)! ? -1 : 1));
  }
  return keys;
}

const nameOf = (caller: Caller): string => JSON.stringify(Object.values(caller));

function isSameCaller(one: Caller, other: Caller): boolean {
  for (const name of Object.keys(one) as (keyof Caller)[]) if (one[name] !== other[name]) return false;
  return true;
}
