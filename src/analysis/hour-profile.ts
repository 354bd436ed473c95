/** Redundant fetches by hour of the window, counted from its first request, for each provider: how much hours differ. */
import type { HolderVerdict } from './assess-key.js';
import type { Window } from './demand.js';

export const HOUR_MS = 3_600_000;

/** The complete hours of a window with the fewest and the most, and all together with those outside of complete hours. */
export interface Profile {
  readonly hours: number;
  readonly quietest: number;
  readonly busiest: number;
  readonly total: number;
}

export class HourProfile {
  private readonly byProvider = new Map<string, Map<number, number>>();
  /** Whole hours of the window: what is left at its end is none. */
  private readonly hours: number;

  constructor(private readonly window: Window) {
    this.hours = Math.floor((window.toMs - window.fromMs) / HOUR_MS);
  }

  add({ fetches, redundantFlags }: Pick<HolderVerdict, 'fetches' | 'redundantFlags'>, provider: string | null): void {
    const name = provider ?? '';
    const counts = this.byProvider.get(name) ?? new Map<number, number>();
    this.byProvider.set(name, counts);
    // Fetches of a holder are in order: one look into the map for each hour, not for each fetch.
    let [current, many] = [0, 0];
    const flush = (): void => {
      if (many > 0) counts.set(current, (counts.get(current) ?? 0) + many);
      many = 0;
    };
    for (let at = 0; at < fetches.count; at += 1) {
      if (redundantFlags[at] !== 1) continue;
      const hour = Math.floor((fetches.startMs[at]! - this.window.fromMs) / HOUR_MS);
      if (hour !== current) flush();
      current = hour;
      many += 1;
    }
    flush();
  }

  /** Of the providers that are wanted. undefined: there is no complete hour, or nothing redundant. */
  of(wanted: (provider: string | null) => boolean): Profile | undefined {
    const all = new Map<number, number>();
    let total = 0;
    for (const [name, counts] of this.byProvider) {
      if (!wanted(name === '' ? null : name)) continue;
      for (const [hour, count] of counts) {
        total += count;
        all.set(hour, (all.get(hour) ?? 0) + count);
      }
    }
    if (this.hours < 1 || total === 0) return undefined;
    let [quietest, busiest, seen] = [Number.POSITIVE_INFINITY, 0, 0];
    for (const [hour, count] of all) {
      if (hour < 0 || hour >= this.hours) continue;
      seen += 1;
      quietest = Math.min(quietest, count);
      busiest = Math.max(busiest, count);
    }
    return { hours: this.hours, quietest: seen < this.hours ? 0 : quietest, busiest, total };
  }
}
