/** Which demand belongs to which fetches: the linking of gateway instances with the holders that the issuer's side sees. */
import { type DemandLog, timelineOf } from './demand-log.js';
import type { KeyPlan } from './fetch-table.js';
import type { DemandTable } from './join-demand.js';
import type { KeyRoutes } from './join-routes.js';
import type { DemandTimeline } from './perfect-cache.js';

export interface Window {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Demand of a run by gateway instance. */
export class DemandBook {
  private readonly byInstance: Map<string, DemandLog[]>;
  private readonly failedByInstance: Map<string, DemandLog[]>;
  /** Coarsest resolution of the stamps. */
  resolutionMs = 0;
  /** The same demand by single requests, where the join has found more in it. */
  private table: DemandTable | undefined;
  /** Demand that is not in the table: requests to what looked like a token endpoint. */
  private readonly apart: Map<string, DemandLog[]>;

  /** `whole`, `key`: of a book only what may have needed this one of several tokens. */
  constructor(
    whole?: DemandBook,
    private readonly key?: KeyRoutes,
  ) {
    this.byInstance = whole?.byInstance ?? new Map();
    this.failedByInstance = whole?.failedByInstance ?? new Map();
    this.apart = whole?.apart ?? new Map();
    this.table = whole?.table;
    this.resolutionMs = whole?.resolutionMs ?? 0;
  }

  add(instance: string, log: DemandLog, resolutionMs: number): void {
    push(this.byInstance, instance, log);
    this.resolutionMs = Math.max(this.resolutionMs, resolutionMs);
  }

  addApart(instance: string, log: DemandLog, resolutionMs: number): void {
    this.add(instance, log, resolutionMs);
    push(this.apart, instance, log);
  }

  useTable(table: DemandTable): void {
    this.table = table;
  }

  addUpstream401(instance: string, log: DemandLog): void {
    push(this.failedByInstance, instance, log);
  }

  get instances(): string[] {
    return [...this.byInstance.keys()].sort();
  }

  get total(): number {
    let sum = this.table?.total ?? 0;
    for (const logs of (this.table === undefined ? this.byInstance : this.apart).values())
      for (const log of logs) sum += log.count;
    return sum;
  }

  coarsen(): void {
    for (const logs of this.byInstance.values()) for (const log of logs) log.coarsen();
  }

  timeline(instances: readonly string[], window: Window): DemandTimeline {
    const { key } = this;
    const logs = this.table === undefined ? this.byInstance : this.apart;
    const logged = timelineOf(
      instances.flatMap((instance) => logs.get(instance) ?? []),
      window.fromMs,
      window.toMs,
    );
    if (this.table === undefined) return logged;
    const known = this.table.timeline(instances, window, key);
    return logged.kind === 'exact' && logged.count > 0 ? together(known, logged, key !== undefined) : known;
  }

  upstream401(instances: readonly string[]): Float64Array {
    const timeline = timelineOf(
      instances.flatMap((instance) => this.failedByInstance.get(instance) ?? []),
      -Infinity,
      Infinity,
    );
    const times = timeline.kind === 'exact' ? timeline.startMs : timeline.firstMs;
    const shiftMs = instances.length > 0 ? (this.table?.shiftMs(instances[0]!) ?? 0) : 0;
    return shiftMs === 0 ? times : times.map((ms) => ms + shiftMs);
  }
}

/** `unsure`: it is not known which of several tokens the others needed. */
function together(known: DemandTimeline, others: DemandTimeline, unsure: boolean): DemandTimeline {
  if (known.kind !== 'exact' || others.kind !== 'exact') return known;
  const startMs = new Float64Array(known.count + others.count);
  startMs.set(known.startMs.subarray(0, known.count));
  startMs.set(others.startMs.subarray(0, others.count), known.count);
  startMs.sort();
  const all = { kind: 'exact' as const, count: startMs.length, startMs };
  return unsure ? { ...all, sureMs: known.sureMs ?? known.startMs.subarray(0, known.count) } : all;
}

function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}

