/** From the options of a run to its simulator. Mistakes are BAD_OPTION, before anything is read. */
import type { AnalysisOptions } from '../analysis/options.js';
import { parseRateLimit, type RateLimit } from '../analysis/pricing.js';
import { defaultPolicies, type Nearest, type Policy, parsePolicy } from './policy.js';
import { Simulator } from './simulator.js';

export interface SimulateOptions {
  /** `node,single-flight,margin=10%`; none: a set from no cache to the bound. */
  readonly policies?: readonly string[];
  /** `10/s` or `600/m`: what the issuer allows. */
  readonly rateLimit?: string;
  /** Of jitter. */
  readonly seed?: number;
  /** Only clients like this; `*` stands for any text. */
  readonly client?: string;
  /** Only the key with this id. */
  readonly key?: string;
}

/** Beyond, `analyze` leaves the simulation out: nobody asked for it. */
const MOST_EVENTS_UNASKED = 2_000_000;

/** `asked`: undefined for `analyze`, which has it beside. */
export function planSimulation(
  asked: SimulateOptions | undefined,
  { margin, pricing }: Pick<AnalysisOptions, 'margin' | 'pricing'>,
  nearest: Nearest,
): Simulator {
  const { policies = [], rateLimit, seed = 1, client, key } = asked ?? {};
  const unique = new Map<string, Policy>();
  for (const policy of policies.length === 0 ? defaultPolicies() : policies.map((text) => parsePolicy(text, nearest)))
    unique.set(policy.id, policy);
  return new Simulator({
    policies: [...unique.values()],
    margin,
    seed,
    rateLimit: perSecond(rateLimit === undefined ? pricing.rateLimit : parseRateLimit(rateLimit)),
    wants:
      client === undefined && key === undefined
        ? undefined
        : (name, id) => (client === undefined || matches(client, name)) && (key === undefined || key === id),
    soundOnly: policies.length === 0,
    mostEvents: asked === undefined ? MOST_EVENTS_UNASKED : Number.POSITIVE_INFINITY,
  });
}

const perSecond = (limit: RateLimit | undefined): number | undefined =>
  limit === undefined ? undefined : limit.fetches / limit.seconds;

/** `*` stands for any text, also none. One pass, with a way back to the last star. */
export function matches(pattern: string, text: string): boolean {
  let at = 0;
  let place = 0;
  let star = -1;
  let from = 0;
  while (at < text.length) {
    if (place < pattern.length && pattern[place] === '*') {
      star = place;
      place += 1;
      from = at;
    } else if (place < pattern.length && pattern[place] === text[at]) {
      place += 1;
      at += 1;
    } else if (star >= 0) {
      place = star + 1;
      from += 1;
      at = from;
    } else return false;
  }
  while (pattern[place] === '*') place += 1;
  return place === pattern.length;
}
