import { compileGlob, type Glob, matchGlob } from './glob.js';
import type { Provider } from './providers/define.js';
import { providers } from './providers/index.js';
import type { Method } from './request-batch.js';
import type { Target } from './target.js';

/** Who runs an endpoint, and how long its tokens live by default; a life only where the provider is certain. */
export interface ProviderMatch {
  readonly id: string;
  readonly defaultLifetimeMs?: number;
}

export interface Identified extends ProviderMatch {
  /** Methods that ask for a token at the path that matched. */
  readonly methods: readonly Method[];
}

interface PathGlob {
  readonly segments: number;
  readonly glob: Glob;
}

interface Compiled {
  readonly provider: Provider;
  readonly hosts: readonly Glob[];
  readonly hostPaths: readonly PathGlob[];
  readonly tokenPaths: readonly PathGlob[];
}

const compilePath = (path: string): PathGlob => ({
  segments: path.split('/').filter((segment) => segment !== '').length,
  glob: compileGlob(path.toLowerCase()),
});

const compiled: readonly Compiled[] = providers.map((provider) => ({
  provider,
  hosts: provider.hosts.map(compileGlob),
  hostPaths: provider.hostPaths.map(compilePath),
  tokenPaths: provider.tokenPaths.map(compilePath),
}));

/** Matches the end of the path: deployments put prefixes before it. Only `/` must be the whole path. */
const endFits = (segments: readonly string[], paths: readonly PathGlob[]): boolean =>
  paths.some(({ segments: count, glob }) => {
    if (count === 0) return segments.length === 0;
    return segments.length >= count && matchGlob(glob, `/${segments.slice(-count).join('/')}`);
  });

const onHost = ({ hosts }: Compiled, host: string | undefined): boolean =>
  host !== undefined && hosts.some((glob) => matchGlob(glob, host));

/** The life a provider gives by default, ms; undefined where it is not confirmed. */
export const defaultLifetimeMs = ({ defaultLifetimeSeconds, lifetimeMark }: Provider): number | undefined =>
  defaultLifetimeSeconds === undefined || lifetimeMark === '?' ? undefined : defaultLifetimeSeconds * 1000;

/** The provider whose token endpoint this is beyond doubt: by host and path, or by a path that nobody else has. */
export const identifyTokenEndpoint = ({ host, segments }: Target): Identified | undefined => {
  const found =
    compiled.find((one) => onHost(one, host) && endFits(segments, one.hostPaths)) ??
    compiled.find((one) => endFits(segments, one.tokenPaths));
  if (found === undefined) return undefined;
  const { id, methods } = found.provider;
  const life = defaultLifetimeMs(found.provider);
  return life === undefined ? { id, methods } : { id, methods, defaultLifetimeMs: life };
};

/** The provider that a host belongs to. */
export const identifyHost = (host: string | undefined): ProviderMatch | undefined => {
  const found = compiled.find((one) => onHost(one, host));
  return found && { id: found.provider.id };
};
