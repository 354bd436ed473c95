/** One client of the fleet: its cache, what it fetches, and the truth about it. */
import { type Behaviour, fixedMarginMs, usualMarginMs } from './behaviours.js';
import type { Settings } from './options.js';
import type { Random } from './random.js';
import { Ledger } from './truth.js';

export interface Arrival {
  readonly atMs: number;
  readonly node: number;
  readonly worker: number;
  readonly user: number;
  readonly route: number;
  /** How many requests of this client came before. */
  readonly index: number;
}

export interface Fetch {
  readonly atMs: number;
  readonly durationMs: number;
  readonly status: number;
  readonly holder: string;
  readonly address: string;
  readonly worker: number;
  readonly lifetimeMs: number | null;
  readonly timely: boolean;
  readonly isBackground: boolean;
  readonly query: string;
}

/** What became of a request. */
export interface Served {
  readonly holder: string;
  /** How long it waited for a token. */
  readonly waitedMs: number;
  /** What a loopback endpoint answered. */
  readonly loopback: 'HIT' | 'MISS' | undefined;
  readonly hasToken: boolean;
  /** The token it went with was over. */
  readonly isRefused: boolean;
}

interface Cached {
  readyAtMs: number;
  usableUntilMs: number;
  overAtMs: number;
  refreshAtMs: number;
}

/** Requests of one short-lived job. */
const JOB_REQUESTS = 3;
const DEPLOYS_AT = [0.2, 0.26, 0.32, 0.6, 0.66];
const BACK_OFF_MAX_MS = 64_000;

export class Client {
  readonly shared = new Ledger();
  readonly holders = new Map<string, { readonly ledger: Ledger; readonly address: string }>();
  private readonly caches = new Map<string, Cached>();
  private readonly failures = new Map<string, { nextMs: number; pauseMs: number }>();
  private deploysDone = 0;

  constructor(
    readonly name: string,
    readonly scope: string | null,
    readonly behaviour: Behaviour,
    private readonly settings: Settings,
    private readonly random: Random,
    private readonly emit: (fetch: Fetch, client: Client, counts: boolean) => void,
  ) {}

  get lifetimes(): readonly { fromMs: number; lifetimeMs: number }[] | 'countdown' {
    const { issuer } = this.behaviour;
    const { startMs, warmUpMs, lifetimeMs } = this.settings;
    if (issuer === 'countdown') return 'countdown';
    const first = { fromMs: startMs - warmUpMs, lifetimeMs };
    return issuer === 'onset' ? [first, { fromMs: this.at(0.4), lifetimeMs: this.lifeAt(this.at(0.4)) }] : [first];
  }

  private at(share: number): number {
    return this.settings.startMs + Math.floor(this.settings.durationMs * share);
  }

  /** Of those who take off the same for every token. */
  private get marginMs(): number {
    return (this.behaviour.marginMs ?? fixedMarginMs)(this.settings.lifetimeMs);
  }

  /** How long a token that is handed out now is valid. */
  private lifeAt(ms: number): number {
    const { issuer } = this.behaviour;
    const { lifetimeMs, startMs } = this.settings;
    if (issuer === 'onset' && ms >= this.at(0.4)) return this.marginMs;
    if (issuer !== 'countdown') return lifetimeMs;
    const gone = (ms - startMs) % lifetimeMs;
    return Math.max(1000, lifetimeMs - (gone < 0 ? gone + lifetimeMs : gone));
  }

  private isDown(ms: number): boolean {
    if (this.behaviour.issuer !== 'outage') return false;
    const { startMs, warmUpMs, durationMs, lifetimeMs } = this.settings;
    const usable = lifetimeMs - usualMarginMs(lifetimeMs);
    const origin = startMs - warmUpMs;
    // From shortly before the tokens of many end, or it would pass unseen; from the first request where they do not end in time.
    const lives = Math.ceil((startMs + durationMs * 0.4 - origin) / usable);
    const end = origin + lives * usable - 1000;
    const from = end < this.at(0.8) ? end : startMs;
    return ms >= from && ms < from + durationMs / 10;
  }

  private usableMs(atMs: number, life: number): number {
    const { usableMs, issuer, more } = this.behaviour;
    const { startMs } = this.settings;
    if (usableMs !== undefined) return usableMs(life);
    // These take off what they always do, whatever the token says.
    if (issuer !== undefined && issuer !== 'outage') return Math.max(0, life - this.marginMs);
    const usable = life - usualMarginMs(life);
    if (more !== 'synchronised') return usable;
    // The life ends at the same moment for all who fetched since the last one ended.
    const gone = (((atMs - startMs) % usable) + usable) % usable;
    return gone < usable / 2 ? usable - gone : usable;
  }

  private holderOf({ node, index }: Arrival): { holder: string; address: string } {
    const { cache } = this.behaviour;
    if (cache === 'job') {
      const job = Math.floor(index / (this.behaviour.jobRequests ?? JOB_REQUESTS));
      return { holder: `job-${job + 1}`, address: `10.${21 + (job >> 16)}.${(job >> 8) & 255}.${job & 255}` };
    }
    if (cache === 'loopback') return { holder: 'loopback', address: '10.20.0.200' };
    if (cache === 'shared') return { holder: 'shared-cache', address: '10.20.0.201' };
    return { holder: `gw-${node + 1}`, address: `10.20.${node >> 7}.${10 + (node & 127)}` };
  }

  private cacheName(holder: string, { worker, user, route }: Arrival): string {
    const { cache } = this.behaviour;
    return cache === 'worker'
      ? `${holder}:${worker}`
      : cache === 'user'
        ? `${holder}:${user}`
        : cache === 'route'
          ? `${holder}:${route % (this.behaviour.backEnds ?? 6)}`
          : holder;
  }

