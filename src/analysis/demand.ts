/** Which demand belongs to which fetches: the linking of gateway instances with the holders that the issuer's side sees. */
import { type DemandLog, timelineOf } from './demand-log.js';
import type { KeyPlan } from './fetch-table.js';
import type { DemandTimeline } from './perfect-cache.js';

export interface Window {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Demand of a run by gateway instance. */
export class DemandBook {
  private readonly byInstance = new Map<string, DemandLog[]>();
  private readonly failedByInstance = new Map<string, DemandLog[]>();
  /** Coarsest resolution of the stamps. */
  resolutionMs = 0;

  add(instance: string, log: DemandLog, resolutionMs: number): void {
    push(this.byInstance, instance, log);
    this.resolutionMs = Math.max(this.resolutionMs, resolutionMs);
  }

  addUpstream401(instance: string, log: DemandLog): void {
    push(this.failedByInstance, instance, log);
  }

  get instances(): string[] {
    return [...this.byInstance.keys()].sort();
  }

  get total(): number {
    let sum = 0;
    for (const logs of this.byInstance.values()) for (const log of logs) sum += log.count;
    return sum;
  }

  coarsen(): void {
    for (const logs of this.byInstance.values()) for (const log of logs) log.coarsen();
  }

  timeline(instances: readonly string[], window: Window): DemandTimeline {
    return timelineOf(
      instances.flatMap((instance) => this.byInstance.get(instance) ?? []),
      window.fromMs,
      window.toMs,
    );
  }

  upstream401(instances: readonly string[]): Float64Array {
    const timeline = timelineOf(
      instances.flatMap((instance) => this.failedByInstance.get(instance) ?? []),
      -Infinity,
      Infinity,
    );
    return timeline.kind === 'exact' ? timeline.startMs : timeline.firstMs;
  }
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
}

/**
 * Without a join by id or time, demand is only given to a key when there is no other key it could belong to, and to a holder when
 * the names are equal or both sides have just one.
 */
export function linkDemand(book: DemandBook, keys: readonly KeyPlan[]): Links {
  const { instances } = book;
  const known = new Set(instances);
  const serving = keys.filter((key) => key.grant === 'service' && key.ok > 0 && !key.overflow);
  const only = instances.length > 0 && serving.length === 1 ? serving[0] : undefined;
  if (only === undefined) return { by: 'none', instancesOf: () => undefined, instanceOf: () => undefined };
  const named = only.holders.some((holder) => known.has(holder));
  const single = instances.length === 1 && only.holders.length === 1;
  return {
    by: named ? 'instance' : single ? 'single' : 'none',
    instancesOf: (key) => (key === only ? instances : undefined),
    instanceOf: (key, holder) => {
      if (key !== only) return undefined;
      if (known.has(holder)) return holder;
      return single ? instances[0] : undefined;
    },
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
