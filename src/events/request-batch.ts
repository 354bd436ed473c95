/**
 * The columns in which requests travel from the rooms that read them to the rooms that count them. A batch is valid only while the
 * sink has it: the arrays are filled again for the next rows.
 */

import type { CountedRows } from './counting.js';

/** Canonical cache words: did this request reach the back end? (`docs/formats.md`, "cache words"). `none`: the log says nothing. */
export const cacheWords = ['none', 'hit', 'miss', 'expired', 'stale', 'updating', 'revalidated', 'bypass'] as const;
export type CacheWord = (typeof cacheWords)[number];

/** HTTP methods as small numbers. 0 is any other word. */
export const methods = ['OTHER', 'GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS', 'CONNECT', 'TRACE'] as const;
export type Method = (typeof methods)[number];
export const METHOD_GET = 1;
export const METHOD_POST = 2;
export const METHOD_OPTIONS = 7;
export const METHOD_CONNECT = 8;

/** In number columns: the log does not say. */
export const UNKNOWN = -1;
/** In the upstream column: the log says that no upstream was contacted. */
export const NO_UPSTREAM = -2;
/** In id columns: no such name on this row. */
export const NO_ID = -1;

export interface RequestBatch {
  /** Rows that are filled; the arrays may be longer. */
  rows: number;
  /** Start of the request, us since the epoch (end-stamped logs: end - duration). */
  readonly startUs: Float64Array;
  /** us; UNKNOWN without one. */
  readonly durationUs: Float64Array;
  /** us; UNKNOWN, or NO_UPSTREAM. */
  readonly upstreamUs: Float64Array;
  /** 0: the log has none. */
  readonly status: Uint16Array;
  /** UNKNOWN without one. */
  readonly bytes: Float64Array;
  /** Index into `methods`. */
  readonly method: Uint8Array;
  /** Index into `cacheWords`. */
  readonly cache: Uint8Array;
  /** Id into `names.routes`. */
  readonly route: Int32Array;
  /** Id into `names.nodes`, or NO_ID. */
  readonly node: Int32Array;
  /** Id into `names.agents`, or NO_ID. */
  readonly agent: Int32Array;
  /** Id into `names.callers` where the route is an authentication endpoint, else NO_ID. */
  readonly caller: Int32Array;
  /** Remaining life of the token on this record in ms (`expires_in`, or `exp - iat` of a logged JWT); UNKNOWN without. */
  readonly lifetimeMs: Float64Array;
  /** Byte offset of the line in the decompressed stream of its file. */
  readonly offset: Float64Array;
  /** Number of the line in its range, from 0. */
  readonly line: Float64Array;
  /** Set only where the run has a use for ids. */
  readonly ids?: RowIds;
  /** Who asked, of the rows at the beginning of a log: a number of `userOf` in the scanner, 0 without one. Only where a run has two sides. */
  readonly users?: Float64Array;
  /** Requests that have no row because they are counted already; set only where whoever takes the batch has asked for it. */
  readonly counted?: CountedRows | undefined;
  readonly names: Names;
}

/** What is left of the ids of a row: 52 bits each, 0 without one. Two records of one request have the same; the id itself is gone. */
export interface RowIds {
  readonly request: Float64Array;
  readonly trace: Float64Array;
}

/** Dictionaries of one scanner; they only grow. Ids are indexes. Every string in them has passed the redactor. */
export interface Names {
  readonly routes: readonly RouteName[];
  readonly nodes: readonly string[];
  readonly agents: readonly AgentName[];
  readonly callers: readonly Caller[];
}

/** What an endpoint is for. `api`: anything else. `ambiguous`: may be a token endpoint, needs corroboration. */
export const endpointKinds = [
  'api',
  'token',
  'ambiguous',
  'introspection',
  'revocation',
  'jwks',
  'discovery',
  'userinfo',
  'review',
] as const;
export type EndpointKind = (typeof endpointKinds)[number];

export interface RouteName {
  /** Folded path (`/orders/{id}`), or the raw path of an authentication endpoint. Never a query. */
  readonly path: string;
  /** Set when requests to it are not demand: `health`, `static`. */
  readonly excluded?: 'health' | 'static';
  /** What `--token-routes` says of it; undefined without that option. */
  readonly needsToken: boolean | undefined;
}

export interface AgentName {
  readonly name: string;
  /** `probe`: a health checker; `browser`: a person's; `machine`: an HTTP library or service; `unknown`. */
  readonly kind: 'probe' | 'browser' | 'machine' | 'unknown';
}

/** Everything a row says about who asked which authentication endpoint for what. Credentials are never in here. */
export interface Caller {
  readonly kind: Exclude<EndpointKind, 'api'>;
  /** Rule of the catalogue that matched, such as `H2`, `A1`, or `user`. */
  readonly rule: string;
  readonly method: Method;
  /** Host as logged, lower case; undefined when the log has none. */
  readonly host: string | undefined;
  /** Raw path (secret-looking segments replaced), no query. */
  readonly path: string;
  readonly provider: string | undefined;
  /** Life in ms that the provider gives by default; only when the provider is certain. */
  readonly providerLifetimeMs: number | undefined;
  /** Peer address as logged. */
  readonly address: string | undefined;
  readonly agent: string | undefined;
  readonly agentKind: AgentName['kind'];
  /** Instance, pod or host of the caller as logged. */
  readonly node: string | undefined;
  /** OAuth client id, and where it was seen. */
  readonly client: string | undefined;
  readonly clientFrom: 'field' | 'basic' | 'query' | undefined;
  /** Sorted, space separated. */
  readonly scope: string | undefined;
  readonly audience: string | undefined;
  /** As logged, lower case. */
  readonly grantType: string | undefined;
  /** True when the record shows a sender-constrained token (DPoP, mTLS). */
  readonly bound: boolean;
  /** A credential stood in the query of this request. Its value is gone. */
  readonly secretInQuery: boolean;
  /** Tells apart callers whose shown names are equal only because secrets were replaced. Never printed. */
  readonly distinct: string | undefined;
}

/** Takes a batch; the batch is not valid after it returns. */
export type RequestSink = (batch: RequestBatch) => void;
