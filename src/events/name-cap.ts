/**
 * Caps on names that do not depend on who came first: a name stays while its hash lies below a limit, and the limit only halves, when
 * more names lie below it than may. Whatever the order of the lines, and however many scanners share them, the same names are left.
 */
import type { AgentName, Caller } from './request-batch.js';

export const MAX_ROUTES = 20_000;
export const MAX_AGENTS = 16_384;
export const MAX_NODES = 65_536;
export const MAX_CALLERS = 262_144;

/** Above every hash: all names stay. */
export const NO_LIMIT = 2 ** 32;

/** FNV-1a over UTF-16 units with Murmur3's finish: the limit halves, so the high bits must be as good as the low ones. */
export function nameHash(name: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < name.length; at += 1) hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** The largest limit from `limit` down by halves below which no more than `max` of the names lie. */
export function limitFor(names: Iterable<string>, max: number, limit: number = NO_LIMIT): number {
  let hashes: number[] = [];
  for (const name of names) {
    const hash = nameHash(name);
    if (hash < limit) hashes.push(hash);
  }
  while (hashes.length > max) {
    limit /= 2;
    const below = limit;
    hashes = hashes.filter((hash) => hash < below);
  }
  return limit;
}

/** Names with their ids, capped. Who is told of a name that has to go replaces it by the one that stands for all others. */
export class NameCap {
  limit = NO_LIMIT;
  private readonly ids = new Map<string, number>();

  constructor(
    private readonly max: number,
    private readonly drop: (id: number) => void,
  ) {}

  find(name: string): number | undefined {
    return this.ids.get(name);
  }

  /** False for a name that is not to be added. One that does not count (`isOther`) always is, and then stays. */
  admits(name: string): boolean {
    return this.limit === NO_LIMIT || nameHash(name) < this.limit;
  }

  /** After `admits`: true while the name is still wanted. */
  add(name: string, id: number): boolean {
    this.ids.set(name, id);
    if (this.ids.size <= this.max) return true;
    while (this.ids.size > this.max) {
      this.limit /= 2;
      for (const [known, at] of this.ids) {
        if (nameHash(known) < this.limit) continue;
        this.ids.delete(known);
        this.drop(at);
      }
    }
    return this.ids.has(name);
  }
}

/** What the caps of one dictionary have come to. */
export interface NameLimits {
  readonly routes: number;
  readonly nodes: number;
  readonly agents: number;
  readonly callers: number;
}

export const OTHER_ROUTES = '(other routes)';
export const OTHER_NODES = '(other nodes)';
const OTHER_AGENT = '(other ';
export const otherAgent = (kind: AgentName['kind']): string => `${OTHER_AGENT}${kind})`;
export const isOtherAgent = (agent: string | undefined): boolean => agent?.startsWith(OTHER_AGENT) === true;

/** Rule of the caller that stands for all beyond the cap: its fetches are counted, and their verdict is unknown. */
export const OVERFLOW_RULE = 'overflow';

export const overflowCaller = (kind: Caller['kind']): Caller => ({
  kind,
  rule: OVERFLOW_RULE,
  method: 'OTHER',
  host: undefined,
  path: '(other callers)',
  provider: undefined,
  providerLifetimeMs: undefined,
  address: undefined,
  agent: undefined,
  agentKind: 'unknown',
  node: undefined,
  client: undefined,
  clientFrom: undefined,
  scope: undefined,
  audience: undefined,
  grantType: undefined,
  bound: false,
  secretInQuery: false,
  distinct: undefined,
});

/** One text for everything a caller is: equal for two that are one, whoever has read them. */
export const callerName = (caller: Caller): string => JSON.stringify(Object.values(caller));

/** A name that is one of many beyond a cap tells nobody apart: its fetches must not count as one holder's. */
export const tellsNobody = ({ client, agent, node }: Caller): boolean =>
  (client === undefined && isOtherAgent(agent)) || node === OTHER_NODES;
