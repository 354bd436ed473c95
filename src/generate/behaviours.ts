/** How a client of the fleet keeps its tokens: data, one entry per cause and per healthy pattern. */
import type { Random } from './random.js';

/** What shares one cached token. `route`: each back end of a node has its own; `job`: each short-lived process. */
export type CacheScope = 'none' | 'node' | 'worker' | 'shared' | 'user' | 'route' | 'job' | 'loopback';

export interface Behaviour {
  readonly id: string;
  /** Code of the cause, where it is not the id. */
  readonly cause?: string;
  readonly title: string;
  readonly healthy?: true;
  readonly cache: CacheScope;
  /** How long a token of life `lifeMs` is used once it is there; default: the life less the usual margin. */
  readonly usableMs?: (lifeMs: number) => number;
  /** Refreshes in the background between these shares of the life. */
  readonly ahead?: readonly [number, number];
  /** Requests that wait make a fetch each. */
  readonly alone?: true;
  /** Fetches per miss. */
  readonly each?: number;
  /** Requests that arrive together. */
  readonly clump?: number;
  /** Requests of one short-lived job; default 3. */
  readonly jobRequests?: number;
  /** Back ends of a node that have a cache each; default: one for each of the six routes. */
  readonly backEnds?: number;
  /** Tries of those who do not back off; default 3. */
  readonly tries?: number;
  /** When caches are emptied, as shares of the run. */
  readonly deploysAt?: readonly number[];
  /** Margin that does not depend on the token, ms; default min(60 s, 20 % of the life). */
  readonly marginMs?: (lifetimeMs: number) => number;
  readonly fetchMs?: readonly [number, number];
  /** What the issuer does: counts a life down, shortens it in the middle of the run, is down for a part of it. */
  readonly issuer?: 'countdown' | 'onset' | 'outage';
  /** What the client does when a fetch fails. */
  readonly retries?: 'at-once' | 'back-off';
  readonly more?:
    | 'introspection'
    | 'jwks'
    | 'discovery'
    | 'refused'
    | 'credentials'
    | 'deploys'
    | 'synchronised'
    | 'dpop'
    | 'device'
    | 'users'
    | 'scopes';
}

/** min(60 s, 10 % of the life): the margin of an ordinary cache. */
export const usualMarginMs = (lifeMs: number): number => Math.min(60_000, Math.floor(lifeMs / 10));
/** Of those who take one margin for every token. */
export const fixedMarginMs = (lifetimeMs: number): number => Math.min(60_000, Math.floor(lifetimeMs / 5));

export const behaviours: readonly Behaviour[] = [
  { id: 'TT101', title: 'no cache', cache: 'none', alone: true },
  { id: 'TT102', title: 'more than one fetch per request', cache: 'none', alone: true, each: 2 },
  { id: 'TT103', title: 'no single flight', cache: 'node', alone: true, clump: 6, fetchMs: [200, 400] },
  { id: 'TT104', title: 'refresh margin as long as the lifetime', cache: 'node', issuer: 'onset' },
  { id: 'TT105', title: 'fragmented cache key', cache: 'route' },
  { id: 'TT106', title: 'each instance caches alone', cache: 'worker' },
  { id: 'TT107', title: 'synchronised expiry', cache: 'node', more: 'synchronised' },
  {
    id: 'TT108',
    title: 'no lifetime in the token response',
    cache: 'node',
    usableMs: (life) => (life > 600_000 ? 300_000 : 1000),
  },
  { id: 'TT109', title: 'issuer hands out tokens that are almost over', cache: 'node', issuer: 'countdown' },
  { id: 'TT110', title: 'fetch loop after failures', cache: 'node', issuer: 'outage', retries: 'at-once' },
  {
    id: 'TT110-401',
    cause: 'TT110',
    title: 'a new fetch after each 401 of the back end',
    cache: 'node',
    more: 'refused',
  },
  {
    id: 'TT111',
    title: 'cache shorter than the token',
    cache: 'node',
    usableMs: (life) => Math.min(60_000, Math.floor(life / 5)),
  },
  { id: 'TT112', title: 'short-lived jobs', cache: 'job' },
  { id: 'TT113', title: 'restart or deploy wave', cache: 'node', more: 'deploys' },
  { id: 'TT114', title: 'cached per end user', cache: 'user' },
  { id: 'TT115', title: 'introspection on every request', cache: 'node', more: 'introspection' },
  { id: 'TT116', title: 'JWKS on every request', cache: 'node', more: 'jwks' },
  { id: 'TT116-discovery', cause: 'TT116', title: 'discovery on every request', cache: 'node', more: 'discovery' },
  { id: 'TT117', title: 'loopback outlives the token', cache: 'loopback', usableMs: (life) => Math.floor(life * 1.5) },
  { id: 'TT118', title: 'credentials in the URL', cache: 'node', more: 'credentials' },
  { id: 'at-expiry', title: 'one fetch per node and life, waited for together', healthy: true, cache: 'node' },
  { id: 'refresh-ahead', title: 'background refresh at 60 to 90 % of the life', healthy: true, cache: 'node', ahead: [0.6, 0.9] },
  { id: 'half-life', title: 'background refresh at half the life', healthy: true, cache: 'node', ahead: [0.5, 0.52] },
  { id: 'shared-cache', title: 'one token for all nodes', healthy: true, cache: 'shared' },
  { id: 'loopback', title: 'a loopback endpoint in front of the issuer', healthy: true, cache: 'loopback' },
  { id: 'dpop-nonce', title: 'a 400 that asks for a nonce before each 200', healthy: true, cache: 'node', more: 'dpop' },
  { id: 'device-polling', title: 'device flow beside a service client', healthy: true, cache: 'node', more: 'device' },
  { id: 'user-grants', title: 'sign-ins of people beside a service client', healthy: true, cache: 'node', more: 'users' },
  { id: 'scopes', title: 'one client with three scopes', healthy: true, cache: 'node', more: 'scopes' },
  {
    id: 'back-off',
    title: 'an outage of the issuer, retries at 1, 2, 4 ... s',
    healthy: true,
    cache: 'node',
    issuer: 'outage',
    retries: 'back-off',
  },
];

