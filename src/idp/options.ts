/** What can be set, in plain values: the commands read flags into these, programs give them as they are. */
import type { Counts, ExchangeRecord } from './records.js';

/** ms at which shares of the answers are ready, in rising order of share: `[[0.5, 30], [0.99, 200]]`. */
export type Latency = readonly (readonly [share: number, ms: number])[];

export interface IdentityProviderOptions {
  /** `127.0.0.1:0` */
  readonly listen?: string;
  readonly allowRemote?: boolean;
  /** A real provider to forward to; without it, this is a stand-in. */
  readonly upstream?: string;
  /** Upstream certificates are not verified. */
  readonly insecure?: boolean;
  /** ms until a request to the upstream is given up. */
  readonly timeoutMs?: number;
  readonly tokenPath?: string;
  /** ms, before it is scaled. */
  readonly lifetimeMs?: number;
  /** Tokens live 1/N of their lifetime, for replays that run N times as fast. */
  readonly timeScale?: number;
  readonly latency?: Latency;
  /** 0 to 1 of token requests fail. */
  readonly failShare?: number;
  readonly failStatus?: number;
  readonly rateLimitPerSecond?: number;
  /** id to secret; without it any client with any secret is accepted. */
  readonly clients?: ReadonlyMap<string, string>;
  readonly seed?: number;
  /** File that one JSON line per exchange is appended to. */
  readonly log?: string;
  readonly onRecord?: (record: ExchangeRecord) => void;
}

export interface RunningIdentityProvider {
  /** Without a slash at its end. */
  readonly url: string;
  readonly tokenEndpoint: string;
  counts(): Counts;
  /** Resolves when all was answered and written. */
  close(): Promise<void>;
}

export interface LoopbackOptions {
  /** Of the real provider. */
  readonly tokenEndpoint: string;
  readonly listen?: string;
  readonly allowRemote?: boolean;
  readonly insecure?: boolean;
  /** A share (0.1) or ms; default min(60 s, 10 %). */
  readonly margin?: { readonly ms: number } | { readonly share: number };
  /** Share of the life after which a token is renewed in the background; undefined: not ahead. Default 0.8. */
  readonly refreshAhead?: number | undefined;
  /** Of tokens whose provider says no lifetime; such tokens are not cached without it. */
  readonly defaultLifetimeMs?: number;
  readonly timeoutMs?: number;
  readonly maxEntries?: number;
  readonly maxResponseBytes?: number;
  readonly maxWaiters?: number;
  readonly log?: string;
  readonly onRecord?: (record: ExchangeRecord) => void;
  /** 0 to 1, for jitter. */
  readonly random?: () => number;
}

export interface LoopbackCounts {
  readonly requests: number;
  readonly hits: number;
  readonly misses: number;
  /** Waited for a fetch that another request began. */
  readonly collapsed: number;
  readonly bypassed: number;
  /** Answered from a failure that was remembered. */
  readonly negative: number;
  /** Requests that went to the provider, in the background too. */
  readonly upstream: number;
  readonly upstreamFailed: number;
  readonly refreshes: number;
  /** Served with an old token while its renewal failed. */
  readonly stale: number;
  readonly refused: number;
  readonly entries: number;
}

export interface RunningLoopback {
  readonly url: string;
  /** Where callers ask for tokens. */
  readonly tokenEndpoint: string;
  counts(): LoopbackCounts;
  close(): Promise<void>;
}
