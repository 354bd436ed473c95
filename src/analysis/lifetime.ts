/** How long a token lives: the first source that says it. */
import type { HolderFetches, KeyFetches } from './fetch-table.js';
import { type LifetimeRule, lifetimeRuleFor } from './options.js';
import type { LifetimeFrom } from './result.js';

export interface Lifetime {
  readonly from: LifetimeFrom;
  /** The `--lifetime` that decided. */
  readonly rule: string | undefined;
  /** One for all; undefined when the records say it, or nobody does. */
  readonly ms: number | undefined;
}

/** `--lifetime`, then `expires_in` or a JWT in the records, then the default of a provider that is certain. */
export function lifetimeOf(key: KeyFetches, rules: readonly LifetimeRule[]): Lifetime {
  const rule = lifetimeRuleFor(rules, key.key);
  if (rule !== undefined) return { from: 'option', rule: rule.text, ms: rule.ms };
  if (key.holders.some((holder) => holder.recordedLifetimeMs !== undefined))
    return { from: 'expires_in', rule: undefined, ms: undefined };
  if (key.caller.providerLifetimeMs !== undefined)
    return { from: 'provider', rule: undefined, ms: key.caller.providerLifetimeMs };
  return { from: 'unknown', rule: undefined, ms: undefined };
}

/** Life per fetch. A record that does not say one gets that of the last one that did; the first ones that of the first. */
export function lifetimesOf(holder: HolderFetches, fallbackMs: number): Float64Array | number {
  const recorded = holder.recordedLifetimeMs;
  if (recorded === undefined) return fallbackMs;
  const out = Float64Array.from(recorded);
  let last = recorded.find((ms) => ms > 0) ?? fallbackMs;
  for (let index = 0; index < out.length; index += 1) {
    if (out[index]! > 0) last = out[index]!;
    else out[index] = last;
  }
  return out;
}

/** Smallest, median (nearest rank) and largest life of a key's fetches, in s. */
export function lifetimeRange(lives: readonly (Float64Array | number)[]): { min: number; median: number; max: number } | null {
  const first = lives[0];
  if (first === undefined) return null;
  if (lives.every((life) => life === first) && typeof first === 'number')
    return { min: first / 1000, median: first / 1000, max: first / 1000 };
  const all = new Float64Array(lives.reduce<number>((sum, life) => sum + (typeof life === 'number' ? 1 : life.length), 0));
  let at = 0;
  for (const life of lives) {
    if (typeof life === 'number') all[at++] = life;
    else {
      all.set(life, at);
      at += life.length;
    }
  }
  all.sort();
  return { min: all[0]! / 1000, median: all[Math.ceil(all.length / 2) - 1]! / 1000, max: all.at(-1)! / 1000 };
}

/**
 * The longest stretch in ms in which a holder served demand on one token: from a fetch to the last request before the next. It bounds
 * the life from below, if the requests of that stretch were served.
 */
export function longestServedMs(holder: HolderFetches, demand: Float64Array): number {
  let longest = 0;
  let at = 0;
  for (let index = 0; index < holder.count; index += 1) {
    const from = holder.startMs[index]!;
    const to = index + 1 < holder.count ? holder.startMs[index + 1]! : Infinity;
    while (at < demand.length && demand[at]! < from) at += 1;
    let last = -1;
    while (at < demand.length && demand[at]! < to) {
      last = demand[at]!;
      at += 1;
    }
    if (last - from > longest) longest = last - from;
  }
  return longest;
}
