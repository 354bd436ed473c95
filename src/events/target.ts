import { hostName } from './host.js';
import type { Method } from './request-batch.js';

/** A request as the rules of the catalogue see it. */
export interface Target {
  readonly method: Method;
  readonly host: string | undefined;
  /** As logged, without origin and query. */
  readonly path: string;
  /** Segments in lower case, without empty ones and matrix parameters. */
  readonly segments: readonly string[];
  readonly query: string;
}

export interface EndpointRequest {
  readonly method: Method;
  readonly host?: string | undefined;
  readonly path: string;
  readonly query?: string | undefined;
}

/** ASCII only, as in the byte search for candidates: the Kelvin sign must not become a `k`. */
const lowerAscii = (text: string): string => text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());

/** `POST http://host/path` of a forward proxy. */
const origin = /^https?:\/\/([^/?#]*)/i;

const segmentsOf = (path: string): string[] =>
  lowerAscii(path)
    .replaceAll('%2f', '/')
    .split('/')
    .map((segment) => segment.split(';', 1)[0]!)
    .filter((segment) => segment !== '');

export const readTarget = ({ method, host, path, query }: EndpointRequest): Target => {
  const [prefix = '', authority] = origin.exec(path) ?? [];
  const [, bare = '', inPath = ''] = /^([^?#]*)\??([^#]*)/.exec(path.slice(prefix.length)) ?? [];
  return {
    method,
    host: hostName(host) ?? hostName(authority),
    path: bare,
    segments: segmentsOf(bare),
    query: query ?? inPath,
  };
};

/** True if the path ends with these segments; `*` is any one segment. */
export const endsWith = (segments: readonly string[], ...end: readonly string[]): boolean => {
  const from = segments.length - end.length;
  return from >= 0 && end.every((word, at) => word === '*' || word === segments[from + at]);
};
