/**
 * The cache of the loopback, without network and clock of its own. One slot per token identity: at most one fetch at a time, a token
 * that is used until its margin, renewed ahead in the background, and kept while the provider fails but the token lives.
 */

export interface Reply {
  readonly status: number;
  readonly contentType: string | undefined;
  readonly body: Buffer;
  /** A token that may be kept this long; undefined: not to be kept. ms. */
  readonly lifetimeMs: number | undefined;
  /** It carries a token, whether or not it may be kept. */
  readonly isToken: boolean;
  /** From Retry-After. */
  readonly retryAfterMs?: number | undefined;
  /** End-to-end headers as the provider sent them: name, value, name, value... */
  readonly headers?: readonly string[];
}

/** What the cache did for a request: `negative` is a failure that was remembered. */
export type Outcome = 'hit' | 'miss' | 'expired' | 'collapsed' | 'stale' | 'negative' | 'refused';

export interface Served {
  readonly outcome: Outcome;
  readonly reply: Reply;
  /** Of a token that was served from the cache: ms until it ends, and until it is no longer handed out. */
  readonly leftMs?: number;
  readonly ttlMs?: number;
  readonly stored?: boolean;
}

export interface CacheOptions {
  /** Monotonic, ms. */
  readonly now: () => number;
  /** Of the day, ms. A monotonic clock stands still while the machine sleeps; a token does not. Without it, `now` alone decides. */
  readonly wallNow?: () => number;
  /** 0 to 1. */
  readonly random: () => number;
  /** From lifetime to how long before the end it is no longer handed out, both in ms. */
  readonly marginMs: (lifetimeMs: number) => number;
  /** undefined: not ahead. */
  readonly refreshAhead: number | undefined;
  readonly maxEntries: number;
  readonly maxBytes: number;
  readonly maxWaiters: number;
  /** Resolves when that many ms have passed; for waiting no longer than `STALE_AFTER_MS` where an old token is at hand. */
  readonly sleep: (ms: number) => Promise<void>;
}

/** Told of a fetch whose answer no request waited for to the end: a renewal ahead, or one that was too slow or failed. */
export type OnUnseen = (reply: Reply) => void;

/** Ages in ms, from when it was asked for. */
interface Token {
  readonly reply: Reply;
  readonly sentAt: number;
  readonly sentWall: number;
  readonly lifetimeMs: number;
  readonly usableMs: number;
  readonly refreshMs: number;
}

export interface Slot {
  token: Token | undefined;
  inflight: Promise<Reply> | undefined;
  waiters: number;
  failure: Reply | undefined;
  failures: number;
  retryAt: number;
}

const STALE_AFTER_MS = 1000;
const FIRST_BACK_OFF_MS = 1000;
const LONGEST_BACK_OFF_MS = 30_000;
/** A client that is refused may be mended at any moment. */
const LONGEST_REFUSAL_MS = 5000;
const LONGEST_RETRY_AFTER_MS = 300_000;

export const generated = (status: number, description: string): Reply => ({
  status,
  contentType: 'application/json',
  body: Buffer.from(JSON.stringify({ error: 'temporarily_unavailable', error_description: description })),
  lifetimeMs: undefined,
  isToken: false,
});

/** The provider says no to this client, as opposed to not being able to answer. */
const isRefusal = ({ status }: Reply): boolean => status >= 400 && status < 500 && status !== 408 && status !== 429;

export class TokenCache {
  readonly #options: CacheOptions;
  /** Slots with a token, oldest first, and those without: a flood of wrong secrets pushes out no token. */
  readonly #good = new Map<string, Slot>();
  readonly #rest = new Map<string, Slot>();
  #bytes = 0;

  constructor(options: CacheOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#good.size;
  }

