/** From the options of a run to its simulator. Mistakes are BAD_OPTION, before anything is read. */
import type { AnalysisOptions } from '../analysis/options.js';
import { TokenTaxError } from '../errors.js';
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
  { margin, price }: Pick<AnalysisOptions, 'margin' | 'price'>,
  nearest: Nearest,
): Simulator {
  const { policies = [], rateLimit, seed = 1, client, key } = asked ?? {};
  const unique = new Map<string, Policy>();
  for (const policy of policies.length === 0 ? defaultPolicies() : policies.map((text) => parsePolicy(text, nearest)))
    unique.set(policy.id, policy);
  return new Simulator({
    policies: [...unique.values()],
    margin,
    price,
    seed,
    rateLimit: rateLimit === undefined ? undefined : parseRate(rateLimit),
    wants:
      client === undefined && key === undefined
        ? undefined
        : (name, id) => (client === undefined || matches(client, name)) && (key === undefined || key === id),
    soundOnly: policies.length === 0,
    mostEvents: asked === undefined ? MOST_EVENTS_UNASKED : Number.POSITIVE_INFINITY,
  });
}

/** Per second. */
function parseRate(text: string): number {
  const match = /^\s*(\d+(?:\.\d+)?)\s*(?:\/\s*(s|m|h))?\s*$/.exec(text);
  const perSecond = Number(match?.[1]) / { s: 1, m: 60, h: 3600 }[(match?.[2] ?? 's') as 's' | 'm' | 'h'];
  if (!(perSecond > 0))
    throw new TokenTaxError('BAD_OPTION', `--rate-limit cannot be "${text}"`, {
      help: 'Write fetches per time: 10/s, 600/m or 5000/h.',
    });
  return perSecond;
}

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
