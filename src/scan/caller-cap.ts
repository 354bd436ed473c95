/** Callers with their ids, capped as names are (`events/name-cap.ts`), without a text for each: there may be a hundred thousand. */
import { callerName, NO_LIMIT, nameHash } from '../events/name-cap.js';
import type { Caller } from '../events/request-batch.js';

/** Only names that were made to collide lie further from where they belong. */
const MOST_PROBES = 64;

export class CallerCap {
  limit = NO_LIMIT;
  private count = 0;
  /** 1 more than the id, 0 where nothing is. */
  private table = new Int32Array(256);
  private hashes = new Int32Array(128);
  private readonly far = new Map<string, number>();

  /** `drop`: replaces a caller that has to go. */
  constructor(
    private readonly callers: readonly Caller[],
    private readonly max: number,
    private readonly drop: (id: number) => void,
  ) {}

  /** Its id, or -1. */
  find(caller: Caller): number {
    const hash = hashOf(caller);
    const mask = this.table.length - 1;
    let slot = hash & mask;
    for (let probe = 0; probe < MOST_PROBES && this.table[slot] !== 0; probe += 1) {
      const id = this.table[slot]! - 1;
      if (this.hashes[id] === hash && isSame(this.callers[id]!, caller)) return id;
      slot = (slot + 1) & mask;
    }
    return this.far.size === 0 ? -1 : (this.far.get(callerName(caller)) ?? -1);
  }

  /** False for one that is not to be added. */
  admits(caller: Caller): boolean {
    return this.limit === NO_LIMIT || nameHash(callerName(caller)) < this.limit;
  }

  /** After `admits`, of the one that was put last into the list. */
  add(id: number): void {
    if (id >= this.hashes.length) {
      const longer = new Int32Array(id * 2);
      longer.set(this.hashes);
      this.hashes = longer;
    }
    const hash = hashOf(this.callers[id]!);
    this.hashes[id] = hash;
    this.count += 1;
    if (this.count * 2 > this.table.length) this.rebuild(this.known(), this.table.length * 2);
    this.place(id, hash);
    if (this.count > this.max) this.halve();
  }

  private halve(): void {
    let ids = this.known();
    while (ids.length > this.max) {
      this.limit /= 2;
      ids = ids.filter((id) => {
        const stays = nameHash(callerName(this.callers[id]!)) < this.limit;
        if (!stays) this.drop(id);
        return stays;
      });
    }
    this.count = ids.length;
    this.rebuild(ids, this.table.length);
  }

  private known(): number[] {
    const ids = [...this.far.values()];
    for (const entry of this.table) if (entry !== 0) ids.push(entry - 1);
    return ids;
  }

  private rebuild(ids: readonly number[], length: number): void {
    this.table = new Int32Array(length);
    this.far.clear();
    for (const id of ids) this.place(id, this.hashes[id]!);
  }

  private place(id: number, hash: number): void {
    const mask = this.table.length - 1;
    let slot = hash & mask;
    for (let probe = 0; probe < MOST_PROBES; probe += 1) {
      if (this.table[slot] === 0) {
        this.table[slot] = id + 1;
        return;
      }
      slot = (slot + 1) & mask;
    }
    this.far.set(callerName(this.callers[id]!), id);
  }
}

/** FNV-1a over what tells most callers apart; all of it is compared. */
function hashOf({ kind, path, client, address, agent, node, scope, audience, distinct }: Caller): number {
  let hash = 0x811c9dc5;
  for (const text of [kind, path, client, address, agent, node, scope, audience, distinct]) {
    if (text !== undefined) for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
    hash = Math.imul(hash ^ 0x1_0000, 0x01000193);
  }
  return hash ^ (hash >>> 15);
}

function isSame(one: Caller, other: Caller): boolean {
  return (
    one.client === other.client &&
    one.address === other.address &&
    one.agent === other.agent &&
    one.node === other.node &&
    one.path === other.path &&
    one.host === other.host &&
    one.kind === other.kind &&
    one.rule === other.rule &&
    one.method === other.method &&
    one.provider === other.provider &&
    one.providerLifetimeMs === other.providerLifetimeMs &&
    one.agentKind === other.agentKind &&
    one.clientFrom === other.clientFrom &&
    one.scope === other.scope &&
    one.audience === other.audience &&
    one.grantType === other.grantType &&
    one.bound === other.bound &&
    one.secretInQuery === other.secretInQuery &&
    one.distinct === other.distinct
  );
}