/** A number from `from` to `to` whose order of magnitude is what varies, in steps that need no logarithm. */
export function magnitude(random: Random, from: number, to: number): number {
  let doublings = 0;
  while (from * 2 ** doublings < to) doublings += 1;
  const base = from * 2 ** random.below(Math.max(1, doublings));
  return Math.min(to, Math.floor(base * (1 + random.unit())));
}

/** The same cause or pattern with other numbers in it: no two fleets are set up alike. */
export function varied(behaviour: Behaviour, random: Random): Behaviour {
  const fastest = magnitude(random, 4, behaviour.id === 'TT103' ? 400 : 120);
  const share = random.unit();
  const spread = random.unit();
  const count = random.below(6);
  const out: { -readonly [name in keyof Behaviour]: Behaviour[name] } = {
    ...behaviour,
    fetchMs: [fastest, Math.ceil(fastest * (1.2 + 3 * spread))],
  };
  const margins = [0, 0.05, 0.1, 0.15, 0.2, 0.1];
  switch (behaviour.id) {
    case 'TT102':
      out.each = 2 + (count % 3);
      break;
    case 'TT103':
      out.clump = 1 + magnitude(random, 1, 16);
      break;
    case 'TT104':
      out.marginMs = (life) => Math.min([30_000, 60_000, 60_000, 120_000, 300_000, 60_000][count]!, Math.floor(life / 4));
      break;
    case 'TT105':
      out.backEnds = 2 + (count % 5);
      break;
    case 'TT108':
      out.usableMs = (life) => {
        const shorter = [1000, 300_000, 3_600_000].filter((one) => one < 0.5 * life);
        return shorter[Math.floor(share * shorter.length)] ?? 1000;
      };
      break;
    case 'TT110':
      out.tries = 3 + count;
      break;
    case 'TT111':
      out.usableMs = (life) => Math.max(1000, Math.floor(life * (0.02 + 0.38 * share)));
      break;
    case 'TT112':
      out.jobRequests = 1 + magnitude(random, 1, 16);
      break;
    case 'TT113':
      out.deploysAt = Array.from({ length: 1 + count }, (_, at) => 0.15 + (0.7 * (at + share)) / (1 + count));
      break;
    case 'TT117':
      out.usableMs = (life) => Math.floor(life * (1.2 + 1.8 * share));
      break;
    case 'at-expiry':
    case 'shared-cache':
    case 'scopes':
      out.usableMs = (life) => Math.max(1, life - Math.floor(life * margins[count]!));
      break;
    case 'refresh-ahead':
      out.ahead = [0.5 + 0.3 * share, 0.5 + 0.3 * share + 0.1 * spread];
      break;
    default:
  }
  return out;
}

export const behaviourById = (id: string): Behaviour | undefined =>
  behaviours.find((one) => one.id.toLowerCase() === id.toLowerCase());
