import type { EndpointKind, Method } from '../request-batch.js';

/** `S`: confirmed in source code or a document; `D`: stated by the vendor's documentation; `?`: plausible, never used. */
export type LifetimeMark = 'S' | 'D' | '?';

export interface ProviderSample {
  readonly method: Method;
  readonly host?: string;
  readonly path: string;
  readonly query?: string;
  /** What it must be classified as; a fetch is a `token` unless said otherwise. */
  readonly gives?: EndpointKind;
}

/** An identity provider, as its token endpoint looks in a log. */
export interface Provider {
  /** The name of its file. */
  readonly id: string;
  readonly title: string;
  readonly docs: string;
  /** Hosts that only this provider has, lower-case globs; `*` is any run of characters. */
  readonly hosts: readonly string[];
  /** Its token endpoints on those hosts, as ends of the path. `*` is any run inside a segment; case does not count. */
  readonly hostPaths: readonly string[];
  /** Ends of paths that no other product has, certain on any host. */
  readonly tokenPaths: readonly string[];
  /** Methods that ask for a token. */
  readonly methods: readonly Method[];
  /**
   * Life of a service token unless configured otherwise, seconds; the low end where the provider draws it at random. Used only where
   * the provider is certain, and never with the mark `?`.
   */
  readonly defaultLifetimeSeconds?: number;
  readonly lifetimeMark?: LifetimeMark;
  /** What makes the provider certain; with nothing here it is documentation and samples only. */
  readonly certainBy: readonly ('host' | 'path')[];
  readonly samples: {
    readonly fetches: readonly ProviderSample[];
    /** Requests that look alike and are no fetch, or not certain to be this provider's. */
    readonly nearMisses: readonly ProviderSample[];
  };
}

type Optional = 'hosts' | 'hostPaths' | 'tokenPaths' | 'methods' | 'certainBy';

/** Fills in what a definition leaves out: no hosts, no certain paths, POST. */
export const defineProvider = (provider: Omit<Provider, Optional> & Partial<Pick<Provider, Optional>>): Provider => {
  const { hosts = [], tokenPaths = [] } = provider;
  const certainBy = [hosts.length > 0 ? (['host'] as const) : [], tokenPaths.length > 0 ? (['path'] as const) : []].flat();
  return { hostPaths: [], methods: ['POST'], certainBy, ...provider, hosts, tokenPaths };
};