  serve(arrival: Arrival, counts: boolean): Served {
    const { atMs } = arrival;
    const { behaviour, random } = this;
    const [from, to] = behaviour.fetchMs ?? [12, 60];
    const fetchMs = random.between(from, to);
    const { holder, address } = this.holderOf(arrival);
    let known = this.holders.get(holder);
    if (known === undefined) {
      known = { ledger: new Ledger(), address };
      this.holders.set(holder, known);
    }
    const life = this.lifeAt(atMs);
    const usable = life - usualMarginMs(life);
    const canFetch = !this.isDown(atMs);
    known.ledger.need(atMs, fetchMs, usable, canFetch, counts);
    this.shared.need(atMs, fetchMs, usable, canFetch, counts);
    this.deploy(atMs);
    const name = this.cacheName(holder, arrival);
    const isLoopback = behaviour.cache === 'loopback';
    const cached = this.caches.get(name);
    const done = (waitedMs: number, loopback: 'HIT' | 'MISS', hasToken = true, isRefused = false): Served => ({
      holder,
      waitedMs,
      loopback: isLoopback ? loopback : undefined,
      hasToken,
      isRefused,
    });
    if (cached !== undefined && atMs < cached.usableUntilMs && !(behaviour.alone === true && atMs < cached.readyAtMs)) {
      if (atMs >= cached.refreshAtMs) this.fetch(name, arrival, holder, address, atMs, fetchMs, true, counts);
      if (this.isRejected(atMs)) this.caches.delete(name);
      return done(Math.max(0, cached.readyAtMs - atMs), 'HIT', true, atMs >= cached.overAtMs || this.isRejected(atMs));
    }
    const failed = this.failures.get(name);
    if (failed !== undefined && atMs < failed.nextMs) return done(0, 'MISS', false);
    let startMs = atMs;
    let ok = false;
    const tries = behaviour.retries === 'at-once' ? (behaviour.tries ?? 3) : 1;
    for (let attempt = 0; attempt < tries && !ok; attempt += 1) {
      ok = this.fetch(name, arrival, holder, address, startMs, fetchMs, false, counts);
      startMs += fetchMs + 1;
    }
    if (ok && behaviour.more === 'dpop') startMs += fetchMs + 1;
    for (let more = 1; more < (behaviour.each ?? 1) && ok; more += 1) {
      this.fetch(name, arrival, holder, address, startMs, fetchMs, false, counts);
      startMs += fetchMs + 1;
    }
    if (ok) this.failures.delete(name);
    else if (behaviour.retries === 'back-off') {
      const pauseMs = Math.min(BACK_OFF_MAX_MS, failed === undefined ? 1000 : failed.pauseMs * 2);
      this.failures.set(name, { nextMs: startMs + pauseMs, pauseMs });
    }
    // Whoever is told 401 throws the token away and fetches another one.
    const isRejected = ok && this.isRejected(atMs);
    if (isRejected) this.caches.delete(name);
    return done(startMs - atMs, 'MISS', ok, isRejected);
  }

  /** The back end takes no token of this client, though the issuer hands them out. */
  private isRejected(atMs: number): boolean {
    return this.behaviour.more === 'refused' && atMs >= this.at(0.3) && atMs < this.at(0.6);
  }

  /** A request with a token of a holder was answered 401 at this moment. */
  refused(holder: string, atMs: number): void {
    if (this.behaviour.more !== 'refused') return;
    this.holders.get(holder)!.ledger.refused(atMs);
    this.shared.refused(atMs);
  }

  /** A deploy empties every cache in memory. */
  private deploy(atMs: number): void {
    if (this.behaviour.more !== 'deploys') return;
    const next = (this.behaviour.deploysAt ?? DEPLOYS_AT)[this.deploysDone];
    if (next === undefined || atMs < this.at(next)) return;
    this.deploysDone += 1;
    this.caches.clear();
  }

  private fetch(
    name: string,
    { worker }: Arrival,
    holder: string,
    address: string,
    atMs: number,
    durationMs: number,
    isBackground: boolean,
    counts: boolean,
  ): boolean {
    const { behaviour, random } = this;
    const ok = !this.isDown(atMs);
    const { ledger } = this.holders.get(holder)!;
    const query =
      behaviour.more === 'credentials'
        ? `grant_type=client_credentials&client_id=${this.name}&client_secret=made-up-${this.name}`
        : this.scope === null
          ? ''
          : `scope=${this.scope}`;
    const one = (startMs: number, status: number, lifetimeMs: number | null): void => {
      const timely = ledger.fetched(startMs, status === 200, lifetimeMs ?? 0, counts);
      this.shared.fetched(startMs, status === 200, lifetimeMs ?? 0, counts);
      this.emit(
        { atMs: startMs, durationMs, status, holder, address, worker, lifetimeMs, timely, isBackground, query },
        this,
        counts,
      );
    };
    let startMs = atMs;
    if (behaviour.more === 'dpop') {
      one(startMs, 400, null);
      startMs += durationMs + 1;
    }
    const life = this.lifeAt(startMs);
    one(startMs, ok ? 200 : 503, ok ? life : null);
    if (!ok) return false;
    const usableMs = this.usableMs(startMs, life);
    const readyAtMs = isBackground ? startMs : startMs + durationMs;
    const [from = 1, to = 1] = behaviour.ahead ?? [];
    const share = from + (to - from) * random.unit();
    if (behaviour.cache === 'none') return true;
    this.caches.set(name, {
      readyAtMs,
      usableUntilMs: startMs + durationMs + usableMs,
      overAtMs: startMs + durationMs + life,
      refreshAtMs: behaviour.ahead === undefined ? Number.POSITIVE_INFINITY : startMs + Math.floor(life * share),
    });
    return true;
  }
}