export interface Links {
  readonly by: 'instance' | 'single' | 'none';
  /** Gateway instances whose demand this key serves; undefined: not known. */
  readonly instancesOf: (key: KeyPlan) => readonly string[] | undefined;
  /** The instance that is this holder; undefined: not known. */
  readonly instanceOf: (key: KeyPlan, holder: string) => string | undefined;
  /** The demand that this key may have. */
  readonly bookOf: (key: KeyPlan) => DemandBook;
  /** Of that demand the part that is this key's, by the shares of the matched fetches where it is not known of each request. */
  readonly shareOf: (key: KeyPlan) => number;
}

/** What a join adds to the names. */
export interface JoinedDemand {
  readonly instanceOfHolder: ReadonlyMap<string, string>;
  readonly table: DemandTable;
}

const noLinks = (book: DemandBook): Links => ({
  by: 'none',
  instancesOf: () => undefined,
  instanceOf: () => undefined,
  bookOf: () => book,
  shareOf: () => 1,
});

const isServing = (key: KeyPlan): boolean => key.grant === 'service' && key.ok > 0 && !key.overflow;

/**
 * Demand is given to a key where there is no other that it could belong to, or where the join says which requests need it; to a holder
 * where the names are equal, both sides have just one, or the join says which instance it is. `contradicted`: the logs speak against each
 * other, and nothing is linked.
 */
export function linkDemand(book: DemandBook, keys: readonly KeyPlan[], joined?: JoinedDemand, contradicted = false): Links {
  const { instances } = book;
  const known = new Set(instances);
  const serving = keys.filter(isServing);
  if (instances.length === 0 || contradicted) return noLinks(book);
  const holderOf = (holder: string): string | undefined => (known.has(holder) ? holder : joined?.instanceOfHolder.get(holder));
  if (serving.length !== 1) return joined === undefined ? noLinks(book) : linkSeveral(book, keys, joined, holderOf);
  const only = serving[0]!;
  const named = only.holders.some((holder) => known.has(holder));
  const single = instances.length === 1 && only.holders.length === 1;
  return {
    by: named ? 'instance' : single ? 'single' : 'none',
    instancesOf: (key) => (key === only ? instances : undefined),
    instanceOf: (key, holder) => {
      if (key !== only) return undefined;
      return holderOf(holder) ?? (single ? instances[0] : undefined);
    },
    bookOf: () => book,
    shareOf: () => 1,
  };
}

/** Several tokens: the requests of each are those of its routes. */
function linkSeveral(
  book: DemandBook,
  keys: readonly KeyPlan[],
  { table }: JoinedDemand,
  holderOf: (holder: string) => string | undefined,
): Links {
  const numbers = keys.flatMap((key, number) => (isServing(key) ? [number] : []));
  const byNumber = table.byKey(numbers);
  if (byNumber.size === 0) return noLinks(book);
  book.useTable(table);
  const found = new Map([...byNumber].map(([number, routes]) => [keys[number]!, routes]));
  const instances = new Map([...found].map(([key, routes]) => [key, table.instancesWith(routes)]));
  return {
    by: 'none',
    instancesOf: (key) => instances.get(key),
    instanceOf: (key, holder) => {
      const mine = instances.get(key);
      if (mine === undefined) return undefined;
      const instance = holderOf(holder) ?? (mine.length === 1 && key.holders.length === 1 ? mine[0] : undefined);
      return instance !== undefined && mine.includes(instance) ? instance : undefined;
    },
    bookOf: (key) => {
      const routes = found.get(key);
      return routes === undefined ? book : new DemandBook(book, routes);
    },
    shareOf: (key) => found.get(key)?.share ?? 1,
  };
}

/** The largest gap between neighbours of sorted times, at least 1 s; Infinity for fewer than two times. */
export function largestGapMs(times: DemandTimeline | Float64Array): number {
  if (!(times instanceof Float64Array)) {
    if (times.kind === 'exact') return largestGapMs(times.startMs.subarray(0, times.count));
    return largestGapMs(times.firstMs);
  }
  if (times.length < 2) return Infinity;
  let gap = 1000;
  for (let index = 1; index < times.length; index += 1) gap = Math.max(gap, times[index]! - times[index - 1]!);
  return gap;
}
