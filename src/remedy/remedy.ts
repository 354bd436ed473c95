/** What a remedy is: files for one gateway that end the redundant fetches of one token, and the policy by which they can be foretold. */
import type { Policy } from '../simulation/policy.js';

export interface TokenEndpoint {
  readonly scheme: 'http' | 'https';
  /** A name or an address, as it stands in a URL. */
  readonly host: string;
  readonly port: number;
  readonly path: string;
}

/** Where files lie on the machine of the gateway. Absolute paths. */
export interface Places {
  /** Holds the client's secret or what is made of it; readable by one user alone. */
  readonly secretFile: string;
  /** Environment variable with the client's secret, for gateways that read it from there. */
  readonly secretEnv: string;
  readonly cacheFolder: string;
  readonly logFile: string;
  readonly luaFolder: string;
  /** A program that the gateway starts, and the user that it runs as (`user:group`; empty: as the gateway). */
  readonly programFile: string;
  readonly programUser: string;
  readonly socketFile: string;
}

/** What is known of the token that is fetched too often; undefined becomes a placeholder that the user fills in. */
export interface RemedyContext {
  readonly tokenEndpoint: TokenEndpoint;
  readonly clientId: string | undefined;
  /** Space-separated, as it is asked for. */
  readonly scope: string | undefined;
  readonly audience: string | undefined;
  /** How long a token lives when it is handed out. */
  readonly lifetimeMs: number | undefined;
  /** How long before its end it is left alone. */
  readonly marginMs: number;
  /** Life less margin, at most: for caches that cannot read the response. */
  readonly ttlMs: number;
  /** Where an internal endpoint listens: a loopback address. */
  readonly listen: { readonly host: string; readonly port: number };
  /** Of the internal endpoint's paths; begins and ends with a slash. */
  readonly pathPrefix: string;
  /** Address of the DNS server that the gateway asks while it runs. */
  readonly resolver: string | undefined;
  readonly places: Places;
}

export type Language =
  | 'nginx'
  | 'lua'
  | 'haproxy'
  | 'apache'
  | 'vcl'
  | 'python'
  | 'sh'
  | 'json'
  | 'yaml'
  | 'xml'
  | 'csharp'
  | 'java'
  | 'javascript';

export interface RemedyFile {
  readonly name: string;
  readonly language: Language;
  readonly text: string;
  /** proven: it runs on the real server in `test/servers`; documented: its names stand in the vendor's pages or source. */
  readonly certainty: 'proven' | 'documented' | 'untested';
}

export interface Remedy {
  readonly id: string;
  readonly title: string;
  readonly aliases: readonly string[];
  /** The vendor's page. */
  readonly docs: string;
  /** What `simulate` plays for exactly this configuration. */
  policy(context: RemedyContext): Policy;
  /** By how many fetches it may exceed that policy for each stretch of requests without a pause longer than the TTL. */
  readonly overshootPerStretch: number;
  /** The most that it fetches in a window in which that policy takes `fetches`, where more can be said than by stretches. */
  mostFetches?(fetches: number, windowMs: number, holders: number, context: RemedyContext): number;
  files(context: RemedyContext): readonly RemedyFile[];
  risks(context: RemedyContext): readonly string[];
  /** Commands to paste. */
  verify(context: RemedyContext): string;
  readonly notes: readonly string[];
}

export const DEFAULT_PLACES: Places = {
  secretFile: '/etc/token-tax/client-secret',
  secretEnv: 'TOKEN_TAX_CLIENT_SECRET',
  cacheFolder: '/var/cache/token-tax',
  logFile: '/var/log/nginx/token-tax.log',
  luaFolder: '/etc/token-tax',
  programFile: '/etc/token-tax/token-tax-map',
  programUser: 'www-data:www-data',
  socketFile: '/run/token-tax/issuer.sock',
};

/** Share of the life after which a cache that can renews in the background. */
export const REFRESH_AHEAD = 0.8;
/** What stands for what is not known. */
export const CLIENT_ID_TO_FILL_IN = '<CLIENT_ID>';
export const RESOLVER_TO_FILL_IN = '<DNS_SERVER>';

/** Short name of the token in paths, keys and file names. */
export const nameOf = ({ clientId }: Pick<RemedyContext, 'clientId'>): string =>
  (clientId ?? '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 40)
    .replace(/^-|-$/g, '') || 'service';

/** What callers of an internal endpoint ask. */
export const internalPath = (context: RemedyContext): string => `${context.pathPrefix}${nameOf(context)}`;
