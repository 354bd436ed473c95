/** What a remedy saves: what the simulation of exactly its policy says, for the key of the finding where it was played for that alone. */
import { type Margin, usableMs } from '../analysis/perfect-cache.js';
import type { Analysis, Finding, PolicyResult } from '../analysis/result.js';
import { TokenTaxError } from '../errors.js';
import { type Policy, parsePolicy } from '../simulation/policy.js';
import type { Remedy, RemedyContext } from './remedy.js';

export interface Expected {
  readonly policy: string;
  /** Whose fetches these are: of the key of the finding, or of the whole run if all its clients get the remedy. */
  readonly of: 'key' | 'run';
  readonly before: number;
  /** With what the remedy may need beyond its policy. `high` null: nothing bounds it. */
  readonly fetches: { readonly low: number; readonly high: number | null };
  readonly saved: { readonly low: number | null; readonly high: number };
  readonly revocationDelaySeconds: number | null;
  readonly standing: PolicyResult['standing'];
}

export type ExpectedOrWhy = { readonly expected: Expected } | { readonly expected: null; readonly why: string };

const NOT_PLAYED = new Set(['as-logged', 'bound']);

const marginOf = (margin: Margin | undefined, lifeMs: number): number => lifeMs - usableMs(lifeMs, margin ?? { kind: 'default' });

/** Two ways to write one policy are the same; a margin that is not said is that of the run. */
export function samePolicy(a: Policy, b: Policy, lifeMs: number): boolean {
  const parts = ({
    cache,
    workers,
    singleFlight,
    margin,
    refreshAhead,
    jitter,
    ttlMs,
    lifetimeMs,
    failureCacheMs,
    outage,
  }: Policy) =>
    JSON.stringify([
      cache,
      workers ?? null,
      singleFlight,
      ttlMs === undefined ? Math.round(marginOf(margin, lifeMs)) : null,
      refreshAhead ?? null,
      jitter ?? null,
      ttlMs ?? null,
      lifetimeMs ?? null,
      failureCacheMs ?? null,
      outage ?? null,
    ]);
  return parts(a) === parts(b);
}

/** A policy that another version wrote, with parts that this one does not know, is none that could be asked for here. */
const readPolicy = (text: string): Policy | undefined => {
  try {
    return parsePolicy(text);
  } catch (cause) {
    if (cause instanceof TokenTaxError) return undefined;
    throw cause;
  }
};

/** The line of a simulation for a policy, whatever it is written like there. */
export const lineOf = (simulation: readonly PolicyResult[] | null, wanted: Policy, lifeMs: number): PolicyResult | undefined =>
  simulation?.find(({ policy }) => {
    const played = NOT_PLAYED.has(policy) ? undefined : readPolicy(policy);
    return played !== undefined && samePolicy(played, wanted, lifeMs);
  });

/** Whether the simulation is about all keys, or one; undefined: neither can be said. */
export function simulatedScope(analysis: Analysis, key: string | null): 'run' | 'key' | undefined {
  const logged = analysis.simulation?.find(({ policy }) => policy === 'as-logged')?.fetches.low;
  const own = analysis.keys.find(({ id }) => id === key)?.fetches.ok;
  if (logged === undefined) return undefined;
  if (logged === own) return 'key';
  return logged === analysis.totals.fetches.ok ? 'run' : undefined;
}

const holdersOf = (keys: Analysis['keys']): number => keys.reduce((sum, { holders }) => sum + Math.max(1, holders), 0);

/** With what a remedy may take beyond its policy. */
function mostOf(fetches: number, { window }: Analysis, remedy: Remedy, context: RemedyContext, holders: number): number {
  if (remedy.mostFetches === undefined || window === null) return fetches + remedy.overshootPerStretch * holders;
  return remedy.mostFetches(fetches, Date.parse(window.to) - Date.parse(window.from), holders, context);
}

/** From a result whose simulation may lack the policy: then why, in one sentence. */
export function expectedOf(
  analysis: Analysis,
  finding: Pick<Finding, 'key'>,
  remedy: Remedy,
  context: RemedyContext,
): ExpectedOrWhy {
  const wanted = remedy.policy(context);
  const lifeMs = context.ttlMs + context.marginMs;
  const line = lineOf(analysis.simulation, wanted, lifeMs);
  if (analysis.simulation === null) return { expected: null, why: 'the result has no simulation' };
  if (line === undefined) return { expected: null, why: `the result has no simulation of the policy ${wanted.id}` };
  const of = simulatedScope(analysis, finding.key);
  if (of === undefined) return { expected: null, why: 'the simulation in the result is about other clients' };
  const logged = analysis.simulation.find(({ policy }) => policy === 'as-logged')!.fetches.low;
  const keys = analysis.keys.filter(({ id }) => of === 'run' || id === finding.key);
  const high = line.fetches.high === null ? null : mostOf(line.fetches.high, analysis, remedy, context, holdersOf(keys));
  return {
    expected: {
      policy: wanted.id,
      of,
      before: logged,
      fetches: { low: line.fetches.low, high },
      saved: { low: high === null ? null : logged - high, high: logged - line.fetches.low },
      revocationDelaySeconds: line.revocationDelaySeconds,
      standing: line.standing,
    },
  };
}
