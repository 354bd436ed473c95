/** Which fleets are made: drawn from a seed, with traffic, lives and logs far from the defaults of `generate`. */
import { behaviourById, behaviours, magnitude } from '../../src/generate/behaviours.js';
import type { Arrivals, GenerateOptions } from '../../src/generate/options.js';
import { Random } from '../../src/generate/random.js';

/** Seeds of the published table: nobody looks at single cases of them. */
export const TABLE_SEEDS = { from: 1_000_000, to: 1_999_999 } as const;
/** Seeds that rules were worked on with, and that the tests take. */
export const TUNING_SEEDS = { from: 0, to: 999_999 } as const;

/** Between two cases: room for the attempts of each. */
const SEED_STEP = 100;

/** What is unlike a log that shows everything. */
export const views = [
  'full',
  'issuer only',
  'shared ids',
  'nat',
  'no client field',
  '1 s stamps',
  'partial window',
  'skew',
  'lost lines',
  'lifetime unknown',
  'mixed fleet',
  'gateway only',
] as const;
export type View = (typeof views)[number];

/** Cases of each view for each cause and healthy pattern. */
const CASES: Readonly<Record<View, number>> = {
  full: 12,
  'issuer only': 4,
  'shared ids': 3,
  nat: 3,
  'no client field': 3,
  '1 s stamps': 3,
  'partial window': 3,
  skew: 3,
  'lost lines': 3,
  'lifetime unknown': 3,
  'mixed fleet': 4,
  'gateway only': 2,
};

/** Formats of the two sides; the second of each pair is the issuer's. Those of `CARRIES` write the life of each token. */
const FORMATS: readonly (readonly [string, string])[] = [
  ['nginx-timing', 'token-tax-idp'],
  ['envoy-json', 'kong-json'],
  ['nginx-json', 'nginx-timing'],
  ['apisix-json', 'traefik-json'],
  ['kong-json', 'token-tax-idp'],
  ['ingress-nginx', 'tyk-analytics'],
];
const WITH_LIFE = new Set(['token-tax-idp']);
const COARSE_PAIRS: readonly (readonly [string, string])[] = [
  ['nginx-timing', 'nginx-timing'],
  ['nginx-request-times', 'nginx-request-time'],
  ['reactor-netty', 'apache-vhost'],
];
const LIVES_S = [10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 28_800];
const ARRIVALS: readonly Arrivals[] = ['poisson', 'poisson', 'steady', 'bursty', 'diurnal'];

export interface Case {
  readonly id: string;
  readonly behaviour: string;
  readonly view: View;
  readonly seed: number;
  readonly options: GenerateOptions;
  /** How long tokens live is said to the analysis, not by the log. */
  readonly saysLifetime: boolean;
  readonly seesGateway: boolean;
  readonly seesIssuer: boolean;
}

/** All cases of a range of seeds, in a fixed order; `share` below 1 takes fewer of each view. */
export function planCases(seeds: { readonly from: number }, share = 1, ids = behaviours.map(({ id }) => id)): Case[] {
  const cases: Case[] = [];
  let seed = seeds.from;
  for (const { id } of behaviours) {
    for (const view of views) {
      for (let at = 0; at < CASES[view]; at += 1) {
        seed += SEED_STEP;
        // Every case keeps its seed, however many are taken.
        if (at < Math.ceil(CASES[view] * share) && ids.includes(id)) cases.push(caseOf(id, view, at, seed));
      }
    }
  }
  return cases;
}

/** The case again with other numbers: what is drawn where the first does not show its cause. */
export const again = (one: Case, attempt: number): Case => caseOf(one.behaviour, one.view, one.seed % 97, one.seed + attempt);

function caseOf(id: string, view: View, at: number, seed: number): Case {
  const random = new Random(seed, 'case');
  const behaviour = behaviourById(id)!;
  const varies = behaviour.issuer === 'onset' || behaviour.issuer === 'countdown';
  let [gatewayFormat, issuerFormat] = FORMATS[(at + random.below(2)) % FORMATS.length]!;
  // Where lives change, only a log that writes them down can say so; half of the cases have one.
  if (varies && view !== 'lifetime unknown' && random.below(4) !== 0) issuerFormat = 'token-tax-idp';
  if (id === 'TT108' && WITH_LIFE.has(issuerFormat)) issuerFormat = 'kong-json';
  if (view === 'lifetime unknown' && WITH_LIFE.has(issuerFormat)) issuerFormat = 'kong-json';
  if (view === '1 s stamps') [gatewayFormat, issuerFormat] = COARSE_PAIRS[at % COARSE_PAIRS.length]!;
  // What waits is seen only where both times are in the log.
  if (view === 'gateway only') gatewayFormat = at % 2 === 0 ? 'envoy-json' : 'nginx-timing';
  // Not every reader's gateway writes the ids that its issuer writes.
  if (view === 'shared ids')
    [gatewayFormat, issuerFormat] = at % 2 === 0 ? ['envoy-json', 'kong-json'] : ['nginx-json', 'nginx-timing'];
  const base = LIVES_S[random.below(LIVES_S.length)]!;
  const lifetimeMs = 1000 * Math.max(10, random.below(2) === 0 ? base : Math.floor(base * (0.8 + 0.5 * random.unit())));
  const lives = 4 + random.below(20);
  const durationMs = Math.max(60_000, lives * lifetimeMs);
  const requests = magnitude(random, 600, 9000);
  const isMixed = view === 'mixed fleet';
  const others = ['at-expiry', 'TT101', 'TT111', 'refresh-ahead', 'TT103'].filter((other) => other !== id);
  const options: GenerateOptions = {
    behaviours: isMixed ? [id, others[at % others.length]!, others[(at + 1) % others.length]!] : [id],
    seed,
    vary: true,
    durationMs,
    rate: (requests * (isMixed ? 2 : 1) * 1000) / durationMs,
    arrivals: ARRIVALS[random.below(ARRIVALS.length)]!,
    lifetimeMs,
    nodes: id === 'TT107' || id === 'TT113' ? 4 + random.below(8) : 1 + random.below(8),
    workers: id === 'TT106' ? 2 + random.below(7) : 1 + random.below(4),
    users: magnitude(random, 4, 250),
    gatewayFormat,
    issuerFormat,
    wrapper: (['none', 'none', 'docker', 'cri'] as const)[random.below(4)]!,
    ...(view === 'nat' ? { nat: true } : {}),
    ...(view === 'no client field' ? { clientField: false } : {}),
    ...(view === '1 s stamps' ? { resolutionMs: 1000 } : {}),
    ...(view === 'partial window' ? { warmUpMs: Math.floor(durationMs * (0.2 + random.unit())) } : {}),
    ...(view === 'skew' ? { skewMs: (random.below(2) === 0 ? 1 : -1) * magnitude(random, 400, 120_000) } : {}),
    ...(view === 'lost lines' ? { lose: 0.002 * 2 ** random.below(5), rotate: 3 } : {}),
    ...(view === 'shared ids' ? { sharedIds: true } : {}),
  };
  return {
    id: `${id} ${view} ${seed}`,
    behaviour: id,
    view,
    seed,
    options,
    saysLifetime: view !== 'lifetime unknown' && !WITH_LIFE.has(issuerFormat),
    seesGateway: view !== 'issuer only',
    seesIssuer: view !== 'gateway only',
  };
}
