/** The recording identity provider and the loopback token cache, for commands and for programs. */
import type { IdentityProviderOptions, LoopbackOptions, RunningIdentityProvider, RunningLoopback } from './options.js';

export type {
  IdentityProviderOptions,
  Latency,
  LoopbackCounts,
  LoopbackOptions,
  RunningIdentityProvider,
  RunningLoopback,
} from './options.js';
export type { Counts, ExchangeRecord } from './records.js';

/** A provider that counts and records every token fetch: a stand-in, or with `upstream` a proxy in front of a real one. */
export const startIdentityProvider = async (options: IdentityProviderOptions = {}): Promise<RunningIdentityProvider> => {
  if (options.upstream === undefined) return (await import('./stand-in.js')).startStandIn(options);
  const { parseUpstream, startProxy } = await import('./proxy.js');
  return await startProxy(options, parseUpstream('--upstream', options.upstream));
};

/** A cache of token responses in front of the token endpoint of a provider. */
export const startLoopback = async (options: LoopbackOptions): Promise<RunningLoopback> =>
  await (await import('./loopback.js')).startLoopback(options);