  /** The age by the clock that says more: a clock set forward ends a token early, one set back never makes it live longer. */
  #age({ sentAt, sentWall }: Token): number {
    const { now, wallNow } = this.#options;
    const age = now() - sentAt;
    return wallNow === undefined ? age : Math.max(age, wallNow() - sentWall);
  }

  /** A token that can be handed out at once, or undefined. Begins its renewal where that is due. */
  hit(id: string, fetch: () => Promise<Reply>, onUnseen?: OnUnseen): Served | undefined {
    const slot = this.#good.get(id);
    const token = slot?.token;
    if (slot === undefined || token === undefined) return undefined;
    const age = this.#age(token);
    if (age >= token.usableMs) return undefined;
    if (age >= token.refreshMs && slot.inflight === undefined && this.#options.now() >= slot.retryAt)
      void this.#fetch(id, slot, fetch).then((reply) => onUnseen?.(reply));
    return { outcome: 'hit', reply: token.reply, leftMs: token.lifetimeMs - age, ttlMs: token.usableMs - age };
  }

  /** `fetch` asks the provider; it is bounded in time, and a rejection is a provider that did not answer. */
  async get(id: string, fetch: () => Promise<Reply>, onUnseen?: OnUnseen): Promise<Served> {
    const hit = this.hit(id, fetch, onUnseen);
    if (hit !== undefined) return hit;
    const { now, maxWaiters } = this.#options;
    const slot = this.#slot(id);
    const old = this.#old(slot);
    if (slot.inflight === undefined && now() < slot.retryAt) {
      if (old !== undefined) return old;
      if (slot.failure !== undefined) return { outcome: 'negative', reply: slot.failure };
    }
    const isFirst = slot.inflight === undefined;
    if (!isFirst && slot.waiters >= maxWaiters) return old ?? { outcome: 'refused', reply: generated(503, 'too many wait') };
    const outcome = isFirst ? (slot.token === undefined ? 'miss' : 'expired') : 'collapsed';
    const flight = slot.inflight ?? this.#fetch(id, slot, fetch);
    slot.waiters += 1;
    try {
      const reply = await (old === undefined ? flight : Promise.race([flight, this.#options.sleep(STALE_AFTER_MS)]));
      if (reply === undefined || (!reply.isToken && !isRefusal(reply))) {
        const still = this.#old(slot);
        if (still !== undefined) {
          if (isFirst) void flight.then((late) => onUnseen?.(late));
          return still;
        }
      }
      if (reply !== undefined) return this.#fresh(outcome, slot, reply);
      return this.#fresh(outcome, slot, await flight);
    } finally {
      slot.waiters -= 1;
    }
  }

  #fresh(outcome: Outcome, slot: Slot, reply: Reply): Served {
    const { token } = slot;
    if (token?.reply !== reply) return { outcome, reply };
    const age = this.#age(token);
    return { outcome, reply, leftMs: token.lifetimeMs - age, ttlMs: token.usableMs - age, stored: true };
  }

  /** A token past its margin that still lives. */
  #old({ token }: Slot): Served | undefined {
    if (token === undefined) return undefined;
    const age = this.#age(token);
    if (age >= token.lifetimeMs) return undefined;
    return { outcome: 'stale', reply: token.reply, leftMs: token.lifetimeMs - age, ttlMs: token.usableMs - age };
  }

  #slot(id: string): Slot {
    const known = this.#good.get(id) ?? this.#rest.get(id);
    if (known !== undefined) return known;
    const slot: Slot = { token: undefined, inflight: undefined, waiters: 0, failure: undefined, failures: 0, retryAt: 0 };
    this.#rest.set(id, slot);
    if (this.#rest.size > this.#options.maxEntries)
      for (const [other, { inflight }] of this.#rest) {
        if (other === id || inflight !== undefined) continue;
        this.#rest.delete(other);
        break;
      }
    return slot;
  }

  #fetch(id: string, slot: Slot, fetch: () => Promise<Reply>): Promise<Reply> {
    const { now, wallNow } = this.#options;
    const sent = { sentAt: now(), sentWall: wallNow?.() ?? 0 };
    const flight = (async () => {
      const reply = await fetch().catch(() => generated(502, 'the provider did not answer'));
      slot.inflight = undefined;
      if (reply.isToken) this.#keep(id, slot, reply, sent);
      else this.#remember(id, slot, reply);
      return reply;
    })();
    slot.inflight = flight;
    return flight;
  }

  /** The life counts from before the request was sent: it can only have begun later. */
  #keep(id: string, slot: Slot, reply: Reply, sent: Pick<Token, 'sentAt' | 'sentWall'>): void {
    const { marginMs, refreshAhead, random, maxEntries, maxBytes } = this.#options;
    slot.failure = undefined;
    slot.failures = 0;
    slot.retryAt = 0;
    this.#drop(id, slot);
    const { lifetimeMs } = reply;
    if (lifetimeMs === undefined || lifetimeMs <= 0) return;
    const usable = Math.max(0, lifetimeMs - marginMs(lifetimeMs));
    // Within 5 % around the share, and never later than the last use.
    const ahead = refreshAhead === undefined ? 1 : refreshAhead * (0.95 + 0.1 * random());
    const refreshMs = refreshAhead === undefined ? Number.POSITIVE_INFINITY : Math.min(usable, lifetimeMs * ahead);
    slot.token = { ...sent, reply, lifetimeMs, usableMs: usable, refreshMs };
    this.#rest.delete(id);
    this.#good.set(id, slot);
    this.#bytes += reply.body.length;
    for (const [other, each] of this.#good) {
      if (this.#good.size <= maxEntries && this.#bytes <= maxBytes) break;
      if (other !== id) this.#drop(other, each);
    }
  }

  #remember(id: string, slot: Slot, reply: Reply): void {
    const { now, random } = this.#options;
    const refused = isRefusal(reply);
    if (refused) this.#drop(id, slot);
    const longest = refused ? LONGEST_REFUSAL_MS : LONGEST_BACK_OFF_MS;
    const backOff = Math.min(longest, FIRST_BACK_OFF_MS * 2 ** Math.min(slot.failures, 10)) * (0.9 + 0.2 * random());
    slot.failures += 1;
    slot.retryAt = now() + Math.max(backOff, Math.min(reply.retryAfterMs ?? 0, LONGEST_RETRY_AFTER_MS));
    // Only what is an error by its status is said again; a page that is no token is not.
    slot.failure = reply.status >= 400 ? reply : generated(503, 'the provider answered without a token');
    if (!this.#good.has(id)) this.#rest.set(id, slot);
  }

  #drop(id: string, slot: Slot): void {
    if (slot.token !== undefined) this.#bytes -= slot.token.reply.body.length;
    slot.token = undefined;
    this.#good.delete(id);
  }
}
